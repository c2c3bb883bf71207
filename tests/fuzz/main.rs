//! Attack on every reader: a kept corpus is replayed, and inputs are made of it by changes that stay near the grammar.
//!
//! By default each target gets a fixed number of inputs from a fixed seed, so that the suite says the same of the same
//! code. `CERTBRIDGE_TEST_FUZZ_SECONDS` gives every target so many seconds and a new seed each time, which is printed;
//! `CERTBRIDGE_TEST_FUZZ_SEED` names one. `tests/fuzz/run` is for campaigns. An input that breaks a promise is made small and
//! lies below the build folder, to be kept in `corpus/<target>`.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod bombs;
mod guard;
mod mutation;
mod seeds;
mod shrink;
mod targets;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use guard::Guard;
use targets::{TARGETS, Target};

/// The seed of the suite.
const SEED: u64 = 20_261_120;

/// What stands in the environment, as a number.
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// The kept inputs of a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = seeds::root().join("tests/fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("readable")).collect()
}

/// Files of the shared folder that fit a target, where there is one.
fn shared(target: &Target) -> Vec<Vec<u8>> {
    let Some(folder) = std::env::var_os("CERTBRIDGE_SHARED").map(PathBuf::from) else {
        eprintln!("SKIPPED {}: the hostile files are no seeds (CERTBRIDGE_SHARED)", target.name);
        return Vec::new();
    };
    let endings: &[&str] = match target.name {
        "json" | "receipt" | "verification" => &[".json"],
        "csv" => &[".csv"],
        "xml" | "xsd-document" => &[".xml"],
        "xlsx" => &[".xlsx"],
        "xls" => &[".xls"],
        "detect" => &[".json", ".csv", ".xml", ".xlsx", ".xls"],
        _ => &[],
    };
    let mut found = Vec::new();
    for part in ["data/open", "data/open/hostile", "reference/formats/wco-dec"] {
        let entries = std::fs::read_dir(folder.join(part)).unwrap_or_else(|error| panic!("{part}: {error}"));
        for file in entries.map(|entry| entry.expect("an entry").path()) {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let small = file.metadata().is_ok_and(|about| about.is_file() && about.len() <= target.most_bytes as u64);
            if small && endings.iter().any(|ending| name.ends_with(ending)) {
                found.push((file.clone(), std::fs::read(&file).expect("readable")));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, bytes)| bytes).collect()
}

/// Everything that inputs of a target are made from.
fn all(target: &Target) -> Vec<Vec<u8>> {
    let mut all = [(target.seeds)(), corpus(target.name), shared(target)].concat();
    all.retain(|seed| seed.len() <= target.most_bytes);
    all
}

fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("a target of that name")
}

/// Kept inputs and seeds are held as they are.
fn replay(name: &str) {
    let target = target(name);
    let mut guard = Guard::begin(target.name);
    let (kept, seeds) = (corpus(target.name), [(target.seeds)(), shared(target)].concat());
    for input in kept.iter().chain(&seeds).chain([&Vec::new()]) {
        if let Err(broken) = guard.hold(target.hold, input) {
            let words = format!("{name}: {broken}\nthe input lies in {}", guard.file().display());
            panic!("{words}");
        }
    }
    eprintln!("{name}: {} kept, {} seeds, most {} KiB", kept.len(), seeds.len(), guard.most());
}

/// Changed inputs are held.
fn attack(name: &str) {
    let target = target(name);
    let seconds = asked("CERTBRIDGE_TEST_FUZZ_SECONDS");
    let seed = asked("CERTBRIDGE_TEST_FUZZ_SEED").unwrap_or_else(|| match seconds {
        Some(_) => std::time::UNIX_EPOCH.elapsed().map_or(SEED, |age| u64::from(age.subsec_nanos()) ^ age.as_secs()),
        None => SEED,
    });
    let mut guard = Guard::begin(&format!("{name}-changed"));
    let mut pool = all(target);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let begun = Instant::now();
    let mut made = 0_u32;
    let goes_on = |made: u32| match seconds {
        Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
        None => made < target.inputs,
    };
    while goes_on(made) {
        let (one, other) = (random.random_range(0..pool.len()), random.random_range(0..pool.len()));
        let input = mutation::mutate(target.shape, &pool[one], &pool[other], target.most_bytes, &mut random);
        made += 1;
        if let Err(broken) = guard.hold(target.hold, &input) {
            let small = shrink::shrunk(&input, |input| guard.hold(target.hold, input).is_err());
            std::fs::write(guard.file(), &small).expect("kept");
            let (length, file) = (small.len(), guard.file().display());
            let words = format!("{name}, seed {seed}, input {made}: {broken}\nshrunk to {length} bytes in {file}");
            panic!("{words}");
        }
        // Changes add up, now and then.
        if random.random_ratio(1, 40) {
            let place = random.random_range(0..pool.len().max(400));
            if place < pool.len() && pool.len() >= 400 {
                pool[place] = input;
            } else if pool.len() < 400 {
                pool.push(input);
            }
        }
    }
    eprintln!("{name}: {made} inputs from seed {seed} in {:?}, most {} KiB", begun.elapsed(), guard.most());
}

/// Two tests for every target, by its name.
macro_rules! tests {
    ($($module:ident $name:literal,)+) => {
        $(mod $module {
            #[test]
            fn corpus_and_seeds_are_held() {
                super::replay($name);
            }

            #[test]
            fn changed_inputs_are_held() {
                super::attack($name);
            }
        })+

        #[test]
        fn every_target_has_its_tests() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$($name),+]);
            let corpus = std::fs::read_dir(seeds::root().join("tests/fuzz/corpus")).into_iter().flatten();
            for entry in corpus {
                let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
                assert!(names.contains(&name.as_str()), "corpus/{name} belongs to no target");
            }
        }
    };
}

tests! {
    json "json",
    json_lines "json-lines",
    csv "csv",
    detect "detect",
    xml "xml",
    xlsx "xlsx",
    xls "xls",
    xsd "xsd",
    xsd_document "xsd-document",
    json_schema "json-schema",
    crosswalk "crosswalk",
    message "message",
    receipt "receipt",
    jwt "jwt",
    status_list "status-list",
    format "format",
    verification "verification",
    snapshot "snapshot",
}

/// Writes the seeds of every target as files, for the fuzzer that is guided by coverage; `tests/fuzz/run` asks for it.
#[test]
#[ignore = "writes files for tests/fuzz/run"]
fn seeds_as_files() {
    let folder = PathBuf::from(std::env::var_os("CERTBRIDGE_TEST_FUZZ_FOLDER").expect("a folder"));
    for target in TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, seed) in all(target).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed).expect("written");
        }
    }
}
