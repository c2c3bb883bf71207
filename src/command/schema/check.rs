//! `certbridge schema check`: whether a schema can be used, what it says of documents, and where ours says otherwise.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{gather, unknown};
use crate::command::format::Overlay;
use crate::command::source::{self, Findings};
use crate::command::{FINDINGS, Failure, terminal};
use crate::document::{Document, Limits, identify, parse};
use crate::finding::Finding;
use crate::schema::{Origin, Schema, Schemas};

/// Check whether a schema can be used, and judge documents by it
///
/// The schema is a file or a folder that is not installed yet, or, with --for alone, the one that judges a format. Documents are
/// read as any other input and judged by the schema alone, without crosswalk or rules. Where an installed schema judges, the one
/// that the program brings judges beside it, and a document that only one of them accepts is named.
///
/// Exit code 0: it can be used, and every document is valid; 1: it cannot, or one is not; 3: a file cannot be read.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The schema that judges a format: wco-document@3.6; with --schema, the format that it is meant for
    #[arg(long = "for", value_name = "FORMAT", required_unless_present = "schema")]
    format: Option<String>,
    /// A schema that is not installed: a file, or a folder of XML Schemas
    #[arg(long, value_name = "PATH")]
    schema: Option<PathBuf>,
    /// A file of the folder to begin with; may be given more than once
    #[arg(long = "entry", value_name = "FILE", requires = "schema")]
    entries: Vec<String>,
    /// The element that documents begin with, as for `install`
    #[arg(long, value_name = "PATH", requires = "schema")]
    root: Option<String>,
    #[command(flatten)]
    overlay: Overlay,
    /// Print the findings as one JSON array
    #[arg(long)]
    json: bool,
    /// Documents to judge
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Loads the schema, and judges.
pub(super) fn run(check: &Check) -> Result<ExitCode, Failure> {
    source::check(&check.files)?;
    let schemas = match &check.schema {
        Some(path) => {
            let format = check.format.as_deref().unwrap_or("unnamed@1");
            let schema = gather::schema(path, format, &check.entries, check.root.as_ref())?;
            match Schemas::of(&schema) {
                Ok(schemas) => schemas,
                Err(error) => {
                    terminal::line(format!("{}: {error}", path.display()));
                    return Ok(ExitCode::from(FINDINGS));
                }
            }
        }
        None => check.overlay.catalogue()?.schemas().clone(),
    };
    let format = check.format.as_deref().unwrap_or("unnamed@1");
    let schema = schemas.schema(format).ok_or_else(|| unknown(format))?;
    let ours = Schemas::bundled().schema(format).filter(|_| schema.origin() == Origin::Installed);
    let mut findings = Findings::without_limit();
    let (mut valid, mut apart) = (0, 0);
    for file in &check.files {
        let limits = Limits::default();
        let bytes = source::read(file, &limits)?;
        let read = identify(&bytes, source::name_of(file)).and_then(|syntax| parse(&bytes, syntax, &limits));
        let document = match read {
            Ok(parsed) => parsed.document,
            Err(refusal) => {
                findings.add(file, [&refusal]);
                continue;
            }
        };
        let said = judged(schema, &document)?;
        valid += usize::from(said.is_empty());
        findings.add(file, &said);
        if let Some(ours) = ours {
            apart += usize::from(told_apart(file, said.is_empty(), ours, &document)?);
        }
    }
    if check.json {
        terminal::json(&findings.to_json());
    } else if let Some(table) = findings.table() {
        terminal::line(table);
    }
    let drift =
        if ours.is_some() { format!("; {apart} judged otherwise by the bundled schema") } else { String::new() };
    terminal::aside(format!(
        "the {} of {format} can be used; {valid} of {} documents valid{drift}",
        schema.language().name(),
        check.files.len()
    ));
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn judged(schema: &Schema, document: &Document) -> Result<Vec<Finding>, Failure> {
    schema.validate_document(document).map_err(|error| Failure::environment(&error))
}

/// True, and said aloud, where our own schema judges a document otherwise.
fn told_apart(file: &Path, valid: bool, ours: &Schema, document: &Document) -> Result<bool, Failure> {
    let said = judged(ours, document)?;
    if said.is_empty() == valid {
        return Ok(false);
    }
    let (one, other) = if valid { ("accepts", "refuses") } else { ("refuses", "accepts") };
    terminal::aside(format!("{}: the installed schema {one} it, the bundled one {other} it", file.display()));
    Ok(true)
}
