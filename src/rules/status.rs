//! Rules on the status history: what an act must state, and contradictions between a stated status and the dates.

use super::{RuleContext, at, is_reported};
use crate::finding::Finding;
use crate::record::{Record, StatusClaim, StatusEntry, StatusValue};

pub(super) fn check(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    for (index, entry) in record.status.history.iter().enumerate() {
        let path = |field: &str| format!("status.history[{index}].{field}");
        if entry.status.is_none() && entry.claimed.is_none() {
            findings.push(at("rule/status-missing", path("status")));
        }
        if entry.status == Some(StatusValue::Suspended) {
            if entry.from.is_none() && is_reported(record) {
                findings.push(at("rule/suspended-without-start", path("from")));
            }
            if entry.until.is_none() && is_reported(record) {
                findings.push(at("rule/suspension-without-end", path("until")));
            }
            if let (Some(from), Some(until)) = (entry.from, entry.until)
                && until < from
            {
                findings.push(
                    at("rule/suspension-ends-before-start", path("until")).with("from", from).with("until", until),
                );
            }
        }
        if entry.status == Some(StatusValue::Withdrawn) && is_reported(record) && !gives_a_reason(entry) {
            findings.push(at("rule/withdrawn-without-reason", path("reason.code")));
        }
    }
    undone(record, findings);
    against_dates(record, context, findings);
    overrun(record, context, findings);
}

/// After the whole certificate was withdrawn, nothing but a correction says otherwise.
fn undone(record: &Record, findings: &mut Vec<Finding>) {
    let mut withdrawn: Option<&StatusEntry> = None;
    for (index, entry) in record.status.history.iter().enumerate().filter(|(_, entry)| entry.affected_scope.is_none()) {
        match (entry.status, withdrawn) {
            (Some(StatusValue::Withdrawn), _) => withdrawn = Some(entry),
            (Some(_), Some(_)) if entry.corrects.is_some() => withdrawn = None,
            (Some(status @ (StatusValue::Valid | StatusValue::Suspended)), Some(act)) => findings.push(
                at("rule/withdrawal-undone", format!("status.history[{index}].status"))
                    .with("from", act.from.map_or_else(|| "–".to_owned(), |from| from.to_string()))
                    .with("status", status.code()),
            ),
            _ => {}
        }
    }
}

fn gives_a_reason(entry: &StatusEntry) -> bool {
    entry.reason.class.is_some() || entry.reason.code.is_some() || entry.reason.text.is_some()
}

/// What the source last said of the whole certificate, against its last day of validity.
fn against_dates(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    let whole = |(_, entry): &(usize, &StatusEntry)| entry.affected_scope.is_none();
    let Some((index, entry)) = record.status.history.iter().enumerate().rfind(whole) else { return };
    let last = record.dates.valid_until;
    if last.is_some_and(|last| last < record.dates.issued) {
        // The last day is wrong, and said to be: it contradicts nothing else.
        return;
    }
    match (entry.status, entry.claimed, last) {
        // An expiry before the issue is an error of its own; what follows from it is not told again.
        (Some(StatusValue::Valid), _, Some(last)) if last < context.today && last >= record.dates.issued => findings
            .push(
                at("rule/expired-but-valid", format!("status.history[{index}].status"))
                    .with("until", last)
                    .with("today", context.today),
            ),
        (None, Some(StatusClaim::Expired), last) if last.is_none_or(|last| last >= context.today) => findings.push(
            at("rule/expired-too-early", format!("status.history[{index}].claimed"))
                .with("until", last.map_or_else(|| "–".to_owned(), |last| last.to_string()))
                .with("today", context.today),
        ),
        _ => {}
    }
}

/// A suspension that is in effect today although its announced end has passed: the body owes an act.
fn overrun(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    let answer = record.status_on(context.today, None);
    if answer.validity != crate::record::Validity::Suspended {
        return;
    }
    if let Some(deciding) = answer.deciding
        && let Some(until) = deciding.entry.until
        && until < context.today
    {
        findings.push(
            at("rule/suspension-overrun", format!("status.history[{}].until", deciding.index))
                .with("until", until)
                .with("today", context.today),
        );
    }
}
