//! In which syntax `certbridge convert` writes, and where to.

use std::path::Path;

use clap::ValueEnum;

use crate::command::{Failure, terminal};
use crate::document;
use crate::format::{Format, WrittenDocument};

/// A syntax to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Syntax {
    /// One JSON text
    Json,
    /// One JSON text a line
    Ndjson,
    /// Comma-separated values, in UTF-8
    Csv,
    /// A workbook
    Xlsx,
    /// XML
    Xml,
}

impl Syntax {
    fn of_document(self) -> document::Syntax {
        match self {
            Self::Json => document::Syntax::Json,
            Self::Ndjson => document::Syntax::JsonLines,
            Self::Csv => document::Syntax::Csv,
            Self::Xlsx => document::Syntax::Workbook,
            Self::Xml => document::Syntax::Xml,
        }
    }
}

/// The syntax to write in, where it is not the format's own.
pub(super) fn chosen(
    format: &Format,
    asked: Option<Syntax>,
    files: usize,
) -> Result<Option<document::Syntax>, Failure> {
    let asked = asked.map(Syntax::of_document);
    if let Some(asked) = asked
        && !format.takes(asked)
    {
        let names = format.syntax_names().join(", ");
        return Err(Failure::Usage(format!("--syntax: {} is written as {names}", format.id())));
    }
    let own = format.syntaxes().first().copied();
    let syntax = asked.or(own);
    if files > 1 && matches!(syntax, Some(document::Syntax::Workbook | document::Syntax::Csv)) {
        return Err(Failure::Usage("a workbook or a CSV file is made of one file: convert them one by one".into()));
    }
    // A format of one record a document stands one a line as it is.
    let lines = asked == Some(document::Syntax::JsonLines) && !format.carries_many();
    Ok(asked.filter(|asked| Some(*asked) != own && !lines))
}

/// Appends a document that is no JSON to sign. XML texts end with a line.
pub(super) fn append(written: &WrittenDocument, output: &mut Vec<u8>) -> Result<(), Failure> {
    if let Some(bytes) = written.bytes().map_err(|error| Failure::environment(&error))? {
        output.extend_from_slice(&bytes);
        if written.document.as_ref().is_some_and(|one| one.syntax == document::Syntax::Xml) {
            output.push(b'\n');
        }
    }
    Ok(())
}

/// Writes to a file, or to standard output.
pub(super) fn deliver(path: Option<&Path>, output: &[u8]) -> Result<(), Failure> {
    if let Some(path) = path {
        return std::fs::write(path, output).map_err(|error| Failure::file(path, &error));
    }
    terminal::bytes(output);
    Ok(())
}
