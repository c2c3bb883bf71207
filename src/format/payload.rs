//! The payload: what the sender wrote of one record, in one canonical form, so that a mended crosswalk can map it again
//! and anyone can check its digest.

use serde_json::Value;

/// The source of one record: its part of the document as canonical JSON (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Canonical JSON: the object of a JSON document, or a row with the titles of its columns as keys.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub digest: String,
}

impl Payload {
    /// The payload of one record's source.
    #[must_use]
    pub fn of(source: &Value) -> Self {
        // A tree of JSON values always has a canonical form; numbers are finite.
        let text = serde_json_canonicalizer::to_string(source).unwrap_or_default();
        let digest = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()));
        Self { text, digest }
    }
}
