//! Two or three houses, as real processes over real mutual TLS, under load, while scripted faults are drawn from a seed: they
//! are killed, frozen and given other clocks and full disks, their wires cut, slow down, lose, double and reorder. When all
//! is well again an oracle judges from the outside. `docs/fault-runs.md` says what that proves, and what it cannot.
//!
//! `tests/faults/run --runs N --seed S` runs as long as asked; `tests/faults/mutations/run` breaks the code on purpose, in eleven
//! ways, and shows that the oracle sees each.

#![cfg(feature = "gateway")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod disk;
mod house;
mod load;
mod mutations;
mod oracle;
#[path = "../exchange/papers.rs"]
#[expect(dead_code, reason = "shared with the tests of the exchange, which use more of it")]
mod papers;
mod script;
mod synced;
mod system_calls;
mod trial;
#[path = "../exchange/who.rs"]
#[expect(dead_code, reason = "shared with the tests of the exchange, which use more of it")]
mod who;
mod wire;

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt as _;

use trial::{Kit, Verdict};

/// Runs in the test suite.
const RUNS: u64 = 20;

/// A number of the environment.
fn asked(name: &str) -> Option<u64> {
    std::env::var(format!("CERTBRIDGE_TEST_FAULTS_{name}")).ok()?.parse().ok()
}

/// Runs so many, from this seed on; says at the end what they did, and fails where one was not as it must be.
fn runs(count: u64, first: u64, at_a_time: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let kit = Kit::make();
    let begun = Instant::now();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut failed, mut documents, mut messages, mut attempts) = (Vec::new(), 0, 0, 0);
    println!("seeds {first} to {}", first + count - 1);
    runtime.block_on(async {
        let stops = asked("STOP").is_some();
        let mut verdicts =
            futures_util::stream::iter(first..first + count).map(|seed| kit.run(seed)).buffer_unordered(at_a_time);
        let mut done: u64 = 0;
        while let Some(Verdict { script, violations, tally, kept }) = verdicts.next().await {
            done += 1;
            documents += tally.documents + tally.acts;
            messages += tally.messages + tally.superseded;
            attempts += tally.attempts;
            for fault in &script.faults {
                *kinds.entry(fault.what.name()).or_default() += 1;
            }
            for violation in &violations {
                println!("VIOLATION seed {} (run {done}): {violation}", script.seed);
            }
            if !violations.is_empty() {
                println!("{script:#?}\nagain: tests/faults/run --runs 1 --seed {}", script.seed);
                if let Some(kept) = kept {
                    println!("kept: {}", kept.display());
                }
                failed.push(script.seed);
                if stops {
                    break;
                }
            }
            if done.is_multiple_of(50) {
                println!(
                    "{done} runs ({documents} documents and acts, {messages} messages) in {} s, {} with violations",
                    begun.elapsed().as_secs(),
                    failed.len()
                );
            }
        }
    });
    println!(
        "{count} runs, {} s: {documents} acknowledged documents and acts, {messages} messages, {attempts} failed attempts; \
         {} runs with violations",
        begun.elapsed().as_secs(),
        failed.len()
    );
    let kinds: Vec<String> = kinds.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    println!("faults: {}", kinds.join(", "));
    assert!(failed.is_empty(), "seeds that failed: {failed:?}; again: tests/faults/run --runs 1 --seed {}", failed[0]);
}

#[test]
fn what_is_acknowledged_is_never_lost_and_never_doubled() {
    // Every day other seeds: the code that is tested is not the only thing that should change.
    let first = asked("SEED").unwrap_or_else(|| {
        let today = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
        today * 1000
    });
    runs(RUNS, first, 5);
}

#[test]
#[ignore = "as many runs as tests/faults/run is asked for"]
fn as_many_runs_as_asked() {
    let jobs = usize::try_from(asked("JOBS").unwrap_or(4)).unwrap();
    runs(asked("RUNS").unwrap_or(RUNS), asked("SEED").unwrap_or(1), jobs);
}
