//! The table as a JSON Schema, so that editors complete and check crosswalks while they are written.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::words::{CONSTRUCTS, CROSSWALK, STEP_NAMES, STEPS};
use super::{Kind, Node};

/// The JSON Schema of crosswalk files. A file that it refuses is refused when it is loaded, too; loading checks more.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for node in nodes() {
        if node.name != CROSSWALK.name {
            definitions.insert(node.name.to_owned(), of_node(node));
        }
    }
    let constructs: Vec<Value> = CONSTRUCTS.iter().map(|(_, node)| reference(node)).collect();
    let mut steps: Vec<Value> = vec![json!({"enum": STEP_NAMES})];
    steps.extend(STEPS.iter().map(|(_, node)| reference(node)));
    definitions.insert("any-rule".into(), json!({"anyOf": constructs}));
    definitions.insert("step".into(), json!({"anyOf": steps}));
    definitions.insert("one-text".into(), json!({"type": ["string", "number", "boolean"]}));
    let mut whole = of_node(&CROSSWALK);
    whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    whole["$id"] = json!("https://certbridge.example/schemas/crosswalk/certbridge-crosswalk-1.json");
    whole["title"] = json!("A crosswalk: how a wire format and the record correspond");
    whole["$defs"] = Value::Object(definitions);
    whole
}

/// Every map of the language, by name.
pub(super) fn nodes() -> Vec<&'static Node> {
    fn gather(node: &'static Node, into: &mut BTreeMap<&'static str, &'static Node>) {
        if into.insert(node.name, node).is_none() {
            node.keys.iter().for_each(|key| within(&key.kind, into));
            node.other.iter().for_each(|(_, kind)| within(kind, into));
        }
    }
    fn within(kind: &'static Kind, into: &mut BTreeMap<&'static str, &'static Node>) {
        match kind {
            Kind::Map(node) => gather(node, into),
            Kind::By(nodes) => nodes.iter().for_each(|(_, node)| gather(node, into)),
            Kind::Free(inner) | Kind::List(inner) => within(inner, into),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| within(kind, into)),
            Kind::Rules => CONSTRUCTS.iter().for_each(|(_, node)| gather(node, into)),
            Kind::Steps => STEPS.iter().for_each(|(_, node)| gather(node, into)),
            Kind::Text | Kind::Texts | Kind::Flag | Kind::Number | Kind::Word(_) | Kind::Words(_) => {}
            Kind::Value | Kind::Nothing => {}
        }
    }
    let mut found = BTreeMap::new();
    gather(&CROSSWALK, &mut found);
    found.into_values().collect()
}

fn reference(node: &Node) -> Value {
    json!({"$ref": format!("#/$defs/{}", node.name)})
}

fn of_node(node: &Node) -> Value {
    let properties: Map<String, Value> = node
        .keys
        .iter()
        .map(|key| {
            let mut value = of_kind(&key.kind);
            value["description"] = json!(key.says);
            (key.name.to_owned(), value)
        })
        .collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    let required: Vec<&str> = node.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some((says, kind)) = &node.other {
        let mut other = of_kind(kind);
        other["description"] = json!(says);
        schema["additionalProperties"] = other;
    }
    schema
}

fn of_kind(kind: &Kind) -> Value {
    let text = || json!({"$ref": "#/$defs/one-text"});
    let list = |items: Value| json!({"type": "array", "items": items});
    match kind {
        Kind::Text => text(),
        Kind::Texts => json!({"anyOf": [text(), list(text())]}),
        Kind::Flag => json!({"enum": [true, false, "true", "false"]}),
        Kind::Number => json!({"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Words(words) => json!({"anyOf": [{"enum": words}, list(json!({"enum": words}))]}),
        Kind::Value => json!({}),
        Kind::Nothing => json!({"type": "null"}),
        Kind::Free(inner) => json!({"type": "object", "additionalProperties": of_kind(inner)}),
        Kind::Map(node) => reference(node),
        Kind::By(nodes) => json!({"anyOf": nodes.iter().map(|(_, node)| reference(node)).collect::<Vec<_>>()}),
        Kind::List(inner) => list(of_kind(inner)),
        Kind::Rules => list(json!({"$ref": "#/$defs/any-rule"})),
        Kind::Steps => json!({"anyOf": [{"$ref": "#/$defs/step"}, list(json!({"$ref": "#/$defs/step"}))]}),
        Kind::Either(kinds) => json!({"anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>()}),
    }
}
