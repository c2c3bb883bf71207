//! A clock that is set back: what it put off while it was ahead would wait for as long as it had been wrong.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;

/// By how much a clock may be set back without a look at what it put off: that waits no longer than so.
pub(super) const TOLERATED: Duration = Duration::from_secs(5);
/// How often there is a look while the clock is behind what it was: something written just then may have come late.
const LOOK_WHILE_BEHIND: Duration = Duration::from_secs(10);

/// Sees that the clock was set back: what was put off by it until then would wait for as long as it had been ahead.
#[derive(Debug, Default)]
pub(super) struct SetBack {
    latest: Option<Timestamp>,
    looked_at: Option<Instant>,
}

impl SetBack {
    /// True where something may have been put off by a clock that was ahead: in the first look of a process, which knows
    /// nothing of the one before, and now and then until the time is past that it once was.
    pub(super) fn at(&mut self, now: Timestamp, instant: Instant) -> bool {
        let behind = self.latest.is_none_or(|latest| now.plus(TOLERATED) < latest);
        self.latest = self.latest.max(Some(now));
        let due = behind && self.looked_at.is_none_or(|last| instant >= last + LOOK_WHILE_BEHIND);
        if due {
            self.looked_at = Some(instant);
        } else if !behind {
            // Set back again, it is looked at once.
            self.looked_at = None;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_seen_until_the_time_is_past_that_it_once_was() {
        let (start, mut seen) = (Instant::now(), SetBack::default());
        let mut look = |second: i64, elapsed: u64| {
            let now = Timestamp::from_unix(1_800_000_000 + second).expect("a time");
            seen.at(now, start + Duration::from_secs(elapsed))
        };
        assert!(look(0, 0), "a new process knows nothing of the one before");
        assert!(!look(1, 1));
        assert!(!look(1201, 2), "set forward: nothing was put off");
        assert!(!look(1198, 3), "a little: nothing waits for long");
        assert!(look(4, 4), "set back");
        assert!(!look(5, 5), "it was looked at a moment ago");
        assert!(look(14, 14), "it is still behind what it was");
        assert!(!look(1300, 15));
        assert!(look(20, 16), "set back again");
    }
}
