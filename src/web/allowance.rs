//! What each partner may ask of us: how often, how many at a time, how large. One that overdoes it is told when to come
//! again, and nobody else waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Timestamp;
use crate::exchange::Partner;

use super::Problem;

/// Seconds after which one that has too many requests under way is best asked again.
const COME_AGAIN: u32 = 1;

/// What one partner has used.
#[derive(Debug)]
struct Used {
    /// Requests that it may still make now: it fills up with time.
    left: f64,
    at: Timestamp,
    under_way: u32,
}

/// What every partner has used. Kept in memory: a new process begins anew.
#[derive(Debug, Default)]
pub(super) struct Allowances(Arc<Mutex<HashMap<String, Used>>>);

/// A request that was let in, until it is done.
#[derive(Debug)]
pub(super) struct LetIn {
    used: Arc<Mutex<HashMap<String, Used>>>,
    partner: String,
}

impl Allowances {
    /// Lets a request in, or says when to come again (RFC 6585, 4).
    pub(super) fn let_in(&self, partner: &Partner, now: Timestamp) -> Result<LetIn, Problem> {
        let limits = &partner.limits;
        let most = f64::from(limits.requests_a_minute.max(1));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(partner.id.clone()).or_insert(Used { left: most, at: now, under_way: 0 });
        // A clock that was set back gives nothing and takes nothing.
        let seconds = (now.0.as_millisecond() - used.at.0.as_millisecond()).max(0) as f64 / 1000.0;
        used.left = (used.left + seconds * most / 60.0).min(most);
        used.at = now;
        if used.under_way >= limits.at_a_time.max(1) {
            return Err(Problem::too_many(COME_AGAIN).about(format_args!(
                "{} requests are under way, and no more than {} may be",
                used.under_way, limits.at_a_time
            )));
        }
        if used.left < 1.0 {
            let wait = ((1.0 - used.left) * 60.0 / most).ceil().clamp(1.0, 60.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 60")]
            let wait = wait as u32;
            let most = limits.requests_a_minute;
            return Err(Problem::too_many(wait).about(format_args!("{most} requests a minute are agreed on")));
        }
        used.left -= 1.0;
        used.under_way += 1;
        Ok(LetIn { used: self.0.clone(), partner: partner.id.clone() })
    }
}

impl Drop for LetIn {
    fn drop(&mut self) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = all.get_mut(&self.partner) {
            used.under_way = used.under_way.saturating_sub(1);
        }
    }
}
