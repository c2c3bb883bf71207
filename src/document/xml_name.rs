//! Names of XML as keys of the tree, and places in XML as people read them. Not here: reading (`xml_tree`) and writing
//! (`xml_write`).
//!
//! A key is a name alone where its namespace is that of the element around it, else `{namespace}name`. No name has a
//! brace in it, so the last `}` ends the namespace, whatever stands in that.

use std::fmt::Write as _;

use super::{Node, Value};
use crate::finding::Place;

/// The key of the text of an element that has attributes.
pub(super) const TEXT: &str = "#text";
/// The namespace of the prefix `xml`, which nobody declares.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the prefix `xmlns`.
pub(super) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// The namespace of attributes that tell a schema processor something.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The key of a name in a namespace (empty for none), where `around` is the namespace that goes without saying.
pub(super) fn key(namespace: &str, local: &str, around: &str) -> String {
    if namespace == around { local.to_owned() } else { format!("{{{namespace}}}{local}") }
}

/// Namespace and local name of a key of an XML tree; no namespace where it goes without saying.
#[must_use]
pub fn parts(key: &str) -> (Option<&str>, &str) {
    match key.strip_prefix('{').and_then(|rest| rest.rsplit_once('}')) {
        Some((namespace, local)) => (Some(namespace), local),
        None => (None, key),
    }
}

/// True for a name without a colon (Namespaces in XML 1.0, `NCName`).
pub(super) fn is_name(text: &str) -> bool {
    let begins = |c: char| {
        matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
            | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}'
            | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let goes_on = |c: char| {
        begins(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
    };
    text.chars().next().is_some_and(begins) && text.chars().all(goes_on)
}

/// True for what XML 1.0 lets stand in a document.
pub(super) fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Takes a path one key further down. The text of an element stands where the element stands.
pub(super) fn extend(path: &mut String, key: &str) {
    if key == TEXT {
        return;
    }
    path.push('/');
    match key.strip_prefix('@') {
        Some(attribute) => path.extend(["@", parts(attribute).1]),
        None => path.push_str(parts(key).1),
    }
}

/// Takes a path to one of several elements of a name; XPath counts from 1.
pub(super) fn extend_item(path: &mut String, index: usize) {
    // Writing to a String cannot fail.
    _ = write!(path, "[{}]", index + 1);
}

/// The place of a node of an XML document that a JSON Pointer names, or of one that is not there: then the line is that of
/// the element it is missing in.
#[must_use]
pub fn element_place(document: &Node, pointer: &str) -> Place {
    let (mut here, mut line, mut path) = (Some(document), document.line, String::new());
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let (list, next) = match here.map(|node| &node.value) {
            Some(Value::List(items)) => (true, segment.parse::<usize>().ok().and_then(|index| items.get(index))),
            Some(Value::Object(members)) => (false, members.get(segment.as_str())),
            _ => (false, None),
        };
        match segment.parse() {
            Ok(index) if list => extend_item(&mut path, index),
            _ => extend(&mut path, &segment),
        }
        if let Some(node) = next.filter(|node| node.line > 0) {
            line = node.line;
        }
        here = next;
    }
    if path.is_empty() { Place::Whole } else { Place::Element { line, path } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_apart_as_it_was_put_together() {
        for namespace in ["", "urn:a", "urn:{a}", "}", "http://a.example/{x}/"] {
            for around in ["", "urn:a", "urn:b"] {
                let key = key(namespace, "Name", around);
                let (found, local) = parts(&key);
                assert_eq!((found.unwrap_or(around), local), (namespace, "Name"), "{key}");
            }
        }
    }

    #[test]
    fn a_name_is_one_of_the_recommendation() {
        for name in ["a", "_", "证书", "a-b.c1", "é"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "1a", "a:b", "a b", "@a", "#text", "{a}b", "a\u{d7}"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
