//! The inbox: a message is checked, read, decided, and answered with a signed receipt.
//!
//! What cannot be believed (digest, signature, sender) gets no receipt. What can be gets one, whatever becomes of it, and
//! the receipt is kept: a repeat of the message is answered with it, and nothing happens a second time. Record, receipt,
//! leaf of the ledger and version are one Change.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::credential::{PublishedKeys, verify_credential};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::finding::{Finding, Place, any_error};
use crate::format::{FormatError, ReadContext};
use crate::ledger::{Event, EventKind, Hash, Salt};
use crate::mapping::Context;
use crate::message::{
    Envelope, Fields, Freshness, MessageError, Opened, Outcome, Receipt, Reception, Request, judge_repeat, open,
};
use crate::record::{Record, SubjectKey};
use crate::registry::{Incoming, Owner, Registered, RegistryError};
use crate::store::{
    Change, Direction, EventWrite, ExchangedVersion, Face, InboxEntry, NotCommitted, PartnerId, PreparedLeaf,
    StoreError, Write,
};
use crate::trust::Refusal;

use super::book::Entry;
use super::exchange::Exchange;
use super::render::STATUS_FORMAT;
use super::subject::key_of;

/// For how long the first answer to a message is kept, in seconds: 120 days. A message made before that is refused.
pub const KEPT_SECONDS: i64 = 120 * 24 * 3600;
/// How often a message is decided anew when somebody else was faster.
const ATTEMPTS: usize = 16;

/// A message as it came in.
pub struct Arrived<'a> {
    /// Path of the address, as it travelled.
    pub path: &'a str,
    /// Query of the address.
    pub query: Option<&'a str>,
    /// Header fields.
    pub fields: &'a Fields,
    /// Body.
    pub body: &'a [u8],
}

/// Why a message gets no receipt.
#[derive(Debug, thiserror::Error)]
pub enum NoReceipt {
    /// It cannot be believed: the sender's fault.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The sender's certificate stopped being good while the message was decided; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It comes too early: a status of a certificate that is not here yet. The sender tries again.
    #[error("the certificate that it is about is not here yet")]
    NotYet,
    /// We cannot now. The sender tries again.
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for NoReceipt {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What a message was decided to be.
enum Decided {
    /// Its record is to be registered.
    Takes { incoming: Box<Incoming>, findings: Vec<Finding> },
    /// Nothing is changed, and why.
    Stays { outcome: Outcome, findings: Vec<Finding> },
}

impl Exchange {
    /// Takes a message from a partner whose certificate was judged; `stands` judges it once more before anything takes
    /// effect. Gives the receipt to answer with.
    ///
    /// # Errors
    ///
    /// The message gets no receipt; nothing was changed.
    pub fn take(
        &self,
        from: &Entry,
        arrived: &Arrived<'_>,
        stands: &dyn Fn() -> Result<(), Refusal>,
    ) -> Result<Vec<u8>, NoReceipt> {
        let received_at = crate::store::whole_micros(self.now());
        let Arrived { path, query, fields, body } = *arrived;
        let request = Request { method: "POST", path, query, fields, body };
        let opened = open(&request, &from.message_keys, &Freshness::default(), received_at)?;
        opened.envelope.check_parties(&from.partner.id, &self.house.id)?;
        let sender = PartnerId::from(from.partner.id.as_str());
        let message_id = opened.envelope.id.to_string();
        let digest = Digest::sha256(body);
        for _ in 0..ATTEMPTS {
            let earlier = self.store().taken(&sender, &message_id)?;
            let known =
                earlier.as_ref().and_then(|entry| Digest::from_bytes(DigestAlgorithm::Sha256, &entry.digest).ok());
            match judge_repeat(&opened.envelope.id, &digest, known.as_ref(), KEPT_SECONDS, received_at)? {
                Reception::Again => return Ok(earlier.map(|entry| entry.answer).unwrap_or_default()),
                Reception::First => {}
            }
            let message = Taken { from, sender: &sender, opened: &opened, body, digest, received_at };
            let decided = self.decide(&message)?;
            stands()?;
            match self.answer(&message, decided) {
                Ok(receipt) => return Ok(receipt),
                Err(Undone::Again) => {}
                Err(Undone::Ours(reason)) => return Err(NoReceipt::Unavailable(reason)),
            }
        }
        Err(NoReceipt::Unavailable("too many messages about the same certificate at once".into()))
    }

    /// What the message is, before anything is written.
    fn decide(&self, message: &Taken<'_>) -> Result<Decided, NoReceipt> {
        let envelope = &message.opened.envelope;
        let refused = |finding: Finding| Ok(Decided::Stays { outcome: Outcome::Refused, findings: vec![finding] });
        let (Some(subject), Some(state)) = (&envelope.subject, envelope.state) else {
            return refused(Finding::new("exchange/type-not-taken", Place::Whole).with("type", envelope.kind));
        };
        let key = key_of(subject);
        let partner = &message.from.partner;
        if !partner.may_assert(&key.issuer, None) {
            return refused(
                Finding::new("exchange/not-yours-to-assert", Place::Whole)
                    .with("partner", &partner.id)
                    .with("issuer", &key.issuer),
            );
        }
        let known = self.store().exchanged(message.sender, &key.to_string(), face(envelope), Direction::Received)?;
        if let Some(known) = known.filter(|known| u64::from(known.version) >= state.version) {
            let findings = vec![
                Finding::new("exchange/version-superseded", Place::Whole)
                    .with("version", state.version)
                    .with("held", known.version),
            ];
            return Ok(Decided::Stays { outcome: Outcome::DeliveredWithWarnings, findings });
        }
        if face(envelope) == Face::Status {
            self.read_status(message, &key)
        } else {
            self.read_certificate(message, &key)
        }
    }

    /// Reads a certificate: by its format's walk, its credential verified, for the subject that the message names.
    fn read_certificate(&self, message: &Taken<'_>, key: &SubjectKey) -> Result<Decided, NoReceipt> {
        let envelope = &message.opened.envelope;
        let partner = &message.from.partner;
        let stays = |outcome, findings| Ok(Decided::Stays { outcome, findings });
        if !partner.accepts.contains(&envelope.format) {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole)
                .with("format", &envelope.format)
                .with("agreed", partner.accepts.join(", "));
            return stays(Outcome::Refused, vec![finding]);
        }
        let issue = self.issue_of(message.from);
        let mut context = ReadContext::on(self.today());
        context.mapping = context.mapping.issuing(&issue).computing(self.computed.as_ref());
        let reading = match self.catalogue.read(&envelope.format, message.body, None, &context) {
            Ok(reading) => reading,
            Err(error) => return Err(NoReceipt::Unavailable(ours(&error))),
        };
        if any_error(&reading.findings) {
            return stays(Outcome::NotReadable, reading.findings);
        }
        let crosswalk_digest = reading.crosswalk_digest;
        let mut records = reading.records;
        let (Some(read), true) = (records.pop(), records.is_empty() && reading.refused.is_empty()) else {
            let mut findings = reading.findings;
            findings.extend(reading.refused.into_iter().flat_map(|refused| refused.findings));
            if findings.is_empty() {
                findings.push(Finding::new("exchange/not-one-record", Place::Whole));
            }
            return stays(Outcome::Refused, findings);
        };
        if let Err(finding) = self.verify_proof(message) {
            return stays(Outcome::Refused, vec![finding]);
        }
        let record = read.record;
        if SubjectKey::try_from(&record.key).ok().as_ref() != Some(key) {
            let finding = Finding::new("exchange/other-subject", Place::Whole)
                .with("subject", key)
                .with("body", SubjectKey::try_from(&record.key).map(|key| key.to_string()).unwrap_or_default());
            return stays(Outcome::Refused, vec![finding]);
        }
        if !partner.may_assert(&record.key.issuer, Some(record.kind)) {
            let finding = Finding::new("exchange/kind-not-yours-to-assert", Place::Whole)
                .with("partner", &partner.id)
                .with("kind", record.kind.code());
            return stays(Outcome::Refused, vec![finding]);
        }
        Ok(self.takes(message, record, read.findings, crosswalk_digest))
    }

    /// Reads a status history into the record that is held.
    fn read_status(&self, message: &Taken<'_>, key: &SubjectKey) -> Result<Decided, NoReceipt> {
        let stays = |outcome, findings| Ok(Decided::Stays { outcome, findings });
        let format = &message.opened.envelope.format;
        if format != STATUS_FORMAT {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole)
                .with("format", format)
                .with("agreed", STATUS_FORMAT);
            return stays(Outcome::Refused, vec![finding]);
        }
        let held = self.registry.look_up(key).map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        let Some(held) = held else { return Err(NoReceipt::NotYet) };
        let stored = serde_json::to_value(&held.record).map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        let issue = self.issue_of(message.from);
        let context = Context::new(self.today()).issuing(&issue).computing(self.computed.as_ref());
        let update = match self.catalogue.update(format, message.body, &stored, &context) {
            Ok(update) => update,
            Err(error) => return Err(NoReceipt::Unavailable(ours(&error))),
        };
        if any_error(&update.findings) {
            return stays(Outcome::NotReadable, update.findings);
        }
        let Some(record) = update.record else { return stays(Outcome::NotReadable, update.findings) };
        if SubjectKey::try_from(&record.key).ok().as_ref() != Some(key) {
            let finding = Finding::new("exchange/other-subject", Place::Whole)
                .with("subject", key)
                .with("body", SubjectKey::try_from(&record.key).map(|key| key.to_string()).unwrap_or_default());
            return stays(Outcome::Refused, vec![finding]);
        }
        Ok(self.takes(message, record, update.findings, update.crosswalk_digest))
    }

    fn takes(&self, message: &Taken<'_>, record: Record, findings: Vec<Finding>, crosswalk_digest: String) -> Decided {
        let incoming = Incoming {
            record,
            findings: findings.clone(),
            payload: Arc::from(message.body),
            format: message.opened.envelope.format.clone(),
            crosswalk_digest,
            owner: Owner::Partner(message.sender.clone()),
            received_from: Some(message.sender.clone()),
        };
        Decided::Takes { incoming: Box::new(incoming), findings }
    }

    /// What the sender states when it issues: its base URI, by which its certificate numbers are read.
    fn issue_of(&self, from: &Entry) -> Value {
        json!({"base": from.partner.base, "issuer": {"id": from.partner.did, "name": from.partner.name}})
    }

    /// A credential must bear a proof by the sender's registered key.
    fn verify_proof(&self, message: &Taken<'_>) -> Result<(), Finding> {
        let Some(did) = &message.from.partner.did else { return Ok(()) };
        let Ok(credential) = serde_json::from_slice::<Value>(message.body) else { return Ok(()) };
        if !super::render::is_credential(&credential) {
            return Ok(());
        }
        let keys = PublishedKeys { controller: did.clone(), keys: message.from.credential_keys.clone() };
        let verified = verify_credential(&credential, &keys, message.received_at).map_err(|error| error.finding())?;
        if verified.issuer == *did {
            Ok(())
        } else {
            Err(Finding::new("exchange/other-issuer", Place::pointer("/issuer/id"))
                .with("issuer", verified.issuer)
                .with("did", did))
        }
    }

    /// Writes what was decided, with the receipt, as one Change.
    fn answer(&self, message: &Taken<'_>, decided: Decided) -> Result<Vec<u8>, Undone> {
        let answer = std::cell::RefCell::new(Vec::new());
        match decided {
            Decided::Takes { incoming, findings } => {
                let registered = self.registry.register_beside(&incoming, &|registered: &Registered| {
                    let mut said: Vec<Finding> = findings.clone();
                    said.extend(registered.findings.iter().cloned());
                    let weighty = said.iter().any(|finding| finding.severity() >= crate::finding::Severity::Warning);
                    let outcome = if weighty { Outcome::DeliveredWithWarnings } else { Outcome::Delivered };
                    let (writes, receipt) = self.writes(message, outcome, &said, true)?;
                    *answer.borrow_mut() = receipt;
                    Ok(writes)
                });
                match registered {
                    Ok(_) => {
                        self.wake();
                        Ok(answer.into_inner())
                    }
                    Err(RegistryError::Contended(_)) => Err(Undone::Again),
                    Err(error) if error.is_input() => {
                        let finding = Finding::new("exchange/not-registered", Place::Whole).with("reason", error);
                        self.answer(message, Decided::Stays { outcome: Outcome::Refused, findings: vec![finding] })
                    }
                    Err(error) => Err(Undone::Ours(error.to_string())),
                }
            }
            Decided::Stays { outcome, findings } => {
                let (writes, receipt) =
                    self.writes(message, outcome, &findings, false).map_err(|error| Undone::Ours(error.to_string()))?;
                match self.store().commit(Change::new(writes).urgently()) {
                    Ok(_) => Ok(receipt),
                    Err(NotCommitted::Stale(_)) => Err(Undone::Again),
                    Err(NotCommitted::Store(error)) => Err(Undone::Ours(error.to_string())),
                }
            }
        }
    }

    /// The receipt, and what is written beside a record: leaf, inbox entry, version.
    fn writes(
        &self,
        message: &Taken<'_>,
        outcome: Outcome,
        findings: &[Finding],
        effect: bool,
    ) -> Result<(Vec<Write>, Vec<u8>), RegistryError> {
        let at = crate::store::whole_micros(self.now());
        let envelope = &message.opened.envelope;
        let subject = envelope.subject.as_ref().map(|subject| key_of(subject).to_string());
        let name = subject.clone().unwrap_or_else(|| envelope.id.to_string());
        let kind = if effect { EventKind::MessageReceived } else { EventKind::MessageRefused };
        let previous = self.store().events_of(&name)?.last().map(|event| Hash(event.leaf));
        let salt = Salt::new(self.entropy.as_ref());
        let event = Event { at, digest: message.digest, kind: kind.clone(), previous, subject: name.clone() };
        let mut receipt = Receipt::new(
            envelope,
            message.digest,
            &message.opened.signature,
            outcome,
            findings,
            message.received_at,
            at,
        );
        receipt.leaf_hash = Some(hex::encode(event.leaf_hash(&salt).0));
        let unwritable = |error: MessageError| RegistryError::Unwritable(error.to_string());
        let signed = receipt.sign(self.house.message_key.as_ref()).map_err(unwritable)?;
        let bytes = signed.to_json().map_err(unwritable)?;
        let mut writes = vec![
            Write::Event(EventWrite {
                kind,
                subject: name,
                version: None,
                digest: message.digest,
                at,
                prepared: Some(PreparedLeaf { salt, previous }),
            }),
            Write::Inbox(InboxEntry {
                sender: message.sender.clone(),
                message_id: envelope.id.to_string(),
                digest: crate::crypto::sha256(message.body),
                subject: subject.clone(),
                answer: bytes.clone(),
                at,
            }),
        ];
        if let (true, Some(subject), Some(state)) = (effect, subject, envelope.state)
            && let Ok(version) = u32::try_from(state.version)
        {
            writes.push(Write::Exchanged(ExchangedVersion {
                partner: message.sender.clone(),
                subject,
                face: face(envelope),
                direction: Direction::Received,
                version,
                message_id: envelope.id.to_string(),
                at,
            }));
        }
        Ok((writes, bytes))
    }
}

/// A message under decision.
struct Taken<'a> {
    from: &'a Entry,
    sender: &'a PartnerId,
    opened: &'a Opened,
    body: &'a [u8],
    digest: Digest,
    received_at: Timestamp,
}

/// Why an answer was not written.
enum Undone {
    /// Somebody else was faster: decide anew.
    Again,
    /// Our disk, our keys, our bug.
    Ours(String),
}

fn face(envelope: &Envelope) -> Face {
    match envelope.state.map(|state| state.face) {
        Some(crate::message::Face::Status) => Face::Status,
        Some(crate::message::Face::Certificate) => Face::Certificate,
        None => Face::Notice,
    }
}

fn ours(error: &FormatError) -> String {
    tracing::error!(%error, "a document could not be read through our own fault");
    "the document could not be read through our own fault".into()
}
