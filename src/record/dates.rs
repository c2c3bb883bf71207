//! Civil days of the certificate and of its last change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use crate::clock::Day;

/// Civil days in the zone of the issuer, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// Day on which the holder was first certified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_issued: Option<Day>,
    /// Day of issue.
    pub issued: Day,
    /// Last day of validity, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Day>,
    /// Offset of the zone in which the days are civil days (`+08:00`).
    pub zone: String,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The last change of the data of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataChange {
    /// Day of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Day>,
    /// Kind of change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "change-type"))]
    pub r#type: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}
