//! What arrives: certificates, status and receipts, in both directions.

use certbridge::message::SignedReceipt;
use certbridge::record::Record;
use certbridge::store::OutboxState;

use crate::house::{House, pair, within};
use crate::papers::{self, CCC, ccc, ccc_key};

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_reaches_the_partner_with_a_receipt() {
    let (cn, nz) = pair();
    let registered = cn.registers("cnca-ccc@1", &ccc(CCC));
    assert_eq!(registered.messages, 1);
    cn.delivers().await;

    let key = ccc_key(CCC);
    let (ours, theirs) = (cn.record(&key).unwrap(), nz.record(&key).expect("it arrived"));
    assert_eq!(nz.owner(&key).as_deref(), Some("partner:cn-registry"));
    assert_eq!((theirs.dates.issued, theirs.dates.valid_until), (ours.dates.issued, ours.dates.valid_until));
    assert_eq!(theirs.holder.id, ours.holder.id);
    assert_eq!(theirs.kind, ours.kind);
    let standards = |record: &Record| {
        let all = record.standards.iter();
        all.map(|standard| (standard.designation.clone(), standard.edition.clone())).collect::<Vec<_>>()
    };
    assert_eq!(standards(&theirs), standards(&ours));
    let class =
        |record: &Record| record.products[0].category_codes.iter().map(|code| code.code.clone()).collect::<Vec<_>>();
    assert_eq!((class(&theirs), class(&ours)), (vec!["0703".to_owned()], vec!["0703".to_owned()]));
    let models =
        |record: &Record| record.products[0].models.iter().map(|model| model.pattern.clone()).collect::<Vec<_>>();
    assert_eq!(models(&theirs), models(&ours));
    assert_eq!(theirs.factories[0].name, ours.factories[0].name);

    let entry = &cn.outbox()[0];
    let receipt = SignedReceipt::parse(entry.receipt.as_deref().unwrap()).unwrap();
    let book = cn.gateway.exchange.book();
    receipt.verify(&book.entry("nz-registry").unwrap().message_keys).unwrap();
    let leaf = receipt.receipt().leaf_hash.clone().unwrap();
    let received = nz.events().into_iter().find(|event| event.event.kind.word() == "message-received").unwrap();
    assert_eq!(hex::encode(received.leaf_hash.0), leaf, "the receipt names the leaf");
    assert_eq!((cn.count("message-sent"), nz.count("message-received")), (1, 1));
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_reaches_the_partner_as_a_status_of_its_own() {
    let (cn, nz) = pair();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    let key = ccc_key(CCC);
    cn.acts(&key, "suspended", "2026-01-15");
    let arrived = within(10, || nz.record(&key).is_some_and(|record| record.status.history.len() == 2)).await;
    assert!(arrived, "{:?} {:#?}", nz.record(&key).map(|record| record.status), crate::house::summary(&cn.outbox()));
    cn.delivers().await;
    let formats: Vec<_> = cn.outbox().iter().map(|entry| (entry.face.word(), entry.state)).collect();
    assert_eq!(formats, [("certificate", OutboxState::Delivered), ("status", OutboxState::Delivered)]);
    let acts = |house: &House| {
        let history = house.record(&key).unwrap().status.history;
        history.into_iter().map(|entry| (entry.id, entry.status, entry.from, entry.reported_on)).collect::<Vec<_>>()
    };
    assert_eq!(acts(&nz), acts(&cn));
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_partner_comes_home_without_any_chinese_number() {
    let (cn, nz) = pair();
    nz.registers("untp-dcc@0.7.0", &papers::dcc(papers::BODY, "NZ-2026-4100"));
    nz.delivers().await;
    let record = cn.record(&papers::nz_key(papers::BODY, "NZ-2026-4100")).expect("it arrived");
    assert_eq!(record.holder.id.unwrap().value, "https://companies.nz.example/9000001");
    assert_eq!(cn.outbox(), [], "nobody is told what it said itself");
}
