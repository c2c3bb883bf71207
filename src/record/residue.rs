//! The complement of a mapping: what a source wrote and the record itself cannot hold.
//!
//! It hangs on the record node that a wire node was aligned with, one part a format id, and lives and dies with that
//! node. It is `domestic`: nothing of it leaves the house. What its parts mean is told in `docs/crosswalks.md`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Residue of all formats on one node of the record, by format id (`cnca-report@2016`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Residue(pub BTreeMap<String, FormatResidue>);

impl Residue {
    /// True where no format left anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What one format left on one node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatResidue {
    /// How leaves were spelt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// Leaves that no active rule consumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// How one leaf was spelt, and the value that it stood for: once that value changes, the form is dead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Place on the wire, relative to the node.
    pub place: String,
    /// The leaf as it stood; absent where the wire had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<Value>,
    /// The record-side value that it stood for; absent for "no value".
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub stood_for: Option<Value>,
}

/// One leaf that no active rule consumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Place on the wire, relative to the node.
    pub place: String,
    /// The leaf.
    pub leaf: Value,
}
