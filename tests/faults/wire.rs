//! The wire from one house to another, which does what wires do: it cuts, slows, swallows, truncates, loses what comes back.
//!
//! A wire of bytes sees TLS records and nothing in them. A wire of messages holds the receiver's key, as a proxy of its
//! data centre does: it also doubles, reorders and repeats messages, and answers in the receiver's place with nonsense. It
//! remembers every answer that passed, since those are what the sender was told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certbridge::clock::SystemEntropy;
use certbridge::crypto::{Algorithm, SigningKey, sha256};
use certbridge::message::SignedReceipt;
use certbridge::tls::provider;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::house::House;
use crate::script::Script;

/// One message in so many meets with something, on a wire that opens messages, beside what the script says.
const TRICKS: u64 = 6;

/// What the wire does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything passes.
    Pass,
    /// Nobody can connect, and every connection is broken.
    Refuse,
    /// Bytes are taken and go nowhere.
    Hole,
    /// A connection breaks after so many bytes of a request or of an answer.
    Cut { up: bool, after: usize },
    /// Every piece waits so many milliseconds.
    Slow(u64),
    /// The receiver's place answers with a failure.
    Fails(u16),
    /// … with something that is no receipt.
    Garbage,
    /// … with the receipt for another message, which itself arrives, or does not.
    OtherReceipt { arrives: bool },
    /// The message arrives; its receipt comes back with another signature than its receiver's.
    Forges,
    /// … never.
    Never,
    /// The message arrives, its receipt does not.
    Loses,
    /// Half of the receipt arrives.
    Truncates,
    /// The message arrives twice, at the same time.
    Doubles,
    /// Messages are overtaken by newer ones about the same thing.
    Reorders,
    /// The receiver dies when its answer leaves; the answer passes, or not.
    ReceiverDies { passes: bool },
    /// The sender dies when the answer is about to reach it.
    SenderDies,
}

/// A request of a message.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    path: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn id(&self) -> Option<String> {
        self.field("certbridge-message-id").map(str::to_owned)
    }

    /// What it is about, and in which version.
    fn about(&self) -> Option<(String, u64)> {
        let about = format!("{} {}", self.field("certbridge-subject")?, self.field("certbridge-face")?);
        Some((about, self.field("certbridge-version")?.parse().ok()?))
    }

    /// What must be the same whenever the message is sent.
    fn fixed(&self) -> [u8; 32] {
        let own = self.fields.iter().filter(|(name, _)| name.starts_with("certbridge-"));
        let mut all: Vec<u8> = own.flat_map(|(name, value)| format!("{name}: {value}\n").into_bytes()).collect();
        all.extend_from_slice(&self.body);
        sha256(&all)
    }
}

/// What passed.
#[derive(Default)]
pub(crate) struct Seen {
    /// Every answer 200 to a message, by its id.
    pub(crate) answers: BTreeMap<String, BTreeSet<Vec<u8>>>,
    /// What was wrong with what the sender sent.
    pub(crate) wrong: Vec<String>,
    requests: Vec<Request>,
    fixed: BTreeMap<String, [u8; 32]>,
    /// The highest version that passed, by what it is of.
    passed: BTreeMap<String, u64>,
    under_way: BTreeMap<(String, u32), usize>,
}

/// A wire.
pub(crate) struct Wire {
    pub(crate) from: Arc<House>,
    pub(crate) to: Arc<House>,
    pub(crate) port: u16,
    pub(crate) opens: bool,
    /// Held by whoever sets the mode.
    pub(crate) hands: tokio::sync::Mutex<()>,
    mode: watch::Sender<Mode>,
    seen: Mutex<Seen>,
    /// The clock of a house jumps in this run: a lease may end early, and nothing is wrong with that.
    pub(crate) clocks_jump: bool,
    /// Where nothing else goes wrong, one message in so many meets with something all the same; none when this is 0.
    tricks: AtomicU64,
    chance: Mutex<ChaCha8Rng>,
    acceptor: TlsAcceptor,
    client: reqwest::Client,
}

fn chain(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).unwrap().collect::<Result<_, _>>().unwrap()
}

impl Wire {
    /// A wire between two houses; it opens messages, or it does not.
    pub(crate) async fn between(
        from: &Arc<House>,
        to: &Arc<House>,
        opens: bool,
        script: &Script,
        seed: u64,
    ) -> Arc<Self> {
        let key = |house: &House| PrivateKeyDer::from_pem_file(house.folder.join("tls/gateway-key.pem")).unwrap();
        let builder = || rustls::ServerConfig::builder_with_provider(provider());
        let mut server = builder()
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain(&to.folder.join("tls/gateway.pem")), key(to))
            .unwrap();
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut roots = rustls::RootCertStore::empty();
        for anchor in chain(&to.folder.join("tls/ca.pem")) {
            roots.add(anchor).unwrap();
        }
        let client = rustls::ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain(&from.folder.join("tls/gateway.pem")), key(from))
            .unwrap();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(client)
            .no_proxy()
            .timeout(script.longest_call() * 5)
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Arc::new(Self {
            from: from.clone(),
            to: to.clone(),
            port: listener.local_addr().unwrap().port(),
            opens,
            hands: tokio::sync::Mutex::new(()),
            mode: watch::Sender::new(Mode::Pass),
            seen: Mutex::default(),
            clocks_jump: script.clocks_jump(),
            tricks: AtomicU64::new(if script.faults.is_empty() { 0 } else { TRICKS }),
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            acceptor: TlsAcceptor::from(Arc::new(server)),
            client,
        });
        let shared = Arc::downgrade(&wire);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Some(wire) = shared.upgrade() else { return };
                tokio::spawn(async move {
                    if wire.mode() == Mode::Refuse {
                        return;
                    }
                    let mut broken = wire.mode.subscribe();
                    let refused = async { drop(broken.wait_for(|mode| *mode == Mode::Refuse).await) };
                    let carried = async {
                        if wire.opens { wire.carry_messages(stream).await } else { wire.carry_bytes(stream).await }
                    };
                    tokio::select! { () = refused => {}, _ = carried => {} }
                });
            }
        });
        wire
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below this one, by chance.
    fn below(&self, bound: u64) -> u64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..bound)
    }

    fn mode(&self) -> Mode {
        *self.mode.borrow()
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// From now on nothing goes wrong any more unless it is set.
    pub(crate) fn calm(&self) {
        self.tricks.store(0, Ordering::Relaxed);
    }

    /// What happens to a message that passes.
    fn trick(&self) -> Mode {
        let one_in = self.tricks.load(Ordering::Relaxed);
        if one_in == 0 || self.below(one_in) > 0 {
            return Mode::Pass;
        }
        let tricks = [
            Mode::OtherReceipt { arrives: true },
            Mode::OtherReceipt { arrives: false },
            Mode::Forges,
            Mode::Garbage,
            Mode::Loses,
            Mode::Truncates,
            Mode::Doubles,
            Mode::Fails(500),
            Mode::Reorders,
            Mode::Reorders,
        ];
        usize::try_from(self.below(10)).ok().and_then(|index| tricks.get(index).copied()).unwrap_or(Mode::Pass)
    }

    /// A receipt that left the receiver, for another message than this.
    fn other_receipt(&self, id: &str) -> Option<Vec<u8>> {
        let seen = self.seen();
        seen.answers.iter().find(|(other, _)| *other != id).and_then(|(_, all)| all.first().cloned())
    }

    async fn carry_bytes(&self, sender: TcpStream) -> Option<()> {
        let port = self.to.port();
        let receiver = TcpStream::connect(("127.0.0.1", port)).await.ok().filter(|_| port != 0)?;
        let (sender, receiver) = (sender.into_split(), receiver.into_split());
        tokio::select! {
            done = self.pump(sender.0, receiver.1, true) => done,
            done = self.pump(receiver.0, sender.1, false) => done,
        }
    }

    async fn pump(
        &self,
        mut from: tokio::net::tcp::OwnedReadHalf,
        mut to: tokio::net::tcp::OwnedWriteHalf,
        up: bool,
    ) -> Option<()> {
        let mut buffer = vec![0; 16_384];
        let mut cut = None;
        loop {
            let length = from.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
            let mut piece = &buffer[..length];
            match self.mode() {
                Mode::Slow(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
                Mode::Hole => continue,
                Mode::Cut { up: which, after } if which == up => {
                    let left = cut.get_or_insert(after);
                    if *left < length {
                        piece = &piece[..*left];
                        let _ = to.write_all(piece).await;
                        return None;
                    }
                    *left -= length;
                }
                _ => {}
            }
            to.write_all(piece).await.ok()?;
        }
    }

    async fn carry_messages(self: &Arc<Self>, stream: TcpStream) -> Option<()> {
        let incarnation = self.from.incarnation();
        let mut stream = tokio::time::timeout(Duration::from_secs(5), self.acceptor.accept(stream)).await.ok()?.ok()?;
        let mut buffer = Vec::new();
        loop {
            let request = read(&mut stream, &mut buffer).await?;
            let under_way = request.id().map(|id| self.begins(id, &request, incarnation));
            let wire = self.clone();
            let answer = tokio::spawn(async move { wire.answer(request).await });
            let mut more = [0_u8; 1];
            let answer = tokio::select! {
                answer = answer => answer.ok().flatten(),
                // The sender has hung up: what it sent is still on its way.
                _ = stream.read(&mut more) => None,
            };
            drop(under_way);
            let (bytes, whole) = answer?;
            stream.write_all(&bytes).await.ok()?;
            stream.flush().await.ok()?;
            if !whole {
                let _ = stream.get_mut().0.shutdown().await;
                return None;
            }
        }
    }

    /// A message is under way from now on, until what is given is dropped: the connection may break at any time.
    fn begins(self: &Arc<Self>, id: String, request: &Request, incarnation: u32) -> UnderWay {
        let mut seen = self.seen();
        let fixed = request.fixed();
        if *seen.fixed.entry(id.clone()).or_insert(fixed) != fixed {
            seen.wrong.push(format!("{id} was sent again with other bytes"));
        }
        if seen.requests.len() < 64 {
            seen.requests.push(request.clone());
        }
        let key = (id, incarnation);
        let count = seen.under_way.entry(key.clone()).or_default();
        *count += 1;
        let again = *count > 1;
        drop(seen);
        let under_way = UnderWay { wire: self.clone(), key: key.clone() };
        if again && !self.clocks_jump {
            let wire = self.clone();
            // The sender may have hung up a moment ago, and we not have seen it yet.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(800)).await;
                let mut seen = wire.seen();
                let still = seen.under_way.get(&key).is_some_and(|count| *count > 1);
                if still && wire.from.incarnation() == incarnation && !wire.from.is_killed() {
                    seen.wrong.push(format!("{} was sent again while it was under way", key.0));
                }
            });
        }
        under_way
    }

    /// What the sender gets, and whether the connection goes on; nothing where it is closed.
    async fn answer(self: Arc<Self>, request: Request) -> Option<(Vec<u8>, bool)> {
        // What the script does begins and ends while a message is under way; a trick is the message's own.
        let trick = if self.mode() == Mode::Pass { self.trick() } else { Mode::Pass };
        let mode = || if self.mode() == Mode::Pass { trick } else { self.mode() };
        match mode() {
            Mode::OtherReceipt { arrives: false } => {
                if let Some(other) = request.id().and_then(|id| self.other_receipt(&id)) {
                    return Some((spoken(200, &other), true));
                }
            }
            Mode::Pass | Mode::Cut { up: false, .. } | Mode::OtherReceipt { arrives: true } | Mode::Forges => {}
            Mode::Refuse | Mode::Cut { up: true, .. } => return None,
            Mode::Slow(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Mode::Fails(status) => return Some((spoken(status, b"{\"title\": \"out of order\"}"), true)),
            Mode::Garbage => {
                return Some((
                    spoken(200, b"{\"receipt\": \"certbridge-receipt/1\", \"outcome\": \"delivered\"}"),
                    true,
                ));
            }
            Mode::Never | Mode::Hole => {
                let mut changes = self.mode.subscribe();
                let _ = changes.wait_for(|mode| !matches!(mode, Mode::Never | Mode::Hole)).await;
                return None;
            }
            Mode::Doubles => {
                let (one, other) = tokio::join!(self.forward(&request), self.forward(&request));
                let (status, body) = other.or(one)?;
                return Some((spoken(status, &body), true));
            }
            Mode::Reorders => self.is_overtaken(&request).await,
            Mode::Loses | Mode::Truncates | Mode::ReceiverDies { .. } | Mode::SenderDies => {}
        }
        let (status, body) = self.forward(&request).await?;
        match mode() {
            Mode::Loses => None,
            Mode::Truncates | Mode::Cut { up: false, .. } => {
                let whole = spoken(status, &body);
                Some((whole[..whole.len() - body.len() / 2].to_vec(), false))
            }
            Mode::OtherReceipt { .. } => {
                let other = self.other_receipt(&request.id()?).unwrap_or(body);
                Some((spoken(200, &other), true))
            }
            Mode::Forges if status == 200 => Some((spoken(200, &forged(&body)?), true)),
            Mode::ReceiverDies { passes } => {
                self.to.kill();
                passes.then(|| (spoken(status, &body), true))
            }
            Mode::SenderDies => {
                self.from.kill();
                None
            }
            _ => Some((spoken(status, &body), true)),
        }
    }

    /// Ends when a newer message about the same thing has passed; or after a while, if none comes.
    async fn is_overtaken(&self, request: &Request) {
        let Some((about, version)) = request.about() else { return };
        for _ in 0..50 + self.below(50) {
            if self.seen().passed.get(&about).is_some_and(|passed| *passed > version) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Hands a request on and remembers what was answered.
    async fn forward(&self, request: &Request) -> Option<(u16, Vec<u8>)> {
        let port = self.to.port();
        if port == 0 {
            return None;
        }
        let mut fields = HeaderMap::new();
        for (name, value) in &request.fields {
            if !matches!(name.as_str(), "host" | "content-length" | "connection") {
                let name: HeaderName = name.parse().ok()?;
                fields.append(name, HeaderValue::from_str(value).ok()?);
            }
        }
        let url = format!("https://localhost:{port}{}", request.path);
        let answer = self.client.post(url).headers(fields).body(request.body.clone()).send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.ok()?.to_vec();
        if let (200, Some((about, version))) = (status, request.about()) {
            let mut seen = self.seen();
            let passed = seen.passed.entry(about).or_default();
            *passed = version.max(*passed);
        }
        if let (200, Some(id)) = (status, request.id()) {
            self.seen().answers.entry(id).or_default().insert(body.clone());
        }
        Some((status, body))
    }

    /// Repeats something that passed before, as it was, twice at the same time.
    pub(crate) async fn repeats(&self) {
        let request = {
            let seen = self.seen();
            if seen.requests.is_empty() {
                return;
            }
            let count = u64::try_from(seen.requests.len()).unwrap_or(1);
            seen.requests[usize::try_from(self.below(count)).unwrap_or(0)].clone()
        };
        tokio::join!(self.forward(&request), self.forward(&request));
    }
}

/// A message that is under way.
struct UnderWay {
    wire: Arc<Wire>,
    key: (String, u32),
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut seen = self.wire.seen();
        if let Some(count) = seen.under_way.get_mut(&self.key) {
            *count = count.saturating_sub(1);
        }
    }
}

/// A receipt as it is, but for its signature: whoever made that has no key of the receiver.
fn forged(receipt: &[u8]) -> Option<Vec<u8>> {
    let receipt = SignedReceipt::parse(receipt).ok()?;
    let stranger = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy).ok()?.named(receipt.key_id()?);
    receipt.receipt().clone().sign(&stranger).ok()?.to_json().ok()
}

/// An answer as HTTP/1.1 has it.
fn spoken(status: u16, body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        if status == 200 { "OK" } else { "Trouble" },
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// The next request of a connection.
async fn read(stream: &mut tokio_rustls::server::TlsStream<TcpStream>, buffer: &mut Vec<u8>) -> Option<Request> {
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        stream.read_buf(buffer).await.ok().filter(|length| *length > 0)?;
    };
    let text = String::from_utf8(buffer[..head].to_vec()).ok()?;
    let mut lines = text.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let fields: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Request { path, fields, body: Vec::new() };
    let length: usize = request.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    buffer.drain(..head + 4);
    while buffer.len() < length {
        stream.read_buf(buffer).await.ok().filter(|length| *length > 0)?;
    }
    request.body = buffer.drain(..length).collect();
    Some(request)
}
