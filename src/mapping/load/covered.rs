//! What the format has no place for is stated: every field of the record is covered by a rule or named under
//! `not-carried:`, so that an omission can be told from a decision.

use serde_json::Value;

use super::yaml::Errors;
use crate::mapping::path::{RecordPath, Root, Segment};
use crate::mapping::plan::{Align, Construct, Direction, Plan, Slot};

/// Fields of the record itself that no format has to carry.
const OWN: [&str; 2] = ["record_format", "residue"];

/// So many fields are named in the error; the others are counted.
const NAMED: usize = 5;

pub(super) fn check(plan: &Plan, record: &Value, errors: &mut Errors) {
    identity(plan, errors);
    let mut fields = Vec::new();
    walk(record, record, &mut Vec::new(), &mut fields);
    by_place(&plan.rules, &[], &fields, errors);
    if plan.direction == Direction::In || plan.not_carried.iter().any(|path| path == "*") {
        return;
    }
    let mut covered: Vec<Vec<String>> = Vec::new();
    rules(&plan.rules, &[], &mut covered);
    covered.extend(plan.constants.iter().map(|(path, _)| names(path)));
    let stated: Vec<Vec<String>> =
        plan.not_carried.iter().filter_map(|path| RecordPath::parse(path).ok()).map(|path| names(&path)).collect();
    let line = plan.not_carried_line;
    for path in &stated {
        if let Some(carried) = covered.iter().find(|carried| carried.starts_with(path)) {
            errors.add(
                line,
                format!(
                    "`not-carried:` names `{}`, but a rule carries `{}`; take it out, or name the other fields one by one",
                    path.join("."),
                    carried.join(".")
                ),
            );
        }
    }
    let missing: Vec<String> = fields
        .into_iter()
        .filter(|field| {
            // A rule for the whole covers its parts; a rule for one language covers the text.
            let by_rule = covered.iter().any(|path| field.starts_with(path) || path.starts_with(field));
            !by_rule && !stated.iter().any(|path| field.starts_with(path))
        })
        .map(|field| field.join("."))
        .collect();
    if missing.is_empty() {
        return;
    }
    // One sentence for the whole file: a crosswalk that is just begun leaves hundreds of fields open.
    let named: Vec<String> = missing.iter().take(NAMED).map(|field| format!("`{field}`")).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    errors.add(
        line,
        format!(
            "no rule carries {}{more}; write a rule for each, or list it under `not-carried:`; `not-carried: [\"*\"]` \
             stands for all that no rule names",
            named.join(", "),
        ),
    );
}

/// A document that is read must say which certificate it is about.
fn identity(plan: &Plan, errors: &mut Errors) {
    if plan.direction == Direction::Out {
        return;
    }
    let mut covered = Vec::new();
    rules(&plan.rules, &[], &mut covered);
    // A filing is about a rule, not a certificate.
    let read = |path: &Vec<String>| {
        matches!(&*path.join("."), "key" | "key.number" | "key.uri") || matches!(&*path.join("."), "scheme.rule.number")
    };
    if !covered.iter().any(read) {
        let line = plan.rules.first().map_or(1, |rule| super::check::line_of(std::slice::from_ref(rule)));
        errors.add(
            line,
            "no rule reads the number of the certificate; write one for `key.number` (or `key.uri`) with `required: both`, \
             or say `direction: out`",
        );
    }
}

/// Items that are told apart by their place must be carried whole: a field that the format cannot see would move to another
/// item.
fn by_place(all: &[Construct], above: &[String], fields: &[Vec<String>], errors: &mut Errors) {
    let below = |record: &RecordPath| above.iter().cloned().chain(names(record)).collect::<Vec<_>>();
    for rule in all {
        match rule {
            Construct::Each(each) => {
                let way = below(&each.record);
                if each.align == Align::Position {
                    let mut covered: Vec<Vec<String>> = Vec::new();
                    rules(&each.rules, &way, &mut covered);
                    let open: Vec<String> = fields
                        .iter()
                        .filter(|field| field.starts_with(&way) && field.len() > way.len())
                        .filter(|field| !covered.iter().any(|path| field.starts_with(path) || path.starts_with(field)))
                        .map(|field| format!("`{}`", field.get(way.len()..).unwrap_or_default().join(".")))
                        .collect();
                    if !open.is_empty() {
                        errors.add(
                            super::check::line_of(&each.rules),
                            format!(
                                "items of `{}` are told apart by their place, but no rule carries {}, which would move to \
                                 another item; carry it, or give the list a `key:`",
                                way.join("."),
                                open.join(", ")
                            ),
                        );
                    }
                }
                by_place(&each.rules, &way, fields, errors);
            }
            Construct::Group(group) => by_place(&group.rules, &below(&group.record), fields, errors),
            Construct::Pick(pick) => by_place(&pick.rules, &below(&pick.record), fields, errors),
            Construct::When(when) => by_place(&when.rules, above, fields, errors),
            _ => {}
        }
    }
}

fn names(path: &RecordPath) -> Vec<String> {
    path.segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Field(name) => Some(name.to_string()),
            Segment::Index(_) | Segment::Match(..) | Segment::Last => None,
        })
        .collect()
}

/// Fields by their names, lists left out: `holder.addresses.text`.
fn walk(root: &Value, node: &Value, at: &mut Vec<String>, into: &mut Vec<Vec<String>>) {
    let mut here = node;
    while let Some(next) =
        here.get("$ref").and_then(Value::as_str).and_then(|to| root.pointer(to.trim_start_matches('#')))
    {
        here = next;
    }
    if let Some(items) = here.get("items") {
        return walk(root, items, at, into);
    }
    let Some(fields) = here.get("properties").and_then(Value::as_object).filter(|_| at.len() < 12) else {
        into.push(at.clone());
        return;
    };
    for (name, field) in fields.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        at.push(name.clone());
        walk(root, field, at, into);
        at.pop();
    }
}

fn add(above: &[String], path: &RecordPath, parts: Option<&[RecordPath]>, into: &mut Vec<Vec<String>>) {
    if path.root != Root::Record {
        return;
    }
    let mut way = above.to_vec();
    way.extend(names(path));
    match parts {
        Some(parts) if !parts.is_empty() => {
            for part in parts {
                let mut way = way.clone();
                way.extend(names(part));
                into.push(way);
            }
        }
        _ => into.push(way),
    }
}

fn rules(rules: &[Construct], above: &[String], into: &mut Vec<Vec<String>>) {
    for rule in rules {
        match rule {
            Construct::Leaf(leaf) => match &leaf.list {
                Some(list) => {
                    add(above, &leaf.record, Some(&list.covered), into);
                    for (constant, _) in &list.constants {
                        add(above, &constant.under(&leaf.record), None, into);
                    }
                }
                None => add(above, &leaf.record, leaf.covered.as_deref(), into),
            },
            Construct::Prefer(prefer) => {
                prefer
                    .slots
                    .iter()
                    .for_each(|Slot { record, covered, .. }| add(above, record, covered.as_deref(), into));
            }
            Construct::Implied(_) => {}
            Construct::Group(group) => below(&group.rules, above, &group.record, &[], into),
            Construct::When(when) => self::rules(&when.rules, above, into),
            Construct::Pick(pick) => below(&pick.rules, above, &pick.record, &pick.constants, into),
            Construct::Each(each) => {
                below(&each.rules, above, &each.record, &each.constants, into);
                if let Some(nested) = &each.nested {
                    below(&nested.rules, above, &each.record, &[], into);
                }
            }
            Construct::Rows(rows) => {
                below(&rows.outer, above, &rows.record, &rows.constants, into);
                let mut way = rows.record.clone();
                way.segments.extend(rows.inner.segments.iter().cloned());
                below(&rows.inner_rules, above, &way, &[], into);
            }
        }
    }
}

fn below(
    inner: &[Construct],
    above: &[String],
    record: &RecordPath,
    constants: &[(RecordPath, Value)],
    into: &mut Vec<Vec<String>>,
) {
    let mut way = above.to_vec();
    way.extend(names(record));
    for (constant, _) in constants {
        let mut way = way.clone();
        way.extend(names(constant));
        into.push(way);
    }
    rules(inner, &way, into);
}
