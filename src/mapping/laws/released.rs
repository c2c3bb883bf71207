//! Release as a lens: under whatever policy a record went out, the partner's answer touches nothing that was withheld, and
//! on what was released the laws hold as ever. And the accounts of two mappings in a row.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use serde_json::{Map, Value, json};

use super::super::report_tests::day;
use super::bundled::{case, config, lens, two_way};
use super::carried::{holds, part};
use super::cases::Cases;
use super::draw::Draw;
use super::lens::{Lens, clean, strip};
use super::records;
use crate::record::Record;
use crate::release::{Audience, PersonalBasis, Policy, lay_back, release, release_for_answer, release_tree};

/// A policy, with paths of the record that it withholds.
fn policy(paths: &[String], draw: &mut Draw<'_>) -> Value {
    let audience = draw.one(&["public", "partner", "partner"]);
    let mut policy = json!({"name": "p", "audience": audience});
    if draw.percent(40) {
        let until = draw.one(&["2020-01-01", "2099-12-31"]);
        policy["personal"] = json!({"legal_basis": "b", "purpose": "p", "from": "2010-01-01", "until": until});
    }
    if draw.percent(60) {
        let withhold: Vec<&String> = (0..=draw.below(4)).map(|_| draw.of(paths)).collect();
        policy["withhold"] = json!(withhold);
    }
    policy["needs_consent"] = json!(draw.percent(10));
    policy
}

/// Every path of the record, in the notation of its schema.
fn paths(root: &Value, node: &Value, path: &str, into: &mut Vec<String>) {
    let mut node = node;
    let mut list = false;
    loop {
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            node = root.pointer(reference.trim_start_matches('#')).expect("the schema refers to itself");
        } else if let Some(items) = node.get("items").filter(|items| items.is_object()) {
            (node, list) = (items, true);
        } else {
            break;
        }
    }
    for (name, field) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if name == "residue" {
            continue;
        }
        let below = match path {
            "" => name.clone(),
            path => format!("{path}{}.{name}", if list { "[]" } else { "" }),
        };
        into.push(below.clone());
        paths(root, field, &below, into);
    }
}

fn strategy(lens: &Lens) -> Cases {
    let lens = Lens { crosswalk: lens.crosswalk.clone(), issue: lens.issue.clone() };
    let schema = records::Schema::new();
    let mut known = Vec::new();
    paths(schema.root(), schema.root(), "", &mut known);
    Cases(Arc::new(move |draw: &mut Draw<'_>| {
        let drawn = case(&lens, &schema, draw);
        let mut record = schema.whole_record(draw);
        if draw.percent(60) {
            // What the format can carry, beside what it cannot.
            for (key, value) in drawn["other"].as_object().into_iter().flatten() {
                if !matches!(key.as_str(), "residue" | "key" | "holder" | "dates") {
                    record[key] = value.clone();
                }
            }
        }
        record["residue"] = json!({"other@1": {"kept": [{"place": "x", "leaf": "kept"}]}});
        json!({"record": record, "document": drawn["document"], "policy": policy(&known, draw)})
    }))
}

/// Everything but the residue of one format.
fn without(value: &Value, format: &str) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (key, member) in members {
                let mut member = without(member, format);
                if key == "residue" {
                    member.as_object_mut().into_iter().for_each(|residue| drop(residue.remove(format)));
                    if member == json!({}) {
                        continue;
                    }
                }
                kept.insert(key.clone(), member);
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| without(item, format)).collect()),
        other => other.clone(),
    }
}

/// What of a record a policy withholds, as a tree.
fn hidden(record: &Record, policy: &Policy) -> Value {
    let released = release(record, policy, day());
    let withheld = |path: &str| {
        released.withheld().iter().any(|above| {
            path.strip_prefix(above.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    let tree = serde_json::to_value(record).expect("a tree");
    part(&strip(&tree), "", &withheld).unwrap_or_else(|| json!({}))
}

fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(key, member)| key == word || mentions(member, word)),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        _ => false,
    }
}

fn laws(lens: &Lens, case: &Value) -> Result<bool, TestCaseError> {
    let part_of = |name: &str| case.get(name).cloned().unwrap_or_default();
    let policy: Policy = serde_json::from_value(part_of("policy")).unwrap_or_default();
    let Ok(record) = serde_json::from_value::<Record>(part_of("record")) else { return Ok(false) };
    let tree = serde_json::to_value(&record).expect("a tree");
    let format = lens.crosswalk.format();
    let released = release(&record, &policy, day());
    let shown = release_for_answer(&record, &policy, day());
    prop_assert_eq!(&strip(&shown), released.as_value(), "what an answer is read into is what was released");
    prop_assert!(!mentions(released.as_value(), "residue"), "residue leaves");

    // GetPut: whoever sends back what he got changes nothing.
    let plain = lens.get(released.as_value(), &lens.issue, false);
    if plain.written && !released.is_empty() {
        prop_assert!(!plain.document.root.to_json().to_string().contains("~held"));
        let answered = lens.put(&shown, &plain.document).record;
        let (laid, refused) = lay_back(&record, &policy, day(), answered, format);
        let (before, after) = (clean(without(&tree, format), true), clean(without(&laid, format), true));
        prop_assert!(after == before, "GetPut after release\nbefore {:#}\nafter {:#}", before, after);
        prop_assert!(refused.is_empty(), "refused {:?}", refused);
    }

    // Whatever he sends, what was withheld stays, and nothing comes to it.
    let answered = lens.put(&shown, &lens.written(&part_of("document"))).record;
    // An answer that names another certificate is refused whole.
    if answered.get("key") != shown.get("key") {
        return Ok(true);
    }
    let (laid, refused) = lay_back(&record, &policy, day(), answered.clone(), format);
    let before = hidden(&record, &policy);
    prop_assert!(holds(&laid, &before), "an answer touches what was withheld\nhidden {:#}\nafter {:#}", before, laid);
    prop_assert_eq!(&laid["residue"]["other@1"], &tree["residue"]["other@1"]);
    if let Ok(after) = serde_json::from_value::<Record>(laid.clone()) {
        let own_word = |record: &Record| {
            (policy.needs_consent, record.reporting.publishable, serde_json::to_value(&record.holder).ok())
        };
        let same = own_word(&record) == own_word(&after) && !policy.needs_consent;
        if same {
            let now = hidden(&after, &policy);
            prop_assert!(holds(&before, &now), "an answer adds to what is withheld\nwas {:#}\nis {:#}", before, now);
        }
        if same && refused.is_empty() {
            let back = clean(release_tree(laid.clone(), &after, &policy, day()), true);
            let said = clean(strip(&answered), true);
            prop_assert!(back == said, "PutGet of the released part\nsaid {:#}\nis {:#}", said, back);
        }
    }
    Ok(true)
}

#[test]
fn an_answer_touches_nothing_that_was_withheld() {
    let mut broken = Vec::new();
    for format in two_way() {
        let lens = lens(format.crosswalk());
        let (cases, records) = (std::cell::Cell::new(0_u32), std::cell::Cell::new(0_u32));
        let config = config(&format!("{}-released", format.id()), (super::cases() / 5).max(20));
        let outcome = TestRunner::new(config).run(&strategy(&lens), |case| {
            let was_record = laws(&lens, &case)?;
            cases.set(cases.get() + 1);
            records.set(records.get() + u32::from(was_record));
            Ok(())
        });
        eprintln!("{}: {} records of {} cases", format.id(), records.get(), cases.get());
        match outcome {
            Ok(()) => assert!(records.get() * 3 > cases.get(), "{}: few cases are records", format.id()),
            Err(TestError::Abort(why)) => broken.push(format!("{}: {why}", format.id())),
            Err(TestError::Fail(why, case)) => {
                broken.push(format!(
                    "{}: {why}\n--- record {:#}\n--- policy {}\n--- document {:#}",
                    format.id(),
                    case["record"],
                    case["policy"],
                    lens.written(&case["document"]).root.to_json()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n=====\n"));
}

#[test]
fn a_policy_drawn_at_random_is_one() {
    let mut known = Vec::new();
    let schema = records::Schema::new();
    paths(schema.root(), schema.root(), "", &mut known);
    assert!(known.len() > 150 && known.iter().any(|path| path == "process[].team[].name"), "{known:?}");
    let mut runner = TestRunner::deterministic();
    for _ in 0..200 {
        let policy: Policy = serde_json::from_value(policy(&known, &mut Draw(runner.rng()))).expect("a policy");
        let unknown = policy.check().into_iter().any(|finding| finding.code() == "release/unknown-path");
        assert!(!unknown, "{:?}", policy.withhold);
        let _: Option<(Audience, PersonalBasis)> = policy.personal.map(|basis| (policy.audience, basis));
    }
}

#[test]
fn every_leaf_of_a_composed_account_has_the_worse_of_two_classes() {
    use super::super::{Account, Class};
    for (from, into) in [("cnca-report@2016", "untp-dcc@0.7.0"), ("cnca-ccc@1", "iaf-certsearch@2")] {
        let catalogue = crate::format::Catalogue::bundled();
        let first = lens(catalogue.format(from).expect("a format").crosswalk());
        let second = lens(catalogue.format(into).expect("a format").crosswalk());
        let strategy = super::bundled::strategy(&first.crosswalk);
        let mut runner = TestRunner::deterministic();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..60 {
            let case = strategy.new_tree(&mut runner).expect("a case");
            let case = proptest::strategy::ValueTree::current(&case);
            let put = first.put(&json!({}), &first.written(&case["document"]));
            let got = second.get(&strip(&put.record), &put.issue, false);
            let composed: Account = put.account.then(&got.account);
            let sources = |account: &Account| account.leaves.iter().map(|line| line.source.clone()).collect::<Vec<_>>();
            assert_eq!(sources(&composed), sources(&put.account));
            for (line, before) in composed.leaves.iter().zip(&put.account.leaves) {
                assert!(line.class >= before.class, "{line:?} after {before:?}");
                // What arrives, arrives at places that the second wrote.
                for target in &line.targets {
                    assert!(got.account.leaves.iter().any(|line| line.targets.contains(target)), "{target}");
                }
                seen.insert(line.class);
            }
            // Each place that was written has a leaf of the document behind it, or is supplied.
            for target in got.account.leaves.iter().flat_map(|line| &line.targets) {
                let told = composed.leaves.iter().chain(&composed.supplied).any(|line| line.targets.contains(target));
                assert!(told, "{into}: {target}");
            }
        }
        for class in [Class::Carried, Class::NotCarried, Class::KeptAside] {
            assert!(seen.contains(&class), "{from} to {into}: {class:?}");
        }
    }
}
