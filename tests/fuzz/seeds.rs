//! What inputs begin from: examples, schemas and crosswalks of the project, and small documents made here.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use certbridge::document::{Document, Node, Number, Sheet, Syntax, Value, Workbook};
use certbridge::format::Catalogue;
use certbridge::schema::{Installed, Language, Schemas};
use serde_json::Value as Json;

use crate::mutation::compound;

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().find(|folder| folder.join("tests/xsd/corpus.toml").exists());
    found.expect("the folder of the project").to_owned()
}

/// An example of `docs/formats/examples`: its format and what stands in it.
fn pairs() -> Vec<(String, Json)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = entries(&root().join("docs/formats/examples"));
    folders.sort();
    for folder in folders {
        let format = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let mut files = entries(&folder);
        files.sort();
        for file in files {
            let text = std::fs::read(&file).expect("readable");
            found.push((format.clone(), serde_json::from_slice(&text).expect("JSON")));
        }
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).expect("a folder");
    found.map(|entry| entry.expect("an entry").path()).collect()
}

/// The document of an example in one of these syntaxes (`.json`, `.ndjson`, `.csv`, `.xml`), as its sender would send it.
fn document(content: &Json, syntaxes: &[&str]) -> Option<Vec<u8>> {
    let lines = |member: &str, end: &str| -> Option<Vec<u8>> {
        let texts = content.get(member)?.as_array()?.iter();
        let line = |text: &Json| format!("{}{end}", text.as_str().map_or_else(|| text.to_string(), str::to_owned));
        Some(texts.map(line).collect::<String>().into_bytes())
    };
    syntaxes.iter().find_map(|syntax| match *syntax {
        ".json" => Some(content.get("document")?.to_string().into_bytes()),
        ".ndjson" => lines("ndjson", "\n"),
        ".csv" => lines("csv", "\r\n"),
        ".xml" => Some(content.get("xml")?.as_str()?.as_bytes().to_vec()),
        _ => None,
    })
}

/// The documents of all examples in these syntaxes.
pub(crate) fn examples(syntaxes: &[&str]) -> Vec<Vec<u8>> {
    pairs().iter().filter_map(|(_, content)| document(content, syntaxes)).collect()
}

/// The same, each with its format on a line before it.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let all = [".json", ".ndjson", ".csv", ".xml"];
    let one = |(format, content): &(String, Json)| {
        Some([format!("{format}\n").as_bytes(), &document(content, &all)?].concat())
    };
    pairs().iter().filter_map(one).collect()
}

/// Some records, as they are held.
pub(crate) fn records() -> impl Iterator<Item = &'static Json> {
    static RECORDS: LazyLock<Vec<Json>> = LazyLock::new(|| {
        pairs().into_iter().filter_map(|(_, content)| content.get("record").cloned()).step_by(7).take(6).collect()
    });
    RECORDS.iter()
}

/// NDJSON.
pub(crate) fn lines() -> Vec<u8> {
    examples(&[".ndjson"]).concat()
}

/// A small table, as CSV.
pub(crate) fn table() -> String {
    "证书编号,组织名称,备注\r\n2026010703000004,\"示例,照明\"\"有限\",\"一\r\n二\"\r\n,,\r\n1,𠮷\r\n".to_owned()
}

/// A small XML document with everything that the tree holds.
pub(crate) fn xml() -> Vec<u8> {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:a\" xmlns:p=\"urn:p\" p:b=\"1\" c='&lt;'><!-- x --><p:d>证&#x20BB7;<![CDATA[<]]></p:d><e/><e f=\"\"/><g xmlns=\"\"><h> </h></g></a>"
        .as_bytes()
        .to_vec()
}

/// A workbook as we write it.
pub(crate) fn workbook() -> Vec<u8> {
    let mut sheet = Sheet::new("证书信息表");
    let number = |text| Node::new(Value::Number(Number::parse(text).expect("a number")));
    sheet.put(1, 1, Node::text("证书号码"));
    sheet.put(1, 2, Node::text("备注\r\n_x000D_"));
    sheet.put(2, 1, number("160.5"));
    sheet.put(2, 2, Node::new(Value::DateCell("2026-11-20".parse().expect("a day"))));
    sheet.put(4, 27, Node::new(Value::Bool(true)));
    let sheets = vec![sheet, Sheet::new("审核结果信息表")];
    let root = Node::new(Value::Workbook(Workbook { sheets }));
    Document { syntax: Syntax::Workbook, root }.write().expect("a workbook")
}

/// A zip package of these entries.
pub(crate) fn package(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in entries {
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(content.as_bytes()).expect("content");
    }
    zip.finish().expect("a package").into_inner()
}

/// A workbook with every type of cell, formulas, merged areas, rich text, links outside and a chart sheet.
pub(crate) const PARTS: &[(&str, &str)] = &[
    (
        "_rels/.rels",
        "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"b\" Type=\"x/styles\" Target=\"styles.xml\"/><Relationship Id=\"c\" Type=\"x/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"d\" Type=\"x/chartsheet\" Target=\"c.xml\"/><Relationship Id=\"e\" Type=\"x/worksheet\" Target=\"http://192.0.2.1/\" TargetMode=\"External\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns:r=\"x\"><workbookPr date1904=\"0\"/><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"a\"/><sheet name=\"c\" sheetId=\"2\" r:id=\"d\"/></sheets></workbook>",
    ),
    (
        "xl/styles.xml",
        "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>",
    ),
    (
        "xl/sharedStrings.xml",
        "<sst><si><t>证书</t></si><si><r><t>甲</t></r><rPh sb=\"0\" eb=\"1\"><t>jia</t></rPh><r><t xml:space=\"preserve\"> 乙</t></r></si><si><t/></si></sst>",
    ),
    (
        "xl/worksheets/sheet1.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"inlineStr\"><is><r><t>a&#10;</t></r><r><t>_x000D_b</t></r></is></c><c r=\"AA1\"><v>2.03E+15</v></c></row><row r=\"4\"><c r=\"A4\" s=\"1\"><v>46346</v></c><c s=\"2\"><v>46346.5</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#REF!</v></c><c t=\"d\"><v>2026-11-20</v></c><c s=\"1\"/><c><f>1+1</f><v>+.5</v></c><c t=\"str\"><f>x</f></c></row></sheetData><mergeCells count=\"1\"><mergeCell ref=\"A1:A3\"/></mergeCells></worksheet>",
    ),
];

/// A workbook whose names have prefixes, with sheets and cells that state no place.
pub(crate) const STRICT_PARTS: &[(&str, &str)] = &[
    (
        "_rels/.rels",
        "<Relationships><Relationship Id=\"r\" Type=\"x/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"../xl/s1.xml\"/><Relationship Id=\"b\" Type=\"x/worksheet\" Target=\"s2.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<x:workbook xmlns:x=\"y\" xmlns:r=\"x\"><x:workbookPr date1904=\"1\"/><x:sheets><x:sheet name=\"一\" r:id=\"a\"/><x:sheet name=\"二\" r:id=\"b\"/></x:sheets></x:workbook>",
    ),
    (
        "xl/s1.xml",
        "<x:worksheet xmlns:x=\"y\"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>",
    ),
    ("xl/s2.xml", "<worksheet><sheetData/></worksheet>"),
];

/// An xls workbook with every kind of record that is read.
pub(crate) fn compound() -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| compound::record(kind, data);
    let cell =
        |row: u16, column: u16, rest: &[u8]| [&row.to_le_bytes()[..], &column.to_le_bytes(), &[1, 0], rest].concat();
    let head = |kind: u16| record(0x0809, &[&0x0600_u16.to_le_bytes()[..], &kind.to_le_bytes(), &[0; 12]].concat());
    let integers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let globals = [
        head(5),
        record(0x0022, &[0, 0]),
        record(0x041e, b"\xa4\0\x04\0\0yyyy"),
        record(0x00e0, &[&[0, 0, 14, 0][..], &[0; 16]].concat()),
        record(0x00e0, &[&[0, 0, 0xa4, 0][..], &[0; 16]].concat()),
        // Shared strings: wide, narrow, rich with a tail, and one that goes on in the next record.
        record(
            0x00fc,
            &[&integers(&[4, 4])[..], b"\x02\0\x01\xc1\x8b\x66\x4e\x01\0\0a\x01\0\x08\x01\0b\0\0\0\0\x04\0\0ab"]
                .concat(),
        ),
        record(0x003c, b"\x01\xc1\x8b\x66\x4e"),
        record(0x0085, b"\0\0\0\0\0\0\x01\0s"),
        record(0x0085, b"\0\0\0\0\0\0\x02\x01t\0u\0"),
        record(0x000a, &[]),
    ];
    let sheet = [
        head(16),
        record(0x00fd, &cell(0, 0, &integers(&[0]))),
        record(0x00fd, &cell(0, 1, &integers(&[3]))),
        record(0x0203, &cell(1, 0, &46346.0_f64.to_le_bytes())),
        record(0x027e, &cell(1, 2, &integers(&[(7 << 2) | 3]))),
        record(0x00bd, &[&cell(2, 0, &integers(&[(5 << 2) | 2]))[..], &[1, 0], &integers(&[9]), &[1, 0]].concat()),
        record(0x0205, &cell(3, 0, &[1, 0])),
        record(0x0205, &cell(3, 1, &[0x2a, 1])),
        record(0x0204, &cell(3, 2, b"\x01\0\0x")),
        record(0x0006, &cell(4, 0, &[&2.0_f64.to_le_bytes()[..], &[0; 6]].concat())),
        record(0x0006, &cell(4, 1, &[&[0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 6]].concat())),
        record(0x0207, b"\x02\0\x01\xc1\x8b\x66\x4e"),
        record(0x00e5, b"\x02\0\x01\0\x03\0\x03\0\x03\0\x00\0\x00\0\x04\0\x05\0"),
        record(0x000a, &[]),
        head(16),
        record(0x000a, &[]),
    ];
    compound::wrapped(&compound::located(&[globals.concat(), sheet.concat()].concat()))
}

/// Constructs of XML Schema, from the corpus of its tests: a schema and its documents.
fn constructs() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("tests/xsd/corpus.toml")).expect("the corpus");
    let corpus: toml::Table = toml::from_str(&text).expect("TOML");
    let one = |case: &toml::Value| {
        let schema = format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:t\" elementFormDefault=\"qualified\">{}</xs:schema>",
            case.get("schema").and_then(toml::Value::as_str).unwrap_or_default()
        );
        let lists = ["valid", "invalid"].iter().filter_map(|list| case.get(*list)?.as_array());
        let documents = lists.flatten().filter_map(toml::Value::as_str).map(|text| {
            let own = if text.contains("<r xmlns=") { "" } else { " xmlns=\"urn:t\"" };
            text.replacen("<r", &format!("<r{own} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""), 1)
        });
        (schema, documents.collect())
    };
    corpus.get("case").and_then(toml::Value::as_array).expect("cases").iter().map(one).collect()
}

/// Each schema with its documents, as parts of one input.
pub(crate) fn xsd_units() -> Vec<Vec<u8>> {
    let one = |(schema, documents): (String, Vec<String>)| {
        let named = documents.iter().map(|document| format!("\n=== d.xml\n{document}"));
        [schema].into_iter().chain(named).collect::<String>().into_bytes()
    };
    constructs().into_iter().map(one).collect()
}

/// The documents alone.
pub(crate) fn xsd_documents() -> Vec<Vec<u8>> {
    constructs().into_iter().flat_map(|(_, documents)| documents).map(String::into_bytes).collect()
}

/// The schemas that can be used, compiled.
pub(crate) fn xsd_schemas() -> Vec<Schemas> {
    let one = |(schema, _): (String, Vec<String>)| {
        let files = [("a.xsd".to_owned(), schema)].into();
        let entries = vec!["a.xsd".to_owned()];
        Schemas::of(&Installed { format: "t@1".to_owned(), language: Language::Xsd, files, entries, root: None }).ok()
    };
    constructs().into_iter().filter_map(one).collect()
}

/// Schemas of ours with a document, and some small ones.
pub(crate) fn json_schemas() -> Vec<Vec<u8>> {
    let small = [
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/a\"},\"b\":{\"type\":\"string\",\"format\":\"date-time\",\"pattern\":\"^\\\\d+\"}},\"required\":[\"a\"],\"additionalProperties\":false,\"$defs\":{\"a\":{\"type\":[\"integer\",\"null\"],\"multipleOf\":3}}}\n=== document\n{\"a\":9,\"b\":\"2026-11-20T08:00:00Z\"}",
        "{\"items\":{\"anyOf\":[{\"const\":1},{\"enum\":[\"a\",null]}]},\"uniqueItems\":true,\"contains\":{\"minimum\":0.5},\"minItems\":1}\n=== document\n[1,\"a\",null,1.0,-0]",
        "{\"if\":{\"required\":[\"a\"]},\"then\":{\"minProperties\":2},\"else\":false,\"propertyNames\":{\"maxLength\":3},\"patternProperties\":{\"^x\":{\"not\":{}}},\"unevaluatedProperties\":{\"type\":\"number\"}}\n=== document\n{\"a\":1e2,\"xy\":2}",
    ];
    let small = small.iter().map(|text| text.as_bytes().to_vec());
    let bundled = Schemas::bundled().iter().filter(|schema| schema.text().len() < 12 << 10);
    small.chain(bundled.map(|schema| schema.text().as_bytes().to_vec())).collect()
}

/// The crosswalks that are brought along, and small ones.
pub(crate) fn crosswalks() -> Vec<Vec<u8>> {
    let small = "format: t@1\nsyntax: json\nrules:\n  - {record: key.number, wire: 证书编号, required: both}\nnot-carried: [\"*\"]\n";
    let bundled = Catalogue::bundled_files().into_values().map(String::into_bytes);
    bundled.chain([small.as_bytes().to_vec()]).collect()
}
