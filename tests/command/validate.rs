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
