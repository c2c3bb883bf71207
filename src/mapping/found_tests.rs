//! What random cases found, each by its smallest example.

use serde_json::json;

use super::construct_tests::{crosswalk, exact, get, into, put};

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
