//! The origins of a record's values, so that a finding about the record can be said at the sender's own cell.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::by_path::{ByPath, plain};
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
    /// Which of `read` were read to a record path.
    pub(crate) places: OnceLock<ByPath>,
    /// Which of `absent` are not at a record path.
    pub(crate) lacks: OnceLock<ByPath>,
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
    fn places(&self) -> &ByPath {
        self.places
            .get_or_init(|| ByPath::of(self.read.iter().map(|one| self.target(one.rule, one.scope, one.carried))))
    }

    fn lacks(&self) -> &ByPath {
        self.lacks.get_or_init(|| ByPath::of(self.absent.iter().map(|one| self.lacking(one))))
    }

    /// The place of an item of a list that several rules read, each its own items, as one text: `sectors[2]` of a record, which
    /// is asked for where there is such a list.
    pub fn locate_item<'t>(&self, path: &str, record: impl FnOnce() -> &'t Value) -> Option<Place> {
        let (list, rest) = path.split_once('[')?;
        let index: usize = rest.split_once(']')?.0.parse().ok()?;
        let readers = self.readers_of_some(list);
        if readers.is_empty() {
            return None;
        }
        let item = record().get(list)?.get(index)?;
        let reads_it = |leaf: &&&Leaf| leaf.list.as_ref().is_some_and(|list| matches(&list.constants, item));
        let ids: Vec<RuleId> = readers.iter().filter(reads_it).map(|leaf| leaf.id).collect();
        let read = |at: &&usize| self.read.get(**at).is_some_and(|origin| ids.contains(&origin.rule));
        let at = self.places().at(list).iter().find(read)?;
        self.read.get(*at).map(|origin| origin.place.clone())
    }

    /// The rules that read a list of the record as one text, each its own items.
    fn readers_of_some(&self, list: &str) -> Vec<&Leaf> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let reads_some = |leaf: &&Leaf| {
            plan.paths.get(usize::from(leaf.id)).is_some_and(|path| path == list)
                && leaf.list.as_ref().is_some_and(|list| !list.constants.is_empty())
        };
        let leaves = plan.rules.iter().filter_map(|rule| match rule {
            Construct::Leaf(leaf) => Some(&**leaf),
            _ => None,
        });
        leaves.filter(reads_some).collect()
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

    /// The record path of a value that is not there.
    fn lacking(&self, absence: &Absence) -> Option<String> {
        let rule = self.plan.as_ref()?.paths.get(usize::from(absence.rule))?;
        let path = self.target(absence.rule, absence.scope, false).filter(|_| !rule.starts_with('$'))?;
        Some(plain(&path))
    }

    /// Where it would stand.
    fn place_of(&self, absence: &Absence) -> Option<Place> {
        match (&absence.place, &self.whole) {
            (Lack::At(place), _) => Some(place.clone()),
            (Lack::Member(name), Some(Place::Pointer { line, pointer })) => {
                Some(Place::Pointer { line: *line, pointer: format!("{pointer}/{name}") })
            }
            (Lack::Member(_), whole) => whole.clone(),
        }
    }

    /// The place in the source of a record path (`dates.issued`, `process[2].team[0].name`), or where it would stand; else
    /// of the first part below it.
    fn at(&self, path: &str) -> Option<Place> {
        let read = |at: usize| self.read.get(at).map(|origin| origin.place.clone());
        let absent = |at: usize| self.absent.get(at).and_then(|absence| self.place_of(absence));
        let exact = |of: &ByPath| of.at(path).first().copied();
        exact(self.places())
            .and_then(read)
            .or_else(|| exact(self.lacks()).and_then(absent))
            .or_else(|| self.places().below(path).min().and_then(read))
            .or_else(|| self.lacks().below(path).min().and_then(absent))
    }

    /// The place of the first of these paths that the source has a place for.
    pub fn locate_any(&self, paths: &[String]) -> Option<Place> {
        paths.iter().find_map(|path| self.at(&plain(path)))
    }

    /// The place in the source of a record path, or of the nearest part above it, or of the record as a whole. Of a part that
    /// was read whole, the leaf on the same way.
    pub fn locate(&self, path: &str) -> Option<Place> {
        let whole = plain(path);
        let mut path = whole.as_str();
        loop {
            let way = whole.get(path.len()..).unwrap_or_default().replace(['.', '['], "/").replace(']', "");
            let on_the_way = |place: &Place| matches!(place, Place::Pointer { pointer, .. } if pointer.ends_with(&way));
            let here = self.places().at(path).iter();
            let mut here = here.filter_map(|at| self.read.get(*at)).map(|origin| &origin.place);
            let inner = here.find(|place| !way.is_empty() && on_the_way(place)).cloned();
            if let Some(place) = inner.or_else(|| self.at(path)) {
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
