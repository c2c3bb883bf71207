//! What feeds a place on the wire: the field of the record that somebody has to mend where an output is at fault there.
//!
//! The account tells it for what was written. Here it is told for what was not: a missing member is fed by the rule that
//! would write it, a derived value by the fields that its derivation looks at, an item by the item that it was made of.

use serde_json::Value;

use super::Crosswalk;
use super::derive::matches;
use super::path::{RecordPath, Root, WirePath};
use super::plan::{Answer, BlockEntry, BlockSource, Construct, Derive, Each, Scoped, Source, Test};
use super::steps::Template;
use super::steps::template::Piece;
use super::view::{join, picked};

impl Crosswalk {
    /// The field of the record that a place on the wire is written from: of several that may feed it the first that the
    /// record has, else the first. `target` is a JSON Pointer without its leading slash.
    pub fn feeds(&self, target: &str, record: &Value) -> Option<String> {
        let mut search = Search { record, near: Vec::new(), far: Vec::new() };
        if target.is_empty() {
            return None;
        }
        let target: Vec<&str> = target.split('/').filter(|segment| !segment.is_empty()).collect();
        search.rules(&self.plan.rules, record, "", &target);
        let there = |path: &&String| RecordPath::parse(path).is_ok_and(|path| path.find(record).is_some());
        let choose = |paths: &[String]| paths.iter().find(there).or_else(|| paths.first()).cloned();
        choose(&search.near).or_else(|| choose(&search.far))
    }

    /// The same place where a layout without nesting gives it one name: `认证委托人名称` is `认证委托人/名称`.
    pub fn nested_place(&self, target: &str) -> Option<String> {
        let mut found = None;
        for rule in &self.plan.rules {
            rule.places(&mut |place| {
                if place.flat.as_deref() == Some(target) {
                    found = Some(place.text.to_string());
                }
            });
        }
        found
    }
}

/// How a place of a rule lies to the one that is looked for.
enum Lies<'t> {
    /// It is the place, or holds it: with the way from here down to it.
    Over(&'t [&'t str]),
    /// The place holds it.
    Under,
}

fn lies<'t>(wire: &WirePath, target: &'t [&'t str]) -> Option<Lies<'t>> {
    let wire: Vec<&str> = wire.text.split('/').filter(|segment| !segment.is_empty()).collect();
    if target.starts_with(&wire) {
        return target.get(wire.len()..).map(Lies::Over);
    }
    wire.starts_with(target).then_some(Lies::Under)
}

/// Items of one `group-by` value, with their places in the list.
type Group<'v> = (Option<&'v Value>, Vec<(usize, &'v Value)>);

struct Search<'r> {
    record: &'r Value,
    /// Fields that feed the place itself.
    near: Vec<String>,
    /// Fields that feed something in it.
    far: Vec<String>,
}

impl<'r> Search<'r> {
    fn rules(&mut self, rules: &[Construct], node: &'r Value, path: &str, target: &[&str]) {
        for rule in rules {
            match rule {
                Construct::Leaf(rule) => {
                    self.leaf(&rule.wire, &[&rule.record], rule.otherwise.as_ref(), node, path, target);
                }
                Construct::Prefer(rule) => {
                    let records: Vec<&RecordPath> = rule.slots.iter().map(|slot| &slot.record).collect();
                    self.leaf(&rule.wire, &records, rule.otherwise.as_ref(), node, path, target);
                }
                Construct::Implied(rule) => match lies(&rule.wire, target) {
                    Some(Lies::Over(rest)) => self.source(&rule.source, node, path, rest),
                    Some(Lies::Under) | None => {}
                },
                Construct::Group(group) => {
                    let below = group.record.find(node).unwrap_or(&Value::Null);
                    self.rules(&group.rules, below, &join(path, &group.record), target);
                    self.at(&group.wire, &join(path, &group.record), target);
                }
                Construct::When(when) => self.rules(&when.rules, node, path, target),
                Construct::Pick(pick) => {
                    let list = pick.record.find(node).and_then(Value::as_array);
                    let whole = join(path, &pick.record);
                    if let Some((index, item)) = list.and_then(|list| picked(pick, list)) {
                        self.rules(&pick.rules, item, &format!("{whole}[{index}]"), target);
                    } else {
                        // Without an item it is the list that lacks one.
                        let mut inside = Search { record: self.record, near: Vec::new(), far: Vec::new() };
                        inside.rules(&pick.rules, &Value::Null, "", target);
                        self.near.extend(inside.near.first().map(|_| whole.clone()));
                        self.far.extend(inside.far.first().map(|_| whole));
                    }
                }
                Construct::Each(each) => self.each(each, node, path, target),
                // Sheets are judged cell by cell, by the rules themselves.
                Construct::Rows(_) => {}
            }
        }
    }

    fn at(&mut self, wire: &WirePath, path: &str, target: &[&str]) {
        match lies(wire, target) {
            Some(Lies::Over(_)) => self.near.push(path.to_owned()),
            Some(Lies::Under) => self.far.push(path.to_owned()),
            None => {}
        }
    }

    fn leaf(
        &mut self,
        wire: &WirePath,
        records: &[&RecordPath],
        otherwise: Option<&Derive>,
        node: &'r Value,
        path: &str,
        target: &[&str],
    ) {
        for record in records.iter().filter(|record| record.root == Root::Record) {
            self.at(wire, &join(path, record), target);
        }
        if let (Some(derive), Some(Lies::Over(rest))) = (otherwise, lies(wire, target)) {
            self.derive(derive, node, path, rest);
        }
    }

    fn each(&mut self, each: &Each, node: &'r Value, path: &str, target: &[&str]) {
        let whole = join(path, &each.record);
        let rest = match lies(&each.wire, target) {
            Some(Lies::Over(rest)) => rest,
            Some(Lies::Under) => return self.far.push(whole),
            None => return,
        };
        let list = each.record.find(node).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut items: Vec<(usize, &Value)> =
            list.iter().enumerate().filter(|(_, item)| matches(&each.constants, item)).collect();
        if let (Some(derive), true) = (&each.otherwise, items.is_empty()) {
            // A block that makes no list itself makes the one item.
            let makes_list = |entry: &BlockEntry| entry.wire.segments.is_empty();
            let one = matches!(derive, Derive::Block(entries) if !entries.iter().any(makes_list));
            let rest = ordinal(rest).filter(|_| one).map_or(rest, |(_, below)| below);
            return self.derive(derive, node, path, rest);
        }
        let Some((order, mut rest)) = ordinal(rest) else {
            // Of several kinds of items in one list those that the rule has.
            let first =
                items.first().filter(|_| !each.constants.is_empty()).map(|(index, _)| format!("{whole}[{index}]"));
            return self.near.push(first.unwrap_or(whole));
        };
        if let Some(nested) = &each.nested {
            let mut groups: Vec<Group<'_>> = Vec::new();
            for (index, item) in items {
                let by = nested.group_by.find(item);
                match groups.iter_mut().find(|(group, _)| *group == by) {
                    Some((_, members)) => members.push((index, item)),
                    None => groups.push((by, vec![(index, item)])),
                }
            }
            items = groups.into_iter().nth(order).map(|(_, members)| members).unwrap_or_default();
            let first = items.first().copied();
            if let (Some(Lies::Over(inner)), Some((index, item))) = (lies(&nested.wire, rest), first) {
                let Some((inner_order, below)) = ordinal(inner) else {
                    return self.near.push(format!("{whole}[{index}]"));
                };
                let (index, item) = items.get(inner_order).copied().unwrap_or((index, item));
                return self.item(&nested.rules, item, format!("{whole}[{index}]"), below);
            }
            if let Some((index, item)) = first {
                self.item(&each.rules, item, format!("{whole}[{index}]"), rest);
            }
            return;
        }
        match items.get(order) {
            Some((index, item)) => {
                if rest.is_empty() {
                    rest = &[];
                }
                self.item(&each.rules, item, format!("{whole}[{index}]"), rest);
            }
            None => self.near.push(whole),
        }
    }

    /// Within an item; where nothing in it feeds the place, the item does.
    fn item(&mut self, rules: &[Construct], item: &'r Value, path: String, target: &[&str]) {
        let before = self.near.len();
        self.rules(rules, item, &path, target);
        if self.near.len() == before {
            self.near.push(path);
        }
    }

    fn source(&mut self, source: &Source, node: &'r Value, path: &str, target: &[&str]) {
        match source {
            Source::Constant(_) | Source::BySheet(_) => {}
            Source::Copy(from, _) => self.scoped(from, path),
            Source::Derive(derive, _) => self.derive(derive, node, path, target),
        }
    }

    fn scoped(&mut self, scoped: &Scoped, path: &str) {
        if scoped.path.root == Root::Record {
            let whole = join(if scoped.from_item { path } else { "" }, &scoped.path);
            let found = RecordPath::parse(&whole).ok().and_then(|path| path.counted(self.record));
            self.near.push(found.unwrap_or(whole));
        }
    }

    fn derive(&mut self, derive: &Derive, node: &'r Value, path: &str, target: &[&str]) {
        match derive {
            Derive::Table(rows) => {
                for (_, answer) in rows {
                    if let Answer::Path(from) = answer {
                        self.scoped(from, path);
                    }
                }
                for (test, _) in rows {
                    self.test(test, path);
                }
            }
            Derive::Codes(_, from) => self.scoped(from, path),
            Derive::Text(template) => self.template(template, node, path),
            Derive::Block(entries) => self.block(entries, node, path, target),
            Derive::Call(_) | Derive::RowNumber => {}
        }
    }

    fn test(&mut self, test: &Test, path: &str) {
        match test {
            Test::Always => {}
            Test::Present(from) | Test::In(from, _) | Test::NotIn(from, _) => self.scoped(from, path),
            Test::All(tests) => tests.iter().for_each(|test| self.test(test, path)),
        }
    }

    /// The parts of the alternatives, in their order.
    fn template(&mut self, template: &Template, node: &Value, path: &str) {
        for piece in template.alternatives.iter().flat_map(|alternative| &alternative.pieces) {
            if let Piece::Variable { path: from, of_record, .. } = piece
                && from.root == Root::Record
            {
                let of_item = !of_record && (from.is_node() || from.find(node).is_some() || path.is_empty());
                let of_record = *of_record || (!of_item && from.find(self.record).is_some());
                self.near.push(join(if of_record { "" } else { path }, from));
            }
        }
    }

    fn block(&mut self, entries: &[BlockEntry], node: &'r Value, path: &str, target: &[&str]) {
        // Several entries may add to one list: those before have taken the first places.
        let mut taken: Vec<(&str, usize)> = Vec::new();
        for entry in entries {
            let rest = match lies(&entry.wire, target) {
                Some(Lies::Over(rest)) => rest,
                Some(Lies::Under) | None => continue,
            };
            match &entry.source {
                BlockSource::Value(source) => self.source(source, node, path, rest),
                BlockSource::Each { list, constants, entries, .. } => {
                    let whole = join(if list.from_item { path } else { "" }, &list.path);
                    let tree = if list.from_item { node } else { self.record };
                    let (items, single): (&[Value], bool) = match list.path.find(tree) {
                        Some(Value::Array(items)) => (items, false),
                        Some(one) => (std::slice::from_ref(one), true),
                        None => (&[], false),
                    };
                    let items: Vec<(usize, &Value)> =
                        items.iter().enumerate().filter(|(_, item)| matches(constants, item)).collect();
                    let before =
                        taken.iter().filter(|(wire, _)| *wire == &*entry.wire.text).map(|(_, count)| count).sum();
                    taken.push((&entry.wire.text, items.len()));
                    let Some((order, below)) = ordinal(rest) else {
                        self.near.push(whole);
                        continue;
                    };
                    let Some((index, item)) = order.checked_sub(before).and_then(|order| items.get(order)) else {
                        continue;
                    };
                    let at = if single { whole } else { format!("{whole}[{index}]") };
                    let known = self.near.len();
                    self.block(entries, item, &at, below);
                    if self.near.len() == known {
                        self.near.push(at);
                    }
                }
            }
        }
    }
}

/// The number of an item, and the way on from it.
fn ordinal<'t>(rest: &'t [&'t str]) -> Option<(usize, &'t [&'t str])> {
    let (first, below) = rest.split_first()?;
    Some((first.parse().ok()?, below))
}
