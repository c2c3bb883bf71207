//! A message on its way out: rendered once from the version that it was meant for, fixed, and signed afresh for every
//! attempt.

use base64::Engine as _;

use crate::crypto::Digest;
use crate::message::{Envelope, Face as MessageFace, FaceVersion, Fields, MessageType, SigningTime, seal};
use crate::record::SubjectKey;
use crate::store::{Direction, Face, OutboxEntry, OutboxFilter, OutboxState, StoreError};

use super::attempt::Attempt;
use super::book::Entry;
use super::bulk_out;
use super::exchange::Exchange;
use super::frozen::Frozen;
use super::notice;
use super::outbox::MESSAGES;
use super::render::{Unsendable, render};

/// A message ready to leave.
pub(super) struct Prepared {
    /// What is sent.
    pub(super) frozen: Frozen,
    /// Its header fields with a fresh signature.
    pub(super) fields: Fields,
    /// What is kept of it.
    pub(super) bytes: Vec<u8>,
}

/// The message with a fresh signature: rendered now if it never was.
pub(super) fn prepare(exchange: &Exchange, entry: &Entry, message: &OutboxEntry) -> Result<Prepared, Attempt> {
    let never = |error: &dyn std::fmt::Display| Attempt::Never(error.to_string());
    let mut frozen = match &message.frozen {
        Some(bytes) => Frozen::from_bytes(bytes).map_err(|error| never(&error))?,
        None => compose(exchange, entry, message)?,
    };
    let signer = exchange.house.message_key.as_ref();
    let time = SigningTime::at(exchange.now());
    let fields =
        seal(&frozen.envelope, &frozen.body, "POST", MESSAGES, None, signer, &time).map_err(|error| never(&error))?;
    frozen.signatures.extend(signature_digest(&fields).filter(|digest| !frozen.signatures.contains(digest)));
    let bytes = frozen.to_bytes().map_err(|error| never(&error))?;
    Ok(Prepared { frozen, fields, bytes })
}

/// The digest of the signature that the fields carry.
fn signature_digest(fields: &Fields) -> Option<Digest> {
    let value = fields.one("signature").ok()??;
    let encoded = value.split(':').nth(1)?;
    base64::engine::general_purpose::STANDARD.decode(encoded).ok().map(|bytes| Digest::sha256(&bytes))
}

/// Renders a message from the version that it was meant for.
fn compose(exchange: &Exchange, entry: &Entry, message: &OutboxEntry) -> Result<Frozen, Attempt> {
    let never = |error: &dyn std::fmt::Display| Attempt::Never(error.to_string());
    let later = |error: &dyn std::fmt::Display| Attempt::Later { error: error.to_string(), at: None };
    if message.face == Face::Notice {
        let bulk = message.message_type == crate::registry::BULK_EVENT;
        return if bulk {
            bulk_out::compose(exchange, entry, message)
        } else {
            notice::compose(exchange, entry, message)
        };
    }
    let key: SubjectKey = message.subject.parse().map_err(|error: crate::record::MalformedSubject| never(&error))?;
    if message.face == Face::Status {
        certificate_went_before(exchange, message)?;
    }
    let held = exchange
        .registry
        .version(&key, message.version)
        .map_err(|error| later(&error))?
        .ok_or_else(|| never(&"the version that it was meant for is not held"))?;
    let (face, kind, version) = match message.face {
        Face::Certificate => (MessageFace::Certificate, MessageType::CertificateUpsert, held.certificate_version),
        Face::Status => (MessageFace::Status, MessageType::StatusChange, held.status_version),
        Face::Notice => return Err(never(&"a notice has a content of its own")),
    };
    let rendered = render(
        &exchange.house,
        &exchange.catalogue(),
        exchange.computed.as_ref(),
        &entry.partner,
        &held.record,
        message.face,
        exchange.now(),
    )
    .map_err(|error: Unsendable| never(&error))?;
    let previous = exchange
        .store()
        .exchanged(&message.partner, &message.subject, message.face, Direction::Sent)
        .map_err(|error| later(&error))?
        .map(|sent| u64::from(sent.version))
        .filter(|previous| *previous < u64::from(version));
    Ok(Frozen {
        envelope: Envelope {
            id: message.id.parse().map_err(|error: crate::message::MalformedMessageId| never(&error))?,
            kind,
            sender: exchange.house.id.clone(),
            recipient: entry.partner.id.clone(),
            subject: Some(key.clone()),
            state: Some(FaceVersion { face, version: u64::from(version), previous }),
            format: rendered.format,
            content_type: rendered.content_type.to_owned(),
            replaces: None,
            answers: None,
        },
        body: rendered.body,
        signatures: Vec::new(),
    })
}

/// A status means nothing to whoever does not have the certificate: it waits while that is under way, and is a dead letter
/// where that is one.
fn certificate_went_before(exchange: &Exchange, message: &OutboxEntry) -> Result<(), Attempt> {
    let store = exchange.store();
    let unread = |error: StoreError| Attempt::Later { error: error.to_string(), at: None };
    if store
        .exchanged(&message.partner, &message.subject, Face::Certificate, Direction::Sent)
        .map_err(unread)?
        .is_some()
    {
        return Ok(());
    }
    let filter = OutboxFilter {
        partner: Some(message.partner.clone()),
        subject: Some(message.subject.clone()),
        limit: u32::MAX,
        ..OutboxFilter::default()
    };
    let mut reason = "this partner was never sent the certificate".to_owned();
    for other in store.outbox(&filter).map_err(unread)?.into_iter().filter(|other| other.face == Face::Certificate) {
        match other.state {
            // Between the two looks it may have arrived.
            OutboxState::Due | OutboxState::Leased | OutboxState::Sent | OutboxState::Delivered => {
                let at = Some(exchange.now().plus(exchange.pacing.first_pause));
                return Err(Attempt::Later { error: "the certificate itself has not been delivered yet".into(), at });
            }
            OutboxState::Dead => {
                let error = other.last_error.unwrap_or_default();
                reason = format!("the certificate itself could not be delivered: {error}");
            }
            OutboxState::Superseded | OutboxState::Dropped => {}
        }
    }
    Err(Attempt::Never(reason))
}
