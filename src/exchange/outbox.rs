//! The outbox: a worker leases what is due, renders it once, fixes its bytes, sends, and keeps the receipt.
//!
//! A message is fixed and committed before it leaves, so that a killed process sends the same bytes again under the same
//! id. What the link does not bring through is tried again with growing pauses; what the receiver refuses is a dead
//! letter at once, with its reason. Partners do not wait for one another.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::ledger::EventKind;
use crate::message::{
    Envelope, Face as MessageFace, FaceVersion, Fields, MessageType, Outcome, SignedReceipt, SigningTime, seal,
};
use crate::record::SubjectKey;
use crate::registry::RegistryError;
use crate::store::{
    Change, Direction, EventWrite, ExchangedVersion, Face, Lease, NotCommitted, OutboxEntry, OutboxStep, OutboxUpdate,
    PartnerId, Write,
};

use super::book::Entry;
use super::client::CallError;
use super::exchange::Exchange;
use super::frozen::Frozen;
use super::render::{Unsendable, render};
use super::subject::subject_of;

/// Where messages are posted.
pub const MESSAGES: &str = "/exchange/v1/messages";
/// How often the outbox is looked at when nobody wakes it: another process may have written to the store.
const LOOK: Duration = Duration::from_millis(400);
/// How long a worker has for what it leased.
const LEASE_SECONDS: i64 = 60;
/// Messages leased at a time.
const LEASED: u32 = 32;
/// Messages to one partner under way at a time.
const IN_FLIGHT: usize = 8;
/// Attempts after which a message is a dead letter.
pub const LAST_ATTEMPT: u32 = 20;
/// The longest pause between attempts, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;

/// What became of one attempt.
enum Attempt {
    Delivered(Box<SignedReceipt>),
    /// The receiver's answer is final.
    Final {
        error: String,
        receipt: Box<SignedReceipt>,
    },
    /// Nothing that we could send will ever do.
    Never(String),
    /// The link, or a receiver that cannot now.
    Later {
        error: String,
        pause: Option<i64>,
    },
}

/// Sends what is due until told to stop; then gives back what it holds.
pub async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let woken = exchange.wake.notified();
        if let Err(error) = round(&exchange).await {
            tracing::error!(%error, "the outbox could not be read");
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(LOOK) => {}
            // Nobody is left who could tell us to go on.
            told = stop.changed() => if told.is_err() { return },
        }
    }
}

/// One look at everything that is due.
async fn round(exchange: &Arc<Exchange>) -> Result<(), NotCommitted> {
    let store = exchange.store().clone();
    let now = exchange.now();
    let partners = crate::store::off_reactor(store, move |store| store.partners_due(now)).await?;
    let sending = partners.into_iter().map(|partner| send_to(exchange.clone(), partner));
    for outcome in futures_util::future::join_all(sending).await {
        outcome?;
    }
    Ok(())
}

/// Sends one partner what is due to it.
async fn send_to(exchange: Arc<Exchange>, partner: PartnerId) -> Result<(), NotCommitted> {
    let book = exchange.book();
    let reachable = book.entry(&partner.0).filter(|entry| entry.partner.address.is_some()).cloned();
    let Some(entry) = reachable else { return Ok(()) };
    if entry.partner.suspended.is_some() {
        return Ok(());
    }
    let now = exchange.now();
    let lease = Lease { partner, now, until: now.plus_seconds(LEASE_SECONDS), limit: LEASED };
    let leased = exchange.store().lease(lease).await?;
    for together in leased.chunks(IN_FLIGHT) {
        let sending = together.iter().map(|message| send(&exchange, &entry, message.clone()));
        for outcome in futures_util::future::join_all(sending).await {
            match outcome {
                // Somebody else has moved the message on: it is theirs now.
                Ok(()) | Err(NotCommitted::Stale(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// One attempt at one message, from rendering to its receipt.
async fn send(exchange: &Arc<Exchange>, entry: &Arc<Entry>, message: OutboxEntry) -> Result<(), NotCommitted> {
    let prepared = {
        let (exchange, entry, message) = (exchange.clone(), entry.clone(), message.clone());
        tokio::task::spawn_blocking(move || prepare(&exchange, &entry, &message)).await
    };
    let (frozen, fields) = match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(attempt)) => return conclude(exchange, &message, message.revision, None, attempt).await,
        Err(_) => return Ok(()),
    };
    let now = exchange.now();
    let bytes = frozen.to_bytes().unwrap_or_default();
    let freeze = OutboxStep::Freeze { bytes, lease_until: now.plus_seconds(LEASE_SECONDS) };
    let update = OutboxUpdate { id: message.id.clone(), expected: message.revision, at: now, step: freeze };
    exchange.store().submit(Change::new(vec![Write::Outbox(update)]).urgently()).await?;
    let attempt = post(exchange, entry, &frozen, &fields).await;
    conclude(exchange, &message, message.revision + 1, Some(&frozen), attempt).await
}

/// The message with a fresh signature: rendered now if it never was.
fn prepare(exchange: &Exchange, entry: &Entry, message: &OutboxEntry) -> Result<(Frozen, Fields), Attempt> {
    let mut frozen = match &message.frozen {
        Some(bytes) => Frozen::from_bytes(bytes).map_err(|error| Attempt::Never(error.to_string()))?,
        None => compose(exchange, entry, message)?,
    };
    let now = exchange.now();
    let time = SigningTime::at(now);
    let signer = exchange.house.message_key.as_ref();
    let fields = seal(&frozen.envelope, &frozen.body, "POST", MESSAGES, None, signer, &time)
        .map_err(|error| Attempt::Never(error.to_string()))?;
    frozen.signatures.extend(signature_digest(&fields));
    Ok((frozen, fields))
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
    let later = |error: &RegistryError| Attempt::Later { error: error.to_string(), pause: None };
    let key: SubjectKey = message.subject.parse().map_err(|error: crate::record::MalformedSubject| never(&error))?;
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
        exchange.catalogue,
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
        .map_err(|error| later(&RegistryError::Store(error)))?
        .map(|sent| u64::from(sent.version))
        .filter(|previous| *previous < u64::from(version));
    Ok(Frozen {
        envelope: Envelope {
            id: message.id.parse().map_err(|error: crate::message::MalformedMessageId| never(&error))?,
            kind,
            sender: exchange.house.id.clone(),
            recipient: entry.partner.id.clone(),
            subject: Some(subject_of(&key)),
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

/// Posts the message and reads what comes back. The connection is judged before it is used, and before the receipt is
/// believed.
async fn post(exchange: &Exchange, entry: &Entry, frozen: &Frozen, fields: &Fields) -> Attempt {
    let partner = entry.partner.id.as_str();
    let later = |error: String| Attempt::Later { error, pause: None };
    let client = match exchange.client(partner) {
        Ok(client) => client,
        Err(error) => return later(error.to_string()),
    };
    let judge = || client.judge(exchange.book().trust(), exchange.now());
    if let Err(refusal) = judge() {
        exchange.forget_client(partner);
        return later(format!("the partner's endpoint is refused: {refusal}"));
    }
    let url = format!("{}{MESSAGES}", entry.partner.address.as_deref().unwrap_or_default().trim_end_matches('/'));
    let answer = match client.post(&url, fields, frozen.body.clone()).await {
        Ok(answer) => answer,
        Err(error) => {
            if matches!(error, CallError::Refused(_)) {
                exchange.forget_client(partner);
            }
            return later(error.to_string());
        }
    };
    if let Err(refusal) = judge() {
        exchange.forget_client(partner);
        return later(format!("the partner's receipt is not believed: {refusal}"));
    }
    if answer.status != 200 {
        let said: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        let pause = answer.retry_after.and_then(|seconds| i64::try_from(seconds).ok());
        return Attempt::Later { error: format!("HTTP {}: {said}", answer.status), pause };
    }
    let receipt = match SignedReceipt::parse(&answer.body) {
        Ok(receipt) => receipt,
        Err(error) => return later(format!("the answer is no receipt: {error}")),
    };
    let body = Digest::sha256(&frozen.body);
    if let Err(error) = receipt.verify_for(&entry.message_keys, &frozen.envelope, &body, &frozen.signatures) {
        return later(format!("the receipt is not for this message: {error}"));
    }
    match receipt.receipt().outcome {
        Outcome::Delivered | Outcome::DeliveredWithWarnings => Attempt::Delivered(Box::new(receipt)),
        Outcome::NotReadable | Outcome::Refused => {
            let said = receipt.receipt().findings.iter().map(|finding| finding.message.en.clone()).collect::<Vec<_>>();
            Attempt::Final { error: said.join("; "), receipt: Box::new(receipt) }
        }
    }
}

/// Writes down what became of an attempt.
async fn conclude(
    exchange: &Exchange,
    message: &OutboxEntry,
    revision: u32,
    frozen: Option<&Frozen>,
    attempt: Attempt,
) -> Result<(), NotCommitted> {
    let now = crate::store::whole_micros(exchange.now());
    let mut writes = Vec::new();
    let step = match attempt {
        Attempt::Delivered(receipt) => {
            let receipt = receipt.to_json().unwrap_or_default();
            if let Some(frozen) = frozen {
                writes.extend(sent(message, frozen, now));
            }
            tracing::info!(message = message.id, partner = %message.partner, subject = message.subject, "delivered");
            OutboxStep::Delivered { receipt }
        }
        Attempt::Final { error, receipt } => {
            tracing::warn!(message = message.id, partner = %message.partner, %error, "refused by the receiver");
            OutboxStep::Dead { error, receipt: receipt.to_json().ok() }
        }
        Attempt::Never(error) => {
            tracing::error!(message = message.id, partner = %message.partner, %error, "cannot be sent");
            OutboxStep::Dead { error, receipt: None }
        }
        Attempt::Later { error, pause } if message.attempts + 1 >= LAST_ATTEMPT && pause.is_none() => {
            tracing::error!(message = message.id, partner = %message.partner, %error, "given up");
            OutboxStep::Dead { error, receipt: None }
        }
        Attempt::Later { error, pause } => {
            tracing::warn!(message = message.id, partner = %message.partner, %error, "will be tried again");
            let pause = pause.unwrap_or_else(|| growing_pause(exchange, message.attempts));
            OutboxStep::Failed { error, next_attempt_at: now.plus_seconds(pause) }
        }
    };
    let update = OutboxUpdate { id: message.id.clone(), expected: revision, at: now, step };
    writes.insert(0, Write::Outbox(update));
    exchange.store().submit(Change::new(writes).urgently()).await.map(|_| ())
}

/// What is written down of a message that arrived: its version, and a leaf of the ledger.
fn sent(message: &OutboxEntry, frozen: &Frozen, at: Timestamp) -> Vec<Write> {
    let version = frozen.envelope.state.and_then(|state| u32::try_from(state.version).ok()).unwrap_or(message.version);
    vec![
        Write::Event(EventWrite {
            kind: EventKind::MessageSent,
            subject: message.subject.clone(),
            version: Some(message.version),
            digest: Digest::sha256(&frozen.body),
            at,
            prepared: None,
        }),
        Write::Exchanged(ExchangedVersion {
            partner: message.partner.clone(),
            subject: message.subject.clone(),
            face: message.face,
            direction: Direction::Sent,
            version,
            message_id: message.id.clone(),
            at,
        }),
    ]
}

/// Doubling pauses with full jitter, so that many messages do not come back at one instant.
fn growing_pause(exchange: &Exchange, attempts: u32) -> i64 {
    let most = 2_i64.saturating_pow(attempts.min(12)).min(LONGEST_PAUSE);
    let mut chance = [0_u8; 2];
    exchange.entropy.fill(&mut chance);
    1 + i64::from(u16::from_be_bytes(chance)) % most.max(1)
}
