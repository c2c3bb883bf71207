//! One worksheet: its cell records, put in order, and its merged areas.

use std::collections::BTreeSet;

use super::super::limits::{Budget, Limits, broken};
use super::super::merged::{self, Area};
use super::super::serial;
use super::super::{Cell, Flags, Node, Number, Row, Sheet, Value};
use super::globals::{Globals, bad_string};
use super::records::{BadString, Record, Records, f64_at, u16_at, u32_at};
use crate::finding::{Finding, Place};

/// Reads the worksheet that begins the given bytes.
pub(super) fn read(
    bytes: &[u8],
    name: &str,
    globals: &Globals,
    limits: &Limits,
    budget: &mut Budget,
    findings: &mut Vec<Finding>,
) -> Result<Sheet, Finding> {
    let mut refused = BTreeSet::new();
    let mut reader = Reader { name, globals, limits, budget, cells: Vec::new(), areas: Vec::new(), formula: None };
    // Embedded charts are streams within the stream and have cells of their own.
    let mut depth = 0_u32;
    for record in Records(bytes) {
        match record.kind {
            0x0809 => depth += 1,
            0x000a if depth <= 1 => break,
            0x000a => depth -= 1,
            _ if depth == 1 => {
                if let Err(fault) = reader.record(&record) {
                    refused.insert(row_of(&fault).ok_or_else(|| fault.clone())?);
                    merged::tell(findings, vec![fault], limits)?;
                }
            }
            _ => {}
        }
    }
    let Reader { mut cells, areas, .. } = reader;
    cells.sort_by_key(|(row, column, _)| (*row, *column));
    let mut sheet = Sheet::new(name);
    let mut last = (0, 0);
    for (row, column, node) in cells {
        if (row, column) == last {
            return Err(Finding::new("document/cells-out-of-order", Place::cell(name, row, column, None)));
        }
        if row != last.0 && !refused.contains(&row) {
            sheet.rows.push(Row { number: row, cells: Vec::new() });
        }
        last = (row, column);
        if refused.contains(&row) {
            continue;
        }
        if let Some(row) = sheet.rows.last_mut() {
            row.cells.push(Cell { column, node });
        }
    }
    let refused: Vec<u32> = refused.into_iter().collect();
    let without = merged::fill(&mut sheet, &areas, &refused, limits, budget)?;
    merged::tell(findings, without, limits)?;
    Ok(sheet)
}

/// The row that is refused for a fault of one of its cells; nothing where the fault is one of the sheet.
fn row_of(fault: &Finding) -> Option<u32> {
    const OF_A_CELL: [&str; 3] = ["document/malformed-cell", "document/number-out-of-range", "document/cell-too-long"];
    match fault.place() {
        Place::Cell { row, .. } if OF_A_CELL.contains(&fault.code()) => Some(*row),
        _ => None,
    }
}

struct Reader<'a> {
    name: &'a str,
    globals: &'a Globals,
    limits: &'a Limits,
    budget: &'a mut Budget,
    cells: Vec<(u32, u32, Node)>,
    areas: Vec<Area>,
    /// The cell of a formula whose text stands in the String record to come.
    formula: Option<(u32, u32)>,
}

impl Reader<'_> {
    fn place(&self, row: u32, column: u32) -> Place {
        Place::cell(self.name, row, column, None)
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), Finding> {
        let data = record.data;
        let short = || {
            let place = Place::cell(self.name, 0, 0, None);
            Finding::new("document/unreadable", place).with("reason", "xls: a record is too short")
        };
        // Row, column and format stand at the head of every cell record, counted from 0.
        let head =
            || -> Option<(u32, u32)> { Some((u32::from(u16_at(data, 0)?) + 1, u32::from(u16_at(data, 2)?) + 1)) };
        let format = |at: usize| u16_at(data, at).is_some_and(|format| self.is_date(format));
        match record.kind {
            // Number
            0x0203 => {
                let (row, column) = head().ok_or_else(short)?;
                let number = f64_at(data, 6).ok_or_else(short)?;
                let node = self.number(row, column, number, format(4))?;
                self.push(row, column, node)
            }
            // RK
            0x027e => {
                let (row, column) = head().ok_or_else(short)?;
                let number = rk(u32_at(data, 6).ok_or_else(short)?);
                let node = self.number(row, column, number, format(4))?;
                self.push(row, column, node)
            }
            // MulRk: row, first column, pairs of format and RK, last column
            0x00bd => {
                let (row, first) = head().ok_or_else(short)?;
                let pairs = data.get(4..data.len().saturating_sub(2)).ok_or_else(short)?;
                for (column, pair) in (first..).zip(pairs.chunks_exact(6)) {
                    let shows_day = u16_at(pair, 0).is_some_and(|format| self.is_date(format));
                    let node = self.number(row, column, rk(u32_at(pair, 2).unwrap_or(0)), shows_day)?;
                    self.push(row, column, node)?;
                }
                Ok(())
            }
            // LabelSst
            0x00fd => {
                let (row, column) = head().ok_or_else(short)?;
                let index = u32_at(data, 6).and_then(|index| usize::try_from(index).ok()).ok_or_else(short)?;
                let text = self.globals.strings.get(index).ok_or_else(|| {
                    let malformed = Finding::new("document/malformed-cell", self.place(row, column));
                    malformed.with("type", "LabelSst").with("value", index)
                })?;
                let node = Node::text(text.to_string());
                self.push(row, column, node)
            }
            // Label, RString
            0x0204 | 0x00d6 => {
                let (row, column) = head().ok_or_else(short)?;
                let text = record.from(6).string(self.limits.cell_chars);
                let text = text.map_err(|error| self.bad(&error, row, column))?;
                self.push(row, column, Node::text(text))
            }
            // BoolErr
            0x0205 => {
                let (row, column) = head().ok_or_else(short)?;
                let (value, is_error) = data.get(6).zip(data.get(7)).ok_or_else(short)?;
                self.push(row, column, truth_or_error(*value, *is_error != 0))
            }
            // Formula: the value stands in 8 bytes, a double or, where they end in FFFF, something else
            0x0006 | 0x0206 | 0x0406 => {
                let (row, column) = head().ok_or_else(short)?;
                let value = data.get(6..14).ok_or_else(short)?;
                let node = match (u16_at(value, 6), value.first(), value.get(2)) {
                    (Some(0xffff), Some(0), _) => {
                        self.formula = Some((row, column));
                        Node::null().flagged(Flags::NO_VALUE)
                    }
                    (Some(0xffff), Some(1), Some(value)) => truth_or_error(*value, false),
                    (Some(0xffff), Some(2), Some(value)) => truth_or_error(*value, true),
                    (Some(0xffff), ..) => Node::null().flagged(Flags::NO_VALUE),
                    _ => {
                        let number = f64_at(value, 0).ok_or_else(short)?;
                        self.number(row, column, number, format(4))?
                    }
                };
                self.push(row, column, node.flagged(Flags::FORMULA))
            }
            // String: the text of the formula before it
            0x0207 => {
                let Some((row, column)) = self.formula.take() else { return Ok(()) };
                let text = record.from(0).string(self.limits.cell_chars);
                let text = text.map_err(|error| self.bad(&error, row, column))?;
                let place = Place::cell(self.name, row, column, None);
                self.budget.text(text.len(), || place)?;
                if let Some((_, _, node)) = self.cells.last_mut().filter(|_| !text.is_empty()) {
                    *node = Node::text(text).flagged(Flags::FORMULA);
                }
                Ok(())
            }
            // MergeCells
            0x00e5 => self.merged(data),
            _ => Ok(()),
        }
    }

    fn merged(&mut self, data: &[u8]) -> Result<(), Finding> {
        for eight in data.get(2..).unwrap_or_default().chunks_exact(8) {
            let at = |at: usize| u32::from(u16_at(eight, at).unwrap_or(0)) + 1;
            let area = Area { rows: (at(0), at(2)), columns: (at(4), at(6)) };
            if self.areas.len() as u64 >= self.limits.merged_cells {
                let place = self.place(area.rows.0, area.columns.0);
                return Err(broken("document/too-many-merged-cells", self.limits.merged_cells, place));
            }
            if area.rows.0 <= area.rows.1 && area.columns.0 <= area.columns.1 {
                self.areas.push(area);
            }
        }
        Ok(())
    }

    fn is_date(&self, format: u16) -> bool {
        self.globals.dates.get(usize::from(format)).copied().unwrap_or(false)
    }

    fn number(&self, row: u32, column: u32, number: f64, date: bool) -> Result<Node, Finding> {
        let number = Number::from_f64(number).ok_or_else(|| {
            Finding::new("document/number-out-of-range", self.place(row, column)).with("number", number)
        })?;
        Ok(match date.then(|| serial::temporal(&number, self.globals.epoch)).flatten() {
            Some((value, flags)) => Node::new(value).flagged(flags),
            None => Node::new(Value::Number(number)),
        })
    }

    fn push(&mut self, row: u32, column: u32, node: Node) -> Result<(), Finding> {
        let place = || Place::cell(self.name, row, column, None);
        if row > self.limits.rows {
            return Err(broken("document/too-many-rows", self.limits.rows, place()));
        }
        if column > self.limits.columns {
            return Err(broken("document/too-many-columns", self.limits.columns, place()));
        }
        if let Value::Text(text) = &node.value {
            if text.is_empty() {
                return Ok(());
            }
            self.budget.text(text.len(), place)?;
        }
        self.budget.node(place)?;
        self.cells.push((row, column, node));
        Ok(())
    }

    fn bad(&self, error: &BadString, row: u32, column: u32) -> Finding {
        bad_string(error, self.limits).at(self.place(row, column))
    }
}

/// An RK number (MS-XLS 2.5.217): 30 bits of an integer or of a double, and perhaps a hundredth.
fn rk(encoded: u32) -> f64 {
    let number = if encoded & 2 != 0 {
        f64::from(encoded.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(encoded & !3) << 32)
    };
    if encoded & 1 != 0 { number / 100.0 } else { number }
}

/// A truth value or an error (MS-XLS 2.5.10).
fn truth_or_error(value: u8, is_error: bool) -> Node {
    if !is_error {
        return Node::new(Value::Bool(value != 0));
    }
    let name = match value {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2a => "#N/A",
        _ => "#GETTING_DATA",
    };
    Node::text(name).flagged(Flags::ERROR)
}
