//! The one writer: a thread that takes what waits, urgent first, and commits it together.
//!
//! A batch is what waits while the last one is being made safe, cut at [`BATCH_TIME`] so that an urgent Change never
//! stands behind a long one. Each Change has a savepoint of its own: a stale one is undone alone, a failed commit is
//! everybody's. Nobody gets an answer before the disk has the batch.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::super::change::{Change, Committed};
use super::super::error::{NotCommitted, StoreError};
use super::super::rows::{Lease, OutboxEntry, SignedCheckpoint};
use super::apply::apply;
use super::checkpoint_file::Keeper;
use super::columns::micros;
use super::exchange_rows;
use super::sequence::{Sequencer, Sequencing};
use crate::clock::Timestamp;
use crate::ledger::Frontier;

/// How long a batch may take before it is committed.
const BATCH_TIME: Duration = Duration::from_millis(20);
/// How many jobs a batch may hold.
const BATCH_JOBS: usize = 1024;

/// Whoever waits for an answer.
type Asker<T> = oneshot::Sender<Result<T, NotCommitted>>;

/// Something to be written.
pub(super) enum Job {
    /// A Change.
    Change(Change, Asker<Committed>),
    /// A lease.
    Lease(Lease, Asker<Vec<OutboxEntry>>),
    /// What a wrong clock put off is due.
    Recall(Timestamp, Timestamp, Asker<u64>),
    /// Old inbox entries to be forgotten.
    Forget(Timestamp, Asker<u64>),
}

impl Job {
    fn is_urgent(&self) -> bool {
        match self {
            Self::Change(change, _) => change.urgent,
            // A lease is what sends a status: it is short and goes first.
            Self::Lease(..) | Self::Recall(..) => true,
            Self::Forget(..) => false,
        }
    }

    /// Answers that it was not done.
    fn refuse(self, error: NotCommitted) {
        // Whoever asked may have gone: then nobody is told.
        match self {
            Self::Change(_, asker) => drop(asker.send(Err(error))),
            Self::Lease(_, asker) => drop(asker.send(Err(error))),
            Self::Recall(_, _, asker) | Self::Forget(_, asker) => drop(asker.send(Err(error))),
        }
    }
}

/// A job done, to be answered when the batch is committed.
enum Done {
    Change(Committed, Asker<Committed>),
    Lease(Vec<OutboxEntry>, Asker<Vec<OutboxEntry>>),
    Count(u64, Asker<u64>),
}

impl Done {
    fn answer(self, outcome: &Result<u64, StoreError>) {
        fn tell<T>(asker: Asker<T>, value: T, outcome: &Result<u64, StoreError>) {
            drop(asker.send(outcome.clone().map(|_| value).map_err(NotCommitted::Store)));
        }
        match self {
            Self::Change(mut committed, asker) => {
                committed.ledger_size = outcome.as_ref().copied().unwrap_or(0);
                tell(asker, committed, outcome);
            }
            Self::Lease(entries, asker) => tell(asker, entries, outcome),
            Self::Count(count, asker) => tell(asker, count, outcome),
        }
    }
}

/// What waits to be written.
pub(super) struct Queue {
    state: Mutex<Waiting>,
    arrived: Condvar,
    capacity: usize,
    /// The last Change found the disk full.
    full: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Job>,
    ordinary: VecDeque<Job>,
    closed: bool,
}

impl Waiting {
    fn next(&mut self) -> Option<Job> {
        self.urgent.pop_front().or_else(|| self.ordinary.pop_front())
    }
}

impl Queue {
    /// An empty queue that takes so many jobs that are not urgent.
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), arrived: Condvar::new(), capacity, full: AtomicBool::new(false) }
    }

    /// Puts a job in, or answers it at once where there is no room or no writer.
    pub(super) fn put(&self, job: Job) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            job.refuse(StoreError::Closed.into());
        } else if job.is_urgent() {
            state.urgent.push_back(job);
            self.arrived.notify_one();
        } else if state.ordinary.len() < self.capacity {
            state.ordinary.push_back(job);
            self.arrived.notify_one();
        } else {
            drop(state);
            job.refuse(StoreError::Overloaded.into());
        }
    }

    /// True where the last Change found the disk full.
    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    fn found_full(&self, full: bool) {
        if self.full.swap(full, Ordering::Relaxed) != full {
            if full {
                tracing::error!("The disk of the store is full: nothing more is taken, what is held is still read.");
            } else {
                tracing::info!("There is room on the disk of the store again.");
            }
        }
    }

    /// Takes nothing more in. What waits is still written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// The next job; `None` when the queue is closed and empty.
    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            match state.next() {
                Some(job) => return Some(job),
                None if state.closed => return None,
                None => state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn take(&self) -> Option<Job> {
        self.lock().next()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer, run on a thread of its own until its queue is closed and empty.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) queue: Arc<Queue>,
    pub(super) sequencing: Sequencing,
    pub(super) keeper: Option<Keeper>,
    /// The edge of the ledger's tree after the last batch.
    pub(super) frontier: Option<Frontier>,
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        /// However the thread ends, nobody waits for it in vain.
        struct Closing(Arc<Queue>);
        impl Drop for Closing {
            fn drop(&mut self) {
                self.0.close();
                while let Some(job) = self.0.take() {
                    job.refuse(StoreError::Closed.into());
                }
            }
        }
        let _closing = Closing(Arc::clone(&self.queue));
        while let Some(first) = self.queue.wait() {
            self.batch(first);
        }
    }

    fn batch(&mut self, first: Job) {
        let mut done = Vec::new();
        let outcome = self.transaction(first, &mut done);
        if let Ok((size, Some(checkpoint))) = &outcome
            && let Some(keeper) = &self.keeper
        {
            keeper.keep(checkpoint);
            tracing::trace!(size, changes = done.len(), "Committed a batch.");
        }
        let outcome = outcome.map(|(size, _)| size);
        match &outcome {
            Err(StoreError::DiskFull) => self.queue.found_full(true),
            Ok(_) if done.iter().any(|done| matches!(done, Done::Change(..))) => self.queue.found_full(false),
            _ => {}
        }
        if let Err(error) = &outcome {
            tracing::error!(%error, changes = done.len(), "A batch was not committed.");
        }
        for done in done {
            done.answer(&outcome);
        }
    }

    /// One transaction: everything in `done` was written if it succeeds, and was not if it fails.
    fn transaction(&mut self, first: Job, done: &mut Vec<Done>) -> Result<(u64, Option<SignedCheckpoint>), StoreError> {
        let begun = Instant::now();
        let transaction = match self.connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => {
                let error = StoreError::from(error);
                first.refuse(error.clone().into());
                return Err(error);
            }
        };
        let mut sequencer = match Sequencer::start(&transaction, &self.sequencing, self.frontier.take()) {
            Ok(sequencer) => sequencer,
            Err(error) => {
                first.refuse(error.clone().into());
                return Err(error);
            }
        };
        let mut next = Some(first);
        while let Some(job) = next {
            if let Some(finished) = perform(&transaction, &mut sequencer, &self.queue, job)? {
                done.push(finished);
            }
            let full = done.len() >= BATCH_JOBS || begun.elapsed() >= BATCH_TIME;
            next = if full { None } else { self.queue.take() };
        }
        let checkpoint = sequencer.checkpoint(&transaction)?;
        let size = sequencer.size();
        transaction.commit()?;
        self.frontier = Some(sequencer.into_frontier());
        Ok((size, checkpoint))
    }
}

/// Does one job in its savepoint. `None`: it was refused and has its answer.
///
/// # Errors
///
/// The transaction as a whole is lost; the job has its answer.
fn perform(
    connection: &Connection,
    sequencer: &mut Sequencer<'_>,
    queue: &Queue,
    job: Job,
) -> Result<Option<Done>, StoreError> {
    let mark = sequencer.mark();
    let outcome = execute(connection, "SAVEPOINT one").map_err(NotCommitted::from).and_then(|()| match &job {
        Job::Change(change, _) => apply(connection, sequencer, change).map(Written::Change),
        Job::Lease(lease, _) => exchange_rows::lease(connection, lease).map(Written::Lease).map_err(Into::into),
        Job::Recall(now, later_than, _) => {
            exchange_rows::recall(connection, *now, *later_than).map(Written::Count).map_err(Into::into)
        }
        Job::Forget(before, _) => connection
            .execute("DELETE FROM inbox WHERE received_at < ?1", [micros(*before)])
            .map(|count| Written::Count(count as u64))
            .map_err(Into::into),
    });
    match outcome {
        Ok(written) => {
            let released = execute(connection, "RELEASE one");
            if let Err(error) = released {
                let error = StoreError::from(error);
                job.refuse(error.clone().into());
                return Err(error);
            }
            Ok(match (written, job) {
                (Written::Change(committed), Job::Change(_, asker)) => Some(Done::Change(committed, asker)),
                (Written::Lease(entries), Job::Lease(_, asker)) => Some(Done::Lease(entries, asker)),
                (Written::Count(count), Job::Recall(_, _, asker) | Job::Forget(_, asker)) => {
                    Some(Done::Count(count, asker))
                }
                // `written` was made from this very job.
                (_, job) => {
                    job.refuse(StoreError::Closed.into());
                    None
                }
            })
        }
        Err(refusal) => {
            sequencer.roll_back(mark);
            if refusal == NotCommitted::Store(StoreError::DiskFull) {
                queue.found_full(true);
            }
            // On a full disk SQLite may have rolled the whole transaction back by itself.
            let undone = if connection.is_autocommit() {
                Err(StoreError::from_refusal(&refusal))
            } else {
                execute(connection, "ROLLBACK TO one")
                    .and_then(|()| execute(connection, "RELEASE one"))
                    .map_err(StoreError::from)
            };
            job.refuse(refusal);
            undone.map(|()| None)
        }
    }
}

enum Written {
    Change(Committed),
    Lease(Vec<OutboxEntry>),
    Count(u64),
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

impl StoreError {
    fn from_refusal(refusal: &NotCommitted) -> Self {
        match refusal {
            NotCommitted::Store(error) => error.clone(),
            NotCommitted::Stale(stale) => Self::Statement(stale.to_string()),
        }
    }
}
