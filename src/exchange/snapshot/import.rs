//! Taking a snapshot: each row is judged as a message of that partner would be, and changes nothing where it is held already.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::SnapshotError;
use super::manifest::{Manifest, PartFile};
use crate::crypto::Digest;
use crate::exchange::book::Entry;
use crate::exchange::exchange::Exchange;
use crate::exchange::inbox::{ATTEMPTS, Decided, NoReceipt, Taken, Undone};
use crate::finding::Finding;
use crate::ledger::EventKind;
use crate::message::{Envelope, Face, FaceVersion, MessageId, MessageType, Outcome, strict_json};
use crate::record::SubjectKey;
use crate::store::{EventWrite, PartnerId, Write};

/// Bytes that one row may have.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;

/// What became of a snapshot.
#[derive(Debug)]
pub struct Imported {
    /// The cursor from which on changes are asked for.
    pub cursor: u64,
    /// Rows that took effect.
    pub taken: u64,
    /// Rows that were held already, in that version or a higher one.
    pub held: u64,
    /// Rows without a document: the sender could not write it in the format that was agreed on.
    pub without: u64,
    /// Rows that are not accepted.
    pub refused: Vec<RefusedRow>,
}

/// A row that is not accepted.
#[derive(Debug)]
pub struct RefusedRow {
    /// The certificate.
    pub subject: String,
    /// Which face.
    pub face: String,
    /// Why.
    pub findings: Vec<Finding>,
    /// Why, where it is no matter of the row alone.
    pub reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    subject: SubjectKey,
    face: Face,
    version: u32,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    document: Option<Value>,
    #[serde(default)]
    payload: Option<String>,
    /// Why the sender has no document; its words stay with it.
    #[serde(default, rename = "findings")]
    _findings: Option<Value>,
}

enum Became {
    Taken,
    Held,
    Without,
    Refused { findings: Vec<Finding>, reason: Option<String> },
}

impl Exchange {
    /// Takes a partner's snapshot from a folder. Its manifest and the digests of all parts are checked before anything is
    /// taken. `progress` is told how many rows of how many are done.
    ///
    /// # Errors
    ///
    /// Manifest or parts are not what this partner signed, or our store fails: what was taken until then stays.
    pub fn import_snapshot(
        &self,
        from: &Entry,
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, SnapshotError> {
        let manifest = Manifest::read(folder, &from.message_keys, &from.partner.id, &self.house.id)?;
        for part in &manifest.parts {
            read_part(folder, part)?;
        }
        let all: u64 = manifest.parts.iter().fold(0, |all, part| all.saturating_add(part.rows));
        let mut imported = Imported { cursor: manifest.cursor, taken: 0, held: 0, without: 0, refused: Vec::new() };
        let mut done = 0;
        for part in &manifest.parts {
            let path = folder.join(&part.file);
            let wrong = |error: &dyn std::fmt::Display| SnapshotError::file(&path, error);
            let mut reader = BufReader::new(GzDecoder::new(std::io::Cursor::new(read_part(folder, part)?)));
            loop {
                let mut line = Vec::new();
                let read = reader.by_ref().take(LONGEST_ROW).read_until(b'\n', &mut line);
                if read.map_err(|error| wrong(&error))? == 0 {
                    break;
                }
                if line.pop() != Some(b'\n') {
                    return Err(wrong(&format_args!("a row is longer than {LONGEST_ROW} bytes, or cut off")));
                }
                let value = strict_json(&line).map_err(|error| wrong(&error))?;
                let row: Row = serde_json::from_value(value).map_err(|error| wrong(&error))?;
                let (subject, face) = (row.subject.to_string(), row.face.word().to_owned());
                match self.take_row(from, row)? {
                    Became::Taken => imported.taken += 1,
                    Became::Held => imported.held += 1,
                    Became::Without => imported.without += 1,
                    Became::Refused { findings, reason } => {
                        imported.refused.push(RefusedRow { subject, face, findings, reason });
                    }
                }
                done += 1;
                progress(done, all);
            }
        }
        Ok(imported)
    }

    /// Takes one row.
    fn take_row(&self, from: &Entry, row: Row) -> Result<Became, SnapshotError> {
        let refused = |reason: &str| Ok(Became::Refused { findings: Vec::new(), reason: Some(reason.to_owned()) });
        let body = match (row.document, row.payload) {
            (Some(document), None) => document.to_string().into_bytes(),
            (None, Some(payload)) => match STANDARD.decode(payload) {
                Ok(bytes) => bytes,
                Err(_) => return refused("the payload is no base64"),
            },
            (None, None) => return Ok(Became::Without),
            (Some(_), Some(_)) => return refused("it has a document and a payload"),
        };
        let (Some(format), Some(content_type)) = (row.format, row.content_type) else {
            return refused("it names no format");
        };
        let kind = match row.face {
            Face::Certificate => MessageType::CertificateUpsert,
            Face::Status => MessageType::StatusChange,
        };
        let envelope = Envelope {
            id: MessageId::new(self.clock.as_ref(), self.entropy.as_ref()),
            kind,
            sender: from.partner.id.clone(),
            recipient: self.house.id.clone(),
            subject: Some(row.subject.clone()),
            state: Some(FaceVersion { face: row.face, version: u64::from(row.version), previous: None }),
            format,
            content_type,
            replaces: None,
            answers: None,
        };
        let sender = PartnerId::from(from.partner.id.as_str());
        let received_at = crate::store::whole_micros(self.now());
        let digest = Digest::sha256(&body);
        for _ in 0..ATTEMPTS {
            let message = Taken { from, sender: &sender, envelope: &envelope, body: &body, digest, received_at };
            let decided = match self.decide(&message) {
                Ok(decided) => decided,
                Err(NoReceipt::NotYet(reason)) => return refused(&reason),
                Err(error) => return Err(SnapshotError::ours(error)),
            };
            let incoming = match decided {
                Decided::Stays { outcome: Outcome::DeliveredWithWarnings, .. } => return Ok(Became::Held),
                Decided::Stays { findings, .. } => return Ok(Became::Refused { findings, reason: None }),
                takes @ (Decided::Takes { .. } | Decided::Notes { .. }) => takes,
            };
            let not_registered = std::cell::RefCell::new(None);
            let beside = |_: Outcome, findings: &[Finding], effect: bool| {
                if !effect {
                    *not_registered.borrow_mut() = Some(findings.to_vec());
                }
                let event = EventWrite {
                    kind: if effect { EventKind::MessageReceived } else { EventKind::MessageRefused },
                    subject: row.subject.to_string(),
                    version: None,
                    digest,
                    at: received_at,
                    prepared: None,
                };
                let version = message.version_taken(received_at).filter(|_| effect);
                Ok((std::iter::once(Write::Event(event)).chain(version).collect(), Vec::new()))
            };
            match self.answer(incoming, &beside) {
                Ok(_) => {
                    return Ok(match not_registered.into_inner() {
                        None => Became::Taken,
                        Some(findings) => Became::Refused { findings, reason: None },
                    });
                }
                Err(Undone::Again) => {}
                Err(Undone::Ours(reason)) => return Err(SnapshotError::Ours(reason)),
            }
        }
        refused("too many messages about the same certificate at once")
    }
}

/// The bytes of a part, if they are those that were signed.
fn read_part(folder: &Path, part: &PartFile) -> Result<Vec<u8>, SnapshotError> {
    let path = folder.join(&part.file);
    if part.file.is_empty() || part.file.contains(['/', '\\']) || part.file.starts_with('.') {
        return Err(SnapshotError::file(&path, "a part stands beside its manifest"));
    }
    let bytes = std::fs::read(&path).map_err(|error| SnapshotError::file(&path, error))?;
    if Digest::sha256(&bytes) != part.digest {
        return Err(SnapshotError::file(&path, "it is not the part that the manifest names: its digest differs"));
    }
    Ok(bytes)
}
