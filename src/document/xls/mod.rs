//! Reading xls: BIFF8 (MS-XLS) in a compound file (MS-CFB). It is read here because libraries for it build a dense table
//! of rows by columns and follow sector chains without end, which a hostile file of a few kilobytes turns into
//! gigabytes; a test holds this reader to what `calamine` reads. Formulas are never evaluated, macros never looked at.

mod compound;
mod globals;
mod records;
mod sheet;

use super::limits::{Budget, Limits, broken};
use super::{Node, Value, Workbook};
use crate::finding::{Finding, Place};

/// What a compound file begins with.
pub(super) const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Reads a workbook.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<(Node, Vec<Finding>), Finding> {
    let file = compound::Compound::open(bytes).map_err(unreadable)?;
    let Some(stream) = file.stream("Workbook").map_err(unreadable)? else {
        // An encrypted xlsx is a compound file; a workbook before Excel 97 has a stream of another name.
        return Err(if file.has("EncryptedPackage") {
            Finding::new("document/encrypted", Place::Whole)
        } else if file.has("Book") {
            Finding::new("document/old-workbook", Place::Whole)
        } else {
            Finding::new("document/not-a-workbook", Place::Whole)
        });
    };
    let mut budget = Budget::of_cells(limits);
    let globals = globals::read(&stream, limits, &mut budget)?;
    let mut workbook = Workbook::default();
    let mut findings = Vec::new();
    for (name, at) in &globals.sheets {
        if workbook.sheet(name).is_some() {
            return Err(Finding::new("document/duplicate-sheet", globals::place()).with("sheet", name));
        }
        if workbook.sheets.len() as u64 >= limits.sheets {
            return Err(broken("document/too-many-sheets", limits.sheets, globals::place()));
        }
        let records =
            stream.get(*at..).ok_or_else(|| unreadable("xls: a sheet beyond the end").at(globals::place()))?;
        workbook.sheets.push(sheet::read(records, name, &globals, limits, &mut budget, &mut findings)?);
    }
    if workbook.sheets.is_empty() {
        return Err(Finding::new("document/not-a-workbook", Place::Whole));
    }
    Ok((Node::new(Value::Workbook(workbook)), findings))
}

fn unreadable(reason: impl std::fmt::Display) -> Finding {
    Finding::new("document/unreadable", Place::Whole).with("reason", reason)
}

#[cfg(test)]
pub(super) mod tests;
