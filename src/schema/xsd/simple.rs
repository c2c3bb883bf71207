//! Simple types: what a text must be, facet by facet. Types of a schema are the built-in ones with more asked of them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use regex::Regex;

use super::value::{Blanks, Builtin, Value};
use crate::finding::{Finding, Place};

/// A simple type.
#[derive(Debug)]
pub(super) struct Simple {
    /// How people call it: its own name, or that of the type it is made of.
    pub(super) name: String,
    pub(super) variety: Variety,
    pub(super) blanks: Blanks,
    /// What it asks beside what its base asks; the base's own first.
    pub(super) facets: Vec<Facet>,
}

/// What values are made of.
#[derive(Clone, Debug)]
pub(super) enum Variety {
    Atomic(Builtin),
    List(Arc<Simple>),
    Union(Vec<Arc<Simple>>),
}

/// One thing that is asked of a value.
#[derive(Clone, Debug)]
pub(super) enum Facet {
    Length(usize),
    MinLength(usize),
    MaxLength(usize),
    /// The patterns of one step of restriction, of which one must match.
    Patterns(Vec<(String, Regex)>),
    Enumeration(Vec<(String, Value)>),
    MinInclusive(String, Value),
    MaxInclusive(String, Value),
    MinExclusive(String, Value),
    MaxExclusive(String, Value),
    TotalDigits(usize),
    FractionDigits(usize),
}

/// Why a text is no value of a type: a finding that has no place yet.
pub(super) type Violation = Box<Finding>;

fn violation(code: &'static str) -> Finding {
    Finding::new(code, Place::Whole)
}

impl Simple {
    /// A built-in type.
    pub(super) fn builtin(name: &str, kind: Builtin) -> Self {
        Self { name: format!("xs:{name}"), variety: Variety::Atomic(kind), blanks: kind.blanks(), facets: Vec::new() }
    }

    /// Types that a value is held against: those of all members of a union, and of their members.
    pub(super) fn members(&self) -> usize {
        match &self.variety {
            Variety::Atomic(_) => 1,
            Variety::List(item) => item.members(),
            Variety::Union(members) => members.iter().map(|member| member.members()).sum(),
        }
    }

    /// The value of a text, or what is wrong with it.
    pub(super) fn check(&self, text: &str) -> Result<Value, Violation> {
        let spelt = self.normal(text);
        let value = self.value(&spelt).ok_or_else(|| match &self.variety {
            Variety::Union(members) => {
                let expected: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
                Box::new(violation("schema/union").with("value", text).with("expected", expected.join(", ")))
            }
            Variety::List(item) => match spelt.split(' ').find_map(|one| item.check(one).err()) {
                Some(of_item) => of_item,
                None => Box::new(violation("schema/type").with("value", text).with("expected", &self.name)),
            },
            Variety::Atomic(_) => Box::new(violation("schema/type").with("value", text).with("expected", &self.name)),
        })?;
        for facet in &self.facets {
            if let Some(wrong) = facet.broken_by(&spelt, &value) {
                return Err(Box::new(wrong.with("value", text)));
            }
        }
        Ok(value)
    }

    /// The value of a text, whatever the facets ask.
    pub(super) fn bare(&self, text: &str) -> Option<Value> {
        self.value(&self.normal(text))
    }

    /// The text as the type takes it.
    pub(super) fn normal<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.blanks.apply(text)
    }

    fn value(&self, spelt: &str) -> Option<Value> {
        match &self.variety {
            Variety::Atomic(kind) => kind.value(spelt),
            Variety::List(item) => {
                let items = spelt.split(' ').filter(|one| !one.is_empty());
                items.map(|one| item.check(one).ok()).collect::<Option<Vec<Value>>>().map(Value::List)
            }
            // The first member that takes the text says what value it is.
            Variety::Union(members) => members.iter().find_map(|member| member.check(spelt).ok()),
        }
    }

    /// True where one of its values is one of a type, or holds one.
    pub(super) fn holds(&self, wanted: Builtin) -> bool {
        match &self.variety {
            Variety::Atomic(kind) => *kind == wanted,
            Variety::List(item) => item.holds(wanted),
            Variety::Union(members) => members.iter().any(|member| member.holds(wanted)),
        }
    }
}

impl Facet {
    fn broken_by(&self, spelt: &str, value: &Value) -> Option<Finding> {
        let over =
            |code, limit: &dyn std::fmt::Display, broken: bool| broken.then(|| violation(code).with("limit", limit));
        // What cannot be told apart from its bound does not lie within it.
        let beyond = |bound: &Value, fine: &[Ordering]| value.order(bound).is_none_or(|order| !fine.contains(&order));
        match self {
            Self::Length(length) => over("schema/length", length, value.length() != *length),
            Self::MinLength(least) => over("schema/min-length", least, value.length() < *least),
            Self::MaxLength(most) => over("schema/max-length", most, value.length() > *most),
            Self::Patterns(patterns) => {
                let matches = patterns.iter().any(|(_, pattern)| pattern.is_match(spelt));
                let told = || patterns.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" | ");
                (!matches).then(|| violation("schema/pattern").with("pattern", told()))
            }
            Self::Enumeration(allowed) => {
                let one = allowed.iter().any(|(_, one)| one.equals(value));
                let told = || allowed.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(", ");
                (!one).then(|| violation("schema/enum").with("expected", told()))
            }
            Self::MinInclusive(text, bound) => {
                over("schema/minimum", text, beyond(bound, &[Ordering::Greater, Ordering::Equal]))
            }
            Self::MaxInclusive(text, bound) => {
                over("schema/maximum", text, beyond(bound, &[Ordering::Less, Ordering::Equal]))
            }
            Self::MinExclusive(text, bound) => {
                over("schema/exclusive-minimum", text, beyond(bound, &[Ordering::Greater]))
            }
            Self::MaxExclusive(text, bound) => over("schema/exclusive-maximum", text, beyond(bound, &[Ordering::Less])),
            Self::TotalDigits(most) => {
                let digits = if let Value::Decimal(number) = value { number.digits().0 } else { 0 };
                over("schema/total-digits", most, digits > *most)
            }
            Self::FractionDigits(most) => {
                let digits = if let Value::Decimal(number) = value { number.digits().1 } else { 0 };
                over("schema/fraction-digits", most, digits > *most)
            }
        }
    }
}
