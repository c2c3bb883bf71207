//! The account of a mapping: what became of every leaf, each once.

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
