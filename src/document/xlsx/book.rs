//! A workbook as its sheets are read: what they share is read first, then each sheet as a whole or row by row.

use super::super::limits::{Budget, Limits, broken};
use super::super::merged::Merged;
use super::super::scratch::Scratch;
use super::super::serial::Epoch;
use super::super::xml::Events;
use super::super::{ReadRow, Rows, Sheet, Source};
use super::package::Package;
use super::strings::{self, Strings};
use super::{parts, sheet};
use crate::finding::{Finding, Place};

/// An xlsx workbook that is open.
pub struct Book<'a> {
    package: Package<'a>,
    styles: parts::Styles,
    strings: Strings<'a>,
    epoch: Epoch,
    /// Name and part of each sheet of cells, in their order.
    pub(super) sheets: Vec<(String, String)>,
}

impl<'a> Book<'a> {
    /// Opens a long workbook. Its shared strings are put aside where memory has no room for them.
    ///
    /// # Errors
    ///
    /// The refusal of the workbook.
    pub fn open(source: Box<dyn Source + 'a>, limits: &'a Limits, scratch: &'a dyn Scratch) -> Result<Self, Finding> {
        Self::of(Package::stream(source, limits)?, Some(scratch), None)
    }

    pub(super) fn of(
        mut package: Package<'a>,
        scratch: Option<&'a dyn Scratch>,
        budget: Option<&mut Budget>,
    ) -> Result<Self, Finding> {
        let limits = package.limits;
        let roots = parts::relations(&mut package, "")?;
        let book_part = roots
            .by_type("officeDocument")
            .ok_or_else(|| Finding::new("document/not-a-workbook", Place::Part("_rels/.rels".into())))?
            .to_owned();
        let relations = parts::relations(&mut package, &book_part)?;
        let book = parts::book(&mut package, &book_part)?;
        let styles = match relations.by_type("styles") {
            Some(part) if package.has(part) => parts::styles(&mut package, part)?,
            _ => parts::Styles::default(),
        };
        let mut strings = Strings::new(scratch);
        if let Some(part) = relations.by_type("sharedStrings").filter(|part| package.has(part)) {
            strings::read(&mut package, part, &mut strings, budget)?;
        }
        let mut sheets: Vec<(String, String)> = Vec::new();
        for (name, id) in book.sheets {
            let Some((kind, target)) = relations.by_id(&id) else {
                return Err(Finding::new("document/missing-part", Place::Part(book_part)).with("part", name));
            };
            // Chart sheets and dialogs hold no cells.
            if kind != "worksheet" {
                continue;
            }
            if sheets.iter().any(|(other, _)| *other == name) {
                return Err(Finding::new("document/duplicate-sheet", Place::Part(book_part)).with("sheet", name));
            }
            if sheets.len() as u64 >= limits.sheets {
                return Err(broken("document/too-many-sheets", limits.sheets, Place::Part(book_part)));
            }
            sheets.push((name, target.to_owned()));
        }
        if sheets.is_empty() {
            return Err(Finding::new("document/not-a-workbook", Place::Part(book_part)));
        }
        Ok(Self { package, styles, strings, epoch: book.epoch, sheets })
    }

    /// The names of its sheets.
    pub fn names(&self) -> Vec<&str> {
        self.sheets.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// A sheet as a whole.
    pub(super) fn sheet(
        &mut self,
        index: usize,
        budget: &mut Budget,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Sheet>, Finding> {
        let Self { package, styles, strings, epoch, sheets } = self;
        let Some((name, part)) = sheets.get(index) else { return Ok(None) };
        let context = sheet::Context { styles, strings, epoch: *epoch };
        sheet::read(package, part, name.clone(), context, budget, findings).map(Some)
    }

    /// The rows of a sheet. It is read from end to end before the first one is given: a sheet that cannot be read is refused
    /// before anything of it is taken, and merged areas are told of behind the rows.
    ///
    /// # Errors
    ///
    /// The refusal of the workbook.
    pub fn rows(&mut self, index: usize) -> Result<Box<dyn Rows + '_>, Finding> {
        let Self { package, styles, strings, epoch, sheets } = self;
        let limits = package.limits;
        let (name, part) = sheets.get(index).ok_or_else(|| Finding::new("document/missing-part", Place::Whole))?;
        let left = package.left();
        let context = sheet::Context { styles, strings, epoch: *epoch };
        let mut reader = reader(package.events(part)?, context, name, limits);
        let mut count = 0;
        while reader.next_row()?.is_some() {
            count += 1;
        }
        let merged = Merged::of(&reader.areas, name, limits)?;
        drop(reader);
        package.again(left);
        let context = sheet::Context { styles, strings, epoch: *epoch };
        let reader = reader_of(package, part, context, name)?;
        Ok(Box::new(SheetRows { reader, merged, name, limits, given: 0, count }))
    }
}

fn reader<'c, 's, 'l, R: std::io::BufRead>(
    events: Events<'l, R>,
    context: sheet::Context<'c, 's>,
    name: &str,
    limits: &'l Limits,
) -> sheet::Reader<'c, 's, 'l, R> {
    sheet::Reader::new(events, context, name.to_owned(), Budget::of_row(limits), limits).by_row()
}

fn reader_of<'p, 'a, 'c, 's>(
    package: &'p mut Package<'a>,
    part: &str,
    context: sheet::Context<'c, 's>,
    name: &str,
) -> Result<sheet::Reader<'c, 's, 'a, impl std::io::BufRead + use<'p, 'a>>, Finding> {
    let limits = package.limits;
    Ok(reader(package.events(part)?, context, name, limits))
}

/// The rows of a sheet, with what merged areas give them.
struct SheetRows<'b, 's, 'l, R: std::io::BufRead> {
    reader: sheet::Reader<'b, 's, 'l, R>,
    merged: Merged,
    name: &'b str,
    limits: &'l Limits,
    given: u64,
    count: u64,
}

impl<R: std::io::BufRead> Rows for SheetRows<'_, '_, '_, R> {
    fn next_row(&mut self) -> Result<Option<ReadRow>, Finding> {
        let Some(mut read) = self.reader.next_row()? else { return Ok(None) };
        self.given += 1;
        match &mut read.row {
            Some(row) => {
                if let Some(fault) = self.merged.fill(self.name, row, self.limits, &mut Budget::of_row(self.limits))? {
                    read = ReadRow { row: None, findings: vec![fault] };
                }
            }
            None => self.merged.refuse(self.reader.row),
        }
        Ok(Some(read))
    }

    fn progress(&self) -> (u64, u64) {
        (self.given, self.count)
    }
}
