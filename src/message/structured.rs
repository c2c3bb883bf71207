//! Structured field values (RFC 9651), as much of them as signatures and digests need: dictionaries of items and inner
//! lists, with parameters. Strict: what the grammar does not allow is refused, and so is a member that stands twice.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A bare item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Integer(i64),
    Text(String),
    Token(String),
    Bytes(Vec<u8>),
    Boolean(bool),
}

/// An item with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) bare: Bare,
    pub(super) parameters: Parameters,
}

/// Parameters, in the order in which they stand.
pub(super) type Parameters = Vec<(String, Bare)>;

/// An inner list with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct InnerList {
    pub(super) items: Vec<Item>,
    pub(super) parameters: Parameters,
}

/// A member of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Item(Item),
    List(InnerList),
}

/// What is wrong, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wrong} at position {position}")]
pub(super) struct Malformed {
    wrong: &'static str,
    position: usize,
}

/// Reads a dictionary.
pub(super) fn dictionary(text: &str) -> Result<Vec<(String, Member)>, Malformed> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    let mut members: Vec<(String, Member)> = Vec::new();
    reader.skip(b" ");
    if reader.peek().is_none() {
        return Ok(members);
    }
    loop {
        let key = reader.key()?;
        if members.iter().any(|(known, _)| *known == key) {
            return Err(reader.wrong("a member that stands twice"));
        }
        let member = if reader.take(b'=') {
            if reader.peek() == Some(b'(') { Member::List(reader.inner_list()?) } else { Member::Item(reader.item()?) }
        } else {
            Member::Item(Item { bare: Bare::Boolean(true), parameters: reader.parameters()? })
        };
        members.push((key, member));
        reader.skip(b" \t");
        if reader.peek().is_none() {
            return Ok(members);
        }
        if !reader.take(b',') {
            return Err(reader.wrong("a comma is wanted"));
        }
        reader.skip(b" \t");
        if reader.peek().is_none() {
            return Err(reader.wrong("a comma with nothing after it"));
        }
    }
}

impl Item {
    /// The canonical text (RFC 9651, 4.1.3).
    pub(super) fn text(&self) -> String {
        format!("{}{}", bare(&self.bare), parameters(&self.parameters))
    }
}

impl InnerList {
    /// The canonical text (RFC 9651, 4.1.1.1).
    pub(super) fn text(&self) -> String {
        let items: Vec<_> = self.items.iter().map(Item::text).collect();
        format!("({}){}", items.join(" "), parameters(&self.parameters))
    }
}

/// The canonical text of a byte sequence.
pub(super) fn bytes(value: &[u8]) -> String {
    format!(":{}:", STANDARD.encode(value))
}

fn bare(value: &Bare) -> String {
    match value {
        Bare::Integer(number) => number.to_string(),
        Bare::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Bare::Token(token) => token.clone(),
        Bare::Bytes(value) => bytes(value),
        Bare::Boolean(value) => format!("?{}", u8::from(*value)),
    }
}

fn parameters(list: &Parameters) -> String {
    let mut text = String::new();
    for (key, value) in list {
        // Writing to a String cannot fail.
        let _ = match value {
            Bare::Boolean(true) => write!(text, ";{key}"),
            other => write!(text, ";{key}={}", bare(other)),
        };
    }
    text
}

/// True where a text may stand in a string: printable ASCII.
pub(super) fn is_string(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, wrong: &'static str) -> Malformed {
        Malformed { wrong, position: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn skip(&mut self, any: &[u8]) {
        while self.peek().is_some_and(|byte| any.contains(&byte)) {
            self.at += 1;
        }
    }

    fn run(&mut self, allowed: impl Fn(u8) -> bool) -> String {
        let mut run = String::new();
        while let Some(byte) = self.peek().filter(|byte| allowed(*byte)) {
            run.push(char::from(byte));
            self.at += 1;
        }
        run
    }

    fn key(&mut self) -> Result<String, Malformed> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'*') {
            return Err(self.wrong("a key is wanted"));
        }
        Ok(self.run(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)))
    }

    fn inner_list(&mut self) -> Result<InnerList, Malformed> {
        let mut list = InnerList::default();
        if !self.take(b'(') {
            return Err(self.wrong("a list is wanted"));
        }
        loop {
            self.skip(b" ");
            if self.take(b')') {
                list.parameters = self.parameters()?;
                return Ok(list);
            }
            list.items.push(self.item()?);
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return Err(self.wrong("a blank or the end of the list is wanted"));
            }
        }
    }

    fn item(&mut self) -> Result<Item, Malformed> {
        Ok(Item { bare: self.bare()?, parameters: self.parameters()? })
    }

    fn parameters(&mut self) -> Result<Parameters, Malformed> {
        let mut list = Parameters::new();
        while self.take(b';') {
            self.skip(b" ");
            let key = self.key()?;
            if list.iter().any(|(known, _)| *known == key) {
                return Err(self.wrong("a parameter that stands twice"));
            }
            let value = if self.take(b'=') { self.bare()? } else { Bare::Boolean(true) };
            list.push((key, value));
        }
        Ok(list)
    }

    fn bare(&mut self) -> Result<Bare, Malformed> {
        match self.peek() {
            Some(b'"') => self.text(),
            Some(b':') => self.byte_sequence(),
            Some(b'?') => {
                self.at += 1;
                if self.take(b'1') {
                    Ok(Bare::Boolean(true))
                } else if self.take(b'0') {
                    Ok(Bare::Boolean(false))
                } else {
                    Err(self.wrong("?0 or ?1 is wanted"))
                }
            }
            Some(byte) if byte == b'-' || byte.is_ascii_digit() => self.integer(),
            Some(byte) if byte == b'*' || byte.is_ascii_alphabetic() => {
                Ok(Bare::Token(self.run(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte))))
            }
            _ => Err(self.wrong("a value is wanted")),
        }
    }

    fn integer(&mut self) -> Result<Bare, Malformed> {
        let negative = self.take(b'-');
        let digits = self.run(|byte| byte.is_ascii_digit());
        // RFC 9651, 3.3.1: at most 15 digits. Decimals have no place in signatures and digests.
        if digits.is_empty() || digits.len() > 15 || self.peek() == Some(b'.') {
            return Err(self.wrong("an integer of at most 15 digits is wanted"));
        }
        let number: i64 = digits.parse().map_err(|_| self.wrong("an integer is wanted"))?;
        Ok(Bare::Integer(if negative { -number } else { number }))
    }

    fn text(&mut self) -> Result<Bare, Malformed> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Bare::Text(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let Some(byte @ (b'"' | b'\\')) = self.peek() else {
                        return Err(self.wrong("only a quotation mark or a backslash is escaped"));
                    };
                    text.push(char::from(byte));
                }
                Some(byte @ 0x20..=0x7e) => text.push(char::from(byte)),
                _ => return Err(self.wrong("a string that does not end, or is not ASCII")),
            }
            self.at += 1;
        }
    }

    fn byte_sequence(&mut self) -> Result<Bare, Malformed> {
        self.at += 1;
        let encoded = self.run(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        if !self.take(b':') {
            return Err(self.wrong("a byte sequence that does not end"));
        }
        STANDARD.decode(encoded).map(Bare::Bytes).map_err(|_| self.wrong("a byte sequence that is not base64"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_signature_input_is_read_and_written_as_it_stands() {
        let text = r#"("@method" "content-digest";req);created=1618884473;keyid="a\"b\\c";alg="ed25519";flag"#;
        let read = dictionary(&format!("sig1={text}, other=:aGk=:, on")).expect("a dictionary");
        assert_eq!(read.len(), 3);
        let Member::List(list) = &read[0].1 else { panic!("a list") };
        assert_eq!(list.text(), text);
        assert_eq!(list.parameters[1], ("keyid".to_owned(), Bare::Text("a\"b\\c".to_owned())));
        assert!(matches!(&read[1].1, Member::Item(Item { bare: Bare::Bytes(hi), .. }) if hi == b"hi"));
    }

    #[test]
    fn what_the_grammar_does_not_allow_is_refused() {
        for text in [
            "a=1,",
            "a=1,,b=2",
            "A=1",
            "a=",
            "a=(",
            "a=(1",
            "a=(1,2)",
            "a=(\"x\"\"y\")",
            "a=\"x",
            "a=\"é\"",
            "a=\"\\n\"",
            "a=:abc:",
            "a=:YQ==",
            "a=1.5",
            "a=1234567890123456",
            "a=1;b=1;b=2",
            "a=1, a=2",
            "a=?2",
            "a b",
            "a=1 b=2",
            "a=:YQ=:",
            "a=:Y Q==:",
            "a=@1",
            "=1",
            "a=\"\u{7f}\"",
        ] {
            assert!(dictionary(text).is_err(), "{text}");
        }
        assert_eq!(dictionary("  "), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC*") {
            let _ = dictionary(&text);
        }

        #[test]
        fn what_was_written_is_read_back(names in proptest::collection::vec("[ -~]{0,12}", 0..6), number in -999_999_999_999_999_i64..999_999_999_999_999, data: Vec<u8>) {
            let item = |bare| Item { bare, parameters: vec![] };
            let list = InnerList {
                items: names.into_iter().map(|name| item(Bare::Text(name))).collect(),
                parameters: vec![("n".to_owned(), Bare::Integer(number)), ("b".to_owned(), Bare::Bytes(data))],
            };
            let read = dictionary(&format!("x={}", list.text())).expect("a dictionary");
            prop_assert_eq!(read, vec![("x".to_owned(), Member::List(list))]);
        }
    }
}
