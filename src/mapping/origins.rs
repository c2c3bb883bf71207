//! The origins of a record's values, so that a finding about the record can be said at the sender's own cell.

use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::derive::matches;
use super::plan::{Construct, Leaf, Plan, RuleId};
use crate::finding::{Finding, Place};

/// Where the values of a record came from. Kept by the numbers of rules: paths are put together when somebody asks, once.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    pub(crate) plan: Option<Arc<Plan>>,
    /// Record path of each scope of the reading.
    pub(crate) scopes: Vec<String>,
    /// Leaves that were read, in their order.
    pub(crate) read: Vec<Origin>,
    /// Where values would stand that are not there, in no order.
    pub(crate) absent: Vec<Absence>,
    /// The place of the record as a whole.
    pub(crate) whole: Option<Place>,
    /// Record path of every leaf that was read, with its number in `read`.
    pub(crate) paths: OnceLock<Vec<(String, usize)>>,
    /// Record path and place of every value that is not there.
    pub(crate) lacks: OnceLock<Vec<(String, Place)>>,
}

/// One leaf: the rule that read it, the scope that the rule stood in, and its place.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) rule: RuleId,
    pub(crate) scope: usize,
    /// Did it give a value?
    pub(crate) carried: bool,
    pub(crate) place: Place,
}

/// A value that is not there, and where it would stand.
#[derive(Clone, Debug)]
pub(crate) struct Absence {
    pub(crate) rule: RuleId,
    pub(crate) scope: usize,
    pub(crate) place: Lack,
}

/// Where a missing value would stand.
#[derive(Clone, Debug)]
pub(crate) enum Lack {
    At(Place),
    /// A member of this name, of the object that is the record's part of the document.
    Member(Arc<str>),
}

impl Origins {
    /// Record path and place of every leaf that was read.
    fn places(&self) -> impl Iterator<Item = (&str, &Place)> {
        let paths = self.paths.get_or_init(|| {
            let numbered = self.read.iter().enumerate();
            numbered.filter_map(|(at, one)| Some((self.target(one.rule, one.scope, one.carried)?, at))).collect()
        });
        paths.iter().filter_map(|(path, at)| Some((path.as_str(), &self.read.get(*at)?.place)))
    }

    /// The place of an item of a list that several rules read, each its own items, as one text: `sectors[2]` of a record.
    pub fn locate_item(&self, path: &str, record: &impl Serialize) -> Option<Place> {
        let (list, rest) = path.split_once('[')?;
        let index: usize = rest.split_once(']')?.0.parse().ok()?;
        let constants = |leaf: &Leaf| leaf.list.as_ref().is_some_and(|list| !list.constants.is_empty());
        let readers: Vec<(&Leaf, &Origin)> = self
            .read
            .iter()
            .filter(|origin| self.target(origin.rule, origin.scope, true).as_deref() == Some(list))
            .filter_map(|origin| Some((self.leaf(origin.rule).filter(|leaf| constants(leaf))?, origin)))
            .collect();
        if readers.is_empty() {
            return None;
        }
        let record = serde_json::to_value(record).ok()?;
        let item = record.get(list)?.get(index)?;
        let reads_it = |leaf: &Leaf| leaf.list.as_ref().is_some_and(|list| matches(&list.constants, item));
        readers.into_iter().find(|(leaf, _)| reads_it(leaf)).map(|(_, origin)| origin.place.clone())
    }

    /// The rule of a number, where it stands outside all lists and conditions.
    fn leaf(&self, id: RuleId) -> Option<&Leaf> {
        self.plan.as_ref()?.rules.iter().find_map(|rule| match rule {
            Construct::Leaf(leaf) if leaf.id == id => Some(&**leaf),
            _ => None,
        })
    }

    /// The record path that a leaf was read to, or would have been.
    pub(crate) fn target(&self, rule: RuleId, scope: usize, carried: bool) -> Option<String> {
        let path = self.plan.as_ref()?.paths.get(usize::from(rule))?;
        let scope = self.scopes.get(scope)?;
        if carried {
            return Some(match (scope.is_empty() || path.starts_with('$'), path.as_str()) {
                (true, _) => path.clone(),
                (false, ".") => scope.clone(),
                (false, path) => format!("{scope}.{path}"),
            });
        }
        // A leaf that could not be read is still the place of the value that is missing.
        (!path.is_empty()).then(|| if scope.is_empty() { path.clone() } else { format!("{scope}.{path}") })
    }

    /// Record path and place of every value that is not there.
    fn lacking(&self) -> impl Iterator<Item = (&str, &Place)> {
        let lacks = self.lacks.get_or_init(|| self.absent.iter().filter_map(|absence| self.lack(absence)).collect());
        lacks.iter().map(|(path, place)| (path.as_str(), place))
    }

    fn lack(&self, absence: &Absence) -> Option<(String, Place)> {
        let rule = self.plan.as_ref()?.paths.get(usize::from(absence.rule))?;
        let path = self.target(absence.rule, absence.scope, false).filter(|_| !rule.starts_with('$'))?;
        let place = match (&absence.place, &self.whole) {
            (Lack::At(place), _) => place.clone(),
            (Lack::Member(name), Some(Place::Pointer { line, pointer })) => {
                Place::Pointer { line: *line, pointer: format!("{pointer}/{name}") }
            }
            (Lack::Member(_), whole) => whole.clone()?,
        };
        Some((spelt(&path), place))
    }

    /// The place in the source of a record path (`dates.issued`, `process[2].team[0].name`), or where it would stand; else
    /// of the first part below it.
    fn at(&self, path: &str) -> Option<&Place> {
        let is_it = |of: &str| of == path;
        let is_below = |of: &str| of.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
        let found = self
            .places()
            .find(|(of, _)| is_it(of))
            .or_else(|| self.lacking().find(|(of, _)| is_it(of)))
            .or_else(|| self.places().find(|(of, _)| is_below(of)))
            .or_else(|| self.lacking().find(|(of, _)| is_below(of)));
        found.map(|(_, place)| place)
    }

    /// The place of the first of these paths that the source has a place for.
    pub fn locate_any(&self, paths: &[String]) -> Option<Place> {
        paths.iter().find_map(|path| self.at(&spelt(path))).cloned()
    }

    /// The place in the source of a record path, or of the nearest part above it, or of the record as a whole. Of a part that
    /// was read whole, the leaf on the same way.
    pub fn locate(&self, path: &str) -> Option<Place> {
        let whole = spelt(path);
        let mut path = whole.as_str();
        loop {
            let way = whole.get(path.len()..).unwrap_or_default().replace(['.', '['], "/").replace(']', "");
            let on_the_way = |place: &Place| matches!(place, Place::Pointer { pointer, .. } if pointer.ends_with(&way));
            let inner = self.places().find(|(of, place)| !way.is_empty() && *of == path && on_the_way(place));
            if let Some(place) = inner.map(|(_, place)| place).or_else(|| self.at(path)) {
                return Some(place.clone());
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => return self.whole.clone(),
            }
        }
    }

    /// The place that this finding should stand at: its own, unless that is a field of the record whose source is known.
    #[must_use]
    pub fn resolve(&self, finding: Finding) -> Finding {
        let found = match finding.place() {
            Place::Field(path) => self.locate(path),
            _ => None,
        };
        match found {
            Some(place) => finding.at(place),
            None => finding,
        }
    }
}

/// A path without the brackets of languages.
fn spelt(path: &str) -> String {
    path.replace('{', ".").replace('}', "")
}
