//! The account of `get`: marks by the address of each leaf of the record, which holds still while it is read.

use indexmap::IndexSet;
use serde_json::Value;

use super::account::{Account, AccountLine, Class};
use super::derive::matches;
use super::get::{Getter, Mark};
use super::path::{RecordPath, Root, WirePath};
use super::plan::{Leaf, RuleId};
use super::shown::Shown;
use super::steps::Step;
use crate::finding::{Finding, Place};

impl<'a> Getter<'a> {
    pub(super) fn mark_rule(&mut self, rule: &'a Leaf, found: &'a Value, class: Class) {
        if !self.accounts() {
            return;
        }
        if let Some(list) = &rule.list {
            for item in found.as_array().into_iter().flatten().filter(|item| matches(&list.constants, item)) {
                self.mark_constants(&list.constants, item, rule.id);
                if list.covered.is_empty() {
                    self.mark(item, class, rule.id, Some(&rule.wire));
                }
                for part in list.covered.iter().filter_map(|path| path.find(item)) {
                    self.mark(part, class, rule.id, Some(&rule.wire));
                }
            }
        } else {
            let unsaid = self.unsaid(rule, found);
            if let (false, Some(parts)) = (unsaid.is_empty(), &rule.covered) {
                let said: Vec<RecordPath> = parts.iter().filter(|part| !unsaid.contains(part)).cloned().collect();
                self.mark_covered(found, Some(&said), class, rule.id, &rule.wire);
                for value in unsaid.iter().filter_map(|part| part.find(found)) {
                    self.mark(value, Class::NotCarried, rule.id, None);
                }
            } else {
                self.mark_covered(found, rule.covered.as_deref(), class, rule.id, &rule.wire);
            }
        }
    }

    /// Parts of a value that another root says on the way back, and says otherwise.
    fn unsaid<'p>(&self, rule: &'p Leaf, found: &Value) -> Vec<&'p RecordPath> {
        let template = rule.chain.steps.iter().find_map(|step| match step {
            Step::Template(template) => Some(template),
            _ => None,
        });
        let alternatives = template.map(|template| template.alternatives.as_slice()).unwrap_or_default();
        let Some(alternative) = alternatives.iter().find(|one| matches(&one.set, found)) else { return Vec::new() };
        let other = |(part, source): &&'p (RecordPath, RecordPath)| {
            let root = if source.root == Root::Batch { self.env.batch } else { self.env.issue };
            source.find(root) != part.find(found)
        };
        alternative.from.iter().filter(other).map(|(part, _)| part).collect()
    }

    pub(super) fn mark_covered(
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

    pub(super) fn mark_constants(&mut self, constants: &'a [(RecordPath, Value)], item: &'a Value, rule: RuleId) {
        if !self.accounts() {
            return;
        }
        for value in constants.iter().filter_map(|(path, _)| path.find(item)) {
            self.mark(value, Class::Implied, rule, None);
        }
    }

    /// Is anybody to read what becomes of the leaves?
    pub(super) fn accounts(&self) -> bool {
        self.env.context.account
    }

    pub(super) fn mark(&mut self, value: &Value, class: Class, rule: RuleId, wire: Option<&WirePath>) {
        if !self.accounts() {
            return;
        }
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (_, member) in members.iter().filter(|(key, _)| *key != "residue") {
                    self.mark(member, class, rule, wire);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for item in items {
                    self.mark(item, class, rule, wire);
                }
            }
            leaf => {
                #[cfg(test)]
                if class <= Class::Narrowed {
                    super::fired::rule(self.plan, rule, super::fired::Way::Get);
                }
                let target = wire.map(|wire| format!("{}{}", self.at, wire.text));
                let address = std::ptr::from_ref(leaf) as usize;
                let mark = self.marks.entry(address).or_insert(Mark { class, rule, targets: IndexSet::new() });
                // A leaf used twice has one class, the better one, and several targets, that of the better one first.
                let better = class < mark.class;
                if better {
                    mark.class = class;
                    mark.rule = rule;
                }
                match target.filter(|_| class <= Class::Narrowed) {
                    Some(target) if better => _ = mark.targets.shift_insert(0, target),
                    Some(target) => _ = mark.targets.insert(target),
                    None => {}
                }
            }
        }
    }

    /// Something that no rule wrote of the record itself; what a derivation showed of it is seen there, and not read back.
    pub(super) fn supply(&mut self, rule: RuleId, wire: &WirePath) {
        if !self.accounts() {
            return;
        }
        let target = format!("{}{}", self.at, wire.text);
        for address in self.shown.map(Shown::take).unwrap_or_default() {
            let none = Mark { class: Class::Narrowed, rule, targets: IndexSet::new() };
            let mark = self.marks.entry(address).or_insert(none);
            if Class::Narrowed < mark.class {
                mark.class = Class::Narrowed;
                mark.rule = rule;
            }
            mark.targets.insert(target.clone());
        }
        #[cfg(test)]
        super::fired::rule(self.plan, rule, super::fired::Way::Get);
        self.supplied.push(AccountLine {
            source: Place::Whole,
            class: Class::Implied,
            rule: self.plan.names.get(usize::from(rule)).cloned(),
            targets: vec![target],
        });
    }

    pub(crate) fn account(self) -> (Account, Vec<Finding>) {
        if !self.accounts() {
            return (Account::default(), self.findings);
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
                    targets: mark.targets.into_iter().collect(),
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

/// Visits every leaf of a record, with its path; residue is none.
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
