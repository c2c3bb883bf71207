//! A message as it leaves, fixed before the first attempt: the same id and the same bytes through every retry. Only the
//! signature is made afresh; the digests of all of them are kept, since a receipt names the one that it answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::crypto::Digest;
use crate::message::{Envelope, Fields, MessageError};

/// A message as it leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Frozen {
    /// What it is about, from whom, to whom.
    pub envelope: Envelope,
    /// The body.
    pub body: Vec<u8>,
    /// Digests of the signatures under which it has left or may have left.
    pub signatures: Vec<Digest>,
}

/// The form in which it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    fields: Vec<(String, String)>,
    body: String,
    signatures: Vec<Digest>,
}

/// What is kept of a message cannot be read: our bug, or another hand in the store.
#[derive(Debug, thiserror::Error)]
#[error("a message of the outbox cannot be read: {0}")]
pub struct Unreadable(String);

impl Frozen {
    /// The bytes to keep.
    ///
    /// # Errors
    ///
    /// The envelope contradicts itself: our bug.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MessageError> {
        let fields = self.envelope.to_fields()?;
        let kept = Kept {
            fields: fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: STANDARD.encode(&self.body),
            signatures: self.signatures.clone(),
        };
        // Strings and digests always have a JSON form.
        Ok(serde_json::to_vec(&kept).unwrap_or_default())
    }

    /// The message that was kept.
    ///
    /// # Errors
    ///
    /// The bytes are none of ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let unreadable = |error: &dyn std::fmt::Display| Unreadable(error.to_string());
        let kept: Kept = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
        let mut fields = Fields::new();
        for (name, value) in &kept.fields {
            fields.push(name, value).map_err(|error| unreadable(&error))?;
        }
        Ok(Self {
            envelope: Envelope::from_fields(&fields).map_err(|error| unreadable(&error))?,
            body: STANDARD.decode(&kept.body).map_err(|error| unreadable(&error))?,
            signatures: kept.signatures,
        })
    }
}
