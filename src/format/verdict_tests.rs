//! Verdicts on the shared data: what is accepted, what is refused, and what is said where.

use std::collections::BTreeSet;

use super::testing::{Mark, data_day, expected, marks, shared};
use super::*;
use crate::finding::{Severity, any_error};

const OPEN: &str = "data/open";
const CERTIFICATES: &str = "证书信息表";

fn read(format: &str, file: &str) -> Option<Reading> {
    let bytes = shared(&format!("{OPEN}/{file}"))?;
    Some(Catalogue::bundled().read(format, &bytes, Some(file), &ReadContext::on(data_day())).expect("a format"))
}

/// Shows the difference in full before the test fails.
fn assert_same(found: &BTreeSet<Mark>, wanted: &BTreeSet<Mark>, reading: &Reading) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let surplus: Vec<_> = found.difference(wanted).collect();
    if !missing.is_empty() || !surplus.is_empty() {
        for finding in reading.all_findings().filter(|finding| finding.severity() > Severity::Note) {
            eprintln!("{finding}");
        }
        let show = |marks: &[&Mark]| {
            let lines: Vec<String> =
                marks.iter().map(|m| format!("\n  {}!{} {} {}", m.sheet, m.row, m.field, m.severity)).collect();
            lines.concat()
        };
        panic!("missing:{}\nsurplus:{}", show(&missing), show(&surplus));
    }
}

#[test]
fn all_forty_certificates_of_the_small_report_are_accepted() {
    let Some(reading) = read("cnca-report@2016", "cnca-report-small.xlsx") else { return };
    let refused: Vec<_> =
        reading.refused.iter().flat_map(|refused| &refused.findings).map(ToString::to_string).collect();
    assert_eq!((reading.records.len(), refused), (40, vec![]));
    assert!(!any_error(reading.all_findings()));
    let errors: Vec<_> =
        reading.records.iter().map(|record| record.payload.as_ref().map(crate::format::Payload::digest)).collect();
    assert_eq!(errors.iter().collect::<BTreeSet<_>>().len(), 40, "every payload is its own");
}

#[test]
fn every_planted_defect_of_the_dirty_report_is_told_at_its_cell_and_nothing_else_is() {
    let Some(reading) = read("cnca-report@2016", "cnca-report-dirty.xlsx") else { return };
    let Some(wanted) = shared(&format!("{OPEN}/cnca-report-dirty.expected.csv")) else { return };
    let wanted = expected(&wanted, "row");
    assert_same(&marks(reading.all_findings()), &wanted, &reading);
    let refused: BTreeSet<u32> = wanted
        .iter()
        .filter(|mark| mark.severity == Severity::Error && mark.sheet == CERTIFICATES)
        .map(|mark| mark.row)
        .collect();
    assert_eq!(reading.refused.len(), refused.len());
    assert_eq!(reading.records.len(), 59 - refused.len());
}

#[test]
fn the_old_workbook_is_clean() {
    let Some(reading) = read("cnca-report@2016", "cnca-report.xls") else { return };
    assert_same(&marks(reading.all_findings()), &BTreeSet::new(), &reading);
    assert_eq!(reading.records.len(), 25);
}

#[test]
fn compulsory_certificates_are_judged_alike_nested_and_flat() {
    let Some(wanted) = shared(&format!("{OPEN}/ccc-certificates.expected.csv")) else { return };
    let wanted = expected(&wanted, "index");
    let refused = wanted.iter().filter(|mark| mark.severity == Severity::Error).count();
    let Some(nested) = read("cnca-ccc@1", "ccc-certificates.json") else { return };
    assert_same(&marks(nested.all_findings()), &wanted, &nested);
    assert_eq!((nested.records.len(), nested.refused.len()), (30 - refused, refused));

    let Some(flat) = read("cnca-ccc@1", "ccc-certificates.csv") else { return };
    // Row 2 of the file is the first certificate, and a party's column is one word. A quoted cell may hold line breaks.
    let order: Vec<u32> = {
        let mut rows: Vec<u32> = flat
            .records
            .iter()
            .map(|r| row_of(&r.place))
            .chain(flat.refused.iter().map(|r| row_of(&r.place)))
            .collect();
        rows.sort_unstable();
        rows
    };
    let index =
        |row: u32| order.iter().position(|one| *one == row).and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX);
    let found: BTreeSet<Mark> =
        marks(flat.all_findings()).into_iter().map(|mark| Mark { row: index(mark.row), ..mark }).collect();
    let wanted: BTreeSet<Mark> =
        wanted.into_iter().map(|mark| Mark { field: mark.field.replace('.', ""), ..mark }).collect();
    assert_same(&found, &wanted, &flat);

    for (nested, flat) in nested.records.iter().zip(&flat.records) {
        let plain = |record: &crate::record::Record| {
            let mut tree = serde_json::to_value(record).expect("a tree");
            strip_residue(&mut tree);
            tree
        };
        assert_eq!(plain(&nested.record), plain(&flat.record), "the same record, but for spellings");
    }
}

fn row_of(place: &crate::finding::Place) -> u32 {
    match place {
        crate::finding::Place::Cell { row, .. } => *row,
        _ => 0,
    }
}

fn strip_residue(tree: &mut serde_json::Value) {
    match tree {
        serde_json::Value::Object(members) => {
            members.remove("residue");
            members.values_mut().for_each(strip_residue);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(strip_residue),
        _ => {}
    }
}

#[test]
fn hostile_files_are_refused_with_a_reason_and_leave_nothing() {
    for (format, file) in [
        ("cnca-report@2016", "zip-bomb-sheet.xlsx"),
        ("cnca-report@2016", "columns-16384.xlsx"),
        ("cnca-report@2016", "truncated.xlsx"),
        ("cnca-report@2016", "external-link-dde.xlsx"),
        ("cnca-report@2016", "doctype-entities.xlsx"),
        ("cnca-report@2016", "path-traversal.xlsx"),
        ("cnca-report@2016", "html-table.xls"),
        ("cnca-ccc@1", "json-depth-100000.json"),
        ("cnca-ccc@1", "json-duplicate-keys.json"),
        ("cnca-ccc@1", "json-lone-surrogate.json"),
        ("cnca-ccc@1", "json-numbers.json"),
        ("cnca-ccc@1", "json-trailing-data.json"),
        ("cnca-ccc@1", "csv-unbalanced-quotes.csv"),
        ("cnca-ccc@1", "xml-billion-laughs.xml"),
        ("cnca-ccc@1", "xml-external-entity.xml"),
    ] {
        let Some(reading) = read(format, &format!("hostile/{file}")) else { return };
        assert!(reading.records.is_empty(), "{file}: {} records", reading.records.len());
        assert!(any_error(reading.all_findings()), "{file} is refused without a reason");
    }
}

#[test]
fn a_format_that_is_not_known_gets_a_suggestion() {
    let error =
        Catalogue::bundled().read("untp-dcc@0.8", b"{}", None, &ReadContext::on(data_day())).expect_err("unknown");
    assert!(error.to_string().contains("untp-dcc@0.7.0"), "{error}");
}

#[test]
fn a_syntax_that_the_format_does_not_take_is_refused() {
    let reading = Catalogue::bundled()
        .read("untp-dcc@0.7.0", b"a,b\r\n1,2\r\n", Some("x.csv"), &ReadContext::on(data_day()))
        .expect("a format");
    assert_eq!(reading.findings.len(), 1);
    assert_eq!(reading.findings[0].code(), "format/syntax-not-taken");
}
