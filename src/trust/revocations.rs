//! Certificate revocation lists (RFC 5280, section 5) of one partner's CAs: read, told apart, dated.
//! Their signatures are checked where they are used (`judge`), for only there the issuer's key is known.

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::prelude::{CertificateRevocationList, FromDer, ParsedExtension};

use super::certificate::Certificate;
use crate::clock::Timestamp;
use crate::finding::{Finding, Place};

/// A revocation list that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum RevocationsError {
    /// The text is no PEM with revocation lists.
    #[error("no PEM revocation lists: {0}")]
    Pem(String),
    /// One cannot be read, or is of a kind that is not supported (delta, indirect).
    #[error("the revocation list cannot be read: {0}")]
    Malformed(String),
}

impl RevocationsError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::new("trust/revocation-list-unreadable", Place::Whole).with("reason", self)
    }
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) parsed: CertRevocationList<'static>,
    pub(super) issuer: String,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Option<Timestamp>,
    issuer_der: Vec<u8>,
    authority_key_id: Option<Vec<u8>>,
    /// Its issuing distribution point: lists with different ones are parts of one whole.
    part: Option<Vec<u8>>,
}

impl List {
    fn read(der: &[u8]) -> Result<Self, RevocationsError> {
        let malformed = |e: &dyn std::fmt::Display| RevocationsError::Malformed(e.to_string());
        let parsed = CertRevocationList::from(OwnedCertRevocationList::from_der(der).map_err(|e| malformed(&e))?);
        let (_, facts) = CertificateRevocationList::from_der(der).map_err(|e| malformed(&e))?;
        let instant =
            |seconds: i64| Timestamp::from_unix(seconds).ok_or_else(|| malformed(&"a date that no calendar holds"));
        let authority_key_id = facts.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|key| key.0.to_vec()),
            _ => None,
        });
        Ok(Self {
            issuer: facts.issuer().to_string(),
            issuer_der: facts.issuer().as_raw().to_vec(),
            this_update: instant(facts.last_update().timestamp())?,
            next_update: facts.next_update().map(|time| instant(time.timestamp())).transpose()?,
            authority_key_id,
            part: parsed.issuing_distribution_point().map(<[u8]>::to_vec),
            parsed,
        })
    }

    /// True where the CA issued it, as far as names and key identifiers tell: a CA that changed its key keeps its name.
    pub(super) fn is_of(&self, authority: &Certificate) -> bool {
        self.issuer_der == authority.subject_der
            && match (&self.authority_key_id, &authority.subject_key_id) {
                (Some(mine), Some(theirs)) => mine == theirs,
                _ => true,
            }
    }

    /// First instant in which it is no more to be relied on.
    pub(super) fn fresh_until(&self, age_limit: i64) -> Timestamp {
        let aged = self.this_update.plus_seconds(age_limit);
        self.next_update.map_or(aged, |next| next.min(aged))
    }

    /// When the certificate was revoked, if it stands on this list.
    pub(super) fn revoked(&self, certificate: &Certificate) -> Option<Timestamp> {
        let entry = self.parsed.find_serial(&certificate.raw_serial).ok().flatten()?;
        Timestamp::from_unix(i64::try_from(entry.revocation_date.as_secs()).unwrap_or(i64::MAX))
    }
}

/// The revocation lists of one partner's CAs: of each issuer, key and part only the newest.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    pub(super) lists: Vec<std::sync::Arc<List>>,
}

impl Revocations {
    /// The lists of a PEM text.
    ///
    /// # Errors
    /// Where a list cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RevocationsError> {
        let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
        Self::from_der(&lists.map_err(|e| RevocationsError::Pem(e.to_string()))?)
    }

    /// The lists in DER. Of two lists of the same issuer, key and part the older one is left out.
    ///
    /// # Errors
    /// Where a list cannot be read, or is a delta or indirect one.
    pub fn from_der(lists: &[CertificateRevocationListDer<'_>]) -> Result<Self, RevocationsError> {
        let mut read = lists.iter().map(|der| List::read(der.as_ref())).collect::<Result<Vec<_>, _>>()?;
        read.sort_by_key(|list| std::cmp::Reverse(list.this_update));
        let mut kept: Vec<std::sync::Arc<List>> = Vec::with_capacity(read.len());
        for list in read {
            let superseded = kept.iter().any(|newer| {
                newer.issuer_der == list.issuer_der
                    && newer.authority_key_id == list.authority_key_id
                    && newer.part == list.part
            });
            if !superseded {
                kept.push(std::sync::Arc::new(list));
            }
        }
        Ok(Self { lists: kept })
    }

    /// Issuer, thisUpdate and nextUpdate of each list: for the operator's view and for evidence.
    pub fn overview(&self) -> impl Iterator<Item = (&str, Timestamp, Option<Timestamp>)> {
        self.lists.iter().map(|list| (list.issuer.as_str(), list.this_update, list.next_update))
    }
}
