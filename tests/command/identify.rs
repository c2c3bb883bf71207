//! `identify`.

use super::*;

#[test]
fn a_value_is_identified_with_its_kinds_and_reasons() {
    let answer = words("identify --json 91350100M000100Y43 2020010703307832 2020O10703307832").ends(1).json();
    let [code, number, mistyped] = answer.as_array().expect("an array").as_slice() else { panic!("{answer:#}") };
    assert_eq!((&code["value"], &code["valid"]), (&"91350100M000100Y43".into(), &true.into()));
    assert_eq!((&code["kinds"][0]["kind"], &code["kinds"][0]["verdict"]), (&"uscc".into(), &"valid".into()));
    assert_eq!(number["kinds"][0]["kind"], "ccc_certificate_no");
    assert_eq!(mistyped["valid"], false);
    assert_eq!(mistyped["candidates"][0]["number"], "2020010703307832");
    assert_eq!(mistyped["valid"], false);
    assert_eq!(mistyped["candidates"][0]["misreadings"][0]["position"], 5);
    let refused = mistyped["kinds"].as_array().expect("kinds").iter().find(|kind| kind["kind"] == "ccc_certificate_no");
    let finding = &refused.expect("judged as a CCC number")["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"identifier/character".into(), &"error".into()));
    assert!(finding["message"]["zh"].is_string() && finding["message"]["en"].is_string());
}

#[test]
fn a_value_that_is_nothing_ends_with_1_and_says_why() {
    words("identify 91350100M000100Y44").ends(1).says("check");
    words("identify ?!?").ends(1).says("resembles no identifier");
    words("identify 91350100M000100Y43 ??").ends(1);
    // Flags may stand behind the values too.
    assert_eq!(words("identify 91350100M000100Y44 --json").ends(1).json()[0]["valid"], false);
    words("identify").ends(2);
}

#[test]
fn every_vector_is_decided_as_the_reference_says() {
    let Some(vectors) = shared("reference/domestic/identifier_vectors.csv") else { return };
    let mut reader = csv::Reader::from_path(vectors).expect("vectors");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let values: Vec<&str> = rows.iter().map(|row| &row[1]).collect();
    let all = ["identify", "--json", "--"].into_iter().chain(values.iter().copied());
    let answer = run(all).json();
    let mut seen = 0;
    for (row, identified) in rows.iter().zip(answer.as_array().expect("an array")) {
        let (kind, value, validity) = (&row[0], &row[1], &row[2]);
        assert_eq!(identified["value"], value);
        let Some(judged) = identified["kinds"].as_array().expect("kinds").iter().find(|judged| judged["kind"] == kind)
        else {
            // What is not even taken for one of the kind is not one.
            assert_ne!(validity, "valid", "{kind} {value}");
            continue;
        };
        let holds = judged["verdict"] != "invalid";
        assert_eq!(holds, validity != "invalid", "{kind} {value}: {judged:#}");
        seen += 1;
    }
    assert!(seen > 80, "{seen} of {} vectors judged as their own kind", rows.len());
}
