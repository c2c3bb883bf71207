//! Notices in both directions: kept on both sides with a receipt, about certificates alone that the sender may know of, and
//! without any effect on a record.

use certbridge::exchange::{NoticeDraft, NoticeError, template};
use certbridge::message::MessageType;
use certbridge::record::{Identifier, SubjectKey};
use certbridge::store::{Direction, Notice, NoticeFilter, OutboxState};
use serde_json::{Value, json};

use crate::caller::client;
use crate::house::{House, NZ, NZ_TERMS, alone, blocking, pair, within};
use crate::letter::Letter;
use crate::papers::{self, CCC, ccc, ccc_key};

fn draft(partner: &str, kind: MessageType, subject: Option<SubjectKey>) -> NoticeDraft {
    let document = template(kind).expect("a template");
    NoticeDraft { partner: partner.into(), kind, subject, answers: None, document }
}

fn writes(house: &House, draft: NoticeDraft) -> Result<String, NoticeError> {
    blocking(|| house.gateway.exchange.write_notice(draft))
}

fn notices(house: &House, direction: Direction) -> Vec<Notice> {
    let filter = NoticeFilter { direction: Some(direction), limit: 100, ..NoticeFilter::default() };
    house.store().notices(&filter).unwrap()
}

/// The one notice that came, once it has.
async fn arrives(house: &House, id: &str) -> Notice {
    let find = || notices(house, Direction::Received).into_iter().find(|held| held.notice.id == id);
    assert!(within(20, || find().is_some()).await, "{id} did not arrive");
    find().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_kept_on_both_sides_and_changes_no_record() {
    let (cn, nz) = pair();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    let key = ccc_key(CCC);
    let (ours, theirs) = (cn.record(&key), nz.record(&key));
    for kind in [MessageType::NonConformityNotice, MessageType::NonRecognitionNotice] {
        let id = writes(&nz, draft("cn-registry", kind, Some(key.clone()))).unwrap();
        let held = arrives(&cn, &id).await;
        assert_eq!(held.notice.message_type, kind.word());
        assert_eq!(held.notice.subject, Some(key.to_string()));
        let document: Value = serde_json::from_slice(&held.notice.body).unwrap();
        assert_eq!(document["subject"]["number"], CCC);
        assert_eq!(document["type"], kind.notice_format().unwrap().replace('@', "/"));
    }
    nz.delivers().await;
    assert!(nz.outbox().iter().all(|entry| entry.receipt.is_some()));
    assert_eq!(notices(&nz, Direction::Sent).len(), 2);
    assert_eq!((cn.record(&key), nz.record(&key)), (ours, theirs), "a notice is a word, not an act");
    let trace = cn.gateway.registry().trace(&key).unwrap().unwrap();
    assert_eq!(trace.result.notices.len(), 2);
    assert_eq!(nz.count("message-sent"), 2);
    assert_eq!(cn.count("message-received"), 2);
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_correction_is_answered_once() {
    let (cn, nz) = pair();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    let key = ccc_key(CCC);
    let request = writes(&nz, draft("cn-registry", MessageType::CorrectionRequest, Some(key.clone()))).unwrap();
    arrives(&cn, &request).await;

    let outcome = |answers: &str| NoticeDraft {
        answers: Some(answers.to_owned()),
        ..draft("nz-registry", MessageType::CorrectionOutcome, None)
    };
    let other = writes(&cn, outcome("01932c07-209f-7a1b-8c3d-0123456789ab"));
    assert!(matches!(other, Err(NoticeError::NothingToAnswer { .. })), "{other:?}");
    let answer = writes(&cn, outcome(&request)).unwrap();
    let held = arrives(&nz, &answer).await;
    assert_eq!(held.notice.answers.as_deref(), Some(request.as_str()));
    assert_eq!(held.notice.subject, Some(key.to_string()));
    let asked = &notices(&nz, Direction::Sent)[0];
    assert_eq!(asked.answered_by, std::slice::from_ref(&answer));
    let done = &notices(&cn, Direction::Received)[0];
    assert!(done.done.is_some(), "the request is done with the answer");
    let again = writes(&cn, outcome(&request));
    assert!(matches!(again, Err(NoticeError::NothingToAnswer { .. })), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_by_a_signed_message() {
    let (cn, nz) = pair();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    let mut question = draft("cn-registry", MessageType::Query, None);
    question.document["goodsItem"][0]["additionalDocument"][0]["id"] = CCC.into();
    let id = writes(&nz, question).unwrap();
    let found =
        || notices(&nz, Direction::Received).into_iter().find(|held| held.notice.answers.as_deref() == Some(&id));
    assert!(within(20, || found().is_some()).await, "{:?}", crate::house::summary(&cn.outbox()));
    let answer: Value = serde_json::from_slice(&found().unwrap().notice.body).unwrap();
    assert_eq!(answer["requestId"], id);
    let validity = answer["answer"][0]["assertion"].as_array().unwrap().iter().find(|one| one["name"] == "exists");
    assert_eq!(validity.unwrap()["result"], "confirmed", "{answer:#}");
    assert!(answer["signature"]["value"].is_string());
    cn.delivers().await;
}

/// A notice of New Zealand, made by hand.
fn letter(kind: MessageType, subject: Option<&SubjectKey>, change: impl FnOnce(&mut Value)) -> Letter {
    let key = papers::nz_key(papers::BODY, "1");
    let mut document = template(kind).unwrap_or_else(|| json!({}));
    if let Some(subject) = subject {
        document["type"] = kind.notice_format().unwrap().replace('@', "/").into();
        document["subject"] = json!({
            "form": "number",
            "issuer": {"scheme": subject.issuer.scheme, "value": subject.issuer.value},
            "number": CCC,
        });
    }
    change(&mut document);
    let mut letter = Letter::of(&key, &document, 1);
    letter.envelope.kind = kind;
    letter.envelope.subject = subject.cloned();
    letter.envelope.state = None;
    letter.envelope.format = kind.notice_format().unwrap_or("x@1").into();
    letter.envelope.content_type = "application/json".into();
    letter
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_that_are_wrong_out_of_place_or_not_agreed_on_are_refused_by_name() {
    let (mut cn, nz) = alone();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    let key = ccc_key(CCC);
    let client = client(&cn, Some(&nz.leaf), true);
    let before = cn.effects();
    let mut receipts = Vec::new();
    let unknown = SubjectKey::number(Identifier::new("cnca-approval", "CNCA-R-2098-101"), "2024000000000000");
    let plain = |kind| letter(kind, Some(&key), |_| {});
    let answers = |mut letter: Letter| {
        letter.envelope.answers = Some("01932c07-209f-7a1b-8c3d-0123456789ab".parse().unwrap());
        letter
    };
    let cases: Vec<(&str, &str, Letter)> = vec![
        (
            "not-readable",
            "schema/required",
            letter(MessageType::NonConformityNotice, Some(&key), |document| {
                document.as_object_mut().unwrap().remove("finding");
            }),
        ),
        (
            "not-readable",
            "schema/additional-properties",
            letter(MessageType::NonRecognitionNotice, Some(&key), |document| {
                document["shoe_size"] = 44.into();
            }),
        ),
        ("refused", "exchange/other-subject", {
            let mut other = plain(MessageType::NonConformityNotice);
            other.envelope.subject = Some(unknown.clone());
            other
        }),
        (
            "refused",
            "exchange/notice-subject-unknown",
            letter(MessageType::CorrectionRequest, Some(&unknown), |document| {
                document["subject"]["number"] = "2024000000000000".into();
            }),
        ),
        ("refused", "exchange/answers-nothing", answers(plain(MessageType::CorrectionOutcome))),
        ("refused", "exchange/answers-nothing", answers(letter(MessageType::Answer, None, |_| {}))),
        ("refused", "exchange/no-address-to-answer", letter(MessageType::Query, None, |_| {})),
        ("refused", "exchange/format-not-agreed", {
            let mut other = plain(MessageType::NonConformityNotice);
            other.envelope.format = "certbridge-non-conformity@2".into();
            other
        }),
        ("refused", "exchange/list-of-no-authority", letter(MessageType::DesignationList, None, |_| {})),
        ("delivered", "", plain(MessageType::NonConformityNotice)),
    ];
    for (outcome, code, letter) in cases {
        let (status, receipt) = letter.send(&client, &cn, &nz.message).await;
        assert_eq!((status, receipt["outcome"].as_str()), (200, Some(outcome)), "{code}: {receipt:#}");
        let said = receipt["findings"][0]["code"].as_str().unwrap_or_default();
        assert_eq!(said, code, "{receipt:#}");
        let again = letter.send(&client, &cn, &nz.message).await;
        assert_eq!(again.1, receipt, "a repeat is answered alike");
        receipts.push(receipt);
    }
    assert_eq!(notices(&cn, Direction::Received).len(), 1, "one that was delivered, once");

    // A certificate that is no matter of the partner is none that it can speak of.
    let terms = NZ_TERMS.replace("[subscription]\n", "").replace("sees_candidates = true", "may_verify = false");
    cn.knows(NZ, &nz, None, &terms);
    let (_, receipt) = plain(MessageType::NonConformityNotice).send(&client, &cn, &nz.message).await;
    assert_eq!(receipt["findings"][0]["code"], "exchange/notice-subject-unknown");
    let (_, receipt) = letter(MessageType::Query, None, |_| {}).send(&client, &cn, &nz.message).await;
    assert_eq!(receipt["findings"][0]["code"], "exchange/query-not-agreed");
    assert_eq!(cn.effects(), before);
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_fit_to_be_sent_is_not_written_down() {
    let (cn, nz) = pair();
    let key = Some(ccc_key(CCC));
    let nobody = writes(&cn, draft("xx-registry", MessageType::NonConformityNotice, key.clone()));
    assert!(matches!(nobody, Err(NoticeError::UnknownPartner(_))), "{nobody:?}");
    let about_nothing = writes(&cn, draft("nz-registry", MessageType::NonConformityNotice, None));
    assert!(matches!(about_nothing, Err(NoticeError::NoSubject(_))), "{about_nothing:?}");
    let mut bad = draft("nz-registry", MessageType::NonRecognitionNotice, key.clone());
    bad.document["reasons"] = json!([]);
    let bad = writes(&cn, bad);
    assert!(
        matches!(&bad, Err(NoticeError::Document(findings)) if findings[0].code() == "schema/min-items"),
        "{bad:?}"
    );
    let query = draft("nz-registry", MessageType::Query, None);
    let state = writes(&cn, NoticeDraft { kind: MessageType::StatusChange, ..query });
    assert!(matches!(state, Err(NoticeError::NoNotice(_))), "{state:?}");
    assert_eq!(notices(&cn, Direction::Sent), []);
    assert_eq!(cn.outbox(), []);

    // The partner does not hold the certificate: its answer is final.
    let id = writes(&cn, draft("nz-registry", MessageType::NonConformityNotice, key)).unwrap();
    cn.outbox_settles().await;
    let entry = cn.outbox().into_iter().find(|entry| entry.id == id).unwrap();
    assert_eq!(entry.state, OutboxState::Dead);
    assert_eq!(notices(&nz, Direction::Received), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_its_owner_takes_effect_when_it_is_accepted() {
    let (mut cn, mut nz) = pair();
    let ours =
        |house: &House| house.gateway.recognition.load().list_rows().iter().filter(|row| row.code == "0711").count();
    let rows = |as_of: &str, codes: &[&str]| {
        let rows: Vec<Value> = codes
            .iter()
            .map(|code| json!({"id": format!("nz/{code}"), "list": "CCC", "code": code, "part": "certification"}))
            .collect();
        let document = json!({"arrangement": "CN-NZ-EEE/CN-to-NZ", "as_of": as_of, "rows": rows});
        NoticeDraft { document, ..draft("cn-registry", MessageType::Query, None) }
    };
    let rows = |as_of: &str, codes: &[&str]| NoticeDraft { kind: MessageType::RecognitionRows, ..rows(as_of, codes) };

    // The partner book has it as a registry: its lists are nobody's word.
    let id = writes(&nz, rows("2026-11-01", &["0711"])).unwrap();
    nz.outbox_settles().await;
    let refused = nz.outbox().into_iter().find(|entry| entry.id == id).unwrap();
    assert_eq!(refused.state, OutboxState::Dead);
    cn.rewrite(NZ, |entry| drop(entry.insert("role".into(), "designating-authority".into())));

    // Nobody sends what is another's.
    let theirs =
        NoticeDraft { kind: MessageType::DesignationList, ..draft("cn-registry", MessageType::DesignationList, None) };
    let not_ours = writes(&nz, theirs);
    assert!(
        matches!(&not_ours, Err(NoticeError::Document(said)) if said[0].code() == "exchange/not-your-list"),
        "{not_ours:?}"
    );

    let first = writes(&nz, rows("2026-11-01", &["0711", "0712"])).unwrap();
    let second = writes(&nz, rows("2026-11-20", &["0711"])).unwrap();
    for id in [&first, &second] {
        arrives(&cn, id).await;
    }
    assert_eq!(ours(&cn), 0, "held, not in force");
    let accept = |id: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certbridge"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CERTBRIDGE_")) {
            command.env_remove(name);
        }
        let config = cn.folder.path().join("certbridge.toml");
        command.args(["notice", "accept", "--config"]).arg(config).arg(id).output().unwrap()
    };
    assert!(accept(&first).status.success());
    let loaded = |cn: &House| cn.gateway.rows().unwrap();
    cn.gateway.recognition.replace(loaded(&cn));
    assert_eq!(ours(&cn), 1);
    let accepted = accept(&second);
    assert!(accepted.status.success(), "{accepted:?}");
    let rows_now = loaded(&cn);
    assert!(rows_now.list_rows().iter().all(|row| row.code != "0712"), "a later list takes the place of the first");
    let row = rows_now.list_rows().iter().find(|row| row.id == "nz/0711").unwrap();
    assert_eq!((row.owner.as_str(), row.signed), ("NZ", true));
    assert!(row.source.contains(&second));
    let again = accept(&first);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    nz.stops().await;
    cn.stops().await;
}
