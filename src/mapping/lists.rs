//! `put` for lists: `each` and `rows`. Items align by key, visible ones first; items that the format cannot see stay behind
//! their old neighbours; the order is the order of the wire.

use serde_json::{Map, Value};

use super::account::Class;
use super::derive::matches;
use super::merge::{bare, overlay, weave, with_constants};
use super::path::{RecordPath, Segment};
use super::plan::{Align, Construct, Each, Leaf, Nested, Rows};
use super::put::{FormDraft, NOTHING, Putter, Scope};
use super::view::{is_shown, row_identity, rows_in_view, stands_for, view};
use super::wire::Id;
use crate::finding::Finding;

/// The key of an event, and its rows with their places.
type Event = (Vec<Value>, Vec<(usize, Id)>);

impl<'a> Putter<'a, '_> {
    pub(crate) fn each(&mut self, each: &'a Each, old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        let node = self.tree.find(scope.wire, &each.wire);
        let olds = each.record.find(old).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let items = node.and_then(|id| self.tree.list(id)).unwrap_or_default();
        if let Some(nested) = &each.nested {
            self.nested(each, nested, node, olds, new, scope);
            return;
        }
        if items.is_empty()
            && let Some(id) = node
        {
            // `[]`, or no list at all.
            let wire = self.tree.wire(id);
            let empty = matches!(&wire, super::wire::Wire::List(_) | super::wire::Wire::Null);
            if !empty {
                self.say(Finding::new("mapping/wrong-kind", self.tree.place(id)));
            }
            self.mark(id, if empty { Class::Carried } else { Class::KeptAside }, each.id, scope.number);
            let expected = each.empty.then(|| super::wire::Wire::List(Vec::new()));
            if expected.as_ref() != Some(&wire) {
                scope.forms.push(FormDraft {
                    place: each.wire.text.to_string(),
                    leaf: Some(wire.encode()),
                    stands_for: None,
                });
            }
        } else if node.is_none() && each.empty {
            scope.forms.push(FormDraft { place: each.wire.text.to_string(), leaf: None, stands_for: None });
        }
        if node.is_none() && each.required_wire {
            let place = self.tree.place_of_missing(scope.wire, &each.wire);
            self.say(Finding::new("mapping/missing-value", place).with("field", &each.wire.text));
        }
        // Other rules may have changed this list already: what stands there now is what is woven into.
        let present = each.record.find(new).and_then(Value::as_array).cloned().unwrap_or_default();
        let seen: Vec<bool> = present.iter().map(|item| matches(&each.constants, item)).collect();
        let shown: Vec<Vec<Value>> = if each.align == Align::Key && !items.is_empty() {
            present.iter().map(|old| self.shown_key(&[&each.rules], old, &each.key)).collect()
        } else {
            Vec::new()
        };
        let mut taken = vec![false; present.len()];
        let mut outs = Vec::with_capacity(items.len());
        let mut children = Vec::with_capacity(items.len());
        for (order, item) in items.iter().enumerate() {
            let found = if present.is_empty() {
                None
            } else if each.align == Align::Position {
                seen.iter().enumerate().filter(|(_, seen)| **seen).nth(order).map(|(at, _)| at)
            } else {
                let key = keys(&each.key, &self.dry(&each.rules, *item, &[]));
                (0..present.len()).find(|at| seen[*at] && !taken[*at] && shown[*at] == key)
            };
            let stored = found.map_or(&NOTHING, |at| stored(olds, &present, at));
            let mut value = match found {
                Some(at) => {
                    taken[at] = true;
                    bare(&present[at], &self.plan.format)
                }
                None => with_constants(&each.constants),
            };
            let mut child = self.scope(*item, stored, each.record.segments.clone(), true, each.residue);
            self.body(&each.rules, stored, &mut value, &mut child);
            if self.is_empty_object(*item) {
                self.mark(*item, Class::Carried, each.id, child.number);
            }
            outs.push((found, value));
            children.push(Some(child));
        }
        let woven = weave(&present, &seen, &taken, outs);
        Self::place_items(&each.record, &present, woven, &mut children, new, scope);
    }

    fn is_empty_object(&self, id: Id) -> bool {
        self.tree.leaf(id).is_some_and(|leaf| leaf.as_object().is_some_and(crate::document::Object::is_empty))
            && self.marks.get(id as usize) == Some(&0)
    }

    /// Writes the list and tells each scope its place in it.
    fn place_items(
        record: &RecordPath,
        before: &[Value],
        woven: Vec<(Option<usize>, Value)>,
        children: &mut [Option<Scope<'a>>],
        new: &mut Value,
        scope: &mut Scope<'a>,
    ) {
        if woven.is_empty() {
            record.clear(new);
            return;
        }
        let (places, list): (Vec<Option<usize>>, Vec<Value>) = woven.into_iter().unzip();
        record.write(new, Value::Array(list));
        Self::moved(record, before, new, scope);
        for (index, place) in places.into_iter().enumerate() {
            if let Some(mut child) = place.and_then(|place| children.get_mut(place)).and_then(Option::take) {
                child.path.push(Segment::Index(index));
                scope.children.push(child);
            }
        }
    }

    /// Tells the scopes of earlier rules on the same list where their items stand now.
    pub(super) fn moved(record: &RecordPath, before: &[Value], new: &Value, scope: &mut Scope<'a>) {
        let now = record.find(new).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for child in &mut scope.children {
            let Some((Segment::Index(at), list)) = child.path.split_last_mut() else { continue };
            let Some(item) = before.get(*at).filter(|_| *list == *record.segments) else { continue };
            let nth = before[..*at].iter().filter(|other| *other == item).count();
            let found = now.iter().enumerate().filter(|(_, other)| *other == item).nth(nth);
            if let Some((place, _)) = found {
                *at = place;
            }
        }
    }

    /// A flat record list as nested lists of the wire.
    fn nested(
        &mut self,
        each: &'a Each,
        nested: &'a Nested,
        node: Option<Id>,
        olds: &'a [Value],
        new: &mut Value,
        scope: &mut Scope<'a>,
    ) {
        let outers: Vec<Id> = node.and_then(|id| self.tree.list(id)).map(<[Id]>::to_vec).unwrap_or_default();
        if node.is_none() && each.required_wire {
            let place = self.tree.place_of_missing(scope.wire, &each.wire);
            self.say(Finding::new("mapping/missing-value", place).with("field", &each.wire.text));
        }
        let seen: Vec<bool> = olds.iter().map(|item| matches(&each.constants, item)).collect();
        // An item is told apart by its own key and by the group that it is in.
        let mut parts = each.key.clone();
        parts.push(nested.group_by.clone());
        let shown: Vec<Vec<Value>> = olds.iter().map(|old| self.shown_nested(each, nested, old, new, &parts)).collect();
        let mut taken = vec![false; olds.len()];
        let mut outs = Vec::new();
        for outer in outers {
            // What the outer item says of all its inner ones.
            let mut shared = Value::Object(Map::new());
            let read = self.dry(&each.rules, outer, &[]);
            let mut outer_scope = self.scope(outer, &NOTHING, Vec::new(), false, false);
            self.body(&each.rules, &NOTHING, &mut shared, &mut outer_scope);
            self.nested_late(&mut outer_scope, &NOTHING, &mut shared, new);
            let inner = self.tree.find(outer, &nested.wire).and_then(|id| self.tree.list(id)).unwrap_or_default();
            for item in inner {
                let mut said = read.clone();
                overlay(&mut said, self.dry(&nested.rules, *item, &[]));
                let key = keys(&parts, &said);
                let found = (0..olds.len()).find(|at| seen[*at] && !taken[*at] && shown[*at] == key);
                let stored = found.map_or(&NOTHING, |at| &olds[at]);
                let mut value = match found {
                    Some(at) => {
                        taken[at] = true;
                        bare(&olds[at], &self.plan.format)
                    }
                    None => with_constants(&each.constants),
                };
                let (traces, findings) = (self.traces.len(), self.findings.len());
                // The outer rules once more, on this item; they were marked above.
                let quiet = std::mem::replace(&mut self.quiet, true);
                let marks = std::mem::take(&mut self.marks);
                let mut again = self.scope(outer, stored, Vec::new(), false, false);
                self.body(&each.rules, stored, &mut value, &mut again);
                self.nested_late(&mut again, stored, &mut value, new);
                self.marks = marks;
                self.traces.truncate(traces);
                self.findings.truncate(findings);
                self.quiet = quiet;
                let mut child = self.scope(*item, stored, Vec::new(), false, false);
                self.body(&nested.rules, stored, &mut value, &mut child);
                self.nested_late(&mut child, stored, &mut value, new);
                outs.push((found, value));
            }
        }
        // Nesting brings the items of a group together. Where that is all that moved them, they stay where they were.
        let mut groups: Vec<(Option<&Value>, Vec<usize>)> = Vec::new();
        for at in (0..olds.len()).filter(|at| seen[*at]) {
            let by = nested.group_by.find(&olds[at]);
            match groups.iter_mut().find(|(group, _)| *group == by) {
                Some((_, members)) => members.push(at),
                None => groups.push((by, vec![at])),
            }
        }
        let grouped = groups.into_iter().flat_map(|(_, members)| members).map(Some);
        if outs.iter().map(|(found, _)| *found).eq(grouped) {
            outs.sort_by_key(|(found, _)| *found);
        }
        let woven = weave(olds, &seen, &taken, outs);
        if woven.is_empty() {
            each.record.clear(new);
        } else {
            each.record.write(new, Value::Array(woven.into_iter().map(|(_, item)| item).collect()));
        }
        // Whatever nesting and spelling the rendered list would not give back is remembered as one form.
        let rendered = {
            let mut getter = super::get::Getter::new(self.plan, new, self.context, self.row, self.tree.flat);
            getter.render_each(each, new)
        };
        let wire = node.map(|id| self.tree.wire(id));
        if rendered != wire {
            scope.forms.push(FormDraft {
                place: each.wire.text.to_string(),
                leaf: wire.map(|wire| wire.encode()),
                stands_for: rendered.map(|rendered| rendered.encode()),
            });
        }
        if let Some(id) = node {
            let mut rest = Vec::new();
            self.tree.leaves(id, &mut |leaf| {
                if self.marks.get(leaf as usize) == Some(&0) {
                    rest.push(leaf);
                }
            });
            for leaf in rest {
                self.mark(leaf, Class::KeptAside, each.id, scope.number);
            }
        }
    }

    /// Claims with a default inside nested lists. The list is read when all other rules have been, so the record is known.
    fn nested_late(&mut self, scope: &mut Scope<'a>, stored: &'a Value, item: &mut Value, record: &Value) {
        for construct in std::mem::take(&mut scope.late) {
            let Construct::Leaf(rule) = construct else { continue };
            let node = self.tree.find(scope.wire, &rule.wire);
            let reading = self.read(rule, node, scope);
            let before = rule.record.find(stored);
            let derived = {
                let env = super::derive::Environment {
                    record,
                    item,
                    issue: &self.issue,
                    batch: &self.batch,
                    context: self.context,
                    row: self.row,
                    sheet: self.sheet,
                    shown: None,
                };
                rule.otherwise.as_ref().and_then(|derive| env.print(derive, &rule.chain))
            };
            // The sender says what we would have said: no claim.
            let implied = before.is_none_or(|value| !self.prints(rule, value))
                && node.is_some_and(|id| derived.as_ref() == Some(&self.tree.wire(id)));
            self.settle(rule, reading.value.filter(|_| !implied), before, item);
            if let Some(id) = node {
                self.mark(id, if implied { Class::Implied } else { reading.class }, rule.id, scope.number);
            }
        }
    }

    /// As [`Self::shown_key`], for an item whose outer and inner rules stand on different wire nodes.
    fn shown_nested(
        &self,
        each: &'a Each,
        nested: &'a Nested,
        item: &Value,
        record: &Value,
        key: &[RecordPath],
    ) -> Vec<Value> {
        let (outer, inner): (&[Construct], &[Construct]) = (&each.rules, &nested.rules);
        let mut read = Value::Object(Map::new());
        for rules in [outer, inner] {
            let node = {
                let mut getter = super::get::Getter::new(self.plan, record, self.context, self.row, self.tree.flat);
                getter.render_item(&[rules], item).to_node()
            };
            let tree = super::wire::Tree::of(&node, 0, String::new(), self.tree.flat);
            let mut putter = Putter::new(self.plan, &tree, self.context);
            overlay(&mut read, putter.dry(rules, 0, &[]));
        }
        keys(key, &read)
    }

    pub(crate) fn rows(&mut self, rows: &'a Rows, old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        let node = self.tree.find(scope.wire, &rows.wire);
        let items: Vec<Id> = node.and_then(|id| self.tree.list(id)).map(<[Id]>::to_vec).unwrap_or_default();
        if items.is_empty()
            && let Some(id) = node
        {
            let wire = self.tree.wire(id);
            let empty = matches!(&wire, super::wire::Wire::List(_) | super::wire::Wire::Null);
            self.mark(id, if empty { Class::Carried } else { Class::KeptAside }, rows.id, scope.number);
            scope.forms.push(FormDraft {
                place: rows.wire.text.to_string(),
                leaf: Some(wire.encode()),
                stands_for: None,
            });
        }
        let olds = rows.record.find(old).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        // Other rules may have changed this list already: what stands there now is what is woven into.
        let present = rows.record.find(new).and_then(Value::as_array).cloned().unwrap_or_default();
        let outer: Vec<&'a Leaf> = rows
            .outer
            .iter()
            .filter_map(|construct| match construct {
                Construct::Leaf(rule) => Some(&**rule),
                _ => None,
            })
            .collect();

        // Rows of equal `by` values are one event.
        let mut events: Vec<Event> = Vec::new();
        for (order, item) in items.iter().enumerate() {
            let key: Vec<Value> = rows.by.iter().map(|path| self.quick(&outer, path, *item)).collect();
            match events.iter_mut().find(|(of, _)| *of == key) {
                Some((_, members)) => members.push((order, *item)),
                None => events.push((key, vec![(order, *item)])),
            }
        }

        let seen: Vec<bool> = present.iter().map(|event| rows_in_view(rows, event, self.around()).is_some()).collect();
        let shown: Vec<Vec<Value>> = if items.is_empty() {
            vec![Vec::new(); present.len()]
        } else {
            present.iter().map(|event| self.shown_key(&[&rows.outer], event, &rows.by)).collect()
        };
        let mut taken = vec![false; present.len()];
        let mut outs = Vec::new();
        let mut children = Vec::new();
        let mut order = Vec::with_capacity(items.len());
        for (key, members) in events {
            let fits = |at: &usize, visible: bool| {
                !taken[*at]
                    && seen[*at] == visible
                    && matches(&rows.constants, &present[*at])
                    && is_shown(rows, &present[*at], self.around())
                    && shown[*at] == key
            };
            let found =
                (0..present.len()).find(|at| fits(at, true)).or_else(|| (0..present.len()).find(|at| fits(at, false)));
            let stored = found.map_or(&NOTHING, |at| stored(olds, &present, at));
            let mut event = match found {
                Some(at) => {
                    taken[at] = true;
                    bare(&present[at], &self.plan.format)
                }
                None => with_constants(&rows.constants),
            };
            let Some((_, first)) = members.first().copied() else { continue };
            let mut event_scope = self.scope(first, stored, rows.record.segments.clone(), false, true);
            self.body(&rows.outer, stored, &mut event, &mut event_scope);
            event_scope.forms.clear();

            let team = rows.inner.find(stored).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let shown: Vec<Vec<Value>> =
                team.iter().map(|person| self.shown_key(&[&rows.inner_rules], person, &rows.inner_key)).collect();
            let mut used = vec![false; team.len()];
            let mut people = Vec::with_capacity(members.len());
            for (place, (at, row)) in members.iter().enumerate() {
                order.push(*at);
                let found = if team.is_empty() {
                    None
                } else {
                    let key = keys(&rows.inner_key, &self.dry(&rows.inner_rules, *row, &[]));
                    (0..team.len()).find(|i| !used[*i] && shown[*i] == key)
                };
                let stored = found.map_or(&NOTHING, |i| &team[i]);
                let mut person = match found {
                    Some(i) => {
                        used[i] = true;
                        bare(stored, &self.plan.format)
                    }
                    None => Value::Object(Map::new()),
                };
                let mut path = rows.inner.segments.clone();
                path.push(Segment::Index(place));
                let mut child = self.scope(*row, stored, path, true, true);
                self.body(&rows.inner_rules, stored, &mut person, &mut child);
                for rule in &outer {
                    self.repeated(rule, *row, place > 0, &event, &event_scope, &mut child);
                }
                if self.is_empty_object(*row) {
                    self.mark(*row, Class::Carried, rows.id, child.number);
                }
                people.push(person);
                event_scope.children.push(child);
            }
            rows.inner.write(&mut event, Value::Array(people));
            outs.push((found, event));
            children.push(Some(event_scope));
        }
        let woven = weave(&present, &seen, &taken, outs);
        Self::place_items(&rows.record, &present, woven, &mut children, new, scope);
        if order.iter().enumerate().any(|(at, place)| at != *place) {
            scope.forms.push(FormDraft {
                place: rows.wire.text.to_string(),
                leaf: Some(Value::Array(order.iter().map(|at| Value::from(*at)).collect())),
                stands_for: Some(row_identity(rows, new, self.around())),
            });
        }
    }

    /// A cell that repeats in every row of an event.
    fn repeated(
        &mut self,
        rule: &'a Leaf,
        row: Id,
        further: bool,
        event: &Value,
        event_scope: &Scope<'a>,
        child: &mut Scope<'a>,
    ) {
        let node = self.tree.find(row, &rule.wire);
        let value = rule.record.find(event).and_then(|value| view(rule, value));
        let expected = self.emitted(rule, value.as_deref());
        if further {
            let reading = self.read_chain(&rule.chain, &rule.absent, false, node);
            let agrees = reading.class == Class::Carried && self.emitted(rule, reading.value.as_ref()) == expected;
            if let Some(id) = node {
                if !agrees && reading.class == Class::Carried {
                    self.say(
                        Finding::new("mapping/contradicts", self.tree.place(id))
                            .with("value", self.tree.wire(id).show())
                            .with("expected", expected.as_ref().map(super::wire::Wire::show).unwrap_or_default()),
                    );
                }
                let class = if agrees { Class::Carried } else { Class::KeptAside };
                self.mark(id, class, rule.id, event_scope.number);
            }
        }
        let guard = stands_for(value.as_deref(), None);
        self.remember(&rule.wire, node, expected.as_ref(), guard, child);
    }

    /// The key that a stored item shows on the wire: what would be read of it, were it written. A part that cannot be
    /// printed is no part of it.
    fn shown_key(&self, rules: &[&'a [Construct]], item: &Value, key: &[RecordPath]) -> Vec<Value> {
        let node = {
            let mut getter = super::get::Getter::new(self.plan, item, self.context, self.row, self.tree.flat);
            getter.render_item(rules, item).to_node()
        };
        let tree = super::wire::Tree::of(&node, 0, String::new(), self.tree.flat);
        let mut putter = Putter::new(self.plan, &tree, self.context);
        putter.tables = self.tables;
        let mut read = Value::Object(Map::new());
        for rules in rules {
            overlay(&mut read, putter.dry(rules, 0, &[]));
        }
        keys(key, &read)
    }

    /// What the rule at a record path reads in a row; nothing where no rule or no readable leaf stands there.
    fn quick(&mut self, rules: &[&'a Leaf], path: &RecordPath, row: Id) -> Value {
        let Some(rule) = rules.iter().find(|rule| rule.record == *path) else { return Value::Null };
        let node = self.tree.find(row, &rule.wire);
        let quiet = std::mem::replace(&mut self.quiet, true);
        let reading = self.read_chain(&rule.chain, &rule.absent, false, node);
        self.quiet = quiet;
        reading.value.unwrap_or_default()
    }
}

/// The stored item behind one that stands in the list now.
fn stored<'a>(olds: &'a [Value], present: &[Value], at: usize) -> &'a Value {
    match olds.get(at) {
        Some(old) if *old == present[at] => old,
        _ => olds.iter().find(|old| **old == present[at]).unwrap_or(&NOTHING),
    }
}

/// The values by which an item is told apart.
pub(crate) fn keys(key: &[RecordPath], item: &Value) -> Vec<Value> {
    key.iter().map(|path| path.find(item).cloned().unwrap_or_default()).collect()
}
