//! Golden pairs: what a record is written as and a document is read as, with what is said of it, in the files under
//! `docs/formats/examples/<format>/`. With `CERTBRIDGE_BLESS` set, what is found is written down instead of compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::testing::{Levels, data_day};
use super::*;
use crate::finding::Finding;
use crate::mapping::{Account, Class, Context};
use crate::release::{Policy, release};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats/examples");

/// The formats that have pairs, with rules that no pair can make fire and why.
const FORMATS: [(&str, &[(&str, &str)]); 7] = [
    ("catena-x-bpc@3.1.0", &[]),
    ("certbridge-record@1", &[]),
    ("gs1-certification@1.16", &[]),
    ("iaf-certsearch@2", &[]),
    ("schema-org@30", &[]),
    ("untp-dcc@0.6.0", &[]),
    ("untp-dia@0.7.0", &[]),
];

/// One pair.
struct Pair {
    path: PathBuf,
    content: Map<String, Value>,
}

fn pairs(format: &str) -> Vec<Pair> {
    let folder = Path::new(EXAMPLES).join(format);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
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

/// What became of each leaf, as `class rule`, and what is said.
#[derive(Default)]
struct Seen {
    rules: BTreeSet<String>,
}

impl Seen {
    fn account(&mut self, account: &Account) {
        let used = |class: Class| !matches!(class, Class::NotCarried);
        self.rules.extend(account.leaves.iter().filter(|line| used(line.class)).filter_map(|line| line.rule.clone()));
        self.rules.extend(account.supplied.iter().filter_map(|line| line.rule.clone()));
    }
}

fn said<'a>(findings: impl Iterator<Item = &'a Finding>) -> Value {
    findings.map(|f| Value::String(format!("{} {} {}", f.severity(), f.code(), f.place()))).collect()
}

/// The paths of a record that did not leave, each list item once.
fn lost(account: &Account) -> Value {
    let paths: BTreeSet<String> = account
        .leaves
        .iter()
        .filter(|line| matches!(line.class, Class::NotCarried | Class::Narrowed))
        .map(|line| {
            let word = if line.class == Class::Narrowed { "narrowed" } else { "not carried" };
            format!("{word} {}", line.source)
        })
        .collect();
    paths.into_iter().map(Value::String).collect()
}

/// What the pair must be: its input, and what comes of it.
fn play(format: &str, pair: &Pair, seen: &mut Seen) -> Map<String, Value> {
    let catalogue = Catalogue::bundled();
    let issue = pair.content.get("issue").cloned().unwrap_or(Value::Null);
    let context = Context::new(data_day()).issuing(&issue).computing(&Levels);
    let mut found = Map::new();
    if !issue.is_null() {
        found.insert("issue".into(), issue.clone());
    }
    let mut document = pair.content.get("document").cloned();
    if let Some(record) = pair.content.get("record") {
        found.insert("record".into(), record.clone());
        let record = serde_json::from_value(record.clone()).unwrap_or_else(|e| panic!("{}: {e}", pair.path.display()));
        let released = release(&record, &Policy::partner("example"), data_day());
        let written = catalogue.write(format, std::slice::from_ref(&released), &context).expect("a format");
        let [one] = written.documents.as_slice() else { panic!("one document") };
        found.insert("said_writing".into(), said(one.findings.iter()));
        found.insert("lost".into(), lost(&one.accounts[0]));
        seen.account(&one.accounts[0]);
        document = one.value.clone().filter(|_| one.may_be_sent());
        let accounted: Vec<String> = one.accounts[0].leaves.iter().map(|line| line.source.to_string()).collect();
        let once: BTreeSet<&String> = accounted.iter().collect();
        assert_eq!(once.len(), accounted.len(), "{}: each leaf once", pair.path.display());
    }
    let Some(document) = document else { return found };
    found.insert("document".into(), document.clone());
    let known = catalogue.format(format).expect("a format");
    if known.comes_in() {
        let reading = ReadContext { mapping: context, ..ReadContext::on(data_day()) };
        let bytes = serde_json::to_vec(&document).expect("JSON");
        let read = catalogue.read(format, &bytes, None, &reading).expect("a format");
        found.insert("said_reading".into(), said(read.all_findings()));
        if let [one] = read.records.as_slice() {
            seen.account(&one.account);
            found.insert("read".into(), serde_json::to_value(&one.record).expect("a tree"));
        }
        // Leaf for leaf what came in, while nothing has changed.
        let crosswalk = known.crosswalk();
        let parsed = crate::document::parse(&bytes, crate::document::Syntax::Json, &crate::document::Limits::default());
        let put = crosswalk.put(&parsed.expect("parses").document, &[], &context);
        let [one] = put.records.as_slice() else { panic!("one record") };
        seen.account(&one.account);
        let exact =
            crosswalk.get(&[&one.record], &Context::new(data_day()).issuing(&one.issue).computing(&Levels).exact());
        if crosswalk.writes() && exact.records[0].written {
            assert_eq!(exact.document.root.to_json(), document, "{}: exactly", pair.path.display());
        }
        let leaves: BTreeSet<String> = one.account.leaves.iter().map(|line| line.source.to_string()).collect();
        assert_eq!(leaves.len(), one.account.leaves.len(), "{}: each leaf once", pair.path.display());
    }
    found
}

#[test]
fn every_pair_is_what_its_file_says() {
    let bless = std::env::var_os("CERTBRIDGE_BLESS").is_some();
    let mut wrong = Vec::new();
    for (format, _) in FORMATS {
        for pair in pairs(format) {
            let found = play(format, &pair, &mut Seen::default());
            if bless {
                let text = serde_json::to_string_pretty(&found).expect("JSON");
                std::fs::write(&pair.path, text + "\n").expect("writable");
            } else if found != pair.content {
                let text = serde_json::to_string_pretty(&found).expect("JSON");
                wrong.push(format!("{}\n{text}", pair.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pairs_make_every_rule_fire() {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (format, excused) in FORMATS {
        let mut seen = Seen::default();
        for pair in pairs(format) {
            play(format, &pair, &mut seen);
        }
        let crosswalk = Catalogue::bundled().format(format).expect("a format").crosswalk();
        let silent: Vec<&str> = crosswalk
            .leaf_rules()
            .into_iter()
            .filter(|name| !seen.rules.contains(*name) && !excused.iter().any(|(rule, _)| rule == name))
            .collect();
        if !silent.is_empty() {
            missing.insert(format, silent);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_pair_that_is_refused_says_why() {
    for (format, _) in FORMATS {
        for pair in pairs(format) {
            let name = pair.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            let found = play(format, &pair, &mut Seen::default());
            let errors = ["said_writing", "said_reading"]
                .iter()
                .filter_map(|key| found.get(*key)?.as_array())
                .flatten()
                .filter(|line| line.as_str().is_some_and(|line| line.starts_with("error")))
                .count();
            let refused = name.ends_with("-refused");
            assert_eq!(errors > 0, refused, "{format} {name}: {found:#?}");
            if !refused && pair.content.contains_key("record") {
                assert_ne!(found.get("document"), None, "{format} {name}");
            }
            assert_eq!(found.get("document") == Some(&json!(null)), false);
        }
    }
}
