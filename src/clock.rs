//! Time and chance, handed in and never read from inside: the [`Clock`] and [`Entropy`] traits, civil days, instants,
//! zones, and UUID version 7 made from both. The two system sources stand here too; only the composition makes them.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where the clock of the machine is read")]
        let now = jiff::Timestamp::now();
        Timestamp(now)
    }
}

/// The random number generator of the crypto library.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "without a random number generator nothing that we make is safe")]
        aws_lc_rs::rand::fill(buffer).expect("the operating system has a random number generator");
    }
}

/// A clock that stands still: for `--at`, for replays and for tests.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A UUID version 7 (RFC 9562, 5.7): sortable by the instant in milliseconds.
pub fn uuid7(clock: &dyn Clock, entropy: &dyn Entropy) -> uuid::Uuid {
    let mut random = [0_u8; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(clock.now().0.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A civil day (ISO 8601 `2026-11-20`), without a zone of its own: whoever judges it names the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub jiff::civil::Date);

impl Day {
    /// The day, if there is such a one.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The first instant of the day in the zone.
    #[must_use]
    pub fn start(self, zone: Zone) -> Option<Timestamp> {
        zone.0.to_timestamp(self.0.at(0, 0, 0, 0)).ok().map(Timestamp)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date"})
    }
}

/// An instant, written as RFC 3339 in UTC (`2026-11-20T01:02:03Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub jiff::Timestamp);

impl Timestamp {
    /// The civil day that it is in the zone at this instant.
    #[must_use]
    pub fn day(self, zone: Zone) -> Day {
        Day(zone.0.to_datetime(self.0).date())
    }

    /// The instant that many seconds later (or earlier, if negative), clamped to what a calendar can hold.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let bound = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(self.0.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(bound))
    }

    /// The instant that much later, clamped to what a calendar can hold.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.checked_add(duration).unwrap_or(jiff::Timestamp::MAX))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0.as_second()
    }

    /// The instant that many whole seconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// An offset from UTC in which civil days are judged (`+08:00`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(jiff::tz::Offset);

impl Zone {
    /// China, +08:00.
    pub const CHINA: Self = Self(jiff::tz::offset(8));
    /// UTC.
    pub const UTC: Self = Self(jiff::tz::Offset::UTC);
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The text is not an offset such as `+08:00` or `Z`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an offset from UTC such as +08:00")]
pub struct MalformedZone(pub String);

impl FromStr for Zone {
    type Err = MalformedZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedZone(text.to_owned());
        if text == "Z" {
            return Ok(Self::UTC);
        }
        let (sign, rest) = match text.as_bytes().first() {
            Some(b'+') => (1, &text[1..]),
            Some(b'-') => (-1, &text[1..]),
            _ => return Err(malformed()),
        };
        let (hours, minutes) = rest.split_once(':').ok_or_else(malformed)?;
        let number = |part: &str, most: i32| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i32>().ok())
                .flatten()
                .filter(|n| *n <= most)
        };
        let (hours, minutes) = number(hours, 18).zip(number(minutes, 59)).ok_or_else(malformed)?;
        jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map(Self).map_err(|_| malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_eight_hours_earlier_in_china() {
        let day: Day = "2026-11-20".parse().expect("a day");
        let start = day.start(Zone::CHINA).expect("in range");
        assert_eq!(start.to_string(), "2026-11-19T16:00:00Z");
        assert_eq!(start.day(Zone::CHINA), day);
        assert_eq!(start.day(Zone::UTC).to_string(), "2026-11-19");
    }

    #[test]
    fn zones_are_written_as_they_are_read() {
        for text in ["+08:00", "-03:30", "+00:00"] {
            assert_eq!(text.parse::<Zone>().expect(text).to_string(), text);
        }
        for text in ["", "8", "+8:00", "+25:00", "+08:61", "Asia/Shanghai"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }

    #[test]
    fn identifiers_of_one_millisecond_are_version_7_and_sort_by_time() {
        let early = uuid7(&FixedClock("2026-01-01T00:00:00Z".parse().expect("time")), &SystemEntropy);
        let late = uuid7(&FixedClock("2026-01-01T00:00:00.001Z".parse().expect("time")), &SystemEntropy);
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
    }
}
