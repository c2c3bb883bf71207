//! Steps in words, for whoever reads a table of correspondences and not the crosswalk.

use serde_json::Value;

use super::path::RecordPath;
use super::steps::date::Form;
use super::steps::template::{Filter, Piece};
use super::steps::{CodeMap, Encoding, Step, Template, TextStep};

/// How many codes of a table are named before the rest is counted.
const CODES_NAMED: usize = 4;

/// What a step does, towards the wire.
pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Text(step) => text(*step),
        Step::Date(step) => {
            let forms = |forms: &[Form]| forms.iter().map(|form| form_name(*form)).collect::<Vec<_>>().join(", ");
            let written = step.forms.first().map_or("yyyy-mm-dd", |form| form_name(*form));
            let mut words = format!("a day as {written}");
            if step.end {
                words.push_str(" at the end of the day");
            }
            let others: Vec<Form> = step.forms.iter().skip(1).chain(&step.also).copied().collect();
            if !others.is_empty() {
                words = format!("{words}, read from {} too", forms(&others));
            }
            words
        }
        Step::Number(true) => "a number".into(),
        Step::Number(false) => "a number as text".into(),
        Step::Codes(table) => codes(table),
        Step::Join(join) => {
            let item: Vec<String> = join.item.steps.iter().map(self::step).collect();
            let item = if item.is_empty() { String::new() } else { format!(", each: {}", item.join(", ")) };
            format!("items joined by {}{item}", join.separator)
        }
        Step::Template(template) => self::template(template),
        Step::Encode(Encoding::Percent) => "percent-encoded".into(),
        Step::Encode(Encoding::Base64) => "in base64".into(),
        Step::Encode(Encoding::Multibase) => "in multibase".into(),
        Step::Limit(most, true) => format!("not written if longer than {most} characters"),
        Step::Limit(most, false) => format!("cut to {most} characters"),
        Step::CheckUri => "must be a URI".into(),
        Step::Digest => "only its SHA-256 digest".into(),
    }
}

/// May the step lose something on the way to the wire?
pub(super) fn narrows(step: &Step) -> bool {
    match step {
        Step::Limit(_, refuse) => !refuse,
        Step::Digest => true,
        Step::Codes(codes) => codes.prefix || many_to_one(codes),
        Step::Template(template) => template.out_only,
        Step::Join(join) => join.item.steps.iter().any(narrows),
        _ => false,
    }
}

fn many_to_one(codes: &CodeMap) -> bool {
    let mut seen = std::collections::HashSet::new();
    !codes.out.values().all(|wire| seen.insert(wire))
}

/// A table of codes: its first rows, and how many more there are.
pub(super) fn codes(codes: &CodeMap) -> String {
    let mut rows: Vec<String> = codes.out.iter().map(|(record, wire)| format!("{record}→{wire}")).collect();
    rows.sort();
    let more = rows.len().saturating_sub(CODES_NAMED);
    rows.truncate(CODES_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("codes {}{more}", rows.join(" "))
}

/// A template: its alternatives as they are written.
pub(super) fn template(template: &Template) -> String {
    let one = |pieces: &[Piece]| {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Given(path) => format!("{{{path}}}"),
            Piece::Variable { path, filter, .. } => match filter {
                Filter::None => format!("{{{path}}}"),
                Filter::Percent => format!("{{{path}, percent-encoded}}"),
                Filter::Digest => format!("{{digest of {path}}}"),
            },
        };
        pieces.iter().map(piece).collect::<String>()
    };
    let mut forms: Vec<String> = template.alternatives.iter().map(|alternative| one(&alternative.pieces)).collect();
    forms.dedup();
    let out = if template.out_only { "written as " } else { "as " };
    format!("{out}{}", forms.join(" or "))
}

/// Constants of an item: `list=gb4754, role=maker`.
pub(super) fn constants(constants: &[(RecordPath, Value)]) -> String {
    constants.iter().map(|(path, value)| format!("{path}={}", self::value(value))).collect::<Vec<_>>().join(", ")
}

/// A value as people write it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn text(step: TextStep) -> String {
    let TextStep { invisible, width, breaks, upper, trim, from_number } = step;
    let done = [
        (trim, "trimmed"),
        (invisible, "without invisible characters"),
        (width, "in half width"),
        (breaks, "in one line"),
        (upper, "in capitals"),
        (from_number, "from a number cell too"),
    ];
    let words: Vec<&str> = done.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
    if words.is_empty() { "a text".into() } else { format!("read {}", words.join(", ")) }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Compact => "yyyymmdd",
        Form::Dashed => "yyyy-mm-dd",
        Form::Cell => "a date cell",
        Form::Serial => "a day number",
        Form::DateTime => "an RFC 3339 time",
        Form::CompactTime => "yyyymmddhhmmss with a zone",
    }
}
