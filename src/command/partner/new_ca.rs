//! A partner's new CA beside its old one: its files, and what its entry then names.

use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::command::{Failure, files};
use crate::crypto::sha256;
use crate::exchange::{AnchorFile, AnchorWindow, Partner};
use crate::trust::{Anchors, Revocations};

/// The files that the partner has handed over.
pub(super) struct NewCa<'a> {
    /// PEM file of the CA's certificate.
    pub(super) ca: &'a Path,
    /// PEM file of its revocation list.
    pub(super) list: Option<&'a Path>,
}

/// What the book gets.
pub(super) struct Taken {
    /// Files, by their name in the folder of the book.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
    /// The CAs that the entry then names.
    pub(super) anchors: Vec<AnchorFile>,
    /// The revocation lists that it then names.
    pub(super) crls: Vec<PathBuf>,
}

impl NewCa<'_> {
    /// Reads the files. The new CA counts from one instant on; those that have no end yet count until the other.
    pub(super) fn take(&self, partner: &Partner, from: Timestamp, until: Timestamp) -> Result<Taken, Failure> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| Failure::file(path, &error));
        let unusable =
            |path: &Path, error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", path.display()));
        let named = |what: &str, pem: &[u8]| {
            let digest = hex::encode(&sha256(pem)[..6]);
            PathBuf::from(format!("{}-{what}-{digest}.pem", partner.id))
        };
        let pem = read(self.ca)?;
        Anchors::from_pem(&pem).map_err(|error| unusable(self.ca, &error))?;
        let file = named("ca", &pem);
        if partner.anchors.iter().any(|anchor| anchor.file() == file) {
            return Err(unusable(self.ca, &format_args!("{} has this CA already", partner.id)));
        }
        let mut anchors: Vec<AnchorFile> = partner
            .anchors
            .iter()
            .map(|anchor| {
                let window = anchor.window();
                AnchorFile::Within(AnchorWindow {
                    file: anchor.file().to_path_buf(),
                    from: window.not_before,
                    until: Some(window.not_after.unwrap_or(until)),
                })
            })
            .collect();
        anchors.push(AnchorFile::Within(AnchorWindow { file: file.clone(), from: Some(from), until: None }));
        let mut taken = Taken { files: vec![(file, pem)], anchors, crls: partner.crls.clone() };
        if let Some(path) = self.list {
            let pem = read(path)?;
            Revocations::from_pem(&pem).map_err(|error| unusable(path, &error))?;
            let file = named("crl", &pem);
            taken.crls.push(file.clone());
            taken.files.push((file, pem));
        }
        Ok(taken)
    }
}

impl Taken {
    /// Puts the files into a folder.
    pub(super) fn put(&self, folder: &Path) -> Result<(), Failure> {
        self.files.iter().try_for_each(|(file, pem)| files::replace(&folder.join(file), pem))
    }
}
