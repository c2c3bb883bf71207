//! Long workbooks in pieces: each holds some rows of the sheet of records and the rows of other sheets that join them. Those
//! are read first and put aside; what no record has asked for is told at the end, and never dropped.

use std::collections::BTreeMap;

use super::joined::{Joined, OfSheet};
use super::stream::{Frame, Stop, Walk};
use super::stream_rows::first_rows;
use crate::document::{Book, Row, Sheet, Source, Syntax};
use crate::finding::Finding;
use crate::mapping::Head;

/// Rows of records without a key that are kept, to tell which rows of other sheets are theirs.
const WITHOUT_KEY: usize = 64;

/// What is joined to the records of a workbook.
pub(super) struct Joins<'s> {
    rows: Joined<'s>,
    /// The heads of the sheets that are joined.
    heads: BTreeMap<usize, Head>,
    /// Rows of records whose key cannot be read.
    without_key: Vec<Row>,
}

impl<'w> Walk<'w, '_> {
    /// Reads a workbook.
    pub(super) fn book(&mut self, source: Box<dyn Source + '_>) -> Result<(), Stop> {
        let (limits, scratch) = (&self.context.limits, self.streaming.scratch);
        let mut book = Book::open(source, limits, scratch)?;
        let crosswalk = self.format.crosswalk();
        let names: Vec<String> = book.names().into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let main = crosswalk.sheet_of_records(&names, Syntax::Workbook);
        let joined = crosswalk.joined_sheets(&names);
        let mut frame =
            Frame { syntax: Syntax::Workbook, sheets: names.iter().map(|name| Sheet::new(*name)).collect() };
        let rows = Joined::new(scratch).map_err(|error| Self::no_room(&error))?;
        let mut joins = Joins { rows, heads: BTreeMap::new(), without_key: Vec::new() };
        let mut findings = Vec::new();
        for (at, sheet) in frame.sheets.iter_mut().enumerate().filter(|(at, _)| Some(*at) != main) {
            let mut rows = book.rows(at)?;
            sheet.rows = first_rows(&mut *rows, &mut findings)?;
            if !joined.contains(&at) {
                // One row is enough to say that nobody reads the sheet.
                sheet.rows.truncate(if main.is_some() { 1 } else { sheet.rows.len() });
                continue;
            }
            let Some(mut head) = crosswalk.head(sheet, false) else { continue };
            let mut first = sheet.rows.split_off(head.rows.min(sheet.rows.len())).into_iter();
            loop {
                let row = match first.next() {
                    Some(row) => row,
                    None => match rows.next_row()? {
                        Some(read) => {
                            findings.extend(read.findings);
                            match read.row {
                                Some(row) => row,
                                None => continue,
                            }
                        }
                        None => break,
                    },
                };
                if head.takes(&row, &mut findings) {
                    let key = crosswalk.join_key(&head, &row, &self.context.mapping);
                    joins.rows.put(key.as_deref(), at, &row).map_err(|error| Self::no_room(&error))?;
                }
            }
            joins.heads.insert(at, head);
        }
        let Some(main) = main else { return self.piece(frame.document([]), findings, (1, 1)) };
        let mut rows = book.rows(main)?;
        self.table(&mut *rows, &mut frame, main, Some(&mut joins), findings)?;
        self.orphans(&frame, main, &mut joins)
    }

    /// The rows of other sheets that join these rows of records, each once, by sheet.
    pub(super) fn joining(
        &self,
        joins: &mut Joins<'w>,
        head: &Head,
        rows: &[Row],
    ) -> Result<Vec<(usize, Vec<Row>)>, Stop> {
        let mut found: BTreeMap<usize, BTreeMap<u32, Row>> = BTreeMap::new();
        for row in rows {
            match self.format.crosswalk().join_key(head, row, &self.context.mapping) {
                Some(key) => {
                    for (sheet, row) in joins.rows.of(&key).map_err(|error| Self::no_room(&error))? {
                        found.entry(sheet).or_default().insert(row.number, row);
                    }
                }
                None if joins.without_key.len() < WITHOUT_KEY => joins.without_key.push(row.clone()),
                None => {}
            }
        }
        Ok(found.into_iter().map(|(sheet, rows)| (sheet, rows.into_values().collect())).collect())
    }

    /// The rows that no record has asked for. The crosswalk says what there is to say of each, and whether it belongs to a
    /// record whose key cannot be read.
    fn orphans(&mut self, frame: &Frame, main: usize, joins: &mut Joins<'w>) -> Result<(), Stop> {
        let Joins { rows, heads, without_key } = joins;
        let (format, context) = (self.format, self.context);
        let key = |(sheet, row): &OfSheet| {
            heads.get(sheet).and_then(|head| format.crosswalk().join_key(head, row, &context.mapping))
        };
        let mut place = 0;
        loop {
            let mut part: BTreeMap<usize, Vec<Row>> = BTreeMap::from([(main, without_key.clone())]);
            let mut count = 0;
            while count < self.streaming.rows
                && let Some(((sheet, row), next)) =
                    rows.next_orphan(place, key).map_err(|error| Self::no_room(&error))?
            {
                part.entry(sheet).or_default().push(row);
                place = next;
                count += 1;
            }
            if count == 0 {
                return Ok(());
            }
            let put = format.crosswalk().put(&frame.document(part), &[], &context.mapping.in_piece(self.stand));
            let of_orphan =
                |finding: &Finding| matches!(finding.code(), "mapping/orphan-row" | "mapping/row-of-unreadable");
            self.say(put.findings.into_iter().filter(of_orphan).collect(), (1, 1))?;
        }
    }
}
