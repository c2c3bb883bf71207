//! Rules on the people of the process: who decides has not audited.

use super::at;
use crate::finding::Finding;
use crate::record::{Person, ProcessType, Record};

pub(super) fn check(record: &Record, findings: &mut Vec<Finding>) {
    let auditors: Vec<&Person> = record
        .process
        .iter()
        .filter(|event| matches!(event.r#type, ProcessType::Audit | ProcessType::AuditStage))
        .flat_map(|event| &event.team)
        .collect();
    for (index, event) in record.process.iter().enumerate().filter(|(_, event)| event.r#type == ProcessType::Decision) {
        for (place, person) in event.team.iter().enumerate() {
            let path = |field: &str| format!("process[{index}].team[{place}].{field}");
            let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
            if let Some(registration) = &person.registration
                && auditors.iter().any(|auditor| same(&auditor.registration, &person.registration))
            {
                let finding = at("rule/decision-maker-audited", path("registration"));
                findings.push(finding.with("registration", registration));
                continue;
            }
            // Two people may have one name; two registrations are two people.
            let unsure = |auditor: &&Person| {
                same(&auditor.name, &person.name) && (auditor.registration.is_none() || person.registration.is_none())
            };
            if let Some(name) = &person.name
                && auditors.iter().any(|auditor| unsure(&auditor))
            {
                findings.push(at("rule/decision-maker-of-same-name", path("name")).with("name", name));
            }
        }
    }
}
