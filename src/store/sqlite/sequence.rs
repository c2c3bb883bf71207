//! Sequencing: events get their index and their leaf in the transaction of the Change that brings them, and one
//! checkpoint is signed for the batch. The hashes of a leaf and of the subtrees that it completes stand in its own row.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::change::{EventWrite, Sequenced, whole_micros};
use super::super::error::{NotCommitted, Stale, StoreError};
use super::super::rows::SignedCheckpoint;
use super::columns::{hash_at, micros};
use crate::clock::Entropy;
use crate::crypto::Signer;
use crate::ledger::{Checkpoint, Event, Frontier, Hash, LedgerReader, ReadError, Salt, StoredHash};

/// What the sequencer needs from outside: the name and key of the log, and chance for the salts.
#[derive(Clone)]
pub struct Sequencing {
    /// Name of the log: host and path, the first line of every checkpoint (C2SP `tlog-checkpoint`).
    pub origin: String,
    /// Signs the checkpoints: an Ed25519 key.
    pub signer: Arc<dyn Signer>,
    /// Gives the salts of the leaves.
    pub entropy: Arc<dyn Entropy>,
}

/// The sequencer of one batch.
pub(super) struct Sequencer<'a> {
    sequencing: &'a Sequencing,
    /// Events before the batch.
    start: u64,
    frontier: Frontier,
}

impl<'a> Sequencer<'a> {
    /// Starts a batch. The last batch's edge of the tree serves again, unless another process has written meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(super) fn start(
        connection: &Connection,
        sequencing: &'a Sequencing,
        last: Option<Frontier>,
    ) -> Result<Self, StoreError> {
        let start = size(connection)?;
        let frontier = match last.filter(|frontier| frontier.size() == start) {
            Some(frontier) => frontier,
            None => Frontier::load(&Tree(connection)).map_err(inconsistent)?,
        };
        Ok(Self { sequencing, start, frontier })
    }

    /// Where the batch stands now, to be rolled back to.
    pub(super) fn mark(&self) -> Frontier {
        self.frontier.clone()
    }

    /// Forgets what was appended since, as the rolled back savepoint does.
    pub(super) fn roll_back(&mut self, mark: Frontier) {
        self.frontier = mark;
    }

    /// Events now, those of the batch included.
    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The edge of the tree, for the next batch.
    pub(super) fn into_frontier(self) -> Frontier {
        self.frontier
    }

    /// Gives an event its index and its leaf.
    ///
    /// # Errors
    ///
    /// [`Stale::Event`] where a prepared leaf follows another event than the last of its subject.
    pub(super) fn append(&mut self, connection: &Connection, write: &EventWrite) -> Result<Sequenced, NotCommitted> {
        let previous = last_leaf(connection, &write.subject)?;
        let salt = match &write.prepared {
            Some(prepared) if prepared.previous != previous => return Err(Stale::Event(write.subject.clone()).into()),
            Some(prepared) => prepared.salt,
            None => Salt::new(self.sequencing.entropy.as_ref()),
        };
        let event = Event {
            at: whole_micros(write.at),
            digest: write.digest,
            kind: write.kind.clone(),
            previous,
            subject: write.subject.clone(),
        };
        let leaf = event.leaf(&salt);
        let leaf_hash = Hash::of_leaf(&leaf);
        let mut stored: Vec<StoredHash> = Vec::with_capacity(2);
        let index = self.frontier.append(leaf_hash, &mut stored).map_err(inconsistent)?;
        let hashes: Vec<u8> = stored.iter().flat_map(|stored| stored.hash.0).collect();
        connection
            .prepare_cached(
                "INSERT INTO ledger_event (leaf_index, kind, subject, version, digest, previous, salt, at, leaf, hashes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                signed(index),
                event.kind.word(),
                event.subject,
                write.version,
                event.digest.bytes(),
                previous.map(|hash| hash.0),
                salt.bytes(),
                micros(event.at),
                leaf,
                hashes,
            ])?;
        Ok(Sequenced { index, leaf_hash })
    }

    /// Signs the checkpoint of the batch, if it brought an event.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsigned`], and those of the store: the batch is rolled back.
    pub(super) fn checkpoint(&self, connection: &Connection) -> Result<Option<SignedCheckpoint>, StoreError> {
        let size = self.size();
        if size == self.start {
            return Ok(None);
        }
        let root = self.frontier.root();
        let note = Checkpoint::new(&self.sequencing.origin, size, root)
            .and_then(|checkpoint| checkpoint.sign(self.sequencing.signer.as_ref()))
            .map_err(|error| StoreError::Unsigned(error.to_string()))?;
        connection
            .prepare_cached(
                "INSERT INTO ledger_checkpoint (id, size, root, note) VALUES (1, ?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note",
            )?
            .execute(params![signed(size), root.0, note])?;
        Ok(Some(SignedCheckpoint { size, root, note }))
    }
}

/// Events that the store holds.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT COALESCE(MAX(leaf_index) + 1, 0) FROM ledger_event")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|size| u64::try_from(size).unwrap_or(0))
}

/// Root of the first so many events.
///
/// # Errors
///
/// Those of the store.
pub(super) fn root(connection: &Connection, size: u64) -> Result<Hash, StoreError> {
    Frontier::load_at(&Tree(connection), size).map(|frontier| frontier.root()).map_err(inconsistent)
}

/// Leaf hash of the last event of a subject.
fn last_leaf(connection: &Connection, subject: &str) -> rusqlite::Result<Option<Hash>> {
    Ok(connection
        .prepare_cached("SELECT hashes FROM ledger_event WHERE subject = ?1 ORDER BY leaf_index DESC LIMIT 1")?
        .query_row([subject], |row| hash_at(row, 0, 0))
        .optional()?
        .flatten()
        .map(Hash))
}

/// The hash at a stored hash index: it stands in the row of the leaf that completed its subtree.
///
/// # Errors
///
/// Those of the store.
pub(super) fn stored_hash(connection: &Connection, index: u64) -> rusqlite::Result<Option<Hash>> {
    let (level, position) = tlog_tiles::split_stored_hash_index(index);
    let leaf = ((position + 1) << level) - 1;
    Ok(connection
        .prepare_cached("SELECT hashes FROM ledger_event WHERE leaf_index = ?1")?
        .query_row([signed(leaf)], |row| hash_at(row, 0, usize::from(level)))
        .optional()?
        .flatten()
        .map(Hash))
}

/// A count or index as SQL has it. A ledger of 2^63 events is not to be had.
pub(super) fn signed(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// The tree as the connection sees it.
struct Tree<'a>(&'a Connection);

impl LedgerReader for Tree<'_> {
    fn size(&self) -> Result<u64, ReadError> {
        size(self.0).map_err(|error| ReadError::Store(Box::new(error)))
    }

    fn hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, ReadError> {
        let read = |index: &u64| {
            stored_hash(self.0, *index)
                .map_err(|error| ReadError::Store(Box::new(error)))?
                .ok_or(ReadError::Missing(*index))
        };
        indexes.iter().map(read).collect()
    }
}

fn inconsistent(error: impl std::fmt::Display) -> StoreError {
    StoreError::MalformedRow { table: "ledger_event", reason: error.to_string() }
}
