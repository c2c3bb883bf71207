use serde_json::json;

use super::*;
use crate::finding::Place;

/// The folder of shared references, or nothing, said aloud, where it is not there.
fn shared(path: &str) -> Option<Value> {
    let text = std::fs::read_to_string(crate::testing::shared(path)?).expect("UTF-8");
    Some(serde_json::from_str(&text).expect("JSON"))
}

const OFFICIAL: &str = "reference/formats/untp-dcc-0.7.0/ConformityCredential.schema.json";
const SAMPLE: &str = "reference/formats/untp-dcc-0.7.0/samples/ConformityCredential_instance.json";

fn official() -> Option<Validator> {
    let schema = shared(OFFICIAL)?;
    Some(jsonschema::options().should_validate_formats(true).offline().build(&schema).expect("compiles"))
}

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

/// Every pointer of a document, containers included.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn without(document: &Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let mut changed = document.clone();
    match changed.pointer_mut(parent)? {
        Value::Object(members) => members.remove(&name.replace("~1", "/").replace("~0", "~")).map(|_| ()),
        Value::Array(items) => name.parse::<usize>().ok().map(|index| drop(items.remove(index))),
        _ => None,
    }?;
    Some(changed)
}

#[test]
fn what_the_official_schema_refuses_ours_never_accepts() {
    let (Some(official), Some(mut sample)) = (official(), shared(SAMPLE)) else { return };
    // Parts that the sample lacks, so that their schemas are tried as well.
    sample["credentialStatus"] = json!({"type": "BitstringStatusListEntry", "id": "https://r.example/s#1", "statusPurpose": "revocation",
        "statusListIndex": 4, "statusListCredential": "https://r.example/s"});
    sample["renderMethod"] = json!([{"type": ["RenderTemplate2024"], "name": "n", "url": "https://r.example/t"}]);
    sample["issuingSoftware"] = json!({"id": "https://r.example/g", "name": "n", "version": "1", "vendor": {"id": "https://r.example", "name": "v"}});
    let first = &mut sample["credentialSubject"]["conformityAssessment"][0];
    first["assessedProduct"] = json!([{"product": {"type": ["Product"], "id": "https://r.example/p", "name": "p", "modelNumber": "m", "batchNumber": "b", "itemNumber": "i"}, "idVerifiedByCAB": true}]);
    first["referenceStandard"] = json!([{"type": ["Standard"], "id": "https://r.example/st", "name": "s"}]);
    first["referenceRegulation"] = json!([{"type": ["Regulation"], "id": "https://r.example/re", "name": "r"}]);
    first["specifiedCondition"] = json!(["c"]);
    first["evidence"] = json!([{"linkURL": "https://r.example/e", "linkName": "e", "digestMultibase": "z1"}]);
    first["assessedPerformance"][0]["score"] = json!({"code": "a", "rank": 1, "definition": "d"});
    first["assessedPerformance"][0]["measure"]["upperTolerance"] = json!(1.5);
    assert!(official.is_valid(&sample) && valid("untp-dcc@0.7.0", &sample));

    let mut places = Vec::new();
    pointers(&sample, "", &mut places);
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!("no such value"),
        json!(""),
        json!([]),
        json!({}),
        json!(["x"]),
        json!({"x": 1}),
        json!([{"id": "not a uri"}]),
        json!("2025-02-30"),
        json!("2025-02-30T00:00:00Z"),
    ];
    let (mut refused, mut tried) = (0, 0);
    let mut judge = |changed: &Value, what: &str| {
        tried += 1;
        if !official.is_valid(changed) {
            refused += 1;
            assert!(!valid("untp-dcc@0.7.0", changed), "only the official schema refuses {what}");
        }
    };
    for pointer in &places {
        if let Some(changed) = without(&sample, pointer) {
            judge(&changed, &format!("the loss of {pointer}"));
        }
        for value in &wrong {
            let mut changed = sample.clone();
            if let Some(place) = changed.pointer_mut(pointer) {
                *place = value.clone();
                judge(&changed, &format!("{value} at {pointer}"));
            }
        }
        let mut changed = sample.clone();
        match changed.pointer_mut(pointer) {
            Some(Value::Object(members)) => drop(members.insert("surplus".to_owned(), json!("x"))),
            Some(Value::Array(items)) => {
                if let Some(first) = items.first().cloned() {
                    items.push(first);
                } else {
                    items.push(json!(1));
                }
            }
            _ => continue,
        }
        judge(&changed, &format!("a surplus member or item at {pointer}"));
    }
    eprintln!("{tried} mutations, {refused} refused by the official schema and by ours");
    assert!(refused > 1000, "{refused} of {tried}");
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
