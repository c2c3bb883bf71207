//! Handshakes over loopback: who gets through, who does not, and what the other end is told.

use std::sync::Arc;
use std::time::Duration;

use certbridge::clock::{FixedClock, SystemEntropy};
use certbridge::tls::pki::{Authority, Leaf, LeafRequest, Revoked, Validity};
use certbridge::tls::{
    Current, Identity, Material, partner_client, partner_server, peer_chain, provider, public_server,
};
use certbridge::trust::{CertificateDer, PartyTrust, Refusal, RegisteredName, Standing, Suspension, TrustBook};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{NAME, authority, chain, day, issue, list, lists, now, party, request};

fn identity(leaf: &Leaf) -> Identity {
    Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes()).expect("an identity")
}

struct House {
    current: Arc<Current>,
    ca: Authority,
}

/// A house with its own CA; its partner is whoever the book names.
fn house(book: TrustBook) -> House {
    let ca = authority("House CA");
    let own = identity(&issue(&ca, &request()));
    let material = Material { public: own.clone(), partner: own.clone(), client: own, book: Arc::new(book) };
    House { current: Current::new(material), ca }
}

fn replace_book(house: &House, book: TrustBook) {
    let material = Material { book: Arc::new(book), ..(*house.current.load()).clone() };
    house.current.replace(material).expect("a newer generation");
}

/// A plain client that trusts the house's CA and shows this certificate, or none.
fn client(
    house: &House,
    leaf: Option<&Leaf>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(house.ca.certificate_pem().as_bytes()).expect("PEM");
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_details(provider, Arc::new(Still))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots);
    match leaf {
        None => builder.with_no_client_auth(),
        Some(leaf) => {
            let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).expect("a key");
            builder.with_client_auth_cert(chain(leaf), key).expect("a client")
        }
    }
}

#[derive(Debug)]
struct Still;

impl rustls::time_provider::TimeProvider for Still {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(now().unix()).expect("after 1970");
        Some(rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

struct Met {
    /// What the server saw: the presented chain and the group of the key exchange, or its error.
    server: Result<(Vec<CertificateDer<'static>>, Option<rustls::NamedGroup>), String>,
    /// The client's answer byte, or its error.
    client: Result<u8, String>,
    kind: Option<rustls::HandshakeKind>,
}

/// One connection: handshake, one byte to and fro.
async fn meet(server: Arc<rustls::ServerConfig>, client: Arc<rustls::ClientConfig>, name: &str) -> Met {
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = async {
        let (socket, _) = listener.accept().await.expect("a connection");
        let mut tls = TlsAcceptor::from(server).accept(socket).await.map_err(|e| e.to_string())?;
        let byte = tls.read_u8().await.map_err(|e| e.to_string())?;
        tls.write_u8(byte).await.map_err(|e| e.to_string())?;
        tls.flush().await.map_err(|e| e.to_string())?;
        let _ = tls.shutdown().await;
        let connection = tls.get_ref().1;
        let group = connection.negotiated_key_exchange_group().map(rustls::crypto::SupportedKxGroup::name);
        Ok((peer_chain(connection), group))
    };
    let call = async {
        let socket = TcpStream::connect(address).await.expect("a connection");
        let mut tls = TlsConnector::from(client).connect(name, socket).await.map_err(|e| e.to_string())?;
        tls.write_u8(42).await.map_err(|e| e.to_string())?;
        tls.flush().await.map_err(|e| e.to_string())?;
        let byte = tls.read_u8().await.map_err(|e| e.to_string())?;
        Ok((byte, tls.get_ref().1.handshake_kind()))
    };
    let both = async { tokio::join!(serve, call) };
    let (server, client) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("in time");
    let kind = client.as_ref().ok().and_then(|(_, kind)| *kind);
    Met { server, client: client.map(|(byte, _)| byte), kind }
}

const MODERN: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];

fn listener(house: &House) -> Arc<rustls::ServerConfig> {
    Arc::new(partner_server(&house.current, Arc::new(FixedClock(now()))).expect("a listener"))
}

#[tokio::test]
async fn a_known_partner_is_let_in_with_the_hybrid_key_exchange() {
    let ca = authority("NZ CA");
    let house = house(TrustBook::new(1, [party(&ca)]).expect("a book"));
    let leaf = issue(&ca, &request());
    let met = meet(listener(&house), Arc::new(client(&house, Some(&leaf), MODERN)), NAME).await;
    assert_eq!(met.client, Ok(42));
    let (seen, group) = met.server.expect("a connection");
    assert_eq!(seen, chain(&leaf));
    assert_eq!(group, Some(rustls::NamedGroup::X25519MLKEM768));
    assert_eq!(provider().kx_groups[0].name(), rustls::NamedGroup::X25519MLKEM768);
}

#[tokio::test]
async fn strangers_are_turned_away_in_the_handshake() {
    let (ca, other) = (authority("NZ CA"), authority("Other CA"));
    let neighbour = PartyTrust { id: "other".to_owned(), san: RegisteredName::parse("other.example"), ..party(&other) };
    let house = house(TrustBook::new(1, [party(&ca), neighbour]).expect("a book"));
    let expired = LeafRequest { validity: Validity { from: day(-10), until: day(-1) }, ..request() };
    let misnamed = LeafRequest { dns: vec!["x.example".to_owned()], ..request() };
    let own = request().self_signed(&SystemEntropy).expect("a certificate");
    let strangers = [
        ("another partner's CA", Some(issue(&other, &request())), "UnknownIssuer", "UnknownCA"),
        ("self-signed", Some(own), "UnknownIssuer", "UnknownCA"),
        ("expired", Some(issue(&ca, &expired)), "Expired", "CertificateExpired"),
        ("another name", Some(issue(&ca, &misnamed)), "NotValidForName", "BadCertificate"),
        ("no certificate", None, "no certificates", "CertificateRequired"),
    ];
    for (who, leaf, server_says, alert) in strangers {
        let met = meet(listener(&house), Arc::new(client(&house, leaf.as_ref(), MODERN)), NAME).await;
        let error = met.server.expect_err(who);
        assert!(error.contains(server_says), "{who}: {error}");
        let error = met.client.expect_err(who);
        assert!(error.contains(alert), "{who}: {error}");
    }
}

#[tokio::test]
async fn tls_1_2_is_refused_by_both_listeners() {
    let ca = authority("NZ CA");
    let house = house(TrustBook::new(1, [party(&ca)]).expect("a book"));
    let leaf = issue(&ca, &request());
    let public = Arc::new(public_server(&house.current, Arc::new(FixedClock(now()))).expect("a listener"));
    for server in [listener(&house), public] {
        let old = Arc::new(client(&house, Some(&leaf), &[&rustls::version::TLS12]));
        let met = meet(server, old, NAME).await;
        let error = met.client.expect_err("TLS 1.2");
        assert!(error.contains("ProtocolVersion"), "{error}");
        assert!(met.server.is_err());
    }
}

#[tokio::test]
async fn no_session_is_ever_resumed() {
    let ca = authority("NZ CA");
    let house = house(TrustBook::new(1, [party(&ca)]).expect("a book"));
    let leaf = issue(&ca, &request());
    // This client would resume: it keeps tickets, and all its connections share one store.
    let eager = Arc::new(client(&house, Some(&leaf), MODERN));
    let server = listener(&house);
    for _ in 0..3 {
        let met = meet(server.clone(), eager.clone(), NAME).await;
        assert_eq!(met.client, Ok(42));
        assert!(met.kind.is_some() && met.kind != Some(rustls::HandshakeKind::Resumed));
    }
}

#[tokio::test]
async fn a_known_partner_that_may_not_act_gets_through_to_be_told_why() {
    let ca = authority("NZ CA");
    let leaf = issue(&ca, &request());
    let revoked = Revoked { serial: leaf.serial.clone(), at: day(-1), key_compromised: false };
    let stale = ca.revocation_list(&[], 6, day(-10), day(-1)).expect("a list");
    let suspension = Some(Suspension { since: day(-1), reason: "audit".to_owned() });
    let cases = [
        ("trust/revoked", PartyTrust { revocations: lists(&list(&ca, &[revoked])), ..party(&ca) }),
        ("trust/revocation-list-stale", PartyTrust { revocations: lists(&stale), ..party(&ca) }),
        ("trust/suspended", PartyTrust { suspension, ..party(&ca) }),
    ];
    for (code, party) in cases {
        let house = house(TrustBook::new(1, [party]).expect("a book"));
        let met = meet(listener(&house), Arc::new(client(&house, Some(&leaf), MODERN)), NAME).await;
        assert_eq!(met.client, Ok(42), "{code}");
        let (seen, _) = met.server.expect("a connection");
        let refused = Standing::new(seen).judge(&house.current.book(), now()).expect_err(code);
        assert_eq!(refused.code(), code);
    }
}

#[tokio::test]
async fn new_trust_and_new_identities_count_from_the_next_handshake_on() {
    let ca = authority("NZ CA");
    let house = house(TrustBook::new(1, []).expect("a book"));
    let leaf = issue(&ca, &request());
    let server = listener(&house);
    let caller = Arc::new(client(&house, Some(&leaf), MODERN));
    assert!(meet(server.clone(), caller.clone(), NAME).await.server.is_err());
    replace_book(&house, TrustBook::new(2, [party(&ca)]).expect("a book"));
    assert_eq!(meet(server.clone(), caller.clone(), NAME).await.client, Ok(42));
    // An identity of another name: the caller notices.
    let renamed = LeafRequest { dns: vec!["renamed.example".to_owned()], ..request() };
    let partner = identity(&issue(&house.ca, &renamed));
    let book = Arc::new(TrustBook::new(3, [party(&ca)]).expect("a book"));
    let material = Material { partner, book, ..(*house.current.load()).clone() };
    house.current.replace(material.clone()).expect("a newer generation");
    assert!(meet(server.clone(), caller.clone(), NAME).await.client.is_err());
    assert_eq!(meet(server, caller, "renamed.example").await.client, Ok(42));
    assert!(house.current.replace(material).is_err(), "the same generation again");
}

#[tokio::test]
async fn a_partner_that_we_call_is_judged_in_the_handshake_and_before_each_send() {
    let ca = authority("NZ CA");
    let ours = house(TrustBook::new(1, [party(&ca)]).expect("a book"));
    // The partner's house knows ours by our CA, and shows what its own CA issued.
    let us = || PartyTrust { id: "cn".to_owned(), ..party(&ours.ca) };
    let theirs = house(TrustBook::new(1, [us()]).expect("a book"));
    let endpoint = issue(&ca, &request());
    let book = Arc::new(TrustBook::new(2, [us()]).expect("a book"));
    let material = Material { partner: identity(&endpoint), book, ..(*theirs.current.load()).clone() };
    theirs.current.replace(material).expect("a newer generation");

    let clock = Arc::new(FixedClock(now()));
    let (config, connections) = partner_client(&ours.current, clock, "nz-registry").expect("a client");
    assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    let config = Arc::new(config);
    let met = meet(listener(&theirs), config.clone(), NAME).await;
    assert_eq!(met.client, Ok(42), "{:?}", met.server);
    assert_eq!(connections.chains(), [chain(&endpoint)]);
    assert_eq!(connections.judge(&ours.current.book(), now()), Ok(()));
    assert!(connections.judge(&ours.current.book(), day(7)).is_err(), "the list has grown stale");

    // Another name is called: refused, and it is known why.
    assert!(meet(listener(&theirs), config.clone(), "other.example").await.client.is_err());
    assert!(matches!(connections.last_refusal(), Some(Refusal::WrongName { .. })));

    // The endpoint's certificate is revoked: the open connection and the next handshake are refused.
    let revoked = Revoked { serial: endpoint.serial.clone(), at: day(-1), key_compromised: false };
    let distrusted = PartyTrust { revocations: lists(&list(&ca, &[revoked])), ..party(&ca) };
    replace_book(&ours, TrustBook::new(2, [distrusted]).expect("a book"));
    assert!(matches!(connections.judge(&ours.current.book(), now()), Err(Refusal::Revoked { .. })));
    let met = meet(listener(&theirs), config, NAME).await;
    assert!(met.client.is_err());
    let error = met.server.expect_err("an alert");
    assert!(error.contains("CertificateRevoked"), "{error}");
    assert!(matches!(connections.last_refusal(), Some(Refusal::Revoked { .. })));

    // A house that is not this partner: another CA.
    let stranger = house(TrustBook::new(1, [us()]).expect("a book"));
    let (config, _) = partner_client(&ours.current, Arc::new(FixedClock(now())), "nz-registry").expect("a client");
    assert!(meet(listener(&stranger), Arc::new(config), NAME).await.client.is_err());
}

#[tokio::test]
async fn the_http_client_takes_the_configuration_for_a_partner() {
    let ca = authority("NZ CA");
    let ours = house(TrustBook::new(1, [party(&ca)]).expect("a book"));
    let us = PartyTrust { id: "cn".to_owned(), ..party(&ours.ca) };
    let theirs = house(TrustBook::new(1, [us.clone()]).expect("a book"));
    let book = Arc::new(TrustBook::new(2, [us]).expect("a book"));
    let partner = identity(&issue(&ca, &request()));
    theirs.current.replace(Material { partner, book, ..(*theirs.current.load()).clone() }).expect("newer");

    let listening = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listening.local_addr().expect("an address");
    // The plainest of servers, which speaks HTTP/1.1 only.
    let mut server = (*listener(&theirs)).clone();
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    let serve = async {
        let (socket, _) = listening.accept().await.expect("a connection");
        let mut tls = TlsAcceptor::from(Arc::new(server)).accept(socket).await.expect("a handshake");
        let mut heard = vec![0; 4096];
        let length = tls.read(&mut heard).await.expect("a request");
        tls.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.expect("an answer");
        let _ = tls.shutdown().await;
        String::from_utf8_lossy(&heard[..length]).into_owned()
    };
    let (config, _) = partner_client(&ours.current, Arc::new(FixedClock(now())), "nz-registry").expect("a client");
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .no_proxy()
        .resolve(NAME, address)
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client");
    let call = client.get(format!("https://{NAME}:{}/exchange/v1/changes", address.port())).send();
    let (heard, answer) = tokio::join!(serve, call);
    assert_eq!(answer.expect("an answer").status(), 204);
    assert!(heard.starts_with("GET /exchange/v1/changes HTTP/1.1"), "{heard}");
}

#[tokio::test]
async fn the_public_listener_asks_for_no_certificate() {
    let house = house(TrustBook::new(1, []).expect("a book"));
    let public = Arc::new(public_server(&house.current, Arc::new(FixedClock(now()))).expect("a listener"));
    let met = meet(public, Arc::new(client(&house, None, MODERN)), NAME).await;
    assert_eq!(met.client, Ok(42));
    assert!(met.server.expect("a connection").0.is_empty());
}

#[test]
fn a_key_that_is_not_the_certificates_makes_no_identity() {
    let ca = authority("NZ CA");
    let (one, other) = (issue(&ca, &request()), issue(&ca, &request()));
    assert!(Identity::from_pem(one.chain_pem.as_bytes(), other.key_pem.as_bytes()).is_err());
    assert!(Identity::from_pem(b"", one.key_pem.as_bytes()).is_err());
    assert!(Identity::from_pem(one.chain_pem.as_bytes(), b"").is_err());
}
