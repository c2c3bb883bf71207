//! A clock that is set back: what it put off while it was ahead would wait for as long as it had been wrong.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;

/// By how much a clock may be set back without a look at what it put off: that waits no longer than so.
pub(super) const TOLERATED: Duration = Duration::from_secs(5);
/// How often there is a look while the clock is behind what it was: something written just then may have come late.
const LOOK_WHILE_BEHIND: Duration = Duration::from_secs(10);
/// How often there is a look whatever the clock does: for a moment it may have been ahead for others alone, a command that
/// wrote something, and nobody here saw it.
const LOOK_ANYWAY: Duration = Duration::from_mins(1);

/// What a look is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The clock was set back.
    Behind,
    /// It may have been, unseen.
    Anyway,
}

/// Sees that the clock was set back: what was put off by it until then would wait for as long as it had been ahead.
#[derive(Debug, Default)]
pub(super) struct SetBack {
    latest: Option<Timestamp>,
    was_behind: bool,
    looked_at: Option<Instant>,
}

impl SetBack {
    /// A look where something may have been put off by a clock that was ahead: the first of a process, which knows nothing of
    /// the one before, then now and then until the time is past that it once was, and seldom even so.
    pub(super) fn at(&mut self, now: Timestamp, instant: Instant) -> Option<Look> {
        let behind = self.latest.is_none_or(|latest| now.plus(TOLERATED) < latest);
        self.latest = self.latest.max(Some(now));
        // Set back again, it is looked at once.
        let is_first = behind && !self.was_behind;
        self.was_behind = behind;
        let pause = if behind { LOOK_WHILE_BEHIND } else { LOOK_ANYWAY };
        let is_time = is_first || self.looked_at.is_none_or(|last| instant >= last + pause);
        if !is_time {
            return None;
        }
        self.looked_at = Some(instant);
        Some(if behind { Look::Behind } else { Look::Anyway })
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
        let behind = Some(Look::Behind);
        assert_eq!(look(0, 0), behind, "a new process knows nothing of the one before");
        assert_eq!(look(1, 1), None);
        assert_eq!(look(1201, 2), None, "set forward: nothing was put off");
        assert_eq!(look(1198, 3), None, "a little: nothing waits for long");
        assert_eq!(look(4, 4), behind, "set back");
        assert_eq!(look(5, 5), None, "it was looked at a moment ago");
        assert_eq!(look(14, 14), behind, "it is still behind what it was");
        assert_eq!(look(1300, 15), None);
        assert_eq!(look(20, 16), behind, "set back again");
        assert_eq!(look(1301, 60), None);
        assert_eq!(look(1317, 76), Some(Look::Anyway), "others may have seen what we have not");
        assert_eq!(look(1318, 77), None);
    }
}
