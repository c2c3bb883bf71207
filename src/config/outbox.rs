//! How messages to partners are sent, and sent again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `[outbox]`: the times by which it works, each as a number with its unit (`60s`, `250ms`, `15m`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbox {
    /// `outbox.lease`: how long a worker has for a message that it took up; longer than a call. `CERTBRIDGE_OUTBOX__LEASE`.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub lease: Duration,
    /// `outbox.call`: how long a call to a partner may take.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub call: Duration,
    /// `outbox.first_pause`: the pause after a first failure; later ones grow.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub first_pause: Duration,
    /// `outbox.longest_pause`: what they grow to.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub longest_pause: Duration,
    /// `outbox.longest_asked`: the longest pause that a partner may ask for.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub longest_asked: Duration,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            call: Duration::from_secs(30),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(15),
            longest_asked: Duration::from_hours(1),
        }
    }
}

impl Outbox {
    /// What contradicts itself: a key and why.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        if self.lease <= self.call {
            // Else somebody else would take a message up while its call is under way.
            return Some(("outbox.lease", "must be longer than outbox.call"));
        }
        if self.first_pause.is_zero() {
            return Some(("outbox.first_pause", "must not be nothing"));
        }
        if self.first_pause > self.longest_pause {
            return Some(("outbox.longest_pause", "must not be shorter than outbox.first_pause"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_a_lease_outlives_a_call() {
        let read = |text: &str| toml::from_str::<Outbox>(text);
        let settings = read("lease = '2s'\ncall = '1500ms'\nfirst_pause = '50ms'\n").expect("read");
        assert_eq!((settings.call.as_millis(), settings.contradiction()), (1500, None));
        assert_eq!(settings.longest_pause, Outbox::default().longest_pause);
        for (text, key) in [
            ("lease = '30s'", "outbox.lease"),
            ("first_pause = '0s'", "outbox.first_pause"),
            ("longest_pause = '10ms'", "outbox.longest_pause"),
        ] {
            assert_eq!(read(text).expect("read").contradiction().map(|(key, _)| key), Some(key), "{text}");
        }
        assert!(read("lease = 60").is_err(), "a number without a unit says nothing");
        assert_eq!(Outbox::default().contradiction(), None);
    }
}
