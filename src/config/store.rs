//! Where records are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[store]`: the embedded store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// `store.path`: the SQLite file. `CERTBRIDGE_STORE__PATH`.
    pub path: PathBuf,
    /// `store.checkpoint`: the last checkpoint of the ledger, kept outside the database: a store that is behind it (a
    /// restored backup) does not start unasked. `CERTBRIDGE_STORE__CHECKPOINT`.
    pub checkpoint: PathBuf,
    /// `store.largest_mb`: megabytes that the store may grow to, so that it leaves room for others on its disk; past that it is
    /// full as a disk is: nothing more is taken, and questions are answered. 0: as far as the disk goes.
    pub largest_mb: u64,
    /// `store.readers`: connections for reading.
    pub readers: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self { path: "certbridge.db".into(), checkpoint: "checkpoint.txt".into(), largest_mb: 0, readers: 4 }
    }
}
