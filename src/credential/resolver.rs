//! Where verification methods come from: the [`KeyResolver`] trait, and the resolvers that need no network.

use super::did::did_key_of;
use crate::clock::Timestamp;
use crate::crypto::{KeySet, KeyWindow, PublicKey};

/// A verification method with what its owner says of it.
#[derive(Clone, Debug)]
pub struct ResolvedKey {
    /// The verification method, absolute.
    pub id: String,
    /// Whose key it is: the DID (or URL) that a credential must name as its issuer.
    pub controller: String,
    /// The key.
    pub key: PublicKey,
    /// What the controller lists it for (`assertionMethod`, …).
    pub purposes: Vec<String>,
    /// When it may sign.
    pub window: KeyWindow,
    /// From when on nothing that it signed verifies: revoked, or `expires` of a foreign DID document.
    pub ceases: Option<Timestamp>,
}

/// A verification method could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No resolver knows it.
    #[error("verification method {0:?} is not known")]
    Unknown(String),
    /// It should be known, but cannot be read now: try again later.
    #[error("verification method {method:?} cannot be read now: {reason}")]
    Unavailable {
        /// The verification method.
        method: String,
        /// Why.
        reason: String,
    },
    /// What its owner publishes is malformed.
    #[error("what is published for {method:?} is malformed: {reason}")]
    Malformed {
        /// The verification method.
        method: String,
        /// Why.
        reason: String,
    },
}

/// Finds the key behind a verification method. Implementations with a cache or a network stand in lower rooms.
pub trait KeyResolver {
    /// The key, or none where this resolver does not know it.
    ///
    /// # Errors
    /// The method is this resolver's to know, but it is unavailable or malformed.
    fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError>;
}

/// Resolves `did:key`, whose keys stand in their own name.
#[derive(Clone, Copy, Debug, Default)]
pub struct DidKeys;

impl KeyResolver for DidKeys {
    fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError> {
        if !verification_method.starts_with("did:key:") {
            return Ok(None);
        }
        let malformed = |reason: &str| ResolveError::Malformed {
            method: verification_method.to_owned(),
            reason: reason.to_owned(),
        };
        let (did, fragment) = verification_method.split_once('#').ok_or_else(|| malformed("it has no fragment"))?;
        let multikey = did_key_of(did).ok_or_else(|| malformed("no did:key"))?;
        if fragment != multikey {
            return Err(malformed("its fragment is not its key"));
        }
        let key = PublicKey::from_multikey(multikey).map_err(|error| malformed(&error.to_string()))?;
        Ok(Some(ResolvedKey {
            id: verification_method.to_owned(),
            controller: did.to_owned(),
            key,
            purposes: ["assertionMethod", "authentication"].map(str::to_owned).to_vec(),
            window: KeyWindow::ALWAYS,
            ceases: None,
        }))
    }
}

/// Resolves the keys of one owner whose key set we hold: our own, or a partner's from the partner book. The
/// verification method is `<controller>#<key id>`.
#[derive(Clone, Debug)]
pub struct PublishedKeys {
    /// The owner's DID.
    pub controller: String,
    /// The owner's keys.
    pub keys: KeySet,
}

impl KeyResolver for PublishedKeys {
    fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError> {
        let found = verification_method
            .strip_prefix(self.controller.as_str())
            .and_then(|rest| rest.strip_prefix('#'))
            .and_then(|id| self.keys.find(id));
        Ok(found.map(|key| ResolvedKey {
            id: verification_method.to_owned(),
            controller: self.controller.clone(),
            key: key.public().clone(),
            purposes: vec![super::ASSERTION_METHOD.to_owned()],
            window: key.window(),
            ceases: None,
        }))
    }
}

/// Several resolvers, asked in order.
pub struct Resolvers<'a>(pub Vec<&'a dyn KeyResolver>);

impl KeyResolver for Resolvers<'_> {
    fn resolve(&self, verification_method: &str) -> Result<Option<ResolvedKey>, ResolveError> {
        for resolver in &self.0 {
            if let Some(key) = resolver.resolve(verification_method)? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}
