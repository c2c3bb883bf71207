//! Reads of the ledger: events, hashes of the tree, the last checkpoint.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::change::Sha256;
use super::super::rows::{LedgerEvent, SignedCheckpoint};
use super::columns::{first_hash, instant, malformed, word};
use super::sequence::{signed, stored_hash};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::ledger::{Event, Hash, Salt};

const EVENT: &str = "leaf_index, kind, subject, version, digest, previous, salt, at, leaf, hashes";

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or(0))
}

fn to_event(row: &Row<'_>) -> rusqlite::Result<LedgerEvent> {
    let digest: Vec<u8> = row.get(4)?;
    let algorithm = DigestAlgorithm::ALL.iter().find(|algorithm| algorithm.len() == digest.len());
    let digest = algorithm.and_then(|algorithm| Digest::from_bytes(*algorithm, &digest).ok());
    let event = Event {
        at: instant(row, 7)?,
        digest: digest.ok_or_else(|| malformed(4, Type::Blob, "no digest"))?,
        kind: word(row, 1)?,
        previous: row.get::<_, Option<Sha256>>(5)?.map(Hash),
        subject: row.get(2)?,
    };
    let salt: Sha256 = row.get(6)?;
    Ok(LedgerEvent {
        index: unsigned(row, 0)?,
        event,
        version: row.get(3)?,
        salt: Salt::from_slice(&salt).ok_or_else(|| malformed(6, Type::Blob, "no salt"))?,
        leaf: row.get(8)?,
        leaf_hash: Hash(first_hash(row, 9)?),
    })
}

/// An event by its index.
pub(super) fn event(connection: &Connection, index: u64) -> rusqlite::Result<Option<LedgerEvent>> {
    connection
        .prepare_cached(&format!("SELECT {EVENT} FROM ledger_event WHERE leaf_index = ?1"))?
        .query_row([signed(index)], to_event)
        .optional()
}

/// The events of a subject, oldest first.
pub(super) fn events_of(connection: &Connection, subject: &str) -> rusqlite::Result<Vec<LedgerEvent>> {
    connection
        .prepare_cached(&format!("SELECT {EVENT} FROM ledger_event WHERE subject = ?1 ORDER BY leaf_index"))?
        .query_map([subject], to_event)?
        .collect()
}

/// Events from an index on.
pub(super) fn events_from(connection: &Connection, index: u64, limit: u32) -> rusqlite::Result<Vec<LedgerEvent>> {
    connection
        .prepare_cached(&format!(
            "SELECT {EVENT} FROM ledger_event WHERE leaf_index >= ?1 ORDER BY leaf_index LIMIT ?2"
        ))?
        .query_map(params![signed(index), limit], to_event)?
        .collect()
}

/// Hashes of the tree; `None` where one is not there yet.
pub(super) fn stored_hashes(connection: &Connection, indexes: &[u64]) -> rusqlite::Result<Option<Vec<Hash>>> {
    indexes.iter().map(|&index| stored_hash(connection, index).transpose()).collect::<Option<_>>().transpose()
}

/// The last signed checkpoint.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<Option<SignedCheckpoint>> {
    connection
        .prepare_cached("SELECT size, root, note FROM ledger_checkpoint WHERE id = 1")?
        .query_row([], |row| {
            Ok(SignedCheckpoint { size: unsigned(row, 0)?, root: Hash(row.get(1)?), note: row.get(2)? })
        })
        .optional()
}
