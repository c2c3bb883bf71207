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
    let judged = |name: String| xsd.content(&serde_json::json!({"CategoryCode": "N", "ID": "1", "Name": name, "TypeCode": "002"}));
    assert_eq!(judged("é".repeat(35)), []);
    let codes: Vec<String> = judged("é".repeat(36)).iter().map(|found| format!("{} {}", found.code(), found.place())).collect();
    assert_eq!(codes, ["schema/max-length /Name"]);
    let codes: Vec<String> = xsd
        .content(&serde_json::json!({"ID": "1", "CategoryCode": "N"}))
        .iter()
        .map(|found| format!("{} {}", found.code(), found.place()))
        .collect();
    assert_eq!(codes, ["schema/element-unexpected /CategoryCode"], "the sequence is that of the schema");
    assert!(Xsd::compile(&unit, Some("Declaration/Nothing")).is_err());
}
