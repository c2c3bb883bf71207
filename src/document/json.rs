//! Reading JSON (RFC 8259) into the tree. It is read here and not by `serde_json`, which gives a number as a float without
//! its spelling and an error without its place, and which knows neither duplicate keys nor our limits; a test holds the
//! two to the same language. Not here: NDJSON (`json_lines`), writing (`json_write`).

use std::borrow::Cow;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::limits::{Budget, Limits, broken};
use super::names::Names;
use super::object::{SMALL, Table};
use super::{Flags, Name, Node, Number, Object, Trail, Value, number, text};
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
    let mut reader = Reader {
        text,
        at: 0,
        line,
        limits,
        budget,
        depth_left: limits.depth.min(DEEPEST),
        names: Names::take(),
        nodes: Vec::with_capacity(32),
        keys: Vec::with_capacity(32),
        hashes: Vec::with_capacity(32),
    };
    let node = reader.whole();
    reader.names.give_back();
    node.map_err(|refusal| *refusal)
}

/// A refusal, boxed: what is nearly always given back is a node, and is moved often.
type Refusal = Box<Finding>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    limits: &'a Limits,
    budget: &'a mut Budget,
    depth_left: u32,
    names: Names,
    /// Values that are read and belong to an object or a list that is still open, those within after those around: so
    /// that each is made once, of its size, and no node is handed about.
    nodes: Vec<Node>,
    /// The names of such members, and a number for each that equal names have in common.
    keys: Vec<Name>,
    hashes: Vec<u32>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn whole(&mut self) -> Result<Node, Refusal> {
        self.blanks();
        self.value(&Trail::ROOT)?;
        self.blanks();
        if self.at < self.text.len() {
            return Err(Finding::new("document/trailing-data", self.position()).into());
        }
        self.nodes.pop().ok_or_else(|| self.expected("value"))
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn position(&self) -> Place {
        text::position(self.text.as_bytes(), self.at, self.line)
    }

    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "every refusal in here is boxed")]
    fn expected(&self, what: &'static str) -> Refusal {
        Finding::new("document/json-syntax", self.position()).with("expected", what).into()
    }

    /// Reads a value onto the others that are open.
    fn value(&mut self, trail: &Trail<'_>) -> Result<(), Refusal> {
        self.budget.node(|| trail.place(self.line))?;
        match self.peek() {
            Some(b'"') => {
                let text = self.string(trail)?.into_owned();
                self.put(Value::Text(text));
            }
            Some(open @ (b'{' | b'[')) => {
                self.depth_left = self.depth_left.checked_sub(1).ok_or_else(|| {
                    broken("document/too-deep", self.limits.depth.min(DEEPEST), trail.place(self.line))
                })?;
                self.at += 1;
                self.blanks();
                if open == b'{' {
                    self.object(trail)?;
                } else {
                    self.list(trail)?;
                }
                self.depth_left += 1;
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number(trail)?;
                self.put(Value::Number(number));
            }
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected("value")),
        }
        Ok(())
    }

    fn put(&mut self, value: Value) {
        self.nodes.push(Node { value, flags: Flags::NONE, line: self.line });
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<(), Refusal> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("value"));
        }
        self.at += word.len();
        self.put(value);
        Ok(())
    }

    /// The rest of an object, after its brace.
    fn object(&mut self, trail: &Trail<'_>) -> Result<(), Refusal> {
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.put(Value::Object(Box::default()));
            return Ok(());
        }
        let (from, first) = (self.keys.len(), self.nodes.len());
        let mut table = None;
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("\""));
            }
            let key = self.string(trail)?;
            let (key, hash) = self.names.name(&key);
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.expected(":"));
            }
            self.at += 1;
            self.blanks();
            let member = trail.key(&key);
            self.value(&member)?;
            // The value of a name that stands twice is read before it is refused.
            if self.stands(from, &key, hash, &mut table) {
                let place = member.place(self.line);
                return Err(Finding::new("document/duplicate-key", place).with("key", &key).into());
            }
            self.keys.push(key);
            self.hashes.push(hash);
            if self.goes_on(b'}', "',' or '}'")? {
                self.hashes.truncate(from);
                let object = Object::of_distinct(self.keys.split_off(from), self.nodes.split_off(first), table);
                self.put(Value::Object(Box::new(object)));
                return Ok(());
            }
        }
    }

    /// Does a name stand among those from there on? A long object is not looked through for each of its names: its table
    /// is made on the way.
    fn stands(&self, from: usize, key: &Name, hash: u32, table: &mut Option<Box<Table>>) -> bool {
        let (keys, hashes) = (&self.keys[from..], &self.hashes[from..]);
        if keys.len() <= SMALL {
            return hashes.contains(&hash) && keys.iter().zip(hashes).any(|(own, other)| *other == hash && own == key);
        }
        let table = table.get_or_insert_with(|| {
            let mut table = Table::with_capacity_and_hasher(SMALL * 4, RandomState::default());
            table.extend(keys.iter().enumerate().map(|(at, name)| (name.clone(), at)));
            Box::new(table)
        });
        table.insert(key.clone(), keys.len()).is_some()
    }

    /// The rest of a list, after its bracket.
    fn list(&mut self, trail: &Trail<'_>) -> Result<(), Refusal> {
        if self.peek() == Some(b']') {
            self.at += 1;
            self.put(Value::List(Vec::new()));
            return Ok(());
        }
        let first = self.nodes.len();
        loop {
            self.value(&trail.index(self.nodes.len() - first))?;
            if self.goes_on(b']', "',' or ']'")? {
                let items = self.nodes.split_off(first);
                self.put(Value::List(items));
                return Ok(());
            }
        }
    }

    /// Past a comma (false) or the closing character (true).
    fn goes_on(&mut self, close: u8, expected: &'static str) -> Result<bool, Refusal> {
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

    fn number(&mut self, trail: &Trail<'_>) -> Result<Number, Refusal> {
        let rest = &self.text[self.at..];
        let Some(length) = number::length(rest.as_bytes()) else { return Err(self.expected("number")) };
        if length as u64 > self.limits.number_chars {
            return Err(broken("document/number-too-long", self.limits.number_chars, trail.place(self.line)).into());
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
    fn string(&mut self, trail: &Trail<'_>) -> Result<Cow<'a, str>, Refusal> {
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
                return Err(broken("document/string-too-long", self.limits.string_bytes, trail.place(self.line)).into());
            }
            string.push_str(&self.text[plain]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.budget.text(string.len(), || trail.place(self.line))?;
                    return Ok(Cow::Owned(string));
                }
                Some(b'\\') => string.push(self.escape(trail)?),
                Some(_) => return Err(Finding::new("document/control-character", self.position()).into()),
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
        let mut length = plain(bytes);
        // The cut at the limit may fall inside a character.
        while !self.text.is_char_boundary(start + length) {
            length -= 1;
        }
        self.at += length;
        start..self.at
    }

    fn escape(&mut self, trail: &Trail<'_>) -> Result<char, Refusal> {
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

    fn unicode(&mut self, trail: &Trail<'_>) -> Result<char, Refusal> {
        let first = self.four_digits()?;
        let lone = || -> Refusal {
            let unit = format!("{first:04x}");
            Finding::new("document/lone-surrogate", trail.place(self.line)).with("unit", unit).into()
        };
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

    fn four_digits(&mut self) -> Result<u32, Refusal> {
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

/// Bytes up to the first that does not stand for itself in a string: a quote, a backslash, a control character.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    // High bits of the bytes that are zero, at least up to the first such.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let low = word.wrapping_sub(EACH * 0x20) & !word & HIGH;
        let found = low | zeros(word ^ (EACH * u64::from(b'"'))) | zeros(word ^ (EACH * u64::from(b'\\')));
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    bytes.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
