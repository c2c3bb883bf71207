//! The owner's schemas of customs declarations: two that refer to no common file load together and judge the samples.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::document::{Limits, Syntax, parse};

const FOLDER: &str = "reference/formats/wco-dec";
const METADATA: &str = "DocumentMetaData_2_DMS.xsd";
const DECLARATION: &str = "WCO_DEC_2_DMS.xsd";
const PLACE: &str = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem/AdditionalDocument";

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let name = format!("{prefix}{}", path.file_name().and_then(|name| name.to_str()).expect("name"));
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(&path).expect("UTF-8"));
        }
    }
}

fn unit(entries: &[&str]) -> Option<Unit> {
    let folder = crate::testing::shared(&format!("{FOLDER}/schemas/wco/declaration"))?;
    let mut files = BTreeMap::new();
    gather(&folder, "", &mut files);
    Some(Unit { files, entries: entries.iter().map(|entry| (*entry).to_owned()).collect() })
}

fn sample(name: &str) -> Option<Result<Value, Finding>> {
    let bytes = std::fs::read(crate::testing::shared(&format!("{FOLDER}/{name}"))?).expect("file");
    Some(parse(&bytes, Syntax::Xml, &Limits::default()).map(|parsed| parsed.document.root.to_json()))
}

#[test]
fn metadata_and_declaration_load_together_and_judge_the_official_samples() {
    let (Some(both), Some(alone)) = (unit(&[METADATA, DECLARATION]), unit(&[METADATA])) else { return };
    let both = Xsd::compile(&both, None).unwrap_or_else(|error| panic!("{error}"));
    let alone = Xsd::compile(&alone, None).unwrap_or_else(|error| panic!("{error}"));
    let Some(well) = sample("TT_EX002b.xml") else { return };
    let well = well.expect("well-formed");
    assert_eq!(both.document(&well), []);
    // The wildcard of the metadata is strict: without the declaration's schema, the payload has no declaration.
    let codes: Vec<&str> = alone.document(&well).iter().map(Finding::code).collect();
    assert_eq!(codes, ["schema/no-declaration"]);
    let ill = sample("TT_EX002a.xml").expect("there").expect_err("the sample is not well-formed");
    assert!(ill.code().starts_with("document/xml"), "{ill}");
}

#[test]
fn what_is_too_long_in_a_sample_is_found_where_it_stands() {
    let Some(unit) = unit(&[METADATA, DECLARATION]) else { return };
    let xsd = Xsd::compile(&unit, None).expect("compiles");
    let Some(Ok(mut sample)) = sample("TT_EX002b.xml") else { return };
    let root = sample.as_object().and_then(|members| members.keys().next()).cloned().expect("root");
    let declaration = "{urn:wco:datamodel:WCO:DEC-DMS:2}Declaration";
    sample[&root][declaration]["FunctionalReferenceID"] = Value::from("x".repeat(36));
    let found = xsd.document(&sample);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].code(), found[0].value("limit")), ("schema/max-length", Some("35")));
    assert!(found[0].place().to_string().ends_with("/FunctionalReferenceID"), "{}", found[0]);
}

#[test]
fn a_fragment_is_judged_by_the_element_at_the_end_of_a_way() {
    let Some(unit) = unit(&[DECLARATION]) else { return };
    let xsd = Xsd::compile(&unit, Some(PLACE)).expect("compiles");
    let judged = |name: String| {
        xsd.content(&serde_json::json!({"CategoryCode": "N", "ID": "1", "Name": name, "TypeCode": "002"}))
    };
    assert_eq!(judged("é".repeat(35)), []);
    let codes: Vec<String> =
        judged("é".repeat(36)).iter().map(|found| format!("{} {}", found.code(), found.place())).collect();
    assert_eq!(codes, ["schema/max-length /Name"]);
    let codes: Vec<String> = xsd
        .content(&serde_json::json!({"ID": "1", "CategoryCode": "N"}))
        .iter()
        .map(|found| format!("{} {}", found.code(), found.place()))
        .collect();
    assert_eq!(codes, ["schema/element-unexpected /CategoryCode"], "the sequence is that of the schema");
    assert!(Xsd::compile(&unit, Some("Declaration/Nothing")).is_err());
}

/// Every pointer of a document, containers included.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    for (name, member) in value.as_object().into_iter().flatten() {
        pointers(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
    }
}

#[test]
fn what_the_official_schema_refuses_of_a_fragment_ours_never_accepts() {
    let Some(unit) = unit(&[DECLARATION]) else { return };
    let official = Xsd::compile(&unit, Some(PLACE)).expect("compiles");
    let ours = crate::schema::Schemas::bundled().schema("wco-document@3.6").expect("ours");
    // The order of elements is not in our schema but in the crosswalk, which writes them so; it is left as it is here.
    let time = "{urn:wco:datamodel:WCO:Declaration_DS:DMS:2}DateTimeString";
    let whole = serde_json::json!({
        "CategoryCode": "N", "EffectiveDateTime": {time: {"@formatCode": "102", "#text": "20261003"}}, "ID": "1", "Name": "n",
        "TypeCode": "002", "LPCOExemptionCode": "AE", "Submitter": {"Name": "s", "RoleCode": "1"},
    });
    assert_eq!(
        (official.content(&whole), ours.validate(&crate::document::Node::from(&whole)).expect("ours")),
        (vec![], vec![])
    );
    let mut places = Vec::new();
    pointers(&whole, "", &mut places);
    let (mut tried, mut refused) = (0, 0);
    let mut judge = |changed: &Value, what: String| {
        tried += 1;
        if !official.content(changed).is_empty() {
            refused += 1;
            let accepted = ours.validate(&crate::document::Node::from(changed)).expect("ours").is_empty();
            assert!(!accepted, "only the official schema refuses {what}");
        }
    };
    let texts = ["", " ", "x", "12", "1234", "é", "2026-10-03", "20260230", "204"].map(str::to_owned);
    let long = [35, 36, 70, 71, 256, 300].map(|length| "x".repeat(length));
    for place in places.iter().filter(|place| !place.is_empty()) {
        let (parent, name) = place.rsplit_once('/').expect("a place");
        let mut without = whole.clone();
        if let Some(Value::Object(members)) = without.pointer_mut(parent) {
            members.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        judge(&without, format!("the loss of {place}"));
        for text in texts.iter().chain(&long) {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).expect("there") = Value::from(text.clone());
            judge(&changed, format!("{text:?} at {place}"));
        }
        for extra in ["Surplus", "@surplus", "#text"] {
            let mut changed = whole.clone();
            match changed.pointer_mut(place) {
                Some(Value::Object(members)) if !members.contains_key(extra) => {
                    members.insert(extra.into(), "x".into());
                }
                Some(text @ Value::String(_)) if extra != "#text" => {
                    *text = serde_json::json!({"#text": "x", extra: "x"});
                }
                _ => continue,
            }
            judge(&changed, format!("{extra} at {place}"));
        }
    }
    eprintln!("{tried} changes, {refused} refused by the official schema and by ours");
    assert!(refused > 60, "{refused} of {tried}");
}
