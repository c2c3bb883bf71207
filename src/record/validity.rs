//! Judging validity: what the status of a certificate was on a day, as far as it was known at an instant.
//!
//! How the history is judged, in this order:
//!
//! 1. Entries that this house saw only after the instant asked about are not known, and are left out; so are claims,
//!    which are no acts. An entry that another known one corrects (`corrects`, seen no earlier) is void.
//! 2. Each entry takes effect on its `from`. Without one: a cancellation on `change.date`, any other act on
//!    `decided_on`, then `change.date` (but for `valid`: a change of data is no act), then `reported_on`, then the
//!    day of issue. Entries that take effect after the day asked about do not count.
//! 3. Entries are taken in the order of effect, then of report, then of observation, then as they stand; the last one
//!    decides. Two things stand against that: a **withdrawal** is final, whatever follows it, for nothing but a
//!    correction overrides it; and a bare `valid` without a day of its own tells how things stood when it was reported,
//!    so it restores nothing that was reported after it.
//! 4. A suspension past its announced end stays a suspension: only an act restores, and the body owes either that act
//!    or a withdrawal (the rules give a warning).
//! 5. Before the day of issue the answer is `not-yet-valid`. After the last day of validity, which is included, it is
//!    `expired`, unless the certificate was withdrawn, cancelled or superseded, which say more.
//! 6. No act at all: the certificate itself states that it is valid between its days. `deciding` is then empty, so that
//!    whoever asks can see that nobody has said anything since.
//!
//! Acts on a part of the scope never change the answer for the whole. They are judged by the same rules, part by part.
//!
//! Days are civil days in the zone of the issuer (`dates.zone`): the day asked about is one too, and the answer names
//! the zone. Whoever has an instant, or a day elsewhere, turns it into a day with [`Record::zone`] first.

use serde::{Deserialize, Serialize};

use super::certificate::Record;
use super::status::{ScopePart, StatusEntry, StatusValue};
use crate::clock::{Day, Timestamp, Zone};

/// Whether a certificate is valid, in the words of a verification answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// In force.
    Valid,
    /// Suspended; it can be restored.
    Suspended,
    /// Withdrawn (撤销).
    Withdrawn,
    /// Cancelled (注销).
    Cancelled,
    /// Past its last day.
    Expired,
    /// Before its day of issue.
    NotYetValid,
    /// Replaced by another certificate.
    Superseded,
    /// The record does not tell: invalid, but nobody states why.
    NotDeterminable,
}

impl Validity {
    /// The word of the verification answer.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Superseded => "superseded",
            Self::NotDeterminable => "not-determinable",
        }
    }
}

impl From<StatusValue> for Validity {
    fn from(status: StatusValue) -> Self {
        match status {
            StatusValue::Valid => Self::Valid,
            StatusValue::Suspended => Self::Suspended,
            StatusValue::Withdrawn => Self::Withdrawn,
            StatusValue::Cancelled => Self::Cancelled,
            StatusValue::Superseded => Self::Superseded,
            StatusValue::InvalidReasonNotStated => Self::NotDeterminable,
        }
    }
}

/// The status on a day as known at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusOn<'a> {
    /// The day that was judged.
    pub day: Day,
    /// The zone in which it is a civil day.
    pub zone: Zone,
    /// What this house had seen by then; absent: all that it has seen.
    pub known_at: Option<Timestamp>,
    /// The answer for the whole certificate.
    pub validity: Validity,
    /// The act in effect, and the day on which it took effect; absent where no act did.
    pub deciding: Option<Deciding<'a>>,
    /// Parts of the scope on which an act other than `valid` is in effect.
    pub parts: Vec<PartOn<'a>>,
}

/// The act in effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deciding<'a> {
    /// The entry.
    pub entry: &'a StatusEntry,
    /// Its place in the history, from 0.
    pub index: usize,
    /// The day on which it took effect: its own `from`, or the day that stands in for it.
    pub effective: Day,
}

/// A part of the scope with the act in effect on it.
#[derive(Clone, Debug, PartialEq)]
pub struct PartOn<'a> {
    /// What the part is told by.
    pub kind: ScopePart,
    /// The part, as written in its own list.
    pub value: &'a str,
    /// The answer for this part, as far as acts on it go.
    pub validity: Validity,
    /// The act in effect on it.
    pub deciding: Deciding<'a>,
}

/// An entry with the times that it is ordered by.
#[derive(Clone, Copy)]
struct Act<'a> {
    entry: &'a StatusEntry,
    index: usize,
    status: StatusValue,
    effective: Day,
    /// True where the entry states no day of its own.
    undated: bool,
    /// The day of the report, else of the observation, else of the effect.
    reported: Day,
}

impl Record {
    /// The zone in which the days of the record are civil days: `dates.zone`, else China for a domestic body, else UTC.
    #[must_use]
    pub fn zone(&self) -> Zone {
        let domestic = || if self.key.issuer.scheme.starts_with("cnca-") { Zone::CHINA } else { Zone::UTC };
        self.dates.zone.parse().unwrap_or_else(|_| domestic())
    }

    /// The status on a civil day in [`Record::zone`], as known at an instant (absent: now). See the head of this module.
    #[must_use]
    pub fn status_on(&self, day: Day, known_at: Option<Timestamp>) -> StatusOn<'_> {
        let acts = self.acts(known_at);
        let in_effect: Vec<Act<'_>> = acts.into_iter().filter(|act| act.effective <= day).collect();
        let whole = deciding(in_effect.iter().filter(|act| act.entry.affected_scope.is_none()));
        let stated = whole.map_or(Validity::Valid, |act| act.status.into());
        let final_word = matches!(stated, Validity::Withdrawn | Validity::Cancelled | Validity::Superseded);
        let validity = if day < self.dates.issued {
            Validity::NotYetValid
        } else if !final_word && self.dates.valid_until.is_some_and(|last| day > last) {
            Validity::Expired
        } else {
            stated
        };
        StatusOn {
            day,
            zone: self.zone(),
            known_at,
            validity,
            deciding: whole.map(Act::deciding),
            parts: parts(&in_effect),
        }
    }

    /// The status at an instant, on the day that it was then in the zone of the issuer.
    #[must_use]
    pub fn status_at(&self, instant: Timestamp, known_at: Option<Timestamp>) -> StatusOn<'_> {
        self.status_on(instant.day(self.zone()), known_at)
    }

    /// The acts that were known and not corrected, in the order in which they take effect.
    fn acts(&self, known_at: Option<Timestamp>) -> Vec<Act<'_>> {
        let known = |entry: &StatusEntry| match (known_at, entry.observed_at) {
            (Some(at), Some(observed)) => observed <= at,
            // An entry that the registry has not seen yet stands in the document at hand.
            _ => true,
        };
        let history: Vec<(usize, &StatusEntry)> =
            self.status.history.iter().enumerate().filter(|(_, entry)| known(entry)).collect();
        let corrected = |entry: &StatusEntry| {
            !entry.id.is_empty()
                && history.iter().any(|(_, other)| {
                    other.id != entry.id
                        && other.corrects.as_deref() == Some(&entry.id)
                        && other.observed_at >= entry.observed_at
                        // Two entries of one instant that correct each other correct nothing.
                        && (other.id.is_empty() || entry.corrects.as_deref() != Some(&other.id))
                })
        };
        let mut acts: Vec<Act<'_>> = history
            .iter()
            .filter(|(_, entry)| !corrected(entry))
            .filter_map(|(index, entry)| self.act(*index, entry))
            .collect();
        acts.sort_by_key(|act| (act.effective, act.reported, act.entry.observed_at, act.index));
        acts
    }

    fn act<'a>(&'a self, index: usize, entry: &'a StatusEntry) -> Option<Act<'a>> {
        let status = entry.status?;
        let changed = match status {
            StatusValue::Valid => None,
            _ => self.change.date,
        };
        let stated = match status {
            StatusValue::Cancelled => entry.from.or(changed).or(entry.decided_on),
            _ => entry.from.or(entry.decided_on).or(changed),
        };
        let effective = stated.or(entry.reported_on).unwrap_or(self.dates.issued);
        let observed = entry.observed_at.map(|observed| observed.day(self.zone()));
        let reported = entry.reported_on.or(observed).unwrap_or(effective);
        Some(Act { entry, index, status, effective, undated: stated.is_none(), reported })
    }
}

impl<'a> Act<'a> {
    fn deciding(self) -> Deciding<'a> {
        Deciding { entry: self.entry, index: self.index, effective: self.effective }
    }
}

/// The act that decides among acts in effect, given in their order.
fn deciding<'a, 'b>(acts: impl Iterator<Item = &'b Act<'a>>) -> Option<Act<'a>>
where
    'a: 'b,
{
    let mut current: Option<Act<'a>> = None;
    for act in acts {
        match current {
            Some(now) if now.status == StatusValue::Withdrawn => break,
            Some(now) if act.status == StatusValue::Valid && act.undated && now.reported > act.reported => {}
            _ => current = Some(*act),
        }
    }
    current
}

fn parts<'a>(in_effect: &[Act<'a>]) -> Vec<PartOn<'a>> {
    let mut named: Vec<(ScopePart, &'a str)> = Vec::new();
    for act in in_effect {
        let Some(scope) = &act.entry.affected_scope else { continue };
        for value in &scope.values {
            if !named.contains(&(scope.kind, value)) {
                named.push((scope.kind, value));
            }
        }
    }
    named
        .into_iter()
        .filter_map(|(kind, value)| {
            let on_part = |act: &&Act<'a>| {
                let scope = act.entry.affected_scope.as_ref();
                scope.is_some_and(|scope| scope.kind == kind && scope.values.iter().any(|v| v == value))
            };
            let act = deciding(in_effect.iter().filter(on_part))?;
            let validity = act.status.into();
            (validity != Validity::Valid).then(|| PartOn { kind, value, validity, deciding: act.deciding() })
        })
        .collect()
}

#[cfg(test)]
mod tests;
