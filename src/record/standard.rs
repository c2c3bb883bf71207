//! Standards with editions and their counterparts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;

/// A standard with its edition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Designation without the edition (`GB/T 19001`, `ISO 9001`).
    pub designation: String,
    /// Year or edition (`2016`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// The piece of text it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// URI of the standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name of the scheme in CertSearch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme_name: Option<String>,
    /// Corresponding standards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["designation", "edition"]))]
    pub equivalents: Vec<Equivalent>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A standard that corresponds to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// Designation of the corresponding standard, without its edition.
    pub designation: String,
    /// Its year or edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// How far it corresponds.
    pub relation: Equivalence,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Degree of correspondence between standards (ISO/IEC Guide 21-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Equivalence {
    #[serde(rename = "idt")]
    Idt,
    #[serde(rename = "mod")]
    Mod,
    #[serde(rename = "neq")]
    Neq,
}

impl Equivalence {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Idt, Self::Mod, Self::Neq];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Idt => "idt",
            Self::Mod => "mod",
            Self::Neq => "neq",
        }
    }
}
