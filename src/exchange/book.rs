//! The partner book: every partner's file, CAs, revocation lists and keys, read as one generation.
//!
//! It never changes: a reload reads all of it again and puts the new one in force as a whole, or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::Zone;
use crate::crypto::{Key, KeySet, KeyWindow, PublicKey};
use crate::record::{Identifier, Kind, Record};
use crate::registry::Owner;
use crate::store::Face;
use crate::trust::{
    AnchorError, Anchors, PartyTrust, RegisteredName, RevocationException, Revocations, Suspension, TrustBook,
};

use super::agreement::DataClass;
use super::partner::{Delivery, MessageKey, Partner};

/// The partner book cannot be used: the operator's to mend. The text names file and reason.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", file.display())]
pub struct BookError {
    /// The file at fault.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl BookError {
    fn of(file: &Path, reason: impl std::fmt::Display) -> Self {
        Self { file: file.to_path_buf(), reason: reason.to_string() }
    }
}

/// A partner with its keys.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What its file says.
    pub partner: Partner,
    /// The keys that it signs messages and receipts with.
    pub message_keys: KeySet,
    /// The keys that it signs credentials with.
    pub credential_keys: KeySet,
}

/// All partners, as one generation.
#[derive(Clone, Debug, Default)]
pub struct PartnerBook {
    entries: BTreeMap<String, Arc<Entry>>,
    trust: Arc<TrustBook>,
}

impl PartnerBook {
    /// Reads every `*.toml` of the folder with what it points to. A folder that is not there is an empty book. The days
    /// of agreements are days in our zone.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or two partners could not be told apart.
    pub fn load(folder: &Path, generation: u64, zone: Zone) -> Result<Self, BookError> {
        let mut entries = BTreeMap::new();
        let mut parties = Vec::new();
        for file in partner_files(folder)? {
            let partner = read_partner(&file)?;
            if file.file_stem().and_then(|stem| stem.to_str()) != Some(partner.id.as_str()) {
                return Err(BookError::of(
                    &file,
                    format!("the file of {:?} must be called {}.toml", partner.id, partner.id),
                ));
            }
            parties.push(party(&file, &partner, zone)?);
            let message_keys = key_set(&file, &partner.message_keys)?;
            let credential_keys = key_set(&file, &partner.credential_keys)?;
            entries.insert(partner.id.clone(), Arc::new(Entry { partner, message_keys, credential_keys }));
        }
        let trust = TrustBook::new(generation, parties).map_err(|error| BookError::of(folder, error))?;
        Ok(Self { entries, trust: Arc::new(trust) })
    }

    /// The trust in all of them.
    #[must_use]
    pub fn trust(&self) -> &Arc<TrustBook> {
        &self.trust
    }

    /// One partner.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    /// Every partner, by id.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// The partners that are to be sent the record: their subscription covers it, and they do not pull. One that may itself
    /// assert the certificate is not told about it.
    pub fn subscribers<'a>(
        &'a self,
        record: &'a Record,
        owner: &'a Owner,
        face: Face,
    ) -> impl Iterator<Item = &'a str> {
        self.entries
            .values()
            .map(|entry| &entry.partner)
            .filter(move |partner| partner.delivery == Delivery::Push && partner.agreement.covers(DataClass::of(face)))
            .filter(move |partner| partner.hears_of(record, owner))
            .map(|partner| partner.id.as_str())
    }

    /// Whether the partner may speak for certificates of this issuer and kind.
    #[must_use]
    pub fn may_assert(&self, partner: &str, issuer: &Identifier, kind: Option<Kind>) -> bool {
        self.entries.get(partner).is_some_and(|entry| entry.partner.may_assert(issuer, kind))
    }
}

/// The files of the partners, by name.
fn partner_files(folder: &Path) -> Result<Vec<PathBuf>, BookError> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BookError::of(folder, error)),
    };
    let mut files = Vec::new();
    for entry in listing {
        let path = entry.map_err(|error| BookError::of(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads one partner's file.
///
/// # Errors
///
/// It cannot be read, is no TOML, or has a key that we do not know.
pub fn read_partner(file: &Path) -> Result<Partner, BookError> {
    let text = std::fs::read_to_string(file).map_err(|error| BookError::of(file, error))?;
    toml::from_str(&text).map_err(|error| BookError::of(file, error))
}

fn read_beside(file: &Path, path: &Path) -> Result<Vec<u8>, BookError> {
    let path = file.parent().unwrap_or(Path::new(".")).join(path);
    std::fs::read(&path).map_err(|error| BookError::of(&path, error))
}

fn party(file: &Path, partner: &Partner, zone: Zone) -> Result<PartyTrust, BookError> {
    let all = |paths: &[PathBuf]| -> Result<Vec<u8>, BookError> {
        let mut pem = Vec::new();
        for path in paths {
            pem.extend(read_beside(file, path)?);
            pem.push(b'\n');
        }
        Ok(pem)
    };
    let mut anchors: Option<Anchors> = None;
    for anchor in &partner.anchors {
        let read = Anchors::from_pem(&read_beside(file, anchor.file())?);
        let read = read.map_err(|error| BookError::of(file, format!("{}: {error}", anchor.file().display())))?;
        let read = read.within(anchor.window());
        anchors = Some(match anchors {
            Some(before) => before.and(read),
            None => read,
        });
    }
    let anchors = anchors.ok_or_else(|| BookError::of(file, AnchorError::Empty))?;
    let revocations = if partner.crls.is_empty() {
        Revocations::default()
    } else {
        Revocations::from_pem(&all(&partner.crls)?).map_err(|error| BookError::of(file, error))?
    };
    let after = |day: crate::clock::Day| day.0.tomorrow().ok().and_then(|next| crate::clock::Day(next).start(zone));
    Ok(PartyTrust {
        id: partner.id.clone(),
        anchors,
        san: RegisteredName::parse(&partner.san),
        revocations,
        revocation_age_limit: i64::from(partner.crl_hours) * 3600,
        agreement_from: partner.agreement.from.and_then(|day| day.start(zone)),
        agreement_until: partner.agreement.until.and_then(after),
        suspension: partner
            .suspended
            .as_ref()
            .map(|suspended| Suspension { since: suspended.since, reason: suspended.reason.clone() }),
        exception: match &partner.crl_exception {
            None => None,
            Some(exception) if exception.name.trim().is_empty() => {
                return Err(BookError::of(file, "crl_exception: it has no name"));
            }
            Some(exception) => {
                let until = after(exception.until).ok_or_else(|| BookError::of(file, "crl_exception: no such day"))?;
                Some(RevocationException { name: exception.name.clone(), until })
            }
        },
    })
}

fn key_set(file: &Path, keys: &[MessageKey]) -> Result<KeySet, BookError> {
    let read = |key: &MessageKey| {
        let public = PublicKey::from_multikey(&key.multikey).map_err(|error| BookError::of(file, error))?;
        let window = KeyWindow { not_before: key.from, not_after: key.until };
        Ok(Key::verifying(&key.id, public, window))
    };
    let keys = keys.iter().map(read).collect::<Result<_, BookError>>()?;
    KeySet::new(keys).map_err(|error| BookError::of(file, error))
}
