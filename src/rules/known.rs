//! Rules on a record beside others that are known: bars on applying again after a certificate was lost for a fault, and
//! numbers that two certificates share.
//!
//! What is known is a trait here; a registry stands behind it.

use jiff::Span;

use super::calendar::{parameter, weighed};
use super::{at, is_domestic};
use crate::clock::Day;
use crate::finding::Finding;
use crate::record::{AuditActivity, Identifier, Kind, ProcessType, Record};

/// The certificates that are known beside the one that is judged.
pub trait KnownCertificates {
    /// Why they could not be looked up.
    type Error;

    /// Certificates of a holder that were suspended, withdrawn or cancelled.
    ///
    /// # Errors
    ///
    /// They could not be looked up.
    fn lost_by(&self, holder: &Identifier) -> Result<Vec<Record>, Self::Error>;

    /// The issuers of every certificate that has this number.
    ///
    /// # Errors
    ///
    /// They could not be looked up.
    fn issuers_of(&self, number: &str) -> Result<Vec<Identifier>, Self::Error>;
}

/// Checks a record that a Chinese body reports for the first time, beside what is known. Nothing is said of others.
///
/// # Errors
///
/// What is known could not be looked up.
pub fn check_new<K: KnownCertificates>(record: &Record, today: Day, known: &K) -> Result<Vec<Finding>, K::Error> {
    let mut findings = Vec::new();
    if is_domestic(record) {
        barred(record, known, &mut findings)?;
        numbered_twice(record, known, &mut findings)?;
    }
    Ok(weighed(findings, today))
}

/// Checks a record beside the one of the same body and number that is held.
#[must_use]
pub fn check_changed(record: &Record, held: &Record, today: Day) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_domestic(record)
        && let (Some(now), Some(before)) = (&record.holder.id, &held.holder.id)
        && now.scheme == before.scheme
        && now.value != before.value
        && activity(record) != Some(AuditActivity::Change)
    {
        findings.push(at("rule/number-of-another-holder", "holder.id").with("version", held.version));
    }
    weighed(findings, today)
}

/// What the last audit was for.
fn activity(record: &Record) -> Option<AuditActivity> {
    let audits = record.process.iter().filter(|event| event.r#type == ProcessType::Audit);
    audits.max_by_key(|audit| audit.until.or(audit.from)).and_then(|audit| audit.activity)
}

/// A holder that lost a certificate for a fault may not apply again before so many months. The day of the application is
/// not reported; it does not lie after the issue, so an issue within the months says enough.
fn barred<K: KnownCertificates>(record: &Record, known: &K, findings: &mut Vec<Finding>) -> Result<(), K::Error> {
    const CODE: &str = "rule/applied-again-too-early";
    let first = activity(record) == Some(AuditActivity::Initial);
    let bars: Vec<Bar> = parameter(CODE, "bars").split(';').filter_map(Bar::read).collect();
    let in_force = |bar: &Bar| bar.covers(record) && bar.from <= record.dates.issued;
    let bars: Vec<Bar> = bars.into_iter().filter(in_force).collect();
    let Some(holder) = record.holder.id.as_ref().filter(|_| first && !bars.is_empty()) else { return Ok(()) };
    for lost in known.lost_by(holder)? {
        let another = lost.key != record.key && is_domestic(&lost);
        let Some(deciding) = lost.status_on(record.dates.issued, None).deciding.filter(|_| another) else { continue };
        let Some(status) = deciding.entry.status else { continue };
        let reason = deciding.entry.reason.class.map_or("unknown", |class| class.code());
        let until = bars
            .iter()
            .filter(|bar| bar.covers(&lost) && bar.acts.contains(&status.code()) && bar.reasons.contains(&reason))
            .filter_map(|bar| deciding.effective.0.checked_add(Span::new().months(bar.months)).ok().map(Day))
            .max();
        if let Some(until) = until.filter(|until| record.dates.issued < *until) {
            findings.push(
                at(CODE, "dates.issued")
                    .with("number", lost.key.number.as_deref().unwrap_or_default())
                    .with("status", status.code())
                    .with("from", deciding.effective)
                    .with("issued", record.dates.issued)
                    .with("until", until),
            );
        }
    }
    Ok(())
}

/// One bar of the data: `heads of item codes | acts | classes of the reason | months | in force from`.
struct Bar {
    items: Vec<&'static str>,
    acts: Vec<&'static str>,
    reasons: Vec<&'static str>,
    months: i64,
    from: Day,
}

impl Bar {
    fn read(row: &'static str) -> Option<Self> {
        let mut cells = row.split('|').map(|cell| cell.split_whitespace().collect::<Vec<_>>());
        let mut list = || cells.next();
        let (items, acts, reasons) = (list()?, list()?, list()?);
        let (months, from) = (list()?.first()?.parse().ok()?, list()?.first()?.parse().ok()?);
        Some(Self { items, acts, reasons, months, from })
    }

    fn covers(&self, record: &Record) -> bool {
        let item = record.scheme.item_code.as_deref().unwrap_or_default();
        self.items.iter().any(|one| item.starts_with(one))
    }
}

/// The number of a compulsory product certificate names its body within itself: no two bodies share one.
fn numbered_twice<K: KnownCertificates>(
    record: &Record,
    known: &K,
    findings: &mut Vec<Finding>,
) -> Result<(), K::Error> {
    if record.kind != Kind::CompulsoryProduct {
        return Ok(());
    }
    let Some(number) = record.key.number.as_deref().filter(|number| !number.is_empty()) else { return Ok(()) };
    let mine = &record.key.issuer;
    let others = known.issuers_of(number)?;
    if let Some(other) = others.iter().find(|other| other.scheme == mine.scheme && other.value != mine.value) {
        findings
            .push(at("rule/number-of-another-body", "key.number").with("number", number).with("body", &other.value));
    }
    Ok(())
}
