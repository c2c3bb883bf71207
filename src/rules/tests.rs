use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::testing::{compulsory_product, management_system, record};
use crate::record::{AuditActivity, Identifier, LangMap, ProductList, SectorList};
use crate::testing::shared;

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// Findings that weigh as warning or error, as `severity code place`.
fn said(record: &Record) -> Vec<String> {
    let context = RuleContext::on(day("2026-11-20"));
    check(record, &context)
        .iter()
        .filter(|finding| finding.severity() >= crate::finding::Severity::Warning)
        .map(|finding| format!("{} {} {}", finding.severity(), finding.code(), finding.place()))
        .collect()
}

fn says(record: &Record, expected: &str) {
    assert_eq!(said(record), [expected]);
}

#[test]
fn clean_certificates_have_no_findings() {
    assert_eq!(said(&management_system()), [""; 0]);
    assert_eq!(said(&compulsory_product()), [""; 0]);
}

#[test]
fn a_wrong_social_credit_code_is_an_error_and_a_wrong_inner_code_a_warning() {
    let mut record = management_system();
    record.holder.id = Some(Identifier::new("uscc", "91350100M000100Y44"));
    says(&record, "error identifier/check-digit holder.id");
    record.holder.id = Some(Identifier::new("unstated", "91350100M0O0100Y43"));
    says(&record, "error identifier/character holder.id");
    record.holder.id = Some(Identifier::new("uscc", "91420000757013136L"));
    says(&record, "warning identifier/inner-organisation-code holder.id");
    record.holder.id = Some(Identifier::new("cn-org", "757013137"));
    assert_eq!(said(&record), [""; 0]);
    record.holder.id = Some(Identifier::new("unstated", "12345678-000-01-24-7"));
    record.holder.country = Some("HK".into());
    assert_eq!(said(&record), [""; 0]);
}

#[test]
fn the_key_must_be_complete() {
    let mut record = management_system();
    record.key.number = None;
    says(&record, "error rule/number-missing key.number");
    let mut record = management_system();
    record.key.issuer.value = "CNCA-R-2098".into();
    says(&record, "error identifier/form key.issuer");
    record.key.issuer.value = String::new();
    says(&record, "error rule/issuer-missing key.issuer");
    let mut record = management_system();
    record.holder.name = LangMap::default();
    says(&record, "error rule/holder-name-missing holder.name");
}

#[test]
fn a_compulsory_product_number_has_sixteen_digits() {
    let mut record = compulsory_product();
    record.key.number = Some("201781010O671176".into());
    says(&record, "error identifier/character key.number");
    let notes = check(&record, &RuleContext::on(day("2026-11-20")));
    let candidate = notes.iter().find(|finding| finding.code() == "identifier/confusable").expect("a candidate");
    assert_eq!((candidate.value("position"), candidate.value("read")), (Some("10"), Some("0")));
    record.key.number = Some("202381071869666".into());
    says(&record, "error identifier/length key.number");
    record.key.number = Some("2020970307648165".into());
    assert_eq!(said(&record), [""; 0]);
    record.key.issuer = Identifier::new("nb", "0123");
    record.key.number = Some("A-1".into());
    assert_eq!(said(&record), [""; 0], "another country numbers otherwise");
}

#[test]
fn expiry_before_issue_is_an_error() {
    let mut record = management_system();
    record.dates.valid_until = Some(day("2026-10-02"));
    assert_eq!(said(&record)[0], "error rule/expiry-before-issue dates.valid_until");
}

#[test]
fn a_status_that_the_dates_contradict_is_a_warning() {
    let mut record = management_system();
    record.dates.valid_until = Some(day("2026-11-19"));
    says(&record, "warning rule/expired-but-valid status.history[0].status");
    record.dates.valid_until = Some(day("2026-11-20"));
    assert_eq!(said(&record), [""; 0], "the last day is included");
    record.status = serde_json::from_value(json!({"history": [{"claimed": "expired"}]})).expect("a status");
    says(&record, "warning rule/expired-too-early status.history[0].claimed");
    record.dates.valid_until = Some(day("2026-11-19"));
    assert_eq!(said(&record), [""; 0]);
}

#[test]
fn an_act_must_state_what_the_report_asks_for() {
    let mut record = management_system();
    record.status =
        serde_json::from_value(json!({"history": [{"status": "suspended", "until": "2027-01-11"}]})).expect("a status");
    says(&record, "warning rule/suspended-without-start status.history[0].from");
    record.status =
        serde_json::from_value(json!({"history": [{"status": "withdrawn", "from": "2026-10-21"}]})).expect("a status");
    says(&record, "warning rule/withdrawn-without-reason status.history[0].reason.code");
    record.status = serde_json::from_value(
        json!({"history": [{"status": "withdrawn", "from": "2026-10-21", "reason": {"code": "01"}}]}),
    )
    .expect("a status");
    assert_eq!(said(&record), [""; 0]);
    let mut product = compulsory_product();
    product.status = serde_json::from_value(json!({"history": [{"status": "withdrawn"}]})).expect("a status");
    assert_eq!(said(&product), [""; 0], "the data of product certificates have no place for a reason");
}

#[test]
fn a_suspension_past_its_end_wants_an_act() {
    let mut record = management_system();
    record.status = serde_json::from_value(
        json!({"history": [{"status": "suspended", "from": "2026-10-10", "until": "2026-11-19"}]}),
    )
    .expect("a status");
    says(&record, "warning rule/suspension-overrun status.history[0].until");
    record.status.history[0].until = Some(day("2026-10-01"));
    assert_eq!(said(&record)[0], "warning rule/suspension-ends-before-start status.history[0].until");
}

#[test]
fn several_sites_must_be_listed() {
    let mut record = management_system();
    record.multi_site = Some(true);
    says(&record, "warning rule/multi-site-without-sites sites");
}

#[test]
fn item_codes_are_told_apart_as_malformed_and_unknown() {
    let mut record = management_system();
    for (code, expected) in [
        ("QMS", "error rule/item-code-malformed scheme.item_code"),
        ("A01010", "error rule/item-code-malformed scheme.item_code"),
        ("a0101", "error rule/item-code-malformed scheme.item_code"),
        ("A9901", "warning rule/item-code-unknown scheme.item_code"),
    ] {
        record.scheme.item_code = Some(code.into());
        says(&record, expected);
    }
    for code in [
        "A0101", "A010101", "A010201", "A0201", "A020101", "A0301", "A0401", "A0402", "A0501", "A0601", "A090102",
        "B0101", "B0301", "B0405", "C0207",
    ] {
        record.scheme.item_code = Some(code.into());
        assert_eq!(said(&record), [""; 0], "{code}");
    }
}

#[test]
fn a_reported_certificate_has_audit_rows_unless_only_data_changed() {
    let mut record = management_system();
    record.process.retain(|event| event.r#type != ProcessType::AuditStage);
    says(&record, "warning rule/audit-rows-missing key.number");
    assert_eq!(check(&record, &RuleContext::on(day("2026-11-20")).without_audit_rows()), []);
    record.process[0].activity = Some(AuditActivity::Change);
    assert_eq!(said(&record), [""; 0]);
    record.process.clear();
    assert_eq!(said(&record), [""; 0], "the list of a platform has no process at all");
}

#[test]
fn a_stage_lies_within_the_audit() {
    let mut record = management_system();
    record.process[2].until = Some(day("2026-09-27"));
    says(&record, "warning rule/audit-dates-outside process[2].until");
    let mut record = management_system();
    record.process[1].from = Some(day("2026-08-01"));
    says(&record, "warning rule/audit-dates-outside process[1].from");
}

#[test]
fn audit_decision_and_issue_follow_each_other_at_the_first_certification() {
    let mut record = management_system();
    record.process[3].from = Some(day("2026-09-05"));
    says(&record, "warning rule/decision-before-audit process[3].from");
    record.process[3].from = Some(day("2026-10-09"));
    says(&record, "warning rule/issue-before-decision dates.issued");
    record.process[0].activity = Some(AuditActivity::Surveillance);
    assert_eq!(said(&record), [""; 0], "surveillance comes after the issue");
}

#[test]
fn a_compulsory_product_has_models() {
    let mut record = compulsory_product();
    record.products[0].models_text = None;
    says(&record, "warning rule/models-missing products[0].models_text");
    record.products.clear();
    says(&record, "warning rule/models-missing products");
}

#[test]
fn completing_reads_texts_codes_and_numbers() {
    let mut system = management_system();
    system.scheme.rule = Some(serde_json::from_value(json!({"number": "CNCA-QMS-01:2025"})).expect("a rule"));
    complete(&mut system);
    assert_eq!(system.standards[0].designation, "GB/T 19001");
    assert_eq!(system.standards[0].equivalents[0].designation, "ISO 9001");
    let iaf: Vec<&str> = system
        .sectors
        .iter()
        .filter(|sector| sector.list == SectorList::Iaf)
        .map(|sector| sector.code.as_str())
        .collect();
    assert_eq!(iaf, ["12"]);
    assert_eq!(system.scheme.rule.and_then(|rule| rule.edition).as_deref(), Some("2025"));

    let mut product = compulsory_product();
    complete(&mut product);
    let codes = &product.products[0].category_codes;
    assert_eq!((codes[0].list, codes[0].code.as_str()), (ProductList::CccCatalogue, "0703"));
    let patterns: Vec<&str> = product.products[0].models.iter().map(|model| model.pattern.as_str()).collect();
    assert_eq!(patterns, ["KC-2000W Pro", "KFRd-350A(A1)", "KFR-10NA", "KFR-65?"]);
}

#[test]
fn a_changed_text_replaces_what_was_read_from_it_and_leaves_what_a_sender_listed() {
    let mut record = management_system();
    complete(&mut record);
    record.standards_text = Some("GB/T 24001-2016".into());
    record
        .standards
        .push(serde_json::from_value(json!({"designation": "ISO 14001", "edition": "2015"})).expect("a standard"));
    complete(&mut record);
    let designations: Vec<&str> = record.standards.iter().map(|standard| standard.designation.as_str()).collect();
    assert_eq!(designations, ["GB/T 24001", "ISO 14001"]);
}

#[test]
fn a_foreign_record_takes_standards_products_and_factories_from_its_assessments() {
    let mut foreign = management_system();
    foreign.standards_text = None;
    foreign.claims = serde_json::from_value(json!({"assessments": [{
        "id": "urn:a:1",
        "standards": [{"id": "https://iso.example/9001", "name": "ISO 9001:2015"}],
        "products": [{"product": {"id": "urn:p:1", "name": "Kettle", "modelNumber": "K-1"}}],
        "facilities": [{"id": "urn:f:1", "name": "Works", "registered_id": "F1"}]
    }]}))
    .expect("claims");
    complete(&mut foreign);
    assert_eq!(
        (foreign.standards[0].designation.as_str(), foreign.standards[0].edition.as_deref()),
        ("ISO 9001", Some("2015"))
    );
    assert_eq!(foreign.products[0].models[0].pattern, "K-1");
    assert_eq!(foreign.products[0].name, Some(LangMap::of("en", "Kettle")));
    assert_eq!(foreign.factories[0].code.as_deref(), Some("F1"));
}

/// The certificates of the test data, read by hand with the few fields that the rules look at, against the defects
/// that were planted in them. Defects of spelling are found where documents are read.
#[test]
fn the_defects_of_the_test_data_are_found_and_no_others() {
    let paths = shared("data/open/ccc-certificates.json").zip(shared("data/open/ccc-certificates.expected.csv"));
    let Some((certificates, expected)) = paths else { return };
    let certificates: Vec<serde_json::Value> =
        serde_json::from_slice(&std::fs::read(certificates).expect("certificates")).expect("JSON");
    let mut found = Vec::new();
    for (index, certificate) in certificates.iter().enumerate() {
        let text = |name: &str| certificate[name].as_str().unwrap_or_default().trim();
        let date = |name: &str| {
            let text = text(name);
            if text.len() == 8 { format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]) } else { text.to_owned() }
        };
        let party = |name: &str| {
            let party = &certificate[name];
            let mut read = json!({"name": {"zh": party["名称"]}});
            if party["国别地区"] == "中国" {
                read["country"] = json!("CN");
            }
            if let Some(code) = party["统一社会信用代码"].as_str().filter(|code| !matches!(*code, "" | "/")) {
                read["id"] = json!({"scheme": "uscc", "value": code});
            }
            read
        };
        let status = match text("证书状态") {
            "有效" => json!({"status": "valid"}),
            "暂停" => json!({"status": "suspended"}),
            "撤销" => json!({"status": "withdrawn"}),
            "注销" => json!({"status": "cancelled"}),
            _ => json!({"claimed": "expired"}),
        };
        let mut product = json!({"role": "main", "name": {"zh": text("产品名称及单元(主)")}});
        if !text("规格型号").is_empty() {
            product["models_text"] = json!(text("规格型号"));
        }
        let mut record = record(json!({
            "key": {"form": "number", "issuer": {"scheme": "cnca-approval", "value": text("发证机构批准号")}, "number": text("证书编号")},
            "kind": "compulsory-product", "issuer": {}, "holder": party("认证委托人"), "manufacturer": party("生产者"),
            "factories": [party("生产企业")], "standards_text": text("认证依据的标准和技术要求"), "products": [product],
            "dates": {"first_issued": date("初次获证日期"), "issued": date("颁证日期"), "valid_until": date("证书到期日期"), "zone": "+08:00"},
            "status": {"history": [status]}
        }));
        complete(&mut record);
        found.extend(
            said(&record).into_iter().map(|said| format!("{index} {}", said.split(' ').next().unwrap_or_default())),
        );
    }
    let planted: Vec<String> = csv::Reader::from_path(expected)
        .expect("expected")
        .records()
        .map(|row| row.expect("row"))
        .filter(|row| &row[4] != "normalised")
        .map(|row| format!("{} {}", &row[0], &row[4]))
        .collect();
    assert_eq!(found, planted);
}

#[test]
fn the_kind_follows_from_the_item_code() {
    for (code, kind) in [
        ("A010101", Some("management-system")),
        ("B0101", Some("compulsory-product")),
        ("B0301", Some("food-agriculture")),
        ("B0405", Some("voluntary-product")),
        ("C0207", Some("service")),
        ("QMS", None),
    ] {
        let mut tree = json!({"scheme": {"item_code": code}});
        complete_tree(&mut tree);
        assert_eq!(tree.get("kind").and_then(|kind| kind.as_str()), kind, "{code}");
    }
    let mut tree = json!({"kind": "service", "scheme": {"item_code": "A0101"}});
    complete_tree(&mut tree);
    assert_eq!(tree["kind"], "service");
}

proptest! {
    #[test]
    fn completing_twice_changes_nothing_more(
        criteria in "[A-Z0-9/ .:；、和idt（）-]{0,60}", models in "[A-Z0-9 ,、，；：:□（）x=\n后缀系列-]{0,80}",
        scopes in prop::collection::vec("[0-4][0-9]\\.[0-9]{2}\\.[0-9]{2}|[0-9]\\.[0-9]", 0..4)
    ) {
        let mut once = compulsory_product();
        once.standards_text = Some(criteria);
        once.products[0].models_text = Some(models);
        once.sectors = scopes
            .iter()
            .map(|code| serde_json::from_value(json!({"list": "cnca-scope", "code": code})).expect("a sector"))
            .collect();
        complete(&mut once);
        let mut twice = once.clone();
        complete(&mut twice);
        prop_assert_eq!(&once, &twice);
        let written = serde_json::to_value(&once).expect("written");
        prop_assert_eq!(record(written), once);
    }

    #[test]
    fn no_text_whatever_brings_the_readers_down(text in "\\PC{0,200}") {
        let _ = read_models(&text);
        let _ = read_standards(&text);
    }
}
