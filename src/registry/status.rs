//! Changing the status of a record that is held: one act, by whoever may change the record.

use super::history::{self, Arrival};
use super::incoming::{Owner, Registered};
use super::register::{Decision, Step, parse, unchanged};
use super::{Registry, RegistryError};
use crate::clock::Timestamp;
use crate::record::{Record, StatusEntry, StatusValue, SubjectKey};
use crate::store::RecordVersion;

impl Registry {
    /// Adds one act, or one claim, to the history of a record. It goes before imports, and so does its message.
    ///
    /// # Errors
    ///
    /// The caller's: [`RegistryError::Unknown`], [`RegistryError::NotOwner`], [`RegistryError::Withdrawn`] (a withdrawal
    /// is final but for a correction), [`RegistryError::UnknownEntry`], [`RegistryError::MalformedEntry`]; others ours.
    pub fn change_status(
        &self,
        subject: &SubjectKey,
        entry: &StatusEntry,
        by: &Owner,
    ) -> Result<Registered, RegistryError> {
        if entry.status.is_some() == entry.claimed.is_some() {
            return Err(RegistryError::MalformedEntry);
        }
        self.deciding(subject, true, || {
            let now = self.now();
            let row = self.store.current(subject)?.ok_or_else(|| RegistryError::Unknown(Box::new(subject.clone())))?;
            let held = parse(&row)?;
            Self::authority(subject, &row, by)?;
            let history = &held.status.history;
            if let Some(corrected) = &entry.corrects
                && !history.iter().any(|known| known.id == *corrected)
            {
                let (subject, entry) = (Box::new(subject.clone()), corrected.clone());
                return Err(RegistryError::UnknownEntry { subject, entry });
            }
            if entry.status.is_some_and(|status| status != StatusValue::Withdrawn)
                && entry.affected_scope.is_none()
                && history::standing_withdrawal(history)
                    .is_some_and(|withdrawal| entry.corrects.as_deref() != Some(&withdrawal.id))
            {
                return Err(RegistryError::Withdrawn(Box::new(subject.clone())));
            }
            self.status_decision(subject, &row, &held, entry, by, now)
        })
    }

    /// What one entry means beside what is held.
    pub(super) fn status_decision(
        &self,
        subject: &SubjectKey,
        row: &RecordVersion,
        held: &Record,
        entry: &StatusEntry,
        by: &Owner,
        now: Timestamp,
    ) -> Result<Decision, RegistryError> {
        let id = || self.new_id();
        let reported_on = entry.reported_on.or_else(|| Some(now.day(held.zone())));
        let arrival = Arrival { now, seen: now, zone: held.zone(), reported_on, id: &id };
        let merged = history::merge(held, std::slice::from_ref(entry), &arrival);
        if !merged.moved {
            return Ok(unchanged(subject, row, merged.findings));
        }
        let mut record = held.clone();
        record.status.history = merged.history;
        self.write(Step {
            subject,
            held: Some((row, held)),
            record,
            owner: by,
            findings: &[],
            own_findings: merged.findings,
            payload: None,
            received_from: None,
            at: now,
        })
    }
}
