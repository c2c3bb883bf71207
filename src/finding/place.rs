//! Where a finding stands, in the words of whoever sent the source.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A place in a sender's source.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The source as a whole.
    #[default]
    Whole,
    /// A row or a cell of a workbook, or of a CSV file (which has one sheet, without a name). Rows and columns count
    /// from 1; column 0 is the row as a whole.
    Cell {
        /// Name of the sheet; empty for a CSV file.
        sheet: String,
        /// Row, from 1.
        row: u32,
        /// Column, from 1; 0 for the whole row.
        column: u32,
        /// The column's own title, where there is one.
        field: Option<String>,
    },
    /// A value of a JSON text.
    Pointer {
        /// Line of an NDJSON file, from 1; 0 where the file is one JSON text.
        line: u32,
        /// JSON Pointer (RFC 6901).
        pointer: String,
    },
    /// An element or an attribute of an XML document.
    Element {
        /// Line on which the element begins, from 1; 0 where it is not known.
        line: u32,
        /// The way down from the root in local names, as in XPath: `/Declaration/Item[2]/ID`, `/Item/@code`.
        path: String,
    },
    /// A position in a text that could not be read further.
    Position {
        /// Line, from 1.
        line: u32,
        /// Column, from 1; 0 where it is not known.
        column: u32,
    },
    /// A part of a package, such as an entry of a zip file.
    Part(String),
    /// A field of the record, where the source of the value is not known.
    Field(String),
}

impl Place {
    /// A cell with its title.
    pub fn cell(sheet: impl Into<String>, row: u32, column: u32, field: Option<String>) -> Self {
        Self::Cell { sheet: sheet.into(), row, column, field }
    }

    /// A value of a JSON text that is one file.
    pub fn pointer(pointer: impl Into<String>) -> Self {
        Self::Pointer { line: 0, pointer: pointer.into() }
    }

    /// The sender's own name of the field, where there is one: a title, or the last segment of a pointer.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Cell { field, .. } => field.as_deref(),
            Self::Pointer { pointer, .. } => pointer.rsplit('/').next().filter(|segment| !segment.is_empty()),
            Self::Element { path, .. } => path.rsplit('/').next().filter(|segment| !segment.is_empty()),
            Self::Field(field) => Some(field),
            Self::Whole | Self::Position { .. } | Self::Part(_) => None,
        }
    }
}

/// The letters of a column: 1 is `A`, 27 is `AA`.
#[must_use]
pub fn column_letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(b'A' + u8::try_from(column % 26).unwrap_or(0));
        column /= 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("-"),
            Self::Cell { sheet, row, column, field } => {
                if !sheet.is_empty() {
                    write!(f, "{sheet}!")?;
                }
                write!(f, "{}{row}", column_letters(*column))?;
                field.as_ref().map_or(Ok(()), |field| write!(f, " {field}"))
            }
            Self::Pointer { line: 0, pointer } if pointer.is_empty() => f.write_str("/"),
            Self::Pointer { line: 0, pointer } => f.write_str(pointer),
            Self::Pointer { line, pointer } => write!(f, "line {line} {pointer}"),
            Self::Element { line: 0, path } => f.write_str(path),
            Self::Element { line, path } => write!(f, "line {line} {path}"),
            Self::Position { line, column: 0 } => write!(f, "line {line}"),
            Self::Position { line, column } => write!(f, "line {line} column {column}"),
            Self::Part(part) => f.write_str(part),
            Self::Field(field) => f.write_str(field),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &self.to_string())?;
        match self {
            Self::Whole => {}
            Self::Cell { sheet, row, column, field } => {
                if !sheet.is_empty() {
                    map.serialize_entry("sheet", sheet)?;
                }
                map.serialize_entry("row", row)?;
                if *column > 0 {
                    map.serialize_entry("column", column)?;
                    map.serialize_entry("cell", &format!("{}{row}", column_letters(*column)))?;
                }
                if let Some(field) = field {
                    map.serialize_entry("field", field)?;
                }
            }
            Self::Pointer { line, pointer } => {
                if *line > 0 {
                    map.serialize_entry("line", line)?;
                }
                map.serialize_entry("pointer", pointer)?;
                if let Some(field) = self.field() {
                    map.serialize_entry("field", field)?;
                }
            }
            Self::Element { line, path } => {
                if *line > 0 {
                    map.serialize_entry("line", line)?;
                }
                map.serialize_entry("path", path)?;
                if let Some(field) = self.field() {
                    map.serialize_entry("field", field)?;
                }
            }
            Self::Position { line, column } => {
                map.serialize_entry("line", line)?;
                if *column > 0 {
                    map.serialize_entry("column", column)?;
                }
            }
            Self::Part(part) => map.serialize_entry("part", part)?,
            Self::Field(field) => map.serialize_entry("field", field)?,
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_a_spreadsheet_names_it() {
        let place = Place::cell("证书信息表", 14, 5, Some("组织名称".into()));
        assert_eq!(place.to_string(), "证书信息表!E14 组织名称");
        for (column, letters) in [(1, "A"), (26, "Z"), (27, "AA"), (67, "BO"), (16384, "XFD")] {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn an_element_is_named_by_its_line_and_its_way_down() {
        let place = Place::Element { line: 7, path: "/Declaration/Item[2]/@code".into() };
        assert_eq!(place.to_string(), "line 7 /Declaration/Item[2]/@code");
        assert_eq!(place.field(), Some("@code"));
        let told = serde_json::to_value(&place).expect("plain data");
        assert_eq!((&told["line"], &told["path"]), (&7.into(), &"/Declaration/Item[2]/@code".into()));
    }
}
