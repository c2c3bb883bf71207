//! Reading JSON (RFC 8259) into the tree. It is read here and not by `serde_json`, which gives a number as a float without
//! its spelling and an error without its place, and which knows neither duplicate keys nor our limits; a test holds the
//! two to the same language. Not here: NDJSON (`json_lines`), writing (`json_write`).

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use indexmap::map::Entry;

use super::limits::{Budget, Limits, broken};
use super::{Name, Node, Number, Object, Trail, Value, number, text};
use crate::finding::{Finding, Place};

/// Beyond this no configuration goes: the reader and the tree's own destructor use the stack.
const DEEPEST: u32 = 200;

/// Reads one JSON text. `line` is its line in an NDJSON file, from 1; 0 where the text is the whole document.
///
/// # Errors
///
/// The refusal, at a JSON pointer where one is known, else at line and column.
pub fn parse_json(bytes: &[u8], line: u32, limits: &Limits) -> Result<Node, Finding> {
    parse_within(bytes, line, limits, &mut Budget::of_values(limits))
}

/// The same with the caps that several texts share.
pub(super) fn parse_within(bytes: &[u8], line: u32, limits: &Limits, budget: &mut Budget) -> Result<Node, Finding> {
    let text = text::utf8(bytes, line)?;
    let mut reader = Reader { text, at: 0, line, limits, budget, depth_left: limits.depth.min(DEEPEST) };
    reader.blanks();
    let node = reader.value(&Trail::ROOT)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(Finding::new("document/trailing-data", reader.position()));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    limits: &'a Limits,
    budget: &'a mut Budget,
    depth_left: u32,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn position(&self) -> Place {
        text::position(self.text.as_bytes(), self.at, self.line)
    }

    fn expected(&self, what: &'static str) -> Finding {
        Finding::new("document/json-syntax", self.position()).with("expected", what)
    }

    fn value(&mut self, trail: &Trail<'_>) -> Result<Node, Finding> {
        self.budget.node(|| trail.place(self.line))?;
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.string(trail)?.into_owned()),
            Some(b'{') => self.nested(trail, Self::object)?,
            Some(b'[') => self.nested(trail, Self::list)?,
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number(trail)?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("value")),
        };
        let mut node = Node::new(value);
        node.line = self.line;
        Ok(node)
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, Finding> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn nested(
        &mut self,
        trail: &Trail<'_>,
        read: fn(&mut Self, &Trail<'_>) -> Result<Value, Finding>,
    ) -> Result<Value, Finding> {
        self.depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| broken("document/too-deep", self.limits.depth.min(DEEPEST), trail.place(self.line)))?;
        self.at += 1;
        self.blanks();
        let value = read(self, trail)?;
        self.depth_left += 1;
        Ok(value)
    }

    /// The rest of an object, after its brace.
    fn object(&mut self, trail: &Trail<'_>) -> Result<Value, Finding> {
        let mut members = Object::default();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Box::new(members)));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("\""));
            }
            let key: Name = (&*self.string(trail)?).into();
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.expected(":"));
            }
            self.at += 1;
            self.blanks();
            let member = trail.key(&key);
            let node = self.value(&member)?;
            // Looked up once: the value of a name that stands twice is read before it is refused.
            match members.entry(Arc::clone(&key)) {
                Entry::Vacant(place) => _ = place.insert(node),
                Entry::Occupied(_) => {
                    return Err(Finding::new("document/duplicate-key", member.place(self.line)).with("key", &key));
                }
            }
            if self.goes_on(b'}', "',' or '}'")? {
                if members.capacity() > members.len() * 2 {
                    members.shrink_to_fit();
                }
                return Ok(Value::Object(Box::new(members)));
            }
        }
    }

    /// The rest of a list, after its bracket.
    fn list(&mut self, trail: &Trail<'_>) -> Result<Value, Finding> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            let node = self.value(&trail.index(items.len()))?;
            items.push(node);
            if self.goes_on(b']', "',' or ']'")? {
                if items.capacity() > items.len() * 2 {
                    items.shrink_to_fit();
                }
                return Ok(Value::List(items));
            }
        }
    }

    /// Past a comma (false) or the closing character (true).
    fn goes_on(&mut self, close: u8, expected: &'static str) -> Result<bool, Finding> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blanks();
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.expected(expected)),
        }
    }

    fn number(&mut self, trail: &Trail<'_>) -> Result<Number, Finding> {
        let rest = &self.text[self.at..];
        let Some(length) = number::length(rest.as_bytes()) else { return Err(self.expected("number")) };
        if length as u64 > self.limits.number_chars {
            return Err(broken("document/number-too-long", self.limits.number_chars, trail.place(self.line)));
        }
        let spelt = &rest[..length];
        let number = Number::parse(spelt).ok_or_else(|| {
            Finding::new("document/number-out-of-range", trail.place(self.line)).with("number", spelt)
        })?;
        self.budget.text(length, || trail.place(self.line))?;
        self.at += length;
        Ok(number)
    }

    /// A string, from its opening to past its closing quote; borrowed where nothing in it is escaped.
    fn string(&mut self, trail: &Trail<'_>) -> Result<Cow<'a, str>, Finding> {
        self.at += 1;
        let plain = self.plain_run();
        if self.peek() == Some(b'"') && plain.len() as u64 <= self.limits.string_bytes {
            self.at += 1;
            self.budget.text(plain.len(), || trail.place(self.line))?;
            return Ok(Cow::Borrowed(&self.text[plain]));
        }
        self.at = plain.start;
        let mut string = String::new();
        loop {
            let plain = self.plain_run();
            let too_long = (string.len() + plain.len()) as u64 > self.limits.string_bytes;
            if too_long {
                return Err(broken("document/string-too-long", self.limits.string_bytes, trail.place(self.line)));
            }
            string.push_str(&self.text[plain]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.budget.text(string.len(), || trail.place(self.line))?;
                    return Ok(Cow::Owned(string));
                }
                Some(b'\\') => string.push(self.escape(trail)?),
                Some(_) => return Err(Finding::new("document/control-character", self.position())),
                None => return Err(self.expected("\"")),
            }
        }
    }

    /// Past the characters that stand for themselves, up to the string limit and one more.
    fn plain_run(&mut self) -> Range<usize> {
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        let most = usize::try_from(self.limits.string_bytes).unwrap_or(usize::MAX).saturating_add(4);
        let bytes = bytes.get(..most).unwrap_or(bytes);
        let mut length = bytes.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len());
        // The cut at the limit may fall inside a character.
        while !self.text.is_char_boundary(start + length) {
            length -= 1;
        }
        self.at += length;
        start..self.at
    }

    fn escape(&mut self, trail: &Trail<'_>) -> Result<char, Finding> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.unicode(trail);
            }
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.expected("escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self, trail: &Trail<'_>) -> Result<char, Finding> {
        let first = self.four_digits()?;
        let lone =
            || Finding::new("document/lone-surrogate", trail.place(self.line)).with("unit", format!("{first:04x}"));
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(lone);
        }
        if first >= 0xdc00 || !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Err(lone());
        }
        let refusal = lone();
        self.at += 2;
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(refusal);
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(refusal)
    }

    fn four_digits(&mut self) -> Result<u32, Finding> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let mut unit = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16).ok_or_else(|| self.expected("four hexadecimal digits"))?;
            unit = unit * 16 + digit;
        }
        if digits.len() < 4 {
            return Err(self.expected("four hexadecimal digits"));
        }
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
