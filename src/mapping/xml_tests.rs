//! XML through a crosswalk: namespaces, order, places, and the laws.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::report_tests::{day, load};
use super::*;
use crate::document::{Document, Limits, Node, Syntax, parse};

const WCO: &str = include_str!("../../mappings/wco-document/3.6.yaml");

const SMALL: &str = r#"
format: small@1
syntax: xml
namespaces: {a: "urn:a", b: "urn:b"}
root: a:Certificate
sequence: [Number, Sites.Site, Note]
rules:
  - {record: "title{en}", wire: Note}
  - each: {record: sites, wire: Sites.Site, key: [address.text]}
    rules:
      - {record: address.text, wire: "b:Street"}
      - {record: address.city, wire: "@b:city"}
  - {record: key.number, wire: Number.#text}
  - {record: identity_number, wire: "Number.@of"}
not-carried: ["*"]
"#;

fn crosswalk(text: &str) -> Crosswalk {
    match load(text) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

fn read(xml: &str) -> Document {
    parse(xml.as_bytes(), Syntax::Xml, &Limits::default()).expect(xml).document
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: std::collections::BTreeMap<_, _> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Whatever the document says comes back, and every leaf of it is in the account once.
fn laws(crosswalk: &Crosswalk, stored: &Value, document: &Document) -> Result<Value, TestCaseError> {
    let put = crosswalk.put_into(document, stored, &Context::new(day()));
    let context = Context::new(day()).issuing(&put.issue);
    let exact = crosswalk.get(&[&put.record], &context.exact()).document;
    prop_assert_eq!(sorted(&exact.root.to_json()), sorted(&document.root.to_json()), "{:#}", put.record);
    let mut leaves = Vec::new();
    document.leaves(|spot, _| leaves.push(spot.place().to_string().replace("[1]", "")));
    let mut accounted: Vec<_> =
        put.account.leaves.iter().map(|line| line.source.to_string().replace("[1]", "")).collect();
    leaves.sort();
    accounted.sort();
    prop_assert_eq!(accounted, leaves);
    let again = crosswalk.put_into(&exact, &put.record, &context);
    prop_assert_eq!(&again.record, &put.record);
    let plain = crosswalk.get(&[&put.record], &Context::new(day()).issuing(&put.issue)).document;
    let fresh = crosswalk.put_into(&plain, &Value::Null, &context);
    let plain_again = crosswalk.get(&[&fresh.record], &Context::new(day()).issuing(&fresh.issue)).document;
    prop_assert_eq!(sorted(&plain_again.root.to_json()), sorted(&plain.root.to_json()));
    Ok(put.record)
}

#[test]
fn elements_are_written_in_the_sequence_and_one_element_is_a_list_of_one() {
    let crosswalk = crosswalk(SMALL);
    for sites in [1, 2] {
        let site = |n: usize| format!("<b:Street xmlns:b='urn:b'>Street {n}</b:Street>");
        let sites: Vec<String> =
            (0..sites).map(|n| format!("<Site p:city='C{n}' xmlns:p='urn:b'>{}</Site>", site(n))).collect();
        let sites = sites.concat();
        let document = read(&format!(
            "<Certificate xmlns='urn:a'>\n<Number of='x'>1</Number><Sites>{sites}</Sites>\n<Odd/><Note>n</Note></Certificate>"
        ));
        let record = laws(&crosswalk, &Value::Null, &document).expect("the laws");
        assert_eq!(record["sites"][0]["address"], json!({"text": "Street 0", "city": "C0"}));
        let plain = crosswalk.get(&[&record], &Context::new(day())).document;
        let written = String::from_utf8(plain.write().expect("XML")).expect("UTF-8");
        assert!(written.contains("<Number of=\"x\">1</Number><Sites><Site xmlns:n0=\"urn:b\" n0:city=\"C0\"><Street xmlns=\"urn:b\">Street 0</Street></Site>"), "{written}");
        assert!(written.ends_with("</Sites><Note>n</Note></Certificate>"), "{written}");
    }
}

#[test]
fn a_root_of_another_namespace_is_no_document_of_the_format() {
    let crosswalk = crosswalk(SMALL);
    for xml in ["\n<Certificate/>", "\n<Certificate xmlns='urn:b'/>", "\n<a:Other xmlns:a='urn:a'/>"] {
        let put = crosswalk.put(&read(xml), &[], &Context::new(day()));
        assert!(put.records.is_empty());
        assert_eq!(put.findings[0].code(), "mapping/other-root");
        assert!(put.findings[0].place().to_string().starts_with("line 2 /"), "{}", put.findings[0].place());
    }
    let put = crosswalk.put(&read("<p:Certificate xmlns:p='urn:a'/>"), &[], &Context::new(day()));
    assert_eq!(put.records.len(), 1);
}

#[test]
fn a_prefix_that_is_not_named_is_a_load_error_and_so_is_a_missing_root() {
    for (text, words) in [
        (SMALL.replace("b:Street", "c:Street"), "does not name the prefix"),
        (SMALL.replace("root: a:Certificate", "title: x"), "XML needs `root:`"),
        (SMALL.replace("syntax: xml", "syntax: json"), "is for `syntax: xml`"),
    ] {
        let errors = load(&text).expect_err(words);
        assert!(errors.iter().any(|error| error.message.contains(words)), "{errors:?}");
    }
}

fn of(values: &'static [&'static str]) -> BoxedStrategy<Option<Value>> {
    prop::option::of(prop::sample::select(values).prop_map(|text| json!(text))).boxed()
}

/// A fragment of any of the elements, with leaves good and bad.
fn fragment() -> BoxedStrategy<Value> {
    const DAY: &str = "{urn:wco:datamodel:WCO:Declaration_DS:DMS:2}DateTimeString";
    let day = (of(&["20261003", "20261003090000+08", "20260230", "", "x"]), of(&["102", "304", "9"])).prop_map(
        |(text, code)| {
            let mut members = serde_json::Map::new();
            members.extend(code.map(|code| ("@formatCode".to_owned(), code)));
            members.extend(text.filter(|text| text != "").map(|text| ("#text".to_owned(), text)));
            let content = if members.is_empty() { json!("") } else { Value::Object(members) };
            Some(json!({DAY: content}))
        },
    );
    let submitter = (of(&["Acme", "甲公司", ""]), of(&["A"])).prop_map(|(name, role)| {
        let members: serde_json::Map<_, _> =
            [("Name", name), ("RoleCode", role)].into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect();
        (!members.is_empty()).then_some(Value::Object(members))
    });
    let odd =
        prop::sample::select(vec![json!({"@x": "1", "#text": "2"}), json!(["1", "2"]), json!({"Deep": {"er": "1"}})]);
    let fields = (
        of(&["N", "C", ""]),
        prop_oneof![1 => Just(None), 4 => day],
        prop_oneof![6 => of(&["2026010101000001", " pad ", ""]), 1 => odd.clone().prop_map(Some)],
        of(&["Title", "名称", "x2345678901234567890123456789012345678"]),
        of(&["002", "016", "2", "601", ""]),
        of(&["AE"]),
        prop_oneof![1 => Just(None), 3 => submitter],
        prop_oneof![3 => Just(None), 1 => odd.prop_map(Some)],
    );
    fields
        .prop_map(|(category, day, id, name, code, exemption, submitter, other)| {
            let members: serde_json::Map<_, _> = [
                ("CategoryCode", category),
                ("EffectiveDateTime", day),
                ("ID", id),
                ("Name", name),
                ("TypeCode", code),
                ("LPCOExemptionCode", exemption),
                ("Submitter", submitter),
                ("Other", other),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
            let content = if members.is_empty() { json!("") } else { Value::Object(members) };
            json!({"{urn:wco:datamodel:WCO:DEC-DMS:2}AdditionalDocument": content})
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_for_fragments_of_customs_declarations(first in fragment(), second in fragment()) {
        // Which records it may carry is no matter of these laws: a reading may leave open what a record is.
        let everything: Vec<&str> = WCO.lines().filter(|line| !line.starts_with("applies:")).collect();
        let crosswalk = crosswalk(&everything.join("\n"));
        let read = |tree: &Value| {
            let document = Document { syntax: Syntax::Xml, root: Node::from(tree) };
            read(&String::from_utf8(document.write().expect("XML")).expect("UTF-8"))
        };
        let stored = laws(&crosswalk, &Value::Null, &read(&first))?;
        laws(&crosswalk, &stored, &read(&second))?;
    }
}
