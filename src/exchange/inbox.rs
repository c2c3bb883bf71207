//! The inbox: a message is checked, read, decided, and answered with a signed receipt.
//!
//! What cannot be believed (digest, signature, sender) gets no receipt. What can be gets one, whatever becomes of it, and
//! the receipt is kept: a repeat of the message is answered with it, and nothing happens a second time. Record, receipt,
//! leaf of the ledger and version are one Change.

use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::finding::{Finding, Place};
use crate::ledger::{Event, EventKind, Salt};
use crate::message::{
    Envelope, Fields, Freshness, MessageError, MessageType, Opened, Outcome, Receipt, Reception, Request, judge_repeat,
    open,
};
use crate::registry::{Incoming, Owner, Registered, RegistryError};
use crate::store::{
    Change, Direction, EventWrite, ExchangedVersion, Face, InboxEntry, NotCommitted, PartnerId, PreparedLeaf,
    StoreError, Write,
};
use crate::trust::Refusal;

use super::agreement::DataClass;
use super::book::Entry;
use super::exchange::Exchange;

/// For how long the first answer to a message is kept, in seconds: 120 days. A message made before that is refused.
pub const KEPT_SECONDS: i64 = 120 * 24 * 3600;
/// How often a message is decided anew when somebody else was faster.
pub(super) const ATTEMPTS: usize = 16;

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
    /// It comes too early, and time will mend that: a status of a certificate that is not here yet, a proof that is still to
    /// come. The sender tries again.
    #[error("{0}")]
    NotYet(String),
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
pub(super) enum Decided {
    /// Its record is to be registered. Where the message was read into the record that is held (a status), `read_into` is the
    /// version of that: what was read into an older one would bring the older certificate back.
    Takes { incoming: Box<Incoming>, findings: Vec<Finding>, read_into: Option<u32> },
    /// Nothing is changed, and why.
    Stays { outcome: Outcome, findings: Vec<Finding> },
    /// It is kept, and changes no record.
    Notes { writes: Vec<Write>, findings: Vec<Finding> },
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
            let message = Taken { from, sender: &sender, envelope: &opened.envelope, body, digest, received_at };
            if opened.envelope.kind == MessageType::BulkEvent {
                match self.take_bulk(&message, &opened, stands)? {
                    Some(receipt) => return Ok(receipt),
                    None => continue,
                }
            }
            let decided = self.decide(&message)?;
            stands()?;
            let beside =
                |outcome, findings: &[Finding], effect| self.writes(&message, &opened, outcome, findings, effect);
            match self.answer(decided, &beside) {
                Ok(receipt) => return Ok(receipt),
                Err(Undone::Again) => {}
                Err(Undone::Ours(reason)) => return Err(NoReceipt::Unavailable(reason)),
            }
        }
        Err(NoReceipt::Unavailable("too many messages about the same certificate at once".into()))
    }

    /// What the message is, before anything is written.
    pub(super) fn decide(&self, message: &Taken<'_>) -> Result<Decided, NoReceipt> {
        let envelope = message.envelope;
        let refused = |finding: Finding| Ok(Decided::Stays { outcome: Outcome::Refused, findings: vec![finding] });
        let (Some(subject), Some(state)) = (&envelope.subject, envelope.state) else {
            return self.take_notice(message);
        };
        let key = subject.clone();
        let partner = &message.from.partner;
        if !partner.agreement.covers(DataClass::of(face(envelope))) {
            let finding = Finding::new("exchange/class-not-agreed", Place::Whole).with("type", envelope.kind);
            return refused(finding.with("partner", &partner.id));
        }
        if !partner.may_assert(&key.issuer, None) {
            return refused(
                Finding::new("exchange/not-yours-to-assert", Place::Whole)
                    .with("partner", &partner.id)
                    .with("issuer", &key.issuer),
            );
        }
        if u32::try_from(state.version).is_err() {
            return refused(Finding::new("exchange/version-too-high", Place::Whole).with("version", state.version));
        }
        let owner = self.store().subject(&key)?.map(|subject| subject.owner);
        if owner.is_some_and(|owner| owner != Owner::Partner(message.sender.clone()).to_string()) {
            // Whose it is, is nobody else's business.
            return refused(Finding::new("exchange/not-owner", Place::Whole).with("subject", &key));
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

    /// Writes what was decided, with what stands beside it, as one Change; gives the answer that `beside` made.
    pub(super) fn answer(&self, decided: Decided, beside: &Beside<'_>) -> Result<Vec<u8>, Undone> {
        let answer = std::cell::RefCell::new(Vec::new());
        match decided {
            Decided::Takes { incoming, findings, read_into } => {
                let registered = self.registry.register_beside(&incoming, &|registered: &Registered| {
                    if read_into.is_some() && read_into != registered.decided_on() {
                        return Err(RegistryError::Contended(Box::new(registered.subject.clone())));
                    }
                    let mut said: Vec<Finding> = findings.clone();
                    said.extend(registered.findings.iter().cloned());
                    let weighty = said.iter().any(|finding| finding.severity() >= crate::finding::Severity::Warning);
                    let outcome = if weighty { Outcome::DeliveredWithWarnings } else { Outcome::Delivered };
                    let (writes, receipt) = beside(outcome, &said, true)?;
                    *answer.borrow_mut() = receipt;
                    Ok(writes)
                });
                match registered {
                    Ok(_) => Ok(answer.into_inner()),
                    // Somebody else was faster, maybe with the same certificate: the next look says whose it is.
                    Err(RegistryError::Contended(_) | RegistryError::NotOwner { .. }) => Err(Undone::Again),
                    Err(error) if error.is_input() => {
                        let finding = Finding::new("exchange/not-registered", Place::Whole).with("reason", error);
                        self.answer(Decided::Stays { outcome: Outcome::Refused, findings: vec![finding] }, beside)
                    }
                    Err(error) => Err(Undone::Ours(error.to_string())),
                }
            }
            Decided::Stays { outcome, findings } => self.settle(beside(outcome, &findings, false), Vec::new()),
            Decided::Notes { writes, findings } => {
                let receipt = self.settle(beside(Outcome::Delivered, &findings, false), writes)?;
                // A question has been answered by a message of its own.
                self.wake();
                Ok(receipt)
            }
        }
    }

    /// Writes an answer that changes no record, and what is kept beside it.
    fn settle(
        &self,
        answer: Result<(Vec<Write>, Vec<u8>), RegistryError>,
        kept: Vec<Write>,
    ) -> Result<Vec<u8>, Undone> {
        let (mut writes, receipt) = answer.map_err(|error| Undone::Ours(error.to_string()))?;
        writes.extend(kept);
        match self.store().commit(Change::new(writes).urgently()) {
            Ok(_) => Ok(receipt),
            Err(NotCommitted::Stale(_)) => Err(Undone::Again),
            Err(NotCommitted::Store(error)) => Err(Undone::Ours(error.to_string())),
        }
    }

    /// The receipt, and what is written beside a record: leaf, inbox entry, version.
    pub(super) fn writes(
        &self,
        message: &Taken<'_>,
        opened: &Opened,
        outcome: Outcome,
        findings: &[Finding],
        effect: bool,
    ) -> Result<(Vec<Write>, Vec<u8>), RegistryError> {
        // The clock may have been set back meanwhile; nothing is decided before it was received.
        let at = crate::store::whole_micros(self.now()).max(message.received_at);
        let envelope = message.envelope;
        let subject = envelope.subject.as_ref().map(ToString::to_string);
        let name = subject.clone().unwrap_or_else(|| envelope.id.to_string());
        let kind = match outcome {
            Outcome::Delivered | Outcome::DeliveredWithWarnings => EventKind::MessageReceived,
            Outcome::NotReadable | Outcome::Refused => EventKind::MessageRefused,
        };
        let previous = self.store().events_of(&name)?.last().map(|event| event.leaf_hash);
        let salt = Salt::new(self.entropy.as_ref());
        let event = Event { at, digest: message.digest, kind: kind.clone(), previous, subject: name.clone() };
        let mut receipt =
            Receipt::new(envelope, message.digest, &opened.signature, outcome, findings, message.received_at, at);
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
        if effect {
            writes.extend(message.version_taken(at));
        }
        Ok((writes, bytes))
    }
}

/// A message under decision.
pub(super) struct Taken<'a> {
    pub(super) from: &'a Entry,
    pub(super) sender: &'a PartnerId,
    pub(super) envelope: &'a Envelope,
    pub(super) body: &'a [u8],
    pub(super) digest: Digest,
    pub(super) received_at: Timestamp,
}

impl Taken<'_> {
    /// The version that is held from now on, as it is written down.
    pub(super) fn version_taken(&self, at: Timestamp) -> Option<Write> {
        let (subject, state) = (self.envelope.subject.as_ref()?, self.envelope.state?);
        Some(Write::Exchanged(ExchangedVersion {
            partner: self.sender.clone(),
            subject: subject.to_string(),
            face: face(self.envelope),
            direction: Direction::Received,
            version: u32::try_from(state.version).ok()?,
            message_id: self.envelope.id.to_string(),
            at,
        }))
    }
}

/// Makes what is written beside a record, from the outcome, what there is to say, and whether it takes effect; and the answer.
pub(super) type Beside<'a> = dyn Fn(Outcome, &[Finding], bool) -> Result<(Vec<Write>, Vec<u8>), RegistryError> + 'a;

/// Why an answer was not written.
pub(super) enum Undone {
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
