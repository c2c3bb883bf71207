//! A process that is killed between sending and hearing the answer: it goes on with the same id and the same bytes.

use std::process::Command;
use std::sync::Arc;

use certbridge::exchange::Frozen;
use certbridge::gateway::{Gateway, serve};
use certbridge::store::{OutboxEntry, OutboxFilter, OutboxState};

use crate::house::{CN, CN_TERMS, Hands, House, NZ, NZ_TERMS, blocking, open, register, within};
use crate::papers::{CCC, ccc, ccc_key};
use crate::proxy::{Answers, Proxy};

/// The folder of the house in which the process that is killed works.
const FOLDER: &str = "HOUSE_TO_KILL";

fn the_message(gateway: &Gateway) -> OutboxEntry {
    let all = gateway.store().outbox(&OutboxFilter { limit: 10, ..OutboxFilter::default() }).unwrap();
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "not a test of its own: the process that the test below kills"]
async fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let gateway = open(folder.as_ref(), &Arc::new(Hands::default()));
    let _running = serve(&gateway).unwrap();
    register(&gateway, "cnca-ccc@1", &ccc(CCC));
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_goes_on_with_the_same_message() {
    let mut nz = House::open(NZ);
    let proxy = Proxy::to(&nz.address()).await;
    let mut cn = House::open(CN);
    let (cn_own, nz_own) = (cn.own.clone(), nz.own.clone());
    nz.knows(CN, &cn_own, None, CN_TERMS);
    cn.knows(NZ, &nz_own, Some(&proxy.address), NZ_TERMS);
    let folder = cn.closes().await;

    proxy.answers(Answers::Wait);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "restart::the_process_that_is_killed", "--ignored"])
        .env(FOLDER, folder.path())
        .spawn()
        .unwrap();
    let arrived = within(20, || nz.record(&ccc_key(CCC)).is_some()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(arrived, "it never arrived");
    proxy.answers(Answers::Pass);

    let gateway = open(folder.path(), &Arc::new(Hands::default()));
    let before = the_message(&gateway);
    assert_eq!(before.state, OutboxState::Sent, "it had left, and nobody knew what became of it");
    let sent = Frozen::from_bytes(before.frozen.as_deref().unwrap()).unwrap();
    let running = serve(&gateway).unwrap();
    assert!(within(20, || the_message(&gateway).state == OutboxState::Delivered).await, "{:#?}", the_message(&gateway));
    let after = the_message(&gateway);
    let again = Frozen::from_bytes(after.frozen.as_deref().unwrap()).unwrap();
    assert_eq!((&again.envelope, &again.body), (&sent.envelope, &sent.body));
    assert_eq!(again.envelope.id.to_string(), before.id);
    assert_eq!((nz.effects(), nz.count("message-received")), (1, 1), "one effect");
    let answer = nz.store().taken(&CN.id.into(), &before.id).unwrap().unwrap().answer;
    assert_eq!(String::from_utf8(answer).unwrap(), String::from_utf8(after.receipt.unwrap()).unwrap());
    running.stop().await;
    let key = std::slice::from_ref(&gateway.ledger_key);
    blocking(|| certbridge::store::replay_ledger(gateway.store().as_ref(), &gateway.ledger_origin, key)).unwrap();
    nz.ledger_is_sound();
}
