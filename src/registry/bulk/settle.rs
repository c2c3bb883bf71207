//! Settling members that are in effect: each gets its leaf of the ledger, and whoever takes no notices a message about it.

use std::collections::VecDeque;

use super::staging::MEMBERS;
use super::{BulkPhase, BulkProgress};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::ledger::EventKind;
use crate::record::SubjectKey;
use crate::registry::register::STATUS;
use crate::registry::{Registry, RegistryError};
use crate::store::{
    BulkMember, BulkPage, BulkRow, BulkStep, Change, Committed, Direction, EventWrite, Face, Intent, NotCommitted,
    Pending, Write,
};

/// Members in one Change.
const CHANGE_MEMBERS: usize = 48;
/// Changes on their way at a time.
const CHANGES_AHEAD: usize = 4;

impl Registry {
    /// Settles whatever is in effect and not settled: what a process left that was ended.
    pub(super) fn settle_what_is_in_effect(&self, progress: &mut dyn FnMut(BulkProgress)) -> Result<(), RegistryError> {
        for row in self.store.bulk_events(true)?.iter().filter(|row| row.is_unsettled()) {
            self.bulk_settle(&row.id, progress)?;
        }
        Ok(())
    }

    /// Settles the members of an event that is in effect; gives how many messages about single certificates were written.
    /// What somebody else settles meanwhile is left to them.
    ///
    /// # Errors
    ///
    /// Ours: the store failed.
    pub fn bulk_settle(&self, id: &str, progress: &mut dyn FnMut(BulkProgress)) -> Result<u64, RegistryError> {
        let Some(row) = self.store.bulk_event(id)? else { return Ok(0) };
        let Some(effective_at) = row.effective_at else { return Ok(0) };
        let mut page = BulkPage { limit: MEMBERS, unsettled: true, digests: true, ..BulkPage::default() };
        let mut under_way: VecDeque<(Pending<Committed>, Vec<BulkMember>)> = VecDeque::new();
        let (mut done, mut messages) = (row.settled, 0);
        loop {
            let members = self.store.bulk_members(id, &page)?;
            let Some(last) = members.last() else { break };
            page.after = last.place;
            for members in members.chunks(CHANGE_MEMBERS) {
                let writes = members.iter().flat_map(|member| self.settling(id, member, effective_at)).collect();
                under_way.push_back((self.store.submit(Change::new(writes)), members.to_vec()));
                if under_way.len() >= CHANGES_AHEAD {
                    messages += self.settled(id, under_way.pop_front(), effective_at)?;
                }
                done += members.len() as u64;
                progress(BulkProgress { phase: BulkPhase::Settling, done, of: row.members });
            }
        }
        while !under_way.is_empty() {
            messages += self.settled(id, under_way.pop_front(), effective_at)?;
        }
        Ok(messages)
    }

    /// The writes that settle one member.
    fn settling(&self, id: &str, member: &BulkMember, effective_at: Timestamp) -> Vec<Write> {
        let name = member.subject.to_string();
        let at = self.now();
        let digest = member.digest.and_then(|bytes| Digest::from_bytes(DigestAlgorithm::Sha256, &bytes).ok());
        let mut writes = vec![
            self.step(id, BulkStep::Settle { subject: member.subject.clone(), at }),
            Write::Event(EventWrite {
                kind: EventKind::StatusChanged,
                subject: name.clone(),
                version: Some(member.version),
                digest: digest.unwrap_or_else(|| Digest::sha256(&[])),
                at: effective_at,
                prepared: None,
            }),
        ];
        for told in member.told.iter().filter(|told| told.direction == Direction::Sent && !told.by_notice) {
            writes.push(Write::Intent(Intent {
                id: self.new_id(),
                partner: told.partner.clone(),
                subject: name.clone(),
                face: Face::Status,
                version: member.version,
                message_type: STATUS.into(),
                body: None,
                at,
            }));
        }
        writes
    }

    fn settled(
        &self,
        id: &str,
        sent: Option<(Pending<Committed>, Vec<BulkMember>)>,
        effective_at: Timestamp,
    ) -> Result<u64, RegistryError> {
        let Some((pending, members)) = sent else { return Ok(0) };
        let mut messages = 0;
        match pending.wait() {
            Ok(_) => messages += members.iter().map(own_messages).sum::<u64>(),
            // One of them was settled by somebody else: each by itself.
            Err(NotCommitted::Stale(_)) => {
                for member in &members {
                    match self.store.commit(Change::new(self.settling(id, member, effective_at))) {
                        Ok(_) => messages += own_messages(member),
                        Err(NotCommitted::Stale(_)) => {}
                        Err(NotCommitted::Store(error)) => return Err(error.into()),
                    }
                }
            }
            Err(NotCommitted::Store(error)) => return Err(error.into()),
        }
        if messages > 0 {
            self.subscriptions.written();
        }
        Ok(messages)
    }

    /// Settles one certificate, because it is to be written to; nothing where there is nothing to settle.
    pub(in crate::registry) fn settle_subject(&self, subject: &SubjectKey) -> Result<(), RegistryError> {
        let Some(BulkRow { id, effective_at: Some(effective_at), .. }) = self.store.bulk_event_of(subject)? else {
            return Ok(());
        };
        let Some(member) = self.store.bulk_member(&id, subject)? else { return Ok(()) };
        match self.store.commit(Change::new(self.settling(&id, &member, effective_at)).urgently()) {
            Ok(_) => {
                if own_messages(&member) > 0 {
                    self.subscriptions.written();
                }
                Ok(())
            }
            // Somebody else was faster.
            Err(NotCommitted::Stale(_)) => Ok(()),
            Err(NotCommitted::Store(error)) => Err(error.into()),
        }
    }
}

/// How many messages of its own a member makes when it is settled.
fn own_messages(member: &BulkMember) -> u64 {
    member.told.iter().filter(|told| told.direction == Direction::Sent && !told.by_notice).count() as u64
}
