//! Who we are towards partners: names, base URI, the keys that sign.

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::clock::Zone;
use crate::credential::IssueMode;
use crate::crypto::{Key, KeyWindow, Signer};
use crate::record::Record;

/// Unreserved characters of RFC 3986 stay.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Who we are.
#[derive(Clone)]
pub struct House {
    /// Our name in messages.
    pub id: String,
    /// Our name for people.
    pub name: String,
    /// The party that we are, ISO 3166-1 alpha-2.
    pub country: String,
    /// The DID that signs credentials.
    pub did: String,
    /// Base URI of our certificates, without a slash at the end.
    pub base: String,
    /// The zone in which we say what day it is.
    pub zone: Zone,
    /// Signs credentials and verification answers; its verification method is our DID, `#`, and its name.
    pub credential_key: Arc<dyn Signer>,
    /// Signs messages and receipts.
    pub message_key: Arc<dyn Signer>,
}

impl House {
    /// The root `$issue` of a mapping: what we state when we issue.
    #[must_use]
    pub fn issue(&self) -> Value {
        json!({
            "base": self.base,
            "issuer": {"id": self.did, "name": self.name},
            "mode": IssueMode::RegistryAttested,
        })
    }

    /// The same for one version of one record: it names the credential too.
    #[must_use]
    pub fn issue_of(&self, record: &Record) -> Value {
        let mut issue = self.issue();
        issue["id"] = self.credential_id(record).into();
        issue
    }

    /// The id of the credential that is issued on this version of a record: below the URI of its certificate.
    fn credential_id(&self, record: &Record) -> String {
        let key = &record.key;
        let part = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let reference = key.number.as_ref().or(key.uri.as_ref()).map(|text| part(text)).unwrap_or_default();
        let (scheme, issuer) = (part(&key.issuer.scheme), part(&key.issuer.value));
        format!("{}/certificates/{scheme}/{issuer}/{reference}/credentials/{}", self.base, record.version)
    }

    /// The verification method of our credential key.
    #[must_use]
    pub fn verification_method(&self) -> String {
        format!("{}#{}", self.did, self.credential_key.key_id())
    }

    /// Our credential key as others verify it.
    #[must_use]
    pub fn published_key(&self) -> Key {
        let public = self.credential_key.public_key().clone();
        Key::verifying(self.credential_key.key_id(), public, KeyWindow::ALWAYS)
    }
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("id", &self.id).field("did", &self.did).finish_non_exhaustive()
    }
}
