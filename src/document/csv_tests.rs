//! What the CSV reader accepts, what it refuses, and where.

use proptest::prelude::*;

use super::*;
use crate::document::{CsvStyle, Document, Syntax, parse as parse_document};

fn read(text: &str) -> (Sheet, Vec<Finding>) {
    let parsed = parse_document(text.as_bytes(), Syntax::Csv, &Limits::default()).expect(text);
    (parsed.document.sheets()[0].clone(), parsed.findings)
}

fn refusal(text: &str, limits: &Limits) -> (String, String) {
    let finding = match parse_document(text.as_bytes(), Syntax::Csv, limits) {
        Err(refusal) => refusal,
        Ok(parsed) => parsed.findings.into_iter().find(Finding::is_error).expect(text),
    };
    (finding.code().to_owned(), finding.place().to_string())
}

#[test]
fn cells_keep_commas_quotes_breaks_and_signs_as_text() {
    let (sheet, findings) = read("a,b\r\n\"x,\"\"y\"\"\r\nz\",=1+1\n+1,@x\n5\" screen,-2\r\n");
    assert!(findings.is_empty());
    assert_eq!(sheet.cell(2, 1).and_then(Node::as_text), Some("x,\"y\"\r\nz"));
    for (row, column, text) in [(2, 2, "=1+1"), (3, 1, "+1"), (3, 2, "@x"), (4, 1, "5\" screen"), (4, 2, "-2")] {
        assert_eq!(sheet.cell(row, column).and_then(Node::as_text), Some(text));
    }
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
    let (sheet, findings) = read("a,b\n\n\"1\n\n1\",x\n,\n3,y");
    assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(findings.is_empty());
}

#[test]
fn a_ragged_row_gives_a_finding_at_the_row() {
    let (sheet, findings) = read("a,b,c\n1,2\n1,2,3,\n1,2,3,4\n1,2,3\n");
    let told: Vec<_> = findings.iter().map(|f| (f.code(), f.severity(), f.place().clone())).collect();
    assert_eq!(
        told,
        [
            ("document/ragged-row", Severity::Warning, Place::cell("", 2, 0, None)),
            ("document/ragged-row", Severity::Error, Place::cell("", 4, 0, None)),
        ]
    );
    assert_eq!(sheet.cell(4, 4).and_then(Node::as_text), Some("4"));
}

#[test]
fn a_quote_that_is_not_closed_is_refused_at_the_line_where_it_was_opened() {
    let limits = Limits::default();
    for (text, code, place) in [
        ("a,b\n1,\"x\n2,y\n", "unbalanced-quote", "line 2"),
        ("a,b\n1,\"x\n2,\"y\"\n", "unbalanced-quote", "line 2"),
        ("a,b\n\"1\n\n1\",\"x\"y\n", "unbalanced-quote", "line 4"),
        (&format!("a,b\n1,\"x\n{}", "2,y\n".repeat(1000)), "too-many-cell-lines", "line 2"),
    ] {
        assert_eq!(refusal(text, &limits), (format!("document/{code}"), place.to_owned()), "{text}");
    }
}

#[test]
fn a_row_beyond_a_limit_of_rows_costs_no_other_row() {
    let small = Limits { columns: 3, cell_chars: 5, ..Limits::default() };
    for (bad, code, place) in [
        ("1,,,4", "too-many-columns", "D2"),
        ("1,证书编号12,证书编号12", "cell-too-long", "B2"),
        ("\"证书编号12\",x", "cell-too-long", "A2"),
        (&format!("\"{}\",x", "证\n\"\"".repeat(90)), "cell-too-long", "A2"),
    ] {
        let text = format!("a,b\n{bad}\n3,4\n");
        let parsed = parse_document(text.as_bytes(), Syntax::Csv, &small).expect("readable");
        let told: Vec<_> = parsed.findings.iter().map(|f| (f.code(), f.place().to_string())).collect();
        assert_eq!(told, [(&*format!("document/{code}"), place.to_owned())], "{bad}");
        let last = parsed.document.sheets()[0].rows.last().expect("the row below").clone();
        assert_eq!(parsed.document.sheets()[0].rows.len(), 2, "{bad}");
        assert_eq!(last.cells.iter().filter_map(|cell| cell.node.as_text()).collect::<Vec<_>>(), ["3", "4"], "{bad}");
    }
}

#[test]
fn every_limit_lets_pass_what_just_fits_and_names_itself_for_what_does_not() {
    let small =
        Limits { rows: 2, columns: 3, cell_chars: 5, cell_lines: 1, cells: 5, text_bytes: 20, ..Limits::default() };
    for (fits, breaks, code, place) in [
        ("a\nb\n", "a\nb\nc\n", "too-many-rows", "3"),
        ("a,b,c", "a,b,c,d", "too-many-columns", "D1"),
        ("证书编号1", "证书编号12", "cell-too-long", "A1"),
        ("\"证书编号1\"", "\"证书编号12\"", "cell-too-long", "A1"),
        ("\"1\n2\"", "\"1\n2\n3\"", "too-many-cell-lines", "line 1"),
        ("1,2,3\n4,5", "1,2,3\n4,5,6", "too-many-cells", "C2"),
        ("12345,12345,12345\n12345", "12345,12345,12345\n12345,1", "too-much-text", "B2"),
    ] {
        let parsed = parse_document(fits.as_bytes(), Syntax::Csv, &small).expect(fits);
        assert!(!parsed.findings.iter().any(Finding::is_error), "{fits}");
        assert_eq!(refusal(breaks, &small), (format!("document/{code}"), place.to_owned()), "{breaks}");
    }
}

#[test]
fn text_that_looks_like_a_formula_is_neutralised_only_when_asked_for() {
    let text = "n,t\r\n1,=1+1\r\n-2,@x\r\na,\" \t+1\"\r\n";
    let document = parse_document(text.as_bytes(), Syntax::Csv, &Limits::default()).expect(text).document;
    assert_eq!(
        String::from_utf8(document.write().expect("CSV")).expect("UTF-8").replace('"', ""),
        text.replace('"', "")
    );
    let style = CsvStyle { byte_order_mark: true, neutralise_formulas: true };
    let written = String::from_utf8(document.write_csv(style).expect("CSV")).expect("UTF-8");
    assert_eq!(written.replace('"', ""), "\u{feff}n,t\r\n1,'=1+1\r\n'-2,'@x\r\na,' \t+1\r\n");
}

fn sheets() -> impl Strategy<Value = Sheet> {
    let cell = prop_oneof![".{1,8}", "[\"',\r\n =+@-]{1,4}", Just("𠮷\"\r\n".to_owned())];
    let cells = proptest::collection::btree_map((1_u32..9, 1_u32..6), cell, 1..20);
    cells.prop_map(|cells| {
        let mut sheet = Sheet::new("");
        for ((row, column), text) in cells {
            // NUL is no text of a file, and is refused.
            sheet.put(row, column, Node::text(text.replace('\0', "x")));
        }
        sheet
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_cells_and_rows(sheet in sheets(), byte_order_mark in any::<bool>()) {
        // A text that begins with the mark itself could not be told from it.
        prop_assume!(byte_order_mark || !sheet.cell(1, 1).and_then(Node::as_text).is_some_and(|t| t.starts_with('\u{feff}')));
        let root = Node::new(Value::Workbook(Workbook { sheets: vec![sheet] }));
        let document = Document { syntax: Syntax::Csv, root };
        let written = document.write_csv(CsvStyle { byte_order_mark, neutralise_formulas: false }).expect("CSV");
        let read = parse_document(&written, Syntax::Csv, &Limits::default());
        prop_assert_eq!(read.expect("readable").document, document);
    }
}
