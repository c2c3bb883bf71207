//! What the agreement does not name is neither given nor taken.

use certbridge::exchange::{NoticeDraft, NoticeError, template};
use certbridge::message::MessageType;
use certbridge::record::StatusValue;
use certbridge::store::Direction;
use serde_json::json;

use crate::caller::{client, codes, post};
use crate::house::{House, NZ, alone, blocking, pair};
use crate::letter::Letter;
use crate::papers::{CCC, ccc, ccc_key};

/// Says what the agreement with New Zealand covers.
fn agrees(cn: &mut House, classes: &[&str]) {
    let classes = toml::Value::from(classes.iter().map(|class| (*class).to_owned()).collect::<Vec<_>>());
    cn.rewrite(NZ, |entry| {
        entry["agreement"].as_table_mut().unwrap().insert("data_classes".into(), classes);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_the_agreement_does_not_cover_does_not_leave() {
    let (mut cn, nz) = pair();
    agrees(&mut cn, &["certificates"]);
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.acts(&ccc_key(CCC), "suspended", "2026-01-15");
    cn.delivers().await;
    let sent: Vec<&str> = cn.outbox().iter().map(|entry| entry.face.word()).collect();
    assert_eq!(sent, ["certificate"]);
    let known = |status: StatusValue| {
        nz.record(&ccc_key(CCC)).unwrap().status.history.iter().any(|entry| entry.status == Some(status))
    };
    assert!(!known(StatusValue::Suspended));
    agrees(&mut cn, &["certificates", "status"]);
    cn.acts(&ccc_key(CCC), "withdrawn", "2026-01-20");
    cn.delivers().await;
    assert!(known(StatusValue::Suspended) && known(StatusValue::Withdrawn), "the whole history, once it may");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_covered_is_not_taken_either() {
    let (mut cn, nz) = alone();
    let client = client(&cn, Some(&nz.leaf), true);
    agrees(&mut cn, &["status"]);
    let letter = Letter::certificate(&nz, "NZ-1", 1);
    let (status, receipt) = letter.send(&client, &cn, &nz.message).await;
    assert_eq!((status, codes(&receipt)), (200, vec!["exchange/class-not-agreed"]));
    let question = json!({"requestId": "1", "goodsItem": [
        {"sequenceNumeric": 1, "importCountry": "NZ", "additionalDocument": [{"id": CCC}]},
    ]});
    let (status, _) = post(&client, &format!("{}/v1/verifications", cn.address()), &question).await;
    assert_eq!(status, 403);
    let mut notice = Letter::of(&ccc_key(CCC), &template(MessageType::NonConformityNotice).unwrap(), 1);
    notice.envelope.kind = MessageType::NonConformityNotice;
    notice.envelope.state = None;
    notice.envelope.format = "certbridge-non-conformity@1".into();
    let (_, receipt) = notice.send(&client, &cn, &nz.message).await;
    assert_eq!(codes(&receipt), ["exchange/class-not-agreed"]);

    agrees(&mut cn, &["certificates", "status"]);
    let (_, receipt) = Letter::certificate(&nz, "NZ-1", 1).send(&client, &cn, &nz.message).await;
    assert_eq!(receipt["outcome"], "delivered", "{receipt:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_the_agreement_does_not_cover_is_not_written_down() {
    let (mut cn, _nz) = pair();
    agrees(&mut cn, &["certificates", "status"]);
    let draft = NoticeDraft {
        partner: NZ.id.into(),
        kind: MessageType::NonConformityNotice,
        subject: Some(ccc_key(CCC)),
        answers: None,
        document: template(MessageType::NonConformityNotice).unwrap(),
    };
    let refused = blocking(|| cn.gateway.exchange.write_notice(draft));
    assert!(matches!(refused, Err(NoticeError::NotAgreed(_))), "{refused:?}");
    let filter = certbridge::store::NoticeFilter { direction: Some(Direction::Sent), limit: 1, ..Default::default() };
    assert_eq!(cn.store().notices(&filter).unwrap(), []);
}
