#![expect(clippy::needless_pass_by_value, reason = "JSON written in place reads better without a reference")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::document::precedence;
use super::*;
use crate::clock::{FixedClock, Timestamp};
use crate::finding::Place;
use crate::recognition::{DateBasis, Outcome, Part, Requirement, Standing};
use crate::record::{Identifier, Record, Validity};

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

/// A store that does not answer.
struct Broken;

impl Records for Broken {
    fn by_number(&self, _: &str) -> Result<Vec<Found>, LookupError> {
        Err(LookupError("disk".into()))
    }

    fn by_key(&self, _: &Identifier, _: &str) -> Result<Option<Found>, LookupError> {
        Err(LookupError("disk".into()))
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
fn holders_are_told_by_identifier_then_by_registered_name() {
    let records = shelf([record(air_conditioner()), record(heater_from_new_zealand())]);
    let asked = |number: &str, holder: Value| {
        let item = json!({"importCountry": "CN", "additionalDocument": [{"id": number, "holder": holder}]});
        let answer = ask(&records, "CN", item, PARTNER);
        let assertion = answer["assertion"].as_array().expect("a list").iter().find(|a| a["name"] == "holder").cloned();
        let assertion = assertion.expect("a holder");
        (assertion["result"].as_str().expect("text").to_owned(), assertion["method"].as_str().expect("text").to_owned())
    };
    let ccc = |holder| asked("2024010703612345", holder);
    let nz = |holder| asked("NZEEE-0042", holder);
    let is = |result: &str, method: &str| (result.to_owned(), method.to_owned());
    assert_eq!(ccc(json!({"id": "91350100m000100y43", "idScheme": "uscc"})), is("confirmed", "identifier"));
    assert_eq!(ccc(json!({"id": "91320506MAXB2QRP5M", "idScheme": "uscc"})), is("contradicted", "identifier"));
    assert_eq!(ccc(json!({"id": "5493001KJTIIGC8Y1R12", "idScheme": "lei"})), is("not-determinable", "identifier"));
    assert_eq!(ccc(json!({"name": "示例电器有限公司"})), is("confirmed", "exact"));
    assert_eq!(ccc(json!({"name": "示例 电器有限公司 "})), is("confirmed", "normalised"));
    assert_eq!(ccc(json!({"name": "另一家电器有限公司"})), is("contradicted", "normalised"));
    // No English name is registered: being different proves nothing.
    assert_eq!(ccc(json!({"name": "Example Appliances"})), is("not-determinable", "normalised"));
    assert_eq!(nz(json!({"name": "LONG CLOUD APPLIANCES LTD."})), is("confirmed", "normalised"));
    assert_eq!(nz(json!({"name": "Short Cloud Appliances Ltd"})), is("contradicted", "normalised"));
}

#[test]
fn models_match_exactly_by_wildcard_and_by_series() {
    use super::model::{Fit, fit, folded};
    use crate::record::ModelKind::{Exact, Pattern, Series};
    for (listed, kind, asked, wanted) in [
        ("KFR-35GW/*", Pattern, "KFR-35GW/B3", Fit::Pattern),
        ("KFR-35GW/*", Pattern, "KFR-35GW/", Fit::Pattern),
        ("KFR-35GW/*", Pattern, "KFR-35GW", Fit::No),
        ("KFR-35GW/*", Pattern, "KFR-36GW/B3", Fit::No),
        ("KFR-35GW/＊", Pattern, "kfr-35gw / b3", Fit::Pattern),
        ("KFR-*GW/*1", Pattern, "KFR-35GW/GW/B1", Fit::Pattern),
        ("*", Pattern, "anything", Fit::Pattern),
        ("AX-1□0", Pattern, "AX-1A0", Fit::Pattern),
        ("AX-1□0", Pattern, "AX-1/0", Fit::No),
        ("AX-1□0", Pattern, "AX-10", Fit::Perhaps),
        ("AX□□-*", Pattern, "AX1-Z", Fit::Perhaps),
        ("AX-100", Exact, "AX-100", Fit::Exact),
        ("AX-100", Exact, "ax-100 ", Fit::Normalised),
        ("AX-100", Exact, "AX-1000", Fit::No),
        ("AX-*", Exact, "AX-100", Fit::No),
        ("AX", Series, "AX-200", Fit::Pattern),
        ("AX系列", Series, "AX", Fit::Pattern),
        ("AX series", Series, "AX/3", Fit::Pattern),
        ("AX", Series, "AX200", Fit::Perhaps),
        ("AX", Series, "BX-200", Fit::No),
        ("A□-9", Series, "AB-9", Fit::Pattern),
    ] {
        assert_eq!(fit(asked, &folded(asked), listed, kind), wanted, "{asked} against {listed}");
    }
}

proptest! {
    #[test]
    fn a_wildcard_matches_as_the_regular_expression_would(pattern in "[AB*□]{0,8}", asked in "[AB/]{0,8}") {
        use super::model::{Fit, fit, folded};
        let expression: String = pattern.chars().map(|c| match c {
            '*' => ".*".to_owned(),
            '□' => "[A-Z0-9]".to_owned(),
            c => regex::escape(&c.to_string()),
        }).collect();
        let full = regex::Regex::new(&format!("^(?:{expression})$")).expect("an expression");
        let loose = regex::Regex::new(&format!("^(?:{})$", expression.replace("[A-Z0-9]", "[A-Z0-9]?"))).expect("an expression");
        let wanted = if full.is_match(&asked) { Fit::Pattern } else if loose.is_match(&asked) { Fit::Perhaps } else { Fit::No };
        let got = match fit(&asked, &folded(&asked), &pattern, crate::record::ModelKind::Pattern) {
            Fit::Exact | Fit::Normalised => Fit::Pattern,
            other => other,
        };
        prop_assert_eq!(got, wanted);
    }

    #[test]
    fn precedence_is_contradicted_then_open_then_confirmed(
        results in proptest::collection::vec((0_usize..3, 0_usize..5), 0..8),
        stale in any::<bool>(),
    ) {
        let assertions: Vec<Assertion> = results
            .iter()
            .map(|(result, method)| Assertion::new(AssertionName::Exists, Verdict::ALL[*result], Method::ALL[*method]))
            .collect();
        let weighing: Vec<&Assertion> = assertions.iter().filter(|a| a.method != Method::Candidate).collect();
        let wanted = if weighing.iter().any(|a| a.result == Verdict::Contradicted) {
            Verdict::Contradicted
        } else if stale || weighing.len() < assertions.len() || weighing.iter().any(|a| a.result == Verdict::NotDeterminable) {
            Verdict::NotDeterminable
        } else {
            Verdict::Confirmed
        };
        prop_assert_eq!(precedence(&assertions, stale), wanted);
        // The order of the assertions changes nothing.
        prop_assert_eq!(precedence(assertions.iter().rev(), stale), wanted);
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
fn a_source_older_than_asked_for_leaves_the_result_open() {
    let request = |max_age: u32| {
        json!({"requestId": "Q1", "maxAge": max_age, "goodsItem": [
            {"sequenceNumeric": 1, "importCountry": "CN", "additionalDocument": [{"id": "2024010703612345"}]}]})
    };
    let records = shelf([record(air_conditioner())]);
    // Seen at 01:02:03, asked at 02:00:00.
    let fresh = answer_to(&records, "CN", &request(3_477), PUBLIC);
    assert_eq!(fresh["answer"][0]["result"], "confirmed");
    let stale = answer_to(&records, "CN", &request(3_476), PUBLIC);
    assert_holds(
        &stale["answer"][0],
        json!({"result": "not-determinable", "reason": [{"code": "verification/too-old"}]}),
    );
}

#[test]
fn an_answer_is_not_to_be_relied_on_past_the_last_day_of_the_certificate() {
    let mut ending = air_conditioner();
    ending["dates"]["valid_until"] = json!("2026-11-20");
    let item = json!({"importCountry": "CN", "additionalDocument": [{"id": "2024010703612345"}]});
    let mut policy = Policy::of("CN");
    policy.answer_lifetime = 7 * 86_400;
    let request = json!({"requestId": "Q", "goodsItem": [{"sequenceNumeric": 1, "importCountry": "CN", "additionalDocument": item["additionalDocument"]}]});
    let request = read(request.to_string().as_bytes(), &Limits::default()).expect("a request");
    let answer = verification(&shelf([record(ending)]), &policy, |v| v.answer(&request, PUBLIC)).expect("an answer");
    let wanted: Timestamp = "2026-11-20T16:00:00Z".parse().expect("an instant");
    assert_eq!(answer.answer_valid_until, wanted);
}

#[test]
fn standards_types_and_quantities_are_asserted_where_asked() {
    let exemption = json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "MB2026000001"},
        "kind": "exemption", "issuer": {}, "holder": {"name": {"zh": "示例电器有限公司"}, "country": "CN"},
        "dates": {"issued": "2026-01-01", "valid_until": "2026-12-31", "zone": "+08:00"},
        "exemption": {"basis": "科研、测试", "quantity": {"value": "10", "unit": "C62"}}
    });
    let records = shelf([record(air_conditioner()), record(exemption)]);
    let asked = |item: Value| ask(&records, "CN", item, PARTNER);
    let standard = |edition: &str| {
        asked(
            json!({"importCountry": "CN", "additionalDocument": [{"id": "2024010703612345", "standardEdition": edition}]}),
        )
    };
    assert_holds(
        &standard("GB 4706.1-2005"),
        json!({"assertion": [{"name": "standardEdition", "result": "confirmed", "method": "exact"}]}),
    );
    assert_holds(
        &standard("GB 4706.1-2024"),
        json!({"result": "contradicted", "assertion": [{"name": "standardEdition", "result": "contradicted"}]}),
    );
    let of_type = |list: &str, code: &str| {
        asked(
            json!({"importCountry": "CN", "additionalDocument": [{"id": "MB2026000001", "typeCode": {"code": code, "listId": list}}]}),
        )
    };
    assert_holds(
        &of_type("UNTDID1001", "2"),
        json!({"assertion": [{"name": "certificateType", "result": "contradicted"}]}),
    );
    assert_holds(
        &of_type("XX", "2"),
        json!({"result": "not-determinable", "reason": [{"code": "verification/type-list-unknown"}]}),
    );
    let quantity = |value: Value, unit: &str| {
        asked(
            json!({"importCountry": "CN", "quantity": {"value": value, "unitCode": unit}, "additionalDocument": [{"id": "MB2026000001"}]}),
        )
    };
    let of = |answer: Value| {
        answer["assertion"].as_array().expect("a list").iter().find(|a| a["name"] == "quantity").expect("quantity")["result"].clone()
    };
    assert_eq!(of(quantity(json!(10), "C62")), "confirmed");
    assert_eq!(of(quantity(json!(10.5), "C62")), "contradicted");
    assert_eq!(of(quantity(json!(1), "KGM")), "not-determinable");
    assert_holds(
        &quantity(json!(1), "C62"),
        json!({"requirement": "exempted", "recognition": {"outcome": "not-applicable"}}),
    );
}

#[test]
fn a_commodity_code_never_decides_the_class_of_a_certificate() {
    let records = shelf([record(air_conditioner())]);
    let classed = |list: &str, code: &str| {
        let item = json!({
            "importCountry": "CN", "commodityClassification": {"id": code, "listId": list},
            "additionalDocument": [{"id": "2024010703612345"}]
        });
        ask(&records, "CN", item, PARTNER)
    };
    let by_hs = classed("HS", "610910");
    assert_holds(&by_hs, json!({"result": "confirmed", "reason": [{"code": "verification/model-not-asked"}]}));
    let by_class = classed("CCC", "0401");
    assert_holds(
        &by_class,
        json!({"result": "contradicted", "assertion": [{"name": "product", "result": "contradicted", "asked": "0401", "onCertificate": ["0703"]}]}),
    );
}

#[test]
fn requests_outside_the_vocabulary_are_refused_at_their_place() {
    let findings = |body: &Value| -> Vec<(&'static str, Place)> {
        read(body.to_string().as_bytes(), &Limits { items: 2, documents: 2, text: 20 })
            .expect_err("refused")
            .iter()
            .map(|finding| (finding.code(), finding.place().clone()))
            .collect()
    };
    let item = json!({"sequenceNumeric": 1, "importCountry": "NZ", "additionalDocument": [{"id": "1"}]});
    let with = |key: &str, value: Value| {
        let mut item = item.clone();
        item[key] = value;
        json!({"requestId": "Q", "goodsItem": [item]})
    };
    let codes = |body: &Value| findings(body).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes(&with("colour", json!("red"))), ["verification/unknown-member"]);
    assert_eq!(codes(&with("dates", json!({"shipment": "20.11.2026"}))), ["verification/unreadable"]);
    assert_eq!(
        findings(&with("importCountry", json!("nz"))),
        [("verification/country", Place::pointer("/goodsItem/0/importCountry"))]
    );
    assert_eq!(codes(&with("decisiveDate", json!("shipment"))), ["verification/decisive-date-missing"]);
    assert_eq!(codes(&with("modelDesignation", json!("x".repeat(21)))), ["verification/too-long"]);
    assert_eq!(codes(&json!({"requestId": " ", "goodsItem": []})), ["verification/empty", "verification/empty"]);
    assert_eq!(codes(&json!({"requestId": "Q", "goodsItem": [item, item, item]})), ["verification/too-many"; 2]);
}

#[test]
fn a_batch_is_answered_item_by_item_and_document_by_document_and_signed() {
    use crate::crypto::{Algorithm, Signer as _, SigningKey};
    let records = shelf([record(air_conditioner()), record(heater_from_new_zealand())]);
    let request = json!({"requestId": "Q", "declarationId": "26NZ0001", "goodsItem": [
        {"sequenceNumeric": 1, "importCountry": "CN", "additionalDocument": [{"id": "2024010703612345"}, {"id": "NZEEE-0042"}]},
        {"sequenceNumeric": 2, "importCountry": "CN", "additionalDocument": [{"id": "nobody"}]}
    ]});
    let request = read(request.to_string().as_bytes(), &Limits::default()).expect("a request");
    let policy = Policy::of("CN");
    let mut answer = verification(&records, &policy, |v| v.answer(&request, PUBLIC)).expect("an answer");
    let shown: Vec<(u32, &str)> =
        answer.answer.iter().map(|one| (one.sequence_numeric, one.additional_document.id.as_str())).collect();
    assert_eq!(shown, [(1, "2024010703612345"), (1, "NZEEE-0042"), (2, "nobody")]);

    let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).expect("a key");
    answer.sign(&key).expect("signed");
    let sent = serde_json::to_value(&answer).expect("JSON");
    assert_eq!(sent["signature"]["keyId"], key.key_id());
    verify_signature(&sent, key.public_key()).expect("holds");
    let mut forged = sent.clone();
    forged["answer"][2]["result"] = json!("confirmed");
    assert!(verify_signature(&forged, key.public_key()).is_err());
}

#[test]
fn the_registry_answers_from_the_records_it_holds_with_the_index_of_their_last_event() {
    use crate::registry::{Incoming, NoSubscriptions, Owner, Registry};
    use crate::store::conformance::sequencing;
    use crate::store::{Options, SqliteStore};
    let folder = tempfile::tempdir().expect("folder");
    let store =
        SqliteStore::open(&folder.path().join("store.sqlite"), Options::default(), sequencing()).expect("opened");
    let clock = Arc::new(FixedClock(NOW.parse().expect("an instant")));
    let registry = Registry::new(Arc::new(store), clock, Arc::new(Zeros), Arc::new(NoSubscriptions));
    for given in [heater_from_new_zealand(), air_conditioner()] {
        let incoming = Incoming {
            record: record(given.clone()),
            findings: Vec::new(),
            payload: given.to_string().into_bytes().into(),
            format: "certbridge-record@1".into(),
            crosswalk_digest: "zQm".into(),
            owner: Owner::House,
            received_from: None,
        };
        registry.register(&incoming).expect("registered");
    }
    let request = json!({"requestId": "Q", "maxAge": 60, "goodsItem": [{"sequenceNumeric": 1, "importCountry": "NZ",
    "additionalDocument": [
        {"id": "2024010703612345"},
        {"id": "2024010703612345", "issuer": {"id": "CNCA-R-2099-001", "idScheme": "cnca-approval"}},
        {"id": "202401O703612345"}
    ]}]});
    let request = read(request.to_string().as_bytes(), &Limits::default()).expect("a request");
    let policy = Policy::of("NZ");
    let answer = registry.verify(&request, PARTNER, Recognition::bundled(), &policy, None).expect("an answer");
    let results: Vec<Verdict> = answer.answer.iter().map(|one| one.result).collect();
    assert_eq!(results, [Verdict::Confirmed, Verdict::Confirmed, Verdict::NotDeterminable]);
    assert_eq!(answer.answer[0].ledger, Some(LedgerEntry { index: 1, proof: None }));
    assert_eq!(answer.answer[2].assertion[0].candidate.as_deref(), Some("2024010703612345"));
}

#[test]
fn a_store_that_does_not_answer_is_our_fault_and_says_nothing_of_the_certificate() {
    let request = json!({"requestId": "Q", "goodsItem": [{"sequenceNumeric": 1, "importCountry": "CN", "additionalDocument": [{"id": "1"}]}]});
    let request = read(request.to_string().as_bytes(), &Limits::default()).expect("a request");
    let policy = Policy::of("CN");
    let failed = verification(&Broken, &policy, |v| v.answer(&request, PUBLIC));
    assert!(matches!(failed, Err(VerificationError::Lookup(_))));
}

#[test]
fn every_value_of_the_validity_list_is_reached_with_its_code_of_the_status_list() {
    let entry = |status: &str| json!([{"status": status, "from": "2026-06-01"}]);
    let mut seen = BTreeSet::new();
    for (history, date, value, code) in [
        (json!([]), "2026-07-01", Validity::Valid, Some("10")),
        (entry("suspended"), "2026-07-01", Validity::Suspended, Some("40")),
        (entry("withdrawn"), "2026-07-01", Validity::Withdrawn, Some("41")),
        (entry("cancelled"), "2026-07-01", Validity::Cancelled, None),
        (entry("superseded"), "2026-07-01", Validity::Superseded, None),
        (entry("invalid-reason-not-stated"), "2026-07-01", Validity::NotDeterminable, None),
        (json!([]), "2029-03-01", Validity::Expired, None),
        (json!([]), "2024-02-29", Validity::NotYetValid, None),
    ] {
        let records = shelf([record(with_status(air_conditioner(), history))]);
        let item = json!({"importCountry": "CN", "dates": {"placingOnMarket": date}, "additionalDocument": [{"id": "2024010703612345"}]});
        let answer = ask(&records, "CN", item, PUBLIC);
        assert_eq!(answer["validity"][0]["value"], value.code());
        assert_eq!(answer["statusCode"]["code"].as_str(), code, "{value:?}");
        let result = match value {
            Validity::Valid => "confirmed",
            Validity::NotDeterminable => "not-determinable",
            _ => "contradicted",
        };
        assert_eq!(answer["result"], result, "{value:?}");
        seen.insert(value);
    }
    assert_eq!(seen.len(), 8);
}

#[test]
fn every_value_of_the_other_lists_is_written_as_the_vocabulary_has_it() {
    let codes = |codes: Vec<&'static str>| codes.join(" ");
    assert_eq!(codes(Verdict::ALL.iter().map(|v| v.code()).collect()), "confirmed contradicted not-determinable");
    assert_eq!(
        codes(AssertionName::ALL.iter().map(|v| v.code()).collect()),
        "exists issuer certificateType holder manufacturer factory product standardEdition validity quantity"
    );
    assert_eq!(codes(Method::ALL.iter().map(|v| v.code()).collect()), "identifier exact normalised pattern candidate");
    assert_eq!(
        codes(DateBasis::ALL.iter().map(|v| v.code()).collect()),
        "releaseFromFactory shipment declarationAcceptance placingOnMarket verification"
    );
    assert_eq!(
        codes(Requirement::ALL.iter().map(|v| v.code()).collect()),
        "certificate-required other-evidence-required not-required exempted not-determinable"
    );
    assert_eq!(
        codes(Outcome::ALL.iter().map(|v| v.code()).collect()),
        "recognised partly-recognised not-recognised not-applicable not-determinable"
    );
    assert_eq!(
        codes(Part::ALL.iter().map(|v| v.code()).collect()),
        "test-report inspection certification management-system"
    );
    assert_eq!(codes(Standing::ALL.iter().map(|v| v.code()).collect()), "authoritative published informative");
}
