//! A full disk is a state: nothing is taken, questions are answered as of what is held, and once there is room all goes on.

use certbridge::gateway::serve;

use crate::caller::{client, post, read};
use crate::house::{NZ, alone, open};
use crate::letter::Letter;

#[tokio::test(flavor = "multi_thread")]
async fn a_house_whose_disk_is_full_takes_nothing_answers_questions_and_goes_on() {
    let (cn, nz) = alone();
    let caller = client(&cn, Some(&nz.leaf), true);
    let first = Letter::certificate(&nz, "NZ-0", 1);
    assert_eq!(first.send(&caller, &cn, &nz.message).await.0, 200);
    let clock = cn.clock.clone();
    let ca = cn.own.clone();
    let folder = cn.closes().await;
    let path = folder.path().join("certbridge.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    // A store that is a few pages larger than what is in it.
    std::fs::write(&path, format!("{config}[store]\nlargest_mb = 1\n")).unwrap();
    let gateway = open(folder.path(), &clock);
    let running = serve(&gateway).unwrap();
    let address = format!("https://localhost:{}", running.partner_address.port());
    let caller = crate::caller::client_of(&ca, Some(&nz.leaf));

    let mut taken = Vec::new();
    let refused = loop {
        let number = format!("NZ-{}", taken.len() + 1);
        let letter = Letter::certificate(&nz, &number, 1);
        let (status, answer) = letter.send_to(&caller, &address, &nz.message).await;
        if status != 200 {
            assert_eq!((status, &answer["status"]), (503, &503.into()), "{answer}");
            assert!(answer["title"].as_str().unwrap().starts_with("The disk is full"), "{answer}");
            break (letter, number);
        }
        taken.push(number);
        assert!(taken.len() < 500, "it is never full");
    };
    let (status, health) = read(caller.get(format!("{address}/health")).send().await.unwrap()).await;
    assert_eq!((status, &health["status"]), (200, &"full".into()), "{health}");

    // What is held is answered for; what was refused is not held.
    let ask = |number: &str| {
        let item = serde_json::json!({
            "sequenceNumeric": 1,
            "importCountry": "CN",
            "dates": {"releaseFromFactory": "2026-03-01"},
            "additionalDocument": [{"id": number}],
        });
        serde_json::json!({"requestId": "r1", "goodsItem": [item]})
    };
    let exists = |answer: &serde_json::Value| {
        let judged = answer["answer"][0]["assertion"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
        judged.iter().any(|one| one["name"] == "exists" && one["result"] == "confirmed")
    };
    let url = format!("{address}/v1/verifications");
    let (status, answer) = post(&caller, &url, &ask("NZ-0")).await;
    assert!(status == 200 && exists(&answer), "{answer:#}");
    let (status, answer) = post(&caller, &url, &ask(&refused.1)).await;
    assert!(status == 200 && !exists(&answer), "{answer:#}");
    running.stop().await;
    drop(gateway);

    // Room is made: the same message is taken, and nothing was lost or doubled.
    std::fs::write(&path, config).unwrap();
    let gateway = open(folder.path(), &clock);
    let running = serve(&gateway).unwrap();
    let address = format!("https://localhost:{}", running.partner_address.port());
    let caller = crate::caller::client_of(&ca, Some(&nz.leaf));
    let (status, receipt) = refused.0.send_to(&caller, &address, &nz.message).await;
    assert_eq!((status, &receipt["outcome"]), (200, &"delivered".into()), "{receipt}");
    assert_eq!(gateway.store().subject_count().unwrap(), 2 + taken.len() as u64);
    let (_, health) = read(caller.get(format!("{address}/health")).send().await.unwrap()).await;
    assert_eq!(health["status"], "ready");
    running.stop().await;
    let key = std::slice::from_ref(&gateway.ledger_key);
    let replayed = crate::house::blocking(|| {
        certbridge::store::replay_ledger(gateway.store().as_ref(), &gateway.ledger_origin, key)
    });
    replayed.unwrap();
    assert_eq!(gateway.exchange.book().entry(NZ.id).unwrap().partner.id, NZ.id);
}
