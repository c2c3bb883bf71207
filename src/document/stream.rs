//! Long documents, opened to be read piece by piece. Not here: what a piece is (`format`), and documents that are read whole.

use std::io::{self, BufReader, Cursor, Read, Seek};

use super::as_utf8::{AsUtf8, read_some};
use super::csv_rows::{CsvRows, survey};
use super::{Charset, JsonLines, Limits, Rows};
use crate::finding::{Finding, Place};

/// Bytes that can be read more than once.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// The lines of an NDJSON file that is read as it comes. UTF-8, unless a byte order mark says UTF-16 or somebody says
/// otherwise.
///
/// # Errors
///
/// The source cannot be read.
pub fn json_lines<'a>(
    mut source: Box<dyn Read + 'a>,
    declared: Option<Charset>,
    limits: &'a Limits,
) -> io::Result<JsonLines<'a, BufReader<impl Read + use<'a>>>> {
    let mut head = vec![0; 3];
    let mut length = 0;
    while let Some(rest) = head.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match read_some(&mut source, rest)? {
            0 => break,
            read => length += read,
        }
    }
    head.truncate(length);
    let marked = Charset::of_mark(&head);
    let charset = marked.map(|(charset, _)| charset).or(declared).unwrap_or(Charset::Utf8);
    head.drain(..marked.map_or(0, |(_, length)| length));
    let source = AsUtf8::new(Cursor::new(head).chain(source), charset);
    Ok(JsonLines::new(BufReader::with_capacity(64 << 10, source), limits))
}

/// The rows of a CSV file, which is looked through first.
///
/// # Errors
///
/// The refusal of the file: its records cannot be told apart, or it breaks a limit of whole files.
pub fn csv_rows<'a>(
    mut source: Box<dyn Source + 'a>,
    declared: Option<Charset>,
    limits: &'a Limits,
) -> Result<Box<dyn Rows + 'a>, Finding> {
    let survey = survey(&mut source, declared, limits)?;
    if survey.is_empty() {
        return Err(Finding::new("document/empty", Place::Whole));
    }
    Ok(Box::new(CsvRows::new(source, survey, limits)?))
}
