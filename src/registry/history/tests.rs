//! The laws of a history: nothing is lost, nothing twice, nothing rewritten.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::record::{ScopePart, testing};

fn day(number: i64) -> Day {
    Timestamp::from_unix(1_790_000_000 + number * 86_400).expect("in range").day(Zone::CHINA)
}

/// One entry of a report: a status, with a day of its own or without, on the whole or on a part.
fn an_entry() -> impl Strategy<Value = StatusEntry> {
    use StatusValue::{Cancelled, Suspended, Valid, Withdrawn};
    let status = prop_oneof![4 => Just(Valid), 3 => Just(Suspended), 1 => Just(Cancelled), 1 => Just(Withdrawn)];
    (status, prop::option::of(0..40_i64), prop::option::weighted(0.2, 0..2_u8), prop::option::of(60..70_i64)).prop_map(
        |(status, from, part, until)| StatusEntry {
            id: String::new(),
            status: Some(status),
            claimed: None,
            affected_scope: part.map(|part| AffectedScope {
                kind: ScopePart::Model,
                values: vec![format!("M{part}")],
                residue: crate::record::Residue::default(),
            }),
            from: from.map(day),
            until: until.map(day).filter(|_| status == Suspended),
            reason: Reason::default(),
            decided_on: None,
            reported_on: None,
            observed_at: None,
            decided_by: None,
            corrects: None,
            residue: crate::record::Residue::default(),
        },
    )
}

/// Takes a report in, as the registry does: an older one leaves the day of the last report as it is.
fn take(record: &mut Record, on: Option<i64>, entries: &[StatusEntry], now: i64) -> Merged {
    let count = Cell::new(record.status.history.len());
    let id = || {
        count.set(count.get() + 1);
        format!("{now}-{}", count.get())
    };
    let now = Timestamp::from_unix(1_800_000_000 + now).expect("in range");
    let on = on.map(day);
    let arrival = Arrival { now, seen: now, zone: Zone::CHINA, reported_on: on, id: &id };
    let merged = merge(record, entries, &arrival);
    record.status.history.clone_from(&merged.history);
    record.reporting.reported_on = record.reporting.reported_on.max(on);
    merged
}

fn empty() -> Record {
    let mut record = testing::management_system();
    record.status.history.clear();
    record.dates.issued = day(0);
    record.dates.valid_until = None;
    record
}

proptest! {
    #[test]
    fn a_report_taken_twice_adds_nothing(
        reports in prop::collection::vec((prop::option::of(0..50_i64), prop::collection::vec(an_entry(), 0..4)), 1..6),
    ) {
        let mut record = empty();
        for (now, (on, entries)) in (0..).zip(&reports) {
            take(&mut record, *on, entries, now);
            let before = record.clone();
            let again = take(&mut record, *on, entries, now);
            prop_assert!(!again.moved, "{:#?}", record.status.history);
            prop_assert_eq!(&record, &before);
        }
    }

    #[test]
    fn what_stands_in_a_history_stays(
        reports in prop::collection::vec((0..50_i64, prop::collection::vec(an_entry(), 0..3)), 1..8),
    ) {
        let mut record = empty();
        for (now, (on, entries)) in (0..).zip(&reports) {
            let before = record.status.history.clone();
            take(&mut record, Some(*on), entries, now);
            for entry in &before {
                let after = record.status.history.iter().find(|other| other.id == entry.id).expect("still there");
                prop_assert!(same_act(after, entry) && !conflicts(entry, after));
                prop_assert_eq!((after.reported_on, after.observed_at), (entry.reported_on, entry.observed_at));
            }
            let mut ids: Vec<&str> = record.status.history.iter().map(|entry| entry.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), record.status.history.len());
        }
    }

    #[test]
    fn a_withdrawal_is_final_whatever_follows(
        before in prop::collection::vec(an_entry(), 0..3),
        after in prop::collection::vec(an_entry(), 0..6),
    ) {
        let mut record = empty();
        for (on, entry) in (0..).zip(&before) {
            take(&mut record, Some(on), std::slice::from_ref(entry), on);
        }
        let withdrawn = StatusEntry {
            status: Some(StatusValue::Withdrawn), affected_scope: None, until: None, from: Some(day(41)),
            ..testing::management_system().status.history.remove(0)
        };
        take(&mut record, Some(41), &[withdrawn], 41);
        for (on, entry) in (42..).zip(&after) {
            take(&mut record, Some(on), std::slice::from_ref(entry), on);
        }
        prop_assert_eq!(record.status_on(day(90), None).validity, crate::record::Validity::Withdrawn);
    }

    #[test]
    fn reports_may_come_in_any_order(
        entries in prop::collection::vec(an_entry(), 1..6),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // As bodies report: `valid` without a day, everything else on its day. (An act that is reported late and
        // long after it took effect may depend on what reports in between repeated, which is not kept.)
        let as_reported = |(on, mut entry): (i64, StatusEntry)| {
            entry.affected_scope = None;
            entry.from = (entry.status != Some(StatusValue::Valid)).then(|| day(on));
            (on, entry)
        };
        let reports: Vec<(i64, StatusEntry)> = (45..).zip(entries).map(as_reported).collect();
        let mut in_time = empty();
        for (now, (on, entry)) in (0..).zip(&reports) {
            take(&mut in_time, Some(*on), std::slice::from_ref(entry), now);
        }
        let mut shuffled = empty();
        for (now, position) in (0..).zip(order.iter().filter(|position| **position < reports.len())) {
            let (on, entry) = &reports[*position];
            take(&mut shuffled, Some(*on), std::slice::from_ref(entry), now);
        }
        let judged = |record: &Record| record.status_on(day(90), None).validity;
        prop_assert_eq!(judged(&in_time), judged(&shuffled), "{:#?}\n{:#?}", in_time.status.history, shuffled.status.history);
    }
}
