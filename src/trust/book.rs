//! All partners' trust as one generation: who is it that presents this chain, and may that partner act now?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::certificate::Certificate;
use super::judge::{Verdict, identify, judge};
use super::party::{PartyTrust, RegisteredName, Role};
use super::path::LONGEST_CHAIN;
use super::refusal::Refusal;
use crate::clock::Timestamp;
use crate::finding::{Finding, Place};

/// Partners that cannot stand in one book.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Two have one id.
    #[error("two partners are called {0:?}")]
    DuplicateId(String),
    /// Two registered the same name under the same CA: nobody could tell them apart.
    #[error("{first:?} and {second:?} registered the same name {name} under the same CA")]
    Indistinguishable {
        /// Id of one.
        first: String,
        /// Id of the other.
        second: String,
        /// The name of both.
        name: String,
    },
}

impl BookError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::new("trust/partners-indistinguishable", Place::Whole).with("reason", self)
    }
}

/// All partners' trust, as one generation. It never changes: a reload makes another with the next generation.
#[derive(Clone, Debug, Default)]
pub struct TrustBook {
    generation: u64,
    parties: BTreeMap<String, Arc<PartyTrust>>,
    by_name: BTreeMap<RegisteredName, Vec<Arc<PartyTrust>>>,
}

impl TrustBook {
    /// A book of these partners. The generation must be higher than that of the book it replaces.
    ///
    /// # Errors
    /// Where two partners could not be told apart.
    pub fn new(generation: u64, parties: impl IntoIterator<Item = PartyTrust>) -> Result<Self, BookError> {
        let mut book = Self { generation, ..Self::default() };
        for party in parties {
            let party = Arc::new(party);
            let of_this_name = book.by_name.entry(party.san.clone()).or_default();
            if let Some(other) = of_this_name.iter().find(|other| other.anchors.shares_one_with(&party.anchors)) {
                return Err(BookError::Indistinguishable {
                    first: other.id.clone(),
                    second: party.id.clone(),
                    name: party.san.to_string(),
                });
            }
            of_this_name.push(party.clone());
            if let Some(double) = book.parties.insert(party.id.clone(), party) {
                return Err(BookError::DuplicateId(double.id.clone()));
            }
        }
        Ok(book)
    }

    /// The generation of this book.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The partner with this id.
    #[must_use]
    pub fn party(&self, id: &str) -> Option<&Arc<PartyTrust>> {
        self.parties.get(id)
    }

    /// Every partner, by id.
    pub fn parties(&self) -> impl Iterator<Item = &Arc<PartyTrust>> {
        self.parties.values()
    }

    /// The partner whose registered CA issued the chain and whose registered name it bears. Who it is, not yet
    /// whether it may act: a revoked, stale or suspended partner is recognised as well.
    ///
    /// # Errors
    /// Why it is nobody's: the caller is a stranger.
    pub fn recognise(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Result<&Arc<PartyTrust>, Refusal> {
        let [leaf, ..] = chain else { return Err(Refusal::NoCertificate) };
        if chain.len() > LONGEST_CHAIN {
            return Err(Refusal::ChainTooLong { presented: chain.len() });
        }
        let own = Certificate::read(leaf)?;
        let names: BTreeSet<_> = own.names().collect();
        let (mut found, mut refusal): (Vec<&Arc<PartyTrust>>, _) = (Vec::new(), None);
        for party in names.iter().filter_map(|name| self.by_name.get(name)).flatten() {
            match identify(chain, party, Role::Client, at) {
                Ok(_) => found.push(party),
                Err(reason) => refusal = Some(reason),
            }
        }
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(refusal.unwrap_or_else(|| self.nobody(chain, &own, at))),
            many => Err(Refusal::AmbiguousName {
                partners: many.iter().map(|party| party.id.as_str()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Why a chain whose names nobody registered is refused: the CA is known and the name is not, or neither.
    fn nobody(&self, chain: &[CertificateDer<'_>], own: &Certificate, at: Timestamp) -> Refusal {
        let issuers: Vec<_> = chain.iter().filter_map(|der| Certificate::read(der).ok()).collect();
        // Only partners whose CA is named are tried: a stranger must not make us check signatures for everyone.
        let named = self.parties.values().find(|party| issuers.iter().any(|c| party.anchors.name(&c.issuer_der)));
        match named {
            Some(party) => match identify(chain, party, Role::Client, at) {
                Err(Refusal::WrongName { presented, .. }) => {
                    // What another partner registered is not told to a stranger.
                    Refusal::WrongName { expected: "-".to_owned(), presented }
                }
                Err(reason) => reason,
                Ok(_) => Refusal::UnknownIssuer { issuer: own.issuer.clone() },
            },
            None if own.is_self_issued() => Refusal::SelfSigned { subject: own.subject.clone() },
            None => Refusal::UnknownIssuer { issuer: own.issuer.clone() },
        }
    }

    /// Judges the chain for the partner with this id, against that partner's anchors alone.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn judge(
        &self,
        partner: &str,
        chain: &[CertificateDer<'_>],
        role: Role<'_>,
        at: Timestamp,
    ) -> Result<Verdict, Refusal> {
        match self.parties.get(partner) {
            Some(party) => judge(chain, party, role, at, self.generation),
            None => Err(Refusal::UnknownPartner { partner: partner.to_owned() }),
        }
    }
}
