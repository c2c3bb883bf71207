//! Chinese registration numbers with check characters: the unified social credit code, the organisation code inside
//! it, and the resident identity number (which is recognised only to be kept in).

use super::judgement::Judgement;
use super::{IdentifierKind, at_whole};

/// The 31 characters of GB 32100-2015 in the order of their values: no I, O, S, V, Z.
const USCC_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of GB 11714-1997.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Weights of GB 11643-1999.
const RESIDENT_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

fn uscc_value(character: char) -> Option<u32> {
    USCC_ALPHABET.chars().zip(0..).find(|(c, _)| *c == character).map(|(_, value)| value)
}

/// The check character that follows 17 characters (GB 32100-2015, weights 3^(i-1) mod 31).
pub(super) fn uscc_check(body: &str) -> Option<char> {
    let mut weight = 1;
    let mut sum = 0;
    for character in body.chars() {
        sum += uscc_value(character)? * weight;
        weight = weight * 3 % 31;
    }
    // The formula as printed gives 31 for a remainder of 0: taken modulo 31 once more.
    USCC_ALPHABET.chars().nth(((31 - sum % 31) % 31) as usize)
}

/// The check character that follows 8 characters (GB 11714-1997: A is 10, Z is 35).
pub(super) fn organisation_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in body.chars().zip(ORGANISATION_WEIGHTS) {
        sum += character.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

pub(super) fn uscc(value: &str, judgement: &mut Judgement) {
    let placed = |position: usize, c: char| match position {
        2..=7 => c.is_ascii_digit(),
        _ => uscc_value(c).is_some(),
    };
    if !judgement.has_length(18) || !judgement.characters(placed) {
        return;
    }
    // Every character is ASCII from here on.
    let (body, written) = value.split_at(17);
    let organisation = &value[8..17];
    judgement.part("registration-authority", &value[..1]);
    judgement.part("type", &value[1..2]);
    judgement.part("division", &value[2..8]);
    judgement.part("organisation-code", organisation);
    judgement.part("check", written);
    if let Some(expected) = uscc_check(body) {
        judgement.check(written, expected.encode_utf8(&mut [0; 4]));
    }
    let (inner, inner_check) = organisation.split_at(8);
    if let Some(expected) = organisation_check(inner)
        && !inner_check.starts_with(expected)
    {
        // The outer check is the normative one: the inner one warns.
        judgement.add(
            at_whole("identifier/inner-organisation-code", IdentifierKind::OrganisationCode)
                .with("value", organisation)
                .with("expected", expected),
        );
    }
}

pub(super) fn organisation_code(value: &str, judgement: &mut Judgement) {
    let placed = |position: usize, c: char| match position {
        8 => c.is_ascii_digit() || c == 'X',
        _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
    };
    if !judgement.has_length(9) || !judgement.characters(placed) {
        return;
    }
    let (body, written) = value.split_at(8);
    judgement.part("body", body);
    judgement.part("check", written);
    if let Some(expected) = organisation_check(body) {
        judgement.check(written, expected.encode_utf8(&mut [0; 4]));
    }
}

pub(super) fn resident_id(value: &str, judgement: &mut Judgement) {
    let placed = |position: usize, c: char| c.is_ascii_digit() || position == 17 && c == 'X';
    if !judgement.has_length(18) || !judgement.characters(placed) {
        return;
    }
    let (body, written) = value.split_at(17);
    let sum: u32 = body.chars().zip(RESIDENT_WEIGHTS).filter_map(|(c, weight)| Some(c.to_digit(10)? * weight)).sum();
    let expected = "10X98765432".chars().nth((sum % 11) as usize).unwrap_or('0');
    // No parts and no value in the finding: what it says of a person goes nowhere.
    if !written.starts_with(expected) {
        judgement.add(at_whole("identifier/resident-check", IdentifierKind::ResidentId));
    }
}
