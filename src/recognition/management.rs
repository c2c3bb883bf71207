//! Management-system certificates: the body was accredited for this standard when it issued, by a signatory of the
//! arrangement in force then, for that main and sub-scope; the edition counts; the importing party is in it too.

use super::attested::Attested;
use super::data::{Arrangement, ArrangementKind, Signatory, within};
use super::decision::{Draft, Step, Verdict};
use super::load::Recognition;
use super::question::Question;
use super::reason::{Condition, Reason};
use super::vocabulary::{Outcome, Part};
use crate::clock::Day;
use crate::record::{Accredited, Equivalence, Record, Standard};

/// The main scope of every management-system certificate.
pub(super) const MAIN_SCOPE: &str = "ISO/IEC 17021-1";

/// An accreditation that the record speaks of, for the issue date.
pub(super) struct Accreditor<'a> {
    /// Acronym or name of the accreditation body.
    pub body: &'a str,
    /// Sub-scopes; empty where the record does not list them.
    pub scopes: &'a [String],
    /// Read in the accreditation body's own list, not asserted by the sender.
    pub listed: bool,
}

/// What the record says of the accreditation of its body on the issue date.
pub(super) enum Accreditations<'a> {
    /// These.
    Stated(Vec<Accreditor<'a>>),
    /// It says that there is none.
    Denied,
    /// It says nothing.
    Unstated,
}

/// The accreditations of the issuing body on the issue date for one main scope.
pub(super) fn accreditations<'a>(record: Attested<'a>, main: &str) -> Accreditations<'a> {
    let issued = record.issued;
    let mut stated: Vec<Accreditor<'a>> = record
        .issuer
        .accreditations
        .iter()
        .filter(|row| within(issued, row.from, row.until))
        .filter(|row| row.standard.as_deref().is_none_or(|standard| standard.starts_with(main)))
        .filter_map(|row| {
            let body = row.body.acronym.as_deref().or_else(|| row.body.name.as_ref()?.best(&["en", "zh"]))?;
            Some(Accreditor { body, scopes: &row.scopes, listed: !row.claimed })
        })
        .collect();
    if let Some(mark) = record.claim.mark.as_deref() {
        stated.push(Accreditor { body: mark, scopes: &[], listed: false });
    }
    if !stated.is_empty() {
        Accreditations::Stated(stated)
    } else if record.claim.status == Some(Accredited::Unaccredited) {
        Accreditations::Denied
    } else {
        Accreditations::Unstated
    }
}

/// What was found of one standard of the certificate.
enum Found<'a> {
    Counts { arrangement: &'a Arrangement, link: String, conditions: Vec<Condition>, asserted: bool },
    Fails(Step, Reason),
    Unknown(Step, Reason),
}

pub(super) fn decide<'a>(
    data: &'a Recognition,
    question: &'a Question<'a>,
    record: &'a Record,
    importer: &str,
    draft: &mut Draft<'a>,
) {
    if !question.goods.is_empty() {
        draft.reasons.push(Reason::new("recognition/management-system-not-product"));
    }
    draft.part = Some(Part::ManagementSystem);
    match accreditations(Attested::from(record), MAIN_SCOPE) {
        Accreditations::Denied => {
            draft.fail(Step::Accreditation, "unaccredited", Reason::new("recognition/not-accredited"));
        }
        Accreditations::Unstated => {
            draft.unknown(Step::Accreditation, "-", Reason::new("recognition/accreditation-unknown"));
        }
        Accreditations::Stated(stated) => {
            if record.standards.is_empty() {
                draft.unknown(Step::Standard, "-", Reason::new("recognition/standard-not-stated"));
            }
            let found: Vec<Found<'a>> = record
                .standards
                .iter()
                .map(|standard| one(data, record, standard, &stated, importer, question.decisive))
                .collect();
            settle(found, draft);
        }
    }
    draft.status(question);
}

/// All standards count: recognised; some: partly; none: not, or not determinable where one is unknown.
fn settle<'a>(found: Vec<Found<'a>>, draft: &mut Draft<'a>) {
    let counting = found.iter().filter(|one| matches!(one, Found::Counts { .. })).count();
    let all = counting == found.len();
    for one in found {
        match one {
            Found::Counts { arrangement, link, conditions, asserted } => {
                draft.arrangement = draft.arrangement.or(Some(arrangement));
                draft.link(Step::Accreditation, if asserted { Verdict::Asserted } else { Verdict::Holds }, link);
                draft.link(Step::Arrangement, Verdict::Holds, arrangement.id.as_str());
                for condition in conditions {
                    if !draft.conditions.contains(&condition) {
                        draft.conditions.push(condition);
                    }
                }
            }
            Found::Fails(step, reason) if counting > 0 => {
                draft.link(step, Verdict::Fails, reason.code());
                draft.reasons.push(reason);
            }
            Found::Unknown(step, reason) if counting > 0 => {
                draft.link(step, Verdict::Unknown, reason.code());
                draft.reasons.push(reason);
            }
            Found::Fails(step, reason) => draft.fail(step, reason.code(), reason),
            Found::Unknown(step, reason) => draft.unknown(step, reason.code(), reason),
        }
    }
    if counting > 0 && !all {
        draft.outcome = Outcome::PartlyRecognised;
    }
}

fn one<'a>(
    data: &'a Recognition,
    record: &Record,
    standard: &Standard,
    stated: &[Accreditor<'_>],
    importer: &str,
    decisive: Day,
) -> Found<'a> {
    let sub = match sub_scope(data, standard, decisive) {
        Ok(sub) => sub,
        Err(found) => return found,
    };
    let issued = record.dates.issued;
    let in_any = data
        .arrangements
        .iter()
        .filter(|row| row.kind == ArrangementKind::Accreditation)
        .any(|row| row.sub_scopes.iter().any(|known| known == sub));
    if !in_any {
        return Found::Fails(Step::Signatory, Reason::new("recognition/no-sub-scope").with("standard", sub));
    }
    for accreditor in stated {
        if !accreditor.scopes.is_empty() && !accreditor.scopes.iter().any(|scope| scope.contains(sub)) {
            continue;
        }
        let Some((signatory, arrangement)) = signatory(data, accreditor.body, MAIN_SCOPE, sub, issued) else {
            continue;
        };
        if !economy(data, importer, MAIN_SCOPE, sub, decisive) {
            let reason = Reason::new("recognition/importer-not-in-arrangement").with("party", importer);
            return Found::Unknown(Step::Arrangement, reason);
        }
        let mut conditions = Vec::new();
        let asserted = !accreditor.listed || accreditor.scopes.is_empty();
        if asserted {
            conditions.push(Condition::Accredited(signatory.body.clone()));
        }
        if signatory.from.is_none() {
            conditions.push(Condition::SignatorySince(signatory.body.clone(), sub.to_owned()));
        }
        let link = format!("{} for {MAIN_SCOPE}, {sub}, on {issued}", signatory.body);
        return Found::Counts { arrangement, link, conditions, asserted };
    }
    // An accreditation body that we know as a signatory for something else did not sign for this; of one that we do
    // not know nothing can be said.
    let known = stated.iter().any(|one| data.signatories.iter().any(|row| row.is(one.body)));
    let reason = |code| Reason::new(code).with("standard", sub).with("day", issued);
    if known {
        Found::Fails(Step::Signatory, reason("recognition/not-signatory-for-scope"))
    } else {
        Found::Unknown(Step::Signatory, reason("recognition/signatory-unknown"))
    }
}

/// The sub-scope that a standard of the certificate falls under: the international designation of an identical edition
/// that still counts on the day.
fn sub_scope<'a>(data: &'a Recognition, standard: &Standard, day: Day) -> Result<&'a str, Found<'a>> {
    let name = || match &standard.edition {
        Some(edition) => format!("{}:{edition}", standard.designation),
        None => standard.designation.clone(),
    };
    if standard.edition.is_none() {
        let reason = Reason::new("recognition/edition-not-stated").with("standard", name());
        return Err(Found::Unknown(Step::Standard, reason));
    }
    let Some(known) = data.editions.find(standard) else {
        let reason = Reason::new("recognition/edition-unknown").with("standard", name());
        return Err(Found::Unknown(Step::Standard, reason));
    };
    if known.degree != Equivalence::Idt {
        let reason = Reason::new("recognition/standard-not-identical")
            .with("standard", name())
            .with("other", &known.international)
            .with("degree", known.degree.code());
        return Err(Found::Fails(Step::Standard, reason));
    }
    if known.until.is_some_and(|until| until < day) {
        let reason = Reason::new("recognition/edition-ended").with("standard", name()).with("day", day);
        return Err(Found::Fails(Step::Standard, reason));
    }
    Ok(&known.international.designation)
}

/// The signatory of that name for that main and sub-scope on the day, with the arrangement that was in force then. A
/// signature under the elder arrangement lives on under its successor.
pub(super) fn signatory<'a>(
    data: &'a Recognition,
    body: &str,
    main: &str,
    sub: &str,
    day: Day,
) -> Option<(&'a Signatory, &'a Arrangement)> {
    data.signatories
        .iter()
        .filter(|row| row.is(body) && row.main == main && row.sub.iter().any(|known| known == sub))
        .filter(|row| within(day, row.from, row.until))
        .find_map(|row| in_force(data, &row.arrangement, day).map(|arrangement| (row, arrangement)))
}

/// The arrangement itself, or the successor that carries its recognitions over, whichever operates on the day.
pub(super) fn in_force<'a>(data: &'a Recognition, id: &str, day: Day) -> Option<&'a Arrangement> {
    let mut arrangement = data.arrangement(id)?;
    // As many steps as there are arrangements: a circle in the data ends here too.
    for _ in 0..data.arrangements.len() {
        if within(day, arrangement.from, arrangement.operates_until) {
            return Some(arrangement);
        }
        if !arrangement.counts_on(day) {
            return None;
        }
        arrangement = data.arrangement(arrangement.succeeded_by.as_deref()?)?;
    }
    None
}

/// True where the importing party is an economy of some signatory for that scope.
fn economy(data: &Recognition, importer: &str, main: &str, sub: &str, day: Day) -> bool {
    data.signatories.iter().any(|row| {
        row.economies.iter().any(|economy| economy == importer)
            && row.main == main
            && row.sub.iter().any(|known| known == sub)
            && within(day, row.from, row.until)
    })
}

impl Signatory {
    /// True where the text names this accreditation body: its acronym as a word, or one of its names.
    pub(super) fn is(&self, text: &str) -> bool {
        let word = |c: char| !c.is_alphanumeric() && c != '-';
        text.split(word).any(|part| part.eq_ignore_ascii_case(&self.body))
            || self.names.iter().any(|name| name.eq_ignore_ascii_case(text.trim()))
    }
}
