//! `template`: alternatives such as `{base}/{number|pct}`, read back by matching. What is printed is read back before it is
//! written, so an ambiguous template can lose a value's place on the wire but never its meaning.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use regex::Regex;
use serde_json::{Map, Value};

use super::{Chain, Encoding, Notes, Outside, Surroundings, Unreadable, digest};
use crate::document::Node;
use crate::mapping::path::{RecordPath, Root};

/// Unreserved characters of RFC 3986 stay.
const PERCENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn percent(text: &str) -> String {
    utf8_percent_encode(text, PERCENT).to_string()
}

pub(crate) fn unpercent(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    None,
    Percent,
    /// Out only.
    Digest,
}

#[derive(Debug)]
pub(crate) enum Piece {
    Literal(String),
    /// A value of another root: a literal known when running.
    Given(RecordPath),
    Variable {
        path: RecordPath,
        filter: Filter,
        pattern: Option<Regex>,
        steps: Option<Chain>,
        /// Found in the record, not in the item; only in templates that go out only.
        of_record: bool,
    },
}

/// One alternative.
#[derive(Debug)]
pub(crate) struct Alternative {
    pub(crate) pieces: Vec<Piece>,
    /// Constants that the value has with this alternative.
    pub(crate) set: Vec<(RecordPath, Value)>,
    /// Constants that the record must have; only in templates that go out only.
    pub(crate) given: Vec<(RecordPath, Value)>,
    /// Parts filled from another root on the way back.
    pub(crate) from: Vec<(RecordPath, RecordPath)>,
}

#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) alternatives: Vec<Alternative>,
    /// Never read back.
    pub(crate) out_only: bool,
    /// Every part that any alternative reads or sets: the rest of the node is none of the rule's business.
    pub(crate) covered: Vec<RecordPath>,
}

impl Template {
    /// The first alternative whose constants hold, whose parts are all there, and whose print is read back as it was.
    pub(crate) fn print(&self, value: &Value, around: Surroundings<'_>) -> Result<String, Outside> {
        for alternative in &self.alternatives {
            let of_record = |path: &RecordPath| around.record.and_then(|record| path.find(record));
            if alternative.set.iter().any(|(path, wanted)| path.find(value) != Some(wanted))
                || alternative.given.iter().any(|(path, wanted)| of_record(path) != Some(wanted))
            {
                continue;
            }
            let Some(text) = alternative.print(value, around) else { continue };
            if self.out_only {
                alternative.show(value, around);
                #[cfg(test)]
                crate::mapping::fired::note(alternative, crate::mapping::fired::Way::Get);
                return Ok(text);
            }
            let back = self.read(&text, &mut Notes::default(), around);
            return match back {
                Ok(back) if self.same(&back, value, alternative) => {
                    #[cfg(test)]
                    crate::mapping::fired::note(alternative, crate::mapping::fired::Way::Get);
                    Ok(text)
                }
                _ => Err(Outside),
            };
        }
        Err(Outside)
    }

    fn same(&self, back: &Value, value: &Value, alternative: &Alternative) -> bool {
        let filled =
            |path: &RecordPath| alternative.from.iter().any(|(part, _)| path.segments.starts_with(&part.segments));
        self.covered.iter().filter(|path| !filled(path)).all(|path| path.find(back) == path.find(value))
    }

    pub(crate) fn read(&self, text: &str, notes: &mut Notes, around: Surroundings<'_>) -> Result<Value, Unreadable> {
        let mut why = Unreadable::Pattern;
        for alternative in &self.alternatives {
            match alternative.read(text, notes, around) {
                Ok(value) => {
                    #[cfg(test)]
                    crate::mapping::fired::note(alternative, crate::mapping::fired::Way::Put);
                    return Ok(value);
                }
                Err(reason) => {
                    if self.alternatives.len() == 1 {
                        why = reason;
                    }
                }
            }
        }
        Err(why)
    }
}

impl Alternative {
    fn print(&self, value: &Value, around: Surroundings<'_>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Given(path) => text.push_str(given(path, around)?),
                Piece::Variable { path, filter, pattern, steps, of_record } => {
                    let found = path.find(if *of_record { around.record? } else { value })?;
                    let part = match steps {
                        Some(chain) => match chain.print(found, around).ok()? {
                            super::Wire::Text(text) => text,
                            super::Wire::Number(text) => text.to_string(),
                            _ => return None,
                        },
                        None => match (found, filter) {
                            (found, Filter::Digest) => digest(found),
                            (Value::String(text), _) => text.clone(),
                            (Value::Number(number), _) => number.to_string(),
                            _ => return None,
                        },
                    };
                    if part.is_empty() || pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&part)) {
                        return None;
                    }
                    match filter {
                        Filter::Percent => text.push_str(&percent(&part)),
                        _ => text.push_str(&part),
                    }
                }
            }
        }
        Some(text)
    }

    /// Notes the values that stand in the text.
    fn show(&self, value: &Value, around: Surroundings<'_>) {
        let Some(shown) = around.shown else { return };
        for piece in &self.pieces {
            // A digest tells nothing of what it was made from.
            if let Piece::Variable { path, filter: Filter::None | Filter::Percent, of_record, .. } = piece
                && let Some(found) =
                    (if *of_record { around.record } else { Some(value) }).and_then(|node| path.find(node))
            {
                shown.note(found);
            }
        }
    }

    fn read(&self, text: &str, notes: &mut Notes, around: Surroundings<'_>) -> Result<Value, Unreadable> {
        let value = Value::Object(Map::new());
        let mut attempt = Attempt { value, notes, around, why: Unreadable::Pattern, splits: MOST_SPLITS };
        if !self.match_from(0, text, &mut attempt) {
            return Err(attempt.why);
        }
        let mut value = attempt.value;
        for (path, constant) in &self.set {
            path.write(&mut value, constant.clone());
        }
        Ok(value)
    }

    /// Matches the pieces from one on; where a variable may end in several places, the first that lets the rest match.
    fn match_from(&self, at: usize, text: &str, attempt: &mut Attempt<'_, '_>) -> bool {
        let Some(piece) = self.pieces.get(at) else { return text.is_empty() };
        let around = attempt.around;
        match piece {
            Piece::Literal(literal) => {
                text.strip_prefix(literal.as_str()).is_some_and(|rest| self.match_from(at + 1, rest, attempt))
            }
            Piece::Given(path) => given(path, around)
                .and_then(|literal| text.strip_prefix(literal))
                .is_some_and(|rest| self.match_from(at + 1, rest, attempt)),
            Piece::Variable { path, filter, pattern, steps, .. } => {
                let next = match self.pieces.get(at + 1) {
                    None => None,
                    Some(Piece::Literal(literal)) => Some(literal.as_str()),
                    Some(Piece::Given(next)) => match given(next, around) {
                        Some(literal) => Some(literal),
                        None => return false,
                    },
                    Some(Piece::Variable { .. }) => return false,
                };
                let ends = next.into_iter().flat_map(|literal| text.match_indices(literal).map(|(end, _)| end));
                let mut ends = ends.chain(next.is_none().then_some(text.len()));
                ends.any(|end| {
                    let Some(left) = attempt.splits.checked_sub(1) else { return false };
                    attempt.splits = left;
                    let (part, rest) = text.split_at(end);
                    !part.is_empty()
                        && variable(part, *filter, pattern.as_ref(), steps.as_ref(), attempt).is_some_and(|read| {
                            let before = path.find(&attempt.value).cloned();
                            path.write(&mut attempt.value, read);
                            let matched = self.match_from(at + 1, rest, attempt);
                            if !matched {
                                match before {
                                    Some(before) => path.write(&mut attempt.value, before),
                                    None => path.clear(&mut attempt.value),
                                }
                            }
                            matched
                        })
                })
            }
        }
    }
}

/// In how many ways a text is divided between the variables of a template before it is held to be none of it. A sender decides
/// how often what stands between them occurs, and with several variables the ways multiply.
const MOST_SPLITS: u32 = 1_000;

/// A text that is being read.
struct Attempt<'m, 's> {
    value: Value,
    notes: &'m mut Notes,
    around: Surroundings<'s>,
    why: Unreadable,
    /// How many more ways of dividing the text are tried.
    splits: u32,
}

/// What a part of the text says as a variable.
fn variable(
    part: &str,
    filter: Filter,
    pattern: Option<&Regex>,
    steps: Option<&Chain>,
    attempt: &mut Attempt<'_, '_>,
) -> Option<Value> {
    let part = match filter {
        Filter::Percent => Cow::Owned(Encoding::Percent.decode(part)?),
        Filter::None => Cow::Borrowed(part),
        Filter::Digest => return None,
    };
    if pattern.is_some_and(|pattern| !pattern.is_match(&part)) {
        return None;
    }
    let Some(chain) = steps else { return Some(Value::String(part.into_owned())) };
    match chain.read(&Node::text(part.into_owned()), attempt.notes, attempt.around) {
        Ok(read) => read,
        Err(reason) => {
            attempt.why = reason;
            None
        }
    }
}

fn given<'a>(path: &RecordPath, around: Surroundings<'a>) -> Option<&'a str> {
    let root = match path.root {
        Root::Issue => around.issue,
        Root::Batch => around.batch,
        Root::Record => return None,
    };
    path.find(root).and_then(Value::as_str)
}
