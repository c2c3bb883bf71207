//! Rendering: a version of a record as the bytes that one partner gets. Released by its policy, mapped to its format,
//! judged by the format's schema, and signed where the format is a credential.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::credential::{ASSERTION_METHOD, IssueMode, ProofOptions, add_proof, attach_mode};
use crate::finding::{Finding, any_error};
use crate::format::Catalogue;
use crate::mapping::{ComputedSource, Context};
use crate::record::Record;
use crate::release::release;
use crate::store::Face;

use super::house::House;
use super::partner::Partner;

/// The format of the status face, whatever the certificate itself travels in.
pub const STATUS_FORMAT: &str = "certbridge-status@1";

/// What a partner gets.
#[derive(Debug)]
pub struct Rendered {
    /// The bytes.
    pub body: Vec<u8>,
    /// Their format.
    pub format: String,
    /// Their media type.
    pub content_type: &'static str,
}

/// A record cannot be sent to a partner as it is.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// The partner's format cannot carry the record, or our mapping of it breaks the format's schema.
    #[error("the record does not go into {format}: {}", first(.findings))]
    Findings {
        /// The format.
        format: String,
        /// What is in the way.
        findings: Vec<Finding>,
    },
    /// Our own configuration or our own bug.
    #[error("{0}")]
    Ours(String),
}

fn first(findings: &[Finding]) -> String {
    findings.iter().find(|finding| finding.is_error()).or(findings.first()).map(ToString::to_string).unwrap_or_default()
}

/// True where a document is a Verifiable Credential, which leaves us only with a proof.
pub(super) fn is_credential(document: &Value) -> bool {
    document
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind == "VerifiableCredential"))
}

/// The bytes of one face of a record for a partner.
///
/// # Errors
///
/// The format does not take the record, or our keys or crosswalks are at fault; nothing may be sent then.
pub fn render(
    house: &House,
    catalogue: &Catalogue,
    computed: &dyn ComputedSource,
    partner: &Partner,
    record: &Record,
    face: Face,
    at: Timestamp,
) -> Result<Rendered, Unsendable> {
    let ours = |error: &dyn std::fmt::Display| Unsendable::Ours(error.to_string());
    let format = if face == Face::Status { STATUS_FORMAT } else { partner.format.as_str() };
    let today = at.day(house.zone);
    let released = release(record, &partner.policy(), today);
    let issue = house.issue_of(record);
    let context = Context::new(today).issuing(&issue).computing(computed);
    let written = catalogue.write(format, &[released], &context).map_err(|error| ours(&error))?;
    let unsendable = |findings| Unsendable::Findings { format: format.to_owned(), findings };
    let Some(document) = written.documents.into_iter().next() else { return Err(unsendable(Vec::new())) };
    if any_error(&document.findings) {
        return Err(unsendable(document.findings));
    }
    let (body, content_type) = match document.value() {
        Some(value) if is_credential(&value) => {
            let issuer = &record.key.issuer;
            let body = format!("{}/id/{}/{}", house.base, issuer.scheme, issuer.value);
            let name = record.issuer.name.as_ref().and_then(|name| name.best(&["en", "zh"])).unwrap_or_default();
            let stated = attach_mode(value, IssueMode::RegistryAttested, &body, name);
            let method = house.verification_method();
            let options = ProofOptions { created: at, verification_method: &method, purpose: ASSERTION_METHOD };
            let signed = add_proof(stated, house.credential_key.as_ref(), &options).map_err(|error| ours(&error))?;
            (signed.to_string().into_bytes(), "application/vc")
        }
        Some(value) => (value.to_string().into_bytes(), "application/json"),
        None => {
            let Some(document) = document.document else { return Err(unsendable(document.findings)) };
            (document.write().map_err(|error| ours(&error))?, "application/octet-stream")
        }
    };
    Ok(Rendered { body, format: format.to_owned(), content_type })
}
