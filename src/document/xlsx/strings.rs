//! Texts of a workbook: the shared strings, rich text put together, phonetic hints left out.

use std::io::BufRead;

use super::super::csv::check_length;
use super::super::limits::Budget;
use super::super::xml::{Events, Xml};
use super::package::Package;
use super::text_of;
use crate::finding::Finding;

/// Reads the shared strings part.
pub(super) fn read(package: &mut Package<'_>, part: &str, budget: &mut Budget) -> Result<Vec<Box<str>>, Finding> {
    let limits = package.limits;
    let mut events = package.events(part)?;
    let mut strings = Vec::new();
    loop {
        let is_item = match events.next()? {
            Xml::Eof => return Ok(strings),
            Xml::Start(element) => element.name() == "si",
            Xml::End | Xml::Text(_) => false,
        };
        if is_item {
            let text = rich_text(&mut events, limits.cell_chars)?;
            check_length(&text, limits, || events.place())?;
            budget.node(|| events.place())?;
            budget.text(text.len(), || events.place())?;
            strings.push(text.into_boxed_str());
        }
    }
}

/// The text of an item (`si`, `is`) whose start tag has just been read, up to its end: all `t` but those of phonetic runs.
pub(super) fn rich_text<R: BufRead>(events: &mut Events<'_, R>, most: u64) -> Result<String, Finding> {
    let (mut text, mut depth) = (String::new(), 0_u32);
    // Depth at which a phonetic run began.
    let mut phonetic = None;
    loop {
        let is_text = match events.next()? {
            Xml::Eof => return Ok(text),
            Xml::End if depth == 0 => return Ok(text),
            Xml::End => {
                depth -= 1;
                phonetic = phonetic.filter(|at| depth > *at);
                false
            }
            Xml::Text(_) => false,
            Xml::Start(element) => match element.name() {
                "t" if phonetic.is_none() => true,
                name => {
                    if name == "rPh" && phonetic.is_none() {
                        phonetic = Some(depth);
                    }
                    depth += 1;
                    false
                }
            },
        };
        if is_text {
            text.push_str(&unescape(text_of(events, most)?));
            if text.len() as u64 > most.saturating_mul(4) {
                return Err(super::broken("document/cell-too-long", most, events.place()));
            }
        }
    }
}

/// Resolves `_x000D_`, by which a text of a workbook carries what XML cannot (ECMA-376-1, 22.9.2.19).
pub(super) fn unescape(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let character = code
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = character {
            plain.push(character);
            rest = &rest[at + 7..];
        } else {
            plain.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_character_is_resolved_once() {
        for (text, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00_", "_x00_"),
            ("_xD800_", "_xD800_"),
            ("_x证书编号_", "_x证书编号_"),
            ("x_x", "x_x"),
        ] {
            assert_eq!(unescape(text.to_owned()), plain);
        }
    }
}
