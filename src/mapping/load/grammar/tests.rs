//! The published schema against the loader: what an editor marks is never loaded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::yaml::{Errors, Yaml, parse};
use super::schema;
use crate::codes::Codes;
use crate::format::Catalogue;
use crate::mapping::{Crosswalk, Library, LoadError};

/// Mutants of one crosswalk that are looked at, at most.
const MUTANTS: usize = 60;

fn crosswalks() -> BTreeMap<String, String> {
    Catalogue::bundled_files()
        .into_iter()
        .filter(|(_, text)| text.lines().any(|line| line.starts_with("format:")))
        .collect()
}

fn tree(name: &str, text: &str) -> Yaml {
    parse(text, &mut Errors::new(name)).expect("YAML")
}

fn load(text: &str) -> Result<Crosswalk, Vec<LoadError>> {
    let record = crate::record::schema();
    let files = Catalogue::bundled_files();
    let includes = |name: &str| files.get(name).cloned();
    Crosswalk::parse(text, "m.yaml", &Library { codes: Codes::bundled(), includes: &includes, record: &record })
}

fn validator() -> jsonschema::Validator {
    jsonschema::options().offline().build(&schema()).expect("the schema of crosswalks compiles")
}

#[test]
fn every_bundled_crosswalk_is_valid_by_the_published_schema() {
    let validator = validator();
    for (name, text) in crosswalks() {
        let document = tree(&name, &text).json();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn the_file_that_is_published_is_the_one_that_the_loader_holds_to() {
    let file = include_str!("../../../../schemas/crosswalk/certbridge-crosswalk-1.json");
    let published: Value = serde_json::from_str(file).expect("JSON");
    assert_eq!(
        published,
        schema(),
        "write it again: certbridge format schema > schemas/crosswalk/certbridge-crosswalk-1.json"
    );
}

/// All changes of one place: of another kind, a word that nobody knows, gone, and an unknown key beside.
fn mutants(document: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    walk(document, String::new(), &mut places);
    let mut found = Vec::new();
    for place in places {
        for other in [json!({"frobnicate": "x"}), json!([["x"]]), Value::Null, json!("frobnicate")] {
            let mut mutant = document.clone();
            let Some(there) = mutant.pointer_mut(&place) else { continue };
            if std::mem::discriminant(there) != std::mem::discriminant(&other) || other == json!("frobnicate") {
                let words = format!("{place} = {other}");
                *there = other;
                found.push((words, mutant));
            }
        }
        let mut mutant = document.clone();
        if let Some(Value::Object(members)) = mutant.pointer_mut(&place) {
            members.insert("frobnicate".into(), json!("x"));
            found.push((format!("{place} + frobnicate"), mutant));
        }
        let (parent, name) = place.rsplit_once('/').unwrap_or_default();
        let mut mutant = document.clone();
        if let Some(Value::Object(members)) = mutant.pointer_mut(parent) {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
            found.push((format!("{place} gone"), mutant));
        }
    }
    found
}

fn walk(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), into);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
    into.push(at);
}

#[test]
fn what_the_published_schema_refuses_is_not_loaded() {
    let validator = validator();
    let (mut seen, mut refused) = (0, 0);
    for (name, text) in crosswalks() {
        let all = mutants(&tree(&name, &text).json());
        let stride = (all.len() / MUTANTS).max(1);
        for (words, mutant) in all.into_iter().step_by(stride) {
            seen += 1;
            if validator.is_valid(&mutant) {
                continue;
            }
            refused += 1;
            let errors = load(&mutant.to_string()).map(|_| ()).expect_err(&format!("{name}: {words} is loaded"));
            assert!(errors.iter().all(|error| error.line > 0 && !error.message.is_empty()), "{errors:#?}");
        }
    }
    eprintln!("{seen} mutants, {refused} refused by the schema and by the loader");
    assert!(refused > 400, "{refused} of {seen}");
}

#[test]
fn a_mistyped_key_or_word_is_told_with_the_one_that_was_meant() {
    for (text, line, wanted) in [
        (
            "format: t@1\nrules: []\nnot-caried: ['*']",
            3,
            "a crosswalk knows no `not-caried` (did you mean `not-carried`?); it may have: format,",
        ),
        (
            "format: t@1\nsyntax: jason\nrules: []",
            2,
            "`syntax` knows no `jason` (did you mean `json`?); there are: json, ndjson",
        ),
        ("format: t@1\nrules: []\ntables: [a]", 3, "`tables` is a map, not a list"),
        ("format: t@1\nrules:\n- record: kind\n  wire: k\n  whole: yes", 5, "`whole` is true or false"),
        ("format: t@1\nrules:\n- {record: kind}", 3, "a rule needs `wire:`, the place on the wire"),
        (
            "format: t@1\nrules:\n- each: {record: sites, wire: s, key: [name]}",
            3,
            "`each` needs `rules:`, the rules of an item",
        ),
        ("format: t@1\nrules:\n- when: [a]\n  rules: []", 3, "`when` is a map of present, not a list"),
        ("format: t@1\nrules:\n- {record: kind, wire: k, steps: [{limit: many}]}", 3, "`limit` is a whole number"),
        ("- a", 1, "a crosswalk is a map, not a list"),
    ] {
        let errors = load(text).map(|_| ()).expect_err(text);
        assert!(
            errors.iter().any(|error| error.line == line && error.message.contains(wanted)),
            "{text}\n{wanted}\n{errors:#?}"
        );
    }
}
