//! The reference data: every file is read as far as syntax goes, and every hostile file is refused or read as its list
//! of expectations says. Named by `CERTBRIDGE_SHARED`; without it these tests say that they were skipped.

use std::path::PathBuf;

use calamine::{Data, Reader as _};

use super::{Flags, Limits, Node, Sheet, Value, cell_findings, identify, parse};
use crate::finding::{Finding, column_letters};

/// The folder of the reference data, where there is one.
fn data() -> Option<PathBuf> {
    crate::testing::shared("data/open")
}

/// Told by content and name, then read.
fn read(file: &str) -> Option<Result<super::Parsed, Finding>> {
    let bytes = std::fs::read(data()?.join(file)).expect(file);
    Some(identify(&bytes, Some(file)).and_then(|syntax| parse(&bytes, syntax, &Limits::default())))
}

fn sheets(file: &str) -> Option<Vec<Sheet>> {
    Some(read(file)?.expect(file).document.sheets().to_vec())
}

/// The column below a title in a header row.
fn column(sheet: &Sheet, header: u32, title: &str) -> u32 {
    let row = sheet.row(header).expect("a header row");
    row.cells.iter().find(|cell| cell.node.as_text() == Some(title)).expect(title).column
}

#[test]
fn every_hostile_file_is_refused_or_read_as_expected() {
    if data().is_none() {
        return;
    }
    for (file, code, place) in [
        ("zip-bomb-sheet.xlsx", "too-many-rows", "证书信息表!200001"),
        ("columns-16384.xlsx", "too-many-columns", "证书信息表!AMK1"),
        ("truncated.xlsx", "not-a-zip", "-"),
        ("doctype-entities.xlsx", "doctype", "xl/worksheets/sheet1.xml"),
        ("path-traversal.xlsx", "entry-name", "../../../../tmp/certbridge-traversal.txt"),
        ("json-duplicate-keys.json", "duplicate-key", "/0/证书状态"),
        ("json-lone-surrogate.json", "lone-surrogate", "/0/规格型号"),
        ("json-numbers.json", "number-out-of-range", "/0/注册资本"),
        ("json-trailing-data.json", "trailing-data", "line 1 column 31"),
        ("xml-billion-laughs.xml", "doctype", "line 2 column 1"),
        ("xml-external-entity.xml", "doctype", "line 2 column 1"),
        ("csv-unbalanced-quotes.csv", "too-many-cell-lines", "line 2"),
        ("html-table.xls", "other-content", "-"),
    ] {
        let finding = read(&format!("hostile/{file}")).expect("data").expect_err(file);
        assert_eq!(finding.code(), format!("document/{code}"), "{file}");
        assert_eq!(finding.place().to_string(), place, "{file}");
        assert!(finding.is_error(), "{file}");
    }
    let deep = read("hostile/json-depth-100000.json").expect("data").expect_err("too deep");
    assert_eq!((deep.code(), deep.value("limit")), ("document/too-deep", Some("depth")));
}

#[test]
fn hostile_texts_and_formulas_that_may_be_read_are_read_as_they_stand() {
    let Some(utf16) = sheets("hostile/csv-utf16-bom.csv") else { return };
    assert_eq!(utf16[0].cell(1, 2).and_then(Node::as_text), Some("组织名称"));
    assert_eq!(utf16[0].cell(3, 2).and_then(Node::as_text), Some("样本沐,照明有限公司"));
    assert_eq!(utf16[0].rows.len(), 3);
    let formulas = sheets("hostile/csv-formula-text.csv").expect("data");
    let texts: Vec<_> = (2..5).filter_map(|row| formulas[0].cell(row, 2).and_then(Node::as_text)).collect();
    assert_eq!(texts, ["=HYPERLINK(\"http://192.0.2.1/\",\"x\")", "+cmd|' /C echo harmless'!A0", "@SUM(1+1)"]);
    let linked = sheets("hostile/external-link-dde.xlsx").expect("data");
    let row = linked[0].row(2).expect("a row");
    let without = Flags::FORMULA.and(Flags::NO_VALUE);
    let flags: Vec<Flags> = row.cells.iter().map(|cell| cell.node.flags).collect();
    assert_eq!(flags, [Flags::FORMULA, Flags::FORMULA, Flags::FORMULA, without]);
    assert_eq!(row.cell(1).and_then(Node::as_text), Some("90126Q00001R0S"));
}

#[test]
fn the_report_with_defects_shows_every_defect_that_syntax_can_show() {
    let Some(sheets) = sheets("cnca-report-dirty.xlsx") else { return };
    let sheet = &sheets[0];
    assert_eq!(
        sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(),
        ["证书信息表", "审核结果信息表", "能源绩效信息表"]
    );
    assert!(sheet.row(12).is_none() && sheet.row(13).is_some() && sheet.row(67).is_some() && sheet.row(68).is_none());
    // Doubts are told of the cells that carry them and of no other.
    let mut told = Vec::new();
    for row in sheet.rows.iter().filter(|row| row.number > 7) {
        for cell in &row.cells {
            let title = sheet.cell(6, cell.column).and_then(Node::as_text).unwrap_or("?");
            let place = sheet.place(row.number, cell.column, Some(title));
            told.extend(cell_findings(&cell.node, &place).into_iter().map(|f| (f.code(), f.place().to_string())));
        }
    }
    let at = |row: u32, title: &str| format!("证书信息表!{}{row} {title}", column_letters(column(sheet, 6, title)));
    assert_eq!(
        told,
        [
            ("document/formula-value-used", at(16, "组织员工数")),
            ("document/merged-cell-value-used", at(38, "组织名称")),
            ("document/formula-without-value", at(48, "证书到期日期")),
        ]
    );
    let value = |row: u32, title: &str| sheet.cell(row, column(sheet, 6, title)).map(|node| node.value.clone());
    let text = |row: u32, title: &str| match value(row, title) {
        Some(Value::Text(text)) => text,
        other => panic!("{row} {title}: {other:?}"),
    };
    assert!(matches!(value(10, "证书号码"), Some(Value::Number(_))));
    assert!(matches!(value(22, "审核结束日期"), Some(Value::Number(_))));
    assert!(matches!(value(64, "邮编"), Some(Value::Number(_))));
    assert!(text(13, "组织名称").contains('\u{200b}'));
    assert!(text(34, "证书地址").contains('\n') && text(34, "证书地址").contains('\t'));
    assert!(text(51, "证书号码").ends_with("  "));
    assert!(text(63, "证书号码").starts_with('\u{feff}'));
    assert!(text(66, "组织名称").ends_with('\u{3000}'));
    assert_eq!(text(46, "证书到期日期"), "0000-00-00");
    assert_eq!(text(38, "组织名称"), text(37, "组织名称"));
    assert_eq!(value(44, "证书号码"), None);
}

#[test]
fn the_small_report_has_all_its_rows_and_dates_of_all_three_forms() {
    let Some(sheets) = sheets("cnca-report-small.xlsx") else { return };
    let sheet = &sheets[0];
    assert_eq!(sheet.rows.iter().filter(|row| row.number >= 8).count(), 40);
    assert_eq!(sheet.row(6).expect("titles").cells.len(), 66);
    let issued = column(sheet, 6, "颁证日期");
    let forms: Vec<bool> = (8..48)
        .filter_map(|row| sheet.cell(row, issued))
        .map(|node| matches!(node.value, Value::DateCell(_)))
        .collect();
    assert_eq!(forms.len(), 40);
    assert!(forms.contains(&true) && forms.contains(&false));
}

#[test]
fn the_certificates_as_csv_are_the_certificates_as_json() {
    let Some(csv) = read("ccc-certificates.csv") else { return };
    let csv = csv.expect("readable");
    assert_eq!(csv.findings.iter().map(Finding::code).collect::<Vec<_>>(), ["document/read-as-gb18030"]);
    let sheet = &csv.document.sheets()[0];
    let json = read("ccc-certificates.json").expect("data").expect("readable");
    let records = json.document.root.as_list().expect("a list");
    assert_eq!((records.len(), sheet.rows.len()), (30, 31));
    let (number, models) = (column(sheet, 1, "证书编号"), column(sheet, 1, "规格型号"));
    for (record, row) in records.iter().zip(2..) {
        for (title, column) in [("证书编号", number), ("规格型号", models)] {
            let as_json = record.get(title).and_then(Node::as_text).filter(|text| !text.is_empty());
            let as_csv = sheet.cell(row, column).and_then(Node::as_text);
            assert_eq!(as_csv.map(|text| text.replace("\r\n", "\n")), as_json.map(str::to_owned), "{title} {row}");
        }
    }
    for file in ["agri-certificates.json", "platform-list.json", "rule-filings.xlsx"] {
        assert!(read(file).expect("data").is_ok(), "{file}");
    }
}

/// The text of a cell as another reader of workbooks gives it; a date as a day.
fn theirs(data: &Data) -> Option<String> {
    match data {
        Data::Empty => None,
        Data::String(text) if text.is_empty() => None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Some(text.clone()),
        Data::Float(number) => Some(number.to_string()),
        Data::Int(number) => Some(number.to_string()),
        Data::Bool(truth) => Some(truth.to_string()),
        Data::Error(error) => Some(error.to_string()),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            Some(format!("{year:04}-{month:02}-{day:02}"))
        }
    }
}

fn ours(node: &Node) -> Option<String> {
    match &node.value {
        Value::Null => None,
        Value::Number(number) => Some(number.as_f64().to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::DateCell(day) => Some(day.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn workbooks_of_both_kinds_are_read_as_another_reader_reads_them() {
    let Some(folder) = data() else { return };
    for file in ["cnca-report.xls", "cnca-report-small.xlsx", "cnca-report-dirty.xlsx", "rule-filings.xlsx"] {
        let mut other = calamine::open_workbook_auto(folder.join(file)).expect(file);
        let sheets = sheets(file).expect("data");
        let mut names: Vec<_> = other.sheet_names();
        names.sort();
        let mut own_names: Vec<_> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
        own_names.sort();
        assert_eq!(own_names, names, "{file}");
        for sheet in &sheets {
            let range = other.worksheet_range(&sheet.name).expect("a sheet");
            let (top, left) = range.start().expect("cells");
            let mut count = 0;
            for (row, column, data) in range.used_cells() {
                let at =
                    (top + u32::try_from(row).expect("small") + 1, left + u32::try_from(column).expect("small") + 1);
                let theirs = theirs(data);
                count += usize::from(theirs.is_some());
                assert_eq!(sheet.cell(at.0, at.1).and_then(ours), theirs, "{file} {} {at:?}", sheet.name);
            }
            let merged = |node: &Node| node.flags.has(Flags::MERGED);
            let own = sheet.rows.iter().flat_map(|row| &row.cells);
            assert_eq!(
                own.filter(|cell| !merged(&cell.node) && ours(&cell.node).is_some()).count(),
                count,
                "{file} {}",
                sheet.name
            );
        }
    }
}
