//! Reading CSV (RFC 4180) into a workbook of one sheet without a name. It is read here because a quote that nobody closes
//! must be refused at the line where it was opened, which the `csv` crate takes for one giant cell. Every cell is text,
//! whatever it begins with. Not here: which row holds the titles.

use super::limits::{Budget, Limits, broken};
use super::text::{self, Charset};
use super::{Cell, Node, Row, Sheet, Value, Workbook};
use crate::finding::{Finding, Place, Severity};

/// Reads a file.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<(Node, Vec<Finding>), Finding> {
    let (text, charset) = text::decode(bytes)?;
    let mut findings = Vec::new();
    if charset == Charset::Gb18030 {
        findings.push(Finding::new("document/read-as-gb18030", Place::Whole));
    }
    let mut reader = Reader { text: &text, at: 0, line: 1, limits, budget: Budget::of_cells(limits) };
    let mut sheet = Sheet::new("");
    let mut width = 0;
    let mut number = 0_u32;
    while reader.at < text.len() {
        number = number.saturating_add(1);
        let finding = match reader.record(number)? {
            Ok((cells, _)) if cells.is_empty() => continue,
            _ if number > limits.rows => {
                return Err(broken("document/too-many-rows", limits.rows, row_place(number)));
            }
            Ok((cells, fields)) => {
                let row = Row { number, cells };
                let finding = ragged(&row, fields, &mut width);
                sheet.rows.push(row);
                finding
            }
            Err(fault) => Some(fault),
        };
        if let Some(finding) = finding {
            if findings.len() as u64 >= limits.findings {
                return Err(broken("document/too-many-findings", limits.findings, row_place(number)));
            }
            findings.push(finding);
        }
    }
    Ok((Node::new(Value::Workbook(Workbook { sheets: vec![sheet] })), findings))
}

pub(super) fn row_place(row: u32) -> Place {
    Place::cell("", row, 0, None)
}

/// A row that is not as wide as the first one that holds anything, whose width is noted.
pub(super) fn ragged(row: &Row, fields: u32, width: &mut u32) -> Option<Finding> {
    let filled = row.cells.last().map_or(0, |cell| cell.column);
    if *width == 0 {
        *width = fields;
    }
    (filled > *width || fields < *width).then(|| {
        // A row cut short has lost its empty cells, as Excel writes it; what goes beyond the titles has moved.
        let severity = if filled > *width { Severity::Error } else { Severity::Warning };
        let finding = Finding::new("document/ragged-row", row_place(row.number)).weighing(severity);
        finding.with("expected", *width).with("found", fields)
    })
}

/// Reads the one record that a text is, which begins on that line: its cells that hold anything, and the number of its
/// fields.
pub(super) fn record(
    text: &str,
    row: u32,
    line: u32,
    limits: &Limits,
    budget: Budget,
) -> Result<(Vec<Cell>, u32), Finding> {
    Reader { text, at: 0, line, limits, budget }.record(row)?
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Line of the text, from 1: quoted cells may span several.
    line: u32,
    limits: &'a Limits,
    budget: Budget,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The cells of one record that hold anything, and the number of its fields. The inner error is of this record alone,
    /// behind which the next one begins; the outer one is of the whole file.
    fn record(&mut self, row: u32) -> Result<Result<(Vec<Cell>, u32), Finding>, Finding> {
        let mut cells = Vec::new();
        let mut column = 0_u32;
        let mut fault = None;
        loop {
            column = column.saturating_add(1);
            let place = || Place::cell("", row, column, None);
            let text = if self.peek() == Some(b'"') { self.quoted()? } else { self.plain() };
            if fault.is_none() && column > self.limits.columns {
                fault = Some(broken("document/too-many-columns", self.limits.columns, place()));
            }
            if fault.is_none() {
                fault = check_length(&text, self.limits, place).err();
            }
            if fault.is_none() && !text.is_empty() {
                self.budget.node(place)?;
                self.budget.text(text.len(), place)?;
                cells.push(Cell { column, node: Node::text(text) });
            }
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                self.line_break();
                return Ok(match fault {
                    None => Ok((cells, column)),
                    Some(fault) => Err(fault),
                });
            }
        }
    }

    /// Past one line break: CRLF, LF or CR.
    fn line_break(&mut self) {
        if self.peek() == Some(b'\r') {
            self.at += 1;
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        self.line = self.line.saturating_add(1);
    }

    /// A cell without quotes around it, up to a comma or a line break. A quote inside stands for itself.
    fn plain(&mut self) -> String {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| matches!(byte, b',' | b'\r' | b'\n')).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    /// A cell in quotes, past its closing quote, which a comma, a line break or the end must follow.
    fn quoted(&mut self) -> Result<String, Finding> {
        let opened = self.line;
        let unbalanced = || {
            let place = Place::Position { line: opened, column: 0 };
            Finding::new("document/unbalanced-quote", place).with("line", opened)
        };
        let most_bytes = usize::try_from(self.limits.cell_chars).unwrap_or(usize::MAX).saturating_mul(4);
        let mut text = String::new();
        let mut breaks = 0;
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let stop = rest.bytes().position(|byte| matches!(byte, b'"' | b'\r' | b'\n')).ok_or_else(unbalanced)?;
            // Beyond what a cell may be only its end is looked for.
            if text.len() <= most_bytes {
                text.push_str(&rest[..stop]);
            }
            self.at += stop;
            if self.peek() == Some(b'"') {
                self.at += 1;
                match self.peek() {
                    Some(b'"') => {
                        text.push('"');
                        self.at += 1;
                    }
                    None | Some(b',' | b'\r' | b'\n') => break,
                    Some(_) => return Err(unbalanced()),
                }
            } else {
                let from = self.at;
                self.line_break();
                if text.len() <= most_bytes {
                    text.push_str(&self.text[from..self.at]);
                }
                breaks += 1;
                // A quote that nobody closed swallows the lines below it, so the finding says where it was opened.
                if breaks > self.limits.cell_lines {
                    let place = Place::Position { line: opened, column: 0 };
                    return Err(broken("document/too-many-cell-lines", self.limits.cell_lines, place));
                }
            }
        }
        Ok(text)
    }
}

/// Refuses a text of more characters than a cell may have.
pub(super) fn check_length(text: &str, limits: &Limits, place: impl FnOnce() -> Place) -> Result<(), Finding> {
    // No text has more characters than bytes, so most cells are not counted.
    if text.len() as u64 > limits.cell_chars && text.chars().count() as u64 > limits.cell_chars {
        return Err(broken("document/cell-too-long", limits.cell_chars, place()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
