//! What can go wrong in a store, and whose fault it is.

use std::path::PathBuf;

/// Whose fault an error of the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The disk, the memory, another process: an operator can mend it.
    Environment,
    /// Our settings or key files.
    Configuration,
    /// Our own: a statement or a row that must not be.
    Bug,
}

/// An error of the store. Cloned to every Change of a batch that failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("the store {} cannot be opened: {reason}", path.display())]
    Unopened {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: String,
    },
    /// The disk is full; nothing of the batch was written.
    #[error("the disk of the store is full")]
    DiskFull,
    /// Another process holds the store for longer than we wait.
    #[error("the store is held by another process")]
    Busy,
    /// Reading or writing failed below the database.
    #[error("the disk of the store failed: {0}")]
    Disk(String),
    /// The file is no database or is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The file was written by a newer version of this program.
    #[error("the store is of schema {found}, this program knows up to {known}")]
    Newer {
        /// Last migration recorded in the file.
        found: u32,
        /// Last migration that this program has.
        known: u32,
    },
    /// A migration recorded in the file is not the one that this program has under its number.
    #[error("migration {0} of the store is not the one that this program has")]
    ForeignMigration(u32),
    /// The store is behind the checkpoint kept outside it: a restored backup. It does not start unasked.
    #[error("the store holds {size} events, but {kept} had been published: it is behind its last checkpoint")]
    Behind {
        /// Events in the store.
        size: u64,
        /// Events under the checkpoint kept outside.
        kept: u64,
    },
    /// The store holds another history than the checkpoint kept outside it.
    #[error("the first {0} events of the store are not those under the checkpoint kept outside it")]
    Forked(u64),
    /// The checkpoint kept outside the database cannot be read or written.
    #[error("the checkpoint file {}: {reason}", path.display())]
    CheckpointFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The signer of the checkpoints failed.
    #[error("the checkpoint cannot be signed: {0}")]
    Unsigned(String),
    /// Too much is waiting to be written.
    #[error("the store has more waiting than it takes")]
    Overloaded,
    /// The store is closed, or its writer has ended.
    #[error("the store is closed")]
    Closed,
    /// A statement that SQLite refuses: a bug.
    #[error("a statement of the store was refused: {0}")]
    Statement(String),
    /// A row that the store cannot have written: a bug, or another hand.
    #[error("a row of {table} cannot be read: {reason}")]
    MalformedRow {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Unopened { .. }
            | Self::DiskFull
            | Self::Busy
            | Self::Disk(_)
            | Self::Damaged(_)
            | Self::Newer { .. }
            | Self::Behind { .. }
            | Self::Forked(_)
            | Self::CheckpointFile { .. }
            | Self::Overloaded
            | Self::Closed => Fault::Environment,
            Self::Unsigned(_) => Fault::Configuration,
            Self::ForeignMigration(_) | Self::Statement(_) | Self::MalformedRow { .. } => Fault::Bug,
        }
    }

    /// True where the same call may succeed later without anybody's help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Overloaded)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let words = error.to_string();
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                    Self::Busy
                }
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::NoLargeFileSupport => Self::Disk(words),
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(words),
                _ => Self::Statement(words),
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => Self::MalformedRow { table: "the store", reason: words },
            _ => Self::Statement(words),
        }
    }
}

/// What a Change expected and did not find. The caller reads again and decides again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Stale {
    /// The subject is at another version.
    #[error("{subject} is at version {found:?}, not {expected:?}")]
    Subject {
        /// The subject, as text.
        subject: String,
        /// Version that the Change expected; `None`: that there be none.
        expected: Option<u32>,
        /// Version that there is.
        found: Option<u32>,
    },
    /// The message of the outbox has moved on, or is gone.
    #[error("the message {0} has moved on")]
    Outbox(String),
    /// The inbox has the message already: the first answer is the one to give.
    #[error("the message {message_id} of {sender} was taken before")]
    Taken {
        /// Who sent it.
        sender: String,
        /// Its id.
        message_id: String,
    },
    /// A version as high was exchanged before.
    #[error("version {found} of {subject} was exchanged before")]
    Exchanged {
        /// The subject, as text.
        subject: String,
        /// The version that there is.
        found: u32,
    },
    /// The notice is not there, or somebody was through with it before.
    #[error("there is no open notice {0}")]
    Notice(String),
    /// The subject has a newer event in the ledger than the prepared leaf follows.
    #[error("the ledger holds a newer event of {0}")]
    Event(String),
    /// An event that touches many certificates is at another step, or its member is gone.
    #[error("the event {0} has moved on")]
    Bulk(String),
    /// The present version of the subject was made by an event that touches many certificates and is not settled yet.
    #[error("the present version of {0} has to be settled first")]
    Unsettled(String),
}

/// Why a Change was not committed. Nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCommitted {
    /// An expectation of the Change does not hold: decide again.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for NotCommitted {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
