//! The change feed: what a partner that asks is told, by the index of the ledger, with no gap and no end.
//!
//! A cursor is a number of events of the ledger: the events before it have been seen. A page names the next cursor, which
//! also goes past what does not concern the partner, so that nothing is looked at twice and nothing is left out. Each row is
//! one face of the version that the event made, as it would have been sent.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::ledger::EventKind;
use crate::record::SubjectKey;
use crate::registry::{Held, tells_status};
use crate::release::release;
use crate::store::{Face, LedgerEvent};

use super::agreement::DataClass;
use super::exchange::Exchange;
use super::partner::Partner;
use super::told::Told;

/// Form of a page of the feed.
pub const FEED_FORM: &str = "certbridge-changes/1";
/// Rows of a page where the partner names no number, and the most that it may name.
const ROWS: (usize, usize) = (100, 500);
/// Events that one page looks at, whatever it finds.
const LOOKED_AT: u64 = 5_000;
/// Events that are read at a time.
const AT_A_TIME: u32 = 500;
/// A page ends where its documents have so many bytes.
const BYTES: usize = 4 * 1024 * 1024;

/// The partner cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// Its agreement names nothing that it gets.
    #[error("the agreement covers no subscription")]
    NoSubscription,
    /// The cursor is none of this ledger.
    #[error("the cursor {after} is beyond the end of the ledger, which has {size} events")]
    BeyondTheEnd {
        /// What was asked for.
        after: u64,
        /// Events that there are.
        size: u64,
    },
    /// We cannot now.
    #[error("{0}")]
    Unavailable(String),
}

/// One change.
#[derive(Debug)]
pub struct ToldChange {
    /// Index of the event in the ledger.
    pub index: u64,
    /// When this house recorded it.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The certificate.
    pub subject: SubjectKey,
    /// The face and its document.
    pub told: Told,
    /// The plain facts of it.
    pub plain: Plain,
}

/// The plain facts of a certificate, as its partner may see them, for whoever reads no format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plain {
    /// Kind of certificate.
    pub certificate_kind: String,
    /// Scheme of the issuer's identifier.
    pub issuer_scheme: String,
    /// The issuer.
    pub issuer: String,
    /// Number or URI.
    pub number: String,
    /// Name of the issuer.
    pub issuer_name: String,
    /// Name of the holder.
    pub holder_name: String,
    /// Day of issue.
    pub issued: String,
    /// Last day of validity.
    pub valid_until: String,
    /// Status on the day of the answer.
    pub status: String,
    /// Since when.
    pub status_from: String,
    /// Standards, with `; ` between them.
    pub standards: String,
    /// Models, with `; ` between them.
    pub models: String,
}

/// A page of the feed.
#[derive(Debug)]
pub struct FeedPage {
    /// The cursor that was asked for.
    pub after: u64,
    /// The cursor to ask for next.
    pub next: u64,
    /// There is more to be had at once.
    pub more: bool,
    /// When it was read.
    pub as_of: Timestamp,
    /// [`Partner::subscription_digest`]: where it changes, a new snapshot tells what the feed does not.
    pub subscription: Digest,
    /// The changes.
    pub changes: Vec<ToldChange>,
}

impl Exchange {
    /// The changes that concern a partner, from a cursor on.
    ///
    /// # Errors
    ///
    /// [`NotTold`].
    pub fn changes(&self, partner: &Partner, after: u64, rows: Option<usize>) -> Result<FeedPage, NotTold> {
        if partner.subscription.is_none() {
            return Err(NotTold::NoSubscription);
        }
        let ours = |error: &dyn std::fmt::Display| NotTold::Unavailable(error.to_string());
        let subscription = partner.subscription_digest().map_err(|error| ours(&error))?;
        let size = self.store().ledger_size().map_err(|error| ours(&error))?;
        if after > size {
            return Err(NotTold::BeyondTheEnd { after, size });
        }
        let rows = rows.unwrap_or(ROWS.0).clamp(1, ROWS.1);
        let mut page =
            FeedPage { after, next: after, more: false, as_of: self.now(), subscription, changes: Vec::new() };
        let mut bytes = 0;
        while page.next < size {
            let events = self.store().events_from(page.next, AT_A_TIME).map_err(|error| ours(&error))?;
            for event in events.into_iter().filter(|event| event.index < size) {
                if page.changes.len() >= rows || bytes >= BYTES || event.index - after >= LOOKED_AT {
                    page.more = true;
                    return Ok(page);
                }
                let changes = self.told_of(partner, &event).map_err(|error| ours(&error))?;
                let lengths = changes.iter().filter_map(|change| change.told.document.as_ref().ok());
                bytes += lengths.map(|rendered| rendered.body.len()).sum::<usize>();
                page.next = event.index + 1;
                page.changes.extend(changes);
            }
        }
        Ok(page)
    }

    /// What the partner is told of an event: nothing where it is about no certificate or about one that it does not get.
    fn told_of(
        &self,
        partner: &Partner,
        event: &LedgerEvent,
    ) -> Result<Vec<ToldChange>, crate::registry::RegistryError> {
        let moved = |held: &Held| match event.event.kind {
            EventKind::CertificateRegistered if tells_status(&held.record) => vec![Face::Certificate, Face::Status],
            EventKind::CertificateRegistered | EventKind::CertificateChanged => vec![Face::Certificate],
            EventKind::StatusChanged => vec![Face::Status],
            _ => Vec::new(),
        };
        let (Some(version), Ok(subject)) = (event.version, event.event.subject.parse::<SubjectKey>()) else {
            return Ok(Vec::new());
        };
        let Some(held) = self.registry.version(&subject, version)? else { return Ok(Vec::new()) };
        let mut faces = moved(&held);
        faces.retain(|face| partner.agreement.covers(DataClass::of(*face)));
        if faces.is_empty() || !partner.hears_of(&held.record, &held.owner) {
            return Ok(Vec::new());
        }
        let plain = self.plain(partner, &held);
        let change = |face| ToldChange {
            index: event.index,
            at: event.event.at,
            kind: event.event.kind.clone(),
            subject: subject.clone(),
            told: self.tell(partner, &held, face),
            plain: plain.clone(),
        };
        Ok(faces.into_iter().map(change).collect())
    }

    /// The plain facts, out of what may leave.
    fn plain(&self, partner: &Partner, held: &Held) -> Plain {
        let released = release(&held.record, &partner.policy(), self.today());
        let value = released.as_value();
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = |pointer: &str| {
            let names = value.pointer(pointer).and_then(Value::as_object);
            let best = names.and_then(|names| names.get("en").or(names.get("zh")).or(names.values().next()));
            best.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let each = |list: &str, member: &str| -> Vec<String> {
            let items = value.pointer(list).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(|item| item.pointer(member)?.as_str().map(str::to_owned)).collect()
        };
        let products = value.pointer("/products").and_then(Value::as_array).map_or(0, Vec::len);
        let models: Vec<String> =
            (0..products).flat_map(|index| each(&format!("/products/{index}/models"), "/pattern")).collect();
        let status = held.record.status_at(self.now(), None);
        let number = text("/key/number");
        Plain {
            certificate_kind: text("/kind"),
            issuer_scheme: text("/key/issuer/scheme"),
            issuer: text("/key/issuer/value"),
            number: if number.is_empty() { text("/key/uri") } else { number },
            issuer_name: name("/issuer/name"),
            holder_name: name("/holder/name"),
            issued: text("/dates/issued"),
            valid_until: text("/dates/valid_until"),
            status: status.validity.code().to_owned(),
            status_from: status.deciding.map(|deciding| deciding.effective.to_string()).unwrap_or_default(),
            standards: each("/standards", "/designation").join("; "),
            models: models.join("; "),
        }
    }
}

impl FeedPage {
    /// The page as JSON.
    #[must_use]
    pub fn to_json(&self, house: &str, partner: &str) -> Value {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|change| {
                let mut members = Map::new();
                members.insert("index".into(), change.index.into());
                members.insert("at".into(), change.at.to_string().into());
                members.insert("kind".into(), change.kind.word().into());
                members.insert("subject".into(), change.subject.to_string().into());
                members.extend(change.told.to_json());
                Value::Object(members)
            })
            .collect();
        json!({
            "feed": FEED_FORM,
            "sender": house,
            "recipient": partner,
            "after": self.after,
            "next": self.next,
            "more": self.more,
            "asOf": self.as_of,
            "subscription": self.subscription,
            "changes": changes,
        })
    }

    /// The page as CSV: a line of titles and one of plain facts for each change.
    ///
    /// # Errors
    ///
    /// Never for what is in it: writing to memory.
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            index: u64,
            at: String,
            change: &'a str,
            face: &'a str,
            version: u32,
            certificate_kind: &'a str,
            issuer_scheme: &'a str,
            issuer: &'a str,
            number: String,
            issuer_name: String,
            holder_name: String,
            issued: &'a str,
            valid_until: &'a str,
            status: &'a str,
            status_from: &'a str,
            standards: String,
            models: String,
        }
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        writer.write_record(TITLES)?;
        for change in &self.changes {
            let plain = &change.plain;
            writer.serialize(Line {
                index: change.index,
                at: change.at.to_string(),
                change: change.kind.word(),
                face: change.told.face.word(),
                version: change.told.version,
                certificate_kind: &plain.certificate_kind,
                issuer_scheme: &plain.issuer_scheme,
                issuer: &plain.issuer,
                number: harmless(&plain.number),
                issuer_name: harmless(&plain.issuer_name),
                holder_name: harmless(&plain.holder_name),
                issued: &plain.issued,
                valid_until: &plain.valid_until,
                status: &plain.status,
                status_from: &plain.status_from,
                standards: harmless(&plain.standards),
                models: harmless(&plain.models),
            })?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// Titles of the CSV, in the order of its columns.
const TITLES: [&str; 17] = [
    "index",
    "at",
    "change",
    "face",
    "version",
    "certificate_kind",
    "issuer_scheme",
    "issuer",
    "number",
    "issuer_name",
    "holder_name",
    "issued",
    "valid_until",
    "status",
    "status_from",
    "standards",
    "models",
];

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
