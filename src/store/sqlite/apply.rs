//! The writes of one Change, applied inside its savepoint: each looks whether what it expects is there.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::super::change::{
    Change, Committed, ExchangedVersion, InboxEntry, Intent, OutboxStep, OutboxUpdate, PayloadWrite, RecordWrite, Write,
};
use super::super::error::{NotCommitted, Stale};
use super::super::rows::{Face, OutboxState};
use super::bulk_apply::{self, Found, find, make_room};
use super::columns::{micros, name_columns};
use super::notice_rows;
use super::sequence::Sequencer;

/// Applies all writes of a Change.
///
/// # Errors
///
/// [`NotCommitted`]: the caller rolls the savepoint back, and the sequencer with it.
pub(super) fn apply(
    connection: &Connection,
    sequencer: &mut Sequencer,
    change: &Change,
) -> Result<Committed, NotCommitted> {
    let mut committed = Committed::default();
    for write in &change.writes {
        match write {
            Write::Record(write) => record(connection, write)?,
            Write::Payload(write) => payload(connection, write)?,
            Write::Event(write) => committed.events.push(sequencer.append(connection, write)?),
            Write::Intent(intent) => mean(connection, intent)?,
            Write::Outbox(update) => step(connection, update)?,
            Write::Inbox(entry) => take(connection, entry)?,
            Write::Exchanged(version) => exchanged(connection, version)?,
            Write::Bulk(write) => bulk_apply::bulk(connection, write)?,
            Write::Notice(notice) => notice_rows::write(connection, notice)?,
            Write::NoticeDone(done) => notice_rows::done(connection, done)?,
        }
    }
    Ok(committed)
}

pub(super) fn cached<'c>(connection: &'c Connection, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
    connection.prepare_cached(sql)
}

fn record(connection: &Connection, write: &RecordWrite) -> Result<(), NotCommitted> {
    let issuer = &write.subject.issuer;
    let (number, uri) = name_columns(&write.subject);
    let found = find(connection, &write.subject)?;
    if let Some(found) = &found {
        make_room(connection, &write.subject, found)?;
    }
    let version = found.as_ref().map(|found| found.version);
    if version != write.expected {
        let subject = write.subject.to_string();
        return Err(Stale::Subject { subject, expected: write.expected, found: version }.into());
    }
    let columns = &write.columns;
    let (holder_scheme, holder_value) =
        columns.holder.as_ref().map_or((None, None), |(scheme, value)| (Some(scheme), Some(value)));
    let id = match &found {
        None => cached(
            connection,
            "INSERT INTO subject (issuer_scheme, issuer_value, number, uri, owner, kind, holder_scheme, holder_value,
                 issued, valid_until, status, version, certificate_version, status_version, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING id",
        )?
        .query_row(
            params![
                issuer.scheme,
                issuer.value,
                number,
                uri,
                write.owner,
                columns.kind,
                holder_scheme,
                holder_value,
                columns.issued,
                columns.valid_until,
                columns.status,
                write.version,
                write.certificate_version,
                write.status_version,
                micros(write.at),
            ],
            |row| row.get(0),
        )?,
        Some(Found { id, .. }) => {
            cached(
                connection,
                "UPDATE subject SET owner = ?2, kind = ?3, holder_scheme = ?4, holder_value = ?5, issued = ?6,
                     valid_until = ?7, status = ?8, version = ?9, certificate_version = ?10, status_version = ?11,
                     changed_at = ?12
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                write.owner,
                columns.kind,
                holder_scheme,
                holder_value,
                columns.issued,
                columns.valid_until,
                columns.status,
                write.version,
                write.certificate_version,
                write.status_version,
                micros(write.at),
            ])?;
            *id
        }
    };
    holder_names(connection, id, found.is_some(), &columns.holder_names)?;
    insert_version(connection, id, write, None)?;
    Ok(())
}

/// Writes a version of a subject down; where an event has staged it, nobody sees it before that is in effect.
pub(super) fn insert_version(
    connection: &Connection,
    subject: i64,
    write: &RecordWrite,
    event: Option<i64>,
) -> rusqlite::Result<()> {
    cached(
        connection,
        "INSERT INTO record_version (subject, version, certificate_version, status_version, owner, record, findings,
             payload, recorded_at, event)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        subject,
        write.version,
        write.certificate_version,
        write.status_version,
        write.owner,
        write.record,
        write.findings,
        write.payload,
        micros(write.at),
        event,
    ])?;
    Ok(())
}

/// Writes the names of the holder where they are new; most new versions leave them as they are.
fn holder_names(connection: &Connection, subject: i64, known: bool, names: &[String]) -> rusqlite::Result<()> {
    if known {
        let mut stored = cached(connection, "SELECT name FROM holder_name WHERE subject = ?1")?
            .query_map([subject], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        let mut wanted = names.to_vec();
        stored.sort_unstable();
        wanted.sort_unstable();
        if stored == wanted {
            return Ok(());
        }
        cached(connection, "DELETE FROM holder_name WHERE subject = ?1")?.execute([subject])?;
    }
    let mut insert = cached(connection, "INSERT INTO holder_name (subject, name) VALUES (?1, ?2)")?;
    for name in names {
        insert.execute(params![subject, name])?;
    }
    Ok(())
}

fn payload(connection: &Connection, write: &PayloadWrite) -> Result<(), NotCommitted> {
    cached(
        connection,
        "INSERT INTO payload (digest, format, length, body, received_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (digest) DO NOTHING",
    )?
    .execute(params![
        write.digest,
        write.format,
        i64::try_from(write.length).unwrap_or(i64::MAX),
        write.compressed,
        micros(write.at)
    ])?;
    Ok(())
}

/// What goes out first: a status overtakes what was meant before it.
const fn priority(face: Face) -> u8 {
    match face {
        Face::Status => 0,
        Face::Notice => 1,
        Face::Certificate => 2,
    }
}

fn mean(connection: &Connection, intent: &Intent) -> Result<(), NotCommitted> {
    let at = micros(intent.at);
    if intent.face != Face::Notice {
        cached(
            connection,
            "UPDATE outbox SET state = 'superseded', revision = revision + 1, updated_at = ?5
             WHERE subject = ?1 AND partner = ?2 AND face = ?3 AND version < ?4 AND state IN ('due', 'dead')",
        )?
        .execute(params![intent.subject, intent.partner.0, intent.face.word(), intent.version, at])?;
    }
    cached(
        connection,
        "INSERT INTO outbox (id, partner, subject, face, version, message_type, body, state, revision, priority,
             attempts, next_attempt_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'due', 1, ?8, 0, ?9, ?9, ?9)",
    )?
    .execute(params![
        intent.id,
        intent.partner.0,
        intent.subject,
        intent.face.word(),
        intent.version,
        intent.message_type,
        intent.body,
        priority(intent.face),
        at,
    ])?;
    Ok(())
}

fn step(connection: &Connection, update: &OutboxUpdate) -> Result<(), NotCommitted> {
    let refused = || NotCommitted::Stale(Stale::Outbox(update.id.clone()));
    let found: Option<(String, u32)> = cached(connection, "SELECT state, revision FROM outbox WHERE id = ?1")?
        .query_row([&update.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (word, revision) = found.ok_or_else(refused)?;
    let stands: OutboxState = word.parse().map_err(|_| refused())?;
    if revision != update.expected || !may(stands, &update.step) {
        return Err(refused());
    }
    let at = micros(update.at);
    let id = &update.id;
    let moved = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<usize> {
        cached(connection, &format!("UPDATE outbox SET {sql}, revision = revision + 1, updated_at = ?2 WHERE id = ?1"))?
            .execute(values)
    };
    match &update.step {
        OutboxStep::Freeze { bytes, lease_until } => {
            moved("state = 'sent', frozen = ?3, next_attempt_at = ?4", &[id, &at, bytes, &micros(*lease_until)])?
        }
        OutboxStep::Failed { error, next_attempt_at } => moved(
            &format!("state = {DUE_UNLESS_NEWER}, attempts = attempts + 1, last_error = ?3, next_attempt_at = ?4"),
            &[id, &at, error, &micros(*next_attempt_at)],
        )?,
        OutboxStep::Delivered { receipt } => {
            moved("state = 'delivered', receipt = ?3, last_error = NULL", &[id, &at, receipt])?
        }
        OutboxStep::Dead { error, receipt } => {
            moved("state = 'dead', attempts = attempts + 1, last_error = ?3, receipt = ?4", &[id, &at, error, receipt])?
        }
        OutboxStep::Release => moved(&format!("state = {DUE_UNLESS_NEWER}, next_attempt_at = ?2"), &[id, &at])?,
        OutboxStep::Retry => moved("state = 'due', next_attempt_at = ?2", &[id, &at])?,
        OutboxStep::Drop => moved("state = 'dropped'", &[id, &at])?,
    };
    Ok(())
}

/// `due`, unless a newer version of the same face has been meant for the same partner meanwhile.
const DUE_UNLESS_NEWER: &str = "CASE WHEN face <> 'notice' AND EXISTS (
         SELECT 1 FROM outbox AS newer WHERE newer.subject = outbox.subject AND newer.partner = outbox.partner
             AND newer.face = outbox.face AND newer.version > outbox.version AND newer.state <> 'dropped')
     THEN 'superseded' ELSE 'due' END";

/// Which step is possible from which state.
const fn may(state: OutboxState, step: &OutboxStep) -> bool {
    match step {
        OutboxStep::Freeze { .. } | OutboxStep::Failed { .. } | OutboxStep::Delivered { .. } | OutboxStep::Release => {
            matches!(state, OutboxState::Leased | OutboxState::Sent)
        }
        OutboxStep::Dead { .. } => matches!(state, OutboxState::Due | OutboxState::Leased | OutboxState::Sent),
        OutboxStep::Retry => matches!(state, OutboxState::Dead | OutboxState::Dropped | OutboxState::Due),
        OutboxStep::Drop => matches!(state, OutboxState::Due | OutboxState::Dead),
    }
}

fn take(connection: &Connection, entry: &InboxEntry) -> Result<(), NotCommitted> {
    let rows = cached(
        connection,
        "INSERT INTO inbox (sender, message_id, digest, subject, answer, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (sender, message_id) DO NOTHING",
    )?
    .execute(params![
        entry.sender.0,
        entry.message_id,
        entry.digest,
        entry.subject,
        entry.answer,
        micros(entry.at)
    ])?;
    if rows == 0 {
        return Err(Stale::Taken { sender: entry.sender.0.clone(), message_id: entry.message_id.clone() }.into());
    }
    Ok(())
}

fn exchanged(connection: &Connection, version: &ExchangedVersion) -> Result<(), NotCommitted> {
    let rows = cached(
        connection,
        "INSERT INTO exchanged_version (partner, subject, face, direction, version, message_id, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (partner, subject, face, direction) DO UPDATE
             SET version = excluded.version, message_id = excluded.message_id, at = excluded.at
             WHERE exchanged_version.version < excluded.version",
    )?
    .execute(params![
        version.partner.0,
        version.subject,
        version.face.word(),
        version.direction.word(),
        version.version,
        version.message_id,
        micros(version.at),
    ])?;
    if rows == 0 {
        let found = cached(
            connection,
            "SELECT version FROM exchanged_version WHERE partner = ?1 AND subject = ?2 AND face = ?3 AND direction = ?4",
        )?
        .query_row(
            params![version.partner.0, version.subject, version.face.word(), version.direction.word()],
            |row| row.get(0),
        )?;
        return Err(Stale::Exchanged { subject: version.subject.clone(), found }.into());
    }
    Ok(())
}
