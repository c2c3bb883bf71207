//! Texts of a workbook: the shared strings, rich text put together, phonetic hints left out.

use std::borrow::Cow;
use std::io::{self, BufRead};

use super::super::csv::check_length;
use super::super::limits::Budget;
use super::super::scratch::{Pages, Scratch, no_room};
use super::super::xml::{Events, Xml};
use super::package::Package;
use super::text_of;
use crate::finding::Finding;

/// Bytes of shared strings that are held in memory, their own places included; what goes beyond is put aside.
const HELD: usize = 24 << 20;

/// The shared strings of a workbook.
pub(super) struct Strings<'s> {
    held: Vec<Box<str>>,
    room: usize,
    /// Where those are that memory has no room for; nothing where all are held.
    scratch: Option<&'s dyn Scratch>,
    aside: Option<Aside>,
}

/// Texts that were put aside.
struct Aside {
    texts: Pages,
    /// Where each text ends.
    ends: Pages,
}

impl<'s> Strings<'s> {
    /// None yet. Without a place for scratch files all are held.
    pub(super) fn new(scratch: Option<&'s dyn Scratch>) -> Self {
        Self { held: Vec::new(), room: HELD, scratch, aside: None }
    }

    fn push(&mut self, text: String) -> io::Result<()> {
        let size = text.len() + size_of::<Box<str>>();
        match (self.scratch, self.room.checked_sub(size)) {
            (None, _) => self.held.push(text.into_boxed_str()),
            (Some(_), Some(room)) if self.aside.is_none() => {
                self.room = room;
                self.held.push(text.into_boxed_str());
            }
            (Some(scratch), _) => {
                let aside = match &mut self.aside {
                    Some(aside) => aside,
                    None => self
                        .aside
                        .insert(Aside { texts: Pages::new(scratch.file()?), ends: Pages::new(scratch.file()?) }),
                };
                aside.texts.push(text.as_bytes())?;
                let end = aside.texts.len();
                aside.ends.push(&end.to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// The string of that number, if there is one.
    pub(super) fn get(&mut self, index: usize) -> io::Result<Option<Cow<'_, str>>> {
        let Some(place) = index.checked_sub(self.held.len()) else {
            return Ok(self.held.get(index).map(|text| Cow::Borrowed(&**text)));
        };
        let Some(Aside { texts, ends }) = &mut self.aside else { return Ok(None) };
        let at = place as u64 * 8;
        if at >= ends.len() {
            return Ok(None);
        }
        let from = if at == 0 { 0 } else { ends.number(at - 8)? };
        let length = usize::try_from(ends.number(at)?.saturating_sub(from)).unwrap_or(0);
        let mut text = Vec::with_capacity(length);
        texts.read(from, length, &mut text)?;
        String::from_utf8(text).map(|text| Some(Cow::Owned(text))).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

/// Reads the shared strings part. A workbook that is read as a stream has no budget for all of them together.
pub(super) fn read(
    package: &mut Package<'_>,
    part: &str,
    strings: &mut Strings<'_>,
    mut budget: Option<&mut Budget>,
) -> Result<(), Finding> {
    let limits = package.limits;
    let mut events = package.events(part)?;
    loop {
        let is_item = match events.next()? {
            Xml::Eof => return Ok(()),
            Xml::Start(element) => element.name() == "si",
            Xml::End | Xml::Text(_) => false,
        };
        if is_item {
            let text = rich_text(&mut events, limits.cell_chars)?;
            check_length(&text, limits, || events.place())?;
            if let Some(budget) = &mut budget {
                budget.node(|| events.place())?;
                budget.text(text.len(), || events.place())?;
            }
            strings.push(text).map_err(|error| no_room(&error))?;
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
            let part = unescape(text_of(events, most)?);
            if text.len() as u64 <= most.saturating_mul(4) {
                text.push_str(&part);
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
    fn strings_that_memory_has_no_room_for_are_found_where_they_were_put() {
        let mut strings = Strings { room: 400, ..Strings::new(Some(&crate::document::InMemory)) };
        let text = |number: usize| "证".repeat(number % 40) + &number.to_string();
        for number in 0..3_000 {
            strings.push(text(number)).expect("room");
        }
        assert!((1..100).contains(&strings.held.len()), "{} are held", strings.held.len());
        for number in (0..3_000).chain((0..3_000).map(|at| at * 1_009 % 3_000)) {
            assert_eq!(strings.get(number).expect("read").as_deref(), Some(&*text(number)));
        }
        assert_eq!(strings.get(3_000).expect("read"), None);
    }

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
