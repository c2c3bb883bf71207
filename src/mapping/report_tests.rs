//! The management-system report, on the shared sample files.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::document::{Document, Limits, Syntax, parse};
use crate::finding::{Finding, Place, Severity};

pub(super) fn load(text: &str) -> Result<Crosswalk, Vec<LoadError>> {
    let schema = crate::record::schema();
    Crosswalk::parse(
        text,
        "test.yaml",
        &Library { codes: crate::codes::Codes::bundled(), includes: &|_| None, record: &schema },
    )
}

pub(super) fn report() -> Crosswalk {
    match load(include_str!("../../mappings/cnca-report/2016.yaml")) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

pub(super) fn day() -> crate::clock::Day {
    "2026-11-20".parse().expect("a day")
}

fn shared(file: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(crate::testing::shared("data/open")?.join(file)).expect("readable"))
}

fn document(bytes: &[u8], syntax: Syntax) -> Document {
    parse(bytes, syntax, &Limits::default()).expect("readable").document
}

fn cell(finding: &Finding) -> (String, u32, String) {
    match finding.place() {
        Place::Cell { sheet, row, field, .. } => (sheet.clone(), *row, field.clone().unwrap_or_default()),
        other => panic!("{other}"),
    }
}

fn told(put: &Put) -> Vec<&Finding> {
    let mut all: Vec<&Finding> = put.findings.iter().collect();
    all.extend(put.records.iter().flat_map(|record| &record.findings));
    all.retain(|finding| finding.severity() > Severity::Note);
    all
}

#[test]
fn the_clean_report_is_read_whole_and_gives_no_finding() {
    for file in ["cnca-report-small.xlsx", "cnca-report.xls"] {
        let Some(bytes) = shared(file) else { continue };
        let put = report().put(&document(&bytes, Syntax::Workbook), &[], &Context::new(day()));
        let told: Vec<String> = told(&put).iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{file}\n{}", told.join("\n"));
        assert!(put.records.len() >= 25);
        for record in &put.records {
            let mut value = record.record.clone();
            value["kind"] = json!("management-system");
            value["issuer"] = json!({});
            let typed: Result<crate::record::Record, _> = serde_json::from_value(value.clone());
            assert!(typed.is_ok(), "{file} {}: {:?}\n{value:#}", record.place, typed.err());
        }
    }
}

#[test]
fn the_first_certificate_stands_in_the_record_as_the_report_has_it() {
    let Some(bytes) = shared("cnca-report-small.xlsx") else { return };
    let put = report().put(&document(&bytes, Syntax::Workbook), &[], &Context::new(day()));
    let record = &put.records[0].record;
    let at = |pointer: &str| record.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(
        at("/key"),
        json!({"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "90126Q01002R0S"})
    );
    assert_eq!(at("/holder/id"), json!({"scheme": "uscc", "value": "91110115MAXDR7H2X4"}));
    assert_eq!(at("/holder/country"), json!("CN"));
    assert_eq!(at("/holder/employees"), json!(46));
    assert_eq!(at("/dates/issued"), json!("2026-10-03"));
    assert_eq!(at("/status/history/0/status"), json!("valid"));
    assert_eq!(at("/multi_site"), json!(false));
    let stages = record["process"].as_array().expect("events").iter().filter(|e| e["type"] == "audit-stage").count();
    assert_eq!(stages, 2, "{:#}", record["process"]);
    let decision = record["process"].as_array().expect("events").iter().find(|e| e["type"] == "decision");
    assert_eq!(decision.expect("a decision")["team"], json!([{"name": "虚怀谷", "role": "decision-maker"}]));
    assert_eq!(
        put.batch["reporter"],
        json!({"id": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "name": "示例认证有限公司"})
    );
    assert_eq!(put.batch["period"], json!({"from": "2026-10-01", "until": "2026-10-31"}));
    let origin = put.records[0].origins.locate("dates.issued").expect("known").to_string();
    assert_eq!(origin, "证书信息表!AO8 颁证日期");
}

/// What only rules on the record can tell.
const OF_RULES: [&str; 12] = [
    "malformed_item_code",
    "withdrawn_without_reason",
    "bad_uscc_check",
    "expiry_before_issue",
    "duplicate_certificate_number",
    "bad_uscc_inner_org_code",
    "no_audit_rows",
    "multi_site_without_sites",
    "expired_but_valid",
    "unknown_item_code",
    "suspended_without_start",
    "audit_dates_outside",
];

#[test]
fn the_dirty_report_gives_exactly_the_expected_findings_of_reading() {
    let (Some(bytes), Some(expected)) = (shared("cnca-report-dirty.xlsx"), shared("cnca-report-dirty.expected.csv"))
    else {
        return;
    };
    let text = String::from_utf8(expected).expect("UTF-8");
    let wanted: BTreeSet<(String, u32, String, String)> = text
        .lines()
        .skip(1)
        .map(|line| line.splitn(6, ',').collect::<Vec<_>>())
        .filter(|fields| !OF_RULES.contains(&fields[3]))
        .map(|f| (f[0].to_owned(), f[1].parse().expect("row"), f[2].to_owned(), f[4].to_owned()))
        .collect();
    let put = report().put(&document(&bytes, Syntax::Workbook), &[], &Context::new(day()));
    let found: BTreeSet<(String, u32, String, String)> = told(&put)
        .into_iter()
        .map(|finding| {
            let (sheet, row, field) = cell(finding);
            (sheet, row, field, finding.severity().word().to_owned())
        })
        .collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let extra: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:#?}\nextra {extra:#?}");
}

#[test]
fn every_leaf_of_a_row_is_in_the_account_once() {
    let Some(bytes) = shared("cnca-report-dirty.xlsx") else { return };
    let document = document(&bytes, Syntax::Workbook);
    let put = report().put(&document, &[], &Context::new(day()));
    let mut accounted: Vec<String> = put.account.leaves.iter().map(|line| place(&line.source)).collect();
    for record in &put.records {
        accounted.extend(record.account.leaves.iter().map(|line| place(&line.source)));
    }
    let mut leaves = Vec::new();
    document.leaves(|spot, _| leaves.push(place(&spot.place())));
    // Rows that two certificates of one key share are accounted for by both.
    accounted.sort();
    accounted.dedup();
    leaves.sort();
    assert_eq!(leaves.len(), accounted.len());
    assert_eq!(leaves, accounted);
}

fn place(place: &Place) -> String {
    match place {
        Place::Cell { sheet, row, column, .. } => format!("{sheet}!{row}:{column}"),
        other => other.to_string(),
    }
}

#[test]
fn the_report_comes_back_cell_for_cell() {
    for file in ["cnca-report-small.xlsx", "cnca-report-dirty.xlsx"] {
        let Some(bytes) = shared(file) else { continue };
        let parsed = document(&bytes, Syntax::Workbook);
        let crosswalk = report();
        let put = crosswalk.put(&parsed, &[], &Context::new(day()));
        // One certificate of a key that stands twice takes the audit rows with it once.
        let mut keys = BTreeSet::new();
        let records: Vec<&Value> = put.records.iter().map(|record| &record.record).collect();
        let unique = records.iter().all(|record| keys.insert(record["key"].to_string()));
        let context = Context::new(day()).in_batch(&put.batch).exact();
        let back = crosswalk.get(&records, &context).document;
        let sheets: BTreeSet<String> = parsed.sheets().iter().map(|sheet| sheet.name.clone()).collect();
        for name in sheets {
            if name != "证书信息表" && (file.contains("dirty") || !unique) {
                continue;
            }
            let cells = |document: &Document| -> Vec<(u32, u32, String)> {
                let sheet = document.sheets().iter().find(|sheet| sheet.name == name).expect("the sheet");
                let rows = sheet.rows.iter();
                rows.flat_map(|row| row.cells.iter().map(|c| (row.number, c.column, format!("{:?}", c.node.value))))
                    .collect()
            };
            let (mut was, mut is) = (cells(&parsed), cells(&back));
            if file.contains("dirty") {
                // The row without anything is no leaf; the rows below it move up.
                for list in [&mut was, &mut is] {
                    let mut rows: Vec<u32> = list.iter().map(|(row, ..)| *row).collect();
                    rows.dedup();
                    for entry in list.iter_mut() {
                        entry.0 = u32::try_from(rows.binary_search(&entry.0).expect("row")).expect("small");
                    }
                }
            }
            for (a, b) in was.iter().zip(&is) {
                assert_eq!(a, b, "{file} {name}");
            }
            assert_eq!(was.len(), is.len(), "{file} {name}");
        }
    }
}
