//! Rules on the order of days.

use super::at;
use crate::finding::Finding;
use crate::record::{AuditActivity, ProcessType, Record};

pub(super) fn check(record: &Record, findings: &mut Vec<Finding>) {
    let dates = &record.dates;
    if let Some(last) = dates.valid_until
        && last < dates.issued
    {
        findings
            .push(at("rule/expiry-before-issue", "dates.valid_until").with("until", last).with("issued", dates.issued));
    }
    if let Some(first) = dates.first_issued
        && first > dates.issued
    {
        findings.push(
            at("rule/first-issue-after-issue", "dates.first_issued").with("first", first).with("issued", dates.issued),
        );
    }
    before_issue(record, findings);
}

/// At the first certification and at recertification the audit ends before the decision, and the decision comes before
/// the issue. Later activities come after the issue of the certificate that they belong to.
fn before_issue(record: &Record, findings: &mut Vec<Finding>) {
    let audit = record.process.iter().rev().find(|event| event.r#type == ProcessType::Audit);
    let decision = record.process.iter().enumerate().rev().find(|(_, event)| event.r#type == ProcessType::Decision);
    let Some(audit) = audit else { return };
    if !matches!(audit.activity, Some(AuditActivity::Initial | AuditActivity::Recertification)) {
        return;
    }
    let Some((index, decided)) = decision.and_then(|(index, event)| Some((index, event.from?))) else { return };
    if let Some(audited) = audit.until.or(audit.from)
        && decided < audited
    {
        findings.push(
            at("rule/decision-before-audit", format!("process[{index}].from"))
                .with("decided", decided)
                .with("audited", audited),
        );
    }
    if record.dates.issued < decided {
        findings.push(
            at("rule/issue-before-decision", "dates.issued")
                .with("issued", record.dates.issued)
                .with("decided", decided),
        );
    }
}
