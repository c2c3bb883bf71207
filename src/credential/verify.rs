//! Verifying a whole credential: its proofs, that its issuer made them, and what it says of its own validity. Validity
//! and status are reported, not enforced: what an expired credential means is the reader's question.

use serde_json::Value;

use super::error::ProofError;
use super::issue::{IssueMode, issuer_id, stated_mode};
use super::proof::{Expectation, VerifiedProof, verify_proof};
use super::resolver::KeyResolver;
use super::status_list::{StatusReference, status_references};
use crate::clock::Timestamp;
use crate::finding::{Finding, Place};

/// Where the time of the check lies to `validFrom` and `validUntil`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Before `validFrom`.
    NotYet,
    /// Between the two, as far as they are stated.
    Current,
    /// Past `validUntil`.
    Over,
}

/// A credential whose proofs hold and were made by its issuer.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The issuer: a DID or URL.
    pub issuer: String,
    /// Its proofs; at least one by the issuer.
    pub proofs: Vec<VerifiedProof>,
    /// `validFrom`.
    pub valid_from: Option<Timestamp>,
    /// `validUntil`.
    pub valid_until: Option<Timestamp>,
    /// Where the time of the check lies to both.
    pub validity: Validity,
    /// Where its status stands; looked up by whoever can fetch.
    pub status: Vec<StatusReference>,
    /// The issue mode that it states.
    pub mode: Option<IssueMode>,
    /// A warning where it is not valid yet or no longer.
    pub findings: Vec<Finding>,
}

/// Verifies a credential at a time.
///
/// # Errors
/// A proof does not hold; no proof is by a key of the issuer; or a member that was read is malformed.
pub fn verify_credential(
    credential: &Value,
    resolver: &dyn KeyResolver,
    at: Timestamp,
) -> Result<Verified, ProofError> {
    let proofs = verify_proof(credential, resolver, &Expectation::assertion(at))?;
    judge_credential(credential, proofs, at)
}

/// What remains once the proofs are verified: for a credential that came as a JWT ([`super::open_jwt`]).
///
/// # Errors
/// No proof is by a key of the issuer, or a member that was read is malformed.
pub fn judge_credential(credential: &Value, proofs: Vec<VerifiedProof>, at: Timestamp) -> Result<Verified, ProofError> {
    let issuer = issuer_id(credential).ok_or(ProofError::NoIssuer)?;
    if !proofs.iter().any(|proof| proof.controller == issuer) {
        let controller = proofs.first().map(|proof| proof.controller.clone()).unwrap_or_default();
        return Err(ProofError::Issuer { issuer: issuer.to_owned(), controller });
    }
    let time = |name: &'static str| match credential.get(name) {
        None => Ok(None),
        Some(value) => {
            value.as_str().and_then(|text| text.parse::<Timestamp>().ok()).map(Some).ok_or(ProofError::Time(name))
        }
    };
    let (valid_from, valid_until) = (time("validFrom")?, time("validUntil")?);
    let mut findings = Vec::new();
    let validity = match (valid_from, valid_until) {
        (Some(from), _) if at < from => {
            findings.push(Finding::new("credential/not-yet-valid", Place::pointer("/validFrom")).with("from", from));
            Validity::NotYet
        }
        (_, Some(until)) if at > until => {
            let place = Place::pointer("/validUntil");
            findings.push(Finding::new("credential/no-longer-valid", place).with("until", until));
            Validity::Over
        }
        _ => Validity::Current,
    };
    Ok(Verified {
        issuer: issuer.to_owned(),
        proofs,
        valid_from,
        valid_until,
        validity,
        status: status_references(credential)?,
        mode: stated_mode(credential),
        findings,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::credential::{
        DidDocument, DidKeys, ProofOptions, PublishedKeys, Resolvers, StatusPurpose, add_proof, attach_mode,
        did_document, status_entry,
    };
    use crate::crypto::{Algorithm, Key, KeySet, KeyWindow, SigningKey};

    const REGISTRY: &str = "did:web:registry.example.org";

    fn time(text: &str) -> Timestamp {
        text.parse().expect("time")
    }

    fn keys() -> KeySet {
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[3; 32]).expect("key").named("2026");
        let window =
            KeyWindow { not_before: Some(time("2026-01-01T00:00:00Z")), not_after: Some(time("2026-12-31T00:00:00Z")) };
        KeySet::new(vec![Key::signing(Arc::new(key), window)]).expect("keys")
    }

    fn signed(issuer: &str, created: &str) -> Value {
        let document = json!({
            "@context": [super::super::CONTEXT_V2], "type": ["VerifiableCredential"], "issuer": {"id": issuer},
            "validFrom": "2026-11-01T00:00:00+08:00", "validUntil": "2027-11-01T00:00:00Z",
            "credentialStatus": status_entry("https://registry.example.org/status/1", 5, StatusPurpose::Revocation),
            "credentialSubject": {"id": "urn:certificate:1"},
        });
        let document = attach_mode(document, IssueMode::RegistryAttested, "did:web:body.example.org", "机构");
        let keys = keys();
        let signer = keys.signer_at(time("2026-11-20T00:00:00Z")).expect("signer");
        let method = format!("{REGISTRY}#2026");
        let options = ProofOptions { created: time(created), verification_method: &method, purpose: "assertionMethod" };
        add_proof(document, signer.as_ref(), &options).expect("signed")
    }

    #[test]
    fn a_credential_verifies_from_the_document_that_its_issuer_publishes() {
        let document = DidDocument::parse(REGISTRY, &did_document(REGISTRY, &keys())).expect("document");
        let resolver = Resolvers(vec![&DidKeys, &document]);
        let credential = signed(REGISTRY, "2026-11-20T00:00:00Z");
        let verified = verify_credential(&credential, &resolver, time("2026-11-23T00:00:00Z")).expect("verifies");
        assert_eq!(verified.issuer, REGISTRY);
        assert_eq!(verified.validity, Validity::Current);
        assert_eq!(verified.mode, Some(IssueMode::RegistryAttested));
        assert_eq!(verified.status.len(), 1);
        assert_eq!(verified.valid_from, Some(time("2026-10-31T16:00:00Z")));
        assert!(verified.findings.is_empty());
    }

    #[test]
    fn the_end_of_validity_is_told_and_refuses_nothing() {
        let resolver = PublishedKeys { controller: REGISTRY.into(), keys: keys() };
        let credential = signed(REGISTRY, "2026-11-20T00:00:00Z");
        let later = verify_credential(&credential, &resolver, time("2028-01-01T00:00:00Z")).expect("verifies");
        assert_eq!(later.validity, Validity::Over);
        assert_eq!(later.findings[0].code(), "credential/no-longer-valid");
    }

    #[test]
    fn nobody_signs_for_another_issuer_and_no_key_past_its_window() {
        let resolver = PublishedKeys { controller: REGISTRY.into(), keys: keys() };
        let at = time("2027-02-01T00:00:00Z");
        let foreign = signed("did:web:body.example.org", "2026-11-20T00:00:00Z");
        assert!(matches!(verify_credential(&foreign, &resolver, at), Err(ProofError::Issuer { .. })));
        let late = signed(REGISTRY, "2027-01-15T00:00:00Z");
        assert!(matches!(verify_credential(&late, &resolver, at), Err(ProofError::KeyOutsideWindow { .. })));
        let mut anonymous = signed(REGISTRY, "2026-11-20T00:00:00Z");
        anonymous.as_object_mut().expect("object").remove("issuer");
        assert!(verify_credential(&anonymous, &resolver, at).is_err());
    }
}
