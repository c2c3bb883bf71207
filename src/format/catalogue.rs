//! The catalogue of formats: what each is called, which way it goes, in which syntaxes, by which crosswalk.
//!
//! A format is a crosswalk under `mappings/<name>/<version>.yaml` and, where there is one, a schema of the same name. No
//! format is known here by name.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};

use super::suggestion::nearest;
use crate::codes::Codes;
use crate::document::Syntax;
use crate::mapping::{Crosswalk, Library, LoadError};
use crate::schema::{SchemaError, Schemas};

static MAPPINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

static BUNDLED: LazyLock<Catalogue> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the files are compiled in, and a test loads every one of them")]
    Catalogue::load(&bundled_files(&MAPPINGS), Schemas::bundled().clone()).expect("the bundled crosswalks")
});

/// One format that documents come or go in.
#[derive(Clone, Debug)]
pub struct Format {
    crosswalk: Crosswalk,
    schema: Option<String>,
}

/// Why a format cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The caller named a format that there is not.
    #[error("there is no format {given}{}", suggestion.as_ref().map(|id| format!("; did you mean {id}?")).unwrap_or_default())]
    Unknown {
        /// What the caller wrote.
        given: String,
        /// The format that was probably meant.
        suggestion: Option<String>,
    },
    /// The caller wants to read a format that only goes out, or to write one that only comes in.
    #[error("the format {format} is only {}", if *.incoming { "written, never read" } else { "read, never written" })]
    Direction {
        /// The format.
        format: String,
        /// True where it was to be read.
        incoming: bool,
    },
    /// The caller wants certificates of a format that carries filings of rules.
    #[error("the format {format} carries filings of rules, no certificates")]
    Filings {
        /// The format.
        format: String,
    },
    /// The caller wants filings of rules of a format that carries certificates.
    #[error("the format {format} carries certificates, no filings of rules")]
    Certificates {
        /// The format.
        format: String,
    },
    /// A schema cannot be used: the operator's, if one was installed.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl Format {
    /// Name and version (`untp-dcc@0.7.0`).
    #[must_use]
    pub fn id(&self) -> &str {
        self.crosswalk.format()
    }

    /// Its crosswalk.
    #[must_use]
    pub fn crosswalk(&self) -> &Crosswalk {
        &self.crosswalk
    }

    /// Name of its schema, where it has one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// True where documents of it may be read.
    #[must_use]
    pub fn comes_in(&self) -> bool {
        self.crosswalk.reads()
    }

    /// True where documents of it may be written.
    #[must_use]
    pub fn goes_out(&self) -> bool {
        self.crosswalk.writes()
    }

    /// The syntaxes that it is read in; the first is the one that it is written in unless another is asked for.
    #[must_use]
    pub fn syntaxes(&self) -> &'static [Syntax] {
        match (self.crosswalk.syntax(), self.crosswalk.is_flat()) {
            (Syntax::Workbook, _) => &[Syntax::Workbook, Syntax::Csv, Syntax::JsonLines, Syntax::Json],
            (Syntax::Json, true) => &[Syntax::Json, Syntax::JsonLines, Syntax::Csv],
            (Syntax::Csv, _) => &[Syntax::Csv, Syntax::JsonLines],
            (Syntax::JsonLines, _) => &[Syntax::JsonLines, Syntax::Json],
            (Syntax::Xml, _) => &[Syntax::Xml],
            (Syntax::Json, _) => &[Syntax::Json, Syntax::JsonLines],
        }
    }

    /// The names of these syntaxes, for people.
    #[must_use]
    pub fn syntax_names(&self) -> Vec<&'static str> {
        self.syntaxes().iter().map(|syntax| super::read::name_of(*syntax)).collect()
    }

    /// True where it is read in a syntax.
    #[must_use]
    pub fn takes(&self, syntax: Syntax) -> bool {
        self.syntaxes().contains(&syntax)
    }

    /// True where its documents carry filings of rules and not certificates: it has a place for a rule and none for the
    /// key of a certificate.
    #[must_use]
    pub fn carries_filings(&self) -> bool {
        self.crosswalk.has_place_for("scheme.rule") && !self.crosswalk.has_place_for("key")
    }

    /// True where one document carries many records.
    #[must_use]
    pub fn carries_many(&self) -> bool {
        self.crosswalk.carries_many()
    }
}

/// All formats, by id. A clone shares them.
#[derive(Clone, Debug)]
pub struct Catalogue {
    formats: Arc<BTreeMap<String, Format>>,
    schemas: Schemas,
}

impl Catalogue {
    /// The formats that this program brings, with the schemas that it brings.
    #[must_use]
    pub fn bundled() -> &'static Catalogue {
        &BUNDLED
    }

    /// Loads crosswalks (file name and text) and puts schemas beside them. Files that others include come along.
    ///
    /// # Errors
    /// Everything that must be mended in the crosswalks, each with file and line.
    pub fn load(files: &BTreeMap<String, String>, schemas: Schemas) -> Result<Self, Vec<LoadError>> {
        let record = crate::record::schema();
        let includes = |name: &str| files.get(name).cloned();
        let library = Library { codes: Codes::bundled(), includes: &includes, record: &record };
        let (mut formats, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, text) in files {
            // A crosswalk states its format; what does not is there to be included.
            if !text.lines().any(|line| line.starts_with("format:")) {
                continue;
            }
            match Crosswalk::parse(text, name, &library) {
                Ok(crosswalk) => {
                    // A schema of the format's own name judges it, unless the crosswalk names another.
                    let own = crosswalk.schema().unwrap_or(crosswalk.format());
                    let schema = schemas.schema(own);
                    if let (Some(named), None) = (crosswalk.schema(), schema) {
                        let line = text.lines().position(|line| line.starts_with("schema:")).map_or(1, |at| at + 1);
                        let message = format!(
                            "there is no schema `{named}`; put it beside the crosswalk under the crosswalk's own name \
                             (acme/1.json for acme/1.yaml) and leave `schema:` out"
                        );
                        errors.push(LoadError { file: name.clone(), line, message });
                    }
                    let rules = schema.and_then(|schema| serde_json::from_str(schema.text()).ok());
                    errors.extend(crosswalk.missing(name, rules.as_ref(), &record));
                    let schema = schema.map(|schema| schema.format().to_owned());
                    formats.insert(crosswalk.format().to_owned(), Format { crosswalk, schema });
                }
                Err(more) => errors.extend(more),
            }
        }
        if errors.is_empty() { Ok(Self { formats: Arc::new(formats), schemas }) } else { Err(errors) }
    }

    /// The crosswalks that this program brings, by file name: what a user's own folder is laid over.
    #[must_use]
    pub fn bundled_files() -> BTreeMap<String, String> {
        bundled_files(&MAPPINGS)
    }

    /// The same with other schemas: an operator's installed ones.
    ///
    /// # Errors
    /// As [`Catalogue::load`].
    pub fn bundled_with(schemas: Schemas) -> Result<Self, Vec<LoadError>> {
        Self::load(&bundled_files(&MAPPINGS), schemas)
    }

    /// Every format, by id.
    pub fn formats(&self) -> impl Iterator<Item = &Format> {
        self.formats.values()
    }

    /// The schemas that judge documents.
    #[must_use]
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// A format by its id.
    ///
    /// # Errors
    /// There is none of this id; the error names the one that was probably meant.
    pub fn format(&self, id: &str) -> Result<&Format, FormatError> {
        self.formats.get(id).ok_or_else(|| FormatError::Unknown {
            given: id.to_owned(),
            suggestion: nearest(id, self.formats.keys().map(String::as_str)).map(str::to_owned),
        })
    }

    /// A format that is to be read.
    pub(super) fn incoming(&self, id: &str) -> Result<&Format, FormatError> {
        let format = self.format(id)?;
        if format.comes_in() {
            return Ok(format);
        }
        Err(FormatError::Direction { format: id.to_owned(), incoming: true })
    }

    /// A format that is to be written.
    pub(super) fn outgoing(&self, id: &str) -> Result<&Format, FormatError> {
        let format = self.format(id)?;
        if format.goes_out() {
            return Ok(format);
        }
        Err(FormatError::Direction { format: id.to_owned(), incoming: false })
    }
}

fn bundled_files(folder: &Dir<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for folder in folder.dirs() {
        files.extend(bundled_files(folder));
    }
    for file in folder.files() {
        if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.insert(format!("mappings/{name}"), text.to_owned());
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_crosswalk_loads() {
        if let Err(errors) = Catalogue::bundled_with(Schemas::bundled().clone()) {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }

    #[test]
    fn every_format_that_names_a_schema_has_it() {
        let catalogue = Catalogue::bundled();
        for format in catalogue.formats() {
            if let Some(schema) = format.schema() {
                assert!(catalogue.schemas().schema(schema).is_some(), "{} names {schema}", format.id());
            }
        }
    }
}
