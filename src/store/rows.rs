//! What the store gives back: subjects, versions, payloads, events, messages; and how a list is asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::change::{SearchColumns, Sha256};
use crate::clock::Timestamp;
use crate::ledger::{Event, Hash, Salt};
use crate::record::SubjectKey;

/// Identity of a partner, as the partner book names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartnerId(pub String);

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for PartnerId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// A word of a closed list was expected: a row that the store cannot have written, or the caller's slip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of the words")]
pub struct UnknownWord(pub String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that stands in the store.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord(text.to_owned())) }
            }
        }
    };
}

words! {
    /// A face of a subject: each has its own version and travels in its own message.
    Face {
        /// The certificate: everything but the status history.
        Certificate = "certificate",
        /// The status history.
        Status = "status",
        /// No face: a message with a content of its own, superseded by none.
        Notice = "notice",
    }
}

words! {
    /// Which way a version went.
    Direction {
        /// To the partner.
        Sent = "sent",
        /// From the partner.
        Received = "received",
    }
}

words! {
    /// Where a message of the outbox stands.
    OutboxState {
        /// To be sent when its time comes.
        Due = "due",
        /// A worker has it.
        Leased = "leased",
        /// Its bytes are fixed and may have left; the outcome is not known yet.
        Sent = "sent",
        /// The receiver has it and has signed so.
        Delivered = "delivered",
        /// Not tried again, with a reason.
        Dead = "dead",
        /// A newer version of the face took its place before it was sent.
        Superseded = "superseded",
        /// Given up by a person.
        Dropped = "dropped",
    }
}

/// A subject as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The natural key.
    pub key: SubjectKey,
    /// Who may change it.
    pub owner: String,
    /// The version that there is.
    pub version: u32,
    /// The version at which the certificate face last moved.
    pub certificate_version: u32,
    /// The version at which the status face last moved.
    pub status_version: u32,
    /// What it is found by; the names of the holder are left out.
    pub columns: SearchColumns,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordVersion {
    /// The natural key.
    pub key: SubjectKey,
    /// Its number, from 1.
    pub version: u32,
    /// The version at which the certificate face last moved.
    pub certificate_version: u32,
    /// The version at which the status face last moved.
    pub status_version: u32,
    /// Who might change it then.
    pub owner: String,
    /// The record as JSON.
    pub record: Vec<u8>,
    /// The findings kept with it, as JSON.
    pub findings: Vec<u8>,
    /// Digest of the payload that made it.
    pub payload: Option<Sha256>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A payload as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Format id.
    pub format: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When it was first received.
    pub received_at: Timestamp,
}

/// An event as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEvent {
    /// Index of its leaf.
    pub index: u64,
    /// The event.
    pub event: Event,
    /// Version of the record, where it is about one.
    pub version: Option<u32>,
    /// The salt of the leaf.
    pub salt: Salt,
    /// The leaf: the entry of the log.
    pub leaf: Sha256,
    /// Hash of the leaf.
    pub leaf_hash: Hash,
}

/// A signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Events under it.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// The signed note (C2SP).
    pub note: String,
}

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Message id.
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
    /// Content of a notice.
    pub body: Option<Vec<u8>>,
    /// Where it stands.
    pub state: OutboxState,
    /// Grows with every change of the entry; a step names the one that it expects.
    pub revision: u32,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it is due, or when its lease ends.
    pub next_attempt_at: Timestamp,
    /// Headers and body as they go out.
    pub frozen: Option<Vec<u8>>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// The receiver's signed receipt.
    pub receipt: Option<Vec<u8>>,
    /// When it was meant.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

/// Which messages of the outbox to list, oldest first.
#[derive(Clone, Debug, Default)]
pub struct OutboxFilter {
    /// To whom.
    pub partner: Option<PartnerId>,
    /// Where they stand.
    pub state: Option<OutboxState>,
    /// About what.
    pub subject: Option<String>,
    /// After this message id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// How many messages of a partner stand where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxCount {
    /// To whom.
    pub partner: PartnerId,
    /// Where they stand.
    pub state: OutboxState,
    /// How many.
    pub count: u64,
    /// Id of the oldest of them.
    pub oldest: String,
}

/// A lease of due messages to one partner.
#[derive(Clone, Debug)]
pub struct Lease {
    /// To whom.
    pub partner: PartnerId,
    /// The present instant.
    pub now: Timestamp,
    /// Until when nobody else gets them.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// Whose certificates are looked for.
#[derive(Clone, Debug)]
pub enum HolderQuery {
    /// By identifier: value, and scheme if known.
    Identifier {
        /// Scheme, if known.
        scheme: Option<String>,
        /// Value.
        value: String,
    },
    /// By the beginning of a normalised name.
    NameStarts(String),
    /// By a part of a normalised name: a scan, so for lists that a person reads.
    NameContains(String),
}

/// A page of a list, and where the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

/// Where a page starts. Its text is opaque to whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) name: String,
    pub(super) subject: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.subject, hex::encode(&self.name))
    }
}

/// The caller's cursor is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no cursor")]
pub struct MalformedCursor(pub String);

impl FromStr for Cursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (subject, name) = text.split_once('.')?;
            let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
            Some(Self { name, subject: i64::from_str_radix(subject, 16).ok()? })
        };
        read().ok_or_else(|| MalformedCursor(text.to_owned()))
    }
}
