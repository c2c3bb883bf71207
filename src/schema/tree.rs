//! The tree of a document as the validator of JSON Schema sees it: what is judged is what is mapped, and no copy of it.

use std::borrow::Cow;

use jsonschema::json::{Array, Json, JsonNumber, Node as JsonNode, NodeIdentity, Object as JsonObject};
use jsonschema::types::JsonType;
use serde_json::Value as JsonValue;

use crate::document::{self, Node, Number, Object, Value};

/// The representation of JSON that documents have here. A date cell is its ISO 8601 text. A workbook is no JSON and is
/// never judged as such; it would be `null`.
pub(super) struct Tree;

impl Json for Tree {
    type Node<'a> = &'a Node;
    type PreparedKey = Box<str>;
    type StringBuffer = Option<Node>;

    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(buffer: &mut Option<Node>, string: &str, f: impl FnOnce(&Node) -> T) -> T {
        f(buffer.insert(Node::text(string)))
    }
}

impl JsonNumber for &Number {
    fn as_u64(&self) -> Option<u64> {
        Number::as_u64(self)
    }

    fn as_i64(&self) -> Option<i64> {
        Number::as_i64(self)
    }

    fn as_f64(&self) -> Option<f64> {
        Some(Number::as_f64(self))
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(Number::as_str(self))
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        // What is read as a number is finite.
        let number = match (Number::as_i64(self), Number::as_u64(self)) {
            (Some(integer), _) => integer.into(),
            (None, Some(integer)) => integer.into(),
            (None, None) => serde_json::Number::from_f64(Number::as_f64(self)).unwrap_or_else(|| 0.into()),
        };
        Cow::Owned(number)
    }
}

impl<'a> JsonNode<'a, Tree> for &'a Node {
    type Object = &'a Object;
    type Array = &'a [Node];
    type Number = &'a Number;

    fn as_object(&self) -> Option<&'a Object> {
        Node::as_object(self)
    }

    fn as_array(&self) -> Option<&'a [Node]> {
        self.as_list()
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match &self.value {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::DateCell(day) => Some(Cow::Owned(day.to_string())),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<&'a Number> {
        match &self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.value {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        self.json_type() == JsonType::Null
    }

    fn json_type(&self) -> JsonType {
        match &self.value {
            Value::Null | Value::Workbook(_) => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Number(_) => JsonType::Number,
            Value::Text(_) | Value::DateCell(_) => JsonType::String,
            Value::List(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn string_length_within(&self, min: u64, max: u64) -> Option<bool> {
        let text = self.as_string()?;
        // A character has one to four bytes, so most texts need no counting.
        let bytes = text.len() as u64;
        let fewest = bytes.div_ceil(4);
        Some(if bytes < min || fewest > max {
            false
        } else {
            (min <= fewest && bytes <= max) || (min..=max).contains(&(text.chars().count() as u64))
        })
    }

    fn equals_value(&self, expected: &JsonValue) -> bool {
        match (&self.value, expected) {
            (Value::Text(text), JsonValue::String(wanted)) => text == wanted,
            (Value::Text(_), _) => false,
            _ => jsonschema::json::cmp::equal(&self.to_json(), expected),
        }
    }

    fn to_value(&self) -> Cow<'a, JsonValue> {
        Cow::Owned(self.to_json())
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Node>(self) as usize))
    }
}

/// The members of an object, by their names.
pub(super) struct Members<'a>(document::Members<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a Node);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, node)| (&**name, node))
    }
}

impl<'a> JsonObject<'a, Tree> for &'a Object {
    type Node = &'a Node;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        Object::len(self)
    }

    fn get(&self, key: &Box<str>) -> Option<&'a Node> {
        Object::get(self, key)
    }

    fn members(&self) -> Members<'a> {
        Members(self.iter())
    }
}

impl<'a> Array<'a, Tree> for &'a [Node] {
    type Node = &'a Node;
    type ElementsIter = std::slice::Iter<'a, Node>;

    fn len(&self) -> usize {
        <[Node]>::len(self)
    }

    fn elements(&self) -> std::slice::Iter<'a, Node> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use jsonschema::json::conformance;

    use super::*;

    #[test]
    fn the_tree_keeps_the_contract_of_the_validator() {
        conformance::assert_conformance::<Tree>(&&Node::from(&conformance::document()));
    }

    #[test]
    fn a_tree_and_its_json_are_judged_alike() {
        let schema = serde_json::json!({
            "type": "object",
            "properties": {
                "n": {"type": "integer", "maximum": 9_007_199_254_740_993_i64},
                "s": {"minLength": 2, "maxLength": 3, "format": "date"},
                "e": {"enum": [1, "1", null, [2.0]]},
                "u": {"uniqueItems": true},
            },
            "propertyNames": {"maxLength": 1},
            "required": ["n"],
        });
        let ours = jsonschema::options_for::<Tree>().should_validate_formats(true).build(&schema).expect("a schema");
        let theirs = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        for text in [
            r#"{"n": 1}"#,
            r#"{"n": 1.0, "e": 1.0}"#,
            r#"{"n": 1e2, "e": [2]}"#,
            r#"{"n": 1.5, "e": "1"}"#,
            r#"{"n": 9007199254740994, "s": "abcd"}"#,
            r#"{"n": -3, "s": "证书", "u": [1, 1.0]}"#,
            r#"{"n": 2, "s": "证", "u": [{"a": 1}, {"a": 1}]}"#,
            r#"{"nn": 2, "e": null}"#,
            r#"[{"n": 1}]"#,
            "null",
        ] {
            let node =
                crate::document::parse_json(text.as_bytes(), 0, &crate::document::Limits::default()).expect(text);
            let json: JsonValue = serde_json::from_str(text).expect(text);
            let said: Vec<String> = ours.iter_errors(&node).map(|error| error.to_string()).collect();
            let wanted: Vec<String> = theirs.iter_errors(&json).map(|error| error.to_string()).collect();
            assert_eq!(said, wanted, "{text}");
        }
    }
}
