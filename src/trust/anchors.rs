//! The CA certificates that one partner registered. Whether a chain goes to one of them is `path`'s question.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::certificate::Certificate;
use crate::clock::Timestamp;
use crate::crypto::KeyWindow;
use crate::finding::{Finding, Place};

/// A CA certificate that cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The text is no PEM with certificates.
    #[error("no PEM certificates: {0}")]
    Pem(String),
    /// There is none: a partner without a CA can never be recognised.
    #[error("there is no CA certificate")]
    Empty,
    /// One cannot be read.
    #[error("the CA certificate cannot be read: {0}")]
    Malformed(String),
    /// One is not a CA's (RFC 5280, 4.2.1.9).
    #[error("{0} is not the certificate of a CA (basicConstraints)")]
    NotAuthority(String),
    /// One has a weak key.
    #[error("{subject} has too weak a key: {key}")]
    Weak {
        /// Subject of the certificate.
        subject: String,
        /// Kind and size of its key.
        key: String,
    },
}

impl AnchorError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::new("trust/ca-unusable", Place::Whole).with("reason", self)
    }
}

/// One registered CA.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    pub(super) trusted: TrustAnchor<'static>,
    pub(super) facts: Certificate,
    /// When the partner's certificates may come from it, beside its own dates.
    pub(super) window: KeyWindow,
}

impl Anchor {
    /// The last instant at which it counts.
    pub(super) fn end(&self) -> Timestamp {
        self.window.not_after.map_or(self.facts.not_after, |end| end.min(self.facts.not_after))
    }
}

/// The CA certificates of one partner; never empty.
#[derive(Clone, Debug)]
pub struct Anchors {
    pub(super) list: Vec<Anchor>,
}

impl Anchors {
    /// The anchors of a PEM text with one or more CA certificates.
    ///
    /// # Errors
    /// Where the text holds none, or one that is not a CA's.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AnchorError> {
        let list: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        Self::from_der(&list.map_err(|e| AnchorError::Pem(e.to_string()))?)
    }

    /// The anchors of CA certificates in DER.
    ///
    /// # Errors
    /// Where there is none, or one that is not a CA's.
    pub fn from_der(certificates: &[CertificateDer<'_>]) -> Result<Self, AnchorError> {
        let mut list = Vec::with_capacity(certificates.len());
        for der in certificates {
            let facts = Certificate::read(der).map_err(|e| AnchorError::Malformed(e.to_string()))?;
            if !facts.is_ca {
                return Err(AnchorError::NotAuthority(facts.subject));
            }
            if let Some(key) = facts.weakness {
                return Err(AnchorError::Weak { subject: facts.subject, key });
            }
            let trusted =
                webpki::anchor_from_trusted_cert(der).map_err(|e| AnchorError::Malformed(e.to_string()))?.to_owned();
            list.push(Anchor { trusted, facts, window: KeyWindow::ALWAYS });
        }
        if list.is_empty() {
            return Err(AnchorError::Empty);
        }
        Ok(Self { list })
    }

    /// The same, and they count within this window alone: a partner's new CA stands beside its old one, which ends.
    #[must_use]
    pub fn within(mut self, window: KeyWindow) -> Self {
        for anchor in &mut self.list {
            anchor.window = window;
        }
        self
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.list.extend(others.list);
        self
    }

    /// The CAs, in the order in which they were registered.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.list.iter().map(|anchor| &anchor.facts)
    }

    /// The CAs with the last instant at which each counts.
    pub fn ends(&self) -> impl Iterator<Item = (&Certificate, Timestamp)> {
        self.list.iter().map(|anchor| (&anchor.facts, anchor.end()))
    }

    /// What the path builder takes: the CAs whose window is open, or those whose window is not.
    pub(super) fn trusted(&self, at: Timestamp, open: bool) -> Vec<TrustAnchor<'static>> {
        let these = self.list.iter().filter(|anchor| anchor.window.holds(at) == open);
        these.map(|anchor| anchor.trusted.clone()).collect()
    }

    /// The CA of this name and key. Where its certificate was renewed, the one that counts longest.
    pub(super) fn find(&self, trusted: &TrustAnchor<'_>, at: Timestamp, open: bool) -> Option<&Anchor> {
        let same = |anchor: &&Anchor| {
            anchor.window.holds(at) == open
                && anchor.trusted.subject == trusted.subject
                && anchor.trusted.subject_public_key_info == trusted.subject_public_key_info
        };
        let counts = |anchor: &&Anchor| (anchor.facts.not_before <= at, anchor.end());
        self.list.iter().filter(same).max_by_key(counts)
    }

    /// True where one of the CAs bears the name that the DER encodes.
    pub(super) fn name(&self, subject_der: &[u8]) -> bool {
        self.list.iter().any(|anchor| anchor.facts.subject_der == subject_der)
    }

    /// True where both registered a CA with the same name and key.
    pub(super) fn shares_one_with(&self, other: &Self) -> bool {
        self.list.iter().any(|mine| {
            other.list.iter().any(|theirs| {
                mine.trusted.subject == theirs.trusted.subject
                    && mine.trusted.subject_public_key_info == theirs.trusted.subject_public_key_info
            })
        })
    }
}
