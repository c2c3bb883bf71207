//! DID documents: `did:web` built from a key set and read as a resolver, `did:key` by its text. No network.

use serde_json::{Map, Value, json};

use super::resolver::{KeyResolver, ResolveError, ResolvedKey};
use crate::clock::Timestamp;
use crate::crypto::{KeySet, KeyWindow, PublicKey};

/// The text is no DID, or the document is not that DID's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedDid(pub String);

/// The `did:key` of a key.
#[must_use]
pub fn did_key(key: &PublicKey) -> String {
    format!("did:key:{}", key.multikey())
}

/// The Multikey text of a `did:key`.
pub(super) fn did_key_of(did: &str) -> Option<&str> {
    did.strip_prefix("did:key:").filter(|text| text.starts_with('z'))
}

/// The `did:web` of an authority (`registry.example.org` or `registry.example.org:8443`) and a path.
#[must_use]
pub fn did_web(authority: &str, path: &[&str]) -> String {
    let mut did = format!("did:web:{}", authority.replace(':', "%3A"));
    for segment in path {
        did.push(':');
        did.push_str(segment);
    }
    did
}

/// Where the document of a `did:web` stands (did:web method specification, Read): `https://…/did.json`.
///
/// # Errors
/// No `did:web`, an empty segment, or a character that would lead to another address than the one shown.
pub fn did_web_url(did: &str) -> Result<String, MalformedDid> {
    let malformed = || MalformedDid(format!("{did:?} is no did:web"));
    let rest = did.strip_prefix("did:web:").ok_or_else(malformed)?;
    let mut segments = rest.split(':');
    let host = segments.next().ok_or_else(malformed)?;
    let (host, port) = match host.split_once("%3A").or_else(|| host.split_once("%3a")) {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    };
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let port_is_number = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0));
    if !plain(host, "-.") || host.starts_with('.') || !port_is_number {
        return Err(malformed());
    }
    let mut url = format!("https://{host}");
    if let Some(port) = port {
        url.push(':');
        url.push_str(port);
    }
    let mut path = String::new();
    for segment in segments {
        // `.` and `..` would climb out of the path that the DID names.
        if !plain(segment, "-._~%") || segment.chars().all(|c| c == '.') {
            return Err(malformed());
        }
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() {
        path.push_str("/.well-known");
    }
    Ok(format!("{url}{path}/did.json"))
}

/// The DID document of a key set: every key whose window has begun or will begin, retired ones too, so that what they
/// signed can still be verified. Keys are Multikeys; each is listed for `assertionMethod` and nothing else.
#[must_use]
pub fn did_document(did: &str, keys: &KeySet) -> Value {
    let method = |key: &crate::crypto::Key| format!("{did}#{}", key.id());
    let methods: Vec<Value> = keys
        .keys()
        .iter()
        .map(|key| {
            json!({
                "id": method(key),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.public().multikey(),
            })
        })
        .collect();
    let assertion: Vec<String> = keys.keys().iter().map(method).collect();
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": assertion,
    })
}

/// Somebody's DID document, read; it resolves its own verification methods.
#[derive(Clone, Debug)]
pub struct DidDocument {
    id: String,
    keys: Vec<ResolvedKey>,
}

/// The relationships between a DID and a key that we read.
const RELATIONSHIPS: [&str; 5] =
    ["assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation", "keyAgreement"];

/// More keys than any owner has.
const MOST_KEYS: usize = 100;

impl DidDocument {
    /// Reads a document that was fetched for `did`. Keys of types that we do not know are passed over.
    ///
    /// # Errors
    /// The document is another DID's, or malformed.
    pub fn parse(did: &str, document: &Value) -> Result<Self, MalformedDid> {
        let malformed = |what: &str| MalformedDid(format!("the DID document of {did:?}: {what}"));
        let id = document.get("id").and_then(Value::as_str).ok_or_else(|| malformed("it has no id"))?;
        if id != did {
            return Err(malformed(&format!("its id is {id:?}")));
        }
        let list = |name: &str| -> &[Value] { document.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice) };
        let mut keys: Vec<ResolvedKey> = Vec::new();
        // A verification method stands in its own list, or embedded where it is used.
        let embedded = RELATIONSHIPS.iter().flat_map(|name| list(name)).filter(|entry| entry.is_object());
        for method in list("verificationMethod").iter().chain(embedded).filter_map(Value::as_object) {
            if keys.len() >= MOST_KEYS {
                return Err(malformed("it lists too many keys"));
            }
            if let Some(key) = read_method(did, method).map_err(|what| malformed(&what))? {
                if keys.iter().any(|other| other.id == key.id) {
                    return Err(malformed(&format!("it lists {:?} twice", key.id)));
                }
                keys.push(key);
            }
        }
        for name in RELATIONSHIPS {
            for entry in list(name) {
                let id = entry.as_str().or_else(|| entry.get("id").and_then(Value::as_str));
                let id = id.map(|id| absolute(did, id)).ok_or_else(|| malformed("a relationship names no method"))?;
                if let Some(key) = keys.iter_mut().find(|key| key.id == id)
                    && !key.purposes.iter().any(|purpose| purpose == name)
                {
                    key.purposes.push(name.to_owned());
                }
            }
        }
        Ok(Self { id: did.to_owned(), keys })
    }

    /// The DID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &[ResolvedKey] {
        &self.keys
    }
}

/// A relative method (`#key-1`) belongs to the document that it stands in.
fn absolute(did: &str, id: &str) -> String {
    if id.starts_with('#') { format!("{did}{id}") } else { id.to_owned() }
}

fn read_method(did: &str, method: &Map<String, Value>) -> Result<Option<ResolvedKey>, String> {
    let text = |name: &str| method.get(name).and_then(Value::as_str);
    let id = text("id").map(|id| absolute(did, id)).ok_or("a verification method has no id")?;
    let controller = text("controller").ok_or_else(|| format!("{id:?} has no controller"))?;
    // Somebody else's key, listed here, would let its owner sign for this DID; and a document speaks for itself alone.
    if controller != did || !id.strip_prefix(did).is_some_and(|rest| rest.starts_with('#')) {
        return Ok(None);
    }
    let key = match text("type") {
        Some("Multikey" | "Ed25519VerificationKey2020") => {
            PublicKey::from_multikey(text("publicKeyMultibase").unwrap_or_default())
        }
        Some("JsonWebKey" | "JsonWebKey2020") => {
            PublicKey::from_jwk(method.get("publicKeyJwk").unwrap_or(&Value::Null))
        }
        _ => return Ok(None),
    };
    let key = match key {
        Ok(key) => key,
        Err(crate::crypto::CryptoError::KeyUnsupported) => return Ok(None),
        Err(error) => return Err(format!("{id:?}: {error}")),
    };
    let mut ceases = None;
    for name in ["expires", "revoked"] {
        if let Some(value) = method.get(name) {
            let at: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
            let at = at.ok_or_else(|| format!("{name} of {id:?} is no date-time"))?;
            ceases = Some(ceases.map_or(at, |earlier: Timestamp| earlier.min(at)));
        }
    }
    let controller = controller.to_owned();
    Ok(Some(ResolvedKey { id, controller, key, purposes: Vec::new(), window: KeyWindow::ALWAYS, ceases }))
}

impl KeyResolver for DidDocument {
    fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError> {
        Ok(self.keys.iter().find(|key| key.id == verification_method).cloned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::crypto::{Algorithm, Key, Signer as _, SigningKey};

    const DID: &str = "did:web:registry.example.org";

    fn keys() -> KeySet {
        let key = |algorithm, id: &str| {
            let key = SigningKey::from_secret(algorithm, &[7; 32]).expect("key").named(id);
            Key::signing(Arc::new(key), KeyWindow::ALWAYS)
        };
        KeySet::new(vec![key(Algorithm::Ed25519, "key-1"), key(Algorithm::P256, "key-2")]).expect("keys")
    }

    #[test]
    fn a_document_that_we_write_gives_its_keys_back() {
        let keys = keys();
        let document = DidDocument::parse(DID, &did_document(DID, &keys)).expect("document");
        for key in keys.keys() {
            let found = document.resolve(&format!("{DID}#{}", key.id())).expect("resolved").expect("known");
            assert_eq!(&found.key, key.public());
            assert_eq!(found.controller, DID);
            assert_eq!(found.purposes, ["assertionMethod"]);
        }
        assert!(document.resolve(&format!("{DID}#key-3")).expect("resolved").is_none());
    }

    #[test]
    fn web_addresses_follow_the_method_and_nothing_escapes_the_host() {
        for (did, url) in [
            ("did:web:example.org", "https://example.org/.well-known/did.json"),
            ("did:web:example.org:bodies:001", "https://example.org/bodies/001/did.json"),
            ("did:web:example.org%3A8443:a", "https://example.org:8443/a/did.json"),
        ] {
            assert_eq!(did_web_url(did).expect(did), url);
        }
        assert_eq!(did_web("example.org:8443", &["a"]), "did:web:example.org%3A8443:a");
        for did in [
            "did:web:",
            "did:key:z6Mk",
            "did:web:example.org:..:admin",
            "did:web:user@example.org",
            "did:web:example.org/x",
            "did:web:example.org:a?b",
            "did:web:example.org%3Ahttp",
            "did:web:a::b",
        ] {
            assert!(did_web_url(did).is_err(), "{did}");
        }
    }

    #[test]
    fn a_document_speaks_for_itself_alone() {
        let mut document = did_document(DID, &keys());
        assert!(DidDocument::parse("did:web:other.example.org", &document).is_err());
        document["verificationMethod"][0]["controller"] = json!("did:web:other.example.org");
        let read = DidDocument::parse(DID, &document).expect("document");
        assert!(read.resolve(&format!("{DID}#key-1")).expect("resolved").is_none());
        document["verificationMethod"][1]["id"] = json!("did:web:other.example.org#key-2");
        assert!(DidDocument::parse(DID, &document).expect("document").keys().is_empty());
    }

    #[test]
    fn embedded_methods_web_keys_and_ends_of_validity_are_read() {
        let key = SigningKey::from_secret(Algorithm::P256, &[9; 32]).expect("key").public_key().clone();
        let document = json!({"id": DID, "assertionMethod": [{
            "id": "#signing", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": key.jwk(),
            "expires": "2027-01-01T00:00:00Z", "revoked": "2026-06-01T00:00:00Z"}]});
        let read = DidDocument::parse(DID, &document).expect("document");
        let found = read.resolve(&format!("{DID}#signing")).expect("resolved").expect("known");
        assert_eq!(found.key, key);
        assert_eq!(found.ceases.expect("end").to_string(), "2026-06-01T00:00:00Z");
        assert_eq!(found.purposes, ["assertionMethod"]);
    }
}
