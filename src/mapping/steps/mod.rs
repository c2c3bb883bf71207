//! Steps: each turns a record-side value towards the wire and back again.
//!
//! A step has a *domain*: the values that it can print and read back. Printing a value outside it gives [`Outside`], reading
//! a leaf outside it [`Unreadable`]; neither ever guesses.

pub(crate) mod codes;
pub(crate) mod date;
pub(crate) mod join;
pub(crate) mod template;
pub(crate) mod text;

use std::borrow::Cow;

use base64::Engine as _;
use serde_json::Value;

pub(crate) use codes::CodeMap;
pub(crate) use date::DateStep;
pub(crate) use join::Join;
pub(crate) use template::Template;
pub(crate) use text::TextStep;

use super::shape::Kind;
use super::shown::Shown;
use super::wire::Wire;
use crate::clock::Day;
use crate::document::{Node, Value as WireValue};
use crate::record::Decimal;

/// The value cannot be printed so that it would be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outside;

/// Why a leaf cannot be read; each has a finding of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Date,
    Number,
    Code,
    Pattern,
    /// A number where a text stands: digits may be lost.
    NumberForText,
    /// Another kind of value than the record has there.
    Kind,
}

/// A value between two steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mid<'a> {
    Text(Cow<'a, str>),
    Number(Cow<'a, str>),
    Bool(bool),
    Day(Day),
    Json(Cow<'a, Value>),
}

impl<'a> Mid<'a> {
    pub(crate) fn of_record(value: &'a Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(Cow::Owned(number.to_string())),
            other => Self::Json(Cow::Borrowed(other)),
        }
    }

    fn of_leaf(node: &'a Node) -> Result<Self, Unreadable> {
        match &node.value {
            WireValue::Text(text) => Ok(Self::Text(Cow::Borrowed(text))),
            WireValue::Number(number) => Ok(Self::Number(Cow::Borrowed(number.as_str()))),
            WireValue::Bool(truth) => Ok(Self::Bool(*truth)),
            WireValue::DateCell(day) => Ok(Self::Day(*day)),
            _ => Err(Unreadable::Kind),
        }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(Cow::Owned(text.into()))
    }

    pub(crate) fn into_record(self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Number(text) => serde_json::from_str(&text).unwrap_or(Value::String(text.into_owned())),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Day(day) => Value::String(day.to_string()),
            Self::Json(value) => value.into_owned(),
        }
    }

    fn into_wire(self) -> Wire {
        match self {
            Self::Text(text) => Wire::Text(text.into_owned()),
            Self::Number(text) => Wire::Number(text.into_owned().into()),
            Self::Bool(truth) => Wire::Bool(truth),
            Self::Day(day) => Wire::Day(day),
            Self::Json(value) => Wire::of(&value),
        }
    }
}

/// What reading a leaf gave.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The sender's spelling was cleaned in a way worth telling.
    pub(crate) cleaned: bool,
    /// A day was read from a bare serial number.
    pub(crate) serial: bool,
    /// The value might print otherwise than the leaf is spelt.
    pub(crate) respelt: bool,
    /// A named check does not hold.
    pub(crate) failed_check: Option<&'static str>,
}

/// What steps may look up beside the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) issue: &'a Value,
    pub(crate) batch: &'a Value,
    /// The record, for templates that go out only and speak of more than their item.
    pub(crate) record: Option<&'a Value>,
    /// Where it is noted what of the record a template shows.
    pub(crate) shown: Option<&'a Shown>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Text(TextStep),
    Date(DateStep),
    /// A canonical number; `true` writes a JSON number, `false` a text.
    Number(bool),
    Codes(CodeMap),
    Join(Box<Join>),
    Template(Box<Template>),
    Encode(Encoding),
    Limit(usize, bool),
    CheckUri,
    /// Out only: SHA-256 over the canonical JSON of the value, as hex.
    Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Percent,
    Base64,
    Multibase,
}

/// The steps of one rule, from the record to the wire, and the kind of value that the record has there.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) steps: Vec<Step>,
    pub(crate) kind: Kind,
    /// Texts that mean "no value" on the wire: never the print of one.
    pub(crate) never: Vec<String>,
}

impl Chain {
    /// No steps: the value as it is.
    pub(crate) fn plain(kind: Kind) -> Self {
        Self { steps: Vec::new(), kind, never: Vec::new() }
    }

    pub(crate) fn print(&self, value: &Value, around: Surroundings<'_>) -> Result<Wire, Outside> {
        let mut mid = Mid::of_record(value);
        for step in &self.steps {
            mid = step.print(mid, &self.kind, around)?;
            #[cfg(test)]
            super::fired::note(step, super::fired::Way::Get);
        }
        match mid {
            Mid::Text(ref text) if text.is_empty() || self.never.iter().any(|never| never == text.trim()) => {
                Err(Outside)
            }
            Mid::Json(_) if !self.steps.is_empty() => Err(Outside),
            mid => {
                #[cfg(test)]
                super::fired::note(self, super::fired::Way::Get);
                Ok(mid.into_wire())
            }
        }
    }

    /// Reads a leaf. `None` is "no value": all that stood there was cleaned away.
    pub(crate) fn read(
        &self,
        node: &Node,
        notes: &mut Notes,
        around: Surroundings<'_>,
    ) -> Result<Option<Value>, Unreadable> {
        let mut mid = Mid::of_leaf(node)?;
        for step in self.steps.iter().rev() {
            mid = match step.read(mid, &self.kind, notes, around)? {
                Some(mid) => mid,
                None => return Ok(None),
            };
            #[cfg(test)]
            super::fired::note(step, super::fired::Way::Put);
            // A spelling of "no value" is one however it is typed: `／` as well as `/`.
            if let (Step::Text(_), Mid::Text(text)) = (step, &mid)
                && self.never.iter().any(|never| never == text.trim())
            {
                return Ok(None);
            }
        }
        if matches!(mid, Mid::Number(_)) {
            notes.respelt = true;
        }
        let value = match (mid, &self.kind) {
            (Mid::Text(text), _) if text.is_empty() => return Ok(None),
            (Mid::Number(_), Kind::Text) => return Err(Unreadable::NumberForText),
            (Mid::Number(text), Kind::Decimal) => {
                Value::String(Decimal::parse(&text).ok_or(Unreadable::Number)?.as_str().to_owned())
            }
            (mid, _) => mid.into_record(),
        };
        if self.kind.admits(&value) {
            #[cfg(test)]
            super::fired::note(self, super::fired::Way::Put);
            Ok(Some(value))
        } else if matches!(self.kind, Kind::Code(_)) && value.is_string() {
            Err(Unreadable::Code)
        } else {
            Err(Unreadable::Kind)
        }
    }
}

impl Step {
    fn print<'a>(&self, mid: Mid<'a>, kind: &Kind, around: Surroundings<'_>) -> Result<Mid<'a>, Outside> {
        match self {
            Self::Text(step) => step.print(mid),
            Self::Date(step) => step.print(&mid),
            Self::Number(as_number) => {
                let (Mid::Text(text) | Mid::Number(text)) = mid else { return Err(Outside) };
                let canonical = number(&text, kind).ok_or(Outside)?;
                if canonical != text {
                    return Err(Outside);
                }
                Ok(if *as_number { Mid::Number(text) } else { Mid::Text(text) })
            }
            Self::Codes(codes) => codes.print(&mid),
            Self::Join(join) => join.print(&mid, around),
            Self::Template(template) => match &mid {
                Mid::Json(value) => Ok(Mid::Text(Cow::Owned(template.print(value, around)?))),
                mid => Ok(Mid::Text(Cow::Owned(template.print(&mid.clone().into_record(), around)?))),
            },
            Self::Encode(encoding) => match mid {
                Mid::Text(text) => Ok(Mid::text(encoding.encode(&text))),
                _ => Err(Outside),
            },
            Self::Limit(most, refuse) => match mid {
                Mid::Text(text) => match text.char_indices().nth(*most) {
                    None => Ok(Mid::Text(text)),
                    Some(_) if *refuse => Err(Outside),
                    Some((end, _)) => Ok(Mid::text(&text[..end])),
                },
                other => Ok(other),
            },
            Self::CheckUri => Ok(mid),
            Self::Digest => Ok(Mid::text(digest(&mid.into_record()))),
        }
    }

    fn read<'a>(
        &self,
        mid: Mid<'a>,
        kind: &Kind,
        notes: &mut Notes,
        around: Surroundings<'_>,
    ) -> Result<Option<Mid<'a>>, Unreadable> {
        match self {
            Self::Text(step) => step.read(mid, notes),
            Self::Date(step) => step.read(mid, notes).map(Some),
            Self::Number(as_number) => {
                let spelt = matches!(mid, Mid::Number(_));
                let (Mid::Text(text) | Mid::Number(text)) = mid else { return Err(Unreadable::Number) };
                let canonical = number(&text, kind).ok_or(Unreadable::Number)?;
                notes.respelt |= canonical != text || spelt != *as_number;
                Ok(Some(match kind {
                    Kind::Integer | Kind::Number => Mid::Number(Cow::Owned(canonical)),
                    _ => Mid::Text(Cow::Owned(canonical)),
                }))
            }
            Self::Codes(codes) => codes.read(&mid, notes).map(Some),
            Self::Join(join) => join.read(mid, notes, around),
            Self::Template(template) => {
                let (Mid::Text(text) | Mid::Number(text)) = &mid else { return Err(Unreadable::Kind) };
                notes.respelt = true;
                template.read(text, notes, around).map(|value| Some(Mid::Json(Cow::Owned(value)))).map(|mid| {
                    // A template of the node itself gives a text.
                    mid.map(|mid| match mid {
                        Mid::Json(value) => match value.into_owned() {
                            Value::String(text) => Mid::text(text),
                            other => Mid::Json(Cow::Owned(other)),
                        },
                        other => other,
                    })
                })
            }
            Self::Encode(encoding) => {
                let Mid::Text(text) = mid else { return Err(Unreadable::Kind) };
                notes.respelt = true;
                encoding.decode(&text).map(|text| Some(Mid::text(text))).ok_or(Unreadable::Pattern)
            }
            Self::Limit(most, refuse) => match mid {
                Mid::Text(text) if text.char_indices().nth(*most).is_some() => {
                    // Longer than we would write it: kept aside, or remembered as it was spelt.
                    notes.respelt = true;
                    if *refuse { Err(Unreadable::Pattern) } else { Ok(Some(Mid::Text(text))) }
                }
                mid => Ok(Some(mid)),
            },
            Self::CheckUri => {
                if let Mid::Text(text) = &mid
                    && !is_uri(text)
                {
                    notes.failed_check = Some("uri");
                }
                Ok(Some(mid))
            }
            Self::Digest => Err(Unreadable::Pattern),
        }
    }
}

/// The canonical spelling of a number of this kind.
fn number(text: &str, kind: &Kind) -> Option<String> {
    let text = text.trim();
    let decimal = if let Some(decimal) = Decimal::parse(text) {
        decimal
    } else {
        // A number cell may be spelt with an exponent (`1E+2`); only whole values survive that without doubt.
        let value: f64 = text.parse().ok().filter(|_| text.contains(['e', 'E']))?;
        if value.fract() != 0.0 || value.abs() > 1e15 {
            return None;
        }
        Decimal::parse(&format!("{value:.0}"))?
    };
    let canonical = decimal.as_str();
    match kind {
        Kind::Integer => canonical.parse::<u32>().ok().map(|n| n.to_string()),
        _ => Some(canonical.to_owned()),
    }
}

/// A scheme (RFC 3986, 3.1) and something behind it, without blanks.
fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && !rest.is_empty()
            && !text.contains(char::is_whitespace)
    })
}

pub(crate) fn digest(value: &Value) -> String {
    let canonical = serde_json_canonicalizer::to_vec(value).unwrap_or_default();
    hex::encode(crate::crypto::sha256(&canonical))
}

impl Encoding {
    pub(crate) fn encode(self, text: &str) -> String {
        match self {
            Self::Percent => template::percent(text),
            Self::Base64 => base64::engine::general_purpose::STANDARD.encode(text),
            Self::Multibase => format!("z{}", bs58::encode(text).into_string()),
        }
    }

    pub(crate) fn decode(self, text: &str) -> Option<String> {
        let bytes = match self {
            Self::Percent => return template::unpercent(text),
            Self::Base64 => base64::engine::general_purpose::STANDARD.decode(text).ok()?,
            Self::Multibase => match text.split_at_checked(1)? {
                ("z", rest) => bs58::decode(rest).into_vec().ok()?,
                ("u", rest) => base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(rest).ok()?,
                _ => return None,
            },
        };
        String::from_utf8(bytes).ok()
    }
}
