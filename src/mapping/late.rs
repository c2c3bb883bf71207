//! What comes after all other rules of a record: implied leaves, claims with a default, and what nothing consumed. They are
//! judged on the *new* record; judging them on the old one, or earlier, breaks the laws.

use serde_json::{Map, Value, json};

use super::account::Class;
use super::derive::{Derived, Environment};
use super::path::{RecordPath, Root, Segment};
use super::plan::{Construct, Implied, Leaf, Matching, Prefer};
use super::put::{FormDraft, KeptDraft, Putter, Scope};
use super::view::{derived_list, print, stands_for, view};
use super::wire::{Body, Wire};
use crate::document::Value as WireValue;
use crate::finding::{Finding, Severity};

/// The roots as they stand once all other rules have run.
struct Roots<'e> {
    issue: &'e Value,
    batch: &'e Value,
}

impl<'a> Putter<'a, '_> {
    /// Ends a scope: what comes late, then its children, then what is kept; and hangs the residue on its node.
    pub(crate) fn finish(
        &mut self,
        mut scope: Scope<'a>,
        root: &mut Value,
        above: &[Segment],
        issue: &Value,
        batch: &Value,
        top: bool,
    ) -> (Vec<FormDraft>, Vec<KeptDraft>) {
        let mut at = above.to_vec();
        at.extend(scope.path.iter().cloned());
        let here = RecordPath { root: Root::Record, segments: at.clone() };
        if let Some(name) = self.scopes.get_mut(scope.number) {
            *name = if here.is_node() { String::new() } else { here.to_string() };
        }
        self.finish_children(&mut scope, root, &at, issue, batch);
        for construct in std::mem::take(&mut scope.late) {
            let roots = Roots { issue, batch };
            match construct {
                Construct::Implied(rule) => self.late_implied(rule, &mut scope, root, &here, &roots),
                Construct::Leaf(rule) => self.late_leaf(rule, &mut scope, root, &here, &roots),
                Construct::Prefer(rule) => self.late_prefer(rule, &mut scope, root, &here, &roots),
                Construct::Each(each) => {
                    let derived = {
                        let env = self.environment(root, &here, &roots);
                        each.otherwise.as_ref().and_then(|derive| derived_list(&env, derive))
                    };
                    let node = self.tree.find(scope.wire, &each.wire);
                    let stored = each.record.find(scope.old).and_then(Value::as_array);
                    let wire = node.map(|id| self.tree.wire(id));
                    if stored.is_none_or(|list| !list.iter().any(|item| super::derive::matches(&each.constants, item)))
                        && derived.is_some()
                        && (node.is_none() || wire == derived)
                    {
                        // The sender says what we would have derived, or nothing.
                        if let Some(id) = node {
                            self.mark(id, Class::Implied, each.id, scope.number);
                        } else if let Some(derived) = &derived {
                            scope.forms.push(FormDraft {
                                place: each.wire.text.to_string(),
                                leaf: None,
                                stands_for: stands_for(None, Some(derived)),
                            });
                        }
                    } else {
                        let old = scope.old;
                        let mut node = take(root, &here);
                        let forms = scope.forms.len();
                        self.each(each, old, &mut node, &mut scope);
                        put_back(root, &here, node);
                        // `[]` stands for "derived" where there is something to derive.
                        if let Some(derived) = &derived {
                            if self.tree.find(scope.wire, &each.wire).is_none() {
                                scope.forms.truncate(forms);
                                scope.forms.push(FormDraft {
                                    place: each.wire.text.to_string(),
                                    leaf: None,
                                    stands_for: stands_for(None, Some(derived)),
                                });
                            }
                            for form in &mut scope.forms[forms..] {
                                if form.stands_for.is_none() && form.place == *each.wire.text {
                                    form.stands_for = stands_for(None, Some(derived));
                                }
                            }
                        }
                    }
                }
                Construct::Group(_) | Construct::When(_) | Construct::Pick(_) | Construct::Rows(_) => {}
            }
        }
        self.finish_children(&mut scope, root, &at, issue, batch);
        if !scope.holes.is_empty() {
            let mut node = take(root, &here);
            scope.holes.iter().for_each(|hole| hole.close(&mut node));
            put_back(root, &here, node);
        }
        if scope.owns {
            self.keep(&mut scope);
        }
        if top || scope.residue {
            hang(root, &here, &self.plan.format, scope.forms, scope.kept);
            return (Vec::new(), Vec::new());
        }
        (scope.forms, scope.kept)
    }

    fn finish_children(
        &mut self,
        scope: &mut Scope<'a>,
        root: &mut Value,
        at: &[Segment],
        issue: &Value,
        batch: &Value,
    ) {
        for child in std::mem::take(&mut scope.children) {
            let prefix = self.tree.relative(child.wire, scope.wire);
            let prefixed = |place: String| match (prefix.is_empty(), place.is_empty()) {
                (true, _) => place,
                (false, true) => format!("{prefix}/"),
                (false, false) => format!("{prefix}/{place}"),
            };
            let (forms, kept) = self.finish(child, root, at, issue, batch, false);
            scope.forms.extend(forms.into_iter().map(|form| FormDraft { place: prefixed(form.place), ..form }));
            scope.kept.extend(kept.into_iter().map(|kept| KeptDraft { place: prefixed(kept.place), ..kept }));
        }
    }

    fn environment<'e>(&'e self, root: &'e Value, here: &RecordPath, roots: &Roots<'e>) -> Environment<'e> {
        Environment {
            record: root,
            item: here.find(root).unwrap_or(&super::put::NOTHING),
            issue: roots.issue,
            batch: roots.batch,
            context: self.context,
            row: self.row,
            sheet: self.sheet,
            shown: None,
        }
    }

    fn late_implied(
        &mut self,
        rule: &'a Implied,
        scope: &mut Scope<'a>,
        root: &Value,
        here: &RecordPath,
        roots: &Roots<'_>,
    ) {
        let expected = self.environment(root, here, roots).source(&rule.source);
        let node = self.tree.find(scope.wire, &rule.wire);
        let Some(id) = node else {
            if expected.is_some() {
                self.remember(&rule.wire, None, expected.as_ref(), expected.as_ref().map(Wire::encode), scope);
            }
            return;
        };
        let wire = self.tree.wire(id);
        let mut agrees = expected.as_ref() == Some(&wire) || wire == Wire::Text(String::new()) && rule.optional;
        let mut partly = false;
        if !agrees && rule.by_value {
            let chain = match &rule.source {
                super::plan::Source::Copy(_, chain) => Some(chain),
                _ => None,
            };
            let read = chain.and_then(|chain| {
                let leaf = self.tree.leaf(id)?;
                chain.read(leaf, &mut super::steps::Notes::default(), self.around()).ok().flatten()
            });
            let printed = read.zip(chain).and_then(|(value, chain)| chain.print(&value, self.around()).ok());
            agrees = printed.is_some() && printed == expected;
        }
        if let (Some(Wire::List(wanted)), Wire::List(items)) = (&expected, &wire) {
            partly = match rule.matching {
                Matching::Equal => false,
                Matching::Prefix => items.starts_with(wanted),
                Matching::Contains => wanted.iter().all(|one| items.contains(one)),
            };
        }
        if partly && !agrees {
            // The items that had to be there are ours, the others the sender's own.
            let wanted = match &expected {
                Some(Wire::List(wanted)) => wanted.clone(),
                _ => Vec::new(),
            };
            for (place, item) in self.tree.list(id).map(<[u32]>::to_vec).unwrap_or_default().into_iter().enumerate() {
                let ours = match rule.matching {
                    Matching::Prefix => place < wanted.len(),
                    _ => wanted.contains(&self.tree.wire(item)),
                };
                self.mark(item, if ours { Class::Implied } else { Class::KeptAside }, rule.id, scope.number);
            }
        } else {
            if !agrees {
                let severity = match rule.source {
                    // A row number of another counting says nothing about the certificate.
                    super::plan::Source::Derive(super::plan::Derive::RowNumber, _) => Severity::Note,
                    _ => Severity::Warning,
                };
                self.say(
                    Finding::new("mapping/contradicts", self.tree.place(id))
                        .weighing(severity)
                        .with("value", wire.show())
                        .with("expected", expected.as_ref().map(Wire::show).unwrap_or_default()),
                );
            }
            self.mark(id, if agrees { Class::Implied } else { Class::KeptAside }, rule.id, scope.number);
        }
        self.remember(&rule.wire, node, expected.as_ref(), expected.as_ref().map(Wire::encode), scope);
    }

    /// A claim with a default.
    fn late_leaf(
        &mut self,
        rule: &'a Leaf,
        scope: &mut Scope<'a>,
        root: &mut Value,
        here: &RecordPath,
        roots: &Roots<'_>,
    ) {
        let node = self.tree.find(scope.wire, &rule.wire);
        // The default is what stands where this place has nothing.
        let own = set_aside(root, here, &[&rule.record]);
        let (derived, derived_value) = {
            let env = self.environment(root, here, roots);
            let derived = rule.otherwise.as_ref().and_then(|derive| env.derive(derive));
            let value = match &derived {
                Some(Derived::Record(value)) => Some(value.clone().into_owned()),
                _ => None,
            };
            (rule.otherwise.as_ref().and_then(|derive| env.print(derive, &rule.chain)), value)
        };
        restore(root, here, own);
        let stored = self.stored(rule, scope.old);
        let quiet = node.is_none() && derived.is_some();
        let before = self.quiet;
        self.quiet |= quiet;
        let reading = self.read(rule, node, scope);
        self.quiet = before;
        let class = reading.class;
        let mut read = reading.value;
        let mut implied = false;
        // The default stands for a value that cannot be printed, too.
        if stored.is_none_or(|value| !self.prints(rule, value)) {
            let same = match node {
                Some(id) => derived.as_ref() == Some(&self.tree.wire(id)),
                None => false,
            };
            if same || (read.is_some() && read == derived_value && derived_value.is_some() && derived.is_some()) {
                // The sender says what we would have said: no claim.
                implied = true;
                read = None;
            }
        }
        let mut item = take(root, here);
        let value = self.settle(rule, read, stored, &mut item);
        put_back(root, here, item);
        if value.is_none() {
            scope.holes.extend(rule.record.first_item());
        }
        let value = value.as_ref().and_then(|value| view(rule, value)).map(std::borrow::Cow::into_owned);
        if let Some(id) = node {
            self.mark(id, if implied { Class::Implied } else { class }, rule.id, scope.number);
        }
        let (expected, guard) = match &value {
            Some(value) if print(rule, value, self.around()).is_ok() => {
                (self.emitted(rule, Some(value)), stands_for(Some(value), None))
            }
            value => (
                derived.clone().or_else(|| super::view::absent_wire(&rule.absent)),
                stands_for(value.as_ref(), derived.as_ref()),
            ),
        };
        self.remember(&rule.wire, node, expected.as_ref(), guard, scope);
    }

    fn late_prefer(
        &mut self,
        rule: &'a Prefer,
        scope: &mut Scope<'a>,
        root: &mut Value,
        here: &RecordPath,
        roots: &Roots<'_>,
    ) {
        let places: Vec<&RecordPath> = rule.slots.iter().map(|slot| &slot.record).collect();
        let own = set_aside(root, here, &places);
        let derived = match (&rule.otherwise, rule.slots.last()) {
            (Some(derive), Some(slot)) => self.environment(root, here, roots).print(derive, &slot.chain),
            _ => None,
        };
        restore(root, here, own);
        let old = scope.old;
        let mut item = take(root, here);
        self.prefer(rule, old, &mut item, scope, derived.as_ref());
        put_back(root, here, item);
    }

    /// Leaves that nothing consumed stay on the record node that their wire node was aligned with.
    fn keep(&mut self, scope: &mut Scope<'a>) {
        let tree = self.tree;
        let mut rest = Vec::new();
        tree.leaves(scope.wire, &mut |leaf| {
            if self.marks.get(leaf as usize) == Some(&0) {
                rest.push(leaf);
            }
        });
        if rest.is_empty() {
            return;
        }
        let inactive: Vec<_> = scope.inactive.iter().filter_map(|path| tree.find(scope.wire, path)).collect();
        let in_row = matches!(tree.body(scope.wire), Body::Row { .. });
        for leaf in rest {
            let place = tree.relative(leaf, scope.wire);
            let Some(node) = tree.leaf(leaf) else { continue };
            let blank = match &node.value {
                WireValue::Text(text) => text.trim().is_empty(),
                WireValue::Null => true,
                _ => false,
            };
            if inactive.iter().any(|id| is_under(tree, leaf, *id)) {
                if !blank {
                    self.say(
                        Finding::new("mapping/leaf-outside-condition", tree.place(leaf))
                            .with("value", tree.wire(leaf).show()),
                    );
                }
            } else if !in_row && !blank && !self.plan.keep.iter().any(|path| place.starts_with(&*path.text)) {
                // Unknown columns are told once, at their title.
                self.say(Finding::new("mapping/kept-aside", tree.place(leaf)).with("value", tree.wire(leaf).show()));
            }
            scope.kept.push(KeptDraft { place, leaf: tree.wire(leaf).encode() });
            if let Some(mark) = self.marks.get_mut(leaf as usize) {
                self.traces.push(super::put::Trace {
                    leaf,
                    class: Class::KeptAside,
                    rule: super::plan::RuleId::MAX,
                    scope: scope.number,
                });
                *mark = u32::try_from(self.traces.len()).unwrap_or(u32::MAX);
            }
        }
    }
}

fn is_under(tree: &super::wire::Tree<'_>, leaf: u32, above: u32) -> bool {
    let mut here = leaf;
    loop {
        if here == above {
            return true;
        }
        let Some(entry) = tree.entries.get(here as usize) else { return false };
        if entry.parent == here || here == 0 {
            return false;
        }
        here = entry.parent;
    }
}

fn locate<'v>(root: &'v mut Value, here: &RecordPath) -> Option<&'v mut Value> {
    here.segments.iter().try_fold(root, |node, segment| match segment {
        Segment::Field(name) => node.get_mut(&**name),
        Segment::Index(index) => node.get_mut(*index),
        Segment::Match(..) | Segment::Last => None,
    })
}

fn take(root: &mut Value, here: &RecordPath) -> Value {
    locate(root, here).map(std::mem::take).unwrap_or_default()
}

/// The node as it is without these places; gives back what it was.
fn set_aside(root: &mut Value, here: &RecordPath, places: &[&RecordPath]) -> Option<Value> {
    let node = locate(root, here)?;
    let present: Vec<_> = places.iter().filter(|path| path.root == Root::Record && path.find(node).is_some()).collect();
    if present.is_empty() {
        return None;
    }
    let before = node.clone();
    for path in present {
        path.clear(node);
    }
    Some(before)
}

fn restore(root: &mut Value, here: &RecordPath, before: Option<Value>) {
    if let Some(before) = before {
        put_back(root, here, before);
    }
}

fn put_back(root: &mut Value, here: &RecordPath, node: Value) {
    if let Some(place) = locate(root, here) {
        *place = node;
    }
}

/// The order of places: that of a document is no leaf, so what is remembered must not depend on it.
fn order(one: &str, other: &str) -> std::cmp::Ordering {
    let index =
        |part: &str| part.strip_prefix('[').and_then(|p| p.strip_suffix(']')).and_then(|p| p.parse::<u64>().ok());
    let (mut left, mut right) = (one.split('/'), other.split('/'));
    loop {
        let by = match (left.next(), right.next()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => match (index(one), index(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                _ => one.cmp(other),
            },
        };
        if by.is_ne() {
            return by;
        }
    }
}

fn hang(root: &mut Value, here: &RecordPath, format: &str, mut forms: Vec<FormDraft>, mut kept: Vec<KeptDraft>) {
    if forms.is_empty() && kept.is_empty() {
        return;
    }
    forms.sort_by(|one, other| order(&one.place, &other.place));
    kept.sort_by(|one, other| order(&one.place, &other.place));
    let Some(Value::Object(node)) = locate(root, here) else { return };
    let mut part = Map::new();
    if !forms.is_empty() {
        let forms = forms
            .into_iter()
            .map(|form| {
                let mut entry = Map::new();
                entry.insert("place".into(), Value::String(form.place));
                if let Some(leaf) = form.leaf {
                    entry.insert("leaf".into(), leaf);
                }
                if let Some(stands_for) = form.stands_for {
                    entry.insert("for".into(), stands_for);
                }
                Value::Object(entry)
            })
            .collect();
        part.insert("forms".into(), Value::Array(forms));
    }
    if !kept.is_empty() {
        let kept = kept.into_iter().map(|kept| json!({"place": kept.place, "leaf": kept.leaf})).collect();
        part.insert("kept".into(), Value::Array(kept));
    }
    let residue = node.entry("residue").or_insert_with(|| Value::Object(Map::new()));
    if let Some(residue) = residue.as_object_mut() {
        residue.insert(format.to_owned(), Value::Object(part));
    }
}
