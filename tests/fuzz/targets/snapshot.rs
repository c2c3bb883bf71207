//! The manifest of a snapshot: a document that carries its signature in itself. Nothing is believed but what was signed.

use std::path::Path;
use std::sync::LazyLock;

use certbridge::crypto::{Digest, KeySet, SigningKey};
use certbridge::exchange::{Manifest, SnapshotError};
use certbridge::message::sign_document;
use serde_json::{Value, json};

use super::{Target, json as json_text, keys_of, signer};
use crate::mutation::Shape;

pub(crate) const TARGET: Target = Target {
    name: "snapshot",
    hold,
    seeds: || vec![SIGNED.clone()],
    shape: Shape::Text(json_text::TOKENS),
    inputs: 4_000,
    most_bytes: 8 << 10,
};

fn key() -> SigningKey {
    signer(5, "nz-2026")
}

static KEYS: LazyLock<KeySet> = LazyLock::new(|| keys_of(&key()));

/// The one manifest that was signed.
fn known() -> Value {
    let digest = Digest::sha256(b"").multibase();
    json!({
        "snapshot": "certbridge-snapshot/1", "sender": "nz", "recipient": "cn", "cursor": 17,
        "asOf": "2026-11-20T08:00:00Z", "subscription": digest, "checkpoint": "nz\n17\nAA==\n",
        "parts": [{"file": "part-1.ndjson.gz", "digest": digest, "rows": 9_007_199_254_740_991_u64}],
    })
}

static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let Value::Object(known) = known() else { panic!("an object") };
    Value::Object(sign_document(known, &key()).expect("signed")).to_string().into_bytes()
});

fn hold(bytes: &[u8]) {
    match Manifest::parse(Path::new("manifest.json"), bytes, &KEYS) {
        Ok(manifest) => {
            let read = serde_json::to_value(&manifest).expect("what was read can be written");
            assert_eq!(read, known(), "a manifest that nobody signed is believed");
        }
        Err(SnapshotError::File { reason, .. }) => assert!(!reason.is_empty(), "a refusal says nothing"),
        Err(other) => panic!("the sender's fault is told as another's: {other}"),
    }
}
