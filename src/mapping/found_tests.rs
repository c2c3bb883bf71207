//! What random cases found, each by its smallest example.

use serde_json::json;

use super::construct_tests::{crosswalk, exact, get, into, put};
use super::report_tests::day;
use super::{Class, Context};

#[test]
fn a_default_stands_for_a_value_that_cannot_be_printed_too() {
    let rule = "- {record: holder.id, wire: id, steps: [{template: [{as: 'did:{value}', set: {scheme: did}}]}],
       otherwise: {derive: {from: [{template: 'urn:{key.number}'}]}}}";
    let title = "- {record: key.number, wire: number}
- prefer: {records: ['title{en}', 'title{zh}'], wire: title, by: script}
  otherwise: {derive: {from: [{template: 'Certificate {key.number}'}]}}";
    let crosswalk = crosswalk(&format!("{title}\n{rule}"));
    let stored = json!({"key": {"number": "1"}, "holder": {"id": {"value": "x"}}});
    let (document, written) = get(&crosswalk, &stored);
    assert_eq!(document, json!({"number": "1", "title": "Certificate 1", "id": "urn:1"}));
    assert_eq!(written.findings[0].code(), "mapping/outside-domain");
    assert_eq!(into(&crosswalk, &stored, &document).record, stored);
    for said in [json!({"number": "1"}), json!({"number": "1", "id": "did:web:y"}), json!({"number": "1", "id": "no"})]
    {
        assert_eq!(exact(&crosswalk, &into(&crosswalk, &stored, &said).record), said);
    }
}

#[test]
fn an_empty_object_is_a_value_where_the_rule_says_so() {
    let kept = crosswalk("- {record: main_certificate, wire: main, whole: true, empty: keep}");
    let record = json!({"main_certificate": {}});
    assert_eq!(get(&kept, &record).0, json!({"main": {}}));
    assert_eq!(into(&kept, &record, &json!({"main": {}})).record, record);
    assert_eq!(put(&kept, &json!({})).record, json!({}));

    let plain = crosswalk("- {record: main_certificate, wire: main, whole: true}");
    assert_eq!(put(&plain, &json!({"main": {}})).record["main_certificate"], json!(null));
}

#[test]
fn a_spelling_of_no_value_is_one_however_it_is_typed() {
    let rule = "- {record: risk, wire: risk, absent: [missing, '/'], steps: [{text: [trim, width]}]}";
    let read = put(&crosswalk(rule), &json!({"risk": "／"}));
    assert_eq!(read.record.get("risk"), None);
    assert_eq!(exact(&crosswalk(rule), &read.record), json!({"risk": "／"}));
}

#[test]
fn a_text_that_another_language_would_read_is_narrowed() {
    let rule = "- prefer: {records: ['title{en}', 'title{zh}'], wire: title, by: script}";
    for (title, class) in [("证书", Class::Carried), ("Acme", Class::Narrowed)] {
        let (document, written) = get(&crosswalk(rule), &json!({"title": {"zh": title}}));
        assert_eq!(document, json!({"title": title}));
        assert_eq!(written.account.leaves[0].class, class, "{title}");
    }
}

#[test]
fn a_part_that_another_root_says_otherwise_is_not_carried() {
    let rule = "- {record: $issue.issuer, wire: by}
- {record: key, wire: key, steps: [{template: [{as: '{uri}', set: {form: uri}, from: {issuer.value: $issue.issuer}}]}]}";
    let crosswalk = crosswalk(rule);
    let record = json!({"key": {"form": "uri", "uri": "u", "issuer": {"value": "a"}}});
    for (issuer, class) in [("a", Class::Carried), ("b", Class::NotCarried)] {
        let issue = json!({"issuer": issuer});
        let got = crosswalk.get(&[&record], &Context::new(day()).issuing(&issue));
        let leaf = got.records[0].account.leaves.iter().find(|line| line.source.to_string() == "key.issuer.value");
        assert_eq!(leaf.expect("in the account").class, class, "{issuer}");
    }
}
