//! The protocol's page, held by two implementations: its worked examples by our own code, and a small second
//! implementation in Python (`tests/second`) that exchanges both ways with the real binary.

#![cfg(feature = "gateway")]
#![expect(clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

use std::path::{Path, PathBuf};
use std::process::Command;

use certbridge::clock::Timestamp;
use certbridge::crypto::{Digest, Key, KeySet, KeyWindow, PublicKey, Signer, SigningKey};
use certbridge::message::{Envelope, Fields, Freshness, Request, SignedReceipt, SigningTime, open, seal};

const PATH: &str = "/exchange/v1/messages";

/// The key of RFC 9421, appendix B.1.4.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of code of the page, each with its language.
fn blocks() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(root().join("docs/protocol.md")).expect("the page");
    let mut parts = page.split("\n```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a block");
        blocks.push((language.to_owned(), text.to_owned()));
    }
    blocks
}

fn block(language: &str, begins: &str) -> String {
    let found = blocks().into_iter().find(|(own, text)| own == language && text.starts_with(begins));
    found.unwrap_or_else(|| panic!("no block {language} that begins with {begins}")).1
}

fn keys(multikey: &str) -> KeySet {
    let public = PublicKey::from_multikey(multikey).expect("a key");
    KeySet::new(vec![Key::verifying(multikey, public, KeyWindow::ALWAYS)]).expect("keys")
}

#[test]
fn the_worked_examples_of_the_page_hold() {
    let request = block("http", "POST ");
    let (head, body) = request.split_once("\n\n").expect("a body");
    let mut fields = Fields::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").expect("a field");
        fields.push(name, value).expect("a field");
    }
    let key = SigningKey::from_pem(KEY).expect("a key");
    let key_id = key.public_key().multikey();
    let at: Timestamp = "2025-11-20T08:00:00Z".parse().expect("a time");

    // What the page shows is what we send …
    let envelope = Envelope::from_fields(&fields).expect("an envelope");
    let sealed = seal(&envelope, body.as_bytes(), "POST", PATH, None, &key.named(key_id.clone()), &SigningTime::at(at));
    assert_eq!(sealed.expect("sealed"), fields);
    // … and what we believe, with the signature base that it shows.
    let received = Request { method: "POST", path: PATH, query: None, fields: &fields, body: body.as_bytes() };
    let opened = open(&received, &keys(&key_id), &Freshness::default(), at).expect("believed");
    assert_eq!(opened.signature.base, block("text", "\"@method\": POST"));

    let text = block("json", "{\n  \"receipt\": \"certbridge-receipt/1\"");
    let receipt = SignedReceipt::parse(text.as_bytes()).expect("a receipt");
    let recipient = receipt.key_id().expect("a key").to_owned();
    let (body, signatures) = (Digest::sha256(body.as_bytes()), [opened.signature.digest()]);
    receipt.verify_for(&keys(&recipient), &envelope, &body, &signatures).expect("believed");
    let covered = block("text", "{\"decidedAt\"");
    let mut plain: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    plain["signature"].as_object_mut().expect("an object").remove("value");
    assert_eq!(certbridge::crypto::jcs(&plain).expect("canonical"), covered.as_bytes());
}

/// A Python that can run the second implementation.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("CERTBRIDGE_TEST_PYTHON").map(PathBuf::from);
    let known = ["python3", "/usr/bin/python3"].map(PathBuf::from);
    named.into_iter().chain(known).find(|python| {
        let needed = "import tomllib, cryptography.hazmat.primitives.asymmetric.ed25519";
        Command::new(python).args(["-c", needed]).output().is_ok_and(|output| output.status.success())
    })
}

#[test]
fn a_second_implementation_exchanges_both_ways() {
    let Some(python) = python() else {
        let required = std::env::var_os("CERTBRIDGE_TEST_SECOND").is_some_and(|value| value == "required");
        assert!(
            !required,
            "python3 (3.11) with the package cryptography is not here, and CERTBRIDGE_TEST_SECOND is required"
        );
        eprintln!("NOT RUN: the second implementation needs python3 (3.11) with the package cryptography");
        return;
    };
    let script = root().join("tests/second/exchange.py");
    let output = Command::new(python)
        .args(["-B".as_ref(), script.as_os_str()])
        .arg(env!("CARGO_BIN_EXE_certbridge"))
        .arg(root().join("docs/protocol.md"))
        .output()
        .expect("python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    // Everything that the script can show was shown: one that stops early and ends well would be no proof.
    let meant = std::fs::read_to_string(&script).expect("the script").matches("    say(").count();
    assert_eq!(said.lines().filter(|line| line.starts_with("ok: ")).count(), meant, "{said}");
}
