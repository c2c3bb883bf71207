//! Tracing a certificate: the rule it was certified by, the process that led to it, the results and whence they came
//! (规则可查、过程可追、结果可溯). The answer is for this house: it holds what never leaves it.

use serde::Serialize;

use super::lookup::Held;
use super::{Owner, Registry, RegistryError};
use crate::clock::Timestamp;
use crate::crypto::{Digest, DigestAlgorithm};
use crate::ledger::Hash;
use crate::record::{
    Counts, Issuer, ProcessEvent, Provenance, Rule, Scheme, Standard, StatusEntry, SubjectKey, Validity,
};
use crate::store::{NoticeFilter, NoticeLine, OutboxFilter, OutboxState};

/// At most so many messages of each direction are told.
const MESSAGES: u32 = 1000;

/// All that is known of a certificate, from the rule to the messages about it.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// The subject.
    pub subject: SubjectKey,
    /// When it was traced.
    pub traced_at: Timestamp,
    /// Who may change the record.
    pub owner: Owner,
    /// The rule: what it was certified by, and by whom.
    pub rule: RuleTrail,
    /// The process: what was done, and who answers for it.
    pub process: Process,
    /// The results: versions, status, ledger, messages.
    pub result: ResultTrail,
}

/// The rule that can be looked up.
#[derive(Clone, Debug, Serialize)]
pub struct RuleTrail {
    /// The certification scheme, with its rule.
    pub scheme: Scheme,
    /// The rule itself, where the scheme names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Standards.
    pub standards: Vec<Standard>,
    /// The criteria as the source wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria_text: Option<String>,
    /// The body, with its approvals, designations and accreditations.
    pub issuer: Issuer,
}

/// The process that can be followed.
#[derive(Clone, Debug, Serialize)]
pub struct Process {
    /// Audits, tests, inspections, review, decision, surveillance, with the people responsible.
    pub events: Vec<ProcessEvent>,
    /// Counts in the cycle.
    pub counts: Counts,
}

/// The result that can be traced.
#[derive(Clone, Debug, Serialize)]
pub struct ResultTrail {
    /// The status today.
    pub validity: Validity,
    /// The whole status history.
    pub status: Vec<StatusEntry>,
    /// Every version, oldest first.
    pub versions: Vec<TracedVersion>,
    /// The events in the ledger.
    pub ledger: Vec<TracedEvent>,
    /// Messages sent, or to be sent.
    pub sent: Vec<MessageSent>,
    /// Messages received.
    pub received: Vec<MessageReceived>,
    /// Notices to and from partners about it.
    pub notices: Vec<NoticeLine>,
    /// Findings, by version.
    pub findings: Vec<FindingsOfVersion>,
}

/// One version of the record.
#[derive(Clone, Debug, Serialize)]
pub struct TracedVersion {
    /// Its number.
    pub version: u32,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// True where the certificate face moved.
    pub certificate_moved: bool,
    /// True where the status face moved.
    pub status_moved: bool,
    /// Digest of the record's bytes, as the ledger holds it.
    pub digest: Digest,
    /// Digest of the payload that made it; absent where no document did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_digest: Option<Digest>,
    /// Whence it comes.
    pub provenance: Vec<Provenance>,
}

/// One event of the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct TracedEvent {
    /// Index of its leaf.
    pub index: u64,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Version of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Hash of the leaf.
    pub leaf_hash: Hash,
    /// Digest of what happened.
    pub digest: Digest,
}

/// A message to a partner.
#[derive(Clone, Debug, Serialize)]
pub struct MessageSent {
    /// Message id.
    pub id: String,
    /// To whom.
    pub partner: String,
    /// Type of the message.
    pub message_type: String,
    /// Version that it carries.
    pub version: u32,
    /// Where it stands.
    pub state: OutboxState,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was meant.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// True where the receiver has signed for it.
    pub receipted: bool,
}

/// A message from a partner.
#[derive(Clone, Debug, Serialize)]
pub struct MessageReceived {
    /// Message id.
    pub id: String,
    /// From whom.
    pub partner: String,
    /// Digest of its content.
    pub digest: Digest,
    /// When.
    pub at: Timestamp,
}

/// The findings kept with a version.
#[derive(Clone, Debug, Serialize)]
pub struct FindingsOfVersion {
    /// The version.
    pub version: u32,
    /// The findings.
    pub findings: serde_json::Value,
}

impl Registry {
    /// Everything about a certificate in one answer; `None` where it is not held. It holds `domestic` fields: whatever
    /// leaves the house must go through `release`.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn trace(&self, subject: &SubjectKey) -> Result<Option<Trace>, RegistryError> {
        let name = subject.to_string();
        let mut versions = Vec::new();
        let mut findings = Vec::new();
        let mut last = None;
        for row in self.store.versions(subject)? {
            let digest = Digest::sha256(&row.record);
            let payload_digest = row.payload.and_then(|bytes| Digest::from_bytes(DigestAlgorithm::Sha256, &bytes).ok());
            let held = Held::try_from(row)?;
            versions.push(TracedVersion {
                version: held.version,
                recorded_at: held.recorded_at,
                certificate_moved: held.certificate_version == held.version,
                status_moved: held.status_version == held.version,
                digest,
                payload_digest,
                provenance: held.record.provenance.clone(),
            });
            if held.findings.as_array().is_some_and(|list| !list.is_empty()) {
                findings.push(FindingsOfVersion { version: held.version, findings: held.findings.clone() });
            }
            last = Some(held);
        }
        let Some(held) = last else { return Ok(None) };
        let ledger = self
            .store
            .events_of(&name)?
            .into_iter()
            .map(|held| TracedEvent {
                index: held.index,
                kind: held.event.kind.to_string(),
                at: held.event.at,
                version: held.version,
                leaf_hash: held.leaf_hash,
                digest: held.event.digest,
            })
            .collect();
        let filter = OutboxFilter { subject: Some(name.clone()), limit: MESSAGES, ..OutboxFilter::default() };
        let sent = self
            .store
            .outbox(&filter)?
            .into_iter()
            .map(|entry| MessageSent {
                id: entry.id,
                partner: entry.partner.0,
                message_type: entry.message_type,
                version: entry.version,
                state: entry.state,
                attempts: entry.attempts,
                created_at: entry.created_at,
                updated_at: entry.updated_at,
                last_error: entry.last_error,
                receipted: entry.receipt.is_some(),
            })
            .collect();
        let received = self
            .store
            .taken_about(&name)?
            .into_iter()
            .filter_map(|entry| {
                let digest = Digest::from_bytes(DigestAlgorithm::Sha256, &entry.digest).ok()?;
                Some(MessageReceived { id: entry.message_id, partner: entry.sender.0, digest, at: entry.at })
            })
            .collect();
        let filter = NoticeFilter { subject: Some(name), limit: MESSAGES, ..NoticeFilter::default() };
        let notices = self.store.notices(&filter)?.iter().map(NoticeLine::from).collect();
        let traced_at = self.now();
        let validity = held.record.status_at(traced_at, None).validity;
        let record = held.record;
        Ok(Some(Trace {
            subject: held.subject,
            traced_at,
            owner: held.owner,
            rule: RuleTrail {
                rule: record.scheme.rule.clone(),
                scheme: record.scheme,
                standards: record.standards,
                criteria_text: record.standards_text,
                issuer: record.issuer,
            },
            process: Process { events: record.process, counts: record.counts },
            result: ResultTrail {
                validity,
                status: record.status.history,
                versions,
                ledger,
                sent,
                received,
                notices,
                findings,
            },
        }))
    }
}
