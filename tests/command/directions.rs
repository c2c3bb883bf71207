//! `convert` through every format that there is, in each of its directions and syntaxes, with the golden pairs of
//! `docs/formats/examples`.

use super::*;

/// The body that documents without a place for one speak for.
const SENDER: &str = "cnca-approval:CNCA-R-2099-001";
const BASE: &str = "https://registry.example";
/// Whole records, between which and any format each document goes.
const RECORD: &str = "certbridge-record@1";

fn convert(from: &str, to: &str, more: &[&str], file: &Path) -> Answer {
    let file = text(file);
    let first = ["convert", "--from", from, "--to", to, "--at", DATA_DAY, "--sender", SENDER, "--base", BASE];
    run(first.into_iter().chain(["--policy", "partner"]).chain(more.iter().copied()).chain([file.as_str()]))
}

/// The golden pairs of a format that are not there to be refused.
fn pairs(format: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats/examples").join(format);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-refused")));
    paths.sort();
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).expect("a pair")).expect("JSON")).collect()
}

/// The document of a pair as a file, where it is a text.
fn document(pair: &Value, folder: &Path) -> Option<PathBuf> {
    let lines = |member: &str, end: &str| -> Option<String> {
        let line = |line: &Value| line.as_str().map_or_else(|| line.to_string(), str::to_owned) + end;
        Some(pair.get(member)?.as_array()?.iter().map(line).collect())
    };
    let (name, content) = [
        ("a.json", pair.get("document").map(Value::to_string)),
        ("a.ndjson", lines("ndjson", "\n")),
        ("a.csv", lines("csv", "\r\n")),
        ("a.xml", pair.get("xml").and_then(Value::as_str).map(str::to_owned)),
    ]
    .into_iter()
    .find_map(|(name, content)| Some((name, content?)))?;
    let path = folder.join(name);
    std::fs::write(&path, content).expect("written");
    Some(path)
}

/// A record as a partner may send it.
fn without_residue(record: &Value) -> Value {
    match record {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| *name != "residue")
            .map(|(name, member)| (name.clone(), without_residue(member)))
            .collect(),
        Value::Array(items) => items.iter().map(without_residue).collect(),
        leaf => leaf.clone(),
    }
}

fn formats() -> Vec<Value> {
    words("format list --json").ends(0).json().as_array().expect("formats").clone()
}

fn syntaxes(format: &Value) -> Vec<&'static str> {
    let known = [("JSON", "json"), ("NDJSON", "ndjson"), ("CSV", "csv"), ("xlsx", "xlsx"), ("XML", "xml")];
    let listed = format["syntaxes"].to_string();
    let names: Vec<&str> = format["syntaxes"].as_array().expect("syntaxes").iter().filter_map(Value::as_str).collect();
    let all: Vec<&str> = known
        .into_iter()
        .filter(|(name, _)| names.iter().any(|listed| listed.contains(name) && (*name != "JSON" || *listed == "JSON")))
        .map(|(_, flag)| flag)
        .collect();
    assert!(!all.is_empty(), "{listed}");
    all
}

#[test]
fn every_format_that_comes_in_is_read() {
    let folder = tempfile::tempdir().expect("folder");
    let mut read = Vec::new();
    for format in formats().iter().filter(|format| format["in"] == true) {
        let id = format["format"].as_str().expect("an id");
        let pairs = pairs(id);
        let first = pairs.iter().find_map(|pair| Some((pair, document(pair, folder.path())?)));
        let (pair, file) = first.unwrap_or_else(|| panic!("{id} has no pair whose document is a text"));
        if id == "certbridge-status@1" {
            // A history is of a certificate that is held already; alone it makes none.
            convert(id, RECORD, &[], &file).ends(1).says("format/no-record");
        } else if id == "cnca-rule@1" {
            convert(id, RECORD, &[], &file).ends(2).says("carries certificates, no filings");
            let xlsx = folder.path().join("rules.xlsx");
            convert(id, id, &["-o", &text(&xlsx)], &file).ends(0);
            assert!(std::fs::read(&xlsx).expect("written").starts_with(b"PK"));
        } else {
            let answer = convert(id, RECORD, &[], &file).ends(0);
            let records = answer.out.lines().count();
            let expected = pair["read"].as_array().map_or(1, Vec::len);
            assert_eq!(records, expected, "{id}: {}", answer.out);
        }
        read.push(id.to_owned());
    }
    assert!(read.len() > 10, "{read:?}");
}

#[test]
fn every_format_that_goes_out_is_written_in_each_of_its_syntaxes_and_read_again() {
    let folder = tempfile::tempdir().expect("folder");
    let mut written = Vec::new();
    for format in formats().iter().filter(|format| format["out"] == true) {
        let id = format["format"].as_str().expect("an id");
        // What comes in as a whole record; filings are none.
        let source = pairs(id).iter().find_map(|pair| {
            if id == "cnca-rule@1" {
                return Some((id, document(pair, folder.path())?));
            }
            let file = folder.path().join("record.json");
            std::fs::write(&file, without_residue(pair.get("record")?).to_string()).expect("written");
            Some((RECORD, file))
        });
        let (from, source) = source.unwrap_or_else(|| panic!("{id} has no pair that begins with a record"));
        for syntax in syntaxes(format) {
            let output = folder.path().join(format!("out.{syntax}"));
            convert(from, id, &["--syntax", syntax, "-o", &text(&output)], &source).ends(0);
            let bytes = std::fs::read(&output).expect("written");
            assert!(!bytes.is_empty(), "{id} {syntax}");
            // Of what comes in a history makes no record, and Catena-X says nothing of a status, without which it is not
            // written.
            if format["in"] == true && !matches!(id, "certbridge-status@1" | "catena-x-bpc@3.1.0") {
                let again = folder.path().join(format!("again.{syntax}"));
                convert(id, id, &["--syntax", syntax, "-o", &text(&again)], &output).ends(0);
                // A credential read again keeps its assessments as its sender's, and a workbook is packed.
                if syntax != "xlsx" && !id.starts_with("untp-") {
                    let (once, twice) = (String::from_utf8_lossy(&bytes), std::fs::read(&again).expect("written"));
                    assert_eq!(once, String::from_utf8_lossy(&twice), "{id} {syntax}");
                }
            }
        }
        written.push(id.to_owned());
    }
    assert!(written.len() > 10, "{written:?}");
}

#[test]
fn a_table_is_read_in_each_of_its_encodings() {
    let folder = tempfile::tempdir().expect("folder");
    let nested = folder.path().join("ccc.json");
    run(["sample", "--format", "cnca-ccc@1", "--count", "5", "-o", &text(&nested)]).ends(0);
    let whole = convert("cnca-ccc@1", RECORD, &[], &nested).ends(0).out;
    let csv = convert("cnca-ccc@1", "cnca-ccc@1", &["--syntax", "csv"], &nested).ends(0).out;
    let utf16 =
        |order: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(csv.encode_utf16()).flat_map(order).collect();
    let encodings: [(&str, Vec<u8>); 5] = [
        ("UTF-8", csv.clone().into_bytes()),
        ("UTF-8 with a mark", format!("\u{feff}{csv}").into_bytes()),
        ("GB18030", encoding_rs::GB18030.encode(&csv).0.into_owned()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
    ];
    let file = folder.path().join("ccc.csv");
    for (name, bytes) in encodings {
        std::fs::write(&file, bytes).expect("written");
        let read = convert("cnca-ccc@1", RECORD, &[], &file);
        assert_eq!(read.code, 0, "{name}: {}", read.err);
        assert_eq!(read.out, whole, "{name}");
    }
}

#[test]
fn the_report_goes_through_each_of_its_syntaxes_unchanged() {
    let folder = tempfile::tempdir().expect("folder");
    let book = folder.path().join("report.xlsx");
    run(["sample", "--format", "cnca-report@2016", "--count", "6", "-o", &text(&book)]).ends(0);
    let report = "cnca-report@2016";
    let file = |name: &str| folder.path().join(name);
    let to = |syntax: &str, from: &Path, into: &str| {
        convert(report, report, &["--syntax", syntax, "-o", &text(&file(into))], from).ends(0);
        file(into)
    };
    // The certificate sheet alone has no audits; what is the same in all three is what a receiver of the sheet gets.
    let lines = to("ndjson", &book, "one.ndjson");
    let csv = to("csv", &lines, "two.csv");
    let xlsx = to("xlsx", &csv, "three.xlsx");
    let back = to("ndjson", &xlsx, "four.ndjson");
    let text_of = |path: &Path| std::fs::read_to_string(path).expect("written");
    assert_eq!(text_of(&lines).lines().count(), 6);
    assert_eq!(text_of(&lines), text_of(&back));
    if let Some(old) = shared("data/open/cnca-report.xls") {
        let answer = convert(report, report, &["--syntax", "ndjson"], &old).ends(0);
        assert_eq!(answer.out.lines().count(), 25);
    }
    let two = run(["convert", "--from", report, "--to", report, "--at", DATA_DAY, &text(&lines), &text(&csv)]);
    two.ends(2).says("one by one");
    convert(report, report, &["--syntax", "xml"], &book).ends(2).says("is written as");
}

#[test]
fn a_record_that_cannot_go_stops_no_other_of_its_document() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("records.ndjson");
    let record = pairs("cnca-ccc@1").into_iter().find_map(|pair| pair.get("record").cloned()).expect("a record");
    let mut other = record.clone();
    other["key"]["number"] = "2026010703000009".into();
    let mut bad = other.clone();
    bad["key"]["number"] = "2026010703000008".into();
    bad["status"]["history"] = serde_json::json!([{"id": "1", "status": "invalid-reason-not-stated"}]);
    let lines = [&record, &bad, &other].map(|one| format!("{one}\n")).concat();
    std::fs::write(&file, lines).expect("written");
    let answer = convert(RECORD, "cnca-ccc@1", &["--syntax", "ndjson"], &file).ends(1);
    let numbers: Vec<String> = answer
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["证书编号"].to_string())
        .collect();
    assert_eq!(numbers, ["\"2026010703000001\"", "\"2026010703000009\""], "{}", answer.err);
    answer.says("line 2 /status/history/0/status");
}
