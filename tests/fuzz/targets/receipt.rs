//! Receipts, and with them every document that carries its signature in itself: what is read can be written, and nothing
//! is believed but what was signed.

use std::sync::LazyLock;

use certbridge::crypto::{Digest, KeySet, SigningKey};
use certbridge::message::{Receipt, SignedReceipt};

use super::{Target, json, keys_of, signer};
use crate::mutation::Shape;

pub(crate) const TARGET: Target = Target {
    name: "receipt",
    hold,
    seeds: || vec![SIGNED.clone()],
    shape: Shape::Text(json::TOKENS),
    inputs: 6_000,
    most_bytes: 8 << 10,
};

const TEXT: &str = "{\"receipt\":\"certbridge-receipt/1\",\"messageId\":\"01932c07-209f-7a1b-8c3d-0123456789ab\",\"messageType\":\"certificate-upsert\",\"sender\":\"cn\",\"recipient\":\"nz\",\"subject\":\"gln:1/2\",\"face\":\"certificate\",\"version\":3,\"format\":\"untp-dcc@0.7.0\",\"outcome\":\"delivered-with-warnings\",\"findings\":[{\"code\":\"rule/x\",\"severity\":\"warning\",\"place\":{\"text\":\"/a\"},\"message\":{\"zh\":\"证\",\"en\":\"x\"},\"values\":{\"n\":\"1\"}}],\"payloadDigest\":\"DIGEST\",\"requestSignature\":\"DIGEST\",\"requestKeyId\":\"k\",\"receivedAt\":\"2026-11-20T08:00:00Z\",\"decidedAt\":\"2026-11-20T08:00:01Z\"}";

fn key() -> SigningKey {
    signer(9, "nz-2026")
}

static KEYS: LazyLock<KeySet> = LazyLock::new(|| keys_of(&key()));

/// The one receipt that was signed.
fn known() -> Receipt {
    let digest = Digest::sha256(b"").multibase();
    serde_json::from_str(&TEXT.replace("DIGEST", &digest)).expect("a receipt")
}

static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| known().sign(&key()).expect("signed").to_json().expect("JSON"));

fn hold(bytes: &[u8]) {
    let signed = match SignedReceipt::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => return assert!(error.finding().is_error()),
    };
    let written = signed.to_json().expect("what was read can be written");
    let back = SignedReceipt::parse(&written).expect("what was written can be read");
    assert_eq!(back.receipt(), signed.receipt());
    if signed.verify(&KEYS).is_ok() {
        assert_eq!(*signed.receipt(), known(), "a receipt that nobody signed is believed");
        assert!(back.verify(&KEYS).is_ok(), "what was believed is believed when written anew");
    }
}
