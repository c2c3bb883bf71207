//! What the log remembers: an event, its canonical bytes, its salt and its leaf.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hash::Hash;
use crate::clock::{Entropy, Timestamp};
use crate::crypto::{Digest, sha256};

/// What stands before salt and event bytes, so that no other digest of ours can be taken for a leaf.
const LEAF_PREFIX: &[u8] = b"certbridge-event/1\n";

/// What happened. Kinds that this version does not know are kept by their word, so that an older program can replay a
/// newer log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A certificate came into the registry.
    CertificateRegistered,
    /// A new version of a certificate.
    CertificateChanged,
    /// An entry of the status history.
    StatusChanged,
    /// Many certificates changed their status at one instant; each has a leaf of its own that follows.
    BulkEvent,
    /// A record was erased; its older leaves stay.
    CertificateErased,
    /// A message was sent.
    MessageSent,
    /// A message was received and taken.
    MessageReceived,
    /// A message was received and refused.
    MessageRefused,
    /// A signed receipt was given.
    ReceiptGiven,
    /// A signed receipt was received.
    ReceiptReceived,
    /// A credential was issued.
    CredentialIssued,
    /// A status list was published.
    StatusListPublished,
    /// A partner's entry in the partner book changed.
    PartnerChanged,
    /// Personal information was released under an agreement.
    PersonalDataReleased,
    /// A kind of another version: a word in lower case with hyphens.
    Other(KindWord),
}

/// A word in lower case with hyphens that names no kind of this version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindWord(String);

/// The text is no kind of event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of event: a word of at most 64 lower-case letters, digits and hyphens")]
pub struct MalformedKind(pub String);

impl EventKind {
    /// Every kind that this version knows.
    pub const KNOWN: &[Self] = &[
        Self::CertificateRegistered,
        Self::CertificateChanged,
        Self::StatusChanged,
        Self::BulkEvent,
        Self::CertificateErased,
        Self::MessageSent,
        Self::MessageReceived,
        Self::MessageRefused,
        Self::ReceiptGiven,
        Self::ReceiptReceived,
        Self::CredentialIssued,
        Self::StatusListPublished,
        Self::PartnerChanged,
        Self::PersonalDataReleased,
    ];

    /// The word in the event bytes.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::CertificateRegistered => "certificate-registered",
            Self::CertificateChanged => "certificate-changed",
            Self::StatusChanged => "status-changed",
            Self::BulkEvent => "bulk-event",
            Self::CertificateErased => "certificate-erased",
            Self::MessageSent => "message-sent",
            Self::MessageReceived => "message-received",
            Self::MessageRefused => "message-refused",
            Self::ReceiptGiven => "receipt-given",
            Self::ReceiptReceived => "receipt-received",
            Self::CredentialIssued => "credential-issued",
            Self::StatusListPublished => "status-list-published",
            Self::PartnerChanged => "partner-changed",
            Self::PersonalDataReleased => "personal-data-released",
            Self::Other(word) => &word.0,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for EventKind {
    type Err = MalformedKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(known) = Self::KNOWN.iter().find(|kind| kind.word() == text) {
            return Ok(known.clone());
        }
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if plain && !text.is_empty() && text.len() <= 64 {
            Ok(Self::Other(KindWord(text.to_owned())))
        } else {
            Err(MalformedKind(text.to_owned()))
        }
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When this house recorded it.
    pub at: Timestamp,
    /// Digest of what it is about: the stored version, the payload, the credential.
    pub digest: Digest,
    /// What happened.
    pub kind: EventKind,
    /// Leaf hash of the previous event of the same subject; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Hash>,
    /// What it is about, in words of the registry or of the exchange (`issuer/number`, a message id).
    pub subject: String,
}

impl Event {
    /// The event bytes: canonical JSON (RFC 8785).
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // Written by hand, because it cannot fail and is done for every event: members stand in the order of their
        // names, there are no numbers, and JSON strings are escaped as RFC 8785 does. A test compares it with `jcs`.
        let previous = self.previous.map_or_else(String::new, |hash| format!("\"previous\":\"{hash}\","));
        let subject = serde_json::Value::from(self.subject.as_str());
        format!(
            "{{\"at\":\"{}\",\"digest\":\"{}\",\"kind\":\"{}\",{previous}\"subject\":{subject}}}",
            self.at, self.digest, self.kind
        )
        .into_bytes()
    }

    /// The leaf: the salted hash of the event, which is the entry of the log.
    #[must_use]
    pub fn leaf(&self, salt: &Salt) -> [u8; 32] {
        let bytes = self.bytes();
        sha256(&[LEAF_PREFIX, &salt.0, &bytes].concat())
    }

    /// The leaf hash, which stands in the tree.
    #[must_use]
    pub fn leaf_hash(&self, salt: &Salt) -> Hash {
        Hash::of_leaf(&self.leaf(salt))
    }
}

/// The salt of one leaf. Who has it can test guesses of the event: it stays in the store, and goes into an evidence pack
/// only together with its event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A new salt.
    #[must_use]
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// A salt from its bytes, as a database column holds it; none where they are not 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::jcs;

    fn event(subject: &str, previous: Option<Hash>) -> Event {
        Event {
            at: "2026-11-20T01:02:03.5Z".parse().expect("time"),
            digest: Digest::sha256(b"version 1"),
            kind: EventKind::CertificateRegistered,
            previous,
            subject: subject.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn event_bytes_are_canonical_whatever_the_subject(subject in any::<String>(), linked in any::<bool>()) {
            let event = event(&subject, linked.then_some(Hash([7; 32])));
            let value = serde_json::to_value(&event).expect("JSON");
            prop_assert_eq!(event.bytes(), jcs(&value).expect("canonical"));
            prop_assert_eq!(serde_json::from_slice::<Event>(&event.bytes()).expect("JSON"), event);
        }
    }

    #[test]
    fn the_leaf_is_made_as_the_page_says() {
        let event = event("CNCA-R-2002-001/001", None);
        insta::assert_snapshot!(
            String::from_utf8(event.bytes()).expect("UTF-8"),
            @r#"{"at":"2026-11-20T01:02:03.5Z","digest":"zQmaJ1z94CwWBjp9gQZAo6nTVmv9HCsHsyG86pHUwRib3N7","kind":"certificate-registered","subject":"CNCA-R-2002-001/001"}"#
        );
        let salt = Salt([1; 32]);
        let mut whole = b"certbridge-event/1\n".to_vec();
        whole.extend([1; 32]);
        whole.extend(event.bytes());
        let leaf = sha256(&whole);
        assert_eq!(event.leaf(&salt), leaf);
        assert_eq!(event.leaf_hash(&salt).0, sha256(&[&[0], leaf.as_slice()].concat()));
        assert_ne!(event.leaf(&Salt([2; 32])), leaf);
        assert!(!format!("{salt:?}").contains('1'));
    }

    #[test]
    fn kinds_are_words_and_unknown_ones_are_kept() {
        for kind in EventKind::KNOWN {
            assert_eq!(&kind.word().parse::<EventKind>().expect("known"), kind);
        }
        let other: EventKind = "recognition-rows-signed".parse().expect("a word");
        assert_eq!(other.to_string(), "recognition-rows-signed");
        for bad in ["", "Status", "a b", "状态", &"x".repeat(65)] {
            assert!(bad.parse::<EventKind>().is_err(), "{bad}");
        }
    }
}
