//! Workbooks made for one test each: what is read, what is refused, and where.

use std::io::Write as _;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::{Book, Flags, InMemory, Limits, Node, Sheet, Syntax, Value, parse};
use crate::finding::Finding;

const CONTENT: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A package of these entries.
pub(in crate::document) fn package(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(content.as_bytes()).expect("content");
    }
    zip.finish().expect("a package").into_inner()
}

/// The parts of a workbook of one sheet `s`, and more parts.
pub(in crate::document) fn book(sheet: &str, book: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let roots = format!(
        "<Relationships><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"
    );
    let relations = format!(
        "<Relationships><Relationship Id=\"a\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"b\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>\
         <Relationship Id=\"c\" Type=\"{OFFICE}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
         <Relationship Id=\"d\" Type=\"{OFFICE}/chartsheet\" Target=\"chartsheets/sheet1.xml\"/>\
         <Relationship Id=\"e\" Type=\"{OFFICE}/worksheet\" Target=\"http://192.0.2.1/\" TargetMode=\"External\"/></Relationships>"
    );
    let workbook = format!(
        "<workbook xmlns=\"{CONTENT}\" xmlns:r=\"{OFFICE}\">{book}<sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"a\"/>\
         <sheet name=\"chart\" sheetId=\"2\" r:id=\"d\"/></sheets></workbook>"
    );
    let mut entries = vec![
        ("_rels/.rels", roots.as_str()),
        ("xl/_rels/workbook.xml.rels", &relations),
        ("xl/workbook.xml", &workbook),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    entries.extend_from_slice(more);
    package(&entries)
}

pub(in crate::document) fn sheet_of(rows: &str, after: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"{CONTENT}\"><sheetData>{rows}</sheetData>{after}</worksheet>"
    )
}

/// The sheet, or the first thing that is told, be it of the workbook or of a row.
fn read(bytes: &[u8], limits: &Limits) -> Result<Sheet, Finding> {
    let parsed = parse(bytes, Syntax::Workbook, limits)?;
    match parsed.findings.into_iter().next() {
        Some(finding) => Err(finding),
        None => Ok(parsed.document.sheets()[0].clone()),
    }
}

fn cells(rows: &str) -> Result<Sheet, Finding> {
    read(&book(&sheet_of(rows, ""), "", &[]), &Limits::default())
}

fn refusal(bytes: &[u8], limits: &Limits) -> (&'static str, String) {
    let finding = read(bytes, limits).expect_err("refused");
    (finding.code(), finding.place().to_string())
}

fn text(sheet: &Sheet, row: u32, column: u32) -> Option<&str> {
    sheet.cell(row, column).and_then(Node::as_text)
}

#[test]
fn cells_of_every_type_are_read_by_their_type() {
    let strings = "<sst><si><t>证书</t></si><si><r><t>甲</t></r><rPh sb=\"0\" eb=\"1\"><t>jia</t></rPh><r><rPr><b/></rPr><t xml:space=\"preserve\"> 乙</t></r><phoneticPr/></si><si><t/></si></sst>";
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts>\
        <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"><alignment/></xf></cellXfs></styleSheet>";
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c>\
        <c r=\"D1\" t=\"inlineStr\"><is><r><t>a&#10;</t></r><r><t>_x000D_b</t></r></is></c><c r=\"AA1\"><v>2.03E+15</v></c></row>\
        <row r=\"3\"/><row r=\"4\"><c r=\"A4\" s=\"1\"><v>46346</v></c><c s=\"2\"><v>46346.5</v></c><c><v>46346</v></c>\
        <c t=\"b\"><v>1</v></c><c t=\"e\"><v>#REF!</v></c><c t=\"d\"><v>2026-11-20</v></c><c s=\"1\"/><c><v>+.5</v></c></row>";
    let bytes = book(&sheet_of(rows, ""), "", &[("xl/sharedStrings.xml", strings), ("xl/styles.xml", styles)]);
    let sheet = read(&bytes, &Limits::default()).expect("readable");
    assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 4]);
    assert_eq!((text(&sheet, 1, 1), text(&sheet, 1, 2), sheet.cell(1, 3)), (Some("证书"), Some("甲 乙"), None));
    assert_eq!(text(&sheet, 1, 4), Some("a\n\rb"));
    let Some(Value::Number(number)) = sheet.cell(1, 27).map(|node| &node.value) else { panic!("a number") };
    assert_eq!((number.as_str(), number.as_f64()), ("2.03E+15", 2.03e15));
    let day = Value::DateCell("2026-11-20".parse().expect("a day"));
    assert_eq!(sheet.cell(4, 1), Some(&Node::new(day.clone())));
    assert_eq!(sheet.cell(4, 2), Some(&Node::text("2026-11-20T12:00:00").flagged(Flags::DATE_TIME)));
    assert_eq!(sheet.cell(4, 3).map(Node::to_json), Some(46346.into()));
    assert_eq!(sheet.cell(4, 4), Some(&Node::new(Value::Bool(true))));
    assert_eq!(sheet.cell(4, 5), Some(&Node::text("#REF!").flagged(Flags::ERROR)));
    assert_eq!(sheet.cell(4, 6), Some(&Node::new(day)));
    assert_eq!(sheet.cell(4, 7), None);
    assert_eq!(sheet.cell(4, 8).map(Node::to_json), Some(0.5.into()));
    // The calendar of 1904 moves every date.
    let bytes = book(
        &sheet_of(rows, ""),
        "<workbookPr date1904=\"1\"/>",
        &[("xl/sharedStrings.xml", strings), ("xl/styles.xml", styles)],
    );
    let sheet = read(&bytes, &Limits::default()).expect("readable");
    assert_eq!(sheet.cell(4, 1).map(Node::to_json), Some("2030-11-21".into()));
}

#[test]
fn a_formula_is_flagged_and_never_evaluated() {
    let sheet = cells(
        "<row><c><f>1+1</f><v>2</v></c><c t=\"str\"><f>cmd|'/C echo'!A0</f><v>x</v></c><c><f>NOW()</f></c>\
         <c t=\"str\"><f>WEBSERVICE(\"http://192.0.2.1/\")</f><v></v></c><c><f t=\"shared\" si=\"0\"/><v>7</v></c></row>",
    )
    .expect("readable");
    let flags: Vec<Flags> = sheet.rows[0].cells.iter().map(|cell| cell.node.flags).collect();
    let without = Flags::FORMULA.and(Flags::NO_VALUE);
    assert_eq!(flags, [Flags::FORMULA, Flags::FORMULA, without, without, Flags::FORMULA]);
    assert_eq!((text(&sheet, 1, 2), sheet.cell(1, 3).map(|node| &node.value)), (Some("x"), Some(&Value::Null)));
}

#[test]
fn merged_areas_take_the_value_of_their_first_cell() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>甲</v></c></row><row r=\"2\"><c r=\"A2\"/><c r=\"B2\"><v>1</v></c></row>";
    let bytes = book(&sheet_of(rows, "<mergeCells count=\"1\"><mergeCell ref=\"A1:A3\"/></mergeCells>"), "", &[]);
    let sheet = read(&bytes, &Limits::default()).expect("readable");
    assert_eq!(sheet.cell(1, 1), Some(&Node::text("甲")));
    assert_eq!(sheet.cell(2, 1), Some(&Node::text("甲").flagged(Flags::MERGED)));
    assert_eq!(sheet.rows.len(), 2);
}

#[test]
fn names_with_a_prefix_and_names_elsewhere_are_told_apart() {
    let sheet = format!(
        "<x:worksheet xmlns:x=\"{CONTENT}\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\"><x:v>1</x:v><x:extLst><x:v>2</x:v></x:extLst></x:c></x:row></x:sheetData>\
         <x:extLst><x:row r=\"1\"><x:c r=\"A1\"><x:v>3</x:v></x:c></x:row></x:extLst></x:worksheet>"
    );
    let sheet = read(&book(&sheet, "", &[]), &Limits::default()).expect("readable");
    assert_eq!(sheet.cell(1, 1).map(Node::to_json), Some(1.into()));
    assert_eq!(sheet.rows.len(), 1);
}

#[test]
fn a_refusal_names_its_reason_and_its_place() {
    for (rows, code, place) in [
        ("<row r=\"2\"/><row r=\"2\"/>", "cells-out-of-order", "s!2"),
        ("<row r=\"0\"/>", "cells-out-of-order", "s!0"),
        ("<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>", "cells-out-of-order", "s!B1"),
        ("<row r=\"1\"><c r=\"A2\"/></row>", "cells-out-of-order", "s!1"),
        ("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>9</v></c></row>", "malformed-cell", "s!A1"),
        ("<row r=\"1\"><c r=\"A1\"><v>abc</v></c></row>", "malformed-cell", "s!A1"),
        ("<row r=\"1\"><c r=\"A1\"><v>NaN</v></c></row>", "malformed-cell", "s!A1"),
        ("<row r=\"1\"><c r=\"A1\" t=\"b\"><v>2</v></c></row>", "malformed-cell", "s!A1"),
        ("<row r=\"1\"><c r=\"A1\"><v>1e400</v></c></row>", "number-out-of-range", "s!A1"),
        ("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>&x;</v></c></row>", "unreadable", "xl/worksheets/sheet1.xml"),
        ("<row r=\"1\">", "unreadable", "xl/worksheets/sheet1.xml"),
    ] {
        let finding = cells(rows).expect_err(rows);
        assert_eq!(
            (finding.code(), finding.place().to_string()),
            (format!("document/{code}").as_str(), place.to_owned()),
            "{rows}"
        );
    }
    let limits = Limits::default();
    let doctype = "<!DOCTYPE worksheet [<!ENTITY a \"aaaa\">]><worksheet><sheetData><row><c t=\"str\"><v>&a;</v></c></row></sheetData></worksheet>";
    assert_eq!(refusal(&book(doctype, "", &[]), &limits), ("document/doctype", "xl/worksheets/sheet1.xml".into()));
    for name in ["../../tmp/x.txt", "xl/../../x.txt", "/etc/x", "a\\b"] {
        let bytes = book(&sheet_of("", ""), "", &[(name, "x")]);
        // The writer of the test mends some of these names, which makes them plain.
        if let Err(finding) = read(&bytes, &limits) {
            assert_eq!(finding.code(), "document/entry-name", "{name}");
        } else {
            assert!(!name.contains(".."), "{name}");
        }
    }
    let good = book(&sheet_of("", ""), "", &[]);
    assert_eq!(refusal(&good[..good.len() * 6 / 10], &limits).0, "document/not-a-zip");
    assert_eq!(refusal(&package(&[("a.txt", "x")]), &limits).0, "document/not-a-workbook");
    assert_eq!(
        refusal(&book(&sheet_of("", ""), "", &[("XL/Workbook.xml", "x")]), &limits).0,
        "document/duplicate-entry"
    );
}

/// Row 2 has two faults, row 4 hangs on it by a merged area, and the others are good. Text of a length that no cell has is
/// not held.
#[test]
fn a_cell_that_cannot_be_read_costs_its_row_and_no_other() {
    let long = "证".repeat(40_000);
    for (bad, code) in [
        ("<c r=\"B2\" t=\"s\"><v>9</v></c>".to_owned(), "malformed-cell"),
        ("<c r=\"B2\" t=\"s\"><v>-</v></c>".to_owned(), "malformed-cell"),
        ("<c r=\"B2\" t=\"zz\"><v>9</v></c>".to_owned(), "malformed-cell"),
        ("<c r=\"B2\" t=\"b\"><v>2</v></c>".to_owned(), "malformed-cell"),
        ("<c r=\"B2\"><v>abc</v></c>".to_owned(), "malformed-cell"),
        ("<c r=\"B2\"><v>1e400</v></c>".to_owned(), "number-out-of-range"),
        (format!("<c r=\"B2\"><v>{}</v></c>", "1".repeat(500)), "number-out-of-range"),
        (format!("<c r=\"B2\"><v>0.{}</v></c>", "1".repeat(500)), "number-too-long"),
        (format!("<c r=\"B2\" t=\"str\"><v>{long}</v></c>"), "cell-too-long"),
        (format!("<c r=\"B2\" t=\"inlineStr\"><is><t>{long}</t></is></c>"), "cell-too-long"),
        (format!("<c r=\"B2\" t=\"str\"><v>{}</v></c>", format!("{long}<!-- -->").repeat(9)), "cell-too-long"),
    ] {
        let cell = |place: &str| format!("<c r=\"{place}\"><v>1</v></c>");
        let rows = format!(
            "<row r=\"1\">{}</row><row r=\"2\">{}{bad}<c r=\"C2\"><v>x</v></c></row><row r=\"3\">{}</row><row r=\"4\">{}</row><row r=\"5\">{}</row>",
            cell("A1"),
            cell("A2"),
            cell("A3"),
            cell("C4"),
            cell("A5")
        );
        let merged =
            "<mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell ref=\"A2:A2\"/><mergeCell ref=\"A4:A5\"/></mergeCells>";
        let bytes = book(&sheet_of(&rows, merged), "", &[]);
        let limits = Limits::default();
        let (wanted, also) = (format!("document/{code}"), ("document/malformed-cell", "s!C2".to_owned()));
        let told = |findings: &[Finding]| -> Vec<(&str, String)> {
            findings.iter().map(|finding| (finding.code(), finding.place().to_string())).collect()
        };
        let parsed = parse(&bytes, Syntax::Workbook, &limits).expect("read without that row");
        assert_eq!(told(&parsed.findings), [(&*wanted, "s!B2".to_owned()), also.clone()], "{code}");
        let numbers = |rows: &[super::super::Row]| rows.iter().map(|row| row.number).collect::<Vec<_>>();
        assert_eq!(numbers(&parsed.document.sheets()[0].rows), [1, 3, 4, 5], "{code}");
        let (rows, findings) = row_by_row(&bytes, &limits).expect("read without that row");
        assert_eq!((numbers(&rows), told(&findings)), (vec![1, 3, 4, 5], vec![(&*wanted, "s!B2".to_owned()), also]));
    }
}

#[test]
fn a_row_that_has_a_value_from_one_that_is_refused_is_refused_too() {
    let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>x</v></c></row><row r=\"2\"><c r=\"B2\"><v>2</v></c></row><row r=\"3\"><c r=\"B3\"><v>3</v></c></row>";
    let bytes = book(&sheet_of(rows, "<mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells>"), "", &[]);
    let limits = Limits::default();
    let parsed = parse(&bytes, Syntax::Workbook, &limits).expect("readable");
    let (rows, findings) = row_by_row(&bytes, &limits).expect("readable");
    for (rows, findings) in [(&parsed.document.sheets()[0].rows, &parsed.findings), (&rows, &findings)] {
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3]);
        let told: Vec<_> = findings.iter().map(|finding| (finding.code(), finding.place().to_string())).collect();
        let wanted = [("document/malformed-cell", "s!B1"), ("document/merged-with-refused-row", "s!A2")];
        assert_eq!(told, wanted.map(|(code, place)| (code, place.to_owned())));
    }
}

#[test]
fn more_bad_rows_than_findings_are_kept_refuse_the_workbook_that_is_read_whole() {
    let rows = |count: usize| "<row><c><v>x</v></c></row>".repeat(count);
    let limits = Limits { findings: 3, ..Limits::default() };
    let read = |count: usize| parse(&book(&sheet_of(&rows(count), ""), "", &[]), Syntax::Workbook, &limits);
    assert_eq!(read(3).expect("told of all").findings.len(), 3);
    assert_eq!(read(4).expect_err("refused").code(), "document/too-many-findings");
}

/// The rows of the first sheet as they are given one by one, and what is told of them.
fn row_by_row(bytes: &[u8], limits: &Limits) -> Result<(Vec<super::super::Row>, Vec<Finding>), Finding> {
    let mut book = Book::open(Box::new(std::io::Cursor::new(bytes)), limits, &InMemory)?;
    let mut rows = book.rows(0)?;
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    while let Some(read) = rows.next_row()? {
        all.extend(read.row);
        findings.extend(read.findings);
    }
    Ok((all, findings))
}

#[test]
fn an_encrypted_entry_is_refused() {
    let mut bytes = book(&sheet_of("", ""), "", &[]);
    // The flag of encryption, in the directory and in the entry itself.
    for (signature, at) in [(b"PK\x01\x02", 8), (b"PK\x03\x04", 6)] {
        let entry = bytes.windows(4).position(|window| window == signature).expect("an entry");
        bytes[entry + at] |= 1;
    }
    assert_eq!(refusal(&bytes, &Limits::default()).0, "document/encrypted");
}

#[test]
fn nothing_outside_the_package_is_followed() {
    let workbook = format!(
        "<workbook xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"t\" sheetId=\"1\" r:id=\"e\"/></sheets></workbook>"
    );
    let bytes = book(&sheet_of("", ""), "", &[]);
    assert!(read(&bytes, &Limits::default()).is_ok());
    let roots = format!(
        "<Relationships><Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let outside = format!(
        "<Relationships><Relationship Id=\"e\" Type=\"{OFFICE}/worksheet\" Target=\"http://192.0.2.1/\" TargetMode=\"External\"/></Relationships>"
    );
    let bytes =
        package(&[("_rels/.rels", &roots), ("xl/workbook.xml", &workbook), ("xl/_rels/workbook.xml.rels", &outside)]);
    assert_eq!(refusal(&bytes, &Limits::default()), ("document/missing-part", "xl/workbook.xml".into()));
}

#[test]
fn every_limit_lets_pass_what_just_fits_and_names_itself_for_what_does_not() {
    let rows = |count: u32| {
        (1..=count).map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>")).collect::<Vec<_>>().concat()
    };
    let row = |columns: u32| format!("<row>{}</row>", "<c><v>1</v></c>".repeat(columns as usize));
    let inline = |text: &str| format!("<row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row>");
    let merged = |area: &str| format!("<mergeCells><mergeCell ref=\"{area}\"/></mergeCells>");
    let small = Limits {
        rows: 3,
        columns: 4,
        cell_chars: 5,
        cells: 4,
        text_bytes: 15,
        merged_cells: 2,
        zip_entries: 5,
        ..Limits::default()
    };
    for (fits, breaks, code, place) in [
        ((rows(3), String::new()), (rows(4), String::new()), "too-many-rows", "s!4"),
        ((row(4), String::new()), (row(5), String::new()), "too-many-columns", "s!E1"),
        (
            ("<row r=\"3\"/>".into(), String::new()),
            ("<row r=\"1048576\"/>".into(), String::new()),
            "too-many-rows",
            "s!1048576",
        ),
        (
            ("<row><c r=\"D1\"/></row>".into(), String::new()),
            ("<row><c r=\"XFD1\"/></row>".into(), String::new()),
            "too-many-columns",
            "s!XFD1",
        ),
        ((inline("证书编号1"), String::new()), (inline("证书编号12"), String::new()), "cell-too-long", "s!A1"),
        (
            (rows(2), String::new()),
            (format!("{}<row>{}</row>", rows(2), "<c><v>1</v></c>".repeat(3)), String::new()),
            "too-many-cells",
            "s!C3",
        ),
        (
            (inline("证书编号1"), String::new()),
            (format!("{}{}", inline("证书编号1"), inline("证书")), String::new()),
            "too-much-text",
            "s!A2",
        ),
        ((row(1), merged("A1:C1")), (row(1), merged("A1:D1")), "too-many-merged-cells", "s!D1"),
    ] {
        assert!(read(&book(&sheet_of(&fits.0, &fits.1), "", &[]), &small).is_ok(), "{code}");
        let bytes = book(&sheet_of(&breaks.0, &breaks.1), "", &[]);
        assert_eq!(refusal(&bytes, &small), (format!("document/{code}").as_str(), place.to_owned()));
    }
    assert!(read(&book(&sheet_of("", ""), "", &[("a", "")]), &small).is_ok());
    assert_eq!(refusal(&book(&sheet_of("", ""), "", &[("a", ""), ("b", "")]), &small).0, "document/too-many-entries");
}

#[test]
fn inflating_stops_at_the_limits_of_an_entry_of_the_package_and_of_the_ratio() {
    let blanks = |count: usize| format!("<worksheet><sheetData/>{}</worksheet>", " <a/>".repeat(count));
    let limits = |entry: u64, total: u64, ratio: u64| Limits {
        zip_entry_bytes: entry,
        zip_total_bytes: total,
        zip_ratio: ratio,
        ..Limits::default()
    };
    let small = book(&blanks(1000), "", &[]);
    assert!(read(&small, &limits(6_000, 8_000, 1)).is_ok());
    assert_eq!(
        refusal(&small, &limits(5_000, 8_000, 1)),
        ("document/entry-too-large", "xl/worksheets/sheet1.xml".into())
    );
    assert_eq!(refusal(&small, &limits(6_000, 6_000, 1)).0, "document/package-too-large");
    // Nine megabytes of blanks deflate to some thousandth of that.
    let large = book(
        &format!("<worksheet><sheetData/>{}</worksheet>", format!("{}<a/>", " ".repeat(100_000)).repeat(90)),
        "",
        &[],
    );
    assert!(read(&large, &limits(16 << 20, 16 << 20, 10_000)).is_ok());
    assert_eq!(refusal(&large, &limits(16 << 20, 16 << 20, 100)).0, "document/expands-too-far");
}

#[test]
fn no_flipped_byte_makes_the_reader_panic() {
    let rows =
        "<row r=\"1\"><c r=\"A1\" s=\"0\"><v>46346</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>证书</t></is></c></row>";
    let good = book(&sheet_of(rows, "<mergeCells><mergeCell ref=\"A1:C3\"/></mergeCells>"), "", &[]);
    assert!(read(&good, &Limits::default()).is_ok());
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        _ = parse(&bytes, Syntax::Workbook, &Limits::default());
    }
}

/// The first sheet as a stream of rows.
fn streamed(bytes: &[u8], limits: &Limits) -> Result<Sheet, Finding> {
    let mut book = Book::open(Box::new(std::io::Cursor::new(bytes)), limits, &InMemory)?;
    let mut sheet = Sheet::new(book.names()[0]);
    let mut rows = book.rows(0)?;
    while let Some(read) = rows.next_row()? {
        assert!(read.findings.is_empty());
        sheet.rows.extend(read.row);
    }
    assert_eq!(rows.progress(), (sheet.rows.len() as u64, sheet.rows.len() as u64));
    Ok(sheet)
}

#[test]
fn a_stream_of_rows_gives_what_the_whole_sheet_holds_merged_areas_included() {
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let mut rows = String::new();
    for number in (1..400).filter(|number| number % 9 != 0) {
        let more = if number % 4 == 0 { String::new() } else { cell(&format!("D{number}"), "丁") };
        rows.push_str(&format!("<row r=\"{number}\">{}{more}</row>", cell(&format!("B{number}"), &number.to_string())));
    }
    // One within another's rows, one without a value, one whose first row is not there, one that ends where another begins.
    let areas = ["B2:C5", "D3:E4", "C20:C30", "A27:B29", "B40:B50", "B51:E52", "D1:D398", "B399:B10000"];
    let merged: String = areas.map(|area| format!("<mergeCell ref=\"{area}\"/>")).concat();
    let bytes = book(&sheet_of(&rows, &format!("<mergeCells>{merged}</mergeCells>")), "", &[]);
    let whole = read(&bytes, &Limits::default()).expect("readable");
    assert_eq!(streamed(&bytes, &Limits::default()).expect("readable"), whole);
    assert!(whole.cell(398, 4).is_some_and(|node| node.flags.has(Flags::MERGED)));
}

#[test]
fn a_stream_has_the_caps_of_a_row_and_is_refused_before_a_row_is_given() {
    let rows = |count: usize| "<row><c><v>1</v></c><c><v>2</v></c></row>".repeat(count);
    let bytes = book(&sheet_of(&rows(900), ""), "", &[]);
    // What a whole sheet may not hold, its rows may.
    let small = Limits { cells: 2, text_bytes: 1, zip_entry_bytes: 9_000, zip_total_bytes: 9_000, ..Limits::default() };
    assert!(read(&bytes, &small).is_err());
    assert_eq!(streamed(&bytes, &small).expect("readable").rows.len(), 900);
    let wide = book(&sheet_of(&format!("{}<row>{}</row>", rows(9), "<c><v>1</v></c>".repeat(3)), ""), "", &[]);
    let long = book(&sheet_of(&format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(99)), ""), "", &[]);
    let length = bytes.len() as u64;
    for (fits, bytes, limits, code) in [
        (&bytes, &wide, small, "too-many-cells"),
        (&bytes, &long, Limits { line_bytes: 98, ..Limits::default() }, "line-too-long"),
        (&long, &bytes, Limits { stream_inflated_bytes: 9_000, ..Limits::default() }, "stream-inflates-too-far"),
        (&long, &bytes, Limits { stream_bytes: length - 1, ..Limits::default() }, "stream-too-long"),
        (&long, &bytes, Limits { stream_rows: 899, ..Limits::default() }, "too-many-stream-rows"),
    ] {
        assert!(streamed(fits, &limits).is_ok(), "{code}");
        assert_eq!(streamed(bytes, &limits).expect_err("refused").code(), format!("document/{code}"));
    }
}
