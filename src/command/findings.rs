//! What the checks had to say, gathered for whoever runs a command: counted all, shown as a table up to a limit, and
//! written as JSON in full. Memory does not grow with them.

use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::SpooledTempFile;

use super::{Failure, terminal};
use crate::document::Limits;
use crate::finding::{Finding, Severity};

/// Bytes of JSON that stay in memory.
const IN_MEMORY: usize = 1 << 20;

/// Findings with the file that each stands in.
#[derive(Debug)]
pub(super) struct Findings {
    kept: Vec<(String, Finding)>,
    most: usize,
    counts: [u64; 4],
    json: Option<Json>,
}

/// Every finding as JSON, one behind the other, as it stands in an array.
#[derive(Debug)]
struct Json {
    text: SpooledTempFile,
    /// Blanks before each line.
    indent: &'static str,
    any: bool,
    /// Why not all of them are there.
    failed: Option<io::Error>,
}

impl Default for Findings {
    fn default() -> Self {
        Self::up_to(&Limits::default())
    }
}

impl Findings {
    /// None yet; so many are kept to be shown as the limit says.
    pub(super) fn up_to(limits: &Limits) -> Self {
        let most = usize::try_from(limits.findings).unwrap_or(usize::MAX);
        Self { kept: Vec::new(), most, counts: [0; 4], json: None }
    }

    /// The same, to be written as JSON in full; each line of it behind so many blanks.
    pub(super) fn in_json(mut self, indent: &'static str) -> Self {
        self.json = Some(Json { text: SpooledTempFile::new(IN_MEMORY), indent, any: false, failed: None });
        self
    }

    /// None yet; all are kept.
    pub(super) fn without_limit() -> Self {
        Self::up_to(&Limits { findings: u64::MAX, ..Limits::default() })
    }

    /// Adds those of a file.
    pub(super) fn add<'a>(&mut self, file: &Path, findings: impl IntoIterator<Item = &'a Finding>) {
        let file = file.display().to_string();
        for finding in findings {
            self.counts[finding.severity() as usize] += 1;
            match &mut self.json {
                Some(json) if json.failed.is_none() => json.failed = json.add(&file, finding).err(),
                Some(_) => {}
                None if self.kept.len() < self.most => self.kept.push((file.clone(), finding.clone())),
                None => {}
            }
        }
    }

    /// True where one of them is an error.
    pub(super) fn any_error(&self) -> bool {
        self.counts[Severity::Error as usize] > 0
    }

    /// How many there are of each weight.
    pub(super) fn tally(&self) -> String {
        terminal::tally_of(self.counts)
    }

    /// As a table, to be read; nothing where there are none. Of many the first, and how many more there are.
    pub(super) fn table(&self) -> Option<String> {
        let mut table = (!self.kept.is_empty()).then(|| terminal::findings_table(&self.kept))?;
        let more = self.counts.iter().sum::<u64>() - self.kept.len() as u64;
        if more > 0 {
            table.push_str(&format!(
                "\n另有 {more} 条未列出，--json 输出全部 / {more} more are counted and not shown; --json writes them all"
            ));
        }
        Some(table)
    }

    /// The weightiest of those that are kept as a table, at most so many.
    pub(super) fn weightiest(&self, most: usize) -> Option<String> {
        let mut chosen = self.kept.clone();
        chosen.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity()));
        chosen.truncate(most);
        (!chosen.is_empty()).then(|| terminal::findings_table(&chosen))
    }

    /// Those that are kept as an array, each with the name of its file.
    pub(super) fn to_json(&self) -> Value {
        self.kept.iter().map(|(file, finding)| entry(file, finding)).collect()
    }

    /// Writes all of them to standard output as an array.
    pub(super) fn print_json(&mut self) -> Result<(), Failure> {
        let Some(json) = &mut self.json else { return Ok(()) };
        if let Some(error) = &json.failed {
            return Err(Failure::environment(error));
        }
        if !json.any {
            terminal::out("[]");
            return Ok(());
        }
        terminal::out("[\n");
        let print = |text: &mut SpooledTempFile| -> io::Result<()> {
            text.rewind()?;
            let mut buffer = vec![0; 64 << 10];
            loop {
                let length = text.read(&mut buffer)?;
                if length == 0 {
                    return Ok(());
                }
                terminal::bytes(buffer.get(..length).unwrap_or_default());
            }
        };
        print(&mut json.text).map_err(|error| Failure::environment(&error))?;
        let outer = json.indent.get(2..).unwrap_or_default();
        terminal::out(&format!("\n{outer}]"));
        Ok(())
    }
}

impl Json {
    fn add(&mut self, file: &str, finding: &Finding) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&entry(file, finding))?;
        let comma = if std::mem::replace(&mut self.any, true) { ",\n" } else { "" };
        let text = text.replace('\n', &format!("\n{}", self.indent));
        write!(self.text, "{comma}{}{text}", self.indent)
    }
}

fn entry(file: &str, finding: &Finding) -> Value {
    let mut object = serde_json::Map::from_iter([("file".to_owned(), json!(file))]);
    if let Ok(Value::Object(members)) = serde_json::to_value(finding) {
        object.extend(members);
    }
    Value::Object(object)
}
