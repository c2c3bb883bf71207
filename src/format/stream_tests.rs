//! Documents in pieces say what the whole document says.

use std::ops::ControlFlow;

use super::testing::*;
use super::{Catalogue, Input, Piece, ReadContext, Reading, Streaming};
use crate::document::{Document, InMemory, Node, Sheet, Syntax, Value, Workbook};
use crate::finding::Finding;

/// Findings, places and keys: all that can be told of readings, in no order.
fn told<'a>(readings: impl IntoIterator<Item = &'a Reading>) -> Vec<String> {
    let mut told = Vec::new();
    for reading in readings {
        let key = |record: &crate::record::Record| record.key.number.clone().unwrap_or_default();
        told.extend(reading.records.iter().map(|one| format!("{} {}", one.place, key(&one.record))));
        told.extend(reading.refused.iter().map(|one| format!("refused {} {:?}", one.place, one.key)));
        told.extend(reading.all_findings().map(ToString::to_string));
    }
    told.sort();
    told
}

fn pieces(format: &str, input: Input<'_>, rows: usize, context: &ReadContext<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let streaming = Streaming { scratch: &InMemory, charset: None, rows };
    let mut take = |piece| {
        pieces.push(piece);
        ControlFlow::Continue(())
    };
    Catalogue::bundled().read_stream(format, input, None, context, &streaming, &mut take).expect("a format");
    pieces
}

/// Holds the pieces of a document against the whole, and each piece by itself against what it gave.
fn agree(format: &str, text: impl AsRef<[u8]>, name: &str, rows: usize) -> Vec<Piece> {
    let text = text.as_ref();
    let context = ReadContext::on(data_day());
    let catalogue = Catalogue::bundled();
    let whole = catalogue.read(format, text, Some(name), &context).expect("a format");
    let input = if name.ends_with("csv") {
        Input::Rows(Box::new(std::io::Cursor::new(text)), Syntax::Csv)
    } else if name.ends_with("xlsx") {
        Input::Rows(Box::new(std::io::Cursor::new(text)), Syntax::Workbook)
    } else {
        Input::Lines(Box::new(text))
    };
    let pieces = pieces(format, input, rows, &context);
    assert_eq!(told(pieces.iter().map(|piece| &piece.reading)), told([&whole]));
    for piece in pieces.iter().filter(|piece| !piece.reading.records.is_empty()) {
        let payload = piece.payload().expect("written").expect("a document of its own");
        let again = catalogue.read(format, &payload, Some(name), &context).expect("a format");
        // What stands twice in the document stands once in the piece, and a row number begins anew.
        let bare = |record: &crate::record::Record| {
            let process = record.process.iter().map(|event| (event.from, event.until)).collect::<Vec<_>>();
            (record.key.clone(), record.dates.clone(), record.holder.name.clone(), record.kind, process)
        };
        for one in &piece.reading.records {
            let found = again.records.iter().any(|other| bare(&other.record) == bare(&one.record));
            assert!(found, "{} in {name}", one.place);
        }
    }
    pieces
}

fn line(number: usize) -> String {
    let kept = r#""认证机构批准号":"CNCA-R-2002-001","组织名称":"一厂","认证项目代码":"A010101","颁证日期":"20260101""#;
    let more = r#""证书到期日期":"20281231","证书状态":"01""#;
    format!("{{\"序号\":\"{}\",{kept},\"证书号码\":\"N{number}\",{more}}}", number + 1)
}

#[test]
fn a_stream_of_lines_says_what_the_whole_file_says() {
    let mut text: String = (0..600).map(|number| line(number) + "\n").collect();
    text.push_str("{broken\n\n");
    text.push_str(&line(3));
    let pieces = agree("cnca-report@2016", &text, "x.ndjson", 16);
    assert!(pieces.len() > 2, "{} pieces", pieces.len());
    let all = told(pieces.iter().map(|piece| &piece.reading));
    assert!(all.iter().any(|one| one.contains("duplicate-certificate") && one.contains("line 4")));
}

#[test]
fn a_stream_of_rows_says_what_the_whole_table_says() {
    let mut text =
        "序号,认证机构批准号,证书号码,组织名称,颁证日期,认证项目代码,证书到期日期,证书状态,问题\r\n".to_owned();
    for number in 0..500 {
        text.push_str(&format!("{},CNCA-R-2002-001,N{number},一厂,20260101,A010101,20281231,01,\r\n", number + 1));
        // Empty rows, blank rows, ragged rows and a key that stands twice, at the seams of pieces too.
        match number {
            15 | 100 => text.push_str("\r\n\r\n"),
            200 => text.push_str(" , ,,,\r\n"),
            300 => text.push_str("x,y\r\n"),
            400 => text.push_str("500,CNCA-R-2002-001,N7,二厂,20260101,A010101,20281231,01,\r\n"),
            _ => {}
        }
    }
    for rows in [1, 7, 16] {
        let pieces = agree("cnca-report@2016", &text, "x.csv", rows);
        let all = told(pieces.iter().map(|piece| &piece.reading));
        for code in ["duplicate-certificate", "mapping/empty-row", "ragged-row", "unknown-field"] {
            assert!(all.iter().any(|one| one.contains(code)), "{code}");
        }
    }
}

#[test]
fn a_document_that_holds_no_record_or_is_of_another_format_says_so_once() {
    let ccc: String = (0..90).fold(String::new(), |text, n| {
        text + &format!("{{\"证书编号\":\"2026010101{n:06}\",\"证书状态\":\"有效\"}}\n")
    });
    for (text, name, code) in [
        ("\n \n", "x.ndjson", "document/empty"),
        ("a,b\r\n1,2\r\n", "x.csv", "format/does-not-fit"),
        (&ccc, "x.ndjson", "format/does-not-fit"),
    ] {
        let pieces = agree("cnca-report@2016", text, name, 16);
        let all: Vec<&str> = pieces.iter().flat_map(|piece| piece.reading.all_findings()).map(Finding::code).collect();
        assert_eq!(all, [code], "{text}");
    }
    let pieces = agree("cnca-report@2016", "证书号码,组织名称\r\n", "x.csv", 16);
    assert_eq!(told(pieces.iter().map(|piece| &piece.reading)).len(), 1, "no record");
    agree("cnca-report@2016", "a,\"b\r\n1,2\r\n", "x.csv", 16);
}

#[test]
fn what_was_refused_before_the_first_good_record_is_told_all_the_same() {
    let mut text = (0..90).fold(String::new(), |text, n| text + &format!("{{\"证书号码\":\"N{n}\"}}\n"));
    text.push_str(&line(1));
    let pieces = agree("cnca-report@2016", &text, "x.ndjson", 16);
    assert_eq!(pieces.iter().map(|piece| piece.reading.refused.len()).sum::<usize>(), 90);
    assert_eq!(pieces.iter().map(|piece| piece.reading.records.len()).sum::<usize>(), 1);
}

/// A report of a hundred certificates and their audits, whose rows stand in another order; with rows that join nothing,
/// rows of a certificate whose own key cannot be read, gaps, and a certificate that comes twice.
fn report() -> Vec<u8> {
    let (mut certs, mut audits) = (Sheet::new("证书信息表"), Sheet::new("审核结果信息表"));
    let put = |sheet: &mut Sheet, row: u32, cells: &[&str]| {
        for (cell, column) in cells.iter().zip(2..).filter(|(cell, _)| !cell.is_empty()) {
            sheet.put(row, column, Node::text(*cell));
        }
    };
    put(&mut certs, 1, &["管理体系认证、服务认证信息报告  证书信息表"]);
    put(&mut certs, 2, &["填报机构：演示认证中心"]);
    put(
        &mut certs,
        6,
        &["认证机构批准号", "证书号码", "组织名称", "颁证日期", "认证项目代码", "证书到期日期", "证书状态", "问题"],
    );
    put(&mut audits, 6, &["认证机构批准号", "证书编号", "审核阶段", "审核开始时间", "审核截止日期", "审核员姓名"]);
    let issuer = "CNCA-R-2002-001";
    for number in 0..100_u32 {
        let row = 7 + number + if number > 40 { 3 } else { 0 };
        let key = format!("N{}", if number == 77 { 3 } else { number });
        let body = if number == 50 { "unknown" } else { issuer };
        put(&mut certs, row, &[body, &key, "一厂", "20260101", "A010101", "20281231", "01"]);
        for more in 0..2 {
            // Every certificate's rows stand far from each other.
            let place = 7 + (number * 37 + more * 51) % 100 + more * 100;
            let name = format!("审核员{number}");
            put(&mut audits, place, &[issuer, &key, "0101", "20251001", "20251003", &name]);
        }
    }
    put(&mut audits, 230, &[issuer, "nobody", "0101", "20251001", "20251003", "甲"]);
    put(&mut audits, 231, &["", "N5", "0101", "20251001", "20251003", "乙"]);
    let mut notes = Sheet::new("说明");
    put(&mut notes, 1, &["nobody reads this"]);
    put(&mut notes, 2, &["nor this"]);
    let root = Node::new(Value::Workbook(Workbook { sheets: vec![notes, audits, certs] }));
    Document { syntax: Syntax::Workbook, root }.write().expect("written")
}

#[test]
fn a_workbook_in_pieces_says_what_the_whole_workbook_says() {
    let report = report();
    for rows in [1, 7, 16, 1_000] {
        let pieces = agree("cnca-report@2016", &report, "x.xlsx", rows);
        let all = told(pieces.iter().map(|piece| &piece.reading));
        for code in ["orphan-row", "row-of-unreadable", "empty-row", "duplicate-certificate", "unknown-sheet"] {
            assert!(all.iter().any(|one| one.contains(code)), "{code}");
        }
        let audited = |record: &crate::record::Record| record.process.iter().any(|event| !event.team.is_empty());
        let mut records = pieces.iter().flat_map(|piece| &piece.reading.records);
        assert!(records.all(|one| audited(&one.record)));
        let accepted: usize = pieces.iter().map(|piece| piece.reading.records.len()).sum();
        assert_eq!(accepted, 98, "all but the one without a body and the one that comes twice");
    }
    let Some(file) = crate::testing::shared("data/open/cnca-report-dirty.xlsx") else { return };
    agree("cnca-report@2016", std::fs::read(file).expect("readable"), "x.xlsx", 5);
}
