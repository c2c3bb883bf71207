//! The payload: what the sender wrote of one record, in one canonical form, so that a mended crosswalk can map it again
//! and anyone can check its digest.

use serde_json::Value;

/// The source of one record: its part of the document. Its canonical form is made when somebody asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    source: Value,
}

impl Payload {
    /// The payload of one record's source: the object of a JSON document, or a row with the titles of its columns as keys.
    #[must_use]
    pub fn of(source: Value) -> Self {
        Self { source }
    }

    /// Canonical JSON (RFC 8785).
    #[must_use]
    pub fn text(&self) -> String {
        // A tree of JSON values always has a canonical form; numbers are finite.
        serde_json_canonicalizer::to_string(&self.source).unwrap_or_default()
    }

    /// SHA-256 of the text, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(crate::crypto::sha256(self.text().as_bytes()))
    }
}
