//! The manifest of a snapshot: from whom, for whom, as of which cursor, and its parts.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SnapshotError;
use crate::clock::Timestamp;
use crate::crypto::{Digest, KeySet, Signer};
use crate::message::{sign_document, strict_json, verify_document};

/// Form of the manifest.
pub(super) const SNAPSHOT_FORM: &str = "certbridge-snapshot/1";
/// Name of its file.
pub(super) const MANIFEST: &str = "manifest.json";

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartFile {
    /// Name of the file, in the folder of the manifest.
    pub file: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Rows in it.
    pub rows: u64,
}

/// What a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// `certbridge-snapshot/1`.
    pub snapshot: String,
    /// Whose certificates.
    pub sender: String,
    /// For whom.
    pub recipient: String,
    /// The cursor of the change feed from which on changes are asked for.
    pub cursor: u64,
    /// When it was finished.
    pub as_of: Timestamp,
    /// Digest of the subscription that it covers.
    pub subscription: Digest,
    /// The signed checkpoint of the ledger when it was finished.
    pub checkpoint: Option<String>,
    /// Its parts.
    pub parts: Vec<PartFile>,
}

impl Manifest {
    /// The bytes of the file, signed.
    pub(super) fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SnapshotError> {
        let Ok(Value::Object(document)) = serde_json::to_value(self) else {
            return Err(SnapshotError::ours("a manifest is an object"));
        };
        let document = sign_document(document, signer).map_err(SnapshotError::ours)?;
        Ok(format!("{:#}\n", Value::Object(document)).into_bytes())
    }

    /// Reads the manifest of a folder, from this partner, for us.
    pub(super) fn read(folder: &Path, keys: &KeySet, sender: &str, recipient: &str) -> Result<Self, SnapshotError> {
        let file = folder.join(MANIFEST);
        let bytes = std::fs::read(&file).map_err(|error| SnapshotError::file(&file, error))?;
        let manifest = Self::parse(&file, &bytes, keys)?;
        if manifest.sender != sender || manifest.recipient != recipient {
            let (from, to) = (&manifest.sender, &manifest.recipient);
            let reason = format_args!("it is from {from} for {to}, not from {sender} for {recipient}");
            return Err(SnapshotError::file(&file, reason));
        }
        Ok(manifest)
    }

    /// Reads the bytes of a manifest, which one of these keys signed. `file` is told where they are wrong.
    ///
    /// # Errors
    ///
    /// They are no manifest, or nobody of these signed them.
    pub fn parse(file: &Path, bytes: &[u8], keys: &KeySet) -> Result<Self, SnapshotError> {
        let wrong = |reason: &dyn std::fmt::Display| SnapshotError::file(file, reason);
        let Value::Object(document) = strict_json(bytes).map_err(|error| wrong(&error))? else {
            return Err(wrong(&"no manifest"));
        };
        let mut plain = document.clone();
        plain.remove("signature");
        let manifest: Self = serde_json::from_value(Value::Object(plain)).map_err(|error| wrong(&error))?;
        if manifest.snapshot != SNAPSHOT_FORM {
            return Err(wrong(&format_args!("the form {:?} is not known", manifest.snapshot)));
        }
        verify_document(&document, keys, manifest.as_of).map_err(|error| wrong(&error))?;
        Ok(manifest)
    }
}
