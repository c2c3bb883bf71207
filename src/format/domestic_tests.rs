//! Food and agriculture certificates, and the list of the national platform: verdicts on the shared data, what is read of
//! each field, and the way back.

use serde_json::{Value, json};

use super::testing::{data_day, shared};
use super::*;
use crate::document::{Limits, Syntax, parse};
use crate::finding::{Severity, any_error};
use crate::mapping::{Class, Context};
use crate::record::{Kind, ProductRole, StatusClaim, StatusValue};

const AGRI: &str = "cnca-agri@1";
const PLATFORM: &str = "cnca-platform@1";

fn read(format: &str, bytes: &[u8]) -> Reading {
    Catalogue::bundled().read(format, bytes, None, &ReadContext::on(data_day())).expect("a format")
}

fn said(reading: &Reading) -> Vec<String> {
    reading
        .all_findings()
        .filter(|one| one.severity() > Severity::Note)
        .map(|one| format!("{} {} {}", one.severity(), one.code(), one.place()))
        .collect()
}

/// One certificate with every field, one member of which may be set otherwise (`null` takes it away).
fn agri(pointer: &str, value: Value) -> Value {
    let mut one = json!({
        "证书编号": "903OP2600001", "证书状态": "有效", "颁证日期": "2026-07-19", "证书到期日期": "2027-07-18",
        "初次获证日期": "2025-07-19", "信息上报日期": "2026-07-23", "认证项目": "有机产品认证", "证书使用的认可标识": "CNAS",
        "认证相关员工数量": "25", "认证范围": "植物生产", "认证依据": "GB/T 19630-2019",
        "认证覆盖的场所名称及地址": "一号基地：甲地1号；甲地2号",
        "获证组织": {"名称": "甲公司", "统一社会信用代码/组织机构代码": "91440306MAXFT91E4D", "所在国别地区": "中国", "组织地址": "甲地3号"},
        "产品信息": [{"产品类别": "粮食", "产品名称": "水稻", "生产地址": "甲地1号", "产量": "1500.25吨", "年产值": "18003.0万元"}],
        "发证机构名称": "示例认证有限公司", "发证机构批准号": "CNCA-R-2099-001", "发证机构状态": "有效",
    });
    if !pointer.is_empty() {
        *one.pointer_mut(pointer).expect("a member") = value;
    }
    one
}

fn read_one(format: &str, value: &Value) -> Reading {
    read(format, value.to_string().as_bytes())
}

/// The account and the codes of what is more than a note.
fn outcome(format: &str, value: &Value) -> (Option<crate::record::Record>, Vec<String>) {
    let mut reading = read_one(format, value);
    let said = reading.all_findings().filter(|one| one.severity() > Severity::Note).map(|one| one.code().to_owned());
    let said = said.collect();
    (reading.records.pop().map(|one| one.record), said)
}

#[test]
fn all_fifteen_certificates_of_food_and_agriculture_are_accepted_without_a_finding() {
    let Some(bytes) = shared("data/open/agri-certificates.json") else { return };
    let reading = read(AGRI, &bytes);
    assert_eq!((reading.records.len(), reading.refused.len()), (15, 0));
    assert_eq!(said(&reading), [""; 0]);
    assert!(reading.records.iter().all(|one| one.record.kind == Kind::FoodAgriculture));
    assert!(reading.records.iter().flat_map(|one| &one.record.products).all(|one| one.role == ProductRole::Listed));
    let products: Vec<_> = reading.records.iter().flat_map(|one| &one.record.products).collect();
    assert_eq!(products.len(), 28);
    let texts: Vec<_> = products.iter().filter_map(|one| one.output.text.as_deref()).collect();
    assert!(texts.contains(&"约40吨") && texts.contains(&"0.8万枝") && texts.contains(&"860头"), "{texts:?}");
    assert!(!texts.contains(&"/") && texts.len() == 27, "{texts:?}");
    let expired = &reading.records[9].record.status.history[0];
    assert_eq!((expired.status, expired.claimed), (None, Some(StatusClaim::Expired)));
    insta::assert_json_snapshot!("agri", reading.records[4].record);
}

#[test]
fn all_thirty_rows_of_the_platform_are_accepted() {
    let Some(bytes) = shared("data/open/platform-list.json") else { return };
    let reading = read(PLATFORM, &bytes);
    assert_eq!((reading.records.len(), reading.refused.len()), (30, 0));
    assert_eq!(said(&reading), ["warning rule/expired-but-valid /rows/11/certiStatus"]);
    let notes: Vec<String> = reading
        .all_findings()
        .filter(|one| one.severity() == Severity::Note)
        .map(|one| format!("{} {}", one.code(), one.place()))
        .collect();
    assert_eq!(notes, ["rule/issuer-by-short-code /rows/6/rzjgId"]);
    assert_eq!(reading.batch["total"], 30);
    for (index, scheme) in [(0, "cnca-approval"), (6, "cnca-body-code")] {
        assert_eq!(reading.records[index].record.key.issuer.scheme, scheme);
    }
    assert!(reading.records[17].record.scheme.name.is_none(), "an item without a name");
    let count = |kind: Kind| reading.records.iter().filter(|one| one.record.kind == kind).count();
    let kinds = [Kind::ManagementSystem, Kind::CompulsoryProduct, Kind::FoodAgriculture, Kind::VoluntaryProduct];
    assert_eq!(kinds.map(count), [15, 9, 3, 3]);
    for one in &reading.records {
        let aside: Vec<_> = one.account.leaves.iter().filter(|line| line.class == Class::KeptAside).collect();
        assert_eq!(aside.len(), 2, "checkC and row: {aside:#?}");
        let implied = one.account.leaves.iter().filter(|line| line.class == Class::Implied).count();
        assert_eq!(implied, 1, "the words of the status");
    }
    insta::assert_json_snapshot!("platform", reading.records[6].record);
}

#[test]
fn both_are_written_exactly_as_they_were_read() {
    for (format, file) in [(AGRI, "agri-certificates.json"), (PLATFORM, "platform-list.json")] {
        let Some(bytes) = shared(&format!("data/open/{file}")) else { return };
        let source: Value = serde_json::from_slice(&bytes).expect("JSON");
        let document = parse(&bytes, Syntax::Json, &Limits::default()).expect("readable").document;
        let crosswalk = Catalogue::bundled().format(format).expect("a format").crosswalk();
        let put = crosswalk.put(&document, &[], &Context::new(data_day()));
        let records: Vec<&Value> = put.records.iter().map(|one| &one.record).collect();
        let context = Context { batch: &put.batch, ..Context::new(data_day()) };
        let again = crosswalk.get(&records, &context.exact()).document.root.to_json();
        assert_eq!(again, source, "{file}");
    }
}

#[test]
fn every_field_of_a_certificate_has_its_place() {
    let one = agri("", Value::Null);
    let reading = read_one(AGRI, &one);
    assert_eq!(said(&reading), [""; 0]);
    let record = &reading.records[0];
    assert!(record.account.leaves.iter().all(|line| line.class == Class::Carried), "{:#?}", record.account.leaves);
    let tree = serde_json::to_value(&record.record).expect("a tree");
    for (pointer, wanted) in [
        ("/key/number", json!("903OP2600001")),
        ("/key/issuer", json!({"scheme": "cnca-approval", "value": "CNCA-R-2099-001"})),
        ("/issuer/approvals/0", json!({"scheme": "cnca-approval", "number": "CNCA-R-2099-001", "status": "valid"})),
        ("/status/history/0", json!({"status": "valid"})),
        ("/dates/first_issued", json!("2025-07-19")),
        ("/reporting/reported_on", json!("2026-07-23")),
        ("/scheme/name/zh", json!("有机产品认证")),
        ("/claims/accreditation/mark", json!("CNAS")),
        ("/holder/persons_covered", json!(25)),
        ("/holder/id", json!({"scheme": "uscc", "value": "91440306MAXFT91E4D"})),
        ("/holder/country", json!("CN")),
        ("/sites", json!([{"name": "一号基地", "address": {"text": "甲地1号"}}, {"address": {"text": "甲地2号"}}])),
        ("/products/0/address", json!("甲地1号")),
        ("/products/0/output", json!({"text": "1500.25吨", "value": "1500.25", "unit": "TNE"})),
        ("/products/0/annual_value", json!("18003.0万元")),
    ] {
        assert_eq!(tree.pointer(pointer), Some(&wanted), "{pointer}");
    }
}

#[test]
fn every_condition_and_spelling_of_agriculture_is_read() {
    for (pointer, value, said) in [
        // Statuses: words, the codes of the platform, and what is no status.
        ("/证书状态", json!("暂停"), vec![]),
        ("/证书状态", json!("撤销"), vec![]),
        ("/证书状态", json!("注销"), vec![]),
        ("/证书状态", json!("02"), vec!["mapping/normalised"]),
        ("/证书状态", json!("05"), vec!["mapping/normalised", "rule/expired-too-early"]),
        ("/证书状态", json!("过期失效"), vec!["rule/expired-too-early"]),
        ("/证书状态", json!("不明"), vec!["mapping/unknown-code"]),
        ("/证书状态", json!(""), vec!["mapping/missing-value"]),
        // Required.
        ("/证书编号", json!(""), vec!["mapping/missing-value"]),
        ("/发证机构批准号", json!("2099-001"), vec!["mapping/unreadable-value"]),
        ("/颁证日期", json!(null), vec!["mapping/missing-value"]),
        ("/证书到期日期", json!(""), vec!["mapping/missing-value"]),
        ("/获证组织/名称", json!(""), vec!["mapping/missing-value"]),
        ("/产品信息/0/产品名称", json!(""), vec!["mapping/missing-value"]),
        // Dates.
        ("/颁证日期", json!("20260719"), vec!["mapping/normalised"]),
        ("/初次获证日期", json!("2026-02-30"), vec!["mapping/unreadable-date"]),
        ("/证书到期日期", json!("2026-07-18"), vec!["rule/expiry-before-issue"]),
        // Identifiers.
        ("/证书编号", json!(" 903ｏp2600001"), vec!["mapping/normalised"]),
        ("/获证组织/统一社会信用代码~1组织机构代码", json!("985526495"), vec![]),
        ("/获证组织/统一社会信用代码~1组织机构代码", json!("/"), vec![]),
        ("/获证组织/统一社会信用代码~1组织机构代码", json!("HK-1234"), vec![]),
        ("/获证组织/统一社会信用代码~1组织机构代码", json!("91440306MAXFT91E4A"), vec!["identifier/check-digit"]),
        // What may be absent, in each spelling.
        ("/证书使用的认可标识", json!("无"), vec![]),
        ("/认证相关员工数量", json!("/"), vec![]),
        ("/认证相关员工数量", json!("许多"), vec!["mapping/unreadable-number"]),
        ("/产品信息/0/产量", json!("/"), vec![]),
        ("/产品信息/0/年产值", json!(""), vec![]),
        ("/产品信息", json!([]), vec![]),
        ("/认证覆盖的场所名称及地址", json!("甲地1号;甲地2号"), vec!["mapping/normalised"]),
        ("/获证组织/所在国别地区", json!("中国香港"), vec![]),
        ("/发证机构状态", json!("暂停"), vec![]),
        // The schema: a number has lost its unit.
        ("/产品信息/0/产量", json!(1500), vec!["schema/type"]),
    ] {
        let one = agri(pointer, value.clone());
        let (record, found) = outcome(AGRI, &one);
        assert_eq!(found, said, "{pointer} {value}");
        let error = said
            .iter()
            .any(|code| crate::finding::catalogue().get(*code).is_some_and(|entry| entry.severity == Severity::Error));
        assert_eq!(record.is_none(), error, "{pointer} {value}");
        // What is accepted is written exactly as it was read.
        if let Some(record) = record {
            let tree = serde_json::to_value(&record).expect("a tree");
            let crosswalk = Catalogue::bundled().format(AGRI).expect("a format").crosswalk();
            let again = crosswalk.get(&[&tree], &Context::new(data_day()).exact()).document.root.to_json();
            assert_eq!(again, json!([one]), "{pointer} {value}");
        }
    }
}

#[test]
fn what_agriculture_cannot_say_is_said_to_be_left_out() {
    let record = read_one(AGRI, &agri("", Value::Null)).records.remove(0).record;
    let crosswalk = Catalogue::bundled().format(AGRI).expect("a format").crosswalk();
    let mut tree = serde_json::to_value(&record).expect("a tree");
    tree["status"]["history"] = json!([{"status": "superseded"}]);
    let got = crosswalk.get(&[&tree], &Context::new(data_day()));
    assert_eq!(got.document.root.to_json()[0]["证书状态"], "注销");
    let narrowed: Vec<String> = got.records[0]
        .account
        .leaves
        .iter()
        .filter(|line| line.class == Class::Narrowed)
        .map(|line| line.source.to_string())
        .collect();
    assert_eq!(narrowed, ["status.history[0].status"]);
    tree["status"]["history"] = json!([{"status": "invalid-reason-not-stated"}]);
    assert!(any_error(&crosswalk.get(&[&tree], &Context::new(data_day())).records[0].findings));
    tree["kind"] = json!("compulsory-product");
    let got = crosswalk.get(&[&tree], &Context::new(data_day()));
    assert!(!got.records[0].written);
    assert_eq!(got.records[0].findings[0].code(), "mapping/not-applicable");
}

#[test]
fn annual_values_leave_for_partners_only() {
    let record = read_one(AGRI, &agri("", Value::Null)).records.remove(0).record;
    for (policy, leaves) in [(crate::release::Policy::public(), false), (crate::release::Policy::partner("p"), true)] {
        let released = crate::release::release(&record, &policy, data_day());
        let written = Catalogue::bundled().write(AGRI, &[released], &Context::new(data_day())).expect("a format");
        let document = &written.documents[0];
        assert!(document.may_be_sent(), "{:#?}", document.findings);
        let product = &document.value().expect("JSON")[0]["产品信息"][0];
        assert_eq!(product["产量"], "1500.25吨");
        assert_eq!(product["年产值"] == "18003.0万元", leaves);
    }
}

/// One answer of the platform with one row, some members of which are set otherwise.
fn platform(set: &[(&str, Value)]) -> Value {
    let mut answer = json!({"rows": [{
        "certNumber": "90326Q07008R2M", "orgName": "甲公司", "rzjgId": "CNCA-R-2099-003", "authProjCode": "A010101",
        "certiEDate": "2029-10-24", "certiStatus": "01", "zersda": "20261025", "showtemp": "1", "rzjgIdName": "示例认证有限公司",
        "authProjCodeName": "质量管理体系认证（ISO9001）", "certiStatusName": "有效", "checkC": 1, "row": 1,
    }], "success": true, "msg": "", "total": 1});
    for (pointer, value) in set {
        *answer.pointer_mut(pointer).expect("a member") = value.clone();
    }
    answer
}

#[test]
fn the_page_and_the_item_code_tell_the_kind_together() {
    for (item, page, kind) in [
        ("A010101", "1", Some(Kind::ManagementSystem)),
        ("C0207", "1", Some(Kind::Service)),
        ("B0101", "2", Some(Kind::CompulsoryProduct)),
        ("B0301", "3", Some(Kind::FoodAgriculture)),
        ("B0405", "4", Some(Kind::VoluntaryProduct)),
        // The page is of one kind each, but for the first; it is believed before the code.
        ("B0405", "3", Some(Kind::FoodAgriculture)),
        ("C0207", "4", None),
        ("A010101", "9", None),
        ("X0101", "1", None),
        ("", "1", None),
    ] {
        let answer = platform(&[
            ("/rows/0/authProjCode", json!(item)),
            ("/rows/0/showtemp", json!(page)),
            ("/rows/0/certNumber", json!("2023800703598752")),
        ]);
        let (record, found) = outcome(PLATFORM, &answer);
        assert_eq!(record.map(|one| one.kind), kind, "{item} {page}: {found:?}");
    }
}

#[test]
fn every_condition_and_spelling_of_the_platform_is_read() {
    let row = |set: &[(&str, Value)]| outcome(PLATFORM, &platform(set));
    for (code, words, status, claimed) in [
        ("01", "有效", Some(StatusValue::Valid), None),
        ("02", "暂停", Some(StatusValue::Suspended), None),
        ("03", "撤销", Some(StatusValue::Withdrawn), None),
        ("04", "注销", Some(StatusValue::Cancelled), None),
        ("05", "过期失效", None, Some(StatusClaim::Expired)),
    ] {
        let set = [("/rows/0/certiStatus", json!(code)), ("/rows/0/certiStatusName", json!(words))];
        let expected: &[&str] = if code == "05" { &["rule/expired-too-early"] } else { &[] };
        let (record, found) = row(&set);
        assert_eq!(found, expected, "{code}");
        let entry = &record.expect("accepted").status.history[0];
        assert_eq!((entry.status, entry.claimed), (status, claimed));
        // Words that contradict the code are told; the code holds.
        let other = if code == "01" { "撤销" } else { "有效" };
        let (record, found) = row(&[set[0].clone(), ("/rows/0/certiStatusName", json!(other))]);
        assert!(record.is_some() && found.iter().any(|code| code == "mapping/contradicts"), "{code}: {found:?}");
    }
    for (member, value, said) in [
        ("/rows/0/zersda", json!("2026-10-25"), vec![]),
        ("/rows/0/zersda", json!("20260231"), vec!["mapping/unreadable-date"]),
        ("/rows/0/certiEDate", json!("20291024"), vec![]),
        ("/rows/0/certiEDate", json!(""), vec!["mapping/missing-value"]),
        ("/rows/0/certNumber", json!(null), vec!["mapping/missing-value"]),
        ("/rows/0/orgName", json!(""), vec!["mapping/missing-value"]),
        ("/rows/0/rzjgId", json!("80"), vec![]),
        ("/rows/0/rzjgId", json!("示例"), vec!["mapping/unreadable-value"]),
        ("/rows/0/showtemp", json!(1), vec!["mapping/normalised"]),
        ("/rows/0/authProjCodeName", json!(""), vec![]),
        ("/rows/0/certiStatusName", json!(""), vec![]),
        ("/rows/0/certiStatus", json!("99"), vec!["mapping/unknown-code", "mapping/contradicts"]),
        ("/success", json!(false), vec!["mapping/contradicts"]),
        ("/msg", json!("查询超时"), vec![]),
        ("/rows", json!([]), vec!["format/no-records"]),
    ] {
        let (_, found) = row(&[(member, value.clone())]);
        assert_eq!(found, said, "{member} {value}");
    }
}

#[test]
fn the_platform_is_read_and_never_written() {
    let error = Catalogue::bundled().write(PLATFORM, &[], &Context::new(data_day())).expect_err("only read");
    assert_eq!(error.to_string(), "the format cnca-platform@1 is only read, never written");
}
