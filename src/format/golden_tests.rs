//! Golden pairs: what records are written as and documents are read as, with what is said of it, in the files under
//! `docs/formats/examples/<format>/`. With `CERTBRIDGE_TEST_BLESS` set, what is found is written down instead of compared.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::pairs::{Pair, bytes_of, folders, pairs, parsed, shown};
use super::testing::{Levels, data_day};
use super::*;
use crate::document::{Document, Syntax};
use crate::finding::{Finding, Place};
use crate::mapping::fired::{self, Way};
use crate::mapping::{Account, AccountLine, Class, Context};
use crate::record::Record;
use crate::release::{Policy, Released, release, release_rule};

/// Parts that no pair can make fire, by a piece of their name, with the reason.
const SILENT: &[(&str, &str)] = &[];

/// Formats whose documents alone make no record, with the reason: reading them ends in `format/no-record`.
const FRAGMENTS: [(&str, &str); 1] = [("certbridge-status@1", "tells the history of a record that is held already")];

fn said<'a>(findings: impl Iterator<Item = &'a Finding>) -> Value {
    let one = |f: &Finding| {
        let output = f.value("output").map(|output| format!(" → {output}")).unwrap_or_default();
        Value::String(format!("{} {} {}{output}", f.severity(), f.code(), f.place()))
    };
    findings.map(one).collect()
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

fn each_leaf_once<'a>(pair: &Pair, lines: impl Iterator<Item = &'a AccountLine>) {
    let mut seen: BTreeSet<&Place> = BTreeSet::new();
    for line in lines {
        assert!(seen.insert(&line.source), "{}: {} twice", pair.path.display(), line.source);
    }
}

/// What reading a document gives: its records, or the schemes of its filings, and what is said.
struct Read {
    records: Vec<Value>,
    batch: Value,
    said: Value,
}

fn read(format: &Format, bytes: &[u8], context: Context<'_>) -> Read {
    let catalogue = Catalogue::bundled();
    if format.carries_filings() {
        let context = FilingContext { mapping: context, ..FilingContext::on(data_day()) };
        let read = catalogue.read_filings(format.id(), bytes, None, &context).expect("a format");
        let records = read.filings.iter().map(|one| serde_json::json!({ "scheme": tree_of(&one.scheme) })).collect();
        return Read { records, batch: Value::Null, said: said(read.all_findings()) };
    }
    let context = ReadContext { mapping: context, ..ReadContext::on(data_day()) };
    let read = catalogue.read(format.id(), bytes, None, &context).expect("a format");
    let records = read.records.iter().map(|one| tree_of(&one.record)).collect();
    Read { records, said: said(read.all_findings()), batch: read.batch }
}

fn tree_of(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("a tree")
}

fn released(format: &Format, record: &Value, pair: &Pair) -> Released {
    let wrong = |error: serde_json::Error| -> ! { panic!("{}: {error}", pair.path.display()) };
    if format.carries_filings() {
        return release_rule(&serde_json::from_value(record["scheme"].clone()).unwrap_or_else(|e| wrong(e)));
    }
    let record: Record = serde_json::from_value(record.clone()).unwrap_or_else(|e| wrong(e));
    release(&record, &Policy::partner("example"), data_day())
}

/// A document as it is compared: of a CSV file the cells that hold anything by their titles, in any order.
fn tree(document: &Document) -> Value {
    let [sheet] = document.sheets() else { return shown(document).1 };
    let (Syntax::Csv, Some((titles, rows))) = (document.syntax, sheet.rows.split_first()) else {
        return shown(document).1;
    };
    let row = |row: &crate::document::Row| -> Map<String, Value> {
        let title = |column: u32| titles.cell(column).and_then(|node| node.as_text()).unwrap_or_default().to_owned();
        row.cells
            .iter()
            .map(|cell| (title(cell.column), cell.node.to_json()))
            .filter(|(_, value)| value != "")
            .collect()
    };
    rows.iter().map(row).collect()
}

/// What the pair must be: its input, and what comes of it.
fn play(format: &Format, pair: &Pair) -> Map<String, Value> {
    let given = |name: &str| pair.content.get(name).cloned().unwrap_or(Value::Null);
    let (issue, batch) = (given("issue"), given("batch"));
    let as_csv = given("as") == "csv";
    let context = Context::new(data_day()).issuing(&issue).in_batch(&batch).computing(&Levels);
    let mut found = Map::new();
    for name in ["issue", "batch", "as", "record"] {
        found.extend(pair.content.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    let mut source = bytes_of(&pair.content);
    if let Some(record) = pair.content.get("record") {
        let released = released(format, record, pair);
        let writing = Context { syntax: as_csv.then_some(Syntax::Csv), ..context };
        let written = Catalogue::bundled().write(format.id(), std::slice::from_ref(&released), &writing);
        let written = written.expect("a format");
        let [one] = written.documents.as_slice() else { panic!("one document") };
        found.insert("said_writing".into(), said(one.findings.iter()));
        found.insert("lost".into(), lost(&one.accounts[0]));
        each_leaf_once(pair, one.accounts[0].leaves.iter());
        source = one
            .document
            .as_ref()
            .filter(|_| one.may_be_sent())
            .map(|document| (document.syntax, document.write().expect("written")));
    }
    let Some((syntax, bytes)) = source else { return found };
    let document = parsed(syntax, &bytes);
    let (member, value) = shown(&document);
    // What was sent stands as it was spelt.
    found.insert(
        member.into(),
        pair.content.get(member).filter(|_| !found.contains_key("record")).cloned().unwrap_or(value),
    );
    if !format.comes_in() {
        return found;
    }
    let reading = read(format, &bytes, context);
    found.insert("said_reading".into(), reading.said);
    if reading.batch.as_object().is_some_and(|batch| batch.keys().any(|key| key != "residue")) {
        found.insert("read_batch".into(), reading.batch);
    }
    match reading.records.as_slice() {
        [] => {}
        [one] => drop(found.insert("read".into(), one.clone())),
        many => drop(found.insert("read".into(), many.into())),
    }
    // Leaf for leaf what came in, while nothing has changed.
    let crosswalk = format.crosswalk();
    let put = crosswalk.put(&document, &[], &context);
    let lines = put.records.iter().flat_map(|one| &one.account.leaves);
    each_leaf_once(pair, put.account.leaves.iter().chain(lines));
    let records: Vec<&Value> = put.records.iter().map(|one| &one.record).collect();
    let issue = put.records.first().map_or(&Value::Null, |one| &one.issue);
    let exact = Context { syntax: Some(syntax).filter(|_| format.carries_many()), ..context };
    let exact = exact.issuing(issue).in_batch(&put.batch).exact();
    if crosswalk.writes() && !records.is_empty() {
        let again = crosswalk.get(&records, &exact);
        if again.records.iter().all(|one| one.written) {
            assert_eq!(tree(&again.document), tree(&document), "{}: exactly", pair.path.display());
        }
    }
    found
}

#[test]
fn every_pair_is_what_its_file_says() {
    let bless = std::env::var_os("CERTBRIDGE_TEST_BLESS").is_some();
    let mut wrong = Vec::new();
    for format in Catalogue::bundled().formats() {
        for pair in pairs(format.id()) {
            let found = play(format, &pair);
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
fn the_pairs_make_every_rule_step_and_condition_fire_in_each_direction() {
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut excused = vec![false; SILENT.len()];
    for format in Catalogue::bundled().formats() {
        fired::take();
        for pair in pairs(format.id()) {
            play(format, &pair);
        }
        let all: HashSet<(usize, Way)> = fired::take();
        let parts = format.crosswalk().parts();
        let ways: usize = parts.iter().map(|part| part.ways.len()).sum();
        let mut left = Vec::new();
        for part in &parts {
            for way in part.ways.iter().filter(|way| !all.contains(&(part.address, **way))) {
                let name = format!("{} {way:?}: {}", format.id(), part.name);
                match SILENT.iter().position(|(known, _)| name.contains(known)) {
                    Some(at) => excused[at] = true,
                    None => left.push(name),
                }
            }
        }
        eprintln!("{}: {} of {ways} ways of {} parts", format.id(), ways - left.len(), parts.len());
        if !left.is_empty() {
            missing.insert(format.id(), left);
        }
    }
    assert!(missing.is_empty(), "no pair fires {missing:#?}");
    let needless: Vec<&str> = SILENT.iter().zip(excused).filter(|(_, used)| !used).map(|(one, _)| one.0).collect();
    assert!(needless.is_empty(), "these fire, and are excused: {needless:?}");
}

#[test]
fn a_pair_that_is_refused_says_why() {
    for format in Catalogue::bundled().formats() {
        let fragment = FRAGMENTS.iter().any(|(id, _)| *id == format.id());
        for pair in pairs(format.id()) {
            let (name, found) = (pair.name(), play(format, &pair));
            let said =
                ["said_writing", "said_reading"].into_iter().filter_map(|key| found.get(key)?.as_array()).flatten();
            let mut errors: Vec<&str> =
                said.filter_map(Value::as_str).filter(|line| line.starts_with("error")).collect();
            if fragment {
                errors.retain(|line| !line.contains("format/no-record"));
                assert!(!found.contains_key("read"), "{} {name}: a fragment makes no record", format.id());
            }
            assert_eq!(!errors.is_empty(), name.ends_with("-refused"), "{} {name}: {found:#?}", format.id());
        }
    }
}

#[test]
fn every_folder_of_examples_is_of_a_format() {
    let formats: Vec<&str> = Catalogue::bundled().formats().map(Format::id).collect();
    assert_eq!(folders(), formats);
}
