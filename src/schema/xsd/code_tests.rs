//! Each violation with its own code, its place, and words in both languages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;

const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:element name="whole"><xs:complexType><xs:sequence>
    <xs:element name="a"><xs:simpleType><xs:restriction base="xs:string"><xs:length value="2"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="b" minOccurs="0" maxOccurs="2"><xs:simpleType><xs:union memberTypes="xs:int xs:boolean"/></xs:simpleType></xs:element>
    <xs:element name="c" minOccurs="0" type="amount"/>
    <xs:element name="d" minOccurs="0" nillable="true" type="xs:int"/>
    <xs:element ref="head" minOccurs="0"/>
    <xs:element name="e" minOccurs="0"><xs:complexType><xs:attribute name="must" use="required"/><xs:attribute name="same" fixed="x"/></xs:complexType></xs:element>
    <xs:element name="f" minOccurs="0" maxOccurs="9"><xs:complexType><xs:attribute name="id" type="xs:ID"/><xs:attribute name="to" type="xs:IDREF"/></xs:complexType></xs:element>
    <xs:element name="g" minOccurs="0"><xs:simpleType><xs:restriction base="xs:integer"><xs:minExclusive value="0"/><xs:maxExclusive value="9"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="h" minOccurs="0"><xs:simpleType><xs:restriction base="xs:integer"><xs:minInclusive value="1"/><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="i" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="2"/><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="j" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="a+"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="k" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="a"/></xs:restriction></xs:simpleType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="head" abstract="true"/>
  <xs:simpleType name="amount"><xs:restriction base="xs:decimal"><xs:totalDigits value="4"/><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>
</xs:schema>"#;

#[test]
fn each_violation_has_its_own_code_place_and_words() {
    let unit =
        Unit { files: BTreeMap::from([("t.xsd".to_owned(), SCHEMA.to_owned())]), entries: vec!["t.xsd".to_owned()] };
    let xsd = Xsd::compile(&unit, Some("whole")).unwrap_or_else(|error| panic!("{error}"));
    let xsi = |name: &str| format!("@{{http://www.w3.org/2001/XMLSchema-instance}}{name}");
    let mut codes = BTreeSet::new();
    for (members, wanted) in [
        (json!({}), "/a schema/element-missing"),
        (json!({"a": "ab", "z": ""}), "/z schema/element-unexpected"),
        (json!({"a": "ab", "b": ["1", "2", "3"]}), "/b/2 schema/element-unexpected"),
        (json!({"a": "abc"}), "/a schema/length"),
        (json!({"a": "ab", "b": ["1", "x"]}), "/b/1 schema/union"),
        (json!({"a": "ab", "c": "x"}), "/c schema/type"),
        (json!({"a": "ab", "c": "12345"}), "/c schema/total-digits"),
        (json!({"a": "ab", "c": "0.123"}), "/c schema/fraction-digits"),
        (json!({"a": "ab", "d": {xsi("nil"): "true", "#text": "1"}}), "/d schema/nil-content"),
        (json!({"a": {xsi("nil"): "true"}}), "/a schema/not-nillable"),
        (json!({"a": {xsi("type"): "x"}}), "/a schema/xsi-type"),
        (json!({"a": "ab", "head": ""}), "/head schema/abstract"),
        (json!({"a": "ab", "e": ""}), "/e/@must schema/required"),
        (json!({"a": "ab", "e": {"@must": "", "@more": ""}}), "/e/@more schema/attribute-unexpected"),
        (json!({"a": "ab", "e": {"@must": "", "@same": "y"}}), "/e/@same schema/const"),
        (json!({"a": "ab", "e": {"@must": "", "#text": "y"}}), "/e/#text schema/text-unexpected"),
        (json!({"a": "ab", "f": [{"@id": "x"}, {"@id": "x"}]}), "/f/1/@id schema/duplicate-id"),
        (json!({"a": "ab", "f": {"@to": "x"}}), "/f/@to schema/no-such-id"),
        (json!({"a": "ab", "g": "0"}), "/g schema/exclusive-minimum"),
        (json!({"a": "ab", "g": "9"}), "/g schema/exclusive-maximum"),
        (json!({"a": "ab", "h": "0"}), "/h schema/minimum"),
        (json!({"a": "ab", "h": "10"}), "/h schema/maximum"),
        (json!({"a": "ab", "i": "x"}), "/i schema/min-length"),
        (json!({"a": "ab", "i": "xxxx"}), "/i schema/max-length"),
        (json!({"a": "ab", "j": "b"}), "/j schema/pattern"),
        (json!({"a": "ab", "k": "b"}), "/k schema/enum"),
        (json!({"a": "ab", "k": null}), "/k schema/type"),
    ] {
        let found = xsd.content(&members);
        let shown: Vec<String> =
            found.iter().map(|finding| format!("{} {}", finding.place(), finding.code())).collect();
        // A text that may not be there is looked at all the same where it stands beside a nil.
        assert!(shown.iter().any(|one| one == wanted), "{members}: {shown:?}");
        for finding in found {
            let message = finding.message();
            assert!(!message.en.contains('{') && !message.zh.contains('{'), "{finding}");
            codes.insert(finding.code());
        }
    }
    let other = xsd.document(&json!({"{urn:u}whole": ""}));
    assert_eq!(other[0].code(), "schema/no-declaration");
    assert!(codes.len() >= 24, "{codes:?}");
}

#[test]
fn a_document_that_breaks_a_schema_everywhere_is_told_a_thousand_times_at_most() {
    let unit =
        Unit { files: BTreeMap::from([("t.xsd".to_owned(), SCHEMA.to_owned())]), entries: vec!["t.xsd".to_owned()] };
    let xsd = Xsd::compile(&unit, Some("whole")).expect("compiles");
    let many: Vec<Value> = (0..9)
        .map(|_| json!((0..500).map(|n| (format!("@n{n}"), json!(""))).collect::<serde_json::Map<_, _>>()))
        .collect();
    let found = xsd.content(&json!({"a": "ab", "f": many}));
    assert_eq!((found.len(), found.last().map(Finding::code)), (1_001, Some("schema/more")));
}
