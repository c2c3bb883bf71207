//! The level of assurance behind a certificate, as UNTP names it (`assessmentLevel`). It is computed from what was so
//! on the issue date, never read off a code.

use super::data::{ArrangementKind, within};
use super::effect::scheme_of;
use super::load::Recognition;
use super::management::{Accreditations, MAIN_SCOPE, accreditations, signatory};
use crate::clock::Day;
use crate::record::{BodyStatus, DesignationStatus, Equivalence, Kind, Record};

impl Recognition {
    /// `authority-mandate`, `authority-globalmra`, `authority-peer`, `scheme-cab` or `no-endorsement`. What counts is
    /// the issue date; `day` bounds what may be known (a certificate issued later has no level yet).
    #[must_use]
    pub fn assurance_level(&self, record: &Record, day: Day) -> &'static str {
        if record.dates.issued > day {
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
    fn mandated(&self, record: &Record) -> bool {
        let issued = record.dates.issued;
        let listed = self
            .designations
            .iter()
            .filter(|row| row.body == record.key.issuer && within(issued, row.from, row.until))
            // A designation covers the scheme that its list is of, not all that the body does.
            .filter(|row| row.list != "CCC" || record.kind == Kind::CompulsoryProduct)
            .any(|row| row.status == DesignationStatus::Designated);
        let stated = record
            .issuer
            .designations
            .iter()
            .filter(|row| within(issued, row.from, row.until))
            .any(|row| row.status == DesignationStatus::Designated);
        listed || stated || self.ccc(record)
    }

    /// A CCC certificate is issued by bodies that CNCA designated, and by no others.
    fn ccc(&self, record: &Record) -> bool {
        let issued = record.dates.issued;
        scheme_of(record).is_some()
            && record.issuer.approvals.iter().filter(|approval| approval.scheme == "cnca-approval").all(|approval| {
                within(issued, approval.from, approval.until)
                    && matches!(approval.status, None | Some(BodyStatus::Valid))
            })
    }

    /// Accredited by a signatory on the issue date, for the main scope of the kind and, for a management system, for
    /// every standard of the certificate.
    fn accredited(&self, record: &Record) -> bool {
        let issued = record.dates.issued;
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

    fn accredited_product(&self, record: &Record, issued: Day) -> bool {
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
    fn peer(&self, record: &Record) -> bool {
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
