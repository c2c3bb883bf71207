//! Sheets: a workbook is a list of sheets, a sheet a sparse list of rows, a row a sparse list of cells. What holds
//! nothing does not exist, and what exists keeps the number that a spreadsheet shows.

use super::Node;
use crate::finding::{Place, column_letters};

/// The sheets of a workbook in their order; one without a name for a CSV file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workbook {
    /// The sheets.
    pub sheets: Vec<Sheet>,
}

/// A sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Its name; empty for a CSV file.
    pub name: String,
    /// The rows that hold anything, by ascending number.
    pub rows: Vec<Row>,
}

/// A row that holds at least one cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its number, from 1.
    pub number: u32,
    /// The cells that hold anything, by ascending column.
    pub cells: Vec<Cell>,
}

/// A cell that holds a value, or a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its column, from 1.
    pub column: u32,
    /// Its value and its flags.
    pub node: Node,
}

impl Workbook {
    /// The sheet of that name.
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name == name)
    }

    /// The sheets as an object by name, each a list of rows, each an object by column letters.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        let row = |row: &Row| {
            let cells = row.cells.iter().map(|cell| (column_letters(cell.column), cell.node.to_json()));
            Json::Object(cells.collect())
        };
        let sheet = |sheet: &Sheet| (sheet.name.clone(), Json::Array(sheet.rows.iter().map(row).collect()));
        Json::Object(self.sheets.iter().map(sheet).collect())
    }
}

impl Sheet {
    /// A sheet without rows.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rows: Vec::new() }
    }

    /// The row of that number, if it holds anything.
    pub fn row(&self, number: u32) -> Option<&Row> {
        let at = self.rows.binary_search_by_key(&number, |row| row.number).ok()?;
        self.rows.get(at)
    }

    /// The value of a cell, if it holds any.
    pub fn cell(&self, row: u32, column: u32) -> Option<&Node> {
        self.row(row)?.cell(column)
    }

    /// Puts a value into a cell, in place of the former one. Filling rows from top to bottom and from left to right is
    /// cheapest.
    pub fn put(&mut self, row: u32, column: u32, node: Node) {
        let at = match self.rows.binary_search_by_key(&row, |row| row.number) {
            Ok(at) => at,
            Err(at) => {
                self.rows.insert(at, Row { number: row, cells: Vec::new() });
                at
            }
        };
        if let Some(row) = self.rows.get_mut(at) {
            row.put(column, node);
        }
    }

    /// The highest column that holds anything; 0 for an empty sheet.
    pub fn width(&self) -> u32 {
        self.rows.iter().filter_map(|row| row.cells.last()).map(|cell| cell.column).max().unwrap_or(0)
    }

    /// The place of a cell, with the title of its column where it has one; column 0 is the whole row.
    pub fn place(&self, row: u32, column: u32, title: Option<&str>) -> Place {
        Place::cell(self.name.as_str(), row, column, title.map(str::to_owned))
    }
}

impl Row {
    /// The value in a column, if it holds any.
    pub fn cell(&self, column: u32) -> Option<&Node> {
        let at = self.cells.binary_search_by_key(&column, |cell| cell.column).ok()?;
        self.cells.get(at).map(|cell| &cell.node)
    }

    /// Puts a value into a column, in place of the former one.
    pub fn put(&mut self, column: u32, node: Node) {
        match self.cells.binary_search_by_key(&column, |cell| cell.column) {
            Ok(at) => self.cells[at].node = node,
            Err(at) => self.cells.insert(at, Cell { column, node }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_where_they_were_put_in_whatever_order() {
        let mut sheet = Sheet::new("证书信息表");
        for (row, column) in [(8, 3), (6, 5), (6, 2), (8, 1), (6, 5)] {
            sheet.put(row, column, Node::text(format!("{row}/{column}")));
        }
        let order: Vec<(u32, u32)> =
            sheet.rows.iter().flat_map(|row| row.cells.iter().map(|cell| (row.number, cell.column))).collect();
        assert_eq!(order, [(6, 2), (6, 5), (8, 1), (8, 3)]);
        assert_eq!(sheet.cell(8, 3).and_then(Node::as_text), Some("8/3"));
        assert_eq!(sheet.cell(7, 3), None);
        assert_eq!(sheet.width(), 5);
        assert_eq!(sheet.place(8, 3, Some("组织名称")).to_string(), "证书信息表!C8 组织名称");
    }
}
