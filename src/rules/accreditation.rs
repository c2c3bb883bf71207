//! Rules on the accreditation of the body, as the certificate states it.

use super::at;
use crate::finding::Finding;
use crate::record::{Accreditation, MarkKind, Record};

pub(super) fn check(record: &Record, findings: &mut Vec<Finding>) {
    let accreditations = &record.issuer.accreditations;
    if accreditations.is_empty() {
        let mark = record.marks.iter().enumerate().find(|(_, mark)| mark.kind == MarkKind::Accreditation);
        if let Some((index, mark)) = mark {
            let finding = at("rule/accreditation-mark-without-accreditation", format!("marks[{index}].name"));
            findings.push(finding.with("mark", &mark.name));
        }
        return;
    }
    // One that covers the day and the scope is enough, whatever others there are.
    let issued = record.dates.issued;
    let in_force = |one: &&Accreditation| {
        one.from.is_none_or(|from| from <= issued) && one.until.is_none_or(|until| issued <= until)
    };
    if !accreditations.iter().any(|one| in_force(&one)) {
        let (one, shown) =
            (&accreditations[0], |day: Option<crate::clock::Day>| day.map_or("…".to_owned(), |day| day.to_string()));
        findings.push(
            at("rule/accreditation-not-in-force", "issuer.accreditations[0].until")
                .with("from", shown(one.from))
                .with("until", shown(one.until))
                .with("issued", issued),
        );
        return;
    }
    // A scope in words cannot be compared with a code.
    let is_code = |scope: &str| {
        scope.starts_with(|c: char| c.is_ascii_digit()) && scope.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let covering: Vec<&Accreditation> = accreditations.iter().filter(in_force).collect();
    let comparable = covering.iter().all(|one| !one.scopes.is_empty() && one.scopes.iter().all(|scope| is_code(scope)));
    if !comparable {
        return;
    }
    let scopes: Vec<&str> = covering.iter().flat_map(|one| one.scopes.iter().map(String::as_str)).collect();
    let within = |code: &str| {
        scopes.iter().any(|scope| code == *scope || code.strip_prefix(scope).is_some_and(|rest| rest.starts_with('.')))
    };
    for (index, sector) in record.sectors.iter().enumerate() {
        if is_code(&sector.code) && !within(&sector.code) {
            let finding = at("rule/accreditation-outside-scope", format!("sectors[{index}].code"));
            findings.push(finding.with("code", &sector.code).with("scopes", scopes.join(", ")));
        }
    }
}
