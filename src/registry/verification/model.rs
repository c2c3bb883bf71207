//! Model designations: what a certificate lists, exact, with wildcards or as a series, against the model asked.
//!
//! `*` stands for any characters, none included. `□` stands for one letter or digit; whether it may be left out, the
//! certificate says in words that we do not read, so a match that needs it is not determinable. `?` is as `□`.

use unicode_normalization::UnicodeNormalization;

use super::answer::{Assertion, AssertionName, Method, Verdict};
use crate::record::{ModelKind, Record};

/// More models than this are not written out.
const MOST_SHOWN: usize = 20;

/// How well a pattern fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// Fits only if a blank is left out, or if a series runs on without a break.
    Perhaps,
    Pattern,
    Normalised,
    Exact,
}

/// A model in the spelling in which models are compared: width and case folded, blanks dropped.
pub(super) fn folded(model: &str) -> String {
    model.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_uppercase).collect()
}

/// How a model fits what a certificate lists. `asked_folded` is `folded(asked)`.
pub(super) fn fit(asked: &str, asked_folded: &str, listed: &str, kind: ModelKind) -> Fit {
    if asked == listed {
        return Fit::Exact;
    }
    let listed = folded(listed);
    if asked_folded == listed {
        return Fit::Normalised;
    }
    match kind {
        ModelKind::Exact => Fit::No,
        ModelKind::Pattern => pattern(asked_folded, &listed),
        ModelKind::Series => series(asked_folded, &listed),
    }
}

fn series(asked: &str, listed: &str) -> Fit {
    let base = listed.trim_end_matches("SERIES").trim_end_matches("系列");
    if base.is_empty() {
        return Fit::No;
    }
    let rest = if base.contains(['*', '□', '?']) { None } else { asked.strip_prefix(base) };
    match rest.map(|rest| rest.chars().next()) {
        Some(None) => Fit::Pattern,
        Some(Some(next)) if !next.is_alphanumeric() => Fit::Pattern,
        Some(Some(_)) => Fit::Perhaps,
        None => pattern(asked, base),
    }
}

/// Wildcard matching without backtracking over more than the last `*`: linear for all that occurs, and never worse
/// than the product of the two lengths, however hostile the pattern.
fn pattern(asked: &str, listed: &str) -> Fit {
    let asked: Vec<char> = asked.chars().collect();
    let listed: Vec<char> = listed.chars().collect();
    if matches(&asked, &listed) {
        return Fit::Pattern;
    }
    if listed.iter().any(|c| single(*c)) && matches_with_blanks(&asked, &listed) { Fit::Perhaps } else { Fit::No }
}

fn single(c: char) -> bool {
    matches!(c, '□' | '▢' | '■' | '?')
}

fn fits(pattern: char, asked: char) -> bool {
    if single(pattern) { asked.is_alphanumeric() } else { pattern == asked }
}

fn matches(asked: &[char], pattern: &[char]) -> bool {
    let (mut a, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = asked.get(a) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, a));
                p += 1;
            }
            Some(wanted) if fits(*wanted, *character) => {
                a += 1;
                p += 1;
            }
            _ => match star {
                Some((after, at)) => {
                    star = Some((after, at + 1));
                    p = after;
                    a = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The same where a single wildcard may stand for nothing: the states reached after each character asked.
fn matches_with_blanks(asked: &[char], pattern: &[char]) -> bool {
    let spread = |states: &mut Vec<bool>| {
        for (index, c) in pattern.iter().enumerate() {
            if (single(*c) || *c == '*')
                && states.get(index) == Some(&true)
                && let Some(next) = states.get_mut(index + 1)
            {
                *next = true;
            }
        }
    };
    let mut states = vec![false; pattern.len() + 1];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    spread(&mut states);
    for character in asked {
        let mut next = vec![false; pattern.len() + 1];
        for (index, wanted) in pattern.iter().enumerate() {
            if states.get(index) != Some(&true) {
                continue;
            }
            let to = if *wanted == '*' { index } else { index + 1 };
            if (*wanted == '*' || fits(*wanted, *character))
                && let Some(state) = next.get_mut(to)
            {
                *state = true;
            }
        }
        spread(&mut next);
        states = next;
    }
    states.last() == Some(&true)
}

/// Asserts that the certificate covers a model.
pub(super) fn assert(record: &Record, asked: &str) -> Assertion {
    let asked_folded = folded(asked);
    let models = record.products.iter().flat_map(|product| &product.models);
    let best = models
        .clone()
        .map(|model| (fit(asked, &asked_folded, &model.pattern, model.kind), model.pattern.as_str()))
        .max_by_key(|(fit, _)| *fit);
    let assertion = |result, method| Assertion::new(AssertionName::Product, result, method);
    match best {
        Some((Fit::Exact, listed)) => {
            Assertion { matched: Some(listed.to_owned()), ..assertion(Verdict::Confirmed, Method::Exact) }
        }
        Some((Fit::Normalised, listed)) => {
            Assertion { matched: Some(listed.to_owned()), ..assertion(Verdict::Confirmed, Method::Normalised) }
        }
        Some((Fit::Pattern, listed)) => {
            Assertion { matched: Some(listed.to_owned()), ..assertion(Verdict::Confirmed, Method::Pattern) }
        }
        Some((Fit::Perhaps, listed)) => {
            Assertion { matched: Some(listed.to_owned()), ..assertion(Verdict::NotDeterminable, Method::Pattern) }
        }
        Some((Fit::No, _)) => {
            // Contradicted by what the certificate lists: by a pattern, where it lists one.
            let patterned = models.clone().any(|model| model.kind != ModelKind::Exact);
            let method = if patterned { Method::Pattern } else { Method::Exact };
            Assertion {
                asked: Some(asked.to_owned()),
                on_certificate: models.take(MOST_SHOWN).map(|model| model.pattern.clone()).collect(),
                ..assertion(Verdict::Contradicted, method)
            }
        }
        None => in_text(record, asked, &asked_folded),
    }
}

/// Where no rule has read the models out of their text, a model that stands in it by itself is confirmed; nothing is
/// contradicted by a text that nobody has read.
fn in_text(record: &Record, asked: &str, asked_folded: &str) -> Assertion {
    let separated = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；' | '：' | '\n');
    let found = record
        .products
        .iter()
        .filter_map(|product| product.models_text.as_deref())
        .flat_map(|text| text.split(separated))
        .any(|piece| !piece.is_empty() && (piece == asked || folded(piece) == asked_folded));
    let result = if found { Verdict::Confirmed } else { Verdict::NotDeterminable };
    Assertion::new(AssertionName::Product, result, Method::Normalised)
}
