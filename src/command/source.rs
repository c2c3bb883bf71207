//! The files that a command reads: capped before they are in memory, and named in every finding.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Failure, terminal};
use crate::document::Limits;
use crate::finding::{Finding, any_error};
use crate::record::Identifier;

/// The name of standard input among the files.
const STANDARD_INPUT: &str = "-";

/// Reads a file, or standard input where it is named `-`. Of a file beyond the limit one byte more than allowed is
/// read, so that whoever parses it refuses it by its size.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = limits.bytes.saturating_add(1);
    let failed = |error: std::io::Error| Failure::file(path, &error);
    if path.as_os_str() == STANDARD_INPUT {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(Failure::Environment(format!("{}: is a folder", path.display())));
        }
        file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// The name that tells the syntax, where the bytes alone do not.
pub(super) fn name_of(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str()).filter(|name| *name != STANDARD_INPUT)
}

/// The root `$issue` of a mapping with the body that a document speaks for, where its format does not name one.
pub(super) fn sent_by(mut issue: Value, sender: Option<&Identifier>) -> Value {
    if let Some(sender) = sender {
        issue["sender"] = json!(sender);
    }
    issue
}

/// Findings with the file that each stands in.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(String, Finding)>);

impl Findings {
    /// Adds those of a file.
    pub(super) fn add<'a>(&mut self, file: &Path, findings: impl IntoIterator<Item = &'a Finding>) {
        let file = file.display().to_string();
        self.0.extend(findings.into_iter().map(|finding| (file.clone(), finding.clone())));
    }

    /// True where one of them is an error.
    pub(super) fn any_error(&self) -> bool {
        any_error(self.all())
    }

    /// Every finding.
    pub(super) fn all(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().map(|(_, finding)| finding)
    }

    /// How many there are of each weight.
    pub(super) fn tally(&self) -> String {
        terminal::tally(self.all())
    }

    /// As a table, to be read; nothing where there are none.
    pub(super) fn table(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| terminal::findings_table(&self.0))
    }

    /// The weightiest as a table, at most so many.
    pub(super) fn weightiest(&self, most: usize) -> Option<String> {
        let mut chosen = self.0.clone();
        chosen.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity()));
        chosen.truncate(most);
        (!chosen.is_empty()).then(|| terminal::findings_table(&chosen))
    }

    /// As an array, each with the name of its file.
    pub(super) fn to_json(&self) -> Value {
        let one = |(file, finding): &(String, Finding)| {
            let mut object = serde_json::Map::from_iter([("file".to_owned(), json!(file))]);
            if let Ok(Value::Object(members)) = serde_json::to_value(finding) {
                object.extend(members);
            }
            Value::Object(object)
        };
        self.0.iter().map(one).collect()
    }
}

/// Refuses files that cannot be told apart or are not there, before any work begins.
pub(super) fn check(files: &[PathBuf]) -> Result<(), Failure> {
    if files.iter().filter(|file| file.as_os_str() == STANDARD_INPUT).count() > 1 {
        return Err(Failure::Usage("standard input (-) can be read once only".into()));
    }
    for file in files.iter().filter(|file| file.as_os_str() != STANDARD_INPUT) {
        if let Err(error) = file.metadata() {
            return Err(Failure::file(file, &error));
        }
    }
    Ok(())
}
