//! The account of `get`, held to its word: what it calls carried is in the record that is read back from the plain document
//! alone, and what it calls narrowed is not.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::super::plan::{Construct, Plan, RuleId};
use super::super::{Account, Class};
use crate::finding::Place;

/// The first leaf of a record of which the account does not tell the truth, with the record that came back.
pub(super) fn untrue(record: &Value, account: &Account, back: &Value, defaults: &[&str]) -> Option<String> {
    let classes: HashMap<&str, Class> = account
        .leaves
        .iter()
        .filter_map(|line| match &line.source {
            Place::Field(path) => Some((path.as_str(), line.class)),
            _ => None,
        })
        .collect();
    let carried = |path: &str| classes.get(path) == Some(&Class::Carried);
    // A claim that says what the default says comes back as the default: no claim.
    let defaulted: HashSet<&str> = account
        .leaves
        .iter()
        .filter(|line| line.rule.as_deref().is_some_and(|rule| defaults.contains(&rule)))
        .filter_map(|line| match &line.source {
            Place::Field(path) => Some(path.as_str()),
            _ => None,
        })
        .collect();
    let promised = part(record, "", &|path| carried(path) && !defaulted.contains(path));
    let promised = promised.unwrap_or_else(|| Value::Object(Map::new()));
    if !holds(back, &promised) {
        return Some(format!("not all comes back of what is carried\npromised {promised:#}"));
    }
    for path in defaulted.into_iter().filter(|path| carried(path) && !path.contains('[')) {
        let pointer = format!("/{}", path.replace('.', "/"));
        if back.pointer(&pointer).is_some_and(|value| Some(value) != record.pointer(&pointer)) {
            return Some(format!("{path} is carried, and comes back as something else"));
        }
    }
    let narrowed = classes.iter().filter(|(_, class)| **class == Class::Narrowed);
    for (path, _) in narrowed {
        let with = part(record, "", &|other| other == *path || carried(other)).unwrap_or_default();
        if holds(back, &with) {
            return Some(format!("{path} is narrowed, and comes back all the same"));
        }
    }
    None
}

/// The leaves that are asked for, with the nodes around them.
pub(super) fn part(value: &Value, path: &str, wanted: &dyn Fn(&str) -> bool) -> Option<Value> {
    match value {
        Value::Object(members) if members.keys().any(|key| key != "residue") => {
            let kept: Map<String, Value> = members
                .iter()
                .filter(|(key, _)| *key != "residue")
                .filter_map(|(key, member)| {
                    let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    Some((key.clone(), part(member, &below, wanted)?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) if !items.is_empty() => {
            // An item without anything says that there is nothing: so does a document that is silent.
            let says = |item: &&Value| !super::super::path::is_empty(item);
            let numbered = items.iter().enumerate().filter(|(_, item)| says(item));
            let kept: Vec<Value> =
                numbered.filter_map(|(at, item)| part(item, &format!("{path}[{at}]"), wanted)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        leaf => wanted(path).then(|| leaf.clone()),
    }
}

/// Is all of the one in the other? Items of a list each in one of their own.
pub(super) fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Array(whole), Value::Array(parts)) => {
            // Those that say most choose first.
            let mut parts: Vec<&Value> = parts.iter().collect();
            parts.sort_by_key(|part| std::cmp::Reverse(part.to_string().len()));
            let mut taken = vec![false; whole.len()];
            parts.into_iter().all(|part| {
                let found = (0..whole.len()).find(|at| !taken[*at] && holds(&whole[*at], part));
                found.is_some_and(|at| !std::mem::replace(&mut taken[at], true))
            })
        }
        (whole, part) => whole == part,
    }
}

/// The rules that write a default.
pub(super) fn defaults(plan: &Plan) -> Vec<&str> {
    // Of a list that has a default, every rule.
    fn gather(rules: &[Construct], all: bool, into: &mut Vec<RuleId>) {
        for rule in rules {
            match rule {
                Construct::Leaf(rule) if all || rule.otherwise.is_some() => into.push(rule.id),
                Construct::Prefer(rule) if all || rule.otherwise.is_some() => into.push(rule.id),
                Construct::Group(group) => gather(&group.rules, all, into),
                Construct::When(when) => gather(&when.rules, all, into),
                Construct::Pick(pick) => gather(&pick.rules, all, into),
                Construct::Each(each) => {
                    let all = all || each.otherwise.is_some();
                    gather(&each.rules, all, into);
                    each.nested.iter().for_each(|nested| gather(&nested.rules, all, into));
                }
                _ => {}
            }
        }
    }
    let mut ids = Vec::new();
    gather(&plan.rules, false, &mut ids);
    ids.into_iter().filter_map(|id| plan.names.get(usize::from(id)).map(String::as_str)).collect()
}
