//! The catalogue of schemas, by format id (`untp-dcc@0.7.0`), each compiled on first use.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use jsonschema::Validator;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::installed::Installed;
use super::tree::Tree;
use super::violation::{self, MOST_FINDINGS, more};
use super::xsd::{Unit, Xsd};
use crate::document::{Document, Node, element_place};
use crate::finding::{Finding, Place};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

static BUNDLED: LazyLock<Schemas> = LazyLock::new(|| {
    let mut schemas = BTreeMap::new();
    for folder in FILES.dirs() {
        for file in folder.files() {
            let name = folder.path().to_str().unwrap_or_default();
            let Some(version) = file.path().file_stem().and_then(|stem| stem.to_str()) else { continue };
            // The record's own schema is made from its structs, see below; those of crosswalks and rules judge no document.
            if matches!(name, "record" | "crosswalk" | "rules") {
                continue;
            }
            let id = format!("{name}@{version}");
            let text = file.contents_utf8().unwrap_or_default();
            schemas.insert(id.clone(), Arc::new(Schema::json(id, text.to_owned(), Origin::Bundled)));
        }
    }
    let id = "certbridge-record@1".to_owned();
    let mut record = crate::record::schema();
    without_residue(&mut record);
    let text = record.to_string();
    schemas.insert(id.clone(), Arc::new(Schema::json(id, text, Origin::Bundled)));
    Schemas { schemas }
});

/// The record as it travels between gateways: residue is the house's own, so nobody may send any.
fn without_residue(schema: &mut Value) {
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        fields.retain(|_, field| field.get("x-residue").is_none());
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(without_residue),
        Value::Array(items) => items.iter_mut().for_each(without_residue),
        _ => {}
    }
}

/// Whose text a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Brought by this program.
    Bundled,
    /// Installed by the operator: the format owner's own text, which judges in place of ours.
    Installed,
}

/// What a schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// JSON Schema.
    JsonSchema,
    /// XML Schema 1.0.
    Xsd,
}

impl Language {
    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JsonSchema => "JSON Schema",
            Self::Xsd => "XML Schema",
        }
    }
}

/// One schema.
#[derive(Debug)]
pub struct Schema {
    format: String,
    source: Source,
    digest: String,
    origin: Origin,
    compiled: OnceLock<Result<Judge, String>>,
}

/// What a schema is made of.
#[derive(Debug)]
enum Source {
    Json(String),
    /// The files of an XML Schema, and the element that documents begin with.
    Xsd(Unit, Option<String>),
}

/// A compiled schema.
#[derive(Debug)]
enum Judge {
    Json(Box<Validator<Tree>>),
    Xsd(Box<Xsd>),
}

impl Schema {
    fn json(format: String, text: String, origin: Origin) -> Self {
        let digest = digest(text.as_bytes());
        Self { format, source: Source::Json(text), digest, origin, compiled: OnceLock::new() }
    }

    fn installed(schema: &Installed) -> Self {
        let source = match schema.language {
            Language::JsonSchema => Source::Json(schema.files.values().next().cloned().unwrap_or_default()),
            Language::Xsd => Source::Xsd(schema.unit(), schema.root.clone()),
        };
        Self {
            format: schema.format.clone(),
            source,
            digest: schema.digest(),
            origin: Origin::Installed,
            compiled: OnceLock::new(),
        }
    }

    /// The format that it judges (`untp-dcc@0.7.0`).
    #[must_use]
    pub fn format(&self) -> &str {
        &self.format
    }

    /// What it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        match self.source {
            Source::Json(_) => Language::JsonSchema,
            Source::Xsd(..) => Language::Xsd,
        }
    }

    /// Its text; of several files, that of the first that a reader begins with.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.source {
            Source::Json(text) => text,
            Source::Xsd(unit, _) => {
                unit.entries.first().and_then(|entry| unit.files.get(entry)).map(String::as_str).unwrap_or_default()
            }
        }
    }

    /// Its files by name; none where it has one text without a name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = match &self.source {
            Source::Json(_) => None,
            Source::Xsd(unit, _) => Some(&unit.files),
        };
        files.into_iter().flatten().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The way to the element that documents begin with, where one was named.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        match &self.source {
            Source::Json(_) => None,
            Source::Xsd(_, root) => root.as_deref(),
        }
    }

    /// SHA-256 of its text, in hexadecimal; of several files, see [`Installed::digest`].
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whose text it is.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What is wrong with a document, in the order of the document; empty where it is valid. Places are JSON Pointers. Of an
    /// XML document, what stands below its root element is judged: the tree that is mapped.
    ///
    /// # Errors
    /// The schema itself cannot be used: the operator's fault for an installed one, ours for a bundled one.
    pub fn validate(&self, document: &Node) -> Result<Vec<Finding>, SchemaError> {
        let validator = match self.judge()? {
            Judge::Xsd(schema) => return Ok(schema.content(&document.to_json())),
            Judge::Json(validator) => validator,
        };
        if validator.is_valid(document) {
            return Ok(Vec::new());
        }
        let findings = validator.iter_errors(document).flat_map(|error| violation::findings(&error));
        let mut found: Vec<Finding> = findings.take(MOST_FINDINGS + 1).collect();
        if let Some(last) = found.get_mut(MOST_FINDINGS) {
            *last = more(last.place());
        }
        found.dedup();
        Ok(found)
    }

    /// What is wrong with a document as a whole, its root element included; places are those of the document.
    ///
    /// # Errors
    /// As [`Schema::validate`].
    pub fn validate_document(&self, document: &Document) -> Result<Vec<Finding>, SchemaError> {
        let Judge::Xsd(schema) = self.judge()? else { return self.validate(document.content()) };
        let tree = document.root.to_json();
        let placed = |finding: Finding| match finding.place() {
            Place::Pointer { pointer, .. } => {
                let place = element_place(&document.root, pointer);
                finding.at(place)
            }
            _ => finding,
        };
        Ok(schema.document(&tree).into_iter().map(placed).collect())
    }

    /// Compiles it, if that has not been done, and says whether it can be used.
    ///
    /// # Errors
    /// It cannot.
    pub fn check(&self) -> Result<(), SchemaError> {
        self.judge().map(|_| ())
    }

    /// Refuses an XML Schema that does not say which element documents begin with.
    fn check_root(&self) -> Result<(), SchemaError> {
        match self.judge()? {
            Judge::Xsd(schema) if !schema.has_root() => {
                let reason = format!(
                    "it must be said which element documents begin with; it declares {}",
                    schema.globals().join(", ")
                );
                Err(SchemaError::Unusable { format: self.format.clone(), reason })
            }
            _ => Ok(()),
        }
    }

    fn judge(&self) -> Result<&Judge, SchemaError> {
        self.compiled
            .get_or_init(|| match &self.source {
                Source::Json(text) => compile(text).map(|validator| Judge::Json(Box::new(validator))),
                Source::Xsd(unit, root) => Xsd::compile(unit, root.as_deref())
                    .map(|schema| Judge::Xsd(Box::new(schema)))
                    .map_err(|error| error.to_string()),
            })
            .as_ref()
            .map_err(|reason| SchemaError::Unusable { format: self.format.clone(), reason: reason.clone() })
    }
}

/// A schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// There is no schema of this format.
    #[error("there is no schema for the format {0}")]
    Unknown(String),
    /// The schema is none, refers to something outside itself, or holds what is not judged here.
    #[error("the schema of {format} cannot be used: {reason}")]
    Unusable {
        /// The format.
        format: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text is not the one whose digest was pinned.
    #[error("the schema for {format} has the digest {found}, not {pinned}")]
    Digest {
        /// The format.
        format: String,
        /// The digest that was pinned.
        pinned: String,
        /// The digest of the text.
        found: String,
    },
}

/// All schemas, by format id.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    schemas: BTreeMap<String, Arc<Schema>>,
}

impl Schemas {
    /// The schemas that this program brings.
    #[must_use]
    pub fn bundled() -> &'static Schemas {
        &BUNDLED
    }

    /// The same with a schema that the operator installed for a format: it judges in place of ours.
    ///
    /// # Errors
    /// The text has another digest (SHA-256, hexadecimal) than the one pinned, or is no usable JSON Schema.
    pub fn with_installed(mut self, format: &str, text: String, pinned: Option<&str>) -> Result<Self, SchemaError> {
        self.put(Schema::json(format.to_owned(), text, Origin::Installed), pinned)?;
        Ok(self)
    }

    /// The same with a schema of one or many files.
    ///
    /// # Errors
    /// As [`Schemas::with_installed`].
    pub fn with(mut self, schema: &Installed, pinned: Option<&str>) -> Result<Self, SchemaError> {
        self.put(Schema::installed(schema), pinned)?;
        Ok(self)
    }

    /// A schema alone, to judge documents as a whole by: it need not say which element they begin with.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn of(schema: &Installed) -> Result<Self, SchemaError> {
        let schema = Schema::installed(schema);
        schema.check()?;
        Ok(Self { schemas: BTreeMap::from([(schema.format.clone(), Arc::new(schema))]) })
    }

    /// The same with every schema that was installed in a folder, given as its files by name.
    ///
    /// # Errors
    /// Each manifest whose schema cannot be used, and why: none is taken over then.
    pub fn with_folder(mut self, files: &BTreeMap<String, String>) -> Result<Self, Vec<(String, SchemaError)>> {
        let mut errors = Vec::new();
        for (manifest, read) in Installed::all(files) {
            let put = read.and_then(|(schema, pinned)| self.put(Schema::installed(&schema), Some(&pinned)));
            errors.extend(put.err().map(|error| (manifest, error)));
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    fn put(&mut self, schema: Schema, pinned: Option<&str>) -> Result<(), SchemaError> {
        if let Some(pinned) = pinned.filter(|pinned| !pinned.eq_ignore_ascii_case(&schema.digest)) {
            let (format, found) = (schema.format, schema.digest);
            return Err(SchemaError::Digest { format, pinned: pinned.to_owned(), found });
        }
        schema.check_root()?;
        self.schemas.insert(schema.format.clone(), Arc::new(schema));
        Ok(())
    }

    /// The schema of a format.
    #[must_use]
    pub fn schema(&self, format: &str) -> Option<&Schema> {
        self.schemas.get(format).map(AsRef::as_ref)
    }

    /// Every schema, by format id.
    pub fn iter(&self) -> impl Iterator<Item = &Schema> {
        self.schemas.values().map(AsRef::as_ref)
    }

    /// What is wrong with a document of a format; see [`Schema::validate`].
    ///
    /// # Errors
    /// There is no schema of the format, or it cannot be used.
    pub fn validate(&self, format: &str, document: &Node) -> Result<Vec<Finding>, SchemaError> {
        self.schema(format).ok_or_else(|| SchemaError::Unknown(format.to_owned()))?.validate(document)
    }
}

fn compile(text: &str) -> Result<Validator<Tree>, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    jsonschema::options_for::<Tree>()
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .map_err(|error| format!("{} at {}", error, error.instance_path()))
}

/// SHA-256, in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}

#[cfg(test)]
mod tests;
