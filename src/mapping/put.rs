//! `put`: from one record's part of a document to the record. Rules that read one leaf stand here; lists stand in `lists`,
//! what comes after all other rules (implied and derived values, what is kept aside) in `late`.
//!
//! The heart is the *unchanged rule*: where the leaf reads as a value that would print the same as the stored one, the
//! stored value stays. It makes every many-to-one step lawful and protects values that cannot be printed.

use serde_json::{Map, Value};

use super::account::Class;
use super::context::Context;
use super::derive::{Environment, matches};
use super::merge::{bare, merge, overlay, with_constants};
use super::origins::Absence;
use super::path::{RecordPath, Root, Segment, WirePath};
use super::plan::{Absent, Construct, Leaf, Plan, RuleId};
use super::steps::{Chain, Notes, Step, Surroundings, Unreadable};
use super::view::{FLAT, absent_wire, has_shape, print, stands_for, view};
use super::wire::{Id, Tree, Wire, is_void, leaf_wire, same_leaf};
use crate::document::{Flags, Node, Value as WireValue, cell_findings};
use crate::finding::{Finding, Severity};

pub(crate) static NOTHING: Value = Value::Null;

/// A spelling, as residue has it.
#[derive(Debug)]
pub(crate) struct FormDraft {
    pub(crate) place: String,
    pub(crate) leaf: Option<Value>,
    pub(crate) stands_for: Option<Value>,
}

/// A leaf that no rule consumed.
#[derive(Debug)]
pub(crate) struct KeptDraft {
    pub(crate) place: String,
    pub(crate) leaf: Value,
}

/// A record node that a wire node was aligned with, and what is still to be done for it.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) number: usize,
    pub(crate) wire: Id,
    pub(crate) old: &'a Value,
    /// From the node of the scope above.
    pub(crate) path: Vec<Segment>,
    pub(crate) late: Vec<&'a Construct>,
    pub(crate) forms: Vec<FormDraft>,
    pub(crate) kept: Vec<KeptDraft>,
    pub(crate) children: Vec<Scope<'a>>,
    pub(crate) inactive: Vec<&'a WirePath>,
    /// Items named by their number that may have been emptied.
    pub(crate) holes: Vec<RecordPath>,
    /// Is the wire node this scope's alone, so that its unconsumed leaves are kept here?
    pub(crate) owns: bool,
    pub(crate) residue: bool,
}

/// What a rule did with one leaf.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) leaf: Id,
    pub(crate) class: Class,
    pub(crate) rule: RuleId,
    pub(crate) scope: usize,
}

pub(crate) struct Putter<'a, 'd> {
    pub(crate) plan: &'a Plan,
    pub(crate) tree: &'a Tree<'d>,
    pub(crate) context: &'a Context<'a>,
    /// Number of the record in its document, from 1, and the key of its sheet.
    pub(crate) row: usize,
    pub(crate) sheet: &'a str,
    /// Has the layout the sheets that hold rows of this record?
    pub(crate) tables: bool,
    pub(crate) issue: Value,
    pub(crate) batch: Value,
    /// By leaf, the number of its trace plus one.
    pub(crate) marks: Vec<u32>,
    pub(crate) traces: Vec<Trace>,
    /// Rules that found no leaf, each with its scope and the place where one would stand.
    pub(crate) absent: Vec<Absence>,
    pub(crate) findings: Vec<Finding>,
    /// Record path of each scope, known once its lists are in order.
    pub(crate) scopes: Vec<String>,
    /// Set while a reading is only tried.
    pub(crate) quiet: bool,
}

/// What a leaf reads as.
pub(crate) struct Reading {
    pub(crate) value: Option<Value>,
    pub(crate) class: Class,
    /// The leaf may be spelt otherwise than the value prints.
    pub(crate) respelt: bool,
}

impl<'a, 'd> Putter<'a, 'd> {
    pub(crate) fn new(plan: &'a Plan, tree: &'a Tree<'d>, context: &'a Context<'a>) -> Self {
        Self {
            plan,
            tree,
            context,
            row: 1,
            sheet: "",
            tables: true,
            issue: context.issue.clone(),
            batch: context.batch.clone(),
            marks: vec![0; tree.entries.len()],
            traces: Vec::new(),
            absent: Vec::new(),
            findings: Vec::new(),
            scopes: Vec::new(),
            quiet: false,
        }
    }

    pub(crate) fn around(&self) -> Surroundings<'a> {
        Surroundings { issue: self.context.issue, batch: self.context.batch, record: None, shown: None }
    }

    pub(crate) fn scope(
        &mut self,
        wire: Id,
        old: &'a Value,
        path: Vec<Segment>,
        owns: bool,
        residue: bool,
    ) -> Scope<'a> {
        self.scopes.push(String::new());
        Scope {
            number: self.scopes.len() - 1,
            wire,
            old,
            path,
            late: Vec::new(),
            forms: Vec::new(),
            kept: Vec::new(),
            children: Vec::new(),
            inactive: Vec::new(),
            holes: Vec::new(),
            owns,
            residue,
        }
    }

    /// The whole of one record: rules, then what comes late, then what is kept aside.
    pub(crate) fn run(&mut self, rules: &'a [Construct], old: &'a Value, constants: &[(RecordPath, Value)]) -> Value {
        let mut new = bare(old, &self.plan.format);
        if !new.is_object() {
            new = Value::Object(Map::new());
        }
        if old.is_null() {
            for (path, constant) in constants {
                path.write(&mut new, constant.clone());
            }
        }
        let mut scope = self.scope(0, old, Vec::new(), true, true);
        self.body(rules, old, &mut new, &mut scope);
        if self.tree.leaf(0).is_some_and(|leaf| leaf.as_object().is_some_and(crate::document::Object::is_empty)) {
            self.mark(0, Class::Carried, RuleId::MAX, scope.number);
        }
        if let Some(flat) = self.tree.unusual {
            scope.forms.push(FormDraft { place: FLAT.to_owned(), leaf: Some(Value::Bool(flat)), stands_for: None });
        }
        let issue = self.issue.clone();
        let batch = self.batch.clone();
        self.finish(scope, &mut new, &[], &issue, &batch, true);
        new
    }

    pub(crate) fn body(&mut self, rules: &'a [Construct], old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        for construct in rules {
            match construct {
                Construct::Leaf(rule) if rule.otherwise.is_some() => scope.late.push(construct),
                Construct::Leaf(rule) => self.leaf(rule, old, new, scope),
                Construct::Prefer(rule) if rule.otherwise.is_some() => scope.late.push(construct),
                Construct::Prefer(rule) => {
                    self.prefer(rule, old, new, scope, None);
                }
                Construct::Implied(_) => scope.late.push(construct),
                Construct::Group(group) => self.group(group, old, new, scope),
                Construct::When(when) => {
                    // Decided on the new value of a place that stands outside the branch.
                    let env = Environment {
                        record: new,
                        item: new,
                        issue: &self.issue,
                        batch: &self.batch,
                        context: self.context,
                        row: self.row,
                        sheet: self.sheet,
                        shown: None,
                    };
                    let holds = env.holds(&when.test);
                    #[cfg(test)]
                    super::fired::note(
                        &**when,
                        if holds { super::fired::Way::Put } else { super::fired::Way::PutFails },
                    );
                    if holds {
                        self.body(&when.rules, old, new, scope);
                    } else {
                        scope.inactive.extend(when.places.iter());
                    }
                }
                Construct::Pick(pick) => self.pick(pick, old, new, scope),
                Construct::Each(each) if each.is_late() => scope.late.push(construct),
                Construct::Each(each) => self.each(each, old, new, scope),
                Construct::Rows(rows) => {
                    if self.tables {
                        self.rows(rows, old, new, scope);
                    }
                }
            }
        }
    }

    // ---- one leaf

    pub(crate) fn leaf(&mut self, rule: &'a Leaf, old: &'a Value, new: &mut Value, scope: &mut Scope<'a>) {
        let node = self.tree.find(scope.wire, &rule.wire);
        let reading = self.read(rule, node, scope);
        let class = reading.class;
        let stored = self.stored(rule, old);
        let before =
            rule.list.as_ref().filter(|_| !scope.children.is_empty()).and_then(|_| rule.record.find(new).cloned());
        let mut value = self.settle(rule, reading.value, stored, new);
        if value.is_none() && rule.whole.is_some() && rule.record.is_node() {
            // The item itself cannot be absent: what stands there is written.
            value = Some(new.clone());
        }
        if value.is_none() {
            scope.holes.extend(rule.record.first_item());
        }
        if let Some(Value::Array(before)) = before {
            Self::moved(&rule.record, &before, new, scope);
        }
        match node {
            Some(node) => self.mark(node, class, rule.id, scope.number),
            None if self.quiet => {}
            None => {
                let place = self.tree.lack(scope.wire, &rule.wire);
                self.absent.push(Absence { rule: rule.id, scope: scope.number, place });
            }
        }
        if reading.respelt || value.is_none() {
            let expected = self.emitted(rule, value.as_ref());
            self.remember(&rule.wire, node, expected.as_ref(), stands_for(value.as_ref(), None), scope);
        }
    }

    /// What is stored at the rule's place, in whichever root it stands.
    pub(crate) fn stored(&self, rule: &Leaf, old: &'a Value) -> Option<&'a Value> {
        match rule.record.root {
            Root::Record => rule.record.find(old),
            Root::Batch => rule.record.find(self.context.batch),
            Root::Issue => rule.record.find(self.context.issue),
        }
    }

    /// Keeps or replaces the stored value; gives the value that now stands, as the rule sees it.
    pub(crate) fn settle(
        &mut self,
        rule: &'a Leaf,
        read: Option<Value>,
        stored: Option<&'a Value>,
        new: &mut Value,
    ) -> Option<Value> {
        let seen = stored.and_then(|value| view(rule, value));
        if let Some(seen) = seen {
            let same = self.emitted(rule, Some(&seen)) == self.emitted(rule, read.as_ref());
            if same {
                return Some(seen.into_owned());
            }
        } else if read.is_none() {
            return None;
        }
        let read = read.map(|value| self.filled(rule, value));
        let mut issue = std::mem::take(&mut self.issue);
        let mut batch = std::mem::take(&mut self.batch);
        let tree = match rule.record.root {
            Root::Record => new,
            Root::Batch => &mut batch,
            Root::Issue => &mut issue,
        };
        Self::write(rule, read.clone(), tree);
        self.issue = issue;
        self.batch = batch;
        read
    }

    /// Parts of a tagged value that come from another root.
    fn filled(&self, rule: &Leaf, mut value: Value) -> Value {
        let template = rule.chain.steps.iter().find_map(|step| match step {
            Step::Template(template) => Some(template),
            _ => None,
        });
        for alternative in template.map(|t| t.alternatives.as_slice()).unwrap_or_default() {
            if alternative.from.is_empty() || !matches(&alternative.set, &value) {
                continue;
            }
            for (part, source) in &alternative.from {
                let root = match source.root {
                    Root::Batch => &self.batch,
                    _ => &self.issue,
                };
                if let Some(found) = source.find(root) {
                    part.write(&mut value, found.clone());
                }
            }
        }
        value
    }

    fn write(rule: &Leaf, value: Option<Value>, tree: &mut Value) {
        match (&rule.list, &rule.covered, value) {
            (Some(list), _, value) => {
                let items = match value {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                };
                // Other rules may have changed the list: what stands there now is what is merged into.
                let present = rule.record.find(tree).and_then(Value::as_array).cloned().unwrap_or_default();
                let merged = merge(list, &present, items);
                if merged.is_empty() {
                    rule.record.clear(tree);
                } else {
                    rule.record.write(tree, Value::Array(merged));
                }
            }
            (None, Some(parts), Some(value)) => {
                let mut node = rule.record.find(tree).cloned().unwrap_or_else(|| Value::Object(Map::new()));
                for part in parts {
                    part.clear(&mut node);
                }
                overlay(&mut node, value);
                rule.record.write(tree, node);
            }
            (None, Some(parts), None) => {
                for part in parts {
                    part.under(&rule.record).clear(tree);
                }
            }
            (None, None, Some(value)) => rule.record.write(tree, value),
            (None, None, None) => rule.record.clear(tree),
        }
    }

    /// What the rule would write for a value.
    pub(crate) fn emitted(&self, rule: &Leaf, value: Option<&Value>) -> Option<Wire> {
        match value {
            Some(value) => print(rule, value, self.around()).ok().or_else(|| absent_wire(&rule.absent)),
            None => absent_wire(&rule.absent),
        }
    }

    /// Can the rule print what is stored at its place?
    pub(crate) fn prints(&self, rule: &Leaf, stored: &Value) -> bool {
        view(rule, stored).is_some_and(|value| print(rule, &value, self.around()).is_ok())
    }

    /// Remembers the leaf where the rule would write something else.
    pub(crate) fn remember(
        &mut self,
        place: &WirePath,
        node: Option<Id>,
        expected: Option<&Wire>,
        stands_for: Option<Value>,
        scope: &mut Scope<'a>,
    ) {
        let leaf = match (node, expected) {
            (None, None) => return,
            (None, Some(_)) => None,
            (Some(id), expected) => {
                let same = match (self.tree.leaf(id), expected) {
                    (Some(leaf), Some(expected)) => same_leaf(leaf, expected),
                    (None, Some(expected)) => self.tree.wire(id) == *expected,
                    (_, None) => false,
                };
                if same {
                    return;
                }
                Some(self.tree.wire(id).encode())
            }
        };
        scope.forms.push(FormDraft { place: place.text.to_string(), leaf, stands_for });
    }

    pub(crate) fn read(&mut self, rule: &'a Leaf, node: Option<Id>, scope: &Scope<'a>) -> Reading {
        let reading = match (node, &rule.whole) {
            (Some(id), Some(fields)) => self.whole(rule, id, fields),
            _ => self.read_chain(&rule.chain, &rule.absent, rule.required_wire, node),
        };
        if reading.value.is_none() && reading.class == Class::Carried && (rule.required_wire || rule.required_record) {
            let place = match node {
                Some(id) => self.tree.place(id),
                None => self.tree.place_of_missing(scope.wire, &rule.wire),
            };
            self.say(Finding::new("mapping/missing-value", place).with("field", &rule.wire.text));
        }
        reading
    }

    pub(crate) fn read_chain(&mut self, chain: &Chain, absent: &[Absent], required: bool, node: Option<Id>) -> Reading {
        let nothing = |class: Class, respelt: bool| Reading { value: None, class, respelt };
        let Some(id) = node else { return nothing(Class::Carried, true) };
        let Some(leaf) = self.tree.leaf(id) else {
            self.say(Finding::new("mapping/wrong-kind", self.tree.place(id)));
            return nothing(Class::KeptAside, true);
        };
        if leaf.flags != Flags::NONE {
            let place = self.tree.place(id);
            for finding in cell_findings(leaf, &place) {
                let void = finding.code() == "document/formula-without-value";
                self.say(if void && required { finding.weighing(Severity::Error) } else { finding });
            }
            if is_void(leaf) {
                return nothing(Class::KeptAside, true);
            }
        }
        if is_absent(leaf, absent) {
            return nothing(Class::Carried, true);
        }
        let mut notes = Notes::default();
        match chain.read(leaf, &mut notes, self.around()) {
            Ok(value) => {
                if !self.quiet {
                    self.tell(&notes, leaf, id);
                }
                Reading { respelt: notes.respelt || value.is_none(), value, class: Class::Carried }
            }
            Err(why) => {
                self.refuse(why, leaf, id);
                nothing(Class::KeptAside, true)
            }
        }
    }

    fn tell(&mut self, notes: &Notes, leaf: &Node, id: Id) {
        if notes.cleaned {
            let place = self.tree.place(id);
            self.say(Finding::new("mapping/normalised", place).with("value", leaf_wire(leaf).show()));
        }
        if notes.serial {
            let place = self.tree.place(id);
            self.say(Finding::new("mapping/date-as-serial", place).with("value", leaf_wire(leaf).show()));
        }
        if let Some(check) = notes.failed_check {
            let place = self.tree.place(id);
            self.say(
                Finding::new("mapping/check-failed", place).with("check", check).with("value", leaf_wire(leaf).show()),
            );
        }
    }

    pub(super) fn refuse(&mut self, why: Unreadable, leaf: &Node, id: Id) {
        if self.quiet {
            return;
        }
        let place = self.tree.place(id);
        let finding = match why {
            Unreadable::Date => Finding::new("mapping/unreadable-date", place),
            Unreadable::Number => Finding::new("mapping/unreadable-number", place),
            Unreadable::Code => Finding::new("mapping/unknown-code", place),
            Unreadable::Pattern => Finding::new("mapping/unreadable-value", place),
            Unreadable::NumberForText => Finding::new("mapping/number-for-text", place),
            Unreadable::Kind => Finding::new("mapping/wrong-kind", place),
        };
        self.say(finding.with("value", leaf_wire(leaf).show()));
    }

    pub(crate) fn say(&mut self, finding: Finding) {
        if !self.quiet {
            self.findings.push(finding);
        }
    }

    fn whole(&mut self, rule: &Leaf, id: Id, fields: &[String]) -> Reading {
        let wire = self.tree.wire(id);
        if wire == Wire::Null {
            return Reading { value: None, class: Class::Carried, respelt: true };
        }
        let value = wire.to_json();
        let shaped = has_shape(&value, fields);
        let counts = !super::path::is_empty(&value) || (rule.empty_counts && value.is_object());
        // A number that JSON values do not hold as it is spelt is remembered by its spelling.
        if rule.chain.kind.admits(&value) && shaped && counts {
            Reading { value: Some(value), class: Class::Carried, respelt: true }
        } else {
            if !super::path::is_empty(&value) {
                self.say(Finding::new("mapping/unreadable-value", self.tree.place(id)).with("value", wire.show()));
            }
            let class = if super::path::is_empty(&value) { Class::Carried } else { Class::KeptAside };
            Reading { value: None, class, respelt: true }
        }
    }

    // ---- marks

    pub(crate) fn mark(&mut self, id: Id, class: Class, rule: RuleId, scope: usize) {
        let tree = self.tree;
        #[cfg(test)]
        if matches!(class, Class::Carried | Class::Narrowed | Class::Implied) {
            super::fired::rule(self.plan, rule, super::fired::Way::Put);
        }
        tree.leaves(id, &mut |leaf| {
            let Some(mark) = self.marks.get_mut(leaf as usize) else { return };
            debug_assert!(*mark == 0, "leaf {} is marked twice", tree.relative(leaf, 0));
            if *mark == 0 {
                self.traces.push(Trace { leaf, class, rule, scope });
                *mark = u32::try_from(self.traces.len()).unwrap_or(u32::MAX);
            }
        });
    }

    /// Takes back what was done since a point: a reading that was only tried.
    pub(crate) fn undo(&mut self, traces: usize, findings: usize, scopes: usize) {
        for trace in self.traces.drain(traces..) {
            if let Some(mark) = self.marks.get_mut(trace.leaf as usize) {
                *mark = 0;
            }
        }
        self.findings.truncate(findings);
        self.scopes.truncate(scopes);
    }

    /// What an item reads as, without traces.
    pub(crate) fn dry(&mut self, rules: &'a [Construct], wire: Id, constants: &[(RecordPath, Value)]) -> Value {
        let (traces, findings, scopes) = (self.traces.len(), self.findings.len(), self.scopes.len());
        let quiet = std::mem::replace(&mut self.quiet, true);
        let mut item = with_constants(constants);
        let mut scope = self.scope(wire, &NOTHING, Vec::new(), true, true);
        self.body(rules, &NOTHING, &mut item, &mut scope);
        for construct in std::mem::take(&mut scope.late) {
            match construct {
                Construct::Leaf(rule) => self.leaf(rule, &NOTHING, &mut item, &mut scope),
                Construct::Prefer(rule) => self.prefer(rule, &NOTHING, &mut item, &mut scope, None),
                _ => {}
            }
        }
        self.undo(traces, findings, scopes);
        self.quiet = quiet;
        item
    }
}

pub(crate) fn is_absent(leaf: &Node, absent: &[Absent]) -> bool {
    match &leaf.value {
        WireValue::Null => true,
        WireValue::Text(text) => {
            absent.iter().any(|spelling| matches!(spelling, Absent::Text(absent) if absent == text.trim()))
        }
        _ => false,
    }
}
