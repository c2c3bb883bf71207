//! The natural key. A certificate number alone is not unique: it is always read with its issuer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::Identifier;

/// Natural key of a certificate: issuing body and number, or, for a foreign credential, issuing body and URI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Which alternative holds: number or uri.
    pub form: KeyForm,
    /// Identifier of the issuing body, the first half of the key.
    pub issuer: Identifier,
    /// Certificate number, normalised (width, case, blanks, invisible characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// URI of a foreign credential's subject, opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Which alternative of the key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum KeyForm {
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "uri")]
    Uri,
}

impl KeyForm {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Number, Self::Uri];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Uri => "uri",
        }
    }
}
