//! The keys that we sign with. Each is a PKCS#8 PEM file that only we can read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[keys]`: one key a purpose, so that one can be changed without the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// `keys.credential`: signs credentials and verification answers.
    pub credential: PathBuf,
    /// `keys.message`: signs messages and receipts.
    pub message: PathBuf,
    /// `keys.ledger`: signs checkpoints of the ledger.
    pub ledger: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            credential: "keys/credential.pem".into(),
            message: "keys/message.pem".into(),
            ledger: "keys/ledger.pem".into(),
        }
    }
}
