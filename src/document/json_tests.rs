//! What the JSON reader accepts, what it refuses, and where.

use proptest::prelude::*;

use super::*;
use crate::document::{Document, Syntax, parse};

fn read(text: &str) -> Result<Node, Finding> {
    parse_json(text.as_bytes(), 0, &Limits::default())
}

fn refusal(text: &str, limits: &Limits) -> (String, String) {
    let finding = parse_json(text.as_bytes(), 0, limits).expect_err(text);
    (finding.code().to_owned(), finding.place().to_string())
}

#[test]
fn what_is_written_is_what_was_read() {
    let text = r#"{"编号":2026800703100003,"n":[1E2,-0,2.50,1e-400,123456789012345678901234567890],"t":"A\"\\\n\u0001𠮷","e":{},"l":[],"z":null,"b":[true,false]}"#;
    let root = read(text).expect("readable");
    let document = Document { syntax: Syntax::Json, root };
    assert_eq!(String::from_utf8(document.write().expect("JSON")).expect("UTF-8"), text);
}

#[test]
fn a_refusal_names_its_reason_and_its_place() {
    let limits = Limits::default();
    for (text, code, place) in [
        (r#"[{"a":{"b":1,"b":1}}]"#, "duplicate-key", "/0/a/b"),
        (r#"{"a":1,"\u0061":2}"#, "duplicate-key", "/a"),
        (r#"{"a":["A\ud800B"]}"#, "lone-surrogate", "/a/0"),
        (r#"["\udc00\ud800"]"#, "lone-surrogate", "/0"),
        (r#"["\ud800\u0041"]"#, "lone-surrogate", "/0"),
        (r#"{"a":1e400}"#, "number-out-of-range", "/a"),
        ("[1] [2]", "trailing-data", "line 1 column 5"),
        ("[1]\n\n  x", "trailing-data", "line 3 column 3"),
        ("{\"证书\":\n 1 1}", "json-syntax", "line 2 column 4"),
        ("[\"a\nb\"]", "control-character", "line 1 column 4"),
        ("", "json-syntax", "line 1 column 1"),
        ("[1,]", "json-syntax", "line 1 column 4"),
        ("{1:2}", "json-syntax", "line 1 column 2"),
        ("[01]", "json-syntax", "line 1 column 3"),
        ("[NaN]", "json-syntax", "line 1 column 2"),
        (r#"["\x"]"#, "json-syntax", "line 1 column 4"),
        (r#"["\u12"]"#, "json-syntax", "line 1 column 5"),
        (r#"["abc"#, "json-syntax", "line 1 column 6"),
    ] {
        assert_eq!(refusal(text, &limits), (format!("document/{code}"), place.to_owned()), "{text}");
    }
    let finding = parse_json(b"[\"a\", \"\xff\"]", 0, &limits).expect_err("not UTF-8");
    assert_eq!((finding.code(), finding.place().to_string().as_str()), ("document/not-utf8", "line 1 column 8"));
}

#[test]
fn a_name_that_stands_twice_is_told_of_in_short_objects_and_in_long_ones() {
    for many in [1, 2, SMALL - 1, SMALL, SMALL + 1, SMALL + 2, SMALL * 4] {
        for twice in [0, many / 2, many - 1] {
            let members: Vec<String> = (0..many).map(|number| format!("\"n{number}\":{{\"n{number}\":[]}}")).collect();
            let members = members.join(",");
            let text = format!("[0,{{{members}}},{{{members}}}]");
            let read = read(&text).expect("distinct");
            assert_eq!(read.item(2).and_then(Node::as_object).map(Object::len), Some(many));
            let text = format!("[0,{{{members}}},{{{members},\"n{twice}\":0,\"x\":}}]");
            let place = format!("/2/n{twice}");
            assert_eq!(refusal(&text, &Limits::default()), ("document/duplicate-key".to_owned(), place), "{many}");
        }
    }
}

#[test]
fn what_ends_a_run_of_a_string_is_found_wherever_it_stands() {
    let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    for length in 0..20 {
        for byte in 0..=u8::MAX {
            for at in 0..length {
                for around in [b'a', 0x20, 0x7f, 0x80, 0xff, b'!', b'#', b'[', b']'] {
                    let mut bytes = vec![around; length];
                    bytes[at] = byte;
                    // One more behind it, which must not be taken for the first.
                    let more = bytes.iter().copied().chain([b'"']).collect::<Vec<u8>>();
                    for bytes in [bytes, more] {
                        let wanted = bytes.iter().position(|byte| special(*byte)).unwrap_or(bytes.len());
                        assert_eq!(plain(&bytes), wanted, "{bytes:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_limit_lets_pass_what_just_fits_and_names_itself_for_what_does_not() {
    let small = Limits { depth: 3, nodes: 6, string_bytes: 9, number_chars: 4, text_bytes: 20, ..Limits::default() };
    for (fits, breaks, code, place) in [
        ("[[[]]]", "[[[[]]]]", "too-deep", "/0/0/0"),
        ("[1,2,3,4,5]", "[1,2,3,4,5,6]", "too-many-values", "/5"),
        (r#"{"a":"证书编"}"#, r#"{"a":"证书编1"}"#, "string-too-long", "/a"),
        (r#"["12345678\n"]"#, r#"["12345678\nx"]"#, "string-too-long", "/0"),
        (r#"{"a":{"123456789":1}}"#, r#"{"a":{"1234567890":1}}"#, "string-too-long", "/a"),
        ("[1234]", "[12345]", "number-too-long", "/0"),
        (r#"["12345678","12345678","1234"]"#, r#"["12345678","12345678","12345"]"#, "too-much-text", "/2"),
    ] {
        assert!(parse_json(fits.as_bytes(), 0, &small).is_ok(), "{fits}");
        assert_eq!(refusal(breaks, &small), (format!("document/{code}"), place.to_owned()), "{breaks}");
    }
    let limits = Limits { bytes: 4, ..Limits::default() };
    assert!(parse(b"[12]", Syntax::Json, &limits).is_ok());
    assert_eq!(parse(b"[123]", Syntax::Json, &limits).expect_err("refused").code(), "document/too-large");
}

#[test]
fn nesting_far_beyond_the_limit_does_not_reach_the_stack() {
    for open in ["[", "{\"a\":"] {
        let text = open.repeat(200_000);
        let (code, place) = refusal(&text, &Limits::default());
        assert_eq!((code.as_str(), place.split('/').count()), ("document/too-deep", 65));
        // A configuration that asks for any depth is held all the same.
        let careless = Limits { depth: u32::MAX, ..Limits::default() };
        assert_eq!(refusal(&text, &careless).0, "document/too-deep");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_as_serde_json_writes_it_and_written_so_that_it_reads_the_same(json in json()) {
        let text = json.to_string();
        let root = read(&text).expect("readable");
        prop_assert_eq!(&Node::from(&json), &root);
        let written = Document { syntax: Syntax::Json, root: root.clone() }.write().expect("JSON");
        prop_assert_eq!(str::from_utf8(&written).expect("UTF-8"), &text);
        prop_assert_eq!(read(&text).expect("readable"), root);
    }

    /// A text with something torn out or put in is JSON for both readers or for neither; only duplicate keys, which
    /// `serde_json` does not see, are ours to refuse.
    #[test]
    fn the_reader_and_serde_json_know_the_same_language(json in json(), at in any::<proptest::sample::Index>(),
            cut in 0_usize..3, put in prop::sample::select(vec!["", "\"", "\\", ",", "[", "}", "\\u12", "\\ud834\\udd1e",
                "1e5", "-", "0", ".", " ", "\n", "\t", "nul", "true", "\\/", "\u{1}", ":"])) {
        let text = json.to_string();
        let mut edges: Vec<usize> = text.char_indices().map(|(edge, _)| edge).collect();
        edges.push(text.len());
        let from = at.index(edges.len());
        let to = (from + cut).min(edges.len() - 1);
        let torn = format!("{}{put}{}", &text[..edges[from]], &text[edges[to]..]);
        let theirs = serde_json::from_str::<serde_json::Value>(&torn);
        match read(&torn) {
            Ok(node) => prop_assert_eq!(node.to_json().is_object(), theirs.expect(&torn).is_object()),
            Err(finding) if finding.code() == "document/duplicate-key" => {}
            Err(finding) => prop_assert!(theirs.is_err(), "{torn}: {finding}"),
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for syntax in [Syntax::Json, Syntax::JsonLines, Syntax::Csv, Syntax::Workbook, Syntax::Xml] {
            _ = parse(&bytes, syntax, &Limits::default());
        }
    }
}
