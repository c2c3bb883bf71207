//! A JSON document that carries its signature in itself: receipts, and the manifests of snapshots.
//!
//! Covered is the canonical form (RFC 8785) of the whole document without `signature.value` and without `ledger`, which is
//! added once a leaf has its place in the ledger.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::MessageError;
use super::unique::Unique;
use crate::clock::Timestamp;
use crate::crypto::{KeySet, Signer, jcs_object};

/// The member `signature`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignatureMember {
    pub(super) key_id: String,
    pub(super) algorithm: String,
    pub(super) value: String,
}

/// The document with a signature by this key.
///
/// # Errors
/// It has no canonical form, or the key does not sign.
pub fn sign_document(
    mut document: Map<String, Value>,
    signer: &dyn Signer,
) -> Result<Map<String, Value>, MessageError> {
    let mut signature = Map::new();
    signature.insert("keyId".to_owned(), signer.key_id().into());
    signature.insert("algorithm".to_owned(), signer.algorithm().http_name().into());
    document.insert("signature".to_owned(), signature.clone().into());
    let value = signer.sign(&signed_bytes(&document)?).map_err(MessageError::CannotSign)?;
    signature.insert("value".to_owned(), URL_SAFE_NO_PAD.encode(value).into());
    document.insert("signature".to_owned(), signature.into());
    Ok(document)
}

/// Checks the signature of a document by the keys of whom it is from, as they held at that time.
///
/// # Errors
/// The key is unknown or did not hold then, or the signature does not fit.
pub fn verify_document(document: &Map<String, Value>, keys: &KeySet, at: Timestamp) -> Result<(), MessageError> {
    let signature = signature_of(document)?;
    let key = keys.verifier_at(&signature.key_id, at).map_err(MessageError::Signature)?;
    let algorithm = crate::crypto::Verifier::algorithm(key).http_name();
    if signature.algorithm != algorithm {
        return Err(MessageError::AlgorithmMismatch { named: signature.algorithm, key: algorithm });
    }
    let value = URL_SAFE_NO_PAD
        .decode(&signature.value)
        .map_err(|error| MessageError::ReceiptMalformed { reason: error.to_string() })?;
    crate::crypto::Verifier::verify(key, &signed_bytes(document)?, &value).map_err(MessageError::Signature)
}

/// JSON none of whose objects has a name twice: two readers could read two documents.
///
/// # Errors
/// It is no such JSON.
pub fn strict_json(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(json).map(|Unique(value)| value)
}

pub(super) fn signature_of(document: &Map<String, Value>) -> Result<SignatureMember, MessageError> {
    let member = document.get("signature").cloned().unwrap_or_default();
    serde_json::from_value(member)
        .map_err(|error| MessageError::ReceiptMalformed { reason: format!("signature: {error}") })
}

fn signed_bytes(document: &Map<String, Value>) -> Result<Vec<u8>, MessageError> {
    let mut signature = document.get("signature").cloned();
    if let Some(Value::Object(signature)) = &mut signature {
        signature.remove("value");
    }
    let members = document.iter().filter(|(name, _)| *name != "ledger").map(|(name, value)| match &signature {
        Some(signature) if name == "signature" => (name, signature),
        _ => (name, value),
    });
    jcs_object(members).map_err(MessageError::CannotWrite)
}
