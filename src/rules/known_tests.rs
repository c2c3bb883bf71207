//! Rules on a record beside others: what passes, what does not, and both sides of each day.

use std::convert::Infallible;

use serde_json::{Value, json};

use super::*;
use crate::record::testing::{compulsory_product, management_system, record};
use crate::record::{Identifier, Record};

/// Certificates that are known, all of one holder.
struct Known(Vec<Record>);

impl KnownCertificates for Known {
    type Error = Infallible;

    fn lost_by(&self, holder: &Identifier) -> Result<Vec<Record>, Infallible> {
        Ok(self.0.iter().filter(|one| one.holder.id.as_ref() == Some(holder)).cloned().collect())
    }

    fn issuers_of(&self, number: &str) -> Result<Vec<Identifier>, Infallible> {
        let same = |one: &&Record| one.key.number.as_deref() == Some(number);
        Ok(self.0.iter().filter(same).map(|one| one.key.issuer.clone()).collect())
    }
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn with(plain: &Record, change: impl FnOnce(&mut Value)) -> Record {
    let mut tree = serde_json::to_value(plain).expect("a tree");
    change(&mut tree);
    record(tree)
}

/// A certificate of another body that the holder of [`management_system`] lost.
fn lost(status: &str, from: &str, reason: &Value) -> Record {
    with(&management_system(), |tree| {
        tree["key"]["issuer"]["value"] = json!("CNCA-R-2099-002");
        tree["key"]["number"] = json!("90225Q00001R0S");
        tree["dates"] = json!({"issued": "2024-01-10", "valid_until": "2027-01-09", "zone": "+08:00"});
        tree["status"]["history"] = json!([{"id": "1", "status": status, "from": from, "reason": reason}]);
    })
}

fn issued(on: &str) -> Record {
    with(&management_system(), |tree| tree["dates"]["issued"] = json!(on))
}

fn said(record: &Record, known: Vec<Record>) -> Vec<String> {
    let findings = check_new(record, day("2027-12-01"), &Known(known)).unwrap_or_else(|never| match never {});
    findings.iter().map(|one| format!("{} {} {}", one.severity(), one.code(), one.place())).collect()
}

const BARRED: &str = "warning rule/applied-again-too-early dates.issued";

#[test]
fn a_certificate_lost_for_a_fault_bars_another_for_a_year() {
    let sanction = json!({"class": "sanction"});
    let withdrawn = lost("withdrawn", "2026-03-10", &sanction);
    assert_eq!(said(&issued("2026-03-10"), vec![withdrawn.clone()]), [BARRED], "the very day");
    assert_eq!(said(&issued("2027-03-09"), vec![withdrawn.clone()]), [BARRED], "the last day");
    assert_eq!(said(&issued("2027-03-10"), vec![withdrawn.clone()]), [""; 0]);
    assert_eq!(said(&issued("2026-03-09"), vec![withdrawn]), [""; 0], "it was issued before the other was lost");
    let suspended = lost("suspended", "2026-03-10", &json!({}));
    assert_eq!(said(&issued("2026-10-03"), vec![suspended.clone()]), [BARRED], "the reason may be a fault");
    let restored = with(&suspended, |tree| {
        let back = json!({"id": "2", "status": "valid", "from": "2026-06-01"});
        tree["status"]["history"].as_array_mut().expect("a list").push(back);
    });
    assert_eq!(said(&issued("2026-10-03"), vec![restored]), [""; 0]);
    for reason in ["holder-request", "not-renewed", "rule-change", "production-stopped"] {
        let reason = json!({"class": reason});
        assert_eq!(said(&issued("2026-10-03"), vec![lost("withdrawn", "2026-03-10", &reason)]), [""; 0], "{reason}");
    }
}

#[test]
fn the_bar_is_shorter_where_the_former_body_ceased() {
    let ceased = lost("cancelled", "2026-03-10", &json!({"class": "body-ceased"}));
    assert_eq!(said(&issued("2026-06-09"), vec![ceased.clone()]), [BARRED]);
    assert_eq!(said(&issued("2026-06-10"), vec![ceased]), [""; 0]);
}

#[test]
fn the_bar_is_of_the_rule_of_the_item_and_of_its_day() {
    let of_item = |record: &Record, item: &str| with(record, |tree| tree["scheme"]["item_code"] = json!(item));
    let cancelled = lost("cancelled", "2026-01-10", &json!({}));
    assert_eq!(said(&issued("2026-10-03"), vec![cancelled.clone()]), [""; 0], "quality: suspended and withdrawn alone");
    let health = of_item(&cancelled, "A030101");
    let again = |on: &str| of_item(&issued(on), "A030101");
    assert_eq!(said(&again("2026-03-01"), vec![health.clone()]), [BARRED], "health and safety: cancelled, too");
    assert_eq!(said(&again("2026-02-28"), vec![health.clone()]), [""; 0], "not in force yet");
    assert_eq!(said(&issued("2026-10-03"), vec![health]), [""; 0], "another kind of certificate");
    assert_eq!(said(&issued("2025-12-31"), vec![lost("withdrawn", "2025-12-01", &json!({}))]), [""; 0]);
}

#[test]
fn a_bar_is_for_first_certifications_of_the_same_holder() {
    let withdrawn = lost("withdrawn", "2026-03-10", &json!({}));
    let again = with(&issued("2026-10-03"), |tree| tree["process"][0]["activity"] = json!("recertification"));
    assert_eq!(said(&again, vec![withdrawn.clone()]), [""; 0]);
    let other = with(&withdrawn, |tree| tree["holder"]["id"]["value"] = json!("91350100M000100Y5Y"));
    assert_eq!(said(&issued("2026-10-03"), vec![other]), [""; 0]);
    let foreign = with(&issued("2026-10-03"), |tree| tree["key"]["issuer"]["scheme"] = json!("did"));
    assert_eq!(said(&foreign, vec![withdrawn]), [""; 0], "no Chinese rule binds a body abroad");
}

#[test]
fn no_two_bodies_share_the_number_of_a_compulsory_certificate() {
    let plain = compulsory_product();
    let other = with(&plain, |tree| tree["key"]["issuer"]["value"] = json!("CNCA-R-2099-009"));
    assert_eq!(said(&plain, vec![other.clone()]), ["warning rule/number-of-another-body key.number"]);
    assert_eq!(said(&plain, vec![plain.clone()]), [""; 0]);
    let system = management_system();
    let others = with(&system, |tree| tree["key"]["issuer"]["value"] = json!("CNCA-R-2099-009"));
    assert_eq!(said(&system, vec![others]), [""; 0], "numbers of management systems are each body's own");
}

#[test]
fn a_number_goes_to_another_holder_by_a_change_alone() {
    let held = management_system();
    let moved = with(&held, |tree| tree["holder"]["id"]["value"] = json!("91350100M000100Y5Y"));
    let said = |record: &Record| {
        let findings = check_changed(record, &held, day("2026-11-20"));
        findings.iter().map(|one| format!("{} {} {}", one.severity(), one.code(), one.place())).collect::<Vec<_>>()
    };
    assert_eq!(said(&moved), ["warning rule/number-of-another-holder holder.id"]);
    assert_eq!(said(&held), [""; 0]);
    let changed = with(&moved, |tree| {
        let change = json!({"type": "audit", "activity": "change", "from": "2026-10-20", "until": "2026-10-20"});
        tree["process"].as_array_mut().expect("process").push(change);
    });
    assert_eq!(said(&changed), [""; 0]);
}
