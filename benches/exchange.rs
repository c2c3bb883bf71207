//! What the exchange carries, between two houses in one process that keep their stores on one disk:
//!
//!     cargo bench --bench exchange -- [durable] [status] [bulk] [--messages N] [--rounds N] [--certificates N]
//!
//! `durable`: messages a second that are acknowledged, durable at both ends, and what durability costs: rounds with
//! `synchronous` FULL and OFF take turns. `status`: how long a change of status takes from the call that makes it until the
//! partner's answers show it, in peace and while certificates are taken in. `bulk`: how long an act on many takes.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a program for measuring, whose input is our own")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use certbridge::exchange::Frozen;
use certbridge::format::{Catalogue, ReadContext};
use certbridge::gateway::Gateway;
use certbridge::registry::{BulkOrder, Condition, Incoming, Owner};
use certbridge::store::{Durability, OutboxFilter, OutboxState};
use serde_json::{Value, json};

use crate::house::{CN, CN_TERMS, House, NZ, blocking};
use crate::papers::{ccc, ccc_key};

#[path = "../tests/exchange/house.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests of the exchange, which use more of it")]
mod house;
#[path = "../tests/exchange/papers.rs"]
#[allow(dead_code, reason = "shared with the tests of the exchange, which use more of it")]
mod papers;
#[path = "../tests/exchange/who.rs"]
#[allow(dead_code, reason = "shared with the tests of the exchange, which use more of it")]
mod who;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What New Zealand gets of China's; the class of product of [`other`] is left out.
const TERMS: &str = "bulk_events = true\n[subscription]\nproducts = ['0703']\n";

struct Arguments {
    which: Vec<String>,
    messages: usize,
    rounds: usize,
    certificates: usize,
}

fn arguments() -> Arguments {
    let mut found = Arguments { which: Vec::new(), messages: 4000, rounds: 3, certificates: 100_000 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|value| value.parse().ok()).expect("a number behind the option");
        match word.as_str() {
            "--messages" => found.messages = number(),
            "--rounds" => found.rounds = number(),
            "--certificates" => found.certificates = number(),
            // What cargo itself adds.
            "--bench" => {}
            _ => found.which.push(word),
        }
    }
    found
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = arguments();
    let asked = |name: &str| arguments.which.is_empty() || arguments.which.iter().any(|which| which == name);
    if asked("durable") {
        durable(&arguments).await;
    }
    if asked("status") {
        status(&arguments).await;
    }
    if asked("bulk") {
        bulk(&arguments);
    }
}

/// Two houses; nothing leaves before [`open`].
fn pair(durability: Durability) -> (House, House) {
    let (mut cn, mut nz) = (House::open_as(CN, durability), House::open_as(NZ, durability));
    let (cn_own, nz_own, address) = (cn.own.clone(), nz.own.clone(), nz.address());
    nz.knows(CN, &cn_own, None, CN_TERMS);
    cn.knows(NZ, &nz_own, Some(&address), TERMS);
    let closed = "suspended = {since = '2026-01-01T00:00:00Z', reason = 'not begun'}";
    cn.rewrite(NZ, |entry| entry.extend(toml::from_str::<toml::Table>(closed).unwrap()));
    (cn, nz)
}

fn open(cn: &mut House) {
    cn.rewrite(NZ, |entry| drop(entry.remove("suspended")));
}

fn number(index: usize) -> String {
    format!("2024800703{index:06}")
}

/// A certificate that nobody has subscribed to.
fn other(index: usize) -> Value {
    let mut document = ccc(&format!("2024801501{index:06}"));
    document["产品类别"] = "电动自行车".into();
    document["产品名称及单元(主)"] = "电动自行车".into();
    document
}

/// A certificate whose message has about 4 KB.
fn one(index: usize) -> Value {
    ccc(&number(index))
}

/// The records of these documents.
fn records(gateway: &Gateway, documents: impl Iterator<Item = Value>) -> Vec<Incoming> {
    let issue = gateway.exchange.house().issue();
    let mut context = ReadContext::on(gateway.exchange.today());
    context.mapping = context.mapping.issuing(&issue);
    let read = |document: Value| {
        let bytes = document.to_string().into_bytes();
        let read = Catalogue::bundled().read("cnca-ccc@1", &bytes, None, &context).unwrap();
        Incoming {
            record: read.records.into_iter().next().unwrap().record,
            findings: Vec::new(),
            payload: Arc::from(bytes),
            format: "cnca-ccc@1".to_owned(),
            crosswalk_digest: read.crosswalk_digest,
            owner: Owner::House,
            received_from: None,
        }
    };
    documents.map(read).collect()
}

fn take_in(gateway: &Gateway, incoming: Vec<Incoming>) {
    let summary = blocking(|| gateway.registry().register_all(incoming, |_| {})).unwrap();
    assert_eq!(summary.refused, 0, "{summary:?}");
}

fn delivered(house: &House) -> u64 {
    let counts = house.store().outbox_counts().unwrap();
    let dead = counts.iter().find(|count| count.state == OutboxState::Dead);
    assert!(dead.is_none(), "{counts:?}");
    counts.iter().filter(|count| count.state == OutboxState::Delivered).map(|count| count.count).sum()
}

async fn until(house: &House, count: u64) -> Instant {
    while delivered(house) < count {
        // Counting takes time from those that are counted.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Instant::now()
}

/// Milliseconds of processor time that this process has used, all threads together, in steps of ten.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// What a round came to.
struct Carried {
    /// Messages a second.
    rate: f64,
    /// Milliseconds of processor time for a message, both ends together: what a busy machine does not change.
    processor: f64,
    /// Bytes of a message.
    bytes: usize,
}

/// What two houses of this durability carry; a tenth of the messages go before the clock runs.
async fn carried(messages: usize, durability: Durability) -> Carried {
    let (mut cn, nz) = pair(durability);
    let incoming = records(&cn.gateway, (0..messages).map(one));
    take_in(&cn.gateway, incoming);
    open(&mut cn);
    let all = messages as u64;
    let begun = until(&cn, all / 10).await;
    let (before, used) = (delivered(&cn), processor());
    let ended = until(&cn, all).await;
    let count = (all - before) as f64;
    let (rate, processor) = (count / (ended - begun).as_secs_f64(), (processor() - used) / count);
    let sent = cn.store().outbox(&OutboxFilter { limit: 1, ..OutboxFilter::default() }).unwrap();
    let bytes =
        sent[0].frozen.as_deref().and_then(|bytes| Frozen::from_bytes(bytes).ok()).map_or(0, |it| it.body.len());
    drop(nz);
    Carried { rate, processor, bytes }
}

async fn durable(arguments: &Arguments) {
    let (mut full, mut off, mut used) = (Vec::new(), Vec::new(), Vec::new());
    let mut length = 0;
    for _ in 0..arguments.rounds {
        let round = carried(arguments.messages, Durability::Full).await;
        full.push(round.rate);
        used.push(round.processor);
        length = round.bytes;
        off.push(carried(arguments.messages, Durability::Off).await.rate);
    }
    println!("durable exchange, {} messages of {length} bytes, {} rounds", arguments.messages, arguments.rounds);
    println!("  synchronous FULL  best {:7.0}/s  median {:7.0}/s acknowledged", best(&full), median(&full));
    println!("  synchronous OFF   best {:7.0}/s  median {:7.0}/s", best(&off), median(&off));
    println!("  processor time    {:.2} ms a message, both ends (median)", median(&used));
    println!(
        "  durability costs  best {:6.1} %   median {:6.1} %",
        100.0 * (1.0 - best(&full) / best(&off)),
        100.0 * (1.0 - median(&full) / median(&off))
    );
}

fn best(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Changes of status whose way is timed.
const CHANGES: usize = 300;

async fn status(arguments: &Arguments) {
    println!("a change of status until the partner's answers show it, {CHANGES} changes");
    for (what, subscribed) in
        [("in peace", None), ("during an import", Some(false)), ("of what it gets too", Some(true))]
    {
        let (mut cn, nz) = pair(Durability::Full);
        let incoming = records(&cn.gateway, (0..CHANGES).map(one));
        take_in(&cn.gateway, incoming);
        open(&mut cn);
        until(&cn, CHANGES as u64).await;
        let stop = Arc::new(AtomicBool::new(false));
        let import = subscribed.map(|subscribed| {
            let (registry, stop) = (cn.gateway.registry().clone(), stop.clone());
            let document = if subscribed { |index| one(index + CHANGES) } else { other };
            let incoming = records(&cn.gateway, (0..arguments.certificates.min(60_000)).map(document));
            std::thread::spawn(move || {
                let begun = Instant::now();
                let mut count = 0_u32;
                let some = incoming.into_iter().take_while(|_| !stop.load(Ordering::Relaxed)).inspect(|_| count += 1);
                registry.register_all(some, |_| {}).unwrap();
                (f64::from(count) / begun.elapsed().as_secs_f64(), count)
            })
        });
        let mut took = Vec::new();
        for index in 0..CHANGES {
            let key = ccc_key(&number(index));
            let begun = Instant::now();
            cn.acts(&key, "suspended", "2026-01-15");
            while nz.record(&key).is_none_or(|record| record.status.history.len() < 2) {
                tokio::time::sleep(Duration::from_micros(500)).await;
            }
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let still = import.as_ref().is_some_and(|import| !import.is_finished());
        stop.store(true, Ordering::Relaxed);
        let import = import.map(|import| import.join().unwrap());
        took.sort_by(f64::total_cmp);
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        print!("  {what:20} p50 {:7.1} ms  p99 {:7.1} ms  most {:7.1} ms", at(50), at(99), at(100));
        match import {
            Some((rate, _)) if still => println!("  ({rate:.0} certificates/s taken in meanwhile)"),
            Some((_, count)) => println!("  (the import of {count} ended before: ask for more)"),
            None => println!(),
        }
    }
}

fn bulk(arguments: &Arguments) {
    let house = House::open_as(CN, Durability::Full);
    let begun = Instant::now();
    let mut done = 0;
    while done < arguments.certificates {
        let some = 5000.min(arguments.certificates - done);
        let incoming = records(&house.gateway, (done..done + some).map(one));
        take_in(&house.gateway, incoming);
        done += some;
    }
    let taken = begun.elapsed().as_secs_f64();
    let act = serde_json::from_value(json!({"status": "suspended", "from": "2026-01-15"})).unwrap();
    let condition = Condition { product: Some("0703".into()), ..Condition::default() };
    let order = BulkOrder { act, condition, basis: "Announcement of the bench".into() };
    let begun = Instant::now();
    let today = house.gateway.exchange.today();
    let outcome = blocking(|| house.gateway.registry().bulk_apply(&order, today, &mut |_| {})).unwrap();
    let all = begun.elapsed().as_secs_f64();
    assert_eq!(outcome.members, arguments.certificates as u64);
    println!("an act on {} certificates: {all:.1} s, until the last is settled", outcome.members);
    println!("  the step that makes it effective: {} ms", outcome.effect_millis.unwrap_or_default());
    println!("  (read and taken in before: {taken:.1} s)");
}
