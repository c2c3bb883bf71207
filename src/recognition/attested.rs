//! What the accreditation and the level of assurance of a certificate are judged by: a few parts of a record, borrowed
//! from one, or read out of its JSON tree without reading the rest.

use serde::Deserialize;
use serde_json::Value;

use crate::clock::Day;
use crate::record::{AccreditationClaim, Identifier, Issuer, Kind, Record, Scheme, Standard};

/// The parts of a record that say who issued it, on what grounds, and to what.
#[derive(Clone, Copy)]
pub(super) struct Attested<'a> {
    pub body: &'a Identifier,
    pub kind: Kind,
    pub issued: Day,
    pub issuer: &'a Issuer,
    pub claim: &'a AccreditationClaim,
    pub standards: &'a [Standard],
    pub scheme: &'a Scheme,
}

impl<'a> From<&'a Record> for Attested<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            body: &record.key.issuer,
            kind: record.kind,
            issued: record.dates.issued,
            issuer: &record.issuer,
            claim: &record.claims.accreditation,
            standards: &record.standards,
            scheme: &record.scheme,
        }
    }
}

/// The same parts, owned, as they are read out of a tree.
#[derive(Deserialize)]
pub(super) struct AttestedParts {
    key: KeyPart,
    kind: Kind,
    dates: DatesPart,
    issuer: Issuer,
    #[serde(default)]
    claims: ClaimsPart,
    #[serde(default)]
    standards: Vec<Standard>,
    #[serde(default)]
    scheme: Scheme,
}

#[derive(Deserialize)]
struct KeyPart {
    issuer: Identifier,
}

#[derive(Deserialize)]
struct DatesPart {
    issued: Day,
}

#[derive(Default, Deserialize)]
struct ClaimsPart {
    #[serde(default)]
    accreditation: AccreditationClaim,
}

impl AttestedParts {
    /// None where the tree is no record.
    pub(super) fn read(record: &Value) -> Option<Self> {
        Self::deserialize(record).ok()
    }

    pub(super) fn borrow(&self) -> Attested<'_> {
        Attested {
            body: &self.key.issuer,
            kind: self.kind,
            issued: self.dates.issued,
            issuer: &self.issuer,
            claim: &self.claims.accreditation,
            standards: &self.standards,
            scheme: &self.scheme,
        }
    }
}
