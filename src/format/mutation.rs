//! For tests: every small change of a document that people and programs make, and what two judges say of each.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

/// Every place of a document, containers included.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn without(document: &Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let mut changed = document.clone();
    match changed.pointer_mut(parent)? {
        Value::Object(members) => members.shift_remove(&name.replace("~1", "/").replace("~0", "~")).map(|_| ()),
        Value::Array(items) => name.parse::<usize>().ok().map(|index| drop(items.remove(index))),
        _ => None,
    }?;
    Some(changed)
}

/// What may stand in the place of a value: of every type, and texts that are nearly what is asked for.
fn others(value: &Value) -> Vec<Value> {
    let mut others = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("no such value"),
        json!([]),
        json!({}),
        json!(["x"]),
        json!({"x": 1}),
        json!([{"id": "not a uri"}]),
        json!("2025-02-30"),
        json!("2025-02-30T00:00:00Z"),
        json!("2025-02-28T00:00:00"),
        json!("https://a b.example/%zz"),
        json!("did:"),
        json!("BPNL0000"),
        json!("x BPNL00000003AYRE"),
        json!("x".repeat(400)),
        json!([value]),
    ];
    match value {
        Value::String(text) => {
            others.extend([json!(format!("{text} ")), json!(text.to_uppercase()), json!({ "@value": text })]);
            others.extend(text.parse::<f64>().ok().map(|number| json!(number)));
        }
        Value::Number(number) => others.push(json!(number.to_string())),
        Value::Array(items) => {
            others.extend(items.first().cloned());
            others.push(items.iter().rev().cloned().collect());
            others.push(items.iter().chain(items.first()).cloned().collect());
            others.push(items.iter().cloned().chain([json!(1)]).collect());
        }
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("surplus".to_owned(), json!("x"));
            others.push(Value::Object(more));
        }
        _ => {}
    }
    others.retain(|other| other != value);
    others
}

/// Each change of a document, with a name for it; the same in every run.
pub(super) fn mutations(sample: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    pointers(sample, "", &mut places);
    let mut found = Vec::new();
    for pointer in &places {
        found.extend(without(sample, pointer).map(|changed| (format!("without {pointer}"), changed)));
        for other in others(sample.pointer(pointer).unwrap_or(&Value::Null)) {
            let mut changed = sample.clone();
            if let Some(place) = changed.pointer_mut(pointer) {
                found.push((format!("{other} at {pointer}"), {
                    *place = other;
                    changed
                }));
            }
        }
    }
    found
}

/// On a sample and every change of it: what the owner's schema refuses, `ours` refuses. What `ours` alone refuses must have
/// one of the reasons, each a part of what is said, and every reason must be met. `ours` gives what is said, empty where
/// nothing is wrong.
pub(super) fn held_against(
    format: &str,
    official: &Validator,
    samples: &[Value],
    reasons: &[(&str, &str)],
    mut ours: impl FnMut(&Value) -> Vec<String>,
) {
    let (mut tried, mut refused, mut stricter) = (0, 0, 0);
    let mut met: BTreeSet<&str> = BTreeSet::new();
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    for sample in samples {
        let shown: Vec<String> = official.iter_errors(sample).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(shown.is_empty(), "{format}: {shown:#?}");
        assert_eq!(ours(sample), Vec::<String>::new(), "{format}");
        for (what, changed) in mutations(sample) {
            tried += 1;
            let said = ours(&changed);
            if !official.is_valid(&changed) {
                refused += 1;
                if said.is_empty() {
                    wrong.insert(format!("only the owner's schema refuses {what}"));
                }
            } else if !said.is_empty() {
                stricter += 1;
                for line in &said {
                    let of = reasons.iter().filter(|(reason, _)| line.contains(reason));
                    let before = met.len();
                    met.extend(of.map(|(reason, _)| *reason));
                    if met.len() == before && !reasons.iter().any(|(reason, _)| line.contains(reason)) {
                        wrong.insert(format!("we alone refuse {what}, without a reason: {line}"));
                    }
                }
            }
        }
    }
    eprintln!("{format}: {tried} changes, {refused} refused by both, {stricter} by ours alone");
    let shown: Vec<&String> = wrong.iter().take(60).collect();
    assert!(wrong.is_empty(), "{format}: {} {shown:#?}", wrong.len());
    let needless: Vec<&str> = reasons.iter().map(|(reason, _)| *reason).filter(|one| !met.contains(one)).collect();
    assert!(needless.is_empty(), "{format}: nothing is refused for {needless:?}");
    assert!(refused > 100, "{format}: {refused} of {tried}");
}
