//! What comes to an end: our certificates, partners' CAs, revocation lists, keys, agreements and exceptions. The log tells of
//! each when so many days are left, once for every notice, and a last time when it is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::exchange::{Ending, Exchange};

/// Days before the end at which is told of it, the more urgent the later.
const NOTICES: [i64; 5] = [60, 30, 14, 7, 1];
const DAY: i64 = 86_400;
/// How often it is looked.
const EVERY: Duration = Duration::from_hours(1);

/// The nearest notice that has passed: so many days, 0 where it is over; nothing where the end is far.
#[must_use]
pub fn notice(end: Timestamp, now: Timestamp) -> Option<i64> {
    if now >= end {
        return Some(0);
    }
    NOTICES.into_iter().filter(|days| now.plus_seconds(days * DAY) >= end).min()
}

/// What there is to tell now and was not told before: each ending with its notice.
pub(super) fn news(
    endings: Vec<Ending>,
    told: &mut HashMap<String, (Timestamp, i64)>,
    now: Timestamp,
) -> Vec<(Ending, i64)> {
    let mut news = Vec::new();
    for ending in endings {
        let Some(days) = notice(ending.at, now).filter(|days| *days <= ending.from) else { continue };
        let what = ending.to_string();
        let known = told.get(&what).is_some_and(|(at, last)| *at == ending.at && *last <= days);
        if !known {
            told.insert(what, (ending.at, days));
            news.push((ending, days));
        }
    }
    news
}

/// Looks and tells until told to stop.
pub(super) async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    let mut told = HashMap::new();
    while !*stop.borrow() {
        for (ending, days) in news(exchange.endings(), &mut told, exchange.now()) {
            let (what, at) = (ending.to_string(), ending.at);
            match days {
                0 => tracing::error!(what, ended = %at, "it has ended"),
                days => tracing::warn!(what, ends = %at, notice = days, "it ends in {days} days or less"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            stopped = stop.changed() => if stopped.is_err() { return },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::EndingKind;

    #[test]
    fn each_notice_is_told_once_and_the_end_too() {
        let end: Timestamp = "2027-03-01T00:00:00Z".parse().expect("a time");
        let of = |what: &str, from| Ending {
            kind: EndingKind::Certificate,
            partner: None,
            what: what.into(),
            at: end,
            from,
        };
        let (ending, list) = (|| of("ours", 60), || of("a list", 1));
        let mut told = HashMap::new();
        let mut seen = Vec::new();
        for hours in (-2..70 * 24).rev() {
            let now = end.plus_seconds(-hours * 3600);
            for (ending, days) in news(vec![ending(), list()], &mut told, now) {
                seen.push((ending.what, days));
            }
        }
        let certificate = [60, 30, 14, 7, 1, 0].map(|days| ("ours".to_owned(), days));
        let seen_of = |what: &str| seen.iter().filter(|(of, _)| of == what).cloned().collect::<Vec<_>>();
        assert_eq!(seen_of("ours"), certificate);
        assert_eq!(seen_of("a list"), [("a list".to_owned(), 1), ("a list".to_owned(), 0)]);
        // A new one in its place is told of anew.
        let renewed = Ending { at: end.plus_seconds(20 * DAY), ..ending() };
        let now = end.plus_seconds(8 * DAY);
        assert_eq!(news(vec![renewed], &mut told, now).len(), 1);
    }
}
