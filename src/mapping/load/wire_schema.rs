//! What a crosswalk says of its format, held against the schema that judges the format's documents: places that the schema
//! does not know, fields that it requires and no rule writes, codes that it lists and no rule reads, fields that no rule
//! reads though the crosswalk says which it leaves out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::yaml::Errors;
use crate::document::Name;
use crate::mapping::path::WirePath;
use crate::mapping::plan::{Absent, Construct, Direction, Plan, Test};
use crate::mapping::shape::Kind;
use crate::mapping::steps::{Chain, Step};

pub(super) fn check(plan: &Plan, schema: &Value, errors: &mut Errors) {
    let schema = Schema { root: schema };
    let mut nodes = schema.resolve(schema.root);
    if let Some(records) = plan.records.as_ref().filter(|_| plan.syntax == crate::document::Syntax::Json) {
        match schema.descend(&nodes, &records.segments) {
            Way::Known(list) if !records.segments.is_empty() => nodes = schema.items(&list),
            _ => {}
        }
    }
    let mut checker = Checker { plan, schema, errors };
    let mut places = Vec::new();
    gather(&plan.rules, Written::Always, &mut places);
    checker.node(&nodes, &places, &[]);
    checker.stated(&nodes);
}

/// A place that a rule owns on a wire node.
struct Place<'p> {
    wire: &'p WirePath,
    line: usize,
    written: Written<'p>,
    rule: &'p Construct,
}

/// When a rule writes its place.
#[derive(Clone, Copy)]
enum Written<'p> {
    Always,
    If(&'p Test),
    /// Under more than one condition, or where a node exists.
    Sometimes,
}

/// Is the place written whatever the record says: by a rule without condition, or by two of which one always applies?
fn always(feeding: &[Written<'_>]) -> bool {
    feeding.iter().enumerate().any(|(at, one)| match one {
        Written::Always => true,
        Written::If(test) => feeding.iter().skip(at + 1).any(|other| match (test, other) {
            (Test::In(path, values), Written::If(Test::NotIn(of, wanted)))
            | (Test::NotIn(path, values), Written::If(Test::In(of, wanted))) => {
                path.path == of.path
                    && values.len() == wanted.len()
                    && values.iter().all(|value| wanted.contains(value))
            }
            _ => false,
        }),
        Written::Sometimes => false,
    })
}

fn gather<'p>(rules: &'p [Construct], written: Written<'p>, into: &mut Vec<Place<'p>>) {
    for rule in rules {
        let mut own = |wire: &'p WirePath, line: usize| into.push(Place { wire, line, written, rule });
        match rule {
            Construct::Leaf(leaf) => own(&leaf.wire, leaf.line),
            Construct::Prefer(prefer) => own(&prefer.wire, prefer.line),
            Construct::Implied(implied) => own(&implied.wire, implied.line),
            Construct::Each(each) => own(&each.wire, super::check::line_of(&each.rules)),
            Construct::Rows(rows) => own(&rows.wire, super::check::line_of(&rows.outer)),
            Construct::Group(group) => {
                own(&group.wire, super::check::line_of(&group.rules));
                gather(&group.rules, Written::Sometimes, into);
            }
            Construct::When(when) => {
                let written =
                    if matches!(written, Written::Always) { Written::If(&when.test) } else { Written::Sometimes };
                gather(&when.rules, written, into);
            }
            Construct::Pick(pick) => gather(&pick.rules, written, into),
        }
    }
}

/// A schema that a value may have to meet; `certain` where it must.
#[derive(Clone, Copy)]
struct Node<'s> {
    value: &'s Value,
    certain: bool,
}

struct Schema<'s> {
    root: &'s Value,
}

enum Way<'s> {
    Known(Vec<Node<'s>>),
    /// The schema does not say what stands there.
    Open,
    /// No such field, and this one was the first unknown.
    Missing(usize),
}

impl<'s> Schema<'s> {
    /// A schema with all that it refers to and is composed of.
    fn resolve(&self, value: &'s Value) -> Vec<Node<'s>> {
        let mut nodes = Vec::new();
        self.collect(value, true, &mut nodes, 0);
        nodes
    }

    fn collect(&self, value: &'s Value, certain: bool, into: &mut Vec<Node<'s>>, depth: usize) {
        if depth > 16 {
            return;
        }
        into.push(Node { value, certain });
        if let Some(reference) = value.get("$ref").and_then(Value::as_str)
            && let Some(next) = self.root.pointer(reference.trim_start_matches('#'))
        {
            self.collect(next, certain, into, depth + 1);
        }
        for (word, certain) in [("allOf", certain), ("anyOf", false), ("oneOf", false)] {
            for part in value.get(word).and_then(Value::as_array).into_iter().flatten() {
                self.collect(part, certain, into, depth + 1);
            }
        }
        for word in ["then", "else"] {
            if let Some(part) = value.get(word) {
                self.collect(part, false, into, depth + 1);
            }
        }
    }

    fn descend(&self, from: &[Node<'s>], segments: &[Name]) -> Way<'s> {
        let mut here = from.to_vec();
        for (at, name) in segments.iter().enumerate() {
            let mut next = Vec::new();
            let mut described = false;
            for node in &here {
                let properties = node.value.get("properties");
                described |=
                    properties.is_some() || node.value.get("additionalProperties") == Some(&Value::Bool(false));
                if let Some(found) = properties.and_then(|properties| properties.get(&**name)) {
                    next.extend(self.resolve(found));
                } else if let Some(any @ Value::Object(_)) = node.value.get("additionalProperties") {
                    next.extend(self.resolve(any));
                }
            }
            if next.is_empty() {
                return if described { Way::Missing(at) } else { Way::Open };
            }
            here = next;
        }
        Way::Known(here)
    }

    fn items(&self, list: &[Node<'s>]) -> Vec<Node<'s>> {
        list.iter().filter_map(|node| node.value.get("items")).flat_map(|items| self.resolve(items)).collect()
    }
}

struct Checker<'c, 's> {
    plan: &'c Plan,
    schema: Schema<'s>,
    errors: &'c mut Errors,
}

impl<'s> Checker<'_, 's> {
    /// What is said not to be read must be there.
    fn stated(&mut self, nodes: &[Node<'s>]) {
        let Some((stated, line)) = &self.plan.not_read else { return };
        for path in stated {
            let mut here = nodes.to_vec();
            for segment in &path.segments {
                let items = self.schema.items(&here);
                here.extend(items);
                match self.schema.descend(&here, std::slice::from_ref(segment)) {
                    Way::Known(next) => here = next,
                    Way::Open => break,
                    Way::Missing(_) => {
                        let format = &self.plan.format;
                        self.errors.add(
                            *line,
                            format!(
                                "the schema of {format} has no `{}`; take it out of `not-read:`",
                                path.segments.join(".")
                            ),
                        );
                        break;
                    }
                }
            }
        }
    }

    /// One wire node: its places, then what it requires, then what nobody reads.
    fn node(&mut self, nodes: &[Node<'s>], places: &[Place<'_>], above: &[Name]) {
        let mut prefixes: BTreeSet<&[Name]> = BTreeSet::new();
        for place in places {
            let segments = &place.wire.segments;
            prefixes.extend((0..segments.len().max(1)).filter_map(|end| segments.get(..end)));
            match self.schema.descend(nodes, segments) {
                Way::Open => {}
                Way::Missing(at) => {
                    let name = segments.get(at).map(|name| &**name).unwrap_or_default();
                    self.errors.add(
                        place.line,
                        format!(
                            "the schema of {} has no `{name}` there; mend the path, or the schema",
                            self.plan.format
                        ),
                    );
                }
                Way::Known(found) => self.place(place, &found, above),
            }
        }
        for prefix in prefixes {
            if let Way::Known(found) = self.schema.descend(nodes, prefix) {
                self.required(&found, places, prefix);
                self.unread(&found, places, prefix, above);
            }
        }
    }

    fn place(&mut self, place: &Place<'_>, found: &[Node<'s>], above: &[Name]) {
        let mut way = above.to_vec();
        way.extend(place.wire.segments.iter().cloned());
        let mut inner = Vec::new();
        match place.rule {
            Construct::Leaf(rule) if rule.wire == *place.wire => {
                self.codes(&[&rule.chain], &rule.absent, found, place.line);
            }
            Construct::Prefer(rule) => {
                let chains: Vec<&Chain> = rule.slots.iter().map(|slot| &slot.chain).collect();
                self.codes(&chains, &rule.absent, found, place.line);
            }
            Construct::Each(each) => {
                gather(&each.rules, Written::Always, &mut inner);
                let items = self.schema.items(found);
                let nested = each.nested.as_ref().map(|nested| {
                    let mut rules = Vec::new();
                    gather(&nested.rules, Written::Always, &mut rules);
                    (nested, rules)
                });
                if let Some((nested, rules)) = &nested {
                    if let Way::Known(list) = self.schema.descend(&items, &nested.wire.segments) {
                        let mut way = way.clone();
                        way.extend(nested.wire.segments.iter().cloned());
                        let inside = self.schema.items(&list);
                        self.node(&inside, rules, &way);
                    }
                    // The list itself is a place of the outer item.
                    inner.push(Place {
                        wire: &nested.wire,
                        line: place.line,
                        written: Written::Always,
                        rule: place.rule,
                    });
                    let outer: Vec<Place<'_>> = inner;
                    self.outer(&items, &outer, &way);
                    return;
                }
                if !items.is_empty() {
                    self.node(&items, &inner, &way);
                }
            }
            Construct::Rows(rows) => {
                gather(&rows.outer, Written::Always, &mut inner);
                gather(&rows.inner_rules, Written::Always, &mut inner);
                let items = self.schema.items(found);
                if !items.is_empty() {
                    self.node(&items, &inner, &way);
                }
            }
            _ => {}
        }
    }

    /// The outer item of nested lists: its inner list has been looked at.
    fn outer(&mut self, items: &[Node<'s>], places: &[Place<'_>], above: &[Name]) {
        for place in places {
            if let Way::Missing(_) = self.schema.descend(items, &place.wire.segments) {
                self.errors.add(
                    place.line,
                    format!(
                        "the schema of {} has no `{}` there; mend the path, or the schema",
                        self.plan.format, place.wire.text
                    ),
                );
            }
        }
        self.required(items, places, &[]);
        self.unread(items, places, &[], above);
    }

    /// Every field that the schema demands must be written by a rule that is always active.
    fn required(&mut self, nodes: &[Node<'s>], places: &[Place<'_>], prefix: &[Name]) {
        if self.plan.direction == Direction::In {
            return;
        }
        let line = places.iter().find(|place| place.wire.segments.starts_with(prefix)).map_or(1, |place| place.line);
        for node in nodes.iter().filter(|node| node.certain) {
            for name in node.value.get("required").and_then(Value::as_array).into_iter().flatten() {
                let Some(name) = name.as_str() else { continue };
                let feeds = |place: &&Place<'_>| {
                    let segments = &place.wire.segments;
                    segments.starts_with(prefix) && segments.get(prefix.len()).is_none_or(|next| **next == *name)
                };
                let feeding: Vec<_> = places.iter().filter(feeds).map(|place| place.written).collect();
                if feeding.is_empty() {
                    self.errors.add(
                        line,
                        format!("the schema of {} requires `{name}`, which no rule writes; add one", self.plan.format),
                    );
                } else if !always(&feeding) {
                    self.errors.add(
                        line,
                        format!(
                            "the schema of {} requires `{name}`, which is written only under a condition; write it always",
                            self.plan.format
                        ),
                    );
                }
            }
        }
    }

    /// Where the crosswalk says which fields it does not read, these must be all.
    fn unread(&mut self, nodes: &[Node<'s>], places: &[Place<'_>], prefix: &[Name], above: &[Name]) {
        let Some((stated, line)) = &self.plan.not_read else { return };
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for node in nodes {
            known.extend(
                node.value.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(k, _)| &**k),
            );
        }
        for name in known {
            let read = places.iter().any(|place| {
                let segments = &place.wire.segments;
                // What is taken whole is read whole.
                let by_name = segments.get(prefix.len()).is_none_or(|next| **next == *name);
                (segments.starts_with(prefix) && by_name) || place.wire.flat.as_deref() == Some(name)
            });
            let mut way: Vec<Name> = above.to_vec();
            way.extend(prefix.iter().cloned());
            way.push(name.into());
            if !read && !stated.iter().any(|path| way.starts_with(&path.segments)) {
                let place = way.join(".");
                self.errors.add(
                    *line,
                    format!(
                        "no rule reads `{place}`, which the schema knows; add a rule, or list it under `not-read:`"
                    ),
                );
            }
        }
    }

    /// Codes that the schema lists must be read, or stated as unread; codes that are written must be listed.
    fn codes(&mut self, chains: &[&Chain], absent: &[Absent], nodes: &[Node<'s>], line: usize) {
        let mut listed: BTreeSet<&str> = BTreeSet::new();
        for node in nodes {
            let codes = node.value.get("enum").and_then(Value::as_array).into_iter().flatten();
            listed.extend(codes.chain(node.value.get("const")).filter_map(Value::as_str));
        }
        // A schema that also lets any text pass lists no codes.
        let any_text = nodes.iter().any(|node| {
            let composed = ["$ref", "allOf", "anyOf", "oneOf", "enum", "const"];
            node.value.is_object() && composed.iter().all(|word| node.value.get(word).is_none())
        });
        if listed.is_empty() || any_text {
            return;
        }
        let (mut read, mut written): (BTreeSet<&str>, BTreeSet<&str>) = Default::default();
        for chain in chains {
            let codes = chain.steps.iter().find_map(|step| match step {
                Step::Codes(codes) => Some(codes),
                _ => None,
            });
            match (codes, &chain.kind) {
                (Some(codes), _) => {
                    read.extend(codes.back.keys().chain(codes.aliases.keys()).chain(&codes.unread).map(|code| &**code));
                    written.extend(codes.out.values().map(|code| &**code));
                }
                (None, Kind::Code(codes)) if chain.steps.is_empty() => {
                    read.extend(codes.iter().map(String::as_str));
                    written.extend(codes.iter().map(String::as_str));
                }
                // Any other text is read as it stands.
                _ => return,
            }
        }
        let spelt = |code: &str| absent.iter().any(|absent| matches!(absent, Absent::Text(text) if text == code));
        let missing: Vec<&str> = listed.iter().copied().filter(|code| !read.contains(code) && !spelt(code)).collect();
        if !missing.is_empty() && self.plan.direction != Direction::Out {
            self.errors.add(
                line,
                format!(
                    "the schema lists {}, which is not read; add it to the codes, or under `unread:`",
                    missing.join(", ")
                ),
            );
        }
        let unknown: Vec<&str> = written.difference(&listed).copied().collect();
        if !unknown.is_empty() && self.plan.direction != Direction::In {
            self.errors.add(
                line,
                format!(
                    "{} is written, which the schema does not list; mend the code, or the schema",
                    unknown.join(", ")
                ),
            );
        }
    }
}
