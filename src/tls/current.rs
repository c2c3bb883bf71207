//! What all configurations point to: our identities and the trust in our partners, swapped as one.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::identity::Identity;
use crate::finding::{Finding, Place};
use crate::trust::TrustBook;

/// Our identities and the trust in our partners: one generation.
#[derive(Clone, Debug)]
pub struct Material {
    /// What the public listener shows.
    pub public: Identity,
    /// What the partner listener shows.
    pub partner: Identity,
    /// What we show when we call a partner.
    pub client: Identity,
    /// Trust in our partners; its generation is that of the whole.
    pub book: Arc<TrustBook>,
}

/// The new material is not newer: verdicts of the old one would be taken for verdicts of the new one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("generation {offered} does not follow generation {current}")]
pub struct StaleGeneration {
    /// Generation in force.
    pub current: u64,
    /// Generation offered.
    pub offered: u64,
}

impl StaleGeneration {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = Finding::new("tls/stale-generation", Place::Whole);
        finding.with("offered", self.offered).with("current", self.current)
    }
}

/// The material in force. Connections in flight keep running; new handshakes see the new material.
#[derive(Debug)]
pub struct Current(ArcSwap<Material>);

impl Current {
    /// Puts the first material in force.
    #[must_use]
    pub fn new(material: Material) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(material)))
    }

    /// The material in force.
    #[must_use]
    pub fn load(&self) -> Arc<Material> {
        self.0.load_full()
    }

    /// The trust in force.
    #[must_use]
    pub fn book(&self) -> Arc<TrustBook> {
        self.0.load().book.clone()
    }

    /// Puts new material in force, as a whole.
    ///
    /// # Errors
    /// Where its generation is not higher than the one in force; nothing changes then.
    pub fn replace(&self, material: Material) -> Result<(), StaleGeneration> {
        let material = Arc::new(material);
        let offered = material.book.generation();
        let mut in_force = self.0.load_full();
        loop {
            let current = in_force.book.generation();
            if offered <= current {
                return Err(StaleGeneration { current, offered });
            }
            let before = self.0.compare_and_swap(&in_force, material.clone());
            if Arc::ptr_eq(&before, &in_force) {
                return Ok(());
            }
            in_force = Arc::clone(&before);
        }
    }
}
