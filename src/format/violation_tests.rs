//! Errors speak the sender's language: whatever is wrong with an output by its schema, the finding stands at the sender's own
//! cell, pointer or element, in both languages. Each kind of violation that the validator knows is made here once, with a
//! crosswalk and schemas of the tests' own, for the bundled formats cannot make them all.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::pairs::{bytes_of, pairs};
use super::testing::data_day;
use super::*;
use crate::finding::{Finding, catalogue};
use crate::mapping::Context;
use crate::release::Policy;
use crate::schema::Schemas;

const PROBE: &str = r#"
format: probe@1
syntax: json
direction: out
schema: probe@1
derived:
  places:
    - wire: .
      each: sites
      rules:
        - {wire: name, from: [{template: [{as: "{name}"}, {as: "{address.text}"}]}]}
    - wire: .
      each: holder.addresses
      rules:
        - {wire: name, from: [{template: "{text}"}]}
  texts:
    - wire: inner.list
      each: standards
      rules: [{wire: designation, copy: designation}]
rules:
  - {wire: edition, implied: {const: "1"}}
  - {record: key.number, wire: number}
  - group: {wire: holder, record: holder}
    rules:
      - {record: "name{zh}", wire: name}
      - {record: "name{en}", wire: english}
      - {record: employees, wire: staff, steps: [{number: json}]}
      - {record: "former_name{zh}", wire: former}
  - {record: dates.valid_until, wire: until}
  - each: {record: sites, wire: sites, key: [address.text], empty: write}
    rules:
      - {record: name, wire: name}
      - {record: address.text, wire: where}
  - each: {record: sectors, where: {list: cnca-scope}, wire: scopes, key: [list]}
    rules: [{record: list, wire: list}]
  - pick: {record: status.history, latest: true, same: [status]}
    rules:
      - {record: status, wire: status.word}
      - {record: until, wire: status.until}
  - pick: {record: documents, where: {kind: audit-report}}
    rules: [{record: uri, wire: report}]
  - {wire: summary, implied: {from: [{template: "{holder.name{zh}}, {key.number}"}]}}
  - {wire: level, implied: {derive: [{status: valid, then: high}, {present: "process[type=decision].from", then: {path: "process[type=decision].from"}}]}}
  - each: {record: claims.assessments, wire: places, key: [id]}
    otherwise: {derive: places}
    rules: [{record: id, wire: id}, {record: name, wire: name}]
  - each: {record: factories, wire: texts, key: [code]}
    otherwise: {derive: texts}
    rules: [{record: code, wire: code}]
not-carried: ["*"]
"#;

/// A schema that allows all that the probe writes, with one part of it otherwise.
fn schema(at: &str, part: &Value, draft: &str) -> Value {
    let mut schema = json!({"$schema": draft, "type": "object", "properties": {
        "edition": {}, "number": {}, "until": {}, "summary": {}, "level": {}, "report": {},
        "holder": {"type": "object", "properties": {"name": {}, "english": {}, "staff": {}, "former": {}}},
        "status": {"type": "object", "properties": {"word": {}, "until": {}}},
        "sites": {"type": "array", "items": {"type": "object", "properties": {"name": {}, "where": {}}}},
        "scopes": {"type": "array", "items": {"type": "object", "properties": {"list": {}}}},
        "places": {"type": "array", "items": {"type": "object", "properties": {"id": {}, "name": {}}}},
        "texts": {"type": "array", "items": {"type": "object", "properties": {"code": {}, "inner": {"type": "object",
            "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"designation": {}}}}}}}}},
    }});
    let place = schema.pointer_mut(at).unwrap_or_else(|| panic!("{at}"));
    match (place, part) {
        (Value::Object(members), Value::Object(more)) => members.extend(more.clone()),
        (place, part) => *place = part.clone(),
    }
    schema
}

const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// The bundled formats with the probe beside them, whose documents the schema judges.
fn with_probe(schema: &Value) -> Catalogue {
    let mut files = Catalogue::bundled_files();
    files.retain(|name, _| ["cnca-report", "cnca-ccc", "wco-document"].iter().any(|format| name.contains(format)));
    files.insert("mappings/probe/1.yaml".into(), PROBE.into());
    let schemas = Schemas::bundled().clone().with_installed("probe@1", schema.to_string(), None).expect("a schema");
    Catalogue::load(&files, schemas).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    })
}

/// What converting a document says of the output, as `code place → output`; every finding has words in both languages.
fn said(catalogue: &Catalogue, from: &str, to: &str, bytes: &[u8]) -> Vec<String> {
    let issue = json!({"sender": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}});
    let writing = Context::new(data_day()).issuing(&issue);
    let reading = ReadContext { mapping: writing, ..ReadContext::on(data_day()) };
    let converted =
        catalogue.convert(from, to, bytes, None, &Policy::partner("p"), &reading, &writing).expect("known formats");
    let refused: Vec<String> =
        converted.reading.all_findings().filter(|one| one.is_error()).map(ToString::to_string).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let findings = converted.documents.iter().flat_map(|document| &document.written.findings);
    findings
        .filter(|finding| finding.code().starts_with("schema/"))
        .map(|finding| {
            speaks_both_languages(finding);
            format!("{} {} → {}", finding.code(), finding.place(), finding.value("output").unwrap_or_default())
        })
        .collect()
}

fn speaks_both_languages(finding: &Finding) {
    let message = finding.message();
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(han(&message.zh), "{finding}");
    assert!(!message.en.is_empty() && message.en != message.zh, "{finding}");
}

/// The report of the golden pair with every column, changed a little: no former name, and an English name that is base64
/// of what is no text.
fn report() -> Vec<u8> {
    let mut pair = pairs("cnca-report@2016").into_iter().find(|pair| pair.name() == "every-column").expect("the pair");
    let sheet = pair.content["workbook"]["证书信息表"].as_object_mut().expect("a sheet");
    let titles = sheet["5"].clone();
    let column = |title: &str| {
        let cells = titles.as_object().expect("titles").iter();
        cells.filter(|(_, cell)| *cell == title).map(|(letters, _)| letters.clone()).next().expect("a column")
    };
    let row = sheet["6"].as_object_mut().expect("a row");
    row.remove(&column("组织原名"));
    row.insert(column("组织名称(英文)"), json!("gICAgICAgICAgICAgICAgICAgICAgICA"));
    bytes_of(&pair.content).expect("a document").1
}

/// Kinds of violation, each with a schema that the report violates and the cell that is to be mended.
fn cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let number = "/properties/number";
    let staff = "/properties/holder/properties/staff";
    let english = "/properties/holder/properties/english";
    let sites = "/properties/sites";
    let (at_number, at_staff, at_english) =
        ("证书信息表!W6 证书号码", "证书信息表!T6 组织员工数", "证书信息表!F6 组织名称(英文)");
    let (at_sites, at_name) = ("证书信息表!AB6 多现场名称地址", "证书信息表!E6 组织名称");
    vec![
        (number, json!({"type": "integer"}), "schema/type", at_number),
        (number, json!({"type": ["integer", "null"]}), "schema/type", at_number),
        (number, json!({"enum": ["a"]}), "schema/enum", at_number),
        (number, json!({"const": "a"}), "schema/const", at_number),
        (number, json!({"type": "string", "format": "date"}), "schema/format", at_number),
        (number, json!({"pattern": "^a$"}), "schema/pattern", at_number),
        (
            english,
            json!({"pattern": "^(?:(?=\\w)(?:\\w|\\w\\w|\\w\\w\\w))+!$"}),
            "schema/pattern-not-judged",
            at_english,
        ),
        (number, json!({"minLength": 99}), "schema/min-length", at_number),
        (number, json!({"maxLength": 2}), "schema/max-length", at_number),
        (staff, json!({"minimum": 500}), "schema/minimum", at_staff),
        (staff, json!({"maximum": 5}), "schema/maximum", at_staff),
        (staff, json!({"exclusiveMinimum": 120}), "schema/exclusive-minimum", at_staff),
        (staff, json!({"exclusiveMaximum": 120}), "schema/exclusive-maximum", at_staff),
        (staff, json!({"multipleOf": 7}), "schema/multiple-of", at_staff),
        (sites, json!({"minItems": 5}), "schema/min-items", at_sites),
        (sites, json!({"maxItems": 1}), "schema/max-items", at_sites),
        (sites, json!({"contains": {"const": 1}}), "schema/contains", at_sites),
        (
            sites,
            json!({"unevaluatedItems": false, "items": null, "prefixItems": [{}]}),
            "schema/unevaluated-items",
            at_sites,
        ),
        (sites, json!({"prefixItems": [{}], "items": false}), "schema/false", at_sites),
        ("/properties/scopes", json!({"uniqueItems": true}), "schema/unique-items", "证书信息表!Y6 业务范围代码"),
        ("/properties/sites/items/properties/where", json!({"maxLength": 1}), "schema/max-length", at_sites),
        ("/properties/holder", json!({"minProperties": 9}), "schema/min-properties", at_name),
        ("/properties/holder", json!({"maxProperties": 1}), "schema/max-properties", at_name),
        ("/properties/holder", json!({"propertyNames": {"maxLength": 5}}), "schema/property-names", at_english),
        (
            "/properties/holder",
            json!({"allOf": [{"properties": {"name": {}, "staff": {}}, "additionalProperties": false}]}),
            "schema/additional-properties",
            at_english,
        ),
        (
            "/properties/status",
            json!({"allOf": [{"properties": {"word": {}}, "unevaluatedProperties": false}]}),
            "schema/unevaluated-properties",
            "证书信息表!AT6 暂停结束时间",
        ),
        (number, json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), "schema/any-of", at_number),
        (number, json!({"oneOf": [{"type": "integer"}, {"type": "null"}]}), "schema/one-of", at_number),
        (number, json!({"oneOf": [{}, {"type": "string"}]}), "schema/one-of-several", at_number),
        (number, json!({"not": {"type": "string"}}), "schema/not", at_number),
        (number, json!(false), "schema/false", at_number),
        (number, json!({"if": {"type": "string"}, "then": {"maxLength": 2}}), "schema/max-length", at_number),
        // What is missing is missing where it would be filled in.
        ("/properties/holder", json!({"required": ["former"]}), "schema/required", "证书信息表!G6 组织原名"),
        (
            "/properties/holder",
            json!({"dependentRequired": {"name": ["former"]}}),
            "schema/required",
            "证书信息表!G6 组织原名",
        ),
        (
            "/properties/holder",
            json!({"dependentSchemas": {"name": {"required": ["former"]}}}),
            "schema/required",
            "证书信息表!G6 组织原名",
        ),
        (
            "/properties/status",
            json!({"properties": {"word": {"maxLength": 2}, "until": {}}}),
            "schema/max-length",
            "证书信息表!AQ6 证书状态",
        ),
        // The sender has no place for reports of audits: the nearest is the one for the certificate.
        // Derived values are mended where they come from; what the crosswalk states and nobody can mend stands at the row.
        ("/properties/summary", json!({"maxLength": 3}), "schema/max-length", at_name),
        ("/properties/level", json!({"pattern": "^[a-z]+$"}), "schema/pattern", "证书信息表!AN6 认证决定日期"),
        ("/properties/places/items/properties/name", json!({"maxLength": 2}), "schema/max-length", at_sites),
        ("/properties/places/items", json!({"required": ["id"]}), "schema/required", at_sites),
        (
            "/properties/texts/items/properties/inner/properties/list/items/properties/designation",
            json!({"maxLength": 1}),
            "schema/max-length",
            "证书信息表!Z6 认证依据",
        ),
        ("/properties/edition", json!({"const": "2"}), "schema/const", "证书信息表!6"),
        ("", json!({"required": ["report"]}), "schema/required", "证书信息表!BL6 证书附件文件名"),
        ("", json!({"minProperties": 99}), "schema/min-properties", "证书信息表!6"),
    ]
}

/// Kinds of former drafts, which an operator's schema may be written in.
fn former_cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let (english, at_english) = ("/properties/holder/properties/english", "证书信息表!F6 组织名称(英文)");
    let (name, at_name) = ("/properties/holder/properties/name", "证书信息表!E6 组织名称");
    vec![
        (name, json!({"contentEncoding": "base64"}), "schema/content-encoding", at_name),
        (name, json!({"contentMediaType": "application/json"}), "schema/content-media-type", at_name),
        (
            english,
            json!({"contentEncoding": "base64", "contentMediaType": "application/json"}),
            "schema/content-not-text",
            at_english,
        ),
        (
            "/properties/sites",
            json!({"items": [{}], "additionalItems": false}),
            "schema/additional-items",
            "证书信息表!AB6 多现场名称地址",
        ),
    ]
}

/// Kinds that no document can make here, with the reason.
const NEVER: [(&str, &str); 4] = [
    ("schema/pattern-not-judged", "also for an engine that panicked, which no pattern is known to make it do"),
    ("schema/more", "the last of more than a thousand; the tests of `schema` make it"),
    ("schema/custom", "this program teaches the validator no keywords of its own"),
    ("schema/reference", "a reference that leads nowhere is an error when the schema is compiled"),
];

/// Kinds that only an XML Schema makes; each is made in the tests of `schema::xsd`.
const OF_XML: [&str; 15] = [
    "schema/abstract",
    "schema/attribute-unexpected",
    "schema/duplicate-id",
    "schema/element-missing",
    "schema/element-unexpected",
    "schema/fraction-digits",
    "schema/length",
    "schema/nil-content",
    "schema/no-declaration",
    "schema/no-such-id",
    "schema/not-nillable",
    "schema/text-unexpected",
    "schema/total-digits",
    "schema/union",
    "schema/xsi-type",
];

#[test]
fn every_kind_of_violation_comes_back_at_the_senders_own_cell() {
    let bytes = report();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    let all = cases().into_iter().map(|case| (case, DRAFT_2020));
    for ((at, part, code, place), draft) in all.chain(former_cases().into_iter().map(|case| (case, DRAFT_7))) {
        let mut schema = schema(at, &part, draft);
        if let Some(place) = schema.pointer_mut(at).and_then(Value::as_object_mut) {
            place.retain(|_, part| !part.is_null());
        }
        let found = said(&with_probe(&schema), "cnca-report@2016", "probe@1", &bytes);
        seen.insert(code);
        if !found.iter().any(|line| line.starts_with(&format!("{code} {place} → "))) {
            wrong.push(format!("{at} {part}: wanted {code} {place}, found {found:#?}"));
        }
        // A choice names the branch that comes nearest beside it; all of it stands at cells of the sender.
        for line in &found {
            if !line.contains("证书信息表!") {
                wrong.push(format!("{at} {part}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kinds: BTreeSet<&str> =
        catalogue().keys().filter(|code| code.starts_with("schema/")).map(String::as_str).collect();
    let never: BTreeSet<&str> = NEVER.iter().map(|(code, _)| *code).chain(OF_XML).collect();
    let missing: Vec<&&str> = kinds.difference(&seen).filter(|code| !never.contains(**code)).collect();
    assert!(missing.is_empty(), "no case makes {missing:?}");
}

#[test]
fn the_place_is_a_pointer_a_line_a_cell_or_an_element_as_the_sender_wrote() {
    let ccc = |name: &str| {
        let pair = pairs("cnca-ccc@1").into_iter().find(|pair| pair.name() == name).expect("the pair");
        bytes_of(&pair.content).expect("a document").1
    };
    // A second line tells that it is a file of lines.
    let lines =
        [ccc("lines"), String::from_utf8(ccc("lines")).expect("UTF-8").replace("03000005", "03000006").into()].concat();
    let wco = pairs("wco-document@3.6").into_iter().find(|pair| pair.name() == "declared").expect("the pair");
    let number = with_probe(&schema("/properties/number", &json!({"maxLength": 2}), DRAFT_2020));
    let name = with_probe(&schema("/properties/holder/properties/name", &json!({"maxLength": 2}), DRAFT_2020));
    let former = with_probe(&schema("/properties/holder", &json!({"required": ["english"]}), DRAFT_2020));
    for (catalogue, from, bytes, wanted) in [
        (&number, "cnca-ccc@1", ccc("nested"), "schema/max-length /0/证书编号 → /number"),
        (&name, "cnca-ccc@1", ccc("nested"), "schema/max-length /0/认证委托人/名称 → /holder/name"),
        (&name, "cnca-ccc@1", ccc("flat"), "schema/max-length E2 认证委托人名称 → /holder/name"),
        (
            &number,
            "wco-document@3.6",
            bytes_of(&wco.content).expect("a document").1,
            "schema/max-length line 1 /AdditionalDocument/ID → /number",
        ),
        // The format has no place for an English name: the nearest is the name that it has.
        (&former, "cnca-ccc@1", ccc("nested"), "schema/required /0/认证委托人/名称 → /holder/english"),
    ] {
        assert_eq!(said(catalogue, from, "probe@1", &bytes), [wanted]);
    }
    assert_eq!(
        said(&name, "cnca-ccc@1", "probe@1", &lines),
        [1, 2].map(|line| format!("schema/max-length line {line} /认证委托人名称 → /holder/name"))
    );
}

#[test]
fn an_output_in_xml_or_of_many_records_is_judged_and_told_of_alike() {
    let with = |format: &str, schema: Value| {
        let schemas = Schemas::bundled().clone().with_installed(format, schema.to_string(), None).expect("a schema");
        Catalogue::bundled_with(schemas).unwrap_or_else(|errors| panic!("{errors:?}"))
    };
    let strict = |format: &str, pointer: &str| {
        let text = Schemas::bundled().schema(format).expect("a schema").text();
        let mut schema: Value = serde_json::from_str(text).expect("JSON");
        let place = schema.pointer_mut(pointer).and_then(Value::as_object_mut).expect("a property");
        place.extend(Map::from_iter([("maxLength".to_owned(), json!(5))]));
        with(format, schema)
    };
    let pair = pairs("cnca-ccc@1").into_iter().find(|pair| pair.name() == "claimed-and-foreign").expect("the pair");
    let two = bytes_of(&pair.content).expect("a document").1;
    let xml = strict("wco-document@3.6", "/properties/ID");
    assert_eq!(
        said(&xml, "cnca-ccc@1", "wco-document@3.6", &two),
        ["schema/max-length /0/证书编号 → /ID", "schema/max-length /1/证书编号 → /ID"]
    );
    // Each record of one document at its own place.
    let many = strict("cnca-ccc@1", "/properties/产品名称及单元(主)");
    let records = pair.content["read"].as_array().expect("two records").iter().map(without_residue);
    let lines = records.map(|record| format!("{record}\n")).collect::<Vec<_>>().concat();
    let wanted = [1, 2].map(|line| format!("schema/max-length line {line} /products/0/name/zh → /产品名称及单元(主)"));
    assert_eq!(said(&many, "certbridge-record@1", "cnca-ccc@1", lines.as_bytes()), wanted);
}

/// A record as another gateway may send it.
fn without_residue(record: &Value) -> Value {
    match record {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "residue")
            .map(|(name, member)| (name.clone(), without_residue(member)))
            .collect(),
        Value::Array(items) => items.iter().map(without_residue).collect(),
        leaf => leaf.clone(),
    }
}
