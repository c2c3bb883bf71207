//! A schema as it judges: elements, their types, and what may stand in them. Made by `load`, used by `validate`.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::automaton::Automaton;
use super::name::Name;
use super::simple::Simple;

/// All that was declared.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The elements that a document may begin with.
    pub(super) globals: HashMap<Name, usize>,
    pub(super) elements: Vec<Element>,
    pub(super) complex: Vec<Complex>,
    /// Attributes that wildcards find by name.
    pub(super) attributes: HashMap<Name, Attribute>,
}

/// An element as declared.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: Name,
    pub(super) kind: Kind,
    pub(super) nillable: bool,
    /// Stands for others and never itself.
    pub(super) is_abstract: bool,
    pub(super) fixed: Option<String>,
    pub(super) default: Option<String>,
    /// The elements that may stand in its place.
    pub(super) substitutes: Vec<usize>,
}

/// The type of an element.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Simple(Arc<Simple>),
    Complex(usize),
}

/// A complex type.
#[derive(Clone, Debug, Default)]
pub(super) struct Complex {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) attributes: IndexMap<Name, Attribute>,
    pub(super) wildcard: Option<Wildcard>,
    pub(super) is_abstract: bool,
}

/// What stands in an element of a complex type.
#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    #[default]
    Empty,
    Simple(Arc<Simple>),
    Elements {
        rule: Rule,
        /// Text may stand there as well.
        mixed: bool,
    },
}

/// How elements may follow one another.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    Order(Arc<Automaton>),
    /// Each at most once, in any order; whether it must stand there; whether there may be none at all.
    All(Vec<(usize, bool)>, bool),
}

/// An attribute as it is used.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) kind: Arc<Simple>,
    pub(super) required: bool,
    pub(super) fixed: Option<String>,
}

/// Any element or attribute of some namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    pub(super) namespaces: Namespaces,
    pub(super) process: Process,
}

/// The namespaces that a wildcard takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Namespaces {
    Any,
    /// Every one but this and none.
    Other(Box<str>),
    /// These; the empty one is none.
    Listed(Vec<Box<str>>),
}

/// How what a wildcard takes is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    Strict,
    Lax,
    Skip,
}

impl Wildcard {
    pub(super) fn takes(&self, namespace: &str) -> bool {
        match &self.namespaces {
            Namespaces::Any => true,
            Namespaces::Other(own) => !namespace.is_empty() && namespace != &**own,
            Namespaces::Listed(listed) => listed.iter().any(|one| **one == *namespace),
        }
    }
}
