//! Who may not speak at all: strangers are turned away in the handshake, known partners are told why.

use certbridge::clock::SystemEntropy;
use certbridge::tls::pki::{LeafRequest, Validity};

use crate::caller::{client, codes, is_turned_away, shared};
use crate::house::{AU, Credentials, NZ, NZ_TERMS, alone, days, request};
use crate::letter::Letter;
use crate::proxy::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_turned_away_before_they_can_say_anything() {
    let (mut cn, nz) = alone();
    let au = Credentials::make(AU);
    cn.knows(AU, &au, None, "asserts = [{scheme = 'register', value = 'AU-CAB-1'}]\n");
    let expired = LeafRequest { validity: Validity { from: days(-9), until: days(-1) }, ..request(NZ) };
    let misnamed = LeafRequest { dns: vec!["other.example".into()], ..request(NZ) };
    let strangers = [
        ("another partner's CA", Some(au.ca.issue(&request(NZ), &SystemEntropy).unwrap())),
        ("self-signed", Some(request(NZ).self_signed(&SystemEntropy).unwrap())),
        ("expired", Some(nz.ca.issue(&expired, &SystemEntropy).unwrap())),
        ("another name", Some(nz.ca.issue(&misnamed, &SystemEntropy).unwrap())),
        ("no certificate", None),
    ];
    for (who, leaf) in strangers {
        for h2 in [false, true] {
            let client = client(&cn, leaf.as_ref(), h2);
            assert!(is_turned_away(&client, &format!("{}/health", cn.address())).await, "{who}");
        }
    }
    assert_eq!(cn.events().len(), 0);
    // A certificate of the right CA with the right name gets through.
    let welcome = client(&cn, Some(&nz.leaf), true);
    assert!(!is_turned_away(&welcome, &format!("{}/health", cn.address())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_partner_is_told_so_on_a_new_connection() {
    let (cn, nz) = alone();
    cn.revokes(NZ, &nz, &[&nz.leaf.serial]);
    for h2 in [false, true] {
        let client = client(&cn, Some(&nz.leaf), h2);
        let (status, answer) = Letter::certificate(&nz, "NZ-1", 1).send(&client, &cn, &nz.message).await;
        assert_eq!((status, codes(&answer)), (403, vec!["trust/revoked"]), "{answer}");
        assert!(answer["findings"][0]["message"]["zh"].is_string());
    }
    assert_eq!(cn.events().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_reaches_a_connection_that_is_open() {
    for h2 in [false, true] {
        let (cn, nz) = alone();
        let proxy = Proxy::to(&cn.address()).await;
        let client = client(&cn, Some(&nz.leaf), h2);
        let (status, answer) = Letter::certificate(&nz, "NZ-1", 1).send_to(&client, &proxy.address, &nz.message).await;
        assert_eq!((status, &answer["outcome"]), (200, &"delivered".into()), "{answer}");
        // The client takes a moment to put the connection back among those that it may use again.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        cn.revokes(NZ, &nz, &[&nz.leaf.serial]);
        let (status, answer) = Letter::certificate(&nz, "NZ-2", 1).send_to(&client, &proxy.address, &nz.message).await;
        assert_eq!((status, codes(&answer)), (403, vec!["trust/revoked"]), "{answer}");
        assert_eq!(proxy.connections(), 1, "it was the same connection");
        assert_eq!(cn.effects(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_the_end_of_the_agreement_and_a_stale_list_close_an_open_connection() {
    let (mut cn, nz) = alone();
    let client = client(&cn, Some(&nz.leaf), true);
    let table = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
    let mut number = 0;
    for (code, change) in [
        ("trust/suspended", "suspended = {since = '2026-01-01T00:00:00Z', reason = 'audit'}"),
        ("trust/agreement-ended", "agreement = {legal_basis = 'x', until = '2026-01-01'}"),
        ("trust/agreement-not-begun", "agreement = {legal_basis = 'x', from = '2199-01-01'}"),
        ("trust/revocation-list-stale", "crl_hours = 1"),
    ] {
        number += 1;
        let good = Letter::certificate(&nz, &format!("NZ-{number}"), 1).send(&client, &cn, &nz.message).await;
        assert_eq!(good.0, 200, "{}", good.1);
        cn.rewrite(NZ, |entry| entry.extend(table(change)));
        let effects = cn.effects();
        let (status, answer) = Letter::certificate(&nz, "NZ-9", 1).send(&client, &cn, &nz.message).await;
        assert_eq!((status, codes(&answer)), (403, vec![code]), "{answer}");
        assert_eq!(cn.effects(), effects);
        cn.knows(NZ, &nz, None, NZ_TERMS);
    }
    // Time alone does it too: the revocation list grows stale under a connection that stays open.
    cn.clock.advance(9 * 86_400);
    let (status, answer) = Letter::certificate(&nz, "NZ-9", 1).send(&client, &cn, &nz.message).await;
    assert_eq!((status, codes(&answer)), (403, vec!["trust/revocation-list-stale"]), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_is_resumed() {
    use tokio::io::AsyncWriteExt;
    let (cn, nz) = alone();
    // This client would resume: it keeps tickets, and all its connections share one store.
    let eager = shared(&cn, Some(&nz.leaf));
    for _ in 0..3 {
        let socket = tokio::net::TcpStream::connect(cn.address().trim_start_matches("https://")).await.unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let mut tls = tokio_rustls::TlsConnector::from(eager.clone()).connect(name, socket).await.unwrap();
        tls.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        let _ = tokio::io::AsyncReadExt::read_to_string(&mut tls, &mut answer).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_ne!(tls.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Resumed));
        assert_eq!(tls.get_ref().1.tls13_tickets_received(), 0);
    }
}
