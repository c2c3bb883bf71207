//! XML read and written: what is one tree and what is refused, and that the tree comes back.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::document::{Document, Limits, Node, Syntax, element_place, parse};
use crate::finding::Finding;

fn read(xml: &str) -> Result<Document, Finding> {
    parse(xml.as_bytes(), Syntax::Xml, &Limits::default()).map(|parsed| parsed.document)
}

fn tree(xml: &str) -> Json {
    read(xml).expect(xml).root.to_json()
}

fn refusal(xml: &str) -> (&'static str, String) {
    let finding = read(xml).expect_err(xml);
    (finding.code().strip_prefix("document/").expect("of this room"), finding.place().to_string())
}

fn written(tree: &Json) -> String {
    let document = Document { syntax: Syntax::Xml, root: Node::from(tree) };
    String::from_utf8(document.write().expect("the shape of XML")).expect("UTF-8")
}

#[test]
fn elements_are_members_repeated_ones_lists_attributes_and_text_leaves() {
    assert_eq!(
        tree(
            "<a>\n <b>1</b>\n <c d='x'>2</c><e/><f g=''/><!-- no --><h>&lt;<![CDATA[&]]>&#x8BC1;</h>\n <i>1</i> <i> </i><i><j/></i></a>"
        ),
        json!({"a": {"b": "1", "c": {"@d": "x", "#text": "2"}, "e": "", "f": {"@g": ""}, "h": "<&证", "i": ["1", " ", {"j": ""}]}})
    );
}

#[test]
fn prefixes_are_form_and_namespaces_are_not() {
    let same = [
        "<a xmlns='urn:a'><b xmlns='urn:b' c='1'><d/></b></a>",
        "<p:a xmlns:p='urn:a'><q:b xmlns:q='urn:b' c='1'><q:d/></q:b></p:a>",
        "<x:a xmlns:x='urn:a' xmlns='urn:b'><b c='1'><d/></b></x:a>",
    ];
    for xml in same {
        assert_eq!(tree(xml), json!({"{urn:a}a": {"{urn:b}b": {"@c": "1", "d": ""}}}), "{xml}");
    }
    // No namespace within one; an attribute with a namespace; the prefix that nobody declares; where a schema lies.
    assert_eq!(
        tree(
            "<a xmlns='urn:a' xmlns:p='urn:p' p:c='1' xml:lang='en' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='x y' i:nil='true'><b xmlns=''/></a>"
        ),
        json!({"{urn:a}a": {"@{urn:p}c": "1", "@{http://www.w3.org/XML/1998/namespace}lang": "en",
            "@{http://www.w3.org/2001/XMLSchema-instance}nil": "true", "{}b": ""}})
    );
    assert_ne!(tree("<a xmlns='urn:a'/>"), tree("<a xmlns='urn:b'/>"));
}

#[test]
fn what_is_not_well_formed_or_has_two_readings_is_refused_at_its_place() {
    for (xml, code, place) in [
        ("<a>\n<b></a>", "xml-syntax", "line 2 column 4"),
        ("<a>", "xml-syntax", "line 1 column 4"),
        ("<a/><b/>", "xml-syntax", "line 1 column 5"),
        ("<a/>x", "xml-syntax", "line 1 column 5"),
        ("<a/>&lt;", "xml-syntax", "line 1 column 5"),
        ("<!-- a -- b --><a/>", "xml-syntax", "line 1 column 8"),
        ("<a>&x;</a>", "xml-syntax", "line 1 column 4"),
        ("<a>&#0;</a>", "xml-syntax", "line 1 column 4"),
        ("<a>]]></a>", "xml-syntax", "line 1 column 4"),
        ("<a b='<'/>", "xml-syntax", "line 1 column 1"),
        ("<a b='&#1;'/>", "xml-syntax", "line 1 column 1"),
        ("<a b=c/>", "xml-syntax", "line 1 column 1"),
        ("<:a/>", "xml-syntax", "line 1"),
        ("<a :xmlns='urn:a'/>", "xml-syntax", "line 1 /a"),
        ("<a xmlns:='urn:a'/>", "xml-syntax", "line 1 column 1"),
        ("<a b='1'c='2'/>", "xml-syntax", "line 1 column 1"),
        ("<1a/>", "xml-syntax", "line 1"),
        ("<a>\u{1}</a>", "xml-syntax", "line 1 column 4"),
        ("<a><?xml version='1.0'?></a>", "xml-syntax", "line 1 column 4"),
        ("<?xml version='1.0' encodinencoding='UTF-8'?><a/>", "xml-syntax", "line 1 column 1"),
        ("<?xml version='1.0'encoding='UTF-8'?><a/>", "xml-syntax", "line 1 column 1"),
        ("<?xml version='1.1'?><a/>", "xml-syntax", "line 1 column 1"),
        ("<?xml version='1.0' encoding='GBK'?><a/>", "xml-encoding", "line 1 column 1"),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>", "xml-encoding", "line 1 column 1"),
        ("<a>\n<?pi x?></a>", "xml-instruction", "line 2 /a"),
        ("<!DOCTYPE a><a/>", "doctype", "line 1 column 1"),
        ("<p:a/>", "xml-namespace", "line 1"),
        ("<a p:b=''/>", "xml-namespace", "line 1 /a"),
        ("<a xmlns:p=''/>", "xml-namespace", "line 1"),
        ("<a xmlns:xmlns='urn:a'/>", "xml-namespace", "line 1"),
        ("<a:b:c xmlns:a='urn:a'/>", "xml-syntax", "line 1"),
        ("<a b='' b=''/>", "xml-duplicate-attribute", "line 1"),
        ("<a><b xmlns:p='urn:a' xmlns:q='urn:a' p:c='' q:c=''/></a>", "xml-duplicate-attribute", "line 1 /a/b"),
        ("<a>\n<b>x<c/></b></a>", "xml-mixed-content", "line 2 /a/b"),
        ("<a><b/>\n<c/>\n<b/></a>", "xml-interleaved", "line 3 /a"),
    ] {
        assert_eq!(refusal(xml), (code, place.to_owned()), "{xml}");
    }
}

#[test]
fn utf_16_is_read_as_utf_8_is_and_nothing_is_guessed() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<a b='证'>𠮷</a>";
    for big in [false, true] {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
        let parsed = parse(&bytes, Syntax::Xml, &Limits::default()).expect("UTF-16");
        assert_eq!(parsed.document.root.to_json(), json!({"a": {"@b": "证", "#text": "𠮷"}}));
    }
    let parsed = parse(b"<a>\xb1\xe0</a>", Syntax::Xml, &Limits::default());
    assert_eq!(parsed.expect_err("GBK").code(), "document/xml-encoding");
}

#[test]
fn every_limit_of_xml_lets_pass_what_just_fits_and_names_itself_for_what_does_not() {
    let limits =
        Limits { depth: 3, nodes: 4, xml_attributes: 2, xml_token_bytes: 60, string_bytes: 9, ..Limits::default() };
    for (fits, breaks, code) in [
        ("<a><b><c/></b></a>".to_owned(), "<a><b><c><d/></c></b></a>".to_owned(), "document/too-deep"),
        ("<a><b/><b/><b/></a>".into(), "<a><b/><b/><b/><b/></a>".into(), "document/too-many-values"),
        ("<a><b c='' d=''/></a>".into(), "<a><b c='' d=''/><b/></a>".into(), "document/too-many-values"),
        ("<a b='' c=''/>".into(), "<a b='' c='' d=''/>".into(), "document/too-many-attributes"),
        ("<a>123456789</a>".into(), "<a>12345<![CDATA[67890]]></a>".into(), "document/string-too-long"),
        ("<a b='123456789'/>".into(), "<a b='1234567890'/>".into(), "document/string-too-long"),
        (
            format!("<a/><!--{}-->", "x".repeat(60)),
            format!("<a/><!--{}-->", "x".repeat(61)),
            "document/markup-too-long",
        ),
    ] {
        assert!(parse(fits.as_bytes(), Syntax::Xml, &limits).is_ok(), "{fits}");
        let refused = parse(breaks.as_bytes(), Syntax::Xml, &limits).expect_err(&breaks);
        assert_eq!(refused.code(), code, "{breaks}");
    }
    let limits = Limits { text_bytes: 6, ..Limits::default() };
    assert!(parse(b"<a><b>123</b><b>456</b></a>", Syntax::Xml, &limits).is_ok());
    let refused = parse(b"<a><b>123</b>\n<b>4567</b></a>", Syntax::Xml, &limits).expect_err("too much");
    assert_eq!((refused.code(), refused.place().to_string()), ("document/too-much-text", "line 2 /a/b".to_owned()));
    let deep = "<a>".repeat(300) + &"</a>".repeat(300);
    let refused = parse(deep.as_bytes(), Syntax::Xml, &Limits { depth: 1000, ..Limits::default() });
    assert_eq!(refused.expect_err("deep").code(), "document/too-deep");
}

#[test]
fn every_leaf_has_the_line_and_the_way_of_its_element() {
    let document = read("<a xmlns='urn:a'>\n<b c='1'\n>2</b>\n<b/>\n<d><e xmlns='urn:b'>3</e></d></a>").expect("XML");
    let mut places = Vec::new();
    document.leaves(|spot, _| places.push(spot.place()));
    let told: Vec<String> = places.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["line 2 /a/b[1]/@c", "line 2 /a/b[1]", "line 4 /a/b[2]", "line 5 /a/d/e"]);
    for (pointer, place) in [
        ("/{urn:a}a/b/0/#text", "line 2 /a/b[1]"),
        ("/{urn:a}a/b/1", "line 4 /a/b[2]"),
        ("/{urn:a}a/d/{urn:b}e", "line 5 /a/d/e"),
        ("/{urn:a}a/d/missing", "line 5 /a/d/missing"),
    ] {
        assert_eq!(element_place(&document.root, pointer).to_string(), place);
    }
}

#[test]
fn a_tree_is_written_with_attributes_first_and_namespaces_declared_where_they_begin() {
    let tree = json!({"{urn:a}a": {"b": ["1", {"#text": "x", "@c": "\"\n<", "@{urn:p}d": "&"}], "{urn:b}e": {"f": "]]>\r"}, "{}g": {}, "h": []}});
    assert_eq!(
        written(&tree),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:a\"><b>1</b><b c=\"&quot;&#10;&lt;\" xmlns:n1=\"urn:p\" n1:d=\"&amp;\">x</b><e xmlns=\"urn:b\"><f>]]&gt;&#13;</f></e><g xmlns=\"\"/></a>"
    );
    for tree in [
        json!("x"),
        json!({}),
        json!({"a": 1, "b": 2}),
        json!({"a": ["1", "2"]}),
        json!({"a": null}),
        json!({"a": {"b c": ""}}),
        json!({"a": {"@1": ""}}),
        json!({"a": {"@b": {}}}),
        json!({"a": {"#text": "x", "b": ""}}),
        json!({"a": [["1"]]}),
        json!({"a": "\u{1}"}),
    ] {
        let document = Document { syntax: Syntax::Xml, root: Node::from(&tree) };
        assert!(document.write().is_err(), "{tree}");
    }
}

#[test]
fn the_official_samples_are_read_whole_but_for_the_one_that_is_not_well_formed() {
    for (file, well_formed) in [("TT_EX002a.xml", false), ("TT_EX002b.xml", true), ("TT_EX004a.xml", true)] {
        let Some(path) = crate::testing::shared(&format!("reference/formats/wco-dec/{file}")) else { continue };
        let bytes = std::fs::read(path).expect("readable");
        let parsed = parse(&bytes, Syntax::Xml, &Limits::default());
        if !well_formed {
            let refused = parsed.expect_err("a comment with two hyphens");
            assert_eq!(refused.code(), "document/xml-syntax");
            continue;
        }
        let document = parsed.expect(file).document;
        let again = parse(&document.write().expect("XML"), Syntax::Xml, &Limits::default()).expect("XML").document;
        assert_eq!(again.root.to_json(), document.root.to_json());
        let items =
            "/{urn:wco:datamodel:WCO:DocumentMetaData-DMS:2}MetaData/{urn:wco:datamodel:WCO:DEC-DMS:2}Declaration";
        assert!(document.root.pointer(&format!("{items}/GoodsShipment/GovernmentAgencyGoodsItem")).is_some());
    }
}

// ---- generated trees

fn leaf() -> BoxedStrategy<String> {
    prop_oneof!["[ -~]{0,6}", "[\\t\\n\\r <>&\"']{0,4}", "[a证𠮷\u{a0}\u{fffd}]{0,3}"].boxed()
}

fn namespace() -> BoxedStrategy<&'static str> {
    prop::sample::select(vec!["", "urn:a", "urn:{b}", "http://c.example/&<\""]).boxed()
}

/// An element as a reader gives it, by the namespace around it: namespace, attributes, and text or elements.
#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Elements(Vec<(&'static str, &'static str, Vec<Element>)>),
}

type Element = (Vec<(&'static str, &'static str, String)>, Content);

fn element() -> BoxedStrategy<Element> {
    let attributes = || prop::collection::vec((namespace(), prop::sample::select(vec!["p", "q"]), leaf()), 0..3);
    let flat = (attributes(), leaf().prop_map(Content::Text)).boxed();
    flat.prop_recursive(4, 24, 3, move |inner| {
        let named = (namespace(), prop::sample::select(vec!["x", "y", "证"]), prop::collection::vec(inner, 1..3));
        (attributes(), prop::collection::vec(named, 1..4).prop_map(Content::Elements)).boxed()
    })
    .boxed()
}

fn as_tree(element: &Element, namespace: &str) -> Json {
    let (attributes, content) = element;
    let mut members = serde_json::Map::new();
    for (space, local, value) in attributes {
        members.insert(format!("@{}", crate::document::xml_name::key(space, local, "")), json!(value));
    }
    match content {
        Content::Text(text) if members.is_empty() => return json!(text),
        Content::Text(text) if text.is_empty() => {}
        Content::Text(text) => _ = members.insert("#text".into(), json!(text)),
        Content::Elements(elements) => {
            for (space, local, items) in elements {
                let items: Vec<Json> = items.iter().map(|item| as_tree(item, space)).collect();
                let value = match items.as_slice() {
                    [one] => one.clone(),
                    _ => Json::Array(items),
                };
                members.insert(crate::document::xml_name::key(space, local, namespace), value);
            }
        }
    }
    Json::Object(members)
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(space in namespace(), root in element()) {
        let tree = json!({crate::document::xml_name::key(space, "r", ""): as_tree(&root, space)});
        let xml = written(&tree);
        let back = read(&xml).map_err(|finding| TestCaseError::fail(format!("{finding} {xml}")))?;
        prop_assert_eq!(back.root.to_json().to_string(), tree.to_string(), "{}", xml);
        prop_assert_eq!(String::from_utf8(back.write().expect("XML")).expect("UTF-8"), xml);
    }

    #[test]
    fn torn_xml_never_panics_and_what_is_read_comes_back(
        root in element(), at in any::<prop::sample::Index>(), cut in 0..5_usize,
        put in prop::sample::select(vec!["", "<", ">", "&", "</x>", "<x>", " xmlns='u'", "x:", "--", "]]>", "\u{0}"]),
    ) {
        let xml = written(&json!({"r": as_tree(&root, "")}));
        let edges: Vec<usize> = xml.char_indices().map(|(edge, _)| edge).chain([xml.len()]).collect();
        let from = at.index(edges.len());
        let to = (from + cut).min(edges.len() - 1);
        let torn = format!("{}{put}{}", &xml[..edges[from]], &xml[edges[to]..]);
        if let Ok(document) = read(&torn) {
            let again = read(&String::from_utf8(document.write().expect("XML")).expect("UTF-8")).expect("XML");
            prop_assert_eq!(again.root.to_json(), document.root.to_json());
        }
    }
}
