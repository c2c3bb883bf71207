//! A Change: all writes of one use case, each with the version that it expects. All of it is written, or none.

use crate::clock::Timestamp;
use crate::crypto::{Digest, sha256};
use crate::ledger::{EventKind, Hash, Salt};
use crate::record::SubjectKey;

use super::bulk::BulkWrite;
use super::notice::{NoticeDone, NoticeWrite};
use super::rows::{Direction, Face, PartnerId};

/// A SHA-256 digest.
pub type Sha256 = [u8; 32];

/// All writes of one use case. The store writes all of them or none.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Goes before what is not: a status change overtakes an import.
    pub urgent: bool,
    /// The writes, in their order.
    pub writes: Vec<Write>,
}

impl Change {
    /// A Change that waits its turn.
    #[must_use]
    pub fn new(writes: Vec<Write>) -> Self {
        Self { urgent: false, writes }
    }

    /// The same, going before what is not urgent.
    #[must_use]
    pub fn urgently(mut self) -> Self {
        self.urgent = true;
        self
    }
}

/// One write of a Change.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new version of a record.
    Record(Box<RecordWrite>),
    /// A payload; one that is there already is left as it is.
    Payload(PayloadWrite),
    /// An event of the ledger.
    Event(EventWrite),
    /// A message to be sent.
    Intent(Intent),
    /// A step of a message in the outbox.
    Outbox(OutboxUpdate),
    /// A message taken, with its first answer.
    Inbox(InboxEntry),
    /// The highest version that a partner was sent, or that was taken from it.
    Exchanged(ExchangedVersion),
    /// A step of an event that touches many certificates.
    Bulk(BulkWrite),
    /// A notice that goes to a partner or came from it.
    Notice(NoticeWrite),
    /// Somebody here is through with a notice.
    NoticeDone(NoticeDone),
}

/// A new version of a record, with the columns that it is found by.
#[derive(Clone, Debug)]
pub struct RecordWrite {
    /// The natural key.
    pub subject: SubjectKey,
    /// The version that must be there now; `None`: there must be none.
    pub expected: Option<u32>,
    /// The new version.
    pub version: u32,
    /// The version at which the certificate face last moved.
    pub certificate_version: u32,
    /// The version at which the status face last moved.
    pub status_version: u32,
    /// Who may change it.
    pub owner: String,
    /// What it is found by.
    pub columns: SearchColumns,
    /// The record as JSON.
    pub record: Vec<u8>,
    /// The findings kept with the version, as JSON.
    pub findings: Vec<u8>,
    /// Digest of the payload that made it.
    pub payload: Option<Sha256>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// The columns that a subject is found and listed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchColumns {
    /// Code of the kind.
    pub kind: String,
    /// Scheme and value of the holder's identifier.
    pub holder: Option<(String, String)>,
    /// Names of the holder, normalised for search.
    pub holder_names: Vec<String>,
    /// Day of issue.
    pub issued: String,
    /// Last day of validity.
    pub valid_until: Option<String>,
    /// Last act on the whole certificate.
    pub status: String,
}

/// A payload as it was received.
#[derive(Clone, Debug)]
pub struct PayloadWrite {
    /// SHA-256 of the bytes as received.
    pub digest: Sha256,
    /// Format id.
    pub format: String,
    /// Length of the bytes as received.
    pub length: u64,
    /// The bytes, zlib-compressed by the caller: the writer thread is the scarce one.
    pub compressed: Vec<u8>,
    /// When it was received.
    pub at: Timestamp,
}

impl PayloadWrite {
    /// Digests and compresses the bytes.
    #[must_use]
    pub fn of(bytes: &[u8], format: impl Into<String>, at: Timestamp) -> Self {
        use std::io::Write as _;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        // Writing into a Vec cannot fail.
        let compressed = encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { digest: sha256(bytes), format: format.into(), length: bytes.len() as u64, compressed, at }
    }
}

/// An event of the ledger.
#[derive(Clone, Debug)]
pub struct EventWrite {
    /// What happened.
    pub kind: EventKind,
    /// What it is about: a subject key as text, or another name.
    pub subject: String,
    /// Version of the record, where it is about one.
    pub version: Option<u32>,
    /// Digest of what happened: of the record's bytes, of a message.
    pub digest: Digest,
    /// When; cut to microseconds.
    pub at: Timestamp,
    /// A leaf that the caller has computed, because a signed receipt names it.
    pub prepared: Option<PreparedLeaf>,
}

/// What a caller has put into a leaf before the store sequences it; the time was [`whole_micros`].
#[derive(Clone, Debug)]
pub struct PreparedLeaf {
    /// The salt.
    pub salt: Salt,
    /// Leaf hash of the previous event of the subject, as the caller read it; another one makes the Change stale.
    pub previous: Option<Hash>,
}

/// A message to be sent: which face of which subject at which version, to whom.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Message id, UUID version 7.
    pub id: String,
    /// To whom.
    pub partner: PartnerId,
    /// About what: a subject key as text.
    pub subject: String,
    /// Which face.
    pub face: Face,
    /// At which version of the subject.
    pub version: u32,
    /// Type of the message.
    pub message_type: String,
    /// Content of a notice, which no record can be rendered into.
    pub body: Option<Vec<u8>>,
    /// When it was meant; it is due at once.
    pub at: Timestamp,
}

/// A step of a message in the outbox.
#[derive(Clone, Debug)]
pub struct OutboxUpdate {
    /// Message id.
    pub id: String,
    /// The revision that must be there now.
    pub expected: u32,
    /// When.
    pub at: Timestamp,
    /// What happens to it.
    pub step: OutboxStep,
}

/// What happens to a message in the outbox.
#[derive(Clone, Debug)]
pub enum OutboxStep {
    /// Its bytes are fixed before it leaves; from now on it may have left. The lease lasts until then. A later attempt
    /// hands over the same message with what it adds of its own: its signature.
    Freeze {
        /// Headers and body as they go out, and the signatures under which they did.
        bytes: Vec<u8>,
        /// End of the lease.
        lease_until: Timestamp,
    },
    /// An attempt failed: it is due again at that time, unless a newer version of its face has been meant since.
    Failed {
        /// Why.
        error: String,
        /// When to try again.
        next_attempt_at: Timestamp,
    },
    /// The receiver has it.
    Delivered {
        /// The signed receipt.
        receipt: Vec<u8>,
    },
    /// It will not be tried again: past the limit, or the receiver's answer is final.
    Dead {
        /// Why.
        error: String,
        /// The receiver's answer, where there was one.
        receipt: Option<Vec<u8>>,
    },
    /// Given back before an attempt: due at once.
    Release,
    /// A dead letter is tried again, with the same bytes: due at once.
    Retry,
    /// Given up by a person.
    Drop,
}

/// A message taken from a partner, with the first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    /// Who sent it.
    pub sender: PartnerId,
    /// Its id, unique with the sender.
    pub message_id: String,
    /// Digest of its content.
    pub digest: Sha256,
    /// What it was about, where that could be read.
    pub subject: Option<String>,
    /// The first answer, given again to a duplicate.
    pub answer: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// The highest version of a face that a partner was sent, or that was taken from it. A lower or equal one is stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangedVersion {
    /// With whom.
    pub partner: PartnerId,
    /// Of what: a subject key as text.
    pub subject: String,
    /// Which face.
    pub face: Face,
    /// Sent or received.
    pub direction: Direction,
    /// The version.
    pub version: u32,
    /// The message that carried it.
    pub message_id: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a committed Change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The events of the Change, in their order, as the ledger holds them.
    pub events: Vec<Sequenced>,
    /// Events under the checkpoint of the batch.
    pub ledger_size: u64,
}

/// Where an event stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequenced {
    /// Index of the leaf.
    pub index: u64,
    /// Hash of the leaf.
    pub leaf_hash: Hash,
}

/// The instant as fine as the store keeps it, so that what goes into a leaf is what is read back.
#[must_use]
pub fn whole_micros(at: Timestamp) -> Timestamp {
    jiff::Timestamp::from_microsecond(at.0.as_microsecond()).map_or(at, Timestamp)
}
