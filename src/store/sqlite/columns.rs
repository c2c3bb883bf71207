//! How values stand in columns: instants as microseconds, digests as blobs, words as text.

use rusqlite::Row;
use rusqlite::types::Type;

use super::super::change::Sha256;
use crate::clock::Timestamp;
use crate::record::{Identifier, SubjectKey, SubjectName};

/// An instant as microseconds since 1970; what is finer is cut off.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.0.as_microsecond()
}

/// A value that does not read as what its column holds.
pub(super) fn malformed(
    column: usize,
    kind: Type,
    reason: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, reason.into())
}

/// An instant from microseconds since 1970.
pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    jiff::Timestamp::from_microsecond(row.get(column)?)
        .map(Timestamp)
        .map_err(|error| malformed(column, Type::Integer, error))
}

/// A word of a closed list.
pub(super) fn word<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?.parse().map_err(|error: T::Err| malformed(column, Type::Text, error))
}

/// The two columns of the name half of a key: number and URI, one of them empty.
pub(super) fn name_columns(key: &SubjectKey) -> (&str, &str) {
    match &key.name {
        SubjectName::Number(number) => (number, ""),
        SubjectName::Uri(uri) => ("", uri),
    }
}

/// A key from four columns: issuer scheme, issuer value, number, URI.
pub(super) fn key(row: &Row<'_>, first: usize) -> rusqlite::Result<SubjectKey> {
    let issuer = Identifier { scheme: row.get(first)?, value: row.get(first + 1)? };
    let number: String = row.get(first + 2)?;
    let name = if number.is_empty() { SubjectName::Uri(row.get(first + 3)?) } else { SubjectName::Number(number) };
    Ok(SubjectKey { issuer, name })
}

/// The first 32 bytes of a blob.
pub(super) fn first_hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Sha256> {
    hash_at(row, column, 0)?.ok_or_else(|| malformed(column, Type::Blob, "shorter than a hash"))
}

/// The hash at a position of a blob of hashes.
pub(super) fn hash_at(row: &Row<'_>, column: usize, position: usize) -> rusqlite::Result<Option<Sha256>> {
    let blob = row.get_ref(column)?.as_blob().map_err(|error| malformed(column, Type::Blob, error))?;
    let (hashes, rest) = blob.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(malformed(column, Type::Blob, "not a whole number of hashes"));
    }
    Ok(hashes.get(position).copied())
}
