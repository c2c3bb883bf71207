//! What goes out, held against the owners' own schemas and against the laws of the mapping.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::testing::{Levels, data_day, shared};
use super::*;
use crate::finding::any_error;
use crate::mapping::Context;
use crate::release::Policy;

const OFFICIAL: &str = "reference/formats/untp-dcc-0.7.0/ConformityCredential.schema.json";
const SAMPLE: &str = "reference/formats/untp-dcc-0.7.0/samples/ConformityCredential_instance.json";

fn issue() -> Value {
    json!({
        "base": "https://registry.example",
        "id": "urn:uuid:01234567-89ab-7def-8123-456789abcdef",
        "mode": "registry-attested",
        "issuer": {"id": "did:web:registry.example", "name": "Example Registry"},
    })
}

fn official() -> Option<Validator> {
    let schema: Value = serde_json::from_slice(&shared(OFFICIAL)?).expect("JSON");
    Some(jsonschema::options().should_validate_formats(true).offline().build(&schema).expect("compiles"))
}

fn convert(from: &str, to: &str, file: &str, bytes: &[u8]) -> Converted {
    let issue = issue();
    let writing = Context::new(data_day()).issuing(&issue).computing(&Levels);
    let reading = ReadContext { mapping: writing, ..ReadContext::on(data_day()) };
    Catalogue::bundled()
        .convert(from, to, bytes, Some(file), &Policy::public(), &reading, &writing)
        .expect("known formats")
}

#[test]
fn every_accepted_record_goes_out_as_a_credential_that_the_official_schema_accepts() {
    let Some(official) = official() else { return };
    let mut written = 0;
    for (format, file) in [
        ("cnca-report@2016", "cnca-report-small.xlsx"),
        ("cnca-report@2016", "cnca-report-dirty.xlsx"),
        ("cnca-report@2016", "cnca-report.xls"),
        ("cnca-ccc@1", "ccc-certificates.json"),
        ("cnca-ccc@1", "ccc-certificates.csv"),
        ("cnca-agri@1", "agri-certificates.json"),
        ("cnca-platform@1", "platform-list.json"),
    ] {
        let Some(bytes) = shared(&format!("data/open/{file}")) else { return };
        let converted = convert(format, "untp-dcc@0.7.0", file, &bytes);
        assert_eq!(converted.documents.len(), converted.reading.records.len());
        for (record, document) in converted.reading.records.iter().zip(&converted.documents) {
            let shown: Vec<String> = document.written.findings.iter().map(ToString::to_string).collect();
            assert!(document.written.may_be_sent(), "{file} {}: {shown:#?}", record.place);
            let value = &document.written.value().expect("JSON");
            let errors: Vec<String> =
                official.iter_errors(value).map(|e| format!("{} {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{file} {}: {errors:#?}\n{value:#}", record.place);
            written += 1;
        }
    }
    eprintln!("{written} credentials accepted by the official schema");
    assert!(written > 100);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let Some(bytes) = shared("data/open/ccc-certificates.json") else { return };
    let text = || -> Vec<Vec<u8>> {
        let converted = convert("cnca-ccc@1", "untp-dcc@0.7.0", "a.json", &bytes);
        converted.documents.iter().filter_map(|one| one.written.bytes().expect("bytes")).collect()
    };
    assert_eq!(text(), text());
}

#[test]
fn a_foreign_credential_is_read_whole_and_written_again_leaf_for_leaf() {
    let Some(bytes) = shared(SAMPLE) else { return };
    let issue = issue();
    let context = Context::new(data_day()).issuing(&issue).computing(&Levels);
    let reading = Catalogue::bundled()
        .read("untp-dcc@0.7.0", &bytes, None, &ReadContext { mapping: context, ..ReadContext::on(data_day()) })
        .expect("a format");
    let shown: Vec<String> = reading.all_findings().map(ToString::to_string).collect();
    assert!(!any_error(reading.all_findings()), "{shown:#?}");
    let [one] = reading.records.as_slice() else { panic!("one record: {shown:#?}") };
    let record = &one.record;
    assert_eq!(record.key.uri.as_deref(), Some("https://coppermark-cab.example.com/attestation/CM-KM-2025-001"));
    assert_eq!(record.key.issuer.to_string(), "did:did:web:sample-cab.example.com");
    assert_eq!(record.holder.name.text("en"), Some("Sample Copper Mine Pty Ltd"));
    assert_eq!(record.claims.assessments.len(), 3);
    assert_eq!(record.claims.assessments[0].criteria.len(), 2);
    assert_eq!(record.dates.issued.to_string(), "2025-01-15");
    let official: Value = serde_json::from_slice(&bytes).expect("JSON");
    let issued = json!({"base": "https://registry.example", "id": official["id"], "issuer": {"id": official["issuer"]["id"], "name": official["issuer"]["name"]},
        "also_known_as": official["issuer"]["issuerAlsoKnownAs"]});
    let exact = Context::new(data_day()).issuing(&issued).computing(&Levels).exact();
    let tree = serde_json::to_value(record).expect("a tree");
    let format = Catalogue::bundled().format("untp-dcc@0.7.0").expect("format");
    let again = format.crosswalk().get(&[&tree], &exact).document.root.to_json();
    let mut differ = Vec::new();
    differences(&again, &official, "", &mut differ);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Where two trees differ, each place once.
fn differences(found: &Value, wanted: &Value, at: &str, into: &mut Vec<String>) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for key in found.keys().chain(wanted.keys().filter(|key| !found.contains_key(*key))) {
                let side = |tree: &serde_json::Map<String, Value>| tree.get(key).cloned().unwrap_or(Value::Null);
                differences(&side(found), &side(wanted), &format!("{at}/{key}"), into);
            }
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                differences(found, wanted, &format!("{at}/{index}"), into);
            }
        }
        _ if found == wanted => {}
        _ => into.push(format!("{at}: {found} instead of {wanted}")),
    }
}

#[test]
fn a_registry_attested_credential_names_the_body_and_never_as_issuer() {
    let Some(bytes) = shared("data/open/ccc-certificates.json") else { return };
    let converted = convert("cnca-ccc@1", "untp-dcc@0.7.0", "a.json", &bytes);
    let value = &converted.documents[0].written.value().expect("JSON");
    assert_eq!(value["issuer"]["id"], "did:web:registry.example");
    assert!(value["issuer"].get("issuerAlsoKnownAs").is_none());
    assert_eq!(
        value["credentialSubject"]["id"],
        "https://registry.example/certificates/cnca-approval/CNCA-R-2099-001/2024800703226336"
    );
    let authorisation = value["credentialSubject"]["authorisation"][0]["name"].as_str().expect("a name");
    assert!(authorisation.contains("CNCA-R-2099-001") && authorisation.contains("示例认证有限公司"), "{authorisation}");
    insta::assert_json_snapshot!("ccc_as_untp", value);
}

#[test]
fn accredited_management_systems_go_to_certsearch_and_others_do_not() {
    for file in ["cnca-report-small.xlsx", "cnca-report.xls"] {
        let Some(bytes) = shared(&format!("data/open/{file}")) else { return };
        let converted = convert("cnca-report@2016", "iaf-certsearch@2", file, &bytes);
        let (mut sent, mut held) = (0, 0);
        for (record, document) in converted.reading.records.iter().zip(&converted.documents) {
            let shown: Vec<String> = document.written.findings.iter().map(ToString::to_string).collect();
            if record.record.claims.accreditation.mark.is_some() {
                assert!(document.written.may_be_sent(), "{file} {}: {shown:#?}", record.place);
                sent += 1;
            } else {
                assert!(
                    !document.written.may_be_sent() && !document.written.findings.is_empty(),
                    "{file} {}",
                    record.place
                );
                held += 1;
            }
        }
        assert!(sent > 10 && held > 0, "{file}: {sent} sent, {held} held back");
    }
    let Some(bytes) = shared("data/open/cnca-report-small.xlsx") else { return };
    let converted = convert("cnca-report@2016", "iaf-certsearch@2", "a.xlsx", &bytes);
    insta::assert_json_snapshot!("report_as_certsearch", converted.documents[0].written.value());
}

#[test]
fn what_is_wrong_with_an_output_is_said_at_the_senders_own_cell() {
    let line = |number: &str, division: &str| {
        let line = json!({"认证机构批准号": "CNCA-R-2099-001", "证书号码": number, "组织名称": "示例公司", "认证项目代码": "A010101",
            "认可标志代码": "CNAS", "颁证日期": "2026-01-01", "证书到期日期": "2028-12-31", "证书状态": "01", "认证依据": "GB/T 19001-2016",
            "行政区划代码": division, "证书地址": "某路1号", "所在国家和地区代码": "156"});
        format!("{line}\n")
    };
    // CertSearch takes numbers of 60 characters, and must have a city, which is derived from the division.
    let text = line(&"9".repeat(61), "440306") + &line("90126Q00001R0S", "");
    let converted = convert("cnca-report@2016", "iaf-certsearch@2", "a.ndjson", text.as_bytes());
    let errors: Vec<(usize, String)> = converted
        .documents
        .iter()
        .flat_map(|document| document.written.findings.iter().map(|finding| (document.written.records[0], finding)))
        .filter(|(_, finding)| finding.is_error())
        .map(|(record, finding)| (record, finding.place().to_string()))
        .collect();
    assert_eq!(errors, [(0, "line 1 /证书号码".to_owned()), (1, "line 2 /证书地址".to_owned())]);
}

#[test]
fn a_status_history_travels_whole() {
    let Some(bytes) = shared("data/open/cnca-report-small.xlsx") else { return };
    let reading =
        Catalogue::bundled().read("cnca-report@2016", &bytes, None, &ReadContext::on(data_day())).expect("a format");
    let format = Catalogue::bundled().format("certbridge-status@1").expect("a format");
    let mut seen = std::collections::BTreeSet::new();
    for (index, one) in reading.records.iter().enumerate() {
        let mut record = one.record.clone();
        for entry in &mut record.status.history {
            entry.id = format!("entry-{index}");
            seen.extend(entry.status);
        }
        let released = crate::release::release(&record, &Policy::partner("test"), data_day());
        let written = Catalogue::bundled()
            .write("certbridge-status@1", std::slice::from_ref(&released), &Context::new(data_day()))
            .expect("a format");
        let [document] = written.documents.as_slice() else { panic!("one document") };
        let shown: Vec<String> = document.findings.iter().map(ToString::to_string).collect();
        assert!(document.may_be_sent(), "{}: {shown:#?}", one.place);
        let back =
            format.crosswalk().put(document.document.as_ref().expect("a document"), &[], &Context::new(data_day()));
        assert_eq!(back.records.len(), 1);
        assert_eq!(back.records[0].record["status"], released.as_value()["status"]);
        assert_eq!(back.records[0].record["key"], released.as_value()["key"]);
    }
    assert_eq!(seen.len(), 4, "valid, suspended, withdrawn and cancelled are among them");
}

#[test]
fn reading_a_domestic_document_and_writing_it_exactly_gives_it_back() {
    let Some(bytes) = shared("data/open/ccc-certificates.json") else { return };
    let source: Value = serde_json::from_slice(&bytes).expect("JSON");
    let document = crate::document::parse(&bytes, crate::document::Syntax::Json, &crate::document::Limits::default());
    let document = document.expect("readable").document;
    let crosswalk = Catalogue::bundled().format("cnca-ccc@1").expect("a format").crosswalk();
    let context = Context::new(data_day());
    let put = crosswalk.put(&document, &[], &context);
    let records: Vec<&Value> = put.records.iter().map(|one| &one.record).collect();
    let again = crosswalk.get(&records, &context.exact()).document.root.to_json();
    let mut differ = Vec::new();
    differences(&again, &source, "", &mut differ);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    for one in &put.records {
        assert!(one.account.leaves.iter().all(|line| line.class != crate::mapping::Class::NotCarried));
    }
}
