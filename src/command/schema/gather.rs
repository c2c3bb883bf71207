//! The files of a schema that is to be installed, read from where its owner's package was put.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::Failure;
use crate::schema::{Installed, Language};

/// Bytes of one file, and of all together.
const LONGEST_FILE: u64 = 16 << 20;
const LONGEST: u64 = 64 << 20;
/// Files of a folder that are looked at.
const MOST_FILES: usize = 2_000;
/// Folders within folders.
const DEEPEST: usize = 8;

/// The schema at a path: a JSON Schema, an XML Schema with what it refers to in the same folder or below, or a folder of XML
/// Schemas with the files to begin with.
pub(super) fn schema(
    path: &Path,
    format: &str,
    entries: &[String],
    root: Option<&String>,
) -> Result<Installed, Failure> {
    let about = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    let of = |language, files, entries: Vec<String>| Installed {
        format: format.to_owned(),
        language,
        files,
        entries,
        root: root.cloned(),
    };
    if about.is_dir() {
        let mut files = BTreeMap::new();
        gather(path, "", DEEPEST, &mut LONGEST.clone(), &mut files)?;
        let entries = match (entries, files.len()) {
            ([], 1) => files.keys().cloned().collect(),
            ([], _) => return Err(Failure::Usage("name the files that the schema begins with: --entry FILE".into())),
            (named, _) => named.to_vec(),
        };
        if let Some(missing) = entries.iter().find(|entry| !files.contains_key(*entry)) {
            return Err(Failure::Usage(format!("{}: there is no file {missing}", path.display())));
        }
        return Ok(of(Language::Xsd, files, entries).pruned());
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::Usage(format!("{}: a name that is no text", path.display())))?.to_owned();
    let text = read(path)?;
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut files = BTreeMap::new();
        gather(folder, "", DEEPEST, &mut LONGEST.clone(), &mut files)?;
        files.insert(name.clone(), text);
        return Ok(of(Language::Xsd, files, vec![name]).pruned());
    }
    if !entries.is_empty() || root.is_some() {
        return Err(Failure::Usage("--entry and --root are for XML Schemas".into()));
    }
    Ok(of(Language::JsonSchema, BTreeMap::from([(name.clone(), text)]), vec![name]))
}

fn read(path: &Path) -> Result<String, Failure> {
    let about = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if about.len() > LONGEST_FILE {
        return Err(Failure::Environment(format!("{}: longer than {LONGEST_FILE} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))
}

fn gather(
    folder: &Path,
    prefix: &str,
    deepest: usize,
    left: &mut u64,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))? {
        let entry = entry.map_err(|error| Failure::file(folder, &error))?;
        let path = entry.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        // A link may lead anywhere; what it leads to is not part of the folder.
        let kind = entry.file_type().map_err(|error| Failure::file(&path, &error))?;
        if kind.is_dir() && deepest > 0 {
            gather(&path, &format!("{prefix}{name}/"), deepest - 1, left, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "xsd") {
            let text = read(&path)?;
            let within = left.checked_sub(text.len() as u64).filter(|_| files.len() < MOST_FILES);
            *left = within.ok_or_else(|| Failure::Environment(format!("{}: too many files", folder.display())))?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}
