//! Small values that every part of the record is made of: identifiers, texts by language, decimals.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// True where a part says nothing, so that it is not written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A value with the scheme that it is of: `{"scheme": "uscc", "value": "91350100M000100Y43"}`.
///
/// Schemes in use: `cnca-approval`, `cnca-body-code`, `nb`, `accreditation`, `register`, `lei`, `did`, `uscc`,
/// `cn-org`, `gln`, `bpn`, `uri`, `unstated`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Scheme of the value.
    pub scheme: String,
    /// The value, normalised as its scheme demands.
    pub value: String,
}

impl Identifier {
    /// An identifier of a scheme.
    pub fn new(scheme: impl Into<String>, value: impl Into<String>) -> Self {
        Self { scheme: scheme.into(), value: value.into() }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.value)
    }
}

impl std::str::FromStr for Identifier {
    type Err = MalformedIdentifier;

    /// Reads `SCHEME:VALUE`, as the command line and the headers of a message write it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((scheme, value)) if !scheme.is_empty() && !value.is_empty() => Ok(Self::new(scheme, value)),
            _ => Err(MalformedIdentifier(text.to_owned())),
        }
    }
}

/// The caller wrote an identifier that is not `SCHEME:VALUE`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not SCHEME:VALUE, for example cnca-approval:CNCA-R-2099-001")]
pub struct MalformedIdentifier(pub String);

/// Text by language (BCP 47 tag to text).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LangMap(pub BTreeMap<String, String>);

impl LangMap {
    /// The text in one language.
    #[must_use]
    pub fn text(&self, language: &str) -> Option<&str> {
        self.0.get(language).map(String::as_str)
    }

    /// The text in the first of the languages that there is one in, else any.
    #[must_use]
    pub fn best(&self, languages: &[&str]) -> Option<&str> {
        languages.iter().find_map(|language| self.text(language)).or_else(|| self.0.values().next().map(String::as_str))
    }

    /// A text in one language.
    pub fn of(language: &str, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language.to_owned(), text.into())]))
    }
}

/// A decimal number as canonical text: no exponent, no plus sign, no leading or trailing zeros (`-12.5`, `0`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$"))]
pub struct Decimal(String);

impl Decimal {
    /// Reads a plain decimal (`1,000` and `1e3` are none) and brings it to canonical form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !plain(whole) || !plain(fraction) {
            return None;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            rest => rest,
        };
        let fraction = fraction.trim_end_matches('0');
        let mut canonical = String::with_capacity(text.len() + 1);
        if negative && (whole != "0" || !fraction.is_empty()) {
            canonical.push('-');
        }
        canonical.push_str(whole);
        if !fraction.is_empty() {
            canonical.push('.');
            canonical.push_str(fraction);
        }
        Some(Self(canonical))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Decimal {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a plain decimal number"))
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_spelling() {
        for (text, canonical) in
            [("1.50", "1.5"), ("007", "7"), ("-0.0", "0"), ("+3", "3"), (".5", "0.5"), ("100", "100")]
        {
            assert_eq!(Decimal::parse(text).expect(text).as_str(), canonical);
        }
        for text in ["", "-", ".", "1e3", "1,000", "约40", "１"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
