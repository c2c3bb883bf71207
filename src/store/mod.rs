//! The store: subjects and their versions, payloads, the ledger's events, outbox and inbox, behind one trait.
//!
//! A use case reads, decides, and hands the store one [`Change`]: all its writes, each with the version that it
//! expects. Many Changes are committed at once, each in a savepoint of its own; one whose expectation does not hold
//! comes back [`Stale`] and is decided again. Events and leaves of the ledger are written in the same transaction, and
//! one checkpoint is signed a batch; it is seen only after the commit, and kept a second time outside the database.
//!
//! Reads block for as long as a look-up takes; from async code call them through [`off_reactor`], and await a
//! [`Pending`] Change. Not here: what a write means, who may do it, what follows from it (`registry`, `exchange`).

mod bulk;
mod change;
#[cfg(test)]
pub(crate) mod conformance;
mod error;
mod ledger;
mod notice;
mod rows;
mod sqlite;

use std::sync::Arc;

pub use bulk::*;
pub use change::*;
pub use error::{Fault, NotCommitted, Stale, StoreError};
pub use ledger::{StoredTree, replay_ledger};
pub use notice::*;
pub use rows::*;
pub use sqlite::{CheckpointFile, Durability, Options, Sequencing, SqliteStore};

use crate::clock::Timestamp;
use crate::ledger::Hash;
use crate::record::SubjectKey;

/// What every store can do. Reads see only what is committed.
#[expect(clippy::missing_errors_doc, reason = "every call fails as StoreError says, no one in a way of its own")]
pub trait Store: Send + Sync {
    /// Hands a Change over. It is committed, or refused, when the answer comes.
    fn submit(&self, change: Change) -> Pending<Committed>;

    /// True where the last Change found the disk full. What is held is still read, and a Change is still tried: it may fit,
    /// or room may have been made.
    fn is_full(&self) -> bool;

    /// Leases due messages of the outbox to one worker: those of the first priority first, then by time.
    fn lease(&self, lease: Lease) -> Pending<Vec<OutboxEntry>>;

    /// Makes due at once what was put off by a clock that has been set back since: messages of the outbox last touched at a
    /// time later than that; gives how many. What is under way stays so, and may be sent a second time.
    fn recall(&self, now: Timestamp, later_than: Timestamp) -> Pending<u64>;

    /// Forgets inbox entries received before that time; gives how many.
    fn forget_inbox(&self, before: Timestamp) -> Pending<u64>;

    /// A subject by its natural key.
    fn subject(&self, key: &SubjectKey) -> Result<Option<Subject>, StoreError>;

    /// The subjects of all issuers that have this number.
    fn subjects_numbered(&self, number: &str) -> Result<Vec<Subject>, StoreError>;

    /// The subjects of a holder.
    fn search(&self, query: &HolderQuery, after: Option<&Cursor>, limit: u32) -> Result<Page<Subject>, StoreError>;

    /// How many subjects there are.
    fn subject_count(&self) -> Result<u64, StoreError>;

    /// The present version of a subject.
    fn current(&self, key: &SubjectKey) -> Result<Option<RecordVersion>, StoreError>;

    /// One version of a subject.
    fn version(&self, key: &SubjectKey, version: u32) -> Result<Option<RecordVersion>, StoreError>;

    /// The version that was the present one at that time.
    fn version_known_at(&self, key: &SubjectKey, at: Timestamp) -> Result<Option<RecordVersion>, StoreError>;

    /// Every version of a subject, oldest first.
    fn versions(&self, key: &SubjectKey) -> Result<Vec<RecordVersion>, StoreError>;

    /// The versions of a subject that a document made, oldest first, each with the digest of the payload and its time.
    fn documents(&self, key: &SubjectKey) -> Result<Vec<(u32, Sha256, Timestamp)>, StoreError>;

    /// A payload by the digest of its bytes.
    fn payload(&self, digest: &Sha256) -> Result<Option<Payload>, StoreError>;

    /// How many events the ledger holds.
    fn ledger_size(&self) -> Result<u64, StoreError>;

    /// An event by its index.
    fn event(&self, index: u64) -> Result<Option<LedgerEvent>, StoreError>;

    /// The events of a subject, oldest first.
    fn events_of(&self, subject: &str) -> Result<Vec<LedgerEvent>, StoreError>;

    /// Events from an index on, at most so many: the gapless feed.
    fn events_from(&self, index: u64, limit: u32) -> Result<Vec<LedgerEvent>, StoreError>;

    /// Hashes of the tree by stored hash index (as `tlog_tiles` counts them); `None` where there is none yet.
    fn stored_hashes(&self, indexes: &[u64]) -> Result<Option<Vec<Hash>>, StoreError>;

    /// The last signed checkpoint.
    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError>;

    /// The partners that a message is due to.
    fn partners_due(&self, now: Timestamp) -> Result<Vec<PartnerId>, StoreError>;

    /// A message of the outbox.
    fn outbox_entry(&self, id: &str) -> Result<Option<OutboxEntry>, StoreError>;

    /// Messages of the outbox, oldest first.
    fn outbox(&self, filter: &OutboxFilter) -> Result<Vec<OutboxEntry>, StoreError>;

    /// How many messages stand where, by partner.
    fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError>;

    /// A message taken before, with its first answer.
    fn taken(&self, sender: &PartnerId, message_id: &str) -> Result<Option<InboxEntry>, StoreError>;

    /// The messages taken about a subject, oldest first.
    fn taken_about(&self, subject: &str) -> Result<Vec<InboxEntry>, StoreError>;

    /// The highest version of a face that was exchanged with a partner.
    fn exchanged(
        &self,
        partner: &PartnerId,
        subject: &str,
        face: Face,
        direction: Direction,
    ) -> Result<Option<ExchangedVersion>, StoreError>;

    /// An event that touches many certificates, by its id.
    fn bulk_event(&self, id: &str) -> Result<Option<BulkRow>, StoreError>;

    /// Such events, oldest first: all of them, or those that are not settled.
    fn bulk_events(&self, open: bool) -> Result<Vec<BulkRow>, StoreError>;

    /// The event that has staged the next version of a subject, until that is settled.
    fn bulk_event_of(&self, key: &SubjectKey) -> Result<Option<BulkRow>, StoreError>;

    /// Members of an event, by their place.
    fn bulk_members(&self, id: &str, page: &BulkPage) -> Result<Vec<BulkMember>, StoreError>;

    /// One member of an event that is not settled, with the digest of its record.
    fn bulk_member(&self, id: &str, key: &SubjectKey) -> Result<Option<BulkMember>, StoreError>;

    /// The present versions that an event may be about.
    fn scan(&self, scan: &Scan) -> Result<Scanned, StoreError>;

    /// Notices, oldest first.
    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError>;

    /// A notice by its key: with whom, which way, and the message id.
    fn notice(&self, partner: &PartnerId, direction: Direction, id: &str) -> Result<Option<Notice>, StoreError> {
        let key = NoticeFilter {
            partner: Some(partner.clone()),
            direction: Some(direction),
            id: Some(id.to_owned()),
            limit: 1,
            ..NoticeFilter::default()
        };
        Ok(self.notices(&key)?.pop())
    }

    /// Hands a Change over and waits.
    ///
    /// # Errors
    ///
    /// [`NotCommitted`]: nothing of the Change was written.
    fn commit(&self, change: Change) -> Result<Committed, NotCommitted> {
        self.submit(change).wait()
    }
}

/// The answer of the writer, to be awaited or waited for.
#[derive(Debug)]
pub struct Pending<T>(tokio::sync::oneshot::Receiver<Result<T, NotCommitted>>);

impl<T> Pending<T> {
    /// A pending answer and the end that gives it.
    pub(crate) fn channel() -> (tokio::sync::oneshot::Sender<Result<T, NotCommitted>>, Self) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        (sender, Self(receiver))
    }

    /// Waits on this thread. Not for a thread that drives async tasks: tokio panics there; await it instead.
    ///
    /// # Errors
    ///
    /// [`NotCommitted`]: nothing was written.
    pub fn wait(self) -> Result<T, NotCommitted> {
        self.0.blocking_recv().unwrap_or(Err(NotCommitted::Store(StoreError::Closed)))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, NotCommitted>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or(Err(NotCommitted::Store(StoreError::Closed))))
    }
}

/// Runs a read on a thread that may block, so that the reactor does not.
///
/// # Errors
///
/// Those of the read; [`StoreError::Closed`] where the runtime is shutting down.
pub async fn off_reactor<T, E>(
    store: Arc<dyn Store>,
    read: impl FnOnce(&dyn Store) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(move || read(store.as_ref())).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::Closed.into()),
    }
}
