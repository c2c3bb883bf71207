//! What comes to an end: our certificates, partners' CAs, revocation lists, keys, agreements and exceptions. The log tells of
//! each when so many days are left, once for every notice, and a last time when it is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::exchange::Exchange;
use crate::trust::Certificate;

/// Days before the end at which is told of it, the more urgent the later.
const NOTICES: [i64; 5] = [60, 30, 14, 7, 1];
const DAY: i64 = 86_400;
/// How often it is looked.
const EVERY: Duration = Duration::from_hours(1);

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    /// What it is.
    pub(super) what: String,
    /// When.
    pub(super) at: Timestamp,
    /// Days before which nothing is said of it: a revocation list is short-lived by nature.
    pub(super) from: i64,
}

/// The nearest notice that has passed: so many days, 0 where it is over; nothing where the end is far.
#[must_use]
pub fn notice(end: Timestamp, now: Timestamp) -> Option<i64> {
    if now >= end {
        return Some(0);
    }
    NOTICES.into_iter().filter(|days| now.plus_seconds(days * DAY) >= end).min()
}

/// Everything that ends, ours first.
pub(super) fn endings(exchange: &Exchange) -> Vec<Ending> {
    let mut all = Vec::new();
    let mut add = |what: String, at: Option<Timestamp>, from: i64| all.extend(at.map(|at| Ending { what, at, from }));
    for certificate in exchange.current().load().partner.chain().iter().filter_map(|der| Certificate::read(der).ok()) {
        add(format!("our certificate {}", certificate.subject), Some(certificate.not_after), 60);
    }
    let book = exchange.book();
    for party in book.trust().parties() {
        let id = &party.id;
        for (certificate, end) in party.anchors.ends() {
            add(format!("the CA {} of {id}", certificate.subject), Some(end), 60);
        }
        for (issuer, this_update, next_update) in party.revocations.overview() {
            let aged = this_update.plus_seconds(party.revocation_age_limit);
            let end = next_update.map_or(aged, |next| next.min(aged));
            add(format!("trust in the revocation list of {issuer} for {id}"), Some(end), 1);
        }
        add(format!("the agreement with {id}"), party.agreement_until, 60);
        let exception = party.exception.as_ref();
        let named = exception.map_or("", |exception| exception.name.as_str());
        add(format!("the exception {named:?} for {id}"), exception.map(|exception| exception.until), 60);
    }
    for entry in book.entries() {
        let partner = &entry.partner;
        for key in partner.message_keys.iter().chain(&partner.credential_keys) {
            add(format!("the key {} of {}", key.id, partner.id), key.until, 60);
        }
    }
    all
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
        let known = told.get(&ending.what).is_some_and(|(at, last)| *at == ending.at && *last <= days);
        if !known {
            told.insert(ending.what.clone(), (ending.at, days));
            news.push((ending, days));
        }
    }
    news
}

/// Looks and tells until told to stop.
pub(super) async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    let mut told = HashMap::new();
    while !*stop.borrow() {
        for (Ending { what, at, .. }, days) in news(endings(&exchange), &mut told, exchange.now()) {
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

    #[test]
    fn each_notice_is_told_once_and_the_end_too() {
        let end: Timestamp = "2027-03-01T00:00:00Z".parse().expect("a time");
        let ending = || Ending { what: "our certificate".into(), at: end, from: 60 };
        let list = || Ending { what: "a list".into(), at: end, from: 1 };
        let mut told = HashMap::new();
        let mut seen = Vec::new();
        for hours in (-2..70 * 24).rev() {
            let now = end.plus_seconds(-hours * 3600);
            for (ending, days) in news(vec![ending(), list()], &mut told, now) {
                seen.push((ending.what, days));
            }
        }
        let certificate = [60, 30, 14, 7, 1, 0].map(|days| ("our certificate".to_owned(), days));
        let of = |what: &str| seen.iter().filter(|(of, _)| of == what).cloned().collect::<Vec<_>>();
        assert_eq!(of("our certificate"), certificate);
        assert_eq!(of("a list"), [("a list".to_owned(), 1), ("a list".to_owned(), 0)]);
        // A new one in its place is told of anew.
        let renewed = Ending { at: end.plus_seconds(20 * DAY), ..ending() };
        let now = end.plus_seconds(8 * DAY);
        assert_eq!(news(vec![renewed], &mut told, now).len(), 1);
    }
}
