//! Customs documents: what goes out, held against the owner's schema, and the owner's samples as they are read.

use serde_json::{Value, json};

use super::customs::Declaration;
use super::mutation::mutations;
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
            for one in each {
                cut(one, &**key == "GovernmentAgencyGoodsItem", found);
            }
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
    let Some(declaration) = Declaration::official() else { return };
    let mut documents = Vec::new();
    for (format, file) in [("cnca-ccc@1", "ccc-certificates.json"), ("cnca-report@2016", "cnca-report-small.xlsx")] {
        let Some(converted) = converted(format, file) else { return };
        for one in &converted.documents {
            let shown: Vec<String> = one.written.findings.iter().map(ToString::to_string).collect();
            assert!(one.written.may_be_sent(), "{file}: {shown:#?}");
            documents.push(text(&one.written));
        }
    }
    assert!(documents.len() > 50, "{}", documents.len());
    let Some(judged) = declaration.judge(&documents) else { return };
    let refused: Vec<&String> = judged.iter().filter_map(|one| one.as_ref().err()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    // What the schema must refuse, so that its silence says something.
    let long = format!("<AdditionalDocument><ID>{}</ID></AdditionalDocument>", "9".repeat(71));
    assert!(declaration.judge(&[long]).expect("xmllint")[0].is_err());
    eprintln!("{} documents accepted by the official schema", documents.len());
}

/// A document of the format with every part that it has, as a tree.
const WHOLE: &str = r#"<AdditionalDocument xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"
    xmlns:ds="urn:wco:datamodel:WCO:Declaration_DS:DMS:2"><CategoryCode>N</CategoryCode>
    <EffectiveDateTime><ds:DateTimeString formatCode="102">20261003</ds:DateTimeString></EffectiveDateTime>
    <ID>2026010703000001</ID><Name>Certificate of conformity</Name><TypeCode>002</TypeCode>
    <LPCOExemptionCode>AC</LPCOExemptionCode><Submitter><Name>Example Certification</Name><RoleCode>A</RoleCode></Submitter>
    <WriteOff><QuantityQuantity>1</QuantityQuantity></WriteOff></AdditionalDocument>"#;

#[test]
fn what_the_official_schema_refuses_is_never_accepted() {
    let Some(declaration) = Declaration::official() else { return };
    let whole = parse(WHOLE.as_bytes(), Syntax::Xml, &Limits::default()).expect("XML").document.root.to_json();
    let mut changes = vec![("nothing".to_owned(), whole.clone())];
    changes.extend(mutations(&whole));
    // Elements in another order.
    if let Some(members) = whole.as_object().and_then(|root| root.values().next()).and_then(Value::as_object) {
        for (name, member) in members {
            let mut first = serde_json::Map::from_iter([(name.clone(), member.clone())]);
            first.extend(members.iter().filter(|(other, _)| *other != name).map(|(n, m)| (n.clone(), m.clone())));
            changes.push((format!("{name} first"), json!({ (ROOT): first })));
        }
    }
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    for (name, tree) in changes {
        // What is no tree of XML cannot be sent.
        let document = Document { syntax: Syntax::Xml, root: Node::from(&tree) };
        if let Ok(bytes) = document.write() {
            names.push(name);
            texts.push(String::from_utf8(bytes).expect("UTF-8"));
        }
    }
    let Some(official) = declaration.judge(&texts) else { return };
    let issue = json!({"sender": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}});
    let reading = ReadContext { mapping: Context::new(data_day()).issuing(&issue), ..ReadContext::on(data_day()) };
    // Why we refuse more, each a part of what is said.
    let reasons = [
        ("/CategoryCode schema/const", "under another category the type codes mean something else"),
        ("/ID schema/required", "a document without a number names no certificate"),
        ("/TypeCode schema/required", "without its sort a document says nothing that we could read"),
        ("/TypeCode mapping/unknown-code", "only the two sorts that mean a certificate are read"),
        ("DateTimeString", "a record has a day of issue, and a day is one: the owner's schema takes any text"),
        ("/AdditionalDocument rule/number-missing", "a document without a number names no certificate"),
        ("/AdditionalDocument schema/type", "an element with nothing in it is a text and no document"),
        ("/TypeCode mapping/missing-value", "as above"),
        ("/ID mapping/missing-value", "as above"),
        (
            "/WriteOff/QuantityQuantity schema/",
            "what is written off is no less than nothing, and stands without blanks",
        ),
        ("/TypeCode schema/max-length", "the owner's schema lets blanks pass around a code"),
        ("/Submitter schema/type", "an element with nothing in it is a text and no party"),
        ("/WriteOff schema/type", "an element with nothing in it is a text and no amount"),
    ];
    let (mut wrong, mut met) = (Vec::new(), std::collections::BTreeSet::new());
    let (mut refused, mut stricter) = (0, 0);
    for ((name, text), official) in names.iter().zip(&texts).zip(&official) {
        let read = Catalogue::bundled().read(FORMAT, text.as_bytes(), None, &reading).expect("a format");
        let said: Vec<String> = read
            .all_findings()
            .filter(|one| one.is_error())
            .map(|one| format!("{} {}", one.place(), one.code()))
            .collect();
        match (official, said.as_slice()) {
            (Err(_), []) => wrong.push(format!("only the owner's schema refuses {name}: {text}")),
            (Err(_), _) => refused += 1,
            (Ok(()), []) => {}
            (Ok(()), said) => {
                stricter += 1;
                for line in said {
                    match reasons.iter().find(|(reason, _)| line.contains(reason)) {
                        Some((reason, _)) => drop(met.insert(*reason)),
                        None => wrong.push(format!("we alone refuse {name}, without a reason: {line}")),
                    }
                }
            }
        }
    }
    eprintln!("{FORMAT}: {} changes, {refused} refused by both, {stricter} by ours alone", texts.len());
    assert!(official[0].is_ok(), "{:?}", official[0]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let needless: Vec<_> = reasons.iter().filter(|(reason, _)| !met.contains(reason)).collect();
    assert!(needless.is_empty(), "nothing is refused for {needless:?}");
    assert!(refused > 100, "{refused}");
}
