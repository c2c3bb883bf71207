//! `POST /v1/verifications` over mutual TLS.

use certbridge::credential::{DidDocument, KeyResolver};
use certbridge::registry::verification::verify_signature;
use reqwest::Client;
use serde_json::{Value, json};

use crate::caller::{client, is_turned_away, post, read};
use crate::house::{CN, Credentials, House, NZ, Who, alone};
use crate::papers::{CCC, ccc};

const CUSTOMS: Who = Who {
    id: "nz-customs",
    country: "NZ",
    did: "did:web:customs.nz.example",
    base: "https://customs.nz.example",
    dns: "clearance.customs.nz.example",
};

/// The home with one certificate, and a customs client.
fn scene() -> (House, Credentials, Client) {
    let (mut cn, _) = alone();
    let customs = Credentials::make(CUSTOMS);
    cn.knows(CUSTOMS, &customs, None, "role = 'customs'\n");
    cn.registers("cnca-ccc@1", &ccc(CCC));
    let client = client(&cn, Some(&customs.leaf), true);
    (cn, customs, client)
}

fn question(numbers: &[&str]) -> Value {
    let documents: Vec<Value> = numbers.iter().map(|number| json!({"id": number})).collect();
    json!({
        "requestId": "q-1",
        "goodsItem": [{
            "sequenceNumeric": 1,
            "importCountry": "CN",
            "modelDesignation": "KFR-25GW",
            "dates": {"releaseFromFactory": "2026-03-01"},
            "additionalDocument": documents
        }]
    })
}

async fn ask(client: &Client, house: &House, question: &Value) -> Value {
    let (status, answer) = post(client, &format!("{}/v1/verifications", house.address()), question).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Checks the signature by the key that the house publishes.
async fn is_signed(house: &House, answer: &Value) {
    let anybody = client(house, None, true);
    let address = format!("{}/.well-known/did.json", house.public_address());
    let (_, published) = read(anybody.get(address).send().await.unwrap()).await;
    let document = DidDocument::parse(CN.did, &published).unwrap();
    let method = answer["signature"]["keyId"].as_str().unwrap();
    let key = document.resolve(method).unwrap().unwrap_or_else(|| panic!("{method} in {published}"));
    verify_signature(answer, &key.key).unwrap();
    let mut altered = answer.clone();
    altered["answer"][0]["result"] = json!("altered");
    assert!(verify_signature(&altered, &key.key).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_certificate_is_confirmed_and_signed() {
    let (cn, _, client) = scene();
    let answer = ask(&client, &cn, &question(&[CCC])).await;
    assert_eq!(answer["answer"][0]["result"], "confirmed", "{answer:#}");
    is_signed(&cn, &answer).await;
    cn.acts(&crate::papers::ccc_key(CCC), "suspended", "2026-01-15");
    let answer = ask(&client, &cn, &question(&[CCC])).await;
    assert_eq!(answer["answer"][0]["result"], "contradicted", "{answer:#}");
    is_signed(&cn, &answer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_nobody_knows_or_is_mistyped_is_not_determinable() {
    let (mut cn, customs, client) = scene();
    let answer = ask(&client, &cn, &question(&["2024800703999999"])).await;
    assert_eq!(answer["answer"][0]["result"], "not-determinable", "{answer:#}");
    let mistyped = question(&[&CCC.replacen('0', "O", 1)]);
    let answer = ask(&client, &cn, &mistyped).await;
    assert_eq!(answer["answer"][0]["result"], "not-determinable");
    assert!(!answer.to_string().contains(CCC), "candidates are for entitled partners: {answer:#}");
    cn.knows(CUSTOMS, &customs, None, "role = 'customs'\nsees_candidates = true\n");
    let answer = ask(&client, &cn, &mistyped).await;
    assert_eq!(answer["answer"][0]["result"], "not-determinable");
    assert!(answer.to_string().contains(CCC), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_documents_are_answered_in_one() {
    let (cn, _, client) = scene();
    let numbers: Vec<String> =
        (0..100).map(|n| if n == 42 { CCC.into() } else { format!("20248007039{n:05}") }).collect();
    let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let answer = ask(&client, &cn, &question(&asked)).await;
    let results: Vec<_> = answer["answer"].as_array().unwrap().iter().map(|one| one["result"].clone()).collect();
    assert_eq!(results.len(), 100);
    assert!(results.iter().enumerate().all(|(n, result)| (result == "confirmed") == (n == 42)), "{results:?}");
    is_signed(&cn, &answer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_those_not_entitled_learn_nothing() {
    let (mut cn, customs, client) = scene();
    let stranger = Credentials::make(CUSTOMS);
    let address = format!("{}/v1/verifications", cn.address());
    for leaf in [None, Some(&stranger.leaf)] {
        assert!(is_turned_away(&crate::caller::client(&cn, leaf, false), &address).await);
    }
    // The public listener does not answer at all.
    let anybody = crate::caller::client(&cn, None, true);
    let public = format!("{}/v1/verifications", cn.public_address());
    assert_eq!(post(&anybody, &public, &question(&[CCC])).await.0, 404);

    let unreadable = post(&client, &address, &json!({"requestId": "x", "goodsItems": []})).await;
    assert_eq!(unreadable.0, 400, "{}", unreadable.1);
    cn.rewrite(CUSTOMS, |entry| drop(entry.insert("may_verify".into(), false.into())));
    let (status, problem) = post(&client, &address, &question(&[CCC])).await;
    assert_eq!(status, 403, "{problem}");
    assert!(!problem.to_string().contains(CCC));
    cn.revokes(CUSTOMS, &customs, &[&customs.leaf.serial]);
    let (status, problem) = post(&client, &address, &question(&[CCC])).await;
    assert_eq!((status, crate::caller::codes(&problem)), (403, vec!["trust/revoked"]), "{problem}");
    assert_eq!(NZ.country, CUSTOMS.country);
}
