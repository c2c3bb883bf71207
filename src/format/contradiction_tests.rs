//! A document that states one fact in two places and contradicts itself: a finding says so at one of them, and the other
//! holds. Which one holds is written on the page of each format.

use serde_json::{Value, json};

use super::pairs::{Pair, bytes_of, pairs};
use super::testing::{Levels, data_day};
use super::*;
use crate::mapping::Context;

/// Formats whose documents state no fact twice, with the reason.
const ONCE: [(&str, &str); 8] = [
    ("catena-x-bpc@3.1.0", "each member is a fact of its own"),
    ("certbridge-record@1", "each field is a fact of its own"),
    ("certbridge-status@1", "each entry is an act of its own; an act and a claim in one are refused"),
    ("cnca-agri@1", "each field is a fact of its own"),
    ("cnca-ccc@1", "each field is a fact of its own; nested and flat names of one field are one place"),
    ("cnca-rule@1", "each column is a fact of its own; what they say together is a rule on filings"),
    ("untp-dcc@0.6.0", "each member is a fact of its own; the issuer's other names are not read"),
    ("untp-dia@0.7.0", "each member is a fact of its own; the registrar need not be the register"),
];

struct Case {
    format: &'static str,
    pair: &'static str,
    /// Places in the pair's document (of a workbook: sheet, row and title) and what they say instead.
    change: &'static [(&'static str, &'static str)],
    finding: &'static str,
    /// What the record says: the place that holds.
    holds: (&'static str, Value),
}

fn cases() -> Vec<Case> {
    let case = |format, pair, change, finding, holds| Case { format, pair, change, finding, holds };
    vec![
        case(
            "cnca-platform@1",
            "contradicting-words",
            &[],
            "mapping/contradicts /rows/0/certiStatusName",
            ("/status/history/0/status", json!("valid")),
        ),
        case(
            "cnca-report@2016",
            "every-column",
            &[("能源绩效信息表/6/组织名称", "另一机械有限公司")],
            "mapping/contradicts 能源绩效信息表!E6 组织名称",
            ("/holder/name/zh", json!("示例机械有限公司")),
        ),
        case(
            "cnca-report@2016",
            "every-column",
            &[("证书信息表/6/证书状态", "01")],
            "mapping/leaf-outside-condition 证书信息表!AR6 暂停原因",
            ("/status/history/0/status", json!("valid")),
        ),
        case(
            "cnca-report@2016",
            "every-column",
            &[("证书信息表/6/是否换证", "0")],
            "mapping/leaf-outside-condition 证书信息表!BB6 换证日期",
            ("/replaces", Value::Null),
        ),
        case(
            "untp-dcc@0.7.0",
            "foreign",
            &[("/name", "Another name")],
            "mapping/contradicts /name",
            ("/title/en", json!("Woollen blanket, conformity to NZ-W 12")),
        ),
        case(
            "untp-dcc@0.7.0",
            "foreign",
            &[("/credentialSubject/issuedToParty/registeredId", "529900T8BM49AURSDO56")],
            "mapping/contradicts /credentialSubject/issuedToParty/registeredId",
            ("/holder/id/value", json!("529900T8BM49AURSDO55")),
        ),
        case(
            "iaf-certsearch@2",
            "foreign-body",
            &[("/certified_entity_english_name", "Another Ltd")],
            "mapping/contradicts /certified_entity_english_name",
            ("/holder/name/en", json!("Sample Pumps Ltd")),
        ),
        case(
            "iaf-certsearch@2",
            "foreign-body",
            &[("/accreditation_body_name", "Another body")],
            "mapping/contradicts /accreditation_body_name",
            ("/claims/accreditation/mark", json!("JAS-ANZ")),
        ),
        case(
            "wco-document@3.6",
            "declared",
            &[],
            "mapping/contradicts line 1 /AdditionalDocument/EffectiveDateTime/DateTimeString/@formatCode",
            ("/dates/issued", json!("2026-10-03")),
        ),
    ]
}

fn changed(case: &Case) -> Pair {
    let mut pair =
        pairs(case.format).into_iter().find(|pair| pair.name() == case.pair).unwrap_or_else(|| panic!("{}", case.pair));
    for (at, value) in case.change {
        if let Some(pointer) = at.strip_prefix('/').map(|_| at) {
            let place = pair.content["document"].pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"));
            *place = json!(value);
        } else {
            let way: Vec<&str> = at.split('/').collect();
            let [sheet, row, title] = way[..] else { panic!("{at}") };
            let sheet = pair.content["workbook"][sheet].as_object_mut().expect("a sheet");
            let titles = sheet["5"].as_object().expect("titles").clone();
            let column = titles.iter().find(|(_, cell)| *cell == title).expect("a title").0;
            sheet[row][column] = json!(value);
        }
    }
    pair
}

#[test]
fn a_document_that_contradicts_itself_is_told_so_and_one_place_holds() {
    let mut wrong = Vec::new();
    for case in cases() {
        let pair = changed(&case);
        let issue = pair.content.get("issue").cloned().unwrap_or(Value::Null);
        let mapping = Context::new(data_day()).issuing(&issue).computing(&Levels);
        let reading = ReadContext { mapping, ..ReadContext::on(data_day()) };
        let bytes = bytes_of(&pair.content).expect("a document").1;
        let read = Catalogue::bundled().read(case.format, &bytes, None, &reading).expect("a format");
        let said: Vec<String> = read.all_findings().map(|one| format!("{} {}", one.code(), one.place())).collect();
        if !said.iter().any(|line| line == case.finding) {
            wrong.push(format!("{} {:?}: {} is not among {said:#?}", case.format, case.change, case.finding));
        }
        let Some(one) = read.records.first() else {
            wrong.push(format!("{} {:?}: refused, {said:#?}", case.format, case.change));
            continue;
        };
        let tree = serde_json::to_value(&one.record).expect("a tree");
        let (pointer, expected) = &case.holds;
        if tree.pointer(pointer).unwrap_or(&Value::Null) != expected {
            wrong.push(format!("{} {:?}: {pointer} is {:?}", case.format, case.change, tree.pointer(pointer)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_format_that_comes_in_is_tried_or_states_no_fact_twice() {
    let tried: Vec<&str> = cases().iter().map(|case| case.format).collect();
    for format in Catalogue::bundled().formats().filter(|format| format.comes_in()) {
        let once = ONCE.iter().any(|(id, _)| *id == format.id());
        assert!(once != tried.contains(&format.id()), "{}", format.id());
    }
}
