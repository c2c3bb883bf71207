//! Opening a house: keys, identity, store, registry, partner book, put together from the configuration.

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy, Zone};
use crate::config::Config;
use crate::crypto::SigningKey;
use crate::exchange::{Exchange, House, PartnerBook, Parts, SharedBook};
use crate::format::Catalogue;
use crate::ledger::NoteVerifier;
use crate::recognition::{InForce, Recognition};
use crate::registry::Registry;
use crate::registry::verification::{Policy, Verifier};
use crate::store::{CheckpointFile, Durability, Options, Sequencing, SqliteStore, Store};
use crate::tls::{Current, Identity, Material};

use super::error::GatewayError;
use super::formats::formats;
use super::limits::limits;
use super::rows::recognition;

/// Where time and chance come from, and what a person has said for this start alone.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// The store may start though it is behind its last checkpoint (a restored backup).
    pub accept_behind: bool,
    /// The store takes little memory, and more time for what it reads: for long work that reads little of it.
    pub lean: bool,
    /// When what is committed is safe. Anything but [`Durability::Full`] is there to measure what that costs.
    pub durability: Durability,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            accept_behind: false,
            lean: false,
            durability: Durability::Full,
        }
    }
}

/// A house, put together and ready to serve.
pub struct Gateway {
    /// What it was made from.
    pub config: Config,
    /// The exchange, with registry and partner book.
    pub exchange: Arc<Exchange>,
    /// Answers verification requests.
    pub verifier: Arc<Verifier>,
    /// The rows that decisions rest on.
    pub recognition: Arc<InForce>,
    /// Name of the ledger in its checkpoints.
    pub ledger_origin: String,
    /// Verifies our checkpoints.
    pub ledger_key: NoteVerifier,
}

impl Gateway {
    /// Opens the house.
    ///
    /// # Errors
    ///
    /// A file, a key or a value of the configuration cannot be used, or the store does not open.
    pub fn open(config: Config, surroundings: Surroundings) -> Result<Self, GatewayError> {
        let Surroundings { clock, entropy, accept_behind, lean, durability } = surroundings;
        if let Some((key, reason)) = config.outbox.contradiction() {
            return Err(GatewayError::Setting { key, reason: reason.to_owned() });
        }
        let zone: Zone =
            config.house.zone.parse().map_err(|error: crate::clock::MalformedZone| setting("house.zone", &error))?;
        let house = House {
            id: config.house.id.clone(),
            name: config.house.name.clone(),
            country: config.house.country.clone(),
            did: config.house.did.clone(),
            base: config.house.base.trim_end_matches('/').to_owned(),
            zone,
            credential_key: Arc::new(key(&config, &config.keys.credential)?),
            message_key: Arc::new(key(&config, &config.keys.message)?),
        };
        let ledger_origin = ledger_origin(&house.base);
        let ledger_signer = Arc::new(key(&config, &config.keys.ledger)?);
        let ledger_key =
            NoteVerifier::new(&ledger_origin, crate::crypto::Signer::public_key(ledger_signer.as_ref()).clone())
                .map_err(|error| setting("keys.ledger", &error))?;
        let recognition = Arc::new(InForce::new(rows(&config)?));
        let identity = identity(&config)?;
        let partners = config.path(&config.partners);
        let book = PartnerBook::load(&partners, 1, zone)?;
        let material = Material {
            public: identity.clone(),
            partner: identity.clone(),
            client: identity,
            book: book.trust().clone(),
        };
        let book = SharedBook::new(book);
        let options = Options {
            readers: config.store.readers.max(1),
            largest: (config.store.largest_mb > 0).then(|| config.store.largest_mb.saturating_mul(1024 * 1024)),
            checkpoint_file: Some(CheckpointFile { path: config.path(&config.store.checkpoint), accept_behind }),
            lean,
            durability,
            ..Options::default()
        };
        let sequencing = Sequencing { origin: ledger_origin.clone(), signer: ledger_signer, entropy: entropy.clone() };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config.path(&config.store.path), options, sequencing)?);
        let registry = Registry::new(store, clock.clone(), entropy.clone(), book.clone());
        let verifier = Arc::new(Verifier {
            registry: registry.clone(),
            recognition: recognition.clone(),
            policy: Policy::of(house.country.clone()),
            signer: Arc::new(key(&config, &config.keys.credential)?.named(house.verification_method())),
        });
        let catalogue = formats(config.formats.as_ref().map(|folder| config.path(folder)).as_deref())?;
        let exchange = Exchange::new(Parts {
            house,
            registry,
            catalogue,
            computed: recognition.clone(),
            verifier: verifier.clone(),
            clock,
            entropy,
            book,
            current: Current::new(material),
            folder: partners,
            limits: limits(&config.limits)?,
            pacing: config.outbox.clone(),
        });
        Ok(Self { config, exchange, verifier, recognition, ledger_origin, ledger_key })
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.exchange.registry()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        self.exchange.store()
    }

    /// The formats as their files say now: for a reload.
    ///
    /// # Errors
    ///
    /// A file of the folder `formats` cannot be used.
    pub fn formats(&self) -> Result<Catalogue, GatewayError> {
        formats(self.config.formats.as_ref().map(|folder| self.config.path(folder)).as_deref())
    }

    /// The rows of recognition as their files say now: for a reload.
    ///
    /// # Errors
    ///
    /// A file of the folder `recognition.folder` cannot be used.
    pub fn rows(&self) -> Result<Recognition, GatewayError> {
        rows(&self.config)
    }

    /// Our identity as its files say now: for a reload.
    ///
    /// # Errors
    ///
    /// The files cannot be read, or do not belong together.
    pub fn identity(&self) -> Result<Identity, GatewayError> {
        identity(&self.config)
    }
}

/// Name of the ledger: host and path of the base URI.
#[must_use]
pub fn ledger_origin(base: &str) -> String {
    format!("{}/ledger", base.split_once("://").map_or(base, |(_, rest)| rest))
}

fn setting(key: &'static str, error: &dyn std::fmt::Display) -> GatewayError {
    GatewayError::Setting { key, reason: error.to_string() }
}

fn read(path: &Path) -> Result<Vec<u8>, GatewayError> {
    std::fs::read(path).map_err(|error| GatewayError::File { path: path.to_path_buf(), reason: error.to_string() })
}

fn key(config: &Config, path: &Path) -> Result<SigningKey, GatewayError> {
    let path = config.path(path);
    let unreadable = |reason: String| GatewayError::File { path: path.clone(), reason };
    let text = String::from_utf8(read(&path)?).map_err(|error| unreadable(error.to_string()))?;
    SigningKey::from_pem(&text).map_err(|error| unreadable(error.to_string()))
}

fn identity(config: &Config) -> Result<Identity, GatewayError> {
    let certificate = config.path(&config.partner.certificate);
    let key = config.path(&config.partner.key);
    Identity::from_pem(&read(&certificate)?, &read(&key)?)
        .map_err(|error| GatewayError::File { path: certificate, reason: error.to_string() })
}

fn rows(config: &Config) -> Result<Recognition, GatewayError> {
    let folder = config.recognition.folder.as_ref().map(|folder| config.path(folder));
    recognition(config.recognition.fictive, folder.as_deref())
}
