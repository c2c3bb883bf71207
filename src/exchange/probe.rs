//! Walking the link to a partner, step by step, to say in plain words what is wrong: name, connection, handshake, standing,
//! clock, keys, formats. The first step that fails is the last one walked. Nothing is sent but a question.

use std::sync::Arc;
use std::time::Duration;

use rustls::AlertDescription;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::book::Entry;
use super::client::{Answer, CallError};
use super::exchange::Exchange;
use super::partner::Partner;
use crate::clock::Timestamp;
use crate::finding::{Finding, Place, any_error};
use crate::ledger::EventKind;
use crate::record::SubjectKey;
use crate::registry::RegistryError;
use crate::tls::partner_client;
use crate::trust::CLOCK_SKEW_SECONDS;

/// Where a partner asks how the link stands.
pub const LINK: &str = "/exchange/v1/link";
/// Form of the description.
const LINK_FORM: &str = "certbridge-link/1";
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long is waited for what the other end thinks of our certificate.
const VERDICT: Duration = Duration::from_secs(1);
/// A difference of the clocks that is spoken of, in seconds.
const DRIFT: i64 = 30;
/// Weeks over which changes are counted.
const WEEKS: i64 = 4;

/// How one house sees its link to another: what it tells that one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkDescription {
    /// `certbridge-link/1`.
    pub link: String,
    /// Who answers.
    pub house: String,
    /// Who is taken to have asked.
    pub partner: String,
    /// The time of the one who answers.
    pub now: Timestamp,
    /// Formats that it takes certificates in from the one who asks.
    pub accepts: Vec<String>,
    /// The format that it sends certificates in; absent where it sends none.
    pub format: Option<String>,
    /// Ids of the message keys that it holds of the one who asks.
    pub message_keys: Vec<String>,
    /// Id of the key that it signs messages with.
    pub own_message_key: String,
    /// It takes notices of events that touch many certificates.
    #[serde(default)]
    pub bulk_events: bool,
}

/// A step of the walk.
#[derive(Debug)]
pub struct Step {
    /// What was looked at: `name`, `connection`, `handshake`, `standing`, `clock`, `keys`, `formats`.
    pub name: &'static str,
    /// What there is to say; nothing where all is well.
    pub findings: Vec<Finding>,
}

impl Step {
    /// True where it failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        any_error(&self.findings)
    }
}

/// How much a subscription means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Certificates that it covers now.
    pub certificates: u64,
    /// Changes of the last four weeks, by the week, rounded up.
    pub changes_a_week: u64,
}

impl Exchange {
    /// How we see the link to a partner.
    #[must_use]
    pub fn describe_link(&self, partner: &Partner) -> LinkDescription {
        LinkDescription {
            link: LINK_FORM.to_owned(),
            house: self.house.id.clone(),
            partner: partner.id.clone(),
            now: self.now(),
            accepts: partner.accepts.clone(),
            format: partner.subscription.as_ref().map(|_| partner.format.clone()),
            message_keys: partner.message_keys.iter().map(|key| key.id.clone()).collect(),
            own_message_key: self.house.message_key.key_id().to_owned(),
            bulk_events: true,
        }
    }

    /// Walks the link to a partner.
    pub async fn probe(&self, entry: &Entry) -> Vec<Step> {
        let mut steps = Vec::new();
        self.walk(entry, &mut steps).await;
        steps
    }

    async fn walk(&self, entry: &Entry, steps: &mut Vec<Step>) {
        let mut step = |name, findings: Vec<Finding>| {
            let failed = any_error(&findings);
            steps.push(Step { name, findings });
            !failed
        };
        let finding = |code: &'static str| Finding::new(code, Place::Whole);
        let Some(address) = &entry.partner.address else {
            step("name", vec![finding("link/no-address")]);
            return;
        };
        let Some((host, port)) = host_and_port(address) else {
            step("name", vec![finding("link/address-unreadable").with("address", address)]);
            return;
        };
        let found: Vec<_> = match tokio::net::lookup_host((host.as_str(), port)).await {
            Ok(found) => found.collect(),
            Err(error) => {
                let finding = finding("link/name-not-resolved").with("host", &host).with("reason", error);
                step("name", vec![finding]);
                return;
            }
        };
        step("name", Vec::new());
        let mut reason = "no address".to_owned();
        let mut reached = None;
        for target in found {
            match tokio::time::timeout(CONNECT, TcpStream::connect(target)).await {
                Ok(Ok(stream)) => reached = Some(stream),
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => reason = format!("no answer within {} seconds", CONNECT.as_secs()),
            }
            if reached.is_some() {
                break;
            }
        }
        let Some(stream) = reached else {
            step("connection", vec![finding("link/not-reached").with("address", address).with("reason", reason)]);
            return;
        };
        step("connection", Vec::new());
        if let Err(finding) = self.shake_hands(entry, address, &host, stream).await {
            step("handshake", vec![*finding]);
            return;
        }
        step("handshake", Vec::new());

        let asked_at = self.now();
        let answer = match self.ask_link(entry, address).await {
            Ok(answer) => answer,
            Err(finding) => {
                step("standing", vec![*finding]);
                return;
            }
        };
        let described = serde_json::from_slice::<LinkDescription>(&answer.body).ok().filter(|_| answer.status == 200);
        if !step("standing", self.standing(entry, &answer, described.as_ref())) {
            return;
        }
        let theirs = described.as_ref().map(|described| described.now).or(answer.date);
        // The answer was made between the question and now: only what lies outside of both is a difference.
        if let Some(theirs) = theirs {
            step("clock", clock(theirs, asked_at, self.now()));
        }
        if let Some(described) = described {
            step("keys", self.keys(entry, &described));
            step("formats", formats(&entry.partner, &described));
        }
    }

    /// A handshake of its own: the HTTP client keeps to itself which alert it was sent.
    async fn shake_hands(
        &self,
        entry: &Entry,
        address: &str,
        host: &str,
        stream: TcpStream,
    ) -> Result<(), Box<Finding>> {
        let ours =
            |reason: String| Box::new(Finding::new("link/handshake-failed", Place::Whole).with("reason", reason));
        let made = partner_client(self.current(), self.clock.clone(), &entry.partner.id);
        let (config, connections) = made.map_err(|error| ours(error.to_string()))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| ours(error.to_string()))?;
        let failed = |error: &std::io::Error| {
            let refusal = connections.last_refusal().map(|refusal| refusal.finding());
            Box::new(refusal.unwrap_or_else(|| handshake(address, &error.to_string(), tls_error(error))))
        };
        let shaken = tokio::time::timeout(CONNECT, TlsConnector::from(Arc::new(config)).connect(name, stream)).await;
        let mut stream = match shaken {
            Ok(shaken) => shaken.map_err(|error| failed(&error))?,
            Err(_) => return Err(ours(format!("no answer within {} seconds", CONNECT.as_secs()))),
        };
        // What the other end thinks of our certificate comes after the handshake (RFC 8446, 4.4.2.4): as an alert, or, where
        // it is content, as nothing or as the first bytes of HTTP/2.
        let mut first = [0; 1];
        match tokio::time::timeout(VERDICT, stream.read(&mut first)).await {
            Ok(Err(error)) => Err(failed(&error)),
            Ok(Ok(0)) => Err(Box::new(Finding::new("link/cut", Place::Whole).with("reason", "closed"))),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    async fn ask_link(&self, entry: &Entry, address: &str) -> Result<Answer, Box<Finding>> {
        let no_answer = |reason: &dyn std::fmt::Display| {
            Box::new(Finding::new("link/no-answer", Place::Whole).with("reason", reason))
        };
        let client = self.client(&entry.partner.id).map_err(|error| no_answer(&error))?;
        client.get(&format!("{}{LINK}", address.trim_end_matches('/'))).await.map_err(|error| {
            self.forget_client(&entry.partner.id);
            match error {
                CallError::Refused(refusal) => Box::new(refusal.finding()),
                error => no_answer(&error),
            }
        })
    }

    /// What the answer says of how we stand with the partner.
    fn standing(&self, entry: &Entry, answer: &Answer, described: Option<&LinkDescription>) -> Vec<Finding> {
        let finding = |code: &'static str| Finding::new(code, Place::Whole);
        if answer.status == 403 || answer.status == 401 {
            let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let words = |language: &str| {
                let said = problem["findings"][0]["message"][language].as_str();
                said.or(problem["title"].as_str()).unwrap_or("-").to_owned()
            };
            // Their own words, in both languages where they have both.
            let (zh, en) = (words("zh"), words("en"));
            let reason = if zh == en { en } else { format!("{zh} / {en}") };
            return vec![finding("link/refused").with("status", answer.status).with("reason", reason)];
        }
        let Some(described) = described else {
            return vec![finding("link/no-description").with("status", answer.status)];
        };
        let mut findings = Vec::new();
        if described.house != entry.partner.id {
            let other = finding("link/another-house").with("named", &described.house);
            findings.push(other.with("partner", &entry.partner.id));
        }
        if described.partner != self.house.id {
            let other = finding("link/other-name-for-us").with("named", &described.partner);
            findings.push(other.with("ours", &self.house.id));
        }
        findings
    }

    fn keys(&self, entry: &Entry, described: &LinkDescription) -> Vec<Finding> {
        let finding = |code: &'static str, key: &str| Finding::new(code, Place::Whole).with("key", key);
        let (ours, theirs) = (self.house.message_key.key_id(), &described.own_message_key);
        let mut findings = Vec::new();
        if !described.message_keys.iter().any(|key| key == ours) {
            findings.push(finding("link/our-key-unknown", ours));
        }
        if entry.message_keys.verifier_at(theirs, self.now()).is_err() {
            findings.push(finding("link/their-key-unknown", theirs));
        }
        findings
    }

    /// How much a partner's subscription means. `progress` is told how many events of how many were looked at.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn volume(&self, partner: &Partner, progress: &mut dyn FnMut(u64, u64)) -> Result<Volume, RegistryError> {
        let since = self.now().plus_seconds(-WEEKS * 7 * 24 * 3600);
        let size = self.store().ledger_size()?;
        let (mut next, mut certificates, mut changes) = (0, 0, 0_u64);
        while next < size {
            let events = self.store().events_from(next, 500)?;
            let Some(last) = events.last().map(|event| event.index + 1) else { break };
            for event in events {
                let new = event.event.kind == EventKind::CertificateRegistered;
                let moved = matches!(event.event.kind, EventKind::CertificateChanged | EventKind::StatusChanged);
                let recent = event.event.at >= since;
                if !(new || moved && recent) {
                    continue;
                }
                let Ok(subject) = event.event.subject.parse::<SubjectKey>() else { continue };
                let Some(held) = self.registry.look_up(&subject)? else { continue };
                if partner.hears_of(&held.record, &held.owner) {
                    certificates += u64::from(new);
                    changes += u64::from(recent);
                }
            }
            next = last;
            progress(next.min(size), size);
        }
        Ok(Volume { certificates, changes_a_week: changes.div_ceil(WEEKS.unsigned_abs()) })
    }
}

/// What rustls said, somewhere among the causes of an error.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An I/O error gives the causes of what it wraps, never that itself.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = wrapped.and_then(|wrapped| tls_error(wrapped)) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Host and port of an address.
fn host_and_port(address: &str) -> Option<(String, u16)> {
    let url = reqwest::Url::parse(address).ok().filter(|url| url.scheme() == "https")?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?))
}

/// What a failed handshake means.
fn handshake(address: &str, reason: &str, tls: Option<&rustls::Error>) -> Finding {
    let finding = |code: &'static str| Finding::new(code, Place::Whole);
    let at = |code: &'static str| finding(code).with("address", address).with("reason", reason);
    match tls {
        Some(rustls::Error::AlertReceived(alert)) => {
            let named = |code| finding(code).with("alert", format!("{alert:?}"));
            match alert {
                AlertDescription::CertificateExpired => named("link/our-certificate-expired"),
                AlertDescription::CertificateRevoked => named("link/our-certificate-revoked"),
                AlertDescription::UnknownCA
                | AlertDescription::CertificateUnknown
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRequired
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError => named("link/our-certificate-unknown"),
                AlertDescription::ProtocolVersion => at("link/no-tls13"),
                AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                    finding("link/no-common-cryptography").with("reason", reason)
                }
                _ => finding("link/handshake-failed").with("reason", reason),
            }
        }
        Some(rustls::Error::PeerIncompatible(_)) => at("link/no-tls13"),
        Some(rustls::Error::InvalidMessage(_)) => at("link/not-tls"),
        Some(_) => finding("link/handshake-failed").with("reason", reason),
        None if reason.contains("handshake") => at("link/not-tls"),
        None => finding("link/cut").with("reason", reason),
    }
}

/// How far a clock is off that showed this time between two readings of ours.
fn clock(theirs: Timestamp, before: Timestamp, after: Timestamp) -> Vec<Finding> {
    // A time of a header field has whole seconds.
    let seconds = if theirs < before {
        theirs.unix() + 1 - before.unix()
    } else if theirs > after {
        theirs.unix() - after.unix()
    } else {
        0
    };
    let finding = |code: &'static str| vec![Finding::new(code, Place::Whole).with("seconds", seconds)];
    match seconds.abs() {
        off if off > CLOCK_SKEW_SECONDS => finding("link/clock-skew"),
        off if off > DRIFT => finding("link/clock-drifts"),
        _ => Vec::new(),
    }
}

/// Whether each end takes what the other sends.
fn formats(partner: &Partner, described: &LinkDescription) -> Vec<Finding> {
    let mut findings = Vec::new();
    if partner.subscription.is_some() && !described.accepts.contains(&partner.format) {
        let finding = Finding::new("link/format-not-accepted", Place::Whole).with("format", &partner.format);
        findings.push(finding.with("accepted", described.accepts.join(", ")));
    }
    if partner.bulk_events && !described.bulk_events {
        findings.push(Finding::new("link/bulk-events-not-taken", Place::Whole));
    }
    if let Some(format) = described.format.as_ref().filter(|format| !partner.accepts.contains(format)) {
        let finding = Finding::new("link/format-not-ours", Place::Whole).with("format", format);
        findings.push(finding.with("accepted", partner.accepts.join(", ")));
    }
    findings
}
