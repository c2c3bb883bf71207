//! Registering many records: Changes of bounded size, several on their way at a time, each record told of as it is done.

use std::collections::{HashSet, VecDeque};

use super::incoming::{Incoming, Outcome, Registered};
use super::register::{Decision, KnownPayload};
use super::{Registry, RegistryError};
use crate::record::SubjectKey;
use crate::store::{Change, Committed, NotCommitted, Pending, Write};

/// Records in one Change: the writer is done with them in a few milliseconds, so an urgent one need not wait.
const CHANGE_RECORDS: usize = 64;
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
}

impl Registry {
    /// Takes many records in. A record that is refused does not stop the others; memory stays flat.
    ///
    /// # Errors
    ///
    /// The store failed, or something of ours: what was told of before is registered, the rest is not.
    pub fn register_all(
        &self,
        incoming: impl IntoIterator<Item = Incoming>,
        mut each: impl FnMut(Progress<'_>),
    ) -> Result<Summary, RegistryError> {
        let mut summary = Summary::default();
        let mut under_way: VecDeque<UnderWay> = VecDeque::new();
        let mut load = Load::default();
        let mut payload: Option<KnownPayload> = None;
        for (position, incoming) in (0..).zip(incoming) {
            if payload.as_ref().is_none_or(|known| !std::sync::Arc::ptr_eq(&known.bytes, &incoming.payload)) {
                payload = Some(KnownPayload::of(&incoming.payload));
            }
            let Some(known) = &payload else { continue };
            let subject = SubjectKey::try_from(&incoming.record.key);
            // A subject that stands in the Change already cannot be decided before that Change is through.
            let again = subject.as_ref().is_ok_and(|subject| load.subjects.contains(subject));
            if load.items.len() >= CHANGE_RECORDS || again {
                under_way.push_back(self.send(std::mem::take(&mut load)));
            }
            if under_way.len() >= CHANGES_AHEAD
                && let Some(first) = under_way.pop_front()
            {
                self.settle(first, &mut summary, &mut each)?;
            }
            if again {
                for sent in under_way.drain(..) {
                    self.settle(sent, &mut summary, &mut each)?;
                }
            }
            self.load(&mut load, position, incoming, subject.map_err(Into::into), known)?;
        }
        under_way.push_back(self.send(load));
        for sent in under_way {
            self.settle(sent, &mut summary, &mut each)?;
        }
        Ok(summary)
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
