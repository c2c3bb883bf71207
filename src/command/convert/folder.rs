//! A folder of documents: one file each, named for its certificate.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::command::Failure;
use crate::document::Syntax;
use crate::record::Key;

/// Characters of a name, at most: file systems take 255 bytes, and a Chinese character is three.
const LONGEST: usize = 64;

/// Where documents are written one by one.
pub(super) struct Folder {
    path: PathBuf,
    /// How many files of this run have the name.
    taken: HashMap<String, usize>,
}

impl Folder {
    /// The folder that the path names, made where it is not there; nothing where the path names none.
    pub(super) fn at(path: &Path) -> Result<Option<Self>, Failure> {
        let named = path.as_os_str().to_string_lossy().ends_with('/');
        if !named && !path.is_dir() {
            return Ok(None);
        }
        fs::create_dir_all(path).map_err(|error| Failure::file(path, &error))?;
        Ok(Some(Self { path: path.to_owned(), taken: HashMap::new() }))
    }

    /// Writes a document; a file of its name has all of it or is as it was.
    pub(super) fn write(&mut self, key: Option<&Key>, syntax: Syntax, bytes: &[u8]) -> Result<(), Failure> {
        let name = key.and_then(|key| key.number.as_deref().or(key.uri.as_deref())).map(file_name);
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "document".to_owned());
        let extension = if syntax == Syntax::Xml { "xml" } else { "json" };
        // Two bodies may have given one number; names that differ only in case are one file on some systems.
        let times = self.taken.entry(name.to_lowercase()).or_insert(0);
        *times += 1;
        let path = match *times {
            1 => self.path.join(format!("{name}.{extension}")),
            times => self.path.join(format!("{name}~{times}.{extension}")),
        };
        let failed = |error: &dyn std::fmt::Display| Failure::file(&path, error);
        let mut file = super::output::beside(&path).map_err(|error| failed(&error))?;
        file.write_all(bytes).map_err(|error| failed(&error))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(&path).map(drop).map_err(|error| failed(&error.error))
    }
}

/// A number or URI as the name of a file, whatever a sender wrote there: letters and digits of any script, `-`, `_` and `.`
/// within.
fn file_name(text: &str) -> String {
    let text = text.trim_start_matches("https://").trim_start_matches("http://");
    let plain: String =
        text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    plain.trim_matches(['.', '-']).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_number_is_it_names_a_file_of_the_folder() {
        for (number, name) in [
            ("90126Q01002R0S", "90126Q01002R0S"),
            ("../../etc/passwd", "etc-passwd"),
            ("..", ""),
            ("CN 01/2026:甲", "CN-01-2026-甲"),
            ("https://r.example/c/1", "r.example-c-1"),
            ("a\0b\nc", "a-b-c"),
        ] {
            assert_eq!(file_name(number), name, "{number:?}");
        }
        assert_eq!(file_name(&"号".repeat(300)).chars().count(), LONGEST);
    }

    #[test]
    fn two_certificates_of_one_number_are_two_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/");
        let mut out = Folder::at(&path).expect("made").expect("a folder");
        let key =
            |number: &str| Key { number: Some(number.to_owned()), ..crate::record::testing::management_system().key };
        out.write(Some(&key("A1")), Syntax::Json, b"1").expect("written");
        out.write(Some(&key("a1")), Syntax::Json, b"2").expect("written");
        out.write(None, Syntax::Xml, b"3").expect("written");
        let read = |name: &str| fs::read_to_string(path.join(name)).expect(name);
        assert_eq!((read("A1.json"), read("a1~2.json"), read("document.xml")), ("1".into(), "2".into(), "3".into()));
        assert!(Folder::at(&folder.path().join("file")).expect("looked at").is_none());
    }
}
