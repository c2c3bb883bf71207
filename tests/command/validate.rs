//! `validate`: findings at the sender's own cells, as the shared data expects them.

use std::collections::BTreeSet;

use super::*;

/// A finding as the expected files name it: sheet, row, field, severity.
type Mark = (String, u64, String, String);

fn validate(format: &str, file: &Path) -> Answer {
    run(["validate", "--json", "--today", DATA_DAY, "--format", format, &text(file)])
}

/// What weighs more than a note.
fn marks(findings: &Value) -> BTreeSet<Mark> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .as_array()
        .expect("an array of findings")
        .iter()
        .filter(|finding| finding["severity"] != "note")
        .map(|finding| {
            let place = &finding["place"];
            let severity = word(&finding["severity"]);
            match place["pointer"].as_str() {
                // `/3/认证委托人/名称` is row 3, field 认证委托人.名称.
                Some(pointer) => {
                    let mut segments = pointer.split('/').skip(1);
                    let row = segments.next().and_then(|row| row.parse().ok()).unwrap_or(u64::MAX);
                    (String::new(), row, segments.collect::<Vec<_>>().join("."), severity)
                }
                None => (word(&place["sheet"]), place["row"].as_u64().unwrap_or(0), word(&place["field"]), severity),
            }
        })
        .collect()
}

fn expected(file: &str, row: &str) -> Option<BTreeSet<Mark>> {
    let mut reader = csv::Reader::from_path(shared(file)?).expect("expectations");
    let headers = reader.headers().expect("headers").clone();
    let at = |name: &str| headers.iter().position(|header| header == name);
    let marks = reader.records().map(|record| {
        let record = record.expect("a row");
        let cell = |name: &str| at(name).and_then(|at| record.get(at)).unwrap_or_default().to_owned();
        (cell("sheet"), cell(row).parse().expect("a row number"), cell("field"), cell("severity"))
    });
    Some(marks.collect())
}

#[test]
fn every_planted_defect_of_the_dirty_report_is_told_at_its_cell_and_nothing_else_is() {
    let Some(file) = shared("data/open/cnca-report-dirty.xlsx") else { return };
    let Some(wanted) = expected("data/open/cnca-report-dirty.expected.csv", "row") else { return };
    let answer = validate("cnca-report@2016", &file).ends(1);
    let found = marks(&answer.json());
    let missing: Vec<_> = wanted.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}\nsurplus {surplus:#?}");
}

#[test]
fn every_planted_defect_of_the_compulsory_certificates_is_told() {
    let Some(file) = shared("data/open/ccc-certificates.json") else { return };
    let Some(wanted) = expected("data/open/ccc-certificates.expected.csv", "index") else { return };
    let answer = validate("cnca-ccc@1", &file).ends(1);
    assert_eq!(marks(&answer.json()), wanted);
    answer.says("27 records accepted, 3 refused");
}

#[test]
fn every_planted_defect_of_filings_of_rules_is_told() {
    let Some(file) = shared("data/open/rule-filings.xlsx") else { return };
    let Some(wanted) = expected("data/open/rule-filings.expected.csv", "row") else { return };
    let answer = validate("cnca-rule@1", &file).ends(1);
    let found: BTreeSet<Mark> = marks(&answer.json())
        .into_iter()
        .map(|(_, row, field, severity)| (String::new(), row, field, severity))
        .collect();
    assert_eq!(found, wanted);
    answer.says("15 records accepted, 5 refused");
}

#[test]
fn clean_reports_end_with_0() {
    for file in ["cnca-report-small.xlsx", "cnca-report.xls"] {
        let Some(path) = shared(&format!("data/open/{file}")) else { return };
        let answer = validate("cnca-report@2016", &path).ends(0);
        assert!(answer.json().as_array().expect("an array").iter().all(|finding| finding["severity"] != "error"));
    }
}

#[test]
fn a_finding_has_file_code_severity_place_and_words_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("one.json");
    std::fs::write(&file, r#"[{"证书编号": "201781010O671176"}]"#).expect("written");
    let answer = validate("cnca-ccc@1", &file).ends(1);
    let findings = answer.json();
    let finding = &findings[0];
    assert_eq!(finding["file"], text(&file));
    for member in ["code", "severity"] {
        assert!(finding[member].is_string(), "{finding:#}");
    }
    assert!(finding["place"]["text"].is_string() && finding["place"].is_object());
    assert!(finding["message"]["zh"].is_string() && finding["message"]["en"].is_string());
    answer.says("0 records accepted, 1 refused");
}

#[test]
fn several_files_are_told_apart_and_a_table_names_the_cell() {
    let folder = tempfile::tempdir().expect("folder");
    let files: Vec<String> = ["a.json", "b.json"].iter().map(|name| text(&folder.path().join(name))).collect();
    for file in &files {
        std::fs::write(file, "[]").expect("written");
    }
    let answer = run(["validate", "--json", "--format", "cnca-ccc@1", &files[0], &files[1]]);
    let named: BTreeSet<String> = answer
        .json()
        .as_array()
        .expect("an array")
        .iter()
        .map(|finding| finding["file"].as_str().expect("a file").to_owned())
        .collect();
    assert_eq!(named, files.iter().cloned().collect());
    run(["validate", "--format", "cnca-ccc@1", &files[0]]).says("severity");
}

#[test]
fn the_caller_and_the_environment_are_told_apart_by_the_exit_code() {
    let folder = tempfile::tempdir().expect("folder");
    let file = text(&folder.path().join("a.json"));
    std::fs::write(&file, "[]").expect("written");
    run(["validate", "--format", "cnca-cc@1", &file]).ends(2).says("did you mean cnca-ccc@1?");
    run(["validate", "--format", "cnca-ccc@1"]).ends(2);
    run(["validate", "--format", "cnca-ccc@1", "/nowhere/a.json"]).ends(3).says("/nowhere/a.json");
    run(["validate", "--format", "cnca-ccc@1", &text(folder.path())]).ends(3);
}

#[test]
fn every_rule_can_be_looked_up() {
    let rules = words("validate --rules --json").ends(0).json();
    let rules = rules.as_array().expect("an array");
    assert!(rules.len() > 50, "{}", rules.len());
    assert!(rules.iter().any(|rule| rule["code"] == "identifier/check-digit" && rule["message"]["zh"].is_string()));
}

/// The entries of a package: name and bytes.
fn entries(bytes: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    use std::io::Read as _;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("inflated");
            (entry.name().expect("a name").into_owned(), content)
        })
        .collect()
}

#[test]
fn findings_stand_as_comments_in_a_copy_of_the_senders_own_workbook() {
    let Some(file) = shared("data/open/cnca-report-dirty.xlsx") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("annotated.xlsx");
    let arguments = |file: &Path| {
        ["validate", "--json", "--today", DATA_DAY, "--format", "cnca-report@2016", &text(file)].map(str::to_owned)
    };
    let annotate = ["--annotate".to_owned(), text(&out)];
    let told = run(arguments(&file).into_iter().chain(annotate.clone())).ends(1);
    told.says("findings as comments");
    let findings = told.json().as_array().expect("findings").clone();

    let (before, after) = (std::fs::read(&file).expect("file"), std::fs::read(&out).expect("copy"));
    let (before, mut after) = (entries(&before), entries(&after));
    let mut drawings = 0;
    for (name, content) in &before {
        let now = after.remove(name).unwrap_or_else(|| panic!("{name} is gone"));
        if name == "[Content_Types].xml" {
            assert!(String::from_utf8_lossy(&now).contains("comments+xml"));
        } else if name.starts_with("xl/worksheets/sheet") && now != *content {
            // One element more, and nothing else.
            let now = String::from_utf8(now).expect("UTF-8");
            let begin = now.find("<legacyDrawing ").expect("the drawing");
            let end = begin + now[begin..].find("/>").expect("its end") + 2;
            assert_eq!(format!("{}{}", &now[..begin], &now[end..]).into_bytes(), *content, "{name}");
            drawings += 1;
        } else {
            assert!(now == *content, "{name} is another");
        }
    }
    assert!(drawings >= 1);
    let comments: String = after
        .iter()
        .filter(|(name, _)| name.starts_with("xl/certbridge/comments"))
        .map(|(_, content)| String::from_utf8_lossy(content))
        .collect();
    for finding in &findings {
        let (cell, code) = (finding["place"]["cell"].as_str(), finding["code"].as_str().expect("a code"));
        assert!(comments.contains(code), "{code}");
        if let Some(cell) = cell {
            assert!(comments.contains(&format!("ref=\"{cell}\"")), "{cell} {code}");
        }
    }
    // The copy is read as the workbook was.
    let again = run(arguments(&out)).ends(1).json();
    // A file that is read as a stream is told of in the order of the reading, one that is read whole by what came of it.
    let bare = |findings: &[Value]| -> Vec<String> {
        let bare = |one: &Value| serde_json::json!([one["code"], one["place"], one["values"]]).to_string();
        let mut all: Vec<String> = findings.iter().map(bare).collect();
        all.sort();
        all
    };
    assert_eq!(bare(again.as_array().expect("findings")), bare(&findings));
    run(arguments(&file).into_iter().chain(annotate)).ends(3);
}

#[test]
fn findings_on_anything_else_stand_on_a_sheet_of_their_own() {
    let Some(file) = shared("data/open/cnca-report.xls") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().join("findings.xlsx");
    let told =
        run(["validate", "--today", DATA_DAY, "--format", "cnca-report@2016", "--annotate", &text(&out), &text(&file)]);
    told.ends(0).says("a sheet of");
    let sheet = entries(&std::fs::read(&out).expect("workbook"));
    assert!(sheet.contains_key("xl/worksheets/sheet1.xml"));
    // A workbook with comments of its own is the sender's: nothing is added to it.
    let Some(file) = shared("data/open/cnca-report-dirty.xlsx") else { return };
    let (one, two) = (folder.path().join("one.xlsx"), folder.path().join("two.xlsx"));
    let annotate = |from: &Path, to: &Path| {
        run(["validate", "--today", DATA_DAY, "--format", "cnca-report@2016", "--annotate", &text(to), &text(from)])
            .ends(1)
    };
    annotate(&file, &one).says("as comments");
    annotate(&one, &two).says("has comments of its own");
    run(["validate", "--format", "cnca-report@2016", "--annotate", &text(&out), &text(&one), &text(&two)]).ends(2);
}

#[test]
fn the_list_of_rules_tells_from_when_each_speaks_and_whose_it_is() {
    let rules = words("validate --rules --json").ends(0).json();
    let of = |code: &str| {
        rules.as_array().expect("rules").iter().find(|rule| rule["code"] == code).cloned().expect("a rule")
    };
    let overdue = of("rule/surveillance-overdue");
    assert_eq!((overdue["from"].as_str(), overdue["parameters"]["months"].as_str()), (Some("2026-01-01"), Some("12")));
    assert!(overdue["source"].as_str().expect("a source").contains("CNCA-QMS-01:2025"));
    words("validate --rules").ends(0).says("2026-01-01");
}

#[test]
fn a_cap_lets_pass_what_just_fits_and_names_itself_and_the_place_for_what_does_not() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("deep.json");
    std::fs::write(&file, r#"[{"a": {"b": "c"}}]"#).expect("written");
    let judged = |limit: &str| run(["validate", "--format", "cnca-ccc@1", "--limit", limit, &text(&file)]);
    assert!(!judged("depth=3").out.contains("document/too-deep"));
    let refused = judged("depth=2").ends(1);
    refused.says("document/too-deep");
    refused.says("/0/a");
    judged("deep=2").ends(2).says("deep");
    judged("depth").ends(2);

    let house = House::init("cn-limits");
    let config = house.path("house/certbridge.toml");
    let before = std::fs::read_to_string(&config).expect("config");
    std::fs::write(house.path("deep.json"), r#"[{"a": {"b": "c"}}]"#).expect("written");
    assert!(!house.run("import --format cnca-ccc@1 deep.json").out.contains("document/too-deep"));
    std::fs::write(&config, format!("{before}\n[limits]\ndepth = 2\n")).expect("written");
    house.run("import --format cnca-ccc@1 deep.json").ends(1).says("document/too-deep");
    std::fs::write(&config, format!("{before}\n[limits]\ndeep = 2\n")).expect("written");
    house.run("import --format cnca-ccc@1 deep.json").ends(3).says("limits");
}

/// One cell of one row says that it is a shared string which there is not; one more is beyond the caps of a cell.
#[test]
fn a_malformed_cell_of_a_workbook_is_told_at_its_place_and_costs_its_row_alone() {
    use std::io::{Read as _, Write as _};

    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| text(&folder.path().join(name));
    run(["sample", "--format", "cnca-report@2016", "--count", "8", "-o", &at("good.xlsx")]).ends(0);
    let mut package = zip::ZipArchive::new(std::fs::File::open(at("good.xlsx")).expect("a file")).expect("a package");
    let mut bent = zip::ZipWriter::new(std::fs::File::create(at("bent.xlsx")).expect("a file"));
    let mut bad = String::new();
    for index in 0..package.len() {
        let mut entry = package.by_index(index).expect("an entry");
        let mut content = String::new();
        let name = entry.name().expect("a name").into_owned();
        entry.read_to_string(&mut content).expect("text");
        if name == "xl/worksheets/sheet1.xml" {
            let from = content.rfind("<row ").expect("rows");
            let cell = from + content[from..].find("t=\"s\"><v>").expect("a text") + "t=\"s\"><v>".len();
            content.insert_str(cell, "99999");
            let reference = content[..cell].rfind("r=\"").expect("a reference") + 3;
            bad = content[reference..].split('"').next().unwrap_or_default().to_owned();
        }
        bent.start_file(&*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        bent.write_all(content.as_bytes()).expect("written");
    }
    bent.finish().expect("a package");

    let answer = run(["validate", "--json", "--format", "cnca-report@2016", &at("bent.xlsx")]).ends(1);
    let findings = answer.json();
    let errors = findings.as_array().expect("findings").iter().filter(|finding| finding["severity"] == "error");
    // The audits of that certificate have nothing to belong to, which is told of as well.
    let (audits, errors): (Vec<&Value>, Vec<&Value>) =
        errors.partition(|finding| finding["place"]["sheet"] == "审核结果信息表");
    assert!(!audits.is_empty() && audits.iter().all(|finding| finding["code"] == "mapping/orphan-row"), "{audits:#?}");
    let numbers: BTreeSet<String> = audits.iter().map(|finding| finding["values"]["value"].to_string()).collect();
    assert_eq!((errors.len(), numbers.len()), (1, 1), "{errors:#?}\n{numbers:?}");
    assert_eq!(errors[0]["code"], "document/malformed-cell");
    let letters: String = bad.chars().take_while(char::is_ascii_alphabetic).collect();
    assert_eq!(errors[0]["place"]["row"].to_string(), bad[letters.len()..], "{bad}");
    assert!(errors[0]["place"]["column"].as_u64().is_some_and(|column| column > 0), "{}", errors[0]);
    run(["validate", "--format", "cnca-report@2016", &at("bent.xlsx")]).ends(1).says(&bad);

    let lines = |file: &str, code: i32| {
        run(["convert", "--from", "cnca-report@2016", "--to", "untp-dcc@0.7.0", &at(file)])
            .ends(code)
            .out
            .lines()
            .count()
    };
    assert_eq!((lines("good.xlsx", 0), lines("bent.xlsx", 1)), (8, 7));
}

#[test]
fn a_sample_that_is_not_dirty_gives_no_warning() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("report.xlsx");
    run(["sample", "--format", "cnca-report@2016", "--count", "60", "-o", &text(&file)]).ends(0);
    let findings = run(["validate", "--json", "--format", "cnca-report@2016", &text(&file)]).ends(0).json();
    let heavy: Vec<&Value> =
        findings.as_array().expect("findings").iter().filter(|finding| finding["severity"] == "warning").collect();
    assert!(heavy.is_empty(), "{heavy:#?}");
}

/// Characters that are not what they seem, as a sender may write them into a JSON text: each with its code, the severity that
/// it has there, its place, and words in both languages. `docs/rules.md` has the table.
#[test]
fn characters_that_are_not_what_they_seem_are_told_of_at_their_place() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| folder.path().join(name);
    let sample = |format: &str, name: &str| -> Value {
        run(["sample", "--format", format, "--count", "1", "-o", &text(&file(name))]).ends(0);
        let lines = std::fs::read_to_string(file(name)).expect("a sample");
        serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON")
    };
    let report = sample("cnca-report@2016", "report.ndjson");
    let credential = sample("untp-dcc@0.7.0", "credential.ndjson");
    let (number, name) = ("/证书号码", "/组织名称");
    let party = "/credentialSubject/issuedToParty/name";
    for (format, document, field, escape, wanted) in [
        ("cnca-report@2016", &report, number, "\\u0410", "error rule/identifier-lookalike"),
        ("cnca-report@2016", &report, number, "\\ue000", "error rule/identifier-hidden-character"),
        ("cnca-report@2016", &report, number, "\\ufe0f", "error rule/identifier-hidden-character"),
        ("cnca-report@2016", &report, number, "\\u2013", "warning rule/identifier-other-form"),
        ("cnca-report@2016", &report, number, "\\u200b", "note rule/characters-removed"),
        ("cnca-report@2016", &report, number, "\\u0000", "note rule/characters-removed"),
        ("cnca-report@2016", &report, number, "\\ud800", "error document/lone-surrogate"),
        ("cnca-report@2016", &report, name, "\\u202e", "note rule/characters-removed"),
        ("cnca-report@2016", &report, name, "\\ue000", "note rule/text-private-use"),
        ("cnca-report@2016", &report, name, "\\u0410", ""),
        ("cnca-report@2016", &report, name, "\\udc00", "error document/lone-surrogate"),
        ("untp-dcc@0.7.0", &credential, party, "\\u202e", "warning rule/text-direction"),
        ("untp-dcc@0.7.0", &credential, party, "\\u0000", "warning rule/text-control"),
        ("untp-dcc@0.7.0", &credential, party, "\\u200b", "note rule/text-hidden"),
        ("untp-dcc@0.7.0", &credential, party, "\\uff21", ""),
    ] {
        let mut bent = document.clone();
        let value = bent.pointer_mut(field).expect("a field");
        let plain = value.as_str().expect("a text").to_owned();
        let half = plain.char_indices().nth(plain.chars().count() / 2).map_or(0, |(at, _)| at);
        *value = Value::String(format!("{}ESCAPE{}", &plain[..half], &plain[half..]));
        std::fs::write(file("bent.ndjson"), bent.to_string().replace("ESCAPE", escape)).expect("written");
        let answer = run(["validate", "--json", "--format", format, &text(&file("bent.ndjson"))]);
        let findings = answer.json();
        let all = findings.as_array().expect("findings").iter();
        let told: Vec<&Value> = all
            .filter(|finding| {
                let code = finding["code"].as_str().unwrap_or_default();
                ["identifier-", "text-", "characters-", "lone-"].iter().any(|part| code.contains(part))
            })
            .collect();
        let codes: Vec<String> = told
            .iter()
            .map(|one| {
                format!("{} {}", one["severity"].as_str().unwrap_or_default(), one["code"].as_str().unwrap_or_default())
            })
            .collect();
        let wanted: Vec<&str> = Some(wanted).filter(|wanted| !wanted.is_empty()).into_iter().collect();
        assert_eq!(codes, wanted, "{field} {escape}\n{}", answer.out);
        for one in told {
            assert_eq!(one["place"]["pointer"], field, "{one}");
            assert_eq!(one["place"]["line"], 1, "{one}");
            assert!(
                ["zh", "en"].iter().all(|words| one["message"][words].as_str().is_some_and(|words| !words.is_empty()))
            );
        }
    }
}
