//! Syntax: bytes to one [`Document`] tree and back, for JSON, NDJSON, CSV, xlsx, xls and XML, with hard limits.
//! Every leaf knows its place in the source.
//!
//! Not here: what a document means (`mapping`), and whether it is what it should be (`schema`).

mod as_utf8;
mod csv;
mod csv_lines;
mod csv_rows;
mod csv_write;
mod detect;
mod grid;
mod json;
mod json_lines;
mod json_write;
mod limits;
mod merged;
mod names;
mod node;
mod note;
mod number;
mod object;
mod row_bytes;
mod rows;
mod scratch;
mod serial;
mod stream;
mod text;
mod walk;
mod workbook_write;
mod xls;
mod xlsx;
mod xml;
mod xml_name;
mod xml_tree;
mod xml_write;

#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod xml_tests;

pub use csv_write::CsvStyle;
pub use detect::{detect, identify};
pub use grid::{Cell, Row, Sheet, Workbook};
pub use json::parse_json;
pub use json_lines::{JsonLine, JsonLines};
pub use limits::{LIMIT_CODES, Limits};
pub use node::{Flags, Name, Node, Value, cell_findings};
pub use note::{AnnotateError, Note, annotate};
pub use number::Number;
pub use object::{Members, Object};
pub use rows::{ReadRow, Rows};
pub use scratch::{InMemory, Index, Pages, Scratch, ScratchFile, no_room};
pub use stream::{Source, csv_rows, json_lines};
pub use text::Charset;
pub use walk::{Spot, Step, Trail};
pub use xlsx::Book;
pub use xml::refuse_doctype;
pub use xml_name::{element_place, parts as xml_key_parts};

use crate::finding::Finding;

/// The syntaxes that documents come and go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// One JSON text (RFC 8259).
    Json,
    /// One JSON text a line (NDJSON).
    JsonLines,
    /// Comma-separated values (RFC 4180), in UTF-8, UTF-16 or GB18030; written in UTF-8.
    Csv,
    /// A workbook: xlsx (ECMA-376) or xls (BIFF8), told by its content; written as xlsx.
    Workbook,
    /// XML 1.0 with namespaces, in UTF-8 or UTF-16, of elements that hold either elements or text; written in UTF-8.
    ///
    /// The document is an object of one member, its root element. An element is a text where it has neither attributes nor
    /// elements in it, else an object: `@name` for an attribute, `#text` for its text, the name of each element; elements of
    /// one name are a list where there is more than one. A name stands bare where its namespace is that of the element
    /// around it, else as `{namespace}name`; attributes without a prefix have no namespace and stand bare. Prefixes, blanks
    /// between elements, comments and the order of attributes are form, and so is where a schema is said to lie.
    Xml,
}

/// A document as a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it was read from, or is to be written as.
    pub syntax: Syntax,
    /// The value of a JSON text; a list of the values of an NDJSON file; the [`Value::Workbook`] of a workbook or of a
    /// CSV file, which has one sheet without a name.
    pub root: Node,
}

/// A document and what reading it had to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The document.
    pub document: Document,
    /// What does not stop the reading: a bad line of an NDJSON file, a ragged row.
    pub findings: Vec<Finding>,
}

/// A document that cannot be written: the fault is ours, or of the crosswalk that made the tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The tree has not the shape that the syntax holds.
    #[error("{syntax:?} cannot hold {what}")]
    Shape {
        /// The syntax to write.
        syntax: Syntax,
        /// What stands in the tree.
        what: &'static str,
    },
    /// The library that writes workbooks refuses a value, a name or a size.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
    /// The library that writes CSV refuses.
    #[error("the CSV file cannot be written: {0}")]
    Csv(String),
}

/// Reads a document.
///
/// # Errors
///
/// The refusal of the whole document: the limit that it breaks or what is wrong with it, and the place.
pub fn parse(bytes: &[u8], syntax: Syntax, limits: &Limits) -> Result<Parsed, Finding> {
    limits.check_bytes(bytes.len())?;
    detect::refuse_other_content(bytes, syntax)?;
    let (root, findings) = match syntax {
        Syntax::Json => (parse_json(bytes, 0, limits)?, Vec::new()),
        Syntax::JsonLines => json_lines::parse(bytes, limits)?,
        Syntax::Csv => csv::parse(bytes, limits)?,
        Syntax::Workbook if bytes.starts_with(xls::SIGNATURE) => {
            limits.check_xls_bytes(bytes.len())?;
            xls::parse(bytes, limits)?
        }
        Syntax::Workbook => xlsx::parse(bytes, limits)?,
        Syntax::Xml => (xml_tree::parse(bytes, limits)?, Vec::new()),
    };
    Ok(Parsed { document: Document { syntax, root }, findings })
}

impl Document {
    /// Writes the document: compact JSON, NDJSON, CSV in UTF-8 with CRLF, xlsx, or XML
    /// without blanks between elements. The same tree gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`WriteError`] where the tree has not the shape of its syntax.
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        match self.syntax {
            Syntax::Json => Ok(json_write::to_bytes(&self.root)),
            Syntax::JsonLines => json_lines::write(&self.root),
            Syntax::Csv => self.write_csv(CsvStyle::default()),
            Syntax::Workbook => workbook_write::write(&self.root),
            Syntax::Xml => xml_write::write(&self.root),
        }
    }

    /// Writes the first and only sheet as CSV.
    ///
    /// # Errors
    ///
    /// [`WriteError`] where the root is no workbook of one sheet.
    pub fn write_csv(&self, style: CsvStyle) -> Result<Vec<u8>, WriteError> {
        csv_write::write(&self.root, style)
    }

    /// The sheets of a workbook or of a CSV file; none for JSON.
    pub fn sheets(&self) -> &[Sheet] {
        match &self.root.value {
            Value::Workbook(workbook) => &workbook.sheets,
            _ => &[],
        }
    }

    /// What is judged and mapped: the root; of an XML document, what stands in its root element.
    #[must_use]
    pub fn content(&self) -> &Node {
        let root = self.root.as_object().filter(|_| self.syntax == Syntax::Xml);
        root.and_then(|members| members.values().next()).unwrap_or(&self.root)
    }

    /// Visits every leaf in the order of the document, with its place: scalars, `null`, `{}` and `[]`.
    pub fn leaves<'a>(&'a self, mut visit: impl FnMut(&Spot<'_>, &'a Node)) {
        walk::leaves(&self.root, self.syntax, &mut visit);
    }
}
