//! Which certificates rest on which kept document: so that a mended crosswalk can read the documents again.

use std::collections::{BTreeMap, BTreeSet};

use super::lookup::Held;
use super::register::KnownPayload;
use super::{Incoming, Owner, Registered, Registry, RegistryError};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::ledger::EventKind;
use crate::record::SubjectKey;
use crate::store::{PartnerId, Sha256};

/// Events of the ledger that are read at once.
const EVENTS: u32 = 1_000;

/// A certificate whose present version rests on a kept document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting {
    /// Its key.
    pub subject: SubjectKey,
    /// Who may change it.
    pub owner: Owner,
    /// The partner that sent the document.
    pub received_from: Option<PartnerId>,
    /// Digests of the crosswalks that have read the document into it, oldest first.
    pub crosswalks: Vec<String>,
}

/// The certificates that were read from documents of one format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resters {
    /// By the digest of the document, in the order of the digests.
    pub by_document: BTreeMap<Sha256, Vec<Resting>>,
    /// How many had a document of the format, and a later one of another since: they are left as they are.
    pub overtaken: u64,
}

impl Registry {
    /// The certificates whose last document was of a format, by document.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn resting_on(&self, format: &str) -> Result<Resters, RegistryError> {
        let mut found = Resters::default();
        let mut seen = BTreeSet::new();
        let mut index = 0;
        loop {
            let events = self.store.events_from(index, EVENTS)?;
            let Some(last) = events.last() else { return Ok(found) };
            index = last.index + 1;
            for event in events.into_iter().filter(|event| event.event.kind == EventKind::CertificateRegistered) {
                let Ok(subject) = event.event.subject.parse::<SubjectKey>() else { continue };
                if seen.insert(subject.clone()) {
                    self.find_rest(format, &subject, &mut found)?;
                }
            }
        }
    }

    fn find_rest(&self, format: &str, subject: &SubjectKey, found: &mut Resters) -> Result<(), RegistryError> {
        let Some(Held { record, owner, .. }) = self.look_up(subject)? else { return Ok(()) };
        let of_format: Vec<_> = record.provenance.iter().filter(|source| source.format == format).collect();
        let (Some(source), Some((_, digest, _))) = (of_format.last(), self.store.documents(subject)?.pop()) else {
            return Ok(());
        };
        let written = Digest::from_bytes(DigestAlgorithm::Sha256, &digest).map(|digest| digest.multibase());
        if written.as_ref().ok() != Some(&source.payload_digest) {
            found.overtaken += 1;
            return Ok(());
        }
        let crosswalks = of_format
            .iter()
            .filter(|other| other.payload_digest == source.payload_digest)
            .map(|other| other.crosswalk_digest.clone())
            .collect();
        let received_from = source.partner.clone().map(PartnerId);
        let rest = Resting { subject: subject.clone(), owner, received_from, crosswalks };
        found.by_document.entry(digest).or_default().push(rest);
        Ok(())
    }

    /// What would become of records, and nothing written.
    ///
    /// # Errors
    ///
    /// Those of the store, and ours; what is wrong with one record is told of to `each`.
    pub fn preview_all(
        &self,
        incoming: impl IntoIterator<Item = Incoming>,
        mut each: impl FnMut(u64, &Result<Registered, RegistryError>),
    ) -> Result<(), RegistryError> {
        let mut payload: Option<KnownPayload> = None;
        for (position, incoming) in (0..).zip(incoming) {
            let known = match payload.take() {
                Some(known) if std::sync::Arc::ptr_eq(&known.bytes, &incoming.payload) => known,
                _ => KnownPayload::of(&incoming.payload),
            };
            let decided = SubjectKey::try_from(&incoming.record.key)
                .map_err(RegistryError::from)
                .and_then(|subject| Ok(self.decide(&subject, &incoming, &known)?.registered));
            payload = Some(known);
            match &decided {
                Err(error) if !error.is_input() => return Err(error.clone()),
                decided => each(position, decided),
            }
        }
        Ok(())
    }
}
