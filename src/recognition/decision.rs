//! The answer to "does it count there?": first what is asked for, then whether this certificate counts, on whose word,
//! with the chain of what was found. Recognition never guesses: where the data does not say, the answer is
//! `not-determinable`, with the reason.

use serde::Serialize;

use super::data::{Arrangement, ArrangementKind, RequirementRow};
use super::load::Recognition;
use super::question::{Question, issuing_party, party};
use super::reason::{Condition, Reason};
use super::requirement::Required;
use super::vocabulary::{Outcome, Part, Requirement, Standing, closed};
use super::{management, product};
use crate::record::{Kind, Validity};

closed! {
    /// A step of the chain.
    Step {
        /// What the importing party asks for.
        Requirement = "requirement",
        /// The arrangement was in force.
        Arrangement = "arrangement",
        /// The goods stand in its list.
        ListRow = "list-row",
        /// The body was designated.
        Designation = "designation",
        /// The body was accredited.
        Accreditation = "accreditation",
        /// The accreditation body was a signatory.
        Signatory = "signatory",
        /// The standard corresponds and its edition counts.
        Standard = "standard",
        /// The origin of the goods.
        Origin = "origin",
        /// Direct transport.
        Transport = "transport",
        /// The status on the day that decides.
        Status = "status",
    }
}

closed! {
    /// What a step came to.
    Verdict {
        /// It holds, by the data.
        Holds = "holds",
        /// It holds as somebody asserts.
        Asserted = "asserted",
        /// It does not hold.
        Fails = "fails",
        /// The data does not say.
        Unknown = "unknown",
    }
}

/// One link of the chain.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Which step.
    pub step: Step,
    /// What it came to.
    pub verdict: Verdict,
    /// What was found: an id, a name, a day.
    pub detail: String,
}

/// Whether a certificate counts with a party, and why.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// What is asked for.
    pub required: Required<'a>,
    /// Whether it counts.
    pub outcome: Outcome,
    /// The part that counts, where something does.
    pub part: Option<Part>,
    /// The arrangement that it rests on.
    pub arrangement_id: Option<&'a str>,
    /// The row of its list.
    pub list_row: Option<&'a str>,
    /// Whose word it is.
    pub standing: Standing,
    /// The party whose word it is; none where it is for information only.
    pub decided_by: Option<&'a str>,
    /// Why, in the order of the steps.
    pub reasons: Vec<Reason>,
    /// What holds only as asserted.
    pub conditions: Vec<Condition>,
    /// Every step that was taken.
    pub chain: Vec<Link>,
}

/// A decision in the making: the steps write to it, and the first that does not hold settles the outcome.
pub(super) struct Draft<'a> {
    pub outcome: Outcome,
    pub part: Option<Part>,
    pub arrangement: Option<&'a Arrangement>,
    pub list_row: Option<&'a str>,
    /// The row on which the word rests: owner and whether we hold it signed.
    pub word: Option<(&'a str, bool)>,
    pub reasons: Vec<Reason>,
    pub conditions: Vec<Condition>,
    pub chain: Vec<Link>,
}

impl Draft<'_> {
    pub(super) fn link(&mut self, step: Step, verdict: Verdict, detail: impl Into<String>) {
        self.chain.push(Link { step, verdict, detail: detail.into() });
    }

    /// Settles the outcome, but never makes it better: what fails outweighs what is unknown.
    pub(super) fn lower(&mut self, outcome: Outcome, reason: Reason) {
        if self.outcome != Outcome::NotRecognised {
            self.outcome = outcome;
        }
        self.reasons.push(reason);
    }

    pub(super) fn fail(&mut self, step: Step, detail: impl Into<String>, reason: Reason) {
        self.link(step, Verdict::Fails, detail);
        self.lower(Outcome::NotRecognised, reason);
    }

    pub(super) fn unknown(&mut self, step: Step, detail: impl Into<String>, reason: Reason) {
        self.link(step, Verdict::Unknown, detail);
        self.lower(Outcome::NotDeterminable, reason);
    }

    /// The status of the whole certificate on the day that decides. A part that is suspended leaves the rest standing.
    pub(super) fn status(&mut self, question: &Question<'_>) {
        let whole = question.statuses.iter().filter(|status| status.affected.is_none());
        for status in whole.filter(|status| status.day == question.decisive) {
            let detail = format!("{} on {}", status.value.code(), status.day);
            match status.value {
                Validity::Valid => self.link(Step::Status, Verdict::Holds, detail),
                Validity::NotDeterminable => {
                    self.unknown(Step::Status, detail, Reason::new("recognition/status-not-determinable"));
                }
                _ => {
                    let reason = Reason::new("recognition/not-valid-on-day").with("day", status.day);
                    self.fail(Step::Status, detail, reason);
                }
            }
        }
    }
}

impl Recognition {
    /// Decides. `own_party` is the party whose gateway evaluates.
    #[must_use]
    pub fn decide<'a>(&'a self, question: &'a Question<'a>, own_party: &str) -> Decision<'a> {
        let required = self.requirement(question);
        let importer = party(question.importer);
        let mut draft = Draft {
            outcome: Outcome::Recognised,
            part: None,
            arrangement: None,
            list_row: None,
            word: None,
            reasons: Vec::new(),
            conditions: Vec::new(),
            chain: Vec::new(),
        };
        let verdict = match required.requirement {
            Requirement::NotDeterminable => Verdict::Unknown,
            _ => Verdict::Holds,
        };
        draft.link(Step::Requirement, verdict, required.row().map_or("-", |row| row.id.as_str()));
        match question.record {
            None => draft.lower(Outcome::NotDeterminable, Reason::new("recognition/no-certificate")),
            Some(record) => match record.kind {
                Kind::ManagementSystem => management::decide(self, question, record, importer, &mut draft),
                _ => self.product(question, importer, &required, &mut draft),
            },
        }
        if !matches!(draft.outcome, Outcome::Recognised | Outcome::PartlyRecognised) {
            draft.part = None;
        }
        let (standing, decided_by) = whose_word(draft.word, importer, party(own_party));
        let mut reasons = required.reasons.clone();
        reasons.append(&mut draft.reasons);
        Decision {
            required,
            outcome: draft.outcome,
            part: draft.part,
            arrangement_id: draft.arrangement.map(|row| row.id.as_str()),
            list_row: draft.list_row,
            standing,
            decided_by,
            reasons,
            conditions: draft.conditions,
            chain: draft.chain,
        }
    }

    fn product<'a>(
        &'a self,
        question: &'a Question<'a>,
        importer: &str,
        required: &Required<'a>,
        draft: &mut Draft<'a>,
    ) {
        let Some(record) = question.record else { return };
        let row = required.row();
        match required.requirement {
            Requirement::OtherEvidenceRequired | Requirement::NotRequired | Requirement::Exempted => {
                draft.outcome = Outcome::NotApplicable;
                draft.word = row.map(word_of);
                return;
            }
            Requirement::CertificateRequired => {
                if let Some(row) = row.filter(|row| !row.accepts.is_empty() && !row.accepts.contains(&record.kind)) {
                    draft.word = Some(word_of(row));
                    draft.lower(
                        Outcome::NotApplicable,
                        Reason::new("recognition/kind-not-asked-for").with("kind", record.kind.code()),
                    );
                    return;
                }
            }
            Requirement::NotDeterminable => {}
        }
        if matches!(record.kind, Kind::Accreditation | Kind::Designation | Kind::Exemption | Kind::OutOfCatalogue) {
            let reason = Reason::new("recognition/kind-not-asked-for").with("kind", record.kind.code());
            draft.lower(Outcome::NotApplicable, reason);
            return;
        }
        let exporter = issuing_party(self, record);
        if exporter == Some(importer) {
            product::own(required, draft);
            draft.status(question);
            return;
        }
        let directed = self.arrangements.iter().find(|row| {
            row.kind == ArrangementKind::Government
                && row.importer.as_deref() == Some(importer)
                && exporter.is_some_and(|exporter| row.exporter.as_deref() == Some(exporter))
        });
        if let Some(arrangement) = directed {
            product::by_list(self, question, record, arrangement, draft);
            draft.status(question);
            return;
        }
        let refusing = self.arrangements.iter().find(|row| {
            row.kind == ArrangementKind::Negative
                && row.parties.iter().any(|p| p == importer)
                && exporter.is_some_and(|exporter| row.parties.iter().any(|p| p == exporter))
                && row.refuses.contains(&record.kind)
                && (!row.only_where_certificate_required || required.requirement == Requirement::CertificateRequired)
        });
        if let Some(arrangement) = refusing {
            draft.arrangement = Some(arrangement);
            let reason = arrangement.reason.as_deref().and_then(Reason::named);
            draft.fail(
                Step::Arrangement,
                arrangement.id.as_str(),
                reason.unwrap_or_else(|| Reason::new("recognition/no-arrangement").with("party", importer)),
            );
            return;
        }
        draft.unknown(
            Step::Arrangement,
            exporter.unwrap_or("-"),
            Reason::new("recognition/no-arrangement").with("party", importer),
        );
    }
}

pub(super) fn word_of(row: &RequirementRow) -> (&str, bool) {
    (row.owner.as_str(), row.signed)
}

/// Authoritative at the importing party's own gateway on its own rows; published on rows that it signed, elsewhere.
fn whose_word<'a>(word: Option<(&'a str, bool)>, importer: &str, own_party: &str) -> (Standing, Option<&'a str>) {
    match word {
        Some((owner, _)) if owner == importer && own_party == importer => (Standing::Authoritative, Some(owner)),
        Some((owner, true)) if owner == importer => (Standing::Published, Some(owner)),
        _ => (Standing::Informative, None),
    }
}
