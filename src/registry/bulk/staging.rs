//! Finding the members of an event, and staging them in small Changes that nobody sees.

use std::collections::VecDeque;

use super::condition::Condition;
use super::order::{BulkDocument, BulkOrder};
use super::skip::Skip;
use super::{BulkPhase, BulkProgress};
use crate::clock::Timestamp;
use crate::record::StatusEntry;
use crate::registry::register::{Decision, parse};
use crate::registry::{Owner, Registry, RegistryError};
use crate::store::{
    BulkPage, BulkRow, BulkStep, BulkTold, BulkWrite, Change, Committed, Direction, Face, NotCommitted, PartnerId,
    Pending, RecordVersion, Scan, Stale, Write,
};

/// Records that are looked at in one read.
const LOOK_AT: u32 = 512;
/// Members in one Change: the writer is done with them in a few milliseconds.
const CHANGE_MEMBERS: usize = 48;
/// Changes on their way at a time.
const CHANGES_AHEAD: usize = 4;
/// Members that are read at once.
pub(super) const MEMBERS: u32 = 512;

impl Registry {
    /// Writes an event down, or finds it as it was begun before.
    pub(super) fn begin(&self, id: &str, document: &BulkDocument) -> Result<(BulkRow, BulkDocument), RegistryError> {
        let begun = || Ok::<_, RegistryError>(self.store.bulk_event(id)?);
        if begun()?.is_none() {
            let step = BulkStep::Begin { document: document.to_bytes()?, at: self.now() };
            match self.store.commit(Change::new(vec![self.step(id, step)])) {
                Ok(_) | Err(NotCommitted::Stale(_)) => {}
                Err(NotCommitted::Store(error)) => return Err(error.into()),
            }
        }
        let row = begun()?.ok_or_else(|| RegistryError::BulkContended(id.to_owned()))?;
        let document = BulkDocument::read(&row)?;
        Ok((row, document))
    }

    #[expect(clippy::unused_self, reason = "reads as what it is where it is called")]
    pub(super) fn step(&self, id: &str, step: BulkStep) -> Write {
        Write::Bulk(BulkWrite { event: id.to_owned(), step })
    }

    /// Goes through the records of this house that an order may be about.
    pub(super) fn each_candidate(
        &self,
        order: &BulkOrder,
        progress: &mut dyn FnMut(BulkProgress),
        each: &mut dyn FnMut(RecordVersion) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let of = self.store.subject_count()?;
        let mut scan = Scan { look_at: LOOK_AT, owner: Owner::House.to_string(), ..order.condition.scan() };
        let mut done = 0;
        loop {
            let scanned = self.store.scan(&scan)?;
            done += scanned.looked_at;
            for row in scanned.found {
                each(row)?;
            }
            progress(BulkProgress { phase: BulkPhase::Staging, done, of });
            match scanned.next {
                Some(next) => scan.after = next,
                None => return Ok(()),
            }
        }
    }

    /// What an act means for a record: nothing where that does not meet the condition, else a decision or why there is none.
    pub(super) fn judge_member(
        &self,
        act: &StatusEntry,
        condition: &Condition,
        row: &RecordVersion,
        at: Timestamp,
    ) -> Result<Option<Result<Decision, Skip>>, RegistryError> {
        let held = parse(row)?;
        if !condition.is_met_by(&held) {
            return Ok(None);
        }
        let from = act.from.unwrap_or_else(|| at.day(held.zone()));
        if held
            .status
            .history
            .iter()
            .any(|known| known.status == act.status && known.from == act.from && known.affected_scope.is_none())
        {
            return Ok(Some(Err(Skip::OnRecord)));
        }
        if let Some(skip) = Skip::of(&held, act, from) {
            return Ok(Some(Err(skip)));
        }
        let decision = self.status_decision(&row.key, row, &held, act, &Owner::House, at)?;
        Ok(Some(if decision.writes.is_empty() { Err(Skip::OnRecord) } else { Ok(decision) }))
    }

    /// Whom a decision tells of the status face, and how. A notice says what has changed since the partner was told last:
    /// it serves where the partner has receipted the certificate and all that there was to say of its status.
    pub(super) fn told(&self, decision: &Decision) -> Result<Vec<BulkTold>, RegistryError> {
        let name = decision.registered.subject.to_string();
        let held = decision.writes.iter().find_map(|write| match write {
            Write::Record(write) => Some(write),
            _ => None,
        });
        let version = held.map_or(0, |write| write.status_version);
        let mut all = Vec::new();
        for write in &decision.writes {
            let Write::Intent(intent) = write else { continue };
            if intent.face != Face::Status {
                continue;
            }
            let sent = |face| self.store.exchanged(&intent.partner, &name, face, Direction::Sent);
            let previous = sent(Face::Status)?.map(|sent| sent.version);
            let by_notice = self.subscriptions.longest_notice(&intent.partner).is_some()
                && sent(Face::Certificate)?.is_some()
                && self.is_told(decision, previous)?;
            all.push(BulkTold {
                partner: intent.partner.clone(),
                direction: Direction::Sent,
                by_notice,
                version,
                previous,
            });
        }
        Ok(all)
    }

    /// Whether a partner that was told this version of the status last knows all that there was to say before.
    fn is_told(&self, decision: &Decision, previous: Option<u32>) -> Result<bool, RegistryError> {
        let Some(row) = self.store.current(&decision.registered.subject)? else { return Ok(false) };
        if previous == Some(row.status_version) {
            return Ok(true);
        }
        Ok(previous.is_none() && !super::super::register::tells_status(&parse(&row)?))
    }

    /// Takes all staged members of an event back, and the event with them.
    pub(super) fn unstage_all(&self, id: &str) -> Result<(), RegistryError> {
        loop {
            let page =
                BulkPage { limit: u32::try_from(CHANGE_MEMBERS).unwrap_or(1), unsettled: true, ..BulkPage::default() };
            let members = self.store.bulk_members(id, &page)?;
            let writes: Vec<Write> = if members.is_empty() {
                vec![self.step(id, BulkStep::Forget)]
            } else {
                let unstage = |subject| self.step(id, BulkStep::Unstage { subject });
                members.iter().map(|member| unstage(member.subject.clone())).collect()
            };
            match self.store.commit(Change::new(writes)) {
                Ok(_) if members.is_empty() => return Ok(()),
                // A member that somebody has displaced meanwhile is not among them when they are read again.
                Ok(_) | Err(NotCommitted::Stale(_)) => {}
                Err(NotCommitted::Store(error)) => return Err(error.into()),
            }
            if self.store.bulk_event(id)?.is_none_or(|row| row.effective_at.is_some()) {
                return Err(RegistryError::BulkNotOpen(id.to_owned()));
            }
        }
    }
}

/// Members on their way to where nobody sees them.
pub(super) struct Staging<'a> {
    registry: &'a Registry,
    event: &'a str,
    load: Vec<Write>,
    members: usize,
    under_way: VecDeque<(Pending<Committed>, Vec<Write>)>,
    staged: u64,
    missed: u64,
}

/// What was staged.
pub(super) struct Staged {
    /// Members.
    pub(super) staged: u64,
    /// Members that somebody has changed meanwhile: they are to be decided on again.
    pub(super) missed: u64,
}

impl<'a> Staging<'a> {
    pub(super) fn new(registry: &'a Registry, event: &'a str) -> Self {
        Self { registry, event, load: Vec::new(), members: 0, under_way: VecDeque::new(), staged: 0, missed: 0 }
    }

    /// Stages what was decided on one certificate: a new version of its status face. `told_by` names the partner whose
    /// word it is, with the version that it has given it.
    pub(super) fn add(
        &mut self,
        decision: Decision,
        told_by: Option<(&PartnerId, u32, Option<u32>)>,
    ) -> Result<(), RegistryError> {
        let mut told = self.registry.told(&decision)?;
        if let Some((partner, version, previous)) = told_by {
            let (partner, direction) = (partner.clone(), Direction::Received);
            told.push(BulkTold { partner, direction, by_notice: true, version, previous });
        }
        for write in decision.writes {
            if let Write::Record(record) = write {
                let step = BulkStep::Stage { record, told: std::mem::take(&mut told) };
                self.load.push(self.registry.step(self.event, step));
            }
        }
        self.members += 1;
        if self.members >= CHANGE_MEMBERS { self.send() } else { Ok(()) }
    }

    /// Something that is written on the way.
    pub(super) fn beside(&mut self, write: Write) {
        self.load.push(write);
    }

    fn send(&mut self) -> Result<(), RegistryError> {
        let load = std::mem::take(&mut self.load);
        self.members = 0;
        if !load.is_empty() {
            let pending = self.registry.store.submit(Change::new(load.clone()));
            self.under_way.push_back((pending, load));
        }
        while self.under_way.len() >= CHANGES_AHEAD {
            self.settle()?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), RegistryError> {
        let Some((pending, load)) = self.under_way.pop_front() else { return Ok(()) };
        let count = |load: &[Write]| load.iter().filter(|write| matches!(write, Write::Bulk(_))).count() as u64;
        let alone = |load: Vec<Write>| load.into_iter().map(|write| vec![write]);
        match pending.wait() {
            Ok(_) => self.staged += count(&load),
            // Somebody else has changed one of them: each by itself.
            Err(NotCommitted::Stale(_)) => {
                for write in alone(load) {
                    match self.registry.store.commit(Change::new(write.clone())) {
                        Ok(_) => self.staged += count(&write),
                        Err(NotCommitted::Stale(Stale::Bulk(event))) => {
                            return Err(RegistryError::BulkContended(event));
                        }
                        Err(NotCommitted::Stale(_)) => self.missed += 1,
                        Err(NotCommitted::Store(error)) => return Err(error.into()),
                    }
                }
            }
            Err(NotCommitted::Store(error)) => return Err(error.into()),
        }
        Ok(())
    }

    /// Waits for what is on its way.
    pub(super) fn finish(mut self) -> Result<Staged, RegistryError> {
        self.send()?;
        while !self.under_way.is_empty() {
            self.settle()?;
        }
        Ok(Staged { staged: self.staged, missed: self.missed })
    }
}
