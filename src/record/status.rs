//! Status entries: acts and claims, each with the part of the scope and its times. Judging them is `status_on` beside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use super::value::{Identifier, LangMap};
use crate::clock::{Day, Timestamp};

/// The status of a certificate: the history of acts, never one word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Entries in the order of `from`, then `reported_on`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["status", "claimed", "affected_scope", "from"]))]
    pub history: Vec<StatusEntry>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// One act of the issuer or an authority, or one claim of a sender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusEntry {
    /// Id of the entry, set by the registry; empty until then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// An act of the issuer or an authority. An entry has this or `claimed`, never both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusValue>,
    /// A statement of the sender that is no act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<StatusClaim>,
    /// The part that the act concerns; absent: the whole certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affected_scope: Option<AffectedScope>,
    /// First day of its effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Announced last day of a suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Why an act was taken.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: Reason,
    /// Day of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<Day>,
    /// Day on which the body reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_on: Option<Day>,
    /// Seen by this house; absent only until the registry has taken the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// Body or authority that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Identifier>,
    /// Id of the entry that this one corrects: the only way past a withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The part of the scope that an act concerns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectedScope {
    /// What the parts are told by.
    pub kind: ScopePart,
    /// The parts, as written in their own list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub values: Vec<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Why an act was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Class of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ReasonClass>,
    /// Code of the reason, as the source gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner", "x-code" = "reason"))]
    pub code: Option<String>,
    /// The reason in words, by language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<LangMap>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// An act on a certificate. Expiry is none; restoring is `valid` after `suspended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StatusValue {
    #[serde(rename = "valid")]
    Valid,
    #[serde(rename = "suspended")]
    Suspended,
    #[serde(rename = "withdrawn")]
    Withdrawn,
    #[serde(rename = "cancelled")]
    Cancelled,
    #[serde(rename = "superseded")]
    Superseded,
    #[serde(rename = "invalid-reason-not-stated")]
    InvalidReasonNotStated,
}

impl StatusValue {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Valid,
        Self::Suspended,
        Self::Withdrawn,
        Self::Cancelled,
        Self::Superseded,
        Self::InvalidReasonNotStated,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::InvalidReasonNotStated => "invalid-reason-not-stated",
        }
    }
}

/// A sender's statement about status that is no act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StatusClaim {
    #[serde(rename = "expired")]
    Expired,
}

impl StatusClaim {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Expired];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
        }
    }
}

/// What a part of the scope is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ScopePart {
    #[serde(rename = "model")]
    Model,
    #[serde(rename = "factory")]
    Factory,
    #[serde(rename = "site")]
    Site,
    #[serde(rename = "standard")]
    Standard,
    #[serde(rename = "product")]
    Product,
}

impl ScopePart {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Model, Self::Factory, Self::Site, Self::Standard, Self::Product];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Factory => "factory",
            Self::Site => "site",
            Self::Standard => "standard",
            Self::Product => "product",
        }
    }
}

/// Class of the reason for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ReasonClass {
    #[serde(rename = "sanction")]
    Sanction,
    #[serde(rename = "holder-request")]
    HolderRequest,
    #[serde(rename = "not-renewed")]
    NotRenewed,
    #[serde(rename = "rule-change")]
    RuleChange,
    #[serde(rename = "production-stopped")]
    ProductionStopped,
    #[serde(rename = "body-ceased")]
    BodyCeased,
}

impl ReasonClass {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Sanction,
        Self::HolderRequest,
        Self::NotRenewed,
        Self::RuleChange,
        Self::ProductionStopped,
        Self::BodyCeased,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sanction => "sanction",
            Self::HolderRequest => "holder-request",
            Self::NotRenewed => "not-renewed",
            Self::RuleChange => "rule-change",
            Self::ProductionStopped => "production-stopped",
            Self::BodyCeased => "body-ceased",
        }
    }
}
