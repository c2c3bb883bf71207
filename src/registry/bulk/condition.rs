//! Which certificates an event is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::store::Scan;

/// Which certificates an event is about: those of this house that meet every condition which is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Condition {
    /// Number of the certification rule, as the record has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Class of product: the beginning of a category code (`07`, `0703`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Certification body: its identifier, `SCHEME:VALUE`, or the value alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Designation of a standard, without its edition (`GB 17761`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// Edition of that standard (`2018`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
}

/// A condition that would be met by everything, or by nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCondition {
    /// Nothing is set.
    #[error("no condition is set: every certificate would be touched")]
    Everything,
    /// A text is empty.
    #[error("the condition {0} is empty")]
    Empty(&'static str),
    /// An edition of no standard.
    #[error("an edition is that of a standard, and none is set")]
    EditionOfNothing,
}

impl Condition {
    fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("rule", &self.rule),
            ("product", &self.product),
            ("body", &self.body),
            ("standard", &self.standard),
            ("edition", &self.edition),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// Checks that it chooses.
    ///
    /// # Errors
    ///
    /// [`NoCondition`].
    pub fn check(&self) -> Result<(), NoCondition> {
        if let Some((name, _)) = self.set().find(|(_, value)| value.trim().is_empty()) {
            return Err(NoCondition::Empty(name));
        }
        if self.edition.is_some() && self.standard.is_none() {
            return Err(NoCondition::EditionOfNothing);
        }
        if self.set().next().is_none() { Err(NoCondition::Everything) } else { Ok(()) }
    }

    /// Whether a record meets it.
    #[must_use]
    pub fn is_met_by(&self, record: &Record) -> bool {
        let rule = self
            .rule
            .as_ref()
            .is_none_or(|number| record.scheme.rule.as_ref().is_some_and(|rule| rule.number.as_ref() == Some(number)));
        let product = self.product.as_ref().is_none_or(|prefix| {
            let mut codes = record.products.iter().flat_map(|product| &product.category_codes);
            codes.any(|code| code.code.starts_with(prefix.as_str()))
        });
        let standard = self.standard.as_ref().is_none_or(|designation| {
            record.standards.iter().any(|standard| {
                standard.designation == *designation && (self.edition.is_none() || standard.edition == self.edition)
            })
        });
        rule && product && standard && self.scan().means(&record.key.issuer)
    }

    /// What a store can sort out beforehand: the issuer, and texts that must stand in the bytes of every record that meets
    /// it, as serde writes them.
    pub(super) fn scan(&self) -> Scan {
        let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
        let issuer = self.body.as_ref().map(|body| match body.split_once(':') {
            Some((scheme, value)) if !scheme.is_empty() => (Some(scheme.to_owned()), value.to_owned()),
            _ => (None, body.clone()),
        });
        let mut texts = Vec::new();
        texts.extend(self.rule.as_deref().map(quoted));
        texts.extend(self.standard.as_deref().map(quoted));
        texts.extend(self.edition.as_deref().map(quoted));
        texts.extend(self.product.as_deref().map(|prefix| {
            let quoted = quoted(prefix);
            quoted.strip_suffix('"').unwrap_or(&quoted).to_owned()
        }));
        Scan { issuer, texts, ..Scan::default() }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, value)) in self.set().enumerate() {
            write!(f, "{}{name} {value}", if position > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}
