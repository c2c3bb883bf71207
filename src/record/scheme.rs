//! Scheme, item codes and the certification rule (规则可查).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::LangMap;
use super::value::is_default;
use crate::clock::Day;

/// The certification scheme or item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// URI of the scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name of the scheme or item, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Certification item code, 5 or 7 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "item-code"))]
    pub item_code: Option<String>,
    /// Certification item class, exactly 5 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "item-class"))]
    pub item_class: Option<String>,
    /// Class of certification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<CertificationClass>,
    /// Certification domain (A…, PV…, B03…, SC…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "certification-domain"))]
    pub domain: Option<String>,
    /// Type of the scheme (ISO/IEC 17067).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso17067_type: Option<SchemeType>,
    /// A versioned set of criteria.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile: SchemeProfile,
    /// The certification rule applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A versioned set of criteria.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeProfile {
    /// URI of the set of criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name of the set of criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The certification rule applied (规则).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Number of the rule (`CNCA-QMS-01:2025`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Name of the rule, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Edition of the rule; read from the number where a source does not state it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Who published the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Day of publication or of the last update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<Day>,
    /// First day in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day in force, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Documents that it applies, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria_text: Option<String>,
    /// Record of its filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Class of certification: A management, B product, C service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum CertificationClass {
    #[serde(rename = "A")]
    A,
    #[serde(rename = "B")]
    B,
    #[serde(rename = "C")]
    C,
}

impl CertificationClass {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::A, Self::B, Self::C];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

/// Type of product certification scheme (ISO/IEC 17067, table 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SchemeType {
    #[serde(rename = "1a")]
    Type1A,
    #[serde(rename = "1b")]
    Type1B,
    #[serde(rename = "2")]
    Type2,
    #[serde(rename = "3")]
    Type3,
    #[serde(rename = "4")]
    Type4,
    #[serde(rename = "5")]
    Type5,
    #[serde(rename = "6")]
    Type6,
    #[serde(rename = "N")]
    TypeN,
}

impl SchemeType {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] =
        &[Self::Type1A, Self::Type1B, Self::Type2, Self::Type3, Self::Type4, Self::Type5, Self::Type6, Self::TypeN];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Type1A => "1a",
            Self::Type1B => "1b",
            Self::Type2 => "2",
            Self::Type3 => "3",
            Self::Type4 => "4",
            Self::Type5 => "5",
            Self::Type6 => "6",
            Self::TypeN => "N",
        }
    }
}
