//! What the tests of this room share: the shared data, and findings as comparable rows.

use std::collections::BTreeSet;

use crate::clock::Day;
use crate::finding::{Finding, Place, Severity};

/// The day of the shared data.
pub(super) fn data_day() -> Day {
    "2026-11-20".parse().expect("a day")
}

/// A file of the shared folder, or nothing, said aloud, where it is not there.
pub(super) fn shared(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(crate::testing::shared(path)?).expect("readable"))
}

/// A finding as the expected files name it: sheet, row, field, severity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) sheet: String,
    pub(super) row: u32,
    pub(super) field: String,
    pub(super) severity: Severity,
}

/// The marks of findings that weigh more than a note.
pub(super) fn marks<'a>(findings: impl Iterator<Item = &'a Finding>) -> BTreeSet<Mark> {
    findings
        .filter(|finding| finding.severity() > Severity::Note)
        .map(|finding| {
            let (sheet, row, field) = match finding.place() {
                Place::Cell { sheet, row, field, .. } => (sheet.clone(), *row, field.clone().unwrap_or_default()),
                // `/3/认证委托人/名称` is row 3, field 认证委托人.名称.
                Place::Pointer { pointer, .. } => {
                    let mut segments = pointer.split('/').skip(1);
                    let row = segments.next().and_then(|index| index.parse().ok()).unwrap_or(u32::MAX);
                    (String::new(), row, segments.collect::<Vec<_>>().join("."))
                }
                other => (format!("{other:?}"), 0, finding.code().to_owned()),
            };
            Mark { sheet, row, field, severity: finding.severity() }
        })
        .collect()
}

/// The marks that an expected file names.
pub(super) fn expected(text: &[u8], row: &str) -> BTreeSet<Mark> {
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers().expect("headers").clone();
    let at = |name: &str| headers.iter().position(|header| header == name);
    reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let cell = |name: &str| at(name).and_then(|at| record.get(at)).unwrap_or_default().to_owned();
            Mark {
                sheet: cell("sheet"),
                row: cell(row).parse().expect("a row number"),
                field: cell("field"),
                severity: match cell("severity").as_str() {
                    "error" => Severity::Error,
                    "warning" => Severity::Warning,
                    _ => Severity::Normalised,
                },
            }
        })
        .collect()
}
