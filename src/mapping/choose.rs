//! `put` for the constructs that choose: `prefer` a place, `group` by a flag, `pick` an item.

use serde_json::{Map, Value};

use super::account::Class;
use super::merge::{bare, overlay, with_constants};
use super::path::Segment;
use super::plan::{Group, Pick, Prefer};
use super::put::{NOTHING, Putter, Scope};
use super::steps::Unreadable;
use super::view::{absent_wire, picked, slot_of, stands_for};
use super::wire::Wire;
use crate::document::{Flags, Node, Value as WireValue, cell_findings};
use crate::finding::{Finding, Place};

impl<'a> Putter<'a, '_> {
    pub(crate) fn prefer(
        &mut self,
        rule: &'a Prefer,
        old: &'a Value,
        new: &mut Value,
        scope: &mut Scope<'a>,
        derived: Option<&Wire>,
    ) {
        let node = self.tree.find(scope.wire, &rule.wire);
        let stored =
            rule.slots.iter().enumerate().find_map(|(at, slot)| slot.record.find(old).map(|value| (at, value)));
        let chosen = node.and_then(|id| slot_of(rule, self.tree.leaf(id)?, self.around()));
        let chain = &rule.slots[chosen.unwrap_or(0).min(rule.slots.len() - 1)].chain;
        let reading = self.read_chain(chain, &rule.absent, rule.required_wire, node);
        let printed = |at: usize, value: &Value| {
            rule.slots[at].chain.print(value, self.around()).ok().or_else(|| absent_wire(&rule.absent))
        };
        let mut read = reading.value;
        // A derived value that agrees is no statement of the sender's.
        let told = |(at, value): (usize, &Value)| rule.slots[at].chain.print(value, self.around()).is_ok();
        if !stored.is_some_and(told)
            && let (Some(derived), Some(at), Some(value)) = (derived, chosen, &read)
            && printed(at, value).as_ref() == Some(derived)
        {
            read = None;
        }
        let now = match (&read, chosen) {
            (Some(value), Some(at)) => printed(at, value),
            _ => absent_wire(&rule.absent),
        };
        let before = stored.map(|(at, value)| printed(at, value));
        let value = match (before, stored) {
            (Some(before), Some((_, value))) if before == now => Some(value.clone()),
            _ => {
                match (&read, chosen) {
                    (Some(value), Some(at)) => {
                        for slot in &rule.slots[..at] {
                            if slot.record.find(new).is_some() {
                                let place = node.map_or(Place::Whole, |id| self.tree.place(id));
                                self.say(
                                    Finding::new("mapping/alternative-cleared", place)
                                        .with("field", slot.record.to_string()),
                                );
                            }
                            clear_slot(slot, new);
                        }
                        let slot = &rule.slots[at];
                        clear_slot(slot, new);
                        match &slot.covered {
                            Some(_) => {
                                let mut node =
                                    slot.record.find(new).cloned().unwrap_or_else(|| Value::Object(Map::new()));
                                overlay(&mut node, value.clone());
                                slot.record.write(new, node);
                            }
                            None => slot.record.write(new, value.clone()),
                        }
                    }
                    _ => rule.slots.iter().for_each(|slot| clear_slot(slot, new)),
                }
                read
            }
        };
        if let Some(id) = node {
            self.mark(id, reading.class, rule.id, scope.number);
        }
        if value.is_none()
            && reading.class == Class::Carried
            && derived.is_none()
            && (rule.required_wire || rule.required_record)
        {
            let place = match node {
                Some(id) => self.tree.place(id),
                None => self.tree.place_of_missing(scope.wire, &rule.wire),
            };
            self.say(Finding::new("mapping/missing-value", place).with("field", &rule.wire.text));
        }
        let (expected, guard) = match &value {
            Some(value) => {
                // The slot that now stands first prints.
                let expected = rule
                    .slots
                    .iter()
                    .enumerate()
                    .find_map(|(at, slot)| slot.record.find(new).map(|value| (at, value)))
                    .and_then(|(at, value)| {
                        let printed = rule.slots[at].chain.print(value, self.around()).ok();
                        printed.or_else(|| derived.cloned()).or_else(|| absent_wire(&rule.absent))
                    });
                (expected, stands_for(Some(value), None))
            }
            None => (derived.cloned().or_else(|| absent_wire(&rule.absent)), stands_for(None, derived)),
        };
        self.remember(&rule.wire, node, expected.as_ref(), guard, scope);
    }

    pub(super) fn group(&mut self, group: &'a Group, old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        let node = self.tree.find(scope.wire, &group.wire);
        let text = node.and_then(|id| self.tree.leaf(id)).map(flag);
        let exists = text.as_deref() == Some(group.yes.as_str());
        if let (Some(id), Some(leaf)) = (node, node.and_then(|id| self.tree.leaf(id))) {
            if leaf.flags != Flags::NONE {
                let place = self.tree.place(id);
                for finding in cell_findings(leaf, &place) {
                    self.say(finding);
                }
            }
            let known = text.as_deref().is_some_and(|t| t == group.yes || t == group.no || t.is_empty());
            if !known {
                self.refuse(Unreadable::Code, leaf, id);
            }
            self.mark(id, if known { Class::Carried } else { Class::KeptAside }, group.id, scope.number);
        } else if let Some(id) = node {
            self.say(Finding::new("mapping/wrong-kind", self.tree.place(id)));
            self.mark(id, Class::KeptAside, group.id, scope.number);
        }
        let expected = Wire::Text(if exists { group.yes.clone() } else { group.no.clone() });
        // A form of the flag stands for its being there or not, which the node itself cannot say when it is gone.
        if exists {
            let stored = group.record.find(old).unwrap_or(&NOTHING);
            let mut inner = bare(stored, &self.plan.format);
            if !inner.is_object() {
                inner = Value::Object(Map::new());
            }
            let mut child = self.scope(scope.wire, stored, group.record.segments.clone(), false, true);
            self.body(&group.rules, stored, &mut inner, &mut child);
            group.record.write(new, inner);
            scope.inactive.append(&mut child.inactive);
            scope.children.push(child);
        } else {
            group.record.clear(new);
            let mut places = Vec::new();
            group.rules.iter().for_each(|rule| rule.places(&mut |place| places.push(place)));
            scope.inactive.extend(places);
        }
        let guard = Some(expected.encode());
        self.remember(&group.wire, node, Some(&expected), guard, scope);
    }

    pub(super) fn pick(&mut self, pick: &'a Pick, old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        let list = pick.record.find(old).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut present = pick.record.find(new).and_then(Value::as_array).cloned().unwrap_or_default();
        let stored = picked(pick, list);
        let (traces, findings, scopes) = (self.traces.len(), self.findings.len(), self.scopes.len());
        let inactive = scope.inactive.len();
        if let Some((index, item)) = stored {
            // Rules before this one may have moved items of the same list; then the stored one is found by its value.
            let is_it = |now: &Value| now == item;
            let at = match present.get(index) {
                Some(now) if is_it(now) => Some(index),
                _ => present.iter().rposition(is_it).or_else(|| picked(pick, &present).map(|(at, _)| at)),
            };
            let (mut child, item_now) = self.try_pick(pick, item, scope);
            let same = !pick.latest || pick.same.iter().all(|path| path.find(&item_now) == path.find(item));
            if let (true, Some(at)) = (same, at) {
                child.path.push(Segment::Index(at));
                scope.inactive.append(&mut child.inactive);
                present[at] = item_now;
                pick.record.write(new, Value::Array(present));
                scope.children.push(child);
                return;
            }
            self.undo(traces, findings, scopes);
            scope.inactive.truncate(inactive);
        }
        // Another event: a new item.
        let (mut child, item_now) = self.try_pick(pick, &NOTHING, scope);
        scope.inactive.append(&mut child.inactive);
        let blank = item_now == with_constants(&pick.constants) && child.forms.is_empty();
        if blank && stored.is_none() {
            // Nothing was said, and there is nothing that it could end. Spelt absences stay with the node above.
            scope.late.append(&mut child.late);
            return;
        }
        if item_now == with_constants(&pick.constants) && stored.is_none() {
            scope.forms.append(&mut child.forms);
            scope.late.append(&mut child.late);
            return;
        }
        child.path.push(Segment::Index(present.len()));
        present.push(item_now);
        pick.record.write(new, Value::Array(present));
        scope.children.push(child);
    }

    fn try_pick(&mut self, pick: &'a Pick, base: &'a Value, scope: &Scope<'a>) -> (Scope<'a>, Value) {
        let mut item = if base.is_null() { with_constants(&pick.constants) } else { bare(base, &self.plan.format) };
        let mut child = self.scope(scope.wire, base, pick.record.segments.clone(), false, pick.residue);
        self.body(&pick.rules, base, &mut item, &mut child);
        (child, item)
    }
}

fn clear_slot(slot: &super::plan::Slot, tree: &mut Value) {
    match &slot.covered {
        Some(parts) => parts.iter().for_each(|part| part.under(&slot.record).clear(tree)),
        None => slot.record.clear(tree),
    }
}

/// The text of a flag, cleaned of what people leave around it.
fn flag(leaf: &Node) -> String {
    let cleaning = super::steps::TextStep { invisible: true, width: true, trim: true, ..Default::default() };
    match &leaf.value {
        WireValue::Text(text) => cleaning.clean(text).into_owned(),
        WireValue::Number(number) => number.as_str().to_owned(),
        WireValue::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}
