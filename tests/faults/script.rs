//! What goes wrong in a run, and what is done meanwhile: drawn from the seed, so that a run can be had again.
//!
//! The seed repeats what is done and when; how the processes race with it is theirs, so a failing seed may need more than
//! one run to fail again.

use std::time::Duration;

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::wire::Mode;

/// A run.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    /// Two or three.
    pub(crate) houses: usize,
    /// The wires that open messages: a bit each.
    pub(crate) opens: u8,
    /// The houses whose store has a small disk of its own.
    pub(crate) small_disks: Vec<usize>,
    /// What is done at each house, one after the other.
    pub(crate) work: Vec<Vec<Work>>,
    /// What goes wrong.
    pub(crate) faults: Vec<Fault>,
}

/// Something that is done at a house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// Milliseconds that pass before it.
    pub(crate) pause: u64,
    /// When its process is killed, where it is.
    pub(crate) killed: Option<Killed>,
    pub(crate) what: Doing,
}

/// When the process of a command is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Killed {
    /// After so many milliseconds.
    After(u64),
    /// When it writes to its store or makes it safe for the so many-th time.
    AtWrite(u32),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Certificates are taken in, one a file: which, and in which edition.
    Import(Vec<(u32, u32)>),
    /// A certificate is suspended, or taken up again, from that day of the year on.
    Status { certificate: u32, suspended: bool, day: u32 },
}

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Milliseconds after the start.
    pub(crate) at: u64,
    /// Milliseconds that it lasts.
    pub(crate) lasts: u64,
    pub(crate) what: Wrong,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Wrong {
    /// A house is killed and stays down for as long as it lasts.
    Killed(usize),
    /// A house is stopped as it should be, and started again.
    Stopped(usize),
    /// A house stands still.
    Frozen(usize),
    /// A house reads its partner book anew.
    Reloaded(usize),
    /// The disk of a house is full.
    Full(usize),
    /// The disk of a house gives this error when it is written to.
    Disk { house: usize, error: &'static str },
    /// The disk of a house takes so many microseconds for every write and every sync. Where a wire is named, the house dies when
    /// it gives a receipt on it: what it has not written by then is not there.
    SlowDisk { house: usize, micros: u64, dies_on: Option<usize> },
    /// The clock of a house goes wrong by so many seconds, and right again afterwards.
    Clock { house: usize, seconds: i64 },
    /// A wire does this.
    Wire { wire: usize, mode: Mode },
    /// A wire repeats what passed before, so many times.
    Repeated { wire: usize, times: u32 },
}

impl Wrong {
    /// What it is called in the tally.
    pub(crate) fn name(&self) -> String {
        let debug = match self {
            Self::Wire { mode, .. } => format!("{mode:?}"),
            other => format!("{other:?}"),
        };
        debug.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    }
}

/// What the machine lets us do beyond killing and cutting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) clocks: bool,
    pub(crate) small_disks: bool,
    pub(crate) system_calls: bool,
}

/// Seconds by which a clock goes wrong: within what a signature tolerates, past it, and past all that the houses wait for.
const JUMPS: [i64; 8] = [-250, 250, -1200, 1200, -5400, 5400, -259_200, 259_200];

impl Script {
    /// The run of this seed.
    pub(crate) fn draw(seed: u64, means: Means) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let houses = if chance.random_ratio(1, 5) { 3 } else { 2 };
        let opens = chance.random::<u8>() | chance.random::<u8>();
        let work = (0..houses).map(|house| work(&mut chance, if house == 0 { 7 } else { 4 }, means)).collect();
        let count = chance.random_range(3..=6);
        let mut small_disks = Vec::new();
        let mut faults = Vec::new();
        while faults.len() < count {
            let house = chance.random_range(0..houses.min(2));
            let wire = chance.random_range(0..houses * (houses - 1));
            let what = match chance.random_range(0..23) {
                0..=3 => Wrong::Killed(house),
                4 => Wrong::Stopped(house),
                5 => Wrong::Frozen(house),
                6 => Wrong::Reloaded(house),
                7 if means.small_disks => Wrong::Full(house),
                8 if means.system_calls => Wrong::Disk {
                    house,
                    error: ["EROFS", "EIO", "ENOSPC"].choose(&mut chance).copied().unwrap_or("EIO"),
                },
                9 if means.clocks => Wrong::Clock { house, seconds: JUMPS.choose(&mut chance).copied().unwrap_or(0) },
                10..=12 => Wrong::Repeated { wire, times: chance.random_range(1..4) },
                20..=22 if means.system_calls => {
                    let wires = wires(houses);
                    let into: Vec<usize> = (0..wires.len())
                        .filter(|wire| wires[*wire].1 == house && opens & (1 << (wire % 8)) != 0)
                        .collect();
                    let dies_on = into.choose(&mut chance).copied().filter(|_| chance.random_ratio(4, 5));
                    Wrong::SlowDisk { house, micros: chance.random_range(500..8000), dies_on }
                }
                13..=19 => Wrong::Wire { wire, mode: mode(&mut chance, opens & (1 << (wire % 8)) != 0) },
                _ => continue,
            };
            if let Wrong::Full(house) = what {
                small_disks.push(house);
            }
            let at = chance.random_range(0..1200);
            let lasts =
                if chance.random_ratio(1, 4) { chance.random_range(500..1800) } else { chance.random_range(30..500) };
            faults.push(Fault { at, lasts, what });
        }
        faults.sort_by_key(|fault| fault.at);
        Self { seed, houses, opens, small_disks, work, faults }
    }

    /// Two houses, and nothing that happens.
    pub(crate) fn quiet() -> Self {
        let nothing = (Vec::new(), vec![Vec::new(); 2], Vec::new());
        Self { seed: 0, houses: 2, opens: u8::MAX, small_disks: nothing.0, work: nothing.1, faults: nothing.2 }
    }

    /// Seconds by which a clock is ahead at most.
    pub(crate) fn furthest_ahead(&self) -> i64 {
        let ahead =
            self.faults.iter().map(|fault| if let Wrong::Clock { seconds, .. } = fault.what { seconds } else { 0 });
        ahead.max().unwrap_or(0).max(0)
    }

    /// How long a call may take: not long, unless nothing is to go wrong, and then no call is to be given up.
    pub(crate) fn longest_call(&self) -> Duration {
        if self.faults.is_empty() { Duration::from_mins(5) } else { Duration::from_secs(2) }
    }

    /// True where the clock of a house goes wrong.
    pub(crate) fn clocks_jump(&self) -> bool {
        self.faults.iter().any(|fault| matches!(fault.what, Wrong::Clock { .. }))
    }

    /// The wires: from which house to which.
    pub(crate) fn wires(&self) -> Vec<(usize, usize)> {
        wires(self.houses)
    }
}

/// The wires between so many houses.
fn wires(houses: usize) -> Vec<(usize, usize)> {
    (0..houses).flat_map(|from| (0..houses).filter(move |to| *to != from).map(move |to| (from, to))).collect()
}

fn mode(chance: &mut ChaCha8Rng, opens: bool) -> Mode {
    let bytes = [
        Mode::Refuse,
        Mode::Hole,
        Mode::Cut { up: true, after: chance.random_range(0..12_000) },
        Mode::Cut { up: false, after: chance.random_range(0..5000) },
        Mode::Slow(chance.random_range(5..80)),
    ];
    let messages = [
        Mode::Fails(*[500, 502, 503, 403, 404].choose(chance).unwrap_or(&500)),
        Mode::Garbage,
        Mode::OtherReceipt { arrives: chance.random() },
        Mode::Forges,
        Mode::Never,
        Mode::Loses,
        Mode::Truncates,
        Mode::Doubles,
        Mode::Reorders,
        Mode::Reorders,
        Mode::ReceiverDies { passes: true },
        Mode::ReceiverDies { passes: false },
        Mode::SenderDies,
    ];
    let all: Vec<Mode> = if opens && chance.random_ratio(4, 5) { messages.to_vec() } else { bytes.to_vec() };
    all.choose(chance).copied().unwrap_or(Mode::Pass)
}

fn work(chance: &mut ChaCha8Rng, most: usize, means: Means) -> Vec<Work> {
    let mut done: Vec<Work> = Vec::new();
    let mut edition = 0;
    let mut day = 31;
    let certificates = chance.random_range(2..=6);
    for _ in 0..chance.random_range(2..=most) {
        let what = if done.is_empty() || chance.random_ratio(3, 5) {
            let mut taken: Vec<u32> = (0..certificates).filter(|_| chance.random_ratio(3, 5)).collect();
            if taken.is_empty() {
                taken.push(0);
            }
            edition += 1;
            Doing::Import(taken.into_iter().map(|certificate| (certificate, edition)).collect())
        } else {
            day += 1;
            let certificate = chance.random_range(0..certificates);
            Doing::Status { certificate, suspended: chance.random(), day }
        };
        let killed = match chance.random_range(0..8) {
            0 => Some(Killed::After(chance.random_range(20..220))),
            1 | 2 if means.system_calls => Some(Killed::AtWrite(chance.random_range(1..120))),
            _ => None,
        };
        done.push(Work { pause: chance.random_range(0..200), killed, what });
    }
    done
}

#[test]
fn a_seed_always_draws_the_same_run() {
    let means = Means { clocks: true, small_disks: true, system_calls: true };
    for seed in 0..200 {
        let drawn = || format!("{:?}", Script::draw(seed, means));
        assert_eq!(drawn(), drawn());
    }
}
