//! Findings: what a check has to say about a document, a record or a message.
//!
//! A finding has a stable code (`area/word`), a severity, the place in the sender's own source, and words in Chinese
//! and English. The words stand in the catalogue, one file an area under `texts/`, with `{name}` where a value of the
//! finding goes; those of rules on the record stand with the rules, under `schemas/rules/`. Not here: the checks
//! themselves, each in the room that knows what it checks.

mod catalogue;
mod place;
mod rule_data;

pub use catalogue::{Entry, catalogue};
pub use place::{Place, column_letters};

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing was changed.
    Note,
    /// The value was cleaned; the sender's spelling is kept beside it.
    Normalised,
    /// Accepted, but doubtful.
    Warning,
    /// What the finding stands at is refused.
    Error,
}

impl Severity {
    /// The severity as one word, in English.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Normalised => "normalised",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The words of a finding in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One thing that a check has to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    code: &'static str,
    severity: Severity,
    place: Place,
    values: BTreeMap<&'static str, String>,
}

impl Finding {
    /// A finding with the severity that the catalogue gives its code.
    #[must_use]
    pub fn new(code: &'static str, place: Place) -> Self {
        let severity = catalogue().get(code).map_or(Severity::Error, |entry| entry.severity);
        Self { code, severity, place, values: BTreeMap::new() }
    }

    /// The same with another severity: for a rule whose date has not come, or a check that a caller weighs otherwise.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same with a value that its words name.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.insert(name, shorten(value.to_string()));
        self
    }

    /// The same at another place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Stable code, `area/word`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Where in the sender's source it stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// A value that its words name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// True where what it stands at is refused.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Its words.
    #[must_use]
    pub fn message(&self) -> Message {
        match catalogue().get(self.code) {
            Some(entry) => Message { zh: self.fill(&entry.zh), en: self.fill(&entry.en) },
            None => Message { zh: self.code.to_owned(), en: self.code.to_owned() },
        }
    }

    /// The standard or document that the rule behind it is taken from.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        catalogue().get(self.code).and_then(|entry| entry.source.as_deref())
    }

    fn fill(&self, template: &str) -> String {
        let mut filled = template.to_owned();
        for (name, value) in &self.values {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }
}

/// Values shown in a message are cut: a message is read by people, and a hostile value may be long.
fn shorten(value: String) -> String {
    const LONGEST: usize = 120;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}", self.severity, self.code, self.place, self.message().en)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("severity", &self.severity)?;
        map.serialize_entry("place", &self.place)?;
        map.serialize_entry("message", &self.message())?;
        if !self.values.is_empty() {
            map.serialize_entry("values", &self.values)?;
        }
        if let Some(source) = self.source() {
            map.serialize_entry("source", source)?;
        }
        map.end()
    }
}

/// True where any finding is an error.
#[must_use]
pub fn any_error<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> bool {
    findings.into_iter().any(Finding::is_error)
}
