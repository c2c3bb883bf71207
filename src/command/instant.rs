//! Instants and days as they are written on the command line.

use crate::clock::{Day, Timestamp, Zone};

/// An instant (RFC 3339), or the first instant of a day in China.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Day>().ok().and_then(|day| day.start(Zone::CHINA));
    text.parse::<Timestamp>()
        .ok()
        .or_else(day)
        .ok_or_else(|| format!("{text:?} is no instant (2026-11-20T08:00:00Z) and no day (2026-11-20)"))
}
