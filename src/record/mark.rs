//! Marks on the certificate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::residue::Residue;

/// A mark on the certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What the mark stands for.
    pub kind: MarkKind,
    /// Name of the mark.
    pub name: String,
    /// What the mark tells, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Picture, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Media type of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Source leaves that no rule consumed, and spellings, by format id. Never leaves the house.
    #[serde(default, skip_serializing_if = "Residue::is_empty")]
    #[schemars(extend("x-zone" = "domestic", "x-residue" = true))]
    pub residue: Residue,
}

/// Kind of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum MarkKind {
    #[serde(rename = "certification")]
    Certification,
    #[serde(rename = "accreditation")]
    Accreditation,
    #[serde(rename = "mutual-recognition")]
    MutualRecognition,
}

impl MarkKind {
    /// Every value of the list, in its order.
    pub const ALL: &[Self] = &[Self::Certification, Self::Accreditation, Self::MutualRecognition];

    /// The code as it stands in the record.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certification => "certification",
            Self::Accreditation => "accreditation",
            Self::MutualRecognition => "mutual-recognition",
        }
    }
}
