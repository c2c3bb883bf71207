//! What a sender states: levels, accreditation mark, assessments by clause.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;
use super::value::Identifier;
use super::value::is_default;
use crate::clock::Day;

/// What the sender states about the attestation, as the sender made it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Level of assurance (UNTP assessmentLevel).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance_level: Option<AssessmentLevel>,
    /// Who assessed (UNTP assessorLevel): self, second or third party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessor_level: Option<AssessorLevel>,
    /// Kind of attestation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation_type: Option<AttestationType>,
    /// The accreditation mark on the certificate, as the sender states it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub accreditation: AccreditationClaim,
    /// Level of trust (Catena-X).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "bpc-trust"))]
    pub trust_level: Option<String>,
    /// Who validated the certificate (Catena-X): name, id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-whole" = true))]
    pub validator: Option<serde_json::Value>,
    /// Who uploaded the certificate (Catena-X).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploader: Option<Identifier>,
    /// Score of the profile: code, rank, definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-whole" = true))]
    pub score: Option<serde_json::Value>,
    /// Assessments by clause, as a foreign sender made them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["id"]))]
    pub assessments: Vec<Assessment>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// The accreditation mark on the certificate, as the sender states it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccreditationClaim {
    /// Whether the sender calls the certificate accredited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Accredited>,
    /// Accreditation number on the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Accreditation mark that the certificate bears, as the acronym of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-code" = "accreditation-mark"))]
    pub mark: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// An assessment by clause, as a foreign sender made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Identifier of the assessment.
    pub id: String,
    /// Name of the assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was assessed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Day of the assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Day>,
    /// True where the object conforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformance: Option<bool>,
    /// Criteria that were assessed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["id"]))]
    pub criteria: Vec<Criterion>,
    /// Standards of this assessment, as sent: id, name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub standards: Vec<serde_json::Value>,
    /// Regulations that the assessment refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["uri"]))]
    pub regulations: Vec<Regulation>,
    /// Conditions of the assessment, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub conditions: Vec<String>,
    /// Topics of conformity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-key" = ["id"]))]
    pub topics: Vec<Topic>,
    /// Measured performance, kept whole as the sender made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub performance: Vec<serde_json::Value>,
    /// Products of this assessment, as sent: id, name, model, batch, item, verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub products: Vec<serde_json::Value>,
    /// Facilities of this assessment, as sent: id, name, registered id, verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-whole" = true))]
    pub facilities: Vec<serde_json::Value>,
    /// The organisation that was assessed: id, name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-whole" = true))]
    pub organisation: Option<serde_json::Value>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A criterion of an assessment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Identifier of the criterion.
    pub id: String,
    /// Name of the criterion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A regulation that an assessment refers to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    /// Identifier of the regulation.
    pub uri: String,
    /// Name of the regulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// A topic of an assessment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// URI of the topic.
    pub id: String,
    /// Name of the topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Definition of the topic, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Whether a sender calls the certificate accredited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Accredited {
    #[serde(rename = "accredited")]
    Accredited,
    #[serde(rename = "unaccredited")]
    Unaccredited,
}

impl Accredited {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Accredited, Self::Unaccredited];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Accredited => "accredited",
            Self::Unaccredited => "unaccredited",
        }
    }
}

/// UNTP 0.7.0 `assessmentLevel`. Computed by recognition, never by a code table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AssessmentLevel {
    #[serde(rename = "authority-benchmark")]
    AuthorityBenchmark,
    #[serde(rename = "authority-mandate")]
    AuthorityMandate,
    #[serde(rename = "authority-globalmra")]
    AuthorityGlobalmra,
    #[serde(rename = "authority-peer")]
    AuthorityPeer,
    #[serde(rename = "authority-extended-mra")]
    AuthorityExtendedMra,
    #[serde(rename = "scheme-self")]
    SchemeSelf,
    #[serde(rename = "scheme-cab")]
    SchemeCab,
    #[serde(rename = "no-endorsement")]
    NoEndorsement,
}

impl AssessmentLevel {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::AuthorityBenchmark,
        Self::AuthorityMandate,
        Self::AuthorityGlobalmra,
        Self::AuthorityPeer,
        Self::AuthorityExtendedMra,
        Self::SchemeSelf,
        Self::SchemeCab,
        Self::NoEndorsement,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AuthorityBenchmark => "authority-benchmark",
            Self::AuthorityMandate => "authority-mandate",
            Self::AuthorityGlobalmra => "authority-globalmra",
            Self::AuthorityPeer => "authority-peer",
            Self::AuthorityExtendedMra => "authority-extended-mra",
            Self::SchemeSelf => "scheme-self",
            Self::SchemeCab => "scheme-cab",
            Self::NoEndorsement => "no-endorsement",
        }
    }
}

/// UNTP 0.7.0 `assessorLevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AssessorLevel {
    #[serde(rename = "self")]
    Own,
    #[serde(rename = "commercial")]
    Commercial,
    #[serde(rename = "buyer")]
    Buyer,
    #[serde(rename = "membership")]
    Membership,
    #[serde(rename = "unspecified")]
    Unspecified,
    #[serde(rename = "3rdParty")]
    ThirdParty,
    #[serde(rename = "hybrid")]
    Hybrid,
}

impl AssessorLevel {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Own,
        Self::Commercial,
        Self::Buyer,
        Self::Membership,
        Self::Unspecified,
        Self::ThirdParty,
        Self::Hybrid,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Commercial => "commercial",
            Self::Buyer => "buyer",
            Self::Membership => "membership",
            Self::Unspecified => "unspecified",
            Self::ThirdParty => "3rdParty",
            Self::Hybrid => "hybrid",
        }
    }
}

/// UNTP 0.7.0 `attestationType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AttestationType {
    #[serde(rename = "certification")]
    Certification,
    #[serde(rename = "declaration")]
    Declaration,
    #[serde(rename = "inspection")]
    Inspection,
    #[serde(rename = "testing")]
    Testing,
    #[serde(rename = "verification")]
    Verification,
    #[serde(rename = "validation")]
    Validation,
    #[serde(rename = "calibration")]
    Calibration,
}

impl AttestationType {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[
        Self::Certification,
        Self::Declaration,
        Self::Inspection,
        Self::Testing,
        Self::Verification,
        Self::Validation,
        Self::Calibration,
    ];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certification => "certification",
            Self::Declaration => "declaration",
            Self::Inspection => "inspection",
            Self::Testing => "testing",
            Self::Verification => "verification",
            Self::Validation => "validation",
            Self::Calibration => "calibration",
        }
    }
}
