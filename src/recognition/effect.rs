//! What a status does to an act, by scheme and jurisdiction: the law of the place where the act is done decides, and
//! nowhere else. A suspended CCC certificate bars import into China; it bars nothing in New Zealand.

use super::data::EffectRow;
use super::load::Recognition;
use super::question::{DatedStatus, party};
use super::reason::Reason;
use super::vocabulary::Act;
use crate::record::{Identifier, Kind, Record, Validity};

/// What a status does to an act.
#[derive(Clone, Copy, Debug)]
pub struct Effect<'a> {
    row: &'a EffectRow,
}

impl Effect<'_> {
    /// Whether the act is barred.
    #[must_use]
    pub fn bars(&self) -> bool {
        self.row.bars
    }

    /// The reason, with the law.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        Reason::named(&self.row.reason)
    }
}

impl Recognition {
    /// What this status of a certificate of a scheme does to an act in a jurisdiction; none where no law is loaded.
    #[must_use]
    pub fn effect(&self, scheme: &str, jurisdiction: &str, status: Validity, act: Act) -> Option<Effect<'_>> {
        self.effects
            .iter()
            .find(|row| {
                row.scheme == scheme && row.jurisdiction == jurisdiction && row.status == status && row.act == act
            })
            .map(|row| Effect { row })
    }

    /// The reasons that the statuses give for acts in the importing party: one for each day on which an act is done
    /// and barred, and what cancelled or suspended goods may still do where they were released or imported before.
    #[must_use]
    pub fn effects_of(&self, record: &Record, importer: &str, statuses: &[DatedStatus<'_>]) -> Vec<Reason> {
        let Some(scheme) = scheme_of(record.kind, &record.key.issuer) else { return Vec::new() };
        let importer = party(importer);
        statuses
            .iter()
            .filter_map(|status| self.effect(scheme, importer, status.value, status.basis.act()?))
            .filter_map(|effect| effect.reason())
            .fold(Vec::new(), |mut reasons, reason| {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
                reasons
            })
    }
}

/// The scheme that effects are listed under.
pub(super) fn scheme_of(kind: Kind, issuer: &Identifier) -> Option<&'static str> {
    (kind == Kind::CompulsoryProduct && issuer.scheme == "cnca-approval").then_some("CCC")
}
