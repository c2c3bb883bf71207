//! Reading xlsx (ECMA-376-1, SpreadsheetML): each sheet as a stream from the inflating reader, so that no part is held
//! whole. Formulas are never evaluated, and nothing that the package points to outside itself is ever opened.

mod annotate;
mod package;
mod parts;
mod sheet;
mod strings;

use super::limits::{Budget, Limits, broken};
use super::xml::{Events, Xml};
use super::{Node, Value, Workbook};
use crate::finding::{Finding, Place};

pub(super) use annotate::annotate;
use package::Package;

/// Reads a workbook.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Node, Finding> {
    let mut package = Package::open(bytes, limits)?;
    let roots = parts::relations(&mut package, "")?;
    let book_part = roots
        .by_type("officeDocument")
        .ok_or_else(|| Finding::new("document/not-a-workbook", Place::Part("_rels/.rels".into())))?
        .to_owned();
    let relations = parts::relations(&mut package, &book_part)?;
    let book = parts::book(&mut package, &book_part)?;
    let mut budget = Budget::of_cells(limits);
    let styles = match relations.by_type("styles") {
        Some(part) if package.has(part) => parts::styles(&mut package, part)?,
        _ => parts::Styles::default(),
    };
    let strings = match relations.by_type("sharedStrings") {
        Some(part) if package.has(part) => strings::read(&mut package, part, &mut budget)?,
        _ => Vec::new(),
    };
    let mut workbook = Workbook::default();
    for (name, id) in book.sheets {
        let Some((kind, target)) = relations.by_id(&id) else {
            return Err(Finding::new("document/missing-part", Place::Part(book_part)).with("part", name));
        };
        // Chart sheets and dialogs hold no cells.
        if kind != "worksheet" {
            continue;
        }
        if workbook.sheet(&name).is_some() {
            return Err(Finding::new("document/duplicate-sheet", Place::Part(book_part)).with("sheet", name));
        }
        if workbook.sheets.len() as u64 >= limits.sheets {
            return Err(broken("document/too-many-sheets", limits.sheets, Place::Part(book_part)));
        }
        let context = sheet::Context { styles: &styles, strings: &strings, epoch: book.epoch };
        workbook.sheets.push(sheet::read(&mut package, target, name, &context, &mut budget)?);
    }
    if workbook.sheets.is_empty() {
        return Err(Finding::new("document/not-a-workbook", Place::Part(book_part)));
    }
    Ok(Node::new(Value::Workbook(workbook)))
}

/// Reads the text of an element whose start tag has just been read, up to its end; elements inside it are passed over.
fn text_of<R: std::io::BufRead>(events: &mut Events<'_, R>, most: u64) -> Result<String, Finding> {
    let (mut text, mut depth) = (String::new(), 0_u32);
    loop {
        match events.next()? {
            Xml::Start(_) => depth += 1,
            Xml::Text(part) if depth == 0 => text.push_str(&part),
            Xml::Text(_) => {}
            Xml::End if depth == 0 => return Ok(text),
            Xml::End => depth -= 1,
            Xml::Eof => return Ok(text),
        }
        // Characters are counted by whoever knows the place; this bounds the memory.
        if text.len() as u64 > most.saturating_mul(4) {
            return Err(broken("document/cell-too-long", most, events.place()));
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
