//! The store in one SQLite file: WAL, `synchronous=FULL`, one writer thread, a pool of readers.

mod apply;
mod bulk_apply;
mod bulk_rows;
mod checkpoint_file;
mod columns;
mod conditions;
mod exchange_rows;
mod ledger_rows;
mod migrate;
mod notice_rows;
mod readers;
mod record_rows;
mod sequence;
mod writer;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub use checkpoint_file::CheckpointFile;
pub use sequence::Sequencing;

use super::bulk::{BulkMember, BulkPage, BulkRow, Scan, Scanned};
use super::change::{Change, Committed, ExchangedVersion, InboxEntry, Sha256};
use super::error::StoreError;
use super::notice::{Notice, NoticeFilter};
use super::rows::{
    Cursor, Direction, Face, HolderQuery, Lease, LedgerEvent, OutboxCount, OutboxEntry, OutboxFilter, Page, PartnerId,
    Payload, RecordVersion, SignedCheckpoint, Subject,
};
use super::{Pending, Store};
use crate::clock::Timestamp;
use crate::ledger::{Checkpoint, Hash};
use crate::record::SubjectKey;
use checkpoint_file::Keeper;
use readers::Readers;
use writer::{Job, Queue, Writer};

/// How long we wait for another process that holds the file.
const BUSY: Duration = Duration::from_secs(5);

/// How the store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections that read.
    pub readers: usize,
    /// Changes that may wait to be written; urgent ones are always taken.
    pub waiting: usize,
    /// When a commit is safe.
    pub durability: Durability,
    /// Bytes that the file may grow to; none: as far as the disk goes.
    pub largest: Option<u64>,
    /// Where the last checkpoint is kept outside the database.
    pub checkpoint_file: Option<CheckpointFile>,
    /// Little memory rather than quick reading: nothing of the file is mapped, and less of it held.
    pub lean: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            waiting: 8192,
            durability: Durability::Full,
            largest: None,
            checkpoint_file: None,
            lean: false,
        }
    }
}

/// When a commit is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before it is acknowledged: SQLite's `synchronous=FULL`. The only one for service.
    Full,
    /// Never sure: `synchronous=OFF`, to measure what safety costs.
    Off,
}

/// The store in one SQLite file. Dropped, it writes what waits and closes.
pub struct SqliteStore {
    readers: Readers,
    queue: Arc<Queue>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the store, makes it where there is none, and brings it up to the newest schema.
    ///
    /// # Errors
    ///
    /// [`StoreError::Behind`] and [`StoreError::Forked`] where the file is not the one whose checkpoint was kept
    /// outside; [`StoreError::Newer`] where a newer program wrote it; otherwise what the disk says.
    pub fn open(path: &Path, options: Options, sequencing: Sequencing) -> Result<Self, StoreError> {
        let Options { readers, waiting, durability, largest, checkpoint_file, lean } = options;
        let cache = if lean { 16 << 10 } else { 32 << 10 };
        let unopened =
            |error: rusqlite::Error| StoreError::Unopened { path: path.to_owned(), reason: error.to_string() };
        let mut connection = Connection::open(path).map_err(unopened)?;
        connection.busy_timeout(BUSY)?;
        keep_prepared(&connection)?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Off => "OFF",
        };
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -{cache};
             PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY;"
        ))?;
        migrate::migrate(&mut connection)?;
        if let Some(largest) = largest {
            let page: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))?.into();
            let pages = (largest / page.max(1)).max(1);
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        let keeper = match &checkpoint_file {
            Some(file) => Some(compare(&connection, file)?),
            None => None,
        };
        let readers = Readers::open(path, readers, lean)?;
        let queue = Arc::new(Queue::new(waiting));
        let writer = Writer { connection, queue: Arc::clone(&queue), sequencing, keeper, frontier: None };
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Unopened { path: path.to_owned(), reason: error.to_string() })?;
        Ok(Self { readers, queue, writer: Some(writer) })
    }
}

/// Statements are prepared once. Without the guarantee that a plan does not depend on values, SQLite makes anew, for every
/// value, whatever might have used an index of a part of the rows (`bulk_event`, `outbox`): a tenth of an exchange.
fn keep_prepared(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Compares the store with the checkpoint kept outside it, and starts keeping the next ones.
fn compare(connection: &Connection, file: &CheckpointFile) -> Result<Keeper, StoreError> {
    // The note first: what another process commits and publishes meanwhile is in the store that is read after it.
    let note = checkpoint_file::read(&file.path)?;
    let size = sequence::size(connection)?;
    if let Some(note) = note {
        let kept = Checkpoint::peek(&note)
            .map_err(|error| StoreError::CheckpointFile { path: file.path.clone(), reason: error.to_string() })?;
        let (kept, root) = (kept.size(), kept.root());
        if kept > size {
            if !file.accept_behind {
                return Err(StoreError::Behind { size, kept });
            }
            tracing::warn!(size, kept, "The store is behind its last checkpoint and starts because it was told to.");
        } else if sequence::root(connection, kept)? != root {
            return Err(StoreError::Forked(kept));
        }
    }
    let keeper = Keeper::start(file.path.clone())?;
    if let Some(checkpoint) = ledger_rows::checkpoint(connection)? {
        keeper.keep(&checkpoint);
    }
    Ok(keeper)
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

impl Store for SqliteStore {
    fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    fn submit(&self, change: Change) -> Pending<Committed> {
        let (asker, pending) = Pending::channel();
        self.queue.put(Job::Change(change, asker));
        pending
    }

    fn lease(&self, lease: Lease) -> Pending<Vec<OutboxEntry>> {
        let (asker, pending) = Pending::channel();
        self.queue.put(Job::Lease(lease, asker));
        pending
    }

    fn recall(&self, now: Timestamp, later_than: Timestamp) -> Pending<u64> {
        let (asker, pending) = Pending::channel();
        self.queue.put(Job::Recall(now, later_than, asker));
        pending
    }

    fn forget_inbox(&self, before: Timestamp) -> Pending<u64> {
        let (asker, pending) = Pending::channel();
        self.queue.put(Job::Forget(before, asker));
        pending
    }

    fn subject(&self, key: &SubjectKey) -> Result<Option<Subject>, StoreError> {
        self.readers.look_up(|connection| record_rows::subject(connection, key))
    }

    fn subjects_numbered(&self, number: &str) -> Result<Vec<Subject>, StoreError> {
        self.readers.look_up(|connection| record_rows::numbered(connection, number))
    }

    fn search(&self, query: &HolderQuery, after: Option<&Cursor>, limit: u32) -> Result<Page<Subject>, StoreError> {
        self.readers.look_up(|connection| record_rows::search(connection, query, after, limit))
    }

    fn subject_count(&self) -> Result<u64, StoreError> {
        self.readers.look_up(record_rows::count)
    }

    fn current(&self, key: &SubjectKey) -> Result<Option<RecordVersion>, StoreError> {
        self.readers.look_up(|connection| record_rows::current(connection, key))
    }

    fn version(&self, key: &SubjectKey, version: u32) -> Result<Option<RecordVersion>, StoreError> {
        self.readers.look_up(|connection| record_rows::version(connection, key, version))
    }

    fn version_known_at(&self, key: &SubjectKey, at: Timestamp) -> Result<Option<RecordVersion>, StoreError> {
        self.readers.look_up(|connection| record_rows::known_at(connection, key, at))
    }

    fn versions(&self, key: &SubjectKey) -> Result<Vec<RecordVersion>, StoreError> {
        self.readers.look_up(|connection| record_rows::versions(connection, key))
    }

    fn documents(&self, key: &SubjectKey) -> Result<Vec<(u32, Sha256, Timestamp)>, StoreError> {
        self.readers.look_up(|connection| record_rows::documents(connection, key))
    }

    fn payload(&self, digest: &Sha256) -> Result<Option<Payload>, StoreError> {
        let Some((mut payload, length)) =
            self.readers.look_up(|connection| record_rows::payload(connection, digest))?
        else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(1 << 24)).unwrap_or(0));
        flate2::read::ZlibDecoder::new(payload.bytes.as_slice())
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(|error| StoreError::MalformedRow { table: "payload", reason: error.to_string() })?;
        payload.bytes = bytes;
        Ok(Some(payload))
    }

    fn ledger_size(&self) -> Result<u64, StoreError> {
        self.readers.look_up(sequence::size)
    }

    fn event(&self, index: u64) -> Result<Option<LedgerEvent>, StoreError> {
        self.readers.look_up(|connection| ledger_rows::event(connection, index))
    }

    fn events_of(&self, subject: &str) -> Result<Vec<LedgerEvent>, StoreError> {
        self.readers.look_up(|connection| ledger_rows::events_of(connection, subject))
    }

    fn events_from(&self, index: u64, limit: u32) -> Result<Vec<LedgerEvent>, StoreError> {
        self.readers.look_up(|connection| ledger_rows::events_from(connection, index, limit))
    }

    fn stored_hashes(&self, indexes: &[u64]) -> Result<Option<Vec<Hash>>, StoreError> {
        self.readers.read(|connection| ledger_rows::stored_hashes(connection, indexes))
    }

    fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.readers.look_up(ledger_rows::checkpoint)
    }

    fn partners_due(&self, now: Timestamp) -> Result<Vec<PartnerId>, StoreError> {
        self.readers.look_up(|connection| exchange_rows::partners_due(connection, now))
    }

    fn outbox_entry(&self, id: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.readers.look_up(|connection| exchange_rows::entry(connection, id))
    }

    fn outbox(&self, filter: &OutboxFilter) -> Result<Vec<OutboxEntry>, StoreError> {
        self.readers.look_up(|connection| exchange_rows::outbox(connection, filter))
    }

    fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError> {
        self.readers.look_up(exchange_rows::counts)
    }

    fn taken(&self, sender: &PartnerId, message_id: &str) -> Result<Option<InboxEntry>, StoreError> {
        self.readers.look_up(|connection| exchange_rows::taken(connection, sender, message_id))
    }

    fn taken_about(&self, subject: &str) -> Result<Vec<InboxEntry>, StoreError> {
        self.readers.look_up(|connection| exchange_rows::taken_about(connection, subject))
    }

    fn exchanged(
        &self,
        partner: &PartnerId,
        subject: &str,
        face: Face,
        direction: Direction,
    ) -> Result<Option<ExchangedVersion>, StoreError> {
        self.readers.read(|connection| exchange_rows::exchanged(connection, partner, subject, face, direction))
    }

    fn bulk_event(&self, id: &str) -> Result<Option<BulkRow>, StoreError> {
        self.readers.look_up(|connection| bulk_rows::event(connection, id))
    }

    fn bulk_events(&self, open: bool) -> Result<Vec<BulkRow>, StoreError> {
        self.readers.look_up(|connection| bulk_rows::events(connection, open))
    }

    fn bulk_event_of(&self, key: &SubjectKey) -> Result<Option<BulkRow>, StoreError> {
        self.readers.look_up(|connection| bulk_rows::event_of(connection, key))
    }

    fn bulk_members(&self, id: &str, page: &BulkPage) -> Result<Vec<BulkMember>, StoreError> {
        self.readers.read(|connection| bulk_rows::members(connection, id, page))
    }

    fn bulk_member(&self, id: &str, key: &SubjectKey) -> Result<Option<BulkMember>, StoreError> {
        self.readers.read(|connection| bulk_rows::member(connection, id, key))
    }

    fn scan(&self, scan: &Scan) -> Result<Scanned, StoreError> {
        self.readers.look_up(|connection| bulk_rows::scan(connection, scan))
    }

    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError> {
        self.readers.look_up(|connection| notice_rows::notices(connection, filter))
    }
}
