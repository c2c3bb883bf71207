//! Credentials as JWT: the header of a token on the first line, its payload behind it, or a token as it comes. Nothing is
//! believed but what the key signed, and what is believed has one reading.

use std::sync::LazyLock;

use certbridge::clock::Timestamp;
use certbridge::credential::{DidKeys, Expectation, ProofError, did_key, judge_credential, open_jwt, to_jwt};
use certbridge::crypto::{Algorithm, Signer as _, SigningKey, multibase};
use certbridge::document::Syntax;
use certbridge::finding::catalogue;
use serde_json::{Value, json};

use super::{Target, read};
use crate::mutation::Shape;

pub(crate) const TARGET: Target =
    Target { name: "jwt", hold, seeds, shape: Shape::Text(TOKENS), inputs: 4_000, most_bytes: 8 << 10 };

const TOKENS: &[&str] = &[
    "\"alg\":\"EdDSA\"",
    "\"alg\":\"ES256\"",
    "\"alg\":\"none\"",
    "\"kid\":\"did:key:z\"",
    "\"crit\":[]",
    "\"b64\":false",
    "\"typ\":\"JWT\"",
    "\"iat\":1795161600",
    "\"exp\":1",
    "\"nbf\":9007199254740993",
    "\"issuer\":{\"id\":\"x\"}",
    "\"validUntil\":\"2026-01-01T00:00:00Z\"",
    "\"credentialStatus\":{}",
    "did:web:",
    ".",
    "..",
    "=",
    "e30",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\n",
    "\\u0000",
    "\\ud800",
    "-",
    "_",
    "1e400",
    "null",
];

fn now() -> Timestamp {
    "2026-11-27T08:00:00Z".parse().expect("a time")
}

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_secret(Algorithm::Ed25519, &[11; 32]).expect("a key"));

static METHOD: LazyLock<String> = LazyLock::new(|| {
    let key = KEY.public_key();
    format!("{}#{}", did_key(key), key.multikey())
});

/// The one token that was signed.
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let document = json!({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": did_key(KEY.public_key()), "validFrom": "2026-11-20T00:00:00Z", "credentialSubject": {"name": "证书", "n": 2.50}});
    to_jwt(document, &*KEY, &METHOD, "2026-11-20T00:00:00Z".parse().expect("a time")).expect("a token")
});

fn decoded(part: &str) -> Vec<u8> {
    multibase::decode(&format!("u{part}")).expect("base64url")
}

fn encoded(bytes: &[u8]) -> String {
    multibase::base64url(bytes).split_off(1)
}

fn seeds() -> Vec<Vec<u8>> {
    let mut parts = TOKEN.split('.').map(decoded);
    let apart = [parts.next().expect("a header"), b"\n".to_vec(), parts.next().expect("a payload")].concat();
    vec![TOKEN.clone().into_bytes(), apart]
}

fn hold(bytes: &[u8]) {
    let expectation = Expectation::assertion(now());
    if let Ok(text) = str::from_utf8(bytes) {
        match open_jwt(text, &DidKeys, &expectation) {
            Ok(opened) => {
                let payload = decoded(TOKEN.split('.').nth(1).expect("a payload"));
                assert_eq!(opened.payload, payload, "a payload that nobody signed is believed");
            }
            Err(error) => refused(&error),
        }
    }
    // Header and payload as they come, signed by the key that the header may name.
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (header, payload) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    let input = format!("{}.{}", encoded(header), encoded(payload));
    let signature = KEY.sign(input.as_bytes()).expect("signed");
    match open_jwt(&format!("{input}.{}", encoded(&signature)), &DidKeys, &expectation) {
        Ok(opened) => {
            assert_eq!(opened.payload, payload);
            assert_eq!(opened.proof.controller, did_key(KEY.public_key()), "a key of somebody else");
            let claims: Value = serde_json::from_slice(payload).expect("what was opened is JSON");
            assert_eq!(claims.get("iat").and_then(Value::as_i64), opened.proof.created.map(Timestamp::unix));
            if let Some(document) = read(payload, Syntax::Json) {
                assert_eq!(document.root.to_json(), claims, "two readers read two documents");
                match judge_credential(&document.root.to_json(), vec![opened.proof], now()) {
                    Ok(verified) => assert_eq!(verified.issuer, did_key(KEY.public_key())),
                    Err(error) => refused(&error),
                }
            }
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &ProofError) {
    let finding = error.finding();
    assert!(catalogue().contains_key(finding.code()), "{} has no words", finding.code());
    let message = finding.message();
    assert!(!message.zh.is_empty() && !message.en.is_empty(), "{} says nothing", finding.code());
}
