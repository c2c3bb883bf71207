//! Every rule whose words stand in `schemas/rules/` and whose check came with them: a record that passes, one that fails, and
//! both sides of its date.

use serde_json::{Value, json};

use super::*;
use crate::finding::{Severity, catalogue};
use crate::record::testing::{compulsory_product, management_system, record};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// What the rules say of a record on a day, as `severity code place`, of some rules only.
fn said(record: &Record, today: &str, about: &[&str]) -> Vec<String> {
    check(record, &RuleContext::on(day(today)))
        .iter()
        .filter(|finding| about.contains(&finding.code()))
        .map(|finding| format!("{} {} {}", finding.severity(), finding.code(), finding.place()))
        .collect()
}

/// A plain record with some members set.
fn with(plain: &Record, change: impl FnOnce(&mut Value)) -> Record {
    let mut tree = serde_json::to_value(plain).expect("a tree");
    change(&mut tree);
    record(tree)
}

#[test]
fn surveillance_is_due_within_twelve_months_of_the_issue_and_of_each_audit() {
    const CODE: &str = "rule/surveillance-overdue";
    let plain = management_system();
    assert_eq!(said(&plain, "2027-10-03", &[CODE]), [""; 0], "the last day");
    assert_eq!(said(&plain, "2027-10-04", &[CODE]), ["warning rule/surveillance-overdue dates.issued"]);
    let audited = with(&plain, |tree| {
        let audit = json!({"type": "audit", "activity": "surveillance", "from": "2027-09-01", "until": "2027-09-02"});
        tree["process"].as_array_mut().expect("process").push(audit);
    });
    assert_eq!(said(&audited, "2028-09-02", &[CODE]), [""; 0]);
    assert_eq!(said(&audited, "2028-09-03", &[CODE]).len(), 1);
    let suspended = with(&plain, |tree| {
        tree["status"]["history"] = json!([{"status": "suspended", "from": "2027-10-03"}]);
    });
    assert_eq!(said(&suspended, "2027-10-04", &[CODE]), [""; 0], "suspended is what the rule asks for");
    // The rule of which it is came into force on a day.
    let old = with(&plain, |tree| {
        tree["dates"] = json!({"issued": "2024-10-03", "valid_until": "2027-10-02", "zone": "+08:00"});
        tree["process"] = json!([]);
    });
    assert_eq!(said(&old, "2025-12-31", &[CODE]), [""; 0]);
    assert_eq!(said(&old, "2026-01-01", &[CODE]).len(), 1);
    let environment = with(&old, |tree| tree["scheme"]["item_code"] = json!("A020101"));
    assert_eq!(said(&environment, "2026-01-01", &[CODE]), [""; 0], "its rule is another one");
}

#[test]
fn a_withdrawal_is_undone_by_a_correction_alone() {
    const CODE: &str = "rule/withdrawal-undone";
    let history = |second: Value| {
        with(&management_system(), |tree| {
            let first = json!({"id": "1", "status": "withdrawn", "from": "2026-10-10", "reason": {"code": "01"}});
            tree["status"]["history"] = json!([first, second]);
        })
    };
    let valid = history(json!({"id": "2", "status": "valid", "from": "2026-11-01"}));
    assert_eq!(said(&valid, "2026-11-20", &[CODE]), ["error rule/withdrawal-undone status.history[1].status"]);
    let corrected = history(json!({"id": "2", "status": "valid", "from": "2026-11-01", "corrects": "1"}));
    assert_eq!(said(&corrected, "2026-11-20", &[CODE]), [""; 0]);
    let ended = history(json!({"id": "2", "status": "cancelled", "from": "2026-11-01"}));
    assert_eq!(said(&ended, "2026-11-20", &[CODE]), [""; 0]);
}

#[test]
fn a_suspension_states_its_end() {
    const CODE: &str = "rule/suspension-without-end";
    let suspended = |entry: Value| with(&management_system(), |tree| tree["status"]["history"] = json!([entry]));
    let open = suspended(json!({"status": "suspended", "from": "2026-11-01"}));
    assert_eq!(said(&open, "2026-11-20", &[CODE]), ["note rule/suspension-without-end status.history[0].until"]);
    let closed = suspended(json!({"status": "suspended", "from": "2026-11-01", "until": "2027-01-31"}));
    assert_eq!(said(&closed, "2026-11-20", &[CODE]), [""; 0]);
}

#[test]
fn who_decides_has_not_audited() {
    let codes = ["rule/decision-maker-audited", "rule/decision-maker-of-same-name"];
    let team = |auditor: Value, decider: Value| {
        with(&management_system(), |tree| {
            tree["process"][1]["team"] = json!([auditor]);
            tree["process"][2]["team"] = json!([]);
            tree["process"][3]["team"] = json!([decider]);
        })
    };
    let one = team(
        json!({"name": "甲", "registration": "2026-N1QMS-1"}),
        json!({"name": "乙", "registration": "2026-N1QMS-1"}),
    );
    assert_eq!(said(&one, "2026-11-20", &codes), ["error rule/decision-maker-audited process[3].team[0].registration"]);
    let two = team(json!({"name": "甲", "registration": "1"}), json!({"name": "甲", "registration": "2"}));
    assert_eq!(said(&two, "2026-11-20", &codes), [""; 0], "two registrations are two people");
    let unsure = team(json!({"name": "甲"}), json!({"name": "甲", "registration": "2"}));
    assert_eq!(said(&unsure, "2026-11-20", &codes), ["note rule/decision-maker-of-same-name process[3].team[0].name"]);
}

#[test]
fn an_accreditation_covers_the_mark_the_day_and_the_scope() {
    let codes = [
        "rule/accreditation-mark-without-accreditation",
        "rule/accreditation-not-in-force",
        "rule/accreditation-outside-scope",
    ];
    let marked = with(&management_system(), |tree| tree["marks"] = json!([{"kind": "accreditation", "name": "CNAS"}]));
    assert_eq!(
        said(&marked, "2026-11-20", &codes),
        ["warning rule/accreditation-mark-without-accreditation marks[0].name"]
    );
    let accredited =
        |accreditation: Value| with(&marked, |tree| tree["issuer"]["accreditations"] = json!([accreditation]));
    let body = json!({"acronym": "CNAS"});
    let plain =
        accredited(json!({"body": body, "scopes": ["12.04", "17"], "from": "2026-10-03", "until": "2026-10-03"}));
    assert_eq!(said(&plain, "2026-11-20", &codes), [""; 0], "both ends are included");
    let over = accredited(json!({"body": body, "from": "2020-01-01", "until": "2026-10-02"}));
    assert_eq!(
        said(&over, "2026-11-20", &codes),
        ["warning rule/accreditation-not-in-force issuer.accreditations[0].until"]
    );
    let outside = accredited(json!({"body": body, "scopes": ["12.05", "1"]}));
    assert_eq!(said(&outside, "2026-11-20", &codes), ["warning rule/accreditation-outside-scope sectors[0].code"]);
    let in_words = accredited(json!({"body": body, "scopes": ["QMS, chemicals"]}));
    assert_eq!(said(&in_words, "2026-11-20", &codes), [""; 0], "words cannot be compared");
}

#[test]
fn class_domain_item_and_scope_agree() {
    let codes = ["rule/item-code-of-other-class", "rule/domain-of-other-class", "rule/scope-code-malformed"];
    let scheme = |class: &str, domain: &str| {
        with(&management_system(), |tree| {
            tree["scheme"]["class"] = json!(class);
            tree["scheme"]["domain"] = json!(domain);
        })
    };
    assert_eq!(said(&scheme("A", "A01"), "2026-11-20", &codes), [""; 0]);
    assert_eq!(
        said(&scheme("C", "SC01"), "2026-11-20", &codes),
        ["warning rule/item-code-of-other-class scheme.item_code"]
    );
    assert_eq!(said(&scheme("A", "PV01"), "2026-11-20", &codes), ["warning rule/domain-of-other-class scheme.domain"]);
    for (code, right) in [
        ("12.04.01", true),
        ("39", true),
        ("01.02", true),
        ("40.01.01", false),
        ("12.4.1", false),
        ("12.04.01.01", false),
        ("00.01.01", false),
    ] {
        let scoped = with(&management_system(), |tree| tree["sectors"][0]["code"] = json!(code));
        assert_eq!(said(&scoped, "2026-11-20", &codes).is_empty(), right, "{code}");
    }
    let food = with(&management_system(), |tree| {
        tree["scheme"]["item_code"] = json!("A040101");
        tree["sectors"][0]["code"] = json!("CIV");
    });
    assert_eq!(said(&food, "2026-11-20", &codes), [""; 0], "food chains have categories of their own");
}

#[test]
fn a_sub_certificate_names_its_main_certificate() {
    const CODE: &str = "rule/sub-certificate-without-main";
    let sub = |main: Value| with(&management_system(), |tree| tree["main_certificate"] = main);
    assert_eq!(
        said(&sub(json!({})), "2026-11-20", &[CODE]),
        ["warning rule/sub-certificate-without-main main_certificate.number"]
    );
    assert_eq!(said(&sub(json!({"number": "90126Q01002R0S"})), "2026-11-20", &[CODE]), [""; 0]);
}

#[test]
fn the_category_in_a_compulsory_number_is_that_of_its_rule() {
    const CODE: &str = "rule/ccc-number-of-other-rule";
    let ruled = |rule: &str| with(&compulsory_product(), |tree| tree["scheme"]["rule"] = json!({"number": rule}));
    assert_eq!(said(&ruled("CNCA-C07-01:2017"), "2026-11-20", &[CODE]), [""; 0]);
    assert_eq!(
        said(&ruled("CNCA-C11-16:2026"), "2026-11-20", &[CODE]),
        ["warning rule/ccc-number-of-other-rule scheme.rule.number"]
    );
    assert_eq!(said(&ruled("body's own rule"), "2026-11-20", &[CODE]), [""; 0]);
}

#[test]
fn an_edition_is_in_transition_and_then_withdrawn() {
    let codes = ["rule/standard-edition-withdrawn", "rule/standard-edition-in-transition"];
    let security = |edition: &str| {
        with(&management_system(), |tree| {
            tree["standards"] = json!([{"designation": "ISO/IEC 27001", "edition": edition}]);
            tree["dates"] = json!({"issued": "2022-01-01", "valid_until": "2029-10-02", "zone": "+08:00"});
            tree["process"] = json!([]);
        })
    };
    assert_eq!(said(&security("2013"), "2022-10-24", &codes), [""; 0]);
    assert_eq!(
        said(&security("2013"), "2022-10-25", &codes),
        ["note rule/standard-edition-in-transition standards[0].edition"]
    );
    assert_eq!(
        said(&security("2013"), "2025-10-31", &codes),
        ["note rule/standard-edition-in-transition standards[0].edition"]
    );
    assert_eq!(
        said(&security("2013"), "2025-11-01", &codes),
        ["warning rule/standard-edition-withdrawn standards[0].edition"]
    );
    assert_eq!(said(&security("2022"), "2025-11-01", &codes), [""; 0]);
}

#[test]
fn every_rule_of_the_data_is_one_that_a_check_names() {
    let mut sources = String::new();
    for folder in ["src/rules", "src/format", "src/record", "src/mapping"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("entry").path();
            if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("data_tests.rs") {
                sources.push_str(&std::fs::read_to_string(path).expect("UTF-8"));
            }
        }
    }
    for (code, rule) in catalogue().iter().filter(|(code, _)| code.starts_with("rule/")) {
        assert!(sources.contains(&format!("\"{code}\"")), "no check says {code}");
        assert!(rule.severity > Severity::Note || rule.error_from.is_none(), "{code}");
    }
}
