//! The rules against the reports of the test data: each row made a record by hand, with the few fields that the rules
//! look at. Defects that lie in how a cell is written are the business of reading, and their rows are left out here.

use std::collections::{BTreeMap, BTreeSet};

use calamine::{Data, DataType, Reader};
use serde_json::{Value, json};

use super::{RuleContext, check, complete};
use crate::finding::{Finding, Severity};
use crate::record::identifier::cleaned;
use crate::record::testing::record;
use crate::testing::shared;

/// Defects of the dirty report that are about the content of a record.
const OF_CONTENT: &[&str] = &[
    "malformed_item_code",
    "withdrawn_without_reason",
    "bad_uscc_check",
    "expiry_before_issue",
    "bad_uscc_inner_org_code",
    "no_audit_rows",
    "multi_site_without_sites",
    "expired_but_valid",
    "unknown_item_code",
    "suspended_without_start",
    "audit_dates_outside",
];

type Row = BTreeMap<String, Data>;

fn rows(file: &std::path::Path, sheet: &str, title: &str) -> Vec<(u32, Row)> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(file).expect("a workbook");
    let range = workbook.worksheet_range(sheet).expect("a sheet");
    let first = range.start().expect("cells").0;
    let grid: Vec<&[Data]> = range.rows().collect();
    let titles = grid.iter().position(|row| row.iter().any(|cell| cell.get_string() == Some(title))).expect("titles");
    let names: Vec<String> = grid[titles].iter().map(ToString::to_string).collect();
    let numbered = grid.iter().enumerate().skip(titles + 2);
    let filled = numbered.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()));
    filled
        .map(|(index, row)| {
            let number = first + u32::try_from(index).expect("a row") + 1;
            (number, names.iter().cloned().zip(row.iter().cloned()).collect())
        })
        .collect()
}

fn text(row: &Row, name: &str) -> String {
    row.get(name).map(|cell| cleaned(&cell.to_string())).unwrap_or_default()
}

fn day(row: &Row, name: &str) -> Option<String> {
    let cell = row.get(name)?;
    if let Data::DateTime(date) = cell {
        let days = jiff::Span::new().try_days(date.as_f64().to_string().parse::<i64>().ok()?).ok()?;
        return Some(jiff::civil::date(1899, 12, 30).checked_add(days).ok()?.to_string());
    }
    let text = cleaned(&cell.to_string());
    let plain = text.replace('-', "");
    (plain.len() == 8).then(|| format!("{}-{}-{}", &plain[..4], &plain[4..6], &plain[6..]))
}

fn put(tree: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        tree[name] = json!(value);
    }
}

fn code<'a>(text: &str, table: &[(&str, &'a str)]) -> Option<&'a str> {
    table.iter().find(|(wire, _)| *wire == text).map(|(_, code)| *code)
}

fn certificate(row: &Row, audits: &[(u32, Row)]) -> Option<(Value, Vec<u32>)> {
    let mut audit = json!({"type": "audit"});
    let activities =
        [("01", "initial"), ("02", "recertification"), ("03", "surveillance"), ("04", "special"), ("05", "change")];
    audit["activity"] = json!(code(&text(row, "认证审核活动代码"), &activities)?);
    put(&mut audit, "from", day(row, "审核开始日期"));
    put(&mut audit, "until", day(row, "审核结束日期"));
    let mut decision = json!({"type": "decision"});
    put(&mut decision, "from", day(row, "认证决定日期"));
    let mut process = vec![audit, decision];
    let mut lines = vec![0, 0];
    for (line, stage) in audits {
        if text(stage, "证书编号") == text(row, "证书号码") {
            let mut event = json!({"type": "audit-stage"});
            put(&mut event, "from", day(stage, "审核开始时间"));
            put(&mut event, "until", day(stage, "审核截止日期"));
            process.push(event);
            lines.push(*line);
        }
    }
    let statuses = [("01", "valid"), ("有效", "valid"), ("02", "suspended"), ("03", "withdrawn"), ("04", "cancelled")];
    let status = text(row, "证书状态");
    let mut entry = json!({});
    match code(&status, &statuses) {
        Some(act) => entry["status"] = json!(act),
        None if status == "05" => entry["claimed"] = json!("expired"),
        None => return None,
    }
    put(&mut entry, "from", day(row, "暂停开始时间").or_else(|| day(row, "撤销日期")));
    put(&mut entry, "until", day(row, "暂停结束时间"));
    let reason = [text(row, "暂停原因"), text(row, "撤销原因")].concat();
    if !reason.is_empty() {
        entry["reason"] = json!({"code": reason});
    }
    let holder = text(row, "组织机构代码/统一社会信用代码");
    let scheme = match holder.len() {
        18 => "uscc",
        9 | 10 => "cn-org",
        _ => "unstated",
    };
    let country = if text(row, "所在国家和地区代码") == "156" { "CN" } else { "HK" };
    let sites: Vec<Value> = text(row, "多现场名称地址")
        .split(['；', ';'])
        .filter(|site| !site.is_empty())
        .map(|site| json!({"address": {"text": site}}))
        .collect();
    let number = text(row, "证书号码");
    let tree = json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": text(row, "认证机构批准号")}, "number": number},
        "kind": "management-system", "issuer": {},
        "holder": {"id": {"scheme": scheme, "value": holder}, "name": {"zh": text(row, "组织名称")}, "country": country},
        "scheme": {"item_code": text(row, "认证项目代码")},
        "standards_text": text(row, "认证依据"),
        "multi_site": text(row, "是否多现场") == "1",
        "sites": sites,
        "dates": {"first_issued": day(row, "初次获证日期")?, "issued": day(row, "颁证日期")?, "valid_until": day(row, "证书到期日期")?, "zone": "+08:00"},
        "status": {"history": [entry]},
        "process": process
    });
    Some((tree, lines))
}

/// `sheet row severity` of every warning and error; a finding at a stage stands in the row of the stage.
fn found(file: &std::path::Path, leave_out: &BTreeSet<u32>) -> BTreeSet<String> {
    let audits = rows(file, "审核结果信息表", "审核阶段");
    let mut found = BTreeSet::new();
    for (line, row) in rows(file, "证书信息表", "组织名称") {
        if leave_out.contains(&line) {
            continue;
        }
        let (tree, lines) = certificate(&row, &audits).unwrap_or_else(|| panic!("row {line} is not readable"));
        let mut record = record(tree);
        complete(&mut record);
        assert!(!record.standards.is_empty(), "row {line}");
        let context = RuleContext::on("2026-11-20".parse().expect("a day"));
        for finding in check(&record, &context).iter().filter(|finding| finding.severity() >= Severity::Warning) {
            let stage = finding.place().to_string();
            let index = stage.strip_prefix("process[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
            let (sheet, line) = match index.map(|index| lines[index]).filter(|line| *line > 0) {
                Some(line) => ("审核结果信息表", line),
                None => ("证书信息表", line),
            };
            found.insert(format!("{sheet} {line} {} {}", finding.severity(), Finding::code(finding)));
        }
    }
    found
}

#[test]
fn the_clean_report_has_only_the_certificates_that_are_valid_although_expired() {
    let Some(file) = shared("data/open/cnca-report-small.xlsx") else { return };
    let found = found(&file, &BTreeSet::new());
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["证书信息表 14 warning rule/expired-but-valid", "证书信息表 29 warning rule/expired-but-valid"]
    );
}

#[test]
fn the_dirty_report_has_the_planted_defects_of_content_and_no_others() {
    let files = shared("data/open/cnca-report-dirty.xlsx").zip(shared("data/open/cnca-report-dirty.expected.csv"));
    let Some((file, expected)) = files else { return };
    let mut planted = BTreeSet::new();
    let mut unreadable = BTreeSet::new();
    for row in csv::Reader::from_path(expected).expect("expected").records() {
        let row = row.expect("row");
        let line: u32 = row[1].parse().expect("a row");
        if OF_CONTENT.contains(&&row[3]) {
            planted.insert(format!("{} {line} {}", &row[0], &row[4]));
        } else if &row[0] == "证书信息表" && &row[4] != "normalised" {
            unreadable.insert(line);
        }
    }
    let found: BTreeSet<String> = found(&file, &unreadable)
        .iter()
        .filter_map(|said| said.rsplit_once(' ').map(|(place, _)| place.to_owned()))
        .collect();
    assert_eq!(found, planted);
}
