//! The steps of events that touch many certificates: staged, in effect, settled.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::bulk::{BulkStep, BulkTold, BulkWrite};
use super::super::change::RecordWrite;
use super::super::error::{NotCommitted, Stale};
use super::super::rows::{Direction, Face};
use super::apply::{cached, insert_version};
use super::columns::{micros, name_columns};
use super::sequence::signed;
use crate::clock::Timestamp;
use crate::record::SubjectKey;

/// Takes a step.
///
/// # Errors
///
/// [`NotCommitted`]: the savepoint is rolled back.
pub(super) fn bulk(connection: &Connection, write: &BulkWrite) -> Result<(), NotCommitted> {
    let event = &write.event;
    match &write.step {
        BulkStep::Begin { document, at } => {
            let rows = cached(
                connection,
                "INSERT INTO bulk_event (id, document, revision, members, settled, begun_at) VALUES (?1, ?2, 0, 0, 0, ?3)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![event, document, micros(*at)])?;
            expect(rows, event)
        }
        BulkStep::Stage { record, told } => stage(connection, event, record, told),
        BulkStep::Unstage { subject } => unstage(connection, event, subject),
        BulkStep::Effect { revision, document, at } => {
            let rows = cached(
                connection,
                "UPDATE bulk_event SET effective_at = ?4, document = ?3,
                     settled_at = CASE WHEN members = settled THEN ?4 END
                 WHERE id = ?1 AND revision = ?2 AND effective_at IS NULL",
            )?
            .execute(params![event, signed(*revision), document, micros(*at)])?;
            expect(rows, event)
        }
        BulkStep::Settle { subject, at } => settle(connection, event, subject, *at),
        BulkStep::Forget => {
            let rows =
                cached(connection, "DELETE FROM bulk_event WHERE id = ?1 AND effective_at IS NULL AND members = 0")?
                    .execute([event])?;
            expect(rows, event)
        }
    }
}

fn expect(rows: usize, event: &str) -> Result<(), NotCommitted> {
    if rows == 1 { Ok(()) } else { Err(Stale::Bulk(event.to_owned()).into()) }
}

/// A subject as a writer finds it.
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) version: u32,
    /// Number of the event that has staged its next version.
    staged: Option<i64>,
}

/// Finds a subject by its key.
pub(super) fn find(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Option<Found>> {
    let (number, uri) = name_columns(key);
    cached(
        connection,
        "SELECT id, version, staged FROM subject
         WHERE number = ?1 AND uri = ?2 AND issuer_scheme = ?3 AND issuer_value = ?4",
    )?
    .query_row(params![number, uri, key.issuer.scheme, key.issuer.value], |row| {
        Ok(Found { id: row.get(0)?, version: row.get(1)?, staged: row.get(2)? })
    })
    .optional()
}

/// Makes room for another version: a staged one that nobody has seen is displaced.
///
/// # Errors
///
/// [`Stale::Unsettled`] where the staged version is in effect.
pub(super) fn make_room(connection: &Connection, key: &SubjectKey, found: &Found) -> Result<(), NotCommitted> {
    let Some(number) = found.staged else { return Ok(()) };
    let effective: Option<i64> = cached(connection, "SELECT effective_at FROM bulk_event WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?
        .flatten();
    if effective.is_some() {
        return Err(Stale::Unsettled(key.to_string()).into());
    }
    displace(connection, found.id, number)?;
    Ok(())
}

fn displace(connection: &Connection, subject: i64, event: i64) -> rusqlite::Result<()> {
    cached(connection, "DELETE FROM record_version WHERE event = ?2 AND subject = ?1")?.execute([subject, event])?;
    cached(connection, "DELETE FROM bulk_told WHERE subject = ?1 AND event = ?2")?.execute([subject, event])?;
    cached(connection, "UPDATE subject SET staged = NULL, staged_status = NULL WHERE id = ?1")?.execute([subject])?;
    cached(connection, "UPDATE bulk_event SET revision = revision + 1, members = members - 1 WHERE number = ?1")?
        .execute([event])?;
    Ok(())
}

fn stage(connection: &Connection, event: &str, write: &RecordWrite, told: &[BulkTold]) -> Result<(), NotCommitted> {
    let number: Option<i64> =
        cached(connection, "SELECT number FROM bulk_event WHERE id = ?1 AND effective_at IS NULL")?
            .query_row([event], |row| row.get(0))
            .optional()?;
    let number = number.ok_or_else(|| Stale::Bulk(event.to_owned()))?;
    let found = find(connection, &write.subject)?;
    let version = found.as_ref().map(|found| found.version);
    let (Some(found), true) = (found, version.is_some() && version == write.expected) else {
        let subject = write.subject.to_string();
        return Err(Stale::Subject { subject, expected: write.expected, found: version }.into());
    };
    make_room(connection, &write.subject, &found)?;
    insert_version(connection, found.id, write, Some(number))?;
    cached(connection, "UPDATE subject SET staged = ?2, staged_status = ?3 WHERE id = ?1")?.execute(params![
        found.id,
        number,
        write.columns.status
    ])?;
    let mut tell = cached(
        connection,
        "INSERT INTO bulk_told (subject, event, partner, direction, notice, version, previous)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for told in told {
        tell.execute(params![
            found.id,
            number,
            told.partner.0,
            told.direction.word(),
            told.by_notice,
            told.version,
            told.previous,
        ])?;
    }
    cached(connection, "UPDATE bulk_event SET revision = revision + 1, members = members + 1 WHERE number = ?1")?
        .execute([number])?;
    Ok(())
}

/// The subject with the number of the event that has staged it, if it is this one.
fn staged(
    connection: &Connection,
    event: &str,
    key: &SubjectKey,
    effective: bool,
) -> Result<(Found, i64), NotCommitted> {
    let gone = || NotCommitted::Stale(Stale::Bulk(event.to_owned()));
    let number: i64 =
        cached(connection, "SELECT number FROM bulk_event WHERE id = ?1 AND (effective_at IS NOT NULL) = ?2")?
            .query_row(params![event, effective], |row| row.get(0))
            .optional()?
            .ok_or_else(gone)?;
    let found = find(connection, key)?.filter(|found| found.staged == Some(number)).ok_or_else(gone)?;
    Ok((found, number))
}

fn unstage(connection: &Connection, event: &str, key: &SubjectKey) -> Result<(), NotCommitted> {
    let (found, number) = staged(connection, event, key, false)?;
    Ok(displace(connection, found.id, number)?)
}

fn settle(connection: &Connection, event: &str, key: &SubjectKey, at: Timestamp) -> Result<(), NotCommitted> {
    let (found, number) = staged(connection, event, key, true)?;
    cached(
        connection,
        "UPDATE subject SET version = version + 1, status_version = version + 1, status = staged_status,
             changed_at = (SELECT effective_at FROM bulk_event WHERE number = ?2), staged = NULL, staged_status = NULL
         WHERE id = ?1",
    )?
    .execute([found.id, number])?;
    cached(
        connection,
        "UPDATE bulk_event SET settled = settled + 1, settled_at = CASE WHEN settled + 1 = members THEN ?2 END
         WHERE number = ?1",
    )?
    .execute([number, micros(at)])?;
    // What a partner has told is the highest version that was taken from it, unless a higher one has come since.
    cached(
        connection,
        "INSERT INTO exchanged_version (partner, subject, face, direction, version, message_id, at)
         SELECT partner, ?3, ?4, direction, version, ?5, ?6 FROM bulk_told
             WHERE subject = ?1 AND event = ?2 AND direction = ?7
         ON CONFLICT (partner, subject, face, direction) DO UPDATE
             SET version = excluded.version, message_id = excluded.message_id, at = excluded.at
             WHERE exchanged_version.version < excluded.version",
    )?
    .execute(params![
        found.id,
        number,
        key.to_string(),
        Face::Status.word(),
        event,
        micros(at),
        Direction::Received.word(),
    ])?;
    Ok(())
}
