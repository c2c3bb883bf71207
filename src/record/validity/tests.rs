use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::record::testing;

/// A certificate issued on 2026-01-10 and valid until 2028-12-31, with the history.
fn with(history: Value) -> Record {
    let mut record = testing::compulsory_product();
    record.dates.first_issued = None;
    record.dates.issued = day("2026-01-10");
    record.dates.valid_until = Some(day("2028-12-31"));
    record.status.history = serde_json::from_value(history).expect("a history");
    record
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn on(record: &Record, text: &str) -> &'static str {
    record.status_on(day(text), None).validity.code()
}

#[test]
fn a_certificate_is_valid_from_its_day_of_issue_to_its_last_day_both_included() {
    let record = with(json!([]));
    assert_eq!(on(&record, "2026-01-09"), "not-yet-valid");
    assert_eq!(on(&record, "2026-01-10"), "valid");
    assert_eq!(on(&record, "2028-12-31"), "valid");
    assert_eq!(on(&record, "2029-01-01"), "expired");
    assert_eq!(record.status_on(day("2026-05-01"), None).deciding, None);
}

#[test]
fn expiry_is_judged_in_the_zone_of_the_issuer() {
    let record = with(json!([]));
    let at = |instant: &str| record.status_at(instant.parse().expect("an instant"), None).validity.code();
    assert_eq!(at("2028-12-31T15:59:59Z"), "valid");
    assert_eq!(at("2028-12-31T16:00:00Z"), "expired");
}

#[test]
fn a_certificate_without_a_last_day_does_not_expire() {
    let mut record = with(json!([]));
    record.dates.valid_until = None;
    assert_eq!(on(&record, "2099-01-01"), "valid");
}

#[test]
fn an_act_counts_from_its_day_that_day_included() {
    let record = with(json!([{"status": "suspended", "from": "2026-03-01"}]));
    assert_eq!(on(&record, "2026-02-28"), "valid");
    assert_eq!(on(&record, "2026-03-01"), "suspended");
    let answer = record.status_on(day("2026-03-02"), None);
    assert_eq!(answer.deciding.map(|deciding| (deciding.index, deciding.effective)), Some((0, day("2026-03-01"))));
}

#[test]
fn acts_are_ordered_by_effect_and_not_as_they_stand() {
    let record = with(json!([
        {"status": "valid", "from": "2026-06-01", "reported_on": "2026-06-02"},
        {"status": "suspended", "from": "2026-03-01", "reported_on": "2026-03-02"}
    ]));
    assert_eq!(on(&record, "2026-04-01"), "suspended");
    assert_eq!(on(&record, "2026-06-01"), "valid");
}

#[test]
fn of_two_acts_on_one_day_the_later_report_decides() {
    let record = with(json!([
        {"status": "cancelled", "from": "2026-03-01", "reported_on": "2026-04-10"},
        {"status": "suspended", "from": "2026-03-01", "reported_on": "2026-03-05"}
    ]));
    assert_eq!(on(&record, "2026-03-01"), "cancelled");
}

#[test]
fn a_late_report_of_an_older_act_does_not_override_a_newer_one() {
    let record = with(json!([
        {"status": "suspended", "from": "2026-03-01", "reported_on": "2026-09-09"},
        {"status": "valid", "from": "2026-05-01", "reported_on": "2026-05-02"}
    ]));
    assert_eq!(on(&record, "2026-10-01"), "valid");
    assert_eq!(on(&record, "2026-04-01"), "suspended");
}

#[test]
fn nothing_overrides_a_withdrawal() {
    let record = with(json!([
        {"id": "1", "status": "withdrawn", "from": "2026-03-01"},
        {"id": "2", "status": "valid", "from": "2026-05-01"},
        {"id": "3", "status": "cancelled", "from": "2026-06-01"}
    ]));
    assert_eq!(on(&record, "2026-07-01"), "withdrawn");
    assert_eq!(on(&record, "2029-07-01"), "withdrawn", "expiry adds nothing to a withdrawal");
}

#[test]
fn a_correction_overrides_a_withdrawal_from_the_instant_at_which_it_was_seen() {
    let record = with(json!([
        {"id": "1", "status": "withdrawn", "from": "2026-03-01", "observed_at": "2026-03-02T00:00:00Z"},
        {"id": "2", "status": "valid", "from": "2026-03-01", "corrects": "1", "observed_at": "2026-04-02T00:00:00Z"}
    ]));
    assert_eq!(on(&record, "2026-03-10"), "valid");
    let then = record.status_on(day("2026-03-10"), Some("2026-03-20T00:00:00Z".parse().expect("time")));
    assert_eq!(then.validity, Validity::Withdrawn);
}

#[test]
fn a_correction_must_name_what_it_corrects_and_be_no_older() {
    let older = with(json!([
        {"id": "1", "status": "withdrawn", "from": "2026-03-01", "observed_at": "2026-03-02T00:00:00Z"},
        {"id": "2", "status": "valid", "from": "2026-03-01", "corrects": "1", "observed_at": "2026-02-02T00:00:00Z"}
    ]));
    assert_eq!(on(&older, "2026-03-10"), "withdrawn");
    let itself = with(json!([{"id": "1", "status": "withdrawn", "from": "2026-03-01", "corrects": "1"}]));
    assert_eq!(on(&itself, "2026-03-10"), "withdrawn");
    let each_other = with(json!([
        {"id": "1", "status": "withdrawn", "from": "2026-03-01", "corrects": "2"},
        {"id": "2", "status": "valid", "from": "2026-03-01", "corrects": "1"}
    ]));
    assert_eq!(on(&each_other, "2026-03-10"), "withdrawn");
}

#[test]
fn a_suspension_past_its_announced_end_stays_a_suspension() {
    let record = with(json!([{"status": "suspended", "from": "2026-03-01", "until": "2026-05-31"}]));
    assert_eq!(on(&record, "2026-12-01"), "suspended");
    assert_eq!(on(&record, "2029-01-01"), "expired");
}

#[test]
fn restoring_is_an_act_of_its_own() {
    let record = with(json!([
        {"status": "suspended", "from": "2026-03-01", "until": "2026-05-31"},
        {"status": "valid", "from": "2026-05-20"}
    ]));
    assert_eq!(on(&record, "2026-05-20"), "valid");
}

#[test]
fn a_bare_valid_restores_what_was_reported_before_it_and_nothing_reported_later() {
    let restored = with(json!([
        {"status": "suspended", "from": "2026-03-01", "reported_on": "2026-03-05"},
        {"status": "valid", "reported_on": "2026-06-09"}
    ]));
    assert_eq!(on(&restored, "2026-06-08"), "suspended");
    assert_eq!(on(&restored, "2026-06-09"), "valid");
    let late = with(json!([
        {"status": "suspended", "from": "2026-06-01", "reported_on": "2026-06-20"},
        {"status": "valid", "reported_on": "2026-06-09"}
    ]));
    assert_eq!(on(&late, "2026-06-30"), "suspended");
}

#[test]
fn what_was_seen_later_is_not_known_yet() {
    let record = with(json!([
        {"status": "suspended", "from": "2026-03-01", "observed_at": "2026-03-09T08:00:00Z"}
    ]));
    let as_known = |at: &str| record.status_on(day("2026-03-05"), Some(at.parse().expect("time"))).validity.code();
    assert_eq!(as_known("2026-03-09T07:59:59Z"), "valid");
    assert_eq!(as_known("2026-03-09T08:00:00Z"), "suspended");
}

#[test]
fn a_claim_of_expiry_is_no_act() {
    let record = with(json!([{"claimed": "expired", "from": "2026-03-01"}]));
    assert_eq!(on(&record, "2026-04-01"), "valid");
}

#[test]
fn invalid_without_a_reason_is_not_determinable() {
    let record = with(json!([{"status": "invalid-reason-not-stated", "from": "2026-03-01"}]));
    assert_eq!(on(&record, "2026-04-01"), "not-determinable");
    assert_eq!(on(&record, "2029-01-01"), "expired");
}

#[test]
fn an_act_without_its_own_day_takes_the_day_that_stands_in_for_it() {
    let mut record = with(json!([{"status": "cancelled", "decided_on": "2026-04-01", "reported_on": "2026-08-01"}]));
    record.change.date = Some(day("2026-05-01"));
    assert_eq!((on(&record, "2026-04-30"), on(&record, "2026-05-01")), ("valid", "cancelled"));
    let entry = &mut record.status.history[0];
    entry.status = Some(StatusValue::Suspended);
    assert_eq!((on(&record, "2026-03-31"), on(&record, "2026-04-01")), ("valid", "suspended"));
    record.status.history[0].decided_on = None;
    assert_eq!((on(&record, "2026-04-30"), on(&record, "2026-05-01")), ("valid", "suspended"));
    record.change.date = None;
    assert_eq!((on(&record, "2026-07-31"), on(&record, "2026-08-01")), ("valid", "suspended"));
    record.status.history[0].reported_on = None;
    assert_eq!(on(&record, "2026-01-10"), "suspended");
}

#[test]
fn superseded_says_more_than_expired() {
    let record = with(json!([{"status": "superseded", "from": "2028-03-01"}]));
    assert_eq!(on(&record, "2028-03-01"), "superseded");
    assert_eq!(on(&record, "2029-03-01"), "superseded");
}

#[test]
fn an_act_on_a_part_is_told_and_leaves_the_whole_alone() {
    let record = with(json!([
        {"status": "suspended", "from": "2026-03-01", "affected_scope": {"kind": "model", "values": ["AX-100", "AX-200"]}},
        {"status": "valid", "from": "2026-04-01", "affected_scope": {"kind": "model", "values": ["AX-100"]}},
        {"status": "withdrawn", "from": "2026-05-01", "affected_scope": {"kind": "factory", "values": ["F1"]}}
    ]));
    let told = |text: &str| {
        let answer = record.status_on(day(text), None);
        let parts: Vec<String> =
            answer.parts.iter().map(|part| format!("{} {}", part.value, part.validity.code())).collect();
        (answer.validity.code(), parts.join(", "))
    };
    assert_eq!(told("2026-03-15"), ("valid", "AX-100 suspended, AX-200 suspended".into()));
    assert_eq!(told("2026-05-15"), ("valid", "AX-200 suspended, F1 withdrawn".into()));
}

fn any_act() -> impl Strategy<Value = StatusEntry> {
    let status =
        prop::sample::select(vec!["valid", "suspended", "cancelled", "superseded", "invalid-reason-not-stated"]);
    (status, 1_i8..28, 1_i8..12, 0_i32..60).prop_map(|(status, date, month, delay)| {
        let from = Day::new(2026, month, date).expect("a day");
        let reported = Day(from.0.saturating_add(jiff::Span::new().days(delay)));
        serde_json::from_value(json!({"status": status, "from": from, "reported_on": reported})).expect("an entry")
    })
}

proptest! {
    #[test]
    fn an_older_report_never_changes_the_answer_for_later_days(
        acts in prop::collection::vec(any_act(), 1..6), older in any_act()
    ) {
        let mut record = with(json!([]));
        record.status.history = acts;
        let last = record.status.history.iter().filter_map(|entry| entry.from).max().expect("a day");
        prop_assume!(older.from < Some(last));
        let ask = |record: &Record| (on(record, &last.to_string()), on(record, "2028-06-01"));
        let before = ask(&record);
        record.status.history.push(older);
        prop_assert_eq!(ask(&record), before);
    }

    #[test]
    fn the_order_in_which_entries_stand_does_not_matter(
        acts in prop::collection::vec(any_act(), 1..6), month in 1_i8..12, turn in 0_usize..6
    ) {
        let mut record = with(json!([]));
        record.status.history = acts;
        // Entries with the same times are told apart only by their place: leave these out.
        let times: std::collections::BTreeSet<_> = record.status.history.iter().map(|e| (e.from, e.reported_on)).collect();
        prop_assume!(times.len() == record.status.history.len());
        let asked = format!("2026-{month:02}-15");
        let before = on(&record, &asked);
        let middle = turn % record.status.history.len();
        record.status.history.rotate_left(middle);
        prop_assert_eq!(on(&record, &asked), before);
    }

    #[test]
    fn a_withdrawal_is_final(acts in prop::collection::vec(any_act(), 0..6), place in 0_usize..6, month in 1_i8..12) {
        let mut record = with(json!([]));
        record.status.history = acts;
        let from = Day::new(2026, month, 15).expect("a day");
        let entry = serde_json::from_value(json!({"id": "w", "status": "withdrawn", "from": from})).expect("an entry");
        let place = place.min(record.status.history.len());
        record.status.history.insert(place, entry);
        prop_assert_eq!(on(&record, "2027-01-01"), "withdrawn");
        prop_assert_eq!(on(&record, "2030-01-01"), "withdrawn");
    }
}
