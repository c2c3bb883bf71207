//! Characters that people take for digits, and the numbers that were probably meant.
//!
//! A candidate confirms nothing and contradicts nothing: it is a number to ask again with. Who may see it is decided
//! where questions are answered; on a public page it would be an oracle for guessing numbers.

use serde::Serialize;

use super::{IdentifierKind, Verdict, cleaned};

/// More changes than this are another number, not a slip.
const MOST_CHANGES: usize = 4;

/// A 16-digit number that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The number.
    pub number: String,
    /// What was read otherwise than written, in the order of the positions.
    pub misreadings: Vec<Misreading>,
}

/// One character read as a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Misreading {
    /// Position in the number without blanks and separators, from 1.
    pub position: usize,
    /// The character as written.
    pub written: char,
    /// The digit that it was read as.
    pub read: char,
}

fn digits_like(character: char) -> &'static [char] {
    match character {
        'O' | 'o' | 'Q' | 'D' | 'U' | 'Ο' | 'О' | '〇' => &['0'],
        'I' | 'i' | 'l' | 'L' | '|' | '!' | 'Ι' | 'І' => &['1'],
        'Z' | 'z' => &['2'],
        'E' => &['3'],
        'A' => &['4'],
        'S' | 's' => &['5'],
        'G' | 'b' => &['6'],
        'T' => &['7'],
        'B' => &['8'],
        'g' | 'q' => &['9', '6'],
        _ => &[],
    }
}

/// The numbers of 16 digits that a mistyped one was probably meant to be: blanks and separators dropped, characters
/// that look like digits read as these. Empty where the number is right as it stands, or where nothing comes near it.
#[must_use]
pub fn candidates(number: &str) -> Vec<Candidate> {
    // Case is kept: a small l is a one, a capital L rarely so.
    let folded = unicode_normalization::UnicodeNormalization::nfkc(number).filter(|c| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '-' | '.' | '_' | '/' | '\u{200b}'..='\u{200f}' | '\u{feff}')
    });
    let written: Vec<char> = folded.take(17).collect();
    if written.len() != 16 {
        return Vec::new();
    }
    let mut found = vec![Candidate { number: String::new(), misreadings: Vec::new() }];
    for (index, character) in written.iter().copied().enumerate() {
        if character.is_ascii_digit() {
            for candidate in &mut found {
                candidate.number.push(character);
            }
            continue;
        }
        let mut grown = Vec::new();
        for read in digits_like(character) {
            for candidate in &found {
                let mut next = candidate.clone();
                next.number.push(*read);
                next.misreadings.push(Misreading { position: index + 1, written: character, read: *read });
                grown.push(next);
            }
        }
        found = grown;
        if found.first().is_none_or(|candidate| candidate.misreadings.len() > MOST_CHANGES) {
            return Vec::new();
        }
    }
    found.retain(|candidate| {
        (candidate.number != number)
            && IdentifierKind::CccCertificate.judge(&cleaned(&candidate.number)).verdict != Verdict::Invalid
    });
    found
}
