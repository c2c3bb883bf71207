//! The laws of a crosswalk, as properties: PutGet, Plain, GetPut, and the accounts of both directions.
//!
//! `lens` says what holds; `compact` holds it against a crosswalk made to use every construct, `bundled` against every
//! crosswalk that this program brings, with records drawn from the schema of the record (`records`) and documents drawn
//! from the rules of the format (`documents`). `coverage` tells which rules, steps and conditions the cases reach,
//! `mutants` whether a damaged crosswalk would be noticed.

#![allow(
    clippy::similar_names,
    clippy::unused_self,
    clippy::needless_pass_by_value,
    clippy::option_option,
    reason = "generators of cases: one shape for all"
)]

mod bundled;
mod carried;
mod cases;
mod compact;
mod coverage;

mod documents;
mod draw;
mod lens;
mod markup;
mod mutants;
mod normal;

mod records;
mod released;

use std::sync::OnceLock;

/// How many cases each law is held against: `CERTBRIDGE_TEST_LAW_CASES`, or what a test run has time for.
fn cases() -> u32 {
    static CASES: OnceLock<u32> = OnceLock::new();
    *CASES.get_or_init(|| std::env::var("CERTBRIDGE_TEST_LAW_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1000))
}
