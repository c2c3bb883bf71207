//! The one short Change that makes all members of an event effective: one row, one leaf, one notice a partner.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::BULK_EVENT;
use super::order::{BulkDocument, BulkResult};
use super::staging::MEMBERS;
use crate::clock::Timestamp;
use crate::crypto::Sha256Stream;
use crate::ledger::EventKind;
use crate::registry::{Registry, RegistryError};
use crate::store::{
    BulkPage, BulkRow, BulkStep, Change, Direction, EventWrite, Face, Intent, NotCommitted, PartnerId, Write,
};

/// Bytes of a notice that are none of its members': act, grounds, brackets.
const HEAD: usize = 16 * 1024;
/// Bytes that a member takes beside its name: two versions of ten digits, brackets, quotes, commas.
const BESIDE_NAME: usize = 32;

/// Which members a notice names, by their place: after the first, up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRange {
    /// After this place.
    pub after: u64,
    /// Up to this place.
    pub until: u64,
    /// Which of the notices to this partner it is, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

/// An event that took effect.
pub(super) struct Effect {
    pub(super) members: u64,
    pub(super) at: Timestamp,
    pub(super) notices: u64,
    pub(super) millis: u64,
}

/// Makes what is written together with the effect, for the instant at which that is.
pub(super) type BesideEffect<'a> = dyn Fn(Timestamp) -> Result<Vec<Write>, RegistryError> + 'a;

impl Registry {
    /// Makes all staged members effective, together with whatever `beside` adds, if `whole` says of the event that all
    /// are there. `None`: somebody has changed a member since, and they have to be gone through again.
    pub(super) fn make_effective(
        &self,
        id: &str,
        document: &BulkDocument,
        whole: &dyn Fn(&BulkRow) -> bool,
        beside: &BesideEffect<'_>,
    ) -> Result<Option<Effect>, RegistryError> {
        let Some(row) = self.store.bulk_event(id)?.filter(|row| whole(row)) else { return Ok(None) };
        let (result, notices) = self.members_and_notices(id)?;
        if result.members != row.members {
            return Ok(None);
        }
        let members = result.members;
        let document = BulkDocument { result: Some(result), ..document.clone() };
        // What is staged was decided by the clock of its beginning; it cannot have been in effect before that.
        let at = self.now().max(row.begun_at);
        let mut writes = beside(at)?;
        writes.push(self.step(id, BulkStep::Effect { revision: row.revision, document: document.to_bytes()?, at }));
        writes.push(Write::Event(EventWrite {
            kind: EventKind::BulkEvent,
            subject: id.to_owned(),
            version: None,
            digest: document.digest()?,
            at,
            prepared: None,
        }));
        let mut count = 0;
        for (partner, ranges) in notices {
            for range in ranges {
                count += 1;
                writes.push(Write::Intent(Intent {
                    id: self.new_id(),
                    partner: partner.clone(),
                    subject: id.to_owned(),
                    face: Face::Notice,
                    version: range.part,
                    message_type: BULK_EVENT.into(),
                    body: serde_json::to_vec(&range).ok(),
                    at,
                }));
            }
        }
        let begun = Instant::now();
        match self.store.commit(Change::new(writes).urgently()) {
            Ok(_) => {
                let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.subscriptions.written();
                Ok(Some(Effect { members, at, notices: count, millis }))
            }
            Err(NotCommitted::Stale(_)) => Ok(None),
            Err(NotCommitted::Store(error)) => Err(error.into()),
        }
    }

    /// The digest of the members, and how they are shared out among notices that are no longer than their partner takes.
    fn members_and_notices(
        &self,
        id: &str,
    ) -> Result<(BulkResult, BTreeMap<PartnerId, Vec<BulkRange>>), RegistryError> {
        let mut lines = Sha256Stream::default();
        let mut members = 0;
        let mut cuts: BTreeMap<PartnerId, Cutting> = BTreeMap::new();
        let mut page = BulkPage { limit: MEMBERS, ..BulkPage::default() };
        loop {
            let read = self.store.bulk_members(id, &page)?;
            let Some(last) = read.last() else { break };
            page.after = last.place;
            for member in read {
                members += 1;
                let name = member.subject.to_string();
                lines.add(format!("{name} {}\n", member.version).as_bytes());
                for told in member.told {
                    if !told.by_notice || told.direction != Direction::Sent {
                        continue;
                    }
                    let longest = self.subscriptions.longest_notice(&told.partner).unwrap_or(usize::MAX);
                    cuts.entry(told.partner).or_default().add(&name, member.place, longest.saturating_sub(HEAD));
                }
            }
        }
        let notices = cuts.into_iter().map(|(partner, cutting)| (partner, cutting.ranges())).collect();
        Ok((BulkResult { members, digest: lines.digest() }, notices))
    }
}

/// How the members for one partner are shared out among its notices.
#[derive(Default)]
struct Cutting {
    ends: Vec<u64>,
    bytes: usize,
    issuers: BTreeSet<String>,
    last: u64,
}

impl Cutting {
    fn add(&mut self, name: &str, place: u64, longest: usize) {
        let (issuer, number) = name.split_once('/').unwrap_or(("", name));
        let header = if self.issuers.contains(issuer) { 0 } else { issuer.len() + BESIDE_NAME };
        let bytes = number.len() + BESIDE_NAME + header;
        if self.bytes > 0 && self.bytes + bytes > longest {
            self.ends.push(self.last);
            self.bytes = 0;
            self.issuers.clear();
        }
        self.bytes += bytes;
        self.issuers.insert(issuer.to_owned());
        self.last = place;
    }

    fn ranges(mut self) -> Vec<BulkRange> {
        self.ends.push(self.last);
        let of = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        let mut after = 0;
        (1..)
            .zip(self.ends)
            .map(|(part, until)| BulkRange { after: std::mem::replace(&mut after, until), until, part, of })
            .collect()
    }
}
