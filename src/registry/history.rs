//! Adding to a status history. What stands in it stays: a report adds what it brings that is new, and fills in what an
//! entry had left open; it never changes what an entry says.
//!
//! An act with a day of its own (`from`) is known again by status, part of the scope and day. One without says how
//! things stood when it was reported: it is new where the last report before it said otherwise. Where a report older
//! than the last one brings an act, the last report still has the last word: its state is stated again after it.

use crate::clock::{Day, Timestamp, Zone};
use crate::finding::{Finding, Place};
use crate::record::{AffectedScope, Reason, Record, StatusEntry, StatusValue};

/// The times and names that new entries get.
pub(super) struct Arrival<'a> {
    /// When they are added.
    pub(super) now: Timestamp,
    /// When this house first saw the document that brings them: earlier, if it is read again.
    pub(super) seen: Timestamp,
    /// The zone of the issuer, in which a day of observation is told.
    pub(super) zone: Zone,
    /// Day of the report that brings them.
    pub(super) reported_on: Option<Day>,
    /// Gives ids.
    pub(super) id: &'a dyn Fn() -> String,
}

/// A history with what was added to it.
pub(super) struct Merged {
    /// The whole history, in its order.
    pub(super) history: Vec<StatusEntry>,
    /// True where an entry was added or filled in.
    pub(super) moved: bool,
    /// What there is to say about it.
    pub(super) findings: Vec<Finding>,
}

/// Adds a report to a history.
pub(super) fn merge(stored: &Record, incoming: &[StatusEntry], arrival: &Arrival<'_>) -> Merged {
    let held = &stored.status.history;
    let mut merged = Merged { history: held.clone(), moved: false, findings: Vec::new() };
    let mut added: Vec<StatusEntry> = Vec::new();
    for entry in incoming {
        let alone = incoming.iter().filter(|other| same_track(other, entry)).count() == 1;
        let dated_report = entry.reported_on.is_some();
        let mut entry = entry.clone();
        // What a sender says of when it saw something is not when this house did.
        entry.observed_at = None;
        entry.reported_on = entry.reported_on.or(arrival.reported_on);
        match place(stored, &merged.history, &entry, alone, dated_report, arrival) {
            Placing::Known => {}
            Placing::Fills(position) => {
                if let Some(known) = merged.history.get_mut(position) {
                    fill(known, &entry);
                    merged.moved = true;
                }
            }
            Placing::Contradicts(position) => {
                merged.findings.push(
                    Finding::new("registry/history-kept", Place::Field(format!("status.history[{position}]")))
                        .with("status", word(&entry)),
                );
            }
            Placing::New => {
                if past_withdrawal(&merged.history, &entry, arrival) {
                    merged.findings.push(
                        Finding::new("registry/after-withdrawal", Place::Field("status.history".into()))
                            .with("status", word(&entry)),
                    );
                }
                let restores =
                    entry.status == Some(StatusValue::Valid) && entry.from.is_none() && entry.corrects.is_none();
                if restores && held.iter().any(|known| same_track(known, &entry) && known.status.is_some()) {
                    merged.findings.push(Finding::new("registry/restored", Place::Field("status.history".into())));
                }
                let entry = sequenced(entry, &merged.history, arrival);
                merged.history.push(entry.clone());
                added.push(entry);
                merged.moved = true;
            }
        }
    }
    restate(stored, &added, &mut merged.history, arrival);
    let issued = stored.dates.issued;
    merged.history.sort_by_key(|entry| order(entry, issued, arrival.zone));
    merged
}

/// A first history: every entry gets its id and its time.
pub(super) fn first(record: &Record, arrival: &Arrival<'_>) -> Vec<StatusEntry> {
    let mut empty = record.clone();
    empty.status.history.clear();
    merge(&empty, &record.status.history, arrival).history
}

/// What an entry of a report is to a history.
enum Placing {
    /// It stands there already.
    Known,
    /// It stands there, and the report tells more of it.
    Fills(usize),
    /// It stands there and says otherwise, and the report is not newer.
    Contradicts(usize),
    /// It is new.
    New,
}

fn place(
    stored: &Record,
    history: &[StatusEntry],
    entry: &StatusEntry,
    alone: bool,
    dated_report: bool,
    arrival: &Arrival<'_>,
) -> Placing {
    let same = |at: &usize| history.get(*at).is_some_and(|known| same_act(known, entry));
    let all = (0..history.len()).filter(same);
    let candidates: Vec<usize> = if entry.from.is_some() {
        all.collect()
    } else {
        let day = reported(entry, arrival).0;
        let of_the_day = |at: &usize| history.get(*at).is_some_and(|known| reported(known, arrival).0 == day);
        let same_report: Vec<usize> = all.clone().filter(of_the_day).collect();
        if !same_report.is_empty() {
            same_report
        } else if alone {
            standing(stored, history, entry, arrival).into_iter().collect()
        } else if dated_report {
            Vec::new()
        } else {
            all.collect()
        }
    };
    let mut contradicted = None;
    for &position in &candidates {
        let Some(known) = history.get(position) else { continue };
        if conflicts(known, entry) {
            contradicted = Some((position, reported(entry, arrival).0 > reported(known, arrival).0));
        } else if tells_more(known, entry) {
            return Placing::Fills(position);
        } else {
            return Placing::Known;
        }
    }
    match contradicted {
        None | Some((_, true)) => Placing::New,
        Some((position, false)) => Placing::Contradicts(position),
    }
}

/// The act in effect on the same part by all that was reported no later, if it says the same as this entry without a
/// day; and after a withdrawal, which nothing overrides, the last report that said the same.
fn standing(stored: &Record, history: &[StatusEntry], entry: &StatusEntry, arrival: &Arrival<'_>) -> Option<usize> {
    if entry.status.is_none() {
        return last_report(history, entry, arrival);
    }
    let (position, in_effect) = judged(stored, history, entry, reported(entry, arrival), arrival)?;
    match in_effect.status {
        status if status == entry.status && in_effect.corrects == entry.corrects => Some(position),
        Some(StatusValue::Withdrawn) => last_report(history, entry, arrival),
        _ => None,
    }
}

/// The act in effect on the part that an entry is about, on the day of a report and by all that was reported no later.
fn judged<'a>(
    stored: &Record,
    history: &'a [StatusEntry],
    about: &StatusEntry,
    by: (Day, Timestamp),
    arrival: &Arrival<'_>,
) -> Option<(usize, &'a StatusEntry)> {
    let known: Vec<(usize, &StatusEntry)> = history
        .iter()
        .enumerate()
        .filter(|(_, known)| known.status.is_some() && same_track(known, about) && reported(known, arrival) <= by)
        .collect();
    let mut record = stored.clone();
    record.status.history =
        known.iter().map(|(_, known)| StatusEntry { affected_scope: None, ..(*known).clone() }).collect();
    let deciding = record.status_on(by.0.max(stored.dates.issued), None).deciding?.index;
    known.get(deciding).copied()
}

/// The last entry about the same part reported no later, if it says the same as this one.
fn last_report(history: &[StatusEntry], entry: &StatusEntry, arrival: &Arrival<'_>) -> Option<usize> {
    let by = reported(entry, arrival);
    history
        .iter()
        .enumerate()
        .filter(|(_, known)| same_track(known, entry) && reported(known, arrival) <= by)
        .max_by_key(|(position, known)| (reported(known, arrival), *position))
        .filter(|(_, known)| {
            known.status == entry.status && known.claimed == entry.claimed && known.corrects == entry.corrects
        })
        .map(|(position, _)| position)
}

/// True where both are acts, or both claims, about the same part of the scope.
fn same_track(one: &StatusEntry, other: &StatusEntry) -> bool {
    same_part(one.affected_scope.as_ref(), other.affected_scope.as_ref())
        && one.claimed.is_some() == other.claimed.is_some()
}

/// True where the two are the same act: status or claim, part of the scope, day, and what they correct.
fn same_act(known: &StatusEntry, entry: &StatusEntry) -> bool {
    known.status == entry.status
        && known.claimed == entry.claimed
        && known.from == entry.from
        && known.corrects == entry.corrects
        && same_part(known.affected_scope.as_ref(), entry.affected_scope.as_ref())
}

fn same_part(one: Option<&AffectedScope>, other: Option<&AffectedScope>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.kind == other.kind && one.values == other.values,
        _ => false,
    }
}

/// The details of an act, each of which a report may tell or leave open.
fn details(entry: &StatusEntry) -> [Option<String>; 6] {
    let Reason { class, code, text, .. } = &entry.reason;
    [
        entry.until.map(|day| day.to_string()),
        class.map(|class| class.code().to_owned()),
        code.clone(),
        text.as_ref().and_then(|text| serde_json::to_string(text).ok()),
        entry.decided_on.map(|day| day.to_string()),
        entry.decided_by.as_ref().map(ToString::to_string),
    ]
}

fn conflicts(known: &StatusEntry, entry: &StatusEntry) -> bool {
    details(known)
        .iter()
        .zip(details(entry))
        .any(|(known, new)| matches!((known, new), (Some(known), Some(new)) if *known != new))
}

fn tells_more(known: &StatusEntry, entry: &StatusEntry) -> bool {
    details(known).iter().zip(details(entry)).any(|(known, new)| known.is_none() && new.is_some())
}

fn fill(known: &mut StatusEntry, entry: &StatusEntry) {
    fn open<T: Clone>(known: &mut Option<T>, new: Option<&T>) {
        if known.is_none() {
            *known = new.cloned();
        }
    }
    open(&mut known.until, entry.until.as_ref());
    open(&mut known.reason.class, entry.reason.class.as_ref());
    open(&mut known.reason.code, entry.reason.code.as_ref());
    open(&mut known.reason.text, entry.reason.text.as_ref());
    open(&mut known.decided_on, entry.decided_on.as_ref());
    open(&mut known.decided_by, entry.decided_by.as_ref());
}

/// The entry as it goes into the history. A sender's own id is kept, so that its corrections find what they correct.
fn sequenced(mut entry: StatusEntry, history: &[StatusEntry], arrival: &Arrival<'_>) -> StatusEntry {
    if entry.id.is_empty() || history.iter().any(|known| known.id == entry.id) {
        entry.id = (arrival.id)();
    }
    entry.observed_at = Some(arrival.now);
    entry
}

/// States the state of the last report again, where an older report has brought an act that the last one did not know.
fn restate(stored: &Record, added: &[StatusEntry], history: &mut Vec<StatusEntry>, arrival: &Arrival<'_>) {
    let Some(last_report) = stored.reporting.reported_on else { return };
    if arrival.reported_on.is_none_or(|reported| reported >= last_report) {
        return;
    }
    let Some(about) = added.iter().find(|entry| entry.affected_scope.is_none() && entry.status.is_some()) else {
        return;
    };
    // What the last report said stands in the history, unless it only repeated what held already.
    let held = &stored.status.history;
    if held.iter().any(|known| same_track(known, about) && reported(known, arrival).0 == last_report) {
        return;
    }
    let by = (last_report, arrival.now);
    let Some((_, before)) = judged(stored, held, about, by, arrival) else { return };
    let after = judged(stored, history, about, by, arrival).map(|(_, after)| after.status);
    // A dated act stands at its own day, whatever is reported when; only an undated one can be overtaken so.
    if before.from.is_none() && before.decided_on.is_none() && after != Some(before.status) {
        history.push(StatusEntry {
            id: (arrival.id)(),
            reported_on: Some(last_report),
            observed_at: Some(arrival.now),
            ..before.clone()
        });
    }
}

/// True where a withdrawal that nobody has corrected comes before it and it does not correct one itself.
fn past_withdrawal(history: &[StatusEntry], entry: &StatusEntry, arrival: &Arrival<'_>) -> bool {
    entry.status.is_some()
        && standing_withdrawal(history).is_some_and(|withdrawal| {
            entry.affected_scope.is_none()
                && entry.corrects.as_deref() != Some(&withdrawal.id)
                && reported(entry, arrival) > reported(withdrawal, arrival)
        })
}

/// The withdrawal of the whole certificate that nobody has corrected.
pub(super) fn standing_withdrawal(history: &[StatusEntry]) -> Option<&StatusEntry> {
    history.iter().find(|entry| {
        entry.status == Some(StatusValue::Withdrawn)
            && entry.affected_scope.is_none()
            && !history.iter().any(|other| other.corrects.as_deref() == Some(&entry.id))
    })
}

/// When it was reported: the day (of the report, else of the observation), then the instant at which this house saw it.
fn reported(entry: &StatusEntry, arrival: &Arrival<'_>) -> (Day, Timestamp) {
    let at = entry.observed_at.unwrap_or(arrival.seen);
    (entry.reported_on.unwrap_or_else(|| at.day(arrival.zone)), at)
}

fn order(entry: &StatusEntry, issued: Day, zone: Zone) -> (Day, Option<Day>, Option<Timestamp>) {
    let effective = entry.from.or(entry.decided_on).or(entry.reported_on).unwrap_or(issued);
    let reported = entry.reported_on.or_else(|| entry.observed_at.map(|observed| observed.day(zone)));
    (effective, reported, entry.observed_at)
}

fn word(entry: &StatusEntry) -> &'static str {
    entry.status.map_or_else(|| entry.claimed.map_or("", crate::record::StatusClaim::code), StatusValue::code)
}

#[cfg(test)]
mod tests;
