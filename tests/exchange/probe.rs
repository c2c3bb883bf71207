//! The link to a partner, walked against real servers that each have one fault.

use std::sync::Arc;

use certbridge::clock::SystemEntropy;
use certbridge::exchange::Step;
use certbridge::tls::Identity;
use certbridge::tls::pki::{Leaf, LeafRequest, Validity};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::caller;
use crate::house::{AU, CN, CN_TERMS, Credentials, House, NZ, NZ_TERMS, authority, days, pair, request};
use crate::papers::ccc;

/// The steps that were walked, and the codes of what was said.
async fn walk(from: &House, to: &str) -> (Vec<&'static str>, Vec<String>) {
    let book = from.gateway.exchange.book();
    let steps = from.gateway.exchange.probe(book.entry(to).unwrap()).await;
    let said = steps.iter().flat_map(|step| &step.findings).map(|finding| {
        let message = finding.message();
        assert!(!message.zh.contains('{') && !message.en.contains('{'), "{message:?}");
        finding.code().to_owned()
    });
    let said = said.collect();
    assert!(steps.iter().rev().skip(1).all(|step| !step.failed()), "the first step that fails is the last: {steps:#?}");
    (steps.iter().map(|step: &Step| step.name).collect(), said)
}

#[track_caller]
fn one(walked: &(Vec<&'static str>, Vec<String>), last: &str, code: &str) {
    assert_eq!((walked.0.last().copied(), walked.1.as_slice()), (Some(last), [code.to_owned()].as_slice()));
}

/// The house sends its partner's calls to another address.
fn moves(house: &mut House, to: &str) {
    house.rewrite(NZ, |entry| {
        entry.insert("address".into(), to.into());
    });
}

/// The partner's gateway shows another certificate.
fn shows(house: &House, leaf: &Leaf) {
    let identity = Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
    house.gateway.exchange.reload(Some(identity)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_holds_is_walked_to_its_end() {
    let (cn, nz) = pair();
    let (steps, said) = walk(&cn, NZ.id).await;
    assert_eq!(steps, ["name", "connection", "handshake", "standing", "clock", "keys", "formats"]);
    assert_eq!(said, Vec::<String>::new());
    assert_eq!(walk(&nz, CN.id).await.1, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_from_no_such_name_and_from_another_service() {
    let (mut cn, _nz) = pair();
    moves(&mut cn, "https://gateway.nz.invalid:8443");
    one(&walk(&cn, NZ.id).await, "name", "link/name-not-resolved");
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", taken.local_addr().unwrap().port());
    drop(taken);
    moves(&mut cn, &address);
    one(&walk(&cn, NZ.id).await, "connection", "link/not-reached");

    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    moves(&mut cn, &format!("https://localhost:{}", plain.local_addr().unwrap().port()));
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let mut asked = [0; 256];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    one(&walk(&cn, NZ.id).await, "handshake", "link/not-tls");
    serving.abort();
    cn.rewrite(NZ, |entry| {
        entry.remove("address");
    });
    one(&walk(&cn, NZ.id).await, "name", "link/no-address");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_their_certificate_is_said() {
    let (mut cn, nz) = pair();
    let expired = LeafRequest { validity: Validity { from: days(-9), until: days(-1) }, ..request(NZ) };
    shows(&nz, &nz.own.ca.issue(&expired, &SystemEntropy).unwrap());
    one(&walk(&cn, NZ.id).await, "handshake", "trust/expired");
    shows(&nz, &authority(AU).issue(&request(NZ), &SystemEntropy).unwrap());
    one(&walk(&cn, NZ.id).await, "handshake", "trust/unknown-issuer");
    let elsewhere = LeafRequest { dns: vec![NZ.dns.into()], addresses: Vec::new(), ..request(NZ) };
    shows(&nz, &nz.own.ca.issue(&elsewhere, &SystemEntropy).unwrap());
    one(&walk(&cn, NZ.id).await, "handshake", "trust/wrong-name");
    shows(&nz, &nz.own.leaf);
    cn.revokes(NZ, &nz.own, &[&nz.own.leaf.serial]);
    one(&walk(&cn, NZ.id).await, "handshake", "trust/revoked");
    cn.revokes(NZ, &nz.own, &[]);
    assert_eq!(walk(&cn, NZ.id).await.1, Vec::<String>::new());
    cn.rewrite(NZ, |entry| {
        entry.remove("crls");
    });
    one(&walk(&cn, NZ.id).await, "handshake", "trust/revocation-list-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_tls_1_3_is_said() {
    let (mut cn, nz) = pair();
    let config = Arc::new({
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let chain = CertificateDer::pem_slice_iter(nz.own.leaf.chain_pem.as_bytes()).collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(nz.own.leaf.key_pem.as_bytes()).unwrap();
        rustls::ServerConfig::builder_with_provider(certbridge::tls::provider())
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    moves(&mut cn, &format!("https://localhost:{}", listener.local_addr().unwrap().port()));
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    one(&walk(&cn, NZ.id).await, "handshake", "link/no-tls13");
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_hold_against_us_is_said() {
    // They know nobody.
    let (mut cn, mut nz) = (House::open(CN), House::open(NZ));
    cn.knows(NZ, &nz.own.clone(), Some(&nz.address()), NZ_TERMS);
    one(&walk(&cn, NZ.id).await, "handshake", "link/our-certificate-unknown");
    // They know us, and our certificate has expired.
    let (cn_own, cn_at) = (cn.own.clone(), cn.address());
    nz.knows(CN, &cn_own, Some(&cn_at), CN_TERMS);
    assert_eq!(walk(&cn, NZ.id).await.1, Vec::<String>::new());
    let expired = LeafRequest { validity: Validity { from: days(-9), until: days(-1) }, ..request(CN) };
    shows(&cn, &cn_own.ca.issue(&expired, &SystemEntropy).unwrap());
    one(&walk(&cn, NZ.id).await, "handshake", "link/our-certificate-expired");
    shows(&cn, &cn_own.leaf);
    // They hold it to be revoked, and tell a known partner so.
    nz.revokes(CN, &cn_own, &[&cn_own.leaf.serial]);
    one(&walk(&cn, NZ.id).await, "standing", "link/refused");
    nz.revokes(CN, &cn_own, &[]);
    nz.rewrite(CN, |entry| {
        let suspended = "since = '2026-01-01T00:00:00Z'\nreason = 'key lost'";
        entry.insert("suspended".into(), toml::from_str::<toml::Table>(suspended).unwrap().into());
    });
    let book = cn.gateway.exchange.book();
    let steps = cn.gateway.exchange.probe(book.entry(NZ.id).unwrap()).await;
    let said = steps.last().unwrap().findings[0].message();
    assert!(said.en.contains("key lost") && said.zh.contains("key lost"), "their own words: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_keys_and_formats_that_differ_are_said() {
    let (mut cn, mut nz) = pair();
    nz.clock.advance(120);
    one_warning(&walk(&cn, NZ.id).await, "link/clock-drifts");
    nz.clock.advance(480);
    let walked = walk_on(&cn).await;
    assert_eq!(walked, ["link/clock-skew"]);
    nz.clock.advance(-600);

    let other = Credentials::make(AU);
    let key = |own: &Credentials| certbridge::crypto::Signer::public_key(&own.message).multikey();
    let keys = |multikey: String| {
        toml::from_str::<toml::Table>(&format!("keys = [{{id = '{multikey}', multikey = '{multikey}'}}]")).unwrap()["keys"]
            .clone()
    };
    cn.rewrite(NZ, |entry| {
        entry.insert("message_keys".into(), keys(key(&other)));
        entry.insert("accepts".into(), toml::Value::try_from(["iaf-certsearch@2"]).unwrap());
    });
    nz.rewrite(CN, |entry| {
        entry.insert("accepts".into(), toml::Value::try_from(["untp-dcc@0.6.0"]).unwrap());
    });
    let walked = walk_on(&cn).await;
    for code in ["link/their-key-unknown", "link/format-not-accepted", "link/format-not-ours"] {
        assert!(walked.iter().any(|own| own == code), "{code}: {walked:?}");
    }
    nz.rewrite(CN, |entry| {
        entry.insert("message_keys".into(), keys(key(&other)));
    });
    assert!(walk_on(&cn).await.iter().any(|own| own == "link/our-key-unknown"));
}

#[track_caller]
fn one_warning(walked: &(Vec<&'static str>, Vec<String>), code: &str) {
    assert_eq!((walked.0.len(), walked.1.as_slice()), (7, [code.to_owned()].as_slice()));
}

/// The codes of a walk in which steps after the connection may fail each by itself.
async fn walk_on(from: &House) -> Vec<String> {
    let book = from.gateway.exchange.book();
    let steps = from.gateway.exchange.probe(book.entry(NZ.id).unwrap()).await;
    steps.iter().flat_map(|step| &step.findings).map(|finding| finding.code().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_told_in_certificates_and_changes_a_week() {
    let (mut cn, _nz) = pair();
    let volume = |cn: &House| {
        let book = cn.gateway.exchange.book();
        let entry = book.entry(NZ.id).unwrap().clone();
        let volume = cn.gateway.exchange.volume(&entry.partner, &mut |_, _| {}).unwrap();
        (volume.certificates, volume.changes_a_week)
    };
    assert_eq!(volume(&cn), (0, 0));
    for last in 1..=5 {
        cn.registers("cnca-ccc@1", &ccc(&format!("202480070322633{last}")));
    }
    cn.acts(&crate::papers::ccc_key("2024800703226331"), "suspended", "2026-01-15");
    assert_eq!(volume(&cn), (5, 2), "six changes in four weeks");
    cn.clock.advance(35 * 86_400);
    assert_eq!(volume(&cn), (5, 0), "long ago");
    cn.rewrite(NZ, |entry| {
        entry.insert("subscription".into(), toml::from_str::<toml::Table>("products = ['08']").unwrap().into());
    });
    assert_eq!(volume(&cn), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_describes_the_link_to_the_partner_that_asks() {
    let (cn, nz) = pair();
    let client = caller::client(&cn, Some(&nz.own.leaf), true);
    let url = format!("{}/exchange/v1/link", cn.address());
    let (status, link) = caller::read(client.get(&url).send().await.unwrap()).await;
    assert_eq!((status, &link["house"], &link["partner"]), (200, &CN.id.into(), &NZ.id.into()));
    cn.revokes(NZ, &nz.own, &[&nz.own.leaf.serial]);
    assert_eq!(caller::read(client.get(&url).send().await.unwrap()).await.0, 403);
}
