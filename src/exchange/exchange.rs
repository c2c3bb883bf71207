//! The exchange: what inbox, outbox and the web room work with, held together.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, Semaphore};

use crate::clock::{Clock, Day, Entropy, Timestamp};
use crate::config;
use crate::document::Limits;
use crate::format::Catalogue;
use crate::mapping::ComputedSource;
use crate::record::Record;
use crate::registry::verification::Verifier;
use crate::registry::{Owner, Registry, Subscriptions};
use crate::store::{Face, PartnerId, Store};
use crate::tls::{Current, Identity, Material};

use super::book::{BookError, PartnerBook};
use super::client::{CallError, PartnerClient};
use super::house::House;
use super::link::Links;

/// What inbox, outbox and the web room work with.
pub struct Exchange {
    pub(super) house: House,
    pub(super) registry: Registry,
    pub(super) catalogue: ArcSwap<Catalogue>,
    pub(super) computed: Arc<dyn ComputedSource + Send + Sync>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    book: Arc<SharedBook>,
    current: Arc<Current>,
    folder: PathBuf,
    limits: Limits,
    pub(super) pacing: config::Outbox,
    clients: Mutex<HashMap<String, Arc<PartnerClient>>>,
    pub(super) links: Links,
    /// Places to prepare messages at. It takes the processor alone: more at a time than there are processors would only hold
    /// memory, of a thread each.
    pub(super) desks: Semaphore,
    /// Bulk events of partners that are being taken: a repeat waits until that is over.
    pub(super) bulk_under_way: Mutex<BTreeSet<String>>,
}

/// What an exchange is made from.
pub struct Parts {
    /// Who we are.
    pub house: House,
    /// The registry.
    pub registry: Registry,
    /// The formats.
    pub catalogue: Catalogue,
    /// Computed values of formats.
    pub computed: Arc<dyn ComputedSource + Send + Sync>,
    /// Answers questions about certificates.
    pub verifier: Arc<Verifier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// The partner book in force; the registry asks it who is to hear of what.
    pub book: Arc<SharedBook>,
    /// The TLS material in force.
    pub current: Arc<Current>,
    /// The folder of the partner book.
    pub folder: PathBuf,
    /// The caps of documents that come in.
    pub limits: Limits,
    /// The times by which the outbox works.
    pub pacing: config::Outbox,
}

/// The partner book in force, shared with the registry, which asks it for subscribers and tells it when there is
/// something to send.
#[derive(Debug, Default)]
pub struct SharedBook {
    book: ArcSwap<PartnerBook>,
    wake: Notify,
}

impl SharedBook {
    /// Puts the first book in force.
    #[must_use]
    pub fn new(book: PartnerBook) -> Arc<Self> {
        Arc::new(Self { book: ArcSwap::from_pointee(book), wake: Notify::new() })
    }

    /// The book in force.
    #[must_use]
    pub fn load(&self) -> Arc<PartnerBook> {
        self.book.load_full()
    }
}

impl Subscriptions for SharedBook {
    fn partners_for(&self, record: &Record, owner: &Owner, face: Face) -> Vec<PartnerId> {
        self.load().subscribers(record, owner, face).map(PartnerId::from).collect()
    }

    fn longest_notice(&self, partner: &PartnerId) -> Option<usize> {
        let book = self.load();
        let partner = &book.entry(&partner.0)?.partner;
        partner.bulk_events.then_some(partner.longest_message)
    }

    fn written(&self) {
        self.wake.notify_waiters();
    }
}

/// The partner book or the identity could not be loaded anew; the old ones stay in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The partner book.
    #[error(transparent)]
    Book(#[from] BookError),
    /// Somebody else reloaded at the same time.
    #[error(transparent)]
    Stale(#[from] crate::tls::StaleGeneration),
}

impl Exchange {
    /// An exchange of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            house,
            registry,
            catalogue,
            computed,
            verifier,
            clock,
            entropy,
            book,
            current,
            folder,
            limits,
            pacing,
        } = parts;
        Arc::new(Self {
            house,
            registry,
            catalogue: ArcSwap::from_pointee(catalogue),
            computed,
            verifier,
            clock,
            entropy,
            book,
            current,
            folder,
            limits,
            links: Links::pausing(&pacing),
            pacing,
            clients: Mutex::new(HashMap::new()),
            desks: Semaphore::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
            bulk_under_way: Mutex::new(BTreeSet::new()),
        })
    }

    /// Who we are.
    #[must_use]
    pub fn house(&self) -> &House {
        &self.house
    }

    /// The caps of documents that come in.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The store behind the registry.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        self.registry.store()
    }

    /// The partner book in force.
    #[must_use]
    pub fn book(&self) -> Arc<PartnerBook> {
        self.book.load()
    }

    /// The TLS material in force.
    #[must_use]
    pub fn current(&self) -> &Arc<Current> {
        &self.current
    }

    /// The formats in force.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.load_full()
    }

    /// Puts other formats in force, all at once. What is under way ends with those that it began with.
    pub fn replace_catalogue(&self, catalogue: Catalogue) {
        self.catalogue.store(Arc::new(catalogue));
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The day that it is for us.
    #[must_use]
    pub fn today(&self) -> Day {
        self.now().day(self.house.zone)
    }

    /// Tells the outbox that something may be due.
    pub fn wake(&self) {
        self.book.wake.notify_waiters();
    }

    /// Ends when something may be due: told from the moment of this call on.
    pub(super) fn woken(&self) -> Notified<'_> {
        self.book.wake.notified()
    }

    /// Reads the partner book anew and puts it in force as one generation, with a new identity if one is given. Requests
    /// that are under way keep running and are judged by the new book before they commit.
    ///
    /// # Errors
    ///
    /// Something of it cannot be used; nothing changes then.
    pub fn reload(&self, identity: Option<Identity>) -> Result<u64, ReloadError> {
        let before = self.current.load();
        let generation = before.book.generation() + 1;
        let book = PartnerBook::load(&self.folder, generation, self.house.zone)?;
        let material = match identity {
            Some(identity) => Material {
                public: identity.clone(),
                partner: identity.clone(),
                client: identity,
                book: book.trust().clone(),
            },
            None => Material { book: book.trust().clone(), ..Material::clone(&before) },
        };
        self.current.replace(material)?;
        self.book.book.store(Arc::new(book));
        self.forget_clients();
        self.links.forget();
        self.wake();
        tracing::info!(generation, "the partner book was read anew");
        Ok(generation)
    }

    /// The client for a partner, with its pool; made anew after a reload or when its connections are good no more.
    pub(super) fn client(&self, partner: &str) -> Result<Arc<PartnerClient>, CallError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(partner) {
            return Ok(client.clone());
        }
        let client = Arc::new(PartnerClient::new(&self.current, self.clock.clone(), partner, self.pacing.call)?);
        clients.insert(partner.to_owned(), client.clone());
        Ok(client)
    }

    /// Throws a client away with its pool: its connections are good no more.
    pub(super) fn forget_client(&self, partner: &str) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(partner);
    }

    /// Closes every idle connection that we opened.
    pub fn forget_clients(&self) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_outbox_is_woken_by_what_the_registry_writes() {
        let book = SharedBook::default();
        let (one, other) = (book.wake.notified(), book.wake.notified());
        book.written();
        // Both were waiting from the moment that they asked; a lost call would hang here for ever.
        let both = async { tokio::join!(one, other) };
        tokio::time::timeout(std::time::Duration::from_mins(1), both).await.expect("woken");
    }
}
