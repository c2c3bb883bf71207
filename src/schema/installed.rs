//! Schemas that an operator installs: the owner's own files in a folder of their own, with a manifest that pins them.
//!
//! `schemas/<name>/<version>/schema.toml` is the manifest, `files/` beside it holds the schema. Files and folders are read
//! and written by others (`gateway`, `command`); here they are texts by name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Language, SchemaError, digest};
use super::xsd::{Unit, reachable};

/// The folder of installed schemas within that of a user's own formats.
pub const FOLDER: &str = "schemas";
/// The name of a manifest.
pub const MANIFEST: &str = "schema.toml";
/// The folder of the files beside a manifest.
const FILES: &str = "files";

/// A schema as it is installed.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The format that it judges.
    pub format: String,
    /// What it is written in.
    pub language: Language,
    /// Its files by name, `/` between folders.
    pub files: BTreeMap<String, String>,
    /// The files that a reader begins with.
    pub entries: Vec<String>,
    /// The element that documents begin with, of an XML Schema that declares more than one.
    pub root: Option<String>,
}

/// A schema with the digest that its manifest demands.
pub(super) type Pinned = (Installed, String);

/// What stands in a manifest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    language: Language,
    digest: String,
    entries: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
}

impl Installed {
    /// SHA-256 of the file, in hexadecimal; of several files, that of the list that `sha256sum` prints of them in the order
    /// of their names.
    #[must_use]
    pub fn digest(&self) -> String {
        if let (1, Some(text)) = (self.files.len(), self.files.values().next()) {
            return digest(text.as_bytes());
        }
        let line = |(name, text): (&String, &String)| format!("{}  {name}\n", digest(text.as_bytes()));
        let lines = self.files.iter().map(line).collect::<Vec<_>>().concat();
        digest(lines.as_bytes())
    }

    /// Leaves out what cannot be reached from the entries.
    #[must_use]
    pub fn pruned(mut self) -> Self {
        if self.language == Language::Xsd {
            let kept = reachable(&self.unit());
            self.files.retain(|name, _| kept.contains(name));
        }
        self
    }

    /// The folder that it is installed in, within that of the formats; nothing where the format is none by its name.
    #[must_use]
    pub fn folder(format: &str) -> Option<String> {
        let (name, version) = format.split_once('@')?;
        let plain = |part: &str| {
            let right = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(right)
        };
        (plain(name) && plain(version)).then(|| format!("{FOLDER}/{name}/{version}"))
    }

    /// All that is to be written into its folder, by name within it.
    ///
    /// # Errors
    /// The manifest cannot be written as TOML.
    pub fn to_files(&self) -> Result<BTreeMap<String, String>, SchemaError> {
        let manifest = Manifest {
            format: self.format.clone(),
            language: self.language,
            digest: self.digest(),
            entries: self.entries.clone(),
            root: self.root.clone(),
        };
        let text = toml::to_string_pretty(&manifest)
            .map_err(|error| SchemaError::Unusable { format: self.format.clone(), reason: error.to_string() })?;
        let named = self.files.iter().map(|(name, text)| (format!("{FILES}/{name}"), text.clone()));
        Ok(named.chain([(MANIFEST.to_owned(), text)]).collect())
    }

    pub(super) fn unit(&self) -> Unit {
        Unit { files: self.files.clone(), entries: self.entries.clone() }
    }

    /// The installed schemas among the files of a folder, each with the digest that its manifest pins, or why it cannot be
    /// used.
    pub(super) fn all(files: &BTreeMap<String, String>) -> Vec<(String, Result<Pinned, SchemaError>)> {
        let manifests = files.iter().filter_map(|(name, text)| {
            let folder = name.strip_suffix(MANIFEST)?.strip_suffix('/')?;
            folder.starts_with(&format!("{FOLDER}/")).then_some((name, folder, text))
        });
        manifests.map(|(name, folder, text)| (name.clone(), Self::read(folder, text, files))).collect()
    }

    fn read(folder: &str, manifest: &str, files: &BTreeMap<String, String>) -> Result<Pinned, SchemaError> {
        let unusable = |format: &str, reason: String| SchemaError::Unusable { format: format.to_owned(), reason };
        let manifest: Manifest =
            toml::from_str(manifest).map_err(|error| unusable(folder, error.to_string().trim().to_owned()))?;
        if Self::folder(&manifest.format).as_deref() != Some(folder) {
            return Err(unusable(&manifest.format, format!("it stands in {folder}, which is not its folder")));
        }
        let within = format!("{folder}/{FILES}/");
        let files = files
            .iter()
            .filter_map(|(name, text)| Some((name.strip_prefix(&within)?.to_owned(), text.clone())))
            .collect();
        let Manifest { format, language, digest, entries, root } = manifest;
        Ok((Self { format, language, files, entries, root }, digest))
    }
}
