//! What a partner may not say: believed or not, it changes nothing.

use certbridge::exchange::outbox::MESSAGES;
use certbridge::exchange::{Arrived, NoReceipt};
use certbridge::message::{FaceVersion, MessageId};
use certbridge::record::{Identifier, SubjectKey};
use certbridge::trust::Refusal;
use serde_json::{Value, json};

use crate::caller::{client, codes};
use crate::house::{AU, CN, Credentials, House, NZ, alone};
use crate::letter::{Letter, sign};
use crate::papers::{self, BODY, CCC, ccc, ccc_key, dcc, nz_key};

/// The home, the partner, and an open connection between them.
fn scene() -> (House, Credentials, reqwest::Client) {
    let (cn, nz) = alone();
    let client = client(&cn, Some(&nz.leaf), true);
    (cn, nz, client)
}

/// A receipt that says refused, for this reason.
fn is_refused((status, receipt): &(u16, Value), code: &str) {
    assert_eq!((*status, &receipt["outcome"]), (200, &json!("refused")), "{receipt}");
    assert!(codes(receipt).contains(&code), "{code}: {receipt}");
}

/// No receipt, for this reason.
fn is_not_believed((status, problem): &(u16, Value), code: &str) {
    assert_eq!((*status, codes(problem)), (400, vec![code]), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_speaks_for_no_certificate_but_its_own() {
    let (mut cn, nz, client) = scene();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    let effects = cn.effects();
    let before = cn.record(&ccc_key(CCC));

    // A body that the agreement does not name.
    let other = Letter::of(&nz_key("NZ-CAB-902", "NZ-1"), &sign(&nz, dcc("NZ-CAB-902", "NZ-1")), 1);
    is_refused(&other.send(&client, &cn, &nz.message).await, "exchange/not-yours-to-assert");
    // The header names its own body, the document another one.
    let mixed = Letter::of(&nz_key(BODY, "NZ-1"), &sign(&nz, dcc("NZ-CAB-902", "NZ-1")), 1);
    is_refused(&mixed.send(&client, &cn, &nz.message).await, "exchange/other-subject");
    // A certificate of China.
    let ours = || Letter::of(&ccc_key(CCC), &sign(&nz, dcc(BODY, "NZ-1")), 9);
    is_refused(&ours().send(&client, &cn, &nz.message).await, "exchange/not-yours-to-assert");

    // Even where the agreement would let it, a record that this house owns stays as it is: certificate and status.
    let terms = |entry: &mut toml::Table| {
        let all = "asserts = [{scheme = 'cnca-approval', value = '*'}, {scheme = 'register', value = '*'}]";
        entry.extend(toml::from_str::<toml::Table>(all).unwrap());
    };
    cn.rewrite(NZ, terms);
    is_refused(&ours().send(&client, &cn, &nz.message).await, "exchange/not-owner");
    let mut status = Letter::status("NZ-1", 9, "withdrawn", "2026-02-01");
    status.envelope.subject = Some(ccc_key(CCC));
    is_refused(&status.send(&client, &cn, &nz.message).await, "exchange/not-owner");
    assert_eq!(cn.effects(), effects);
    assert_eq!(cn.record(&ccc_key(CCC)), before);
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_one_partner_is_not_touched_by_another() {
    let (mut cn, nz, client) = scene();
    let au = Credentials::make(AU);
    let terms = format!("asserts = [{{scheme = 'register', value = '{BODY}'}}]\n");
    cn.knows(AU, &au, None, &terms);
    let first = Letter::certificate(&nz, "NZ-1", 1).send(&client, &cn, &nz.message).await;
    assert_eq!(first.1["outcome"], "delivered", "{}", first.1);
    let (effects, before) = (cn.effects(), cn.record(&nz_key(BODY, "NZ-1")));

    let caller = crate::caller::client(&cn, Some(&au.leaf), false);
    let mut letter = Letter::status("NZ-1", 5, "withdrawn", "2026-02-01");
    letter.envelope.sender = AU.id.into();
    let answer = letter.send(&caller, &cn, &au.message).await;
    is_refused(&answer, "exchange/not-owner");
    assert!(!answer.1.to_string().contains(NZ.id), "whose it is, is nobody else's business: {}", answer.1);
    let mut letter = Letter::certificate(&nz, "NZ-1", 5);
    letter.envelope.sender = AU.id.into();
    is_refused(&letter.send(&caller, &cn, &au.message).await, "exchange/not-owner");
    assert_eq!((cn.effects(), cn.record(&nz_key(BODY, "NZ-1"))), (effects, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_tampered_with_or_meant_for_another_is_not_believed() {
    let (cn, nz, client) = scene();
    let letter = || Letter::certificate(&nz, "NZ-1", 1);
    let key = &nz.message;

    let mut wrong = letter();
    wrong.envelope.sender = AU.id.into();
    is_not_believed(&wrong.send(&client, &cn, key).await, "message/wrong-sender");
    let mut wrong = letter();
    wrong.envelope.recipient = AU.id.into();
    is_not_believed(&wrong.send(&client, &cn, key).await, "message/wrong-recipient");
    let other = letter().send_with(&client, &cn, key, |request| request.body("{}")).await;
    is_not_believed(&other, "message/digest-mismatch");
    let other = letter().send(&client, &cn, &nz.credential).await;
    assert_eq!(other.0, 400, "a key of another purpose: {}", other.1);
    let twice = |request: reqwest::RequestBuilder| request.header("certbridge-version", "7");
    is_not_believed(&letter().send_with(&client, &cn, key, twice).await, "message/header-twice");
    let encoded = |request: reqwest::RequestBuilder| request.header("content-encoding", "gzip");
    is_not_believed(&letter().send_with(&client, &cn, key, encoded).await, "web/content-encoded");
    for (seconds, code) in [(-3600, "message/signature-too-old"), (3600, "message/signature-from-the-future")] {
        let mut skewed = letter();
        skewed.at = skewed.at.plus_seconds(seconds);
        is_not_believed(&skewed.send(&client, &cn, key).await, code);
    }
    let mut slightly = letter();
    slightly.at = slightly.at.plus_seconds(-200);
    assert_eq!(cn.events().len(), 0, "nothing at all was written");
    assert_eq!(slightly.send(&client, &cn, key).await.0, 200, "clocks may differ by a few minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_takes_effect_once() {
    let (cn, nz, client) = scene();
    let letter = Letter::certificate(&nz, "NZ-1", 3);
    let first = letter.send(&client, &cn, &nz.message).await;
    assert_eq!(first.1["outcome"], "delivered", "{}", first.1);
    let again = letter.send(&client, &cn, &nz.message).await;
    assert_eq!(again, first, "the same receipt");
    let mut other = Letter::certificate(&nz, "NZ-2", 1);
    other.envelope.id = letter.envelope.id;
    is_not_believed(&other.send(&client, &cn, &nz.message).await, "message/id-reused");
    // Lower and equal versions change nothing, and are told so.
    for version in [1, 2, 3] {
        let (status, receipt) = Letter::certificate(&nz, "NZ-1", version).send(&client, &cn, &nz.message).await;
        assert_eq!((status, &receipt["outcome"]), (200, &json!("delivered-with-warnings")), "{receipt}");
        assert_eq!(codes(&receipt), ["exchange/version-superseded"]);
    }
    let mut high = Letter::certificate(&nz, "NZ-1", 3);
    high.envelope.state = high.envelope.state.map(|state| FaceVersion { version: 1 << 40, ..state });
    is_refused(&high.send(&client, &cn, &nz.message).await, "exchange/version-too-high");
    assert_eq!(cn.effects(), 1);
    // One message many times at once: one effect, one receipt.
    let letter = Letter::certificate(&nz, "NZ-7", 1);
    let sending = (0..12).map(|_| letter.send(&client, &cn, &nz.message));
    let answers = futures_util::future::join_all(sending).await;
    assert!(answers.iter().all(|answer| answer.0 == 200 && answer == &answers[0]), "{answers:#?}");
    assert_eq!(cn.effects(), 2);
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_counts_with_the_proof_of_its_issuer_alone() {
    let (mut cn, nz, client) = scene();
    let key = nz_key(BODY, "NZ-1");
    let document = || dcc(BODY, "NZ-1");
    let mut altered = sign(&nz, document());
    altered["validUntil"] = json!("2030-12-31T23:59:59+13:00");
    let mut foreign = document();
    foreign["issuer"]["id"] = json!("did:web:registry.au.example");
    let stranger = Credentials::make(NZ);
    for (what, body) in [
        ("without a proof", document()),
        ("with a key that is not registered", sign(&stranger, document())),
        ("altered after it was signed", altered),
        ("of another issuer", sign(&nz, foreign)),
        ("signed in the name of another", papers::signed(document(), AU, &nz.credential, crate::house::days(0))),
    ] {
        let (status, receipt) = Letter::of(&key, &body, 1).send(&client, &cn, &nz.message).await;
        assert_eq!((status, &receipt["outcome"]), (200, &json!("refused")), "{what}: {receipt}");
        assert_ne!(codes(&receipt), [""; 0], "{what}");
    }
    cn.rewrite(NZ, |entry| drop(entry.remove("did")));
    let unknown = Letter::of(&key, &sign(&nz, document()), 1).send(&client, &cn, &nz.message).await;
    is_refused(&unknown, "exchange/no-credential-key");
    assert_eq!((cn.effects(), cn.record(&key)), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_was_not_agreed_on_gets_a_final_receipt() {
    let (mut cn, nz, client) = scene();
    let key = nz_key(BODY, "NZ-1");
    let send = |letter: Letter| {
        let (client, cn, nz) = (&client, &cn, &nz);
        async move { letter.send(client, cn, &nz.message).await }
    };
    for body in ["{", "\u{0}\u{1}", "[1,2", "{\"a\":1,\"a\":2}"] {
        let mut letter = Letter::certificate(&nz, "NZ-1", 1);
        letter.body = body.as_bytes().to_vec();
        let (status, receipt) = send(letter).await;
        assert_eq!((status, &receipt["outcome"]), (200, &json!("not-readable")), "{body}: {receipt}");
    }
    let mut letter = Letter::certificate(&nz, "NZ-1", 1);
    letter.envelope.format = "cnca-ccc@1".into();
    is_refused(&send(letter).await, "exchange/format-not-agreed");
    let mut letter = Letter::status("NZ-1", 1, "suspended", "2026-02-01");
    letter.envelope.format = "untp-dcc@0.7.0".into();
    is_refused(&send(letter).await, "exchange/format-not-agreed");
    let mut incomplete = dcc(BODY, "NZ-1");
    incomplete["credentialSubject"].as_object_mut().unwrap().remove("issuedToParty");
    let (status, receipt) = send(Letter::of(&key, &sign(&nz, incomplete), 1)).await;
    assert_eq!((status, &receipt["outcome"]), (200, &json!("refused")), "{receipt}");
    assert!(receipt["findings"].to_string().contains("issuedToParty"), "{receipt}");
    assert_eq!(cn.effects(), 0);

    // A kind of certificate that the agreement leaves out.
    cn.rewrite(NZ, |entry| {
        let terms = format!("asserts = [{{scheme = 'register', value = '{BODY}', kinds = ['management-system']}}]");
        entry.extend(toml::from_str::<toml::Table>(&terms).unwrap());
    });
    let letter = Letter::certificate(&nz, "NZ-1", 1);
    is_refused(&letter.send(&client, &cn, &nz.message).await, "exchange/kind-not-yours-to-assert");
    assert_eq!((cn.effects(), cn.record(&key)), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_waits_for_its_certificate() {
    let (cn, nz, client) = scene();
    let status = Letter::status("NZ-1", 2, "suspended", "2026-02-01");
    let (code, problem) = status.send(&client, &cn, &nz.message).await;
    assert_eq!(code, 503, "{problem}");
    assert_eq!(cn.events().len(), 0, "no receipt, nothing kept");
    Letter::certificate(&nz, "NZ-1", 1).send(&client, &cn, &nz.message).await;
    let (code, receipt) = status.send(&client, &cn, &nz.message).await;
    assert_eq!((code, &receipt["outcome"]), (200, &json!("delivered")), "{receipt}");
    assert_eq!(cn.record(&nz_key(BODY, "NZ-1")).unwrap().status.history.len(), 1);

    // A status whose header names one certificate and whose body another.
    Letter::certificate(&nz, "NZ-2", 1).send(&client, &cn, &nz.message).await;
    let mut mixed = Letter::status("NZ-1", 7, "withdrawn", "2026-02-01");
    mixed.envelope.subject = Some(nz_key(BODY, "NZ-2"));
    let effects = cn.effects();
    is_refused(&mixed.send(&client, &cn, &nz.message).await, "exchange/other-subject");
    assert_eq!(cn.effects(), effects);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_believed_for_as_long_as_repeats_are_known() {
    let (cn, nz, client) = scene();
    let mut old = Letter::certificate(&nz, "NZ-1", 1);
    let clock = certbridge::clock::FixedClock(crate::house::days(-200));
    old.envelope.id = MessageId::new(&clock, &certbridge::clock::SystemEntropy);
    is_not_believed(&old.send(&client, &cn, &nz.message).await, "message/older-than-kept");
    let unknown = SubjectKey::number(Identifier::new("cnca-approval", "CNCA-R-2099-001"), "1");
    assert_eq!((cn.events().len(), cn.record(&unknown)), (0, None));
    assert_eq!(cn.who.id, CN.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_while_a_message_is_decided_leaves_nothing_behind() {
    let (cn, nz) = alone();
    let letter = Letter::certificate(&nz, "NZ-1", 1);
    let (fields, exchange) = (letter.fields(&nz.message), &cn.gateway.exchange);
    let arrived = Arrived { path: MESSAGES, query: None, fields: &fields, body: &letter.body };
    let entry = exchange.book().entry(NZ.id).unwrap().clone();
    let revoked = || Err(Refusal::Revoked { serial: "1".into(), since: crate::house::days(0) });
    let taken = crate::house::blocking(|| exchange.take(&entry, &arrived, &revoked));
    assert!(matches!(taken, Err(NoReceipt::Refused(Refusal::Revoked { .. }))), "{taken:?}");
    assert_eq!((cn.events().len(), cn.record(&nz_key(BODY, "NZ-1"))), (0, None));
}

/// A status that was read into one version of a certificate, while another one came, must not bring the former back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_status_beside_its_certificate_leaves_the_newer_certificate() {
    let (cn, nz, client) = scene();
    let key = nz_key(BODY, "NZ-1");
    let certificate = |version: u64| {
        let mut document = dcc(BODY, "NZ-1");
        document["validUntil"] = format!("2030-01-{:02}T12:00:00Z", version.clamp(1, 28)).into();
        Letter::of(&key, &sign(&nz, document), version)
    };
    certificate(1).send(&client, &cn, &nz.message).await;
    for version in 2..=28 {
        let status = Letter::status("NZ-1", version, "suspended", &format!("2026-02-{version:02}"));
        let newer = certificate(version);
        let (one, other) = tokio::join!(newer.send(&client, &cn, &nz.message), status.send(&client, &cn, &nz.message));
        assert_eq!((one.0, other.0), (200, 200), "{} {}", one.1, other.1);
        let held = cn.record(&key).unwrap();
        assert_eq!(held.dates.valid_until.unwrap().0.day(), i8::try_from(version).unwrap(), "version {version}");
        assert_eq!(held.status.history.last().unwrap().from.unwrap().0.day(), i8::try_from(version).unwrap());
    }
    cn.ledger_is_sound();
}
