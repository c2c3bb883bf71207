//! What is held of a workbook that was read, whichever kind it came in.

use certbridge::document::{Document, Flags, Node, Sheet, Syntax, Value};

use super::again;

/// Rows and cells rise; and what can be written reads back as the same cells, but for what a spreadsheet cannot hold.
pub(crate) fn holds(document: &Document) {
    for sheet in document.sheets() {
        let mut last = 0;
        for row in &sheet.rows {
            assert!(row.number > last && !row.cells.is_empty(), "rows rise and hold something");
            last = row.number;
            let mut column = 0;
            for cell in &row.cells {
                assert!(cell.column > column, "cells rise");
                column = cell.column;
                plain(&cell.node);
            }
        }
    }
    // A name or a text that no spreadsheet program would take is an error of the writer, not a panic.
    let Ok(written) = document.write() else { return };
    let back = again(&written, Syntax::Workbook);
    let (ours, theirs) = (document.sheets(), back.sheets());
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.name, theirs.name);
        same(ours, theirs);
    }
    assert_eq!(back.write().expect("written once"), written);
}

/// A cell holds a scalar, and flags that go with it.
fn plain(node: &Node) {
    match &node.value {
        Value::Null => assert!(node.flags.has(Flags::NO_VALUE), "a cell of nothing says why"),
        Value::Text(text) => assert!(!text.is_empty(), "a cell of nothing is no cell"),
        Value::Bool(_) | Value::Number(_) | Value::DateCell(_) => {}
        Value::List(_) | Value::Object(_) | Value::Workbook(_) => panic!("a cell holds no structure"),
    }
}

fn same(ours: &Sheet, theirs: &Sheet) {
    let shown = |sheet: &Sheet| -> Vec<(u32, u32, String)> {
        let cells = sheet.rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (row.number, cell)));
        let told = cells.filter_map(|(row, cell)| Some((row, cell.column, text(&cell.node)?)));
        told.collect()
    };
    assert_eq!(shown(ours), shown(theirs), "{}", ours.name);
}

/// The amount of a number, the text of everything else.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Number(number) if number.fits_a_spreadsheet() => Some(format!("{:e}", number.as_f64())),
        Value::Number(number) => Some(number.as_str().to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::DateCell(day) => Some(day.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}
