//! Keys of one owner, each with a name and a validity window: which verify at a time, and which signs now.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CryptoError, PublicKey, Signer};
use crate::clock::Timestamp;

/// When a key may sign, both ends included; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyWindow {
    /// First instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Last instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// On which side of a window a time lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before it.
    NotYet,
    /// Within it.
    Holds,
    /// Past it.
    Over,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYet => "not yet valid",
            Self::Holds => "valid",
            Self::Over => "no longer valid",
        })
    }
}

impl KeyWindow {
    /// Open at both ends.
    pub const ALWAYS: Self = Self { not_before: None, not_after: None };

    /// On which side the time lies.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.not_before.is_some_and(|first| at < first) {
            Standing::NotYet
        } else if self.not_after.is_some_and(|last| at > last) {
            Standing::Over
        } else {
            Standing::Holds
        }
    }

    /// True within the window.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.standing(at) == Standing::Holds
    }
}

/// A key with its name and window; with its private half where it is ours.
#[derive(Clone)]
pub struct Key {
    id: String,
    public: PublicKey,
    window: KeyWindow,
    signer: Option<Arc<dyn Signer>>,
}

impl Key {
    /// Somebody's public key.
    pub fn verifying(id: impl Into<String>, public: PublicKey, window: KeyWindow) -> Self {
        Self { id: id.into(), public, window, signer: None }
    }

    /// A key of ours, under the signer's own name.
    #[must_use]
    pub fn signing(signer: Arc<dyn Signer>, window: KeyWindow) -> Self {
        Self { id: signer.key_id().to_owned(), public: signer.public_key().clone(), window, signer: Some(signer) }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// When it may sign.
    #[must_use]
    pub fn window(&self) -> KeyWindow {
        self.window
    }

    /// Its private half, where it is ours.
    #[must_use]
    pub fn signer(&self) -> Option<&Arc<dyn Signer>> {
        self.signer.as_ref()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("public", &self.public)
            .field("window", &self.window)
            .field("ours", &self.signer.is_some())
            .finish()
    }
}

/// The keys of one owner. During a rotation two of them hold at once: both verify, the younger one signs.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// A set of keys.
    ///
    /// # Errors
    /// Two keys of one name.
    pub fn new(keys: Vec<Key>) -> Result<Self, CryptoError> {
        for (index, key) in keys.iter().enumerate() {
            if keys.iter().take(index).any(|earlier| earlier.id == key.id) {
                return Err(CryptoError::KeyTwice(key.id.clone()));
            }
        }
        Ok(Self { keys })
    }

    /// Every key, in the order given.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key of that name, whether it holds or not.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The keys that verify a signature made at that time.
    pub fn verifying_at(&self, at: Timestamp) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.window.holds(at))
    }

    /// The key of that name, if it verifies a signature made at that time.
    ///
    /// # Errors
    /// No such key, or the time lies outside its window.
    pub fn verifier_at(&self, id: &str, at: Timestamp) -> Result<&PublicKey, CryptoError> {
        let key = self.find(id).ok_or_else(|| CryptoError::KeyUnknown(id.to_owned()))?;
        match key.window.standing(at) {
            Standing::Holds => Ok(&key.public),
            standing => Err(CryptoError::KeyOutsideWindow { key: id.to_owned(), at, standing }),
        }
    }

    /// The key that signs at that time: of ours that hold, the one whose window began last; of equals the last listed.
    ///
    /// # Errors
    /// None of ours holds.
    pub fn signer_at(&self, at: Timestamp) -> Result<&Arc<dyn Signer>, CryptoError> {
        self.verifying_at(at)
            .filter(|key| key.signer.is_some())
            .max_by_key(|key| key.window.not_before)
            .and_then(Key::signer)
            .ok_or(CryptoError::NoSigningKey(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Algorithm, SigningKey};

    fn time(text: &str) -> Timestamp {
        text.parse().expect("time")
    }

    fn key(id: &str, secret: u8, from: &str, until: &str) -> Key {
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[secret; 32]).expect("key").named(id);
        Key::signing(Arc::new(key), KeyWindow { not_before: Some(time(from)), not_after: Some(time(until)) })
    }

    #[test]
    fn in_a_rotation_both_keys_verify_and_the_younger_signs() {
        let keys = KeySet::new(vec![
            key("2027", 2, "2026-12-01T00:00:00Z", "2027-12-31T23:59:59Z"),
            key("2026", 1, "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"),
        ])
        .expect("keys");
        let during = time("2026-12-15T00:00:00Z");
        assert_eq!(keys.verifying_at(during).count(), 2);
        assert_eq!(keys.signer_at(during).expect("signer").key_id(), "2027");
        assert_eq!(keys.signer_at(time("2026-11-30T00:00:00Z")).expect("signer").key_id(), "2026");
        assert!(keys.verifier_at("2026", time("2026-12-31T23:59:59Z")).is_ok());
        assert!(matches!(
            keys.verifier_at("2026", time("2027-01-01T00:00:00Z")),
            Err(CryptoError::KeyOutsideWindow { standing: Standing::Over, .. })
        ));
        assert!(matches!(
            keys.verifier_at("2027", time("2026-11-30T00:00:00Z")),
            Err(CryptoError::KeyOutsideWindow { standing: Standing::NotYet, .. })
        ));
        assert!(matches!(keys.verifier_at("2025", during), Err(CryptoError::KeyUnknown(_))));
        assert!(matches!(keys.signer_at(time("2028-06-01T00:00:00Z")), Err(CryptoError::NoSigningKey(_))));
    }

    #[test]
    fn somebody_elses_key_never_signs_and_no_name_stands_twice() {
        let ours = SigningKey::from_secret(Algorithm::P256, &[1; 32]).expect("key");
        let theirs = Key::verifying("k", ours.public_key().clone(), KeyWindow::ALWAYS);
        let now = time("2026-11-23T00:00:00Z");
        assert!(KeySet::new(vec![theirs.clone()]).expect("keys").signer_at(now).is_err());
        assert_eq!(KeySet::new(vec![theirs.clone(), theirs]).err(), Some(CryptoError::KeyTwice("k".into())));
    }
}
