//! How the link to each partner stands: where it failed, nobody tries until its pause is over, and then one message tries
//! for all of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Entropy, Timestamp};
use crate::config;

/// How the link to one partner stands; there is an entry only where it failed last.
#[derive(Clone, Copy, Debug)]
struct Broken {
    failures: u32,
    until: Timestamp,
}

/// How the links to all partners stand. Kept in memory: a new process tries anew.
#[derive(Debug)]
pub(super) struct Links {
    broken: Mutex<HashMap<String, Broken>>,
    first: Duration,
    longest: Duration,
}

impl Links {
    /// All links stand; pauses are as the settings say.
    pub(super) fn pausing(pacing: &config::Outbox) -> Self {
        Self { broken: Mutex::default(), first: pacing.first_pause, longest: pacing.longest_pause }
    }

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
            broken.until = now.plus(self.pause(broken.failures, entropy));
            broken.failures += 1;
        }
        broken.until
    }

    /// The partner answered.
    pub(super) fn answered(&self, partner: &str) {
        self.read().remove(partner);
    }

    /// Somebody has mended something, or set a clock: every link is tried anew.
    pub(super) fn forget(&self) {
        self.read().clear();
    }

    /// A pause that doubles with every failure, with full jitter, so that what failed together does not come back together.
    pub(super) fn pause(&self, failures: u32, entropy: &dyn Entropy) -> Duration {
        let first = u64::try_from(self.first.as_millis()).unwrap_or(u64::MAX).max(1);
        let longest = u64::try_from(self.longest.as_millis()).unwrap_or(u64::MAX);
        let most = first.saturating_mul(1 << failures.min(20)).min(longest).max(first);
        let mut chance = [0_u8; 8];
        entropy.fill(&mut chance);
        Duration::from_millis(first + u64::from_be_bytes(chance) % (most - first + 1))
    }

    fn read(&self) -> std::sync::MutexGuard<'_, HashMap<String, Broken>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_broken_link_rests_and_then_one_message_tries_for_all() {
        let links = Links::pausing(&config::Outbox::default());
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
        let settings = config::Outbox::default();
        let links = Links::pausing(&settings);
        for failures in 0..40 {
            let pause = links.pause(failures, &SystemEntropy);
            assert!((settings.first_pause..=settings.longest_pause).contains(&pause), "{pause:?}");
            assert!(pause <= settings.first_pause * 2_u32.pow(failures.min(12)), "{pause:?}");
        }
    }
}
