//! For tests: the golden pairs under `docs/formats/examples/<format>/`, as documents of their formats.
//!
//! A pair is a JSON file. Its document stands under the name of its syntax: `document` (JSON), `ndjson` (a list of
//! lines), `csv` (a list of rows as they are spelt), `xml` (a text), `workbook` (for each sheet its rows by number, each a
//! line of its cells by column letters).

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::clock::Day;
use crate::document::{Document, Limits, Node, Number, Sheet, Syntax, Value as Leaf, Workbook, parse};
use crate::finding::column_letters;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats/examples");

/// The member that holds a document of a syntax.
const MEMBERS: [(&str, Syntax); 5] = [
    ("document", Syntax::Json),
    ("ndjson", Syntax::JsonLines),
    ("csv", Syntax::Csv),
    ("xml", Syntax::Xml),
    ("workbook", Syntax::Workbook),
];

/// One pair.
pub(crate) struct Pair {
    pub(crate) path: PathBuf,
    pub(crate) content: Map<String, Value>,
}

impl Pair {
    /// Name of its file, without the ending.
    pub(super) fn name(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }
}

/// All pairs of a format, by name.
pub(crate) fn pairs(format: &str) -> Vec<Pair> {
    let folder = Path::new(EXAMPLES).join(format);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{format} has no golden pairs: {}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{format} has no pairs");
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read(&path).expect("readable");
            let content = serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            Pair { path, content }
        })
        .collect()
}

/// The formats that have a folder of pairs.
pub(super) fn folders() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(EXAMPLES)
        .expect("examples")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// The document of a pair as the bytes that a sender would send, with their syntax; nothing where it has none.
pub(crate) fn bytes_of(content: &Map<String, Value>) -> Option<(Syntax, Vec<u8>)> {
    let (member, syntax) = MEMBERS.into_iter().find(|(member, _)| content.contains_key(*member))?;
    let value = &content[member];
    let texts = || value.as_array().expect("a list").iter();
    let bytes = match syntax {
        Syntax::Json => value.to_string().into_bytes(),
        Syntax::JsonLines => texts().flat_map(|line| format!("{line}\n").into_bytes()).collect(),
        Syntax::Csv => texts().flat_map(|row| format!("{}\r\n", row.as_str().expect("a row")).into_bytes()).collect(),
        Syntax::Xml => value.as_str().expect("a text").as_bytes().to_vec(),
        Syntax::Workbook => {
            let sheets = value.as_object().expect("sheets").iter().map(|(name, rows)| sheet(name, rows)).collect();
            let root = Node::new(Leaf::Workbook(Workbook { sheets }));
            Document { syntax, root }.write().expect("a workbook")
        }
    };
    Some((syntax, bytes))
}

/// A document as it stands in a pair.
pub(super) fn shown(document: &Document) -> (&'static str, Value) {
    let (member, _) = MEMBERS.into_iter().find(|(_, syntax)| *syntax == document.syntax).expect("a syntax");
    let text = || String::from_utf8(document.write().expect("written")).expect("UTF-8");
    let value = match document.syntax {
        Syntax::Json | Syntax::JsonLines => document.root.to_json(),
        Syntax::Csv => text().trim_end_matches("\r\n").split("\r\n").map(|row| json!(row)).collect(),
        Syntax::Xml => json!(text()),
        Syntax::Workbook => {
            Value::Object(document.sheets().iter().map(|sheet| (sheet.name.clone(), rows(sheet))).collect())
        }
    };
    (member, value)
}

/// The document that bytes hold.
pub(crate) fn parsed(syntax: Syntax, bytes: &[u8]) -> Document {
    parse(bytes, syntax, &Limits::default()).expect("parses").document
}

fn rows(sheet: &Sheet) -> Value {
    let cell = |cell: &crate::document::Cell| {
        let value = match &cell.node.value {
            Leaf::DateCell(day) => json!({ "date": day.to_string() }),
            Leaf::Number(number) => json!({ "number": number.as_str() }),
            _ => cell.node.to_json(),
        };
        (column_letters(cell.column), value)
    };
    let row =
        |row: &crate::document::Row| (row.number.to_string(), Value::Object(row.cells.iter().map(cell).collect()));
    Value::Object(sheet.rows.iter().map(row).collect())
}

fn sheet(name: &str, rows: &Value) -> Sheet {
    let mut sheet = Sheet::new(name);
    for (number, cells) in rows.as_object().expect("rows") {
        for (letters, value) in cells.as_object().expect("cells") {
            let text = |name: &str| value.get(name).and_then(Value::as_str);
            let node = match (text("date"), text("number")) {
                (Some(day), _) => Node::new(Leaf::DateCell(day.parse::<Day>().expect("a day"))),
                (_, Some(number)) => Node::new(Leaf::Number(Number::parse(number).expect("a number"))),
                _ => Node::from(value),
            };
            let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
            sheet.put(number.parse().expect("a row"), column, node);
        }
    }
    sheet
}
