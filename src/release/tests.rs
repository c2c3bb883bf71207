use serde_json::json;

use super::*;
use crate::finding::Finding;
use crate::record::testing::{every_field, management_system, record};
use crate::record::{Identifier, Record};

fn today() -> Day {
    "2026-11-20".parse().expect("a day")
}

fn with_basis() -> Policy {
    let personal = json!({"legal_basis": "treaty 12", "purpose": "audit of auditors", "from": "2026-01-01", "until": "2026-12-31"});
    Policy { personal: serde_json::from_value(personal).expect("a basis"), ..Policy::partner("with basis") }
}

fn policies() -> Vec<Policy> {
    let withheld =
        Policy { withhold: vec!["holder.website".into(), "process[].location".into()], ..Policy::partner("withheld") };
    vec![
        Policy::public(),
        Policy::partner("partner"),
        with_basis(),
        withheld,
        Policy { audience: Audience::Public, ..with_basis() },
    ]
}

/// Every field filled, and the flags that would hide whole parts taken away.
fn full() -> Record {
    let mut full = record(every_field());
    full.reporting.publishable = Some(true);
    full.holder.natural_person = Some(false);
    full
}

/// Walks the schema and gives each marker of the filled record with its zone and whether it is personal.
fn markers(value: &Value, node: &Node, path: &str, found: &mut Vec<(String, Zone, bool)>) {
    match value {
        Value::Object(object) if node.branches() => {
            for (name, child) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                markers(child, node.child(name).expect("a field of the schema"), &path, found);
            }
        }
        Value::Array(items) if node.branches() => items.iter().for_each(|item| match item {
            Value::Object(object) => {
                for (name, child) in object {
                    markers(
                        child,
                        node.child(name).expect("a field of the schema"),
                        &format!("{path}[].{name}"),
                        found,
                    );
                }
            }
            other => panic!("{other}"),
        }),
        other => {
            let text = other.to_string();
            if let Some(marker) = text.split('«').nth(1).and_then(|rest| rest.split('»').next()) {
                found.push((
                    format!("«{marker}»"),
                    if node.residue { Zone::Domestic } else { node.zone },
                    node.personal,
                ));
            }
        }
    }
}

#[test]
fn nothing_domestic_leaves_under_any_policy_and_nothing_for_partners_leaves_to_the_public() {
    let full = full();
    let mut found = Vec::new();
    markers(&serde_json::to_value(&full).expect("a tree"), zone::root(), "", &mut found);
    let count = |zone: Zone| found.iter().filter(|(_, z, _)| *z == zone).count();
    assert!(count(Zone::Public) > 150 && count(Zone::Partner) > 10 && count(Zone::Domestic) > 60, "{}", found.len());
    for policy in policies() {
        let released = release(&full, &policy, today());
        let text = released.as_value().to_string();
        for (marker, zone, personal) in &found {
            let partner = policy.audience == Audience::Partner;
            let expected = match zone {
                Zone::Public => true,
                Zone::Partner => partner,
                Zone::Domestic => *personal && partner && policy.personal.is_some(),
            };
            let listed = policy.withhold.iter().any(|path| marker.starts_with(&format!("«{path}")));
            assert_eq!(text.contains(marker.as_str()), expected && !listed, "{marker} {zone:?} under {}", policy.name);
        }
        assert!(!text.contains("residue") && !text.contains("\"kept\""), "{}", policy.name);
    }
}

#[test]
fn documents_of_identity_never_leave() {
    let text = release(&full(), &with_basis(), today()).as_value().to_string();
    assert!(text.contains("«process[].team[].registration»"));
    assert!(!text.contains("id_document"));
}

#[test]
fn persons_leave_only_within_the_window_and_are_counted_once() {
    let record = management_system();
    let policy = with_basis();
    let released = release(&record, &policy, today());
    assert_eq!(released.persons(), ["甲", "乙"]);
    for day in ["2025-12-31", "2027-01-01"] {
        let released = release(&record, &policy, day.parse().expect("a day"));
        assert_eq!(released.persons(), [""; 0]);
        assert!(!released.as_value().to_string().contains('甲'));
    }
    for part in ["legal_basis", "purpose"] {
        let mut without = serde_json::to_value(with_basis()).expect("a policy");
        without["personal"][part] = json!(" ");
        let policy: Policy = serde_json::from_value(without).expect("a policy");
        assert!(!release(&record, &policy, today()).as_value().to_string().contains('甲'));
    }
}

#[test]
fn what_was_withheld_is_listed_at_its_topmost_place() {
    let mut record = management_system();
    record.holder.telephone = Some("1".into());
    assert_eq!(release(&record, &Policy::public(), today()).withheld(), ["holder.telephone", "process"]);
    assert_eq!(
        release(&record, &Policy::partner("p"), today()).withheld(),
        ["holder.telephone", "process[1].team", "process[2].team", "process[3].team"]
    );
}

#[test]
fn emptied_parts_vanish_and_empty_ones_stay() {
    let mut record = management_system();
    record.fee.invoices = vec!["1".into()];
    record.replaces = Some(crate::record::Replaces::default());
    let released = release(&record, &Policy::public(), today());
    assert_eq!(released.as_value().get("fee"), None);
    assert_eq!(released.as_value().get("replaces"), Some(&json!({})));
}

#[test]
fn a_record_that_is_not_to_be_published_goes_to_partners_only() {
    let mut record = management_system();
    record.reporting.publishable = Some(false);
    assert!(release(&record, &Policy::public(), today()).is_empty());
    let partner = release(&record, &Policy::partner("p"), today());
    assert_eq!(partner.as_value()["holder"]["name"]["zh"], "示例机械有限公司");
}

#[test]
fn the_name_and_address_of_a_sole_trader_need_a_legal_basis() {
    let mut record = management_system();
    record.holder.natural_person = Some(true);
    record.factories = serde_json::from_value(
        json!([{"name": {"zh": "示例机械有限公司"}, "address": "福建省福州市样本路1号", "country": "CN"}]),
    )
    .expect("factories");
    for policy in [Policy::public(), Policy::partner("p")] {
        let text = release(&record, &policy, today()).as_value().to_string();
        assert!(!text.contains("示例机械") && !text.contains("样本路"), "{text}");
    }
    let text = release(&record, &with_basis(), today()).as_value().to_string();
    assert!(text.contains("示例机械") && text.contains("样本路") && !text.contains("natural_person"));
}

#[test]
fn without_the_consent_that_is_needed_a_partner_sees_what_everybody_sees() {
    let record = management_system();
    let mut policy = Policy { needs_consent: true, ..with_basis() };
    let public = release(&record, &Policy::public(), today());
    assert_eq!(release(&record, &policy, today()).as_value(), public.as_value());
    policy.consents = vec![Identifier::new("uscc", "91350100M000100Y43")];
    assert!(release(&record, &policy, today()).as_value().get("process").is_some());
}

#[test]
fn a_policy_that_cannot_hold_is_refused_when_it_is_saved() {
    for policy in [Policy::public(), Policy::partner("p"), with_basis()] {
        assert_eq!(policy.check(), []);
    }
    let wrong = Policy { audience: Audience::Public, withhold: vec!["holder.nome".into()], ..with_basis() };
    let codes: Vec<&str> = wrong.check().iter().map(Finding::code).collect();
    assert_eq!(codes, ["release/personal-to-public", "release/unknown-path"]);
    let mut backwards = with_basis();
    backwards.personal.as_mut().expect("a basis").until = "2025-01-01".parse().expect("a day");
    assert_eq!(backwards.check()[0].code(), "release/personal-basis");
}

#[test]
fn where_nothing_is_agreed_a_partner_sees_what_everybody_sees() {
    assert_eq!(serde_json::from_str::<Policy>("{}").expect("a policy"), Policy::public());
    assert!(serde_json::from_str::<Policy>(r#"{"audiance": "partner"}"#).is_err());
}

#[test]
fn zones_are_inherited_and_unknown_paths_have_none() {
    assert_eq!(zone_of("holder.name"), Some(Zone::Public));
    assert_eq!(zone_of("process[].laboratory"), Some(Zone::Partner));
    assert_eq!(zone_of("energy[].equipment"), Some(Zone::Domestic));
    assert_eq!(zone_of("holder.residue"), Some(Zone::Domestic));
    assert_eq!(zone_of("holder.nome"), None);
}
