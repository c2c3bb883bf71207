//! Events that touch many certificates: one notice a partner, taken as a whole; what is broken off is seen by nobody.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use certbridge::clock::{SystemClock, SystemEntropy};
use certbridge::gateway::{Gateway, serve};
use certbridge::message::{BulkNotice, BulkNoticeMember, MessageId, MessageType};
use certbridge::record::{StatusEntry, StatusValue, SubjectKey, Validity};
use certbridge::registry::{BulkOrder, BulkOutcome, BulkPhase, Condition};
use certbridge::store::OutboxState;
use reqwest::Client;
use serde_json::{Value, json};

use crate::caller::{client, codes};
use crate::house::{
    CN, CN_TERMS, Credentials, Hands, House, NZ, NZ_TERMS, alone, blocking, open, pair, register, within,
};
use crate::letter::Letter;
use crate::papers::{BODY, ccc, ccc_key, nz_key};

/// The numbers of so many certificates of one body.
fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|position| format!("20248007{:08}", 3_000_000 + position)).collect()
}

fn order(status: &str) -> BulkOrder {
    BulkOrder {
        act: serde_json::from_value(
            json!({"status": status, "from": "2026-01-10", "reason": {"class": "rule-change"}}),
        )
        .unwrap(),
        condition: Condition { body: Some("CNCA-R-2099-001".into()), ..Condition::default() },
        basis: "Announcement of the test".into(),
    }
}

fn apply(gateway: &Gateway, order: &BulkOrder) -> BulkOutcome {
    blocking(|| gateway.registry().bulk_apply(order, gateway.exchange.today(), &mut |_| {})).unwrap()
}

fn status(house: &House, key: &SubjectKey) -> Validity {
    let day = "2026-11-20".parse().unwrap();
    house.gateway.registry().status_on(key, day, None).unwrap().unwrap().validity
}

/// What stands in a history that travels.
fn acts(house: &House, key: &SubjectKey) -> Vec<Value> {
    let history = house.record(key).unwrap().status.history;
    let bare = |entry: StatusEntry| {
        json!([entry.id, entry.status, entry.from, entry.reported_on, entry.reason, entry.decided_on])
    };
    // A first plain `valid` is never told: the certificate itself says it.
    let plain = |entry: &StatusEntry| entry.status == Some(StatusValue::Valid) && entry.from.is_none();
    history.into_iter().filter(|entry| !plain(entry)).map(bare).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_notice_brings_an_act_on_many_certificates_to_a_partner() {
    let (mut cn, nz) = pair();
    cn.rewrite(NZ, |entry| drop(entry.insert("bulk_events".into(), true.into())));
    let keys: Vec<SubjectKey> = numbers(60).iter().map(|number| ccc_key(number)).collect();
    for number in numbers(60) {
        cn.registers("cnca-ccc@1", &ccc(&number));
    }
    cn.delivers().await;
    cn.acts(&keys[0], "suspended", "2026-01-05");
    cn.delivers().await;
    let outcome = apply(&cn.gateway, &order("cancelled"));
    assert_eq!((outcome.members, outcome.notices, outcome.messages), (60, 1, 0));
    cn.delivers().await;
    let notices: Vec<_> = cn.outbox().into_iter().filter(|entry| entry.message_type == "bulk-event").collect();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].state, OutboxState::Delivered);
    for key in &keys {
        assert_eq!(status(&nz, key), Validity::Cancelled, "{key}");
        assert_eq!(acts(&nz, key), acts(&cn, key));
    }
    // The partner settles what it has taken; each certificate gets its leaf.
    let settled = within(20, || nz.store().bulk_events(true).unwrap().is_empty()).await;
    assert!(settled, "{:#?}", nz.store().bulk_events(true).unwrap());
    assert_eq!((nz.count("status-changed"), nz.count("bulk-event")), (61, 1));

    // What comes after the notice names it as the version before, and is taken.
    cn.acts(&keys[1], "withdrawn", "2026-02-01");
    cn.delivers().await;
    assert_eq!(status(&nz, &keys[1]), Validity::Withdrawn);
    let last = cn.outbox().into_iter().rfind(|entry| entry.message_type == "status-change").unwrap();
    let frozen = certbridge::exchange::Frozen::from_bytes(&last.frozen.unwrap()).unwrap();
    assert_eq!(frozen.envelope.state.map(|state| (state.version, state.previous)), Some((3, Some(2))));
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_takes_no_notices_is_told_of_each_certificate() {
    let (cn, nz) = pair();
    let keys: Vec<SubjectKey> = numbers(5).iter().map(|number| ccc_key(number)).collect();
    for number in numbers(5) {
        cn.registers("cnca-ccc@1", &ccc(&number));
    }
    cn.delivers().await;
    let outcome = apply(&cn.gateway, &order("suspended"));
    assert_eq!((outcome.members, outcome.notices, outcome.messages), (5, 0, 5));
    cn.delivers().await;
    assert!(keys.iter().all(|key| status(&nz, key) == Validity::Suspended));
    assert!(keys.iter().all(|key| acts(&nz, key) == acts(&cn, key)));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_questions_are_answered_while_an_event_runs() {
    let (cn, nz) = alone();
    for number in numbers(150) {
        cn.registers("cnca-ccc@1", &ccc(&number));
    }
    let client = client(&cn, Some(&nz.leaf), true);
    let order = order("suspended");
    let (told, done) = tokio::sync::oneshot::channel();
    let mut answered = 0;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let outcome = cn.gateway.registry().bulk_apply(&order, cn.gateway.exchange.today(), &mut |_| {});
            told.send(outcome.unwrap()).unwrap();
        });
        let handle = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for version in 1..=20 {
                    let letter = Letter::certificate(&nz, &format!("NZ-{version}"), version);
                    let (status, receipt) = letter.send(&client, &cn, &nz.message).await;
                    assert_eq!((status, &receipt["outcome"]), (200, &json!("delivered")), "{receipt}");
                    let key = ccc_key(&numbers(150)[usize::try_from(version).unwrap()]);
                    assert!(cn.record(&key).is_some(), "it is held all the while");
                    answered += 1;
                }
            });
        });
    });
    assert_eq!((done.await.unwrap().members, answered), (150, 20));
    cn.ledger_is_sound();
}

/// A notice of New Zealand.
fn notice(act: &str, status: &str, members: &[(SubjectKey, u32, Option<u32>)]) -> Letter {
    let member = |(subject, version, previous): &(SubjectKey, u32, Option<u32>)| BulkNoticeMember {
        subject: subject.clone(),
        version: *version,
        previous: *previous,
    };
    let notice = BulkNotice {
        event: act.into(),
        part: (1, 1),
        act: serde_json::from_value(json!({"id": act, "status": status, "from": "2026-02-01"})).unwrap(),
        basis: Some("Decision of the test".into()),
        condition: None,
        members: members.iter().map(member).collect(),
    };
    let mut letter = Letter::of(&members[0].0, &json!({}), 1);
    letter.body = notice.to_json().unwrap();
    letter.envelope.kind = MessageType::BulkEvent;
    letter.envelope.subject = None;
    letter.envelope.state = None;
    letter.envelope.format = "certbridge-bulk@1".into();
    letter.envelope.content_type = "application/json".into();
    letter
}

/// The home with some certificates of New Zealand, and whoever plays that.
async fn with_theirs(count: usize) -> (House, Credentials, Client, Vec<SubjectKey>) {
    let (cn, nz) = alone();
    let client = client(&cn, Some(&nz.leaf), true);
    let mut keys = Vec::new();
    for position in 0..count {
        let number = format!("NZ-{position}");
        let (status, receipt) = Letter::certificate(&nz, &number, 1).send(&client, &cn, &nz.message).await;
        assert_eq!(status, 200, "{receipt}");
        keys.push(nz_key(BODY, &number));
    }
    (cn, nz, client, keys)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_takes_effect_once_and_says_what_it_did_not_find() {
    let (cn, nz, client, keys) = with_theirs(4).await;
    // The first has a higher version than the notice, of the second one was never received.
    let (status_, receipt) = Letter::status("NZ-0", 9, "suspended", "2026-01-05").send(&client, &cn, &nz.message).await;
    assert_eq!((status_, &receipt["outcome"]), (200, &json!("delivered")), "{receipt}");
    let members = [
        (keys[0].clone(), 5, None),
        (keys[1].clone(), 5, Some(3)),
        (keys[2].clone(), 5, None),
        (nz_key(BODY, "NZ-99"), 5, None),
    ];
    let letter = notice("act-1", "withdrawn", &members);
    let (code, receipt) = letter.send(&client, &cn, &nz.message).await;
    assert_eq!((code, &receipt["outcome"]), (200, &json!("delivered-with-warnings")), "{receipt}");
    let wanted = ["exchange/bulk-gap", "exchange/bulk-superseded", "exchange/bulk-unknown"];
    assert_eq!(codes(&receipt), wanted, "{receipt}");
    let judged: Vec<Validity> = keys.iter().map(|key| status(&cn, key)).collect();
    assert_eq!(judged, [Validity::Suspended, Validity::Withdrawn, Validity::Withdrawn, Validity::Valid]);
    let events = || cn.store().ledger_size().unwrap();
    assert!(within(20, || cn.store().bulk_events(true).unwrap().is_empty()).await, "it is settled");
    let size = events();

    // The same again gets the same answer, and nothing happens.
    let again = letter.send(&client, &cn, &nz.message).await;
    assert_eq!(again, (200, receipt));
    assert_eq!(events(), size);
    // The versions of the notice stand: a lower one of a single certificate changes nothing.
    let (_, lower) = Letter::status("NZ-2", 4, "valid", "2026-03-01").send(&client, &cn, &nz.message).await;
    assert_eq!(codes(&lower), ["exchange/version-superseded"]);
    // All of it is overtaken.
    let mut late = notice("act-1", "withdrawn", &members[..3]);
    late.envelope.id = MessageId::new(&SystemClock, &SystemEntropy);
    let (_, receipt) = late.send(&client, &cn, &nz.message).await;
    assert_eq!(
        (&receipt["outcome"], codes(&receipt)),
        (&json!("delivered-with-warnings"), vec!["exchange/bulk-superseded"])
    );
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_with_one_certificate_of_others_changes_nothing_at_all() {
    let (mut cn, nz, client, keys) = with_theirs(2).await;
    let own = "2024800703226336";
    cn.registers("cnca-ccc@1", &ccc(own));
    let effects = cn.effects();
    let is_refused = async |letter: Letter, cn: &House, outcome: &str, code: &str| {
        let (status, receipt) = letter.send(&client, cn, &nz.message).await;
        assert_eq!((status, &receipt["outcome"]), (200, &json!(outcome)), "{receipt}");
        assert_eq!(codes(&receipt), [code], "{receipt}");
    };
    let with = |other: SubjectKey| notice("act-2", "withdrawn", &[(keys[0].clone(), 5, None), (other, 5, None)]);
    is_refused(with(nz_key("NZ-CAB-902", "1")), &cn, "refused", "exchange/not-yours-to-assert").await;
    is_refused(with(ccc_key(own)), &cn, "refused", "exchange/not-yours-to-assert").await;
    cn.rewrite(NZ, |entry| {
        let all = "asserts = [{scheme = 'cnca-approval', value = '*'}, {scheme = 'register', value = '*'}]";
        entry.extend(toml::from_str::<toml::Table>(all).unwrap());
    });
    is_refused(with(ccc_key(own)), &cn, "refused", "exchange/not-owner").await;
    let mut other_format = notice("act-2", "withdrawn", &[(keys[0].clone(), 5, None)]);
    other_format.envelope.format = "certbridge-bulk@2".into();
    is_refused(other_format, &cn, "refused", "exchange/format-not-agreed").await;
    let mut broken = notice("act-2", "withdrawn", &[(keys[0].clone(), 5, None)]);
    broken.body.truncate(40);
    is_refused(broken, &cn, "not-readable", "message/notice-malformed").await;
    assert_eq!(cn.effects(), effects);
    assert!(keys.iter().all(|key| status(&cn, key) == Validity::Valid));
    assert!(cn.store().bulk_events(false).unwrap().is_empty());
}

/// The folder of the house in which the process that is killed works, and the phase in which it stops.
const FOLDER: &str = "CERTBRIDGE_TEST_HOUSE_TO_KILL";
const PHASE: &str = "CERTBRIDGE_TEST_PHASE_TO_STOP_IN";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "not a test of its own: the process that the test below kills"]
async fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let phase = std::env::var(PHASE).unwrap();
    let folder = std::path::PathBuf::from(folder);
    let gateway = open(&folder, &Arc::new(Hands::default()));
    let mut stop = |progress: certbridge::registry::BulkProgress| {
        if format!("{:?}", progress.phase) == phase && progress.done > 0 {
            // What is on its way to the disk gets there; nothing else does.
            std::thread::sleep(Duration::from_millis(500));
            std::fs::write(folder.join("stopped"), b"").unwrap();
            std::thread::sleep(Duration::from_mins(1));
        }
    };
    blocking(|| gateway.registry().bulk_apply(&order("suspended"), gateway.exchange.today(), &mut stop)).unwrap();
}

/// Runs the order in a process that is killed in this phase.
async fn kill_in(phase: BulkPhase, folder: &std::path::Path) {
    let _ = std::fs::remove_file(folder.join("stopped"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "bulk::the_process_that_is_killed", "--ignored"])
        .env(FOLDER, folder)
        .env(PHASE, format!("{phase:?}"))
        .spawn()
        .unwrap();
    let stopped = within(60, || folder.join("stopped").exists()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(stopped, "it never came so far");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_nothing_before_the_effect_and_everything_after_it() {
    const COUNT: usize = 120;
    let mut nz = House::open(NZ);
    let mut cn = House::open(CN);
    let (cn_own, nz_own, nz_at) = (cn.own.clone(), nz.own.clone(), nz.address());
    nz.knows(CN, &cn_own, None, CN_TERMS);
    cn.knows(NZ, &nz_own, Some(&nz_at), NZ_TERMS);
    for number in numbers(COUNT) {
        register(&cn.gateway, "cnca-ccc@1", &ccc(&number));
    }
    cn.delivers().await;
    let size = cn.store().ledger_size().unwrap();
    let folder = cn.closes().await;
    let keys: Vec<SubjectKey> = numbers(COUNT).iter().map(|number| ccc_key(number)).collect();
    let day = "2026-11-20".parse().unwrap();
    let all_are = |gateway: &Gateway, validity: Validity| {
        let registry = gateway.registry();
        keys.iter().all(|key| registry.status_on(key, day, None).unwrap().unwrap().validity == validity)
    };

    kill_in(BulkPhase::Staging, folder.path()).await;
    let gateway = open(folder.path(), &Arc::new(Hands::default()));
    let events = gateway.store().bulk_events(false).unwrap();
    assert_eq!((events.len(), events[0].effective_at), (1, None));
    assert!(events[0].members > 0, "members were staged, and nobody sees them");
    assert!(all_are(&gateway, Validity::Valid));
    assert_eq!(gateway.store().ledger_size().unwrap(), size);
    assert!(gateway.store().outbox_counts().unwrap().iter().all(|count| count.state != OutboxState::Due));
    drop(gateway);

    kill_in(BulkPhase::Settling, folder.path()).await;
    let gateway = open(folder.path(), &Arc::new(Hands::default()));
    let events = gateway.store().bulk_events(false).unwrap();
    assert_eq!((events.len(), events[0].members), (1, COUNT as u64), "the same order was taken up where it was");
    assert!(events[0].effective_at.is_some() && events[0].settled_at.is_none(), "{events:?}");
    assert!(all_are(&gateway, Validity::Suspended), "settled or not, all are in effect");

    // The gateway that serves settles what was left, and the partner is told of each, once.
    let running = serve(&gateway).unwrap();
    let settled = within(30, || gateway.store().bulk_events(true).unwrap().is_empty()).await;
    assert!(settled, "{:?}", gateway.store().bulk_events(true));
    let told = within(60, || nz.count("status-changed") == COUNT).await;
    assert!(told, "{}", nz.count("status-changed"));
    assert!(
        keys.iter()
            .all(|key| nz.record(key).unwrap().status.history.last().unwrap().status == Some(StatusValue::Suspended))
    );
    running.stop().await;
    let again = apply(&gateway, &order("suspended"));
    assert!(again.before);
    let key = std::slice::from_ref(&gateway.ledger_key);
    blocking(|| certbridge::store::replay_ledger(gateway.store().as_ref(), &gateway.ledger_origin, key)).unwrap();
    nz.ledger_is_sound();
}
