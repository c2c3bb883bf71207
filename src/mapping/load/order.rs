//! Derived values are judged when all that they look at has been read. Defaults are settled one after the other, from top
//! to bottom, and items of lists before the node that holds them; so none may look at a default that is settled later.

use super::check::line_of;
use super::yaml::Errors;
use crate::mapping::path::{RecordPath, Root};
use crate::mapping::plan::{Answer, BlockEntry, BlockSource, Construct, Derive, Plan, Scoped, Source, Test};
use crate::mapping::steps::Template;
use crate::mapping::steps::template::Piece;

pub(super) fn check(plan: &Plan, errors: &mut Errors) {
    scope(&plan.rules, true, errors);
}

/// A rule that is settled late, with the places that it looks at (from the item, or from the record) and those it writes.
struct Late<'p> {
    line: usize,
    looks: Vec<(&'p RecordPath, bool)>,
    writes: Vec<&'p RecordPath>,
}

fn scope(rules: &[Construct], top: bool, errors: &mut Errors) {
    let mut late = Vec::new();
    let mut inside = Vec::new();
    gather(rules, &mut late, &mut inside, errors);
    for (at, one) in late.iter().enumerate() {
        for other in &late[at + 1..] {
            for path in &other.writes {
                let seen = one.looks.iter().any(|(looked, from_item)| (*from_item || top) && overlap(looked, path));
                if seen {
                    errors.add(
                        one.line,
                        format!(
                            "this is derived from `{path}`, whose default is settled later (line {}); put this rule below it",
                            other.line
                        ),
                    );
                }
            }
        }
    }
    if !top {
        return;
    }
    // Items of lists look at the record before its own defaults are settled.
    for (line, looked) in inside {
        for other in &late {
            for path in other.writes.iter().filter(|path| overlap(&looked, path)) {
                errors.add(
                    line,
                    format!(
                        "an item is derived from `{path}`, whose default (line {}) is settled after the items; derive it from something else",
                        other.line
                    ),
                );
            }
        }
    }
}

fn gather<'p>(
    rules: &'p [Construct],
    late: &mut Vec<Late<'p>>,
    inside: &mut Vec<(usize, RecordPath)>,
    errors: &mut Errors,
) {
    for rule in rules {
        match rule {
            Construct::Leaf(rule) => {
                if let Some(derive) = &rule.otherwise {
                    late.push(Late { line: rule.line, looks: looks(derive), writes: vec![&rule.record] });
                }
            }
            Construct::Prefer(rule) => {
                if let Some(derive) = &rule.otherwise {
                    let writes = rule.slots.iter().map(|slot| &slot.record).collect();
                    late.push(Late { line: rule.line, looks: looks(derive), writes });
                }
            }
            Construct::Implied(rule) => {
                let mut looked = Vec::new();
                source(&rule.source, &mut looked);
                late.push(Late { line: rule.line, looks: looked, writes: Vec::new() });
            }
            Construct::Each(each) => {
                let line = line_of(&each.rules);
                let mut looked = Vec::new();
                if let Some(derive) = &each.otherwise {
                    looked = looks(derive);
                }
                let mut within = Vec::new();
                gather(&each.rules, &mut within, &mut Vec::new(), errors);
                if each.is_late() {
                    looked.extend(within.iter().flat_map(|late| &late.looks).filter(|(_, item)| !item));
                    late.push(Late { line, looks: looked, writes: vec![&each.record] });
                } else {
                    outside(&within, inside);
                    scope(&each.rules, false, errors);
                }
            }
            Construct::Rows(rows) => {
                let mut within = Vec::new();
                gather(&rows.inner_rules, &mut within, &mut Vec::new(), errors);
                outside(&within, inside);
            }
            Construct::Group(group) => {
                let mut within = Vec::new();
                gather(&group.rules, &mut within, &mut Vec::new(), errors);
                outside(&within, inside);
                scope(&group.rules, false, errors);
            }
            Construct::When(when) => gather(&when.rules, late, inside, errors),
            Construct::Pick(_) => {}
        }
    }
}

fn outside(within: &[Late<'_>], inside: &mut Vec<(usize, RecordPath)>) {
    for one in within {
        inside.extend(one.looks.iter().filter(|(_, item)| !item).map(|(path, _)| (one.line, (*path).clone())));
    }
}

fn overlap(one: &RecordPath, other: &RecordPath) -> bool {
    let shorter = one.segments.len().min(other.segments.len());
    one.root == other.root && shorter > 0 && one.segments[..shorter] == other.segments[..shorter]
}

fn looks(derive: &Derive) -> Vec<(&RecordPath, bool)> {
    let mut looked = Vec::new();
    derived(derive, &mut looked);
    looked
}

fn derived<'p>(derive: &'p Derive, into: &mut Vec<(&'p RecordPath, bool)>) {
    match derive {
        Derive::Table(rows) => {
            for (test, answer) in rows {
                tested(test, into);
                if let Answer::Path(path) = answer {
                    scoped(path, into);
                }
            }
        }
        Derive::Codes(_, path) => scoped(path, into),
        Derive::Text(template) => text(template, into),
        Derive::Block(entries) => block(entries, into),
        // A computed source may look at anything; its own documentation says at what.
        Derive::Call(_) | Derive::RowNumber => {}
    }
}

fn tested<'p>(test: &'p Test, into: &mut Vec<(&'p RecordPath, bool)>) {
    match test {
        Test::Always => {}
        Test::Present(path) | Test::In(path, _) | Test::NotIn(path, _) => scoped(path, into),
        Test::All(tests) => tests.iter().for_each(|test| tested(test, into)),
    }
}

fn scoped<'p>(path: &'p Scoped, into: &mut Vec<(&'p RecordPath, bool)>) {
    if path.path.root == Root::Record {
        into.push((&path.path, path.from_item));
    }
}

fn text<'p>(template: &'p Template, into: &mut Vec<(&'p RecordPath, bool)>) {
    for alternative in &template.alternatives {
        into.extend(alternative.given.iter().map(|(path, _)| (path, false)));
        for piece in &alternative.pieces {
            if let Piece::Variable { path, of_record, .. } = piece {
                into.push((path, !of_record));
            }
        }
    }
}

fn source<'p>(source: &'p Source, into: &mut Vec<(&'p RecordPath, bool)>) {
    match source {
        Source::Constant(_) | Source::BySheet(_) => {}
        Source::Copy(path, _) => scoped(path, into),
        Source::Derive(derive, _) => derived(derive, into),
    }
}

fn block<'p>(entries: &'p [BlockEntry], into: &mut Vec<(&'p RecordPath, bool)>) {
    for entry in entries {
        match &entry.source {
            BlockSource::Value(value) => source(value, into),
            BlockSource::Each { list, entries, .. } => {
                scoped(list, into);
                // What an item of that list looks at in itself is part of the list.
                let mut inner = Vec::new();
                block(entries, &mut inner);
                into.extend(inner.into_iter().filter(|(_, item)| !item));
            }
        }
    }
}
