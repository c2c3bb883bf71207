//! Requests as they come in, the closed lists, freshness, batches, signatures, and the registry as what is looked up in.

use std::collections::BTreeSet;

use super::*;
use crate::finding::{Place, catalogue};
use crate::recognition::{DateBasis, Outcome, Part, Requirement, Standing};
use crate::record::Validity;

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

#[test]
fn every_reason_that_the_sources_name_has_words() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                for rest in text.split(concat!("Reason::", "new(")).skip(1) {
                    if let Some(code) = rest.trim_start().strip_prefix('"').and_then(|r| r.split('"').next()) {
                        found.push(code.to_owned());
                    }
                }
            }
        }
    }
    let mut codes = Vec::new();
    visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
    assert!(codes.len() > 40);
    for code in codes {
        assert!(catalogue().contains_key(&code), "{code} has no words in src/finding/texts");
    }
}
