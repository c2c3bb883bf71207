//! Sealing, opening and answering a message: what holds, and that nothing which was changed on the way is believed.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::clock::{FixedClock, SystemEntropy};
use crate::crypto::{Algorithm, CryptoError, Digest, Key, KeyWindow, SigningKey};
use crate::finding::{Finding, Place};

const PATH: &str = "/exchange/v1/messages";
const BODY: &[u8] = "{\"证书\":\"00123Q30001R0M\"}".as_bytes();

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().expect("a time")
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, &[7; 32]).expect("a key").named("cn-2026")
}

fn keys(algorithm: Algorithm) -> KeySet {
    let window =
        KeyWindow { not_before: Some(now().plus_seconds(-86_400)), not_after: Some(now().plus_seconds(86_400)) };
    KeySet::new(vec![Key::verifying("cn-2026", key(algorithm).public_key().clone(), window)]).expect("keys")
}

fn envelope() -> Envelope {
    Envelope {
        id: MessageId::new(&FixedClock(now()), &SystemEntropy),
        kind: MessageType::CertificateUpsert,
        sender: "urn:registry:中国".to_owned(),
        recipient: "nz-registry".to_owned(),
        subject: "cnca-approval:CNCA-R-2002-001/00123Q30001R0M".parse().ok(),
        state: Some(FaceVersion { face: Face::Certificate, version: 3, previous: Some(1) }),
        format: "untp-dcc@0.7.0".to_owned(),
        content_type: "application/vc+ld+json".to_owned(),
        replaces: None,
        answers: None,
    }
}

fn sealed(algorithm: Algorithm, query: Option<&str>) -> Fields {
    seal(&envelope(), BODY, "POST", PATH, query, &key(algorithm), &SigningTime::at(now())).expect("sealed")
}

fn request(fields: &Fields) -> Request<'_> {
    Request { method: "POST", path: PATH, query: None, fields, body: BODY }
}

fn opened(request: &Request<'_>) -> Result<Opened, MessageError> {
    open(request, &keys(Algorithm::Ed25519), &Freshness::default(), now())
}

/// The same fields with one value changed; an empty value takes the field away.
fn with(fields: &Fields, name: &str, change: impl Fn(&str) -> String) -> Fields {
    let mut changed = Fields::new();
    for (have, value) in fields.iter() {
        let value = if have == name { change(value) } else { value.to_owned() };
        if !value.is_empty() {
            changed.push(have, &value).expect("a field");
        }
    }
    changed
}

#[test]
fn a_message_that_was_sealed_is_opened_with_either_algorithm() {
    for (algorithm, name) in [(Algorithm::Ed25519, "ed25519"), (Algorithm::P256, "ecdsa-p256-sha256")] {
        for query in [None, Some(""), Some("a=1&b=%20")] {
            let fields = sealed(algorithm, query);
            let input = fields.one("signature-input").expect("once").expect("there");
            assert!(input.contains(&format!("alg=\"{name}\"")) && input.ends_with("tag=\"certbridge\""), "{input}");
            assert!(!input.contains("@authority"));
            let received =
                Fields::received(fields.iter().map(|(name, value)| (name, value.as_bytes()))).expect("fields");
            let request = Request { query, ..request(&received) };
            let opened = open(&request, &keys(algorithm), &Freshness::default(), now()).expect("opened");
            assert_eq!(opened.envelope.to_fields().expect("fields"), envelope_fields(&fields));
            assert_eq!((opened.signature.created, opened.signature.key_id.as_str()), (now(), "cn-2026"));
        }
    }
}

fn envelope_fields(fields: &Fields) -> Fields {
    Envelope::from_fields(fields).expect("an envelope").to_fields().expect("fields")
}

#[test]
fn the_signature_base_of_a_message_is_this() {
    let mut envelope = envelope();
    envelope.id = "01932c07-209f-7a1b-8c3d-0123456789ab".parse().expect("an id");
    let time =
        SigningTime { expires: Some(now().plus_seconds(60)), nonce: Some("n-1".to_owned()), ..SigningTime::at(now()) };
    let fields = seal(&envelope, BODY, "POST", PATH, Some("dry-run"), &key(Algorithm::Ed25519), &time).expect("sealed");
    let opened = opened(&Request { query: Some("dry-run"), ..request(&fields) }).expect("opened");
    insta::assert_snapshot!(opened.signature.base, @r#"
    "@method": POST
    "@path": /exchange/v1/messages
    "@query": ?dry-run
    "certbridge-message-id": 01932c07-209f-7a1b-8c3d-0123456789ab
    "certbridge-message-type": certificate-upsert
    "certbridge-sender": urn%3Aregistry%3A%E4%B8%AD%E5%9B%BD
    "certbridge-recipient": nz-registry
    "certbridge-subject": cnca-approval:CNCA-R-2002-001/00123Q30001R0M
    "certbridge-face": certificate
    "certbridge-version": 3
    "certbridge-previous-version": 1
    "certbridge-format": untp-dcc@0.7.0
    "content-type": application/vc+ld+json
    "content-digest": sha-256=:q6q99XnqmeaUfwpfCbSVqwDwaG8hmmqUWuTertrZHtE=:
    "@signature-params": ("@method" "@path" "@query" "certbridge-message-id" "certbridge-message-type" "certbridge-sender" "certbridge-recipient" "certbridge-subject" "certbridge-face" "certbridge-version" "certbridge-previous-version" "certbridge-format" "content-type" "content-digest");created=1795161600;expires=1795161660;keyid="cn-2026";alg="ed25519";nonce="n-1";tag="certbridge"
    "#);
}

#[test]
fn whatever_is_changed_on_the_way_is_refused() {
    let fields = sealed(Algorithm::Ed25519, None);
    assert!(opened(&request(&fields)).is_ok());
    let invalid = Some(MessageError::Signature(CryptoError::SignatureInvalid));

    // Every covered header field, changed, is noticed.
    for (name, _) in fields.iter().filter(|(name, _)| !name.starts_with("signature")) {
        let changed = with(&fields, name, |value| format!("{value}0"));
        assert_eq!(opened(&request(&changed)).err(), invalid, "{name}");
        let gone = with(&fields, name, |_| String::new());
        assert!(opened(&request(&gone)).is_err(), "{name}");
        let mut twice = fields.clone();
        twice.push(name, "x").expect("a field");
        assert_eq!(opened(&request(&twice)).err(), Some(MessageError::HeaderTwice { name: name.to_owned() }));
    }
    // One added in our name is not covered.
    let mut added = fields.clone();
    added.push("certbridge-replaces", "01932c07-209f-7a1b-8c3d-0123456789ab").expect("a field");
    let name = "certbridge-replaces".to_owned();
    assert_eq!(opened(&request(&added)).err(), Some(MessageError::ComponentMissing { name }));

    assert_eq!(opened(&Request { method: "PUT", ..request(&fields) }).err(), invalid);
    assert_eq!(opened(&Request { path: "/exchange/v1/other", ..request(&fields) }).err(), invalid);
    let query = Some("force=1");
    let missing = Some(MessageError::ComponentMissing { name: "@query".to_owned() });
    assert_eq!(opened(&Request { query, ..request(&fields) }).err(), missing);
    let asked = sealed(Algorithm::Ed25519, query);
    assert_eq!(opened(&Request { query: Some("force=2"), ..request(&asked) }).err(), invalid);
    assert_eq!(opened(&Request { query: None, ..request(&asked) }).err(), invalid);
    assert_eq!(opened(&Request { body: b"{}", ..request(&fields) }).err(), Some(MessageError::DigestMismatch));
    // Body and digest changed together: the signature covers the digest.
    let forged = with(&fields, "content-digest", |_| content_digest(b"{}"));
    assert_eq!(opened(&Request { body: b"{}", ..request(&forged) }).err(), invalid);
    let mut encoded = fields.clone();
    encoded.push("content-encoding", "gzip").expect("a field");
    assert_eq!(opened(&request(&encoded)).err(), Some(MessageError::ContentEncoded));
}

#[test]
fn a_signature_that_covers_less_more_or_twice_is_refused() {
    let fields = sealed(Algorithm::Ed25519, None);
    let code = |change: &dyn Fn(&str) -> String| {
        opened(&request(&with(&fields, "signature-input", change))).expect_err("changed").finding().code()
    };
    let input = fields.one("signature-input").expect("once").expect("there").to_owned();
    let covered: Vec<_> = input.split(['(', ')']).nth(1).expect("a list").split(' ').map(ToOwned::to_owned).collect();
    assert_eq!(covered.len(), 13);
    for name in &covered {
        let without = |text: &str| text.replacen(&format!("{name} "), "", 1).replacen(&format!(" {name})"), ")", 1);
        assert_eq!(code(&without), "message/component-missing", "{name}");
    }
    for (from, to, expected) in [
        ("(\"@method\"", "(\"@method\" \"@method\"", "message/component-twice"),
        ("(\"@method\"", "(\"@authority\" \"@method\"", "message/component-unknown"),
        ("(\"@method\"", "(\"date\" \"@method\"", "message/component-unknown"),
        ("(\"@method\"", "(\"@method\";req", "message/component-unknown"),
        ("(\"@method\"", "(@method", "message/signature-malformed"),
        ("alg=\"ed25519\"", "alg=\"ecdsa-p256-sha256\"", "message/algorithm-mismatch"),
        ("alg=\"ed25519\"", "alg=\"hmac-sha256\"", "message/algorithm-mismatch"),
        (";alg=\"ed25519\"", "", "message/signature-malformed"),
        ("keyid=\"cn-2026\"", "keyid=\"cn-2025\"", "crypto/key-unknown"),
        (";keyid=\"cn-2026\"", "", "message/signature-malformed"),
        (";tag=\"certbridge\"", "", "message/signature-missing"),
        (";tag=\"certbridge\"", ";tag=\"certbridge\";x=1", "message/signature-malformed"),
        ("created=", "created=?1;x=", "message/signature-malformed"),
        ("certbridge=(", "other=(", "message/signature-missing"),
    ] {
        assert!(input.contains(from), "{from}");
        assert_eq!(code(&|text: &str| text.replacen(from, to, 1)), expected, "{from} -> {to}");
    }
    let two = |text: &str| format!("{text}, other={}", text.strip_prefix("certbridge=").expect("the label"));
    assert_eq!(code(&two), "message/signature-malformed");
}

#[test]
fn another_signature_beside_ours_does_not_disturb() {
    let fields = sealed(Algorithm::Ed25519, None);
    let proxied =
        with(&fields, "signature-input", |text| format!("proxy=(\"@authority\");created=1;tag=\"proxy\", {text}"));
    let proxied = with(&proxied, "signature", |text| format!("proxy=:aGk=:, {text}"));
    assert!(opened(&request(&proxied)).is_ok());
}

#[test]
fn a_replay_outside_the_window_is_refused() {
    let fields = sealed(Algorithm::Ed25519, None);
    let at = |seconds: i64| {
        let keys = keys(Algorithm::Ed25519);
        open(&request(&fields), &keys, &Freshness { skew: 60, age: 120 }, now().plus_seconds(seconds)).map(|_| ())
    };
    assert_eq!(at(0), Ok(()));
    assert_eq!(at(120), Ok(()));
    assert_eq!(at(121), Err(MessageError::SignatureTooOld { created: now() }));
    assert_eq!(at(-60), Ok(()));
    assert_eq!(at(-61), Err(MessageError::SignatureFromTheFuture { created: now() }));

    let expires = now().plus_seconds(30);
    let time = SigningTime { expires: Some(expires), ..SigningTime::at(now()) };
    let short = seal(&envelope(), BODY, "POST", PATH, None, &key(Algorithm::Ed25519), &time).expect("sealed");
    let at =
        |seconds| open(&request(&short), &keys(Algorithm::Ed25519), &Freshness::default(), now().plus_seconds(seconds));
    assert!(at(30).is_ok());
    assert_eq!(at(31).err(), Some(MessageError::SignatureExpired { expires }));
    // A fresher date is not covered by the signature that was made.
    let redated = with(&fields, "signature-input", |text| {
        text.replace(&now().unix().to_string(), &now().plus_seconds(3600).unix().to_string())
    });
    let later = open(&request(&redated), &keys(Algorithm::Ed25519), &Freshness::default(), now().plus_seconds(3600));
    assert_eq!(later.err(), Some(MessageError::Signature(CryptoError::SignatureInvalid)));
}

#[test]
fn a_key_counts_only_in_its_window() {
    let after = now().plus_seconds(86_401);
    let late =
        seal(&envelope(), BODY, "POST", PATH, None, &key(Algorithm::Ed25519), &SigningTime::at(after)).expect("sealed");
    let refused = open(&request(&late), &keys(Algorithm::Ed25519), &Freshness::default(), after).expect_err("late");
    assert_eq!(refused.finding().code(), "crypto/key-outside-window");
}

#[test]
fn field_values_that_no_field_may_have_are_refused() {
    let mut fields = Fields::new();
    for value in ["a\r\nsignature: x", "中", "a\0", &"x".repeat(9000)] {
        assert!(fields.push("certbridge-sender", value).is_err(), "{value:?}");
    }
    assert!(Fields::received([("Certbridge-Sender", &b"\xff"[..])]).is_err());
    assert_eq!(Fields::received([("User-Agent", &b"\xff"[..])]), Ok(Fields::new()));
}

fn receipt() -> (SignedReceipt, Envelope, Vec<Digest>) {
    let fields = sealed(Algorithm::Ed25519, None);
    let opened = opened(&request(&fields)).expect("opened");
    let findings = [Finding::new("message/header-missing", Place::pointer("/a/b")).with("name", "x")];
    let decided = now().plus_seconds(1);
    let mut receipt = Receipt::new(
        &opened.envelope,
        Digest::sha256(BODY),
        &opened.signature,
        Outcome::DeliveredWithWarnings,
        &findings,
        now(),
        decided,
    );
    receipt.leaf_hash = Some("00".repeat(32));
    let signatures = vec![Digest::sha256(b"an earlier try"), opened.signature.digest()];
    (receipt.sign(&key(Algorithm::P256)).expect("signed"), opened.envelope, signatures)
}

#[test]
fn a_receipt_is_kept_as_a_document_and_checked_later() {
    let (signed, envelope, signatures) = receipt();
    let json = signed.to_json().expect("JSON");
    let read = SignedReceipt::parse(&json).expect("a receipt");
    assert_eq!(read, signed);
    assert_eq!(read.verify_for(&keys(Algorithm::P256), &envelope, &Digest::sha256(BODY), &signatures), Ok(()));
    assert_eq!((read.key_id(), read.ledger()), (Some("cn-2026"), None));
    // Laid out by hand, and with its place in the ledger: the signature still holds.
    let pretty = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&json).expect("JSON")).expect("JSON");
    let placed = SignedReceipt::parse(&pretty).expect("a receipt").with_ledger(json!({"index": 7}));
    let placed = SignedReceipt::parse(&placed.to_json().expect("JSON")).expect("a receipt");
    assert_eq!(placed.verify(&keys(Algorithm::P256)), Ok(()));
    assert_eq!(placed.ledger(), Some(&json!({"index": 7})));
    // Years later the key has gone out of use, but it held when the receipt was decided.
    assert!(matches!(read.verify(&keys(Algorithm::Ed25519)), Err(MessageError::AlgorithmMismatch { .. })));
}

#[test]
fn every_member_of_a_receipt_is_covered() {
    let (signed, ..) = receipt();
    let value: Value = serde_json::from_slice(&signed.to_json().expect("JSON")).expect("JSON");
    let members = value.as_object().expect("an object");
    assert_eq!(members.len(), 18);
    for name in members.keys() {
        let mut gone = members.clone();
        gone.remove(name);
        let checked = serde_json::to_vec(&gone)
            .map(|json| SignedReceipt::parse(&json).and_then(|r| r.verify(&keys(Algorithm::P256))));
        assert!(checked.expect("JSON").is_err(), "{name} gone");
    }
    for (pointer, other) in [
        ("/outcome", json!("delivered")),
        ("/messageId", json!("01932c07-209f-7a1b-8c3d-0123456789ab")),
        ("/version", json!(4)),
        ("/decidedAt", json!("2026-11-20T08:00:02Z")),
        ("/findings/0/message/zh", json!("好")),
        ("/findings/0/place/pointer", json!("/a")),
        ("/payloadDigest", json!(Digest::sha256(b"other"))),
        ("/leafHash", json!("11")),
        ("/signature/keyId", json!("cn-2025")),
        ("/signature/algorithm", json!("ed25519")),
        ("/signature/value", json!("AAAA")),
        ("/receipt", json!("certbridge-receipt/2")),
    ] {
        let mut changed = value.clone();
        *changed.pointer_mut(pointer).expect(pointer) = other;
        let json = serde_json::to_vec(&changed).expect("JSON");
        assert!(SignedReceipt::parse(&json).and_then(|r| r.verify(&keys(Algorithm::P256))).is_err(), "{pointer}");
    }
    let text = String::from_utf8(signed.to_json().expect("JSON")).expect("UTF-8");
    let twice = text.replacen('{', "{\"outcome\":\"refused\",", 1);
    assert!(matches!(SignedReceipt::parse(twice.as_bytes()), Err(MessageError::ReceiptMalformed { .. })));
    for json in ["", "[]", "{}", "null"] {
        assert!(SignedReceipt::parse(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn a_receipt_for_another_message_is_not_ours() {
    let (signed, envelope, signatures) = receipt();
    let what = |envelope: &Envelope, body: &[u8], signatures: &[Digest]| {
        signed.verify_for(&keys(Algorithm::P256), envelope, &Digest::sha256(body), signatures)
    };
    let mismatch = |what| Err(MessageError::ReceiptMismatch { what });
    assert_eq!(what(&envelope, b"{}", &signatures), mismatch("payloadDigest"));
    assert_eq!(what(&envelope, BODY, &[]), mismatch("requestSignature"));
    let other = Envelope { recipient: "au".to_owned(), ..envelope.clone() };
    assert_eq!(what(&other, BODY, &signatures), mismatch("recipient"));
    let other = Envelope { id: MessageId::new(&FixedClock(now()), &SystemEntropy), ..envelope };
    assert_eq!(what(&other, BODY, &signatures), mismatch("messageId"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_byte_changed_anywhere_is_noticed(position: prop::sample::Index, flip in 1_u8..=255) {
        let fields = sealed(Algorithm::Ed25519, None);
        let mut body = BODY.to_vec();
        let at = position.index(body.len());
        body[at] ^= flip;
        prop_assert_eq!(opened(&Request { body: &body, ..request(&fields) }).err(), Some(MessageError::DigestMismatch));
        let (name, value) = {
            let all: Vec<_> = fields.iter().collect();
            all[position.index(all.len())]
        };
        // Where the changed byte still makes a header field, the message is refused; else the field itself was.
        let mut bytes = value.as_bytes().to_vec();
        let at = position.index(bytes.len());
        bytes[at] ^= flip & 0x1f | 1;
        if let Ok(text) = String::from_utf8(bytes)
            && Fields::new().push(name, &text).is_ok()
            && text.trim() != value
        {
            let changed = with(&fields, name, |_| text.clone());
            prop_assert!(opened(&request(&changed)).is_err(), "{}: {} -> {}", name, value, text);
        }
    }

    #[test]
    fn any_signature_fields_are_read_or_refused_without_panic(input in "[ -~]{0,80}", signature in "[ -~]{0,40}") {
        let fields = with(&sealed(Algorithm::Ed25519, None), "signature-input", |_| input.clone());
        let fields = with(&fields, "signature", |_| signature.clone());
        prop_assert!(opened(&request(&fields)).is_err());
    }
}
