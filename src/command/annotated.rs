//! Findings in a workbook: as comments on the sender's own cells, or as a sheet where there are no such cells.

use std::path::Path;

use super::files::{self, Access};
use super::{Failure, terminal};
use crate::document::{AnnotateError, Document, Limits, Node, Note, Sheet, Syntax, Value, Workbook, annotate};
use crate::finding::{Finding, Place};

/// Writes the findings of a file: into a copy of it where it is an xlsx workbook, else into a workbook of their own.
pub(super) fn write(out: &Path, bytes: &[u8], findings: &[&Finding], limits: &Limits) -> Result<(), Failure> {
    let is_xlsx = bytes.starts_with(b"PK");
    let copy = is_xlsx.then(|| annotate(bytes, &notes(findings), limits));
    let content = match copy {
        Some(Ok(copy)) => {
            terminal::aside(format!(
                "{}: a copy of the workbook, with {} findings as comments",
                out.display(),
                findings.len()
            ));
            copy
        }
        Some(Err(AnnotateError::Write(reason))) => return Err(Failure::Environment(reason)),
        other => {
            let why = match other {
                Some(Err(error)) => error.to_string(),
                _ => "the file is no xlsx workbook".to_owned(),
            };
            terminal::aside(format!("{}: a sheet of {} findings ({why})", out.display(), findings.len()));
            sheet(findings)?
        }
    };
    files::create(out, &content, Access::Everybody)
}

fn words(finding: &Finding) -> String {
    let message = finding.message();
    let source = finding.source().map(|source| format!("\n{source}")).unwrap_or_default();
    format!("{} {}\n{}\n{}{source}", finding.severity(), finding.code(), message.zh, message.en)
}

/// Each finding at its cell; what stands at none of the workbook stands at the first.
fn notes(findings: &[&Finding]) -> Vec<Note> {
    findings
        .iter()
        .map(|finding| match finding.place() {
            Place::Cell { sheet, row, column, .. } => {
                Note { sheet: sheet.clone(), row: *row, column: *column, text: words(finding) }
            }
            place => Note { sheet: String::new(), row: 1, column: 1, text: format!("{place}: {}", words(finding)) },
        })
        .collect()
}

fn sheet(findings: &[&Finding]) -> Result<Vec<u8>, Failure> {
    let mut sheet = Sheet::new("核查结果 Findings");
    let titles = ["级别 severity", "位置 place", "说明", "description", "代码 code", "依据 source"];
    let mut rows = vec![titles.map(str::to_owned)];
    for finding in findings {
        let message = finding.message();
        rows.push([
            finding.severity().to_string(),
            finding.place().to_string(),
            message.zh,
            message.en,
            finding.code().to_owned(),
            finding.source().unwrap_or_default().to_owned(),
        ]);
    }
    for (number, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (1_u32..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.put(number, column, Node::text(cell));
        }
    }
    let root = Node::new(Value::Workbook(Workbook { sheets: vec![sheet] }));
    Document { syntax: Syntax::Workbook, root }.write().map_err(|error| Failure::environment(&error))
}
