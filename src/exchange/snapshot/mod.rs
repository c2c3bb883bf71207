//! Snapshots: everything that a partner's subscription covers, as of a cursor of the change feed, in files.
//!
//! A folder holds parts, each NDJSON compressed with gzip, and a manifest that names them with their digests, signed like a
//! receipt. A part covers a range of the ledger; a part that is whole is not made again, and a row that is held already
//! changes nothing, so that export and import go on where they were stopped. What has changed since the cursor comes by the
//! feed.

mod export;
mod import;
mod manifest;

pub use export::Exported;
pub use import::{Imported, RefusedRow};
pub use manifest::{Manifest, PartFile};

use std::path::{Path, PathBuf};

/// A snapshot cannot be made or taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file cannot be read or written, or is not what the manifest says.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The partner's agreement names nothing that it gets.
    #[error("the entry of {0} has no subscription: there is nothing to export")]
    NoSubscription(String),
    /// Our store, our keys.
    #[error("{0}")]
    Ours(String),
}

impl SnapshotError {
    fn file(file: &Path, reason: impl std::fmt::Display) -> Self {
        Self::File { file: file.to_path_buf(), reason: reason.to_string() }
    }

    fn ours(reason: impl std::fmt::Display) -> Self {
        Self::Ours(reason.to_string())
    }
}
