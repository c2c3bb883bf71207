//! The answer: the result of the statement asked, built from separate assertions; the validity on each date; what the
//! importing party asks for; whether the certificate counts there and on whose word; and how fresh all that is.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::request::TypeCode;
use crate::clock::{Day, Timestamp, Zone};
use crate::recognition::vocabulary::closed;
use crate::recognition::{Condition, DateBasis, Link, Outcome, Part, Reason, Requirement, Standing};
use crate::record::{ScopePart, Validity};

closed! {
    /// The result of a statement or of one assertion.
    Verdict {
        /// As asked.
        Confirmed = "confirmed",
        /// Otherwise than asked.
        Contradicted = "contradicted",
        /// Neither can be said.
        NotDeterminable = "not-determinable",
    }
}

closed! {
    /// What is asserted.
    AssertionName {
        /// The certificate is on record.
        Exists = "exists",
        /// That body issued it.
        Issuer = "issuer",
        /// It is of that type.
        CertificateType = "certificateType",
        /// That party holds it.
        Holder = "holder",
        /// That party is the manufacturer.
        Manufacturer = "manufacturer",
        /// It covers that factory.
        Factory = "factory",
        /// It covers that product.
        Product = "product",
        /// It is to that edition of the standard.
        StandardEdition = "standardEdition",
        /// It is valid on the dates that decide.
        Validity = "validity",
        /// It covers that quantity.
        Quantity = "quantity",
    }
}

closed! {
    /// How an assertion was judged.
    Method {
        /// By identifiers.
        Identifier = "identifier",
        /// Character for character.
        Exact = "exact",
        /// After normalising width, case, blanks and punctuation.
        Normalised = "normalised",
        /// By a pattern on the certificate.
        Pattern = "pattern",
        /// By a number that was probably meant. It never confirms and never contradicts.
        Candidate = "candidate",
    }
}

/// The answer to one request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The asker's id.
    pub request_id: String,
    /// Our id, UUID version 7.
    pub answer_id: String,
    /// When we answered.
    pub answered_at: Timestamp,
    /// Reference of the declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declaration_id: Option<String>,
    /// One for each document of each goods item, in the order asked.
    pub answer: Vec<DocumentAnswer>,
    /// The earliest end of all, after which to ask again.
    pub answer_valid_until: Timestamp,
    /// Over the canonical form (RFC 8785) of all the other members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<super::sign::Signature>,
}

/// The answer about one document for one goods item.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentAnswer {
    /// Number of the goods item.
    pub sequence_numeric: u32,
    /// The document as asked.
    pub additional_document: DocumentId,
    /// The result of the statement asked. Recognition never changes it.
    pub result: Verdict,
    /// The assertions that it was built from.
    pub assertion: Vec<Assertion>,
    /// The worth on each date.
    pub validity: Vec<DatedValidity>,
    /// The date that the asker lets decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisive_date: Option<DateBasis>,
    /// UNTDID 1373 code; null where the list has none for the status.
    pub status_code: Option<StatusCode>,
    /// What the importing party asks for.
    pub requirement: Requirement,
    /// Whether the certificate counts there.
    pub recognition: Recognised,
    /// Why.
    pub reason: Vec<Reason>,
    /// What holds only as asserted.
    pub conditions: Vec<Condition>,
    /// How fresh the source is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
    /// After that, ask again.
    pub answer_valid_until: Timestamp,
    /// Where the ledger holds the last event of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerEntry>,
}

/// The document that the answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentId {
    /// Number as asked.
    pub id: String,
    /// Type as asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_code: Option<TypeCode>,
}

impl Eq for TypeCode {}

/// One assertion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// What is asserted.
    pub name: AssertionName,
    /// What came of it.
    pub result: Verdict,
    /// How it was judged.
    pub method: Method,
    /// What on the certificate matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// What was asked, where it is contradicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// What the certificate says instead, where it is contradicted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_certificate: Vec<String>,
    /// The number that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
}

impl Assertion {
    /// An assertion with nothing to show.
    #[must_use]
    pub fn new(name: AssertionName, result: Verdict, method: Method) -> Self {
        Self { name, result, method, matched: None, asked: None, on_certificate: Vec::new(), candidate: None }
    }
}

/// The worth of the certificate for these goods on one date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedValidity {
    /// What day it is.
    pub date_basis: DateBasis,
    /// The day; none where no certificate was found.
    pub date: Option<Day>,
    /// The zone that it was judged in.
    pub zone: Option<Zone>,
    /// The worth.
    pub value: Validity,
    /// The part of the scope that it concerns.
    pub affected_scope: Option<(ScopePart, String)>,
}

impl Serialize for DatedValidity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("dateBasis", &self.date_basis)?;
        if let Some(date) = self.date {
            map.serialize_entry("date", &date)?;
        }
        if let Some(zone) = self.zone {
            map.serialize_entry("zone", &zone.to_string())?;
        }
        map.serialize_entry("value", self.value.code())?;
        if let Some((kind, value)) = &self.affected_scope {
            map.serialize_entry("affectedScope", &Scope { kind: *kind, value })?;
        }
        map.end()
    }
}

struct Scope<'a> {
    kind: ScopePart,
    value: &'a str,
}

impl Serialize for Scope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.kind.code(), self.value)?;
        map.end()
    }
}

/// A code of UNTDID 1373, document status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusCode {
    /// `10` valid, `40` suspended, `41` revoked.
    pub code: &'static str,
    /// The list.
    pub list_id: &'static str,
}

impl StatusCode {
    /// The code for a worth. The list has none for cancelled, expired, not yet valid and superseded documents.
    #[must_use]
    pub const fn of(validity: Validity) -> Option<Self> {
        let code = match validity {
            Validity::Valid => "10",
            Validity::Suspended => "40",
            Validity::Withdrawn => "41",
            _ => return None,
        };
        Some(Self { code, list_id: "UNTDID1373" })
    }
}

/// Whether the certificate counts with the importing party.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recognised {
    /// The outcome.
    pub outcome: Outcome,
    /// The part that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The arrangement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrangement_id: Option<String>,
    /// The row of its list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_row: Option<String>,
    /// Whose word it is.
    pub standing: Standing,
    /// The party whose word it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Every step, where the asker wants them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Link>,
}

/// How fresh the source is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AsOf {
    /// When the body decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<Day>,
    /// When it reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_on: Option<Day>,
    /// When this house last saw the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_on: Option<Timestamp>,
}

/// Where the ledger holds an event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// Index of the leaf.
    pub index: u64,
    /// Inclusion proof with its checkpoint, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<serde_json::Value>,
}
