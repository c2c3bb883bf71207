//! `get`: from one record to one wire tree. What a rule prints, what residue overrides it, and what becomes of each leaf.

use std::collections::HashMap;

use serde_json::Value;

use super::account::{Account, AccountLine, Class};
use super::context::{Context, Mode};
use super::derive::{Environment, matches};
use super::path::{RecordPath, Root, WirePath, escape};
use super::plan::{Absent, Construct, Each, Implied, Leaf, Nested, Pick, Plan, Prefer, Rows, RuleId};
use super::wire::Wire;
use crate::finding::{Finding, Place};

/// The residue of one node, as far as it belongs to this format; `prefix` where it hangs on a node above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered<'r> {
    pub(crate) forms: &'r [Value],
    pub(crate) kept: &'r [Value],
    pub(crate) prefix: String,
}

impl<'r> Remembered<'r> {
    pub(crate) fn of(node: &'r Value, format: &str) -> Self {
        let part = node.get("residue").and_then(|residue| residue.get(format));
        let list = |name: &str| {
            part.and_then(|part| part.get(name)).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
        };
        Self { forms: list("forms"), kept: list("kept"), prefix: String::new() }
    }

    pub(crate) fn below(&self, prefix: &str) -> Self {
        Self { forms: self.forms, kept: self.kept, prefix: format!("{}{prefix}/", self.prefix) }
    }

    /// The form at a place: the leaf as it stood, and what it stood for.
    pub(crate) fn form(&self, place: &str) -> Option<(Option<&'r Value>, Option<&'r Value>)> {
        let form = self.forms.iter().find(|form| {
            form.get("place").and_then(Value::as_str).and_then(|p| p.strip_prefix(self.prefix.as_str())) == Some(place)
        })?;
        Some((form.get("leaf"), form.get("for")))
    }
}

/// What a form stands for: the value of the record, or the derived value in its stead, or nothing.
pub(crate) fn stands_for(value: Option<&Value>, derived: Option<&Wire>) -> Option<Value> {
    match (value, derived) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(derived)) => Some(serde_json::json!({"derived": derived.encode()})),
        (None, None) => None,
    }
}

pub(crate) fn absent_wire(absent: &[Absent]) -> Option<Wire> {
    match absent.first() {
        Some(Absent::Text(text)) => Some(Wire::Text(text.clone())),
        _ => None,
    }
}

struct Mark {
    class: Class,
    rule: RuleId,
    targets: Vec<String>,
}

pub(crate) struct Getter<'a> {
    plan: &'a Plan,
    record: &'a Value,
    env: Environment<'a>,
    exact: bool,
    flat: bool,
    marks: HashMap<usize, Mark>,
    supplied: Vec<AccountLine>,
    pub(crate) findings: Vec<Finding>,
    /// Place on the wire of the scope that is written.
    at: String,
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
            },
            exact: context.mode == Mode::Exact,
            flat,
            marks: HashMap::new(),
            supplied: Vec::new(),
            findings: Vec::new(),
            at: String::new(),
        }
    }

    pub(crate) fn on_sheet(mut self, sheet: &'a str) -> Self {
        self.env.sheet = sheet;
        self
    }

    /// The record as one wire tree.
    pub(crate) fn run(&mut self, rules: &'a [Construct]) -> Wire {
        let mut out = Wire::object();
        for (path, constant) in &self.plan.constants {
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
    fn owned(&mut self, rules: &'a [Construct], node: &'a Value, memory: &Remembered<'a>, out: &mut Wire, path: &str) {
        let mut covered = Vec::new();
        self.rules(rules, node, memory, out, path, &mut covered);
        self.restore(memory, out, &covered);
    }

    fn restore(&self, memory: &Remembered<'a>, out: &mut Wire, covered: &[&WirePath]) {
        if !self.exact {
            return;
        }
        for kept in memory.kept {
            let Some(place) = kept.get("place").and_then(Value::as_str) else { continue };
            let Some(place) = place.strip_prefix(memory.prefix.as_str()) else { continue };
            let under = |wire: &str| {
                place.strip_prefix(wire).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || wire.is_empty())
            };
            let stands = covered.iter().any(|wire| {
                under(&wire.text) || (self.flat && wire.flat.as_deref().is_some_and(|flat| under(&escape(flat))))
            });
            if !stands && let Some(leaf) = kept.get("leaf") {
                out.restore(place, Wire::decode(leaf));
            }
        }
    }

    fn rules(
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
                    if self.env.at(node).holds(&when.test) {
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

    fn write(&self, out: &mut Wire, path: &WirePath, wire: Option<Wire>) {
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
        let mut derived = None;
        let mut wire = match &printed {
            Some(Ok(wire)) => Some(wire.clone()),
            Some(Err(_)) => absent_wire(&rule.absent),
            None => {
                derived = rule.otherwise.as_ref().and_then(|d| self.env.at(node).print(d, &rule.chain));
                if derived.is_some() {
                    self.supply(rule.id, &rule.wire);
                }
                derived.clone().or_else(|| absent_wire(&rule.absent))
            }
        };
        if let (Some(value), Some(found), Some(printed)) = (viewed.as_deref(), found, &printed) {
            let class = match printed {
                Err(_) => {
                    let code = "mapping/outside-domain";
                    let mut finding = Finding::new("mapping/outside-domain", Place::Field(join(path, &rule.record)))
                        .with("format", &self.plan.format)
                        .with("value", Wire::of(value).show());
                    debug_assert_eq!(finding.code(), code);
                    if rule.required_wire {
                        finding = finding.weighing(crate::finding::Severity::Error);
                    }
                    self.findings.push(finding);
                    Class::NotCarried
                }
                Ok(wire) if rule.narrows && !reads_back(rule, wire, value, self.env.around()) => Class::Narrowed,
                Ok(_) => Class::Carried,
            };
            self.mark_rule(rule, found, class);
        }
        if self.exact
            && let Some((leaf, stood_for)) = memory.form(&rule.wire.text)
            && stood_for == stands_for(viewed.as_deref(), derived.as_ref()).as_ref()
        {
            wire = leaf.map(Wire::decode);
        }
        if wire.is_none() && rule.required_wire && printed.is_none() {
            self.missing(&rule.wire, join(path, &rule.record));
        }
        wire
    }

    fn missing(&mut self, wire: &WirePath, path: String) {
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
        let mut derived = None;
        let mut wire = match present {
            Some((slot, value)) => match slot.chain.print(value, self.env.around()) {
                Ok(wire) => {
                    let class = if read_equals(&slot.chain, &wire, value, slot.covered.as_deref(), self.env.around()) {
                        Class::Carried
                    } else {
                        Class::Narrowed
                    };
                    self.mark_covered(value, slot.covered.as_deref(), class, rule.id, &rule.wire);
                    Some(wire)
                }
                Err(_) => {
                    self.mark_covered(value, slot.covered.as_deref(), Class::NotCarried, rule.id, &rule.wire);
                    let mut finding = Finding::new("mapping/outside-domain", Place::Field(join(path, &slot.record)))
                        .with("format", &self.plan.format)
                        .with("value", Wire::of(value).show());
                    if rule.required_wire {
                        finding = finding.weighing(crate::finding::Severity::Error);
                    }
                    self.findings.push(finding);
                    absent_wire(&rule.absent)
                }
            },
            None => {
                derived = match (&rule.otherwise, rule.slots.last()) {
                    (Some(derive), Some(slot)) => self.env.at(node).print(derive, &slot.chain),
                    _ => None,
                };
                if derived.is_some() {
                    self.supply(rule.id, &rule.wire);
                }
                derived.clone().or_else(|| absent_wire(&rule.absent))
            }
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

    fn implied(&mut self, rule: &'a Implied, node: &'a Value, memory: &Remembered<'a>) -> Option<Wire> {
        let expected = self.env.at(node).source(&rule.source);
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

    fn each(&mut self, each: &'a Each, node: &'a Value, memory: &Remembered<'a>, path: &str) -> Option<Wire> {
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
        derived_list(&self.env.at(node), derive)
    }

    /// Runs with the place on the wire moved to an item of a list.
    fn inside(&mut self, wire: &WirePath, order: usize, run: impl FnOnce(&mut Self)) {
        let before = self.at.len();
        self.at.push_str(&wire.text);
        self.at.push_str(&format!("/{order}/"));
        run(self);
        self.at.truncate(before);
    }

    fn nested(&mut self, each: &'a Each, nested: &'a Nested, items: &[(usize, &'a Value)], path: &str) -> Wire {
        let mut groups: Vec<(Option<&Value>, Vec<(usize, &'a Value)>)> = Vec::new();
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

    fn rows(&mut self, rows: &'a Rows, node: &'a Value, memory: &Remembered<'a>, path: &str) -> Option<Wire> {
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

    // ---- the account

    fn mark_rule(&mut self, rule: &'a Leaf, found: &'a Value, class: Class) {
        match &rule.list {
            Some(list) => {
                for item in found.as_array().into_iter().flatten().filter(|item| matches(&list.constants, item)) {
                    self.mark_constants(&list.constants, item, rule.id);
                    if list.covered.is_empty() {
                        self.mark(item, class, rule.id, Some(&rule.wire));
                    }
                    for part in list.covered.iter().filter_map(|path| path.find(item)) {
                        self.mark(part, class, rule.id, Some(&rule.wire));
                    }
                }
            }
            None => self.mark_covered(found, rule.covered.as_deref(), class, rule.id, &rule.wire),
        }
    }

    fn mark_covered(
        &mut self,
        found: &'a Value,
        covered: Option<&[RecordPath]>,
        class: Class,
        rule: RuleId,
        wire: &WirePath,
    ) {
        match covered {
            Some(parts) => {
                for part in parts.iter().filter_map(|path| path.find(found)) {
                    self.mark(part, class, rule, Some(wire));
                }
            }
            None => self.mark(found, class, rule, Some(wire)),
        }
    }

    fn mark_constants(&mut self, constants: &'a [(RecordPath, Value)], item: &'a Value, rule: RuleId) {
        for value in constants.iter().filter_map(|(path, _)| path.find(item)) {
            self.mark(value, Class::Implied, rule, None);
        }
    }

    fn mark(&mut self, value: &Value, class: Class, rule: RuleId, wire: Option<&WirePath>) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (_, member) in members.iter().filter(|(key, _)| *key != "residue") {
                    self.mark(member, class, rule, wire);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().for_each(|item| self.mark(item, class, rule, wire));
            }
            leaf => {
                let target = wire.map(|wire| format!("{}{}", self.at, wire.text));
                let address = std::ptr::from_ref(leaf) as usize;
                let mark = self.marks.entry(address).or_insert(Mark { class, rule, targets: Vec::new() });
                // A leaf used twice has one class, the better one, and several targets.
                if class < mark.class {
                    mark.class = class;
                    mark.rule = rule;
                }
                if class <= Class::Narrowed {
                    mark.targets.extend(target.filter(|t| !mark.targets.contains(t)));
                }
            }
        }
    }

    fn supply(&mut self, rule: RuleId, wire: &WirePath) {
        self.supplied.push(AccountLine {
            source: Place::Whole,
            class: Class::Implied,
            rule: self.plan.names.get(usize::from(rule)).cloned(),
            targets: vec![format!("{}{}", self.at, wire.text)],
        });
    }

    pub(crate) fn account(self) -> (Account, Vec<Finding>) {
        fn walk(value: &Value, path: String, visit: &mut impl FnMut(&Value, String)) {
            match value {
                Value::Object(members) if members.keys().any(|key| key != "residue") => {
                    for (key, member) in members.iter().filter(|(key, _)| *key != "residue") {
                        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                        walk(member, path, visit);
                    }
                }
                Value::Array(items) if !items.is_empty() => {
                    items.iter().enumerate().for_each(|(i, item)| walk(item, format!("{path}[{i}]"), visit));
                }
                leaf => visit(leaf, path),
            }
        }
        let mut account = Account { leaves: Vec::new(), supplied: self.supplied };
        let (plan, mut marks) = (self.plan, self.marks);
        walk(self.record, String::new(), &mut |leaf, path| {
            let mark = marks.remove(&(std::ptr::from_ref(leaf) as usize));
            account.leaves.push(match mark {
                Some(mark) => AccountLine {
                    source: Place::Field(path),
                    class: mark.class,
                    rule: plan.names.get(usize::from(mark.rule)).cloned(),
                    targets: mark.targets,
                },
                None => AccountLine {
                    source: Place::Field(path),
                    class: Class::NotCarried,
                    rule: None,
                    targets: Vec::new(),
                },
            });
        });
        (account, self.findings)
    }
}

/// The value that a rule prints: of a list, only the items in its view.
pub(crate) fn view<'v>(rule: &Leaf, value: &'v Value) -> Option<std::borrow::Cow<'v, Value>> {
    use std::borrow::Cow;
    let Some(list) = &rule.list else {
        return match &rule.covered {
            // A node of which none of the rule's parts is there is no value.
            Some(parts) if parts.iter().all(|part| part.find(value).is_none()) => None,
            Some(parts) => Some(Cow::Owned(project(value, parts))),
            None => Some(Cow::Borrowed(value)),
        };
    };
    let items: Vec<Value> = value
        .as_array()?
        .iter()
        .filter(|item| matches(&list.constants, item))
        .map(|item| if list.covered.is_empty() { item.clone() } else { project(item, &list.covered) })
        .collect();
    (!items.is_empty()).then_some(Cow::Owned(Value::Array(items)))
}

pub(crate) fn project(value: &Value, parts: &[RecordPath]) -> Value {
    let mut projected = Value::Object(serde_json::Map::new());
    for part in parts {
        if let Some(found) = part.find(value) {
            if part.is_node() {
                return found.clone();
            }
            part.write(&mut projected, found.clone());
        }
    }
    projected
}

pub(crate) fn print(
    rule: &Leaf,
    value: &Value,
    around: super::steps::Surroundings<'_>,
) -> Result<Wire, super::steps::Outside> {
    if rule.whole.is_some() { Ok(Wire::of(value)) } else { rule.chain.print(value, around) }
}

fn reads_back(rule: &Leaf, wire: &Wire, value: &Value, around: super::steps::Surroundings<'_>) -> bool {
    if rule.whole.is_some() {
        return true;
    }
    read_equals(&rule.chain, wire, value, rule.covered.as_deref(), around)
}

fn read_equals(
    chain: &super::steps::Chain,
    wire: &Wire,
    value: &Value,
    covered: Option<&[RecordPath]>,
    around: super::steps::Surroundings<'_>,
) -> bool {
    let node = wire.to_node();
    match chain.read(&node, &mut super::steps::Notes::default(), around) {
        Ok(Some(back)) => match covered {
            Some(parts) => project(&back, parts) == project(value, parts),
            None => back == *value,
        },
        _ => false,
    }
}

/// The item that a `pick` is at, with its place.
pub(crate) fn picked<'v>(pick: &Pick, list: &'v [Value]) -> Option<(usize, &'v Value)> {
    let mut found = list.iter().enumerate().filter(|(_, item)| matches(&pick.constants, item));
    if pick.latest { found.next_back() } else { found.next() }
}

/// The inner list of an item that has rows: it has the constants, its `by` values can be printed, and somebody is in it.
pub(crate) fn rows_in_view<'v>(
    rows: &Rows,
    event: &'v Value,
    around: super::steps::Surroundings<'_>,
) -> Option<&'v Vec<Value>> {
    if !matches(&rows.constants, event) || !is_shown(rows, event, around) {
        return None;
    }
    rows.inner.find(event).and_then(Value::as_array).filter(|team| !team.is_empty())
}

/// Can all be printed that tells the item apart? Two items whose keys look alike on the wire would become one.
pub(crate) fn is_shown(rows: &Rows, event: &Value, around: super::steps::Surroundings<'_>) -> bool {
    rows.outer.iter().all(|construct| match construct {
        Construct::Leaf(rule) if rows.by.contains(&rule.record) => {
            rule.record.find(event).is_none_or(|value| print(rule, value, around).is_ok())
        }
        _ => true,
    })
}

/// What the rows of a record are told apart by, in the order in which they are written.
pub(crate) fn row_identity(rows: &Rows, node: &Value, around: super::steps::Surroundings<'_>) -> Value {
    let mut identity = Vec::new();
    for event in rows.record.find(node).and_then(Value::as_array).into_iter().flatten() {
        let Some(team) = rows_in_view(rows, event, around) else { continue };
        let by: Vec<Value> = rows.by.iter().map(|path| path.find(event).cloned().unwrap_or_default()).collect();
        for person in team {
            let key = rows.inner_key.iter().map(|path| path.find(person).cloned().unwrap_or_default());
            identity.push(Value::Array(by.iter().cloned().chain(key).collect()));
        }
    }
    Value::Array(identity)
}

pub(crate) fn derived_list<'e>(env: &Environment<'e>, derive: &'e super::plan::Derive) -> Option<Wire> {
    match env.derive(derive)? {
        super::derive::Derived::Wire(Wire::List(items)) => Some(Wire::List(items)),
        super::derive::Derived::Wire(Wire::Object(members)) if members.is_empty() => None,
        super::derive::Derived::Wire(wire) => Some(Wire::List(vec![wire])),
        super::derive::Derived::Record(value) => Some(Wire::of(&value)),
    }
}

pub(crate) fn join(path: &str, record: &RecordPath) -> String {
    match (path.is_empty() || record.root != Root::Record, record.is_node()) {
        (true, _) => record.to_string(),
        (false, true) => path.to_owned(),
        (false, false) => format!("{path}.{record}"),
    }
}
