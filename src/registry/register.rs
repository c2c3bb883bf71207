//! Registering a record: what is held is read, the report is merged with it, and one Change says what is new.

use std::sync::Arc;

use super::history::{self, Arrival};
use super::incoming::{Incoming, Outcome, Owner, Registered};
use super::names::searchable;
use super::{Registry, RegistryError};
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::finding::{Finding, Place};
use crate::ledger::EventKind;
use crate::record::{Provenance, Record, StatusValue, SubjectKey};
use crate::rules;
use crate::store::{
    Change, EventWrite, Face, Intent, NotCommitted, PartnerId, PayloadWrite, RecordVersion, RecordWrite, SearchColumns,
    Sha256, Stale, Write,
};

/// How often a use case decides again before it gives up.
pub(super) const ATTEMPTS: usize = 64;

/// Message type of a certificate.
const UPSERT: &str = "certificate-upsert";
/// Message type of a status history.
pub(super) const STATUS: &str = "status-change";

/// What a use case has decided.
pub(super) struct Decision {
    /// What is to be written; nothing where the record says nothing new.
    pub(super) writes: Vec<Write>,
    /// The answer, but for the indexes of the events.
    pub(super) registered: Registered,
}

/// A payload of which the digest is known, and whether it has been handed to the store.
#[derive(Clone)]
pub(super) struct KnownPayload {
    pub(super) bytes: Arc<[u8]>,
    pub(super) digest: Sha256,
}

impl KnownPayload {
    pub(super) fn of(bytes: &Arc<[u8]>) -> Self {
        Self { bytes: Arc::clone(bytes), digest: crate::crypto::sha256(bytes) }
    }

    pub(super) fn write(&self, format: &str, at: Timestamp) -> Write {
        Write::Payload(PayloadWrite::of(&self.bytes, format, at))
    }
}

impl Registry {
    /// Takes a record in.
    ///
    /// # Errors
    ///
    /// [`RegistryError::IncompleteKey`] and [`RegistryError::NotOwner`] are the sender's; the others ours.
    pub fn register(&self, incoming: &Incoming) -> Result<Registered, RegistryError> {
        let subject = SubjectKey::try_from(&incoming.record.key)?;
        let payload = KnownPayload::of(&incoming.payload);
        self.deciding(&subject, false, || {
            let mut decision = self.decide(&subject, incoming, &payload)?;
            if !decision.writes.is_empty() {
                decision.writes.insert(0, payload.write(&incoming.format, self.now()));
            }
            Ok(decision)
        })
    }

    /// Takes a record in together with other writes, all in one Change: a message with its receipt and its leaf. They
    /// are made once it is known what becomes of the record, and written even where the record says nothing new; they
    /// stand before its own writes. The Change goes before what is not urgent.
    ///
    /// # Errors
    ///
    /// As [`Registry::register`], and whatever `beside` refuses. [`RegistryError::Contended`] too where an expectation of
    /// `beside` does not hold: it must read anew each time that it is called.
    pub fn register_beside(
        &self,
        incoming: &Incoming,
        beside: &dyn Fn(&Registered) -> Result<Vec<Write>, RegistryError>,
    ) -> Result<Registered, RegistryError> {
        let subject = SubjectKey::try_from(&incoming.record.key)?;
        let payload = KnownPayload::of(&incoming.payload);
        self.deciding(&subject, true, || {
            let mut decision = self.decide(&subject, incoming, &payload)?;
            let mut writes = beside(&decision.registered)?;
            if !decision.writes.is_empty() {
                writes.push(payload.write(&incoming.format, self.now()));
            }
            writes.append(&mut decision.writes);
            Ok(Decision { writes, registered: decision.registered })
        })
    }

    /// Decides and commits, again and again while somebody else is faster.
    pub(super) fn deciding(
        &self,
        subject: &SubjectKey,
        urgent: bool,
        decide: impl Fn() -> Result<Decision, RegistryError>,
    ) -> Result<Registered, RegistryError> {
        let mut refused = None;
        for _ in 0..ATTEMPTS {
            let Decision { writes, mut registered } = decide()?;
            if writes.is_empty() {
                return Ok(registered);
            }
            match self.store.commit(Change { urgent, writes }) {
                Ok(committed) => {
                    registered.events = committed.events.iter().map(|event| event.index).collect();
                    if registered.messages > 0 {
                        self.subscriptions.written();
                    }
                    return Ok(registered);
                }
                // The version that everybody sees was made by an event, and its leaf stands before any later one.
                Err(stale @ NotCommitted::Stale(Stale::Unsettled(_))) => {
                    self.settle_subject(subject)?;
                    refused = Some(stale);
                }
                Err(stale @ NotCommitted::Stale(_)) => refused = Some(stale),
                Err(error) => return Err(RegistryError::from_refusal(error, subject)),
            }
        }
        Err(refused.map_or_else(
            || RegistryError::Contended(Box::new(subject.clone())),
            |refusal| RegistryError::from_refusal(refusal, subject),
        ))
    }

    /// What a record means beside what is held.
    pub(super) fn decide(
        &self,
        subject: &SubjectKey,
        incoming: &Incoming,
        payload: &KnownPayload,
    ) -> Result<Decision, RegistryError> {
        let now = self.now();
        let id = || self.new_id();
        let arrival = Arrival {
            now,
            seen: now,
            zone: incoming.record.zone(),
            reported_on: incoming.record.reporting.reported_on,
            id: &id,
        };
        let Some(row) = self.store.current(subject)? else {
            let mut record = incoming.record.clone();
            record.status.history = history::first(&incoming.record, &arrival);
            record.provenance = vec![provenance(incoming, payload, now)];
            // What we hold of others is no matter of a partner that tells us of a certificate.
            let own_findings = match incoming.owner {
                Owner::House => rules::check_new(&record, now.day(arrival.zone), self)?,
                Owner::Partner(_) => Vec::new(),
            };
            return self.write(Step {
                subject,
                held: None,
                record,
                owner: &incoming.owner,
                findings: &incoming.findings,
                own_findings,
                payload: Some(payload.digest),
                received_from: incoming.received_from.as_ref(),
                at: now,
            });
        };
        let held = parse(&row)?;
        Self::authority(subject, &row, &incoming.owner)?;
        let mut own_findings = Vec::new();
        let mut record = incoming.record.clone();
        // A document that was taken before brings no news of status; a mended crosswalk may still read more out of it.
        let mut arrival = arrival;
        match self.standing(subject, payload)? {
            Some((version, _, true)) => {
                let finding = Finding::new("registry/older-document", Place::Whole).with("version", version);
                return Ok(unchanged(subject, &row, vec![finding]));
            }
            Some((_, at, false)) => arrival.seen = at,
            None => {}
        }
        if let (Some(reported), Some(last)) = (record.reporting.reported_on, held.reporting.reported_on)
            && reported < last
        {
            own_findings.push(
                Finding::new("registry/older-report", Place::Field("reporting.reported_on".into()))
                    .with("reported", reported)
                    .with("held", last),
            );
            record = held.clone();
        }
        let merged = history::merge(&held, &incoming.record.status.history, &arrival);
        own_findings.extend(merged.findings);
        record.status.history = merged.history;
        record.provenance.clone_from(&held.provenance);
        record.version = held.version;
        if record == held {
            return Ok(unchanged(subject, &row, own_findings));
        }
        own_findings.extend(rules::check_changed(&record, &held, now.day(arrival.zone)));
        let source = provenance(incoming, payload, now);
        // The same document read again by another crosswalk: both crosswalks stay named.
        record.provenance.retain(|known| {
            known.format != source.format
                || known.partner != source.partner
                || (known.payload_digest == source.payload_digest && known.crosswalk_digest != source.crosswalk_digest)
        });
        record.provenance.push(source);
        self.write(Step {
            subject,
            held: Some((&row, &held)),
            record,
            owner: &incoming.owner,
            findings: &incoming.findings,
            own_findings,
            payload: Some(payload.digest),
            received_from: incoming.received_from.as_ref(),
            at: now,
        })
    }

    /// The owner alone may change a record.
    pub(super) fn authority(subject: &SubjectKey, row: &RecordVersion, by: &Owner) -> Result<(), RegistryError> {
        let owner: Owner = row.owner.parse().map_err(|error| unreadable(row, &error))?;
        if owner == *by {
            Ok(())
        } else {
            Err(RegistryError::NotOwner { subject: Box::new(subject.clone()), owner, by: by.clone() })
        }
    }

    /// What this very document was to the record before: when it was first taken, and whether a newer one has come.
    fn standing(
        &self,
        subject: &SubjectKey,
        payload: &KnownPayload,
    ) -> Result<Option<(u32, Timestamp, bool)>, RegistryError> {
        let documents = self.store.documents(subject)?;
        let first = documents.iter().find(|(_, digest, _)| *digest == payload.digest);
        let last = documents.last().is_some_and(|(_, digest, _)| *digest == payload.digest);
        Ok(first.map(|(version, _, at)| (*version, *at, !last)))
    }

    /// One Change for a new version: the record, its event, and a message to whoever is to hear of it.
    pub(super) fn write(&self, step: Step<'_>) -> Result<Decision, RegistryError> {
        let Step { subject, held, mut record, owner, findings, mut own_findings, payload, received_from, at } = step;
        let version = held.map_or(0, |(row, _)| row.version) + 1;
        record.version = version;
        let (certificate_moved, status_moved) = match held {
            None => (true, tells_status(&record)),
            Some((_, held)) => (certificate_differs(held, &record), held.status.history != record.status.history),
        };
        let certificate_version =
            held.filter(|_| !certificate_moved).map_or(version, |(row, _)| row.certificate_version);
        let status_version = match held {
            Some((row, _)) if !status_moved => row.status_version,
            _ => version,
        };
        let json = serde_json::to_vec(&record).map_err(|error| RegistryError::Unwritable(error.to_string()))?;
        let digest = Digest::sha256(&json);
        let kept: Vec<&Finding> = findings.iter().chain(&own_findings).collect();
        let kept = serde_json::to_vec(&kept).map_err(|error| RegistryError::Unwritable(error.to_string()))?;
        let name = subject.to_string();
        let mut writes = vec![Write::Record(Box::new(RecordWrite {
            subject: subject.clone(),
            expected: held.map(|(row, _)| row.version),
            version,
            certificate_version,
            status_version,
            owner: owner.to_string(),
            columns: columns(&record),
            record: json,
            findings: kept,
            payload,
            at,
        }))];
        let mut event = |kind| {
            writes.push(Write::Event(EventWrite {
                kind,
                subject: name.clone(),
                version: Some(version),
                digest,
                at,
                prepared: None,
            }));
        };
        if held.is_none() {
            event(EventKind::CertificateRegistered);
        } else {
            if certificate_moved {
                event(EventKind::CertificateChanged);
            }
            if status_moved {
                event(EventKind::StatusChanged);
            }
        }
        let mut messages = 0;
        let faces = [(Face::Certificate, certificate_moved, UPSERT), (Face::Status, status_moved, STATUS)];
        for (face, _, message_type) in faces.into_iter().filter(|(_, moved, _)| *moved) {
            let partners = self.subscriptions.partners_for(&record, owner, face);
            for partner in partners.into_iter().filter(|partner| Some(partner) != received_from) {
                messages += 1;
                writes.push(Write::Intent(Intent {
                    id: self.new_id(),
                    partner,
                    subject: name.clone(),
                    face,
                    version,
                    message_type: message_type.into(),
                    body: None,
                    at,
                }));
            }
        }
        own_findings.shrink_to_fit();
        let outcome = if held.is_none() { Outcome::New } else { Outcome::Changed };
        let registered = Registered {
            subject: subject.clone(),
            outcome,
            version,
            certificate_moved,
            status_moved,
            findings: own_findings,
            events: Vec::new(),
            messages,
        };
        Ok(Decision { writes, registered })
    }
}

/// A new version on its way into the store.
pub(super) struct Step<'a> {
    pub(super) subject: &'a SubjectKey,
    pub(super) held: Option<(&'a RecordVersion, &'a Record)>,
    pub(super) record: Record,
    pub(super) owner: &'a Owner,
    pub(super) findings: &'a [Finding],
    pub(super) own_findings: Vec<Finding>,
    pub(super) payload: Option<Sha256>,
    pub(super) received_from: Option<&'a PartnerId>,
    pub(super) at: Timestamp,
}

/// The record of a row.
pub(super) fn parse(row: &RecordVersion) -> Result<Record, RegistryError> {
    serde_json::from_slice(&row.record).map_err(|error| unreadable(row, &error))
}

pub(super) fn unreadable(row: &RecordVersion, error: &dyn std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable { subject: Box::new(row.key.clone()), version: row.version, reason: error.to_string() }
}

pub(super) fn unchanged(subject: &SubjectKey, row: &RecordVersion, findings: Vec<Finding>) -> Decision {
    let registered = Registered {
        subject: subject.clone(),
        outcome: Outcome::Unchanged,
        version: row.version,
        certificate_moved: false,
        status_moved: false,
        findings,
        events: Vec::new(),
        messages: 0,
    };
    Decision { writes: Vec::new(), registered }
}

fn provenance(incoming: &Incoming, payload: &KnownPayload, at: Timestamp) -> Provenance {
    let digest = crate::crypto::Digest::from_bytes(crate::crypto::DigestAlgorithm::Sha256, &payload.digest);
    Provenance {
        format: incoming.format.clone(),
        crosswalk_digest: incoming.crosswalk_digest.clone(),
        payload_digest: digest.map(|digest| digest.multibase()).unwrap_or_default(),
        partner: incoming.received_from.as_ref().map(|partner| partner.0.clone()),
        at,
        owner: incoming.owner.to_string(),
        residue: crate::record::Residue::default(),
    }
}

/// True where anything but the status history differs, and whence and when it came.
fn certificate_differs(held: &Record, record: &Record) -> bool {
    let bare = |record: &Record| {
        let mut bare = record.clone();
        bare.status.history.clear();
        bare.provenance.clear();
        bare.version = 0;
        bare
    };
    bare(held) != bare(record)
}

/// True where a history says more than the certificate itself: anything but one plain `valid`.
#[must_use]
pub fn tells_status(record: &Record) -> bool {
    match record.status.history.as_slice() {
        [] => false,
        [only] => {
            only.status != Some(StatusValue::Valid)
                || only.affected_scope.is_some()
                || only.reason != crate::record::Reason::default()
        }
        _ => true,
    }
}

/// What a record is found by.
fn columns(record: &Record) -> SearchColumns {
    let holder = &record.holder;
    let mut names: Vec<String> = holder
        .name
        .0
        .values()
        .chain(holder.former_name.iter().flat_map(|names| names.0.values()))
        .chain(&holder.trading_name)
        .map(|name| searchable(name))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    SearchColumns {
        kind: record.kind.code().to_owned(),
        holder: holder.id.as_ref().map(|id| (id.scheme.clone(), id.value.clone())),
        holder_names: names,
        issued: record.dates.issued.to_string(),
        valid_until: record.dates.valid_until.map(|day| day.to_string()),
        status: last_act(record).to_owned(),
    }
}

/// The act on the whole certificate that decides on the last day that there is: what has been said, expiry apart.
fn last_act(record: &Record) -> &'static str {
    let last = record.dates.valid_until.unwrap_or(record.dates.issued).max(record.dates.issued);
    let acts = record.status.history.iter().filter_map(|entry| entry.from);
    let day = acts.fold(last, std::cmp::Ord::max);
    match record.status_on(day, None).deciding.and_then(|deciding| deciding.entry.status) {
        Some(status) => status.code(),
        None => StatusValue::Valid.code(),
    }
}
