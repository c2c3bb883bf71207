//! Identifiers used the world over: GS1 numbers, the LEI, URIs and DIDs.

use super::judgement::Judgement;
use crate::finding::{Finding, Place};

/// The check digit that follows the digits (GS1 General Specifications 7.9: weights 3 and 1 from the right).
pub(super) fn gs1_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (position, character) in body.chars().rev().enumerate() {
        sum += character.to_digit(10)? * if position % 2 == 0 { 3 } else { 1 };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

pub(super) fn gs1(value: &str, length: usize, judgement: &mut Judgement) {
    if !judgement.has_length(length) || !judgement.characters(|_, c| c.is_ascii_digit()) {
        return;
    }
    let (body, written) = value.split_at(length - 1);
    judgement.part("body", body);
    judgement.part("check", written);
    if let Some(expected) = gs1_check(body) {
        judgement.check(written, expected.encode_utf8(&mut [0; 4]));
    }
}

/// The remainder modulo 97 of the text read as a number, letters as 10 to 35 (ISO/IEC 7064, MOD 97-10).
fn remainder_97(text: &str) -> Option<u32> {
    let mut remainder = 0;
    for character in text.chars() {
        let value = character.to_digit(36)?;
        remainder = if value < 10 { remainder * 10 + value } else { remainder * 100 + value } % 97;
    }
    Some(remainder)
}

/// The two check digits that follow 18 characters (ISO 17442).
pub(super) fn lei_check(body: &str) -> Option<String> {
    remainder_97(&format!("{body}00")).map(|remainder| format!("{:02}", 98 - remainder))
}

pub(super) fn lei(value: &str, judgement: &mut Judgement) {
    let placed = |position: usize, c: char| c.is_ascii_digit() || position < 18 && c.is_ascii_uppercase();
    if !judgement.has_length(20) || !judgement.characters(placed) {
        return;
    }
    let (body, written) = value.split_at(18);
    judgement.part("issuer", &value[..4]);
    judgement.part("entity", &value[4..18]);
    judgement.part("check", written);
    if let Some(expected) = lei_check(body) {
        judgement.check(written, &expected);
    }
}

/// A URI: a scheme, a colon, something after it, and nothing that RFC 3986 forbids to stand unescaped.
pub(super) fn uri(value: &str) -> Vec<Finding> {
    let scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let plain = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
    };
    match value.split_once(':') {
        Some((name, rest)) if scheme(name) && !rest.is_empty() && rest.chars().all(plain) => Vec::new(),
        _ => vec![Finding::new("identifier/uri", Place::Whole).with("value", value)],
    }
}

/// A decentralised identifier (W3C DID Core 3.1): `did:`, a method in lower case, and an identifier of that method.
pub(super) fn did(value: &str) -> Vec<Finding> {
    let holds = value.strip_prefix("did:").and_then(|rest| rest.split_once(':')).is_some_and(|(method, id)| {
        !method.is_empty()
            && method.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            && !id.is_empty()
            && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'))
    });
    if holds { Vec::new() } else { vec![Finding::new("identifier/did", Place::Whole).with("value", value)] }
}
