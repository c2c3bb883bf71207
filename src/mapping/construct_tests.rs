//! Single constructs and findings, by example.

use serde_json::{Value, json};

use super::report_tests::{day, load};
use super::*;
use crate::document::{Document, Limits, Node, Syntax, parse};

pub(super) fn crosswalk(rules: &str) -> Crosswalk {
    match load(&format!("format: t@1\nsyntax: json\nrules:\n{rules}")) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => panic!("{errors:#?}"),
    }
}

pub(super) fn put(crosswalk: &Crosswalk, document: &Value) -> PutRecord {
    let document = Document { syntax: Syntax::Json, root: Node::from(document) };
    crosswalk.put(&document, &[], &Context::new(day())).records.remove(0)
}

pub(super) fn into(crosswalk: &Crosswalk, stored: &Value, document: &Value) -> PutRecord {
    let document = Document { syntax: Syntax::Json, root: Node::from(document) };
    crosswalk.put_into(&document, stored, &Context::new(day()))
}

pub(super) fn get(crosswalk: &Crosswalk, record: &Value) -> (Value, GetRecord) {
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

/// A sender decides how often what stands between two variables occurs; all ways of dividing this text would take days.
#[test]
fn a_text_of_many_separators_is_soon_held_to_be_none_of_a_template() {
    let rules = "- {record: key, wire: id, steps: [{template: '{issuer.scheme}:{issuer.value}:{number}!'}]}";
    let key = json!({"key": {"issuer": {"scheme": "lei", "value": "a"}, "number": "b:c"}});
    assert_eq!(put(&crosswalk(rules), &json!({"id": "lei:a:b:c!"})).record, key);
    let read = put(&crosswalk(rules), &json!({"id": "a:".repeat(200_000)}));
    assert_eq!(read.record["key"], Value::Null);
    assert_eq!(codes(&read), ["error mapping/unreadable-value /id"]);
}

// ---- what the laws found

pub(super) fn exact(crosswalk: &Crosswalk, record: &Value) -> Value {
    crosswalk.get(&[record], &Context::new(day()).exact()).document.root.to_json()
}

#[test]
fn what_is_remembered_of_an_item_moves_with_it() {
    let rules = "- pick: {record: process, where: {type: audit}, latest: true, same: [activity]}
  rules: [{record: activity, wire: activity}, {record: location, wire: location}]
- rows: {wire: audits, record: process, where: {type: audit-stage}, by: [stage], inner: {record: team, key: [name]}}
  rules: [{record: stage, wire: stage}]
  inner-rules: [{record: name, wire: name}]";
    let stored = json!({"process": [{"type": "audit-stage", "stage": "initial-1", "team": [{"name": "x"}]}]});
    let document = json!({"activity": "initial", "location": ""});
    let after = into(&crosswalk(rules), &stored, &document);
    assert_eq!(exact(&crosswalk(rules), &after.record), document);
}

#[test]
fn a_claim_of_the_issuing_that_the_document_leaves_out_is_gone() {
    let rules = "- {record: $issue.id, wire: id, otherwise: {derive: {from: [{template: '{key.number}#c'}]}}}";
    let issue = json!({"id": "urn:1"});
    let context = Context::new(day()).issuing(&issue);
    let document = Document { syntax: Syntax::Json, root: Node::from(&json!({})) };
    let read = crosswalk(rules).put(&document, &[], &context).records.remove(0);
    assert_eq!(read.issue, json!({}));
}

#[test]
fn nested_places_come_back_under_one_name_where_they_came_so() {
    let text = "format: t@1\nsyntax: json\nlayout: {flat: ''}\nrules:\n- {record: 'holder.name{zh}', wire: 委托人.名称}\n- {record: holder.website, wire: 委托人.网址}";
    let crosswalk = load(text).expect("loads");
    for document in [json!({"委托人名称": "甲"}), json!({"委托人": {"名称": "甲"}})] {
        let read = put(&crosswalk, &document);
        assert_eq!(read.record["holder"]["name"]["zh"], "甲");
        assert_eq!(exact(&crosswalk, &read.record), document);
    }
    // One fact in two places: the one name counts, the other is kept aside, and does not come to life later.
    let both = json!({"委托人名称": "甲", "委托人": {"网址": "w"}});
    let mut read = put(&crosswalk, &both).record;
    assert_eq!(exact(&crosswalk, &read), both);
    read["holder"] = json!({});
    assert_eq!(exact(&crosswalk, &read), json!({}));
}

#[test]
fn what_came_in_is_written_again_though_the_format_may_not_carry_it() {
    let text = "format: t@1\napplies: {present: risk}\nrules: [{record: risk, wire: risk}]";
    let crosswalk = load(text).expect("loads");
    let read = put(&crosswalk, &json!({"x": "1"}));
    assert_eq!(exact(&crosswalk, &read.record), json!({"x": "1"}));
    assert!(!get(&crosswalk, &read.record).1.written);
}

#[test]
fn a_member_without_a_name_has_a_place() {
    let read = put(&crosswalk("- {record: risk, wire: risk}"), &json!({"": 1}));
    assert_eq!(read.account.leaves[0].source.to_string(), "/");
    assert_eq!(read.account.leaves[0].source, crate::finding::Place::Pointer { line: 0, pointer: "/".into() });
}

#[test]
fn where_the_first_item_goes_the_second_does_not_take_its_place() {
    let rules =
        "- {record: 'holder.addresses[0].text', wire: street}\n- {record: 'holder.addresses[0].city', wire: city}";
    let stored = json!({"holder": {"addresses": [{"text": "a"}, {"text": "b"}]}});
    let after = into(&crosswalk(rules), &stored, &json!({}));
    assert_eq!(exact(&crosswalk(rules), &after.record), json!({}));
    // Another part of the first item keeps the others where they are.
    let after = into(&crosswalk(rules), &stored, &json!({"city": "c"}));
    assert_eq!(after.record["holder"]["addresses"], json!([{"city": "c"}, {"text": "b"}]));
}

#[test]
fn a_default_does_not_look_at_its_own_place() {
    let rules = "- prefer: {records: ['title{en}', 'title{zh}'], wire: name, by: script}
  otherwise: {derive: {from: [{template: [{as: '{title{en}}'}, {as: 'none'}]}]}}";
    let stored = json!({"title": {"en": "T"}});
    let after = into(&crosswalk(rules), &stored, &json!({}));
    let again = into(&crosswalk(rules), &after.record, &exact(&crosswalk(rules), &after.record));
    assert_eq!(again.record, after.record);
}

#[test]
fn a_default_inside_nested_lists_is_a_claim_like_any() {
    let rules = "- each: {record: standards, group-by: scheme_name, wire: schemes, key: [scheme_name], inner: {wire: list, key: [designation]}}
  rules: [{record: scheme_name, wire: scheme, otherwise: {derive: [{else: Q}]}}]
  inner-rules: [{record: designation, wire: name}]";
    let crosswalk = crosswalk(rules);
    let read = put(
        &crosswalk,
        &json!({"schemes": [{"scheme": "E", "list": [{"name": "a"}]}, {"scheme": "Q", "list": [{"name": "b"}]}]}),
    );
    assert_eq!(read.record["standards"], json!([{"scheme_name": "E", "designation": "a"}, {"designation": "b"}]));
    assert_eq!(read.account.count(Class::KeptAside), 0);
}

#[test]
fn a_text_that_could_not_go_out_does_not_come_in() {
    let rules = "- {record: risk, wire: risk, steps: [{limit: 2, refuse: true}]}";
    let read = put(&crosswalk(rules), &json!({"risk": "abc"}));
    assert_eq!(codes(&read), ["error mapping/unreadable-value /risk"]);
    assert_eq!(exact(&crosswalk(rules), &read.record), json!({"risk": "abc"}));
}

#[test]
fn a_whole_value_of_another_shape_is_not_written() {
    let rules = "- {record: claims.score, wire: score, whole: true, shape: [code]}";
    let (document, written) = get(&crosswalk(rules), &json!({"claims": {"score": {"unit": "kg"}}}));
    assert_eq!(document, json!({}));
    assert_eq!(written.findings[0].code(), "mapping/outside-domain");
}

#[test]
fn a_number_keeps_its_spelling_and_a_null_among_whole_items_its_place() {
    let number = crosswalk("- {record: $issue.issuer.name, wire: name}");
    let document = parse(br#"{"name":1E+2}"#, Syntax::Json, &Limits::default()).expect("readable").document;
    let read = number.put(&document, &[], &Context::new(day())).records.remove(0);
    let context = Context::new(day()).issuing(&read.issue).exact();
    assert_eq!(number.get(&[&read.record], &context).document.write().expect("written"), br#"{"name":1E+2}"#);

    let whole = crosswalk(
        "- each: {record: claims.assessments, wire: a, key: [id]}\n  rules:\n  - {record: id, wire: id}\n  - each: {record: performance, wire: p, position: true}\n    rules: [{record: ., wire: ., whole: true}]",
    );
    let document = json!({"a": [{"id": "1", "p": [null, {"x": 1}]}]});
    assert_eq!(exact(&whole, &put(&whole, &document).record), document);
}
