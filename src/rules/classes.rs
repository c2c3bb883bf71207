//! Rules on how codes agree: class, domain and item; scope codes; the category in a number and its rule.

use std::sync::LazyLock;

use regex::Regex;

use super::calendar::parameter;
use super::filing::domains;
use super::{at, is_domestic, items};
use crate::finding::Finding;
use crate::record::{Kind, Record, SectorList};

static SCOPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"\A(?:{})\z", parameter("rule/scope-code-malformed", "pattern"))).ok());
static RULE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(parameter("rule/ccc-number-of-other-rule", "rule")).ok());

pub(super) fn check(record: &Record, findings: &mut Vec<Finding>) {
    let scheme = &record.scheme;
    if let Some(class) = scheme.class {
        let item = scheme.item_code.as_deref().filter(|code| items::is_well_formed(code));
        if let Some(code) = item.filter(|code| !code.starts_with(class.code())) {
            let finding = at("rule/item-code-of-other-class", "scheme.item_code");
            findings.push(finding.with("code", code).with("class", class.code()));
        }
        let expected = domains(class, item.unwrap_or_default());
        if let Some(domain) = &scheme.domain
            && !expected.iter().any(|head| domain.starts_with(head))
        {
            findings.push(
                at("rule/domain-of-other-class", "scheme.domain")
                    .with("domain", domain)
                    .with("class", class.code())
                    .with("expected", expected.join(", ")),
            );
        }
    }
    // Other items have categories of their own: food chains, information security.
    let item = scheme.item_code.as_deref().unwrap_or_default();
    let by_iaf = parameter("rule/scope-code-malformed", "items").split(' ').any(|head| item.starts_with(head));
    for (index, sector) in record.sectors.iter().enumerate().filter(|(_, one)| one.list == SectorList::CncaScope) {
        if by_iaf && SCOPE.as_ref().is_some_and(|form| !form.is_match(&sector.code)) {
            findings.push(at("rule/scope-code-malformed", format!("sectors[{index}].code")).with("code", &sector.code));
        }
    }
    if record.main_certificate.as_ref().is_some_and(|main| main.number.as_deref().is_none_or(str::is_empty)) {
        findings.push(at("rule/sub-certificate-without-main", "main_certificate.number"));
    }
    category(record, findings);
}

/// Positions 7 and 8 of a number of 16 digits are the category; the rule names it too.
fn category(record: &Record, findings: &mut Vec<Finding>) {
    if record.kind != Kind::CompulsoryProduct || !is_domestic(record) {
        return;
    }
    let number =
        record.key.number.as_deref().filter(|number| number.len() == 16 && number.bytes().all(|b| b.is_ascii_digit()));
    let rule = record.scheme.rule.as_ref().and_then(|rule| rule.number.as_deref());
    let (Some(category), Some(rule)) = (number.and_then(|number| number.get(6..8)), rule) else { return };
    let of_rule = RULE.as_ref().and_then(|form| form.captures(rule)).and_then(|found| found.get(1));
    if of_rule.is_some_and(|of_rule| of_rule.as_str() != category) {
        let finding = at("rule/ccc-number-of-other-rule", "scheme.rule.number");
        findings.push(finding.with("category", category).with("rule", rule));
    }
}
