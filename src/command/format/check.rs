//! `certbridge format check`: a crosswalk of one's own, or a folder of them, loaded as a gateway would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::command::{FINDINGS, Failure, terminal};
use crate::format::Catalogue;
use crate::gateway::file_texts;

/// Check a crosswalk, or a folder of crosswalks and schemas, before a gateway takes them up
///
/// They are loaded beside the formats that the program brings, whose files they may include. Every error is one line: file,
/// line, and what to write instead.
///
/// Exit code 0: all of it can be used; 1: something must be mended; 3: a file cannot be read.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// A file (.yaml), or a folder (acme/1.yaml and acme/1.json for acme@1)
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

/// Loads, and prints what must be mended.
pub(super) fn run(check: &Check) -> Result<ExitCode, Failure> {
    let path = &check.path;
    let about = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    let (folder, files) = if about.is_dir() {
        (path.as_path(), file_texts(path).map_err(|error| Failure::environment(&error))?)
    } else {
        one_file(path)?
    };
    let errors = match Catalogue::overlaid(&files) {
        Ok(catalogue) => {
            let stated: Vec<&str> = catalogue.own().collect();
            terminal::line(format!("{}: no errors; {}", path.display(), told(&stated)));
            return Ok(ExitCode::SUCCESS);
        }
        Err(errors) => errors,
    };
    for error in &errors {
        // An error within a bundled file that was included keeps that file's name.
        let file = if files.contains_key(&error.file) { folder.join(&error.file) } else { PathBuf::from(&error.file) };
        terminal::line(format!("{}:{}: {}", file.display(), error.line, error.message));
    }
    let plural = if errors.len() == 1 { "" } else { "s" };
    terminal::aside(format!("{} error{plural}", errors.len()));
    Ok(ExitCode::from(FINDINGS))
}

fn told(stated: &[&str]) -> String {
    if stated.is_empty() { "nothing differs from the bundled formats".into() } else { stated.join(", ") }
}

/// A single crosswalk, with the folder that it stands in. It may include bundled files; one that includes files of its own
/// is checked with their folder.
fn one_file(path: &Path) -> Result<(&Path, BTreeMap<String, String>), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((folder, BTreeMap::from([(name, text)])))
}
