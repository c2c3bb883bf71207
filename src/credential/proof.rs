//! Data Integrity proofs (VC Data Integrity 1.0) with the two JCS cryptosuites:
//! `hashData = SHA-256(JCS(proof options)) ‖ SHA-256(JCS(document without proof))`, signed as it stands.

use serde_json::{Map, Value, json};

use super::error::{IssueError, ProofError};
use super::resolver::{KeyResolver, ResolveError, ResolvedKey};
use crate::clock::Timestamp;
use crate::crypto::{Algorithm, InexactNumber, KeyWindow, Signer, Verifier as _, jcs, multibase, sha256};

/// A credential with more proofs than this is refused before any signature is computed.
const MOST_PROOFS: usize = 8;

/// A cryptosuite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cryptosuite {
    /// `eddsa-jcs-2022`: Ed25519 (VC Data Integrity EdDSA Cryptosuites 1.0, 3.3).
    EddsaJcs2022,
    /// `ecdsa-jcs-2019` with P-256 (VC Data Integrity ECDSA Cryptosuites 1.0, 3.3).
    EcdsaJcs2019,
}

impl Cryptosuite {
    /// The name in a proof.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            Self::EcdsaJcs2019 => "ecdsa-jcs-2019",
        }
    }

    /// The algorithm of its keys.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::EddsaJcs2022 => Algorithm::Ed25519,
            Self::EcdsaJcs2019 => Algorithm::P256,
        }
    }

    /// The suite for a key.
    #[must_use]
    pub const fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Ed25519 => Self::EddsaJcs2022,
            Algorithm::P256 => Self::EcdsaJcs2019,
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::EddsaJcs2022, Self::EcdsaJcs2019].into_iter().find(|suite| suite.name() == name)
    }
}

/// What a proof that we make says of itself.
#[derive(Clone, Debug)]
pub struct ProofOptions<'a> {
    /// When it is made; written in whole seconds.
    pub created: Timestamp,
    /// The verification method of the signer's key.
    pub verification_method: &'a str,
    /// What it is made for: [`super::ASSERTION_METHOD`].
    pub purpose: &'a str,
}

/// The document with a proof by this key; the cryptosuite follows from the key.
///
/// # Errors
/// The document is no object, is signed already, or has a number without a canonical form; or the key fails.
pub fn add_proof(document: Value, signer: &dyn Signer, options: &ProofOptions<'_>) -> Result<Value, IssueError> {
    let Value::Object(mut document) = document else { return Err(IssueError::NoObject) };
    if document.contains_key("proof") {
        return Err(IssueError::AlreadySigned);
    }
    let mut proof = Map::new();
    proof.insert("type".into(), json!("DataIntegrityProof"));
    proof.insert("cryptosuite".into(), json!(Cryptosuite::of(signer.algorithm()).name()));
    let created = Timestamp::from_unix(options.created.unix()).unwrap_or(options.created);
    proof.insert("created".into(), json!(created.to_string()));
    proof.insert("verificationMethod".into(), json!(options.verification_method));
    proof.insert("proofPurpose".into(), json!(options.purpose));
    if let Some(context) = document.get("@context") {
        proof.insert("@context".into(), context.clone());
    }
    let proof = Value::Object(proof);
    let unsigned = Value::Object(document);
    let signature = signer.sign(&hash_data(&proof, &unsigned)?)?;
    // Both were objects a moment ago.
    let (Value::Object(mut proof), Value::Object(mut unsigned)) = (proof, unsigned) else {
        return Err(IssueError::NoObject);
    };
    proof.insert("proofValue".into(), json!(multibase::base58btc(&signature)));
    unsigned.insert("proof".into(), Value::Object(proof));
    document = unsigned;
    Ok(Value::Object(document))
}

/// The 64 bytes that are signed: first the hash of the proof options, then that of the document.
fn hash_data(options: &Value, document: &Value) -> Result<[u8; 64], InexactNumber> {
    let mut both = [0_u8; 64];
    let (first, second) = both.split_at_mut(32);
    first.copy_from_slice(&sha256(&jcs(options)?));
    second.copy_from_slice(&sha256(&jcs(document)?));
    Ok(both)
}

/// What a verifier asks of a proof.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The purpose that it must state.
    pub purpose: &'a str,
    /// The time at which is verified.
    pub at: Timestamp,
}

impl Expectation<'static> {
    /// A proof on a credential, verified at that time.
    #[must_use]
    pub fn assertion(at: Timestamp) -> Self {
        Self { purpose: super::ASSERTION_METHOD, at }
    }
}

/// A proof that holds.
#[derive(Clone, Debug)]
pub struct VerifiedProof {
    /// The verification method.
    pub verification_method: String,
    /// Whose key it is.
    pub controller: String,
    /// The cryptosuite; none where the credential is a JWT.
    pub cryptosuite: Option<Cryptosuite>,
    /// When it says that it was made.
    pub created: Option<Timestamp>,
    /// The window of its key.
    pub window: KeyWindow,
}

impl VerifiedProof {
    pub(super) fn by(key: ResolvedKey, cryptosuite: Option<Cryptosuite>, created: Option<Timestamp>) -> Self {
        Self { verification_method: key.id, controller: key.controller, cryptosuite, created, window: key.window }
    }
}

/// A signer's clock may run ahead of ours by so much (seconds).
const CLOCK_SKEW: i64 = 300;

/// Verifies every proof of the document. Whether the signer may speak for the issuer is asked by
/// [`super::verify_credential`].
///
/// # Errors
/// The first proof that does not hold, and why. [`ProofError::Unsupported`] says nothing of the document.
pub fn verify_proof(
    document: &Value,
    resolver: &dyn KeyResolver,
    expectation: &Expectation<'_>,
) -> Result<Vec<VerifiedProof>, ProofError> {
    let document = document.as_object().ok_or(ProofError::NoObject)?;
    let proofs: &[Value] = match document.get("proof") {
        None | Some(Value::Null) => return Err(ProofError::Missing),
        Some(Value::Array(proofs)) if proofs.is_empty() => return Err(ProofError::Missing),
        Some(Value::Array(proofs)) if proofs.len() > MOST_PROOFS => return Err(ProofError::TooMany(MOST_PROOFS)),
        Some(Value::Array(proofs)) => proofs,
        Some(proof) => std::slice::from_ref(proof),
    };
    let mut unsigned = document.clone();
    unsigned.remove("proof");
    proofs
        .iter()
        .map(|proof| {
            let proof = proof.as_object().ok_or(ProofError::Malformed("proof"))?;
            verify_one(&unsigned, proof, resolver, expectation)
        })
        .collect()
}

fn verify_one(
    unsigned: &Map<String, Value>,
    proof: &Map<String, Value>,
    resolver: &dyn KeyResolver,
    expectation: &Expectation<'_>,
) -> Result<VerifiedProof, ProofError> {
    let text = |name: &'static str| proof.get(name).and_then(Value::as_str).ok_or(ProofError::Malformed(name));
    let time = |name: &'static str| match proof.get(name) {
        None => Ok(None),
        Some(_) => text(name)?.parse::<Timestamp>().map(Some).map_err(|_| ProofError::Malformed(name)),
    };
    let kind = text("type")?;
    if kind != "DataIntegrityProof" {
        return Err(ProofError::Unsupported(kind.to_owned()));
    }
    let suite = text("cryptosuite")?;
    let suite = Cryptosuite::named(suite).ok_or_else(|| ProofError::Unsupported(suite.to_owned()))?;
    if proof.contains_key("previousProof") {
        return Err(ProofError::Unsupported("previousProof".to_owned()));
    }
    let purpose = text("proofPurpose")?;
    if purpose != expectation.purpose {
        return Err(ProofError::Purpose { expected: expectation.purpose.to_owned(), found: purpose.to_owned() });
    }
    let method = text("verificationMethod")?;
    let created = time("created")?;
    if let Some(end) = time("expires")?.filter(|end| expectation.at >= *end) {
        return Err(ProofError::Expired(end));
    }
    let value = text("proofValue")?;
    if !value.starts_with('z') {
        return Err(ProofError::Malformed("proofValue"));
    }
    let signature = multibase::decode(value).map_err(ProofError::Value)?;

    let key = authorised_key(method, suite.algorithm(), created, resolver, expectation)?;

    let mut options = proof.clone();
    options.remove("proofValue");
    let mut covered = unsigned.clone();
    // Contexts may be appended after signing; the signature covers those that the proof names (3.3.2, step 4).
    if let Some(context) = proof.get("@context") {
        if !begins_with(unsigned.get("@context"), context) {
            return Err(ProofError::Context);
        }
        covered.insert("@context".into(), context.clone());
    }
    let data = hash_data(&Value::Object(options), &Value::Object(covered))?;
    key.key.verify(&data, &signature).map_err(|_| ProofError::Signature)?;
    Ok(VerifiedProof::by(key, Some(suite), created))
}

/// The key behind a verification method, if it could make this signature: right algorithm, listed for the purpose,
/// within its window when the signature says that it was made, and not revoked when it is verified.
pub(super) fn authorised_key(
    method: &str,
    algorithm: Algorithm,
    created: Option<Timestamp>,
    resolver: &dyn KeyResolver,
    expectation: &Expectation<'_>,
) -> Result<ResolvedKey, ProofError> {
    if let Some(created) = created.filter(|created| *created > expectation.at.plus_seconds(CLOCK_SKEW)) {
        return Err(ProofError::FromTheFuture(created));
    }
    let key = resolver.resolve(method)?.ok_or_else(|| ProofError::Resolve(ResolveError::Unknown(method.to_owned())))?;
    let method = method.to_owned();
    let found = key.key.algorithm();
    if found != algorithm {
        return Err(ProofError::Algorithm { method, expected: algorithm, found });
    }
    if !key.purposes.iter().any(|purpose| purpose == expectation.purpose) {
        return Err(ProofError::NotAuthorised { method, purpose: expectation.purpose.to_owned() });
    }
    // A retired key verifies what it signed in its time; a revoked one verifies nothing, for its thief chooses `created`.
    let at = created.unwrap_or(expectation.at);
    if !key.window.holds(at) {
        return Err(ProofError::KeyOutsideWindow { method, at });
    }
    if let Some(since) = key.ceases.filter(|since| expectation.at >= *since) {
        return Err(ProofError::KeyCeased { method, since });
    }
    Ok(key)
}

/// True where the contexts of the document begin with all those of the proof, in that order.
fn begins_with(document: Option<&Value>, proof: &Value) -> bool {
    fn list(value: &Value) -> &[Value] {
        value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
    }
    document.is_some_and(|document| list(document).starts_with(list(proof)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{DidKeys, did_key};
    use crate::crypto::SigningKey;

    /// The folder of the published test vectors, where it is there.
    fn vectors(suite: &str) -> Option<std::path::PathBuf> {
        crate::testing::shared(&format!("reference/formats/w3c-vc/vectors/{suite}"))
    }

    fn read(folder: &std::path::Path, file: &str) -> String {
        std::fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}")).trim().to_owned()
    }

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().expect("time")
    }

    fn assertion() -> Expectation<'static> {
        Expectation::assertion(now())
    }

    /// Follows one folder of vectors step by step; the signing key is built by the caller from the key file.
    fn follow(folder: &std::path::Path, suffix: &str, pair: &str, secret: &str, suite: Cryptosuite) {
        let unsigned: Value = serde_json::from_str(&read(folder, "unsigned.json")).expect("JSON");
        let options: Value = serde_json::from_str(&read(folder, &format!("proofConfig{suffix}.json"))).expect("JSON");
        let signed: Value = serde_json::from_str(&read(folder, &format!("signed{suffix}.json"))).expect("JSON");

        assert_eq!(jcs(&unsigned).expect("JCS"), read(folder, &format!("canonDoc{suffix}.txt")).as_bytes());
        assert_eq!(jcs(&options).expect("JCS"), read(folder, &format!("proofCanon{suffix}.txt")).as_bytes());
        let data = hash_data(&options, &unsigned).expect("hash");
        assert_eq!(hex::encode(data), read(folder, &format!("combinedHash{suffix}.txt")));
        assert_eq!(hex::encode(&data[..32]), read(folder, &format!("proofHash{suffix}.txt")));
        assert_eq!(hex::encode(&data[32..]), read(folder, &format!("docHash{suffix}.txt")));
        let signature = multibase::decode(&read(folder, &format!("sigBTC58{suffix}.txt"))).expect("base58");
        assert_eq!(hex::encode(signature), read(folder, &format!("sigHex{suffix}.txt")));

        let proofs = verify_proof(&signed, &DidKeys, &assertion()).expect("the published credential verifies");
        assert_eq!(proofs.len(), 1);
        assert_eq!(proofs[0].cryptosuite, Some(suite));

        // The secret key is a Multikey too: two bytes of multicodec, then the secret.
        let keys: Value = serde_json::from_str(&read(folder, pair)).expect("JSON");
        let bytes = multibase::decode(keys[secret].as_str().expect("text")).expect("base58");
        let key = SigningKey::from_secret(suite.algorithm(), &bytes[2..].try_into().expect("32")).expect("key");
        assert_eq!(keys["publicKeyMultibase"], json!(key.public_key().multikey()));
        let made = add_proof(
            unsigned,
            &key,
            &ProofOptions {
                created: "2023-02-24T23:36:38Z".parse().expect("time"),
                verification_method: signed["proof"]["verificationMethod"].as_str().expect("text"),
                purpose: "assertionMethod",
            },
        )
        .expect("signed");
        verify_proof(&made, &DidKeys, &assertion()).expect("what we sign verifies");
        if suite == Cryptosuite::EddsaJcs2022 {
            // Ed25519 is deterministic: the whole credential is the published one.
            assert_eq!(made, signed);
        }
    }

    #[test]
    fn eddsa_jcs_2022_gives_the_bytes_of_the_published_vectors() {
        if let Some(folder) = vectors("eddsa-jcs-2022") {
            follow(&folder, "JCS", "keyPair.json", "privateKeyMultibase", Cryptosuite::EddsaJcs2022);
        }
    }

    #[test]
    fn ecdsa_jcs_2019_gives_the_bytes_of_the_published_vectors() {
        if let Some(folder) = vectors("ecdsa-jcs-2019-p256") {
            follow(&folder, "JCSECDSAP256", "p256KeyPair.json", "secretKeyMultibase", Cryptosuite::EcdsaJcs2019);
        }
    }

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::from_secret(algorithm, &[5; 32]).expect("key")
    }

    fn method(key: &SigningKey) -> String {
        format!("{}#{}", did_key(key.public_key()), key.public_key().multikey())
    }

    fn credential(issuer: &str) -> Value {
        json!({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
               "issuer": {"id": issuer, "name": "中国某认证有限公司"}, "credentialSubject": {"id": "urn:x:1", "n": 1.5}})
    }

    fn signed(key: &SigningKey) -> Value {
        let created = "2026-11-20T01:02:03.456Z".parse().expect("time");
        let options = ProofOptions { created, verification_method: &method(key), purpose: "assertionMethod" };
        add_proof(credential(&did_key(key.public_key())), key, &options).expect("signed")
    }

    #[test]
    fn any_change_of_document_or_proof_options_is_refused() {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let signed = signed(&key(algorithm));
            verify_proof(&signed, &DidKeys, &assertion()).expect("verifies");
            assert_eq!(signed["proof"]["created"], "2026-11-20T01:02:03Z");
            let refused = |change: &dyn Fn(&mut Value)| {
                let mut changed = signed.clone();
                change(&mut changed);
                verify_proof(&changed, &DidKeys, &assertion()).expect_err("refused")
            };
            assert_eq!(refused(&|d| d["credentialSubject"]["n"] = json!(1.6)), ProofError::Signature);
            assert_eq!(refused(&|d| d["issuer"]["name"] = json!("别的公司")), ProofError::Signature);
            assert_eq!(refused(&|d| d["added"] = json!(true)), ProofError::Signature);
            assert_eq!(refused(&|d| d["proof"]["created"] = json!("2026-11-20T01:02:04Z")), ProofError::Signature);
            assert_eq!(refused(&|d| d["proof"]["added"] = json!(true)), ProofError::Signature);
            assert_eq!(refused(&|d| d["@context"] = json!(["https://evil.example"])), ProofError::Context);
            assert_eq!(refused(&|d| d["proof"]["@context"] = json!([])), ProofError::Signature);
            assert!(matches!(
                refused(&|d| d["proof"]["proofPurpose"] = json!("authentication")),
                ProofError::Purpose { .. }
            ));
            assert!(matches!(
                refused(&|d| d["proof"]["cryptosuite"] = json!("ecdsa-rdfc-2019")),
                ProofError::Unsupported(_)
            ));
            assert_eq!(refused(&|d| d["proof"] = json!([])), ProofError::Missing);
            assert_eq!(
                refused(&|d| d["n"] = json!(9_007_199_254_740_993_i64)).finding().code(),
                "crypto/inexact-number"
            );
        }
    }

    #[test]
    fn another_key_or_the_other_algorithm_is_refused() {
        let mut changed = signed(&key(Algorithm::Ed25519));
        let other = SigningKey::from_secret(Algorithm::Ed25519, &[6; 32]).expect("key");
        changed["proof"]["verificationMethod"] = json!(method(&other));
        assert_eq!(verify_proof(&changed, &DidKeys, &assertion()).expect_err("refused"), ProofError::Signature);
        changed["proof"]["verificationMethod"] = json!(method(&key(Algorithm::P256)));
        assert!(matches!(
            verify_proof(&changed, &DidKeys, &assertion()).expect_err("refused"),
            ProofError::Algorithm { .. }
        ));
        changed["proof"]["verificationMethod"] = json!("did:web:nobody.example#1");
        assert!(matches!(
            verify_proof(&changed, &DidKeys, &assertion()).expect_err("refused"),
            ProofError::Resolve(ResolveError::Unknown(_))
        ));
    }

    #[test]
    fn contexts_appended_after_signing_do_not_break_the_proof() {
        let mut longer = signed(&key(Algorithm::Ed25519));
        longer["@context"] = json!(["https://www.w3.org/ns/credentials/v2", "https://example.org/more"]);
        verify_proof(&longer, &DidKeys, &assertion()).expect("verifies");
    }

    #[test]
    fn every_proof_of_a_set_must_hold() {
        let first = signed(&key(Algorithm::Ed25519));
        let second = signed(&key(Algorithm::P256));
        let mut both = first.clone();
        // The issuer differs between the two, so that the second proof does not cover this document.
        both["proof"] = json!([first["proof"], second["proof"]]);
        assert_eq!(verify_proof(&both, &DidKeys, &assertion()).expect_err("refused"), ProofError::Signature);
        both["proof"] = json!([first["proof"], first["proof"]]);
        assert_eq!(verify_proof(&both, &DidKeys, &assertion()).expect("verifies").len(), 2);
        both["proof"] = json!(vec![first["proof"].clone(); 9]);
        assert_eq!(verify_proof(&both, &DidKeys, &assertion()).expect_err("refused"), ProofError::TooMany(8));
    }

    /// A resolver that bends what `did:key` says.
    struct Bent<F: Fn(&mut ResolvedKey)>(F);

    impl<F: Fn(&mut ResolvedKey)> KeyResolver for Bent<F> {
        fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError> {
            let mut key = DidKeys.resolve(verification_method)?;
            key.iter_mut().for_each(&self.0);
            Ok(key)
        }
    }

    #[test]
    fn a_retired_key_verifies_what_it_signed_in_its_time_and_a_revoked_one_nothing() {
        let signed = signed(&key(Algorithm::Ed25519));
        let time = |text: &str| -> Option<Timestamp> { Some(text.parse().expect("time")) };
        let retired = Bent(|key| key.window.not_after = Some("2026-11-21T00:00:00Z".parse().expect("time")));
        verify_proof(&signed, &retired, &assertion()).expect("signed within the window");
        let expired = Bent(|key| key.window.not_after = Some("2026-11-19T00:00:00Z".parse().expect("time")));
        assert!(matches!(
            verify_proof(&signed, &expired, &assertion()).expect_err("refused"),
            ProofError::KeyOutsideWindow { .. }
        ));
        let revoked = Bent(|key| key.ceases = time("2026-11-22T00:00:00Z"));
        assert!(matches!(
            verify_proof(&signed, &revoked, &assertion()).expect_err("refused"),
            ProofError::KeyCeased { .. }
        ));
        let unlisted = Bent(|key| key.purposes = vec!["authentication".into()]);
        assert!(matches!(
            verify_proof(&signed, &unlisted, &assertion()).expect_err("refused"),
            ProofError::NotAuthorised { .. }
        ));
        let before = Expectation::assertion("2026-11-01T00:00:00Z".parse().expect("time"));
        assert!(matches!(verify_proof(&signed, &DidKeys, &before).expect_err("refused"), ProofError::FromTheFuture(_)));
    }

    #[test]
    fn a_signed_document_is_not_signed_again() {
        let key = key(Algorithm::Ed25519);
        let options = ProofOptions { created: now(), verification_method: &method(&key), purpose: "assertionMethod" };
        assert_eq!(add_proof(signed(&key), &key, &options).expect_err("refused"), IssueError::AlreadySigned);
        assert_eq!(add_proof(json!([]), &key, &options).expect_err("refused"), IssueError::NoObject);
    }
}
