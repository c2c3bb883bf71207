//! Reads of subjects, their versions and payloads.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::change::{SearchColumns, Sha256};
use super::super::rows::{Cursor, HolderQuery, Page, Payload, RecordVersion, Subject};
use super::columns::{instant, key, micros, name_columns};
use crate::clock::Timestamp;
use crate::record::SubjectKey;

const SUBJECT: &str = "s.issuer_scheme, s.issuer_value, s.number, s.uri, s.owner, s.kind, s.holder_scheme,
    s.holder_value, s.issued, s.valid_until, CASE WHEN b.number IS NULL THEN s.status ELSE s.staged_status END,
    s.version + (b.number IS NOT NULL), s.certificate_version,
    CASE WHEN b.number IS NULL THEN s.status_version ELSE s.version + 1 END, COALESCE(b.effective_at, s.changed_at), s.id";

/// The subjects, each with the event that has made its staged version the present one and has not settled it yet.
const SUBJECTS: &str = "subject s LEFT JOIN bulk_event b ON b.number = s.staged AND b.effective_at IS NOT NULL";

fn to_subject(row: &Row<'_>) -> rusqlite::Result<Subject> {
    let holder = row.get::<_, Option<String>>(6)?.zip(row.get(7)?);
    Ok(Subject {
        key: key(row, 0)?,
        owner: row.get(4)?,
        columns: SearchColumns {
            kind: row.get(5)?,
            holder,
            holder_names: Vec::new(),
            issued: row.get(8)?,
            valid_until: row.get(9)?,
            status: row.get(10)?,
        },
        version: row.get(11)?,
        certificate_version: row.get(12)?,
        status_version: row.get(13)?,
        changed_at: instant(row, 14)?,
    })
}

/// A subject by its natural key.
pub(super) fn subject(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Option<Subject>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {SUBJECT} FROM {SUBJECTS}
             WHERE s.number = ?1 AND s.uri = ?2 AND s.issuer_scheme = ?3 AND s.issuer_value = ?4"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value], to_subject)
        .optional()
}

/// The subjects of all issuers that have this number.
pub(super) fn numbered(connection: &Connection, number: &str) -> rusqlite::Result<Vec<Subject>> {
    if number.is_empty() {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached(&format!(
            "SELECT {SUBJECT} FROM {SUBJECTS} WHERE s.number = ?1 ORDER BY s.issuer_scheme, s.issuer_value"
        ))?
        .query_map([number], to_subject)?
        .collect()
}

/// How many subjects there are.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT COUNT(*) FROM subject")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|count| u64::try_from(count).unwrap_or(0))
}

/// The subjects of a holder, a page of them.
pub(super) fn search(
    connection: &Connection,
    query: &HolderQuery,
    after: Option<&Cursor>,
    limit: u32,
) -> rusqlite::Result<Page<Subject>> {
    let limit = limit.clamp(1, 1000);
    let (name, id) = after.map_or(("", 0), |cursor| (cursor.name.as_str(), cursor.subject));
    // One more than asked for tells whether there is a next page.
    let most = limit + 1;
    let to_row = |row: &Row<'_>| Ok((to_subject(row)?, row.get::<_, i64>(15)?, row.get::<_, String>(16)?));
    let rows: Vec<(Subject, i64, String)> = match query {
        HolderQuery::Identifier { scheme, value } => connection
            .prepare_cached(&format!(
                "SELECT {SUBJECT}, '' FROM {SUBJECTS}
                 WHERE s.holder_value = ?1 AND (?2 IS NULL OR s.holder_scheme = ?2) AND s.id > ?3
                 ORDER BY s.id LIMIT ?4"
            ))?
            .query_map(params![value, scheme, id, most], to_row)?
            .collect::<Result<_, _>>()?,
        HolderQuery::NameStarts(start) => connection
            .prepare_cached(&format!(
                "SELECT {SUBJECT}, n.name FROM holder_name n JOIN subject s ON s.id = n.subject
                     LEFT JOIN bulk_event b ON b.number = s.staged AND b.effective_at IS NOT NULL
                 WHERE n.name >= ?1 AND n.name < ?2 AND (n.name, n.subject) > (?3, ?4)
                 ORDER BY n.name, n.subject LIMIT ?5"
            ))?
            .query_map(params![start, format!("{start}\u{10FFFF}"), name, id, most], to_row)?
            .collect::<Result<_, _>>()?,
        HolderQuery::NameContains(part) => connection
            .prepare_cached(&format!(
                "SELECT {SUBJECT}, n.name FROM holder_name n JOIN subject s ON s.id = n.subject
                     LEFT JOIN bulk_event b ON b.number = s.staged AND b.effective_at IS NOT NULL
                 WHERE n.name LIKE ?1 ESCAPE '!' AND (n.name, n.subject) > (?2, ?3)
                 ORDER BY n.name, n.subject LIMIT ?4"
            ))?
            .query_map(params![like(part), name, id, most], to_row)?
            .collect::<Result<_, _>>()?,
    };
    let more = rows.len() > limit as usize;
    let mut items: Vec<Subject> = Vec::with_capacity(rows.len());
    let mut next = None;
    for (subject, id, name) in rows.into_iter().take(limit as usize) {
        next = Some(Cursor { name, subject: id });
        // Two names of one holder may both match.
        if items.iter().all(|item| item.key != subject.key) {
            items.push(subject);
        }
    }
    Ok(Page { items, next: next.filter(|_| more) })
}

/// A pattern that matches the part anywhere and nothing else.
fn like(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

pub(super) const VERSION: &str = "s.issuer_scheme, s.issuer_value, s.number, s.uri, v.version, v.certificate_version,
    v.status_version, v.owner, v.record, v.findings, v.payload, COALESCE(w.effective_at, v.recorded_at)";
/// The versions of a subject that can be seen: a member of an event is one when that has taken effect, and since then.
const VERSIONS: &str = "subject s JOIN record_version v ON v.subject = s.id
    LEFT JOIN bulk_event w ON w.number = v.event";
const SEEN: &str = "(v.event IS NULL OR w.effective_at IS NOT NULL)";
const OF_SUBJECT: &str = "s.number = ?1 AND s.uri = ?2 AND s.issuer_scheme = ?3 AND s.issuer_value = ?4";

pub(super) fn to_version(row: &Row<'_>) -> rusqlite::Result<RecordVersion> {
    Ok(RecordVersion {
        key: key(row, 0)?,
        version: row.get(4)?,
        certificate_version: row.get(5)?,
        status_version: row.get(6)?,
        owner: row.get(7)?,
        record: row.get(8)?,
        findings: row.get(9)?,
        payload: row.get(10)?,
        recorded_at: instant(row, 11)?,
    })
}

/// The present version of a subject.
pub(super) fn current(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Option<RecordVersion>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {VERSION} FROM {SUBJECTS}
                 JOIN record_version v ON v.subject = s.id AND v.version = s.version + (b.number IS NOT NULL)
                 LEFT JOIN bulk_event w ON w.number = v.event
             WHERE {OF_SUBJECT}"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value], to_version)
        .optional()
}

/// One version of a subject.
pub(super) fn version(
    connection: &Connection,
    key: &SubjectKey,
    version: u32,
) -> rusqlite::Result<Option<RecordVersion>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {VERSION} FROM {VERSIONS}
             WHERE {OF_SUBJECT} AND {SEEN} AND v.version = ?5"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value, version], to_version)
        .optional()
}

/// The version that was the present one at that time.
pub(super) fn known_at(
    connection: &Connection,
    key: &SubjectKey,
    at: Timestamp,
) -> rusqlite::Result<Option<RecordVersion>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {VERSION} FROM {VERSIONS}
             WHERE {OF_SUBJECT} AND {SEEN} AND COALESCE(w.effective_at, v.recorded_at) <= ?5 ORDER BY v.version DESC LIMIT 1"
        ))?
        .query_row(params![number, uri, key.issuer.scheme, key.issuer.value, micros(at)], to_version)
        .optional()
}

/// Every version of a subject, oldest first.
pub(super) fn versions(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Vec<RecordVersion>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT {VERSION} FROM {VERSIONS}
             WHERE {OF_SUBJECT} AND {SEEN} ORDER BY v.version"
        ))?
        .query_map(params![number, uri, key.issuer.scheme, key.issuer.value], to_version)?
        .collect()
}

/// The versions of a subject that a document made, oldest first.
pub(super) fn documents(connection: &Connection, key: &SubjectKey) -> rusqlite::Result<Vec<(u32, Sha256, Timestamp)>> {
    let (number, uri) = name_columns(key);
    connection
        .prepare_cached(&format!(
            "SELECT v.version, v.payload, COALESCE(w.effective_at, v.recorded_at) FROM {VERSIONS}
             WHERE {OF_SUBJECT} AND {SEEN} AND v.payload IS NOT NULL ORDER BY v.version"
        ))?
        .query_map(params![number, uri, key.issuer.scheme, key.issuer.value], |row| {
            Ok((row.get(0)?, row.get(1)?, instant(row, 2)?))
        })?
        .collect()
}

/// A payload, still compressed, with the length of its bytes.
pub(super) fn payload(connection: &Connection, digest: &Sha256) -> rusqlite::Result<Option<(Payload, u64)>> {
    connection
        .prepare_cached("SELECT format, length, body, received_at FROM payload WHERE digest = ?1")?
        .query_row([digest], |row| {
            let length = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
            Ok((Payload { format: row.get(0)?, bytes: row.get(2)?, received_at: instant(row, 3)? }, length))
        })
        .optional()
}
