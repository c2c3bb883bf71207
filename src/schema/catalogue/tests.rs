use serde_json::json;

use super::*;
use crate::finding::Place;

/// The folder of shared references, or nothing, said aloud, where it is not there.
fn shared(path: &str) -> Option<Value> {
    let text = std::fs::read_to_string(crate::testing::shared(path)?).expect("UTF-8");
    Some(serde_json::from_str(&text).expect("JSON"))
}

const SAMPLE: &str = "reference/formats/untp-dcc-0.7.0/samples/ConformityCredential_instance.json";

fn valid(format: &str, document: &Value) -> bool {
    Schemas::bundled().validate(format, &Node::from(document)).expect("schema").is_empty()
}

#[test]
fn every_bundled_schema_compiles_and_names_its_format() {
    let formats: Vec<&str> = Schemas::bundled().iter().map(Schema::format).collect();
    for format in [
        "certbridge-record@1",
        "certbridge-status@1",
        "cnca-ccc@1",
        "cnca-report@2016",
        "iaf-certsearch@2",
        "untp-dcc@0.7.0",
    ] {
        assert!(formats.contains(&format), "{format}");
    }
    for schema in Schemas::bundled().iter() {
        schema.check().unwrap_or_else(|error| panic!("{error}"));
        assert!(jsonschema::meta::is_valid(&serde_json::from_str(schema.text()).expect("JSON")), "{}", schema.format());
        assert_eq!(schema.digest().len(), 64);
    }
}

#[test]
fn the_official_sample_is_accepted() {
    let Some(sample) = shared(SAMPLE) else { return };
    assert_eq!(Schemas::bundled().validate("untp-dcc@0.7.0", &Node::from(&sample)).expect("schema"), vec![]);
}

/// A document may break a schema a million times; nobody reads that, and each has to be led back to its source.
#[test]
fn no_more_than_a_thousand_violations_are_told() {
    let schema = json!({"type": "array", "items": {"type": "string"}}).to_string();
    let schemas = Schemas::bundled().clone().with_installed("untp-dcc@0.7.0", schema, None).expect("a schema");
    let found = |count: usize| {
        let found = schemas.validate("untp-dcc@0.7.0", &Node::from(&json!(vec![1; count]))).expect("schema");
        let last = found.last().expect("a finding");
        (found.len(), last.code(), last.place().to_string())
    };
    assert_eq!(found(1_000), (1_000, "schema/type", "/999".to_owned()));
    assert_eq!(found(5_000), (1_001, "schema/more", "/1000".to_owned()));
}

#[test]
fn an_official_schema_judges_in_place_of_ours_when_it_is_installed() {
    let ours = Schemas::bundled().clone();
    let strict = json!({"type": "object", "required": ["proof"]}).to_string();
    let pinned = digest(strict.as_bytes());
    let schemas = ours.clone().with_installed("untp-dcc@0.7.0", strict.clone(), Some(&pinned)).expect("pinned");
    assert_eq!(schemas.schema("untp-dcc@0.7.0").map(Schema::origin), Some(Origin::Installed));
    let found = schemas.validate("untp-dcc@0.7.0", &Node::object()).expect("schema");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code(), found[0].place()), ("schema/required", &Place::pointer("/proof")));
    let other = ours.clone().with_installed("untp-dcc@0.7.0", strict, Some(&"0".repeat(64)));
    assert!(matches!(other, Err(SchemaError::Digest { .. })));
    let outward = json!({"$ref": "https://elsewhere.example/schema.json"}).to_string();
    let outward = ours.with_installed("untp-dcc@0.7.0", outward, None);
    assert!(matches!(outward, Err(SchemaError::Unusable { .. })), "nothing is fetched");
}

#[test]
fn each_violation_has_its_own_code_place_and_words() {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["need"], "properties": {
        "need": {}, "type": {"type": ["string", "null"]}, "enum": {"enum": ["a", "b"]}, "const": {"const": 1}, "format": {"type": "string", "format": "date"},
        "pattern": {"pattern": "^a$"}, "short": {"minLength": 3}, "long": {"maxLength": 1}, "few": {"minItems": 2}, "many": {"maxItems": 1},
        "low": {"minimum": 3}, "high": {"maximum": 3}, "same": {"uniqueItems": true}, "has": {"contains": {"const": 1}},
        "one": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]}, "two": {"oneOf": [{"type": "number"}, {"minimum": 0}]}, "not": {"not": {"const": 1}}}});
    let schema = Schema::json("t@1".to_owned(), schema.to_string(), Origin::Bundled);
    let document = json!({"type": 1, "enum": "c", "const": 2, "format": "2026-02-30", "pattern": "b", "short": "x", "long": "xy", "few": [1], "many": [1, 2],
        "low": 1, "high": 4, "same": [1, 1], "has": [2], "one": {}, "two": 1, "not": 1, "extra/x": 1});
    let found = schema.validate(&Node::from(&document)).expect("schema");
    let mut shown: Vec<String> = found.iter().map(|f| format!("{} {}", f.place(), f.code())).collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "/const schema/const",
            "/enum schema/enum",
            "/extra~1x schema/additional-properties",
            "/few schema/min-items",
            "/format schema/format",
            "/has schema/contains",
            "/high schema/maximum",
            "/long schema/max-length",
            "/low schema/minimum",
            "/many schema/max-items",
            "/need schema/required",
            "/not schema/not",
            "/one schema/one-of",
            "/one schema/type",
            "/pattern schema/pattern",
            "/same schema/unique-items",
            "/short schema/min-length",
            "/two schema/one-of-several",
            "/type schema/type",
        ]
    );
    for finding in &found {
        let message = finding.message();
        assert!(
            !message.en.contains('{') && !message.zh.contains('{') || finding.value("value") == Some("{…}"),
            "{finding}"
        );
        assert!(crate::finding::catalogue().contains_key(finding.code()), "{}", finding.code());
    }
}

#[test]
fn a_compulsory_certificate_is_nested_or_flat_and_its_numbers_are_text() {
    let head = json!({"证书编号": "2024800703226336", "证书状态": "有效", "颁证日期": "2024-09-28", "证书到期日期": "2029-09-27", "发证机构批准号": "CNCA-R-2099-001"});
    let with = |more: &Value| {
        let mut all = head.clone();
        all.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        all
    };
    assert!(valid("cnca-ccc@1", &with(&json!({"认证委托人": {"名称": "甲"}, "生产者": {"名称": "乙"}}))));
    assert!(valid("cnca-ccc@1", &with(&json!({"认证委托人名称": "甲", "变更日期": ""}))));
    assert!(!valid("cnca-ccc@1", &with(&json!({"认证委托人": {"地址": "x"}}))));
    assert!(!valid("cnca-ccc@1", &with(&json!({"生产者名称": "乙"}))));
    assert!(!valid("cnca-ccc@1", &with(&json!({"认证委托人名称": "甲", "证书编号": 2_024_800_703_226_336_u64}))));
}

#[test]
fn a_status_entry_is_an_act_or_a_claim_and_never_both() {
    let body = |entry: &Value| {
        json!({"type": "certbridge-status/1", "subject": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "X"},
            "version": 3, "history": [entry]})
    };
    assert!(valid(
        "certbridge-status@1",
        &body(&json!({"id": "1", "status": "suspended", "from": "2026-10-15", "reason": {"class": "sanction"}}))
    ));
    assert!(valid("certbridge-status@1", &body(&json!({"id": "1", "claimed": "expired"}))));
    assert!(!valid("certbridge-status@1", &body(&json!({"id": "1", "status": "valid", "claimed": "expired"}))));
    assert!(!valid("certbridge-status@1", &body(&json!({"status": "valid"}))), "an entry has an id");
}
