//! Updating: a document that carries a part of a record only, read into the record that is held.

use serde_json::Value;

use super::catalogue::{Catalogue, FormatError};
use crate::document::Limits;
use crate::finding::{Finding, Place, any_error};
use crate::mapping::Context;
use crate::record::Record;
use crate::release::{Policy, lay_back, release_for_answer};

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
        self.read_into(format, bytes, held, context, |tree, _| tree)
    }

    /// Reads a document of one record, in which a partner answers to what was released to it, into the record that is held.
    /// What the policy withholds is hidden from the answer: it stays as it is, whatever the answer says or leaves out.
    ///
    /// # Errors
    /// As [`Catalogue::update`].
    pub fn update_released(
        &self,
        format: &str,
        bytes: &[u8],
        held: &Record,
        policy: &Policy,
        context: &Context<'_>,
    ) -> Result<Update, FormatError> {
        let shown = release_for_answer(held, policy, context.on);
        self.read_into(format, bytes, &shown, context, |answered, findings| {
            if answered.get("key") != shown.get("key") {
                let reason = "the document is of another certificate";
                findings.push(Finding::new("format/no-record", Place::Whole).with("reason", reason));
            }
            let (laid, refused) = lay_back(held, policy, context.on, answered, format);
            let told = |path| Finding::new("release/answer-to-withheld", Place::Field(path));
            findings.extend(refused.into_iter().map(told));
            laid
        })
    }

    fn read_into(
        &self,
        format: &str,
        bytes: &[u8],
        held: &Value,
        context: &Context<'_>,
        lay: impl FnOnce(Value, &mut Vec<Finding>) -> Value,
    ) -> Result<Update, FormatError> {
        let format = self.incoming(format)?;
        let mut update =
            Update { record: None, findings: Vec::new(), crosswalk_digest: format.crosswalk().digest().to_owned() };
        let limits = Limits::default();
        let parsed = match self.parsed_as(format, bytes, None, &limits) {
            Ok(parsed) => parsed,
            Err(refusals) => {
                update.findings.extend(refusals);
                return Ok(update);
            }
        };
        update.findings.extend(parsed.findings);
        let put = format.crosswalk().put(&parsed.document, &[held], context);
        update.findings.extend(self.schema_findings(format, &parsed.document, &put.records)?.into_values().flatten());
        update.findings.extend(put.findings);
        let mut records = put.records;
        let (Some(one), true) = (records.pop(), records.is_empty()) else {
            update.findings.push(Finding::new("format/no-records", Place::Whole));
            return Ok(update);
        };
        update.findings.extend(one.findings);
        let record = lay(one.record, &mut update.findings);
        match serde_json::from_value(record) {
            Ok(record) if !any_error(&update.findings) => update.record = Some(record),
            Ok(_) => {}
            Err(error) => update.findings.push(Finding::new("format/no-record", one.place).with("reason", error)),
        }
        Ok(update)
    }
}
