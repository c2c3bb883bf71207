//! What the listener takes at all: sizes, addresses, both versions of HTTP.

use crate::caller::{client, codes, post, read};
use crate::house::{NZ, alone};
use crate::letter::Letter;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_nowhere_is_a_problem_in_both_versions_of_http() {
    let (cn, nz) = alone();
    for h2 in [false, true] {
        let client = client(&cn, Some(&nz.leaf), h2);
        let mut large = Letter::certificate(&nz, "NZ-1", 1);
        large.body = vec![b' '; 1024 * 1024 + 1];
        let (status, problem) = large.send(&client, &cn, &nz.message).await;
        assert_eq!((status, &problem["status"]), (413, &413.into()), "{problem}");

        let (status, problem) = read(client.get(format!("{}/nowhere", cn.address())).send().await.unwrap()).await;
        assert_eq!((status, &problem["title"]), (404, &"There is nothing at this address".into()));
        let (status, problem) = post(&client, &format!("{}/exchange/v1/messages", cn.address()), &"x".into()).await;
        assert_eq!((status, codes(&problem).len()), (400, 1), "{problem}");

        let huge = client.get(format!("{}/health", cn.address())).header("x-huge", "x".repeat(600_000));
        let refused = huge.send().await.map_or(true, |answer| !answer.status().is_success());
        assert!(refused, "header fields have an end: h2 {h2}");
        // The line of one that overdoes it may break; the house goes on.
        let client = crate::caller::client(&cn, Some(&nz.leaf), h2);
        let answer = client.get(format!("{}/health", cn.address())).send().await.unwrap();
        let version = if h2 { reqwest::Version::HTTP_2 } else { reqwest::Version::HTTP_11 };
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        let (status, receipt) = Letter::certificate(&nz, &format!("NZ-{h2}"), 1).send(&client, &cn, &nz.message).await;
        assert_eq!((status, &receipt["outcome"]), (200, &"delivered".into()), "{receipt}");
    }
    assert_eq!(cn.effects(), 2);
    assert_eq!(cn.gateway.exchange.book().entry(NZ.id).unwrap().partner.id, NZ.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_is_not_overrun() {
    let (cn, nz) = alone();
    let client = client(&cn, Some(&nz.leaf), true);
    let letters: Vec<_> = (0..80).map(|number| Letter::certificate(&nz, &format!("NZ-{number}"), 1)).collect();
    let answers =
        futures_util::future::join_all(letters.iter().map(|letter| letter.send(&client, &cn, &nz.message))).await;
    // Each is taken, or told to come again; none is lost without a word.
    let taken = answers.iter().filter(|answer| answer.0 == 200).count();
    assert!(
        answers.iter().all(|answer| matches!(answer.0, 200 | 503)),
        "{:?}",
        answers.iter().map(|a| a.0).collect::<Vec<_>>()
    );
    assert_eq!(cn.effects(), taken);
    cn.ledger_is_sound();
}
