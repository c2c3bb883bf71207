//! Which acts are possible: a certificate that an act cannot touch is left as it is, and told of with its reason.
//!
//! A withdrawal is final. What was cancelled or replaced, or is past its last day, can be withdrawn (that bars the sale of
//! what is still about) and nothing else. A suspended certificate can be withdrawn or cancelled, not suspended again.

use serde::Serialize;

use crate::clock::Day;
use crate::record::{Record, StatusEntry, StatusValue, SubjectKey, Validity};
use crate::registry::history::standing_withdrawal;

/// A certificate that meets the condition and is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The certificate.
    pub subject: SubjectKey,
    /// Why.
    pub reason: Skip,
}

/// Why a certificate is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// The act is on record.
    OnRecord,
    /// It is suspended already.
    Suspended,
    /// It is withdrawn, which is final.
    Withdrawn,
    /// It is cancelled.
    Cancelled,
    /// It is replaced by another.
    Superseded,
    /// It is past its last day.
    Expired,
}

impl Skip {
    /// The reason, in Chinese and in English.
    #[must_use]
    pub const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::OnRecord => ("该决定已有记录", "the act is on record already"),
            Self::Suspended => ("已暂停", "it is suspended already"),
            Self::Withdrawn => ("已撤销，撤销是终局的", "it is withdrawn, and that is final"),
            Self::Cancelled => ("已注销", "it is cancelled"),
            Self::Superseded => ("已被其他证书替代", "it is replaced by another certificate"),
            Self::Expired => ("已过有效期", "it is past its last day"),
        }
    }

    /// Why an act from that day on cannot touch the record.
    pub(super) fn of(record: &Record, act: &StatusEntry, from: Day) -> Option<Self> {
        if standing_withdrawal(&record.status.history).is_some() {
            return Some(Self::Withdrawn);
        }
        let validity = record.status_on(from, None).validity;
        match (act.status?, validity) {
            (_, Validity::Withdrawn) => Some(Self::Withdrawn),
            (StatusValue::Withdrawn, _) => None,
            (_, Validity::Cancelled) => Some(Self::Cancelled),
            (_, Validity::Superseded) => Some(Self::Superseded),
            (_, Validity::Expired) => Some(Self::Expired),
            (StatusValue::Suspended, Validity::Suspended) => Some(Self::Suspended),
            _ => None,
        }
    }
}
