//! Product certificates: one of the importing party's own law, and one that counts by a row of an agreement's list.

use super::data::{Arrangement, within};
use super::decision::{Draft, Step, Verdict, word_of};
use super::load::Recognition;
use super::question::{Question, classes};
use super::reason::{Condition, Reason};
use super::requirement::Required;
use super::vocabulary::{Outcome, Part, Requirement};
use crate::record::{DesignationStatus, Record};

/// A certificate of the importing party's own scheme counts at home without any arrangement.
pub(super) fn own<'a>(required: &Required<'a>, draft: &mut Draft<'a>) {
    draft.part = Some(Part::Certification);
    if required.requirement == Requirement::NotDeterminable {
        draft.unknown(Step::Arrangement, "own law", Reason::new("recognition/own-law-not-loaded"));
        return;
    }
    draft.word = required.row().map(word_of);
    draft.link(Step::Arrangement, Verdict::Holds, "own law");
    draft.reasons.push(Reason::new("recognition/own-law"));
}

/// By a row of the list: row in force, body designated on the issue date, origin and transport as the agreement asks.
pub(super) fn by_list<'a>(
    data: &'a Recognition,
    question: &'a Question<'a>,
    record: &'a Record,
    arrangement: &'a Arrangement,
    draft: &mut Draft<'a>,
) {
    draft.arrangement = Some(arrangement);
    if !within(question.decisive, arrangement.from, arrangement.operates_until) {
        let reason = Reason::new("recognition/arrangement-not-in-force")
            .with("arrangement", &arrangement.id)
            .with("day", question.decisive);
        draft.fail(Step::Arrangement, arrangement.id.as_str(), reason);
        return;
    }
    draft.link(Step::Arrangement, Verdict::Holds, arrangement.id.as_str());
    let row = data
        .list_rows
        .iter()
        .filter(|row| row.arrangement == arrangement.id && within(question.decisive, row.from, row.until))
        .find(|row| classes(question, &row.list).any(|code| code == row.code));
    let Some(row) = row else {
        let reason = Reason::new("recognition/no-list-row").with("arrangement", &arrangement.id);
        draft.unknown(Step::ListRow, "-", reason);
        return;
    };
    draft.list_row = Some(&row.id);
    draft.word = Some((&row.owner, row.signed));
    draft.part = Some(row.part);
    draft.link(Step::ListRow, Verdict::Holds, row.id.as_str());
    if row.part != Part::Certification {
        draft.outcome = Outcome::PartlyRecognised;
        let reason = match row.part {
            Part::TestReport => Reason::new("recognition/test-report-only"),
            Part::Inspection => Reason::new("recognition/inspection-only"),
            Part::Certification | Part::ManagementSystem => Reason::new("recognition/part-only"),
        };
        draft.reasons.push(reason.with("row", &row.id));
    }
    if row.fictive {
        draft.reasons.push(Reason::new("recognition/fictive-row").with("row", &row.id));
    }
    if arrangement.designated_bodies {
        designation(data, record, arrangement, &row.list, &row.code, draft);
    }
    origin(question, arrangement, draft);
    if arrangement.direct_transport {
        match question.direct_transport {
            Some(true) => {
                draft.link(Step::Transport, Verdict::Asserted, "direct");
                draft.conditions.push(Condition::DirectTransport);
            }
            Some(false) => draft.fail(Step::Transport, "not direct", Reason::new("recognition/not-direct")),
            None => draft.unknown(Step::Transport, "-", Reason::new("recognition/transport-not-stated")),
        }
    }
    for deviation in &row.deviations {
        draft.conditions.push(Condition::Deviation(deviation.zh.clone(), deviation.en.clone()));
    }
}

fn origin(question: &Question<'_>, arrangement: &Arrangement, draft: &mut Draft<'_>) {
    if arrangement.origins.is_empty() {
        return;
    }
    match question.origin {
        Some(origin) if arrangement.origins.iter().any(|allowed| allowed == origin) => {
            draft.link(Step::Origin, Verdict::Asserted, origin);
            draft.conditions.push(Condition::MadeIn(origin.to_owned()));
        }
        Some(origin) => {
            draft.fail(Step::Origin, origin, Reason::new("recognition/other-origin").with("origin", origin));
        }
        None => draft.unknown(Step::Origin, "-", Reason::new("recognition/origin-not-stated")),
    }
}

/// The designation on the issue date. The loaded list speaks first; what the record says of its own body only where the
/// list is silent.
fn designation(
    data: &Recognition,
    record: &Record,
    arrangement: &Arrangement,
    list: &str,
    code: &str,
    draft: &mut Draft<'_>,
) {
    let issued = record.dates.issued;
    let listed = data
        .designations_of(&record.key.issuer, &arrangement.id)
        .filter(|row| row.list == list && (row.codes.is_empty() || row.codes.iter().any(|c| c == code)))
        .filter(|row| within(issued, row.from, row.until))
        .map(|row| row.status)
        .max_by_key(|status| *status != DesignationStatus::Designated);
    let claimed = record
        .issuer
        .designations
        .iter()
        .filter(|row| row.under == arrangement.id && row.scope.as_deref().is_none_or(|scope| scope == code))
        .filter(|row| within(issued, row.from, row.until))
        .map(|row| row.status)
        .max_by_key(|status| *status != DesignationStatus::Designated);
    let body = record.key.issuer.to_string();
    match listed.or(claimed) {
        Some(DesignationStatus::Designated) => {
            let verdict = if listed.is_some() { Verdict::Holds } else { Verdict::Asserted };
            draft.link(Step::Designation, verdict, body);
        }
        Some(status) => {
            let reason =
                Reason::new("recognition/body-not-designated").with("status", status.code()).with("day", issued);
            draft.fail(Step::Designation, body, reason);
        }
        None => {
            let reason = Reason::new("recognition/designation-unknown").with("body", &body).with("day", issued);
            draft.unknown(Step::Designation, body, reason);
        }
    }
}
