//! What every store must do, told once and run against each implementation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::clock::Entropy;
use crate::crypto::{Algorithm, Digest, SigningKey};
use crate::ledger::{NoteVerifier, Salt};
use crate::record::Identifier;

/// Opens an empty store of the implementation under test.
pub(crate) type Open<'a> = &'a dyn Fn() -> Arc<dyn Store>;

/// Runs every test of the suite, each on a store of its own.
pub(crate) fn all(open: Open<'_>) {
    a_version_is_read_back_as_it_was_written(&open());
    a_change_whose_expectation_does_not_hold_writes_nothing(&open());
    a_number_finds_the_certificates_of_every_issuer(&open());
    a_holder_is_found_by_identifier_and_by_name_page_by_page(&open());
    the_version_of_a_past_moment_is_still_known(&open());
    a_payload_is_kept_once_and_given_back(&open());
    events_are_chained_and_the_tree_verifies(&open());
    a_prepared_leaf_is_stale_after_another_event(&open());
    a_message_goes_its_way_through_the_outbox(&open());
    a_lease_that_ended_is_given_again(&open());
    a_newer_version_supersedes_an_unsent_older_one(&open());
    a_status_is_leased_before_a_certificate(&open());
    what_a_wrong_clock_put_off_is_taken_back(&open());
    a_message_is_taken_once(&open());
    a_notice_is_kept_answered_and_done_once(&open());
    only_a_higher_version_is_exchanged(&open());
    many_threads_commit_and_every_change_is_there_once(&open());
    what_contends_for_one_subject_is_decided_again(&open());
    an_urgent_change_is_not_kept_waiting_by_a_full_queue(&open());
}

/// Entropy that differs with every call.
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (position, byte) in buffer.iter_mut().rev().enumerate() {
            *byte = count.iter().rev().nth(position).copied().unwrap_or(0);
        }
    }
}

pub(crate) const ORIGIN: &str = "registry.example/ledger";

pub(crate) fn sequencing() -> Sequencing {
    let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).expect("a key");
    Sequencing { origin: ORIGIN.into(), signer: Arc::new(key), entropy: Arc::new(Counting::new()) }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + second).expect("in range")
}

pub(crate) fn key(number: &str) -> SubjectKey {
    SubjectKey::number(Identifier::new("cnca-approval", "CNCA-R-2099-001"), number)
}

pub(crate) fn record(key: &SubjectKey, expected: Option<u32>, second: i64) -> Write {
    let version = expected.unwrap_or(0) + 1;
    Write::Record(Box::new(RecordWrite {
        subject: key.clone(),
        expected,
        version,
        certificate_version: version,
        status_version: 1,
        owner: "house".into(),
        columns: SearchColumns {
            kind: "compulsory-product".into(),
            holder: Some(("uscc".into(), "91350100M000100Y43".into())),
            holder_names: vec!["福州示例有限公司".into(), "fuzhou example co., ltd.".into()],
            issued: "2026-01-01".into(),
            valid_until: Some("2030-12-31".into()),
            status: "valid".into(),
        },
        record: format!("{{\"version\":{version}}}").into_bytes(),
        findings: b"[]".to_vec(),
        payload: None,
        at: at(second),
    }))
}

pub(crate) fn event(subject: &str, kind: &str) -> Write {
    Write::Event(EventWrite {
        kind: kind.parse().expect("a kind"),
        subject: subject.into(),
        version: Some(1),
        digest: Digest::sha256(b"something"),
        at: at(0),
        prepared: None,
    })
}

pub(crate) fn intent(id: &str, subject: &str, face: Face, version: u32) -> Write {
    Write::Intent(Intent {
        id: id.into(),
        partner: "nz".into(),
        subject: subject.into(),
        face,
        version,
        message_type: "certificate-upsert".into(),
        body: None,
        at: at(0),
    })
}

fn commit(store: &Arc<dyn Store>, writes: Vec<Write>) -> Committed {
    store.commit(Change::new(writes)).expect("committed")
}

fn step(store: &Arc<dyn Store>, entry: &OutboxEntry, step: OutboxStep) -> Result<Committed, NotCommitted> {
    let update = OutboxUpdate { id: entry.id.clone(), expected: entry.revision, at: at(10), step };
    store.commit(Change::new(vec![Write::Outbox(update)]))
}

fn lease(store: &Arc<dyn Store>, now: i64) -> Vec<OutboxEntry> {
    let lease = Lease { partner: "nz".into(), now: at(now), until: at(now + 60), limit: 10 };
    store.lease(lease).wait().expect("leased")
}

fn stand(store: &Arc<dyn Store>, id: &str) -> OutboxEntry {
    store.outbox_entry(id).expect("read").expect("there")
}

/// Replays the ledger: every leaf, chain and stored hash, and the checkpoint over all of it.
pub(crate) fn replay(store: &dyn Store) {
    let verifier = NoteVerifier::new(ORIGIN, sequencing().signer.public_key().clone()).expect("a verifier");
    let report = replay_ledger(store, ORIGIN, &[verifier]).expect("sound");
    assert_eq!(report.size, store.ledger_size().expect("size"));
    assert_eq!((report.erased, report.unsigned), (0, 0));
    let beyond = crate::ledger::stored_hash_count(report.size) + 64;
    assert_eq!(store.stored_hashes(&[beyond]).expect("read"), None);
}

fn a_version_is_read_back_as_it_was_written(store: &Arc<dyn Store>) {
    let key = key("2026010703612345");
    assert_eq!(store.current(&key).expect("read"), None);
    commit(store, vec![record(&key, None, 0)]);
    commit(store, vec![record(&key, Some(1), 5)]);
    let current = store.current(&key).expect("read").expect("there");
    assert_eq!((current.version, current.certificate_version, current.status_version), (2, 2, 1));
    assert_eq!((current.record.as_slice(), current.recorded_at), (b"{\"version\":2}".as_slice(), at(5)));
    assert_eq!(store.version(&key, 1).expect("read").expect("there").record, b"{\"version\":1}");
    assert_eq!(store.versions(&key).expect("read").len(), 2);
    let subject = store.subject(&key).expect("read").expect("there");
    assert_eq!((subject.version, subject.columns.status.as_str()), (2, "valid"));
    let foreign = SubjectKey::uri(Identifier::new("did", "did:web:example.nz"), "https://example.nz/c/1");
    commit(store, vec![record(&foreign, None, 0)]);
    assert_eq!(store.current(&foreign).expect("read").expect("there").key, foreign);
    assert_eq!(store.subject_count().expect("read"), 2);
}

fn a_change_whose_expectation_does_not_hold_writes_nothing(store: &Arc<dyn Store>) {
    let (key, other) = (key("1"), key("2"));
    commit(store, vec![record(&key, None, 0)]);
    for expected in [None, Some(2)] {
        let refused = store.commit(Change::new(vec![
            record(&other, None, 0),
            event("a", "certificate-registered"),
            intent("m1", "a", Face::Certificate, 1),
            record(&key, expected, 0),
        ]));
        let found = Some(1);
        let subject = key.to_string();
        assert_eq!(refused, Err(NotCommitted::Stale(Stale::Subject { subject, expected, found })));
    }
    assert_eq!(store.current(&other).expect("read"), None);
    assert_eq!(store.ledger_size().expect("read"), 0);
    assert_eq!(store.outbox_entry("m1").expect("read"), None);
    commit(store, vec![event("a", "certificate-registered")]);
    replay(store.as_ref());
}

fn a_number_finds_the_certificates_of_every_issuer(store: &Arc<dyn Store>) {
    let first = key("77");
    let second = SubjectKey::number(Identifier::new("nb", "0123"), "77");
    commit(store, vec![record(&first, None, 0), record(&second, None, 0), record(&key("778"), None, 0)]);
    let found: Vec<SubjectKey> = store.subjects_numbered("77").expect("read").into_iter().map(|s| s.key).collect();
    assert_eq!(found, [first, second]);
    assert!(store.subjects_numbered("").expect("read").is_empty());
}

fn a_holder_is_found_by_identifier_and_by_name_page_by_page(store: &Arc<dyn Store>) {
    for number in 0..25 {
        commit(store, vec![record(&key(&format!("{number:04}")), None, 0)]);
    }
    let every = |query: HolderQuery| {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.search(&query, after.as_ref(), 10).expect("read");
            assert!(page.items.len() <= 10);
            found.extend(page.items.into_iter().map(|subject| subject.key));
            match page.next {
                Some(next) => after = Some(next.to_string().parse().expect("our own cursor")),
                None => return found,
            }
        }
    };
    let value = "91350100M000100Y43".to_owned();
    for query in [
        HolderQuery::Identifier { scheme: Some("uscc".into()), value: value.clone() },
        HolderQuery::Identifier { scheme: None, value: value.clone() },
        HolderQuery::NameStarts("福州".into()),
        HolderQuery::NameContains("示例".into()),
        HolderQuery::NameContains("example co., ltd".into()),
    ] {
        let mut found = every(query.clone());
        assert_eq!(found.len(), 25, "{query:?}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 25, "{query:?}");
    }
    for query in [
        HolderQuery::Identifier { scheme: Some("lei".into()), value },
        HolderQuery::NameStarts("示例".into()),
        HolderQuery::NameContains("%".into()),
        HolderQuery::NameContains("f_zhou".into()),
    ] {
        assert_eq!(every(query.clone()), [], "{query:?}");
    }
    let Write::Record(mut renamed) = record(&key("0000"), Some(1), 1) else { unreachable!() };
    renamed.columns.holder_names = vec!["新名".into()];
    commit(store, vec![Write::Record(renamed)]);
    assert_eq!(every(HolderQuery::NameStarts("新".into())), [key("0000")]);
    assert_eq!(every(HolderQuery::NameStarts("福州".into())).len(), 24);
}

fn the_version_of_a_past_moment_is_still_known(store: &Arc<dyn Store>) {
    let key = key("1");
    commit(store, vec![record(&key, None, 10)]);
    commit(store, vec![record(&key, Some(1), 20)]);
    let known = |second| store.version_known_at(&key, at(second)).expect("read").map(|version| version.version);
    assert_eq!([known(9), known(10), known(19), known(20), known(99)], [None, Some(1), Some(1), Some(2), Some(2)]);
}

fn a_payload_is_kept_once_and_given_back(store: &Arc<dyn Store>) {
    let bytes = "证书编号,产品名称\n".repeat(500).into_bytes();
    let write = PayloadWrite::of(&bytes, "cnca-ccc@1", at(0));
    assert!(write.compressed.len() < bytes.len() / 10);
    let digest = write.digest;
    commit(store, vec![Write::Payload(write.clone())]);
    commit(store, vec![Write::Payload(PayloadWrite { format: "another".into(), ..write })]);
    let payload = store.payload(&digest).expect("read").expect("there");
    assert_eq!((payload.format.as_str(), payload.bytes == bytes), ("cnca-ccc@1", true));
    assert_eq!(store.payload(&[0; 32]).expect("read"), None);
    let empty = PayloadWrite::of(b"", "none", at(0));
    commit(store, vec![Write::Payload(empty.clone())]);
    assert_eq!(store.payload(&empty.digest).expect("read").expect("there").bytes, b"");
}

fn events_are_chained_and_the_tree_verifies(store: &Arc<dyn Store>) {
    assert_eq!(store.checkpoint().expect("read"), None);
    let mut sequenced = Vec::new();
    for number in 0..37 {
        let subject = format!("s{}", number % 5);
        let committed = commit(store, vec![event(&subject, "one"), event(&subject, "two")]);
        assert_eq!(committed.ledger_size, 2 * (number + 1));
        sequenced.extend(committed.events);
    }
    replay(store.as_ref());
    let events = store.events_of("s3").expect("read");
    assert_eq!(events.len(), 14);
    assert!(events.windows(2).all(|pair| pair[1].event.previous == Some(pair[0].leaf_hash)));
    let from = store.events_from(70, 100).expect("read");
    assert_eq!(from.iter().map(|event| event.index).collect::<Vec<_>>(), [70, 71, 72, 73]);
    assert!(sequenced.iter().enumerate().all(|(index, sequenced)| sequenced.index == index as u64));
    let mut salts: Vec<_> =
        (0..74).map(|index| store.event(index).expect("read").expect("there").salt.bytes().to_vec()).collect();
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), 74);
}

fn a_prepared_leaf_is_stale_after_another_event(store: &Arc<dyn Store>) {
    let salt = Salt::from_slice(&[9; 32]).expect("a salt");
    let prepared = |previous| {
        let Write::Event(event) = event("s", "message-received") else { unreachable!() };
        vec![Write::Event(EventWrite { prepared: Some(PreparedLeaf { salt, previous }), ..event })]
    };
    let first = commit(store, prepared(None)).events[0].clone();
    assert_eq!(store.event(0).expect("read").expect("there").salt, salt);
    let refused = store.commit(Change::new(prepared(None)));
    assert_eq!(refused, Err(NotCommitted::Stale(Stale::Event("s".into()))));
    commit(store, prepared(Some(first.leaf_hash)));
    replay(store.as_ref());
}

fn a_message_goes_its_way_through_the_outbox(store: &Arc<dyn Store>) {
    commit(store, vec![intent("m1", "s", Face::Certificate, 1)]);
    assert_eq!(store.partners_due(at(0)).expect("read"), ["nz".into()]);
    assert_eq!(store.partners_due(at(-1)).expect("read"), []);
    let leased = lease(store, 0);
    assert_eq!((leased.len(), leased[0].state), (1, OutboxState::Leased));
    assert!(lease(store, 1).is_empty(), "leased to one worker");
    step(store, &leased[0], OutboxStep::Freeze { bytes: b"frozen".to_vec(), lease_until: at(60) }).expect("frozen");
    let stale = step(store, &leased[0], OutboxStep::Delivered { receipt: vec![] });
    assert_eq!(stale, Err(NotCommitted::Stale(Stale::Outbox("m1".into()))), "an older revision");
    let failed = OutboxStep::Failed { error: "refused".into(), next_attempt_at: at(100) };
    step(store, &stand(store, "m1"), failed).expect("failed");
    let entry = stand(store, "m1");
    assert_eq!((entry.state, entry.attempts, entry.last_error.as_deref()), (OutboxState::Due, 1, Some("refused")));
    assert!(lease(store, 99).is_empty());
    let again = lease(store, 100).remove(0);
    assert_eq!(again.frozen.as_deref(), Some(b"frozen".as_slice()));
    step(store, &again, OutboxStep::Freeze { bytes: b"frozen, signed twice".to_vec(), lease_until: at(200) })
        .expect("frozen");
    let entry = stand(store, "m1");
    assert_eq!(entry.frozen.as_deref(), Some(b"frozen, signed twice".as_slice()), "what each attempt adds is kept");
    step(store, &entry, OutboxStep::Dead { error: "past the limit".into(), receipt: None }).expect("dead");
    let filter = OutboxFilter { state: Some(OutboxState::Dead), limit: 10, ..OutboxFilter::default() };
    assert_eq!(store.outbox(&filter).expect("read").len(), 1);
    step(store, &stand(store, "m1"), OutboxStep::Retry).expect("retried");
    let entry = lease(store, 300).remove(0);
    step(store, &entry, OutboxStep::Delivered { receipt: b"signed".to_vec() }).expect("delivered");
    let entry = stand(store, "m1");
    assert_eq!((entry.state, entry.receipt.as_deref()), (OutboxState::Delivered, Some(b"signed".as_slice())));
    let refused = step(store, &entry, OutboxStep::Drop);
    assert!(matches!(refused, Err(NotCommitted::Stale(_))), "what is delivered cannot be dropped");
    let counts = store.outbox_counts().expect("read");
    let oldest = counts[0].oldest.clone();
    assert!(store.outbox_entry(&oldest).expect("read").is_some());
    assert_eq!(counts, [OutboxCount { partner: "nz".into(), state: OutboxState::Delivered, count: 1, oldest }]);
}

fn a_lease_that_ended_is_given_again(store: &Arc<dyn Store>) {
    commit(store, vec![intent("m1", "s", Face::Certificate, 1)]);
    let first = lease(store, 0).remove(0);
    let second = lease(store, 60).remove(0);
    let late = step(store, &first, OutboxStep::Delivered { receipt: vec![] });
    assert!(matches!(late, Err(NotCommitted::Stale(_))), "the first worker has lost it");
    step(store, &second, OutboxStep::Release).expect("given back");
    assert_eq!(stand(store, "m1").state, OutboxState::Due);
}

fn a_newer_version_supersedes_an_unsent_older_one(store: &Arc<dyn Store>) {
    commit(store, vec![intent("m1", "s", Face::Certificate, 1), intent("n1", "s", Face::Status, 1)]);
    commit(store, vec![intent("m2", "s", Face::Certificate, 2), intent("x1", "other", Face::Certificate, 1)]);
    assert_eq!(stand(store, "m1").state, OutboxState::Superseded);
    assert_eq!(stand(store, "n1").state, OutboxState::Due, "the other face is left alone");
    let leased = lease(store, 0);
    assert_eq!(leased.len(), 3);
    let m2 = leased.iter().find(|entry| entry.id == "m2").expect("leased");
    commit(store, vec![intent("m3", "s", Face::Certificate, 3)]);
    assert_eq!(stand(store, "m2").state, OutboxState::Leased, "what may be under way is left alone");
    step(store, m2, OutboxStep::Failed { error: "down".into(), next_attempt_at: at(1) }).expect("failed");
    assert_eq!(stand(store, "m2").state, OutboxState::Superseded, "but it is not tried again");
    let notice = |id: &str| intent(id, "s", Face::Notice, 0);
    commit(store, vec![notice("o1"), notice("o2")]);
    assert_eq!(stand(store, "o1").state, OutboxState::Due);
}

fn a_status_is_leased_before_a_certificate(store: &Arc<dyn Store>) {
    for number in 0..20 {
        commit(store, vec![intent(&format!("c{number:02}"), &format!("s{number}"), Face::Certificate, 1)]);
    }
    commit(store, vec![intent("z", "s0", Face::Status, 2)]);
    assert_eq!(lease(store, 0)[0].id, "z");
}

fn a_message_is_taken_once(store: &Arc<dyn Store>) {
    let entry = InboxEntry {
        sender: "nz".into(),
        message_id: "m1".into(),
        digest: [3; 32],
        subject: Some("s".into()),
        answer: b"first".to_vec(),
        at: at(0),
    };
    commit(store, vec![Write::Inbox(entry.clone())]);
    let again = Write::Inbox(InboxEntry { answer: b"second".to_vec(), ..entry.clone() });
    let refused = store.commit(Change::new(vec![event("s", "message-received"), again]));
    let (sender, message_id) = ("nz".to_owned(), "m1".to_owned());
    assert_eq!(refused, Err(NotCommitted::Stale(Stale::Taken { sender, message_id })));
    assert_eq!(store.ledger_size().expect("read"), 0);
    assert_eq!(store.taken(&"nz".into(), "m1").expect("read"), Some(entry.clone()));
    assert_eq!(store.taken(&"au".into(), "m1").expect("read"), None);
    assert_eq!(store.taken_about("s").expect("read"), [entry]);
    assert_eq!(store.forget_inbox(at(0)).wait(), Ok(0));
    assert_eq!(store.forget_inbox(at(1)).wait(), Ok(1));
}

fn what_a_wrong_clock_put_off_is_taken_back(store: &Arc<dyn Store>) {
    commit(store, vec![intent("m1", "s", Face::Status, 1)]);
    lease(store, 1);
    commit(store, vec![intent("m2", "t", Face::Status, 1)]);
    // Twenty minutes ahead.
    let ahead = lease(store, 1200);
    assert_eq!(ahead.len(), 2, "the lease of m1 had ended by that clock");
    assert_eq!(store.recall(at(2), at(1200)).wait(), Ok(0), "nothing was touched later than that");
    assert!(lease(store, 2).is_empty());
    assert_eq!(store.recall(at(2), at(7)).wait(), Ok(2));
    assert_eq!(lease(store, 2).len(), 2);
    assert_eq!(store.recall(at(3), at(8)).wait(), Ok(0), "what a right clock leased stays leased");
}

fn a_notice_is_kept_answered_and_done_once(store: &Arc<dyn Store>) {
    let notice = |id: &str, direction, answers: Option<&str>| NoticeWrite {
        partner: "nz".into(),
        direction,
        id: id.into(),
        message_type: "correction-request".into(),
        subject: answers.is_none().then(|| "s".to_owned()),
        answers: answers.map(str::to_owned),
        body: b"{}".to_vec(),
        at: at(0),
    };
    let asked = notice("n1", Direction::Received, None);
    commit(store, vec![Write::Notice(asked.clone())]);
    commit(store, vec![Write::Notice(notice("n2", Direction::Sent, Some("n1")))]);
    // The same ids the other way round, and with another partner, are other notices.
    commit(store, vec![Write::Notice(notice("n1", Direction::Sent, None))]);
    let stranger = NoticeWrite { partner: "au".into(), ..notice("n3", Direction::Sent, Some("n1")) };
    commit(store, vec![Write::Notice(stranger)]);

    let list = |filter: NoticeFilter| store.notices(&NoticeFilter { limit: 10, ..filter }).expect("read");
    let received = NoticeFilter { direction: Some(Direction::Received), ..NoticeFilter::default() };
    let held = list(received.clone());
    assert_eq!(held, [Notice { notice: asked, done: None, answered_by: vec!["n2".into()] }]);
    assert_eq!(list(NoticeFilter { subject: Some("s".into()), ..NoticeFilter::default() }).len(), 2);
    assert_eq!(list(NoticeFilter { id: Some("n1".into()), ..NoticeFilter::default() }).len(), 2);
    assert_eq!(list(NoticeFilter { partner: Some("au".into()), ..NoticeFilter::default() }).len(), 1);
    assert_eq!(list(NoticeFilter { after: Some("n1".into()), ..NoticeFilter::default() }).len(), 2);

    let by_key = |partner: &str, direction, id| store.notice(&partner.into(), direction, id).expect("read");
    assert_eq!(by_key("nz", Direction::Received, "n1"), Some(held[0].clone()));
    assert_eq!(by_key("au", Direction::Received, "n1"), None);

    let done = Write::NoticeDone(NoticeDone {
        partner: "nz".into(),
        direction: Direction::Received,
        id: "n1".into(),
        note: "corrected".into(),
        at: at(5),
    });
    commit(store, vec![done.clone()]);
    assert_eq!(list(received.clone())[0].done, Some((at(5), "corrected".to_owned())));
    assert_eq!(list(NoticeFilter { open: true, ..received }), []);
    let again = store.commit(Change::new(vec![event("s", "message-received"), done]));
    assert_eq!(again, Err(NotCommitted::Stale(Stale::Notice("n1".into()))));
    assert_eq!(store.ledger_size().expect("read"), 0);
}

fn only_a_higher_version_is_exchanged(store: &Arc<dyn Store>) {
    let version = |version, direction| {
        vec![Write::Exchanged(ExchangedVersion {
            partner: "nz".into(),
            subject: "s".into(),
            face: Face::Status,
            direction,
            version,
            message_id: format!("m{version}"),
            at: at(0),
        })]
    };
    commit(store, version(3, Direction::Received));
    for lower in [2, 3] {
        let refused = store.commit(Change::new(version(lower, Direction::Received)));
        assert_eq!(refused, Err(NotCommitted::Stale(Stale::Exchanged { subject: "s".into(), found: 3 })));
    }
    commit(store, version(4, Direction::Received));
    commit(store, version(1, Direction::Sent));
    let found = store.exchanged(&"nz".into(), "s", Face::Status, Direction::Received).expect("read").expect("there");
    assert_eq!((found.version, found.message_id.as_str()), (4, "m4"));
    assert_eq!(store.exchanged(&"nz".into(), "s", Face::Certificate, Direction::Sent).expect("read"), None);
}

fn many_threads_commit_and_every_change_is_there_once(store: &Arc<dyn Store>) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let pending: Vec<_> = (0..40)
                    .map(|number| {
                        let key = key(&format!("{thread}-{number}"));
                        let text = key.to_string();
                        store.submit(Change::new(vec![record(&key, None, 0), event(&text, "certificate-registered")]))
                    })
                    .collect();
                for pending in pending {
                    assert_eq!(pending.wait().expect("committed").events.len(), 1);
                }
            });
        }
    });
    assert_eq!(store.subject_count().expect("read"), 320);
    assert_eq!(store.ledger_size().expect("read"), 320);
    replay(store.as_ref());
}

fn what_contends_for_one_subject_is_decided_again(store: &Arc<dyn Store>) {
    let key = key("1");
    commit(store, vec![record(&key, None, 0)]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            let key = &key;
            scope.spawn(move || {
                for _ in 0..10 {
                    loop {
                        let current = store.subject(key).expect("read").expect("there").version;
                        let writes = vec![record(key, Some(current), 0), event("s", "certificate-changed")];
                        match store.commit(Change::new(writes)) {
                            Ok(_) => break,
                            Err(NotCommitted::Stale(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(store.subject(&key).expect("read").expect("there").version, 61);
    assert_eq!(store.versions(&key).expect("read").len(), 61);
    assert_eq!(store.ledger_size().expect("read"), 60);
    replay(store.as_ref());
}

fn an_urgent_change_is_not_kept_waiting_by_a_full_queue(store: &Arc<dyn Store>) {
    let mut waiting = Vec::new();
    for number in 0..2000 {
        waiting.push(store.submit(Change::new(vec![record(&key(&number.to_string()), None, 0)])));
    }
    store.commit(Change::new(vec![record(&key("urgent"), None, 0)]).urgently()).expect("committed");
    for pending in waiting {
        pending.wait().expect("committed");
    }
    assert_eq!(store.subject_count().expect("read"), 2001);
}
