//! Reads of events that touch many certificates, of their members, and of the records that one may be about.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::bulk::{BulkMember, BulkPage, BulkRow, BulkTold, Scan, Scanned};
use super::super::rows::{Direction, PartnerId};
use super::bulk_apply::find;
use super::columns::{instant, key, name_columns, word};
use super::record_rows::{VERSION, to_version};
use super::sequence::signed;
use crate::clock::Timestamp;
use crate::crypto::sha256;
use crate::record::SubjectKey;

const EVENT: &str = "id, document, revision, members, settled, begun_at, effective_at, settled_at";

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or(0))
}

fn perhaps(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?.map(|_| instant(row, column)).transpose()
}

fn to_event(row: &Row<'_>) -> rusqlite::Result<BulkRow> {
    Ok(BulkRow {
        id: row.get(0)?,
        document: row.get(1)?,
        revision: unsigned(row, 2)?,
        members: unsigned(row, 3)?,
        settled: unsigned(row, 4)?,
        begun_at: instant(row, 5)?,
        effective_at: perhaps(row, 6)?,
        settled_at: perhaps(row, 7)?,
    })
}

/// An event by its id.
pub(super) fn event(connection: &Connection, id: &str) -> rusqlite::Result<Option<BulkRow>> {
    connection
        .prepare_cached(&format!("SELECT {EVENT} FROM bulk_event WHERE id = ?1"))?
        .query_row([id], to_event)
        .optional()
}

/// Events, oldest first: all of them, or those that are not settled.
pub(super) fn events(connection: &Connection, open: bool) -> rusqlite::Result<Vec<BulkRow>> {
    let which = if open { "WHERE settled_at IS NULL" } else { "" };
    connection
        .prepare_cached(&format!("SELECT {EVENT} FROM bulk_event {which} ORDER BY number"))?
        .query_map([], to_event)?
        .collect()
}

/// The event that has staged the next version of a subject.
pub(super) fn event_of(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Option<BulkRow>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {EVENT} FROM bulk_event
             WHERE number = (SELECT staged FROM subject
                 WHERE number = ?1 AND uri = ?2 AND issuer_scheme = ?3 AND issuer_value = ?4)"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value], to_event)
        .optional()
}

/// Members of an event, by their place.
pub(super) fn members(connection: &Connection, id: &str, page: &BulkPage) -> rusqlite::Result<Vec<BulkMember>> {
    const MEMBER: &str = "s.issuer_scheme, s.issuer_value, s.number, s.uri, s.id, v.version, e.number";
    let from = if page.unsettled {
        "bulk_event e JOIN subject s ON s.staged = e.number
             JOIN record_version v ON v.subject = s.id AND v.version = s.version + 1"
    } else {
        "bulk_event e JOIN record_version v ON v.event = e.number JOIN subject s ON s.id = v.subject"
    };
    let place = if page.unsettled { "s.id" } else { "v.subject" };
    let rows = connection
        .prepare_cached(&format!(
            "SELECT {MEMBER} FROM {from} WHERE e.id = ?1 AND {place} > ?2 ORDER BY {place} LIMIT ?3"
        ))?
        .query_map(params![id, signed(page.after), page.limit], |row| {
            let member = BulkMember {
                place: unsigned(row, 4)?,
                subject: key(row, 0)?,
                version: row.get(5)?,
                digest: None,
                told: Vec::new(),
            };
            Ok((member, row.get::<_, i64>(6)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    rows.into_iter()
        .map(|(mut member, event)| {
            member.told = told(connection, signed(member.place), event)?;
            if page.digests {
                member.digest = Some(
                    connection
                        .prepare_cached("SELECT record FROM record_version WHERE subject = ?1 AND version = ?2")?
                        .query_row(params![signed(member.place), member.version], |row| {
                            Ok(sha256(row.get_ref(0)?.as_blob()?))
                        })?,
                );
            }
            Ok(member)
        })
        .collect()
}

/// One member of an event that is not settled.
pub(super) fn member(connection: &Connection, id: &str, key: &SubjectKey) -> rusqlite::Result<Option<BulkMember>> {
    let Some(found) = find(connection, key)? else { return Ok(None) };
    let place = u64::try_from(found.id).unwrap_or(0);
    let page = BulkPage { after: place.saturating_sub(1), limit: 1, unsettled: true, digests: true };
    let members = members(connection, id, &page)?;
    Ok(members.into_iter().find(|member| member.place == place))
}

fn told(connection: &Connection, subject: i64, event: i64) -> rusqlite::Result<Vec<BulkTold>> {
    connection
        .prepare_cached(
            "SELECT partner, direction, notice, version, previous FROM bulk_told
             WHERE subject = ?1 AND event = ?2 ORDER BY partner",
        )?
        .query_map([subject, event], |row| {
            Ok(BulkTold {
                partner: PartnerId(row.get(0)?),
                direction: word(row, 1)?,
                by_notice: row.get(2)?,
                version: row.get(3)?,
                previous: row.get(4)?,
            })
        })?
        .collect()
}

/// The present versions that an event may be about.
pub(super) fn scan(connection: &Connection, scan: &Scan) -> rusqlite::Result<Scanned> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {VERSION}, s.id FROM subject s JOIN record_version v ON v.subject = s.id AND v.version = s.version
             LEFT JOIN bulk_event w ON w.number = v.event
         WHERE s.id > ?1 AND s.owner = ?2 AND s.staged IS NULL
         ORDER BY s.id LIMIT ?3"
    ))?;
    let finders: Vec<memchr::memmem::Finder<'_>> =
        scan.texts.iter().map(|text| memchr::memmem::Finder::new(text.as_bytes())).collect();
    let mut scanned = Scanned::default();
    let mut rows = statement.query(params![signed(scan.after), scan.owner, scan.look_at])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        scanned.looked_at += 1;
        last = Some(unsigned(row, 12)?);
        if !scan.means(&key(row, 0)?.issuer) {
            continue;
        }
        let record = row.get_ref(8)?.as_blob()?;
        if finders.iter().all(|finder| finder.find(record).is_some()) {
            scanned.found.push(to_version(row)?);
        }
    }
    scanned.next = last.filter(|_| scanned.looked_at == u64::from(scan.look_at));
    Ok(scanned)
}

/// The highest version of a status face that was told by an event and is not written down otherwise: taken from a partner
/// and not settled yet, or sent to one by notices that it has all receipted.
pub(super) fn exchanged(
    connection: &Connection,
    partner: &PartnerId,
    subject: &str,
    direction: Direction,
) -> rusqlite::Result<Option<(u32, String, Timestamp)>> {
    let Ok(key) = subject.parse::<SubjectKey>() else { return Ok(None) };
    let (number, uri) = name_columns(&key);
    let holds = match direction {
        Direction::Received => "s.staged = t.event",
        Direction::Sent => {
            "t.notice = 1
             AND EXISTS (SELECT 1 FROM outbox o WHERE o.subject = e.id AND o.partner = t.partner)
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject = e.id AND o.partner = t.partner
                 AND o.state <> 'delivered')"
        }
    };
    connection
        .prepare_cached(&format!(
            "SELECT t.version, e.id, e.effective_at FROM subject s JOIN bulk_told t ON t.subject = s.id
                 JOIN bulk_event e ON e.number = t.event
             WHERE s.number = ?1 AND s.uri = ?2 AND s.issuer_scheme = ?3 AND s.issuer_value = ?4
                 AND t.partner = ?5 AND t.direction = ?6 AND e.effective_at IS NOT NULL AND {holds}
             ORDER BY t.version DESC LIMIT 1"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value, partner.0, direction.word()], |row| {
            Ok((row.get(0)?, row.get(1)?, instant(row, 2)?))
        })
        .optional()
}
