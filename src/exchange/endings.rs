//! What comes to an end: our certificates, partners' CAs, revocation lists, keys, agreements and exceptions.

use std::fmt;

use super::exchange::Exchange;
use crate::clock::Timestamp;
use crate::trust::Certificate;

/// Days for which a certificate, a key or an agreement is spoken of before it ends.
const LONG: i64 = 60;
/// The same for a revocation list, which is short-lived by nature.
const SHORT: i64 = 1;

/// What kind of thing ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndingKind {
    /// Our own certificate.
    Certificate,
    /// A CA that a partner registered.
    Authority,
    /// Trust in a revocation list.
    RevocationList,
    /// The agreement with a partner.
    Agreement,
    /// What excuses a partner's revocation lists.
    Exception,
    /// A key of a partner.
    Key,
}

impl EndingKind {
    /// The word of it in metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Authority => "ca",
            Self::RevocationList => "revocation-list",
            Self::Agreement => "agreement",
            Self::Exception => "exception",
            Self::Key => "key",
        }
    }
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What kind of thing.
    pub kind: EndingKind,
    /// Id of the partner whose it is; none where it is ours.
    pub partner: Option<String>,
    /// Its name: subject of a certificate, issuer of a list, id of a key, name of an exception.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// Days before which nothing is said of it.
    pub from: i64,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, partner) = (&self.what, self.partner.as_deref().unwrap_or_default());
        match self.kind {
            EndingKind::Certificate => write!(f, "our certificate {what}"),
            EndingKind::Authority => write!(f, "the CA {what} of {partner}"),
            EndingKind::RevocationList => write!(f, "trust in the revocation list of {what} for {partner}"),
            EndingKind::Agreement => write!(f, "the agreement with {partner}"),
            EndingKind::Exception => write!(f, "the exception {what:?} for {partner}"),
            EndingKind::Key => write!(f, "the key {what} of {partner}"),
        }
    }
}

impl Exchange {
    /// Everything that ends, ours first.
    #[must_use]
    pub fn endings(&self) -> Vec<Ending> {
        let mut all = Vec::new();
        let mut add = |kind, partner: Option<&str>, what: &str, at: Option<Timestamp>, from| {
            let (partner, what) = (partner.map(str::to_owned), what.to_owned());
            all.extend(at.map(|at| Ending { kind, partner, what, at, from }));
        };
        let material = self.current().load();
        for certificate in material.partner.chain().iter().filter_map(|der| Certificate::read(der).ok()) {
            add(EndingKind::Certificate, None, &certificate.subject, Some(certificate.not_after), LONG);
        }
        let book = self.book();
        for party in book.trust().parties() {
            let id = Some(party.id.as_str());
            for (certificate, end) in party.anchors.ends() {
                add(EndingKind::Authority, id, &certificate.subject, Some(end), LONG);
            }
            for (issuer, this_update, next_update) in party.revocations.overview() {
                let aged = this_update.plus_seconds(party.revocation_age_limit);
                let end = next_update.map_or(aged, |next| next.min(aged));
                add(EndingKind::RevocationList, id, issuer, Some(end), SHORT);
            }
            add(EndingKind::Agreement, id, "", party.agreement_until, LONG);
            if let Some(exception) = &party.exception {
                add(EndingKind::Exception, id, &exception.name, Some(exception.until), LONG);
            }
        }
        for entry in book.entries() {
            let partner = &entry.partner;
            for key in partner.message_keys.iter().chain(&partner.credential_keys) {
                add(EndingKind::Key, Some(&partner.id), &key.id, key.until, LONG);
            }
        }
        all
    }
}
