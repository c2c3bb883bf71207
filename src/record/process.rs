//! Process events with the people responsible (过程可追).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::is_default;
use super::value::{Decimal, Identifier};
use crate::clock::Day;

/// One event of the certification process (过程).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessEvent {
    /// What happened: `audit` is the activity as a whole, `audit-stage` one stage of it.
    #[schemars(extend("x-zone" = "partner"))]
    pub r#type: ProcessType,
    /// Stage of the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub stage: Option<AuditStage>,
    /// Activity that the audit belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub activity: Option<AuditActivity>,
    /// First day, or the day itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub from: Option<Day>,
    /// Last day, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub until: Option<Day>,
    /// Effort in man-days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub man_days: Option<Decimal>,
    /// How many management systems the audit covered together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub combined: Option<CombinedAudit>,
    /// Office of the body that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub location: Option<String>,
    /// A testing laboratory.
    #[serde(default, skip_serializing_if = "is_default")]
    pub laboratory: Laboratory,
    /// Number of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub report_number: Option<String>,
    /// Outcome of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub result: Option<ProcessResult>,
    /// Persons responsible; for a decision those who took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-key" = ["registration", "name"]))]
    pub team: Vec<Person>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A testing laboratory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Laboratory {
    /// Identifier of the laboratory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub id: Option<Identifier>,
    /// Name of the laboratory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A person responsible for an event. Personal information.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Name of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true))]
    pub name: Option<String>,
    /// CCAA registration number, opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true))]
    pub registration: Option<String>,
    /// Type of the qualification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true, "x-code" = "qualification"))]
    pub qualification: Option<String>,
    /// Role in the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true))]
    pub role: Option<TeamRole>,
    /// True where technically competent for the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true))]
    pub competent: Option<bool>,
    /// True where employed full-time by the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true))]
    pub full_time: Option<bool>,
    /// Whether witness or witnessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-personal" = true, "x-code" = "witness"))]
    pub witness: Option<String>,
    /// An identity document. Never leaves the house.
    #[serde(default, skip_serializing_if = "is_default")]
    pub id_document: IdDocument,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// An identity document. Never leaves the house.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdDocument {
    /// Type of the identity document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic", "x-code" = "id-document"))]
    pub r#type: Option<String>,
    /// Number of the identity document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "domestic"))]
    pub number: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Counts of activities in the cycle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Recertifications so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recertifications: Option<u32>,
    /// Surveillances in the current cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveillances: Option<u32>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Type of a process event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProcessType {
    #[serde(rename = "audit")]
    Audit,
    #[serde(rename = "audit-stage")]
    AuditStage,
    #[serde(rename = "type-test")]
    TypeTest,
    #[serde(rename = "factory-inspection")]
    FactoryInspection,
    #[serde(rename = "sampling")]
    Sampling,
    #[serde(rename = "review")]
    Review,
    #[serde(rename = "decision")]
    Decision,
    #[serde(rename = "surveillance")]
    Surveillance,
}

impl ProcessType {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Audit,
        Self::AuditStage,
        Self::TypeTest,
        Self::FactoryInspection,
        Self::Sampling,
        Self::Review,
        Self::Decision,
        Self::Surveillance,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::AuditStage => "audit-stage",
            Self::TypeTest => "type-test",
            Self::FactoryInspection => "factory-inspection",
            Self::Sampling => "sampling",
            Self::Review => "review",
            Self::Decision => "decision",
            Self::Surveillance => "surveillance",
        }
    }
}

/// Stage of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AuditStage {
    #[serde(rename = "initial-1")]
    Initial1,
    #[serde(rename = "initial-2")]
    Initial2,
    #[serde(rename = "recertification")]
    Recertification,
    #[serde(rename = "surveillance")]
    Surveillance,
    #[serde(rename = "special")]
    Special,
}

impl AuditStage {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] =
        &[Self::Initial1, Self::Initial2, Self::Recertification, Self::Surveillance, Self::Special];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initial1 => "initial-1",
            Self::Initial2 => "initial-2",
            Self::Recertification => "recertification",
            Self::Surveillance => "surveillance",
            Self::Special => "special",
        }
    }
}

/// Activity that an audit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AuditActivity {
    #[serde(rename = "initial")]
    Initial,
    #[serde(rename = "recertification")]
    Recertification,
    #[serde(rename = "surveillance")]
    Surveillance,
    #[serde(rename = "special")]
    Special,
    #[serde(rename = "change")]
    Change,
}

impl AuditActivity {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Initial, Self::Recertification, Self::Surveillance, Self::Special, Self::Change];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Recertification => "recertification",
            Self::Surveillance => "surveillance",
            Self::Special => "special",
            Self::Change => "change",
        }
    }
}

/// How many management systems a combined audit covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum CombinedAudit {
    #[serde(rename = "one")]
    One,
    #[serde(rename = "two")]
    Two,
    #[serde(rename = "three")]
    Three,
    #[serde(rename = "more")]
    More,
}

impl CombinedAudit {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::One, Self::Two, Self::Three, Self::More];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Two => "two",
            Self::Three => "three",
            Self::More => "more",
        }
    }
}

/// Result of a process event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ProcessResult {
    #[serde(rename = "passed")]
    Passed,
    #[serde(rename = "passed-with-corrections")]
    PassedWithCorrections,
    #[serde(rename = "failed")]
    Failed,
}

impl ProcessResult {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Passed, Self::PassedWithCorrections, Self::Failed];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::PassedWithCorrections => "passed-with-corrections",
            Self::Failed => "failed",
        }
    }
}

/// Role of a person in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TeamRole {
    #[serde(rename = "leader")]
    Leader,
    #[serde(rename = "member")]
    Member,
    #[serde(rename = "expert")]
    Expert,
    #[serde(rename = "decision-maker")]
    DecisionMaker,
}

impl TeamRole {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Leader, Self::Member, Self::Expert, Self::DecisionMaker];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Member => "member",
            Self::Expert => "expert",
            Self::DecisionMaker => "decision-maker",
        }
    }
}
