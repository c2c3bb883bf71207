//! Registering many records: Changes of bounded size, several on their way at a time, each record told of as it is done.

use std::collections::{HashSet, VecDeque};

use super::incoming::{Incoming, Outcome, Registered};
use super::register::{Decision, KnownPayload};
use super::{Registry, RegistryError};
use crate::record::SubjectKey;
use crate::store::{Change, Committed, NotCommitted, Pending, Write};

/// Records in one Change: the writer is done with them in a few milliseconds, so an urgent one need not wait.
const CHANGE_RECORDS: usize = 64;
/// Bytes of records in one Change: those of large records are smaller in number.
const CHANGE_BYTES: usize = 256 << 10;
/// Changes on their way at a time.
const CHANGES_AHEAD: usize = 4;

/// One record done.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Place of the record in the batch, from 0.
    pub position: u64,
    /// What became of it.
    pub outcome: &'a Result<Registered, RegistryError>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Records that were not held before.
    pub new: u64,
    /// Records that made a new version.
    pub changed: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records that were refused, each for its own reason.
    pub refused: u64,
}

/// A Change on its way, with what it came from should it have to be decided again.
struct UnderWay {
    pending: Option<Pending<Committed>>,
    items: Vec<Item>,
}

struct Item {
    position: u64,
    incoming: Incoming,
    /// The answer, and how many events of the Change are this record's.
    decided: Result<(Registered, usize), RegistryError>,
}

/// A Change that is being put together.
#[derive(Default)]
struct Load {
    writes: Vec<Write>,
    items: Vec<Item>,
    subjects: HashSet<SubjectKey>,
    bytes: usize,
}

/// Many records on their way into the registry, one after the other. A record that is refused does not stop the others;
/// memory stays flat.
pub struct Intake<'r, F> {
    registry: &'r Registry,
    each: F,
    summary: Summary,
    under_way: VecDeque<UnderWay>,
    load: Load,
    payload: Option<KnownPayload>,
    position: u64,
}

impl<F: FnMut(Progress<'_>)> Intake<'_, F> {
    /// Takes a record in. What becomes of it is told some records later, in their order.
    ///
    /// # Errors
    ///
    /// The store failed, or something of ours: what was told of before is registered, the rest is not.
    pub fn take(&mut self, incoming: Incoming) -> Result<(), RegistryError> {
        if self.payload.as_ref().is_none_or(|known| !std::sync::Arc::ptr_eq(&known.bytes, &incoming.payload)) {
            self.payload = Some(KnownPayload::of(&incoming.payload));
        }
        let Some(known) = &self.payload else { return Ok(()) };
        let subject = SubjectKey::try_from(&incoming.record.key);
        // A subject that stands in the Change already cannot be decided before that Change is through.
        let again = subject.as_ref().is_ok_and(|subject| self.load.subjects.contains(subject));
        if self.load.items.len() >= CHANGE_RECORDS || self.load.bytes >= CHANGE_BYTES || again {
            self.under_way.push_back(self.registry.send(std::mem::take(&mut self.load)));
        }
        if self.under_way.len() >= CHANGES_AHEAD
            && let Some(first) = self.under_way.pop_front()
        {
            self.registry.settle(first, &mut self.summary, &mut self.each)?;
        }
        if again {
            for sent in self.under_way.drain(..) {
                self.registry.settle(sent, &mut self.summary, &mut self.each)?;
            }
        }
        let position = self.position;
        self.position += 1;
        self.registry.load(&mut self.load, position, incoming, subject.map_err(Into::into), known)
    }

    /// Waits until all of them are through.
    ///
    /// # Errors
    ///
    /// As [`Intake::take`].
    pub fn finish(mut self) -> Result<Summary, RegistryError> {
        self.under_way.push_back(self.registry.send(self.load));
        for sent in self.under_way {
            self.registry.settle(sent, &mut self.summary, &mut self.each)?;
        }
        Ok(self.summary)
    }
}

impl Registry {
    /// Begins to take many records in; `each` is told of every one as it is done.
    pub fn intake<F: FnMut(Progress<'_>)>(&self, each: F) -> Intake<'_, F> {
        Intake {
            registry: self,
            each,
            summary: Summary::default(),
            under_way: VecDeque::new(),
            load: Load::default(),
            payload: None,
            position: 0,
        }
    }

    /// Takes many records in.
    ///
    /// # Errors
    ///
    /// The store failed, or something of ours: what was told of before is registered, the rest is not.
    pub fn register_all(
        &self,
        incoming: impl IntoIterator<Item = Incoming>,
        each: impl FnMut(Progress<'_>),
    ) -> Result<Summary, RegistryError> {
        let mut intake = self.intake(each);
        for incoming in incoming {
            intake.take(incoming)?;
        }
        intake.finish()
    }

    fn load(
        &self,
        load: &mut Load,
        position: u64,
        incoming: Incoming,
        subject: Result<SubjectKey, RegistryError>,
        payload: &KnownPayload,
    ) -> Result<(), RegistryError> {
        let decided = subject.and_then(|subject| {
            let Decision { writes, registered } = self.decide(&subject, &incoming, payload)?;
            if !writes.is_empty() {
                let kept = |write: &Write| matches!(write, Write::Payload(write) if write.digest == payload.digest);
                if !load.writes.iter().any(kept) {
                    load.writes.push(payload.write(&incoming.format, self.now()));
                }
            }
            let events = writes.iter().filter(|write| matches!(write, Write::Event(_))).count();
            let size = |write: &Write| if let Write::Record(write) = write { write.record.len() } else { 0 };
            load.bytes += writes.iter().map(size).sum::<usize>();
            load.writes.extend(writes);
            load.subjects.insert(subject);
            Ok((registered, events))
        });
        if let Err(error) = &decided
            && !error.is_input()
        {
            return Err(error.clone());
        }
        load.items.push(Item { position, incoming, decided });
        Ok(())
    }

    fn send(&self, load: Load) -> UnderWay {
        let pending = (!load.writes.is_empty()).then(|| self.store.submit(Change::new(load.writes)));
        UnderWay { pending, items: load.items }
    }

    fn settle(
        &self,
        sent: UnderWay,
        summary: &mut Summary,
        each: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), RegistryError> {
        let committed = match sent.pending.map_or_else(|| Ok(Committed::default()), Pending::wait) {
            Ok(committed) => Some(committed),
            // Somebody else has changed one of the subjects: each is decided again by itself.
            Err(NotCommitted::Stale(_)) => None,
            Err(NotCommitted::Store(error)) => return Err(error.into()),
        };
        let mut events = committed.as_ref().map(|committed| committed.events.iter());
        for Item { position, incoming, decided } in sent.items {
            let outcome = match (&mut events, decided) {
                (Some(events), Ok((mut registered, count))) => {
                    registered.events = events.by_ref().take(count).map(|event| event.index).collect();
                    if registered.messages > 0 {
                        self.subscriptions.written();
                    }
                    Ok(registered)
                }
                (None, Ok(_)) => self.register(&incoming),
                (_, Err(error)) => Err(error),
            };
            match &outcome {
                Ok(registered) => match registered.outcome {
                    Outcome::New => summary.new += 1,
                    Outcome::Changed => summary.changed += 1,
                    Outcome::Unchanged => summary.unchanged += 1,
                },
                Err(error) if error.is_input() => summary.refused += 1,
                Err(error) => return Err(error.clone()),
            }
            each(Progress { position, outcome: &outcome });
        }
        Ok(())
    }
}
