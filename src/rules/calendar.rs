//! The calendar of rules: a rule says nothing before its day, and some weigh as a warning first and as an error later.

use crate::clock::Day;
use crate::finding::{Entry, Finding, Severity, catalogue};

/// The findings as they weigh on a day.
pub(super) fn weighed(findings: Vec<Finding>, today: Day) -> Vec<Finding> {
    findings
        .into_iter()
        .filter_map(|finding| match catalogue().get(finding.code()) {
            Some(entry) => weigh(finding, entry, today),
            None => Some(finding),
        })
        .collect()
}

fn weigh(finding: Finding, rule: &Entry, today: Day) -> Option<Finding> {
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Day>().ok());
    if day(&rule.from).is_some_and(|from| today < from) {
        return None;
    }
    match day(&rule.error_from) {
        Some(from) if today >= from => Some(finding.weighing(Severity::Error)),
        Some(_) => Some(finding.weighing(Severity::Warning)),
        None => Some(finding),
    }
}

/// What a check compares with, from the data of its rule.
pub(super) fn parameter(code: &str, name: &str) -> &'static str {
    catalogue().get(code).and_then(|rule| rule.parameters.get(name)).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn a_rule_is_silent_before_its_day_and_warns_before_it_is_an_error() {
        let rule = Entry {
            severity: Severity::Note,
            zh: String::new(),
            en: String::new(),
            source: None,
            from: Some("2026-01-01".to_owned()),
            error_from: Some("2027-01-01".to_owned()),
            parameters: std::collections::BTreeMap::new(),
        };
        let on = |day: &str| {
            let finding = Finding::new("rule/surveillance-overdue", Place::Whole);
            weigh(finding, &rule, day.parse().expect("a day")).map(|finding| finding.severity())
        };
        assert_eq!(on("2025-12-31"), None);
        assert_eq!(on("2026-01-01"), Some(Severity::Warning));
        assert_eq!(on("2026-12-31"), Some(Severity::Warning));
        assert_eq!(on("2027-01-01"), Some(Severity::Error));
    }

    #[test]
    fn every_day_of_the_data_is_a_day() {
        for (code, rule) in catalogue() {
            for day in [&rule.from, &rule.error_from].into_iter().flatten() {
                assert!(day.parse::<Day>().is_ok(), "{code}: {day}");
            }
        }
    }
}
