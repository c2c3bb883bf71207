//! Every defect of a certificate, of its revocation list and of the agreement, by handshakes through the real listener and
//! the real outgoing client, on a new connection and on one that was open before: nothing gets through.
//!
//! The test prints what it saw as a table. A cell is `-` where the defect cannot come over a connection that is open: the
//! certificate stays the one that was presented, and a weak key was weak before. Each refusal is followed by the same thing
//! done right, so that what was refused was refused for the defect.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use certbridge::clock::SystemEntropy;
use certbridge::exchange::outbox::MESSAGES;
use certbridge::store::{Change, OutboxState, OutboxStep, OutboxUpdate, Write};
use certbridge::tls::Identity;
use certbridge::tls::pki::{Authority, Leaf, LeafRequest, Revoked, Validity};
use certbridge::trust::{Certificate, CertificateDer};
use rustls::pki_types::pem::PemObject;

use crate::caller::{client, codes, read};
use crate::house::{AU, CN, CN_TERMS, Credentials, House, NZ, NZ_TERMS, blocking, days, register, request, within};
use crate::letter::Letter;
use crate::papers::{ccc, ccc_key};
use crate::proxy::Proxy;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Expired,
    NotYetValid,
    WrongCa,
    OtherPartnersCa,
    WrongSan,
    AnotherPartnersSan,
    RevokedLeaf,
    RevokedIntermediate,
    MissingCrl,
    StaleCrl,
    WrongKeyUsage,
    WrongExtendedKeyUsage,
    WeakKey,
    WeakKeyInTheChain,
    SelfSigned,
    ChainTooLong,
    PathTooLong,
    AgreementEnded,
    Suspended,
}

use Defect::*;

const ALL: [Defect; 19] = [
    Expired,
    NotYetValid,
    WrongCa,
    OtherPartnersCa,
    WrongSan,
    AnotherPartnersSan,
    RevokedLeaf,
    RevokedIntermediate,
    MissingCrl,
    StaleCrl,
    WrongKeyUsage,
    WrongExtendedKeyUsage,
    WeakKey,
    WeakKeyInTheChain,
    SelfSigned,
    ChainTooLong,
    PathTooLong,
    AgreementEnded,
    Suspended,
];

impl Defect {
    /// Whether these are words of its refusal. The certificates of these tests bear the name of their CA, so that one of an
    /// unknown CA looks like one that vouches for itself, and one that does like one that the CA did not sign.
    fn is_told(self, words: &str) -> bool {
        let wanted: &[&str] = match self {
            Expired => &["expired at"],
            NotYetValid => &["valid only from"],
            WrongCa | OtherPartnersCa => &["not a CA that this partner registered", "no registered CA vouches for it"],
            WrongSan => &["not the registered name"],
            AnotherPartnersSan => &["not the registered name", "no registered CA vouches for it"],
            RevokedLeaf | RevokedIntermediate => &["was revoked at"],
            MissingCrl => &["no revocation list"],
            StaleCrl => &["to be relied on only until"],
            WrongKeyUsage | WrongExtendedKeyUsage => &["usages"],
            WeakKey | WeakKeyInTheChain => &["too weak"],
            SelfSigned => &["self-signed", "the registered key of that CA did not sign it"],
            ChainTooLong | PathTooLong => &["chain is too long"],
            AgreementEnded => &["agreement"],
            Suspended => &["suspended"],
        };
        wanted.iter().any(|one| words.contains(one))
    }
}

/// Which end has the defect, from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The partner calls us.
    Inbound,
    /// We call the partner.
    Outbound,
}

/// What the partner of New Zealand has to show: its CA, a CA under that, and others' CAs.
struct Papers {
    nz: std::sync::Arc<Credentials>,
    au: Credentials,
    between: Authority,
    stranger: Authority,
    folder: tempfile::TempDir,
}

const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJ66rVNQ6OASJQ8TFPGht5Xkan
RfJjnJ9rAL6M2AOtCqjJmY+D8e5gT0tI+cnw7bVbT9csEUQi0u4KZ5Doo8fYsDeB
TINFVuy3o8agRp36eO4x6efmiOKxClCcNeUP5VsCmg1wANMIS8OtPwgdeW+Wohix
eT5Ne3F6EY7X5ur/gQIDAQAB
-----END PUBLIC KEY-----
";

fn serial(pem: &str) -> String {
    Certificate::read(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap().serial
}

/// Runs openssl; `None` where there is none.
fn openssl(arguments: &[&str], folder: &std::path::Path) -> Option<()> {
    let done = Command::new("openssl").args(arguments).current_dir(folder).output().ok()?;
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

impl Papers {
    fn make(nz: std::sync::Arc<Credentials>) -> Self {
        let validity = Validity::days(days(-5), 365);
        let between = nz.ca.subordinate("NZ issuing", "NZ", validity, &SystemEntropy).unwrap();
        let stranger = Authority::create("Stranger", "NZ", validity, &SystemEntropy).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { nz, au: Credentials::make(AU), between, stranger, folder }
    }

    /// A certificate of the CA with a key usage that does not sign.
    fn without_signing(&self) -> Option<Leaf> {
        let folder = self.folder.path();
        let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        put("ca.pem", self.nz.ca.certificate_pem());
        put("ca-key.pem", &self.nz.ca.key_pem());
        put(
            "usage.cnf",
            &format!(
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyAgreement\nextendedKeyUsage=clientAuth,serverAuth\n\
                 subjectAltName=DNS:{},DNS:localhost,IP:127.0.0.1\n",
                NZ.dns
            ),
        );
        openssl(
            &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "usage-key.pem"],
            folder,
        )?;
        openssl(&["req", "-new", "-key", "usage-key.pem", "-subj", "/C=NZ/CN=usage", "-out", "usage.csr"], folder)?;
        let issue = "x509 -req -in usage.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile usage.cnf -out usage.pem";
        openssl(&issue.split(' ').collect::<Vec<_>>(), folder)?;
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        Some(Leaf { serial: serial(&text("usage.pem")), chain_pem: text("usage.pem"), key_pem: text("usage-key.pem") })
    }

    /// A certificate for an RSA key of 1024 bits, with that key.
    fn weak(&self) -> Option<Leaf> {
        let folder = self.folder.path();
        openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "weak-key.pem"], folder)?;
        openssl(&["pkey", "-in", "weak-key.pem", "-pubout", "-out", "weak-public.pem"], folder)?;
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let leaf = self.nz.ca.issue_for(&request(NZ), &text("weak-public.pem"), &SystemEntropy).unwrap();
        std::fs::write(folder.join("weak.pem"), &leaf.chain_pem).unwrap();
        Some(Leaf { key_pem: text("weak-key.pem"), ..leaf })
    }

    /// What the partner shows on a new connection. `None`: openssl would be needed, and is not there.
    fn shows(&self, defect: Defect, side: Side) -> Option<Leaf> {
        let issue = |ca: &Authority, request: &LeafRequest| Some(ca.issue(request, &SystemEntropy).unwrap());
        let ca = &self.nz.ca;
        let good = request(NZ);
        match defect {
            Expired => issue(ca, &LeafRequest { validity: Validity { from: days(-9), until: days(-1) }, ..good }),
            NotYetValid => issue(ca, &LeafRequest { validity: Validity { from: days(1), until: days(9) }, ..good }),
            WrongCa => issue(&self.stranger, &good),
            OtherPartnersCa => issue(&self.au.ca, &good),
            WrongSan => issue(ca, &LeafRequest { dns: vec!["other.example".into()], addresses: Vec::new(), ..good }),
            AnotherPartnersSan => issue(ca, &LeafRequest { dns: vec![AU.dns.into()], addresses: Vec::new(), ..good }),
            RevokedIntermediate => issue(&self.between, &good),
            WrongKeyUsage => self.without_signing(),
            WrongExtendedKeyUsage => {
                issue(ca, &LeafRequest { client: side == Side::Outbound, server: side == Side::Inbound, ..good })
            }
            WeakKey => self.weak(),
            WeakKeyInTheChain => {
                let leaf = ca.issue(&good, &SystemEntropy).unwrap();
                let weak = ca.issue_for(&good, RSA_1024, &SystemEntropy).unwrap();
                Some(Leaf { chain_pem: format!("{}{}", leaf.chain_pem, weak.chain_pem), ..leaf })
            }
            SelfSigned => Some(good.self_signed(&SystemEntropy).unwrap()),
            ChainTooLong => {
                let leaf = self.between.issue(&good, &SystemEntropy).unwrap();
                let chain_pem = format!("{}{}", leaf.chain_pem, self.between.certificate_pem().repeat(5));
                Some(Leaf { chain_pem, ..leaf })
            }
            PathTooLong => {
                let validity = Validity::days(days(-2), 100);
                let below = self.between.subordinate("NZ below", "NZ", validity, &SystemEntropy).unwrap();
                issue(&below, &good)
            }
            RevokedLeaf | MissingCrl | StaleCrl | AgreementEnded | Suspended => Some(self.nz.leaf.clone()),
        }
    }

    /// What the partner shows on a connection over which the defect comes later.
    fn shows_before(&self, defect: Defect) -> Leaf {
        let validity = match defect {
            Expired => Validity { from: days(-1), until: days(1) },
            NotYetValid => Validity { from: days(0).plus_seconds(-3600), until: days(100) },
            RevokedIntermediate => return self.between.issue(&request(NZ), &SystemEntropy).unwrap(),
            _ => return self.nz.leaf.clone(),
        };
        self.nz.ca.issue(&LeafRequest { validity, ..request(NZ) }, &SystemEntropy).unwrap()
    }

    /// Lists of the partner's CAs on which these stand.
    fn lists(&self, leaf: Option<&Leaf>, between: bool) -> String {
        let revoked = |serial: String| Revoked { serial, at: days(-1), key_compromised: false };
        let mut of_root: Vec<Revoked> = leaf.map(|leaf| revoked(leaf.serial.clone())).into_iter().collect();
        of_root.extend(between.then(|| revoked(serial(self.between.certificate_pem()))));
        let since = days(0).plus_seconds(-7200);
        let list = |ca: &Authority, of: &[Revoked]| ca.revocation_list(of, 2, since, days(30)).unwrap();
        format!("{}{}", list(&self.nz.ca, &of_root), list(&self.between, &[]))
    }

    /// The home's book and clock, as they are where nothing is wrong.
    fn mend(&self, cn: &mut House, nz_at: &str) {
        cn.knows(AU, &self.au, None, "");
        cn.knows(NZ, &self.nz, Some(nz_at), NZ_TERMS);
        cn.put("partners/nz-registry-crl.pem", &self.lists(None, false));
        cn.gateway.exchange.reload(None).unwrap();
    }

    /// What goes wrong at home, whatever the partner shows.
    fn spoil(&self, defect: Defect, cn: &mut House) {
        let table = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        match defect {
            RevokedLeaf => cn.put("partners/nz-registry-crl.pem", &self.lists(Some(&self.nz.leaf), false)),
            RevokedIntermediate => cn.put("partners/nz-registry-crl.pem", &self.lists(None, true)),
            _ => {}
        }
        cn.rewrite(NZ, |entry| match defect {
            MissingCrl => drop(entry.insert("crls".into(), toml::Value::Array(Vec::new()))),
            StaleCrl => entry.extend(table("crl_hours = 1")),
            AgreementEnded => entry.extend(table("agreement = {legal_basis = 'x', until = '2026-01-01'}")),
            Suspended => entry.extend(table("suspended = {since = '2026-01-01T00:00:00Z', reason = 'audit'}")),
            _ => {}
        });
    }

    /// What goes wrong while a connection is open; false where it cannot.
    fn turn(&self, defect: Defect, side: Side, cn: &mut House, nz: &House) -> bool {
        match defect {
            Expired => advance(cn, nz, 2 * 86_400),
            NotYetValid => advance(cn, nz, -5400),
            // The partner has another CA now.
            WrongCa | OtherPartnersCa => {
                let ca = if defect == WrongCa { &self.stranger } else { &self.au.ca };
                cn.put("partners/nz-registry-ca.pem", ca.certificate_pem());
                cn.put("partners/nz-registry-crl.pem", &ca.revocation_list(&[], 1, days(-1), days(30)).unwrap());
                cn.rewrite(NZ, |_| {});
            }
            // The partner has another name now; or the name that it had is another's. A host is called by its own name.
            WrongSan | AnotherPartnersSan if side == Side::Inbound => {
                cn.rewrite(NZ, |entry| drop(entry.insert("san".into(), "other.example".into())));
                if defect == AnotherPartnersSan {
                    cn.rewrite(AU, |entry| drop(entry.insert("san".into(), NZ.dns.into())));
                }
            }
            RevokedLeaf | RevokedIntermediate | MissingCrl | StaleCrl | AgreementEnded | Suspended => {
                self.spoil(defect, cn);
            }
            _ => return false,
        }
        true
    }
}

fn advance(cn: &House, nz: &House, seconds: i64) {
    cn.clock.advance(seconds);
    nz.clock.advance(seconds);
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    /// It was taken.
    Accepted,
    /// Not in the handshake.
    TurnedAway,
    /// With a 403, for this reason.
    Refused(String),
    /// We did not send, or did not believe the receipt, for this reason.
    NotSent(String),
}

/// One message of the partner over this client.
async fn call(client: &reqwest::Client, address: &str, letter: &Letter, nz: &Credentials) -> Came {
    let mut request = client.post(format!("{address}{MESSAGES}")).body(letter.body.clone());
    for (name, value) in letter.fields(&nz.message).iter() {
        request = request.header(name, value);
    }
    let Ok(response) = request.send().await else { return Came::TurnedAway };
    let (status, answer) = read(response).await;
    match (status, codes(&answer).first()) {
        (200, _) => Came::Accepted,
        (403, Some(_)) => Came::Refused(answer["findings"][0]["message"]["en"].as_str().unwrap_or_default().to_owned()),
        other => panic!("{other:?}: {answer}"),
    }
}

/// The same by openssl, which signs with a key that our own library would not touch.
fn call_by_openssl(papers: &Papers, address: &str) -> Came {
    let folder = papers.folder.path();
    let port = address.rsplit(':').next().unwrap();
    let mut child = Command::new("openssl")
        .args(["s_client", "-quiet", "-tls1_3", "-cert", "weak.pem", "-key", "weak-key.pem"])
        .args(["-cipher", "DEFAULT:@SECLEVEL=0", "-connect", &format!("127.0.0.1:{port}")])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let _ = std::io::Write::write_all(
        &mut stdin,
        b"GET /exchange/v1/link HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    let said = child.wait_with_output().unwrap().stdout;
    drop(stdin);
    if String::from_utf8_lossy(&said).contains("HTTP/1.1 200") { Came::Accepted } else { Came::TurnedAway }
}

/// A message of ours to the partner: what became of it, once it was tried or is not going to be.
async fn send(cn: &House, number: &str) -> Came {
    blocking(|| register(&cn.gateway, "cnca-ccc@1", &ccc(number)));
    let subject = ccc_key(number).to_string();
    let entry = || cn.outbox().into_iter().find(|entry| entry.subject == subject).unwrap();
    let tried = within(8, || {
        let entry = entry();
        entry.state == OutboxState::Delivered || entry.last_error.is_some() || entry.attempts > 0
    });
    let held_back = tokio::time::timeout(std::time::Duration::from_millis(1500), tried).await;
    let entry = entry();
    match (held_back, entry.state) {
        (_, OutboxState::Delivered) => Came::Accepted,
        (Ok(_), _) => Came::NotSent(entry.last_error.unwrap_or_default()),
        (Err(_), _) => Came::NotSent("held back: it is suspended".into()),
    }
}

/// Everything is tried again at once, and arrives. A message that was made under a clock that has been set back since is
/// given up: its id names a time that has not come.
async fn all_arrives(cn: &House) {
    let arrived =
        || cn.outbox().iter().all(|entry| matches!(entry.state, OutboxState::Delivered | OutboxState::Dropped));
    let all = within(30, || {
        // One that is under way at this moment is met the next time.
        for entry in cn.outbox().into_iter().filter(|entry| entry.state == OutboxState::Due) {
            let (id, expected, at) = (entry.id, entry.revision, cn.gateway.exchange.now());
            let step = if entry.created_at > at { OutboxStep::Drop } else { OutboxStep::Retry };
            let update = OutboxUpdate { id, expected, at, step };
            let _ = blocking(|| cn.store().commit(Change::new(vec![Write::Outbox(update)])));
        }
        cn.gateway.exchange.wake();
        arrived()
    });
    assert!(all.await, "{:#?}", crate::house::summary(&cn.outbox()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_through_that_has_a_defect() {
    let (mut cn, mut nz) = (House::open(CN), House::open(NZ));
    let cn_own = cn.own.clone();
    nz.knows(CN, &cn_own, None, CN_TERMS);
    let papers = Papers::make(nz.own.clone());
    let address = cn.address();
    let own = |leaf: &Leaf| Identity::from_pem(leaf.chain_pem.as_bytes(), leaf.key_pem.as_bytes());
    papers.mend(&mut cn, &nz.address());
    let mut number = 0_u32;
    let mut next = || {
        number += 1;
        (format!("NZ-{number}"), format!("20248007{:08}", 5_000_000 + number))
    };
    let mut table = String::new();
    let mut wrong = Vec::new();
    let mut cells = 0;
    for defect in ALL {
        let mut row = Vec::new();
        for (side, kept) in
            [(Side::Inbound, false), (Side::Inbound, true), (Side::Outbound, false), (Side::Outbound, true)]
        {
            let (theirs, ours) = next();
            let letter = Letter::certificate(&papers.nz, &theirs, 1);
            let came = match (side, kept) {
                (Side::Inbound, false) => match papers.shows(defect, side) {
                    None => None,
                    Some(_) if defect == WeakKey => Some(blocking(|| call_by_openssl(&papers, &address))),
                    Some(leaf) => {
                        papers.spoil(defect, &mut cn);
                        Some(call(&client(&cn, Some(&leaf), true), &address, &letter, &papers.nz).await)
                    }
                },
                (Side::Inbound, true) => {
                    let leaf = papers.shows_before(defect);
                    let proxy = Proxy::to(&address).await;
                    let client = client(&cn, Some(&leaf), true);
                    let good = Letter::certificate(&papers.nz, &format!("{theirs}-before"), 1);
                    assert_eq!(call(&client, &proxy.address, &good, &papers.nz).await, Came::Accepted, "{defect:?}");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    if papers.turn(defect, side, &mut cn, &nz) {
                        let came = call(&client, &proxy.address, &letter, &papers.nz).await;
                        assert_eq!(proxy.connections(), 1, "{defect:?}: it was the same connection");
                        Some(came)
                    } else {
                        None
                    }
                }
                (Side::Outbound, false) => match papers.shows(defect, side).map(|leaf| (own(&leaf), leaf)) {
                    None => None,
                    Some((Ok(identity), _)) => {
                        nz.gateway.exchange.reload(Some(identity)).unwrap();
                        papers.spoil(defect, &mut cn);
                        Some(send(&cn, &ours).await)
                    }
                    // A key that our library does not take: openssl listens with it.
                    Some((Err(_), _)) => {
                        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
                        let mut server = Command::new("openssl")
                            .args([
                                "s_server",
                                "-quiet",
                                "-tls1_3",
                                "-www",
                                "-cert",
                                "weak.pem",
                                "-key",
                                "weak-key.pem",
                            ])
                            .args(["-cipher", "DEFAULT:@SECLEVEL=0", "-accept", &port.to_string()])
                            .current_dir(papers.folder.path())
                            .stdin(Stdio::piped())
                            .stdout(Stdio::null())
                            .stderr(Stdio::null())
                            .spawn()
                            .unwrap();
                        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
                        assert!(within(10, listens).await, "openssl listens");
                        cn.rewrite(NZ, |entry| {
                            drop(entry.insert("address".into(), format!("https://localhost:{port}").into()));
                        });
                        let came = send(&cn, &ours).await;
                        server.kill().unwrap();
                        server.wait().unwrap();
                        Some(came)
                    }
                },
                (Side::Outbound, true) => {
                    let leaf = papers.shows_before(defect);
                    nz.gateway.exchange.reload(Some(own(&leaf).unwrap())).unwrap();
                    cn.gateway.exchange.reload(None).unwrap();
                    assert_eq!(send(&cn, &next().1).await, Came::Accepted, "{defect:?}");
                    if papers.turn(defect, side, &mut cn, &nz) { Some(send(&cn, &ours).await) } else { None }
                }
            };
            match &came {
                None => row.push("-".to_owned()),
                Some(came) => {
                    cells += 1;
                    let told = match came {
                        Came::Accepted => "ACCEPTED",
                        Came::TurnedAway => "handshake",
                        Came::Refused(words) if defect.is_told(words) => "403",
                        Came::NotSent(words) if defect.is_told(words) => "not sent",
                        Came::Refused(_) | Came::NotSent(_) => "another reason",
                    };
                    row.push(told.to_owned());
                    let arrived = side == Side::Inbound
                        && cn.record(&crate::papers::nz_key(crate::papers::BODY, &theirs)).is_some()
                        || side == Side::Outbound && nz.record(&ccc_key(&ours)).is_some();
                    if arrived || matches!(told, "ACCEPTED" | "another reason") {
                        wrong.push(format!("{defect:?} {side:?} kept={kept}: {came:?}"));
                    }
                }
            }
            // All is well again, and what was refused gets through.
            let offset = match (defect, kept) {
                (Expired, true) => -2 * 86_400,
                (NotYetValid, true) => 5400,
                _ => 0,
            };
            advance(&cn, &nz, offset);
            nz.gateway.exchange.reload(Some(own(&papers.nz.leaf).unwrap())).unwrap();
            papers.mend(&mut cn, &nz.address());
            if side == Side::Inbound {
                let client = client(&cn, Some(&papers.nz.leaf), true);
                assert_eq!(call(&client, &address, &letter, &papers.nz).await, Came::Accepted, "{defect:?}, mended");
            } else {
                all_arrives(&cn).await;
            }
        }
        let name = format!("{defect:?}");
        writeln!(table, "{name:<22} {:<12} {:<12} {:<12} {:<12}", row[0], row[1], row[2], row[3]).unwrap();
    }
    println!("{:<22} {:<12} {:<12} {:<12} {:<12}", "", "in, new", "in, open", "out, new", "out, open");
    println!("{table}");
    assert!(wrong.is_empty(), "accepted, or refused for another reason:\n{}\n{table}", wrong.join("\n"));
    assert!(cells >= 50, "{cells} of {} cells were tried\n{table}", 4 * ALL.len());
    cn.ledger_is_sound();
    nz.ledger_is_sound();
}

/// A message whose body takes longer than the sender's certificate stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_upload_does_not_outlive_a_revocation() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (cn, nz) = crate::house::alone();
    let letter = Letter::certificate(&nz, "NZ-1", 1);
    let mut head = format!("POST {MESSAGES} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", letter.body.len());
    for (name, value) in letter.fields(&nz.message).iter() {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let (first, rest) = letter.body.split_at(letter.body.len() / 2);
    let upload = async |revoked: bool| {
        let config = crate::caller::shared(&cn, Some(&nz.leaf));
        let socket = tokio::net::TcpStream::connect(cn.address().trim_start_matches("https://")).await.unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let mut tls = tokio_rustls::TlsConnector::from(config).connect(name, socket).await.unwrap();
        tls.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.unwrap();
        tls.write_all(first).await.unwrap();
        tls.flush().await.unwrap();
        // The request is under way: it was let in.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        if revoked {
            cn.revokes(NZ, &nz, &[&nz.leaf.serial]);
        }
        tls.write_all(rest).await.unwrap();
        tls.flush().await.unwrap();
        let mut answer = String::new();
        let _ = tls.read_to_string(&mut answer).await;
        answer
    };
    let answer = upload(true).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("trust/revoked"), "{answer}");
    assert_eq!(cn.events().len(), 0);
    cn.revokes(NZ, &nz, &[]);
    let answer = upload(false).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A revocation list that has grown stale is excused by name and date, and not a day longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_named_and_dated_exception_excuses_a_stale_list_until_its_day_is_over() {
    let (mut cn, nz) = crate::house::alone();
    let client = client(&cn, Some(&nz.leaf), true);
    let stale = |entry: &mut toml::Table, more: &str| {
        entry.extend(toml::from_str::<toml::Table>(&format!("crl_hours = 1\n{more}")).unwrap());
    };
    let letter = |number: &str| Letter::certificate(&nz, number, 1);
    let address = cn.address();
    cn.rewrite(NZ, |entry| stale(entry, ""));
    let refused = call(&client, &address, &letter("NZ-1"), &nz).await;
    assert!(matches!(&refused, Came::Refused(words) if StaleCrl.is_told(words)), "{refused:?}");
    let day = |offset: i64| days(offset).day(certbridge::clock::Zone::CHINA);
    let exception = |until| format!("crl_exception = {{name = 'Outage of their CA', until = '{until}'}}");
    cn.rewrite(NZ, |entry| stale(entry, &exception(day(0))));
    assert_eq!(call(&client, &address, &letter("NZ-1"), &nz).await, Came::Accepted, "its last day is included");
    cn.rewrite(NZ, |entry| stale(entry, &exception(day(-1))));
    let over = call(&client, &address, &letter("NZ-2"), &nz).await;
    assert!(matches!(&over, Came::Refused(words) if StaleCrl.is_told(words)), "{over:?}");
    // It excuses the age of a list, never what stands on it.
    cn.rewrite(NZ, |entry| stale(entry, &exception(day(3))));
    cn.revokes(NZ, &nz, &[&nz.leaf.serial]);
    let revoked = call(&client, &address, &letter("NZ-2"), &nz).await;
    assert!(matches!(&revoked, Came::Refused(words) if RevokedLeaf.is_told(words)), "{revoked:?}");
}
