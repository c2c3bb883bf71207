//! The published JSON Schema of the record, made from the structs and kept as a file under `schemas/record/`.

use serde_json::{Map, Value};

use super::certificate::Record;

/// The published JSON Schema of the record (2020-12), made from the structs. A field that says nothing is left out,
/// never `null`, and so the schema knows no `null`.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Record).to_value();
    without_null(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        object.insert("$id".into(), "https://certbridge.example/schemas/record/certbridge-record-1.json".into());
    }
    schema
}

/// Takes the `null` alternative out of every optional field, which `serde` would read but nobody writes.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    merge(object, only);
                }
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        into.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shared;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/record/certbridge-record-1.json");

    /// A node with its `$ref` resolved beside its own annotations.
    fn resolved(root: &Value, node: &Value) -> Value {
        let mut node = node.as_object().cloned().unwrap_or_default();
        while let Some(Value::String(target)) = node.remove("$ref") {
            let found = root.pointer(target.trim_start_matches('#')).and_then(Value::as_object).cloned();
            merge(&mut node, found.unwrap_or_default());
        }
        Value::Object(node)
    }

    /// The schema of a path as `record-fields.csv` writes it, and the zones that it and its parents state.
    fn at(root: &Value, path: &str) -> Option<(Value, Vec<String>)> {
        let mut node = root.clone();
        let mut zones = Vec::new();
        for segment in path.split('.') {
            let (name, items) = segment.strip_suffix("[]").map_or((segment, false), |name| (name, true));
            node = resolved(root, node.get("properties")?.get(name)?);
            zones.extend(node.get("x-zone").and_then(Value::as_str).map(str::to_owned));
            if items {
                let whole = node.get("x-whole").cloned();
                node = resolved(root, node.get("items")?);
                if let (Some(whole), Some(node)) = (whole, node.as_object_mut()) {
                    node.insert("x-whole".into(), whole);
                }
            }
        }
        Some((node, zones))
    }

    fn narrowest(zones: &[String]) -> &str {
        ["domestic", "partner"].into_iter().find(|zone| zones.iter().any(|z| z == zone)).unwrap_or("public")
    }

    fn has_type(node: &Value, class: &str) -> bool {
        let is = |name: &str| node.get("type").is_some_and(|t| t == name);
        match class {
            "string" | "decimal" => is("string"),
            "integer" => is("integer"),
            "boolean" => is("boolean"),
            "date" => is("string") && node["format"] == "date",
            "date-time" => is("string") && node["format"] == "date-time",
            "list" => is("array"),
            "lang-map" => is("object") && node.get("additionalProperties").is_some_and(Value::is_object),
            "object" => is("object") || node.get("x-whole").is_some() || node.get("x-residue").is_some(),
            class if class.starts_with("identifier") => {
                is("object")
                    && node.pointer("/properties/scheme").is_some()
                    && node.pointer("/properties/value").is_some()
            }
            class if class.starts_with("code:") => {
                is("string") && (node.get("enum").is_some() || node.get("x-code").is_some())
                    || node.get("oneOf").is_some()
            }
            _ => false,
        }
    }

    #[test]
    fn every_field_of_the_reference_is_in_the_schema_with_its_type_and_zone() {
        let Some(path) = shared("reference/record-fields.csv") else { return };
        let root = schema();
        let mut wrong = Vec::new();
        let mut seen = 0;
        for row in csv::Reader::from_path(path).expect("fields").records() {
            let row = row.expect("row");
            let (path, class, zone) = (&row[0], &row[1], &row[3]);
            if path.starts_with('$') {
                continue;
            }
            seen += 1;
            match at(&root, path) {
                None => wrong.push(format!("{path}: missing")),
                Some((node, zones)) => {
                    if narrowest(&zones) != zone {
                        wrong.push(format!("{path}: zone {} instead of {zone}", narrowest(&zones)));
                    }
                    if !has_type(&node, class) {
                        wrong.push(format!("{path}: not {class}: {node}"));
                    }
                }
            }
        }
        assert!(seen > 200, "{seen}");
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn every_property_says_what_it_holds_and_none_may_be_null() {
        fn visit(path: &str, node: &Value, bare: &mut Vec<String>) {
            if let Some(properties) = node.get("properties").and_then(Value::as_object) {
                for (name, property) in properties {
                    let words = property.get("description").and_then(Value::as_str).unwrap_or_default();
                    if words.len() < 8 || !words.ends_with('.') {
                        bare.push(format!("{path}/{name}: {words:?}"));
                    }
                }
            }
            assert_ne!(node.get("type"), Some(&Value::String("null".into())), "{path}");
            for (name, child) in node.as_object().into_iter().flatten() {
                visit(&format!("{path}/{name}"), child, bare);
            }
        }
        let mut bare = Vec::new();
        visit("", &schema(), &mut bare);
        assert_eq!(bare, Vec::<String>::new());
    }

    /// The same with the names of every object in alphabetical order, whatever order the JSON library keeps.
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(object) => {
                let sorted: std::collections::BTreeMap<String, Value> =
                    object.into_iter().map(|(name, value)| (name, sorted(value))).collect();
                Value::Object(sorted.into_iter().collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
            leaf => leaf,
        }
    }

    #[test]
    fn the_published_file_is_what_the_structs_say() {
        let made = format!("{}\n", serde_json::to_string_pretty(&sorted(schema())).expect("a schema"));
        if std::env::var_os("CERTBRIDGE_TEST_BLESS").is_some() {
            std::fs::write(FILE, &made).expect("written");
        }
        let kept = std::fs::read_to_string(FILE).expect("the published schema");
        assert!(kept == made, "{FILE} is out of date: run the tests with CERTBRIDGE_TEST_BLESS=1");
    }
}
