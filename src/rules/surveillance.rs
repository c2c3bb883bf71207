//! Rules on what goes on while a certificate holds: surveillance in time, and editions of standards that are replaced.

use jiff::Span;

use super::calendar::parameter;
use super::{RuleContext, at, is_domestic};
use crate::clock::Day;
use crate::finding::Finding;
use crate::record::{AuditActivity, Kind, ProcessType, Record, Validity};

pub(super) fn check(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    if record.status_on(context.today, None).validity != Validity::Valid {
        return;
    }
    overdue(record, context, findings);
    editions(record, context, findings);
}

/// Within so many months of the issue, then of the last audit on site.
fn overdue(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    const CODE: &str = "rule/surveillance-overdue";
    let items = parameter(CODE, "items");
    let item = record.scheme.item_code.as_deref().unwrap_or_default();
    let bound = items.split(' ').any(|head| !head.is_empty() && item.starts_with(head));
    let Ok(months) = parameter(CODE, "months").parse::<i64>() else { return };
    if !bound || !is_domestic(record) || record.kind != Kind::ManagementSystem {
        return;
    }
    // A report tells of the last activity alone: behind a special audit, a surveillance may stand that it no longer shows.
    let counts = |activity| activity != AuditActivity::Change;
    let audits = record
        .process
        .iter()
        .filter(|event| event.r#type == ProcessType::Audit && event.activity.is_some_and(counts))
        .filter_map(|event| event.until.or(event.from));
    let Some(last) = audits.chain([record.dates.issued]).filter(|day| *day <= context.today).max() else { return };
    let Ok(due) = last.0.checked_add(Span::new().months(months)).map(Day) else { return };
    if due < context.today {
        findings.push(
            at(CODE, "dates.issued")
                .with("last", last)
                .with("months", months)
                .with("due", due)
                .with("today", context.today),
        );
    }
}

/// Editions that the data of the rule lists: designation, edition, first and last day of the transition.
fn editions(record: &Record, context: &RuleContext<'_>, findings: &mut Vec<Finding>) {
    const CODE: &str = "rule/standard-edition-withdrawn";
    for (index, standard) in record.standards.iter().enumerate() {
        let of = |designation: &str, edition: Option<&str>| {
            parameter(CODE, "editions").split(';').find_map(|row| {
                let mut cells = row.split('|').map(str::trim);
                let same = cells.next() == Some(designation) && cells.next() == edition;
                let (from, until) = (cells.next()?.parse::<Day>().ok()?, cells.next()?.parse::<Day>().ok()?);
                same.then_some((from, until))
            })
        };
        let Some((from, until)) = of(&standard.designation, standard.edition.as_deref()) else { continue };
        let code = if context.today > until {
            CODE
        } else if context.today >= from {
            "rule/standard-edition-in-transition"
        } else {
            continue;
        };
        let shown = format!("{}:{}", standard.designation, standard.edition.as_deref().unwrap_or_default());
        let finding = at(code, format!("standards[{index}].edition"));
        findings.push(finding.with("standard", shown).with("until", until).with("today", context.today));
    }
}
