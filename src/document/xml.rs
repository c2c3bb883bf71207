//! XML held to limits, as a stream of events: no document type declaration, no entities but the five of XML and
//! character references, and caps on depth, attributes and the size of every token: the parts of a
//! workbook. Not here: XML documents of their own (`xml_tree`).

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesStart, Event};

use super::limits::{Limits, broken};
use crate::finding::{Finding, Place};

/// Refuses XML with a document type declaration, before any parser builds anything: it scans no further than the root
/// element. Entities can be declared nowhere else, so no bytes that pass can expand or refer to anything outside.
///
/// # Errors
///
/// `document/doctype` at line and column.
pub fn refuse_doctype(bytes: &[u8]) -> Result<(), Finding> {
    // UTF-16 is markup with a NUL beside every byte; the scan needs no more than the markup.
    let wide =
        bytes.iter().take(4).any(|byte| *byte == 0) || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let text: Cow<'_, [u8]> =
        if wide { Cow::Owned(bytes.iter().copied().filter(|byte| *byte != 0).collect()) } else { Cow::Borrowed(bytes) };
    let marks = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"];
    let start = marks.iter().find(|mark| text.starts_with(mark)).map_or(0, |mark| mark.len());
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.len() - rest.trim_ascii_start().len();
        let rest = rest.trim_ascii_start();
        let end: &[u8] = if rest.starts_with(b"<?") {
            b"?>"
        } else if rest.starts_with(b"<!--") {
            b"-->"
        } else if rest.get(..9).is_some_and(|begin| begin.eq_ignore_ascii_case(b"<!doctype")) {
            let place = super::text::position(&text[start..], at - start, 0);
            return Err(Finding::new("document/doctype", place));
        } else {
            return Ok(());
        };
        let Some(length) = rest.windows(end.len()).position(|window| window == end) else { return Ok(()) };
        at += length + end.len();
    }
}

/// What an XML event says, as far as readers here need it.
pub(super) enum Xml<'a> {
    /// An element begins, of that local name.
    Start(Element<'a>),
    /// An element ends.
    End,
    /// Characters, references resolved.
    Text(Cow<'a, str>),
    /// The document has ended.
    Eof,
}

/// A start tag.
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
}

impl Element<'_> {
    /// The name without its prefix.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// The attribute of that name, references resolved.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<String>, String> {
        let [value] = self.attributes([name])?;
        Ok(value.map(Cow::into_owned))
    }

    /// The attributes of these names in one pass, references resolved.
    pub(super) fn attributes<const N: usize>(&self, names: [&str; N]) -> Result<[Option<Cow<'_, str>>; N], String> {
        self.find(|key| names.iter().position(|name| *name == key))
    }

    /// The attribute of that local name that has a prefix, whatever it is.
    pub(super) fn prefixed_attribute(&self, name: &str) -> Result<Option<String>, String> {
        let prefixed = |key: &str| {
            key.split_once(':').is_some_and(|(prefix, local)| prefix != "xmlns" && local == name).then_some(0)
        };
        let [value] = self.find(prefixed)?;
        Ok(value.map(Cow::into_owned))
    }

    fn find<const N: usize>(&self, slot: impl Fn(&str) -> Option<usize>) -> Result<[Option<Cow<'_, str>>; N], String> {
        let mut found = [const { None }; N];
        for attribute in self.tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if let Some(found) = slot(attribute.key.into_inner()).and_then(|slot| found.get_mut(slot)) {
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
                *found = Some(value.map_err(|error| error.to_string())?);
            }
        }
        Ok(found)
    }
}

/// A reader of XML events over a stream that need not be trusted.
pub(super) struct Events<'l, R: BufRead> {
    reader: quick_xml::Reader<Metered<R>>,
    buffer: Vec<u8>,
    limits: &'l Limits,
    /// Name of the part, for places.
    part: String,
    depth: u32,
}

impl<'l, R: BufRead> Events<'l, R> {
    pub(super) fn new(source: R, part: &str, limits: &'l Limits) -> Self {
        // A token may begin anywhere in what the source has buffered, hence twice the limit here and the check below.
        let metered = Metered { source, left: 0, most: limits.xml_token_bytes.saturating_mul(2) };
        let mut reader = quick_xml::Reader::from_reader(metered);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), limits, part: part.to_owned(), depth: 0 }
    }

    /// The part as a place.
    pub(super) fn place(&self) -> Place {
        Place::Part(self.part.clone())
    }

    /// The next event. What is neither an element nor text comes as an empty text.
    pub(super) fn next(&mut self) -> Result<Xml<'_>, Finding> {
        self.buffer.clear();
        self.reader.get_mut().refill();
        let place = || Place::Part(self.part.clone());
        let unreadable =
            |reason: &dyn std::fmt::Display| Finding::new("document/unreadable", place()).with("reason", reason);
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(refused(&error, &self.part, self.limits)),
        };
        let token: &str = &event;
        if token.len() as u64 > self.limits.xml_token_bytes {
            return Err(broken("document/markup-too-long", self.limits.xml_token_bytes, place()));
        }
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > self.limits.depth {
                    return Err(broken("document/too-deep", self.limits.depth, place()));
                }
                // Counted without comparing names, which quick-xml does pair by pair. The shortest is ` a=""`.
                let most = self.limits.xml_attributes as usize;
                if tag.len() / 5 > most && tag.attributes().with_checks(false).take(most + 1).count() > most {
                    return Err(broken("document/too-many-attributes", self.limits.xml_attributes, place()));
                }
                Ok(Xml::Start(Element { tag }))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Xml::End)
            }
            Event::Empty(_) => Err(unreadable(&"an empty element")),
            Event::Text(text) => Ok(Xml::Text(text.xml10_content())),
            Event::CData(text) => Ok(Xml::Text(text.xml10_content())),
            Event::GeneralRef(reference) => {
                let text = match reference.resolve_char_ref() {
                    Ok(Some(character)) if is_xml_character(character) => character.to_string(),
                    Ok(None) => quick_xml::escape::resolve_xml_entity(&reference)
                        .ok_or_else(|| unreadable(&format!("&{};", &*reference)))?
                        .to_owned(),
                    _ => return Err(unreadable(&format!("&{};", &*reference))),
                };
                Ok(Xml::Text(Cow::Owned(text)))
            }
            Event::DocType(_) => Err(Finding::new("document/doctype", place())),
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(|error| unreadable(&error))?;
                if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                    return Err(unreadable(&"XML that is not UTF-8"));
                }
                Ok(Xml::Text(Cow::Borrowed("")))
            }
            Event::PI(_) | Event::Comment(_) => Ok(Xml::Text(Cow::Borrowed(""))),
            Event::Eof if self.depth > 0 => Err(unreadable(&"the XML ends too early")),
            Event::Eof => Ok(Xml::Eof),
        }
    }
}

fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The refusal behind an error of the XML reader: a limit of ours where one of our readers below it gave up.
fn refused(error: &quick_xml::Error, part: &str, limits: &Limits) -> Finding {
    let place = Place::Part(part.to_owned());
    if let quick_xml::Error::Io(io) = error
        && let Some(stop) = io.get_ref().and_then(|inner| inner.downcast_ref::<Stop>())
    {
        return match stop {
            Stop::Token => broken("document/markup-too-long", limits.xml_token_bytes, place),
            Stop::Limit(code, most) => broken(code, *most, place),
        };
    }
    Finding::new("document/unreadable", place).with("reason", error)
}

/// Why a reader below the XML reader gives up; travels inside an `io::Error`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// A token is longer than its limit.
    #[error("a token is too long")]
    Token,
    /// A limit of the package, by code and figure.
    #[error("{0}: {1}")]
    Limit(&'static str, u64),
}

/// Lets one event take no more than so many bytes from the source, so that no token fills the memory.
struct Metered<R> {
    source: R,
    left: u64,
    most: u64,
}

impl<R> Metered<R> {
    fn refill(&mut self) {
        self.left = self.most;
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 && self.most > 0 {
            return Err(io::Error::other(Stop::Token));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.source.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str, limits: &Limits) -> Result<String, Finding> {
        let mut events = Events::new(xml.as_bytes(), "part.xml", limits);
        let mut told = String::new();
        loop {
            match events.next()? {
                Xml::Start(element) => {
                    told.extend(["<", element.name()]);
                    if let Some(id) =
                        element.attribute("id").map_err(|e| Finding::new("document/unreadable", Place::Part(e)))?
                    {
                        told.extend([" ", &id]);
                    }
                    told.push('>');
                }
                Xml::End => told.push('/'),
                Xml::Text(text) => told.push_str(&text),
                Xml::Eof => return Ok(told),
            }
        }
    }

    fn code(xml: &str, limits: &Limits) -> &'static str {
        read(xml, limits).expect_err(xml).code()
    }

    #[test]
    fn a_document_type_declaration_is_refused_wherever_it_hides() {
        for xml in [
            "<!DOCTYPE a []><a/>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- <a> --><!doctype a SYSTEM \"file:///etc/passwd\"><a/>",
            " <?pi?> <!DOCTYPE",
        ] {
            assert_eq!(refuse_doctype(xml.as_bytes()).expect_err(xml).code(), "document/doctype");
            let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(refuse_doctype(&utf16).expect_err(xml).code(), "document/doctype");
        }
        for xml in
            ["<a><!-- <!DOCTYPE a> --></a>", "<?xml version=\"1.0\"?><a b=\"&lt;!DOCTYPE\"/>", "<!-- <!DOCTYPE", ""]
        {
            assert_eq!(refuse_doctype(xml.as_bytes()), Ok(()), "{xml}");
        }
        let place = refuse_doctype(b"<?xml?>\n  <!DOCTYPE a>").expect_err("DOCTYPE").place().to_string();
        assert_eq!(place, "line 2 column 3");
    }

    #[test]
    fn only_the_references_of_xml_itself_are_resolved() {
        let limits = Limits::default();
        assert_eq!(
            read("<a id='x&amp;y'>1&lt;&#x8BC1;<![CDATA[&x;]]><b/></a>", &limits).expect("XML"),
            "<a x&y>1<证&x;<b>//"
        );
        assert_eq!(code("<a>&x;</a>", &limits), "document/unreadable");
        assert_eq!(code("<a id='&x;'/>", &limits), "document/unreadable");
        assert_eq!(code("<a>&#0;</a>", &limits), "document/unreadable");
        assert_eq!(code("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", &limits), "document/doctype");
        assert_eq!(code("<?xml version='1.0' encoding='GBK'?><a/>", &limits), "document/unreadable");
        assert_eq!(code("<a><b></a>", &limits), "document/unreadable");
        assert_eq!(code("<a><b>", &limits), "document/unreadable");
    }

    #[test]
    fn every_limit_lets_pass_what_just_fits_and_names_itself_for_what_does_not() {
        let limits = Limits { depth: 3, xml_attributes: 2, xml_token_bytes: 100, ..Limits::default() };
        for (fits, breaks, wanted) in [
            ("<a><b><c/></b></a>".to_owned(), "<a><b><c><d/></c></b></a>".to_owned(), "document/too-deep"),
            ("<a b='' c=''/>".into(), "<a b='' c='' d=''/>".into(), "document/too-many-attributes"),
            (format!("<a>{}</a>", "x".repeat(100)), format!("<a>{}</a>", "x".repeat(101)), "document/markup-too-long"),
            (format!("<a>{}</a>", "x".repeat(100)), format!("<a>{}</a>", "x".repeat(1000)), "document/markup-too-long"),
            (
                format!("<a b='{}'/>", "x".repeat(90)),
                format!("<a b='{}'/>", "x".repeat(1000)),
                "document/markup-too-long",
            ),
            ("<a/>".into(), format!("<a/><!--{}-->", "x".repeat(1000)), "document/markup-too-long"),
        ] {
            assert!(read(&fits, &limits).is_ok(), "{fits}");
            assert_eq!(code(&breaks, &limits), wanted, "{breaks}");
        }
    }

    #[test]
    fn a_million_attributes_are_refused_without_comparing_their_names() {
        let xml = format!("<a {}/>", (0..1_000_000).map(|n| format!("b{n}='' ")).collect::<Vec<_>>().concat());
        assert_eq!(code(&xml, &Limits::default()), "document/markup-too-long");
        let within = Limits { xml_token_bytes: 64 << 20, ..Limits::default() };
        assert_eq!(code(&xml, &within), "document/too-many-attributes");
    }
}
