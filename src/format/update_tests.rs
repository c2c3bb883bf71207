//! A partner's answer to a record that was released to him.

use serde_json::{Value, json};

use crate::format::{Catalogue, ReadContext};
use crate::mapping::Context;
use crate::record::Record;
use crate::release::{Policy, release};

const FORMAT: &str = "certbridge-record@1";

fn held() -> Record {
    let record = json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2002-001"}, "number": "1"},
        "kind": "management-system",
        "holder": {"name": {"zh": "甲"}, "website": "https://a.example", "telephone": "1"},
        "dates": {"issued": "2026-01-01", "zone": "+08:00"},
        "fee": {"amount": "5"},
    });
    serde_json::from_value(record).expect("a record")
}

#[test]
fn what_was_withheld_stays_whatever_the_answer_says() {
    let (catalogue, today) = (Catalogue::bundled(), ReadContext::on("2026-11-20".parse().expect("a day")));
    let context: Context<'_> = today.mapping;
    let policy = Policy { withhold: vec!["holder.website".to_owned()], ..Policy::partner("p") };
    let mut answer: Value = release(&held(), &policy, context.on).into_value();
    assert_eq!(answer.pointer("/holder/website"), None);
    let answers = |answer: &Value| {
        let bytes = serde_json::to_vec(answer).expect("JSON");
        catalogue.update_released(FORMAT, &bytes, &held(), &policy, &context).expect("a format")
    };
    let same = answers(&answer);
    assert_eq!(same.record.map(|record| record.holder), Some(held().holder), "{:#?}", same.findings);

    answer["holder"] = json!({"name": {"zh": "乙"}, "website": "https://evil.example"});
    let changed = answers(&answer);
    let refused: Vec<String> = changed
        .findings
        .iter()
        .filter(|finding| finding.code() == "release/answer-to-withheld")
        .map(|finding| finding.place().to_string())
        .collect();
    assert_eq!(refused, ["holder.website"]);
    let record = serde_json::to_value(changed.record.expect("a record")).expect("a tree");
    assert_eq!(record["holder"], json!({"name": {"zh": "乙"}, "website": "https://a.example", "telephone": "1"}));
    assert_eq!(record["fee"], json!({"amount": "5"}));

    answer["key"]["number"] = json!("2");
    assert!(answers(&answer).record.is_none());
}
