//! A drawn tree as a document of XML: what markup can say of it, written and parsed, so that no case holds what no document
//! could.

use super::super::wire::{Wire, leaf_wire};
use crate::document::{Document, Limits, Syntax, parse};

/// The document of one root element.
pub(super) fn document(root: &str, content: Wire) -> Document {
    let mut tree = Wire::object();
    *tree.member(&root.into()) = element(content).unwrap_or_else(|| Wire::Text(String::new()));
    let bytes = Document { syntax: Syntax::Xml, root: tree.into_node() }.write().expect("the tree of an XML document");
    parse(&bytes, Syntax::Xml, &Limits::default()).expect("XML that was written is read").document
}

/// What stands below the root element.
pub(super) fn content(root: &str, document: &Document) -> Wire {
    document.root.get(root).map_or_else(Wire::object, leaf_wire)
}

/// An element, or several side by side; nothing for an empty list.
fn element(wire: Wire) -> Option<Wire> {
    match wire {
        Wire::Object(members) => {
            let mut told = Wire::object();
            for (name, value) in members {
                let name = name_of(&name);
                let value = match name.strip_prefix('@') {
                    Some(_) => Some(Wire::Text(text(&value))),
                    None if name == "#text" => Some(Wire::Text(text(&value))),
                    None => element(value),
                };
                if let Some(value) = value {
                    *told.member(&name.as_str().into()) = value;
                }
            }
            let Wire::Object(mut members) = told else { return None };
            let attributes = members.keys().any(|name| name.starts_with('@'));
            let elements = members.keys().any(|name| !name.starts_with(['@', '#']));
            if elements {
                members.shift_remove("#text");
            }
            match members.get("#text") {
                Some(alone) if !attributes => Some(alone.clone()),
                // Beside attributes there always is a text, empty or not.
                None if attributes && !elements => {
                    members.insert("#text".into(), Wire::Text(String::new()));
                    Some(Wire::Object(members))
                }
                None if members.is_empty() => Some(Wire::Text(String::new())),
                _ => Some(Wire::Object(members)),
            }
        }
        Wire::List(items) => {
            let mut side_by_side = Vec::new();
            for item in items {
                match element(item) {
                    Some(Wire::List(more)) => side_by_side.extend(more),
                    one => side_by_side.extend(one),
                }
            }
            if side_by_side.len() > 1 { Some(Wire::List(side_by_side)) } else { side_by_side.pop() }
        }
        other => Some(Wire::Text(text(&other))),
    }
}

fn text(wire: &Wire) -> String {
    match wire {
        Wire::Null => String::new(),
        other => other.show(),
    }
}

fn name_of(name: &str) -> String {
    let local = name.trim_start_matches('@').rsplit('}').next().unwrap_or_default();
    let fits = name == "#text" || (!local.is_empty() && local.chars().all(char::is_alphanumeric));
    if fits { name.to_owned() } else { "Other".to_owned() }
}
