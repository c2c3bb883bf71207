//! Rules on filings of certification rules (认证规则备案): class, domain and item class agree, and one number has one name.
//!
//! A filing is no certificate: it is judged as a [`Scheme`] that holds a rule. Findings stand at fields of the record
//! (`scheme.domain`).

use super::{at, completion, items};
use crate::finding::Finding;
use crate::record::{CertificationClass, Scheme};

/// What is known of rules that were filed before. A register may stand behind it.
pub trait RuleRegister {
    /// The Chinese name of the rule of a number, where one is filed.
    fn name_of(&self, number: &str) -> Option<String>;
}

/// A register in which no rule is filed yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRules;

impl RuleRegister for NoRules {
    fn name_of(&self, _: &str) -> Option<String> {
        None
    }
}

/// Completes a filing: the edition, where the number states it (`CNCA-QMS-01:2025`). Nothing stated is overwritten.
pub fn complete_filing(scheme: &mut Scheme) {
    completion::rule_edition(scheme);
}

/// Checks what must hold within one filing, and between it and the rules that are filed already. That every field is there
/// is the crosswalk's to say.
#[must_use]
pub fn check_filing(scheme: &Scheme, register: &dyn RuleRegister) -> Vec<Finding> {
    let mut findings = Vec::new();
    let item = scheme.item_class.as_deref();
    let well_formed = item.is_none_or(|code| code.len() == 5 && items::is_well_formed(code));
    if let Some(code) = item.filter(|_| !well_formed) {
        findings.push(at("rule/filing-item-class", "scheme.item_class").with("code", code));
    }
    if let Some(class) = scheme.class {
        if let Some(code) = item.filter(|code| well_formed && !code.starts_with(class.code())) {
            findings.push(
                at("rule/filing-item-of-other-class", "scheme.item_class")
                    .with("code", code)
                    .with("class", class.code()),
            );
        }
        let expected = domains(class, item.unwrap_or_default());
        if let Some(domain) = &scheme.domain
            && !expected.iter().any(|head| domain.starts_with(head))
        {
            findings.push(
                at("rule/filing-domain", "scheme.domain")
                    .with("domain", domain)
                    .with("class", class.code())
                    .with("expected", expected.join(", ")),
            );
        }
    }
    if let Some(rule) = &scheme.rule
        && let (Some(number), Some(name)) = (&rule.number, rule.name.as_ref().and_then(|name| name.text("zh")))
        && let Some(known) = register.name_of(number).filter(|known| known != name)
    {
        findings.push(
            at("rule/filing-number-with-two-names", "scheme.rule.number")
                .with("number", number)
                .with("known", known)
                .with("name", name),
        );
    }
    findings
}

/// What the domain begins with. Among products the item class decides: B03 food and agriculture, B04 and B05 voluntary
/// industrial products; for another one, either will do.
pub(super) fn domains(class: CertificationClass, item: &str) -> &'static [&'static str] {
    match (class, item.get(..3)) {
        (CertificationClass::A, _) => &["A"],
        (CertificationClass::C, _) => &["SC"],
        (CertificationClass::B, Some("B03")) => &["B03"],
        (CertificationClass::B, Some("B04" | "B05")) => &["PV"],
        (CertificationClass::B, _) => &["PV", "B"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{LangMap, Rule};

    fn filing(class: CertificationClass, domain: &str, item: &str) -> Scheme {
        let rule = Rule {
            number: Some("SLRZ-QMS-01:2026".to_owned()),
            name: Some(LangMap::of("zh", "质量管理体系认证实施规则")),
            ..Rule::default()
        };
        Scheme {
            class: Some(class),
            domain: Some(domain.to_owned()),
            item_class: Some(item.to_owned()),
            rule: Some(rule),
            ..Scheme::default()
        }
    }

    fn codes(scheme: &Scheme, register: &dyn RuleRegister) -> Vec<String> {
        check_filing(scheme, register).iter().map(|one| format!("{} {}", one.code(), one.place())).collect()
    }

    #[test]
    fn class_domain_and_item_class_agree() {
        use CertificationClass::{A, B, C};
        for (class, domain, item) in [
            (A, "A01", "A0101"),
            (B, "PV05", "B0405"),
            (B, "PV19", "B0519"),
            (B, "B03", "B0301"),
            (B, "PV01", "B0201"),
            (C, "SC07", "C0207"),
        ] {
            assert_eq!(codes(&filing(class, domain, item), &NoRules), [""; 0], "{domain} {item}");
        }
        for (class, domain, item) in
            [(A, "PV01", "A0101"), (B, "PV03", "B0301"), (B, "B03", "B0405"), (C, "A07", "C0207"), (B, "SC01", "B0201")]
        {
            let found = codes(&filing(class, domain, item), &NoRules);
            assert_eq!(found, ["rule/filing-domain scheme.domain"], "{domain} {item}");
        }
        assert_eq!(codes(&filing(A, "A01", "B0405"), &NoRules), ["rule/filing-item-of-other-class scheme.item_class"]);
    }

    #[test]
    fn an_item_class_has_five_characters() {
        for item in ["B040501", "B04", "B04O5", "b0405", ""] {
            let found = codes(&filing(CertificationClass::B, "PV05", item), &NoRules);
            assert_eq!(found, ["rule/filing-item-class scheme.item_class"], "{item}");
        }
    }

    #[test]
    fn a_number_has_one_name() {
        struct Known(&'static str);
        impl RuleRegister for Known {
            fn name_of(&self, number: &str) -> Option<String> {
                (number == "SLRZ-QMS-01:2026").then(|| self.0.to_owned())
            }
        }
        let scheme = filing(CertificationClass::A, "A01", "A0101");
        assert_eq!(codes(&scheme, &Known("质量管理体系认证实施规则")), [""; 0], "filed again");
        assert_eq!(codes(&scheme, &Known("另一规则")), ["rule/filing-number-with-two-names scheme.rule.number"]);
    }

    #[test]
    fn the_edition_is_read_from_the_number_where_it_ends_in_a_year() {
        for (number, edition) in [("CNCA-QMS-01:2025", Some("2025")), ("YBZX-EnMS-01", None), ("X:1", None)] {
            let mut scheme = filing(CertificationClass::A, "A01", "A0101");
            scheme.rule.as_mut().expect("a rule").number = Some(number.to_owned());
            complete_filing(&mut scheme);
            assert_eq!(scheme.rule.and_then(|rule| rule.edition).as_deref(), edition, "{number}");
        }
    }
}
