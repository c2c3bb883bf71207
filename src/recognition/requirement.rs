//! What the importing party asks for: the first half of a decision, and the one that a newcomer asks first.

use super::data::{RequirementRow, within};
use super::load::Recognition;
use super::question::{Question, party};
use super::reason::Reason;
use super::vocabulary::Requirement;
use crate::record::{Kind, Validity};

/// What is asked for, and the rows that say so.
#[derive(Clone, Debug)]
pub struct Required<'a> {
    /// What is asked for.
    pub requirement: Requirement,
    /// The rows that say so, those that weigh most first.
    pub rows: Vec<&'a RequirementRow>,
    /// Why it is as it is, where a row or its absence says.
    pub reasons: Vec<Reason>,
}

impl<'a> Required<'a> {
    /// The row that decides.
    #[must_use]
    pub fn row(&self) -> Option<&'a RequirementRow> {
        self.rows.first().copied()
    }
}

/// The weight of what a row asks for: several laws hold at once, and the strictest decides.
const fn weight(requirement: Requirement) -> u8 {
    match requirement {
        Requirement::CertificateRequired => 4,
        Requirement::OtherEvidenceRequired => 3,
        Requirement::Exempted => 2,
        Requirement::NotRequired => 1,
        Requirement::NotDeterminable => 0,
    }
}

impl Recognition {
    /// What the importing party asks for, on the day that decides.
    #[must_use]
    pub fn requirement(&self, question: &Question<'_>) -> Required<'_> {
        let importer = party(question.importer);
        let mut of_party = self.requirements.iter().filter(|row| row.importer == importer).peekable();
        if of_party.peek().is_none() {
            return none(Reason::new("requirement/no-rows-of-party").with("party", importer));
        }
        let kind = question.record.map(|record| record.kind);
        let mut rows: Vec<&RequirementRow> = of_party
            .filter(|row| within(question.decisive, row.from, row.until))
            // An exemption or a confirmation names its goods in words; it is the paper that such a row asks for.
            .filter(|row| {
                row.covers(question)
                    || kind == Some(Kind::Exemption) && row.origin.is_empty() && row.accepts.contains(&Kind::Exemption)
            })
            .collect();
        if kind == Some(Kind::ManagementSystem) && rows.iter().any(|row| row.subject.is_some()) {
            rows.retain(|row| row.subject.is_some());
        }
        // Strictest first; among equals the one for this very origin.
        rows.sort_by_key(|row| std::cmp::Reverse((weight(row.requires), !row.origin.is_empty())));
        let in_force = question.statuses.iter().all(|status| {
            status.day != question.decisive || status.affected.is_some() || status.value == Validity::Valid
        });
        if kind == Some(Kind::OutOfCatalogue) && importer == "CN" && in_force {
            let reasons = vec![Reason::new("requirement/out-of-catalogue")];
            return Required { requirement: Requirement::NotRequired, rows, reasons };
        }
        let Some(row) = rows.first() else {
            return none(Reason::new("requirement/no-row").with("party", importer));
        };
        if kind == Some(Kind::Exemption) && row.accepts.contains(&Kind::Exemption) && in_force {
            let reasons = vec![Reason::new("requirement/exempted")];
            return Required { requirement: Requirement::Exempted, rows, reasons };
        }
        let mut reasons: Vec<Reason> = row.reason.as_deref().and_then(Reason::named).into_iter().collect();
        if row.fictive {
            reasons.push(Reason::new("requirement/fictive-row").with("row", &row.id));
        }
        Required { requirement: row.requires, rows, reasons }
    }
}

fn none<'a>(reason: Reason) -> Required<'a> {
    Required { requirement: Requirement::NotDeterminable, rows: Vec::new(), reasons: vec![reason] }
}
