//! The issuing body with its approvals, designations and accreditations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mark::Mark;
use super::residue::Residue;
use super::value::is_default;
use super::value::{Identifier, LangMap};
use crate::clock::Day;

/// The issuing certification body. Its identifier is `key.issuer`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Name of the body, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Further identifiers (LEI, DID, BPN).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["scheme"]))]
    pub other_ids: Vec<Identifier>,
    /// Business scope of the body as published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Approvals by the state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["scheme", "number"]))]
    pub approvals: Vec<Approval>,
    /// Designations under law or an agreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["by", "under", "scope"]))]
    pub designations: Vec<Designation>,
    /// Accreditations of the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["body.acronym", "number", "name"]))]
    pub accreditations: Vec<Accreditation>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Approval of the body by a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Scheme of the approval (cnca-approval for domestic bodies).
    #[schemars(extend("x-code" = "id-scheme"))]
    pub scheme: String,
    /// Number of the approval.
    pub number: String,
    /// State of the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<BodyStatus>,
    /// First day of the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day of the approval, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Designation of the body under a law or an agreement. Accreditation is not designation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Designation {
    /// The designating authority.
    pub by: Identifier,
    /// The law, or the id of the arrangement, under which it designates.
    pub under: String,
    /// Row of the product list, or class, that the designation covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// State of the designation.
    pub status: DesignationStatus,
    /// First day of the designation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day of the designation, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Accreditation of the body (ISO/IEC 17011).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accreditation {
    /// Name of the endorsement, as the certificate or the credential states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The accreditation body.
    #[serde(default, skip_serializing_if = "is_default")]
    pub body: AccreditationBody,
    /// Number that the accreditation body gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Standard that the body is accredited to (ISO/IEC 17021-1, ISO/IEC 17065 …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// Main scopes and sub-scopes, each a code or a URI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub scopes: Vec<String>,
    /// First day of the accreditation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day of the accreditation, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// True: the sender says so; false: read in the accreditation body's own list.
    #[serde(default = "claimed")]
    pub claimed: bool,
    /// Where an accreditation can be looked up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub evidence: AccreditationEvidence,
    /// The accreditation mark, as a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-whole" = true))]
    pub mark: Option<Mark>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The accreditation body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccreditationBody {
    /// Identifier of the accreditation body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Identifier>,
    /// Name of the accreditation body, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LangMap>,
    /// Short name of the accreditation body (CNAS, UKAS …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acronym: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Where an accreditation can be looked up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccreditationEvidence {
    /// Where the accreditation can be looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Text of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// State of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum BodyStatus {
    #[serde(rename = "valid")]
    Valid,
    #[serde(rename = "suspended")]
    Suspended,
    #[serde(rename = "withdrawn")]
    Withdrawn,
    #[serde(rename = "cancelled")]
    Cancelled,
}

impl BodyStatus {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Valid, Self::Suspended, Self::Withdrawn, Self::Cancelled];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
        }
    }
}

/// State of a designation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DesignationStatus {
    #[serde(rename = "designated")]
    Designated,
    #[serde(rename = "suspended")]
    Suspended,
    #[serde(rename = "withdrawn")]
    Withdrawn,
    #[serde(rename = "contested")]
    Contested,
}

impl DesignationStatus {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Designated, Self::Suspended, Self::Withdrawn, Self::Contested];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Designated => "designated",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Contested => "contested",
        }
    }
}

/// A sender's word until somebody has read it in the accreditation body's own list.
const fn claimed() -> bool {
    true
}
