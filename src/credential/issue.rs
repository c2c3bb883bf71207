//! Who issues: the certification body itself, or the registry over an extract of what the body reported. The
//! credential states which, so that nobody takes an extract for the body's own word.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::IssueError;

/// Whose word a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueMode {
    /// The certification body's own key. Only this is a conformity credential in the sense of UNTP.
    BodyIssued,
    /// The registry's key over an extract of what the body reported; the body is the attesting party, never the issuer.
    RegistryAttested,
}

impl IssueMode {
    /// The mode as one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BodyIssued => "body-issued",
            Self::RegistryAttested => "registry-attested",
        }
    }
}

impl fmt::Display for IssueMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Type of the evidence entry that states the mode.
const EVIDENCE_TYPE: &str = "CertificationRecordEvidence";

/// The id of the issuer: the member itself, or its `id` where it is an object.
#[must_use]
pub fn issuer_id(document: &Value) -> Option<&str> {
    let issuer = document.get("issuer")?;
    issuer.as_str().or_else(|| issuer.get("id").and_then(Value::as_str))
}

/// Checks, before signing, that the document names the issuer that the mode asks for: the body when it issues itself,
/// the registry when it attests. `signer_did` is whose key will sign, `body` the DID or URI of the body.
///
/// # Errors
/// They differ: our composition put the wrong party into the document, or chose the wrong key.
pub fn check_issuer(document: &Value, mode: IssueMode, signer_did: &str, body: &str) -> Result<(), IssueError> {
    let found = issuer_id(document).unwrap_or_default();
    let right = found == signer_did
        && match mode {
            IssueMode::BodyIssued => signer_did == body,
            IssueMode::RegistryAttested => signer_did != body,
        };
    let expected = match mode {
        IssueMode::BodyIssued => body,
        IssueMode::RegistryAttested => signer_did,
    };
    if right {
        Ok(())
    } else {
        Err(IssueError::IssuerMismatch { mode, expected: expected.to_owned(), found: found.to_owned() })
    }
}

/// The document with the mode stated in its `evidence` (VC Data Model 2.0, 5.6): how it came to be issued, and the body
/// whose report or decision it rests on. Entries of others are kept; an earlier statement of ours is replaced.
#[must_use]
pub fn attach_mode(mut document: Value, mode: IssueMode, body_id: &str, body_name: &str) -> Value {
    let mut party = serde_json::Map::new();
    for (name, value) in [("id", body_id), ("name", body_name)] {
        if !value.is_empty() {
            party.insert(name.to_owned(), json!(value));
        }
    }
    let entry = json!({"type": [EVIDENCE_TYPE], "issueMode": mode.word(), "attestingParty": party});
    if let Some(members) = document.as_object_mut() {
        let mut all = match members.remove("evidence") {
            Some(Value::Array(entries)) => entries,
            Some(entry) => vec![entry],
            None => Vec::new(),
        };
        all.retain(|entry| !is_ours(entry));
        all.push(entry);
        members.insert("evidence".to_owned(), Value::Array(all));
    }
    document
}

/// The mode that the document states, if it states one and only one.
#[must_use]
pub fn stated_mode(document: &Value) -> Option<IssueMode> {
    let evidence = document.get("evidence")?;
    let entries = evidence.as_array().map_or(std::slice::from_ref(evidence), Vec::as_slice);
    let mut ours = entries.iter().filter(|entry| is_ours(entry));
    let mode = ours.next().and_then(|entry| IssueMode::deserialize(entry.get("issueMode")?).ok());
    mode.filter(|_| ours.next().is_none())
}

fn is_ours(entry: &Value) -> bool {
    entry.get("type").is_some_and(|kind| {
        kind == EVIDENCE_TYPE || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == EVIDENCE_TYPE))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extract_never_names_the_body_as_issuer() {
        let registry = "did:web:registry.example.org";
        let body = "did:web:body.example.org";
        let by = |issuer: &str| json!({"issuer": {"id": issuer}});
        assert!(check_issuer(&by(registry), IssueMode::RegistryAttested, registry, body).is_ok());
        assert!(check_issuer(&by(body), IssueMode::BodyIssued, body, body).is_ok());
        assert!(check_issuer(&by(body), IssueMode::RegistryAttested, registry, body).is_err());
        assert!(check_issuer(&by(body), IssueMode::BodyIssued, registry, body).is_err());
        assert!(check_issuer(&by(registry), IssueMode::BodyIssued, registry, body).is_err());
        assert!(check_issuer(&by(body), IssueMode::RegistryAttested, body, body).is_err());
        assert!(check_issuer(&json!({}), IssueMode::RegistryAttested, registry, body).is_err());
    }

    #[test]
    fn the_mode_is_stated_once_beside_what_others_say() {
        let document = json!({"evidence": {"type": "Other"}});
        let document = attach_mode(document, IssueMode::BodyIssued, "did:web:b", "机构");
        let document = attach_mode(document, IssueMode::RegistryAttested, "did:web:b", "机构");
        assert_eq!(stated_mode(&document), Some(IssueMode::RegistryAttested));
        assert_eq!(document["evidence"].as_array().map(Vec::len), Some(2));
        assert_eq!(document["evidence"][1]["attestingParty"]["name"], "机构");
        let mut twice = document.clone();
        let entry = document["evidence"][1].clone();
        twice["evidence"].as_array_mut().expect("list").push(entry);
        assert_eq!(stated_mode(&twice), None);
        assert_eq!(stated_mode(&json!({})), None);
    }
}
