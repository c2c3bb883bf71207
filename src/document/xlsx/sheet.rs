//! One worksheet, as a stream: rows, cells and merged areas. What else a worksheet holds is passed over.

use std::borrow::Cow;
use std::io::BufRead;

use super::super::csv::check_length;
use super::super::limits::{Budget, Limits, broken};
use super::super::merged::{self, Area};
use super::super::scratch::no_room;
use super::super::serial::{self, Epoch};
use super::super::xml::{Element, Events, Xml};
use super::super::{Cell, Flags, Node, Number, ReadRow, Row, Sheet, Value};
use super::package::Package;
use super::parts::Styles;
use super::strings::{Strings, rich_text, unescape};
use super::text_of;
use crate::clock::Day;
use crate::finding::{Finding, Place};

/// What the cells of every sheet refer to.
pub(super) struct Context<'a, 's> {
    pub(super) styles: &'a Styles,
    pub(super) strings: &'a mut Strings<'s>,
    pub(super) epoch: Epoch,
}

/// Reads a worksheet part as a whole. Rows with a cell that cannot be read are told of and left out.
pub(super) fn read(
    package: &mut Package<'_>,
    part: &str,
    name: String,
    context: Context<'_, '_>,
    budget: &mut Budget,
    findings: &mut Vec<Finding>,
) -> Result<Sheet, Finding> {
    let limits = package.limits;
    let mut reader = Reader::new(package.events(part)?, context, name, budget.clone(), limits);
    let mut sheet = Sheet::new(reader.name.as_str());
    let mut refused = Vec::new();
    while let Some(read) = reader.next_row()? {
        match read.row {
            Some(row) => sheet.rows.push(row),
            None => refused.push(reader.row),
        }
        merged::tell(findings, read.findings, limits)?;
    }
    *budget = reader.budget;
    let without = merged::fill(&mut sheet, &reader.areas, &refused, limits, budget)?;
    merged::tell(findings, without, limits)?;
    Ok(sheet)
}

/// The rows of a worksheet, one by one, without what merged areas give them.
pub(super) struct Reader<'a, 's, 'l, R: BufRead> {
    events: Events<'l, R>,
    context: Context<'a, 's>,
    budget: Budget,
    limits: &'l Limits,
    name: String,
    /// Has every row a budget of its own?
    by_row: bool,
    /// Number of the row that was read last.
    pub(super) row: u32,
    /// The merged areas, all known once the last row is read.
    pub(super) areas: Vec<Area>,
    /// The elements around: whether each is one that rows count in, worksheet > sheetData > row.
    path: Vec<bool>,
}

/// What stands in a start tag of a cell.
struct Tag {
    column: u32,
    /// Row of its reference, if it has one.
    row: Option<u32>,
    /// Its type; empty for the default, a number.
    kind: String,
    format: usize,
}

impl<'a, 's, 'l, R: BufRead> Reader<'a, 's, 'l, R> {
    pub(super) fn new(
        events: Events<'l, R>,
        context: Context<'a, 's>,
        name: String,
        budget: Budget,
        limits: &'l Limits,
    ) -> Self {
        Self { events, context, budget, limits, name, by_row: false, row: 0, areas: Vec::new(), path: Vec::new() }
    }

    /// The same with a budget for each row, instead of one for all.
    pub(super) fn by_row(mut self) -> Self {
        self.by_row = true;
        self
    }

    /// The next row that holds anything; nothing of it but what is to be said where one of its cells cannot be read.
    pub(super) fn next_row(&mut self) -> Result<Option<ReadRow>, Finding> {
        loop {
            let place = self.events.place();
            let unreadable = |reason: String| Finding::new("document/unreadable", place.clone()).with("reason", reason);
            match self.events.next()? {
                Xml::Eof => return Ok(None),
                Xml::End => _ = self.path.pop(),
                Xml::Text(_) => {}
                Xml::Start(element) => match (self.path.len(), element.name()) {
                    (2, "row") if self.path.last() == Some(&true) => {
                        let number = element.attribute("r").map_err(unreadable)?;
                        self.begin_row(number.as_deref())?;
                        let (row, faults) = self.cells()?;
                        if !faults.is_empty() {
                            return Ok(Some(ReadRow { row: None, findings: faults }));
                        }
                        if !row.cells.is_empty() {
                            return Ok(Some(ReadRow { row: Some(row), findings: faults }));
                        }
                    }
                    (_, "mergeCell") => {
                        let area = element.attribute("ref").map_err(unreadable)?;
                        if let Some(area) = area.as_deref().and_then(area_of) {
                            if self.areas.len() as u64 >= self.limits.merged_cells {
                                let most = self.limits.merged_cells;
                                return Err(broken("document/too-many-merged-cells", most, place));
                            }
                            self.areas.push(area);
                        }
                        self.path.push(false);
                    }
                    (1, name) => self.path.push(name == "sheetData"),
                    _ => self.path.push(false),
                },
            }
        }
    }

    fn place(&self, column: u32) -> Place {
        Place::cell(self.name.as_str(), self.row, column, None)
    }

    fn disorder(&self, column: u32) -> Finding {
        Finding::new("document/cells-out-of-order", self.place(column))
    }

    /// Takes the number of a row, which must be beyond the one before: a row that came twice would have two readings.
    fn begin_row(&mut self, number: Option<&str>) -> Result<(), Finding> {
        let former = self.row;
        self.row = match number {
            Some(text) => text.trim().parse().map_err(|_| self.disorder(0))?,
            None => former.saturating_add(1),
        };
        if self.row <= former {
            return Err(self.disorder(0));
        }
        let (code, most) = if self.by_row {
            ("document/too-many-stream-rows", self.limits.stream_rows)
        } else {
            ("document/too-many-rows", self.limits.rows)
        };
        if self.row > most {
            return Err(broken(code, most, self.place(0)));
        }
        if self.by_row {
            self.budget = Budget::of_row(self.limits);
        }
        Ok(())
    }

    /// The cells of a row whose start tag has just been read, up to its end; and what is wrong with one and costs the row.
    fn cells(&mut self) -> Result<(Row, Vec<Finding>), Finding> {
        let mut faults = Vec::new();
        let mut row = Row { number: self.row, cells: Vec::new() };
        let (mut column, mut depth) = (0, 0_u32);
        loop {
            let tag = match self.events.next()? {
                Xml::Eof => break,
                Xml::End if depth == 0 => break,
                Xml::End => {
                    depth -= 1;
                    continue;
                }
                Xml::Text(_) => continue,
                Xml::Start(element) if depth == 0 && element.name() == "c" => tag_of(&element, column),
                Xml::Start(_) => {
                    depth += 1;
                    continue;
                }
            };
            let tag =
                tag.map_err(|reason| Finding::new("document/unreadable", self.place(0)).with("reason", reason))?;
            let in_order = |tag: &Tag| tag.column > column && tag.row.is_none_or(|row| row == self.row);
            let Some(tag) = tag.filter(in_order) else { return Err(self.disorder(column)) };
            column = tag.column;
            if column > self.limits.columns {
                return Err(broken("document/too-many-columns", self.limits.columns, self.place(column)));
            }
            match self.cell(&tag)? {
                Ok(Some(node)) => {
                    let place = || Place::cell(self.name.as_str(), self.row, column, None);
                    self.budget.node(place)?;
                    if let Value::Text(text) = &node.value {
                        self.budget.text(text.len(), place)?;
                    }
                    row.cells.push(Cell { column, node });
                }
                Ok(None) => {}
                Err(fault) => faults.push(fault),
            }
        }
        row.cells.shrink_to_fit();
        Ok((row, faults))
    }

    /// The content of a cell whose start tag has just been read, up to its end; nothing for a cell that holds nothing. The
    /// inner error is of this cell alone, the outer one of the sheet.
    fn cell(&mut self, tag: &Tag) -> Result<Result<Option<Node>, Finding>, Finding> {
        let (mut stored, mut inline, mut flags) = (None, None, Flags::NONE);
        let most = self.limits.cell_chars;
        let mut depth = 0_u32;
        loop {
            enum Part {
                Value,
                Inline,
                Formula,
            }
            let part = match self.events.next()? {
                Xml::Eof => break,
                Xml::End if depth == 0 => break,
                Xml::End => {
                    depth -= 1;
                    continue;
                }
                Xml::Text(_) => continue,
                Xml::Start(element) => match element.name() {
                    "v" if depth == 0 => Part::Value,
                    "is" if depth == 0 => Part::Inline,
                    "f" if depth == 0 => Part::Formula,
                    _ => {
                        depth += 1;
                        continue;
                    }
                },
            };
            match part {
                Part::Value => stored = Some(text_of(&mut self.events, most)?),
                Part::Inline => inline = Some(rich_text(&mut self.events, most)?),
                Part::Formula => {
                    // Read past, never looked at.
                    text_of(&mut self.events, most)?;
                    flags = flags.and(Flags::FORMULA);
                }
            }
        }
        let text = if tag.kind == "inlineStr" { inline } else { stored };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            let formula = flags.has(Flags::FORMULA);
            return Ok(Ok(formula.then(|| Node::null().flagged(flags.and(Flags::NO_VALUE)))));
        };
        if let Err(fault) = check_length(&text, self.limits, || self.place(tag.column)) {
            return Ok(Err(fault));
        }
        // A scratch file that cannot be read is no fault of the cell.
        let shared = match tag.kind.as_str() {
            "s" => match text.trim().parse() {
                Ok(index) => self.context.strings.get(index).map_err(|error| no_room(&error))?.map(Cow::into_owned),
                Err(_) => None,
            },
            _ => None,
        };
        let value = self.value(tag, text, shared);
        Ok(value.map(|(value, more)| value.map(|value| Node::new(value).flagged(flags.and(more)))))
    }

    /// The value of a cell by its type (ECMA-376-1, 18.18.11), with the shared string that it names, if there is one. A
    /// shared string that is empty is no value.
    fn value(&self, tag: &Tag, text: String, shared: Option<String>) -> Result<(Option<Value>, Flags), Finding> {
        let place = || Place::cell(self.name.as_str(), self.row, tag.column, None);
        let malformed =
            || Finding::new("document/malformed-cell", place()).with("type", &tag.kind).with("value", &text);
        let value = match tag.kind.as_str() {
            "s" => {
                let shared = shared.ok_or_else(malformed)?;
                return Ok(((!shared.is_empty()).then_some(Value::Text(shared)), Flags::NONE));
            }
            "inlineStr" => Value::Text(text),
            "str" => Value::Text(unescape(text)),
            "b" => match text.trim() {
                "1" | "true" => Value::Bool(true),
                "0" | "false" => Value::Bool(false),
                _ => return Err(malformed()),
            },
            "e" => return Ok((Some(Value::Text(text)), Flags::ERROR)),
            // An ISO 8601 date, written by few.
            "d" => match text.trim().trim_end_matches("T00:00:00").parse::<Day>() {
                Ok(day) if text.trim().len() <= 19 && (text.trim().len() == 10 || text.contains("T00:00:00")) => {
                    Value::DateCell(day)
                }
                _ => return Ok((Some(Value::Text(text)), Flags::DATE_TIME)),
            },
            "" | "n" => {
                let spelt = text.trim();
                let number = match (Number::parse(spelt), spelt.parse::<f64>()) {
                    (Some(number), _) => number,
                    // Spelt as JSON would not (`+1`, `.5`): the amount is what counts.
                    (None, Ok(amount)) if amount.is_finite() => Number::from_f64(amount).ok_or_else(malformed)?,
                    (None, Ok(_)) if spelt.bytes().any(|byte| byte.is_ascii_digit()) => {
                        return Err(Finding::new("document/number-out-of-range", place()).with("number", spelt));
                    }
                    _ => return Err(malformed()),
                };
                if spelt.len() as u64 > self.limits.number_chars {
                    return Err(broken("document/number-too-long", self.limits.number_chars, place()));
                }
                let date = self.context.styles.is_date(tag.format);
                return Ok(match date.then(|| serial::temporal(&number, self.context.epoch)).flatten() {
                    Some((value, flags)) => (Some(value), flags),
                    None => (Some(Value::Number(number)), Flags::NONE),
                });
            }
            _ => return Err(malformed()),
        };
        Ok((Some(value), Flags::NONE))
    }
}

/// The start tag of a cell; nothing where its reference is none. A cell without one follows the one before.
fn tag_of(element: &Element<'_>, before: u32) -> Result<Option<Tag>, String> {
    let [reference, kind, format] = element.attributes(["r", "t", "s"])?;
    let place = match reference {
        Some(reference) => cell_of(&reference).map(|(column, row)| (column, Some(row))),
        None => Some((before + 1, None)),
    };
    let kind = kind.map_or_else(String::new, Cow::into_owned);
    let format = format.and_then(|format| format.parse().ok()).unwrap_or(0);
    Ok(place.map(|(column, row)| Tag { column, row, kind, format }))
}

/// Column and row of a reference such as `AB12`.
fn cell_of(reference: &str) -> Option<(u32, u32)> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let column = reference.bytes().take(letters).fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    let row = reference.get(letters..)?.parse::<u32>().ok().filter(|row| *row > 0)?;
    Some((column, row))
}

/// The area of a reference such as `A1:B2`.
fn area_of(reference: &str) -> Option<Area> {
    let (from, to) = reference.split_once(':')?;
    let ((first, top), (last, bottom)) = (cell_of(from)?, cell_of(to)?);
    (first <= last && top <= bottom).then_some(Area { rows: (top, bottom), columns: (first, last) })
}
