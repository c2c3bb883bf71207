//! The signature of an answer: over its canonical form (RFC 8785), so that whoever kept the answer can check it later.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::answer::Answer;
use crate::crypto::{CryptoError, Signer, Verifier};

/// The signature of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// Name of the key.
    pub key_id: String,
    /// Algorithm, as the HTTP Signature Algorithms registry names it.
    pub algorithm: &'static str,
    /// base64url without padding.
    pub value: String,
}

/// An answer could not be signed: the fault is ours.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The answer has no canonical form.
    #[error("the answer has no canonical form: {0}")]
    NotCanonical(String),
    /// The key did not sign.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// A signature that does not hold, or an answer that is none.
#[derive(Debug, thiserror::Error)]
pub enum SignatureInvalid {
    /// The text is no answer with a signature.
    #[error("this is not a signed answer")]
    NotSigned,
    /// The signature is not the key's over this answer.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl Answer {
    /// The answer in canonical form with its signature in place.
    ///
    /// # Errors
    /// [`SigningError`]: the fault is ours.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<(), SigningError> {
        self.signature = None;
        let canonical =
            serde_json_canonicalizer::to_vec(self).map_err(|e| SigningError::NotCanonical(e.to_string()))?;
        self.signature = Some(Signature {
            key_id: signer.key_id().to_owned(),
            algorithm: signer.algorithm().http_name(),
            value: URL_SAFE_NO_PAD.encode(signer.sign(&canonical)?),
        });
        Ok(())
    }
}

/// Checks the signature of an answer as it was received.
///
/// # Errors
/// [`SignatureInvalid`], where it does not hold.
pub fn verify_signature(answer: &serde_json::Value, verifier: &dyn Verifier) -> Result<(), SignatureInvalid> {
    let mut unsigned = answer.clone();
    let signature = unsigned
        .as_object_mut()
        .and_then(|object| object.remove("signature"))
        .and_then(|signature| URL_SAFE_NO_PAD.decode(signature.get("value")?.as_str()?).ok())
        .ok_or(SignatureInvalid::NotSigned)?;
    let canonical = serde_json_canonicalizer::to_vec(&unsigned).map_err(|_| SignatureInvalid::NotSigned)?;
    verifier.verify(&canonical, &signature)?;
    Ok(())
}
