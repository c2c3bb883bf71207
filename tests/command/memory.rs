//! Long files: whatever their length, in the memory of some rows. The files are longer than the memory that a process may
//! take, and no larger than that; `benches/memory` does the same with a gigabyte.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

use zip::write::SimpleFileOptions;

use super::watched::watched;
use super::*;

/// The peak of resident memory that a process may reach, in KiB.
const MOST_KIB: u64 = 128 * 1024;
/// Bytes of a long file.
const LONG: u64 = 140 << 20;

/// Characters that look like nothing in particular, no two texts alike.
fn filler(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4e00 + u32::try_from(state >> 50).expect("14 bits")).expect("a character")
    };
    (0..length).map(|_| next()).collect()
}

/// Invented certificates: titles with cells.
fn certificates() -> Vec<serde_json::Map<String, Value>> {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("base.ndjson");
    run(["sample", "--format", "cnca-report@2016", "--count", "50", "-o", &text(&file)]).ends(0);
    let lines = std::fs::read_to_string(file).expect("lines");
    lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

/// The certificate of that place: its number is its own, and its scope a long text.
fn certificate(base: &[serde_json::Map<String, Value>], place: u64) -> serde_json::Map<String, Value> {
    let mut row = base[usize::try_from(place).expect("small") % base.len()].clone();
    let number = row["证书号码"].as_str().expect("a number").to_owned();
    row.insert("证书号码".into(), format!("{}{place:05}{}", &number[..6], &number[number.len() - 3..]).into());
    row.insert("认证覆盖范围".into(), filler(place, 8_000).into());
    row
}

/// A long NDJSON or CSV file; gives how many certificates it holds.
fn long(file: &Path, base: &[serde_json::Map<String, Value>]) -> u64 {
    let titles: Vec<&String> = base[0].keys().collect();
    let mut out = BufWriter::new(std::fs::File::create(file).expect("a file"));
    let is_csv = file.extension().is_some_and(|ending| ending == "csv");
    let (mut written, mut count) = (0, 0);
    if is_csv {
        let line = titles.iter().map(|title| title.as_str()).collect::<Vec<_>>().join(",") + "\r\n";
        out.write_all(line.as_bytes()).expect("written");
    }
    while written < LONG {
        let row = certificate(base, count);
        let line = if is_csv {
            let cell = |title: &&String| row.get(*title).and_then(Value::as_str).unwrap_or_default();
            titles.iter().map(|title| format!("\"{}\"", cell(title))).collect::<Vec<_>>().join(",") + "\r\n"
        } else {
            Value::Object(row).to_string() + "\n"
        };
        out.write_all(line.as_bytes()).expect("written");
        written += line.len() as u64;
        count += 1;
    }
    out.flush().expect("written");
    count
}

#[track_caller]
fn in_little_memory(arguments: &[&str]) -> Answer {
    let (answer, peak) = watched(arguments);
    eprintln!("{}: peak {} MiB", arguments[0], peak / 1024);
    if cfg!(target_os = "linux") {
        assert!(peak > 0 && peak <= MOST_KIB, "{arguments:?}: peak {peak} KiB");
    }
    answer
}

#[test]
fn a_long_file_of_lines_is_validated_and_imported_in_little_memory() {
    let house = House::init("cn-long");
    let file = house.path("long.ndjson");
    let count = long(&file, &certificates());
    let (file, config) = (text(&file), house.config());
    let validated = in_little_memory(&["validate", "--format", "cnca-report@2016", "--today", DATA_DAY, &file]);
    assert!(validated.err.starts_with(&format!("{count} records accepted, 0 refused")), "{}", validated.err);

    let import = ["import", "--json", "--config", &config, "--format", "cnca-report@2016", &file];
    let taken = in_little_memory(&import).json();
    assert_eq!((&taken["summary"]["new"], &taken["summary"]["refused"]), (&count.into(), &0.into()), "{taken:#}");
    let size = house.run("ledger verify --json").ends(0).json()["size"].clone();
    let again = in_little_memory(&import).json();
    assert_eq!((&again["summary"]["unchanged"], &again["summary"]["new"]), (&count.into(), &0.into()), "{again:#}");
    assert_eq!(house.run("ledger verify --json").ends(0).json()["size"], size, "nothing new, nothing in the ledger");
}

#[test]
fn a_long_table_is_converted_in_little_memory() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("long.csv");
    let count = long(&file, &certificates());
    let (file, out) = (text(&file), folder.path().join("out.jsonl"));
    let to = ["--to", "untp-dcc@0.7.0", "--at", DATA_DAY, "-o", &text(&out), &file];
    let converted = in_little_memory(&[["convert", "--from", "cnca-report@2016"].as_slice(), &to].concat());
    assert!(converted.err.contains(&format!("{count} documents of untp-dcc@0.7.0")), "{}", converted.err);
    assert_eq!(u64::try_from(std::fs::read_to_string(&out).expect("lines").lines().count()).expect("few"), count);
    let left = std::fs::read_dir(folder.path()).expect("folder").count();
    assert_eq!(left, 2, "the file was written beside its place, and nothing is left there");
}

#[test]
fn findings_without_end_are_counted_all_and_shown_up_to_a_limit() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("broken.ndjson");
    std::fs::write(&file, "{\n".repeat(300_000)).expect("written");
    let arguments = ["validate", "--format", "cnca-ccc@1", "--limit", "findings=5", &text(&file)];
    let table = in_little_memory(&arguments);
    assert_eq!(table.code, 1);
    table.says("300000 errors");
    table.says("299995 more are counted and not shown");
    assert_eq!(table.out.matches("document/json-syntax").count(), 5);
    let all = in_little_memory(&["validate", "--json", "--format", "cnca-ccc@1", &text(&file)]);
    assert_eq!(all.out.matches("\"document/json-syntax\"").count(), 300_000);
    assert!(all.out.starts_with("[\n  {\n    \"file\"") && all.out.ends_with("\n  }\n]\n"));
}

/// A workbook of shared strings that occur once: a sheet of certificates, and one of audits.
fn workbook(file: &Path, sheets: &[(&str, Vec<Vec<String>>)]) {
    const CONTENT: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut zip = zip::ZipWriter::new(std::fs::File::create(file).expect("a file"));
    let mut part = |name: String, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    };
    let (mut strings, mut count) = (format!("<sst xmlns=\"{CONTENT}\">"), 0);
    let (mut list, mut relations) = (String::new(), String::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let mut sheet = format!("<worksheet xmlns=\"{CONTENT}\"><sheetData>");
        for row in rows {
            sheet.push_str("<row>");
            for cell in row {
                write!(strings, "<si><t>{cell}</t></si>").expect("a text");
                write!(sheet, "<c t=\"s\"><v>{count}</v></c>").expect("a text");
                count += 1;
            }
            sheet.push_str("</row>");
        }
        sheet.push_str("</sheetData></worksheet>");
        part(format!("xl/worksheets/sheet{at}.xml"), &sheet);
        write!(list, "<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{at}\"/>", at + 1).expect("a text");
        let target = format!("worksheets/sheet{at}.xml");
        write!(relations, "<Relationship Id=\"r{at}\" Type=\"{OFFICE}/worksheet\" Target=\"{target}\"/>")
            .expect("a text");
    }
    part("xl/sharedStrings.xml".to_owned(), &(strings + "</sst>"));
    let shared = format!("<Relationship Id=\"s\" Type=\"{OFFICE}/sharedStrings\" Target=\"sharedStrings.xml\"/>");
    let relations = format!("<Relationships>{relations}{shared}</Relationships>");
    part("xl/_rels/workbook.xml.rels".to_owned(), &relations);
    let book = format!("<workbook xmlns=\"{CONTENT}\" xmlns:r=\"{OFFICE}\"><sheets>{list}</sheets></workbook>");
    part("xl/workbook.xml".to_owned(), &book);
    let root = format!("<Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/>");
    part("_rels/.rels".to_owned(), &format!("<Relationships>{root}</Relationships>"));
    zip.finish().expect("a workbook");
}

#[test]
fn a_long_workbook_is_read_in_little_memory_and_no_row_of_it_is_dropped() {
    let base = certificates();
    let mut titles: Vec<String> = base[0].keys().cloned().collect();
    titles.extend((0..40).map(|at| format!("备注{at}")));
    let audit_titles = ["认证机构批准号", "证书编号", "审核开始时间", "审核阶段", "审核截止日期", "审核员姓名"];
    let (mut rows, mut audits) = (vec![titles.clone()], vec![audit_titles.map(str::to_owned).to_vec()]);
    let count = 2_500;
    for place in 0..count {
        let mut row = certificate(&base, place);
        row.insert("认证覆盖范围".into(), filler(place, 800).into());
        let cell = |title: &str| row.get(title).and_then(Value::as_str).unwrap_or_default().to_owned();
        let of_audit = ["认证机构批准号", "证书号码", "审核开始日期"].map(cell);
        let more = ["0101".to_owned(), cell("审核结束日期"), filler(place, 4)];
        let mut audit = of_audit.into_iter().chain(more).collect::<Vec<_>>();
        // Two rows of another certificate, which there is not.
        if place % 1_250 == 0 {
            let mut other = audit.clone();
            other[1] = format!("nobody's {place}");
            audits.push(other);
        }
        audit[5].push_str(&place.to_string());
        audits.push(audit);
        let seed = |title: &str| title.bytes().fold(place + 1, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte));
        let note = |title: &String| filler(seed(title), 400);
        let text = |title: &String| if title.starts_with("备注") { note(title) } else { cell(title) };
        rows.push(titles.iter().map(text).collect());
    }
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("long.xlsx");
    workbook(&file, &[("证书信息表", rows), ("审核结果信息表", audits)]);
    let arguments = ["validate", "--json", "--format", "cnca-report@2016", "--today", DATA_DAY, &text(&file)];
    let answer = in_little_memory(&arguments);
    assert!(answer.err.starts_with(&format!("{count} records accepted, 0 refused")), "{}", answer.err);
    let findings = answer.json();
    let orphans: Vec<&str> = findings
        .as_array()
        .expect("an array")
        .iter()
        .filter(|finding| finding["code"] == "mapping/orphan-row")
        .map(|finding| finding["place"]["text"].as_str().expect("a place"))
        .collect();
    assert_eq!(orphans, ["审核结果信息表!B2 证书编号", "审核结果信息表!B1253 证书编号"]);
    let audited =
        findings.as_array().expect("an array").iter().filter(|one| one["code"] == "rule/audit-rows-missing").count();
    assert_eq!(audited, 0, "every certificate has the audit row that joins it");
}
