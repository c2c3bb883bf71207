//! One document for one goods item: find the certificate, judge each assertion, judge each date, decide.

use super::answer::{
    AsOf, Assertion, AssertionName, DatedValidity, DocumentAnswer, DocumentId, Method, Recognised, StatusCode, Verdict,
};
use super::assertions::{self, Goods};
use super::lookup::{Found, LookupError};
use super::request::{DocumentAsked, GoodsItem, Request};
use super::{Verification, Viewer, party};
use crate::clock::{Day, Timestamp, Zone};
use crate::recognition::{Condition, DateBasis, DatedStatus, GoodsClass, Question, Reason, judge};
use crate::record::{Identifier, Validity, identifier};

/// What a look-up came to.
enum Lookup {
    Found(Found, Method),
    Missing { assertion: Assertion, reasons: Vec<Reason> },
}

/// Any assertion contradicted, the statement is; else any not determinable, or a source too old, and it is not; else it
/// is confirmed. A candidate neither confirms nor contradicts.
pub(super) fn precedence<'a>(assertions: impl IntoIterator<Item = &'a Assertion>, stale: bool) -> Verdict {
    let mut open = stale;
    for assertion in assertions {
        match (assertion.method, assertion.result) {
            (Method::Candidate, _) | (_, Verdict::NotDeterminable) => open = true,
            (_, Verdict::Contradicted) => return Verdict::Contradicted,
            (_, Verdict::Confirmed) => {}
        }
    }
    if open { Verdict::NotDeterminable } else { Verdict::Confirmed }
}

/// The class lists that requirement rows and list rows are written in.
fn class(item: &GoodsItem) -> Option<GoodsClass<'_>> {
    let asked = item.commodity_classification.as_ref()?;
    let list = match asked.list_id.as_str() {
        // Nomenclatures that are built on the Harmonised System.
        "HS" | "CN" | "TARIC" | "CN-HS" | "NZ-HS" => "HS",
        other => other,
    };
    Some(GoodsClass { list, code: &asked.id })
}

/// The dates asked about, in the order of their bases; without any, the day of the question.
fn dates(item: &GoodsItem, zone: Zone, now: Timestamp) -> Vec<(DateBasis, Day)> {
    let mut dates: Vec<(DateBasis, Day)> =
        DateBasis::ALL.iter().filter_map(|basis| item.dates.of(*basis).map(|date| (*basis, date.day(zone)))).collect();
    if dates.is_empty() || item.decisive_date == Some(DateBasis::Verification) {
        dates.push((DateBasis::Verification, now.day(zone)));
    }
    dates
}

/// The basis on which recognition is decided: the one named, else the one that customs go by.
fn deciding(item: &GoodsItem, dates: &[(DateBasis, Day)]) -> Option<(DateBasis, Day)> {
    let order = [
        DateBasis::DeclarationAcceptance,
        DateBasis::PlacingOnMarket,
        DateBasis::Shipment,
        DateBasis::ReleaseFromFactory,
        DateBasis::Verification,
    ];
    item.decisive_date
        .into_iter()
        .chain(order)
        .find_map(|basis| dates.iter().find(|(known, _)| *known == basis).copied())
}

impl Verification<'_> {
    pub(super) fn document(
        &self,
        request: &Request,
        item: &GoodsItem,
        asked: &DocumentAsked,
        viewer: Viewer,
        now: Timestamp,
    ) -> Result<DocumentAnswer, LookupError> {
        match self.find(asked, viewer)? {
            Lookup::Found(found, method) => Ok(self.judged(request, item, asked, &found, method, viewer, now)),
            Lookup::Missing { assertion, reasons } => Ok(self.missing(item, asked, assertion, reasons, viewer, now)),
        }
    }

    fn find(&self, asked: &DocumentAsked, viewer: Viewer) -> Result<Lookup, LookupError> {
        let uri = asked.id.contains("://") || asked.id.starts_with("urn:") || asked.id.starts_with("did:");
        let number = if uri { asked.id.clone() } else { identifier::cleaned(&asked.id) };
        let method = if number == asked.id { Method::Identifier } else { Method::Normalised };
        if let Some((id, scheme)) = asked.issuer.as_ref().and_then(|i| i.id.as_deref().zip(i.id_scheme.as_deref()))
            && let Some(found) = self.records.by_key(&Identifier::new(scheme, id), &number)?
        {
            return Ok(Lookup::Found(found, method));
        }
        let mut found = self.records.by_number(&number)?;
        if found.is_empty() && !uri {
            return self.near(asked, viewer);
        }
        let before = found.len();
        if let Some(issuer) = &asked.issuer {
            // An issuer that is named narrows the choice; one that agrees outright settles it.
            found.retain(|one| party::issuer(issuer, &one.record).result != Verdict::Contradicted);
            let agrees = |one: &Found| party::issuer(issuer, &one.record).result == Verdict::Confirmed;
            if found.iter().filter(|one| agrees(one)).count() == 1 {
                found.retain(agrees);
            }
        }
        let missing = |reason| Lookup::Missing {
            assertion: Assertion::new(AssertionName::Exists, Verdict::NotDeterminable, Method::Identifier),
            reasons: vec![reason],
        };
        Ok(match found.len() {
            0 if before > 0 => missing(Reason::new("verification/other-issuer")),
            0 => missing(Reason::new("verification/no-record")),
            1 => found
                .pop()
                .map_or_else(|| missing(Reason::new("verification/no-record")), |found| Lookup::Found(found, method)),
            _ => {
                let issuers: Vec<String> = found.iter().map(|one| one.record.key.issuer.to_string()).collect();
                missing(Reason::new("verification/several-issuers").with("issuers", issuers.join(", ")))
            }
        })
    }

    /// No certificate has this number: was another one meant?
    fn near(&self, asked: &DocumentAsked, viewer: Viewer) -> Result<Lookup, LookupError> {
        let candidates = identifier::candidates(&asked.id);
        // Blanks and separators alone are a matter of spelling, not of another number.
        if let Some(spelt) = candidates.iter().find(|candidate| candidate.misreadings.is_empty()) {
            let mut found = self.records.by_number(&spelt.number)?;
            if let (1, Some(one)) = (found.len(), found.pop()) {
                return Ok(Lookup::Found(one, Method::Normalised));
            }
        }
        let mistyped: Vec<_> = candidates.iter().filter(|candidate| !candidate.misreadings.is_empty()).collect();
        let mut assertion = Assertion::new(AssertionName::Exists, Verdict::NotDeterminable, Method::Candidate);
        let mut reasons = Vec::new();
        match mistyped.first() {
            Some(first) if viewer.candidates => {
                let mut shown = *first;
                for candidate in &mistyped {
                    if self.records.knows(&candidate.number)? {
                        assertion.candidate = Some(candidate.number.clone());
                        shown = candidate;
                        break;
                    }
                }
                for misreading in &shown.misreadings {
                    reasons.push(
                        Reason::new("identifier/confusable")
                            .with("position", misreading.position)
                            .with("written", misreading.written)
                            .with("read", misreading.read),
                    );
                }
            }
            Some(_) => reasons.push(Reason::new("verification/looks-mistyped")),
            None => {
                assertion.method = Method::Identifier;
                let judged = identifier::identify(&asked.id);
                let failing =
                    !judged.is_empty() && judged.iter().all(|one| one.verdict == identifier::Verdict::Invalid);
                let code = if failing { "verification/number-form" } else { "verification/no-record" };
                reasons.push(Reason::new(code));
            }
        }
        Ok(Lookup::Missing { assertion, reasons })
    }

    fn missing(
        &self,
        item: &GoodsItem,
        asked: &DocumentAsked,
        assertion: Assertion,
        mut reasons: Vec<Reason>,
        viewer: Viewer,
        now: Timestamp,
    ) -> DocumentAnswer {
        let dates = dates(item, Zone::UTC, now);
        let goods: Vec<GoodsClass<'_>> = class(item).into_iter().collect();
        let question = Question {
            record: None,
            importer: &item.import_country,
            goods: &goods,
            origin: item.origin_country.as_deref(),
            direct_transport: item.direct_transport,
            statuses: &[],
            decisive: deciding(item, &dates).map_or_else(|| now.day(Zone::UTC), |(_, day)| day),
        };
        let decision = self.recognition.decide(&question, &self.policy.own_party);
        add(&mut reasons, decision.reasons.iter().cloned());
        let validity = dates
            .iter()
            .map(|(basis, _)| DatedValidity {
                date_basis: *basis,
                date: item.dates.of(*basis).map(|date| date.day(Zone::UTC)),
                zone: None,
                value: Validity::NotDeterminable,
                affected_scope: None,
            })
            .collect();
        DocumentAnswer {
            sequence_numeric: item.sequence_numeric,
            additional_document: id_of(asked),
            result: precedence([&assertion], false),
            assertion: vec![assertion],
            validity,
            decisive_date: item.decisive_date,
            status_code: None,
            requirement: decision.required.requirement,
            recognition: recognised(&decision, viewer),
            reason: reasons,
            conditions: Vec::new(),
            as_of: None,
            answer_valid_until: now.plus_seconds(self.policy.answer_lifetime.into()),
            ledger: None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one walk over what was asked and what was found")]
    fn judged(
        &self,
        request: &Request,
        item: &GoodsItem,
        asked: &DocumentAsked,
        found: &Found,
        method: Method,
        viewer: Viewer,
        now: Timestamp,
    ) -> DocumentAnswer {
        let record = &*found.record;
        let dates = dates(item, record.zone(), now);
        let decisive = deciding(item, &dates);
        let goods = Goods::new(item, asked, record);
        let statuses: Vec<DatedStatus<'_>> = dates
            .iter()
            .map(|(basis, day)| judge(record, *basis, *day, None, &|kind, value| goods.concerns(kind, value)))
            .collect();
        let mut reasons = self.recognition.effects_of(record, &item.import_country, &statuses);
        let mut assertions = vec![Assertion::new(AssertionName::Exists, Verdict::Confirmed, method)];
        assertions::judge_all(self.recognition, &goods, &statuses, &mut assertions, &mut reasons);

        let stale = request.max_age.is_some_and(|seconds| {
            found.observed_at.is_none_or(|observed| observed.plus_seconds(seconds.into()) < now)
        });
        if stale {
            reasons.push(Reason::new("verification/too-old").with("seconds", request.max_age.unwrap_or_default()));
        }
        let result = precedence(&assertions, stale);

        let classes: Vec<GoodsClass<'_>> = class(item).into_iter().collect();
        let question = Question {
            record: Some(record),
            importer: &item.import_country,
            goods: &classes,
            origin: item.origin_country.as_deref(),
            direct_transport: item.direct_transport,
            statuses: &statuses,
            decisive: decisive.map_or_else(|| now.day(record.zone()), |(_, day)| day),
        };
        let decision = self.recognition.decide(&question, &self.policy.own_party);
        add(&mut reasons, decision.reasons.iter().cloned());

        let deciding_status = statuses.iter().find(|status| Some((status.basis, status.day)) == decisive);
        let entry = deciding_status.and_then(|status| status.entry);
        let as_of = AsOf {
            decided_on: entry.and_then(|entry| entry.decided_on),
            reported_on: entry.and_then(|entry| entry.reported_on).or(record.reporting.reported_on),
            observed_on: found.observed_at.or_else(|| entry.and_then(|entry| entry.observed_at)),
        };
        DocumentAnswer {
            sequence_numeric: item.sequence_numeric,
            additional_document: id_of(asked),
            result,
            validity: statuses.iter().map(dated).collect(),
            decisive_date: item.decisive_date,
            status_code: deciding_status.and_then(|status| StatusCode::of(status.value)),
            requirement: decision.required.requirement,
            recognition: recognised(&decision, viewer),
            reason: reasons,
            conditions: decision.conditions.into_iter().collect::<Vec<Condition>>(),
            assertion: assertions,
            as_of: Some(as_of),
            answer_valid_until: self.valid_until(found, now),
            ledger: found.ledger.clone(),
        }
    }

    /// The end of the policy's lifetime, or of the last day of validity, or of an announced suspension, if that comes
    /// first: from then on the same question has another answer.
    fn valid_until(&self, found: &Found, now: Timestamp) -> Timestamp {
        let record = &*found.record;
        let zone = record.zone();
        let ends =
            record.dates.valid_until.into_iter().chain(record.status.history.iter().filter_map(|entry| entry.until));
        let starts = record.status.history.iter().filter_map(|entry| entry.from?.start(zone));
        ends.filter_map(|day| Day(day.0.tomorrow().ok()?).start(zone))
            .chain(starts)
            .filter(|instant| *instant > now)
            .fold(now.plus_seconds(self.policy.answer_lifetime.into()), Timestamp::min)
    }
}

fn id_of(asked: &DocumentAsked) -> DocumentId {
    DocumentId { id: asked.id.clone(), type_code: asked.type_code.clone() }
}

fn dated(status: &DatedStatus<'_>) -> DatedValidity {
    DatedValidity {
        date_basis: status.basis,
        date: Some(status.day),
        zone: Some(status.zone),
        value: status.value,
        affected_scope: status.affected.map(|(kind, value)| (kind, value.to_owned())),
    }
}

fn recognised(decision: &crate::recognition::Decision<'_>, viewer: Viewer) -> Recognised {
    Recognised {
        outcome: decision.outcome,
        part: decision.part,
        arrangement_id: decision.arrangement_id.map(str::to_owned),
        list_row: decision.list_row.map(str::to_owned),
        standing: decision.standing,
        decided_by: decision.decided_by.map(str::to_owned),
        chain: if viewer.chain { decision.chain.clone() } else { Vec::new() },
    }
}

fn add(reasons: &mut Vec<Reason>, more: impl Iterator<Item = Reason>) {
    for reason in more {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}
