//! What is to be known of the sheets of a long workbook to cut it into pieces, each a document of its own: which sheet holds
//! the records, which sheets are joined to it and by which key, and what stands above the data and belongs to every piece.

use serde_json::Value;

use super::context::Context;
use super::crosswalk::Crosswalk;
use super::sheets::{self, DataRows, TITLES_WITHIN};
use super::steps::Surroundings;
use super::wire::Header;
use crate::document::{Row, Sheet, Syntax};
use crate::finding::Finding;

/// Rows at the beginning of a sheet that tell its head.
pub const HEAD_WITHIN: usize = TITLES_WITHIN + 1;

/// The head of a sheet whose rows join records, or are records.
#[derive(Debug)]
pub struct Head {
    /// Rows of it, from the first one of the sheet that holds anything.
    pub rows: usize,
    /// Is it the sheet of records?
    own: bool,
    layout: Option<usize>,
    header: Header,
    data: DataRows,
}

impl Crosswalk {
    /// Which layout the sheet of records has.
    pub(super) fn main_layout(&self) -> Option<usize> {
        let plan = &*self.plan;
        plan.layout.sheets.iter().position(|sheet| plan.records.as_ref().is_none_or(|r| *r.text == *sheet.key))
    }

    /// Which of the sheets of these names holds the records.
    pub fn sheet_of_records(&self, names: &[&str], syntax: Syntax) -> Option<usize> {
        let one_table = syntax == Syntax::Csv || self.plan.layout.sheets.is_empty() || names.len() == 1;
        let first = || (!names.is_empty()).then_some(0);
        match self.main_layout().and_then(|at| self.plan.layout.sheets.get(at)) {
            Some(layout) => {
                let of_name = names.iter().position(|name| name.trim() == layout.name);
                of_name.or_else(|| if one_table { first() } else { None })
            }
            None => first(),
        }
    }

    /// Which of the sheets of these names hold rows that join records.
    pub fn joined_sheets(&self, names: &[&str]) -> Vec<usize> {
        let layouts = self.plan.layout.sheets.iter().enumerate().filter(|(at, _)| Some(*at) != self.main_layout());
        layouts.filter_map(|(_, layout)| names.iter().position(|name| name.trim() == layout.name)).collect()
    }

    /// The head of a sheet, told by its first rows ([`HEAD_WITHIN`]); nothing where the titles are not among them.
    pub fn head(&self, sheet: &Sheet, of_records: bool) -> Option<Head> {
        let layouts = &self.plan.layout.sheets;
        let layout = if of_records {
            self.main_layout()
        } else {
            layouts.iter().position(|layout| sheet.name.trim() == layout.name)
        };
        let marker = layout.and_then(|at| layouts.get(at)).map(|layout| layout.titles.as_str());
        let rows = sheets::head_of(sheet, marker)?;
        let table = sheets::table(sheet, "", marker, None, &mut Vec::new())?;
        Some(Head { rows, own: of_records, layout, header: table.header, data: DataRows::default() })
    }

    /// What the row of a sheet is joined by, as one text; nothing where it cannot be read.
    pub fn join_key(&self, head: &Head, row: &Row, context: &Context<'_>) -> Option<String> {
        let plan = &*self.plan;
        let join = match (head.own, head.layout) {
            (false, at) => plan.layout.sheets.get(at?)?,
            (true, own) => plan.layout.sheets.iter().enumerate().find(|(at, _)| Some(*at) != own)?.1,
        };
        let around = Surroundings { issue: context.issue, batch: context.batch, record: None, shown: None };
        let parts = sheets::key_of(plan, &head.header, row, &join.join, head.own, around);
        let parts: Option<Vec<Value>> = parts.into_iter().collect();
        parts.map(|parts| Value::Array(parts).to_string())
    }
}

impl Head {
    /// Number of the last row of data that came.
    pub fn last_row(&self) -> u32 {
        self.data.last
    }

    /// Is this row data? What is missing before it is told.
    pub fn takes(&mut self, row: &Row, findings: &mut Vec<Finding>) -> bool {
        self.data.takes(&self.header.sheet, row, findings)
    }
}
