//! Long CSV files, small: what a stream of rows says is what the whole file says, and a bad row costs no other.

use std::io::Cursor;

use super::*;
use crate::document::{Sheet, Syntax, parse};

fn rows(bytes: &[u8], declared: Option<Charset>, limits: &Limits) -> Result<(Sheet, Vec<Finding>), Finding> {
    let mut source = Cursor::new(bytes);
    let survey = survey(&mut source, declared, limits)?;
    let mut rows = CsvRows::new(source, survey, limits)?;
    let (mut sheet, mut findings) = (Sheet::new(""), Vec::new());
    while let Some(read) = rows.next_row()? {
        sheet.rows.extend(read.row);
        findings.extend(read.findings);
    }
    Ok((sheet, findings))
}

fn told(findings: &[Finding]) -> Vec<(&str, String)> {
    findings.iter().map(|finding| (finding.code(), finding.place().to_string())).collect()
}

/// A text of many rows, longer than what is read at a time.
fn long() -> String {
    let mut text = "证书编号,组织名称,备注\r\n".to_owned();
    for number in 0..9_000 {
        text.push_str(&format!("N{number},\"甲,乙\"\"丙\"\"\r\n丁\",𠮷\r\n"));
        if number % 1_000 == 7 {
            text.push_str("\r\n,,\r\nx,y,z,zu viel\r\n短\r\n");
        }
    }
    text
}

#[test]
fn a_stream_of_rows_says_what_the_whole_file_says_in_every_encoding() {
    let text = long();
    let limits = Limits { cells: 1 << 30, ..Limits::default() };
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().skip(usize::from(!mark)).chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let (gb, ..) = encoding_rs::GB18030.encode(&text);
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for bytes in [text.as_bytes(), &marked, &utf16(false, true), &utf16(true, true), &gb] {
        let whole = parse(bytes, Syntax::Csv, &limits).expect("readable");
        let (sheet, findings) = rows(bytes, None, &limits).expect("readable");
        assert_eq!(whole.document.sheets(), [sheet]);
        assert_eq!(told(&findings), told(&whole.findings));
    }
    // Without a mark UTF-16 is not to be told, unless somebody says it.
    assert_eq!(rows(&utf16(true, false), None, &limits).expect_err("refused").code(), "document/nul-character");
    assert_eq!(rows(&utf16(true, false), Some(Charset::Utf16Be), &limits).expect("readable").0.rows.len(), 9_019);
    // Too short a text to be told by itself: said to be GB18030.
    let short = b"a\n\xc2\xa4\n";
    let cell = |declared| rows(short, declared, &limits).expect("readable").0.cell(2, 1).cloned();
    assert_eq!(cell(None).and_then(|node| node.as_text().map(str::to_owned)).as_deref(), Some("\u{a4}"));
    assert_eq!(cell(Some(Charset::Gb18030)).and_then(|node| node.as_text().map(str::to_owned)).as_deref(), Some("陇"));
}

#[test]
fn a_file_whose_records_cannot_be_told_apart_is_refused_before_any_row_is_given() {
    let limits = Limits::default();
    for (text, code, place) in [
        ("a,b\n1,\"x\n2,y\n", "unbalanced-quote", "line 2"),
        ("a,b\n1,\"x\n2,\"y\"\n", "unbalanced-quote", "line 2"),
        ("a,b\n\"1\n\n1\",\"x\"y\n", "unbalanced-quote", "line 4"),
        (&format!("a,b\n1,\"x\n{}", "2,y\n".repeat(1000)), "too-many-cell-lines", "line 2"),
        ("a,b\n1,\0", "nul-character", "line 2"),
    ] {
        let refusal = rows(text.as_bytes(), None, &limits).expect_err(text);
        let whole = parse(text.as_bytes(), Syntax::Csv, &limits).expect_err(text);
        assert_eq!(refusal.code(), format!("document/{code}"), "{text:?}");
        assert_eq!(whole.code(), refusal.code(), "{text:?}");
        assert!(refusal.place().to_string().starts_with(place), "{text:?}: {refusal}");
    }
    for (limits, fits, breaks, code) in [
        (Limits { stream_rows: 2, ..Limits::default() }, "a\nb\n", "a\nb\nc\n", "document/too-many-stream-rows"),
        (Limits { stream_bytes: 4, ..Limits::default() }, "a\nb\n", "a\nb\nc", "document/stream-too-long"),
    ] {
        assert!(rows(fits.as_bytes(), None, &limits).is_ok(), "{code}");
        assert_eq!(rows(breaks.as_bytes(), None, &limits).expect_err("refused").code(), code);
    }
}

#[test]
fn a_row_beyond_a_limit_costs_no_other_row_and_is_told_of_at_its_place() {
    let small = Limits { columns: 3, cell_chars: 5, cells: 2, line_bytes: 40, ..Limits::default() };
    let filler = "x".repeat(200_000);
    for (bad, code, place) in [
        ("1,,,4", "too-many-columns", "D2"),
        ("1,证书编号12", "cell-too-long", "B2"),
        ("1,2,3", "too-many-cells", "C2"),
        (&filler, "line-too-long", "2"),
        (&format!("{},b", "x".repeat(39)), "line-too-long", "2"),
    ] {
        let text = format!("a,b\n{bad}\n1,2\n");
        let (sheet, findings) = rows(text.as_bytes(), None, &small).expect("readable");
        assert_eq!(told(&findings), [(&*format!("document/{code}"), place.to_owned())], "{code}");
        assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3], "{code}");
    }
    // One bad character in the midst of a long text, of which the beginning has told the encoding.
    let mut bytes = long().into_bytes();
    let at = bytes.len() - 3;
    bytes[at] = 0xff;
    let (sheet, findings) = rows(&bytes, None, &Limits::default()).expect("readable");
    let last = told(&findings).pop().expect("told");
    assert_eq!((last.0, sheet.rows.len()), ("document/undecodable", 9_018));
}
