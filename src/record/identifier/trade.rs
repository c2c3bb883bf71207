//! Customs: economic operators and tariff numbers. None has a check digit.

use super::judgement::Judgement;

/// Customs territories that give EORI numbers: the European Union, Great Britain, Northern Ireland.
const EORI_COUNTRIES: &str =
    "AT BE BG CY CZ DE DK EE EL ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI";

pub(super) fn eori_country(code: &str) -> bool {
    EORI_COUNTRIES.split(' ').any(|known| known == code)
}

/// Two letters and up to 15 characters.
pub(super) fn eori(value: &str, judgement: &mut Judgement) {
    let holds = value.is_ascii()
        && (3..=17).contains(&value.len())
        && eori_country(&value[..2])
        && value.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if holds {
        judgement.part("country", &value[..2]);
        judgement.part("number", &value[2..]);
    } else {
        judgement.form("CC + 1…15");
    }
}

/// `AEOCN` and the ten digits of the customs registration.
pub(super) fn aeo_china(value: &str, judgement: &mut Judgement) {
    match value.strip_prefix("AEOCN") {
        Some(code) if code.len() == 10 && code.bytes().all(|b| b.is_ascii_digit()) => {
            judgement.part("customs-registration", code);
        }
        _ => judgement.form("AEOCN + 10"),
    }
}

/// The Harmonised System has chapters 01 to 97; 77 is reserved. Countries add digits behind the sixth.
pub(super) fn tariff(value: &str, length: usize, judgement: &mut Judgement) {
    if !judgement.has_length(length) || !judgement.characters(|_, c| c.is_ascii_digit()) {
        return;
    }
    if !value[..2].parse::<u8>().is_ok_and(|chapter| (1..=97).contains(&chapter) && chapter != 77) {
        judgement.form("HS 01…97");
        return;
    }
    judgement.part("chapter", &value[..2]);
    judgement.part("heading", &value[..4]);
    judgement.part("subheading", &value[..6]);
    if length > 6 {
        judgement.part("national", &value[6..10]);
    }
    if length > 10 {
        judgement.part("inspection", &value[10..]);
    }
}
