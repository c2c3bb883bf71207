//! Parties, models, standards and classes against the certificate; the precedence of assertions.

use proptest::prelude::*;

use super::*;
use crate::registry::verification::document::precedence;
use crate::registry::verification::model;

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
    use crate::record::ModelKind::{Exact, Pattern, Series};
    use model::{Fit, fit, folded};
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
        use model::{Fit, fit, folded};
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
