//! `get` for lists: `each`, nested or not, and `rows`.

use serde_json::Value;

use super::account::Class;
use super::derive::matches;
use super::get::Getter;
use super::path::WirePath;
use super::plan::{Construct, Each, Nested, Rows};
use super::view::{Remembered, derived_list, is_shown, join, row_identity, rows_in_view, stands_for};
use super::wire::Wire;
use crate::finding::{Finding, Place};

/// Items of one `group-by` value, with their places in the list.
type Group<'a> = (Option<&'a Value>, Vec<(usize, &'a Value)>);

impl<'a> Getter<'a> {
    /// What the rules of an item would write of it, plain.
    pub(crate) fn render_item(&mut self, rules: &[&'a [Construct]], item: &'a Value) -> Wire {
        let mut out = Wire::object();
        for rules in rules {
            self.rules(rules, item, &Remembered::default(), &mut out, "", &mut Vec::new());
        }
        out
    }

    /// One list, as it would be written plain.
    pub(crate) fn render_each(&mut self, each: &'a Each, node: &'a Value) -> Option<Wire> {
        self.each(each, node, &Remembered::default(), "")
    }

    pub(super) fn each(
        &mut self,
        each: &'a Each,
        node: &'a Value,
        memory: &Remembered<'a>,
        path: &str,
    ) -> Option<Wire> {
        let list = each.record.find(node).and_then(Value::as_array);
        let items: Vec<(usize, &'a Value)> =
            list.into_iter().flatten().enumerate().filter(|(_, item)| matches(&each.constants, item)).collect();
        let mut derived = None;
        let mut plain = None;
        let mut wire = if items.is_empty() {
            derived = each.otherwise.as_ref().and_then(|derive| self.derived_list(derive, node));
            if derived.is_some() {
                self.supply(each.id, &each.wire);
            }
            derived.clone().or_else(|| each.empty.then(|| Wire::List(Vec::new())))
        } else if let Some(nested) = &each.nested {
            let rendered = self.nested(each, nested, &items, &join(path, &each.record));
            plain = Some(rendered.encode());
            Some(rendered)
        } else {
            let path = join(path, &each.record);
            let mut rendered = Vec::with_capacity(items.len());
            for (order, (index, item)) in items.into_iter().enumerate() {
                self.mark_constants(&each.constants, item, each.id);
                if super::path::is_empty(item) {
                    self.mark(item, Class::Carried, each.id, Some(&each.wire));
                }
                let memory = if each.residue {
                    Remembered::of(item, &self.plan.format)
                } else {
                    memory.below(&format!("{}/[{order}]", each.wire.text))
                };
                let mut out = Wire::object();
                self.inside(&each.wire, order, |getter| {
                    getter.owned(&each.rules, item, &memory, &mut out, &format!("{path}[{index}]"));
                });
                rendered.push(out);
            }
            Some(Wire::List(rendered))
        };
        if self.exact
            && let Some((leaf, stood_for)) = memory.form(&each.wire.text)
        {
            let now = match (&plain, &derived, &wire) {
                (Some(plain), ..) => Some(plain.clone()),
                (None, Some(derived), _) => stands_for(None, Some(derived)),
                (None, None, Some(Wire::List(items))) if !items.is_empty() => Some(Value::Bool(true)),
                _ => None,
            };
            if stood_for == now.as_ref() {
                wire = leaf.map(Wire::decode);
            }
        }
        if wire.is_none() && each.required_wire {
            self.missing(&each.wire, join(path, &each.record));
        }
        wire
    }

    pub(crate) fn derived_list(&self, derive: &'a super::plan::Derive, node: &'a Value) -> Option<Wire> {
        self.derived(node, |env| derived_list(env, derive))
    }

    /// Runs with the place on the wire moved to an item of a list.
    fn inside(&mut self, wire: &WirePath, order: usize, run: impl FnOnce(&mut Self)) {
        let before = self.at.len();
        self.at.push_str(&wire.text);
        self.at.push('/');
        self.at.push_str(&order.to_string());
        self.at.push('/');
        run(self);
        self.at.truncate(before);
    }

    fn nested(&mut self, each: &'a Each, nested: &'a Nested, items: &[(usize, &'a Value)], path: &str) -> Wire {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (index, item) in items {
            let by = nested.group_by.find(item);
            match groups.iter_mut().find(|(group, _)| *group == by) {
                Some((_, members)) => members.push((*index, item)),
                None => groups.push((by, vec![(*index, item)])),
            }
        }
        let none = Remembered::default();
        let mut rendered = Vec::new();
        for (order, (_, members)) in groups.into_iter().enumerate() {
            let mut out = Wire::object();
            let mut inner = Vec::new();
            self.inside(&each.wire, order, |getter| {
                for (place, (index, item)) in members.iter().enumerate() {
                    getter.mark_constants(&each.constants, item, each.id);
                    let path = format!("{path}[{index}]");
                    let mut covered = Vec::new();
                    if place == 0 {
                        getter.rules(&each.rules, item, &none, &mut out, &path, &mut covered);
                    } else {
                        getter.rules(&each.rules, item, &none, &mut Wire::object(), &path, &mut covered);
                    }
                    let mut row = Wire::object();
                    getter.inside(&nested.wire, place, |getter| {
                        getter.rules(&nested.rules, item, &none, &mut row, &path, &mut covered);
                    });
                    inner.push(row);
                }
            });
            out.set(&nested.wire, self.flat, Wire::List(inner));
            rendered.push(out);
        }
        Wire::List(rendered)
    }

    pub(super) fn rows(
        &mut self,
        rows: &'a Rows,
        node: &'a Value,
        memory: &Remembered<'a>,
        path: &str,
    ) -> Option<Wire> {
        let list = rows.record.find(node).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let path = join(path, &rows.record);
        let mut rendered = Vec::new();
        for (index, event) in list.iter().enumerate() {
            let Some(team) = rows_in_view(rows, event, self.env.around()) else {
                if matches(&rows.constants, event) && !is_shown(rows, event, self.env.around()) {
                    let place = Place::Field(format!("{path}[{index}]"));
                    self.findings.push(
                        Finding::new("mapping/outside-domain", place)
                            .with("format", &self.plan.format)
                            .with("value", Wire::of(event).show()),
                    );
                }
                continue;
            };
            self.mark_constants(&rows.constants, event, rows.id);
            for (place, person) in team.iter().enumerate() {
                let memory = Remembered::of(person, &self.plan.format);
                let mut out = Wire::object();
                let order = rendered.len();
                self.inside(&rows.wire, order, |getter| {
                    let mut covered = Vec::new();
                    let event_path = format!("{path}[{index}]");
                    // The event's cells repeat in every row; each row remembers its own spellings.
                    getter.rules(&rows.outer, event, &memory, &mut out, &event_path, &mut covered);
                    let person_path = format!("{event_path}.{}[{place}]", rows.inner);
                    if super::path::is_empty(person) {
                        getter.mark(person, Class::Carried, rows.id, Some(&rows.wire));
                    }
                    getter.rules(&rows.inner_rules, person, &memory, &mut out, &person_path, &mut covered);
                    getter.restore(&memory, &mut out, &covered);
                });
                rendered.push(out);
            }
        }
        if self.exact
            && let Some((Some(order), stood_for)) = memory.form(&rows.wire.text)
        {
            if let Value::Array(order) = order
                && stood_for == Some(&row_identity(rows, node, self.env.around()))
                && order.len() == rendered.len()
            {
                let mut sorted: Vec<Option<Wire>> = rendered.iter().map(|_| None).collect();
                for (wire, place) in rendered.iter().zip(order) {
                    let place = place.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
                    if let Some(slot) = sorted.get_mut(place) {
                        *slot = Some(wire.clone());
                    }
                }
                if sorted.iter().all(Option::is_some) {
                    rendered = sorted.into_iter().flatten().collect();
                }
            } else if rendered.is_empty() && stood_for.is_none() {
                return Some(Wire::decode(order));
            }
        }
        (!rendered.is_empty()).then_some(Wire::List(rendered))
    }
}
