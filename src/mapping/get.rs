//! `get`: from one record to one wire tree. What a rule prints, and what residue overrides it. Lists stand in `get_lists`, what
//! became of each leaf in `get_account`.

use std::collections::HashMap;

use indexmap::IndexSet;
use serde_json::Value;

use super::account::{AccountLine, Class};
use super::context::{Context, Mode};
use super::derive::Environment;
use super::path::{RecordPath, Root, WirePath, escape};
use super::plan::{Construct, Implied, Leaf, Plan, Prefer, RuleId, Slot};
use super::shown::Shown;
use super::view::{Remembered, absent_wire, join, picked, print, read_equals, reads_back, slot_of, stands_for, view};
use super::wire::Wire;
use crate::finding::{Finding, Place};

pub(super) struct Mark {
    pub(super) class: Class,
    pub(super) rule: RuleId,
    pub(super) targets: IndexSet<String>,
}

pub(crate) struct Getter<'a> {
    pub(super) plan: &'a Plan,
    pub(super) record: &'a Value,
    pub(super) env: Environment<'a>,
    pub(super) exact: bool,
    pub(super) flat: bool,
    pub(super) marks: HashMap<usize, Mark>,
    pub(super) supplied: Vec<AccountLine>,
    pub(crate) findings: Vec<Finding>,
    /// Place on the wire of the scope that is written.
    pub(super) at: String,
    /// Where it is noted what derivations show of the record, for the account.
    pub(super) shown: Option<&'a Shown>,
}

impl<'a> Getter<'a> {
    pub(crate) fn new(plan: &'a Plan, record: &'a Value, context: &'a Context<'a>, row: usize, flat: bool) -> Self {
        Self {
            plan,
            record,
            env: Environment {
                record,
                item: record,
                issue: context.issue,
                batch: context.batch,
                context,
                row,
                sheet: "",
                shown: None,
            },
            exact: context.mode == Mode::Exact,
            flat,
            marks: HashMap::new(),
            supplied: Vec::new(),
            findings: Vec::new(),
            at: String::new(),
            shown: None,
        }
    }

    /// The same with a place for what derivations show of the record.
    pub(crate) fn noting(mut self, shown: &'a Shown) -> Self {
        self.shown = Some(shown).filter(|_| self.accounts());
        self
    }

    /// A derived value for a node. What it shows of the record is noted where there is one, and forgotten where there is none.
    pub(super) fn derived(
        &self,
        node: &'a Value,
        derive: impl FnOnce(&Environment<'a>) -> Option<Wire>,
    ) -> Option<Wire> {
        let found = derive(&Environment { shown: self.shown, ..self.env.at(node) });
        if found.is_none() {
            self.shown.map(Shown::take);
        }
        found
    }

    pub(crate) fn on_sheet(mut self, sheet: &'a str) -> Self {
        self.env.sheet = sheet;
        self
    }

    /// The record as one wire tree.
    pub(crate) fn run(&mut self, rules: &'a [Construct]) -> Wire {
        let mut out = Wire::object();
        for (path, constant) in self.plan.constants.iter().filter(|_| self.env.context.account) {
            if let Some(value) = path.find(self.record)
                && value == constant
            {
                self.mark(value, Class::Implied, RuleId::MAX, None);
            }
        }
        let remembered = Remembered::of(self.record, &self.plan.format);
        self.owned(rules, self.record, &remembered, &mut out, "");
        out
    }

    /// A scope that has a wire node of its own: rules, then what was kept aside.
    pub(super) fn owned(
        &mut self,
        rules: &'a [Construct],
        node: &'a Value,
        memory: &Remembered<'a>,
        out: &mut Wire,
        path: &str,
    ) {
        let mut covered = Vec::new();
        self.rules(rules, node, memory, out, path, &mut covered);
        self.restore(memory, out, &covered);
    }

    pub(super) fn restore(&self, memory: &Remembered<'a>, out: &mut Wire, covered: &[&WirePath]) {
        if !self.exact {
            return;
        }
        for kept in memory.kept {
            let Some(place) = kept.get("place").and_then(Value::as_str) else { continue };
            let Some(place) = place.strip_prefix(memory.prefix.as_str()) else { continue };
            let under = |wire: &str| {
                place.strip_prefix(wire).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || wire.is_empty())
            };
            let stands = covered.iter().any(|wire| match wire.flat.as_deref().filter(|_| self.flat) {
                Some(flat) => under(&escape(flat)),
                None => under(&wire.text),
            });
            if !stands && let Some(leaf) = kept.get("leaf") {
                out.restore(place, Wire::decode(leaf));
            }
        }
    }

    pub(super) fn rules(
        &mut self,
        rules: &'a [Construct],
        node: &'a Value,
        memory: &Remembered<'a>,
        out: &mut Wire,
        path: &str,
        covered: &mut Vec<&'a WirePath>,
    ) {
        for construct in rules {
            match construct {
                Construct::Leaf(rule) => {
                    covered.push(&rule.wire);
                    let wire = self.leaf(rule, node, memory, path);
                    self.write(out, &rule.wire, wire);
                }
                Construct::Prefer(rule) => {
                    covered.push(&rule.wire);
                    let wire = self.prefer(rule, node, memory, path);
                    self.write(out, &rule.wire, wire);
                }
                Construct::Implied(rule) => {
                    covered.push(&rule.wire);
                    let wire = self.implied(rule, node, memory);
                    self.write(out, &rule.wire, wire);
                }
                Construct::Group(group) => {
                    covered.push(&group.wire);
                    let found = group.record.find(node);
                    let expected = Wire::Text(if found.is_some() { group.yes.clone() } else { group.no.clone() });
                    let mut wire = Some(expected.clone());
                    if self.exact
                        && let Some((leaf, stood_for)) = memory.form(&group.wire.text)
                        && stood_for == Some(&expected.encode())
                    {
                        wire = leaf.map(Wire::decode);
                    }
                    match found {
                        Some(found) => {
                            if super::path::is_empty(found) {
                                self.mark(found, Class::Carried, group.id, Some(&group.wire));
                            } else {
                                self.supply(group.id, &group.wire);
                            }
                        }
                        None => self.supply(group.id, &group.wire),
                    }
                    self.write(out, &group.wire, wire);
                    if let Some(found) = found {
                        let memory = Remembered::of(found, &self.plan.format);
                        self.rules(&group.rules, found, &memory, out, &join(path, &group.record), covered);
                    }
                }
                Construct::When(when) => {
                    let holds = self.env.at(node).holds(&when.test);
                    #[cfg(test)]
                    super::fired::note(
                        &**when,
                        if holds { super::fired::Way::Get } else { super::fired::Way::GetFails },
                    );
                    if holds {
                        self.rules(&when.rules, node, memory, out, path, covered);
                    }
                }
                Construct::Pick(pick) => {
                    let list = pick.record.find(node).and_then(Value::as_array);
                    if let Some((index, item)) = list.and_then(|list| picked(pick, list)) {
                        self.mark_constants(&pick.constants, item, pick.id);
                        if super::path::is_empty(item) {
                            self.mark(item, Class::Carried, pick.id, None);
                        }
                        let own = Remembered::of(item, &self.plan.format);
                        let memory = if pick.residue { own } else { memory.clone() };
                        let path = format!("{}[{index}]", join(path, &pick.record));
                        self.rules(&pick.rules, item, &memory, out, &path, covered);
                    } else {
                        // Their places are the rules' all the same: a leaf kept aside must not come to life there.
                        let always = pick.rules.iter().filter(|rule| !matches!(rule, Construct::When(_)));
                        always.for_each(|rule| rule.places(&mut |place| covered.push(place)));
                        self.defaults(&pick.rules, memory, out);
                    }
                }
                Construct::Each(each) => {
                    covered.push(&each.wire);
                    let wire = self.each(each, node, memory, path);
                    self.write(out, &each.wire, wire);
                }
                Construct::Rows(rows) => {
                    covered.push(&rows.wire);
                    let wire = self.rows(rows, node, memory, path);
                    self.write(out, &rows.wire, wire);
                }
            }
        }
    }

    /// What stands on the wire for items that are not there: spelt absences, as they were spelt.
    fn defaults(&mut self, rules: &'a [Construct], memory: &Remembered<'a>, out: &mut Wire) {
        for rule in rules {
            let (wire, mut leaf, guard) = match rule {
                Construct::Leaf(rule) => (&rule.wire, absent_wire(&rule.absent), None),
                Construct::Prefer(rule) => (&rule.wire, absent_wire(&rule.absent), None),
                Construct::Group(group) => {
                    let no = Wire::Text(group.no.clone());
                    let guard = Some(no.encode());
                    (&group.wire, Some(no), guard)
                }
                _ => continue,
            };
            if self.exact
                && let Some((form, stood_for)) = memory.form(&wire.text)
                && stood_for == guard.as_ref()
            {
                leaf = form.map(Wire::decode);
            }
            self.write(out, wire, leaf);
        }
    }

    pub(super) fn write(&self, out: &mut Wire, path: &WirePath, wire: Option<Wire>) {
        if let Some(wire) = wire {
            out.set(path, self.flat, wire);
        }
    }

    fn root<'v>(&self, path: &RecordPath, node: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        match path.root {
            Root::Record => node,
            Root::Batch => self.env.batch,
            Root::Issue => self.env.issue,
        }
    }

    fn leaf(&mut self, rule: &'a Leaf, node: &'a Value, memory: &Remembered<'a>, path: &str) -> Option<Wire> {
        let found = rule.record.find(self.root(&rule.record, node));
        let viewed = found.and_then(|value| view(rule, value));
        let printed = viewed.as_deref().map(|value| print(rule, value, self.env.around()));
        let was_printed = printed.is_some();
        if let (Some(value), Some(found), Some(printed)) = (viewed.as_deref(), found, &printed) {
            self.judge(rule, value, found, printed.as_ref().ok(), path);
        }
        let mut derived = None;
        let mut wire = if let Some(Ok(wire)) = printed {
            Some(wire)
        } else {
            // The default stands for a value that the format cannot have, too: a partner cannot tell it from none.
            derived = rule.otherwise.as_ref().and_then(|d| self.derived(node, |env| env.print(d, &rule.chain)));
            if derived.is_some() {
                self.supply(rule.id, &rule.wire);
            }
            derived.clone().or_else(|| absent_wire(&rule.absent))
        };
        if self.exact
            && let Some((leaf, stood_for)) = memory.form(&rule.wire.text)
            && stood_for == stands_for(viewed.as_deref(), derived.as_ref()).as_ref()
        {
            wire = leaf.map(Wire::decode);
        }
        if wire.is_none() && rule.required_wire && !was_printed {
            self.missing(&rule.wire, join(path, &rule.record));
        }
        wire
    }

    /// What became of a value, and a finding where the format cannot have it.
    fn judge(&mut self, rule: &'a Leaf, value: &Value, found: &'a Value, printed: Option<&Wire>, path: &str) {
        let class = match printed {
            None => {
                let mut finding = Finding::new("mapping/outside-domain", Place::Field(join(path, &rule.record)))
                    .with("format", &self.plan.format)
                    .with("value", Wire::of(value).show());
                if rule.required_wire {
                    finding = finding.weighing(crate::finding::Severity::Error);
                }
                self.findings.push(finding);
                Class::NotCarried
            }
            Some(wire) if self.accounts() && rule.narrows && !reads_back(rule, wire, value, self.env.around()) => {
                Class::Narrowed
            }
            Some(_) => Class::Carried,
        };
        self.mark_rule(rule, found, class);
    }

    pub(super) fn missing(&mut self, wire: &WirePath, path: String) {
        self.findings.push(
            Finding::new("mapping/required-not-written", Place::Field(path))
                .with("format", &self.plan.format)
                .with("field", &wire.text),
        );
    }

    fn prefer(&mut self, rule: &'a Prefer, node: &'a Value, memory: &Remembered<'a>, path: &str) -> Option<Wire> {
        let present = rule
            .slots
            .iter()
            .find_map(|slot| slot.record.find(self.root(&slot.record, node)).map(|value| (slot, value)));
        let derived = match (&rule.otherwise, rule.slots.last()) {
            (Some(derive), Some(slot)) if present.is_none_or(|(slot, value)| !self.prints(slot, value)) => {
                self.derived(node, |env| env.print(derive, &slot.chain))
            }
            _ => None,
        };
        if derived.is_some() {
            self.supply(rule.id, &rule.wire);
        }
        let default = || derived.clone().or_else(|| absent_wire(&rule.absent));
        let mut wire = if let Some((slot, value)) = present {
            if let Ok(wire) = slot.chain.print(value, self.env.around()) {
                // What another place would read of it has lost which one it stood at.
                let comes_back = || {
                    let around = self.env.around();
                    let at = slot_of(rule, &wire.to_node(), around);
                    at.is_some_and(|at| std::ptr::eq(&raw const rule.slots[at], slot))
                        && read_equals(&slot.chain, &wire, value, slot.covered.as_deref(), around)
                };
                let class = if !self.accounts() || comes_back() { Class::Carried } else { Class::Narrowed };
                self.mark_covered(value, slot.covered.as_deref(), class, rule.id, &rule.wire);
                Some(wire)
            } else {
                self.mark_covered(value, slot.covered.as_deref(), Class::NotCarried, rule.id, &rule.wire);
                let mut finding = Finding::new("mapping/outside-domain", Place::Field(join(path, &slot.record)))
                    .with("format", &self.plan.format)
                    .with("value", Wire::of(value).show());
                if rule.required_wire {
                    finding = finding.weighing(crate::finding::Severity::Error);
                }
                self.findings.push(finding);
                default()
            }
        } else {
            default()
        };
        if self.exact
            && let Some((leaf, stood_for)) = memory.form(&rule.wire.text)
            && stood_for == stands_for(present.map(|(_, value)| value), derived.as_ref()).as_ref()
        {
            wire = leaf.map(Wire::decode);
        }
        if wire.is_none()
            && rule.required_wire
            && present.is_none()
            && let Some(slot) = rule.slots.first()
        {
            self.missing(&rule.wire, join(path, &slot.record));
        }
        wire
    }

    fn prints(&self, slot: &Slot, value: &Value) -> bool {
        slot.chain.print(value, self.env.around()).is_ok()
    }

    fn implied(&mut self, rule: &'a Implied, node: &'a Value, memory: &Remembered<'a>) -> Option<Wire> {
        let expected = self.derived(node, |env| env.source(&rule.source));
        if expected.is_some() {
            self.supply(rule.id, &rule.wire);
        }
        if self.exact
            && let Some((leaf, stood_for)) = memory.form(&rule.wire.text)
            && stood_for == expected.as_ref().map(Wire::encode).as_ref()
        {
            return leaf.map(Wire::decode);
        }
        expected
    }
}
