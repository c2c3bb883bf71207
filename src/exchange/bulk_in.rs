//! Taking the notice of an event that touches many certificates: all of it is refused, or it takes effect as a whole.
//!
//! It is refused where one certificate is not the sender's to speak for, or is somebody else's. What is not held here, or is
//! held in a higher version, is told of in the receipt and keeps nothing else back.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::finding::{Finding, Place, Severity};
use crate::message::{BULK_FORMAT, BulkNotice, BulkNoticeMember, Opened, Outcome};
use crate::record::SubjectKey;
use crate::registry::{BulkDocument, BulkReceived, Incoming, Owner, RegistryError};
use crate::store::{Direction, Face};
use crate::trust::Refusal;

use super::exchange::Exchange;
use super::inbox::{Beside, Decided, NoReceipt, Taken, Undone};

/// Findings about single certificates that a receipt tells of.
const FINDINGS: usize = 20;

/// Why a notice is not taken: what its receipt says.
type Turned = (Outcome, Finding);

/// What a notice comes to.
struct Sorted {
    notice: BulkNotice,
    due: Vec<BulkNoticeMember>,
    findings: Vec<Finding>,
}

/// An event that is being taken.
struct UnderWay<'a> {
    all: &'a Mutex<BTreeSet<String>>,
    event: String,
}

impl<'a> UnderWay<'a> {
    fn begin(all: &'a Mutex<BTreeSet<String>>, event: &str) -> Option<Self> {
        let new = all.lock().unwrap_or_else(PoisonError::into_inner).insert(event.to_owned());
        new.then(|| Self { all, event: event.to_owned() })
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.event);
    }
}

impl Exchange {
    /// Takes a notice; gives the receipt. `None`: somebody has changed a member meanwhile, and it is decided anew.
    pub(super) fn take_bulk(
        &self,
        message: &Taken<'_>,
        opened: &Opened,
        stands: &dyn Fn() -> Result<(), Refusal>,
    ) -> Result<Option<Vec<u8>>, NoReceipt> {
        let event = format!("{}:{}", message.sender, message.envelope.id);
        let Some(_under_way) = UnderWay::begin(&self.bulk_under_way, &event) else {
            return Err(NoReceipt::Unavailable("the notice is being taken".into()));
        };
        let beside: &Beside<'_> = &|outcome, findings, effect| self.writes(message, opened, outcome, findings, effect);
        let answered = match self.sort(message)? {
            Err((outcome, finding)) => {
                stands()?;
                self.answer(Decided::Stays { outcome, findings: vec![finding] }, beside)
            }
            Ok(Sorted { due, findings, .. }) if due.is_empty() => {
                stands()?;
                self.answer(Decided::Stays { outcome: Outcome::DeliveredWithWarnings, findings }, beside)
            }
            Ok(sorted) => self.take_members(message, &event, sorted, beside, stands)?,
        };
        match answered {
            Ok(receipt) => Ok(Some(receipt)),
            Err(Undone::Again) => Ok(None),
            Err(Undone::Ours(reason)) => Err(NoReceipt::Unavailable(reason)),
        }
    }

    /// Whether the notice is the sender's to give, and which of its members are due.
    fn sort(&self, message: &Taken<'_>) -> Result<Result<Sorted, Turned>, NoReceipt> {
        let partner = &message.from.partner;
        let refused = |finding| Ok(Err((Outcome::Refused, finding)));
        if message.envelope.format != BULK_FORMAT {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole)
                .with("format", &message.envelope.format)
                .with("agreed", BULK_FORMAT);
            return refused(finding);
        }
        let mut notice = match BulkNotice::parse(message.body) {
            Ok(notice) => notice,
            Err(error) => return Ok(Err((Outcome::NotReadable, error.finding()))),
        };
        let foreign = notice.members.iter().find(|member| !partner.may_assert(&member.subject.issuer, None));
        if let Some(member) = foreign {
            let finding = Finding::new("exchange/not-yours-to-assert", Place::Whole);
            return refused(finding.with("partner", &partner.id).with("issuer", &member.subject.issuer));
        }
        let own = Owner::Partner(message.sender.clone()).to_string();
        let mut counts: BTreeMap<&'static str, (u64, SubjectKey)> = BTreeMap::new();
        let mut count = |code, subject: &SubjectKey| counts.entry(code).or_insert((0, subject.clone())).0 += 1;
        let mut due = Vec::new();
        for member in std::mem::take(&mut notice.members) {
            let name = member.subject.to_string();
            let Some(held) = self.store().subject(&member.subject)? else {
                count("exchange/bulk-unknown", &member.subject);
                continue;
            };
            if held.owner != own {
                return refused(Finding::new("exchange/not-owner", Place::Whole).with("subject", &member.subject));
            }
            let known = self.store().exchanged(message.sender, &name, Face::Status, Direction::Received)?;
            let known = known.map(|known| known.version);
            if known.is_some_and(|known| known >= member.version) {
                count("exchange/bulk-superseded", &member.subject);
                continue;
            }
            if member.previous.is_some_and(|previous| known.is_none_or(|known| known < previous)) {
                count("exchange/bulk-gap", &member.subject);
            }
            due.push(member);
        }
        let finding =
            |(code, (count, subject))| Finding::new(code, Place::Whole).with("count", count).with("subject", subject);
        let findings = counts.into_iter().map(finding).collect();
        Ok(Ok(Sorted { notice, due, findings }))
    }

    /// Stages the members that are due, and makes them effective with the receipt.
    fn take_members(
        &self,
        message: &Taken<'_>,
        event: &str,
        Sorted { notice, due, findings }: Sorted,
        beside: &Beside<'_>,
        stands: &dyn Fn() -> Result<(), Refusal>,
    ) -> Result<Result<Vec<u8>, Undone>, NoReceipt> {
        let document = BulkDocument {
            act: notice.act.clone(),
            condition: None,
            basis: notice.basis,
            partner: Some(message.sender.0.clone()),
            result: None,
        };
        let payload: Arc<[u8]> = Arc::from(message.body);
        let mut members = due.into_iter().map(|member| {
            let held = self.registry().look_up(&member.subject)?;
            let held = held.ok_or_else(|| RegistryError::Unknown(Box::new(member.subject.clone())))?;
            let mut record = held.record;
            record.status.history.push(notice.act.clone());
            let incoming = Incoming {
                record,
                findings: Vec::new(),
                payload: payload.clone(),
                format: BULK_FORMAT.to_owned(),
                crosswalk_digest: String::new(),
                owner: Owner::Partner(message.sender.clone()),
                received_from: Some(message.sender.clone()),
            };
            Ok(BulkReceived { incoming, version: member.version, previous: member.previous })
        });
        let (said, more) = (RefCell::new(Vec::new()), Cell::new(0_u64));
        let mut say = |subject: &SubjectKey, finding: Finding| {
            if said.borrow().len() < FINDINGS {
                said.borrow_mut().push(finding.at(Place::Field(subject.to_string())));
            } else {
                more.set(more.get() + 1);
            }
        };
        let (receipt, refusal) = (RefCell::new(Vec::new()), RefCell::new(None));
        let taken = self.registry().bulk_take(event, &document, message.sender, &mut members, &mut say, &|_| {
            if let Err(refused) = stands() {
                *refusal.borrow_mut() = Some(refused);
                return Err(RegistryError::BulkContended(event.to_owned()));
            }
            let mut findings = findings.clone();
            findings.extend(said.borrow().iter().cloned());
            if more.get() > 0 {
                findings.push(Finding::new("exchange/bulk-more", Place::Whole).with("count", more.get()));
            }
            let weighty = findings.iter().any(|finding| finding.severity() >= Severity::Warning);
            let outcome = if weighty { Outcome::DeliveredWithWarnings } else { Outcome::Delivered };
            let (writes, bytes) = beside(outcome, &findings, true)?;
            *receipt.borrow_mut() = bytes;
            Ok(writes)
        });
        if let Some(refusal) = refusal.into_inner() {
            return Err(refusal.into());
        }
        Ok(match taken {
            Ok(()) => Ok(receipt.into_inner()),
            Err(RegistryError::Store(error)) => return Err(error.into()),
            // A member was changed, or came to somebody else: the next look says what of it.
            Err(RegistryError::BulkContended(_) | RegistryError::NotOwner { .. } | RegistryError::Unknown(_)) => {
                Err(Undone::Again)
            }
            Err(error) => Err(Undone::Ours(error.to_string())),
        })
    }
}
