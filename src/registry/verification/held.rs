//! The registry as what verification looks up in.

use std::sync::Arc;

use super::answer::{Answer, LedgerEntry};
use super::lookup::{Found, LookupError, Records};
use super::request::Request;
use super::{Policy, Verification, VerificationError, Viewer};
use crate::crypto::Signer;
use crate::recognition::Recognition;
use crate::record::{Identifier, SubjectKey};
use crate::registry::{Held, Registry, RegistryError};

impl From<RegistryError> for LookupError {
    fn from(error: RegistryError) -> Self {
        Self(error.to_string())
    }
}

impl Registry {
    /// Answers a verification request from the records held.
    ///
    /// # Errors
    /// [`VerificationError`], where the store or the key fails: never because of what is asked.
    pub fn verify(
        &self,
        request: &Request,
        viewer: Viewer,
        recognition: &Recognition,
        policy: &Policy,
        signer: Option<&dyn Signer>,
    ) -> Result<Answer, VerificationError> {
        let verification = Verification {
            records: self,
            recognition,
            policy,
            clock: self.clock.as_ref(),
            entropy: self.entropy.as_ref(),
            signer,
        };
        verification.answer(request, viewer)
    }

    fn found(&self, held: Held) -> Result<Found, LookupError> {
        let events = self.store.events_of(&held.subject.to_string()).map_err(RegistryError::from)?;
        // A source that sends the same again makes no new version: the version is as old as its last news.
        let observed = held.record.provenance.iter().map(|source| source.at).max();
        Ok(Found {
            observed_at: Some(observed.map_or(held.recorded_at, |at| at.max(held.recorded_at))),
            ledger: events.last().map(|event| LedgerEntry { index: event.index, proof: None }),
            record: Arc::new(held.record),
        })
    }
}

impl Records for Registry {
    fn by_number(&self, number: &str) -> Result<Vec<Found>, LookupError> {
        let held = self.look_up_number(number)?;
        held.into_iter().map(|held| self.found(held)).collect()
    }

    fn by_key(&self, issuer: &Identifier, number: &str) -> Result<Option<Found>, LookupError> {
        let uri = number.contains("://") || number.starts_with("urn:") || number.starts_with("did:");
        let key =
            if uri { SubjectKey::uri(issuer.clone(), number) } else { SubjectKey::number(issuer.clone(), number) };
        self.look_up(&key)?.map(|held| self.found(held)).transpose()
    }

    fn knows(&self, number: &str) -> Result<bool, LookupError> {
        Ok(!self.store.subjects_numbered(number).map_err(RegistryError::from)?.is_empty())
    }
}
