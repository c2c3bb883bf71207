//! Reporting and provenance: whence this version comes (结果可溯).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use crate::clock::{Day, Timestamp};

/// When and how the source reported the record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reporting {
    /// Day of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_on: Option<Day>,
    /// The window in which the source extracted the row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: ExtractionWindow,
    /// False: release treats every public field as for partners only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub publishable: Option<bool>,
    /// Time of update, as the sender gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The window in which the source extracted the row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtractionWindow {
    /// First day of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub from: Option<Day>,
    /// Last day of the window, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub until: Option<Day>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Whence a version of the record comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Id of the format.
    #[schemars(extend("x-zone" = "partner"))]
    pub format: String,
    /// Digest of the crosswalk that read it.
    #[schemars(extend("x-zone" = "partner"))]
    pub crosswalk_digest: String,
    /// Digest of the payload.
    #[schemars(extend("x-zone" = "partner"))]
    pub payload_digest: String,
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub partner: Option<String>,
    /// When it came.
    #[schemars(extend("x-zone" = "partner"))]
    pub at: Timestamp,
    /// Who may change the record: this house or a partner.
    #[schemars(extend("x-zone" = "partner"))]
    pub owner: String,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}
