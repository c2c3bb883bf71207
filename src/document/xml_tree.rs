//! XML read into the tree: what is told at [`super::Syntax::Xml`]. One document has one reading, so what the tree cannot
//! hold is refused and not bent: text beside elements, elements of one name that stand apart, processing instructions.
//!
//! Not here: names and places (`xml_name`), and XML inside workbooks (`xml`).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};

use super::limits::{Budget, Limits, broken};
use super::text::{Charset, decode, position};
use super::xml_name::{self, TEXT, XML, XMLNS, XSI, is_character, is_name};
use super::{Name, Node, Object, Value, refuse_doctype};
use crate::finding::{Finding, Place};

/// Levels that are never passed, whatever the limits say: the tree is walked by recursion.
const DEEPEST: u32 = 200;

/// Reads a document.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Node, Finding> {
    refuse_doctype(bytes)?;
    let (text, charset) = decode(bytes)?;
    if charset == Charset::Gb18030 {
        return Err(Finding::new("document/xml-encoding", Place::Whole).with("encoding", "-"));
    }
    // What is not allowed is a control, or begins with the byte of U+FFFE: few documents are looked at letter by letter.
    let doubtful = |byte: &u8| matches!(byte, 0..=8 | 0xb | 0xc | 0xe..=0x1f | 0xef);
    if text.as_bytes().iter().any(doubtful)
        && let Some((at, _)) = text.char_indices().find(|(_, character)| !is_character(*character))
    {
        return Err(syntax(&text, at, "a character that XML does not allow"));
    }
    let mut builder = Builder {
        text: &text,
        charset,
        limits,
        budget: Budget::of_values(limits),
        frames: Vec::new(),
        bindings: HashMap::new(),
        bound: Vec::new(),
        root: None,
        line: 1,
        counted: 0,
    };
    builder.run()?;
    match builder.root {
        Some((key, node)) => {
            let line = node.line;
            let mut document = Object::default();
            document.insert(key, node);
            Ok(Node { line, ..Node::new(Value::Object(Box::new(document))) })
        }
        None => Err(syntax(&text, text.len(), "no element")),
    }
}

fn syntax(text: &str, at: usize, reason: impl std::fmt::Display) -> Finding {
    Finding::new("document/xml-syntax", position(text.as_bytes(), at, 0)).with("reason", reason)
}

/// True where the words of an XML declaration are those that there are, in their order; the reader below looks for the ones
/// that it knows and passes over any other.
fn is_declaration(content: &str) -> bool {
    let blank = [' ', '\t', '\n', '\r'];
    let Some(mut rest) = content.strip_prefix("xml") else { return false };
    for name in ["version", "encoding", "standalone"] {
        let Some(value) = rest.trim_start_matches(blank).strip_prefix(name) else { continue };
        let value = value.trim_start_matches(blank).strip_prefix('=').map(|value| value.trim_start_matches(blank));
        let quoted = value.and_then(|value| {
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            value.get(1..)?.split_once(quote)
        });
        match quoted {
            Some((_, behind)) if rest.starts_with(blank) => rest = behind,
            _ => return false,
        }
    }
    rest.trim_matches(blank).is_empty()
}

/// False where an attribute begins right behind the quote of another, which the reader below does not see.
fn attributes_stand_apart(tag: &str) -> bool {
    let mut open = None;
    let mut closed = false;
    for byte in tag.bytes() {
        match open {
            Some(quote) if byte == quote => (open, closed) = (None, true),
            Some(_) => {}
            None if closed && !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => return false,
            None => {
                closed = false;
                open = matches!(byte, b'"' | b'\'').then_some(byte);
            }
        }
    }
    true
}

/// An element that has begun and not yet ended.
struct Frame {
    /// Its key in the element around it.
    key: Name,
    /// The tag as it is spelt, for the end tag.
    tag: String,
    namespace: Rc<str>,
    line: u32,
    members: Object,
    /// Does it hold elements?
    nests: bool,
    text: String,
    /// How many prefixes were bound around it.
    bound: usize,
}

struct Builder<'t, 'l> {
    text: &'t str,
    charset: Charset,
    limits: &'l Limits,
    budget: Budget,
    frames: Vec<Frame>,
    /// Prefixes and their namespaces, the innermost last.
    bindings: HashMap<String, Vec<Rc<str>>>,
    /// The prefixes in the order in which they were bound.
    bound: Vec<String>,
    root: Option<(Name, Node)>,
    /// Line of the byte up to which lines are counted.
    line: u32,
    counted: usize,
}

impl Builder<'_, '_> {
    fn run(&mut self) -> Result<(), Finding> {
        let mut reader = quick_xml::Reader::from_str(self.text);
        let config = reader.config_mut();
        config.check_comments = true;
        config.trim_markup_names_in_closing_tags = true;
        let offset = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        loop {
            let begin = offset(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(syntax(self.text, offset(reader.error_position()), error)),
            };
            if event.len() as u64 > self.limits.xml_token_bytes {
                return Err(broken("document/markup-too-long", self.limits.xml_token_bytes, self.here(begin)));
            }
            match event {
                Event::Start(tag) => self.start(&tag, begin)?,
                Event::Empty(tag) => {
                    self.start(&tag, begin)?;
                    self.end(begin)?;
                }
                Event::End(tag) => {
                    if self.frames.last().is_none_or(|frame| frame.tag != tag.name().into_inner()) {
                        return Err(syntax(self.text, begin, "an end tag without its start tag"));
                    }
                    self.end(begin)?;
                }
                Event::Text(text) => {
                    if text.contains("]]>") {
                        return Err(syntax(self.text, begin, "`]]>` in a text"));
                    }
                    self.characters(&text.xml10_content(), begin)?;
                }
                Event::CData(text) => {
                    if self.frames.is_empty() {
                        return Err(syntax(self.text, begin, "text outside the root element"));
                    }
                    self.characters(&text.xml10_content(), begin)?;
                }
                Event::GeneralRef(reference) => {
                    if self.frames.is_empty() {
                        return Err(syntax(self.text, begin, "text outside the root element"));
                    }
                    let unknown = || syntax(self.text, begin, format_args!("&{};", &*reference));
                    let resolved: Cow<'_, str> = match reference.resolve_char_ref() {
                        Ok(Some(character)) if is_character(character) => character.to_string().into(),
                        Ok(None) => quick_xml::escape::resolve_xml_entity(&reference).ok_or_else(unknown)?.into(),
                        _ => return Err(unknown()),
                    };
                    self.characters(&resolved, begin)?;
                }
                Event::Decl(declaration) => {
                    if begin != 0 {
                        return Err(syntax(self.text, begin, "an XML declaration that does not stand first"));
                    }
                    let refused = |error: &dyn std::fmt::Display| syntax(self.text, begin, error);
                    if !is_declaration(&declaration) {
                        return Err(refused(&"an XML declaration of other words"));
                    }
                    let version = declaration.version().map_err(|error| refused(&error))?;
                    if version != "1.0" {
                        return Err(refused(&format_args!("XML {version}")));
                    }
                    let encoding = declaration.encoding().transpose().map_err(|error| refused(&error))?;
                    self.check_encoding(encoding.as_deref())?;
                }
                Event::Comment(_) => {}
                Event::PI(instruction) => {
                    return Err(
                        Finding::new("document/xml-instruction", self.here(begin)).with("target", instruction.target())
                    );
                }
                Event::DocType(_) => return Err(Finding::new("document/doctype", self.here(begin))),
                Event::Eof if self.frames.is_empty() => return Ok(()),
                Event::Eof => return Err(syntax(self.text, self.text.len(), "the end comes too early")),
            }
        }
    }

    fn check_encoding(&self, stated: Option<&str>) -> Result<(), Finding> {
        let fits = |name: &str| match self.charset {
            Charset::Utf8 => name.eq_ignore_ascii_case("UTF-8") || name.eq_ignore_ascii_case("US-ASCII"),
            Charset::Utf16Le => ["UTF-16", "UTF-16LE"].iter().any(|known| name.eq_ignore_ascii_case(known)),
            Charset::Utf16Be => ["UTF-16", "UTF-16BE"].iter().any(|known| name.eq_ignore_ascii_case(known)),
            Charset::Gb18030 => false,
        };
        match stated {
            Some(name) if !fits(name) => {
                Err(Finding::new("document/xml-encoding", Place::Position { line: 1, column: 1 })
                    .with("encoding", name))
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, begin: usize) -> Result<(), Finding> {
        let line = self.line_at(begin);
        if self.root.is_some() {
            return Err(syntax(self.text, begin, "a second root element"));
        }
        let most = self.limits.depth.min(DEEPEST);
        if self.frames.len() as u64 >= u64::from(most) {
            return Err(broken("document/too-deep", most, self.place(line)));
        }
        // Counted first, without comparing names, which costs a comparison for each pair.
        let most = self.limits.xml_attributes as usize;
        if tag.len() / 5 > most && tag.attributes().with_checks(false).take(most + 1).count() > most {
            return Err(broken("document/too-many-attributes", self.limits.xml_attributes, self.place(line)));
        }
        if !attributes_stand_apart(tag) {
            return Err(syntax(self.text, begin, "attributes without a blank between them"));
        }
        let bound = self.bound.len();
        let mut spellings = HashSet::new();
        let mut attributes: Vec<(&str, String)> = Vec::new();
        // The reader's own check compares every pair of names; the set below does not.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| syntax(self.text, begin, error))?;
            let name = attribute.key.into_inner();
            if !spellings.insert(name) {
                return Err(Finding::new("document/xml-duplicate-attribute", self.place(line)).with("name", name));
            }
            if attribute.value.contains('<') {
                return Err(syntax(self.text, begin, "`<` in the value of an attribute"));
            }
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| syntax(self.text, begin, error))?;
            if !value.chars().all(is_character) {
                return Err(syntax(self.text, begin, "a character that XML does not allow"));
            }
            if name == "xmlns" {
                self.bind("", &value, name, line)?;
            } else if name == "xmlns:" {
                return Err(syntax(self.text, begin, "a declaration of no prefix"));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bind(prefix, &value, name, line)?;
            } else {
                attributes.push((name, value.into_owned()));
            }
        }
        let around: Rc<str> = self.frames.last().map_or_else(|| "".into(), |frame| Rc::clone(&frame.namespace));
        let spelt = tag.name().into_inner();
        let (namespace, local) = self.resolve(spelt, true, line)?;
        let key = xml_name::key(&namespace, local, &around).into();
        self.take(0, line)?;
        self.frames.push(Frame {
            key,
            tag: spelt.to_owned(),
            namespace,
            line,
            members: Object::default(),
            nests: false,
            text: String::new(),
            bound,
        });
        self.attributes(attributes, line)
    }

    /// Adds the attributes to the element that begins.
    fn attributes(&mut self, attributes: Vec<(&str, String)>, line: u32) -> Result<(), Finding> {
        let mut names = HashSet::new();
        for (spelt, value) in attributes {
            let (namespace, local) = self.resolve(spelt, false, line)?;
            if !names.insert((Rc::clone(&namespace), local)) {
                return Err(Finding::new("document/xml-duplicate-attribute", self.place(line)).with("name", spelt));
            }
            // Where a schema is said to lie is a hint that nobody here follows.
            if &*namespace == XSI && matches!(local, "schemaLocation" | "noNamespaceSchemaLocation") {
                continue;
            }
            self.take(value.len(), line)?;
            let key = format!("@{}", xml_name::key(&namespace, local, ""));
            if let Some(frame) = self.frames.last_mut() {
                frame.members.insert(key.into(), Node { line, ..Node::text(value) });
            }
        }
        Ok(())
    }

    /// Binds a prefix, or with none the default, for the element that begins.
    fn bind(&mut self, prefix: &str, namespace: &str, spelt: &str, line: u32) -> Result<(), Finding> {
        let fits = match prefix {
            "" => namespace != XML && namespace != XMLNS,
            "xml" => namespace == XML,
            "xmlns" => false,
            _ => is_name(prefix) && !namespace.is_empty() && namespace != XML && namespace != XMLNS,
        };
        if !fits {
            return Err(Finding::new("document/xml-namespace", self.place(line)).with("name", spelt));
        }
        self.budget.text(namespace.len(), || Place::Whole).map_err(|finding| finding.at(self.place(line)))?;
        self.bindings.entry(prefix.to_owned()).or_default().push(namespace.into());
        self.bound.push(prefix.to_owned());
        Ok(())
    }

    /// The expanded name. Attributes without a prefix have no namespace, whatever the default is.
    fn resolve<'n>(&self, spelt: &'n str, element: bool, line: u32) -> Result<(Rc<str>, &'n str), Finding> {
        let (prefix, local) = spelt.split_once(':').unwrap_or(("", spelt));
        // `:a` is a name of XML, and none where there are namespaces: it would be taken for `a`.
        if !is_name(local) || spelt.starts_with(':') {
            let place = self.place(line);
            return Err(Finding::new("document/xml-syntax", place).with("reason", format_args!("the name {spelt}")));
        }
        let namespace: Option<Rc<str>> = match prefix {
            "" if !element => Some("".into()),
            "xml" => Some(XML.into()),
            _ => self.bindings.get(prefix).and_then(|namespaces| namespaces.last()).map(Rc::clone),
        };
        match namespace {
            Some(namespace) => Ok((namespace, local)),
            None if prefix.is_empty() => Ok(("".into(), local)),
            None => Err(Finding::new("document/xml-namespace", self.place(line)).with("name", spelt)),
        }
    }

    fn characters(&mut self, text: &str, begin: usize) -> Result<(), Finding> {
        if self.frames.is_empty() {
            return match text.trim_matches([' ', '\t', '\n', '\r']) {
                "" => Ok(()),
                _ => Err(syntax(self.text, begin, "text outside the root element")),
            };
        }
        self.budget.text(text.len(), || Place::Whole).map_err(|finding| finding.at(self.here(begin)))?;
        let most = self.limits.string_bytes;
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        if (frame.text.len() + text.len()) as u64 > most {
            return Err(broken("document/string-too-long", most, self.here(begin)));
        }
        frame.text.push_str(text);
        Ok(())
    }

    fn end(&mut self, begin: usize) -> Result<(), Finding> {
        let Some(mut frame) = self.frames.pop() else {
            return Err(syntax(self.text, begin, "an end tag without its start tag"));
        };
        for prefix in self.bound.drain(frame.bound.min(self.bound.len())..) {
            if let Some(namespaces) = self.bindings.get_mut(&prefix) {
                namespaces.pop();
            }
        }
        let value = if frame.nests {
            if !frame.text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
                let name = xml_name::parts(&frame.key).1.to_owned();
                self.frames.push(frame);
                return Err(Finding::new("document/xml-mixed-content", self.here(begin)).with("name", name));
            }
            Value::Object(Box::new(frame.members))
        } else if frame.members.is_empty() {
            Value::Text(frame.text)
        } else {
            if !frame.text.is_empty() {
                frame.members.insert(TEXT.into(), Node { line: frame.line, ..Node::text(frame.text) });
            }
            Value::Object(Box::new(frame.members))
        };
        let node = Node { line: frame.line, ..Node::new(value) };
        let Some(above) = self.frames.last_mut() else {
            self.root = Some((frame.key, node));
            return Ok(());
        };
        above.nests = true;
        let last = above.members.len().checked_sub(1);
        let stands = above.members.get_index_of(&frame.key);
        match stands.filter(|_| stands == last).and_then(|at| above.members.value_mut(at)) {
            None if stands.is_none() => above.members.push(frame.key, node),
            Some(before) => {
                if let Value::List(items) = &mut before.value {
                    items.push(node);
                } else {
                    let line = before.line;
                    let first = std::mem::replace(before, Node { line, ..Node::list(Vec::new()) });
                    before.value = Value::List(vec![first, node]);
                }
            }
            None => {
                let name = xml_name::parts(&frame.key).1.to_owned();
                return Err(Finding::new("document/xml-interleaved", self.place(frame.line)).with("name", name));
            }
        }
        Ok(())
    }

    /// Takes one element or attribute, and the bytes of a text.
    fn take(&mut self, bytes: usize, line: u32) -> Result<(), Finding> {
        if bytes as u64 > self.limits.string_bytes {
            return Err(broken("document/string-too-long", self.limits.string_bytes, self.place(line)));
        }
        let spent = self.budget.node(|| Place::Whole).and_then(|()| self.budget.text(bytes, || Place::Whole));
        spent.map_err(|finding| finding.at(self.place(line)))
    }

    /// The place of what begins at a byte within the innermost open element.
    fn here(&mut self, begin: usize) -> Place {
        let line = self.line_at(begin);
        self.place(line)
    }

    /// The innermost open element, seen from a line.
    fn place(&self, line: u32) -> Place {
        if self.frames.is_empty() {
            return Place::Position { line, column: 0 };
        }
        let mut path = String::new();
        for frame in &self.frames {
            xml_name::extend(&mut path, &frame.key);
        }
        Place::Element { line, path }
    }

    /// Line of a byte. Asked for in rising order, so that every line break is counted once.
    fn line_at(&mut self, at: usize) -> u32 {
        if let Some(passed) = self.text.as_bytes().get(self.counted..at) {
            let breaks = passed.split(|byte| *byte == b'\n').count().saturating_sub(1);
            self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            self.counted = at;
        }
        self.line
    }
}
