//! Numbers of certificates: compulsory product certificates, self-declarations, management system certificates.

use std::sync::LazyLock;

use regex::Regex;

use super::judgement::Judgement;
use super::{IdentifierKind, at_whole};

/// The year in which compulsory product certification began (2002-05-01).
const FIRST_YEAR: u16 = 2002;
/// Four-digit years beyond this are slips of the finger.
const LAST_YEAR: u16 = 2099;

/// Product classes of the CCC catalogue as far as they are published (class and subclass).
const CLASSES: &str = "0101 0104 0105 0201 0202 0204 0205 0206 0207 0301 0302 0303 0304 0305 0306 0307 0308 0309 0401 \
    0501 0503 0506 0603 0604 0605 0607 0701 0702 0703 0704 0705 0706 0707 0708 0709 0710 0711 0712 0713 0714 0715 0716 \
    0717 0718 0719 0805 0807 0808 0812 0901 0902 0903 0904 0905 0906 0907 0911 0914 0915 1001 1002 1101 1102 1104 1105 \
    1109 1110 1114 1115 1116 1117 1118 1119 1120 1201 1202 1301 1302 1401 1402 1606 1608 1609 1801 1810 1901 1902 2101 \
    2102 2201 2202 2207 2301 2302 2303 2304 2305 2306 2307 2308 2309 2310 2311 2312 2313 2314 2315 2316 2317 2401 2402 \
    2403";

static MANAGEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?<body>\d{3})(?<year>\d{2})(?<system>[A-Z]{1,6})(?<sequence>\d{3,6})R(?<cycle>\d{1,2})(?<size>[SML])(?:/(?<branch>[0-9A-Z-]+))?$",
    )
    .ok()
});

/// True for the 16-digit form whose fifth and sixth digits mark a self-declaration.
pub(super) fn is_self_declaration(value: &str) -> bool {
    value.len() == 16 && matches!(value.get(4..6), Some("97" | "98" | "99"))
}

/// 16 digits: year, body, class, subclass, sequence. There is no check digit: only a look-up proves the number.
pub(super) fn ccc(value: &str, judgement: &mut Judgement) {
    sixteen(value, "body", judgement);
}

pub(super) fn self_declaration(value: &str, judgement: &mut Judgement) {
    sixteen(value, "procedure", judgement);
    if !judgement.refused() && !is_self_declaration(value) {
        judgement.form("YYYY 97|98|99 CCCC NNNNNN");
    }
}

fn sixteen(value: &str, second: &'static str, judgement: &mut Judgement) {
    let digits = judgement.characters(|_, c| c.is_ascii_digit());
    if !judgement.has_length(16) || !digits {
        return;
    }
    let year = &value[..4];
    let class = &value[6..10];
    judgement.part("year", year);
    judgement.part(second, &value[4..6]);
    judgement.part("class", &value[6..8]);
    judgement.part("subclass", &value[8..10]);
    judgement.part("sequence", &value[10..]);
    if !year.parse::<u16>().is_ok_and(|year| (FIRST_YEAR..=LAST_YEAR).contains(&year)) {
        judgement.add(at_whole("identifier/ccc-year", IdentifierKind::CccCertificate).with("year", year));
    }
    if !CLASSES.split(' ').any(|known| known == class) {
        judgement.add(at_whole("identifier/ccc-class", IdentifierKind::CccCertificate).with("class", class));
    }
}

/// Bodies number freely: the common convention is taken apart, any other number of upper-case letters, digits and
/// `/`, `-`, `.` is accepted whole. Blanks and lower case are forbidden by the reporting rules.
pub(super) fn management(value: &str, judgement: &mut Judgement) {
    let placed = |_, c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '/' | '-' | '.' | '(' | ')');
    if !judgement.characters(placed) {
        return;
    }
    if value.len() < 6 {
        judgement.form("BBBYYXNNNNNRnS");
        return;
    }
    if let Some(found) = MANAGEMENT.as_ref().and_then(|form| form.captures(value)) {
        for name in ["body", "year", "system", "sequence", "cycle", "size", "branch"] {
            if let Some(part) = found.name(name) {
                judgement.part(name, part.as_str());
            }
        }
    }
}
