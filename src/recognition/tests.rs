#![expect(clippy::needless_pass_by_value, reason = "JSON written in place reads better without a reference")]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::clock::{Day, Zone};
use crate::mapping::ComputedSource as _;
use crate::record::{Kind, Record, Validity, testing};

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).expect("a record")
}

/// A quality-management certificate, accredited by the accreditation body of the mark.
fn management(mark: Option<&str>, standards: Value, issued: &str) -> Record {
    record(json!({
        "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": "CNCA-R-2099-001"}, "number": "90126Q01002R0S"},
        "kind": "management-system", "issuer": {}, "holder": {"name": {"zh": "示例机械有限公司"}, "country": "CN"},
        "standards": standards, "dates": {"issued": issued, "zone": "+08:00"},
        "claims": {"accreditation": mark.map_or(json!({}), |mark| json!({"status": "accredited", "mark": mark, "number": "CNAS C901-M"}))}
    }))
}

fn qms() -> Value {
    json!([{"designation": "GB/T 19001", "edition": "2016"}])
}

fn ccc() -> Record {
    let mut record = testing::compulsory_product();
    record.dates.issued = day("2025-01-01");
    record
}

struct Asked<'a> {
    record: Option<&'a Record>,
    importer: &'a str,
    goods: &'a [GoodsClass<'a>],
    origin: Option<&'a str>,
    direct: Option<bool>,
    value: Validity,
    on: &'a str,
    own: &'a str,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Self {
            record: None,
            importer: "NZ",
            goods: &[],
            origin: Some("CN"),
            direct: Some(true),
            value: Validity::Valid,
            on: "2026-11-20",
            own: "CN",
        }
    }
}

/// The answer in a few words, and the codes of its reasons.
struct Seen {
    requirement: Requirement,
    outcome: Outcome,
    part: Option<Part>,
    arrangement: Option<String>,
    standing: Standing,
    decided_by: Option<String>,
    reasons: Vec<&'static str>,
    conditions: Vec<String>,
    steps: Vec<(Step, Verdict)>,
}

fn decide_with(data: &Recognition, asked: &Asked<'_>) -> Seen {
    let statuses = [DatedStatus {
        basis: DateBasis::DeclarationAcceptance,
        day: day(asked.on),
        zone: Zone::CHINA,
        value: asked.value,
        affected: None,
        entry: None,
    }];
    let question = Question {
        record: asked.record,
        importer: asked.importer,
        goods: asked.goods,
        origin: asked.origin,
        direct_transport: asked.direct,
        statuses: &statuses,
        decisive: day(asked.on),
    };
    let decision = data.decide(&question, asked.own);
    Seen {
        requirement: decision.required.requirement,
        outcome: decision.outcome,
        part: decision.part,
        arrangement: decision.arrangement_id.map(str::to_owned),
        standing: decision.standing,
        decided_by: decision.decided_by.map(str::to_owned),
        reasons: decision.reasons.iter().map(Reason::code).collect(),
        conditions: decision.conditions.iter().map(Condition::en).collect(),
        steps: decision.chain.iter().map(|link| (link.step, link.verdict)).collect(),
    }
}

fn decide(asked: &Asked<'_>) -> Seen {
    decide_with(Recognition::bundled(), asked)
}

fn with(extra: &str) -> Recognition {
    let mut files = bundled_files();
    files.push(("mappings/arrangements/more.yaml".into(), extra.into()));
    Recognition::load(files).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn the_bundled_rows_are_sound() {
    let data = Recognition::load(bundled_files()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert!(data.requirements().len() >= 8);
    assert!(data.arrangements().len() >= 9);
}

#[test]
fn every_row_of_the_requirements_is_loaded_as_the_reference_has_it_and_decided() {
    let Some(path) = crate::testing::shared("reference/domestic/requirements.csv") else { return };
    let mut reader = csv::Reader::from_path(path).expect("a file");
    let data = Recognition::bundled();
    let mut rows = 0;
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let loaded =
            data.requirements().iter().find(|known| known.id == row["id"]).unwrap_or_else(|| panic!("{}", row["id"]));
        assert_eq!(loaded.importer, row["importing_party"], "{}", loaded.id);
        assert_eq!(loaded.requires.code(), row["requirement"], "{}", loaded.id);
        assert_eq!(loaded.owner, row["standing_owner"], "{}", loaded.id);
        assert_eq!(loaded.fictive, row["fictive"] == "yes", "{}", loaded.id);
        assert_eq!(loaded.from.map(|day| day.to_string()).unwrap_or_default(), row["effective_from"], "{}", loaded.id);
        assert_eq!(loaded.law, row["law"], "{}", loaded.id);
        assert_eq!(loaded.evidence.en, row["evidence"], "{}", loaded.id);
        let kinds: Vec<&str> = loaded.accepts.iter().map(|kind| kind.code()).collect();
        assert_eq!(kinds.join("; "), row["certificate_kinds_accepted"], "{}", loaded.id);

        // Each row decides the question that it is the answer to.
        let certificate = match loaded.subject {
            Some(_) => management(Some("CNAS"), qms(), "2026-03-01"),
            None => ccc(),
        };
        let goods: Vec<GoodsClass<'_>> = loaded
            .list
            .as_deref()
            .zip(loaded.codes.first())
            .map(|(list, code)| GoodsClass { list, code })
            .into_iter()
            .collect();
        let origin = loaded.origin.first().map(String::as_str);
        let seen = decide(&Asked {
            record: Some(&certificate),
            importer: &loaded.importer,
            goods: &goods,
            origin,
            ..Asked::default()
        });
        assert_eq!(seen.requirement, loaded.requires, "{}", loaded.id);
        rows += 1;
    }
    assert_eq!(rows, data.requirements().len());
}

#[test]
fn accredited_management_systems_count_under_the_arrangement_of_the_issue_date() {
    for (issued, arrangement) in [("2024-05-01", "IAF-MLA"), ("2025-12-31", "IAF-MLA"), ("2026-01-01", "GAC-MRA")] {
        let certificate = management(Some("CNAS"), qms(), issued);
        let seen = decide(&Asked { record: Some(&certificate), importer: "NZ", ..Asked::default() });
        assert_eq!(
            (seen.outcome, seen.part),
            (Outcome::Recognised, Some(Part::ManagementSystem)),
            "{:?}",
            seen.reasons
        );
        assert_eq!(seen.arrangement.as_deref(), Some(arrangement), "{issued}");
        assert_eq!((seen.standing, seen.decided_by), (Standing::Informative, None));
        assert_eq!(seen.conditions, ["accredited by CNAS: asserted on the certificate"]);
    }
}

#[test]
fn a_signature_lives_on_only_where_its_arrangement_was_carried_over() {
    let mut files = bundled_files();
    for (_, text) in &mut files {
        *text = text.replace("carried_over: true", "carried_over: false");
    }
    let data = Recognition::load(files).expect("sound");
    for (issued, outcome) in [("2025-12-31", Outcome::Recognised), ("2026-01-01", Outcome::NotRecognised)] {
        let certificate = management(Some("CNAS"), qms(), issued);
        let seen = decide_with(&data, &Asked { record: Some(&certificate), importer: "NZ", ..Asked::default() });
        assert_eq!(seen.outcome, outcome, "{issued}: {:?}", seen.reasons);
    }
}

#[test]
fn a_management_system_needs_accreditation_signatory_scope_edition_and_validity() {
    let seen = |mark: Option<&str>, standards: Value, issued: &str| {
        let certificate = management(mark, standards, issued);
        let seen = decide(&Asked { record: Some(&certificate), importer: "NZ", ..Asked::default() });
        (seen.outcome, seen.reasons)
    };
    let one = |designation: &str, edition: Value| {
        let mut standard = json!({"designation": designation});
        if !edition.is_null() {
            standard["edition"] = edition;
        }
        json!([standard])
    };
    let has = |(outcome, reasons): (Outcome, Vec<&'static str>), wanted: Outcome, code: &str| {
        assert_eq!(outcome, wanted, "{reasons:?}");
        assert!(reasons.contains(&code), "{reasons:?}");
    };
    has(seen(None, qms(), "2025-01-01"), Outcome::NotDeterminable, "recognition/accreditation-unknown");
    has(seen(Some("XYZ"), qms(), "2025-01-01"), Outcome::NotDeterminable, "recognition/signatory-unknown");
    has(seen(Some("CNAS"), qms(), "1998-01-21"), Outcome::NotRecognised, "recognition/not-signatory-for-scope");
    has(
        seen(Some("CNAS"), one("ISO/IEC 20000-1", json!("2018")), "2025-01-01"),
        Outcome::NotRecognised,
        "recognition/no-sub-scope",
    );
    has(
        seen(Some("CNAS"), one("GB/T 19001", Value::Null), "2025-01-01"),
        Outcome::NotDeterminable,
        "recognition/edition-not-stated",
    );
    has(
        seen(Some("CNAS"), one("GB/T 29490", json!("2023")), "2025-01-01"),
        Outcome::NotDeterminable,
        "recognition/edition-unknown",
    );
    has(
        seen(Some("CNAS"), one("GB/T 36000", json!("2015")), "2025-01-01"),
        Outcome::NotRecognised,
        "recognition/standard-not-identical",
    );
    has(
        seen(Some("CNAS"), one("GB/T 22080", json!("2016")), "2025-01-01"),
        Outcome::NotRecognised,
        "recognition/edition-ended",
    );
    // GB/T 19001 with a supplement that has no counterpart: that part alone counts.
    let both =
        json!([{"designation": "GB/T 19001", "edition": "2016"}, {"designation": "GB/T 50430", "edition": "2017"}]);
    has(seen(Some("CNAS"), both, "2025-01-01"), Outcome::PartlyRecognised, "recognition/edition-unknown");

    let mut denied = management(None, qms(), "2025-01-01");
    denied.claims.accreditation.status = Some(crate::record::Accredited::Unaccredited);
    let seen = decide(&Asked { record: Some(&denied), importer: "NZ", ..Asked::default() });
    has((seen.outcome, seen.reasons), Outcome::NotRecognised, "recognition/not-accredited");
    let good = management(Some("CNAS"), qms(), "2025-01-01");
    let seen = decide(&Asked { record: Some(&good), importer: "NZ", value: Validity::Suspended, ..Asked::default() });
    has((seen.outcome, seen.reasons), Outcome::NotRecognised, "recognition/not-valid-on-day");
    let seen =
        decide(&Asked { record: Some(&good), importer: "NZ", value: Validity::NotDeterminable, ..Asked::default() });
    has((seen.outcome, seen.reasons), Outcome::NotDeterminable, "recognition/status-not-determinable");
    let seen = decide(&Asked { record: Some(&good), importer: "BR", ..Asked::default() });
    has((seen.outcome, seen.reasons), Outcome::NotDeterminable, "recognition/importer-not-in-arrangement");
}

#[test]
fn accreditation_counts_on_the_issue_date_and_for_the_sub_scope_in_its_list() {
    let accredited = |from: &str, until: &str, scopes: Value, claimed: bool| {
        let mut certificate = management(None, qms(), "2025-06-01");
        certificate.issuer.accreditations = serde_json::from_value(json!([{
            "body": {"acronym": "CNAS"}, "number": "C901-M", "standard": "ISO/IEC 17021-1:2015", "scopes": scopes,
            "from": from, "until": until, "claimed": claimed
        }]))
        .expect("accreditations");
        let seen = decide(&Asked { record: Some(&certificate), importer: "NZ", ..Asked::default() });
        (seen.outcome, seen.conditions.len(), seen.steps.contains(&(Step::Accreditation, Verdict::Holds)))
    };
    assert_eq!(accredited("2020-01-01", "2026-01-01", json!(["ISO 9001"]), false), (Outcome::Recognised, 0, true));
    assert_eq!(accredited("2020-01-01", "2026-01-01", json!(["ISO 9001"]), true), (Outcome::Recognised, 1, false));
    assert_eq!(accredited("2025-06-01", "2025-06-01", json!(["ISO 9001"]), false).0, Outcome::Recognised);
    assert_eq!(accredited("2025-06-02", "2026-01-01", json!(["ISO 9001"]), false).0, Outcome::NotDeterminable);
    assert_eq!(accredited("2020-01-01", "2025-05-31", json!(["ISO 9001"]), false).0, Outcome::NotDeterminable);
    assert_ne!(accredited("2020-01-01", "2026-01-01", json!(["ISO 14001"]), false).0, Outcome::Recognised);
}

#[test]
fn a_scope_whose_start_is_not_known_counts_on_a_condition() {
    let certificate = management(Some("CNAS"), json!([{"designation": "GB/T 24001", "edition": "2016"}]), "2026-03-01");
    let seen = decide(&Asked { record: Some(&certificate), importer: "NZ", ..Asked::default() });
    assert_eq!(seen.outcome, Outcome::Recognised);
    assert!(
        seen.conditions
            .iter()
            .any(|condition| condition == "CNAS signatory for ISO 14001 on the issue date: to be verified")
    );
}

#[test]
fn a_product_certificate_counts_in_new_zealand_only_by_row_designation_origin_and_transport() {
    let certificate = ccc();
    let base = || Asked { record: Some(&certificate), ..Asked::default() };
    let seen = decide(&base());
    assert_eq!(
        (seen.requirement, seen.outcome),
        (Requirement::CertificateRequired, Outcome::Recognised),
        "{:?}",
        seen.reasons
    );
    assert_eq!((seen.standing, seen.decided_by.as_deref()), (Standing::Published, Some("NZ")));
    assert!(seen.reasons.contains(&"recognition/fictive-row") && seen.reasons.contains(&"requirement/fictive-row"));

    let cases: [(Asked<'_>, Outcome, &str); 6] = [
        (Asked { origin: Some("VN"), ..base() }, Outcome::NotRecognised, "recognition/other-origin"),
        (Asked { origin: None, ..base() }, Outcome::NotDeterminable, "recognition/origin-not-stated"),
        (Asked { direct: Some(false), ..base() }, Outcome::NotRecognised, "recognition/not-direct"),
        (Asked { direct: None, ..base() }, Outcome::NotDeterminable, "recognition/transport-not-stated"),
        (Asked { on: "2025-12-31", ..base() }, Outcome::NotDeterminable, "recognition/no-list-row"),
        (Asked { value: Validity::Withdrawn, ..base() }, Outcome::NotRecognised, "recognition/not-valid-on-day"),
    ];
    for (asked, outcome, code) in cases {
        let seen = decide(&asked);
        assert_eq!(seen.outcome, outcome, "{code}");
        assert!(seen.reasons.contains(&code), "{:?}", seen.reasons);
        assert_eq!(seen.part, None, "{code}");
    }

    let mut other_class = certificate.clone();
    other_class.key.number = Some("2024800401226336".into());
    let seen = decide(&Asked { record: Some(&other_class), ..Asked::default() });
    assert_eq!(seen.outcome, Outcome::NotDeterminable);
    assert!(seen.reasons.contains(&"recognition/no-list-row"));

    let mut other_body = certificate.clone();
    other_body.key.issuer.value = "CNCA-R-2099-777".into();
    let seen = decide(&Asked { record: Some(&other_body), ..Asked::default() });
    assert!(seen.reasons.contains(&"recognition/designation-unknown"), "{:?}", seen.reasons);
    other_body.issuer.designations = serde_json::from_value(json!([{
        "by": {"scheme": "register", "value": "CNCA"}, "under": "CN-NZ-EEE/CN-to-NZ", "status": "suspended", "from": "2024-01-01"
    }]))
    .expect("designations");
    let seen = decide(&Asked { record: Some(&other_body), ..Asked::default() });
    assert_eq!(seen.outcome, Outcome::NotRecognised);
    assert!(seen.reasons.contains(&"recognition/body-not-designated"));
}

#[test]
fn a_management_certificate_is_not_what_a_product_law_asks_for() {
    let certificate = management(Some("CNAS"), qms(), "2025-01-01");
    let goods = [GoodsClass { list: "HS", code: "841510" }];
    let seen = decide(&Asked { record: Some(&certificate), importer: "EU", goods: &goods, ..Asked::default() });
    assert_eq!(seen.requirement, Requirement::NotRequired);
    assert!(seen.reasons.contains(&"recognition/management-system-not-product"));
    let mut voluntary = ccc();
    voluntary.kind = Kind::VoluntaryProduct;
    let goods = [GoodsClass { list: "CCC", code: "0703" }];
    let seen = decide(&Asked { record: Some(&voluntary), importer: "CN", goods: &goods, ..Asked::default() });
    assert_eq!(seen.outcome, Outcome::NotApplicable);
    assert!(seen.reasons.contains(&"recognition/kind-not-asked-for"));
}

#[test]
fn negative_rows_refuse_and_parties_without_rows_leave_it_open() {
    let certificate = ccc();
    let us = decide(&Asked { record: Some(&certificate), importer: "US", ..Asked::default() });
    assert_eq!((us.requirement, us.outcome), (Requirement::NotDeterminable, Outcome::NotRecognised));
    assert_eq!(us.arrangement.as_deref(), Some("CN-US-NONE"));
    // The class of the certificate is the same products; a class that the asker states stands in its place.
    let eu = decide(&Asked { record: Some(&certificate), importer: "FR", ..Asked::default() });
    assert_eq!((eu.requirement, eu.outcome), (Requirement::OtherEvidenceRequired, Outcome::NotApplicable));
    let shirts = [GoodsClass { list: "HS", code: "610910" }];
    let eu = decide(&Asked { record: Some(&certificate), importer: "FR", goods: &shirts, ..Asked::default() });
    assert_eq!((eu.requirement, eu.outcome), (Requirement::NotDeterminable, Outcome::NotDeterminable));
    let br = decide(&Asked { record: Some(&certificate), importer: "BR", ..Asked::default() });
    assert_eq!(br.outcome, Outcome::NotDeterminable);
    assert!(br.reasons.contains(&"requirement/no-rows-of-party") && br.reasons.contains(&"recognition/no-arrangement"));
    // Where a notified body is asked for, the negative row speaks.
    let data = with(
        "requirements:\n  - {id: EU-X, importer: EU, list: HS, codes: [\"9018\"], product: {zh: x, en: x}, requires: certificate-required, \
         evidence: {zh: x, en: x}, law: x, owner: EU, confidence: x, source: x}\n",
    );
    let goods = [GoodsClass { list: "HS", code: "901890" }];
    let seen =
        decide_with(&data, &Asked { record: Some(&certificate), importer: "EU", goods: &goods, ..Asked::default() });
    assert_eq!(seen.outcome, Outcome::NotRecognised);
    assert!(seen.reasons.contains(&"eu/no-agreement-with-china"));
}

#[test]
fn exemptions_and_out_of_catalogue_confirmations_answer_the_requirement_while_they_hold() {
    let mut paper = ccc();
    paper.kind = Kind::Exemption;
    paper.products.clear();
    let seen = decide(&Asked { record: Some(&paper), importer: "CN", ..Asked::default() });
    assert_eq!((seen.requirement, seen.outcome), (Requirement::Exempted, Outcome::NotApplicable));
    let seen = decide(&Asked { record: Some(&paper), importer: "CN", value: Validity::Expired, ..Asked::default() });
    assert_eq!(seen.requirement, Requirement::CertificateRequired);
    paper.kind = Kind::OutOfCatalogue;
    let seen = decide(&Asked { record: Some(&paper), importer: "CN", ..Asked::default() });
    assert_eq!((seen.requirement, seen.outcome), (Requirement::NotRequired, Outcome::NotApplicable));
}

#[test]
fn effects_hold_in_the_jurisdiction_of_the_act_and_nowhere_else() {
    let data = Recognition::bundled();
    let bars = |status, act| data.effect("CCC", "CN", status, act).expect("a row").bars();
    for (status, barred) in [
        (Validity::Suspended, [true, true, false]),
        (Validity::Cancelled, [true, true, false]),
        (Validity::Withdrawn, [true, true, true]),
    ] {
        let seen = [Act::Release, Act::Import, Act::Sale].map(|act| bars(status, act));
        assert_eq!(seen, barred, "{status:?}");
    }
    assert!(data.effect("CCC", "CN", Validity::Valid, Act::Import).is_none());
    assert!(data.effect("CCC", "NZ", Validity::Withdrawn, Act::Import).is_none());
}

#[test]
fn the_level_of_assurance_is_computed_from_the_issue_date() {
    let data = Recognition::bundled();
    let on = day("2026-11-20");
    let level = |record: &Record| {
        let level = data.assurance_level(record, on);
        let tree = serde_json::to_value(record).expect("JSON");
        assert_eq!(data.compute("assurance-level", &tree, &Value::Null, on).as_deref(), Some(level));
        assert_eq!(data.compute("something-else", &tree, &Value::Null, on), None);
        level
    };
    assert_eq!(level(&ccc()), "authority-mandate");
    assert_eq!(level(&management(Some("CNAS"), qms(), "2025-01-01")), "authority-globalmra");
    assert_eq!(level(&management(None, qms(), "2025-01-01")), "scheme-cab");
    // Accredited by somebody who had not signed yet.
    assert_eq!(level(&management(Some("CNAS"), qms(), "1998-01-21")), "scheme-cab");
    // The standard is not in any sub-scope.
    let itsm = json!([{"designation": "ISO/IEC 20000-1", "edition": "2018"}]);
    assert_eq!(level(&management(Some("CNAS"), itsm, "2025-01-01")), "scheme-cab");
    let mut peer = ccc();
    peer.kind = Kind::VoluntaryProduct;
    peer.scheme.name = Some(crate::record::LangMap::of("en", "IECEE CB Scheme"));
    assert_eq!(level(&peer), "authority-peer");
    peer.kind = Kind::Exemption;
    peer.scheme.name = None;
    assert_eq!(level(&peer), "no-endorsement");
    assert_eq!(data.assurance_level(&ccc(), day("2024-12-31")), "no-endorsement");
    let mut lapsed = ccc();
    lapsed.issuer.approvals = serde_json::from_value(json!([
        {"scheme": "cnca-approval", "number": "CNCA-R-2099-001", "status": "withdrawn"}
    ]))
    .expect("approvals");
    lapsed.key.issuer.value = "CNCA-R-2099-777".into();
    assert_eq!(level(&lapsed), "scheme-cab");
}

#[test]
fn mistakes_in_the_data_are_told_with_file_and_line() {
    let errors = |extra: &str| -> Vec<String> {
        let mut files = bundled_files();
        files.push(("mine.yaml".into(), extra.into()));
        Recognition::load(files).expect_err("refused").iter().map(ToString::to_string).collect()
    };
    let row = "list_rows:\n  - id: X\n    arrangement: GAC-MRA\n    list: CCC\n    code: \"1\"\n    part: certification\n    owner: NZ\n    confidence: x\n    source: x\n";
    for (text, wanted) in [
        ("requirements: 1\n", "mine.yaml:1:"),
        ("wishes:\n  - {a: b}\n", "mine.yaml:1: no section is called wishes"),
        (
            "designations:\n  - {body: \"a:b\", arrangement: NONE, list: CCC, status: designated, source: x}\n",
            "mine.yaml:2: no arrangement is called NONE",
        ),
        (&row.replace("code: \"1\"", "code: 0703"), "mine.yaml:5: a number here is a code"),
        (&row.replace("    owner: NZ\n", "    owner: NZ\n    colour: red\n"), "mine.yaml:8: unknown field `colour`"),
        (
            &row.replace("    owner: NZ\n", "    owner: NZ\n    from: 2026-02-01\n    until: 2026-01-31\n"),
            "mine.yaml:2: ends on 2026-01-31",
        ),
        (&row.replace("GAC-MRA", "CN-NZ-EEE/NZ-to-CN"), "mine.yaml:2: X belongs to the importing party"),
        (
            &row.replace("GAC-MRA", "CN-NZ-EEE/CN-to-NZ").replace("certification", "management-system"),
            "does not recognise management-system",
        ),
        (
            "arrangements:\n  - {id: IAF-MLA, kind: scheme, name: {zh: x, en: x}, legal_basis: x, confidence: x, source: x}\n",
            "mine.yaml:2: IAF-MLA stands here a second time",
        ),
        (
            "signatories:\n  - {body: X, economies: [X], arrangement: IAF-MLA, main: ISO/IEC 17025, confidence: x, source: x}\n",
            "has no main scope",
        ),
        (
            "effects:\n  - {scheme: X, jurisdiction: CN, status: suspended, act: sale, bars: true, reason: x/none, source: x}\n",
            "the reason x/none has no words",
        ),
        (
            "standards:\n  - {domestic: \"GB 1\", international: \"ISO 1:2000\", degree: idt, confidence: x}\n",
            "names no edition",
        ),
    ] {
        let errors = errors(text);
        assert!(errors.iter().any(|error| error.contains(wanted)), "{wanted}: {errors:?}");
    }
    // A file of the same name stands in place of the bundled one.
    let mut files = bundled_files();
    files.push(("mappings/requirements/eu.yaml".into(), "requirements: []\n".into()));
    let data = Recognition::load(files).expect("sound");
    assert!(data.requirements().iter().all(|row| row.importer != "EU"));
}
