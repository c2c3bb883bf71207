//! The worked examples, and what the other tests of verification share.

#![expect(clippy::needless_pass_by_value, reason = "JSON written in place reads better without a reference")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::clock::{FixedClock, Timestamp};
use crate::record::{Identifier, Record};

mod matching;
mod service;

const NOW: &str = "2026-11-20T02:00:00Z";

/// Records in memory.
struct Shelf(Vec<Found>);

impl Records for Shelf {
    fn by_number(&self, number: &str) -> Result<Vec<Found>, LookupError> {
        let is = |found: &&Found| {
            found.record.key.number.as_deref() == Some(number) || found.record.key.uri.as_deref() == Some(number)
        };
        Ok(self.0.iter().filter(is).cloned().collect())
    }

    fn by_key(&self, issuer: &Identifier, number: &str) -> Result<Option<Found>, LookupError> {
        Ok(self.by_number(number)?.into_iter().find(|found| found.record.key.issuer == *issuer))
    }
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).expect("a record")
}

fn shelf(records: impl IntoIterator<Item = Record>) -> Shelf {
    let observed_at = Some("2026-11-20T01:02:03Z".parse().expect("an instant"));
    let found =
        |record| Found { record: Arc::new(record), observed_at, ledger: Some(LedgerEntry { index: 7, proof: None }) };
    Shelf(records.into_iter().map(found).collect())
}

/// The CCC certificate of the worked examples: an air conditioner, made in China.
fn air_conditioner() -> Value {
    json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "2024010703612345"},
        "kind": "compulsory-product",
        "issuer": {"name": {"zh": "示例认证有限公司", "en": "Example Certification Co., Ltd."}},
        "holder": {"id": {"scheme": "uscc", "value": "91350100M000100Y43"}, "name": {"zh": "示例电器有限公司"}, "country": "CN"},
        "manufacturer": {"id": {"scheme": "uscc", "value": "91350100M000100Y43"}, "name": {"zh": "示例电器有限公司"}, "country": "CN"},
        "factories": [
            {"code": "A000001", "name": {"zh": "示例电器一厂"}, "country": "CN"},
            {"code": "A000002", "name": {"zh": "示例电器二厂"}, "country": "CN"}
        ],
        "standards": [{"designation": "GB 4706.1", "edition": "2005"}],
        "products": [{
            "role": "main", "name": {"zh": "房间空气调节器"},
            "category_codes": [{"list": "ccc-catalogue", "version": "2023", "code": "0703"}],
            "models": [{"pattern": "KFR-35GW/*", "kind": "pattern"}, {"pattern": "KFR-26GW/A1", "kind": "exact"}]
        }],
        "dates": {"issued": "2024-03-01", "valid_until": "2029-02-28", "zone": "+08:00"},
        "status": {"history": [{
            "id": "1", "status": "valid", "from": "2026-10-02", "decided_on": "2026-10-02", "reported_on": "2026-11-09",
            "observed_at": "2026-11-09T03:00:00Z"
        }]}
    })
}

/// A New Zealand certificate, with one of its two factories suspended.
fn heater_from_new_zealand() -> Value {
    json!({
        "key": {"form": "number", "issuer": {"scheme": "register", "value": "NZ-DEMO-CAB-01"}, "number": "NZEEE-0042"},
        "kind": "compulsory-product",
        "issuer": {"name": {"en": "Demo Conformity Assessment Limited"}},
        "holder": {"name": {"en": "Long Cloud Appliances Limited"}, "country": "NZ"},
        "factories": [
            {"id": {"scheme": "register", "value": "F-AKL"}, "name": {"en": "Auckland works"}, "country": "NZ"},
            {"id": {"scheme": "register", "value": "F-CHC"}, "name": {"en": "Christchurch works"}, "country": "NZ"}
        ],
        "products": [{
            "role": "main", "name": {"en": "Air conditioner"},
            "category_codes": [{"list": "ccc-catalogue", "code": "0703"}],
            "models": [{"pattern": "AX-100", "kind": "exact"}, {"pattern": "AX-110", "kind": "exact"}]
        }],
        "dates": {"issued": "2025-05-01", "valid_until": "2030-04-30", "zone": "+12:00"},
        "status": {"history": [{
            "id": "1", "status": "suspended", "from": "2026-10-01", "decided_on": "2026-09-30", "reported_on": "2026-10-01",
            "observed_at": "2026-10-01T00:00:00Z", "affected_scope": {"kind": "factory", "values": ["F-CHC"]}
        }]}
    })
}

fn with_status(mut record: Value, history: Value) -> Value {
    record["status"]["history"] = history;
    record
}

fn ask(records: &dyn Records, own_party: &str, item: Value, viewer: Viewer) -> Value {
    let mut item = item;
    item["sequenceNumeric"] = json!(1);
    let request = json!({"requestId": "Q1", "goodsItem": [item]});
    answer_to(records, own_party, &request, viewer)["answer"][0].clone()
}

fn answer_to(records: &dyn Records, own_party: &str, request: &Value, viewer: Viewer) -> Value {
    let request = read(&serde_json::to_vec(request).expect("JSON"), &Limits::default()).expect("a request");
    let answer = verification(records, &Policy::of(own_party), |verification| verification.answer(&request, viewer));
    serde_json::to_value(answer.expect("an answer")).expect("JSON")
}

fn verification<T>(records: &dyn Records, policy: &Policy, run: impl FnOnce(&Verification<'_>) -> T) -> T {
    let clock = FixedClock(NOW.parse().expect("an instant"));
    run(&Verification {
        records,
        recognition: Recognition::bundled(),
        policy,
        clock: &clock,
        entropy: &Zeros,
        signer: None,
    })
}

const PARTNER: Viewer = Viewer { candidates: true, chain: false };
const PUBLIC: Viewer = Viewer { candidates: false, chain: false };

/// True where everything expected stands in the answer; lists are searched, items told by what they hold.
fn holds(actual: &Value, expected: &Value) -> Result<(), String> {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected.iter().try_for_each(|(key, wanted)| {
            let found = actual.get(key).ok_or_else(|| format!("{key} is missing"))?;
            holds(found, wanted).map_err(|e| format!("{key}: {e}"))
        }),
        (Value::Array(actual), Value::Array(expected)) => expected.iter().try_for_each(|wanted| {
            if actual.iter().any(|item| holds(item, wanted).is_ok()) {
                Ok(())
            } else {
                Err(format!("no {wanted} in {actual:?}"))
            }
        }),
        _ if actual == expected => Ok(()),
        _ => Err(format!("{actual} is not {expected}")),
    }
}

fn assert_holds(actual: &Value, expected: Value) {
    if let Err(e) = holds(actual, &expected) {
        panic!("{e}\nin {actual:#}");
    }
}

#[test]
fn worked_example_1_a_valid_certificate_counts_in_new_zealand_by_a_list_row() {
    let item = json!({
        "commodityClassification": {"id": "841510", "listId": "HS"}, "originCountry": "CN", "importCountry": "NZ",
        "directTransport": true, "modelDesignation": "KFR-35GW/B3", "dates": {"declarationAcceptance": "2026-11-20"},
        "additionalDocument": [{"id": "2024010703612345", "typeCode": {"code": "2", "listId": "UNTDID1001"}}]
    });
    let answer = ask(&shelf([record(air_conditioner())]), "NZ", item, PARTNER);
    assert_holds(
        &answer,
        json!({
            "sequenceNumeric": 1,
            "additionalDocument": {"id": "2024010703612345", "typeCode": {"code": "2", "listId": "UNTDID1001"}},
            "result": "confirmed",
            "assertion": [
                {"name": "exists", "result": "confirmed", "method": "identifier"},
                {"name": "product", "result": "confirmed", "method": "pattern", "matched": "KFR-35GW/*"}
            ],
            "validity": [{"dateBasis": "declarationAcceptance", "date": "2026-11-20", "value": "valid"}],
            "statusCode": {"code": "10", "listId": "UNTDID1373"},
            "requirement": "certificate-required",
            "recognition": {
                "outcome": "recognised", "part": "certification", "arrangementId": "CN-NZ-EEE/CN-to-NZ",
                "listRow": "A.1/demo-0703", "standing": "authoritative", "decidedBy": "NZ"
            },
            "conditions": ["made or assembled in CN: asserted", "direct transport: asserted"],
            "asOf": {"decidedOn": "2026-10-02", "reportedOn": "2026-11-09", "observedOn": "2026-11-20T01:02:03Z"},
            "ledger": {"index": 7}
        }),
    );
    insta::assert_json_snapshot!("example-1", answer);
}

#[test]
fn worked_example_2_a_cancellation_after_release_bars_import_into_china() {
    let cancelled = with_status(
        air_conditioner(),
        json!([{"id": "1", "status": "cancelled", "from": "2026-10-15", "reported_on": "2026-10-16", "reason": {"class": "not-renewed"}}]),
    );
    let item = json!({
        "importCountry": "CN", "originCountry": "CN", "modelDesignation": "KFR-26GW/A1", "decisiveDate": "declarationAcceptance",
        "dates": {"releaseFromFactory": "2026-08-01", "declarationAcceptance": "2026-11-20"},
        "additionalDocument": [{"id": "2024010703612345"}]
    });
    let answer = ask(&shelf([record(cancelled.clone())]), "CN", item.clone(), PARTNER);
    assert_holds(
        &answer,
        json!({
            "result": "contradicted", "decisiveDate": "declarationAcceptance",
            "validity": [
                {"dateBasis": "releaseFromFactory", "date": "2026-08-01", "value": "valid"},
                {"dateBasis": "declarationAcceptance", "date": "2026-11-20", "value": "cancelled"}
            ],
            "statusCode": null,
            "reason": [{
                "code": "ccc/cancelled-no-import", "source": "CNCA 2008 No.19",
                "text": {"en": "No import from the day of cancellation; goods already imported may be sold."}
            }]
        }),
    );
    insta::assert_json_snapshot!("example-2", answer);

    // The asker who lets the release decide gets the other result, and the same facts.
    let mut by_release = item;
    by_release["decisiveDate"] = json!("releaseFromFactory");
    let answer = ask(&shelf([record(cancelled)]), "CN", by_release, PARTNER);
    assert_holds(&answer, json!({"result": "confirmed", "statusCode": {"code": "10"}}));
}

#[test]
fn worked_example_3_the_european_union_asks_for_no_certificate_of_this_kind() {
    let item = json!({
        "commodityClassification": {"id": "841510", "listId": "CN"}, "importCountry": "DE", "modelDesignation": "KFR-35GW/B3",
        "additionalDocument": [{"id": "2024010703612345"}]
    });
    let answer = ask(&shelf([record(air_conditioner())]), "CN", item, PARTNER);
    assert_holds(
        &answer,
        json!({
            "result": "confirmed", "validity": [{"dateBasis": "verification", "value": "valid"}],
            "requirement": "other-evidence-required",
            "recognition": {"outcome": "not-applicable", "standing": "informative"},
            "reason": [{
                "code": "eu/manufacturer-declaration",
                "text": {"en": "No third-party certificate is asked for; manufacturer's EU declaration of conformity and technical file are. The Chinese test report may serve as evidence."}
            }]
        }),
    );
    insta::assert_json_snapshot!("example-3", answer);
}

#[test]
fn worked_example_4_the_letter_o_for_a_zero_gives_a_candidate_to_partners_only() {
    let item = json!({"importCountry": "NZ", "additionalDocument": [{"id": "202401O703612345"}]});
    let records = shelf([record(air_conditioner())]);
    let answer = ask(&records, "NZ", item.clone(), PARTNER);
    assert_holds(
        &answer,
        json!({
            "result": "not-determinable",
            "assertion": [{"name": "exists", "result": "not-determinable", "method": "candidate", "candidate": "2024010703612345"}],
            "validity": [{"value": "not-determinable"}],
            "recognition": {"outcome": "not-determinable"},
            "reason": [{"code": "identifier/confusable"}]
        }),
    );
    insta::assert_json_snapshot!("example-4", answer);

    let public = ask(&records, "NZ", item, PUBLIC);
    assert_holds(&public, json!({"result": "not-determinable", "reason": [{"code": "verification/looks-mistyped"}]}));
    assert!(!public.to_string().contains("2024010703612345"), "{public}");
}

#[test]
fn worked_example_5_another_model_and_a_factory_suspended_in_part_inbound_to_china() {
    let item = json!({
        "importCountry": "CN", "originCountry": "NZ", "directTransport": true, "modelDesignation": "AX-200",
        "factory": {"id": "F-CHC", "idScheme": "register"}, "dates": {"declarationAcceptance": "2026-11-20"},
        "additionalDocument": [{"id": "NZEEE-0042"}]
    });
    let records = shelf([record(heater_from_new_zealand())]);
    let answer = ask(&records, "NZ", item.clone(), PARTNER);
    assert_holds(
        &answer,
        json!({
            "result": "contradicted",
            "assertion": [
                {"name": "exists", "result": "confirmed", "method": "identifier"},
                {"name": "product", "result": "contradicted", "method": "exact", "asked": "AX-200", "onCertificate": ["AX-100", "AX-110"]},
                {"name": "factory", "result": "contradicted", "method": "identifier"}
            ],
            "validity": [{"dateBasis": "declarationAcceptance", "value": "suspended", "affectedScope": {"factory": "F-CHC"}}],
            "statusCode": {"code": "40", "listId": "UNTDID1373"},
            "recognition": {
                "outcome": "partly-recognised", "part": "test-report", "arrangementId": "CN-NZ-EEE/NZ-to-CN",
                "standing": "published", "decidedBy": "CN"
            }
        }),
    );
    insta::assert_json_snapshot!("example-5", answer);
    // At China's own gateway the same rows are its own word.
    let at_home = ask(&records, "CN", item, PARTNER);
    assert_holds(&at_home, json!({"recognition": {"standing": "authoritative", "decidedBy": "CN"}}));
}

#[test]
fn a_suspension_of_one_factory_touches_the_goods_of_that_factory_alone() {
    let records = shelf([record(heater_from_new_zealand())]);
    let item = |factory: Value| {
        let mut item = json!({
            "importCountry": "CN", "modelDesignation": "AX-100", "dates": {"declarationAcceptance": "2026-11-20"},
            "additionalDocument": [{"id": "NZEEE-0042"}]
        });
        if !factory.is_null() {
            item["factory"] = factory;
        }
        item
    };
    let other = ask(&records, "CN", item(json!({"name": "Auckland Works"})), PARTNER);
    assert_holds(
        &other,
        json!({"result": "confirmed", "validity": [{"value": "valid"}], "statusCode": {"code": "10"}}),
    );
    let unstated = ask(&records, "CN", item(Value::Null), PARTNER);
    assert_holds(
        &unstated,
        json!({
            "result": "not-determinable",
            "validity": [{"value": "not-determinable", "affectedScope": {"factory": "F-CHC"}}],
            "reason": [{"code": "verification/part-affected"}]
        }),
    );
    let before = {
        let mut item = item(json!({"id": "F-CHC", "idScheme": "register"}));
        item["dates"] = json!({"declarationAcceptance": "2026-09-30"});
        ask(&records, "CN", item, PARTNER)
    };
    assert_holds(&before, json!({"result": "confirmed", "validity": [{"value": "valid"}]}));
}

#[test]
fn without_a_record_nothing_is_called_a_forgery() {
    let item = json!({"importCountry": "NZ", "additionalDocument": [{"id": "2024010703999999"}]});
    let answer = ask(&shelf([record(air_conditioner())]), "NZ", item, PARTNER);
    assert_holds(
        &answer,
        json!({"result": "not-determinable", "reason": [{"code": "verification/no-record"}], "statusCode": null}),
    );
    let words = answer.to_string().to_lowercase();
    for word in ["fake", "release the goods", "\"hold\""] {
        assert!(!words.contains(word), "{word}");
    }
}

#[test]
fn a_number_of_several_bodies_needs_its_issuer() {
    let mut other = air_conditioner();
    other["key"]["issuer"]["value"] = json!("CNCA-R-2099-011");
    let records = shelf([record(air_conditioner()), record(other)]);
    let asked = |issuer: Value| {
        let mut document = json!({"id": "2024010703612345"});
        if !issuer.is_null() {
            document["issuer"] = issuer;
        }
        ask(&records, "CN", json!({"importCountry": "CN", "additionalDocument": [document]}), PARTNER)
    };
    let open = asked(Value::Null);
    assert_holds(&open, json!({"result": "not-determinable", "reason": [{"code": "verification/several-issuers"}]}));
    assert!(open.to_string().contains("CNCA-R-2099-011"), "{open}");
    let named = asked(json!({"id": "CNCA-R-2099-011", "idScheme": "cnca-approval"}));
    assert_holds(
        &named,
        json!({"result": "confirmed", "assertion": [{"name": "issuer", "result": "confirmed", "method": "identifier"}]}),
    );
    let third = asked(json!({"id": "CNCA-R-2099-999", "idScheme": "cnca-approval"}));
    assert_holds(&third, json!({"result": "not-determinable", "reason": [{"code": "verification/other-issuer"}]}));
}

#[test]
fn a_number_with_blanks_and_full_width_digits_is_the_same_number() {
    let records = shelf([record(air_conditioner())]);
    for id in ["２０２４０１０７０３６１２３４５", " 2024010703612345 ", "2024 0107 0361 2345"] {
        let answer = ask(&records, "CN", json!({"importCountry": "CN", "additionalDocument": [{"id": id}]}), PUBLIC);
        assert_holds(
            &answer,
            json!({"assertion": [{"name": "exists", "result": "confirmed", "method": "normalised"}]}),
        );
    }
}

#[test]
fn days_are_judged_in_the_zone_of_the_issuer_with_both_ends() {
    let records = shelf([record(air_conditioner())]);
    let on = |date: &str| {
        let item = json!({
            "importCountry": "NZ", "dates": {"shipment": date}, "additionalDocument": [{"id": "2024010703612345"}]
        });
        ask(&records, "NZ", item, PARTNER)["validity"][0].clone()
    };
    for (date, day, value) in [
        ("2024-02-29", "2024-02-29", "not-yet-valid"),
        ("2024-03-01", "2024-03-01", "valid"),
        ("2029-02-28", "2029-02-28", "valid"),
        ("2029-03-01", "2029-03-01", "expired"),
        // 16:00 UTC is midnight in China.
        ("2029-02-28T15:59:59Z", "2029-02-28", "valid"),
        ("2029-02-28T16:00:00Z", "2029-03-01", "expired"),
        ("2029-03-01T04:00:00+12:00", "2029-03-01", "expired"),
    ] {
        assert_eq!(on(date), json!({"dateBasis": "shipment", "date": day, "zone": "+08:00", "value": value}), "{date}");
    }
}

#[test]
fn the_question_in_the_documentation_is_one_that_is_taken() {
    let text = include_str!("../../../docs/verification.md");
    let question = text.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let request = read(question.as_bytes(), &Limits::default()).expect("taken");
    assert_eq!(request.goods_item.len(), 1);
}
