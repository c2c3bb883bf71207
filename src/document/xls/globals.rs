//! The workbook globals (MS-XLS 2.1.7.20.3): sheets, shared strings, number formats, calendar.

use std::collections::HashMap;

use super::super::limits::{Budget, Limits, broken};
use super::super::serial::{self, Epoch};
use super::records::{BadString, Record, Records, u16_at, u32_at};
use super::unreadable;
use crate::finding::{Finding, Place};

/// What every sheet refers to.
#[derive(Default)]
pub(super) struct Globals {
    /// Name and position in the stream of each worksheet.
    pub(super) sheets: Vec<(String, usize)>,
    pub(super) strings: Vec<Box<str>>,
    pub(super) epoch: Epoch,
    /// By cell format: whether it shows dates.
    pub(super) dates: Vec<bool>,
}

/// The globals as a place: the stream that they stand in.
pub(super) fn place() -> Place {
    Place::Part("Workbook".to_owned())
}

/// Reads the globals at the head of the stream.
pub(super) fn read(stream: &[u8], limits: &Limits, budget: &mut Budget) -> Result<Globals, Finding> {
    let mut globals = Globals::default();
    let (mut formats, mut codes) = (Vec::new(), HashMap::new());
    let mut records = Records(stream);
    match records.next() {
        // BOF (2.4.21): BIFF8, workbook globals.
        Some(first) if first.kind == 0x0809 && u16_at(first.data, 0) == Some(0x0600) => {}
        Some(first) if matches!(first.kind, 0x0809 | 0x0409 | 0x0209 | 0x0009) => {
            return Err(Finding::new("document/old-workbook", Place::Whole));
        }
        _ => return Err(unreadable("xls: the workbook stream does not begin as one")),
    }
    let short = || unreadable("xls: a record is too short").at(place());
    for record in records {
        match record.kind {
            // EOF
            0x000a => break,
            // FilePass
            0x002f => return Err(Finding::new("document/encrypted", Place::Whole)),
            // Date1904
            0x0022 if u16_at(record.data, 0) == Some(1) => globals.epoch = Epoch::Year1904,
            // Format
            0x041e => {
                let id = u16_at(record.data, 0).ok_or_else(short)?;
                let code = record.from(2).string(limits.cell_chars).map_err(|error| bad_string(&error, limits))?;
                codes.insert(id, serial::is_date_code(&code));
            }
            // XF
            0x00e0 => formats.push(u16_at(record.data, 2).ok_or_else(short)?),
            // BoundSheet8; type 0 is a worksheet
            0x0085 => {
                let at = u32_at(record.data, 0).and_then(|at| usize::try_from(at).ok()).ok_or_else(short)?;
                if record.data.get(5) == Some(&0) {
                    let name = record.from(6).short_string(255).map_err(|error| bad_string(&error, limits))?;
                    globals.sheets.push((name, at));
                }
            }
            // SST
            0x00fc => shared_strings(&record, &mut globals.strings, limits, budget)?,
            _ => {}
        }
    }
    let is_date = |id: u16| codes.get(&id).copied().unwrap_or_else(|| serial::is_builtin_date(u32::from(id)));
    globals.dates = formats.into_iter().map(is_date).collect();
    Ok(globals)
}

fn shared_strings(
    record: &Record<'_>,
    strings: &mut Vec<Box<str>>,
    limits: &Limits,
    budget: &mut Budget,
) -> Result<(), Finding> {
    let mut data = record.from(4);
    let count = data.u32().unwrap_or(0);
    for _ in 0..count {
        if data.is_empty() {
            break;
        }
        let text = data.string(limits.cell_chars).map_err(|error| bad_string(&error, limits))?;
        budget.node(place)?;
        budget.text(text.len(), place)?;
        strings.push(text.into_boxed_str());
    }
    Ok(())
}

/// The refusal of a string.
pub(super) fn bad_string(error: &BadString, limits: &Limits) -> Finding {
    match error {
        BadString::Short => unreadable("xls: a text is cut off").at(place()),
        BadString::Surrogate => Finding::new("document/undecodable", place()).with("encoding", "UTF-16LE"),
        BadString::Long => broken("document/cell-too-long", limits.cell_chars, place()),
    }
}
