//! Reading xlsx (ECMA-376-1, SpreadsheetML): each sheet as a stream from the inflating reader, so that no part is held
//! whole. Formulas are never evaluated, and nothing that the package points to outside itself is ever opened.

mod annotate;
mod book;
mod package;
mod parts;
mod sheet;
mod strings;

use super::limits::{Budget, Limits};
use super::xml::{Events, Xml};
use super::{Node, Value, Workbook};
use crate::finding::Finding;

pub(super) use annotate::annotate;
pub use book::Book;
use package::Package;

/// Reads a workbook.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<(Node, Vec<Finding>), Finding> {
    let mut budget = Budget::of_cells(limits);
    let mut book = Book::of(Package::open(bytes, limits)?, None, Some(&mut budget))?;
    let mut workbook = Workbook::default();
    let mut findings = Vec::new();
    for sheet in 0..book.sheets.len() {
        workbook.sheets.extend(book.sheet(sheet, &mut budget, &mut findings)?);
    }
    Ok((Node::new(Value::Workbook(workbook)), findings))
}

/// Reads the text of an element whose start tag has just been read, up to its end; elements inside it are passed over. Of
/// one that is longer than a cell may be only so much is kept that whoever knows its place sees that it is.
fn text_of<R: std::io::BufRead>(events: &mut Events<'_, R>, most: u64) -> Result<String, Finding> {
    let (mut text, mut depth) = (String::new(), 0_u32);
    loop {
        match events.next()? {
            Xml::Start(_) => depth += 1,
            // Characters are counted by whoever knows the place; this bounds the memory.
            Xml::Text(part) if depth == 0 && text.len() as u64 <= most.saturating_mul(4) => text.push_str(&part),
            Xml::Text(_) => {}
            Xml::End if depth == 0 => return Ok(text),
            Xml::End => depth -= 1,
            Xml::Eof => return Ok(text),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
