//! Merged areas: the cells of an area take the value of its top left cell, flagged, in rows that exist.

use super::limits::{Budget, Limits, broken};
use super::{Flags, Sheet, Value};
use crate::finding::{Finding, Place};

/// A rectangle of cells, rows and columns from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

/// Fills the merged areas of a sheet. A row that holds nothing of its own is not made by an area that covers it.
pub(super) fn fill(sheet: &mut Sheet, areas: &[Area], limits: &Limits, budget: &mut Budget) -> Result<(), Finding> {
    let mut left = limits.merged_cells;
    for area in areas {
        let (top, bottom) = area.rows;
        let (first, last) = area.columns;
        if last > limits.columns {
            let place = Place::cell(sheet.name.as_str(), top, last, None);
            return Err(broken("document/too-many-columns", limits.columns, place));
        }
        let Some(anchor) = sheet.cell(top, first).cloned() else { continue };
        let from = sheet.rows.partition_point(|row| row.number < top);
        let name = sheet.name.clone();
        for row in sheet.rows.iter_mut().skip(from).take_while(|row| row.number <= bottom) {
            for column in first..=last {
                if (row.number, column) == (top, first) {
                    continue;
                }
                let place = || Place::cell(name.as_str(), row.number, column, None);
                left = left
                    .checked_sub(1)
                    .ok_or_else(|| broken("document/too-many-merged-cells", limits.merged_cells, place()))?;
                budget.node(place)?;
                if let Value::Text(text) = &anchor.value {
                    budget.text(text.len(), place)?;
                }
                row.put(column, anchor.clone().flagged(Flags::MERGED));
            }
        }
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
            fill(&mut sheet, areas, &limits, &mut Budget::of_cells(&limits)).map(|()| sheet)
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
