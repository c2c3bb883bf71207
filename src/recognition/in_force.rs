//! The rows in force: replaced as a whole while questions are answered; an answer under way ends with those it began with.

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::Value;

use super::load::Recognition;
use crate::clock::Day;
use crate::mapping::ComputedSource;

/// The rows in force.
#[derive(Debug)]
pub struct InForce(ArcSwap<Recognition>);

impl InForce {
    /// Puts the first rows in force.
    #[must_use]
    pub fn new(rows: Recognition) -> Self {
        Self(ArcSwap::from_pointee(rows))
    }

    /// The rows in force now.
    #[must_use]
    pub fn load(&self) -> Arc<Recognition> {
        self.0.load_full()
    }

    /// Puts others in force.
    pub fn replace(&self, rows: Recognition) {
        self.0.store(Arc::new(rows));
    }
}

impl ComputedSource for InForce {
    fn compute(&self, name: &str, record: &Value, issue: &Value, on: Day) -> Option<String> {
        self.0.load().compute(name, record, issue, on)
    }
}
