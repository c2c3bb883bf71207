//! Updating: a document that carries a part of a record only, read into the record that is held.

use serde_json::Value;

use super::catalogue::{Catalogue, FormatError};
use crate::document::{Limits, identify, parse};
use crate::finding::{Finding, Place, any_error};
use crate::mapping::Context;
use crate::record::Record;

/// What a document made of a record.
#[derive(Debug)]
pub struct Update {
    /// The record with what the document says; absent where the document cannot be read into it.
    pub record: Option<Record>,
    /// What there is to say; an error means that nothing of the document counts.
    pub findings: Vec<Finding>,
    /// Digest of the crosswalk that read it.
    pub crosswalk_digest: String,
}

impl Catalogue {
    /// Reads a document of one record into the record that is held, as its tree.
    ///
    /// # Errors
    /// The caller named a format that is not known or does not come in, or an operator's schema cannot be used.
    pub fn update(
        &self,
        format: &str,
        bytes: &[u8],
        held: &Value,
        context: &Context<'_>,
    ) -> Result<Update, FormatError> {
        let format = self.incoming(format)?;
        let mut update =
            Update { record: None, findings: Vec::new(), crosswalk_digest: format.crosswalk().digest().to_owned() };
        let limits = Limits::default();
        let parsed = match identify(bytes, None).and_then(|syntax| parse(bytes, syntax, &limits)) {
            Ok(parsed) => parsed,
            Err(refusal) => {
                update.findings.push(refusal);
                return Ok(update);
            }
        };
        update.findings.extend(parsed.findings);
        if let Some(schema) = format.schema() {
            update.findings.extend(self.schemas().validate(schema, parsed.document.content())?);
        }
        let put = format.crosswalk().put(&parsed.document, &[held], context);
        update.findings.extend(put.findings);
        let mut records = put.records;
        let (Some(one), true) = (records.pop(), records.is_empty()) else {
            update.findings.push(Finding::new("format/no-records", Place::Whole));
            return Ok(update);
        };
        update.findings.extend(one.findings);
        match serde_json::from_value(one.record) {
            Ok(record) if !any_error(&update.findings) => update.record = Some(record),
            Ok(_) => {}
            Err(error) => update.findings.push(Finding::new("format/no-record", one.place).with("reason", error)),
        }
        Ok(update)
    }
}
