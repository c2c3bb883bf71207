//! Merged areas: the cells of an area take the value of its top left cell, flagged, in rows that exist.

use super::limits::{Budget, Limits, broken};
use super::{Flags, Node, Row, Sheet, Value};
use crate::finding::{Finding, Place};

/// A rectangle of cells, rows and columns from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

/// The merged areas of a sheet, filled row by row from top to bottom.
#[derive(Debug)]
pub(super) struct Merged {
    /// By the row that they begin in; each with its place in the sheet's own order, in which they are filled.
    waiting: std::iter::Peekable<std::vec::IntoIter<(usize, Area)>>,
    /// Those that the row may lie in, each with the value of its top left cell; an error where that one's row is refused.
    open: Vec<(usize, Area, Result<Option<Node>, Refused>)>,
    left: u64,
}

/// The row of the top left cell is refused, so that nobody knows what it holds.
#[derive(Debug)]
struct Refused;

impl Merged {
    /// The areas of a sheet of that name.
    pub(super) fn of(areas: &[Area], sheet: &str, limits: &Limits) -> Result<Self, Finding> {
        if let Some(Area { rows, columns }) = areas.iter().find(|area| area.columns.1 > limits.columns) {
            let place = Place::cell(sheet, rows.0, columns.1, None);
            return Err(broken("document/too-many-columns", limits.columns, place));
        }
        let mut waiting: Vec<(usize, Area)> = areas.iter().copied().enumerate().collect();
        waiting.sort_by_key(|(_, area)| area.rows.0);
        Ok(Self { waiting: waiting.into_iter().peekable(), open: Vec::new(), left: limits.merged_cells })
    }

    /// Passes over the next row, which is refused.
    pub(super) fn refuse(&mut self, number: u32) {
        while let Some((order, area)) = self.waiting.next_if(|(_, area)| area.rows.0 <= number) {
            if area.rows.0 == number {
                self.open.push((order, area, Err(Refused)));
            }
        }
    }

    /// Fills the next row. One that holds nothing of its own is not made by an area that covers it. Gives what is wrong with
    /// a row that has a value from one that is refused, and so is not known either.
    pub(super) fn fill(
        &mut self,
        sheet: &str,
        row: &mut Row,
        limits: &Limits,
        budget: &mut Budget,
    ) -> Result<Option<Finding>, Finding> {
        self.open.retain(|(_, area, _)| area.rows.1 >= row.number);
        let mut begun = false;
        while let Some((order, area)) = self.waiting.next_if(|(_, area)| area.rows.0 <= row.number) {
            // An area whose first row holds nothing has no value.
            if area.rows.0 == row.number {
                self.open.push((order, area, Ok(None)));
                begun = true;
            }
        }
        if begun {
            self.open.sort_by_key(|(order, ..)| *order);
        }
        let number = row.number;
        for (_, Area { rows, columns }, anchor) in &mut self.open {
            let first = rows.0 == number;
            if first {
                *anchor = Ok(row.cell(columns.0).cloned());
            }
            let anchor = match anchor {
                Ok(Some(anchor)) => anchor,
                Ok(None) => continue,
                Err(Refused) => {
                    let place = Place::cell(sheet, number, columns.0, None);
                    return Ok(Some(Finding::new("document/merged-with-refused-row", place).with("row", rows.0)));
                }
            };
            for column in columns.0 + u32::from(first)..=columns.1 {
                let place = || Place::cell(sheet, number, column, None);
                self.left = self
                    .left
                    .checked_sub(1)
                    .ok_or_else(|| broken("document/too-many-merged-cells", limits.merged_cells, place()))?;
                budget.node(place)?;
                if let Value::Text(text) = &anchor.value {
                    budget.text(text.len(), place)?;
                }
                row.put(column, anchor.clone().flagged(Flags::MERGED));
            }
        }
        Ok(None)
    }
}

/// Fills the merged areas of a sheet, some rows of which are refused (their numbers, rising). Rows that have a value from
/// one of those are left out too; gives what is to be said of them.
pub(super) fn fill(
    sheet: &mut Sheet,
    areas: &[Area],
    refused: &[u32],
    limits: &Limits,
    budget: &mut Budget,
) -> Result<Vec<Finding>, Finding> {
    let mut merged = Merged::of(areas, &sheet.name, limits)?;
    let mut refused = refused.iter().copied().peekable();
    let (mut findings, mut kept) = (Vec::new(), Vec::with_capacity(sheet.rows.len()));
    for mut row in std::mem::take(&mut sheet.rows) {
        while let Some(number) = refused.next_if(|number| *number < row.number) {
            merged.refuse(number);
        }
        match merged.fill(&sheet.name, &mut row, limits, budget)? {
            None => kept.push(row),
            Some(fault) => findings.push(fault),
        }
    }
    sheet.rows = kept;
    Ok(findings)
}

/// Keeps findings, as many as may be kept of one document.
pub(super) fn tell(findings: &mut Vec<Finding>, more: Vec<Finding>, limits: &Limits) -> Result<(), Finding> {
    for finding in more {
        if findings.len() as u64 >= limits.findings {
            return Err(broken("document/too-many-findings", limits.findings, finding.place().clone()));
        }
        findings.push(finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Node;

    #[test]
    fn an_area_fills_existing_rows_only_and_no_more_cells_than_the_limit() {
        let filled = |most: u64, areas: &[Area]| {
            let limits = Limits { merged_cells: most, ..Limits::default() };
            let mut sheet = Sheet::new("s");
            sheet.put(2, 1, Node::text("x").flagged(Flags::FORMULA));
            sheet.put(4, 3, Node::text("y"));
            fill(&mut sheet, areas, &[], &limits, &mut Budget::of_cells(&limits)).map(|_| sheet)
        };
        let area = Area { rows: (2, 1_000_000), columns: (1, 2) };
        let sheet = filled(3, &[area]).expect("fits");
        assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4]);
        let merged = Flags::FORMULA.and(Flags::MERGED);
        assert!([(2, 2), (4, 1), (4, 2)].iter().all(|(r, c)| sheet.cell(*r, *c).expect("filled").flags == merged));
        assert_eq!(sheet.cell(2, 1).expect("the anchor").flags, Flags::FORMULA);
        let refusal = filled(2, &[area]).expect_err("refused");
        assert_eq!((refusal.code(), refusal.place().to_string().as_str()), ("document/too-many-merged-cells", "s!B4"));
        let wide = Area { rows: (2, 2), columns: (1, 1025) };
        assert_eq!(filled(9, &[wide]).expect_err("refused").code(), "document/too-many-columns");
    }
}
