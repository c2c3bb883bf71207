//! One table: record codes beside wire codes, with the other columns of its list.

use std::collections::HashMap;
use std::sync::Arc;

/// The rows that one or several tables look at: named columns of text.
#[derive(Debug)]
pub(super) struct List {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Language to column.
    pub(super) names: HashMap<String, usize>,
    /// The source of its facts.
    pub(super) source: String,
}

/// A two-way table between the codes of the record and those of a wire format.
///
/// Several record codes may stand for one wire code; then `back` says which of them the wire code means. A table of a
/// prefix tree (divisions, certification items) answers for every code that begins with one of its rows, the longest
/// first, and does not read back.
#[derive(Debug)]
pub struct Table {
    pub(super) name: String,
    pub(super) list: Arc<List>,
    pub(super) record_column: usize,
    pub(super) wire_column: usize,
    /// Record code to row.
    pub(super) by_record: HashMap<String, usize>,
    /// Wire code to row; empty where the table does not read back.
    pub(super) by_wire: HashMap<String, usize>,
    /// Other spellings, read only, to row.
    pub(super) aliases: HashMap<String, usize>,
    /// Wire codes that have no record code and are known to have none.
    pub(super) unread: Vec<String>,
    pub(super) prefix: bool,
    pub(super) out_only: bool,
}

impl Table {
    /// Its name, `area/word` or one word.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its facts were read.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.list.source
    }

    /// True where wire codes are not read back: names, and tables of a prefix tree.
    #[must_use]
    pub fn is_out_only(&self) -> bool {
        self.out_only
    }

    /// True where a record code is answered by the longest row that it begins with.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// The wire code of a record code.
    #[must_use]
    pub fn wire(&self, record: &str) -> Option<&str> {
        self.row(record).map(|row| self.cell(row, self.wire_column))
    }

    /// The record code of a wire code, spelt exactly.
    #[must_use]
    pub fn record(&self, wire: &str) -> Option<&str> {
        self.by_wire.get(wire).map(|&row| self.cell(row, self.record_column))
    }

    /// The record code of another known spelling of the wire code.
    #[must_use]
    pub fn alias(&self, spelling: &str) -> Option<&str> {
        self.aliases.get(spelling).map(|&row| self.cell(row, self.record_column))
    }

    /// True for a wire code that is known and has no record code.
    #[must_use]
    pub fn is_unread(&self, wire: &str) -> bool {
        self.unread.iter().any(|known| known == wire)
    }

    /// Wire codes that are known and have no record code.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// Another column of the row of a record code. Blank is absent.
    #[must_use]
    pub fn column(&self, record: &str, column: &str) -> Option<&str> {
        let at = self.list.columns.iter().position(|name| name == column)?;
        self.row(record).map(|row| self.cell(row, at)).filter(|text| !text.is_empty())
    }

    /// The name of a record code in a language (`zh`, `en`).
    #[must_use]
    pub fn word(&self, record: &str, language: &str) -> Option<&str> {
        let at = *self.list.names.get(language)?;
        self.row(record).map(|row| self.cell(row, at)).filter(|text| !text.is_empty())
    }

    /// True where a row answers for the record code.
    #[must_use]
    pub fn knows(&self, record: &str) -> bool {
        self.row(record).is_some()
    }

    /// Record code and wire code of every row, in the order of the file.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.list.rows.len()).map(|row| (self.cell(row, self.record_column), self.cell(row, self.wire_column)))
    }

    /// Other spellings with the record code that each means, in no order.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(spelling, &row)| (spelling.as_str(), self.cell(row, self.record_column)))
    }

    fn row(&self, record: &str) -> Option<usize> {
        if let Some(&row) = self.by_record.get(record) {
            return Some(row);
        }
        if !self.prefix {
            return None;
        }
        (1..record.len())
            .rev()
            .filter_map(|end| record.get(..end))
            .find_map(|prefix| self.by_record.get(prefix).copied())
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.list.rows.get(row).and_then(|cells| cells.get(column)).map_or("", String::as_str)
    }
}
