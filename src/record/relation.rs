//! Other certificates that this one stands in relation to, and exemptions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::Identifier;
use crate::clock::Day;

/// The certificate that this one replaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replaces {
    /// Issuer of the replaced certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Identifier>,
    /// Name of that issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_name: Option<String>,
    /// Number of the replaced certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Day of the replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Day>,
    /// Why it was replaced, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "replacement-reason"))]
    pub reason: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The certificate that replaces this one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacedBy {
    /// Issuer of the new certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Identifier>,
    /// Number of the new certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The main certificate of a sub-certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MainCertificate {
    /// Number of the main certificate, of the same issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Grounds of an exemption or an out-of-catalogue confirmation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Ground of the exemption or confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Quantity that it covers: value, unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-whole" = true))]
    pub quantity: Option<serde_json::Value>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}
