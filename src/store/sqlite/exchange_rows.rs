//! Reads of outbox, inbox and exchanged versions, and the lease, which is the one read that writes.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::change::{ExchangedVersion, InboxEntry};
use super::super::rows::{Direction, Face, Lease, OutboxCount, OutboxEntry, OutboxFilter, OutboxState, PartnerId};
use super::bulk_rows;
use super::columns::{instant, micros, word};
use super::conditions::Conditions;
use crate::clock::Timestamp;

const ENTRY: &str = "id, partner, subject, face, version, message_type, body, state, revision, attempts,
    next_attempt_at, frozen, last_error, receipt, created_at, updated_at";

fn to_entry(row: &Row<'_>) -> rusqlite::Result<OutboxEntry> {
    Ok(OutboxEntry {
        id: row.get(0)?,
        partner: PartnerId(row.get(1)?),
        subject: row.get(2)?,
        face: word(row, 3)?,
        version: row.get(4)?,
        message_type: row.get(5)?,
        body: row.get(6)?,
        state: word(row, 7)?,
        revision: row.get(8)?,
        attempts: row.get(9)?,
        next_attempt_at: instant(row, 10)?,
        frozen: row.get(11)?,
        last_error: row.get(12)?,
        receipt: row.get(13)?,
        created_at: instant(row, 14)?,
        updated_at: instant(row, 15)?,
    })
}

/// Leases what is due, or was leased by somebody who has not come back.
pub(super) fn lease(connection: &Connection, lease: &Lease) -> rusqlite::Result<Vec<OutboxEntry>> {
    let ids = connection
        .prepare_cached(
            "SELECT id FROM outbox
             WHERE partner = ?1 AND state IN ('due', 'leased', 'sent') AND next_attempt_at <= ?2
             ORDER BY priority, next_attempt_at LIMIT ?3",
        )?
        .query_map(params![lease.partner.0, micros(lease.now), lease.limit], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut update = connection.prepare_cached(&format!(
        "UPDATE outbox SET state = 'leased', next_attempt_at = ?2, updated_at = ?3, revision = revision + 1
         WHERE id = ?1 RETURNING {ENTRY}"
    ))?;
    ids.iter().map(|id| update.query_row(params![id, micros(lease.until), micros(lease.now)], to_entry)).collect()
}

/// Makes due at once what was last touched at a time later than that.
pub(super) fn recall(connection: &Connection, now: Timestamp, later_than: Timestamp) -> rusqlite::Result<u64> {
    connection
        .execute(
            "UPDATE outbox SET next_attempt_at = ?1, updated_at = ?1
             WHERE state IN ('due', 'leased', 'sent') AND updated_at > ?2",
            [micros(now), micros(later_than)],
        )
        .map(|count| count as u64)
}

/// The partners that a message is due to.
pub(super) fn partners_due(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<PartnerId>> {
    connection
        .prepare_cached(
            "SELECT DISTINCT partner FROM outbox
             WHERE state IN ('due', 'leased', 'sent') AND next_attempt_at <= ?1 ORDER BY partner",
        )?
        .query_map([micros(now)], |row| row.get(0).map(PartnerId))?
        .collect()
}

/// A message of the outbox.
pub(super) fn entry(connection: &Connection, id: &str) -> rusqlite::Result<Option<OutboxEntry>> {
    connection
        .prepare_cached(&format!("SELECT {ENTRY} FROM outbox WHERE id = ?1"))?
        .query_row([id], to_entry)
        .optional()
}

/// Messages of the outbox, oldest first.
pub(super) fn outbox(connection: &Connection, filter: &OutboxFilter) -> rusqlite::Result<Vec<OutboxEntry>> {
    outbox_conditions(filter).read(connection, &format!("SELECT {ENTRY} FROM outbox"), "id", filter.limit, to_entry)
}

/// The conditions of a list of the outbox.
pub(super) fn outbox_conditions(filter: &OutboxFilter) -> Conditions<'_> {
    Conditions::default()
        .and_where("partner = ?", filter.partner.as_ref().map(|partner| &partner.0))
        .and_where("state = ?", filter.state.map(OutboxState::word))
        .and_where("subject = ?", filter.subject.as_ref())
        .and_where("id > ?", filter.after.as_ref())
}

/// How many messages stand where, by partner.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<Vec<OutboxCount>> {
    connection
        .prepare_cached(
            "SELECT partner, state, COUNT(*), MIN(id) FROM outbox GROUP BY partner, state ORDER BY partner, state",
        )?
        .query_map([], |row| {
            let count = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            Ok(OutboxCount { partner: PartnerId(row.get(0)?), state: word(row, 1)?, count, oldest: row.get(3)? })
        })?
        .collect()
}

fn to_taken(row: &Row<'_>) -> rusqlite::Result<InboxEntry> {
    Ok(InboxEntry {
        sender: PartnerId(row.get(0)?),
        message_id: row.get(1)?,
        digest: row.get(2)?,
        subject: row.get(3)?,
        answer: row.get(4)?,
        at: instant(row, 5)?,
    })
}

/// A message taken before.
pub(super) fn taken(
    connection: &Connection,
    sender: &PartnerId,
    message_id: &str,
) -> rusqlite::Result<Option<InboxEntry>> {
    connection
        .prepare_cached(
            "SELECT sender, message_id, digest, subject, answer, received_at FROM inbox
             WHERE sender = ?1 AND message_id = ?2",
        )?
        .query_row(params![sender.0, message_id], to_taken)
        .optional()
}

/// The messages taken about a subject, oldest first.
pub(super) fn taken_about(connection: &Connection, subject: &str) -> rusqlite::Result<Vec<InboxEntry>> {
    connection
        .prepare_cached(
            "SELECT sender, message_id, digest, subject, answer, received_at FROM inbox
             WHERE subject = ?1 ORDER BY received_at, message_id",
        )?
        .query_map([subject], to_taken)?
        .collect()
}

/// The highest version of a face that was exchanged with a partner.
pub(super) fn exchanged(
    connection: &Connection,
    partner: &PartnerId,
    subject: &str,
    face: Face,
    direction: Direction,
) -> rusqlite::Result<Option<ExchangedVersion>> {
    let of = |version, message_id, at| ExchangedVersion {
        partner: partner.clone(),
        subject: subject.to_owned(),
        face,
        direction,
        version,
        message_id,
        at,
    };
    let written = connection
        .prepare_cached(
            "SELECT version, message_id, at FROM exchanged_version
             WHERE partner = ?1 AND subject = ?2 AND face = ?3 AND direction = ?4",
        )?
        .query_row(params![partner.0, subject, face.word(), direction.word()], |row| {
            Ok(of(row.get(0)?, row.get(1)?, instant(row, 2)?))
        })
        .optional()?;
    if face != Face::Status {
        return Ok(written);
    }
    let by_event = bulk_rows::exchanged(connection, partner, subject, direction)?;
    let by_event = by_event.map(|(version, event, at)| of(version, event, at));
    Ok(written.into_iter().chain(by_event).max_by_key(|exchanged| exchanged.version))
}
