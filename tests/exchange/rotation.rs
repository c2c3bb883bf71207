//! A partner changes its CA: for a while both count, then the old one no more, on open connections too, in both directions.

use certbridge::clock::SystemEntropy;
use certbridge::tls::pki::{Authority, Leaf};

use crate::caller::{client, client_of, read};
use crate::house::{CN, House, NZ, alone, authority, days, pair, request, within};
use crate::papers::{CCC, ccc};

/// What the book of a house says of New Zealand's CAs, with a list of each.
fn registers(cn: &mut House, old: &Authority, new: &Authority, old_until: i64, new_from: i64) {
    cn.put("partners/nz-registry-ca-2.pem", new.certificate_pem());
    let list = |ca: &Authority| ca.revocation_list(&[], 1, days(-1), days(30)).unwrap();
    cn.put("partners/nz-registry-crl.pem", &format!("{}{}", list(old), list(new)));
    let anchors = format!(
        "anchors = [{{file = 'nz-registry-ca.pem', until = '{}'}}, {{file = 'nz-registry-ca-2.pem', from = '{}'}}]",
        days(0).plus_seconds(old_until),
        days(0).plus_seconds(new_from),
    );
    cn.rewrite(NZ, |entry| entry.extend(toml::from_str::<toml::Table>(&anchors).unwrap()));
}

/// A CA of the same name and another key, and what it issues.
fn renewed() -> (Authority, Leaf) {
    let ca = authority(NZ);
    let leaf = ca.issue(&request(NZ), &SystemEntropy).unwrap();
    (ca, leaf)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_either_ca_is_let_in_while_both_count() {
    let (mut cn, old) = alone();
    let (new, new_leaf) = renewed();
    let address = format!("{}/exchange/v1/changes", cn.address());
    let ask = async |client: &reqwest::Client| match client.get(&address).send().await {
        Ok(answer) => read(answer).await.0,
        Err(_) => 0,
    };
    let fresh = |cn: &House, leaf| client_of(&cn.own, Some(leaf));
    let by_old = client(&cn, Some(&old.leaf), true);
    assert_eq!((ask(&by_old).await, ask(&fresh(&cn, &new_leaf)).await), (200, 0), "nobody has registered the new one");

    registers(&mut cn, &old.ca, &new, 1200, 600);
    assert_eq!((ask(&by_old).await, ask(&fresh(&cn, &new_leaf)).await), (200, 0), "its time has not come");
    // Ten minutes later both count, on the connection that is open and on new ones.
    cn.clock.advance(660);
    let by_new = fresh(&cn, &new_leaf);
    assert_eq!((ask(&by_old).await, ask(&by_new).await, ask(&fresh(&cn, &old.leaf)).await), (200, 200, 200));
    // Another ten minutes, and the old one is over: a stranger in the handshake, refused by name where it stayed connected.
    cn.clock.advance(660);
    let (status, answer) = read(by_old.get(&address).send().await.unwrap()).await;
    assert_eq!((status, &answer["findings"][0]["code"]), (403, &"trust/ca-over".into()), "{answer:#}");
    assert_eq!((ask(&by_new).await, ask(&fresh(&cn, &old.leaf)).await), (200, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_whose_gateway_has_a_certificate_of_the_new_ca_is_sent_to() {
    let (mut cn, nz) = pair();
    let (new, new_leaf) = renewed();
    let identity =
        |leaf: &Leaf| certbridge::tls::Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
    nz.gateway.exchange.reload(Some(identity(&new_leaf))).unwrap();
    cn.registers("cnca-ccc@1", &ccc(CCC));
    let told = |cn: &House| cn.outbox()[0].last_error.clone();
    assert!(within(10, || told(&cn).is_some()).await);
    assert_eq!(nz.effects(), 0, "nobody has registered the new CA: {:?}", told(&cn));
    let old = nz.own.clone();
    registers(&mut cn, &old.ca, &new, 1200, -600);
    cn.delivers().await;
    assert_eq!(nz.effects(), 1);
    // The old one is over: its endpoint would be refused, the new one goes on.
    cn.clock.advance(1800);
    nz.clock.advance(1800);
    cn.acts(&crate::papers::ccc_key(CCC), "suspended", "2026-01-15");
    cn.delivers().await;
    nz.gateway.exchange.reload(Some(identity(&old.leaf))).unwrap();
    cn.gateway.exchange.forget_clients();
    cn.registers("cnca-ccc@1", &ccc("2024800703226399"));
    let refused = |cn: &House| cn.outbox().iter().any(|entry| entry.attempts > 1 && entry.last_error.is_some());
    assert!(within(10, || refused(&cn)).await, "{:#?}", crate::house::summary(&cn.outbox()));
    assert_eq!((nz.effects(), cn.who.id), (2, CN.id));
}
