//! The registry: the use cases on certificates. Register, change status, look up, search, judge on a day, trace.
//!
//! A use case reads what is held, decides, and hands the store one Change; where somebody was faster it decides again.
//! A record has two faces, certificate and status, and a version that grows with every change of either; the version of
//! a face is the version of the record at which it last moved. History is only ever added to (`history`). The same
//! import twice makes no new version, no event and no message.
//!
//! Not here: reading documents (`format`), judging whether a certificate counts somewhere (`recognition`), sending
//! (`exchange`). Who is to hear of a change is told by [`Subscriptions`], which `exchange` implements.

mod batch;
mod bulk;
mod error;
mod history;
mod incoming;
mod kept;
mod lookup;
mod names;
mod neighbours;
mod register;
mod status;
mod trace;
pub mod verification;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use batch::{Intake, Progress, Summary};
pub use bulk::{
    BULK_EVENT, BulkDocument, BulkOrder, BulkOutcome, BulkPhase, BulkPreview, BulkProgress, BulkRange, BulkReceived,
    BulkResult, Condition, NoCondition, Skip, Skipped,
};
pub use error::RegistryError;
pub use incoming::{Incoming, MalformedOwner, Outcome, Owner, Registered};
pub use kept::{Resters, Resting};
pub use lookup::{Held, HolderSearch, PartAnswer, StatusAnswer};
pub use names::searchable;
pub use register::tells_status;
pub use trace::{
    FindingsOfVersion, MessageReceived, MessageSent, Process, ResultTrail, RuleTrail, Trace, TracedEvent, TracedVersion,
};

use crate::clock::{Clock, Entropy, Timestamp};
use crate::record::Record;
use crate::store::{Face, PartnerId, Store};

/// Who is to hear of a record. Owned here, implemented by the exchange: agreements and subscriptions are its matter.
pub trait Subscriptions: Send + Sync {
    /// The partners whose subscription covers this face of the record, which this owner may change.
    fn partners_for(&self, record: &Record, owner: &Owner, face: Face) -> Vec<PartnerId>;

    /// How many bytes the notice of an event that touches many certificates may have for a partner; none where it takes no
    /// such notice, and is told of each certificate by itself.
    fn longest_notice(&self, partner: &PartnerId) -> Option<usize> {
        let _ = partner;
        None
    }

    /// Messages to partners have been written and committed: they may go.
    fn written(&self) {}
}

/// Nobody is to hear of anything: a house without partners.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSubscriptions;

impl Subscriptions for NoSubscriptions {
    fn partners_for(&self, _: &Record, _: &Owner, _: Face) -> Vec<PartnerId> {
        Vec::new()
    }
}

/// The use cases on certificates. Its calls wait for the disk: from async code run them where blocking is allowed.
#[derive(Clone)]
pub struct Registry {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    subscriptions: Arc<dyn Subscriptions>,
}

impl Registry {
    /// A registry over a store.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        subscriptions: Arc<dyn Subscriptions>,
    ) -> Self {
        Self { store, clock, entropy, subscriptions }
    }

    /// The store behind it.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The present instant, as fine as the store keeps it.
    fn now(&self) -> Timestamp {
        crate::store::whole_micros(self.clock.now())
    }

    fn new_id(&self) -> String {
        crate::clock::uuid7(self.clock.as_ref(), self.entropy.as_ref()).to_string()
    }
}
