//! Long tables in pieces: each has the head of its sheet above some rows of it.

use super::stream::{Frame, PIECE_BYTES, Stop, Walk};
use super::stream_book::Joins;
use crate::document::{Row, Rows, Sheet, Source, Syntax, Value, csv_rows};
use crate::finding::Finding;
use crate::mapping::HEAD_WITHIN;

impl<'w> Walk<'w, '_> {
    /// Reads a CSV file.
    pub(super) fn csv(&mut self, source: Box<dyn Source + '_>) -> Result<(), Stop> {
        let context = self.context;
        let mut rows = csv_rows(source, self.streaming.charset, &context.limits)?;
        let mut frame = Frame { syntax: Syntax::Csv, sheets: vec![Sheet::new("")] };
        self.table(&mut *rows, &mut frame, 0, None, Vec::new())
    }

    /// Reads the rows of the sheet of records, with what is joined to them. `findings` are those of the document so far.
    pub(super) fn table(
        &mut self,
        rows: &mut dyn Rows,
        frame: &mut Frame,
        main: usize,
        mut joins: Option<&mut Joins<'w>>,
        mut findings: Vec<Finding>,
    ) -> Result<(), Stop> {
        let first = first_rows(rows, &mut findings)?;
        let Some(sheet) = frame.sheets.get_mut(main) else { return Ok(()) };
        sheet.rows = first;
        let Some(mut head) = self.format.crosswalk().head(sheet, true) else {
            // Without titles there is nothing to be read, and the first rows are enough to say so.
            return self.piece(frame.document([]), findings, rows.progress());
        };
        let mut waiting = sheet.rows.split_off(head.rows.min(sheet.rows.len())).into_iter();
        let mut any = false;
        loop {
            let (mut part, mut bytes, mut ended) = (Vec::new(), 0, false);
            let last_row = head.last_row();
            while part.len() < self.streaming.rows && bytes < PIECE_BYTES && !ended {
                let row = if let Some(row) = waiting.next() {
                    Some(row)
                } else if let Some(read) = rows.next_row()? {
                    findings.extend(read.findings);
                    read.row
                } else {
                    ended = true;
                    None
                };
                let Some(row) = row else {
                    // A thousand bad rows in a row are told of before there is one to go with.
                    if findings.len() >= self.streaming.rows {
                        break;
                    }
                    continue;
                };
                bytes += size_of_row(&row);
                head.takes(&row, &mut Vec::new());
                part.push(row);
            }
            self.stand.last_row = last_row;
            let findings = std::mem::take(&mut findings);
            if !part.is_empty() || (ended && !any) {
                any = true;
                let mut all = match &mut joins {
                    Some(joins) => self.joining(joins, &head, &part)?,
                    None => Vec::new(),
                };
                all.push((main, part));
                self.piece(frame.document(all), findings, rows.progress())?;
            } else if !findings.is_empty() {
                self.say(findings, rows.progress())?;
            }
            if ended {
                return Ok(());
            }
        }
    }
}

/// The first rows of a sheet, among which its head is.
pub(super) fn first_rows(rows: &mut dyn Rows, findings: &mut Vec<Finding>) -> Result<Vec<Row>, Finding> {
    let mut first = Vec::new();
    while first.len() < HEAD_WITHIN
        && let Some(read) = rows.next_row()?
    {
        findings.extend(read.findings);
        first.extend(read.row);
    }
    Ok(first)
}

/// Bytes that a row is held in, near enough.
fn size_of_row(row: &Row) -> usize {
    let text = |value: &Value| if let Value::Text(text) = value { text.len() } else { 0 };
    row.cells.iter().map(|cell| text(&cell.node.value) + size_of_val(cell)).sum()
}
