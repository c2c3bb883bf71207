//! Hostile files: refused with a reason, in little memory, without a panic or a hang.

use super::watched::watched;
use super::*;

/// The peak of resident memory that a child may reach, in KiB.
const MOST_KIB: u64 = 256 * 1024;

/// Files and what they pretend to be, and whether they must be refused whole.
const FILES: &[(&str, &str, bool)] = &[
    ("cnca-report@2016", "zip-bomb-sheet.xlsx", true),
    ("cnca-report@2016", "columns-16384.xlsx", true),
    ("cnca-report@2016", "truncated.xlsx", true),
    ("cnca-report@2016", "external-link-dde.xlsx", true),
    ("cnca-report@2016", "doctype-entities.xlsx", true),
    ("cnca-report@2016", "path-traversal.xlsx", true),
    ("cnca-report@2016", "html-table.xls", true),
    ("cnca-ccc@1", "json-depth-100000.json", true),
    ("cnca-ccc@1", "json-duplicate-keys.json", true),
    ("cnca-ccc@1", "json-lone-surrogate.json", true),
    ("cnca-ccc@1", "json-numbers.json", true),
    ("cnca-ccc@1", "json-trailing-data.json", true),
    ("cnca-ccc@1", "xml-billion-laughs.xml", true),
    ("cnca-ccc@1", "xml-external-entity.xml", true),
    ("cnca-ccc@1", "csv-unbalanced-quotes.csv", true),
    // Read as texts; no record is whole in either.
    ("cnca-ccc@1", "csv-utf16-bom.csv", false),
    ("cnca-ccc@1", "csv-formula-text.csv", false),
];

#[test]
fn hostile_files_are_refused_with_a_reason_in_little_memory() {
    for (format, name, whole) in FILES {
        let Some(file) = shared(&format!("data/open/hostile/{name}")) else { return };
        let arguments = ["validate", "--json", "--today", DATA_DAY, "--format", format, &text(&file)];
        let (answer, peak) = watched(&arguments);
        assert!(matches!(answer.code, 0 | 1), "{name}: {} {}", answer.code, answer.err);
        let findings = answer.json();
        let errors = findings.as_array().expect("an array").iter().filter(|finding| finding["severity"] == "error");
        if *whole {
            assert_eq!(answer.code, 1, "{name}");
            assert!(answer.err.starts_with("0 records accepted"), "{name}: {}", answer.err);
            assert!(errors.clone().count() > 0, "{name} is refused without a reason");
        }
        for error in errors {
            assert!(error["message"]["zh"].is_string() && error["place"]["text"].is_string(), "{name}: {error:#}");
        }
        eprintln!("{name}: peak {} MiB", peak / 1024);
        if cfg!(target_os = "linux") {
            assert!(peak > 0 && peak <= MOST_KIB, "{name}: peak {peak} KiB");
        }
    }
}

#[test]
fn a_refusal_at_a_limit_names_the_limit_and_the_place() {
    let Some(bomb) = shared("data/open/hostile/zip-bomb-sheet.xlsx") else { return };
    let answer = run(["validate", "--json", "--format", "cnca-report@2016", &text(&bomb)]).ends(1);
    let finding = &answer.json()[0];
    assert!(finding["values"]["limit"].is_string() && finding["values"]["most"].is_string(), "{finding:#}");
    assert_ne!(finding["place"]["text"], "-", "{finding:#}");
}

#[test]
fn nothing_is_written_where_a_package_asks_for_it() {
    let Some(file) = shared("data/open/hostile/path-traversal.xlsx") else { return };
    run(["validate", "--format", "cnca-report@2016", &text(&file)]).ends(1);
    assert!(!Path::new("/tmp/certbridge-traversal.txt").exists());
}

#[test]
fn a_hostile_file_leaves_no_half_of_it_in_the_registry() {
    let house = House::init("cn-hostile");
    for (format, name, whole) in FILES.iter().filter(|(_, name, _)| !name.contains("bomb")) {
        let Some(file) = shared(&format!("data/open/hostile/{name}")) else { return };
        let answer = house.run(&format!("import --json --format {format} {}", text(&file)));
        if *whole {
            let summary = answer.ends(1).json();
            assert_eq!(summary["summary"]["new"], 0, "{name}");
        }
    }
    assert_eq!(house.run("ledger verify --json").ends(0).json()["size"], 0);
}
