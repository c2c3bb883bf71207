//! The account of a mapping: what became of every leaf, each once. And the origins of a record's values, so that a finding
//! about the record can be said at the sender's own cell.

use serde::Serialize;

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

/// Where the values of a record came from.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Record path and place, in no order.
    pub(crate) places: Vec<(String, Place)>,
    /// Record path and the place where its value would stand, of values that are not there.
    pub(crate) absent: Vec<(String, Place)>,
    /// The place of the record as a whole.
    pub(crate) whole: Option<Place>,
}

impl Origins {
    /// The place in the source of a record path (`dates.issued`, `process[2].team[0].name`), or of the nearest part above
    /// it, or of the record as a whole.
    pub fn locate(&self, path: &str) -> Option<&Place> {
        let mut path = path.replace('{', ".").replace('}', "");
        loop {
            let exact = self.places.iter().chain(&self.absent).find(|(of, _)| *of == path);
            let below = || {
                self.places.iter().find(|(of, _)| {
                    of.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
                })
            };
            if let Some((_, place)) = exact.or_else(below) {
                return Some(place);
            }
            match path.rfind(['.', '[']) {
                Some(end) => path.truncate(end),
                None => return self.whole.as_ref(),
            }
        }
    }

    /// The place that this finding should stand at: its own, unless that is a field of the record whose source is known.
    #[must_use]
    pub fn resolve(&self, finding: crate::finding::Finding) -> crate::finding::Finding {
        let found = match finding.place() {
            Place::Field(path) => self.locate(path).cloned(),
            _ => None,
        };
        match found {
            Some(place) => finding.at(place),
            None => finding,
        }
    }
}
