//! The id of a message and the rule on repeats: a message takes effect once, however often it arrives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::error::MessageError;
use crate::clock::{Clock, Entropy, Timestamp, uuid7};
use crate::crypto::Digest;
use crate::trust::CLOCK_SKEW_SECONDS;

/// The id of a message: a UUID of version 7, made once and kept through every retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Uuid);

/// The text is no UUID of version 7 in its usual spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID of version 7 in lower case with hyphens")]
pub struct MalformedMessageId;

impl MessageId {
    /// A new id.
    #[must_use]
    pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self(uuid7(clock, entropy))
    }

    /// When it was made, in milliseconds (RFC 9562, 5.7).
    #[must_use]
    pub fn made(&self) -> Timestamp {
        let (seconds, nanoseconds) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let nanoseconds = i32::try_from(nanoseconds).unwrap_or(0);
        Timestamp(jiff::Timestamp::new(seconds, nanoseconds).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = MalformedMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uuid = Uuid::try_parse(text).map_err(|_| MalformedMessageId)?;
        // One id has one spelling: it is compared as text by whoever keeps it as text.
        let same = uuid.as_hyphenated().to_string() == text;
        if same && uuid.get_version_num() == 7 && uuid.get_variant() == uuid::Variant::RFC4122 {
            Ok(Self(uuid))
        } else {
            Err(MalformedMessageId)
        }
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a message is to be received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// It has not come before.
    First,
    /// It came before with the same body: the first answer is given again, and nothing else happens.
    Again,
}

/// The rule on repeats. `earlier` is the digest of the body that came before under (sender, id), `kept_seconds` for how
/// long such digests are kept.
///
/// # Errors
/// Where the id was used for another body, was made in the future, or so long ago that nobody knows.
pub fn judge_repeat(
    id: &MessageId,
    body: &Digest,
    earlier: Option<&Digest>,
    kept_seconds: i64,
    now: Timestamp,
) -> Result<Reception, MessageError> {
    match earlier {
        Some(earlier) if earlier == body => return Ok(Reception::Again),
        Some(_) => return Err(MessageError::IdReused { id: id.to_string() }),
        None => {}
    }
    let made = id.made();
    if made > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(MessageError::IdFromTheFuture { id: id.to_string(), made });
    }
    // The difference of the clocks is taken off: what the sender's clock put just inside may be just outside of ours.
    if made.plus_seconds(kept_seconds.saturating_sub(CLOCK_SKEW_SECONDS)) <= now {
        return Err(MessageError::OlderThanKept { id: id.to_string(), made });
    }
    Ok(Reception::First)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{FixedClock, SystemEntropy};

    #[test]
    fn a_repeat_is_known_and_what_cannot_be_known_is_refused() {
        let now: Timestamp = "2026-11-20T08:00:00.5Z".parse().expect("a time");
        let id = MessageId::new(&FixedClock(now), &SystemEntropy);
        assert_eq!(id.made(), now);
        let (one, other) = (Digest::sha256(b"1"), Digest::sha256(b"2"));
        let kept = 90 * 86_400;
        let judge = |earlier, now| judge_repeat(&id, &one, earlier, kept, now);
        assert_eq!(judge(None, now), Ok(Reception::First));
        assert_eq!(judge(Some(&one), now), Ok(Reception::Again));
        assert!(matches!(judge(Some(&other), now), Err(MessageError::IdReused { .. })));
        assert!(matches!(judge(None, now.plus_seconds(-301)), Err(MessageError::IdFromTheFuture { .. })));
        assert_eq!(judge(None, now.plus_seconds(kept - 301)), Ok(Reception::First));
        assert!(matches!(judge(None, now.plus_seconds(kept - 300)), Err(MessageError::OlderThanKept { .. })));
        assert_eq!(judge(Some(&one), now.plus_seconds(2 * kept)), Ok(Reception::Again), "known is known");
    }

    #[test]
    fn an_id_has_one_spelling_and_one_version() {
        let text = "01932c07-209f-7a1b-8c3d-0123456789ab";
        assert_eq!(text.parse::<MessageId>().expect("an id").to_string(), text);
        for text in [
            "01932C07-209F-7A1B-8C3D-0123456789AB",
            "01932c07209f7a1b8c3d0123456789ab",
            "{01932c07-209f-7a1b-8c3d-0123456789ab}",
            "01932c07-209f-4a1b-8c3d-0123456789ab",
            "01932c07-209f-7a1b-1c3d-0123456789ab",
            "",
        ] {
            assert_eq!(text.parse::<MessageId>(), Err(MalformedMessageId), "{text}");
        }
    }
}
