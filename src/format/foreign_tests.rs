//! Foreign formats, held against the owners' own schemas and samples.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::mutation::held_against;
use super::testing::{Levels, data_day, shared};
use super::*;
use crate::finding::Place;
use crate::mapping::Context;
use crate::schema::Schemas;

const FORMATS: &str = "reference/formats";

fn json_of(path: &str) -> Option<Value> {
    Some(serde_json::from_slice(&shared(&format!("{FORMATS}/{path}"))?).expect("JSON"))
}

fn official(path: &str) -> Option<Validator> {
    let schema = json_of(path)?;
    Some(jsonschema::options().should_validate_formats(true).offline().build(&schema).expect("compiles"))
}

fn ours(format: &str, document: &Value) -> Vec<String> {
    let said = Schemas::bundled().validate(format, &crate::document::Node::from(document)).expect("a schema");
    said.iter().map(|finding| format!("{} {}", finding.place(), finding.code())).collect()
}

/// What is wrong with a document by our schema and, where that is content, by the crosswalk and the rules on records.
fn judged(format: &str, document: &Value) -> Vec<String> {
    let said = ours(format, document);
    if !said.is_empty() {
        return said;
    }
    let issue = json!({"base": "https://registry.example"});
    let mapping = Context::new(data_day()).issuing(&issue).computing(&Levels);
    let bytes = serde_json::to_vec(document).expect("JSON");
    let read = Catalogue::bundled().read(format, &bytes, None, &ReadContext { mapping, ..ReadContext::on(data_day()) });
    let read = read.expect("a format");
    read.all_findings().filter(|one| one.is_error()).map(|one| format!("{} {}", one.place(), one.code())).collect()
}

/// The pair of a format that is kept as an example: a document that has every part.
fn example(format: &str, name: &str) -> Value {
    let path = format!("{}/docs/formats/examples/{format}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let pair: Value = serde_json::from_slice(&std::fs::read(&path).expect("an example")).expect("JSON");
    pair["document"].clone()
}

const DIA: &str = "untp-dcc-0.7.0/DigitalIdentityAnchor.schema.json";

#[test]
fn conformity_credentials_hold_against_the_official_schema_and_sample() {
    let Some(official) = official("untp-dcc-0.7.0/ConformityCredential.schema.json") else { return };
    let Some(sample) = json_of("untp-dcc-0.7.0/samples/ConformityCredential_instance.json") else { return };
    let format = "untp-dcc@0.7.0";
    let reasons = [
        ("/issuer/name mapping/missing-value", "a text of nothing names nobody"),
        ("/issuedToParty/name mapping/missing-value", "as above"),
        ("/authorisation/0/name mapping/missing-value", "as above"),
        ("/ format/no-record", "a mark of conformity without a name is none"),
        (
            "/credentialSubject/id identifier/did",
            "the issuer is half of the key, so its DID must be one; a method is in small letters",
        ),
        ("/issuedToParty/id identifier/uri", "`did:` alone is the beginning of an identifier and no URI of anything"),
        ("/0/id identifier/uri", "as above, of a facility that was assessed"),
    ];
    held_against(format, &official, &[sample, example(format, "foreign")], &reasons, |one| judged(format, one));
    for pair in super::pairs::pairs(format) {
        assert!(official.is_valid(&pair.content["document"]), "{}", pair.name());
    }
}

#[test]
fn every_official_identity_anchor_is_accepted_and_one_that_certifies_nothing_makes_no_record() {
    let Some(official) = official(DIA) else { return };
    let format = "untp-dia@0.7.0";
    let mut samples = Vec::new();
    for sample in ["DigitalIdentityAnchor_instance.json", "DigitalIdentityAnchor_mine_instance.json"] {
        let Some(sample) = json_of(&format!("untp-dcc-0.7.0/samples/{sample}")) else { return };
        let bytes = serde_json::to_vec(&sample).expect("JSON");
        let reading = Catalogue::bundled().read(format, &bytes, None, &ReadContext::on(data_day())).expect("a format");
        assert!(reading.records.is_empty());
        let errors: Vec<String> = reading
            .all_findings()
            .filter(|finding| finding.is_error())
            .map(|finding| format!("{} {}", finding.code(), finding.place()))
            .collect();
        assert!(errors.iter().any(|e| e == "mapping/unknown-code /credentialSubject/registerType"), "{errors:?}");
        samples.push(sample);
    }
    // Those of the owner certify nothing, so that the schema alone can be content with them.
    held_against(format, &official, &samples, &[], |one| ours(format, one));
    let reasons = [
        ("/issuer/name mapping/missing-value", "a text of nothing names nobody"),
        ("/registeredName mapping/missing-value", "as above"),
        ("/registeredId mapping/missing-value", "an accreditation is known by its number in the register"),
        (
            "/credentialSubject/id identifier/uri",
            "`did:` alone is the beginning of an identifier and no URI of anything",
        ),
    ];
    held_against(format, &official, &[example(format, "foreign")], &reasons, |one| judged(format, one));
    for pair in super::pairs::pairs(format) {
        assert!(official.is_valid(&pair.content["document"]), "{}", pair.name());
    }
}

#[test]
fn catena_x_holds_against_the_official_schema_and_sample() {
    let Some(official) = official("catena-x-bpc/BusinessPartnerCertificate-schema.json") else { return };
    let Some(sample) = json_of("catena-x-bpc/BusinessPartnerCertificate.json") else { return };
    let reasons = [
        (
            "/document/creationDate schema/pattern",
            "the owner's pattern is not anchored: any text with a time in it passes",
        ),
        (
            "/registrationNumber mapping/missing-value",
            "a text of nothing is no number, and a certificate is known by its number",
        ),
        ("/type/certificateType mapping/missing-value", "a certificate of nothing"),
        ("/document/documentID mapping/missing-value", "the certificate as a file has a name, a type and a content"),
        ("/document/contentType mapping/missing-value", "as above"),
        ("/document/contentBase64 mapping/missing-value", "as above"),
        ("/ format/no-issuer", "the body is half of the key; who sent the document is not known here"),
    ];
    let format = "catena-x-bpc@3.1.0";
    held_against(format, &official, &[sample.clone(), example(format, "supplier")], &reasons, |one| {
        judged(format, one)
    });
    let bytes = serde_json::to_vec(&sample).expect("JSON");
    let reading =
        Catalogue::bundled().read("catena-x-bpc@3.1.0", &bytes, None, &ReadContext::on(data_day())).expect("a format");
    let shown: Vec<String> = reading.all_findings().map(ToString::to_string).collect();
    let [one] = reading.records.as_slice() else { panic!("{shown:#?}") };
    assert_eq!(one.record.key.number.as_deref(), Some("12 198 54182 TMS"));
    assert_eq!(one.record.key.issuer.to_string(), "bpn:BPNL133631123120");
    assert_eq!(one.record.standards[0].designation, "ISO 9001");
    assert_eq!(one.record.documents[0].content.as_deref(), Some("iVBORw0KGgoAAdsfwerTETEfdgd"));
    assert!(one.record.status.history.is_empty(), "the format says nothing of a status");
    for name in ["supplier", "domestic-body"] {
        assert!(official.is_valid(&example("catena-x-bpc@3.1.0", name)), "{name}");
    }
}

#[test]
fn untp_of_the_former_edition_holds_against_the_official_schema() {
    let Some(official) = official("untp-dcc-0.6.0/dcc-schema-0.6.0.json") else { return };
    let Some(mut sample) = json_of("untp-dcc-0.6.0/samples/conformity-credential-simple.json") else { return };
    // A known negative: the sample names the context of 0.6.1, and so it fails the schema that it comes with.
    assert!(!official.is_valid(&sample));
    assert_eq!(ours("untp-dcc@0.6.0", &sample), ["/@context/1 schema/const"]);
    sample["@context"][1] = json!("https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/");
    let reasons = [
        ("/validFrom schema/required", "a record has a day of issue"),
        ("/credentialSubject schema/required", "a credential without a subject certifies nothing"),
        ("/issuer/name mapping/missing-value", "a text of nothing names nobody"),
        ("/issuedToParty/name mapping/missing-value", "as above"),
        ("/ format/no-record", "a regulation is known by its URI"),
        (
            "/credentialSubject/id identifier/did",
            "the issuer is half of the key, so its DID must be one; a method is in small letters",
        ),
        ("/issuedToParty/id identifier/uri", "`did:` alone is the beginning of an identifier and no URI of anything"),
        ("/0/id identifier/uri", "as above, of a facility that was assessed"),
    ];
    let format = "untp-dcc@0.6.0";
    held_against(format, &official, &[sample.clone(), example(format, "battery")], &reasons, |one| judged(format, one));

    let bytes = serde_json::to_vec(&sample).expect("JSON");
    let reading =
        Catalogue::bundled().read("untp-dcc@0.6.0", &bytes, None, &ReadContext::on(data_day())).expect("a format");
    let shown: Vec<String> = reading.all_findings().map(ToString::to_string).collect();
    let [one] = reading.records.as_slice() else { panic!("{shown:#?}") };
    assert_eq!(one.record.claims.assessments.len(), 2, "two assessments of one identifier stay two");
    assert_eq!(one.record.claims.assurance_level, None, "0.7.0 has no level `Accredited`");
    assert_eq!(one.record.products.len(), 1);
}

#[test]
fn a_former_edition_is_only_read() {
    let error =
        Catalogue::bundled().write("untp-dcc@0.6.0", &[], &Context::new(data_day())).expect_err("it is never written");
    assert!(error.to_string().contains("never written"), "{error}");
}

#[test]
fn the_terms_that_are_written_are_those_of_the_published_vocabularies() {
    let terms = |path: &str, prefix: &str| -> Option<Vec<String>> {
        let graph = json_of(path)?;
        let ids = graph["@graph"].as_array().expect("a graph").iter().filter_map(|node| node["@id"].as_str());
        Some(ids.filter_map(|id| id.strip_prefix(prefix)).map(str::to_owned).collect())
    };
    let Some(gs1) = terms("gs1/gs1Voc-1.16-certification-subset.jsonld", "gs1:") else { return };
    let Some(schema) = terms("schema-org/schemaorg-30.0-certification-subset.jsonld", "schema:") else { return };
    for name in ["product", "expired-system", "foreign", "superseded-service"] {
        let document = example("gs1-certification@1.16", name);
        let details = document["gs1:certification"].as_object().expect("details");
        for term in details.keys().filter_map(|key| key.strip_prefix("gs1:")) {
            assert!(gs1.iter().any(|known| known == term), "gs1:{term}");
        }
        let status = details["gs1:certificationStatus"].as_str().and_then(|id| id.strip_prefix("gs1:"));
        assert!(status.is_some_and(|status| gs1.iter().any(|known| known == status)), "{status:?}");
        let document = example("schema-org@30", name);
        let details = document["hasCertification"].as_object().expect("details");
        // Of every thing, and so not in the part about certification.
        let general = ["@type", "name", "description", "url"];
        for term in details.keys().filter(|key| !general.contains(&key.as_str())) {
            assert!(schema.iter().any(|known| known == term), "schema:{term}");
        }
        let status = details["certificationStatus"].as_str().and_then(|id| id.strip_prefix("https://schema.org/"));
        assert!(status.is_some_and(|status| schema.iter().any(|known| known == status)), "{status:?}");
    }
}

#[test]
fn a_gateway_reads_a_whole_record_back_and_takes_no_residue() {
    let catalogue = Catalogue::bundled();
    let document = example("certbridge-record@1", "compulsory-product");
    let text = document.to_string();
    for never in ["residue", "taint", "0591-0000", "某人", "\"fee\"", "\"risk\"", "\"energy\"", "provenance"] {
        assert!(!text.contains(never), "{never} left: {text}");
    }
    let mut forged = document;
    forged["holder"]["residue"] =
        json!({"untp-dcc@0.7.0": {"kept": [{"place": "issuer/id", "leaf": "did:web:forged.example"}]}});
    let bytes = serde_json::to_vec(&forged).expect("JSON");
    let reading = catalogue.read("certbridge-record@1", &bytes, None, &ReadContext::on(data_day())).expect("a format");
    assert!(reading.records.is_empty());
    let said: Vec<(&str, &Place)> =
        reading.all_findings().filter(|f| f.is_error()).map(|f| (f.code(), f.place())).collect();
    assert_eq!(said, [("schema/additional-properties", &Place::pointer("/holder/residue"))]);
}

#[test]
fn certsearch_is_read_for_bodies_and_holders_of_any_country() {
    let read = |change: &dyn Fn(&mut Value), sender: &Value| {
        let mut document = example("iaf-certsearch@2", "foreign-body");
        change(&mut document);
        let bytes = serde_json::to_vec(&document).expect("JSON");
        let mapping = Context::new(data_day()).issuing(sender).computing(&Levels);
        Catalogue::bundled()
            .read("iaf-certsearch@2", &bytes, None, &ReadContext { mapping, ..ReadContext::on(data_day()) })
            .expect("a format")
    };
    let sender = json!({"sender": {"scheme": "accreditation", "value": "JAS-ANZ M0000001"}});
    for (id, scheme) in [
        ("529900T8BM49AURSDO55", "lei"),
        ("NZBN 9429000000000", "unstated"),
        ("DE811115555", "unstated"),
        // What would be a credit code or an organisation code in China is neither elsewhere.
        ("123456789012345678", "unstated"),
        ("552100554", "unstated"),
    ] {
        let reading = read(&|document| document["certified_entity_unique_id"] = json!(id), &sender);
        let shown: Vec<String> = reading.all_findings().map(ToString::to_string).collect();
        let [one] = reading.records.as_slice() else { panic!("{id}: {shown:#?}") };
        let holder = one.record.holder.id.as_ref().expect("an identifier");
        assert_eq!((holder.scheme.as_str(), holder.value.as_str()), (scheme, id));
        assert_eq!(one.record.key.issuer.to_string(), "accreditation:JAS-ANZ M0000001");
    }
    for country in ["New Zealand", "Viet Nam", "Vietnam", "South Korea", "Hong Kong"] {
        let reading = read(&|document| document["certified_entity_country"] = json!(country), &sender);
        let shown: Vec<String> = reading.all_findings().map(ToString::to_string).collect();
        assert_eq!(reading.records.len(), 1, "{country}: {shown:#?}");
    }
    let reading = read(
        &|document| {
            document["certified_entity_country"] = json!("China");
            document["certified_entity_unique_id"] = json!("91350100M000100Y43");
        },
        &sender,
    );
    assert_eq!(reading.records[0].record.holder.id.as_ref().map(|id| id.scheme.as_str()), Some("uscc"));
    let reading = read(&|document| document["certification_type"] = json!("Product"), &sender);
    assert!(reading.records.is_empty(), "only management systems are in that register");
    // The document has no place for the body; whoever sends it must be known.
    let reading = read(&|_| {}, &Value::Null);
    assert!(reading.records.is_empty() && !reading.refused.is_empty());
}
