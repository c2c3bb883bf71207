//! The level of assurance behind a certificate, as UNTP names it (`assessmentLevel`). It is computed from what was so
//! on the issue date, never read off a code.

use serde_json::Value;

use super::attested::{Attested, AttestedParts};
use super::data::{ArrangementKind, within};
use super::effect::scheme_of;
use super::load::Recognition;
use super::management::{Accreditations, MAIN_SCOPE, accreditations, signatory};
use crate::clock::Day;
use crate::mapping::ComputedSource;
use crate::record::{BodyStatus, DesignationStatus, Equivalence, Kind, Record};

impl Recognition {
    /// `authority-mandate`, `authority-globalmra`, `authority-peer`, `scheme-cab` or `no-endorsement`. What counts is
    /// the issue date; `day` bounds what may be known (a certificate issued later has no level yet).
    #[must_use]
    pub fn assurance_level(&self, record: &Record, day: Day) -> &'static str {
        self.level(Attested::from(record), day)
    }

    fn level(&self, record: Attested<'_>, day: Day) -> &'static str {
        if record.issued > day {
            return "no-endorsement";
        }
        if self.mandated(record) {
            "authority-mandate"
        } else if self.accredited(record) {
            "authority-globalmra"
        } else if self.peer(record) {
            "authority-peer"
        } else if matches!(record.kind, Kind::Exemption | Kind::OutOfCatalogue) {
            "no-endorsement"
        } else {
            // A body that certifies under a scheme vouches with its own name at least.
            "scheme-cab"
        }
    }

    /// Designated on the issue date, under an agreement or by the authority of a compulsory scheme.
    fn mandated(&self, record: Attested<'_>) -> bool {
        let issued = record.issued;
        let listed = self
            .designations
            .iter()
            .filter(|row| row.body == *record.body && within(issued, row.from, row.until))
            // A designation covers the scheme that its list is of, not all that the body does.
            .filter(|row| row.list != "CCC" || record.kind == Kind::CompulsoryProduct)
            .any(|row| row.status == DesignationStatus::Designated);
        let stated = record
            .issuer
            .designations
            .iter()
            .filter(|row| within(issued, row.from, row.until))
            .any(|row| row.status == DesignationStatus::Designated);
        listed || stated || ccc(record)
    }

    /// Accredited by a signatory on the issue date, for the main scope of the kind and, for a management system, for
    /// every standard of the certificate.
    fn accredited(&self, record: Attested<'_>) -> bool {
        let issued = record.issued;
        if record.kind != Kind::ManagementSystem {
            return self.accredited_product(record, issued);
        }
        let Accreditations::Stated(stated) = accreditations(record, MAIN_SCOPE) else { return false };
        !record.standards.is_empty()
            && record.standards.iter().all(|standard| {
                let Some(known) = self.editions.find(standard).filter(|known| known.degree == Equivalence::Idt) else {
                    return false;
                };
                let sub = known.international.designation.as_str();
                stated.iter().any(|one| {
                    (one.scopes.is_empty() || one.scopes.iter().any(|scope| scope.contains(sub)))
                        && signatory(self, one.body, MAIN_SCOPE, sub, issued).is_some()
                })
            })
    }

    fn accredited_product(&self, record: Attested<'_>, issued: Day) -> bool {
        let main = match record.kind {
            Kind::VoluntaryProduct | Kind::CompulsoryProduct | Kind::FoodAgriculture | Kind::Service => "ISO/IEC 17065",
            _ => return false,
        };
        let Accreditations::Stated(stated) = accreditations(record, main) else { return false };
        stated.iter().any(|one| {
            self.signatories
                .iter()
                .any(|row| row.is(one.body) && row.main == main && within(issued, row.from, row.until))
        })
    }

    /// Issued under a scheme of peers, such as the IECEE CB scheme.
    fn peer(&self, record: Attested<'_>) -> bool {
        let named = |text: &str| {
            self.arrangements
                .iter()
                .filter(|row| row.kind == ArrangementKind::Scheme)
                .any(|row| text.contains(row.id.as_str()) || text.contains(row.name.en.as_str()))
        };
        record.scheme.uri.as_deref().is_some_and(named)
            || record.scheme.name.as_ref().is_some_and(|name| name.0.values().any(|text| named(text)))
    }
}

impl ComputedSource for Recognition {
    /// `assurance-level`, as [`Recognition::assurance_level`]; none of another name, or where the tree is no record.
    fn compute(&self, name: &str, record: &Value, _: &Value, on: Day) -> Option<String> {
        let parts = (name == "assurance-level").then(|| AttestedParts::read(record)).flatten()?;
        Some(self.level(parts.borrow(), on).to_owned())
    }
}

/// A CCC certificate is issued by bodies that CNCA designated, and by no others; an approval that had lapsed or was
/// taken away says otherwise.
fn ccc(record: Attested<'_>) -> bool {
    scheme_of(record.kind, record.body).is_some()
        && record.issuer.approvals.iter().filter(|approval| approval.scheme == "cnca-approval").all(|approval| {
            within(record.issued, approval.from, approval.until)
                && matches!(approval.status, None | Some(BodyStatus::Valid))
        })
}
