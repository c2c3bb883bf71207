//! Customs documents: what goes out, held against the owner's schema, and the owner's samples as they are read.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::testing::{data_day, shared};
use super::*;
use crate::document::{Document, Limits, Node, Syntax, Value as Wire, parse};
use crate::mapping::{Class, Context};
use crate::release::{Policy, release};

const FORMAT: &str = "wco-document@3.6";
const ROOT: &str = "{urn:wco:datamodel:WCO:DEC-DMS:2}AdditionalDocument";
const FOLDER: &str = "reference/formats/wco-dec";

fn converted(format: &str, file: &str) -> Option<Converted> {
    let bytes = shared(&format!("data/open/{file}"))?;
    let (reading, writing) = (ReadContext::on(data_day()), Context::new(data_day()));
    let policy = Policy::public();
    Some(
        Catalogue::bundled().convert(format, FORMAT, &bytes, Some(file), &policy, &reading, &writing).expect("formats"),
    )
}

fn text(document: &WrittenDocument) -> String {
    String::from_utf8(document.bytes().expect("the shape of XML").expect("a document")).expect("UTF-8")
}

/// One record of the shared data as a tree, changed by whoever asks.
fn record(change: impl FnOnce(&mut Value)) -> Option<crate::release::Released> {
    let bytes = shared("data/open/ccc-certificates.json")?;
    let reading =
        Catalogue::bundled().read("cnca-ccc@1", &bytes, None, &ReadContext::on(data_day())).expect("a format");
    let mut tree = serde_json::to_value(&reading.records[0].record).expect("a tree");
    change(&mut tree);
    let record = serde_json::from_value(tree).expect("a record");
    Some(release(&record, &Policy::public(), data_day()))
}

fn write(record: crate::release::Released) -> WrittenDocument {
    let written = Catalogue::bundled().write(FORMAT, &[record], &Context::new(data_day())).expect("a format");
    written.documents.into_iter().next().expect("one")
}

#[test]
fn a_certificate_goes_out_in_the_sequence_of_the_schema_and_says_nothing_of_its_status() {
    let Some(document) = record(|record| {
        record["key"]["number"] = json!("2026010101000001");
        record["dates"]["issued"] = json!("2026-10-03");
        record["issuer"]["name"] = json!({"en": "Example Certification & Co"});
    }) else {
        return;
    };
    let document = write(document);
    let shown: Vec<String> = document.findings.iter().map(ToString::to_string).collect();
    assert!(document.may_be_sent(), "{shown:#?}");
    insta::assert_snapshot!(text(&document), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <AdditionalDocument xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><CategoryCode>N</CategoryCode><EffectiveDateTime><DateTimeString xmlns="urn:wco:datamodel:WCO:Declaration_DS:DMS:2" formatCode="102">20261003</DateTimeString></EffectiveDateTime><ID>2026010101000001</ID><Name>China Compulsory Certification</Name><TypeCode>002</TypeCode><Submitter><Name>Example Certification &amp; Co</Name></Submitter></AdditionalDocument>
    "#);
    assert!(document.value().is_none(), "XML is no JSON to sign");
}

#[test]
fn a_number_too_long_is_refused_and_a_name_too_long_is_cut() {
    for (length, sent) in [(70, true), (71, false)] {
        let Some(long) = record(|record| record["key"]["number"] = json!("9".repeat(length))) else { return };
        let document = write(long);
        assert_eq!(document.may_be_sent(), sent, "{length}");
        let told = document.findings.iter().find(|finding| finding.is_error());
        assert_eq!(told.map(|finding| finding.place().to_string()).as_deref(), (!sent).then_some("key.number"));
        assert!(!text(&document).contains(&"9".repeat(71)) && (sent || !text(&document).contains("<ID>")));
    }
    for (length, class) in [(35, Class::Carried), (36, Class::Narrowed)] {
        let Some(titled) = record(|record| record["title"] = json!({"en": "é".repeat(length)})) else { return };
        let document = write(titled);
        assert!(document.may_be_sent());
        assert!(text(&document).contains(&format!("<Name>{}</Name>", "é".repeat(35))));
        let line = document.accounts[0].leaves.iter().find(|line| line.source.to_string().starts_with("title"));
        assert_eq!(line.expect("in the account").class, class, "{length}");
    }
}

#[test]
fn what_is_no_certificate_of_conformity_is_not_written() {
    let Some(accreditation) = record(|record| record["kind"] = json!("accreditation")) else { return };
    let document = write(accreditation);
    assert!(document.document.is_none());
    assert_eq!(document.findings[0].code(), "mapping/not-applicable");
}

/// The documents of the goods items of an official sample, each as a fragment of its own.
fn fragments(file: &str) -> Vec<Document> {
    let Some(bytes) = shared(&format!("{FOLDER}/{file}")) else { return Vec::new() };
    let sample = parse(&bytes, Syntax::Xml, &Limits::default()).expect(file).document;
    let mut found = Vec::new();
    cut(&sample.root, false, &mut found);
    found
        .into_iter()
        .map(|node| {
            let root = [(ROOT.into(), node)].into_iter().collect();
            let fragment = Document { syntax: Syntax::Xml, root: Node::new(Wire::Object(Box::new(root))) };
            let bytes = fragment.write().expect("XML");
            parse(&bytes, Syntax::Xml, &Limits::default()).expect("XML").document
        })
        .collect()
}

fn cut(node: &Node, item: bool, found: &mut Vec<Node>) {
    for (key, member) in node.as_object().into_iter().flatten() {
        let each = member.as_list().unwrap_or(std::slice::from_ref(member));
        if item && &**key == "AdditionalDocument" {
            found.extend(each.iter().cloned());
        } else {
            each.iter().for_each(|one| cut(one, &**key == "GovernmentAgencyGoodsItem", found));
        }
    }
}

#[test]
fn fragments_of_the_official_samples_are_read_whole_and_written_again_leaf_for_leaf() {
    let crosswalk = Catalogue::bundled().format(FORMAT).expect("a format").crosswalk();
    let fragments: Vec<Document> = ["TT_EX002b.xml", "TT_EX004a.xml"].into_iter().flat_map(fragments).collect();
    if fragments.is_empty() {
        return;
    }
    eprintln!("{} fragments of official samples", fragments.len());
    for fragment in fragments {
        let put = crosswalk.put(&fragment, &[], &Context::new(data_day()));
        let [one] = put.records.as_slice() else { panic!("one record") };
        let (id, mut leaves) = (fragment.root.get(ROOT).and_then(|root| root.get("ID")), 0);
        assert_eq!(one.record.pointer("/key/number").and_then(Value::as_str), id.and_then(Node::as_text));
        fragment.leaves(|spot, _| {
            leaves += 1;
            assert_eq!(one.account.leaves.iter().filter(|line| line.source == spot.place()).count(), 1);
        });
        assert_eq!(one.account.leaves.len(), leaves);
        // An authorisation under category C is no certificate under 1001, so no record is made of it, and nothing is said
        // to be one.
        let bytes = fragment.write().expect("XML");
        let reading = Catalogue::bundled().read(FORMAT, &bytes, None, &ReadContext::on(data_day())).expect("a format");
        let [refused] = reading.refused.as_slice() else { panic!("refused") };
        let told: Vec<String> =
            refused.findings.iter().map(|finding| format!("{} {}", finding.code(), finding.place())).collect();
        for wanted in [
            "schema/const line 2 /AdditionalDocument/CategoryCode",
            "mapping/unknown-code line 2 /AdditionalDocument/TypeCode",
        ] {
            assert!(told.iter().any(|one| one == wanted), "{told:#?}");
        }
        let mut record = one.record.clone();
        record["kind"] = json!("service"); // Else the format would not carry it.
        let exact = crosswalk.get(&[&record], &Context::new(data_day()).exact()).document;
        let mut exact = exact.root.to_json();
        let wanted = fragment.root.to_json();
        exact[ROOT]["TypeCode"] = wanted[ROOT]["TypeCode"].clone();
        assert_eq!(exact.to_string(), wanted.to_string());
    }
}

#[test]
fn the_official_sample_that_is_not_well_formed_is_refused() {
    let Some(bytes) = shared(&format!("{FOLDER}/TT_EX002a.xml")) else { return };
    let reading = Catalogue::bundled().read(FORMAT, &bytes, None, &ReadContext::on(data_day())).expect("a format");
    assert!(reading.records.is_empty() && reading.refused.is_empty());
    assert_eq!(reading.findings[0].code(), "document/xml-syntax");
    assert!(reading.findings[0].place().to_string().starts_with("line 72 "), "{}", reading.findings[0].place());
}

#[test]
fn every_document_that_goes_out_is_accepted_by_the_official_schema() {
    let Some(folder) = crate::testing::shared(FOLDER) else { return };
    let sample = std::fs::read_to_string(folder.join("TT_EX002b.xml")).expect("readable");
    let (begin, end) = ("<AdditionalDocument>", "</AdditionalDocument>");
    let item = sample.find("<GovernmentAgencyGoodsItem>").expect("an item");
    let from = item + sample[item..].find(begin).expect("a document");
    let until = from + sample[from..].find(end).expect("its end") + end.len();
    let place = tempfile::tempdir().expect("a folder");
    let schemas = folder.join("schemas/wco/declaration");
    let import = |namespace: &str, file: &str| {
        let file = schemas.join(file).canonicalize().expect("a schema");
        format!("<xs:import namespace=\"{namespace}\" schemaLocation=\"{}\"/>", file.display())
    };
    let driver = format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{}{}</xs:schema>",
        import("urn:wco:datamodel:WCO:DocumentMetaData-DMS:2", "DocumentMetaData_2_DMS.xsd"),
        import("urn:wco:datamodel:WCO:DEC-DMS:2", "WCO_DEC_2_DMS.xsd")
    );
    let schema = place.path().join("driver.xsd");
    std::fs::write(&schema, driver).expect("written");
    let mut files: Vec<PathBuf> = Vec::new();
    for (format, file) in [("cnca-ccc@1", "ccc-certificates.json"), ("cnca-report@2016", "cnca-report-small.xlsx")] {
        let Some(converted) = converted(format, file) else { return };
        for one in &converted.documents {
            let shown: Vec<String> = one.written.findings.iter().map(ToString::to_string).collect();
            assert!(one.written.may_be_sent(), "{file}: {shown:#?}");
            let text = text(&one.written);
            let fragment = text.split_once("?>").expect("a declaration").1;
            let file = place.path().join(format!("{}.xml", files.len()));
            std::fs::write(&file, format!("{}{fragment}{}", &sample[..from], &sample[until..])).expect("written");
            files.push(file);
        }
    }
    assert!(files.len() > 50, "{}", files.len());
    // What the schema must refuse, so that its silence says something.
    let long = place.path().join("long.xml");
    let bad = format!("<AdditionalDocument><ID>{}</ID></AdditionalDocument>", "9".repeat(71));
    std::fs::write(&long, format!("{}{bad}{}", &sample[..from], &sample[until..])).expect("written");
    let judge = |files: &[PathBuf]| {
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(&schema).args(files).output()
    };
    let judged = match judge(&files) {
        Ok(judged) => judged,
        Err(error) => {
            eprintln!("SKIPPED every_document_that_goes_out_is_accepted_by_the_official_schema: xmllint: {error}");
            return;
        }
    };
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    assert!(!judge(&[long]).expect("xmllint").status.success());
    eprintln!("{} documents accepted by the official schema", files.len());
}
