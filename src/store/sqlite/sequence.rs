//! Sequencing: events get their index and their leaf in the transaction of the Change that brings them, and one
//! checkpoint is signed for the batch. The hashes of a leaf and of the subtrees that it completes stand in its own row.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use tlog_tiles::tlog::{self, Hash, HashReader};

use super::super::change::{EventWrite, Sequenced, Sha256};
use super::super::error::{NotCommitted, Stale, StoreError};
use super::super::rows::Checkpoint;
use super::columns::{hash_at, micros};
use crate::clock::Entropy;
use crate::crypto::Signer;

/// What the sequencer needs from outside: the name and key of the log, and chance for the salts.
#[derive(Clone)]
pub struct Sequencing {
    /// Name of the log, the first line of every checkpoint (C2SP `tlog-checkpoint`).
    pub origin: String,
    /// Signs the checkpoints.
    pub signer: Arc<dyn Signer>,
    /// Gives the salts of the leaves.
    pub entropy: Arc<dyn Entropy>,
}

/// The sequencer of one batch. The state is read anew for every batch: another process may have written meanwhile.
pub(super) struct Sequencer<'a> {
    sequencing: &'a Sequencing,
    /// Events before the batch.
    start: u64,
    /// Events now.
    size: u64,
    /// Stored hash index of the first hash of the batch.
    base: u64,
    /// The stored hashes of the batch.
    fresh: Vec<Hash>,
}

/// A point to roll back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    size: u64,
    fresh: usize,
}

impl<'a> Sequencer<'a> {
    /// Starts a batch.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(super) fn start(connection: &Connection, sequencing: &'a Sequencing) -> Result<Self, StoreError> {
        let start = size(connection)?;
        Ok(Self { sequencing, start, size: start, base: tlog::stored_hash_count(start), fresh: Vec::new() })
    }

    /// Where the batch stands now.
    pub(super) fn mark(&self) -> Mark {
        Mark { size: self.size, fresh: self.fresh.len() }
    }

    /// Forgets what was appended since, as the rolled back savepoint does.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        self.size = mark.size;
        self.fresh.truncate(mark.fresh);
    }

    /// Events now, those of the batch included.
    pub(super) fn size(&self) -> u64 {
        self.size
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
            None => {
                let mut salt = [0; 32];
                self.sequencing.entropy.fill(&mut salt);
                salt
            }
        };
        let leaf = leaf_hash(write, previous, &salt);
        let index = self.size;
        let reader = InBatch { connection, base: self.base, fresh: &self.fresh };
        let hashes = tlog::stored_hashes_for_record_hash(index, Hash(leaf), &reader).map_err(inconsistent)?;
        let blob: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        connection
            .prepare_cached(
                "INSERT INTO ledger_event (leaf_index, kind, subject, version, digest, previous, salt, at, hashes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                signed(index),
                write.kind,
                write.subject,
                write.version,
                write.digest,
                previous,
                salt,
                micros(write.at),
                blob,
            ])?;
        self.fresh.extend(hashes);
        self.size += 1;
        Ok(Sequenced { index, leaf })
    }

    /// Signs the checkpoint of the batch, if it brought an event.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsigned`], and those of the store: the batch is rolled back.
    pub(super) fn checkpoint(&self, connection: &Connection) -> Result<Option<Checkpoint>, StoreError> {
        if self.size == self.start {
            return Ok(None);
        }
        let reader = InBatch { connection, base: self.base, fresh: &self.fresh };
        let root = tlog::tree_hash(self.size, &reader).map_err(inconsistent)?.0;
        let note = note(self.sequencing, self.size, root)?;
        connection
            .prepare_cached(
                "INSERT INTO ledger_checkpoint (id, size, root, note) VALUES (1, ?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note",
            )?
            .execute(params![signed(self.size), root, note])?;
        Ok(Some(Checkpoint { size: self.size, root, note }))
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
pub(super) fn root(connection: &Connection, size: u64) -> Result<Sha256, StoreError> {
    if size == 0 {
        return Ok(tlog::EMPTY_HASH.0);
    }
    let reader = InBatch { connection, base: u64::MAX, fresh: &[] };
    Ok(tlog::tree_hash(size, &reader).map_err(inconsistent)?.0)
}

/// Leaf hash of the last event of a subject.
fn last_leaf(connection: &Connection, subject: &str) -> rusqlite::Result<Option<Sha256>> {
    Ok(connection
        .prepare_cached("SELECT hashes FROM ledger_event WHERE subject = ?1 ORDER BY leaf_index DESC LIMIT 1")?
        .query_row([subject], |row| hash_at(row, 0, 0))
        .optional()?
        .flatten())
}

/// The hash at a stored hash index: it stands in the row of the leaf that completed its subtree.
///
/// # Errors
///
/// Those of the store.
pub(super) fn stored_hash(connection: &Connection, index: u64) -> rusqlite::Result<Option<Sha256>> {
    let (level, position) = tlog::split_stored_hash_index(index);
    let leaf = ((position + 1) << level) - 1;
    Ok(connection
        .prepare_cached("SELECT hashes FROM ledger_event WHERE leaf_index = ?1")?
        .query_row([signed(leaf)], |row| hash_at(row, 0, usize::from(level)))
        .optional()?
        .flatten())
}

/// A count or index as SQL has it. A ledger of 2^63 events is not to be had.
pub(super) fn signed(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Hashes of the batch from memory, older ones from the store.
struct InBatch<'a> {
    connection: &'a Connection,
    base: u64,
    fresh: &'a [Hash],
}

impl HashReader for InBatch<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        indexes
            .iter()
            .map(|&index| {
                if let Some(fresh) = index.checked_sub(self.base) {
                    return usize::try_from(fresh)
                        .ok()
                        .and_then(|fresh| self.fresh.get(fresh))
                        .copied()
                        .ok_or(tlog::Error::IndexesNotInTree);
                }
                match stored_hash(self.connection, index) {
                    Ok(Some(hash)) => Ok(Hash(hash)),
                    Ok(None) | Err(_) => Err(tlog::Error::IndexesNotInTree),
                }
            })
            .collect()
    }
}

fn inconsistent(error: impl std::fmt::Display) -> StoreError {
    StoreError::MalformedRow { table: "ledger_event", reason: error.to_string() }
}

impl super::super::rows::LedgerEvent {
    pub(crate) fn recomputed_leaf(&self) -> Sha256 {
        leaf_hash(
            &EventWrite {
                kind: self.kind.clone(),
                subject: self.subject.clone(),
                version: self.version,
                digest: self.digest,
                at: self.at,
                prepared: None,
            },
            self.previous,
            &self.salt,
        )
    }
}

fn leaf_hash(write: &EventWrite, previous: Option<Sha256>, salt: &[u8; 32]) -> Sha256 {
    let mut bytes = salt.to_vec();
    bytes.extend(write.kind.as_bytes());
    bytes.extend(write.subject.as_bytes());
    bytes.extend(write.digest);
    bytes.extend(previous.unwrap_or_default());
    tlog::record_hash(&crate::crypto::sha256(&bytes)).0
}

fn note(sequencing: &Sequencing, size: u64, root: Sha256) -> Result<String, StoreError> {
    let text = format!("{}\n{size}\n{}\n", sequencing.origin, hex::encode(root));
    let signature = sequencing.signer.sign(text.as_bytes()).map_err(|error| StoreError::Unsigned(error.to_string()))?;
    Ok(format!("{text}\n{}\n", hex::encode(signature)))
}

pub(super) fn read_note(note: &str) -> Option<(u64, Sha256)> {
    let mut lines = note.lines().skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = hex::decode(lines.next()?).ok()?.try_into().ok()?;
    Some((size, root))
}
