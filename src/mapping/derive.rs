//! Derived values: what the crosswalk states about a record in a table, a code list, a template, a named block or by the
//! name of a computed source. A derived value never writes the record.

use std::borrow::Cow;

use serde_json::Value;

use super::context::Context;
use super::path::{RecordPath, Root};
use super::plan::{Answer, BlockEntry, BlockSource, Derive, Scoped, Source, Test};
use super::shown::Shown;
use super::steps::{Chain, Mid, Surroundings};
use super::wire::Wire;

/// What a derivation may look at.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    pub(crate) record: &'a Value,
    pub(crate) item: &'a Value,
    pub(crate) issue: &'a Value,
    pub(crate) batch: &'a Value,
    pub(crate) context: &'a Context<'a>,
    /// Number of the record among those of its document, from 1.
    pub(crate) row: usize,
    /// Key of the sheet that is written or read.
    pub(crate) sheet: &'a str,
    /// Where it is noted what a derivation shows of the record, if somebody wants to know.
    pub(crate) shown: Option<&'a Shown>,
}

/// A derived value: still the record's, or already as the wire has it.
pub(crate) enum Derived<'a> {
    Record(Cow<'a, Value>),
    Wire(Wire),
}

impl<'a> Environment<'a> {
    pub(crate) fn around(&self) -> Surroundings<'a> {
        Surroundings { issue: self.issue, batch: self.batch, record: Some(self.record), shown: self.shown }
    }

    pub(crate) fn at(&self, item: &'a Value) -> Self {
        Self { item, ..*self }
    }

    pub(crate) fn find(&self, scoped: &Scoped) -> Option<&'a Value> {
        let tree = match scoped.path.root {
            Root::Issue => self.issue,
            Root::Batch => self.batch,
            Root::Record if scoped.from_item => self.item,
            Root::Record => self.record,
        };
        scoped.path.find(tree)
    }

    /// The value at a path, which goes into what is written.
    fn show(&self, scoped: &Scoped) -> Option<&'a Value> {
        let found = self.find(scoped)?;
        if let Some(shown) = self.shown {
            shown.note(found);
        }
        Some(found)
    }

    pub(crate) fn holds(&self, test: &Test) -> bool {
        match test {
            Test::Always => true,
            Test::Present(path) => self.find(path).is_some(),
            Test::In(path, values) => self.find(path).is_some_and(|found| values.contains(found)),
            Test::NotIn(path, values) => self.find(path).is_none_or(|found| !values.contains(found)),
            Test::All(tests) => tests.iter().all(|test| self.holds(test)),
        }
    }

    pub(crate) fn derive(&self, derive: &'a Derive) -> Option<Derived<'a>> {
        match derive {
            Derive::Table(rows) => {
                let (_, answer) = rows.iter().find(|(test, _)| self.holds(test))?;
                #[cfg(test)]
                super::fired::note(answer, super::fired::Way::Get);
                match answer {
                    Answer::Constant(value) => Some(Derived::Record(Cow::Borrowed(value))),
                    Answer::Path(path) => self.show(path).map(|value| Derived::Record(Cow::Borrowed(value))),
                    Answer::None => None,
                }
            }
            Derive::Codes(codes, path) => {
                let printed = codes.print(&Mid::of_record(self.find(path)?)).ok()?;
                self.show(path);
                Some(Derived::Record(Cow::Owned(printed.into_record())))
            }
            Derive::Call(name) => self
                .context
                .computed
                .compute(name, self.record, self.issue, self.context.on)
                .map(|code| Derived::Record(Cow::Owned(Value::String(code)))),
            Derive::Text(template) => {
                template.print(self.item, self.around()).ok().map(|text| Derived::Wire(Wire::Text(text)))
            }
            Derive::Block(entries) => Some(Derived::Wire(self.block(entries))),
            Derive::RowNumber => Some(Derived::Wire(Wire::Number(self.row.to_string().into()))),
        }
    }

    pub(crate) fn print(&self, derive: &'a Derive, chain: &Chain) -> Option<Wire> {
        match self.derive(derive)? {
            Derived::Record(value) => chain.print(&value, self.around()).ok(),
            Derived::Wire(wire) => Some(wire),
        }
    }

    pub(crate) fn source(&self, source: &'a Source) -> Option<Wire> {
        match source {
            Source::Constant(wire) => Some(wire.clone()),
            Source::BySheet(constants) => constants.get(self.sheet).cloned(),
            Source::Copy(path, chain) => chain.print(self.show(path)?, self.around()).ok(),
            Source::Derive(derive, chain) => self.print(derive, chain),
        }
    }

    fn block(&self, entries: &'a [BlockEntry]) -> Wire {
        let mut object = Wire::object();
        for entry in entries {
            match &entry.source {
                BlockSource::Value(source) => {
                    if let Some(wire) = self.source(source) {
                        #[cfg(test)]
                        super::fired::note(entry, super::fired::Way::Get);
                        object.set(&entry.wire, false, wire);
                    }
                }
                BlockSource::Each { list, constants, entries, empty } => {
                    // A single node stands for a list of one.
                    let found: &[Value] = match self.find(list) {
                        Some(Value::Array(items)) => items,
                        Some(node) => std::slice::from_ref(node),
                        None => &[],
                    };
                    let items: Vec<Wire> = found
                        .iter()
                        .filter(|item| matches(constants, item))
                        .map(|item| self.at(item).block(entries))
                        .filter(|item| !matches!(item, Wire::Object(members) if members.is_empty()))
                        .collect();
                    // Several entries may give items of one list.
                    let mut all = match object.get(&entry.wire, false) {
                        Some(Wire::List(before)) => before.clone(),
                        _ => Vec::new(),
                    };
                    all.extend(items);
                    if !all.is_empty() || *empty {
                        object.set(&entry.wire, false, Wire::List(all));
                    }
                }
            }
        }
        object
    }
}

/// Has the item these constants?
pub(crate) fn matches(constants: &[(RecordPath, Value)], item: &Value) -> bool {
    constants.iter().all(|(path, value)| path.find(item) == Some(value))
}
