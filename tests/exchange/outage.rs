//! Partners that are away, links that break, endpoints that are trusted no more, and a house that stops while it sends.

use certbridge::store::{OutboxEntry, OutboxState};
use serde_json::json;

use crate::house::{CN, CN_TERMS, House, NZ, NZ_TERMS, pair, summary, within};
use crate::papers::{CCC, ccc, ccc_key};
use crate::proxy::{Answers, Proxy};

const OTHER: &str = "2024800703226337";

/// A pair whose messages to New Zealand go over a wire that can be cut.
async fn wired() -> (House, House, Proxy) {
    let (mut cn, nz) = pair();
    let proxy = Proxy::to(&nz.address()).await;
    let own = nz.own.clone();
    cn.knows(NZ, &own, Some(&proxy.address), NZ_TERMS);
    (cn, nz, proxy)
}

fn last(house: &House) -> OutboxEntry {
    house.outbox().pop().expect("a message")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_away_gets_it_when_it_is_back() {
    let (mut cn, mut nz) = pair();
    nz.stops().await;
    cn.registers("cnca-ccc@1", &ccc(CCC));
    assert!(within(10, || last(&cn).attempts > 0).await);
    assert_eq!(last(&cn).state, OutboxState::Due, "{:#?}", last(&cn));
    let id = last(&cn).id;
    nz.serves_again();
    let address = nz.address();
    cn.rewrite(NZ, |entry| drop(entry.insert("address".into(), address.into())));
    cn.delivers().await;
    assert_eq!((last(&cn).id, nz.effects()), (id, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_receipt_is_given_again() {
    let (mut cn, nz, proxy) = wired().await;
    // The first attempt does not arrive, the second does and its receipt is lost: the third must know it again, though it
    // names the second signature.
    cn.rewrite(NZ, |entry| drop(entry.insert("address".into(), "https://localhost:1".into())));
    cn.registers("cnca-ccc@1", &ccc(CCC));
    assert!(within(10, || last(&cn).attempts == 1).await);
    proxy.answers(Answers::Wait);
    cn.rewrite(NZ, |entry| drop(entry.insert("address".into(), proxy.address.clone().into())));
    assert!(within(10, || nz.effects() == 1).await, "{:#?}", summary(&cn.outbox()));
    proxy.answers(Answers::Break);
    assert!(within(10, || last(&cn).attempts >= 2).await, "{:#?}", summary(&cn.outbox()));
    proxy.answers(Answers::Pass);
    cn.delivers().await;
    assert_eq!((nz.effects(), nz.count("message-received"), cn.count("message-sent")), (1, 1, 1));
    let answer = nz.store().taken(&CN.id.into(), &last(&cn).id).unwrap().unwrap().answer;
    assert_eq!(Some(answer), last(&cn).receipt);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_an_endpoint_that_is_revoked() {
    let (cn, nz, proxy) = wired().await;
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.delivers().await;
    // The connection is open when its certificate is revoked.
    cn.revokes(NZ, &nz.own, &[&nz.own.leaf.serial]);
    cn.registers("cnca-ccc@1", &ccc(OTHER));
    assert!(within(10, || last(&cn).attempts > 0).await);
    assert!(last(&cn).last_error.unwrap().contains("revoked"), "{:#?}", summary(&cn.outbox()));
    assert_eq!((nz.record(&ccc_key(OTHER)), nz.effects()), (None, 1));

    // An answer under way when it happens is not believed.
    cn.revokes(NZ, &nz.own, &[]);
    proxy.answers(Answers::Wait);
    assert!(within(20, || nz.record(&ccc_key(OTHER)).is_some()).await);
    let attempts = last(&cn).attempts;
    cn.revokes(NZ, &nz.own, &[&nz.own.leaf.serial]);
    proxy.answers(Answers::Pass);
    assert!(within(10, || last(&cn).attempts > attempts).await, "{:#?}", summary(&cn.outbox()));
    assert!(last(&cn).last_error.unwrap().contains("not believed"), "{:#?}", summary(&cn.outbox()));
    assert_eq!((last(&cn).state, last(&cn).receipt), (OutboxState::Due, None));

    cn.revokes(NZ, &nz.own, &[]);
    cn.delivers().await;
    assert_eq!(nz.effects(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_partner_is_sent_nothing_until_it_is_taken_up_again() {
    let (mut cn, nz) = pair();
    let suspended: toml::Table =
        toml::from_str("suspended = {since = '2026-01-01T00:00:00Z', reason = 'audit'}").unwrap();
    cn.rewrite(NZ, |entry| entry.extend(suspended));
    cn.registers("cnca-ccc@1", &ccc(CCC));
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    assert_eq!((last(&cn).state, last(&cn).attempts, nz.effects()), (OutboxState::Due, 0, 0));
    cn.rewrite(NZ, |entry| drop(entry.remove("suspended")));
    cn.delivers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_hangs_holds_up_nobody_else() {
    let (mut cn, nz, proxy) = wired().await;
    let mut au = House::open(crate::house::AU);
    let (cn_own, au_own) = (cn.own.clone(), au.own.clone());
    au.knows(CN, &cn_own, None, CN_TERMS);
    let address = au.address();
    cn.knows(crate::house::AU, &au_own, Some(&address), "[subscription]\n");
    proxy.answers(Answers::Wait);
    cn.registers("cnca-ccc@1", &ccc(CCC));
    assert!(within(10, || nz.effects() == 1 && au.effects() == 1).await);
    cn.registers("cnca-ccc@1", &ccc(OTHER));
    cn.acts(&ccc_key(CCC), "suspended", "2026-01-15");
    assert!(within(10, || au.effects() == 3).await, "{:#?}", summary(&cn.outbox()));
    proxy.answers(Answers::Pass);
    cn.delivers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_stops_while_it_sends_gives_the_message_back() {
    let (mut cn, nz, proxy) = wired().await;
    proxy.answers(Answers::Wait);
    cn.registers("cnca-ccc@1", &ccc(CCC));
    assert!(within(10, || nz.effects() == 1).await);
    let id = last(&cn).id;
    cn.stops().await;
    assert_eq!((last(&cn).state, last(&cn).attempts), (OutboxState::Due, 0), "{:#?}", last(&cn));
    proxy.answers(Answers::Pass);
    cn.serves_again();
    cn.delivers().await;
    assert_eq!((last(&cn).id, nz.effects(), nz.count("message-received")), (id, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_goes_before_its_status_and_takes_it_along_when_it_cannot_go() {
    let (cn, mut nz) = pair();
    let mut suspended = ccc(CCC);
    suspended["证书状态"] = json!("暂停");
    suspended["变更日期"] = json!("2026-02-01");
    assert_eq!(cn.registers("cnca-ccc@1", &suspended).messages, 2);
    cn.delivers().await;
    assert_eq!(nz.record(&ccc_key(CCC)).unwrap().status.history.len(), 1);

    // The partner refuses another one: no status of it can ever arrive.
    nz.rewrite(CN, |entry| drop(entry.insert("asserts".into(), toml::Value::Array(Vec::new()))));
    cn.registers("cnca-ccc@1", &ccc(OTHER));
    cn.outbox_settles().await;
    cn.acts(&ccc_key(OTHER), "suspended", "2026-01-15");
    cn.outbox_settles().await;
    let dead: Vec<_> = cn.outbox().into_iter().filter(|entry| entry.state == OutboxState::Dead).collect();
    assert_eq!(dead.len(), 2, "{:#?}", summary(&dead));
    assert!(dead[0].receipt.is_some(), "the refusal is kept as it was signed");
    assert!(dead[1].last_error.as_ref().unwrap().contains("the certificate itself"), "{:#?}", summary(&dead));
    assert_eq!(nz.record(&ccc_key(OTHER)), None);
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_ahead_for_a_while_holds_nothing_up() {
    let (mut cn, nz) = pair();
    let proxy = Proxy::to(&nz.address()).await;
    let own = nz.own.clone();
    cn.knows(NZ, &own, Some(&proxy.address), NZ_TERMS);
    // Leased, tried in vain and put off: all by a clock that is four minutes ahead.
    cn.clock.advance(240);
    proxy.answers(Answers::Break);
    cn.registers("cnca-ccc@1", &ccc(CCC));
    assert!(within(10, || last(&cn).attempts > 0).await, "{:#?}", last(&cn));
    cn.clock.advance(-240);
    proxy.answers(Answers::Pass);
    cn.delivers().await;
    assert_eq!(last(&cn).state, OutboxState::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_by_a_clock_that_was_ahead_is_put_off_and_not_refused() {
    let (mut cn, nz, proxy) = wired().await;
    // Meant at the right time, and rendered with a proof that is twenty minutes ahead.
    let suspended: toml::Table =
        toml::from_str("suspended = {since = '2026-01-01T00:00:00Z', reason = 'audit'}").unwrap();
    cn.rewrite(NZ, |entry| entry.extend(suspended));
    cn.registers("cnca-ccc@1", &ccc(CCC));
    cn.clock.advance(1200);
    proxy.answers(Answers::Break);
    cn.rewrite(NZ, |entry| drop(entry.remove("suspended")));
    assert!(within(10, || last(&cn).attempts > 0).await, "{:#?}", last(&cn));
    cn.clock.advance(-1200);
    proxy.answers(Answers::Pass);
    let told = |cn: &House| last(cn).last_error.is_some_and(|error| error.contains("still to come"));
    assert!(within(20, || told(&cn)).await, "{:#?}", last(&cn));
    assert_eq!((last(&cn).state, nz.effects()), (OutboxState::Due, 0), "{:#?}", last(&cn));
    // Its time comes.
    cn.clock.advance(1200);
    nz.clock.advance(1200);
    cn.delivers().await;
    assert_eq!((last(&cn).state, nz.effects()), (OutboxState::Delivered, 1));
}
