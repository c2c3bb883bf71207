//! Numbers that Chinese authorities give to bodies and persons. None has a check digit.

use std::sync::LazyLock;

use regex::Regex;

use super::judgement::Judgement;

static APPROVAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^CNCA-(?<kind>RF?)-(?<year>\d{4})-(?<sequence>\d{2,4})$").ok());
static CNAS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^CNAS (?:(?<field>C)(?<body>\d{3})-(?<sort>[A-Z]+)|(?<kind>L|IB|MT|PT|RM|TM)(?<sequence>\d{4,5}))$")
        .ok()
});
static CCAA: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?<year>20\d{2})-(?<level>[NM]\d)(?<domain>[A-Z]{2,8})-(?<sequence>\d{5,8})$").ok());

fn parts(form: Option<&Regex>, value: &str, names: &[&'static str], shown: &'static str, judgement: &mut Judgement) {
    match form.and_then(|form| form.captures(value)) {
        Some(found) => {
            for name in names {
                if let Some(part) = found.name(name) {
                    judgement.part(name, part.as_str());
                }
            }
        }
        None => judgement.form(shown),
    }
}

/// `CNCA-R-YYYY-NNN`, or `CNCA-RF-YYYY-NN` for bodies with foreign investment.
pub(super) fn cnca_approval(value: &str, judgement: &mut Judgement) {
    parts(APPROVAL.as_ref(), value, &["kind", "year", "sequence"], "CNCA-R-YYYY-NNN", judgement);
}

/// `CNAS C001-M` for certification bodies, `CNAS L0001` for laboratories, `CNAS IB0001` for inspection bodies …
pub(super) fn cnas(value: &str, judgement: &mut Judgement) {
    parts(CNAS.as_ref(), value, &["field", "body", "sort", "kind", "sequence"], "CNAS C001-M, CNAS L0001", judgement);
}

/// Registration numbers of auditors. Sources contradict each other on the form: the record keeps them opaque.
pub(super) fn ccaa(value: &str, judgement: &mut Judgement) {
    parts(CCAA.as_ref(), value, &["year", "level", "domain", "sequence"], "YYYY-N1QMS-NNNNNNN", judgement);
}
