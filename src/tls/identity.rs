//! A certificate chain of ours with its private key. Read from bytes; who reads the files is the composition.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::provider;
use crate::finding::{Finding, Place};

/// A chain and a key that do not make an identity. Our own configuration is at fault.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The text is no PEM with certificates.
    #[error("no PEM certificates: {0}")]
    Certificates(String),
    /// The text is no PEM with a private key (PKCS#8, SEC1 or PKCS#1, not encrypted).
    #[error("no PEM private key: {0}")]
    Key(String),
    /// The key is not the one that the certificate names, or is of a kind that cannot sign a handshake.
    #[error("the private key does not fit the certificate: {0}")]
    Mismatch(rustls::Error),
}

impl IdentityError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match self {
            Self::Certificates(reason) => {
                Finding::new("tls/certificates-unreadable", Place::Whole).with("reason", reason)
            }
            Self::Key(reason) => Finding::new("tls/key-unreadable", Place::Whole).with("reason", reason),
            Self::Mismatch(reason) => Finding::new("tls/key-mismatch", Place::Whole).with("reason", reason),
        }
    }
}

/// A certificate chain of ours with its private key.
#[derive(Clone)]
pub struct Identity(pub(super) Arc<CertifiedKey>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.0.cert.len())
    }
}

impl Identity {
    /// The identity of a PEM text with the chain (own certificate first) and one with the private key.
    ///
    /// # Errors
    /// Where one of them cannot be read, or they do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|e| IdentityError::Certificates(e.to_string()))?;
        if chain.is_empty() {
            return Err(IdentityError::Certificates("the text holds none".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| IdentityError::Key(e.to_string()))?;
        CertifiedKey::from_der(chain, key, &provider()).map(|key| Self(Arc::new(key))).map_err(IdentityError::Mismatch)
    }

    /// The chain, own certificate first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.cert
    }
}
