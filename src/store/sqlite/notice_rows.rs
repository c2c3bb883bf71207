//! Notices: written once, marked as done, listed.

use rusqlite::{Connection, Row, params};

use super::super::error::{NotCommitted, Stale};
use super::super::notice::{Notice, NoticeDone, NoticeFilter, NoticeWrite};
use super::super::rows::{Direction, PartnerId};
use super::columns::{instant, micros, word};
use super::conditions::Conditions;

/// Writes a notice down.
pub(super) fn write(connection: &Connection, notice: &NoticeWrite) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO notice (partner, direction, id, message_type, subject, answers, body, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            notice.partner.0,
            notice.direction.word(),
            notice.id,
            notice.message_type,
            notice.subject,
            notice.answers,
            notice.body,
            micros(notice.at),
        ])?;
    Ok(())
}

/// Marks a notice as done.
///
/// # Errors
///
/// [`Stale::Notice`] where there is none that is open.
pub(super) fn done(connection: &Connection, done: &NoticeDone) -> Result<(), NotCommitted> {
    let changed = connection
        .prepare_cached(
            "UPDATE notice SET done_at = ?4, done_note = ?5
             WHERE partner = ?1 AND direction = ?2 AND id = ?3 AND done_at IS NULL",
        )?
        .execute(params![done.partner.0, done.direction.word(), done.id, micros(done.at), done.note])?;
    if changed == 1 { Ok(()) } else { Err(Stale::Notice(done.id.clone()).into()) }
}

fn to_notice(row: &Row<'_>) -> rusqlite::Result<Notice> {
    let at: Option<i64> = row.get(8)?;
    Ok(Notice {
        notice: NoticeWrite {
            partner: PartnerId(row.get(0)?),
            direction: word(row, 1)?,
            id: row.get(2)?,
            message_type: row.get(3)?,
            subject: row.get(4)?,
            answers: row.get(5)?,
            body: row.get(6)?,
            at: instant(row, 7)?,
        },
        done: match at {
            Some(_) => Some((instant(row, 8)?, row.get::<_, Option<String>>(9)?.unwrap_or_default())),
            None => None,
        },
        answered_by: Vec::new(),
    })
}

/// What a list of notices asks for: the statement is this with conditions.
pub(super) const SELECT: &str =
    "SELECT partner, direction, id, message_type, subject, answers, body, at, done_at, done_note FROM notice";

/// The conditions of a list.
pub(super) fn conditions(filter: &NoticeFilter) -> Conditions<'_> {
    Conditions::default()
        .and_where("partner = ?", filter.partner.as_ref().map(|partner| &partner.0))
        .and_where("direction = ?", filter.direction.map(Direction::word))
        .and_where("message_type = ?", filter.message_type.as_ref())
        .and_where("subject = ?", filter.subject.as_ref())
        .and_where("id = ?", filter.id.as_ref())
        .and_if("done_at IS NULL", filter.open)
        .and_where("id > ?", filter.after.as_ref())
}

/// Notices, oldest first.
pub(super) fn notices(connection: &Connection, filter: &NoticeFilter) -> rusqlite::Result<Vec<Notice>> {
    let mut found = conditions(filter).read(connection, SELECT, "id, direction", filter.limit, to_notice)?;
    // An answer goes to whom the notice came from, and comes from whom it went to.
    let mut answers = connection
        .prepare_cached("SELECT id FROM notice WHERE answers = ?1 AND partner = ?2 AND direction <> ?3 ORDER BY id")?;
    for held in &mut found {
        let notice = &held.notice;
        held.answered_by = answers
            .query_map(params![notice.id, notice.partner.0, notice.direction.word()], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
    }
    Ok(found)
}
