//! What is wrong with one entry of the partner book, before a message shows it.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::config::Config;
use crate::crypto::{PublicKey, Standing};
use crate::exchange::{DataClass, Delivery, MessageKey, Partner};
use crate::format::Catalogue;
use crate::record::identifier::is_alpha2;
use crate::trust::{Anchors, Revocations};

/// A certificate that ends within so many days is spoken of.
const SOON_DAYS: i64 = 60;

/// How much a remark weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Weight {
    /// It works, but not as it looks, or not for long.
    Warning,
    /// The entry cannot be used.
    Error,
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing to say about an entry.
#[derive(Clone, Debug)]
pub(in crate::command) struct Remark {
    pub(in crate::command) weight: Weight,
    pub(in crate::command) what: String,
}

impl Remark {
    pub(super) fn error(what: impl Into<String>) -> Self {
        Self { weight: Weight::Error, what: what.into() }
    }

    fn warning(what: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, what: what.into() }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"weight": self.weight.to_string(), "what": self.what})
    }
}

/// True for an id that can be the name of a file and of a party in messages.
pub(super) fn is_plain_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !id.is_empty() && id.len() <= 64 && id.chars().all(plain) && !id.starts_with(['.', '-'])
}

/// Everything there is to say about an entry.
pub(super) fn entry(config: &Config, file: &Path, partner: &Partner, now: Timestamp) -> Vec<Remark> {
    let mut remarks = Vec::new();
    identity(config, partner, &mut remarks);
    agreement(config, partner, now, &mut remarks);
    match crate::gateway::formats(config.formats.as_ref().map(|folder| config.path(folder)).as_deref()) {
        Ok(catalogue) => formats(partner, &catalogue, &mut remarks),
        Err(error) => remarks.push(Remark::error(error.to_string())),
    }
    keys(partner, &mut remarks);
    authorities(file, partner, now, &mut remarks);
    remarks
}

fn identity(config: &Config, partner: &Partner, remarks: &mut Vec<Remark>) {
    if !is_plain_id(&partner.id) {
        remarks.push(Remark::error(format!("id {:?}: at most 64 lower-case letters, digits, - and .", partner.id)));
    }
    if partner.id == config.house.id {
        remarks.push(Remark::error(format!("id {:?} is our own", partner.id)));
    }
    if partner.name.trim().is_empty() {
        remarks.push(Remark::error("name: it is empty"));
    }
    for tag in partner.names.keys().filter(|tag| !is_language(tag)) {
        remarks.push(Remark::error(format!("names.{tag}: a language tag (BCP 47), such as zh or zh-Hans")));
    }
    if !is_alpha2(&partner.country) {
        remarks.push(Remark::error(format!("country {:?}: a code of ISO 3166-1, such as NZ", partner.country)));
    }
    if partner.san.trim().is_empty() {
        remarks.push(Remark::error("san: the name in its certificates is missing"));
    }
    if let Some(address) = &partner.address
        && !address.starts_with("https://")
    {
        remarks.push(Remark::error(format!("address {address:?}: messages go over https:// alone")));
    }
    if partner.subscription.is_some() && partner.address.is_none() && partner.delivery == Delivery::Push {
        remarks.push(Remark::warning(
            "subscription without an address: what it gets waits for ever; if it asks for changes itself, delivery = \"pull\"",
        ));
    }
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.chars().all(|c| c.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn agreement(config: &Config, partner: &Partner, now: Timestamp, remarks: &mut Vec<Remark>) {
    let agreement = &partner.agreement;
    if agreement.legal_basis.trim().is_empty() {
        remarks.push(Remark::error(
            "agreement.legal_basis is empty: name the treaty, arrangement or contract that you exchange under",
        ));
    }
    if let (Some(from), Some(until)) = (agreement.from, agreement.until)
        && until < from
    {
        remarks.push(Remark::error(format!("agreement: it ends on {until}, before it begins on {from}")));
    }
    let today = config.house.zone.parse().ok().map(|zone| now.day(zone));
    if let Some((until, _)) = agreement.until.zip(today).filter(|(until, today)| until < today) {
        remarks.push(Remark::warning(format!("agreement: it ended on {until}; the partner is refused")));
    }
    let classes: [(bool, DataClass, &str); 4] = [
        (partner.subscription.is_some(), DataClass::Certificates, "it has a subscription, and gets nothing"),
        (partner.subscription.is_some(), DataClass::Status, "it is told of no suspension"),
        (partner.may_verify, DataClass::Verification, "its questions are not answered"),
        (
            partner.release.personal.is_some(),
            DataClass::PersonalInformation,
            "none leaves, whatever release.personal says",
        ),
    ];
    for (_, class, what) in classes.iter().filter(|(asked, class, _)| *asked && !agreement.covers(*class)) {
        let class = serde_json::to_value(class).unwrap_or_default();
        remarks.push(Remark::warning(format!("agreement.data_classes does not name {class}: {what}")));
    }
    for finding in partner.release.check() {
        let what = format!("release: {} ({})", finding.message().en, finding.place());
        remarks.push(if finding.is_error() { Remark::error(what) } else { Remark::warning(what) });
    }
    if let Some(exception) = &partner.crl_exception {
        let over = today.is_some_and(|today| exception.until < today);
        let (name, until) = (&exception.name, exception.until);
        remarks.push(Remark::warning(if over {
            format!("crl_exception {name:?} ended on {until}: take it out")
        } else {
            format!("crl_exception {name:?}: missing and stale revocation lists are excused until {until}")
        }));
    }
    if let Some(suspended) = &partner.suspended {
        remarks.push(Remark::warning(format!("suspended since {}: {}", suspended.since, suspended.reason)));
    }
}

fn formats(partner: &Partner, catalogue: &Catalogue, remarks: &mut Vec<Remark>) {
    let unknown = |key: &str, error: &dyn fmt::Display| Remark::error(format!("{key}: {error}"));
    for id in &partner.accepts {
        match catalogue.format(id) {
            Ok(format) if !format.comes_in() => {
                remarks.push(Remark::error(format!("accepts: {id} is only written, never read")));
            }
            Ok(_) => {}
            Err(error) => remarks.push(unknown("accepts", &error)),
        }
    }
    match catalogue.format(&partner.format) {
        Ok(format) if !format.goes_out() => {
            remarks.push(Remark::error(format!("format: {} is only read, never written", partner.format)));
        }
        Ok(_) => {}
        Err(error) => remarks.push(unknown("format", &error)),
    }
}

fn keys(partner: &Partner, remarks: &mut Vec<Remark>) {
    let mut read = |list: &str, keys: &[MessageKey]| {
        for (index, key) in keys.iter().enumerate() {
            if let Err(error) = PublicKey::from_multikey(&key.multikey) {
                remarks.push(Remark::error(format!("{list}: {:?}: {error}", key.id)));
            }
            if keys.iter().take(index).any(|earlier| earlier.id == key.id) {
                remarks.push(Remark::error(format!("{list}: {:?} is listed twice", key.id)));
            }
        }
    };
    read("message_keys", &partner.message_keys);
    read("credential_keys", &partner.credential_keys);
    let talks = partner.subscription.is_some() || !partner.asserts.is_empty();
    if talks && partner.message_keys.is_empty() {
        remarks.push(Remark::error("message_keys: without one neither its messages nor its receipts can be believed"));
    }
    if !partner.asserts.is_empty() && partner.credential_keys.is_empty() {
        remarks.push(Remark::warning("credential_keys: without one its credentials are refused"));
    }
    if !partner.credential_keys.is_empty() && partner.did.is_none() {
        remarks.push(Remark::warning("did: without it no credential is known as its own"));
    }
    let every = |assertable: &&crate::exchange::Assertable| assertable.value == "*";
    for assertable in partner.asserts.iter().filter(every) {
        remarks.push(Remark::warning(format!("asserts: it may speak for every issuer of {}", assertable.scheme)));
    }
}

fn authorities(file: &Path, partner: &Partner, now: Timestamp, remarks: &mut Vec<Remark>) {
    let folder = file.parent().unwrap_or(Path::new("."));
    if partner.anchors.is_empty() {
        remarks.push(Remark::error("anchors: it has registered no CA"));
    }
    for anchor in &partner.anchors {
        let (path, window) = (anchor.file(), anchor.window());
        if window.standing(now) == Standing::Over {
            remarks.push(Remark::warning(format!("anchors: the time of {} is over: take it out", path.display())));
            continue;
        }
        let anchors = std::fs::read(folder.join(path))
            .map_err(|error| error.to_string())
            .and_then(|pem| Anchors::from_pem(&pem).map_err(|error| error.to_string()));
        match anchors {
            Err(error) => remarks.push(Remark::error(format!("anchors: {}: {error}", path.display()))),
            Ok(anchors) => {
                for certificate in anchors.certificates() {
                    let (subject, end) = (&certificate.subject, certificate.not_after);
                    if end < now {
                        remarks.push(Remark::error(format!("anchors: {subject} ended on {end}")));
                    } else if end < now.plus_seconds(SOON_DAYS * 86_400) {
                        remarks.push(Remark::warning(format!("anchors: {subject} ends on {end}")));
                    }
                }
            }
        }
    }
    if partner.crls.is_empty() {
        remarks.push(Remark::warning("crls: without a revocation list the partner is refused"));
    }
    for path in &partner.crls {
        let lists = std::fs::read(folder.join(path))
            .map_err(|error| error.to_string())
            .and_then(|pem| Revocations::from_pem(&pem).map_err(|error| error.to_string()));
        match lists {
            Err(error) => remarks.push(Remark::error(format!("crls: {}: {error}", path.display()))),
            Ok(lists) => {
                for (issuer, this_update, next_update) in lists.overview() {
                    let stale = this_update.plus_seconds(i64::from(partner.crl_hours) * 3600) < now
                        || next_update.is_some_and(|next| next < now);
                    if stale {
                        remarks.push(Remark::warning(format!(
                            "crls: the list of {issuer} is of {this_update}: it is stale, and the partner is refused"
                        )));
                    }
                }
            }
        }
    }
}
