//! Sheets: where the titles stand, which rows are data, and which rows of other sheets belong to a record.

use std::collections::HashMap;

use serde_json::Value;

use super::plan::{Construct, Leaf, Plan, SheetLayout};
use super::steps::{Notes, Surroundings, TextStep};
use super::wire::{Body, Header, Id, Key, Tree};
use crate::document::{Name, Node, Row, Sheet, Value as WireValue};
use crate::finding::{Finding, Place};

/// A sheet with its titles found.
pub(crate) struct Table<'d> {
    pub(crate) key: Name,
    pub(crate) header: Header,
    /// Row of the titles.
    pub(crate) titles: u32,
    /// Rows that are data.
    pub(crate) rows: Vec<&'d Row>,
    /// Rows above the titles, and the row of codes below them.
    pub(crate) beside: Vec<&'d Row>,
    pub(crate) sheet: &'d Sheet,
}

const CLEANING: TextStep =
    TextStep { invisible: true, width: false, breaks: true, upper: false, trim: true, from_number: false };

fn title(node: &Node) -> Option<String> {
    match &node.value {
        WireValue::Text(text) => Some(CLEANING.clean(text).into_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn is_blank(node: &Node) -> bool {
    matches!(&node.value, WireValue::Text(text) if text.trim().is_empty())
}

/// A row of technical names right below the titles: letters, digits and underscores, nothing else.
fn is_code_row(row: &Row) -> bool {
    let code = |node: &Node| match &node.value {
        WireValue::Text(text) => {
            text.starts_with(|c: char| c.is_ascii_uppercase())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && text.len() >= 3
        }
        _ => false,
    };
    !row.cells.is_empty() && row.cells.iter().all(|cell| code(&cell.node))
}

/// Rows among which the titles must stand.
pub(crate) const TITLES_WITHIN: usize = 50;

/// Which row of a sheet holds the titles, from 0: the one with the title that the crosswalk names, or the first one.
fn titles_at(sheet: &Sheet, marker: Option<&str>) -> Option<usize> {
    let is_marked = |row: &Row, marker: &str| row.cells.iter().any(|cell| title(&cell.node).as_deref() == Some(marker));
    match marker {
        Some(marker) => sheet.rows.iter().take(TITLES_WITHIN).position(|row| is_marked(row, marker)),
        None => (!sheet.rows.is_empty()).then_some(0),
    }
}

/// How many rows of a sheet stand above its data: up to the titles, and the row of codes below them.
pub(crate) fn head_of(sheet: &Sheet, marker: Option<&str>) -> Option<usize> {
    let at = titles_at(sheet, marker)?;
    let number = sheet.rows.get(at)?.number;
    let codes = sheet.rows.get(at + 1).filter(|row| row.number == number + 1 && is_code_row(row));
    Some(at + 1 + usize::from(marker.is_some() && codes.is_some()))
}

/// The rows of data as they come: those that hold nothing but blanks are none, and gaps between them are told once, so that
/// row numbers can be trusted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DataRows {
    /// Number of the last one; 0 before the first.
    pub(crate) last: u32,
}

impl DataRows {
    /// Is this row data? What is missing before it is told.
    pub(crate) fn takes(&mut self, sheet: &str, row: &Row, findings: &mut Vec<Finding>) -> bool {
        if row.cells.iter().all(|cell| is_blank(&cell.node)) {
            return false;
        }
        if self.last > 0 {
            for number in (self.last + 1..row.number).take(100) {
                findings.push(Finding::new("mapping/empty-row", Place::cell(sheet, number, 0, None)));
            }
        }
        self.last = row.number;
        true
    }
}

/// Finds the titles of a sheet and the rows of data below them. `before` are those of the pieces before this one; without
/// it nothing is said of gaps.
pub(crate) fn table<'d>(
    sheet: &'d Sheet,
    key: &str,
    marker: Option<&str>,
    before: Option<DataRows>,
    findings: &mut Vec<Finding>,
) -> Option<Table<'d>> {
    let at = titles_at(sheet, marker)?;
    let titles = sheet.rows.get(at)?;
    let mut header = Header { sheet: sheet.name.clone(), ..Header::default() };
    for cell in &titles.cells {
        let Some(mut text) = title(&cell.node) else { continue };
        if header.index.contains_key(&text) {
            let place = Place::cell(sheet.name.clone(), titles.number, cell.column, Some(text.clone()));
            findings.push(Finding::new("mapping/title-twice", place).with("field", &text));
            text = format!("{text} ({})", cell.column);
        }
        header.index.insert(text.clone(), u32::try_from(header.columns.len()).unwrap_or(u32::MAX));
        header.columns.push((text, cell.column));
    }
    let head = head_of(sheet, marker)?;
    let mut beside: Vec<&Row> = sheet.rows[..at].iter().collect();
    beside.extend(&sheet.rows[at + 1..head]);
    let mut gaps = before.unwrap_or_default();
    let mut quiet = Vec::new();
    let told = if before.is_some() { findings } else { &mut quiet };
    let data = sheet.rows[head..].iter().filter(|row| gaps.takes(&sheet.name, row, told)).collect();
    Some(Table { key: key.into(), header, titles: titles.number, rows: data, beside, sheet })
}

/// Columns that no rule reads, told once at their titles.
pub(crate) fn unknown_columns(table: &Table<'_>, known: &[Name], findings: &mut Vec<Finding>) {
    for (title, column) in &table.header.columns {
        if !known.iter().any(|name| **name == **title) {
            let place = Place::cell(table.header.sheet.clone(), table.titles, *column, Some(title.clone()));
            findings.push(Finding::new("mapping/unknown-field", place).with("field", title));
        }
    }
}

/// Adds a row to a tree as an object of its titles.
pub(crate) fn add_row<'d>(tree: &mut Tree<'d>, parent: Id, key: Key<'d>, table: &'d Table<'d>, row: &'d Row) -> Id {
    let id = tree.add(parent, key, Body::Missing);
    let first = id + 1;
    for column in 0..table.header.columns.len() {
        tree.add(id, Key::Cell(&table.header, row.number, column), Body::Missing);
    }
    let mut cells = row.cells.iter().peekable();
    for (place, (_, column)) in table.header.columns.iter().enumerate() {
        while cells.peek().is_some_and(|cell| cell.column < *column) {
            cells.next();
        }
        if let Some(cell) = cells.peek().filter(|cell| cell.column == *column) {
            tree.entries[first as usize + place].body = Body::Leaf(&cell.node);
        }
    }
    tree.entries[id as usize].body = Body::Row { header: &table.header, row: row.number, first, joined: Vec::new() };
    id
}

/// Rows of one sheet by the key of the record that they belong to.
pub(crate) struct Joined<'d> {
    pub(crate) table: Table<'d>,
    pub(crate) layout: usize,
    pub(crate) rows: HashMap<String, (Vec<Value>, Vec<&'d Row>)>,
    /// Rows whose key cannot be read in full.
    pub(crate) unreadable: Vec<&'d Row>,
}

/// The rule of the record itself that reads a record path.
pub(crate) fn rule_of<'p>(plan: &'p Plan, path: &super::path::RecordPath) -> Option<&'p Leaf> {
    plan.rules.iter().find_map(|rule| match rule {
        Construct::Leaf(rule) if rule.record == *path => Some(&**rule),
        _ => None,
    })
}

fn cell<'d>(header: &Header, row: &'d Row, title: &str) -> Option<&'d Node> {
    let (_, column) = header.columns.get(*header.index.get(title)? as usize)?;
    row.cell(*column)
}

/// What the columns of a row read as; a part that cannot be read is missing.
pub(crate) fn key_of(
    plan: &Plan,
    header: &Header,
    row: &Row,
    join: &[(Name, super::path::RecordPath)],
    own: bool,
    around: Surroundings<'_>,
) -> Vec<Option<Value>> {
    join.iter()
        .map(|(title, path)| {
            let rule = rule_of(plan, path)?;
            let title: &str = if own { rule.wire.segments.first()? } else { title };
            let node = cell(header, row, title)?;
            rule.chain.read(node, &mut Notes::default(), around).ok().flatten()
        })
        .collect()
}

pub(crate) fn index<'d>(plan: &Plan, layout: usize, table: Table<'d>, around: Surroundings<'_>) -> Joined<'d> {
    let mut rows: HashMap<String, (Vec<Value>, Vec<&'d Row>)> = HashMap::new();
    let mut unreadable = Vec::new();
    let join: &[_] =
        plan.layout.sheets.get(layout).map(|sheet: &SheetLayout| sheet.join.as_slice()).unwrap_or_default();
    for row in &table.rows {
        let key: Option<Vec<Value>> = key_of(plan, &table.header, row, join, false, around).into_iter().collect();
        match key {
            Some(key) => {
                rows.entry(Value::Array(key.clone()).to_string()).or_insert_with(|| (key, Vec::new())).1.push(row);
            }
            None => unreadable.push(*row),
        }
    }
    Joined { table, layout, rows, unreadable }
}
