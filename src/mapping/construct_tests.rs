//! Single constructs and findings, by example.

use serde_json::{Value, json};

use super::report_tests::{day, load};
use super::*;
use crate::document::{Document, Limits, Node, Syntax, parse};

fn crosswalk(rules: &str) -> Crosswalk {
    match load(&format!("format: t@1\nsyntax: json\nrules:\n{rules}")) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => panic!("{errors:#?}"),
    }
}

fn put(crosswalk: &Crosswalk, document: &Value) -> PutRecord {
    let document = Document { syntax: Syntax::Json, root: Node::from(document) };
    crosswalk.put(&document, &[], &Context::new(day())).records.remove(0)
}

fn into(crosswalk: &Crosswalk, stored: &Value, document: &Value) -> PutRecord {
    let document = Document { syntax: Syntax::Json, root: Node::from(document) };
    crosswalk.put_into(&document, stored, &Context::new(day()))
}

fn get(crosswalk: &Crosswalk, record: &Value) -> (Value, GetRecord) {
    let mut got = crosswalk.get(&[record], &Context::new(day()));
    (got.document.root.to_json(), got.records.remove(0))
}

fn codes(record: &PutRecord) -> Vec<String> {
    record.findings.iter().map(|f| format!("{} {} {}", f.severity(), f.code(), f.place())).collect()
}

const STATUS: &str = "- pick: {record: status.history, latest: true, same: [status, claimed, from]}
  rules:
  - prefer: {wire: status, by: domain}
    slots:
    - {record: claimed, steps: [{codes: {expired: '05'}}]}
    - {record: status, steps: [{codes: {valid: '01', suspended: '02', withdrawn: '03', cancelled: '04', superseded: '04', back: {'04': cancelled}, not-carried: [invalid-reason-not-stated]}}]}
  - {when: {status: suspended}, rules: [{record: from, wire: since, steps: [{date: [yyyymmdd]}]}]}
";

#[test]
fn a_code_that_two_values_share_keeps_the_one_that_is_stored() {
    let stored = json!({"status": {"history": [{"status": "superseded", "id": "1"}]}});
    let after = into(&crosswalk(STATUS), &stored, &json!({"status": "04"}));
    assert_eq!(after.record, stored);
    let fresh = put(&crosswalk(STATUS), &json!({"status": "04"}));
    assert_eq!(fresh.record["status"]["history"], json!([{"status": "cancelled"}]));
}

#[test]
fn another_status_is_another_entry_and_the_former_one_stays() {
    let stored = json!({"status": {"history": [{"status": "valid", "id": "1"}]}});
    let after = into(&crosswalk(STATUS), &stored, &json!({"status": "02", "since": "20261015"}));
    assert_eq!(
        after.record["status"]["history"],
        json!([{"status": "valid", "id": "1"}, {"status": "suspended", "from": "2026-10-15"}])
    );
}

#[test]
fn a_leaf_of_a_branch_that_does_not_hold_is_kept_aside_with_a_finding() {
    let read = put(&crosswalk(STATUS), &json!({"status": "01", "since": "20261015"}));
    assert_eq!(codes(&read), ["warning mapping/leaf-outside-condition /since"]);
    assert_eq!(read.account.count(Class::KeptAside), 1);
    // When the status changes later, the stray leaf must not come to life.
    let mut later = read.record.clone();
    later["status"]["history"] = json!([{"status": "suspended"}]);
    let exact = crosswalk(STATUS).get(&[&later], &Context::new(day()).exact()).document.root.to_json();
    assert_eq!(exact, json!({"status": "02"}));
}

#[test]
fn an_expired_status_is_a_claim_and_no_act() {
    let read = put(&crosswalk(STATUS), &json!({"status": "05"}));
    assert_eq!(read.record["status"]["history"], json!([{"claimed": "expired"}]));
}

#[test]
fn what_cannot_be_read_is_an_error_and_comes_back_as_it_stood() {
    let rules = "- {record: dates.issued, wire: issued, required: both, steps: [{date: [yyyymmdd]}]}
- {record: holder.employees, wire: staff, steps: [number]}
- {record: key.number, wire: number, steps: [{text: [trim]}]}
- {record: kind, wire: kind}";
    let document = json!({"issued": "20260230", "staff": "many", "number": 12, "kind": "unknown"});
    let read = put(&crosswalk(rules), &document);
    assert_eq!(
        codes(&read),
        [
            "error mapping/unreadable-date /issued",
            "error mapping/unreadable-number /staff",
            "error mapping/number-for-text /number",
            "error mapping/unknown-code /kind",
        ]
    );
    let exact = crosswalk(rules).get(&[&read.record], &Context::new(day()).exact()).document.root.to_json();
    assert_eq!(exact, document);
}

#[test]
fn a_missing_required_value_is_told_where_it_would_stand() {
    let rules = "- {record: key.number, wire: number, required: both}\n- {record: risk, wire: risk}";
    assert_eq!(codes(&put(&crosswalk(rules), &json!({"risk": "01"}))), ["error mapping/missing-value /number"]);
    let (_, written) = get(&crosswalk(rules), &json!({"risk": "01"}));
    assert_eq!(written.findings[0].code(), "mapping/required-not-written");
}

#[test]
fn a_value_outside_the_domain_is_never_written_as_something_else() {
    let rules = "- {record: fee.invoices, wire: invoices, steps: [{join: '；', item: [{text: [trim]}]}]}";
    let (document, written) = get(&crosswalk(rules), &json!({"fee": {"invoices": ["1；2"]}}));
    assert_eq!(document, json!({}));
    assert_eq!(written.account.count(Class::NotCarried), 1);
    assert_eq!(written.findings[0].code(), "mapping/outside-domain");
}

#[test]
fn the_account_tells_implied_carried_supplied_and_left_out() {
    let rules = "- {wire: type, implied: {const: certificate}}\n- {record: key.number, wire: number}";
    let read = put(&crosswalk(rules), &json!({"type": "certificate", "number": "1", "x": {"y": [1]}}));
    let classes: Vec<(String, Class)> =
        read.account.leaves.iter().map(|line| (line.source.to_string(), line.class)).collect();
    assert_eq!(
        classes,
        [("/type".into(), Class::Implied), ("/number".into(), Class::Carried), ("/x/y/0".into(), Class::KeptAside)]
    );
    let (_, written) = get(&crosswalk(rules), &json!({"key": {"number": "1"}, "risk": "01"}));
    assert_eq!(written.account.supplied.len(), 1);
    assert_eq!(written.account.count(Class::NotCarried), 1);
}

#[test]
fn one_crosswalk_reads_nested_objects_and_flat_tables() {
    let text = "format: t@1\nsyntax: json\nlayout: {flat: ''}\nrules:\n- {record: key.number, wire: 编号}\n- group: {wire: 委托人}\n  rules: [{record: 'holder.name{zh}', wire: 名称}]";
    let crosswalk = load(text).expect("loads");
    let wanted = json!({"key": {"number": "1"}, "holder": {"name": {"zh": "甲"}}});
    assert_eq!(put(&crosswalk, &json!({"编号": "1", "委托人": {"名称": "甲"}})).record, wanted);
    for (bytes, syntax) in
        [("编号,委托人名称\n1,甲\n", Syntax::Csv), ("{\"编号\":\"1\",\"委托人名称\":\"甲\"}\n", Syntax::JsonLines)]
    {
        let document = parse(bytes.as_bytes(), syntax, &Limits::default()).expect("readable").document;
        let read = crosswalk.put(&document, &[], &Context::new(day())).records.remove(0);
        assert_eq!(read.record, wanted);
        let context = Context { syntax: Some(syntax), ..Context::new(day()) };
        let written = crosswalk.get(&[&read.record], &context).document.write().expect("written");
        assert_eq!(String::from_utf8(written).expect("UTF-8").replace('\r', ""), bytes);
    }
}

#[test]
fn a_slot_that_a_new_value_takes_clears_those_before_it() {
    let rules = "- prefer: {records: ['holder.name{en}', 'holder.name{zh}'], wire: name, by: script}";
    let stored = json!({"holder": {"name": {"en": "Acme", "zh": "甲"}}});
    assert_eq!(into(&crosswalk(rules), &stored, &json!({"name": "Acme"})).record, stored);
    let after = into(&crosswalk(rules), &stored, &json!({"name": "乙"}));
    assert_eq!(after.record, json!({"holder": {"name": {"zh": "乙"}}}));
    assert_eq!(codes(&after), ["note mapping/alternative-cleared /name"]);
    let (document, _) = get(&crosswalk(rules), &after.record);
    assert_eq!(document, json!({"name": "乙"}));
}

#[test]
fn an_origin_falls_back_to_what_stands_above_or_below() {
    let rules = "- {record: holder.id, wire: id, steps: [{template: '{scheme}:{value}'}]}";
    let read = put(&crosswalk(rules), &json!({"id": "lei:1"}));
    for path in ["holder.id", "holder.id.value", "holder"] {
        assert_eq!(read.origins.locate(path).map(|place| place.to_string()), Some("/id".into()), "{path}");
    }
    assert_eq!(read.origins.locate("dates.issued").map(|place| place.to_string()), Some("/".into()));
}
