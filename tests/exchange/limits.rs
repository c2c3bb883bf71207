//! What the listener takes at all: sizes, addresses, both versions of HTTP.

use crate::caller::{client, codes, post, read};
use crate::house::{AU, Credentials, NZ, alone};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_overdoes_it_is_told_when_to_come_again_and_nobody_else_waits() {
    let (mut cn, nz) = alone();
    let au = Credentials::make(AU);
    cn.knows(AU, &au, None, "asserts = [{scheme = 'register', value = 'AU-CAB-1'}]\n");
    cn.rewrite(NZ, |entry| {
        let limits = "requests_a_minute = 3\nlongest_body = 20000";
        entry.insert("limits".into(), toml::from_str::<toml::Table>(limits).unwrap().into());
    });
    let (nz_client, au_client) = (client(&cn, Some(&nz.leaf), true), client(&cn, Some(&au.leaf), true));
    let mut large = Letter::certificate(&nz, "NZ-1", 1);
    large.body = vec![b' '; 20_001];
    assert_eq!(
        large.send(&nz_client, &cn, &nz.message).await.0,
        413,
        "what was agreed on, not what the listener takes"
    );
    let letter = Letter::certificate(&nz, "NZ-1", 1);
    for _ in 0..2 {
        assert_eq!(letter.send(&nz_client, &cn, &nz.message).await.0, 200);
    }
    let link = |client: reqwest::Client| {
        let url = format!("{}/exchange/v1/link", cn.address());
        async move { client.get(url).send().await.unwrap() }
    };
    let refused = link(nz_client.clone()).await;
    assert_eq!(refused.status(), 429);
    let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "a third of a minute at most: {wait}");
    assert_eq!(link(au_client).await.status(), 200, "another partner does not wait");
    cn.clock.advance(wait);
    assert_eq!(link(nz_client.clone()).await.status(), 200, "at the time that was told");
    assert_eq!(link(nz_client).await.status(), 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_of_a_partner_are_under_way_than_agreed() {
    let (mut cn, nz) = alone();
    cn.rewrite(NZ, |entry| {
        entry.insert("limits".into(), toml::from_str::<toml::Table>("at_a_time = 2").unwrap().into());
    });
    let client = client(&cn, Some(&nz.leaf), true);
    let letters: Vec<_> = (0..40).map(|number| Letter::certificate(&nz, &format!("NZ-{number}"), 1)).collect();
    let mut statuses = Vec::new();
    for answer in
        futures_util::future::join_all(letters.iter().map(|letter| letter.send(&client, &cn, &nz.message))).await
    {
        statuses.push(answer.0);
    }
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    assert!(statuses.contains(&429) && statuses.contains(&200), "{statuses:?}");
    assert_eq!(cn.effects(), statuses.iter().filter(|status| **status == 200).count());
    // What was under way is done: the places are free again.
    assert_eq!(letters[0].send(&client, &cn, &nz.message).await.0, 200);
}
