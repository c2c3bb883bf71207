//! The use cases over a store in a temporary file.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::clock::{Day, SystemEntropy};
use crate::finding::{Finding, Place};
use crate::record::{AffectedScope, ScopePart, StatusEntry, StatusValue, SubjectKey, Validity, testing};
use crate::store::conformance::{replay, sequencing};
use crate::store::{Options, OutboxFilter, OutboxState, SqliteStore};

/// A clock that a test sets.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed)).expect("in range")
    }
}

/// New Zealand hears of everything, Australia of compulsory products, whatever the face.
struct Two;

impl Subscriptions for Two {
    fn partners_for(&self, record: &Record, _: &Owner, _: Face) -> Vec<PartnerId> {
        let compulsory = record.kind == crate::record::Kind::CompulsoryProduct;
        if compulsory { vec!["nz".into(), "au".into()] } else { vec!["nz".into()] }
    }
}

struct House {
    registry: Registry,
    clock: Arc<Hand>,
    _folder: tempfile::TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store.sqlite");
    let store = SqliteStore::open(&path, Options::default(), sequencing()).expect("opened");
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let registry = Registry::new(Arc::new(store), Arc::clone(&clock) as _, Arc::new(SystemEntropy), Arc::new(Two));
    let house = House { registry, clock, _folder: folder };
    house.at("2026-10-05T01:00:00Z");
    house
}

impl House {
    fn at(&self, time: &str) -> Timestamp {
        let time: Timestamp = time.parse().expect("time");
        self.clock.0.store(time.unix(), Ordering::Relaxed);
        time
    }

    fn register(&self, record: &Record, document: &str) -> Registered {
        self.registry.register(&incoming(record, document)).expect("registered")
    }

    /// Versions, events and messages that there are.
    fn counts(&self) -> (usize, u64, usize) {
        let store = self.registry.store();
        let filter = OutboxFilter { limit: 1000, ..OutboxFilter::default() };
        let versions = store.versions(&subject()).expect("read").len();
        (versions, store.ledger_size().expect("read"), store.outbox(&filter).expect("read").len())
    }

    fn validity(&self, on: &str) -> Validity {
        self.registry.status_on(&subject(), day(on), None).expect("judged").expect("held").validity
    }
}

fn incoming(record: &Record, document: &str) -> Incoming {
    Incoming {
        record: record.clone(),
        findings: vec![Finding::new("registry/restored", Place::Field("status.history".into()))],
        payload: document.as_bytes().into(),
        format: "cnca-report@2016".into(),
        crosswalk_digest: "zQm".into(),
        owner: Owner::House,
        received_from: None,
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn certificate() -> Record {
    testing::management_system()
}

fn subject() -> SubjectKey {
    SubjectKey::try_from(&certificate().key).expect("whole")
}

fn entry(status: StatusValue, from: Option<&str>) -> StatusEntry {
    StatusEntry {
        id: String::new(),
        status: Some(status),
        claimed: None,
        affected_scope: None,
        from: from.map(day),
        until: None,
        reason: crate::record::Reason::default(),
        decided_on: None,
        reported_on: None,
        observed_at: None,
        decided_by: None,
        corrects: None,
        residue: crate::record::Residue::default(),
    }
}

/// The certificate as a report of that day tells it.
fn report(on: &str, status: StatusEntry) -> Record {
    let mut record = certificate();
    record.reporting.reported_on = Some(day(on));
    record.status.history = vec![status];
    record
}

#[test]
fn a_new_record_makes_one_version_one_event_and_one_message_a_partner() {
    let house = house();
    let registered = house.register(&certificate(), "row 1");
    assert_eq!((registered.outcome, registered.version, registered.messages), (Outcome::New, 1, 1));
    assert_eq!(registered.events, [0]);
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    assert_eq!((held.record.version, held.certificate_version, held.status_version), (1, 1, 1));
    let entry = &held.record.status.history[0];
    assert!(!entry.id.is_empty() && entry.observed_at == Some(held.recorded_at));
    assert_eq!(held.record.provenance.len(), 1);
    assert_eq!(held.findings[0]["code"], "registry/restored");
    let payload = house.registry.store().versions(&subject()).expect("read")[0].payload.expect("a payload");
    assert_eq!(house.registry.store().payload(&payload).expect("read").expect("kept").bytes, b"row 1");
    replay(house.registry.store().as_ref());
}

#[test]
fn the_same_import_twice_makes_no_version_no_event_and_no_message() {
    let house = house();
    let mut suspended = entry(StatusValue::Suspended, Some("2026-10-20"));
    suspended.until = Some(day("2027-01-20"));
    for record in
        [certificate(), report("2026-11-01", suspended), report("2026-12-01", entry(StatusValue::Valid, None))]
    {
        house.at("2026-12-02T01:00:00Z");
        house.register(&record, &format!("{:?}", record.reporting.reported_on));
        let before = house.counts();
        for time in ["2026-12-03T00:00:00Z", "2027-03-03T00:00:00Z"] {
            house.at(time);
            let again = house.register(&record, &format!("{:?}", record.reporting.reported_on));
            assert_eq!((again.outcome, again.events.len(), again.messages), (Outcome::Unchanged, 0, 0));
        }
        assert_eq!(house.counts(), before);
    }
    // A document of three entries, too, two of them without a day.
    let mut record = certificate();
    record.key.number = Some("90126Q01002R0T".into());
    record.status.history = vec![
        entry(StatusValue::Valid, None),
        entry(StatusValue::Suspended, Some("2026-11-01")),
        entry(StatusValue::Cancelled, None),
    ];
    house.register(&record, "three");
    house.at("2027-05-05T00:00:00Z");
    assert_eq!(house.register(&record, "three").outcome, Outcome::Unchanged);
    assert_eq!(house.register(&record, "the same in another file").outcome, Outcome::Unchanged);
}

#[test]
fn each_face_moves_by_itself() {
    let house = house();
    house.register(&certificate(), "1");
    let mut moved = certificate();
    moved.holder.postal_code = Some("350001".into());
    let changed = house.register(&moved, "2");
    assert_eq!((changed.certificate_moved, changed.status_moved, changed.version), (true, false, 2));
    house.at("2026-11-01T00:00:00Z");
    moved.status.history = vec![entry(StatusValue::Suspended, Some("2026-10-20"))];
    let changed = house.register(&moved, "3");
    assert_eq!((changed.certificate_moved, changed.status_moved, changed.version), (false, true, 3));
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    assert_eq!((held.certificate_version, held.status_version), (2, 3));
    let kinds: Vec<String> = house
        .registry
        .trace(&subject())
        .expect("traced")
        .expect("held")
        .result
        .ledger
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, ["certificate-registered", "certificate-changed", "status-changed"]);
    // The certificate of version 1 was never sent: version 2 took its place. The status is a message of its own.
    let filter = OutboxFilter { limit: 10, ..OutboxFilter::default() };
    let outbox = house.registry.store().outbox(&filter).expect("read");
    let mut states: Vec<_> = outbox.iter().map(|entry| (entry.version, entry.face, entry.state)).collect();
    states.sort();
    assert_eq!(
        states,
        [
            (1, Face::Certificate, OutboxState::Superseded),
            (2, Face::Certificate, OutboxState::Due),
            (3, Face::Status, OutboxState::Due),
        ]
    );
}

#[test]
fn a_partner_is_not_told_what_it_sent_and_may_not_change_what_is_not_its_own() {
    let house = house();
    let mut record = certificate();
    record.kind = crate::record::Kind::CompulsoryProduct;
    let from_nz =
        Incoming { owner: Owner::Partner("nz".into()), received_from: Some("nz".into()), ..incoming(&record, "nz") };
    let registered = house.registry.register(&from_nz).expect("registered");
    assert_eq!(registered.messages, 1);
    record.holder.postal_code = Some("1".into());
    for owner in [Owner::House, Owner::Partner("au".into())] {
        let refused = house.registry.register(&Incoming { owner: owner.clone(), ..incoming(&record, "2") });
        let nz = Owner::Partner("nz".into());
        let subject = Box::new(subject());
        assert_eq!(refused, Err(RegistryError::NotOwner { subject: subject.clone(), owner: nz, by: owner.clone() }));
        let refused = house.registry.change_status(&subject, &entry(StatusValue::Withdrawn, None), &owner);
        assert!(matches!(refused, Err(RegistryError::NotOwner { .. })));
    }
    assert_eq!(house.counts(), (1, 1, 1));
    record.key.number = None;
    let refused = house.registry.register(&incoming(&record, "3"));
    assert!(matches!(&refused, Err(error @ RegistryError::IncompleteKey(_)) if error.is_input()));
}

#[test]
fn a_withdrawal_is_final_but_for_a_correction() {
    let house = house();
    house.register(&certificate(), "1");
    house.at("2026-11-01T00:00:00Z");
    let withdrawn = entry(StatusValue::Withdrawn, Some("2026-11-01"));
    let changed = house.registry.change_status(&subject(), &withdrawn, &Owner::House).expect("withdrawn");
    assert_eq!((changed.outcome, changed.status_moved), (Outcome::Changed, true));
    assert_eq!(house.validity("2026-11-02"), Validity::Withdrawn);
    let again = house.registry.change_status(&subject(), &withdrawn, &Owner::House).expect("nothing new");
    assert_eq!(again.outcome, Outcome::Unchanged);
    house.at("2026-12-01T00:00:00Z");
    let mut valid = entry(StatusValue::Valid, Some("2026-12-01"));
    let refused = house.registry.change_status(&subject(), &valid, &Owner::House);
    assert_eq!(refused, Err(RegistryError::Withdrawn(Box::new(subject()))));
    // A report is recorded, with a warning, and changes nothing.
    let reported = house.register(&report("2026-12-01", valid.clone()), "2");
    assert_eq!(reported.findings[0].code(), "registry/after-withdrawal");
    assert_eq!(house.validity("2026-12-02"), Validity::Withdrawn);
    valid.corrects = Some("nothing".into());
    let refused = house.registry.change_status(&subject(), &valid, &Owner::House);
    assert!(matches!(refused, Err(RegistryError::UnknownEntry { .. })));
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    let withdrawal = held.record.status.history.iter().find(|entry| entry.status == Some(StatusValue::Withdrawn));
    valid.corrects = Some(withdrawal.expect("there").id.clone());
    house.registry.change_status(&subject(), &valid, &Owner::House).expect("corrected");
    assert_eq!(house.validity("2026-12-02"), Validity::Valid);
    let unknown = SubjectKey::number(crate::record::Identifier::new("nb", "0123"), "1");
    let refused = house.registry.change_status(&unknown, &valid, &Owner::House);
    assert!(matches!(refused, Err(RegistryError::Unknown(_))));
    valid.status = None;
    assert_eq!(house.registry.change_status(&subject(), &valid, &Owner::House), Err(RegistryError::MalformedEntry));
}

#[test]
fn the_status_on_a_day_is_told_as_it_was_known() {
    let house = house();
    let first = house.at("2026-10-05T01:00:00Z");
    house.register(&certificate(), "1");
    let second = house.at("2026-11-15T01:00:00Z");
    let mut suspended = entry(StatusValue::Suspended, Some("2026-11-01"));
    suspended.affected_scope = Some(AffectedScope {
        kind: ScopePart::Site,
        values: vec!["二厂".into()],
        residue: crate::record::Residue::default(),
    });
    house.registry.change_status(&subject(), &suspended, &Owner::House).expect("a part");
    house
        .registry
        .change_status(&subject(), &entry(StatusValue::Suspended, Some("2026-11-10")), &Owner::House)
        .expect("all");
    let on =
        |at| house.registry.status_on(&subject(), day("2026-11-12"), Some(at)).expect("judged").map(|a| a.validity);
    assert_eq!(on(first.plus_seconds(-1)), None);
    assert_eq!(on(first), Some(Validity::Valid));
    assert_eq!(on(second), Some(Validity::Suspended));
    let answer = house.registry.status_on(&subject(), day("2026-11-05"), None).expect("judged").expect("held");
    assert_eq!((answer.validity, answer.parts[0].validity), (Validity::Valid, Validity::Suspended));
    assert_eq!((answer.zone.as_str(), answer.version), ("+08:00", 3));
}

#[test]
fn an_older_report_adds_history_and_leaves_the_certificate() {
    let house = house();
    house.at("2027-06-02T00:00:00Z");
    let mut june = report("2027-06-01", entry(StatusValue::Valid, None));
    june.holder.postal_code = Some("350002".into());
    house.register(&june, "june");
    let march = report("2027-03-31", entry(StatusValue::Suspended, Some("2027-03-01")));
    let late = house.register(&march, "march");
    assert_eq!((late.certificate_moved, late.status_moved), (false, true));
    assert_eq!(late.findings[0].code(), "registry/older-report");
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    assert_eq!(held.record.holder.postal_code.as_deref(), Some("350002"));
    assert_eq!(house.validity("2027-04-01"), Validity::Suspended);
    assert_eq!(house.validity("2027-06-02"), Validity::Valid, "the last report has the last word");
}

#[test]
fn a_document_that_was_taken_before_does_not_turn_the_clock_back() {
    let house = house();
    let old = certificate();
    house.register(&old, "old");
    let mut new = certificate();
    new.holder.postal_code = Some("350003".into());
    house.register(&new, "new");
    let again = house.register(&old, "old");
    assert_eq!((again.outcome, again.findings[0].code()), (Outcome::Unchanged, "registry/older-document"));
    // Suspended by hand: the document that says `valid` is read again and restores nothing.
    let suspended = entry(StatusValue::Suspended, Some("2026-10-05"));
    house.at("2026-10-05T02:00:00Z");
    house.registry.change_status(&subject(), &suspended, &Owner::House).expect("suspended");
    assert_eq!(house.register(&new, "new").outcome, Outcome::Unchanged);
    assert_eq!(house.validity("2026-10-06"), Validity::Suspended);
    // A mended crosswalk reads more out of it: the certificate moves, the status does not.
    new.holder.country = Some("CN".into());
    new.holder.website = Some("https://example.cn".into());
    let mended = house.register(&new, "new");
    assert_eq!((mended.certificate_moved, mended.status_moved), (true, false));
}

#[test]
fn history_is_filled_in_but_never_rewritten() {
    let house = house();
    let suspended = entry(StatusValue::Suspended, Some("2026-10-20"));
    house.register(&report("2026-11-01", suspended.clone()), "1");
    let mut until = suspended.clone();
    until.until = Some(day("2027-01-01"));
    assert!(house.register(&report("2026-11-01", until.clone()), "2").status_moved, "what was left open is filled in");
    let mut other = suspended;
    other.until = Some(day("2026-12-01"));
    let kept = house.register(&report("2026-11-01", other.clone()), "3");
    assert_eq!(kept.findings[0].code(), "registry/history-kept");
    let history =
        |house: &House| house.registry.look_up(&subject()).expect("read").expect("held").record.status.history;
    assert_eq!(history(&house).iter().map(|entry| entry.until).collect::<Vec<_>>(), [until.until]);
    house.register(&report("2026-12-15", other.clone()), "4");
    assert_eq!(history(&house).iter().map(|entry| entry.until).collect::<Vec<_>>(), [until.until, other.until]);
}

/// Counts how often it was told that messages may go.
struct Told(std::sync::atomic::AtomicUsize);

impl Subscriptions for Told {
    fn partners_for(&self, _: &Record, _: &Owner, _: Face) -> Vec<PartnerId> {
        vec!["nz".into()]
    }

    fn written(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn whoever_sends_is_told_once_messages_are_committed() {
    let house = house();
    let told = Arc::new(Told(0.into()));
    let registry = Registry { subscriptions: told.clone(), ..house.registry.clone() };
    let count = || told.0.load(Ordering::Relaxed);
    registry.register(&incoming(&certificate(), "a")).expect("registered");
    assert_eq!(count(), 1);
    registry.register(&incoming(&certificate(), "a")).expect("registered");
    assert_eq!(count(), 1, "nothing new, nothing to send");
    let suspended = entry(StatusValue::Suspended, Some("2026-10-05"));
    registry.change_status(&subject(), &suspended, &Owner::House).expect("changed");
    assert_eq!(count(), 2);
    let mut other = certificate();
    other.key.number = Some("90126Q01003R0S".into());
    registry.register_all([incoming(&other, "b")], |_| {}).expect("registered");
    assert_eq!(count(), 3);
}

#[test]
fn a_batch_goes_in_whole_and_a_second_time_says_nothing_new() {
    let house = house();
    let payload: Arc<[u8]> = "a workbook of many rows".as_bytes().into();
    let batch = || {
        let payload = Arc::clone(&payload);
        (0..500_u32).map(move |number| {
            let mut record = certificate();
            // Every tenth number comes twice, and one record has none.
            record.key.number =
                (number != 77).then(|| format!("N{:04}", if number % 10 == 9 { number - 1 } else { number }));
            Incoming { payload: Arc::clone(&payload), ..incoming(&record, "") }
        })
    };
    let mut seen = Vec::new();
    let summary = house.registry.register_all(batch(), |progress| {
        if let Ok(registered) = progress.outcome
            && registered.outcome == Outcome::New
        {
            assert_eq!(registered.events.len(), 1);
        }
        seen.push(progress.position);
    });
    assert_eq!(summary, Ok(Summary { new: 449, changed: 0, unchanged: 50, refused: 1 }));
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
    let store = house.registry.store();
    assert_eq!((store.subject_count(), store.ledger_size()), (Ok(449), Ok(449)));
    let summary = house.registry.register_all(batch(), |_| {});
    assert_eq!(summary, Ok(Summary { new: 0, changed: 0, unchanged: 499, refused: 1 }));
    assert_eq!(store.ledger_size(), Ok(449));
    let found =
        house.registry.search_holder(&HolderSearch::NameContains("示例机械".into()), None, 1000).expect("found");
    assert_eq!((found.items.len(), found.next), (449, None));
    let none = house.registry.search_holder(&HolderSearch::NameStarts(" ".into()), None, 10).expect("found");
    assert!(none.items.is_empty());
    assert_eq!(house.registry.look_up_number("N0008").expect("read").len(), 1);
    replay(store.as_ref());
}

#[test]
fn whoever_is_slower_decides_again_and_nothing_is_lost() {
    let house = house();
    house.register(&certificate(), "0");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let house = &house;
            scope.spawn(move || {
                for number in 0..5 {
                    let mut suspended = entry(StatusValue::Suspended, None);
                    suspended.affected_scope = Some(AffectedScope {
                        kind: ScopePart::Model,
                        values: vec![format!("M{thread}-{number}")],
                        residue: crate::record::Residue::default(),
                    });
                    house.registry.change_status(&subject(), &suspended, &Owner::House).expect("changed");
                }
            });
        }
    });
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    assert_eq!((held.version, held.record.status.history.len()), (21, 21));
    replay(house.registry.store().as_ref());
}

#[test]
fn a_trace_leads_from_the_rule_to_the_ledger() {
    let house = house();
    house.register(&certificate(), "1");
    house.at("2026-11-01T00:00:00Z");
    house
        .registry
        .change_status(&subject(), &entry(StatusValue::Cancelled, Some("2026-11-01")), &Owner::House)
        .expect("changed");
    let trace = house.registry.trace(&subject()).expect("traced").expect("held");
    assert_eq!(trace.rule.scheme.item_code.as_deref(), Some("A010101"));
    assert_eq!(trace.process.events.len(), 4);
    assert_eq!(trace.result.validity, Validity::Cancelled);
    assert_eq!(trace.result.versions.len(), 2);
    assert_eq!(trace.result.versions[0].payload_digest, Some(crate::crypto::Digest::sha256(b"1")));
    assert_eq!(trace.result.versions[1].payload_digest, None);
    for (event, version) in trace.result.ledger.iter().zip(&trace.result.versions) {
        assert_eq!(event.digest, version.digest, "the ledger's digest is that of the record's bytes");
    }
    let sent: Vec<_> = trace.result.sent.iter().map(|sent| (sent.message_type.as_str(), sent.state)).collect();
    assert_eq!(sent, [("certificate-upsert", OutboxState::Due), ("status-change", OutboxState::Due)]);
    assert_eq!((trace.result.findings.len(), trace.result.findings[0].version), (1, 1));
    serde_json::to_string(&trace).expect("JSON");
    let unknown = SubjectKey::number(crate::record::Identifier::new("nb", "0123"), "1");
    assert!(house.registry.trace(&unknown).expect("traced").is_none());
}

/// Not asserted: how fast a batch goes in, told by hand with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn measure_a_batch() {
    let house = house();
    let count: u32 = std::env::var("COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let batch = (0..count).map(|number| {
        let mut record = certificate();
        record.key.number = Some(format!("N{number:07}"));
        incoming(&record, &format!("row {number}"))
    });
    let begun = std::time::Instant::now();
    let summary = house.registry.register_all(batch, |_| {}).expect("registered");
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{} records in {seconds:.2} s: {:.0}/s", summary.new, f64::from(count) / seconds);
}

#[test]
fn a_holder_that_lost_a_certificate_is_told_of_where_it_is_certified_anew() {
    let house = house();
    let mut lost = certificate();
    lost.key.issuer.value = "CNCA-R-2099-002".into();
    lost.key.number = Some("90225Q00001R0S".into());
    lost.dates.issued = day("2024-01-10");
    lost.status.history = vec![entry(StatusValue::Withdrawn, Some("2026-03-10"))];
    house.register(&lost, "the lost one");
    let said = |registered: &Registered| {
        registered.findings.iter().map(|one| format!("{} {}", one.code(), one.place())).collect::<Vec<_>>()
    };
    assert_eq!(said(&house.register(&certificate(), "row 1")), ["rule/applied-again-too-early dates.issued"]);
    let held = house.registry.look_up(&subject()).expect("read").expect("held");
    assert!(held.findings.to_string().contains("rule/applied-again-too-early"), "kept with the version");

    // What we hold of others is not told to a partner.
    let mut theirs = certificate();
    theirs.key.number = Some("90126Q01003R0S".into());
    let message = Incoming { owner: Owner::Partner("nz".into()), ..incoming(&theirs, "a message") };
    assert_eq!(said(&house.registry.register(&message).expect("registered")), [""; 0]);

    let mut moved = certificate();
    moved.holder.id = Some(crate::record::Identifier::new("uscc", "91350100M000100Y5Y"));
    assert_eq!(said(&house.register(&moved, "row 2")), ["rule/number-of-another-holder holder.id"]);
}

#[test]
fn the_number_of_a_compulsory_certificate_is_one_bodys() {
    let house = house();
    let plain = testing::compulsory_product();
    house.register(&plain, "the first");
    let mut other = plain.clone();
    other.key.issuer.value = "CNCA-R-2099-009".into();
    let registered = house.register(&other, "the second");
    assert_eq!(registered.outcome, Outcome::New, "it is said, and not refused: who is right is not for us to tell");
    assert_eq!(registered.findings[0].code(), "rule/number-of-another-body");
}
