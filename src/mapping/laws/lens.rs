//! What holds between `put` and `get`.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::report_tests::day;
use super::super::wire::{Wire, leaf_wire};
use super::super::*;
use crate::document::{Document, Node, Syntax};

/// The computed source of the laws: an answer that a document may change.
pub(super) struct Level;

impl ComputedSource for Level {
    fn compute(&self, name: &str, record: &Value, _: &Value, _: crate::clock::Day) -> Option<String> {
        matches!(name, "level" | "assurance-level").then(|| {
            let marked = record.pointer("/claims/accreditation/mark").is_some();
            if marked { "authority-globalmra" } else { "scheme-cab" }.to_owned()
        })
    }
}

/// A crosswalk with the facts of one issuing.
pub(super) struct Lens {
    pub(super) crosswalk: Crosswalk,
    pub(super) issue: Value,
}

/// What a record was written as.
pub(super) struct Gotten {
    pub(super) document: Document,
    pub(super) account: Account,
    pub(super) written: bool,
}

impl Lens {
    /// A tree as a document of one record.
    pub(super) fn document(&self, wire: Wire) -> Document {
        match &self.crosswalk.plan.xml {
            Some(xml) => super::markup::document(&xml.root, wire),
            None => Document { syntax: Syntax::Json, root: wire.into_node() },
        }
    }

    /// The document of a case.
    pub(super) fn written(&self, document: &Value) -> Document {
        self.document(match Wire::decode(document) {
            wire @ Wire::Object(_) => wire,
            // Shrinking may take the object away, but a record is one.
            _ => Wire::object(),
        })
    }

    /// The tree of a document of one record.
    pub(super) fn content(&self, document: &Document) -> Wire {
        match &self.crosswalk.plan.xml {
            Some(xml) => super::markup::content(&xml.root, document),
            None => leaf_wire(&document.root),
        }
    }

    pub(super) fn put(&self, stored: &Value, document: &Document) -> PutRecord {
        self.put_as(stored, document, true)
    }

    /// The same without an account, for what nobody asks of it.
    fn put_as(&self, stored: &Value, document: &Document, account: bool) -> PutRecord {
        let context = Context { account, ..Context::new(day()).issuing(&self.issue).computing(&Level) };
        let none = Value::Null;
        let stored = if *stored == json!({}) { &none } else { stored };
        self.crosswalk.put_into(document, stored, &context)
    }

    pub(super) fn get(&self, record: &Value, issue: &Value, exact: bool) -> Gotten {
        self.get_as(record, issue, exact, true)
    }

    fn get_as(&self, record: &Value, issue: &Value, exact: bool, account: bool) -> Gotten {
        let context = Context { account, ..Context::new(day()).issuing(issue).computing(&Level) };
        let context = if exact { context.exact() } else { context };
        let syntax = if self.crosswalk.plan.xml.is_some() { Syntax::Xml } else { Syntax::Json };
        let context = Context { syntax: Some(syntax), ..context };
        let mut got = self.crosswalk.get(&[record], &context);
        let one = got.records.remove(0);
        let mut document = got.document;
        // A document that holds its records in a list, or is one, is its only record here.
        if let Some(path) = &self.crosswalk.plan.records {
            let pointer: String = path.segments.iter().flat_map(|segment| ["/", segment]).collect();
            if let Some(list) = document.root.pointer(&pointer).cloned() {
                document.root = list;
            }
        }
        if self.crosswalk.carries_many()
            && let crate::document::Value::List(items) = &mut document.root.value
            && items.len() == 1
        {
            document.root = items.remove(0);
        }
        Gotten { document, account: one.account, written: one.written }
    }

    /// Every law, for one stored record, one document, and another record for what changes in between.
    pub(super) fn laws(&self, stored: &Value, document: &Document, other: &Value) -> Result<(), TestCaseError> {
        let put = self.put(stored, document);
        let (record, issue) = (put.record, put.issue);

        // PutGet: leaf for leaf, for every document and any record.
        let exact = self.get(&record, &issue, true);
        prop_assert_eq!(
            sorted(&exact.document.root),
            sorted(&document.root),
            "PutGet\nstored {}\nrecord {:#}",
            stored,
            record
        );

        // The account of put: each leaf of the document once.
        let mut leaves = Vec::new();
        document.leaves(|spot, _| leaves.push(spot.place()));
        let mut accounted: Vec<_> = put.account.leaves.iter().map(|line| line.source.clone()).collect();
        leaves.sort();
        accounted.sort();
        prop_assert_eq!(accounted, leaves, "account of put");

        self.normal(document)?;

        // GetPut: fresh, after a put, and after the record has changed elsewhere.
        let mut changed = record.clone();
        if let (Some(changed), Some(other)) = (changed.as_object_mut(), other.as_object()) {
            for (key, value) in other.iter().take(4) {
                changed.insert(key.clone(), value.clone());
            }
        }
        let mut known = Some(exact);
        for (case, record) in [("after put", &record), ("fresh", stored), ("after change", &changed)] {
            let exact = known.take().unwrap_or_else(|| self.get(record, &issue, true));
            if *record == json!({}) {
                continue;
            }
            self.account_of_get(record, &exact)?;
            if exact.written {
                let put_back = self.put_as(record, &exact.document, false).record;
                // What was remembered of a record that has changed since drops out.
                let (back, record) = if case == "after put" || !mentions_residue(record) {
                    (put_back, record.clone())
                } else {
                    (strip(&put_back), strip(record))
                };
                prop_assert!(
                    back == record,
                    "GetPut {case}: {}\nthrough {:#}",
                    difference(&record, &back, String::new()),
                    exact.document.root.to_json()
                );
            }
            let plain = self.get(record, &issue, false);
            if plain.written {
                let put_back = self.put_as(record, &plain.document, false).record;
                let (back, record) = (strip(&put_back), strip(record));
                prop_assert!(
                    back == record,
                    "GetPut plain {case}: {}\nthrough {:#}",
                    difference(&record, &back, String::new()),
                    plain.document.root.to_json()
                );
                self.plain(case, &record, &issue, &plain)?;
            }
        }
        Ok(())
    }

    /// Plain: what partners receive comes back as itself, and of the record what the account says.
    fn plain(&self, case: &str, record: &Value, issue: &Value, plain: &Gotten) -> Result<(), TestCaseError> {
        let again = self.put_as(&json!({}), &plain.document, false);
        let defaults = super::carried::defaults(&self.crosswalk.plan);
        let untrue = super::carried::untrue(record, &plain.account, &again.record, &defaults);
        prop_assert!(
            untrue.is_none(),
            "account of get {case}: {}\nrecord {:#}\nback {:#}\nthrough {:#}",
            untrue.unwrap_or_default(),
            record,
            again.record,
            plain.document.root.to_json()
        );
        if case != "after put" {
            return Ok(());
        }
        let mut plain_again = self.get(&again.record, &again.issue, false);
        if !plain_again.written {
            // Which records a format may carry is asked of what we send. What was received is held against it as it
            // would be written if we did.
            plain_again = self.get(&strip(&again.record), &again.issue, true);
        }
        let mut trees = [self.content(&plain_again.document), self.content(&plain.document)];
        // What is derived from a leaf that was narrowed, or that a rule could not print, may be derived otherwise from what
        // came back.
        let loses = |line: &AccountLine| match line.class {
            Class::Narrowed => true,
            Class::NotCarried => line.rule.is_some(),
            _ => false,
        };
        if plain.account.leaves.iter().any(loses) {
            let supplied = plain.account.supplied.iter().chain(&plain_again.account.supplied);
            for place in supplied.flat_map(|line| &line.targets) {
                for tree in &mut trees {
                    remove(tree, place);
                }
            }
        }
        let [again_tree, tree] = trees.map(|tree| sorted(&tree.into_node()));
        prop_assert_eq!(again_tree, tree, "Plain\nissue {}\nrecord {:#}\nagain {:#}", issue, record, again.record);
        Ok(())
    }

    /// Plain, computed from each leaf alone, for a record that is made of the document and nothing else.
    fn normal(&self, document: &Document) -> Result<(), TestCaseError> {
        let put = self.put(&json!({}), document);
        let bare = strip(&put.record);
        let plain = self.get_as(&bare, &put.issue, true, false);
        let normal = super::normal::Normal::new(&self.crosswalk.plan, &self.issue, document, &put.account);
        let broken = normal.broken(&self.content(document), &self.content(&plain.document));
        prop_assert!(broken.is_none(), "Plain, leaf by leaf: {}\nrecord {:#}", broken.unwrap_or_default(), bare);
        Ok(())
    }

    /// The account of get: each leaf of the record once, residue apart.
    fn account_of_get(&self, record: &Value, got: &Gotten) -> Result<(), TestCaseError> {
        let mut leaves = Vec::new();
        leaves_of(record, String::new(), &mut leaves);
        let mut accounted: Vec<String> = got
            .account
            .leaves
            .iter()
            .map(|line| match &line.source {
                crate::finding::Place::Field(path) => path.clone(),
                other => other.to_string(),
            })
            .collect();
        leaves.sort();
        accounted.sort();
        prop_assert_eq!(accounted, leaves, "account of get, {}", self.crosswalk.format());
        Ok(())
    }
}

/// Takes away what stands at a place.
fn remove(tree: &mut Wire, place: &str) {
    let mut parts: Vec<&str> = place.split('/').collect();
    let Some(last) = parts.pop() else { return };
    let mut here = tree;
    for part in parts {
        let below = match here {
            Wire::Object(members) => members.get_mut(super::super::path::unescape(part).as_str()),
            Wire::List(items) => part.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
            _ => None,
        };
        let Some(below) = below else { return };
        here = below;
    }
    if let Wire::Object(members) = here {
        members.shift_remove(super::super::path::unescape(last).as_str());
    }
}

/// The first place where two trees differ.
fn difference(wanted: &Value, found: &Value, path: String) -> String {
    match (wanted, found) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys());
            let null = Value::Null;
            keys.map(|key| (key, one.get(key).unwrap_or(&null), other.get(key).unwrap_or(&null)))
                .find(|(_, one, other)| one != other)
                .map(|(key, one, other)| difference(one, other, format!("{path}/{key}")))
                .unwrap_or_default()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find(|(_, (one, other))| one != other)
            .map(|(at, (one, other))| difference(one, other, format!("{path}/{at}")))
            .unwrap_or_default(),
        _ => format!("{path} was {wanted}, is {found}"),
    }
}

/// The leaves of a record by their paths: scalars, and empty objects and lists.
fn leaves_of(value: &Value, path: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) if members.keys().any(|key| key != "residue") => {
            for (key, member) in members.iter().filter(|(key, _)| *key != "residue") {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves_of(member, below, into);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                leaves_of(item, format!("{path}[{at}]"), into);
            }
        }
        _ => into.push(path),
    }
}

pub(super) fn as_document(value: &Value) -> Document {
    Document { syntax: Syntax::Json, root: Node::from(value) }
}

fn mentions_residue(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.contains_key("residue") || members.values().any(mentions_residue),
        Value::Array(items) => items.iter().any(mentions_residue),
        _ => false,
    }
}

/// A record without residue.
pub(super) fn strip(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(key, _)| *key != "residue")
                .map(|(key, member)| (key.clone(), strip(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(strip).collect()),
        other => other.clone(),
    }
}

/// No empty lists, and no empty objects but those whose being there means something.
pub(super) fn clean(value: Value, top: bool) -> Value {
    match value {
        Value::Object(members) => {
            let mut cleaned = Map::new();
            for (key, member) in members {
                // What residue holds is not the record's, and may be empty.
                let member = if key == "residue" { member } else { clean(member, false) };
                let empty = super::super::path::is_empty(&member);
                if !empty || (top && matches!(key.as_str(), "replaces" | "main_certificate")) {
                    cleaned.insert(key, member);
                }
            }
            Value::Object(cleaned)
        }
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| clean(item, false))
                .filter(|item| !super::super::path::is_empty(item))
                .collect(),
        ),
        other => other,
    }
}

/// A tree whose members are in order: their order is no leaf.
pub(super) fn sorted(node: &Node) -> Value {
    use crate::document::Value as Wire;
    match &node.value {
        Wire::Number(number) => json!({"number": number.as_str()}),
        Wire::List(items) => Value::Array(items.iter().map(sorted).collect()),
        Wire::Object(members) => {
            let sorted: std::collections::BTreeMap<_, _> =
                members.iter().map(|(key, member)| (key.to_string(), sorted(member))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        Wire::DateCell(day) => json!({"date": day.to_string()}),
        _ => node.to_json(),
    }
}
