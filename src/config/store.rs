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
    /// `store.readers`: connections for reading.
    pub readers: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self { path: "certbridge.db".into(), checkpoint: "checkpoint.txt".into(), readers: 4 }
    }
}
