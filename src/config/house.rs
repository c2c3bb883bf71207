//! Who we are.

use serde::{Deserialize, Serialize};

/// `[house]`: the registry that this gateway speaks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// `house.id`: our name in messages and in the partner books of others (`cn-registry`). `CERTBRIDGE_HOUSE__ID`.
    pub id: String,
    /// `house.name`: our name for people.
    pub name: String,
    /// `house.country`: the party that we are, ISO 3166-1 alpha-2. Decisions for this party are authoritative here.
    pub country: String,
    /// `house.did`: the DID that signs credentials (`did:web:registry.example`).
    pub did: String,
    /// `house.base`: base URI of our certificates, parties and schemes, without a slash at the end.
    pub base: String,
    /// `house.zone`: the zone in which we say what day it is (default `+08:00`).
    #[serde(default = "zone")]
    pub zone: String,
}

fn zone() -> String {
    "+08:00".into()
}
