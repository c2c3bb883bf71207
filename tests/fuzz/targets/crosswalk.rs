//! The loader of crosswalks: what it refuses names a file, a line and what to write; what it takes maps any document
//! without a panic.

use std::sync::LazyLock;

use certbridge::codes::Codes;
use certbridge::document::{Document, Limits, Node, Sheet, Syntax, Value, Workbook, parse};
use certbridge::format::Catalogue;
use certbridge::mapping::{Context, Crosswalk, Library};

use super::{Target, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "crosswalk",
    hold,
    seeds: seeds::crosswalks,
    shape: Shape::Text(TOKENS),
    inputs: 400,
    most_bytes: 20 << 10,
};

const TOKENS: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "|",
    ">",
    "!t ",
    "? ",
    "---\n",
    "...\n",
    "\t",
    "record: ",
    "wire: ",
    "steps: ",
    "[{date: [iso]}]",
    "codes: status",
    "rules:",
    "each: ",
    "key: ",
    "where: ",
    "const: ",
    "implied: ",
    "derive: ",
    "from: ",
    "template: ",
    "required: both",
    "not-carried: [\"*\"]",
    "include: ",
    "syntax: json",
    "syntax: xml",
    "syntax: csv",
    "syntax: workbook",
    "format: t@1",
    "direction: in",
    "key.number",
    "holder.name{zh}",
    "status.history[0].status",
    "\"{a|pct}\"",
    "otherwise: ",
    "parts: ",
    "pick: ",
    "join: ",
    "sheets: ",
    "title: ",
    "narrows: ",
    "<<: *a",
];

static RECORD: LazyLock<serde_json::Value> = LazyLock::new(certbridge::record::schema);
static FILES: LazyLock<std::collections::BTreeMap<String, String>> = LazyLock::new(Catalogue::bundled_files);

fn hold(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let includes = |name: &str| FILES.get(name).cloned();
    let library = Library { codes: Codes::bundled(), includes: &includes, record: &RECORD };
    let crosswalk = match Crosswalk::parse(text, "t/1.yaml", &library) {
        Ok(crosswalk) => crosswalk,
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            for error in errors {
                assert!(!error.file.is_empty() && !error.message.is_empty(), "{error}");
                // A carriage return alone is a line break of YAML.
                let most = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 2;
                assert!(error.file != "t/1.yaml" || (1..=most).contains(&error.line), "{error}: line of {most}");
            }
            return;
        }
    };
    let context = Context::new("2026-11-20".parse().expect("a day"));
    for error in crosswalk.missing("t/1.yaml", None, &RECORD) {
        assert!(!error.message.is_empty());
    }
    for document in documents(crosswalk.syntax()) {
        let put = crosswalk.put(&document, &[], &context);
        put.findings.iter().chain(put.records.iter().flat_map(|one| &one.findings)).for_each(told);
    }
    for record in seeds::records() {
        let got = crosswalk.get(&[record], &context);
        got.records.iter().flat_map(|one| &one.findings).for_each(told);
        // What cannot be written says so.
        _ = got.document.write();
    }
}

/// Some documents of a syntax.
fn documents(syntax: Syntax) -> Vec<Document> {
    let read = |text: &[u8], syntax| parse(text, syntax, &Limits::default()).map(|parsed| parsed.document).ok();
    match syntax {
        Syntax::Json | Syntax::JsonLines => {
            let texts: [&[u8]; 3] = [b"{}", "[{\"证书编号\":\"1\",\"a\":[{\"b\":1}]}]".as_bytes(), b"\"x\""];
            texts.iter().filter_map(|text| read(text, syntax)).collect()
        }
        Syntax::Csv => read("证书编号,a\n1,2\n".as_bytes(), syntax).into_iter().collect(),
        Syntax::Xml => read(b"<a b='1'><c>2</c></a>", syntax).into_iter().collect(),
        Syntax::Workbook => {
            let mut sheet = Sheet::new("证书信息表");
            sheet.put(1, 1, Node::text("x"));
            vec![Document { syntax, root: Node::new(Value::Workbook(Workbook { sheets: vec![sheet] })) }]
        }
    }
}
