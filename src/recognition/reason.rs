//! Reasons and conditions of an answer: a finding without a place in anybody's source, and what holds only as asserted.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::finding::{Finding, Message, Place, Severity, catalogue};

/// Why an answer is as it is: a stable code `area/word`, its words and its source, as findings have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Finding);

impl Reason {
    /// The reason with this code. Its words stand in the catalogue of findings.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        Self(Finding::new(code, Place::Whole))
    }

    /// The reason that a row of the data names; none where the catalogue has no words for it (the loader saw to that).
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        catalogue().get_key_value(code).map(|(code, _)| Self::new(code.as_str()))
    }

    /// The same with a value that its words name.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl std::fmt::Display) -> Self {
        Self(self.0.with(name, value))
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.0.severity()
    }

    /// Its words.
    #[must_use]
    pub fn text(&self) -> Message {
        self.0.message()
    }

    /// The law or document behind it.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.0.source()
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("severity", &self.severity())?;
        if let Some(source) = self.source() {
            map.serialize_entry("source", source)?;
        }
        map.serialize_entry("text", &self.text())?;
        map.end()
    }
}

/// What a decision rests on without having been proved to us. Written in English where an answer carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The goods were made or assembled in that country, as the asker says.
    MadeIn(String),
    /// The goods came directly, as the asker says.
    DirectTransport,
    /// The body is accredited by that body for this, as the certificate says.
    Accredited(String),
    /// The accreditation body signed for that sub-scope, but since when is not in the data.
    SignatorySince(String, String),
    /// A deviation of the list row is to be met.
    Deviation(String, String),
}

impl Condition {
    /// In English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::MadeIn(country) => format!("made or assembled in {country}: asserted"),
            Self::DirectTransport => "direct transport: asserted".to_owned(),
            Self::Accredited(body) => format!("accredited by {body}: asserted on the certificate"),
            Self::SignatorySince(body, scope) => {
                format!("{body} signatory for {scope} on the issue date: to be verified")
            }
            Self::Deviation(_, en) => format!("deviation to be met: {en}"),
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::MadeIn(country) => format!("在{country}制造或者装配：由询问方声明"),
            Self::DirectTransport => "直接运输：由询问方声明".to_owned(),
            Self::Accredited(body) => format!("由{body}认可：证书上的声明"),
            Self::SignatorySince(body, scope) => format!("{body}在发证之日已就{scope}签署：待核实"),
            Self::Deviation(zh, _) => format!("须满足的标准差异：{zh}"),
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.en())
    }
}
