//! One program for all targets; `CERTBRIDGE_TEST_FUZZ_TARGET` says which. Half of the inputs are changed as the suite changes
//! them, near to the grammar, half as the fuzzer itself does.

#![no_main]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a target fails by panicking")]
#![allow(dead_code, reason = "the suite uses more of what both share")]

#[path = "../../tests/fuzz/mutation/mod.rs"]
mod mutation;
#[path = "../../tests/fuzz/seeds.rs"]
mod seeds;
#[path = "../../tests/fuzz/targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("CERTBRIDGE_TEST_FUZZ_TARGET").expect("CERTBRIDGE_TEST_FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("a target of that name")
});

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (TARGET.seeds)());

fuzz_target!(|bytes: &[u8]| (TARGET.hold)(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, most);
    }
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let other = &SEEDS[random.random_range(0..SEEDS.len())];
    let changed = mutation::mutate(TARGET.shape, &data[..size], other, most, &mut random);
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
});
