//! Documents that belong to a certificate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;

/// The certificate as a file, a report, or another piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportingDocument {
    /// What the document is.
    pub kind: DocumentKind,
    /// Name of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// File name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub file_name: Option<String>,
    /// Where it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Digest of its bytes, multibase multihash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub created_at: Option<String>,
    /// Its bytes in base64, in transit only: the store keeps them beside the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-zone" = "partner"))]
    pub content: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DocumentKind {
    #[serde(rename = "certificate")]
    Certificate,
    #[serde(rename = "audit-report")]
    AuditReport,
    #[serde(rename = "test-report")]
    TestReport,
    #[serde(rename = "evidence")]
    Evidence,
    #[serde(rename = "licence")]
    Licence,
}

impl DocumentKind {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Certificate, Self::AuditReport, Self::TestReport, Self::Evidence, Self::Licence];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::AuditReport => "audit-report",
            Self::TestReport => "test-report",
            Self::Evidence => "evidence",
            Self::Licence => "licence",
        }
    }
}
