//! Rules on the certification process: audits and their stages.

use super::{RuleContext, at, is_reported};
use crate::finding::Finding;
use crate::record::{AuditActivity, ProcessEvent, ProcessType, Record};

pub(super) fn check(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    let audits: Vec<&ProcessEvent> = of_type(record, ProcessType::Audit).map(|(_, event)| event).collect();
    if context.audit_rows && is_reported(record) {
        let latest = audits.iter().max_by_key(|audit| audit.from);
        // A change of data is made without an audit.
        let changed = latest.is_some_and(|audit| audit.activity == Some(AuditActivity::Change));
        if !changed && of_type(record, ProcessType::AuditStage).next().is_none() {
            findings.push(at("rule/audit-rows-missing", "key.number"));
        }
    }
    for (index, stage) in of_type(record, ProcessType::AuditStage) {
        outside(index, stage, &audits, findings);
    }
}

fn of_type(record: &Record, wanted: ProcessType) -> impl Iterator<Item = (usize, &ProcessEvent)> {
    record.process.iter().enumerate().filter(move |(_, event)| event.r#type == wanted)
}

/// A stage lies within an audit of the certificate: any of them, where the record keeps several.
fn outside(index: usize, stage: &ProcessEvent, audits: &[&ProcessEvent], findings: &mut Vec<Finding>) {
    let dated = |audit: &&&ProcessEvent| audit.from.is_some() || audit.until.is_some();
    let early = |audit: &ProcessEvent| stage.from.zip(audit.from).is_some_and(|(stage, audit)| stage < audit);
    let late =
        |audit: &ProcessEvent| stage.until.or(stage.from).zip(audit.until).is_some_and(|(stage, audit)| stage > audit);
    if audits.iter().any(|audit| !early(audit) && !late(audit)) {
        return;
    }
    let Some(audit) = audits.iter().filter(dated).max_by_key(|audit| audit.from) else { return };
    let mut say = |field: &str, day: Option<crate::clock::Day>| {
        let shown = |day: Option<crate::clock::Day>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
        findings.push(
            at("rule/audit-dates-outside", format!("process[{index}].{field}"))
                .with("day", shown(day))
                .with("from", shown(audit.from))
                .with("until", shown(audit.until)),
        );
    };
    if early(audit) {
        say("from", stage.from);
    }
    if late(audit) {
        say(if stage.until.is_some() { "until" } else { "from" }, stage.until.or(stage.from));
    }
}
