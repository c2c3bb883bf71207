//! Checks on the compiled crosswalk: places that two rules own, conditions that look at nothing, keys that no rule reads.

use super::yaml::Errors;
use crate::mapping::path::{RecordPath, Root};
use crate::mapping::plan::{Align, Construct, Plan, Test};

pub(super) fn check(plan: &Plan, errors: &mut Errors) {
    scope(&plan.rules, errors);
    scope(&plan.batch, errors);
}

/// A condition, as far as two branches can be told apart by it.
type Conditions = Vec<Condition>;

/// A place, and the values that it has, or that it has not.
#[derive(Clone)]
struct Condition {
    path: String,
    values: Vec<serde_json::Value>,
    negated: bool,
}

struct Owned {
    place: String,
    segments: Vec<String>,
    line: usize,
    conditions: Conditions,
}

fn scope(rules: &[Construct], errors: &mut Errors) {
    let mut wires = Vec::new();
    let mut records = Vec::new();
    gather(rules, "", &mut Vec::new(), &mut wires, &mut records, errors);
    collide(&wires, "wire place", "let one of them be `implied`", errors);
    collide(&records, "record place", "say it twice with `implied: {copy: …}`", errors);
    whens(rules, &mut Vec::new(), errors);
    below(rules, errors);
}

/// Scopes inside: items of lists.
fn below(rules: &[Construct], errors: &mut Errors) {
    for rule in rules {
        match rule {
            Construct::Each(each) => {
                scope(&each.rules, errors);
                if let Some(nested) = &each.nested {
                    scope(&nested.rules, errors);
                }
                if each.align == Align::Key {
                    let mut read = Vec::new();
                    reads(&each.rules, &mut read);
                    if let Some(nested) = &each.nested {
                        reads(&nested.rules, &mut read);
                    }
                    for key in &each.key {
                        let known = read.iter().any(|path| key.segments.starts_with(&path.segments) || path.is_node())
                            || each.constants.iter().any(|(path, _)| path == key);
                        if !known {
                            errors.add(
                                line_of(&each.rules),
                                format!("`key` names `{key}`, which no rule of this list reads; add a rule for it"),
                            );
                        }
                        if let Some(line) = coarse(&each.rules, key)
                            .or_else(|| each.nested.as_ref().and_then(|nested| coarse(&nested.rules, key)))
                        {
                            errors.add(
                                line,
                                format!(
                                    "`key` names `{key}`, which this rule may print alike for two items; take a field whose \
                                     rule neither cuts nor merges codes"
                                ),
                            );
                        }
                    }
                }
            }
            Construct::Rows(rows) => {
                scope(&rows.inner_rules, errors);
                scope(&rows.outer, errors);
            }
            Construct::Group(group) => below(&group.rules, errors),
            Construct::When(when) => below(&when.rules, errors),
            Construct::Pick(pick) => below(&pick.rules, errors),
            Construct::Leaf(_) | Construct::Prefer(_) | Construct::Implied(_) => {}
        }
    }
}

pub(super) fn line_of(rules: &[Construct]) -> usize {
    rules
        .iter()
        .find_map(|rule| match rule {
            Construct::Leaf(rule) => Some(rule.line),
            Construct::Prefer(rule) => Some(rule.line),
            Construct::Implied(rule) => Some(rule.line),
            _ => None,
        })
        .unwrap_or(1)
}

/// The line of a rule of the key that may print two values alike.
fn coarse(rules: &[Construct], key: &RecordPath) -> Option<usize> {
    rules.iter().find_map(|rule| match rule {
        Construct::Leaf(leaf) if leaf.record == *key && !super::kinds::is_injective(&leaf.chain) => Some(leaf.line),
        _ => None,
    })
}

/// Record places that rules of one node read unconditionally.
fn reads(rules: &[Construct], into: &mut Vec<RecordPath>) {
    for rule in rules {
        match rule {
            Construct::Leaf(rule) => match &rule.covered {
                Some(parts) => into.extend(parts.iter().map(|part| part.under(&rule.record))),
                None => into.push(rule.record.clone()),
            },
            Construct::Prefer(rule) => {
                for slot in &rule.slots {
                    match &slot.covered {
                        Some(parts) => into.extend(parts.iter().map(|part| part.under(&slot.record))),
                        None => into.push(slot.record.clone()),
                    }
                }
            }
            Construct::Group(group) => into.push(group.record.clone()),
            Construct::Each(each) => into.push(each.record.clone()),
            Construct::Implied(_) | Construct::When(_) | Construct::Pick(_) | Construct::Rows(_) => {}
        }
    }
}

fn whens(rules: &[Construct], known: &mut Vec<RecordPath>, errors: &mut Errors) {
    for rule in rules {
        match rule {
            Construct::When(when) => {
                let mut inside = Vec::new();
                reads(&when.rules, &mut inside);
                for path in tested(&when.test) {
                    if inside.contains(path) {
                        errors.add(
                            line_of(&when.rules),
                            format!("the condition looks at `{path}`, which is read inside its own branch"),
                        );
                    } else if path.root == Root::Record
                        && !known.iter().any(|read| path.segments.starts_with(&read.segments))
                    {
                        errors.add(
                            line_of(&when.rules),
                            format!(
                                "the condition looks at `{path}`, which no rule above it reads; put that rule first"
                            ),
                        );
                    }
                }
                whens(&when.rules, known, errors);
            }
            Construct::Pick(pick) => whens(&pick.rules, &mut Vec::new(), errors),
            Construct::Group(group) => whens(&group.rules, &mut Vec::new(), errors),
            other => reads(std::slice::from_ref(other), known),
        }
    }
}

fn tested(test: &Test) -> Vec<&RecordPath> {
    match test {
        Test::Always => Vec::new(),
        Test::Present(path) | Test::In(path, _) | Test::NotIn(path, _) => vec![&path.path],
        Test::All(tests) => tests.iter().flat_map(tested).collect(),
    }
}

fn conditions(test: &Test, prefix: &str) -> Conditions {
    match test {
        Test::In(path, values) | Test::NotIn(path, values) => vec![Condition {
            path: format!("{prefix}{}", path.path),
            values: values.clone(),
            negated: matches!(test, Test::NotIn(..)),
        }],
        Test::All(tests) => tests.iter().flat_map(|test| conditions(test, prefix)).collect(),
        Test::Always | Test::Present(_) => Vec::new(),
    }
}

fn gather(
    rules: &[Construct],
    prefix: &str,
    under: &mut Conditions,
    wires: &mut Vec<Owned>,
    records: &mut Vec<Owned>,
    errors: &mut Errors,
) {
    for rule in rules {
        let mut line = line_of(std::slice::from_ref(rule));
        let mut own = |wire: &crate::mapping::path::WirePath, line: usize| {
            wires.push(Owned {
                place: wire.text.to_string(),
                segments: wire.segments.iter().map(ToString::to_string).collect(),
                line,
                conditions: under.clone(),
            });
        };
        let mut writes: Vec<RecordPath> = Vec::new();
        match rule {
            Construct::Leaf(leaf) => {
                own(&leaf.wire, leaf.line);
                line = leaf.line;
                // A rule with `where` shares its list with others.
                if leaf.list.as_ref().is_none_or(|list| list.constants.is_empty()) {
                    reads(std::slice::from_ref(rule), &mut writes);
                }
            }
            Construct::Prefer(prefer) => {
                own(&prefer.wire, prefer.line);
                line = prefer.line;
                reads(std::slice::from_ref(rule), &mut writes);
            }
            Construct::Implied(rule) => own(&rule.wire, rule.line),
            Construct::Each(each) => {
                own(&each.wire, line_of(&each.rules));
                line = line_of(&each.rules);
                if each.constants.is_empty() {
                    writes.push(each.record.clone());
                }
            }
            Construct::Rows(rows) => own(&rows.wire, line_of(&rows.outer)),
            Construct::Group(group) => {
                line = line_of(&group.rules);
                own(&group.wire, line);
                writes.push(group.record.clone());
                let prefix = format!("{prefix}{}.", group.record);
                gather(&group.rules, &prefix, under, wires, &mut Vec::new(), errors);
            }
            Construct::When(when) => {
                let before = under.len();
                under.extend(conditions(&when.test, prefix));
                gather(&when.rules, prefix, under, wires, records, errors);
                under.truncate(before);
            }
            Construct::Pick(pick) => {
                let mut inner = Vec::new();
                let prefix = format!("{prefix}{}[].", pick.record);
                gather(&pick.rules, &prefix, under, wires, &mut inner, errors);
                collide(&inner, "record place", "say it twice with `implied: {copy: …}`", errors);
            }
        }
        for path in writes {
            records.push(Owned {
                place: path.to_string(),
                segments: path.to_string().split('.').map(str::to_owned).collect(),
                line,
                conditions: under.clone(),
            });
        }
    }
}

/// Two owners that can be active together.
fn collide(owned: &[Owned], what: &str, instead: &str, errors: &mut Errors) {
    for (at, one) in owned.iter().enumerate() {
        for other in &owned[at + 1..] {
            let shorter = one.segments.len().min(other.segments.len());
            if one.segments[..shorter] != other.segments[..shorter] || disjoint(&one.conditions, &other.conditions) {
                continue;
            }
            let place = if one.place.len() < other.place.len() { &other.place } else { &one.place };
            errors.add(
                other.line,
                format!("two rules own the {what} `{place}` (the other stands at line {}); {instead}", one.line),
            );
        }
    }
}

fn disjoint(one: &Conditions, other: &Conditions) -> bool {
    let apart = |one: &Condition, other: &Condition| match (one.negated, other.negated) {
        (false, false) => !one.values.iter().any(|value| other.values.contains(value)),
        (false, true) => one.values.iter().all(|value| other.values.contains(value)),
        (true, false) => other.values.iter().all(|value| one.values.contains(value)),
        (true, true) => false,
    };
    one.iter().any(|condition| other.iter().any(|wanted| wanted.path == condition.path && apart(condition, wanted)))
}
