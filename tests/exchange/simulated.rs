//! A partner in a box, as its own binary, with manners as bad as can be: our side loses nothing, takes nothing twice and
//! believes nothing that it should not.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use certbridge::crypto::Signer as _;
use certbridge::store::{OutboxEntry, OutboxState};

use crate::house::{CN, House, blocking, register, within};
use crate::papers::{CCC, ccc, ccc_key};

/// Who the partner in the box is.
const BOX: &str = "simulated-registry";

/// The process, and what it has told.
struct Simulated {
    child: Child,
    told: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the house says of itself to partners.
fn card(house: &House, folder: &Path) -> std::path::PathBuf {
    let own = &house.own;
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put("cn-ca.pem", own.ca.certificate_pem());
    put("cn-crl.pem", &own.ca.revocation_list(&[], 1, crate::house::days(-1), crate::house::days(20)).unwrap());
    let (message, credential) = (own.message.public_key().multikey(), own.credential.public_key().multikey());
    let (id, did, base, san, address) = (CN.id, CN.did, CN.base, CN.dns, house.address());
    put(
        "cn.toml",
        &format!(
            "id = '{id}'\nname = 'Registry CN'\ncountry = 'CN'\nrole = 'registry'\naddress = '{address}'\ndid = '{did}'\n\
             base = '{base}'\nsan = '{san}'\nanchors = ['cn-ca.pem']\ncrls = ['cn-crl.pem']\n\
             message_keys = [{{id = '{message}', multikey = '{message}'}}]\n\
             credential_keys = [{{id = '{credential}', multikey = '{credential}'}}]\n\
             [agreement]\nlegal_basis = ''\n"
        ),
    );
    folder.join("cn.toml")
}

/// A house of ours that knows the partner in the box, and the other way round.
async fn with_a_box(misbehave: &str, more: &[&str]) -> (House, Simulated) {
    let cn = House::open(CN);
    let folder = tempfile::tempdir().unwrap();
    let card = card(&cn, folder.path());
    let dir = folder.path().join("box");
    let mut command = Command::new(env!("CARGO_BIN_EXE_certbridge"));
    command.args(["simulate", "--as", "registry", "--listen", "127.0.0.1:0"]);
    command.arg("--dir").arg(&dir).arg("--partner").arg(card).args(more);
    if !misbehave.is_empty() {
        command.args(["--misbehave", misbehave]);
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (lines, kept) = (BufReader::new(child.stdout.take().unwrap()).lines(), told.clone());
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
    let simulated = Simulated { child, told, folder };
    assert!(
        within(60, || simulated.tells("knows cn-registry") || simulated.tells("knows Registry CN")).await,
        "{:?}",
        simulated.told
    );
    let share = dir.join("share");
    for name in [format!("{BOX}.toml"), format!("{BOX}-ca.pem"), format!("{BOX}-crl.pem")] {
        cn.put(&format!("partners/{name}"), &std::fs::read_to_string(share.join(&name)).unwrap());
    }
    cn.gateway.exchange.reload(None).unwrap();
    (cn, simulated)
}

impl Simulated {
    fn count(&self, words: &str) -> usize {
        self.told.lock().unwrap().iter().filter(|line| line.contains(words)).count()
    }

    fn tells(&self, words: &str) -> bool {
        self.count(words) > 0
    }
}

/// Sends a certificate to the box; the message, once that has come true of it.
async fn sent(cn: &House, seconds: u64, holds: impl Fn(&OutboxEntry) -> bool) -> OutboxEntry {
    blocking(|| register(&cn.gateway, "cnca-ccc@1", &ccc(CCC)));
    let entry = || cn.outbox().into_iter().find(|entry| entry.subject == ccc_key(CCC).to_string()).unwrap();
    within(seconds, || holds(&entry())).await;
    let entry = entry();
    assert!(holds(&entry), "{:#?}", crate::house::summary(&[entry]));
    entry
}

fn is_delivered(entry: &OutboxEntry) -> bool {
    entry.state == OutboxState::Delivered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_in_a_box_behaves_well_unless_told_otherwise() {
    let (cn, simulated) = with_a_box("", &["--certificates", "2"]).await;
    let entry = sent(&cn, 30, is_delivered).await;
    assert_eq!(entry.attempts, 0);
    assert!(within(30, || cn.count("certificate-registered") == 3).await, "{:?}", simulated.told);
    assert!(within(30, || simulated.count(": receipted") == 2).await, "{:?}", simulated.told);
    assert!(simulated.tells("in   certificate-upsert") && simulated.tells(": delivered"), "{:?}", simulated.told);
    assert!(simulated.folder.path().join("box/certbridge.toml").exists());
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_that_are_none_are_not_believed_and_the_message_goes_again() {
    for misbehaviour in ["wrong-signer", "truncate", "garbage", "error"] {
        let (cn, simulated) = with_a_box(misbehaviour, &["--certificates", "0"]).await;
        let entry = sent(&cn, 40, is_delivered).await;
        assert_eq!(entry.attempts, 1, "{misbehaviour}: the first answer was not believed, the second was");
        assert_eq!(simulated.count(&format!("{misbehaviour}:")), 1, "{:?}", simulated.told);
        assert!(simulated.tells("try 2: delivered"), "{misbehaviour}: {:?}", simulated.told);
        assert_eq!(cn.count("message-sent"), 1, "it was written down once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_comes_too_late_is_asked_for_again() {
    let (cn, simulated) = with_a_box("late-receipt", &["--certificates", "0", "--late", "32"]).await;
    let entry = sent(&cn, 90, is_delivered).await;
    assert_eq!(entry.attempts, 1, "{:?}", simulated.told);
    assert!(simulated.tells("try 2: delivered"), "{:?}", simulated.told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_takes_effect_once() {
    let (cn, simulated) = with_a_box("duplicate", &["--certificates", "3"]).await;
    let twice = within(60, || simulated.count("receipted, again") >= 3).await;
    assert!(twice, "{:?}", simulated.told);
    assert_eq!((cn.count("certificate-registered"), cn.count("message-received")), (3, 3));
    cn.ledger_is_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_is_refused_both_ways() {
    let (cn, simulated) = with_a_box("skew", &["--certificates", "1"]).await;
    let entry = sent(&cn, 40, |entry| entry.last_error.is_some()).await;
    assert!(
        entry.last_error.as_deref().is_some_and(|error| error.contains("signature-too-old")),
        "{:?}",
        entry.last_error
    );
    assert!(within(30, || simulated.tells("not taken: HTTP 400")).await, "{:?}", simulated.told);
    assert!(simulated.tells("from-the-future"), "{:?}", simulated.told);
    assert_eq!((cn.count("certificate-registered"), cn.count("message-received")), (1, 0), "its own alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_list_that_has_run_out_is_refused_both_ways() {
    let (cn, simulated) = with_a_box("stale-crl", &["--certificates", "1"]).await;
    let entry = sent(&cn, 40, |entry| entry.last_error.is_some()).await;
    assert!(
        entry.last_error.as_deref().is_some_and(|error| error.contains("to be relied on only until")),
        "{:?}",
        entry.last_error
    );
    assert!(within(30, || simulated.tells("not taken: HTTP 403")).await, "{:?}", simulated.told);
    assert_eq!((cn.count("certificate-registered"), cn.count("message-received")), (1, 0), "its own alone");
}
