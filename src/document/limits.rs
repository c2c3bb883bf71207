//! The limits of a document: every cap, its unit and its default, and the finding that names the cap that was broken.
//! Not here: the readers that hold to them.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Place};

/// The caps of one document. The defaults keep any document that is read whole, however hostile, well below 256 MB and ten
/// seconds. Larger bodies of records are read as a stream, from files: NDJSON line by line, CSV and xlsx row by row. There
/// the caps of a whole document (`cells`, `nodes`, `text-bytes`) are those of each line or row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Bytes of a document that is read whole. Default 32 MiB.
    pub bytes: u64,
    /// Bytes of a document that is read as a stream. Default 8 GiB.
    pub stream_bytes: u64,
    /// Bytes of an xls workbook, which is always read whole. Default 32 MiB.
    pub xls_bytes: u64,
    /// Levels of nested lists, objects or XML elements. Default 64; JSON goes no deeper than 200 whatever stands here.
    pub depth: u32,
    /// Values of a JSON text: scalars, lists and objects together. Default 500,000.
    pub nodes: u64,
    /// Cells of a workbook or of a CSV file that hold anything, shared strings included. Default 1,000,000.
    pub cells: u64,
    /// Bytes (UTF-8) of one JSON string. Default 1 MiB.
    pub string_bytes: u64,
    /// Characters of one number. Default 400, which holds every `f64` written out.
    pub number_chars: u64,
    /// Bytes (UTF-8) of all text of a document together, copies for merged areas included. Default 64 MiB.
    pub text_bytes: u64,
    /// Bytes of one NDJSON line; of one row, where rows are read as a stream. Default 4 MiB.
    pub line_bytes: u64,
    /// Findings kept of one document. Of one that is read whole reading stops there; of a stream the others are counted.
    /// Default 1,000.
    pub findings: u64,
    /// Sheets of a workbook. Default 100.
    pub sheets: u64,
    /// Rows of a sheet or of a CSV file that hold anything, and the highest row number, where it is read whole. Default
    /// 200,000.
    pub rows: u32,
    /// The same where it is read as a stream. Default 20,000,000.
    pub stream_rows: u32,
    /// Columns of a sheet or of a CSV file. Default 1,024.
    pub columns: u32,
    /// Characters of one cell. Default 32,767, as Excel has it.
    pub cell_chars: u64,
    /// Line breaks within one quoted CSV cell. Default 200.
    pub cell_lines: u32,
    /// Cells that take the value of a merged area. Default 50,000.
    pub merged_cells: u64,
    /// Entries of a zip package. Default 1,000.
    pub zip_entries: u64,
    /// Bytes of one entry once inflated. Default 128 MiB; what is read of it is never held as a whole.
    pub zip_entry_bytes: u64,
    /// Bytes of all entries that are read, once inflated. Default 256 MiB.
    pub zip_total_bytes: u64,
    /// The same of a workbook that is read as a stream, instead of both. Default 4 GiB.
    pub stream_inflated_bytes: u64,
    /// Inflated bytes for one compressed byte of an entry, once it has given more than 8 MiB. Default 100.
    pub zip_ratio: u64,
    /// Attributes of one XML element. Default 256.
    pub xml_attributes: u32,
    /// Bytes of one XML tag, comment or run of text. Default 256 KiB.
    pub xml_token_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            stream_bytes: 8 << 30,
            xls_bytes: 32 << 20,
            depth: 64,
            nodes: 500_000,
            cells: 1_000_000,
            string_bytes: 1 << 20,
            number_chars: 400,
            text_bytes: 64 << 20,
            line_bytes: 4 << 20,
            findings: 1_000,
            sheets: 100,
            rows: 200_000,
            stream_rows: 20_000_000,
            columns: 1_024,
            cell_chars: 32_767,
            cell_lines: 200,
            merged_cells: 50_000,
            zip_entries: 1_000,
            zip_entry_bytes: 128 << 20,
            zip_total_bytes: 256 << 20,
            stream_inflated_bytes: 4 << 30,
            zip_ratio: 100,
            xml_attributes: 256,
            xml_token_bytes: 256 << 10,
        }
    }
}

/// The codes of refusals at a limit, each with the key of its limit.
pub const LIMIT_CODES: [(&str, &str); 25] = [
    ("document/too-large", "bytes"),
    ("document/stream-too-long", "stream-bytes"),
    ("document/xls-too-large", "xls-bytes"),
    ("document/too-deep", "depth"),
    ("document/too-many-values", "nodes"),
    ("document/too-many-cells", "cells"),
    ("document/string-too-long", "string-bytes"),
    ("document/number-too-long", "number-chars"),
    ("document/too-much-text", "text-bytes"),
    ("document/line-too-long", "line-bytes"),
    ("document/too-many-findings", "findings"),
    ("document/too-many-sheets", "sheets"),
    ("document/too-many-rows", "rows"),
    ("document/too-many-stream-rows", "stream-rows"),
    ("document/too-many-columns", "columns"),
    ("document/cell-too-long", "cell-chars"),
    ("document/too-many-cell-lines", "cell-lines"),
    ("document/too-many-merged-cells", "merged-cells"),
    ("document/too-many-entries", "zip-entries"),
    ("document/entry-too-large", "zip-entry-bytes"),
    ("document/package-too-large", "zip-total-bytes"),
    ("document/stream-inflates-too-far", "stream-inflated-bytes"),
    ("document/expands-too-far", "zip-ratio"),
    ("document/too-many-attributes", "xml-attributes"),
    ("document/markup-too-long", "xml-token-bytes"),
];

impl Limits {
    /// Refuses a document of more bytes than the limit, before anything is read.
    pub(super) fn check_bytes(&self, length: usize) -> Result<(), Finding> {
        if length as u64 > self.bytes {
            return Err(broken("document/too-large", self.bytes, Place::Whole));
        }
        Ok(())
    }
}

impl Limits {
    /// Refuses an xls workbook of more bytes than the limit.
    pub(super) fn check_xls_bytes(&self, length: usize) -> Result<(), Finding> {
        if length as u64 > self.xls_bytes {
            return Err(broken("document/xls-too-large", self.xls_bytes, Place::Whole));
        }
        Ok(())
    }
}

/// The refusal at a limit: `code` is one of [`LIMIT_CODES`], `most` what it allows.
pub(super) fn broken(code: &'static str, most: impl Into<u64>, place: Place) -> Finding {
    let limit = LIMIT_CODES.iter().find(|(of, _)| *of == code).map_or("", |(_, key)| key);
    Finding::new(code, place).with("limit", limit).with("most", most.into())
}

/// What is left of the caps that a whole document shares.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    values: Cap,
    text: Cap,
}

/// One cap: its code, what it allows, what is left of it.
#[derive(Clone, Debug)]
struct Cap {
    code: &'static str,
    most: u64,
    left: u64,
}

impl Cap {
    fn new(code: &'static str, most: u64) -> Self {
        Self { code, most, left: most }
    }

    fn take(&mut self, amount: u64, place: impl FnOnce() -> Place) -> Result<(), Finding> {
        match self.left.checked_sub(amount) {
            Some(left) => self.left = left,
            None => return Err(broken(self.code, self.most, place())),
        }
        Ok(())
    }
}

impl Budget {
    /// The caps of a JSON text.
    pub(super) fn of_values(limits: &Limits) -> Self {
        Self {
            values: Cap::new("document/too-many-values", limits.nodes),
            text: Cap::new("document/too-much-text", limits.text_bytes),
        }
    }

    /// The caps of a workbook or of a CSV file.
    pub(super) fn of_cells(limits: &Limits) -> Self {
        Self { values: Cap::new("document/too-many-cells", limits.cells), ..Self::of_values(limits) }
    }

    /// The caps of one row of a stream.
    pub(super) fn of_row(limits: &Limits) -> Self {
        let text = Cap::new("document/line-too-long", limits.line_bytes);
        Self { text, ..Self::of_cells(limits) }
    }

    /// Takes one value or cell.
    pub(super) fn node(&mut self, place: impl FnOnce() -> Place) -> Result<(), Finding> {
        self.values.take(1, place)
    }

    /// Takes the bytes of a text.
    pub(super) fn text(&mut self, bytes: usize, place: impl FnOnce() -> Place) -> Result<(), Finding> {
        self.text.take(bytes as u64, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::catalogue;

    #[test]
    fn every_limit_has_a_code_whose_words_name_it() {
        let keys = serde_json::to_value(Limits::default()).expect("limits are plain data");
        let keys = keys.as_object().expect("an object");
        assert_eq!(keys.len(), LIMIT_CODES.len());
        for (code, key) in LIMIT_CODES {
            assert!(keys.contains_key(key), "{key}");
            let entry = catalogue().get(code).unwrap_or_else(|| panic!("{code} has no words"));
            for words in [&entry.zh, &entry.en] {
                assert!(words.contains("{limit}") && words.contains("{most}"), "{code}");
            }
        }
    }

    #[test]
    fn a_configuration_may_name_some_limits_and_no_unknown_ones() {
        let limits: Limits = toml::from_str("depth = 8\nxml-attributes = 9").expect("limits");
        assert_eq!((limits.depth, limits.xml_attributes, limits.rows), (8, 9, Limits::default().rows));
        assert!(toml::from_str::<Limits>("deep = 8").is_err());
    }
}
