//! Looking up: a record by its key or number, the records of a holder, the status on a day as known at an instant.

use serde::Serialize;

use super::incoming::Owner;
use super::names::searchable;
use super::register::{parse, unreadable};
use super::{Registry, RegistryError};
use crate::clock::{Day, Timestamp};
use crate::record::{Record, ScopePart, StatusEntry, SubjectKey, Validity};
use crate::store::{Cursor, HolderQuery, Page, RecordVersion, Subject};

/// A record as it is held.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The natural key.
    pub subject: SubjectKey,
    /// The record, all of it: what may leave is the matter of `release`.
    pub record: Record,
    /// Its version.
    pub version: u32,
    /// The version at which the certificate face last moved.
    pub certificate_version: u32,
    /// The version at which the status face last moved.
    pub status_version: u32,
    /// Who may change it.
    pub owner: Owner,
    /// The findings kept with the version, as JSON.
    pub findings: serde_json::Value,
    /// When this version was recorded.
    pub recorded_at: Timestamp,
}

impl TryFrom<RecordVersion> for Held {
    type Error = RegistryError;

    fn try_from(row: RecordVersion) -> Result<Self, Self::Error> {
        Ok(Self {
            record: parse(&row)?,
            owner: row.owner.parse().map_err(|error| unreadable(&row, &error))?,
            findings: serde_json::from_slice(&row.findings).map_err(|error| unreadable(&row, &error))?,
            subject: row.key,
            version: row.version,
            certificate_version: row.certificate_version,
            status_version: row.status_version,
            recorded_at: row.recorded_at,
        })
    }
}

/// Whose certificates are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolderSearch {
    /// By an identifier; its scheme may be left open.
    Identifier {
        /// Scheme, if known.
        scheme: Option<String>,
        /// Value.
        value: String,
    },
    /// By the beginning of a name, in any language.
    NameStarts(String),
    /// By a part of a name, in any language: slower.
    NameContains(String),
}

/// The status on a day as known at an instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusAnswer {
    /// The subject.
    pub subject: SubjectKey,
    /// The version that was judged.
    pub version: u32,
    /// The day that was judged.
    pub day: Day,
    /// The zone in which it is a civil day.
    pub zone: String,
    /// What was known at this instant.
    pub known_at: Timestamp,
    /// The answer for the whole certificate.
    pub validity: Validity,
    /// The day on which the deciding act took effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Day>,
    /// The deciding act; absent where nobody has said anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<StatusEntry>,
    /// Parts of the scope on which an act other than `valid` is in effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartAnswer>,
}

/// The answer for a part of the scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartAnswer {
    /// What the part is told by.
    pub kind: ScopePart,
    /// The part, as written in its own list.
    pub value: String,
    /// The answer.
    pub validity: Validity,
    /// The day on which the act took effect.
    pub effective: Day,
    /// The act.
    pub entry: StatusEntry,
}

impl Registry {
    /// A record by its natural key.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn look_up(&self, subject: &SubjectKey) -> Result<Option<Held>, RegistryError> {
        self.store.current(subject)?.map(Held::try_from).transpose()
    }

    /// The records of all issuers that have this number. A number alone does not name a certificate.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn look_up_number(&self, number: &str) -> Result<Vec<Held>, RegistryError> {
        let subjects = self.store.subjects_numbered(number)?;
        subjects.iter().filter_map(|subject| self.look_up(&subject.key).transpose()).collect()
    }

    /// One version of a record: what a message about it is made from.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn version(&self, subject: &SubjectKey, version: u32) -> Result<Option<Held>, RegistryError> {
        self.store.version(subject, version)?.map(Held::try_from).transpose()
    }

    /// A record as it was held at an instant.
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn known_at(&self, subject: &SubjectKey, at: Timestamp) -> Result<Option<Held>, RegistryError> {
        self.store.version_known_at(subject, at)?.map(Held::try_from).transpose()
    }

    /// The certificates of a holder, as lists show them.
    ///
    /// # Errors
    ///
    /// Ours: the store failed.
    pub fn search_holder(
        &self,
        search: &HolderSearch,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Subject>, RegistryError> {
        let query = match search {
            HolderSearch::Identifier { scheme, value } => {
                HolderQuery::Identifier { scheme: scheme.clone(), value: value.clone() }
            }
            HolderSearch::NameStarts(name) => HolderQuery::NameStarts(searchable(name)),
            HolderSearch::NameContains(name) => HolderQuery::NameContains(searchable(name)),
        };
        // An empty name would be every name.
        if matches!(&query, HolderQuery::NameStarts(name) | HolderQuery::NameContains(name) if name.is_empty()) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        Ok(self.store.search(&query, after, limit)?)
    }

    /// The status on a civil day in the zone of the issuer, as known at an instant (absent: now).
    ///
    /// # Errors
    ///
    /// Ours: the store failed, or holds what cannot be read.
    pub fn status_on(
        &self,
        subject: &SubjectKey,
        day: Day,
        known_at: Option<Timestamp>,
    ) -> Result<Option<StatusAnswer>, RegistryError> {
        let asked = known_at.unwrap_or_else(|| self.now());
        let held = match known_at {
            Some(at) => self.known_at(subject, at)?,
            None => self.look_up(subject)?,
        };
        let Some(held) = held else { return Ok(None) };
        let answer = held.record.status_on(day, known_at);
        let parts = answer
            .parts
            .iter()
            .map(|part| PartAnswer {
                kind: part.kind,
                value: part.value.to_owned(),
                validity: part.validity,
                effective: part.deciding.effective,
                entry: part.deciding.entry.clone(),
            })
            .collect();
        Ok(Some(StatusAnswer {
            subject: subject.clone(),
            version: held.version,
            day,
            zone: answer.zone.to_string(),
            known_at: asked,
            validity: answer.validity,
            effective: answer.deciding.map(|deciding| deciding.effective),
            entry: answer.deciding.map(|deciding| deciding.entry.clone()),
            parts,
        }))
    }
}
