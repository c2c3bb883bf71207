//! Everything that trust rests on is read anew while messages come and go: no request is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use certbridge::clock::SystemEntropy;
use certbridge::crypto::{Algorithm, Signer, SigningKey};
use certbridge::tls::Identity;
use serde_json::json;

use crate::caller::{client_of, codes};
use crate::house::{CN, NZ, authority, blocking, pair, register, request};
use crate::letter::Letter;
use crate::papers::ccc;

/// How often everything is read anew.
const TIMES: usize = 18;

#[tokio::test(flavor = "multi_thread")]
async fn certificates_lists_keys_and_book_are_renewed_under_load_and_no_request_is_dropped() {
    let (mut cn, nz) = pair();
    let (cn_own, nz_own, address) = (cn.own.clone(), nz.own.clone(), cn.address());
    let (stop, sent, numbers) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut callers = Vec::new();
    for _ in 0..3 {
        let (cn_own, nz_own, address) = (cn_own.clone(), nz_own.clone(), address.clone());
        let (stop, sent, numbers) = (stop.clone(), sent.clone(), numbers.clone());
        callers.push(tokio::spawn(async move {
            let mut client = client_of(&cn_own, Some(&nz_own.leaf));
            while !stop.load(Ordering::Relaxed) {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                // Every fourth message opens a connection, the others go over one that is open.
                if number.is_multiple_of(4) {
                    client = client_of(&cn_own, Some(&nz_own.leaf));
                }
                let letter = Letter::certificate(&nz_own, &format!("NZ-{number}"), 1);
                let (status, receipt) = letter.send_to(&client, &address, &nz_own.message).await;
                assert_eq!(
                    (status, &receipt["outcome"]),
                    (200, &json!("delivered")),
                    "{number}: {:?}",
                    codes(&receipt)
                );
                sent.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let generation = cn.gateway.exchange.current().book().generation();
    for time in 0..TIMES {
        blocking(|| register(&cn.gateway, "cnca-ccc@1", &ccc(&format!("20248007{:08}", 7_000_000 + time))));
        match time % 4 {
            // A new certificate of the server, for which its CA vouches as before.
            0 => {
                let leaf = cn_own.ca.issue(&request(CN), &SystemEntropy).unwrap();
                let identity = Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).unwrap();
                cn.gateway.exchange.reload(Some(identity)).unwrap();
            }
            // A second CA of the partner, beside the one that it has.
            1 => {
                let both = format!("{}{}", nz_own.ca.certificate_pem(), authority(NZ).certificate_pem());
                cn.put("partners/nz-registry-ca.pem", &both);
                cn.gateway.exchange.reload(None).unwrap();
            }
            // A new revocation list, on which somebody else stands.
            2 => cn.revokes(NZ, &nz_own, &["4a4b4c4d4e4f"]),
            // A new message key, beside the one that it has.
            _ => {
                let key = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy).unwrap();
                let multikey = key.public_key().multikey();
                let entry: toml::Table =
                    toml::from_str(&format!("id = '{multikey}'\nmultikey = '{multikey}'")).unwrap();
                cn.rewrite(NZ, |partner| {
                    partner.get_mut("message_keys").and_then(toml::Value::as_array_mut).unwrap().push(entry.into());
                });
            }
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no message was dropped or refused");
    }
    assert!(sent.load(Ordering::Relaxed) >= TIMES, "there was something under way: {sent:?}");
    assert_eq!(cn.gateway.exchange.current().book().generation(), generation + TIMES as u64);
    cn.delivers().await;
    let tried_again: Vec<_> = cn.outbox().into_iter().filter(|entry| entry.attempts > 0).collect();
    assert!(tried_again.is_empty(), "{:#?}", crate::house::summary(&tried_again));
    cn.ledger_is_sound();
}
