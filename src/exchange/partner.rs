//! One partner, as its file in the partner book says: identity, keys, agreement, what it may assert, what it gets.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock::{Day, Timestamp};
use crate::crypto::{Digest, InexactNumber, KeyWindow, jcs};
use crate::record::{Identifier, Kind, Record};
use crate::registry::Owner;
use crate::registry::verification::Viewer;
use crate::release::Policy;

use super::agreement::{Agreement, DataClass};
use super::subscription::Subscription;

/// What a partner is (ISO/IEC 17000, clause 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Makes and enforces rules.
    Regulator,
    /// Accredits bodies.
    AccreditationBody,
    /// Certifies.
    CertificationBody,
    /// Designates bodies under an agreement.
    DesignatingAuthority,
    /// Keeps certificates of others.
    Registry,
    /// Clears goods: asks, and sends nothing.
    Customs,
    /// Holds certificates.
    Enterprise,
}

/// How a partner gets what its subscription covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// We send it; it may ask for changes as well.
    #[default]
    Push,
    /// It asks for changes, and nothing is sent.
    Pull,
}

/// A partner: one TOML file of the partner book, `partners/<id>.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// `id`: its name in messages.
    pub id: String,
    /// `name`: its name for people.
    pub name: String,
    /// `names`: the same in further languages (`names.zh`), by BCP 47.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// `country`: ISO 3166-1 alpha-2.
    pub country: String,
    /// `role`: what it is.
    pub role: Role,
    /// `address`: where its gateway listens (`https://gateway.example:8443`); absent: it only calls us.
    #[serde(default)]
    pub address: Option<String>,
    /// `delivery`: `push` sends it what its subscription covers; `pull` keeps nothing for it to be sent, it asks for changes.
    #[serde(default)]
    pub delivery: Delivery,
    /// `did`: the DID that signs its credentials.
    #[serde(default)]
    pub did: Option<String>,
    /// `base`: base URI of its certificates, by which their numbers are read from credentials.
    #[serde(default)]
    pub base: Option<String>,
    /// `san`: the name in its TLS certificates, a host name or a URI.
    pub san: String,
    /// `anchors`: PEM files of the CAs that it registered, read from the folder of this file; each by its name, or as
    /// `{file, from, until}` where it counts within a window alone.
    pub anchors: Vec<AnchorFile>,
    /// `crls`: PEM files of the revocation lists of those CAs.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
    /// `crl_hours`: how old a revocation list may be before the partner is refused.
    #[serde(default = "crl_hours")]
    pub crl_hours: u32,
    /// `crl_exception`: set while its revocation lists are excused for being old, or for not being there.
    #[serde(default)]
    pub crl_exception: Option<CrlException>,
    /// `message_keys`: the keys that it signs messages and receipts with.
    #[serde(default)]
    pub message_keys: Vec<MessageKey>,
    /// `credential_keys`: the keys that it signs credentials with.
    #[serde(default)]
    pub credential_keys: Vec<MessageKey>,
    /// `suspended`: set while it is not to be dealt with.
    #[serde(default)]
    pub suspended: Option<Suspended>,
    /// `agreement`: on what grounds we exchange.
    pub agreement: Agreement,
    /// `asserts`: issuers and kinds for which it may speak.
    #[serde(default)]
    pub asserts: Vec<Assertable>,
    /// `accepts`: formats that we take certificates in from it.
    #[serde(default = "formats")]
    pub accepts: Vec<String>,
    /// `format`: the format that it gets certificates in.
    #[serde(default = "format")]
    pub format: String,
    /// `bulk_events`: it takes notices of events that touch many certificates; else it is told of each certificate by itself.
    #[serde(default)]
    pub bulk_events: bool,
    /// `longest_message`: bytes that a body may have that it takes; longer notices are cut into parts.
    #[serde(default = "longest_message")]
    pub longest_message: usize,
    /// `subscription`: what it gets; absent: nothing is sent.
    #[serde(default)]
    pub subscription: Option<Subscription>,
    /// `release`: what it may see; absent: what a partner may see, without personal information.
    #[serde(default = "policy")]
    pub release: Policy,
    /// `limits`: how much it may ask of us.
    #[serde(default)]
    pub limits: Limits,
    /// `may_verify`: it may ask for verifications.
    #[serde(default = "yes")]
    pub may_verify: bool,
    /// `sees_candidates`: a mistyped number is answered with the number that was probably meant.
    #[serde(default)]
    pub sees_candidates: bool,
}

fn crl_hours() -> u32 {
    7 * 24
}

fn format() -> String {
    "untp-dcc@0.7.0".into()
}

/// What the protocol lets a listener take unless it says otherwise.
fn longest_message() -> usize {
    1024 * 1024
}

fn formats() -> Vec<String> {
    vec![format()]
}

fn policy() -> Policy {
    Policy::partner("partner")
}

fn yes() -> bool {
    true
}

/// A PEM file of CA certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnchorFile {
    /// For as long as its certificates say.
    Always(PathBuf),
    /// Within a window, too: a new CA beside the one that it replaces.
    Within(AnchorWindow),
}

/// A PEM file of CA certificates, and when they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorWindow {
    /// `file`: the PEM file.
    pub file: PathBuf,
    /// `from`: certificates of these CAs are taken from this instant on; absent: always were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// `until`: the last instant; absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl AnchorFile {
    /// The PEM file.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Always(file) => file,
            Self::Within(within) => &within.file,
        }
    }

    /// When its certificates count.
    #[must_use]
    pub fn window(&self) -> KeyWindow {
        match self {
            Self::Always(_) => KeyWindow::ALWAYS,
            Self::Within(within) => KeyWindow { not_before: within.from, not_after: within.until },
        }
    }
}

/// A key with its window.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageKey {
    /// `id`: the key id that signatures name.
    pub id: String,
    /// `multikey`: the public key (`z6Mk…`).
    pub multikey: String,
    /// `from`: valid from; absent: always was.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// `until`: valid until; absent: no end.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// How much a partner may ask of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// `limits.requests_a_minute`: requests, spread over a minute or at once after a minute's rest.
    pub requests_a_minute: u32,
    /// `limits.at_a_time`: requests under way.
    pub at_a_time: u32,
    /// `limits.longest_body`: bytes that a body may have; never more than the listener takes. 0: as the listener.
    pub longest_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_a_minute: 600_000, at_a_time: 256, longest_body: 0 }
    }
}

/// Why and since when a partner is not dealt with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspended {
    /// `since`.
    pub since: Timestamp,
    /// `reason`: told to the partner.
    pub reason: String,
}

/// Why and how long a partner is dealt with though its revocation lists are missing or stale. What stands on a list counts
/// all the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrlException {
    /// `crl_exception.name`: what it was granted for, told in the log and by `certbridge doctor`.
    pub name: String,
    /// `crl_exception.until`: last day, included.
    pub until: Day,
}

/// Certificates for which a partner may speak.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertable {
    /// `scheme`: scheme of the issuer's identifier.
    pub scheme: String,
    /// `value`: the issuer; `*` for every issuer of the scheme.
    pub value: String,
    /// `kinds`: kinds of certificate; empty for all.
    #[serde(default)]
    pub kinds: Vec<Kind>,
}

impl Assertable {
    fn covers(&self, issuer: &Identifier, kind: Option<Kind>) -> bool {
        self.scheme == issuer.scheme
            && (self.value == "*" || self.value == issuer.value)
            && (self.kinds.is_empty() || kind.is_none_or(|kind| self.kinds.contains(&kind)))
    }
}

impl Partner {
    /// The PEM files that its entry names: CAs and revocation lists.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.anchors.iter().map(AnchorFile::file).chain(self.crls.iter().map(PathBuf::as_path))
    }

    /// Whether anything may be sent to it at this instant: it has an address and is not suspended.
    #[must_use]
    pub fn may_be_sent_to(&self, at: Timestamp) -> bool {
        self.address.is_some() && self.suspended.as_ref().is_none_or(|suspended| at < suspended.since)
    }

    /// Whether it is to hear of the record: its subscription covers it, and it is none that it may assert itself.
    #[must_use]
    pub fn hears_of(&self, record: &Record, owner: &Owner) -> bool {
        self.agreement.covers(DataClass::Certificates)
            && self.subscription.as_ref().is_some_and(|subscription| subscription.covers(record, owner))
            && !self.may_assert(&record.key.issuer, Some(record.kind))
    }

    /// The digest of all that decides what it hears of: its subscription, the classes of data that the agreement covers, and
    /// what it speaks for itself. Where the digest changes, the partner may have to be told of more than the changes since.
    ///
    /// # Errors
    ///
    /// Never for what is in it: it has no number that JSON could not carry.
    pub fn subscription_digest(&self) -> Result<Digest, InexactNumber> {
        let classes: BTreeSet<DataClass> = self.agreement.data_classes.iter().copied().collect();
        let terms = json!({"subscription": self.subscription, "dataClasses": classes, "asserts": self.asserts});
        jcs(&terms).map(|canonical| Digest::sha256(&canonical))
    }

    /// Whether it may ask for verifications.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.may_verify && self.agreement.covers(DataClass::Verification)
    }

    /// What may leave to it: no personal information where the agreement does not cover that.
    #[must_use]
    pub fn policy(&self) -> Cow<'_, Policy> {
        if self.release.personal.is_none() || self.agreement.covers(DataClass::PersonalInformation) {
            Cow::Borrowed(&self.release)
        } else {
            Cow::Owned(Policy { personal: None, ..self.release.clone() })
        }
    }

    /// What it may see of a verification.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer { candidates: self.sees_candidates, chain: self.role != Role::Enterprise }
    }

    /// Whether it may speak for certificates of this issuer and kind.
    #[must_use]
    pub fn may_assert(&self, issuer: &Identifier, kind: Option<Kind>) -> bool {
        self.asserts.iter().any(|assertable| assertable.covers(issuer, kind))
    }
}
