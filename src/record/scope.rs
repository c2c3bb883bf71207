//! Scope in words, sector codes and sites.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use super::value::{Identifier, LangMap};

/// Scope of attestation, in words (ISO/IEC 17000, 7.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Scope of certification, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<LangMap>,
    /// QMS scope behind an EC 9000 certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qms_text: Option<LangMap>,
    /// Boundary of the energy management system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_boundary: Option<LangMap>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A sector code with its list and version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    /// List that the code is of.
    pub list: SectorList,
    /// Version of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The code itself.
    pub code: String,
    /// Name of the sector, as a sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A site that the certificate covers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Identifier of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Address of a site.
    #[serde(default, skip_serializing_if = "is_default")]
    pub address: SiteAddress,
    /// Scope at this site, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_text: Option<LangMap>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Address of a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteAddress {
    /// The address, full text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// City, as a sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province, as a sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "country"))]
    pub country: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// List that a sector code is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SectorList {
    #[serde(rename = "gb4754")]
    Gb4754,
    #[serde(rename = "cnca-scope")]
    CncaScope,
    #[serde(rename = "iaf")]
    Iaf,
    #[serde(rename = "nace")]
    Nace,
}

impl SectorList {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Gb4754, Self::CncaScope, Self::Iaf, Self::Nace];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gb4754 => "gb4754",
            Self::CncaScope => "cnca-scope",
            Self::Iaf => "iaf",
            Self::Nace => "nace",
        }
    }
}
