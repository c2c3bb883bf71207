//! How the link to each partner stands: where it failed, nobody tries until its pause is over, and then one message tries
//! for all of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::{Entropy, Timestamp};

/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;

/// How the link to one partner stands; there is an entry only where it failed last.
#[derive(Clone, Copy, Debug)]
struct Broken {
    failures: u32,
    until: Timestamp,
}

/// How the links to all partners stand. Kept in memory: a new process tries anew.
#[derive(Debug, Default)]
pub(super) struct Links(Mutex<HashMap<String, Broken>>);

impl Links {
    /// How many messages may be under way to the partner now, of this many at most.
    pub(super) fn room(&self, partner: &str, now: Timestamp, most: usize) -> usize {
        match self.read().get(partner) {
            None => most,
            Some(broken) if now < broken.until => 0,
            Some(_) => 1,
        }
    }

    /// The link failed at this instant; gives when to try again. Failures of one moment count as one.
    pub(super) fn failed(&self, partner: &str, now: Timestamp, entropy: &dyn Entropy) -> Timestamp {
        let mut links = self.read();
        let broken = links.entry(partner.to_owned()).or_insert(Broken { failures: 0, until: now });
        if now >= broken.until {
            broken.until = now.plus_seconds(pause(broken.failures, entropy));
            broken.failures += 1;
        }
        broken.until
    }

    /// The partner answered.
    pub(super) fn answered(&self, partner: &str) {
        self.read().remove(partner);
    }

    /// Somebody has mended something: every link is tried anew.
    pub(super) fn forget(&self) {
        self.read().clear();
    }

    fn read(&self) -> std::sync::MutexGuard<'_, HashMap<String, Broken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pause in seconds that doubles with every failure, with full jitter, so that what failed together does not come back
/// together.
pub(super) fn pause(failures: u32, entropy: &dyn Entropy) -> i64 {
    let most = 2_i64.saturating_pow(failures.min(12)).min(LONGEST_PAUSE);
    let mut chance = [0_u8; 2];
    entropy.fill(&mut chance);
    1 + i64::from(u16::from_be_bytes(chance)) % most.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_broken_link_rests_and_then_one_message_tries_for_all() {
        let links = Links::default();
        let now: Timestamp = "2026-11-20T08:00:00Z".parse().expect("a time");
        assert_eq!(links.room("nz", now, 8), 8);
        let until = links.failed("nz", now, &SystemEntropy);
        assert_eq!(links.failed("nz", now, &SystemEntropy), until, "those under way together fail together");
        assert_eq!(links.room("nz", now, 8), 0);
        assert_eq!(links.room("au", now, 8), 8, "partners do not wait for one another");
        assert_eq!(links.room("nz", until, 8), 1);
        assert!(links.failed("nz", until, &SystemEntropy) > until);
        links.answered("nz");
        assert_eq!(links.room("nz", now, 8), 8);
    }

    #[test]
    fn pauses_grow_up_to_a_quarter_of_an_hour() {
        for failures in 0..40 {
            let pause = pause(failures, &SystemEntropy);
            assert!((1..=LONGEST_PAUSE).contains(&pause), "{pause}");
            assert!(pause <= 2_i64.pow(failures.min(12)) + 1, "{pause}");
        }
    }
}
