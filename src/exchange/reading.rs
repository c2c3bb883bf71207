//! Reading what a message carries: by its format's walk, its credential verified, for the subject that the message names.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::credential::{ProofError, PublishedKeys, verify_credential};
use crate::finding::{Finding, Place, any_error};
use crate::format::{FormatError, ReadContext};
use crate::mapping::Context;
use crate::message::Outcome;
use crate::record::{Key, Record, SubjectKey};
use crate::registry::{Incoming, Owner};

use super::book::Entry;
use super::exchange::Exchange;
use super::inbox::{Decided, NoReceipt, Taken};
use super::render::STATUS_FORMAT;

impl Exchange {
    /// Reads a certificate: by its format's walk, its credential verified, for the subject that the message names.
    pub(super) fn read_certificate(&self, message: &Taken<'_>, key: &SubjectKey) -> Result<Decided, NoReceipt> {
        let envelope = message.envelope;
        let partner = &message.from.partner;
        let stays = |outcome, findings| Ok(Decided::Stays { outcome, findings });
        if !partner.accepts.contains(&envelope.format) {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole)
                .with("format", &envelope.format)
                .with("agreed", partner.accepts.join(", "));
            return stays(Outcome::Refused, vec![finding]);
        }
        let issue = Self::issue_of(message.from);
        let mut context = ReadContext { limits: self.limits().clone(), ..ReadContext::on(self.today()) };
        context.mapping = context.mapping.issuing(&issue).computing(self.computed.as_ref());
        let reading = match self.catalogue().read(&envelope.format, message.body, None, &context) {
            Ok(reading) => reading,
            Err(error) => return Err(NoReceipt::Unavailable(ours(&error))),
        };
        if any_error(&reading.findings) {
            return stays(Outcome::NotReadable, reading.findings);
        }
        let crosswalk_digest = reading.crosswalk_digest;
        let mut records = reading.records;
        let (Some(read), true) = (records.pop(), records.is_empty() && reading.refused.is_empty()) else {
            let mut findings = reading.findings;
            findings.extend(reading.refused.into_iter().flat_map(|refused| refused.findings));
            if findings.is_empty() {
                findings.push(Finding::new("exchange/not-one-record", Place::Whole));
            }
            return stays(Outcome::Refused, findings);
        };
        if let Some(finding) = Self::verify_proof(message)? {
            return stays(Outcome::Refused, vec![finding]);
        }
        let record = read.record;
        if SubjectKey::try_from(&record.key).ok().as_ref() != Some(key) {
            let body = SubjectKey::try_from(&record.key).map(|key| key.to_string()).unwrap_or_default();
            return stays(Outcome::Refused, vec![other_subject(key, &body)]);
        }
        if !partner.may_assert(&record.key.issuer, Some(record.kind)) {
            let finding = Finding::new("exchange/kind-not-yours-to-assert", Place::Whole)
                .with("partner", &partner.id)
                .with("kind", record.kind.code());
            return stays(Outcome::Refused, vec![finding]);
        }
        Ok(Self::takes(message, record, read.findings, crosswalk_digest, None))
    }

    /// Reads a status history into the record that is held.
    pub(super) fn read_status(&self, message: &Taken<'_>, key: &SubjectKey) -> Result<Decided, NoReceipt> {
        let stays = |outcome, findings| Ok(Decided::Stays { outcome, findings });
        let format = &message.envelope.format;
        if format != STATUS_FORMAT {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole)
                .with("format", format)
                .with("agreed", STATUS_FORMAT);
            return stays(Outcome::Refused, vec![finding]);
        }
        // A history for another certificate would be read as a new record; it is told for what it is.
        if let Some(other) = subject_of_status(message.body).filter(|other| other != key) {
            return stays(Outcome::Refused, vec![other_subject(key, &other.to_string())]);
        }
        let held = self.registry.look_up(key).map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        let Some(held) = held else {
            return Err(NoReceipt::NotYet("the certificate that it is about is not here yet".into()));
        };
        let stored = serde_json::to_value(&held.record).map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        let issue = Self::issue_of(message.from);
        let context = Context::new(self.today()).issuing(&issue).computing(self.computed.as_ref());
        let update = match self.catalogue().update(format, message.body, &stored, &context) {
            Ok(update) => update,
            Err(error) => return Err(NoReceipt::Unavailable(ours(&error))),
        };
        if any_error(&update.findings) {
            return stays(Outcome::NotReadable, update.findings);
        }
        let Some(record) = update.record else { return stays(Outcome::NotReadable, update.findings) };
        if SubjectKey::try_from(&record.key).ok().as_ref() != Some(key) {
            let body = SubjectKey::try_from(&record.key).map(|key| key.to_string()).unwrap_or_default();
            return stays(Outcome::Refused, vec![other_subject(key, &body)]);
        }
        Ok(Self::takes(message, record, update.findings, update.crosswalk_digest, Some(held.version)))
    }

    fn takes(
        message: &Taken<'_>,
        record: Record,
        findings: Vec<Finding>,
        crosswalk_digest: String,
        read_into: Option<u32>,
    ) -> Decided {
        let incoming = Incoming {
            record,
            findings: findings.clone(),
            payload: Arc::from(message.body),
            format: message.envelope.format.clone(),
            crosswalk_digest,
            owner: Owner::Partner(message.sender.clone()),
            received_from: Some(message.sender.clone()),
        };
        Decided::Takes { incoming: Box::new(incoming), findings, read_into }
    }

    /// What the sender states when it issues: its base URI, by which its certificate numbers are read.
    fn issue_of(from: &Entry) -> Value {
        json!({"base": from.partner.base, "issuer": {"id": from.partner.did, "name": from.partner.name}})
    }

    /// A credential must bear a proof by the sender's registered key; gives what speaks against it. A proof that is still to
    /// come is no reason to refuse the credential for ever: whoever made it had a wrong clock for a while.
    fn verify_proof(message: &Taken<'_>) -> Result<Option<Finding>, NoReceipt> {
        let Ok(credential) = serde_json::from_slice::<Value>(message.body) else { return Ok(None) };
        if !super::render::is_credential(&credential) {
            return Ok(None);
        }
        let Some(did) = &message.from.partner.did else {
            let finding = Finding::new("exchange/no-credential-key", Place::Whole);
            return Ok(Some(finding.with("partner", &message.from.partner.id)));
        };
        let keys = PublishedKeys { controller: did.clone(), keys: message.from.credential_keys.clone() };
        match verify_credential(&credential, &keys, message.received_at) {
            Ok(verified) if verified.issuer == *did => Ok(None),
            Ok(verified) => {
                let finding = Finding::new("exchange/other-issuer", Place::pointer("/issuer/id"));
                Ok(Some(finding.with("issuer", verified.issuer).with("did", did)))
            }
            Err(error @ ProofError::FromTheFuture(_)) => Err(NoReceipt::NotYet(error.to_string())),
            Err(error) => Ok(Some(error.finding())),
        }
    }
}

pub(super) fn other_subject(key: &SubjectKey, body: &str) -> Finding {
    Finding::new("exchange/other-subject", Place::Whole).with("subject", key).with("body", body)
}

/// The certificate that a status history says it is about, where that can be read.
fn subject_of_status(body: &[u8]) -> Option<SubjectKey> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let key: Key = serde_json::from_value(body.get("subject")?.clone()).ok()?;
    SubjectKey::try_from(&key).ok()
}

fn ours(error: &FormatError) -> String {
    tracing::error!(%error, "a document could not be read through our own fault");
    "the document could not be read through our own fault".into()
}
