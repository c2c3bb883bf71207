//! The way down a tree, from which a place is made only when somebody asks for it.

use std::fmt::Write as _;

use super::{Node, Syntax, Value};
use crate::finding::Place;

/// One step down a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// To the member of an object.
    Key(&'a str),
    /// To the item of a list, from 0.
    Index(usize),
}

/// The way from the root to a node, linked upwards, so that walking down allocates nothing.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    above: Option<(&'a Trail<'a>, Step<'a>)>,
}

impl<'a> Trail<'a> {
    /// The root.
    pub const ROOT: Trail<'static> = Trail { above: None };

    /// One step further.
    #[must_use]
    pub fn then(&'a self, step: Step<'a>) -> Self {
        Self { above: Some((self, step)) }
    }

    /// To the member of an object.
    #[must_use]
    pub fn key(&'a self, key: &'a str) -> Self {
        self.then(Step::Key(key))
    }

    /// To the item of a list.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// The way as a JSON Pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut trail = self;
        while let Some((above, step)) = trail.above {
            steps.push(step);
            trail = above;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            pointer.push('/');
            match step {
                Step::Key(key) if key.contains(['~', '/']) => {
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                Step::Key(key) => pointer.push_str(key),
                // Writing to a String cannot fail.
                Step::Index(index) => _ = write!(pointer, "{index}"),
            }
        }
        pointer
    }

    /// The way as a path of local names, as in XPath.
    pub fn element_path(&self) -> String {
        let mut steps = Vec::new();
        let mut trail = self;
        while let Some((above, step)) = trail.above {
            steps.push(step);
            trail = above;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Key(key) => super::xml_name::extend(&mut path, key),
                Step::Index(index) => super::xml_name::extend_item(&mut path, index),
            }
        }
        path
    }

    /// The place of a value that this way leads to; `line` is its node's.
    pub fn place(&self, line: u32) -> Place {
        Place::Pointer { line, pointer: self.pointer() }
    }
}

/// Where a leaf stands; its [`Place`] is made on demand.
#[derive(Clone, Copy, Debug)]
pub enum Spot<'a> {
    /// A value of a JSON text.
    Value {
        /// Line of an NDJSON file; 0 otherwise.
        line: u32,
        /// The way from the root of the JSON text; of the line, in NDJSON.
        trail: &'a Trail<'a>,
    },
    /// A leaf of an XML document.
    Element {
        /// Line of its element.
        line: u32,
        /// The way from the document.
        trail: &'a Trail<'a>,
    },
    /// A cell.
    Cell {
        /// Name of the sheet; empty for CSV.
        sheet: &'a str,
        /// Row, from 1.
        row: u32,
        /// Column, from 1.
        column: u32,
    },
}

impl Spot<'_> {
    /// The place.
    pub fn place(&self) -> Place {
        match self {
            Self::Value { line, trail } => trail.place(*line),
            Self::Element { line, trail } => Place::Element { line: *line, path: trail.element_path() },
            Self::Cell { sheet, row, column } => Place::cell(*sheet, *row, *column, None),
        }
    }
}

/// Visits every leaf below a root.
pub(super) fn leaves<'a>(root: &'a Node, syntax: Syntax, visit: &mut impl FnMut(&Spot<'_>, &'a Node)) {
    let xml = syntax == Syntax::Xml;
    match &root.value {
        Value::Workbook(workbook) => {
            for sheet in &workbook.sheets {
                for row in &sheet.rows {
                    for cell in &row.cells {
                        let spot = Spot::Cell { sheet: &sheet.name, row: row.number, column: cell.column };
                        visit(&spot, &cell.node);
                    }
                }
            }
        }
        // The records of an NDJSON file carry their lines, and their pointers begin at the record.
        Value::List(records) if records.iter().any(|record| record.line > 0) => {
            for record in records {
                below(record, &Trail::ROOT, xml, visit);
            }
        }
        _ => below(root, &Trail::ROOT, xml, visit),
    }
}

fn below<'a>(node: &'a Node, trail: &Trail<'_>, xml: bool, visit: &mut impl FnMut(&Spot<'_>, &'a Node)) {
    match &node.value {
        Value::List(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| below(item, &trail.index(index), xml, visit));
        }
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(key, member)| below(member, &trail.key(key), xml, visit));
        }
        _ if xml => visit(&Spot::Element { line: node.line, trail }, node),
        _ => visit(&Spot::Value { line: node.line, trail }, node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Limits, parse};

    fn places(text: &str, syntax: Syntax) -> Vec<String> {
        let parsed = parse(text.as_bytes(), syntax, &Limits::default()).expect("readable");
        let mut places = Vec::new();
        parsed.document.leaves(|spot, _| places.push(spot.place().to_string()));
        places
    }

    #[test]
    fn every_leaf_is_visited_once_with_its_place() {
        assert_eq!(
            places(r#"{"a":[1,{"b/c":null,"~":[]}],"d":{},"e":""}"#, Syntax::Json),
            ["/a/0", "/a/1/b~1c", "/a/1/~0", "/d", "/e"]
        );
        assert_eq!(places("{\"a\":1}\n\n{\"b\":[2]}\n", Syntax::JsonLines), ["line 1 /a", "line 3 /b/0"]);
        assert_eq!(places("x,y\r\n1,\r\n\r\n,2\r\n", Syntax::Csv), ["A1", "B1", "A2", "B4"]);
    }

    #[test]
    fn a_pointer_leads_back_to_its_node() {
        let text = r#"{"a":[1,{"b/c":null,"~":[]}],"":{"":"x"}}"#;
        let parsed = parse(text.as_bytes(), Syntax::Json, &Limits::default()).expect("readable");
        let root = &parsed.document.root;
        parsed.document.leaves(|spot, node| {
            let Place::Pointer { pointer, .. } = spot.place() else { panic!("a pointer") };
            assert!(std::ptr::eq(root.pointer(&pointer).expect("there"), node), "{pointer}");
        });
    }
}
