//! The catalogue of schemas, by format id (`untp-dcc@0.7.0`), each compiled on first use.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use jsonschema::Validator;
use serde_json::Value;

use super::violation;
use crate::finding::Finding;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

static BUNDLED: LazyLock<Schemas> = LazyLock::new(|| {
    let mut schemas = BTreeMap::new();
    for folder in FILES.dirs() {
        for file in folder.files() {
            let name = folder.path().to_str().unwrap_or_default();
            let Some(version) = file.path().file_stem().and_then(|stem| stem.to_str()) else { continue };
            // The record's own schema is made from its structs, see below; that of crosswalks judges no document.
            if matches!(name, "record" | "crosswalk") {
                continue;
            }
            let id = format!("{name}@{version}");
            let text = file.contents_utf8().unwrap_or_default();
            schemas.insert(id.clone(), Arc::new(Schema::new(id, text.to_owned(), Origin::Bundled)));
        }
    }
    let id = "certbridge-record@1".to_owned();
    let mut record = crate::record::schema();
    without_residue(&mut record);
    let text = record.to_string();
    schemas.insert(id.clone(), Arc::new(Schema::new(id, text, Origin::Bundled)));
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

/// One schema.
#[derive(Debug)]
pub struct Schema {
    format: String,
    text: String,
    digest: String,
    origin: Origin,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Schema {
    fn new(format: String, text: String, origin: Origin) -> Self {
        let digest = digest(text.as_bytes());
        Self { format, text, digest, origin, compiled: OnceLock::new() }
    }

    /// The format that it judges (`untp-dcc@0.7.0`).
    #[must_use]
    pub fn format(&self) -> &str {
        &self.format
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whose text it is.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What is wrong with a document, in the order of the document; empty where it is valid. Places are JSON Pointers.
    ///
    /// # Errors
    /// The schema itself cannot be used: the operator's fault for an installed one, ours for a bundled one.
    pub fn validate(&self, document: &Value) -> Result<Vec<Finding>, SchemaError> {
        let validator = self.validator()?;
        if validator.is_valid(document) {
            return Ok(Vec::new());
        }
        let mut found: Vec<Finding> =
            validator.iter_errors(document).flat_map(|error| violation::findings(&error)).collect();
        found.dedup();
        Ok(found)
    }

    fn validator(&self) -> Result<&Validator, SchemaError> {
        self.compiled
            .get_or_init(|| compile(&self.text))
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
    /// The schema is no JSON Schema, or refers to something outside itself.
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
        let schema = Schema::new(format.to_owned(), text, Origin::Installed);
        if let Some(pinned) = pinned.filter(|pinned| !pinned.eq_ignore_ascii_case(&schema.digest)) {
            return Err(SchemaError::Digest {
                format: format.to_owned(),
                pinned: pinned.to_owned(),
                found: schema.digest.clone(),
            });
        }
        schema.validator()?;
        self.schemas.insert(format.to_owned(), Arc::new(schema));
        Ok(self)
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
    pub fn validate(&self, format: &str, document: &Value) -> Result<Vec<Finding>, SchemaError> {
        self.schema(format).ok_or_else(|| SchemaError::Unknown(format.to_owned()))?.validate(document)
    }
}

fn compile(text: &str) -> Result<Validator, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .map_err(|error| format!("{} at {}", error, error.instance_path()))
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}

#[cfg(test)]
mod tests;
