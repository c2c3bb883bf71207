//! Events over a store in a temporary file: found, staged, in effect at one instant, settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::clock::{Clock, SystemEntropy};
use crate::ledger::EventKind;
use crate::record::{Reason, ReasonClass, Record, StatusEntry, StatusValue, Validity, testing};
use crate::registry::{Incoming, Owner, Subscriptions};
use crate::store::conformance::{replay, sequencing};
use crate::store::{
    BulkPage, Change, Direction, ExchangedVersion, Face, Options, OutboxFilter, OutboxState, PartnerId, SqliteStore,
    Write,
};

/// A clock that a test sets, in seconds.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed)).expect("in range")
    }
}

/// New Zealand takes notices, Australia is told of each certificate.
struct Two;

impl Subscriptions for Two {
    fn partners_for(&self, _: &Record, _: &Owner, _: Face) -> Vec<PartnerId> {
        vec!["nz".into(), "au".into()]
    }

    fn longest_notice(&self, partner: &PartnerId) -> Option<usize> {
        (partner.0 == "nz").then_some(20_000)
    }
}

struct House {
    registry: Registry,
    clock: Arc<Hand>,
    path: std::path::PathBuf,
    /// Kept until the end.
    folder: tempfile::TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store.sqlite");
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let registry = open(&path, &clock);
    let house = House { registry, clock, path, folder };
    house.at("2026-10-05T01:00:00Z");
    house
}

fn open(path: &std::path::Path, clock: &Arc<Hand>) -> Registry {
    let store = SqliteStore::open(path, Options::default(), sequencing()).expect("opened");
    Registry::new(Arc::new(store), Arc::clone(clock) as _, Arc::new(SystemEntropy), Arc::new(Two))
}

impl House {
    fn at(&self, time: &str) -> Timestamp {
        let time: Timestamp = time.parse().expect("time");
        self.clock.0.store(time.unix(), Ordering::Relaxed);
        time
    }

    fn register(&self, number: usize, change: impl FnOnce(&mut Record)) -> SubjectKey {
        let mut record = certificate(number);
        change(&mut record);
        let incoming = Incoming {
            record,
            findings: Vec::new(),
            payload: format!("row {number}").into_bytes().into(),
            format: "cnca-ccc@1".into(),
            crosswalk_digest: "zQm".into(),
            owner: Owner::House,
            received_from: None,
        };
        self.registry.register(&incoming).expect("registered").subject
    }

    /// A partner has receipted a face of a certificate.
    fn receipted(&self, partner: &str, subject: &SubjectKey, face: Face, version: u32) {
        let exchanged = ExchangedVersion {
            partner: partner.into(),
            subject: subject.to_string(),
            face,
            direction: Direction::Sent,
            version,
            message_id: "m".into(),
            at: self.clock.now(),
        };
        self.registry.store().commit(Change::new(vec![Write::Exchanged(exchanged)])).expect("committed");
    }

    fn act(&self, subject: &SubjectKey, status: StatusValue, from: &str) {
        self.registry.change_status(subject, &act(status, from), &Owner::House).expect("changed");
    }

    fn apply(&self, order: &BulkOrder) -> BulkOutcome {
        self.registry.bulk_apply(order, day("2026-10-06"), &mut |_| {}).expect("applied")
    }

    fn validity(&self, subject: &SubjectKey, known_at: Option<Timestamp>) -> Validity {
        self.registry.status_on(subject, day("2026-12-01"), known_at).expect("judged").expect("held").validity
    }

    fn messages(&self, partner: &str) -> Vec<(String, String)> {
        let filter = OutboxFilter { partner: Some(partner.into()), limit: 10_000, ..OutboxFilter::default() };
        let all = self.registry.store().outbox(&filter).expect("read");
        let meant = all.into_iter().filter(|entry| entry.state == OutboxState::Due);
        meant.map(|entry| (entry.message_type, entry.subject)).collect()
    }

    fn leaves(&self, subject: &str) -> Vec<EventKind> {
        let events = self.registry.store().events_of(subject).expect("read");
        events.into_iter().map(|event| event.event.kind).collect()
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn certificate(number: usize) -> Record {
    let mut record = testing::compulsory_product();
    record.key.number = Some(format!("20248007{number:08}"));
    record.scheme.rule = serde_json::from_value(serde_json::json!({"number": "CNCA-C11-16:2019"})).expect("a rule");
    record.standards =
        serde_json::from_value(serde_json::json!([{"designation": "GB 17761", "edition": "2018"}])).expect("standards");
    record.products[0].category_codes =
        serde_json::from_value(serde_json::json!([{"list": "ccc-catalogue", "code": "1119"}])).expect("codes");
    record
}

fn act(status: StatusValue, from: &str) -> StatusEntry {
    serde_json::from_value(serde_json::json!({"status": status, "from": from})).expect("an entry")
}

fn order(status: StatusValue) -> BulkOrder {
    let mut act = act(status, "2026-11-01");
    act.reason = Reason { class: Some(ReasonClass::RuleChange), ..Reason::default() };
    BulkOrder {
        act,
        condition: Condition { rule: Some("CNCA-C11-16:2019".into()), ..Condition::default() },
        basis: "Announcement 25 of 2025".into(),
    }
}

#[test]
fn a_condition_chooses_by_all_that_it_sets_and_the_scan_leaves_nothing_out() {
    let record = certificate(1);
    let json = serde_json::to_string(&record).expect("written");
    let of = |value: serde_json::Value| -> Condition { serde_json::from_value(value).expect("a condition") };
    let cases = [
        (serde_json::json!({"rule": "CNCA-C11-16:2019"}), true),
        (serde_json::json!({"rule": "CNCA-C11-16"}), false),
        (serde_json::json!({"product": "11"}), true),
        (serde_json::json!({"product": "19"}), false),
        (serde_json::json!({"body": "cnca-approval:CNCA-R-2099-001"}), true),
        (serde_json::json!({"body": "CNCA-R-2099-001"}), true),
        (serde_json::json!({"body": "register:CNCA-R-2099-001"}), false),
        (serde_json::json!({"standard": "GB 17761"}), true),
        (serde_json::json!({"standard": "GB 17761", "edition": "2018"}), true),
        (serde_json::json!({"standard": "GB 17761", "edition": "2024"}), false),
        (
            serde_json::json!({"rule": "CNCA-C11-16:2019", "product": "11", "body": "CNCA-R-2099-001", "standard": "GB 17761"}),
            true,
        ),
        (serde_json::json!({"rule": "CNCA-C11-16:2019", "product": "12"}), false),
    ];
    for (condition, met) in cases {
        let condition = of(condition);
        condition.check().expect("it chooses");
        assert_eq!(condition.is_met_by(&record), met, "{condition}");
        let scan = condition.scan();
        let found = scan.means(&record.key.issuer) && scan.texts.iter().all(|text| json.contains(text));
        assert!(found || !met, "the scan would leave out what meets {condition}");
    }
    assert_eq!(Condition::default().check(), Err(NoCondition::Everything));
    assert_eq!(of(serde_json::json!({"edition": "2018"})).check(), Err(NoCondition::EditionOfNothing));
    assert_eq!(of(serde_json::json!({"rule": " "})).check(), Err(NoCondition::Empty("rule")));
}

#[test]
fn an_event_takes_all_members_at_one_instant_and_each_has_its_leaf() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..150).map(|number| house.register(number, |_| {})).collect();
    let other = house.register(999, |record| record.scheme.rule = None);
    let before = house.at("2026-10-06T01:00:00Z");
    let order = order(StatusValue::Cancelled);
    let preview = house.registry.bulk_preview(&order, day("2026-10-06"), 3, &mut |_| {}).expect("previewed");
    assert_eq!((preview.members, preview.examples.len(), preview.skipped.len()), (150, 3, 0));
    assert!(house.registry.store().bulk_events(false).expect("read").is_empty(), "a preview writes nothing");
    let effective = house.at("2026-10-06T02:00:00Z");
    let outcome = house.apply(&order);
    assert_eq!((outcome.members, outcome.before, outcome.effective_at), (150, false, effective));
    for subject in &subjects {
        assert_eq!(house.validity(subject, None), Validity::Cancelled);
        assert_eq!(house.validity(subject, Some(before)), Validity::Valid, "as known before the event");
        let held = house.registry.look_up(subject).expect("read").expect("held");
        assert_eq!((held.version, held.status_version, held.certificate_version), (2, 2, 1));
        assert_eq!(held.recorded_at, effective);
        let entry = held.record.status.history.last().expect("an act");
        assert_eq!(entry.id, outcome.event);
        assert_eq!(entry.reason.class, Some(ReasonClass::RuleChange));
        let listed = house.registry.store().subject(subject).expect("read").expect("held");
        assert_eq!((listed.version, listed.status_version, listed.columns.status.as_str()), (2, 2, "cancelled"));
        let leaves = house.leaves(&subject.to_string());
        assert_eq!(leaves, [EventKind::CertificateRegistered, EventKind::StatusChanged]);
    }
    assert_eq!(house.validity(&other, None), Validity::Valid);
    assert_eq!(house.leaves(&outcome.event), [EventKind::BulkEvent]);
    let row = house.registry.store().bulk_event(&outcome.event).expect("read").expect("kept");
    assert_eq!((row.members, row.settled, row.is_unsettled()), (150, 150, false));
    let document = BulkDocument::read(&row).expect("read");
    assert_eq!(document.basis.as_deref(), Some("Announcement 25 of 2025"));
    let lines: Vec<String> = subjects.iter().map(|subject| format!("{subject} 2\n")).collect();
    let lines = lines.concat();
    assert_eq!(document.result.expect("a result").digest, crate::crypto::Digest::sha256(lines.as_bytes()));
    replay(house.registry.store().as_ref());
}

#[test]
fn the_same_order_twice_does_nothing_twice() {
    let house = house();
    house.register(1, |_| {});
    let order = order(StatusValue::Suspended);
    let first = house.apply(&order);
    let size = house.registry.store().ledger_size().expect("read");
    house.at("2026-10-09T01:00:00Z");
    let again = house.apply(&order);
    assert_eq!((again.before, again.event, again.effective_at), (true, first.event, first.effective_at));
    assert_eq!(house.registry.store().ledger_size().expect("read"), size);
}

#[test]
fn what_an_act_cannot_touch_is_left_as_it_is_and_says_why() {
    let house = house();
    let mut number = 0;
    let mut held = |status: Option<(StatusValue, &str)>, until: &str| {
        number += 1;
        let subject = house.register(number, |record| record.dates.valid_until = Some(day(until)));
        if let Some((status, from)) = status {
            house.act(&subject, status, from);
        }
        subject
    };
    let far = "2029-09-27";
    let plain = held(None, far);
    let suspended = held(Some((StatusValue::Suspended, "2026-10-01")), far);
    let withdrawn = held(Some((StatusValue::Withdrawn, "2026-10-01")), far);
    let later_withdrawn = held(Some((StatusValue::Withdrawn, "2026-12-01")), far);
    let cancelled = held(Some((StatusValue::Cancelled, "2026-10-01")), far);
    let expired = held(None, "2026-10-02");
    let skipped = |status| {
        let preview =
            house.registry.bulk_preview(&order(status), day("2026-10-06"), 9, &mut |_| {}).expect("previewed");
        let reasons: std::collections::BTreeMap<SubjectKey, Skip> =
            preview.skipped.into_iter().map(|one| (one.subject, one.reason)).collect();
        (preview.examples, reasons)
    };
    let (members, left) = skipped(StatusValue::Suspended);
    assert_eq!(members, std::slice::from_ref(&plain));
    assert_eq!(left[&suspended], Skip::Suspended);
    assert_eq!((left[&withdrawn], left[&later_withdrawn]), (Skip::Withdrawn, Skip::Withdrawn));
    assert_eq!((left[&cancelled], left[&expired]), (Skip::Cancelled, Skip::Expired));
    let (members, left) = skipped(StatusValue::Cancelled);
    assert_eq!(members, [plain.clone(), suspended.clone()]);
    assert_eq!((left.len(), left[&withdrawn], left[&expired]), (4, Skip::Withdrawn, Skip::Expired));
    let (members, left) = skipped(StatusValue::Withdrawn);
    assert_eq!(members, [plain.clone(), suspended, cancelled, expired]);
    assert_eq!(left.len(), 2);
    house.act(&plain, StatusValue::Cancelled, "2026-11-01");
    assert_eq!(skipped(StatusValue::Cancelled).1[&plain], Skip::OnRecord);
}

#[test]
fn a_partner_gets_one_notice_or_a_message_for_each() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..5).map(|number| house.register(number, |_| {})).collect();
    for (position, subject) in subjects.iter().enumerate() {
        for partner in ["nz", "au"] {
            // The first has not arrived in New Zealand yet.
            if position > 0 || partner == "au" {
                house.receipted(partner, subject, Face::Certificate, 1);
            }
        }
    }
    // Of the second, a suspension that has ended is still under way.
    house.act(&subjects[1], StatusValue::Suspended, "2026-10-05");
    house.act(&subjects[1], StatusValue::Valid, "2026-10-06");
    // And of the third, one has arrived.
    house.act(&subjects[2], StatusValue::Suspended, "2026-10-05");
    house.receipted("nz", &subjects[2], Face::Status, 2);
    let order = order(StatusValue::Withdrawn);
    let preview = house.registry.bulk_preview(&order, day("2026-10-06"), 9, &mut |_| {}).expect("previewed");
    assert_eq!(preview.told["nz"], Told { by_notice: 3, each: 2 });
    assert_eq!(preview.told["au"], Told { by_notice: 0, each: 5 });
    let outcome = house.apply(&order);
    assert_eq!((outcome.notices, outcome.messages), (1, 7));
    let status = |partner: &str| -> std::collections::BTreeSet<String> {
        let all = house.messages(partner);
        all.into_iter().filter(|(kind, _)| kind == "status-change").map(|(_, subject)| subject).collect()
    };
    // That of the third is the suspension that was receipted, and whose message this test has not moved on.
    assert_eq!(status("nz"), subjects[..3].iter().map(SubjectKey::to_string).collect());
    assert_eq!(status("au"), subjects.iter().map(SubjectKey::to_string).collect());
    assert!(house.messages("nz").contains(&("bulk-event".into(), outcome.event.clone())));
    let told = house.registry.store().bulk_members(&outcome.event, &BulkPage { limit: 9, ..BulkPage::default() });
    let told = told.expect("read")[2].told.iter().find(|told| told.partner.0 == "nz").cloned().expect("told");
    assert_eq!((told.by_notice, told.version, told.previous), (true, 3, Some(2)));
}

#[test]
fn a_long_notice_is_cut_into_parts_that_leave_nothing_out() {
    let house = house();
    for number in 0..200 {
        let subject = house.register(number, |_| {});
        house.receipted("nz", &subject, Face::Certificate, 1);
    }
    // 20,000 bytes, of which 16 KiB are kept for what is not members.
    let outcome = house.apply(&order(StatusValue::Suspended));
    assert!(outcome.notices > 1, "{outcome:?}");
    let filter = OutboxFilter { partner: Some("nz".into()), limit: 10_000, ..OutboxFilter::default() };
    let mut ranges: Vec<BulkRange> = house
        .registry
        .store()
        .outbox(&filter)
        .expect("read")
        .into_iter()
        .filter(|entry| entry.message_type == BULK_EVENT)
        .map(|entry| serde_json::from_slice(&entry.body.expect("a range")).expect("read"))
        .collect();
    assert_eq!(ranges.len() as u64, outcome.notices);
    ranges.sort_by_key(|range| range.part);
    let of = u32::try_from(ranges.len()).expect("few");
    let mut after = 0;
    for (part, range) in (1..).zip(&ranges) {
        assert_eq!((range.after, range.part, range.of), (after, part, of));
        after = range.until;
    }
    let page = BulkPage { after, limit: 1, ..BulkPage::default() };
    assert!(house.registry.store().bulk_members(&outcome.event, &page).expect("read").is_empty());
}

/// Stages the members of an order and stops before they take effect.
fn stage(house: &House, order: &BulkOrder) -> String {
    let id = order.id();
    let registry = &house.registry;
    let (row, document) = registry.begin(&id, &BulkDocument::of(order, day("2026-10-06"))).expect("begun");
    let mut staging = Staging::new(registry, &id);
    registry
        .each_candidate(order, &mut |_| {}, &mut |candidate| match registry.judge_member(
            &document.act,
            &order.condition,
            &candidate,
            row.begun_at,
        )? {
            Some(Ok(decision)) => staging.add(decision, None),
            _ => Ok(()),
        })
        .expect("looked at");
    staging.finish().expect("staged");
    id
}

#[test]
fn what_was_broken_off_before_it_took_effect_is_seen_by_nobody_and_taken_up_or_taken_back() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..100).map(|number| house.register(number, |_| {})).collect();
    let size = house.registry.store().ledger_size().expect("read");
    let order = order(StatusValue::Suspended);
    let id = stage(&house, &order);
    let House { registry, clock, path, folder } = house;
    drop(registry);
    let house = House { registry: open(&path, &clock), clock, path, folder };
    let store = house.registry.store().clone();
    assert_eq!(store.bulk_event(&id).expect("read").expect("begun").members, 100);
    for subject in &subjects {
        assert_eq!(house.validity(subject, None), Validity::Valid);
        assert_eq!(house.registry.look_up(subject).expect("read").expect("held").version, 1);
        assert_eq!(store.versions(subject).expect("read").len(), 1);
        assert!(store.version(subject, 2).expect("read").is_none());
        assert_eq!(store.subject(subject).expect("read").expect("held").version, 1);
        assert_eq!(house.registry.trace(subject).expect("traced").expect("held").result.versions.len(), 1);
    }
    assert_eq!(store.ledger_size().expect("read"), size);
    assert!(house.messages("au").iter().all(|(kind, _)| kind != "status-change"));
    // Another event has to wait for it.
    let mut other = order.clone();
    other.basis = "Another".into();
    let refused = house.registry.bulk_apply(&other, day("2026-10-06"), &mut |_| {});
    assert_eq!(refused, Err(RegistryError::BulkUnderWay(id.clone())));
    // Taken back it never was.
    assert_eq!(house.registry.bulk_drop(&id), Ok(100));
    assert!(store.bulk_events(false).expect("read").is_empty());
    assert_eq!(house.registry.bulk_drop(&id), Err(RegistryError::BulkNotOpen(id.clone())));
    // Taken up, it is one event.
    stage(&house, &order);
    let outcome = house.apply(&order);
    assert_eq!((outcome.members, &outcome.event), (100, &id));
    assert!(subjects.iter().all(|subject| house.validity(subject, None) == Validity::Suspended));
    assert_eq!(house.registry.bulk_drop(&id), Err(RegistryError::BulkNotOpen(id)));
    replay(store.as_ref());
}

#[test]
fn who_changes_a_staged_certificate_displaces_it_and_it_is_decided_on_again() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..3).map(|number| house.register(number, |_| {})).collect();
    let order = order(StatusValue::Suspended);
    let id = stage(&house, &order);
    house.act(&subjects[0], StatusValue::Withdrawn, "2026-10-06");
    house.register(1, |record| record.dates.valid_until = Some(day("2030-01-01")));
    assert_eq!(house.registry.store().bulk_event(&id).expect("read").expect("begun").members, 1);
    let outcome = house.apply(&order);
    assert_eq!(outcome.members, 2);
    assert_eq!(outcome.skipped, [Skipped { subject: subjects[0].clone(), reason: Skip::Withdrawn }]);
    assert_eq!(house.validity(&subjects[0], None), Validity::Withdrawn);
    assert_eq!(house.validity(&subjects[1], None), Validity::Suspended);
    let held = house.registry.look_up(&subjects[1]).expect("read").expect("held");
    assert_eq!((held.version, held.certificate_version, held.status_version), (3, 2, 3));
    replay(house.registry.store().as_ref());
}

#[test]
fn between_effect_and_settling_everybody_sees_the_new_status_and_a_write_settles_first() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..100).map(|number| house.register(number, |_| {})).collect();
    let order = order(StatusValue::Suspended);
    let id = stage(&house, &order);
    let row = house.registry.store().bulk_event(&id).expect("read").expect("begun");
    let document = BulkDocument::read(&row).expect("read");
    let before = house.clock.now();
    let effective = house.at("2026-10-06T02:00:00Z");
    let effect = house.registry.make_effective(&id, &document, &|_| true, &|_| Ok(Vec::new()));
    assert_eq!(effect.expect("made effective").expect("whole").members, 100);
    let store = house.registry.store().clone();
    let subject = &subjects[7];
    let seen = |version: u32| {
        let held = house.registry.look_up(subject).expect("read").expect("held");
        let listed = store.subject(subject).expect("read").expect("held");
        assert_eq!((held.version, held.recorded_at), (version, effective));
        assert_eq!(
            (listed.version, listed.columns.status.as_str(), listed.changed_at),
            (version, "suspended", effective)
        );
        assert_eq!(store.versions(subject).expect("read").len(), version as usize);
        assert_eq!(house.validity(subject, None), Validity::Suspended);
        assert_eq!(house.validity(subject, Some(before)), Validity::Valid);
    };
    seen(2);
    assert_eq!(house.leaves(&subject.to_string()), [EventKind::CertificateRegistered]);
    // A write settles this one certificate, and its leaf stands before the next.
    house.at("2026-10-06T03:00:00Z");
    house.act(subject, StatusValue::Withdrawn, "2026-11-02");
    let leaves = house.leaves(&subject.to_string());
    assert_eq!(leaves, [EventKind::CertificateRegistered, EventKind::StatusChanged, EventKind::StatusChanged]);
    assert_eq!(store.versions(subject).expect("read").len(), 3);
    assert_eq!(store.bulk_event(&id).expect("read").expect("in effect").settled, 1);
    // Whoever comes next settles the rest.
    let mut last = None;
    let messages = house.registry.bulk_settle(&id, &mut |progress| last = Some(progress)).expect("settled");
    assert_eq!(messages, 2 * 99);
    assert_eq!(last, Some(BulkProgress { phase: BulkPhase::Settling, done: 100, of: 100 }));
    assert!(store.bulk_event(&id).expect("read").expect("in effect").settled_at.is_some());
    assert_eq!(house.validity(subject, None), Validity::Withdrawn);
    for subject in subjects.iter().filter(|other| *other != subject) {
        assert_eq!(house.leaves(&subject.to_string()).len(), 2);
    }
    assert_eq!(house.registry.bulk_settle(&id, &mut |_| {}), Ok(0), "once");
    replay(store.as_ref());
}

#[test]
fn others_write_while_an_event_runs_and_nothing_is_lost() {
    let house = house();
    let subjects: Vec<SubjectKey> = (0..300).map(|number| house.register(number, |_| {})).collect();
    let order = order(StatusValue::Suspended);
    std::thread::scope(|threads| {
        let writing = threads.spawn(|| {
            for subject in subjects.iter().rev().step_by(7) {
                let withdrawal = act(StatusValue::Withdrawn, "2026-10-06");
                house.registry.change_status(subject, &withdrawal, &Owner::House).expect("changed");
            }
        });
        let outcome = house.apply(&order);
        writing.join().expect("written");
        assert!(outcome.members + outcome.skipped.len() as u64 == 300, "{outcome:?}");
    });
    for (position, subject) in subjects.iter().rev().enumerate() {
        let expected = if position % 7 == 0 { Validity::Withdrawn } else { Validity::Suspended };
        assert_eq!(house.validity(subject, None), expected, "{subject}");
        let held = house.registry.look_up(subject).expect("read").expect("held");
        assert_eq!(house.registry.store().versions(subject).expect("read").len(), held.version as usize);
        assert_eq!(house.leaves(&subject.to_string()).len(), held.version as usize, "a leaf for each version");
    }
    replay(house.registry.store().as_ref());
}
