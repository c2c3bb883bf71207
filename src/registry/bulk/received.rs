//! An event that a partner tells of: its members are staged, and all take effect together with the receipt.

use super::effect::BesideEffect;
use super::order::BulkDocument;
use super::staging::Staging;
use crate::finding::Finding;
use crate::record::SubjectKey;
use crate::registry::register::KnownPayload;
use crate::registry::{Incoming, Registry, RegistryError};
use crate::store::{Direction, ExchangedVersion, Face, PartnerId, Write};

/// One certificate that a partner's event names.
#[derive(Clone, Debug)]
pub struct BulkReceived {
    /// The record as it is held, with the act added to its history.
    pub incoming: Incoming,
    /// Version of the status face that the partner has given it.
    pub version: u32,
    /// The version that the partner had told before.
    pub previous: Option<u32>,
}

impl Registry {
    /// Takes an event of a partner: all members take effect at one instant, together with what `beside` adds. What an
    /// earlier try has staged is used. Each finding is told to `said` with its certificate.
    ///
    /// # Errors
    ///
    /// [`RegistryError::BulkContended`] where members are changed meanwhile, others as [`Registry::register`].
    pub fn bulk_take(
        &self,
        id: &str,
        document: &BulkDocument,
        sender: &PartnerId,
        members: &mut dyn Iterator<Item = Result<BulkReceived, RegistryError>>,
        said: &mut dyn FnMut(&SubjectKey, Finding),
        beside: &BesideEffect<'_>,
    ) -> Result<(), RegistryError> {
        let (row, document) = self.begin(id, document)?;
        if row.effective_at.is_some() {
            return Err(RegistryError::BulkContended(id.to_owned()));
        }
        let mut staging = Staging::new(self, id);
        let mut payload: Option<KnownPayload> = None;
        let mut expected = 0_u64;
        for member in members {
            let BulkReceived { incoming, version, previous } = member?;
            let subject = SubjectKey::try_from(&incoming.record.key)?;
            self.settle_subject(&subject)?;
            if self.store.bulk_event_of(&subject)?.is_some_and(|staged| staged.id == id) {
                expected += 1;
                continue;
            }
            if payload.is_none() {
                let known = KnownPayload::of(&incoming.payload);
                staging.beside(known.write(&incoming.format, self.now()));
                payload = Some(known);
            }
            let Some(known) = &payload else { continue };
            let decision = self.decide(&subject, &incoming, known)?;
            for finding in &decision.registered.findings {
                said(&subject, finding.clone());
            }
            if decision.writes.is_empty() {
                // Nothing is new, and yet the partner's version is the one to compare the next with.
                staging.beside(Write::Exchanged(ExchangedVersion {
                    partner: sender.clone(),
                    subject: subject.to_string(),
                    face: Face::Status,
                    direction: Direction::Received,
                    version,
                    message_id: id.to_owned(),
                    at: self.now(),
                }));
            } else {
                expected += 1;
                staging.add(decision, Some((sender, version, previous)))?;
            }
        }
        if staging.finish()?.missed > 0 {
            return Err(RegistryError::BulkContended(id.to_owned()));
        }
        match self.make_effective(id, &document, &|row| row.members == expected, beside)? {
            Some(_) => Ok(()),
            None => Err(RegistryError::BulkContended(id.to_owned())),
        }
    }
}
