//! Keys with validity windows, the `Signer` and `Verifier` traits, digests, the JSON Canonicalization Scheme
//! (RFC 8785) and multibase. Knows no format and does no I/O: whoever reads a key file hands its text in.
//!
//! Two algorithms: Ed25519 (RFC 8032) and ECDSA over P-256 with SHA-256, whose signatures are always the 64 bytes
//! r‖s. Not here: TLS certificates (`trust`, `tls`), HTTP signatures (`message`), proofs (`credential`).

mod digest;
mod jcs;
mod key_set;
pub mod multibase;
mod public_key;
mod signing_key;

pub use digest::{Digest, DigestAlgorithm, Sha256Stream, sha256};
pub use jcs::{InexactNumber, jcs, jcs_object};
pub use key_set::{Key, KeySet, KeyWindow, Standing};
pub use multibase::MalformedMultibase;
pub use public_key::PublicKey;
pub use signing_key::SigningKey;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::finding::{Finding, Place};

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032): key 32 bytes, signature 64 bytes.
    #[serde(rename = "ed25519")]
    Ed25519,
    /// ECDSA over P-256 with SHA-256: key 33 bytes (compressed point), signature 64 bytes r‖s.
    #[serde(rename = "p-256")]
    P256,
}

impl Algorithm {
    /// The name as configuration and command line write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p-256",
        }
    }

    /// The name in the HTTP Signature Algorithms registry (RFC 9421, 6.2.2).
    #[must_use]
    pub const fn http_name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "ecdsa-p256-sha256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no algorithm that we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no signature algorithm; known are ed25519 and p-256")]
pub struct UnknownAlgorithm(pub String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ed25519" => Ok(Self::Ed25519),
            "p-256" | "ecdsa-p256-sha256" => Ok(Self::P256),
            _ => Err(UnknownAlgorithm(text.to_owned())),
        }
    }
}

/// Whatever signs: a key in memory, later perhaps a key in a hardware module.
pub trait Signer: Send + Sync {
    /// The name of the key, as a partner book or a DID document lists it.
    fn key_id(&self) -> &str;

    /// The algorithm.
    fn algorithm(&self) -> Algorithm;

    /// The key that verifies what this one signs.
    fn public_key(&self) -> &PublicKey;

    /// Signs the message (not a digest of it). The signature has 64 bytes in both algorithms.
    ///
    /// # Errors
    /// [`CryptoError::SigningFailed`]: the fault is ours.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError>;
}

/// Whatever verifies.
pub trait Verifier: Send + Sync {
    /// The algorithm.
    fn algorithm(&self) -> Algorithm;

    /// Verifies the signature over the message.
    ///
    /// # Errors
    /// [`CryptoError::SignatureInvalid`]: the fault is the signer's, or the message was changed on its way.
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError>;
}

/// What can go wrong with keys and signatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The bytes are no key: the fault of whoever wrote the key file, the partner book or the DID document.
    #[error("not a readable key: {0}")]
    KeyUnreadable(&'static str),
    /// The key is well formed, but of an algorithm that we do not know.
    #[error("the key is neither Ed25519 nor P-256")]
    KeyUnsupported,
    /// The signature does not fit message and key.
    #[error("the signature does not fit the message and the key")]
    SignatureInvalid,
    /// The key set knows no key of this name.
    #[error("no key {0:?} is known")]
    KeyUnknown(String),
    /// The key is known, but the time lies outside its window.
    #[error("key {key:?} does not hold at {at}: {standing}")]
    KeyOutsideWindow {
        /// Name of the key.
        key: String,
        /// The time asked about.
        at: Timestamp,
        /// On which side of the window the time lies.
        standing: Standing,
    },
    /// The key set holds no key that may sign at this time: our configuration.
    #[error("no key may sign at {0}")]
    NoSigningKey(Timestamp),
    /// Two keys of one name: our configuration.
    #[error("key {0:?} is listed twice")]
    KeyTwice(String),
    /// The library refused to sign.
    #[error("the library could not make a signature")]
    SigningFailed,
    /// The library refused to make or write a key.
    #[error("the library could not make or write a key")]
    KeyGenerationFailed,
}

impl CryptoError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self, place: Place) -> Finding {
        match self {
            Self::KeyUnreadable(reason) => Finding::new("crypto/key-unreadable", place).with("reason", reason),
            Self::KeyUnsupported => Finding::new("crypto/key-unsupported", place),
            Self::SignatureInvalid => Finding::new("crypto/signature-invalid", place),
            Self::KeyUnknown(key) => Finding::new("crypto/key-unknown", place).with("key", key),
            Self::KeyOutsideWindow { key, at, .. } => {
                Finding::new("crypto/key-outside-window", place).with("key", key).with("at", at)
            }
            Self::NoSigningKey(at) => Finding::new("crypto/no-signing-key", place).with("at", at),
            Self::KeyTwice(key) => Finding::new("crypto/key-twice", place).with("key", key),
            Self::SigningFailed | Self::KeyGenerationFailed => {
                Finding::new("crypto/library", place).with("reason", self)
            }
        }
    }
}
