//! What is ordered, on what grounds, and what the store keeps of it.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use crate::clock::Day;
use crate::crypto::{Digest, jcs, sha256};
use crate::record::StatusEntry;
use crate::registry::RegistryError;
use crate::store::BulkRow;

/// An act on every certificate that meets a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BulkOrder {
    /// The act, without id and without the times of its recording.
    pub act: StatusEntry,
    /// Which certificates.
    pub condition: Condition,
    /// Legal basis: the announcement, order or decision.
    pub basis: String,
}

impl BulkOrder {
    /// The id of the event: the same for the same order. It is the id of the entry in every history, too.
    #[must_use]
    pub fn id(&self) -> String {
        // An order always has a JSON form without numbers that JCS could not write.
        let value = serde_json::to_value(self).unwrap_or_default();
        let digest = sha256(&jcs(&value).unwrap_or_default());
        format!("bulk-{}", hex::encode(&digest[..16]))
    }
}

/// What the store keeps of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BulkDocument {
    /// The entry that every member gets.
    pub act: StatusEntry,
    /// Which certificates; absent where a partner has named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Legal basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The partner whose event it is; absent where it is this house's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// What came of it, once it is in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<BulkResult>,
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BulkResult {
    /// Members.
    pub members: u64,
    /// SHA-256 of the members in their order, a line each: subject, blank, version, line end.
    pub digest: Digest,
}

impl BulkDocument {
    pub(super) fn of(order: &BulkOrder, reported_on: Day) -> Self {
        let mut act = order.act.clone();
        act.id = order.id();
        act.reported_on = Some(reported_on);
        Self {
            act,
            condition: Some(order.condition.clone()),
            basis: Some(order.basis.clone()),
            partner: None,
            result: None,
        }
    }

    /// The document of an event.
    ///
    /// # Errors
    ///
    /// Our bug: it cannot be read.
    pub fn read(row: &BulkRow) -> Result<Self, RegistryError> {
        serde_json::from_slice(&row.document)
            .map_err(|error| RegistryError::UnreadableEvent { event: row.id.clone(), reason: error.to_string() })
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, RegistryError> {
        serde_json::to_vec(self).map_err(|error| RegistryError::Unwritable(error.to_string()))
    }

    /// What the leaf of the event is of: the canonical JSON.
    pub(super) fn digest(&self) -> Result<Digest, RegistryError> {
        let unwritable = |error: &dyn std::fmt::Display| RegistryError::Unwritable(error.to_string());
        let value = serde_json::to_value(self).map_err(|error| unwritable(&error))?;
        Ok(Digest::sha256(&jcs(&value).map_err(|error| unwritable(&error))?))
    }
}
