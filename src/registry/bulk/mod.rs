//! Events that touch many certificates at once: a regulator suspends, withdraws or cancels whatever meets a condition.
//!
//! Members are found and staged in small Changes that nobody sees ([`staging`]); one short Change makes all of them
//! effective at one instant, with one leaf of the ledger and one notice a partner ([`effect`]); then each member is
//! settled, with a leaf of its own and a message to every partner that takes no notices ([`settle`]). Look-ups give the
//! new status from that instant on, whether settled or not. What is broken off before it is taken up by the same order;
//! what is broken off after it is settled by whoever comes next: the same order, the gateway that serves, a write to the
//! certificate.
//!
//! An order is known by its digest: the same order twice is one event. Which acts are possible is told by [`skip`].

mod condition;
mod effect;
mod order;
mod received;
mod settle;
mod skip;
mod staging;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use condition::{Condition, NoCondition};
pub use effect::BulkRange;
pub use order::{BulkDocument, BulkOrder, BulkResult};
pub use received::BulkReceived;
pub use skip::{Skip, Skipped};

use crate::clock::{Day, Timestamp};
use crate::record::SubjectKey;
use crate::store::BulkRow;

use super::{Registry, RegistryError};
use staging::Staging;

/// Message type of a notice.
pub const BULK_EVENT: &str = "bulk-event";

/// How often the members are gone through again because somebody has changed one.
const PASSES: usize = 16;

/// How far an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkProgress {
    /// What is being done.
    pub phase: BulkPhase,
    /// Records or members done.
    pub done: u64,
    /// Of so many.
    pub of: u64,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkPhase {
    /// Members are found and staged: nobody sees them.
    Staging,
    /// All are in effect; leaves and messages are written.
    Settling,
}

/// What an order would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkPreview {
    /// Id of the event that it would be.
    pub event: String,
    /// Certificates whose status would change.
    pub members: u64,
    /// Some of them.
    pub examples: Vec<SubjectKey>,
    /// Certificates that meet the condition and are left as they are.
    pub skipped: Vec<Skipped>,
    /// How many certificates each partner would be told of, by a notice or each by itself.
    pub told: std::collections::BTreeMap<String, Told>,
}

/// How a partner hears of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Certificates that its notice names.
    pub by_notice: u64,
    /// Certificates that it is told of each by itself.
    pub each: u64,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkOutcome {
    /// Id of the event.
    pub event: String,
    /// True where the event was in effect before: nothing was done again.
    pub before: bool,
    /// Certificates whose status it changed.
    pub members: u64,
    /// Since when.
    pub effective_at: Timestamp,
    /// Milliseconds that the one step took which made all of them effective, as whoever waits for the disk sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect_millis: Option<u64>,
    /// Certificates that meet the condition and were left as they are.
    pub skipped: Vec<Skipped>,
    /// Notices that partners will be sent.
    pub notices: u64,
    /// Status messages that partners will be sent, each about one certificate.
    pub messages: u64,
}

impl Registry {
    /// What an order would do; nothing is written. `reported_on` is the day on which it is recorded.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn bulk_preview(
        &self,
        order: &BulkOrder,
        reported_on: Day,
        examples: usize,
        progress: &mut dyn FnMut(BulkProgress),
    ) -> Result<BulkPreview, RegistryError> {
        let document = BulkDocument::of(order, reported_on);
        let mut preview = BulkPreview { event: order.id(), ..BulkPreview::default() };
        let at = self.now();
        self.each_candidate(order, progress, &mut |row| {
            let subject = row.key.clone();
            match self.judge_member(&document.act, &order.condition, &row, at)? {
                None => {}
                Some(Err(skip)) => preview.skipped.push(Skipped { subject, reason: skip }),
                Some(Ok(decision)) => {
                    preview.members += 1;
                    for told in self.told(&decision)? {
                        let count = preview.told.entry(told.partner.0).or_default();
                        *(if told.by_notice { &mut count.by_notice } else { &mut count.each }) += 1;
                    }
                    if preview.examples.len() < examples {
                        preview.examples.push(subject);
                    }
                }
            }
            Ok(())
        })?;
        Ok(preview)
    }

    /// Carries an order out: stages, makes effective, settles. An order that was broken off is taken up where it was; one
    /// that is in effect is settled, and nothing else is done. `reported_on` is the day on which it is recorded.
    ///
    /// # Errors
    ///
    /// [`RegistryError::BulkUnderWay`] is the caller's, others are ours. What was staged stays staged, and nobody sees it.
    pub fn bulk_apply(
        &self,
        order: &BulkOrder,
        reported_on: Day,
        progress: &mut dyn FnMut(BulkProgress),
    ) -> Result<BulkOutcome, RegistryError> {
        let id = order.id();
        self.settle_what_is_in_effect(progress)?;
        if let Some(row) = self.store.bulk_event(&id)?
            && let Some(effective_at) = row.effective_at
        {
            return Ok(BulkOutcome {
                event: id,
                before: true,
                members: row.members,
                effective_at,
                effect_millis: None,
                skipped: Vec::new(),
                notices: 0,
                messages: 0,
            });
        }
        let other = |row: &BulkRow| {
            row.effective_at.is_none()
                && row.id != id
                && BulkDocument::read(row).is_ok_and(|document| document.condition.is_some())
        };
        if let Some(other) = self.store.bulk_events(true)?.iter().find(|row| other(row)) {
            return Err(RegistryError::BulkUnderWay(other.id.clone()));
        }
        let (row, document) = self.begin(&id, &BulkDocument::of(order, reported_on))?;
        for _ in 0..PASSES {
            let Some(before) = self.store.bulk_event(&id)? else { return Err(RegistryError::BulkContended(id)) };
            let mut skipped = Vec::new();
            let mut staging = Staging::new(self, &id);
            self.each_candidate(order, progress, &mut |candidate| {
                let subject = candidate.key.clone();
                match self.judge_member(&document.act, &order.condition, &candidate, row.begun_at)? {
                    None => Ok(()),
                    Some(Err(skip)) => {
                        skipped.push(Skipped { subject, reason: skip });
                        Ok(())
                    }
                    Some(Ok(decision)) => staging.add(decision, None),
                }
            })?;
            // Whatever came or changed while the others were staged is looked at again.
            let staged = staging.finish()?;
            if staged.staged + staged.missed > 0 {
                continue;
            }
            // Nobody has displaced a member since this pass found nothing to stage.
            let whole = |row: &BulkRow| row.revision == before.revision;
            let Some(effect) = self.make_effective(&id, &document, &whole, &|_| Ok(Vec::new()))? else { continue };
            let messages = self.bulk_settle(&id, progress)?;
            return Ok(BulkOutcome {
                event: id,
                before: false,
                members: effect.members,
                effective_at: effect.at,
                effect_millis: Some(effect.millis),
                skipped,
                notices: effect.notices,
                messages,
            });
        }
        Err(RegistryError::BulkContended(id))
    }

    /// Takes back an event that was begun and is not in effect. Gives how many members had been staged.
    ///
    /// # Errors
    ///
    /// [`RegistryError::BulkNotOpen`] is the caller's, others are ours.
    pub fn bulk_drop(&self, id: &str) -> Result<u64, RegistryError> {
        let row = self.store.bulk_event(id)?.filter(|row| row.effective_at.is_none());
        let row = row.ok_or_else(|| RegistryError::BulkNotOpen(id.to_owned()))?;
        self.unstage_all(id)?;
        Ok(row.members)
    }
}
