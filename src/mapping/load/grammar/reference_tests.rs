//! The reference for people against the table: every key and word is there and no other, and every example loads.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Node, nodes};
use crate::codes::Codes;
use crate::mapping::{Crosswalk, Library};

const REFERENCE: &str = include_str!("../../../../docs/crosswalks.md");

/// The tables of keys: the maps that each is about, and the keys that it has.
fn tables() -> Vec<(Vec<&'static str>, BTreeSet<&'static str>)> {
    let mut found = Vec::new();
    for part in REFERENCE.split("<!-- keys: ").skip(1) {
        let (names, rest) = part.split_once(" -->").expect("an end");
        let rows = rest.lines().skip(3).take_while(|line| line.starts_with("| "));
        let first = rows.filter_map(|line| line.trim_start_matches("| ").split(" | ").next());
        let keys =
            first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(|key| key.split(':').next().expect("one"));
        found.push((names.split(", ").collect(), keys.collect()));
    }
    found
}

#[test]
fn the_reference_names_every_key_and_no_other() {
    let all: BTreeMap<&str, &Node> = nodes().into_iter().map(|node| (node.name, node)).collect();
    let mut told = BTreeSet::new();
    for (names, keys) in tables() {
        let mut known = BTreeSet::new();
        for name in names {
            let node = all.get(name).unwrap_or_else(|| panic!("there is no map `{name}`"));
            known.extend(node.keys.iter().map(|key| key.name));
            told.insert(name);
        }
        assert_eq!(keys, known);
    }
    let untold: Vec<&&str> = all.keys().filter(|name| !told.contains(*name)).collect();
    assert!(untold.is_empty(), "no table is about {untold:?}");
}

#[test]
fn the_reference_names_every_word() {
    fn words(kind: &Kind, into: &mut Vec<&'static str>) {
        match kind {
            Kind::Word(words) | Kind::Words(words) => into.extend(*words),
            Kind::Free(inner) | Kind::List(inner) => words(inner, into),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| words(kind, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    nodes().iter().flat_map(|node| node.keys).for_each(|key| words(&key.kind, &mut all));
    assert!(all.len() > 40);
    for word in all {
        let spelt = [format!("`{word}`"), format!(": {word}`")];
        assert!(spelt.iter().any(|spelt| REFERENCE.contains(spelt)), "the reference does not name `{word}`");
    }
}

/// The examples, each with its line.
fn examples() -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in REFERENCE.lines().enumerate() {
        match &mut open {
            Some(_) if line == "```" => found.extend(open.take()),
            Some((_, text)) => text.push_str(&format!("{line}\n")),
            None if line == "```yaml" => open = Some((index + 2, String::new())),
            None => {}
        }
    }
    found
}

#[test]
fn every_example_of_the_reference_loads() {
    let record = crate::record::schema();
    let mut files = BTreeMap::new();
    let mut loaded = 0;
    for (line, example) in examples() {
        if let Some(name) = example.lines().next().and_then(|first| first.strip_prefix("# file: ")) {
            files.insert(name.to_owned(), example);
            continue;
        }
        let whole = if example.starts_with("- ") {
            format!("format: example@1\nrules:\n{example}")
        } else if example.lines().any(|line| line.starts_with("format:")) {
            example.clone()
        } else {
            format!("format: example@1\n{example}")
        };
        let includes = |name: &str| files.get(name).cloned();
        let library = Library { codes: Codes::bundled(), includes: &includes, record: &record };
        match Crosswalk::parse(&whole, "example", &library) {
            Ok(crosswalk) if example.lines().any(|line| line.starts_with("format:")) => {
                let missing = crosswalk.missing("example", None, &record);
                assert!(missing.is_empty(), "the example at line {line}: {missing:#?}");
            }
            Ok(_) => {}
            Err(errors) => panic!("the example at line {line}: {errors:#?}"),
        }
        loaded += 1;
    }
    assert!(loaded >= 15, "{loaded}");
}
