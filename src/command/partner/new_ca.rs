//! A partner's new CA beside its old one: its files, and the lines of the entry that name them.

use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::command::{Failure, files};
use crate::crypto::sha256;
use crate::exchange::{AnchorFile, AnchorWindow, Partner};
use crate::trust::{Anchors, Revocations};

/// The files that the partner has handed over.
pub(super) struct NewCa<'a> {
    /// PEM file of the CA's certificate.
    pub(super) ca: &'a Path,
    /// PEM file of its revocation list.
    pub(super) list: Option<&'a Path>,
}

/// What the book gets.
pub(super) struct Taken {
    /// Files, by their name in the folder of the book.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
    /// The CAs that the entry then names.
    pub(super) anchors: Vec<AnchorFile>,
    /// The revocation lists that it then names.
    pub(super) crls: Vec<PathBuf>,
}

impl NewCa<'_> {
    /// Reads the files. The new CA counts from one instant on; those that have no end yet count until the other.
    pub(super) fn take(&self, partner: &Partner, from: Timestamp, until: Timestamp) -> Result<Taken, Failure> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| Failure::file(path, &error));
        let unusable =
            |path: &Path, error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
        let named = |what: &str, pem: &[u8]| {
            let digest = hex::encode(&sha256(pem)[..6]);
            PathBuf::from(format!("{}-{what}-{digest}.pem", partner.id))
        };
        let pem = read(self.ca)?;
        Anchors::from_pem(&pem).map_err(|error| unusable(self.ca, &error))?;
        let file = named("ca", &pem);
        if partner.anchors.iter().any(|anchor| anchor.file() == file) {
            return Err(unusable(self.ca, &format_args!("{} has this CA already", partner.id)));
        }
        let mut anchors: Vec<AnchorFile> = partner
            .anchors
            .iter()
            .map(|anchor| {
                let window = anchor.window();
                AnchorFile::Within(AnchorWindow {
                    file: anchor.file().to_path_buf(),
                    from: window.not_before,
                    until: Some(window.not_after.unwrap_or(until)),
                })
            })
            .collect();
        anchors.push(AnchorFile::Within(AnchorWindow { file: file.clone(), from: Some(from), until: None }));
        let mut taken = Taken { files: vec![(file, pem)], anchors, crls: partner.crls.clone() };
        if let Some(path) = self.list {
            let pem = read(path)?;
            Revocations::from_pem(&pem).map_err(|error| unusable(path, &error))?;
            let file = named("crl", &pem);
            taken.crls.push(file.clone());
            taken.files.push((file, pem));
        }
        Ok(taken)
    }
}

impl Taken {
    /// The text of the entry with these CAs and lists in the place of those that it names.
    pub(super) fn write_into(&self, text: &str) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let path = |path: &Path| quoted(&path.display().to_string());
        let anchors = self.anchors.iter().map(|anchor| {
            let window = anchor.window();
            let end = |key: &str, at: Option<Timestamp>| {
                at.map_or_else(String::new, |at| format!(", {key} = {}", quoted(&at.to_string())))
            };
            let (from, until) = (end("from", window.not_before), end("until", window.not_after));
            format!("{{ file = {}{from}{until} }}", path(anchor.file()))
        });
        let text = with_list(text, "anchors", anchors);
        with_list(&text, "crls", self.crls.iter().map(|file| path(file)))
    }

    /// Puts the files into a folder.
    pub(super) fn put(&self, folder: &Path) -> Result<(), Failure> {
        self.files.iter().try_for_each(|(file, pem)| files::replace(&folder.join(file), pem))
    }
}

/// The text with a list of the file itself in the place of the one that there is, or before everything else.
fn with_list(text: &str, key: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("    {item},\n")).collect();
    let written = format!("{key} = [\n{}]\n", items.concat());
    let mut lines = text.split_inclusive('\n');
    let mut before = String::new();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        if bare.starts_with('[') {
            break;
        }
        if !bare.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            before.push_str(line);
            continue;
        }
        // The list goes on until its brackets are closed.
        let mut open = depth(line);
        while open > 0
            && let Some(line) = lines.next()
        {
            open += depth(line);
        }
        return before + &written + &lines.collect::<String>();
    }
    written + text
}

/// Brackets that a line opens and does not close, outside of texts and comments.
fn depth(line: &str) -> i64 {
    let (mut depth, mut quote) = (0, None);
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '#') => break,
            (None, '[') => depth += 1,
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_replaced_and_everything_else_stays() {
        let items = || ["\"a\"".to_owned(), "{ file = \"b\" }".to_owned()].into_iter();
        let written = "anchors = [\n    \"a\",\n    { file = \"b\" },\n]\n";
        for list in ["anchors = ['x.pem']\n", "anchors=[ # ours ]\n  'x]#.pem', # one\n  {file = 'y'},\n]\n"] {
            let text = format!("# one\nid = 'nz'\n{list}# two\ncrls = []\n[agreement]\nanchors = ['not this']\n");
            let wanted = format!("# one\nid = 'nz'\n{written}# two\ncrls = []\n[agreement]\nanchors = ['not this']\n");
            assert_eq!(with_list(&text, "anchors", items()), wanted);
        }
        assert_eq!(with_list("[a]\n", "anchors", items()), format!("{written}[a]\n"));
    }
}
