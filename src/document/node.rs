//! The tree: nodes, their values, and the flags of cells. Not here: sheets and rows (`grid`), places (`walk`).

use std::sync::Arc;

use super::{Number, Object, Workbook};
use crate::clock::Day;
use crate::finding::{Finding, Place};

/// One value of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// What is to be known of a cell beside its value.
    pub flags: Flags,
    /// The line of an NDJSON file that the value stands in, from 1; 0 otherwise. Where a value stands in a tree is found
    /// on the way down to it ([`super::Trail`]), so that a node stays small.
    pub line: u32,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON `null`; a cell with a formula and no stored value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it was spelt.
    Number(Number),
    /// A text; an error of a cell (`#REF!`, flagged).
    Text(String),
    /// A cell formatted as a date whose value is a whole day. One with a time of day is a text, flagged.
    DateCell(Day),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of its source.
    Object(Box<Object>),
    /// A workbook or a CSV file; only at the root.
    Workbook(Workbook),
}

/// The name of a member. It is shared: the names of a format come again in every document, and in the rules that write it.
pub type Name = Arc<str>;

/// What is to be known of a cell beside its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// The value is what a formula gave when the file was saved; formulas are never evaluated here.
    pub const FORMULA: Self = Self(1);
    /// There is a formula and no value stored with it.
    pub const NO_VALUE: Self = Self(2);
    /// The cell lies in a merged area and has the value of its top left cell.
    pub const MERGED: Self = Self(4);
    /// The value is an error of the spreadsheet.
    pub const ERROR: Self = Self(8);
    /// The text is a date with a time of day, or a time, of a cell formatted so.
    pub const DATE_TIME: Self = Self(16);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    pub(super) const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// True where all of these are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Node {
    /// A node without flags or line.
    pub fn new(value: Value) -> Self {
        Self { value, flags: Flags::NONE, line: 0 }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Value::Text(text.into()))
    }

    /// JSON `null`.
    pub fn null() -> Self {
        Self::new(Value::Null)
    }

    /// An object without members.
    pub fn object() -> Self {
        Self::new(Value::Object(Box::default()))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::new(Value::List(items))
    }

    /// The same with flags.
    #[must_use]
    pub fn flagged(mut self, flags: Flags) -> Self {
        self.flags = self.flags.and(flags);
        self
    }

    /// The member of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The item of a list.
    pub fn item(&self, index: usize) -> Option<&Self> {
        self.as_list()?.get(index)
    }

    /// The node that a JSON Pointer (RFC 6901) names from here.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, segment| match &node.value {
            Value::Object(members) => members.get(segment.replace("~1", "/").replace("~0", "~").as_str()),
            Value::List(items) => items.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// True for what counts as a leaf: everything but a workbook and lists and objects that hold something.
    pub fn is_leaf(&self) -> bool {
        match &self.value {
            Value::List(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Workbook(_) => false,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::DateCell(_) => true,
        }
    }

    /// The node as a `serde_json` value, for validators. A date is its ISO 8601 text; a number beyond 64 bits is the
    /// nearest float; a workbook is an object of sheets, each a list of rows, each an object by column letters.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                // "-0" is an integer by its spelling, and no i64 is it.
                (Some(0), _) if number.as_str().starts_with('-') => Json::from(-0.0),
                (Some(integer), _) => Json::from(integer),
                (None, Some(integer)) => Json::from(integer),
                (None, None) => Json::from(number.as_f64()),
            },
            Value::Text(text) => Json::String(text.clone()),
            Value::DateCell(day) => Json::String(day.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Object(members) => {
                Json::Object(members.iter().map(|(key, node)| (key.to_string(), node.to_json())).collect())
            }
            Value::Workbook(workbook) => workbook.to_json(),
        }
    }
}

impl From<&serde_json::Value> for Node {
    fn from(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        Self::new(match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            // What serde_json holds is finite, so the fallback is never met.
            Json::Number(number) => Number::parse(&number.to_string()).map_or(Value::Null, Value::Number),
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::List(items.iter().map(Self::from).collect()),
            Json::Object(members) => Value::Object(Box::new(
                members.iter().map(|(key, member)| (key.as_str().into(), Self::from(member))).collect(),
            )),
        })
    }
}

/// What is doubtful in a cell that somebody reads. A consumer asks for the cells that it reads, so that no finding
/// stands at a cell that nobody looks at, and weighs `document/formula-without-value` as an error where the field is
/// required.
pub fn cell_findings(node: &Node, place: &Place) -> Vec<Finding> {
    let mut findings = Vec::new();
    if node.flags.has(Flags::NO_VALUE) {
        findings.push(Finding::new("document/formula-without-value", place.clone()));
    } else if node.flags.has(Flags::FORMULA) {
        findings.push(Finding::new("document/formula-value-used", place.clone()));
    }
    if node.flags.has(Flags::ERROR) {
        findings.push(
            Finding::new("document/error-value", place.clone()).with("value", node.as_text().unwrap_or_default()),
        );
    }
    if node.flags.has(Flags::MERGED) {
        findings.push(Finding::new("document/merged-cell-value-used", place.clone()));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_about_a_cell_are_told_only_when_asked_for_and_by_their_flags() {
        let codes = |flags: Flags| -> Vec<&str> {
            let node = Node::text("160").flagged(flags);
            cell_findings(&node, &Place::cell("s", 2, 3, None)).iter().map(Finding::code).collect()
        };
        assert!(codes(Flags::NONE).is_empty());
        assert_eq!(codes(Flags::FORMULA), ["document/formula-value-used"]);
        assert_eq!(codes(Flags::FORMULA.and(Flags::NO_VALUE)), ["document/formula-without-value"]);
        assert_eq!(
            codes(Flags::FORMULA.and(Flags::ERROR).and(Flags::MERGED)),
            ["document/formula-value-used", "document/error-value", "document/merged-cell-value-used"]
        );
    }

    #[test]
    fn a_node_stays_small() {
        assert!(size_of::<Node>() <= 40, "{}", size_of::<Node>());
    }
}
