//! Writing the tree as XML 1.0 in UTF-8: elements in the order of the tree, attributes before them, each namespace declared
//! as the default where it begins. Not here: that order, which is the crosswalk's.

use super::xml_name::{self, TEXT, XML, is_character, is_name};
use super::{Node, Syntax, Value, WriteError};

fn shape(what: &'static str) -> WriteError {
    WriteError::Shape { syntax: Syntax::Xml, what }
}

/// Writes a document: an object of one member.
pub(super) fn write(root: &Node) -> Result<Vec<u8>, WriteError> {
    let Some((key, element)) = root.as_object().filter(|members| members.len() == 1).and_then(|all| all.first()) else {
        return Err(shape("a root that is not one element"));
    };
    if element.as_list().is_some_and(|items| items.len() != 1) {
        return Err(shape("a root that is not one element"));
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    member(key, element, "", &mut out)?;
    Ok(out.into_bytes())
}

/// A member of an element: one element, or one for each item of a list.
fn member(key: &str, node: &Node, around: &str, out: &mut String) -> Result<(), WriteError> {
    let Value::List(items) = &node.value else { return element(key, node, around, out) };
    for item in items {
        if matches!(item.value, Value::List(_)) {
            return Err(shape("a list in a list"));
        }
        element(key, item, around, out)?;
    }
    Ok(())
}

fn element(key: &str, node: &Node, around: &str, out: &mut String) -> Result<(), WriteError> {
    let (namespace, local) = xml_name::parts(key);
    let namespace = namespace.unwrap_or(around);
    if !is_name(local) {
        return Err(shape("a name that is none of XML"));
    }
    out.extend(["<", local]);
    if namespace != around {
        out.push_str(" xmlns=\"");
        escape(namespace, true, out)?;
        out.push('"');
    }
    if let Value::Object(members) = &node.value {
        let attributes = members.iter().filter_map(|(key, node)| Some((key.strip_prefix('@')?, node)));
        for (number, (name, node)) in attributes.enumerate() {
            attribute(name, node, number, out)?;
        }
        let text = members.get(TEXT);
        let mut elements = members.iter().filter(|(key, _)| !key.starts_with('@') && &***key != TEXT).peekable();
        if text.is_some() && elements.peek().is_some() {
            return Err(shape("text beside elements"));
        }
        if text.is_none() && elements.peek().is_none() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        if let Some(text) = text {
            escape(&scalar(text)?, false, out)?;
        }
        for (key, node) in elements {
            member(key, node, namespace, out)?;
        }
    } else {
        let text = scalar(node)?;
        if text.is_empty() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        escape(&text, false, out)?;
    }
    out.extend(["</", local, ">"]);
    Ok(())
}

fn attribute(name: &str, node: &Node, number: usize, out: &mut String) -> Result<(), WriteError> {
    let (namespace, local) = xml_name::parts(name);
    if !is_name(local) {
        return Err(shape("a name that is none of XML"));
    }
    match namespace {
        None => out.extend([" ", local]),
        Some(XML) => out.extend([" xml:", local]),
        // An attribute has a namespace by a prefix only; the prefix is form, so any will do.
        Some(namespace) => {
            out.push_str(&format!(" xmlns:n{number}=\""));
            escape(namespace, true, out)?;
            out.push_str(&format!("\" n{number}:{local}"));
        }
    }
    out.push_str("=\"");
    escape(&scalar(node)?, true, out)?;
    out.push('"');
    Ok(())
}

fn scalar(node: &Node) -> Result<String, WriteError> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) => Ok(number.as_str().to_owned()),
        Value::DateCell(day) => Ok(day.to_string()),
        Value::Null => Err(shape("null")),
        Value::List(_) => Err(shape("a list as the text of an element")),
        Value::Object(_) => Err(shape("an object as the text of an element")),
        Value::Workbook(_) => Err(shape("a workbook")),
    }
}

/// A carriage return, and in attributes every blank but the space, would come back as something else unless it is a
/// reference.
fn escape(text: &str, attribute: bool, out: &mut String) -> Result<(), WriteError> {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other if is_character(other) => out.push(other),
            _ => return Err(shape("a character that XML does not allow")),
        }
    }
    Ok(())
}
