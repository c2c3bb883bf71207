//! `template`: alternatives such as `{base}/{number|pct}`, read back by matching. What is printed is read back before it is
//! written, so an ambiguous template can lose a value's place on the wire but never its meaning.

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

#[derive(Debug)]
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
        let mut value = Value::Object(Map::new());
        let mut why = Unreadable::Pattern;
        if !self.match_from(0, text, &mut value, notes, around, &mut why) {
            return Err(why);
        }
        for (path, constant) in &self.set {
            path.write(&mut value, constant.clone());
        }
        Ok(value)
    }

    /// Matches the pieces from one on; where a variable may end in several places, the first that lets the rest match.
    fn match_from(
        &self,
        at: usize,
        text: &str,
        value: &mut Value,
        notes: &mut Notes,
        around: Surroundings<'_>,
        why: &mut Unreadable,
    ) -> bool {
        let Some(piece) = self.pieces.get(at) else { return text.is_empty() };
        match piece {
            Piece::Literal(literal) => text
                .strip_prefix(literal.as_str())
                .is_some_and(|rest| self.match_from(at + 1, rest, value, notes, around, why)),
            Piece::Given(path) => given(path, around)
                .and_then(|literal| text.strip_prefix(literal))
                .is_some_and(|rest| self.match_from(at + 1, rest, value, notes, around, why)),
            Piece::Variable { path, filter, pattern, steps, .. } => {
                let ends: Vec<usize> = match self.pieces.get(at + 1) {
                    None => vec![text.len()],
                    Some(Piece::Literal(literal)) => text.match_indices(literal.as_str()).map(|(end, _)| end).collect(),
                    Some(Piece::Given(next)) => match given(next, around) {
                        Some(literal) => text.match_indices(literal).map(|(end, _)| end).collect(),
                        None => return false,
                    },
                    Some(Piece::Variable { .. }) => return false,
                };
                ends.into_iter().filter(|end| *end > 0).any(|end| {
                    let (part, rest) = text.split_at(end);
                    let part = match filter {
                        Filter::Percent => match Encoding::Percent.decode(part) {
                            Some(part) => part,
                            None => return false,
                        },
                        Filter::None => part.to_owned(),
                        Filter::Digest => return false,
                    };
                    if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&part)) {
                        return false;
                    }
                    let read = match steps {
                        Some(chain) => match chain.read(&Node::text(part), notes, around) {
                            Ok(Some(read)) => read,
                            Ok(None) => return false,
                            Err(reason) => {
                                *why = reason;
                                return false;
                            }
                        },
                        None => Value::String(part),
                    };
                    let before = path.find(value).cloned();
                    path.write(value, read);
                    let matched = self.match_from(at + 1, rest, value, notes, around, why);
                    if !matched {
                        match before {
                            Some(before) => path.write(value, before),
                            None => path.clear(value),
                        }
                    }
                    matched
                })
            }
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
