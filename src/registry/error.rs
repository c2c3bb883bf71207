//! What can go wrong in the registry, and whose fault it is.

use crate::record::{IncompleteKey, SubjectKey};
use crate::store::{NotCommitted, StoreError};

use super::incoming::Owner;

/// An error of a use case on certificates. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The sender's input: the record has no whole key.
    #[error(transparent)]
    IncompleteKey(#[from] IncompleteKey),
    /// The sender's input: the record belongs to somebody else, who alone may change it.
    #[error("{subject} belongs to {owner}; {by} may not change it")]
    NotOwner {
        /// The subject.
        subject: Box<SubjectKey>,
        /// Who may change it.
        owner: Owner,
        /// Who tried.
        by: Owner,
    },
    /// The caller's input: no such certificate is held.
    #[error("no record of {0} is held")]
    Unknown(Box<SubjectKey>),
    /// The caller's input: a withdrawal is final; only an entry that corrects it goes past it.
    #[error("{0} is withdrawn; only a correction of the withdrawal can change that")]
    Withdrawn(Box<SubjectKey>),
    /// The caller's input: the entry corrects one that the history does not hold.
    #[error("the history of {subject} holds no entry {entry:?} to correct")]
    UnknownEntry {
        /// The subject.
        subject: Box<SubjectKey>,
        /// The id that was named.
        entry: String,
    },
    /// The caller's input: an entry states an act or a claim, one of the two.
    #[error("a status entry states an act or a claim, and not both")]
    MalformedEntry,
    /// Too many others change the same record at the same time: try again.
    #[error("{0} is being changed by too many at once")]
    Contended(Box<SubjectKey>),
    /// The caller's input: another event is not in effect yet; it is finished or dropped first.
    #[error("the event {0} was begun and is not in effect: finish it or drop it first")]
    BulkUnderWay(String),
    /// The caller's input: no such event, or it is in effect and cannot be taken back.
    #[error("there is no event {0} that can be dropped")]
    BulkNotOpen(String),
    /// Too many others change its members at the same time: try again.
    #[error("the members of the event {0} are being changed by too many at once")]
    BulkContended(String),
    /// Our bug: a record or a word in the store cannot be read.
    #[error("version {version} of {subject} in the store cannot be read: {reason}")]
    Unreadable {
        /// The subject.
        subject: Box<SubjectKey>,
        /// Its version.
        version: u32,
        /// What is wrong.
        reason: String,
    },
    /// Our bug: the document of an event in the store cannot be read.
    #[error("the event {event} in the store cannot be read: {reason}")]
    UnreadableEvent {
        /// The event.
        event: String,
        /// What is wrong.
        reason: String,
    },
    /// Our bug: a record cannot be written as JSON.
    #[error("the record cannot be written: {0}")]
    Unwritable(String),
    /// The store failed; it says whose fault that is.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistryError {
    /// True where the fault is with the input of whoever called, and calling again with the same brings the same.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(
            self,
            Self::IncompleteKey(_)
                | Self::NotOwner { .. }
                | Self::Unknown(_)
                | Self::Withdrawn(_)
                | Self::UnknownEntry { .. }
                | Self::MalformedEntry
                | Self::BulkUnderWay(_)
                | Self::BulkNotOpen(_)
        )
    }

    /// What a refused Change means once it has not been decided again.
    pub(super) fn from_refusal(refusal: NotCommitted, subject: &SubjectKey) -> Self {
        match refusal {
            NotCommitted::Stale(_) => Self::Contended(Box::new(subject.clone())),
            NotCommitted::Store(error) => Self::Store(error),
        }
    }
}
