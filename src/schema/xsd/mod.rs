//! XML Schema 1.0: a schema of one or many files, compiled once, and documents judged by it as the trees that are mapped.
//!
//! A schema that holds a construct which is not judged in full is refused when it is loaded, with the construct, the file
//! and the line. What is left is judged exactly: content by an automaton that follows every way at once, values in their
//! value space. Nothing is fetched, and no file outside the schema's own is looked at.

mod automaton;
mod load;
mod model;
mod moment;
mod name;
mod pattern;
mod simple;
mod unit;
mod validate;
mod value;

#[cfg(test)]
mod code_tests;
#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod official_tests;

use serde_json::Value;

use self::load::LoadError;
use self::model::{Content, Element, Kind, Model, Rule};
pub(super) use self::unit::{Unit, reachable};
use self::validate::Walk;
use crate::finding::Finding;

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Xsd {
    model: Model,
    /// The element that documents of a format begin with, where it was named.
    root: Option<usize>,
}

impl Xsd {
    /// Compiles a schema. `root` names the element that documents begin with: a global one, or one below it by the names on
    /// the way (`Declaration/GoodsShipment/AdditionalDocument`); without it, the only one that there is.
    ///
    /// # Errors
    /// The schema is wrong, or holds a construct that is not judged here.
    pub(super) fn compile(unit: &Unit, root: Option<&str>) -> Result<Self, LoadError> {
        let model = load::load(unit)?;
        let file = unit.entries.first().cloned().unwrap_or_default();
        let failed = |message: String| LoadError { file: file.clone(), line: 1, message };
        let root = match root {
            Some(path) => Some(found(&model, path).ok_or_else(|| failed(format!("there is no element `{path}`")))?),
            None if model.globals.len() == 1 => model.globals.values().next().copied(),
            None => None,
        };
        Ok(Self { model, root })
    }

    /// The global elements, by name.
    pub(super) fn globals(&self) -> Vec<String> {
        let mut names: Vec<String> = self.model.globals.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    /// True where the element that documents begin with is known.
    pub(super) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    /// What is wrong with what stands below the root element of a document; places are pointers from there.
    pub(super) fn content(&self, content: &Value) -> Vec<Finding> {
        let mut walk = Walk::new(&self.model);
        if let Some(element) = self.root.and_then(|index| self.model.elements.get(index)) {
            walk.content(element, content);
        }
        walk.findings
    }

    /// What is wrong with a document; places are pointers from the document. Its root element is a global one, or the one that
    /// was named.
    pub(super) fn document(&self, document: &Value) -> Vec<Finding> {
        let mut walk = Walk::new(&self.model);
        walk.document(document, self.root.and_then(|index| self.model.elements.get(index)));
        walk.findings
    }
}

/// The element at the end of a way from a global one, by local names.
fn found(model: &Model, path: &str) -> Option<usize> {
    let mut names = path.split('/');
    let first = names.next()?;
    let mut here = *model.globals.iter().find(|(name, _)| *name.local == *first || name.to_string() == first)?.1;
    for name in names {
        let Element { kind: Kind::Complex(index), .. } = model.elements.get(here)? else { return None };
        let Content::Elements { rule, .. } = &model.complex.get(*index)?.content else { return None };
        let elements = match rule {
            Rule::All(members, _) => members.iter().map(|(index, _)| *index).collect(),
            Rule::Order(automaton) => automaton.elements(),
        };
        here = elements
            .into_iter()
            .find(|index| model.elements.get(*index).is_some_and(|one| *one.name.local == *name))?;
    }
    Some(here)
}
