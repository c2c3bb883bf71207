//! Making a snapshot: the certificates in the order in which they were registered, each as it is now.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::agreement::DataClass;
use super::SnapshotError;
use super::manifest::{MANIFEST, Manifest, PartFile, SNAPSHOT_FORM};
use crate::crypto::Digest;
use crate::exchange::exchange::Exchange;
use crate::exchange::partner::Partner;
use crate::ledger::EventKind;
use crate::record::SubjectKey;
use crate::registry::tells_status;
use crate::store::Face;

/// Events that one part covers.
const EVENTS: u64 = 20_000;
/// Events that are read at a time.
const AT_A_TIME: u32 = 500;
/// What the export was begun with, so that it goes on as it began.
const BEGUN: &str = "begun.json";

/// What the export was begun with.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    recipient: String,
    cursor: u64,
    subscription: Digest,
    format: String,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The manifest.
    pub manifest: Manifest,
    /// Parts that an earlier run had made.
    pub kept: usize,
}

impl Exchange {
    /// Writes what the partner's subscription covers into a folder; goes on with what an earlier run left there. `progress`
    /// is told how many events of how many were looked at.
    ///
    /// # Errors
    ///
    /// The folder holds something else, cannot be written, or the store fails.
    pub fn export_snapshot(
        &self,
        partner: &Partner,
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Exported, SnapshotError> {
        if partner.subscription.is_none() {
            return Err(SnapshotError::NoSubscription(partner.id.clone()));
        }
        let subscription = partner.subscription_digest().map_err(SnapshotError::ours)?;
        fs::create_dir_all(folder).map_err(|error| SnapshotError::file(folder, error))?;
        let begun = self.begin(partner, folder, subscription)?;
        let (mut parts, mut kept) = (Vec::new(), 0);
        let mut from = 0;
        while from < begun.cursor {
            let to = begun.cursor.min(from + EVENTS);
            let name = format!("part-{from:012}-{to:012}.ndjson.gz");
            let path = folder.join(&name);
            if path.exists() {
                kept += 1;
            } else {
                self.write_part(partner, &path, from, to, &mut |seen| progress(seen, begun.cursor))?;
            }
            let bytes = fs::read(&path).map_err(|error| SnapshotError::file(&path, error))?;
            let rows = count(&bytes).map_err(|error| SnapshotError::file(&path, error))?;
            parts.push(PartFile { file: name, digest: Digest::sha256(&bytes), rows });
            from = to;
            progress(from, begun.cursor);
        }
        let checkpoint = self.store().checkpoint().map_err(SnapshotError::ours)?.map(|checkpoint| checkpoint.note);
        let manifest = Manifest {
            snapshot: SNAPSHOT_FORM.to_owned(),
            sender: self.house.id.clone(),
            recipient: partner.id.clone(),
            cursor: begun.cursor,
            as_of: crate::store::whole_micros(self.now()),
            subscription,
            checkpoint,
            parts,
        };
        put(&folder.join(MANIFEST), &manifest.sign(self.house.message_key.as_ref())?)?;
        let begun = folder.join(BEGUN);
        fs::remove_file(&begun).map_err(|error| SnapshotError::file(&begun, error))?;
        Ok(Exported { manifest, kept })
    }

    /// Begins, or takes up what was begun for the same partner on the same terms.
    fn begin(&self, partner: &Partner, folder: &Path, subscription: Digest) -> Result<Begun, SnapshotError> {
        let file = folder.join(BEGUN);
        let wrong = |error: &dyn std::fmt::Display| SnapshotError::file(&file, error);
        if folder.join(MANIFEST).exists() {
            return Err(SnapshotError::file(folder, "there is a whole snapshot in it already"));
        }
        let size = self.store().ledger_size().map_err(SnapshotError::ours)?;
        let (recipient, format) = (partner.id.clone(), partner.format.clone());
        if file.exists() {
            let bytes = fs::read(&file).map_err(|error| wrong(&error))?;
            let begun: Begun = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
            let same = begun.recipient == recipient
                && begun.subscription == subscription
                && begun.format == format
                && begun.cursor <= size;
            return if same { Ok(begun) } else { Err(wrong(&"a snapshot on other terms was begun here")) };
        }
        let begun = Begun { recipient, cursor: size, subscription, format };
        put(&file, &serde_json::to_vec(&begun).map_err(SnapshotError::ours)?)?;
        Ok(begun)
    }

    /// Writes the certificates that were registered in a range of the ledger.
    fn write_part(
        &self,
        partner: &Partner,
        path: &Path,
        from: u64,
        to: u64,
        seen: &mut dyn FnMut(u64),
    ) -> Result<(), SnapshotError> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut next = from;
        while next < to {
            let events = self.store().events_from(next, AT_A_TIME).map_err(SnapshotError::ours)?;
            let Some(last) = events.last().map(|event| event.index + 1) else { break };
            next = last.min(to);
            for event in events.into_iter().filter(|event| event.index < to) {
                if event.event.kind != EventKind::CertificateRegistered {
                    continue;
                }
                let Ok(subject) = event.event.subject.parse::<SubjectKey>() else { continue };
                let Some(held) = self.registry.look_up(&subject).map_err(SnapshotError::ours)? else { continue };
                if !partner.hears_of(&held.record, &held.owner) {
                    continue;
                }
                let covered = partner.agreement.covers(DataClass::Status);
                let status = (covered && tells_status(&held.record)).then_some(Face::Status);
                for face in [Face::Certificate].into_iter().chain(status) {
                    let mut row = Map::new();
                    row.insert("subject".into(), subject.to_string().into());
                    row.extend(self.tell(partner, &held, face).to_json());
                    writeln!(encoder, "{}", Value::Object(row)).map_err(SnapshotError::ours)?;
                }
            }
            seen(next);
        }
        put(path, &encoder.finish().map_err(SnapshotError::ours)?)
    }
}

/// Lines of a part.
fn count(bytes: &[u8]) -> std::io::Result<u64> {
    let mut rows = 0;
    for line in BufReader::new(GzDecoder::new(bytes)).split(b'\n') {
        line?;
        rows += 1;
    }
    Ok(rows)
}

/// Writes a file that is there whole or not at all.
fn put(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    let beside = path.with_extension("new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| SnapshotError::file(path, error))
}
