//! What is handed to the registry, and what it answers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::record::{Record, SubjectKey};
use crate::store::PartnerId;

/// Who may change a record: this house, or the partner that sent it. Written `house` and `partner:ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Owner {
    /// This house.
    House,
    /// A partner.
    Partner(PartnerId),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::House => f.write_str("house"),
            Self::Partner(id) => write!(f, "partner:{id}"),
        }
    }
}

/// The text names no owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no owner: house, or partner:ID")]
pub struct MalformedOwner(pub String);

impl FromStr for Owner {
    type Err = MalformedOwner;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("partner:") {
            Some(id) if !id.is_empty() => Ok(Self::Partner(id.into())),
            None if text == "house" => Ok(Self::House),
            _ => Err(MalformedOwner(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Owner {
    type Error = MalformedOwner;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> Self {
        owner.to_string()
    }
}

/// A record that was read from a document, with all that is to be kept beside it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The record; its version, provenance and the ids of its entries are the registry's to set.
    pub record: Record,
    /// What the checks had to say about it; kept with the version that it makes.
    pub findings: Vec<Finding>,
    /// The bytes that it was read from. Records of one document share them: clone the `Arc`, not the bytes.
    pub payload: Arc<[u8]>,
    /// Format id.
    pub format: String,
    /// Digest of the crosswalk that read it.
    pub crosswalk_digest: String,
    /// Who may change it from now on.
    pub owner: Owner,
    /// The partner that sent it, who is not told of it again.
    pub received_from: Option<PartnerId>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was not held before.
    New,
    /// It makes a new version.
    Changed,
    /// It says nothing new: no version, no event, no message.
    Unchanged,
}

/// The answer to a registration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Registered {
    /// The subject.
    pub subject: SubjectKey,
    /// What became of it.
    pub outcome: Outcome,
    /// The version that is held now.
    pub version: u32,
    /// True where the certificate face moved.
    pub certificate_moved: bool,
    /// True where the status face moved.
    pub status_moved: bool,
    /// What the registry itself has to say; kept with the version too.
    pub findings: Vec<Finding>,
    /// Indexes of the ledger events that it made.
    pub events: Vec<u64>,
    /// How many partners will be sent something.
    pub messages: usize,
}

impl Registered {
    /// The version that was held when it was decided; none where the record is new.
    #[must_use]
    pub const fn decided_on(&self) -> Option<u32> {
        match self.outcome {
            Outcome::New => None,
            Outcome::Changed => self.version.checked_sub(1),
            Outcome::Unchanged => Some(self.version),
        }
    }
}
