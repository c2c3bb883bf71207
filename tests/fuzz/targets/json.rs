//! JSON: the same language as another reader's, and the same tree and bytes after writing.

use certbridge::document::{Limits, Syntax, parse};

use super::{Target, again, read, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "json",
    hold,
    seeds: || [seeds::examples(&[".json"]), JSON.iter().map(|text| text.as_bytes().to_vec()).collect()].concat(),
    shape: Shape::Text(TOKENS),
    inputs: 6_000,
    most_bytes: 16 << 10,
};

pub(crate) const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u",
    "\\ud834\\udd1e",
    "\\ud800",
    "\\udc00",
    "\\u0000",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e400",
    "1E-400",
    "-1",
    "9007199254740993",
    "0.1",
    "\u{feff}",
    "\u{2028}",
    "证书",
    "𠮷",
    " ",
    "\n",
    "\t",
    "\r",
    "{\"a\":",
    "[[",
    "]]",
    "\"a\":1,\"a\":2",
    "\\\"",
    "\\/",
    "e",
    "E+",
    ".",
];

const JSON: &[&str] = &[
    "{\"证书编号\":2026800703100003,\"n\":[1E2,-0,2.50,1e-400],\"t\":\"A\\\"\\\\\\n\\u0001𠮷\",\"e\":{},\"l\":[],\"z\":null}",
    "[[[[\"\\ud834\\udd1e\"]]],true,false,null,-1.5e-3,\"\\u00e9\"]",
];

/// Refusals of what another reader of JSON takes: our own limits, and names that stand twice.
const OURS: &[&str] = &[
    "document/duplicate-key",
    "document/too-deep",
    "document/too-many-values",
    "document/string-too-long",
    "document/number-too-long",
    "document/too-much-text",
    "document/empty",
    "document/other-content",
];

fn hold(bytes: &[u8]) {
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let theirs = serde_json::from_slice::<serde_json::Value>(plain);
    let Some(document) = read(bytes, Syntax::Json) else {
        let refusal = parse(bytes, Syntax::Json, &Limits::default()).expect_err("refused a moment ago");
        assert!(theirs.is_err() || OURS.contains(&refusal.code()), "{refusal}: another reader takes it");
        return;
    };
    match theirs {
        // Both hold the same values, in the same order.
        Ok(value) => assert_eq!(document.root.to_json(), value),
        Err(error) => assert!(error.to_string().contains("recursion limit"), "another reader refuses it: {error}"),
    }
    let written = document.write().expect("JSON is written");
    assert_eq!(again(&written, Syntax::Json), document);
    told_of_a_limit(bytes);
}

/// With small limits the same input is read or refused by one of them.
fn told_of_a_limit(bytes: &[u8]) {
    let small = Limits { depth: 3, nodes: 9, string_bytes: 12, number_chars: 5, text_bytes: 40, ..Limits::default() };
    if let Err(refusal) = parse(bytes, Syntax::Json, &small) {
        told(&refusal);
        let limit = refusal.value("limit").unwrap_or_default();
        assert!(["depth", "nodes", "string-bytes", "number-chars", "text-bytes"].contains(&limit), "{refusal}");
    }
}
