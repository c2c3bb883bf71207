//! What trust in one partner rests on: its CAs, its registered name, its revocation lists and the agreement's dates.

use std::fmt;

use super::anchors::Anchors;
use super::revocations::Revocations;
use crate::clock::Timestamp;

/// The name in a partner's certificates by which it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisteredName {
    /// A dNSName, in lower case, without a wildcard.
    Dns(String),
    /// A uniformResourceIdentifier, compared letter for letter.
    Uri(String),
}

impl RegisteredName {
    /// The name of a text: what has a scheme is a URI, anything else a host name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.contains(':') { Self::Uri(text.to_owned()) } else { Self::Dns(text.to_ascii_lowercase()) }
    }
}

impl fmt::Display for RegisteredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Uri(uri) => f.write_str(uri),
        }
    }
}

/// The end of a connection that a partner's certificate speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role<'a> {
    /// The partner called us: its certificate must bear the registered name.
    Client,
    /// We called the partner: its certificate must be valid for the host that we called.
    Server {
        /// Host name or IP address of the endpoint in the partner book.
        name: &'a str,
    },
}

/// Why and since when a partner is not to be dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// From when on.
    pub since: Timestamp,
    /// Why, in the words of whoever suspended it; told to the partner.
    pub reason: String,
}

/// A named, dated exception: until then a missing or stale revocation list does not refuse the partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationException {
    /// Under what name it was granted.
    pub name: String,
    /// The instant at which it ends.
    pub until: Timestamp,
}

/// What trust in one partner rests on.
#[derive(Clone, Debug)]
pub struct PartyTrust {
    /// Id of the partner in the partner book.
    pub id: String,
    /// The CAs that it registered; nobody else's count.
    pub anchors: Anchors,
    /// The name that its client certificates bear.
    pub san: RegisteredName,
    /// The revocation lists of those CAs (and of those between).
    pub revocations: Revocations,
    /// How old a revocation list may be, in seconds since its thisUpdate, whatever its nextUpdate says.
    pub revocation_age_limit: i64,
    /// First instant of the agreement; none: it has begun.
    pub agreement_from: Option<Timestamp>,
    /// First instant after the agreement; none: it has no end.
    pub agreement_until: Option<Timestamp>,
    /// Set while the partner is suspended.
    pub suspension: Option<Suspension>,
    /// Set while an exception for its revocation lists is granted.
    pub exception: Option<RevocationException>,
}
