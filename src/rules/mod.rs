//! Rules on the record: what must hold between its fields, and what can be read from its raw texts.
//!
//! [`complete`] reads the raw texts that carry standards and models, and derives what follows from codes and numbers;
//! it never changes what a source stated. [`check`] gives findings at fields of the record (`dates.valid_until`,
//! `process[2].until`); `format` turns these into places in the source. What a rule must look up is a trait here:
//! [`check_new`] and [`check_changed`] judge a record beside others that are known, where it is registered.
//!
//! The words of a rule, its source, the days from which it speaks and what it compares with are data, under
//! `schemas/rules/`; the checks are named after them.
//!
//! Not here: forms and check digits (`record::identifier`), validity on a day (`record`), schemas (`schema`).

mod accreditation;
mod calendar;
mod characters;
mod classes;
mod completion;
mod dates;
mod filing;
mod identity;
mod items;
mod known;
mod models;
mod output;
mod people;
mod process;
mod scope;
mod standards;
mod status;
mod surveillance;

pub use completion::{complete, complete_tree, completed_from, kind_of_item};
pub use filing::{NoRules, RuleRegister, check_filing, complete_filing};
pub use items::{DEFAULT_ITEMS, ItemCodes, PublishedItems, is_well_formed as is_item_code};
pub use known::{KnownCertificates, check_changed, check_new};
pub use models::{ReadModel, matches_model, read as read_models};
pub use output::read as read_output;
pub use standards::{ReadStandard, read as read_standards};

use crate::clock::Day;
use crate::finding::{Finding, Place};
use crate::record::{Kind, ProcessType, Record};

/// What the rules must be told beside the record.
#[derive(Clone, Copy)]
pub struct RuleContext<'a> {
    /// The day on which the record is judged, in the zone of its issuer.
    pub today: Day,
    /// The certification item codes that are known.
    pub items: &'a dyn ItemCodes,
    /// Whether the source has a place for the stages of an audit. False for a certificate sheet alone (NDJSON, CSV):
    /// its records are not asked for audit rows.
    pub audit_rows: bool,
    /// Whether the source has a place for products. False for the list of the national platform: its records are not
    /// asked for models.
    pub products: bool,
}

impl RuleContext<'static> {
    /// The rules as of a day, with the published item codes, for a source that has audit rows.
    #[must_use]
    pub fn on(today: Day) -> Self {
        Self { today, items: &DEFAULT_ITEMS, audit_rows: true, products: true }
    }
}

impl RuleContext<'_> {
    /// The same for a source that has no place for the stages of an audit.
    #[must_use]
    pub fn without_audit_rows(self) -> Self {
        Self { audit_rows: false, ..self }
    }

    /// The same for a source that has no place for products.
    #[must_use]
    pub fn without_products(self) -> Self {
        Self { products: false, ..self }
    }
}

/// Checks what must hold within one record. Findings stand at fields of the record; a field that ought to be there and
/// is not is named all the same.
#[must_use]
pub fn check(record: &Record, context: &RuleContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    identity::check(record, context, &mut findings);
    characters::check(record, &mut findings);
    dates::check(record, &mut findings);
    status::check(record, context, &mut findings);
    scope::check(record, context, &mut findings);
    process::check(record, context, &mut findings);
    accreditation::check(record, &mut findings);
    classes::check(record, &mut findings);
    people::check(record, &mut findings);
    surveillance::check(record, context, &mut findings);
    calendar::weighed(findings, context.today)
}

/// A finding at a field of the record.
fn at(code: &'static str, path: impl Into<String>) -> Finding {
    Finding::new(code, Place::Field(path.into()))
}

/// True where the issuing body is a Chinese one: the national reporting rules bind it.
fn is_domestic(record: &Record) -> bool {
    record.key.issuer.scheme.starts_with("cnca-")
}

/// True where the record came by the report of a body on management systems and services: only there is it asked for
/// what the report must state. A list of a platform, or a foreign record, has no place for these.
fn is_reported(record: &Record) -> bool {
    is_domestic(record)
        && matches!(record.kind, Kind::ManagementSystem | Kind::Service)
        && record.process.iter().any(|event| event.r#type == ProcessType::Audit)
}

#[cfg(test)]
mod data_tests;
#[cfg(test)]
mod known_tests;
#[cfg(test)]
mod report_data;
#[cfg(test)]
mod tests;
