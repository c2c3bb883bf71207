//! The account of a mapping: what became of every leaf, each once. And the origins of a record's values, so that a finding
//! about the record can be said at the sender's own cell.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::derive::matches;
use super::plan::{Construct, Plan, RuleId};
use crate::finding::Place;

/// What became of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It has its place on the other side and comes back equal.
    Carried,
    /// It has its place, and comes back as something coarser.
    Narrowed,
    /// It stays in the residue of the node that it belongs to.
    KeptAside,
    /// The format has no place for it, or none for this value.
    NotCarried,
    /// The release policy holds it back.
    Withheld,
    /// The crosswalk itself states it: constants, titles, repeated keys, agreeing derived values.
    Implied,
}

/// One line of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountLine {
    /// Where the leaf stands in the input.
    pub source: Place,
    /// What became of it.
    pub class: Class,
    /// The rule that read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where it went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

/// What a mapping did with every leaf of its input, and what it wrote without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Every leaf of the input, each once, in its order.
    pub leaves: Vec<AccountLine>,
    /// Places of the output that no leaf of the input gave: constants, defaults, derived values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supplied: Vec<AccountLine>,
}

impl Account {
    /// How many leaves are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.leaves.iter().filter(|line| line.class == class).count()
    }
}

/// Where the values of a record came from. Kept by the numbers of rules: paths are put together when somebody asks.
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
    fn places(&self) -> impl Iterator<Item = (String, &Place)> {
        self.read
            .iter()
            .filter_map(|origin| Some((self.target(origin.rule, origin.scope, origin.carried)?, &origin.place)))
    }

    /// The place of an item of a list that several rules read, each its own items, as one text: `sectors[2]` of a record.
    pub fn locate_item(&self, path: &str, record: &Value) -> Option<Place> {
        let (list, rest) = path.split_once('[')?;
        let index: usize = rest.split_once(']')?.0.parse().ok()?;
        let item = record.get(list)?.get(index)?;
        let plan = self.plan.as_ref()?;
        let reads_it = |rule: &Construct, id: RuleId| {
            let Construct::Leaf(leaf) = rule else { return false };
            let constants = leaf.list.as_ref().map_or(&[][..], |list| &list.constants);
            leaf.id == id && !constants.is_empty() && matches(constants, item)
        };
        let of_list = |origin: &&Origin| {
            self.target(origin.rule, origin.scope, true).as_deref() == Some(list)
                && plan.rules.iter().any(|rule| reads_it(rule, origin.rule))
        };
        self.read.iter().find(of_list).map(|origin| origin.place.clone())
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
    fn lacking(&self) -> impl Iterator<Item = (String, Place)> {
        self.absent.iter().filter_map(|absence| {
            let path = self.target(absence.rule, absence.scope, false).filter(|_| {
                let path = self.plan.as_ref().and_then(|plan| plan.paths.get(usize::from(absence.rule)));
                path.is_some_and(|path| !path.starts_with('$'))
            })?;
            let place = match (&absence.place, &self.whole) {
                (Lack::At(place), _) => place.clone(),
                (Lack::Member(name), Some(Place::Pointer { line, pointer })) => {
                    Place::Pointer { line: *line, pointer: format!("{pointer}/{name}") }
                }
                (Lack::Member(_), whole) => whole.clone()?,
            };
            Some((path.replace('{', ".").replace('}', ""), place))
        })
    }

    /// The place in the source of a record path (`dates.issued`, `process[2].team[0].name`), or where it would stand; else
    /// of the first part below it.
    fn at(&self, path: &str, places: &[(String, &Place)]) -> Option<Place> {
        let is_below = |of: &str| of.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
        let exact = places.iter().find(|(of, _)| *of == path).map(|(_, place)| (*place).clone());
        let absent = || self.lacking().find(|(of, _)| *of == path).map(|(_, place)| place);
        let below = || places.iter().find(|(of, _)| is_below(of)).map(|(_, place)| (*place).clone());
        let absent_below = || self.lacking().find(|(of, _)| is_below(of)).map(|(_, place)| place);
        exact.or_else(absent).or_else(below).or_else(absent_below)
    }

    /// The place of the first of these paths that the source has a place for.
    pub fn locate_any(&self, paths: &[String]) -> Option<Place> {
        let places: Vec<(String, &Place)> = self.places().collect();
        paths.iter().find_map(|path| self.at(&spelt(path), &places))
    }

    /// The place in the source of a record path, or of the nearest part above it, or of the record as a whole. Of a part that
    /// was read whole, the leaf on the same way.
    pub fn locate(&self, path: &str) -> Option<Place> {
        let whole = spelt(path);
        let places: Vec<(String, &Place)> = self.places().collect();
        let mut path = whole.as_str();
        loop {
            let way = whole.get(path.len()..).unwrap_or_default().replace(['.', '['], "/").replace(']', "");
            let on_the_way = |place: &Place| matches!(place, Place::Pointer { pointer, .. } if pointer.ends_with(&way));
            let inner = places.iter().find(|(of, place)| !way.is_empty() && of == path && on_the_way(place));
            if let Some(place) = inner.map(|(_, place)| (*place).clone()).or_else(|| self.at(path, &places)) {
                return Some(place);
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => return self.whole.clone(),
            }
        }
    }

    /// The place that this finding should stand at: its own, unless that is a field of the record whose source is known.
    #[must_use]
    pub fn resolve(&self, finding: crate::finding::Finding) -> crate::finding::Finding {
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
