//! What verification must look up: a trait, so that it is judged without a store and served from one.

use std::sync::Arc;

use super::answer::LedgerEntry;
use crate::clock::Timestamp;
use crate::record::{Identifier, Record};

/// A certificate on record.
#[derive(Clone, Debug)]
pub struct Found {
    /// The record, shared: it is read, never copied.
    pub record: Arc<Record>,
    /// When this house last saw its source.
    pub observed_at: Option<Timestamp>,
    /// Where the ledger holds its last event.
    pub ledger: Option<LedgerEntry>,
}

/// The look-up failed: the fault is ours (the store), never the asker's. Nothing is said about the certificate then.
#[derive(Debug, thiserror::Error)]
#[error("the records cannot be looked up: {0}")]
pub struct LookupError(pub String);

/// The records as verification needs them.
pub trait Records {
    /// Every certificate with this number, whoever issued it, and any with this URI. The number is in the spelling
    /// that identifiers are kept in (`record::cleaned`); a URI is as it was asked.
    ///
    /// # Errors
    /// [`LookupError`], where the store does not answer.
    fn by_number(&self, number: &str) -> Result<Vec<Found>, LookupError>;

    /// The certificate with this key.
    ///
    /// # Errors
    /// [`LookupError`], where the store does not answer.
    fn by_key(&self, issuer: &Identifier, number: &str) -> Result<Option<Found>, LookupError>;

    /// True where a certificate with this number is on record: for candidates, of which nothing else is told.
    ///
    /// # Errors
    /// [`LookupError`], where the store does not answer.
    fn knows(&self, number: &str) -> Result<bool, LookupError> {
        self.by_number(number).map(|found| !found.is_empty())
    }
}
