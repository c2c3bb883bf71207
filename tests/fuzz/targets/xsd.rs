//! XML Schema: files of one schema and documents that it judges. A schema is refused at a file and a line, or judges every
//! document the same way twice.

use std::collections::BTreeMap;

use certbridge::document::{Limits, Syntax, parse};
use certbridge::schema::{Installed, Language, SchemaError, Schemas};

use super::{Target, parts, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "xsd",
    hold,
    seeds: seeds::xsd_units,
    shape: Shape::Text(TOKENS),
    inputs: 3_000,
    most_bytes: 16 << 10,
};

const TOKENS: &[&str] = &[
    "<xs:element name=\"r\" type=\"t:T\"/>",
    "<xs:complexType name=\"T\">",
    "</xs:complexType>",
    "<xs:sequence>",
    "</xs:sequence>",
    "<xs:choice maxOccurs=\"unbounded\">",
    "</xs:choice>",
    "<xs:all>",
    "</xs:all>",
    "<xs:any/>",
    "<xs:group ref=\"t:g\"/>",
    "<xs:extension base=\"t:T\">",
    "<xs:restriction base=\"xs:string\">",
    "</xs:restriction>",
    "<xs:simpleType>",
    "</xs:simpleType>",
    "<xs:pattern value=\"\\p{L}+\"/>",
    "<xs:pattern value=\"(a*)*\"/>",
    "<xs:pattern value=\"a{1,1000}\"/>",
    "<xs:pattern value=\"[a-z-[aeiou]]\"/>",
    "<xs:enumeration value=\"a\"/>",
    "<xs:maxLength value=\"3\"/>",
    "<xs:totalDigits value=\"2\"/>",
    "<xs:minInclusive value=\"1\"/>",
    " minOccurs=\"0\"",
    " maxOccurs=\"2\"",
    " maxOccurs=\"4294967296\"",
    " maxOccurs=\"1000\"",
    " type=\"xs:date\"",
    " type=\"xs:dateTime\"",
    " type=\"xs:decimal\"",
    " type=\"xs:double\"",
    " type=\"xs:duration\"",
    " ref=\"t:r\"",
    " base=\"t:T\"",
    " abstract=\"true\"",
    " nillable=\"true\"",
    " fixed=\"1\"",
    " default=\"1\"",
    " use=\"required\"",
    "<xs:attribute name=\"a\"/>",
    "<xs:attributeGroup ref=\"t:g\"/>",
    "<xs:include schemaLocation=\"a.xsd\"/>",
    "<xs:import namespace=\"urn:u\" schemaLocation=\"b.xsd\"/>",
    "<xs:list itemType=\"xs:int\"/>",
    "<xs:union memberTypes=\"xs:int xs:string\"/>",
    "<xs:key name=\"k\"><xs:selector xpath=\"a\"/><xs:field xpath=\"@b\"/></xs:key>",
    "<xs:annotation><xs:documentation>x</xs:documentation></xs:annotation>",
    "\n=== b.xsd\n",
    "\n=== d.xml\n",
    "2026-02-29",
    "-0001-01-01T24:00:00Z",
    "P1Y2M3DT4H5M6.7S",
    "1e400",
    "INF",
    "NaN",
    "-0",
    "+1.50",
];

fn hold(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (mut files, mut documents) = (BTreeMap::new(), Vec::new());
    for (name, content) in parts(text).into_iter().take(12) {
        if name.rsplit('.').next() == Some("xml") {
            documents.push(content);
        } else {
            let name = if name.is_empty() { "a.xsd" } else { name };
            files.entry(name.to_owned()).or_insert_with(|| content.to_owned());
        }
    }
    let Some(first) = files.keys().next().cloned() else { return };
    let installed =
        Installed { format: "t@1".to_owned(), language: Language::Xsd, files, entries: vec![first], root: None };
    // Files beyond those that are reached make no schema whole.
    let pruned = Schemas::of(&installed.clone().pruned()).is_ok();
    let schemas = match Schemas::of(&installed) {
        Ok(schemas) => schemas,
        Err(SchemaError::Unusable { reason, .. }) => {
            assert!(reason.contains(':'), "{reason} names no line");
            return;
        }
        Err(other) => panic!("{other}"),
    };
    assert!(pruned, "taken whole, and refused without what is not reached");
    let schema = schemas.schema("t@1").expect("the one");
    for document in documents {
        let Ok(parsed) = parse(document.as_bytes(), Syntax::Xml, &Limits::default()) else { continue };
        let found = schema.validate_document(&parsed.document).expect("checked a moment ago");
        found.iter().for_each(told);
        let written = parsed.document.write().expect("XML is written");
        let back = super::again(&written, Syntax::Xml);
        let again = schema.validate_document(&back).expect("checked a moment ago");
        let codes = |all: &[certbridge::finding::Finding]| {
            all.iter().map(certbridge::finding::Finding::code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&again), codes(&found), "one document, one verdict");
    }
}
