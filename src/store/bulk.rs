//! Events that touch many certificates at once: their members are staged where nobody sees them, take effect in one step,
//! and are settled one by one.
//!
//! A member is the next version of its subject. Until its event takes effect nobody reads it, and whoever writes the
//! subject in the meantime displaces it. From the instant of effect on every read gives it as the present version; a
//! write has to settle it first ([`super::Stale::Unsettled`]), for its leaf of the ledger and its messages come with that.

use super::change::{RecordWrite, Sha256};
use super::rows::{Direction, PartnerId, RecordVersion};
use crate::clock::Timestamp;
use crate::record::{Identifier, SubjectKey};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRow {
    /// Its id: the same for the same event.
    pub id: String,
    /// What was ordered, on what grounds, as JSON.
    pub document: Vec<u8>,
    /// Grows with every member that is staged or displaced.
    pub revision: u64,
    /// Members, settled ones included.
    pub members: u64,
    /// Members that are settled.
    pub settled: u64,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Since when it is in effect; absent: nobody sees anything of it.
    pub effective_at: Option<Timestamp>,
    /// When the last member was settled.
    pub settled_at: Option<Timestamp>,
}

impl BulkRow {
    /// True where members are in effect and not settled yet.
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        self.effective_at.is_some() && self.settled_at.is_none()
    }
}

/// A step of an event.
#[derive(Clone, Debug)]
pub enum BulkStep {
    /// It is written down. One that is there already makes the Change stale.
    Begin {
        /// What was ordered, as JSON.
        document: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// A member is staged: a version that nobody sees yet. Its own time is that of the effect, whatever is written here.
    Stage {
        /// The version.
        record: Box<RecordWrite>,
        /// Whom it is told to, or who told it.
        told: Vec<BulkTold>,
    },
    /// A staged member is taken back.
    Unstage {
        /// Whose.
        subject: SubjectKey,
    },
    /// All members take effect.
    Effect {
        /// The revision that it must have: nobody has displaced or staged a member since.
        revision: u64,
        /// What was ordered and what came of it, as JSON.
        document: Vec<u8>,
        /// Since when.
        at: Timestamp,
    },
    /// A member in effect becomes the version that its subject holds.
    Settle {
        /// Whose.
        subject: SubjectKey,
        /// When.
        at: Timestamp,
    },
    /// An event without members that never took effect is forgotten.
    Forget,
}

/// A step of one event.
#[derive(Clone, Debug)]
pub struct BulkWrite {
    /// Id of the event.
    pub event: String,
    /// What happens.
    pub step: BulkStep,
}

/// That a partner is told of a member, or has told us of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkTold {
    /// With whom.
    pub partner: PartnerId,
    /// Which way.
    pub direction: Direction,
    /// By the notice of the event, not by a message of its own.
    pub by_notice: bool,
    /// Version of the status face, as it is told.
    pub version: u32,
    /// The version that was told last.
    pub previous: Option<u32>,
}

/// A member of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkMember {
    /// Its place among the members.
    pub place: u64,
    /// The certificate.
    pub subject: SubjectKey,
    /// The version of the record that the event made.
    pub version: u32,
    /// Digest of the record's bytes, where it was asked for.
    pub digest: Option<Sha256>,
    /// Whom it is told to, or who told it.
    pub told: Vec<BulkTold>,
}

/// Which members of an event to read, by their place.
#[derive(Clone, Copy, Debug, Default)]
pub struct BulkPage {
    /// After this place.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
    /// Only those that are not settled.
    pub unsettled: bool,
    /// With the digest of each record.
    pub digests: bool,
}

/// Records to look through for those that an event is about.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// After this place.
    pub after: u64,
    /// Records to look at, at most.
    pub look_at: u32,
    /// Who may change them.
    pub owner: String,
    /// Scheme and value of the issuer, or the value alone.
    pub issuer: Option<(Option<String>, String)>,
    /// Texts that all stand in the record's bytes: what does not have them is not given.
    pub texts: Vec<String>,
}

/// What a scan has come to.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Present versions that have the texts, none of them staged.
    pub found: Vec<RecordVersion>,
    /// How many records were looked at.
    pub looked_at: u64,
    /// Where to go on; absent at the end.
    pub next: Option<u64>,
}

impl Scan {
    /// Whether the issuer is one that the scan is about.
    #[must_use]
    pub fn means(&self, issuer: &Identifier) -> bool {
        self.issuer.as_ref().is_none_or(|(scheme, value)| {
            scheme.as_ref().is_none_or(|scheme| *scheme == issuer.scheme) && *value == issuer.value
        })
    }
}
