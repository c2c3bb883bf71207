//! Credentials as JWT (Securing Verifiable Credentials using JOSE and COSE 1.0): the payload is the credential itself,
//! the protected header names the key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::{IssueError, ProofError};
use super::proof::{Expectation, VerifiedProof, authorised_key};
use super::resolver::KeyResolver;
use crate::clock::Timestamp;
use crate::crypto::{Algorithm, Signer, Verifier as _};

/// Media type of a credential as JWT; also its `typ`, without `application/`.
pub const JWT_MEDIA_TYPE: &str = "application/vc+jwt";

/// A longer token is refused before it is decoded.
const LONGEST_TOKEN: usize = 4 << 20;

/// The credential as a JWT, signed by this key. `iat` of the payload says when.
///
/// # Errors
/// The document is no object, carries an embedded proof, or the key fails.
pub fn to_jwt(
    mut document: Value,
    signer: &dyn Signer,
    verification_method: &str,
    issued_at: Timestamp,
) -> Result<String, IssueError> {
    let members = document.as_object_mut().ok_or(IssueError::NoObject)?;
    if members.contains_key("proof") {
        return Err(IssueError::AlreadySigned);
    }
    members.insert("iat".to_owned(), json!(issued_at.unix()));
    let algorithm = match signer.algorithm() {
        Algorithm::Ed25519 => "EdDSA",
        Algorithm::P256 => "ES256",
    };
    let header = json!({"alg": algorithm, "kid": verification_method, "typ": "vc+jwt", "cty": "vc"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&header), part(&document));
    let signature = signer.sign(input.as_bytes())?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// A JWT whose signature holds.
#[derive(Clone, Debug)]
pub struct OpenedJwt {
    /// The payload: the bytes of the credential. `document` parses them, and refuses duplicate names.
    pub payload: Vec<u8>,
    /// Who signed.
    pub proof: VerifiedProof,
}

/// Verifies the signature of a JWT; [`super::judge_credential`] then asks whether the issuer made it.
///
/// # Errors
/// Not such a token, or its signature does not hold.
pub fn open_jwt(
    token: &str,
    resolver: &dyn KeyResolver,
    expectation: &Expectation<'_>,
) -> Result<OpenedJwt, ProofError> {
    let malformed = ProofError::Malformed("JWT");
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    if token.len() > LONGEST_TOKEN {
        return Err(malformed);
    }
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| ProofError::Malformed("JWT"));
    let fields: Value = serde_json::from_slice(&decode(header)?).map_err(|_| ProofError::Malformed("header"))?;
    let text = |name: &'static str| fields.get(name).and_then(Value::as_str).ok_or(ProofError::Malformed(name));
    // Extensions that must be understood are none that we understand (RFC 7515, 4.1.11).
    if fields.get("crit").is_some() || fields.get("b64").is_some() {
        return Err(ProofError::Unsupported("crit".to_owned()));
    }
    if fields.get("typ").is_some_and(|kind| kind != "vc+jwt" && kind != JWT_MEDIA_TYPE && kind != "JWT") {
        return Err(ProofError::Unsupported(format!("typ {}", fields["typ"])));
    }
    let algorithm = match text("alg")? {
        "EdDSA" | "Ed25519" => Algorithm::Ed25519,
        "ES256" => Algorithm::P256,
        other => return Err(ProofError::Unsupported(format!("alg {other}"))),
    };
    let bytes = decode(payload)?;
    let claims: Value = serde_json::from_slice(&bytes).map_err(|_| ProofError::NoObject)?;
    let time = |name: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().and_then(Timestamp::from_unix).map(Some).ok_or(ProofError::Malformed(name)),
    };
    let created = time("iat")?;
    if let Some(end) = time("exp")?.filter(|end| expectation.at >= *end) {
        return Err(ProofError::Expired(end));
    }
    let key = authorised_key(text("kid")?, algorithm, created, resolver, expectation)?;
    let (input, _) = token.rsplit_once('.').ok_or(malformed)?;
    key.key.verify(input.as_bytes(), &decode(signature)?).map_err(|_| ProofError::Signature)?;
    Ok(OpenedJwt { payload: bytes, proof: VerifiedProof::by(key, None, created) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{DidKeys, did_key, judge_credential};
    use crate::crypto::SigningKey;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("time")
    }

    fn token(algorithm: Algorithm) -> String {
        let key = SigningKey::from_secret(algorithm, &[8; 32]).expect("key");
        let did = did_key(key.public_key());
        let method = format!("{did}#{}", key.public_key().multikey());
        let document = json!({"type": ["VerifiableCredential"], "issuer": did, "name": "证书"});
        to_jwt(document, &key, &method, at("2026-11-20T00:00:00Z")).expect("token")
    }

    #[test]
    fn a_token_is_read_back_and_any_change_is_refused() {
        let now = Expectation::assertion(at("2026-11-23T00:00:00Z"));
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let token = token(algorithm);
            let opened = open_jwt(&token, &DidKeys, &now).expect("verifies");
            let credential: Value = serde_json::from_slice(&opened.payload).expect("JSON");
            assert_eq!(credential["name"], "证书");
            assert_eq!(opened.proof.created, Some(at("2026-11-20T00:00:00Z")));
            judge_credential(&credential, vec![opened.proof], now.at).expect("by its issuer");
            for position in 0..token.len() {
                let mut bytes = token.clone().into_bytes();
                bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
                let bent = String::from_utf8(bytes).expect("ASCII");
                assert!(open_jwt(&bent, &DidKeys, &now).is_err(), "character {position}");
            }
        }
    }

    #[test]
    fn tokens_without_signature_and_with_unknown_demands_are_refused() {
        let now = Expectation::assertion(at("2026-11-23T00:00:00Z"));
        let token = token(Algorithm::Ed25519);
        let (_, rest) = token.split_once('.').expect("parts");
        for header in [
            json!({"alg": "none", "kid": "did:key:z6Mk#z6Mk"}),
            json!({"alg": "HS256", "kid": "did:key:z6Mk#z6Mk"}),
            json!({"alg": "EdDSA", "kid": "did:key:z6Mk#z6Mk", "crit": ["b64"]}),
            json!({"alg": "EdDSA", "kid": "did:key:z6Mk#z6Mk", "typ": "dpop+jwt"}),
        ] {
            let bent = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
            assert!(matches!(open_jwt(&bent, &DidKeys, &now), Err(ProofError::Unsupported(_))), "{header}");
        }
        for bad in ["", "a.b", "a.b.c", "a.b.c.d"] {
            assert!(open_jwt(bad, &DidKeys, &now).is_err(), "{bad}");
        }
        let early = Expectation::assertion(at("2026-11-01T00:00:00Z"));
        assert!(matches!(open_jwt(&token, &DidKeys, &early), Err(ProofError::FromTheFuture(_))));
    }
}
