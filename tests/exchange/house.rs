//! A house in a temporary folder: its own CA, identity, keys, partner book, store and listeners.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use certbridge::clock::{Clock, SystemClock, SystemEntropy, Timestamp};
use certbridge::config::Config;
use certbridge::crypto::{Algorithm, Signer, SigningKey};
use certbridge::format::{Catalogue, ReadContext};
use certbridge::gateway::{Gateway, Running, Surroundings, serve};
use certbridge::record::{Record, StatusEntry, SubjectKey};
use certbridge::registry::{Incoming, Owner, Registered};
use certbridge::store::{Durability, LedgerEvent, OutboxEntry, OutboxFilter, OutboxState, Store, replay_ledger};
use certbridge::tls::pki::{Authority, Leaf, LeafRequest, Revoked, Validity};
use serde_json::Value;

pub(crate) use crate::who::{AU, CN, NZ, Who};

/// A clock that a test moves.
#[derive(Default)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    /// Moves the clock on.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// The keys and certificates of a house or of a caller.
pub(crate) struct Credentials {
    pub(crate) ca: Authority,
    pub(crate) leaf: Leaf,
    pub(crate) message: SigningKey,
    pub(crate) credential: SigningKey,
}

impl Credentials {
    pub(crate) fn make(who: Who) -> Self {
        let ca = authority(who);
        let leaf = ca.issue(&request(who), &SystemEntropy).unwrap();
        let key = || SigningKey::generate(Algorithm::Ed25519, &SystemEntropy).unwrap();
        let (message, credential) = (key().named("m1"), key().named("credential"));
        Self { ca, leaf, message, credential }
    }
}

pub(crate) fn authority(who: Who) -> Authority {
    Authority::create(who.id, who.country, Validity::days(days(-10), 3650), &SystemEntropy).unwrap()
}

/// What the certificate of a gateway says.
pub(crate) fn request(who: Who) -> LeafRequest {
    let mut request = LeafRequest::new(who.id, who.country, &[who.dns, "localhost"], Validity::days(days(-1), 300));
    request.addresses = vec![IpAddr::from([127, 0, 0, 1])];
    request
}

/// So many days from now.
pub(crate) fn days(count: i64) -> Timestamp {
    SystemClock.now().plus_seconds(count * 86_400)
}

/// A house that serves.
pub(crate) struct House {
    pub(crate) who: Who,
    pub(crate) own: Arc<Credentials>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) gateway: Gateway,
    running: Option<Running>,
    pub(crate) folder: tempfile::TempDir,
    partners: BTreeMap<&'static str, toml::Table>,
}

impl House {
    /// Sets a house up, opens it and lets it serve; nobody is in its partner book yet.
    pub(crate) fn open(who: Who) -> Self {
        Self::open_as(who, Durability::Full)
    }

    /// The same, with a store that is as durable as that.
    pub(crate) fn open_as(who: Who, durability: Durability) -> Self {
        // Says what the houses log where CERTBRIDGE_LOG asks for it.
        let filter = tracing_subscriber::EnvFilter::try_from_env("CERTBRIDGE_LOG").unwrap_or_else(|_| "off".into());
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let folder = tempfile::tempdir().unwrap();
        let own = Arc::new(Credentials::make(who));
        for name in ["keys", "tls", "partners"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let put = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
        put("keys/credential.pem", &own.credential.to_pem().unwrap());
        put("keys/message.pem", &own.message.to_pem().unwrap());
        put("keys/ledger.pem", &SigningKey::generate(Algorithm::Ed25519, &SystemEntropy).unwrap().to_pem().unwrap());
        put("tls/gateway.pem", &own.leaf.chain_pem);
        put("tls/gateway-key.pem", &own.leaf.key_pem);
        put(
            "certbridge.toml",
            &format!(
                "[house]\nid = '{}'\nname = 'Registry {}'\ncountry = '{}'\ndid = '{}'\nbase = '{}'\n\
                 [partner]\naddress = '127.0.0.1:0'\nworkers = 2\n[public]\naddress = '127.0.0.1:0'\nworkers = 1\n\
                 [recognition]\nfictive = true\nfolder = 'recognition'\n",
                who.id, who.country, who.country, who.did, who.base
            ),
        );
        let clock = Arc::new(Hands::default());
        let gateway = open_as(folder.path(), &clock, durability);
        let running = serve(&gateway).unwrap();
        Self { who, own, clock, gateway, running: Some(running), folder, partners: BTreeMap::new() }
    }

    pub(crate) fn address(&self) -> String {
        let port = self.running.as_ref().unwrap().partner_address.port();
        format!("https://localhost:{port}")
    }

    pub(crate) fn public_address(&self) -> String {
        let port = self.running.as_ref().unwrap().public_address.unwrap().port();
        format!("https://localhost:{port}")
    }

    /// Enters a partner into the book, or changes its entry, and reads the book anew.
    pub(crate) fn knows(&mut self, who: Who, own: &Credentials, address: Option<&str>, more: &str) {
        self.write_list(who, own, &[]);
        self.put(&format!("partners/{}-ca.pem", who.id), own.ca.certificate_pem());
        let mut entry: toml::Table = toml::from_str(&format!(
            "id = '{id}'\nname = 'Registry {country}'\ncountry = '{country}'\nrole = 'registry'\ndid = '{did}'\n\
             base = '{base}'\nsan = '{dns}'\nanchors = ['{id}-ca.pem']\ncrls = ['{id}-crl.pem']\n\
             message_keys = [{{id = '{message_id}', multikey = '{message}'}}]\n\
             credential_keys = [{{id = '{credential_id}', multikey = '{credential}'}}]\n\
             [agreement]\nlegal_basis = 'Arrangement of the test'\n",
            id = who.id,
            country = who.country,
            did = who.did,
            base = who.base,
            dns = who.dns,
            message_id = own.message.public_key().multikey(),
            message = own.message.public_key().multikey(),
            credential_id = own.credential.public_key().multikey(),
            credential = own.credential.public_key().multikey(),
        ))
        .unwrap();
        if let Some(address) = address {
            entry.insert("address".into(), address.into());
        }
        entry.extend(toml::from_str::<toml::Table>(more).unwrap());
        self.partners.insert(who.id, entry);
        self.rewrite(who, |_| {});
    }

    /// Changes a partner's entry and reads the book anew.
    pub(crate) fn rewrite(&mut self, who: Who, change: impl FnOnce(&mut toml::Table)) {
        let entry = self.partners.get_mut(who.id).unwrap();
        change(entry);
        let text = toml::to_string(entry).unwrap();
        self.put(&format!("partners/{}.toml", who.id), &text);
        self.gateway.exchange.reload(None).unwrap();
    }

    /// Takes over a new revocation list of a partner.
    pub(crate) fn revokes(&self, who: Who, own: &Credentials, serials: &[&str]) {
        self.write_list(who, own, serials);
        self.gateway.exchange.reload(None).unwrap();
    }

    fn write_list(&self, who: Who, own: &Credentials, serials: &[&str]) {
        let revoked: Vec<Revoked> = serials
            .iter()
            .map(|serial| Revoked { serial: (*serial).to_owned(), at: days(-1), key_compromised: false })
            .collect();
        let since = SystemClock.now().plus_seconds(if serials.is_empty() { -7200 } else { -3600 });
        let list = own.ca.revocation_list(&revoked, 1, since, days(30)).unwrap();
        self.put(&format!("partners/{}-crl.pem", who.id), &list);
    }

    pub(crate) fn put(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.gateway.store()
    }

    /// Takes in a document of the house's own.
    pub(crate) fn registers(&self, format: &str, document: &Value) -> Registered {
        register(&self.gateway, format, document)
    }

    /// The house's own act on a certificate.
    pub(crate) fn acts(&self, key: &SubjectKey, status: &str, from: &str) -> Registered {
        let entry: StatusEntry = serde_json::from_value(serde_json::json!({"status": status, "from": from})).unwrap();
        blocking(|| self.gateway.registry().change_status(key, &entry, &Owner::House)).unwrap()
    }

    pub(crate) fn record(&self, key: &SubjectKey) -> Option<Record> {
        self.gateway.registry().look_up(key).unwrap().map(|held| held.record)
    }

    pub(crate) fn owner(&self, key: &SubjectKey) -> Option<String> {
        self.gateway.registry().look_up(key).unwrap().map(|held| held.owner.to_string())
    }

    /// Kind and subject of every event of the ledger.
    pub(crate) fn events(&self) -> Vec<LedgerEvent> {
        self.store().events_from(0, 100_000).unwrap()
    }

    /// How many events of a kind there are.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.events().iter().filter(|event| event.event.kind.word() == kind).count()
    }

    /// The events that changed a record.
    pub(crate) fn effects(&self) -> usize {
        ["certificate-registered", "certificate-changed", "status-changed"].iter().map(|kind| self.count(kind)).sum()
    }

    pub(crate) fn outbox(&self) -> Vec<OutboxEntry> {
        self.store().outbox(&OutboxFilter { limit: 10_000, ..OutboxFilter::default() }).unwrap()
    }

    /// Waits until nothing is under way any more.
    pub(crate) async fn outbox_settles(&self) {
        let open = [OutboxState::Due, OutboxState::Leased, OutboxState::Sent];
        let settled = within(20, || self.outbox().iter().all(|entry| !open.contains(&entry.state))).await;
        assert!(settled, "{:#?}", summary(&self.outbox()));
    }

    /// The same, and everything was delivered.
    pub(crate) async fn delivers(&self) {
        self.outbox_settles().await;
        let failed: Vec<_> = self
            .outbox()
            .into_iter()
            .filter(|entry| !matches!(entry.state, OutboxState::Delivered | OutboxState::Superseded))
            .collect();
        assert!(failed.is_empty(), "{:#?}", summary(&failed));
    }

    /// The whole ledger is sound.
    pub(crate) fn ledger_is_sound(&self) {
        let key = std::slice::from_ref(&self.gateway.ledger_key);
        replay_ledger(self.store().as_ref(), &self.gateway.ledger_origin, key).unwrap();
    }

    /// Stops serving; the store stays open.
    pub(crate) async fn stops(&mut self) {
        if let Some(running) = self.running.take() {
            tokio::time::timeout(Duration::from_secs(30), running.stop()).await.expect("it stops");
        }
    }

    /// Closes the house and leaves its folder; another process may open it.
    pub(crate) async fn closes(mut self) -> tempfile::TempDir {
        self.stops().await;
        self.folder
    }

    /// Serves again, on another port.
    pub(crate) fn serves_again(&mut self) {
        self.running = Some(serve(&self.gateway).unwrap());
    }
}

/// Takes a document of the house's own in.
pub(crate) fn register(gateway: &Gateway, format: &str, document: &Value) -> Registered {
    let bytes = document.to_string().into_bytes();
    let issue = gateway.exchange.house().issue();
    let mut context = ReadContext::on(gateway.exchange.today());
    context.mapping = context.mapping.issuing(&issue);
    let read = Catalogue::bundled().read(format, &bytes, None, &context).unwrap();
    assert_eq!(read.records.len(), 1, "{:#?} {:#?}", read.findings, read.refused);
    let incoming = Incoming {
        record: read.records.into_iter().next().unwrap().record,
        findings: Vec::new(),
        payload: Arc::from(bytes),
        format: format.to_owned(),
        crosswalk_digest: read.crosswalk_digest,
        owner: Owner::House,
        received_from: None,
    };
    blocking(|| gateway.registry().register(&incoming)).unwrap()
}

/// Opens the house of a folder.
pub(crate) fn open(folder: &Path, clock: &Arc<Hands>) -> Gateway {
    open_as(folder, clock, Durability::Full)
}

fn open_as(folder: &Path, clock: &Arc<Hands>, durability: Durability) -> Gateway {
    let config = Config::read(&folder.join("certbridge.toml")).unwrap();
    let surroundings = Surroundings { clock: clock.clone(), durability, ..Surroundings::default() };
    Gateway::open(config, surroundings).unwrap()
}

/// What stands where, and why.
pub(crate) fn summary(entries: &[OutboxEntry]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| {
            format!("{} {} {:?} {}: {:?}", entry.partner, entry.face, entry.state, entry.subject, entry.last_error)
        })
        .collect()
}

/// Waits for something, at most so many seconds.
pub(crate) async fn within(seconds: u64, mut holds: impl FnMut() -> bool) -> bool {
    for _ in 0..seconds * 50 {
        if holds() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    holds()
}

/// Runs what waits for the disk.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

/// What the partner of New Zealand may do at home, and what it gets.
pub(crate) const NZ_TERMS: &str = "sees_candidates = true\nasserts = [{scheme = 'register', value = 'NZ-CAB-901'}]\n\
                            [subscription]\n";

/// What China may do at the partner's, and what it gets.
pub(crate) const CN_TERMS: &str = "asserts = [{scheme = 'cnca-approval', value = '*'}]\n[subscription]\n";

/// A home in China and a partner in New Zealand that know each other.
pub(crate) fn pair() -> (House, House) {
    let (mut cn, mut nz) = (House::open(CN), House::open(NZ));
    let (cn_at, nz_at) = (cn.address(), nz.address());
    let (cn_own, nz_own) = (cn.own.clone(), nz.own.clone());
    cn.knows(NZ, &nz_own, Some(&nz_at), NZ_TERMS);
    nz.knows(CN, &cn_own, Some(&cn_at), CN_TERMS);
    (cn, nz)
}

/// The home alone, with a partner in New Zealand that a test plays itself.
pub(crate) fn alone() -> (House, Credentials) {
    let mut cn = House::open(CN);
    let nz = Credentials::make(NZ);
    cn.knows(NZ, &nz, None, NZ_TERMS);
    (cn, nz)
}
