//! Records by their schema: types, codes, keys of lists; values that a format can carry and values that it cannot.

use serde_json::{Map, Value, json};

use super::documents::WORDS;
use super::draw::Draw;

/// The schema of the record, walked once a case.
pub(super) struct Schema {
    root: Value,
}

impl Schema {
    pub(super) fn new() -> Self {
        Self { root: crate::record::schema() }
    }

    /// A record with some of its fields.
    pub(super) fn record(&self, draw: &mut Draw<'_>) -> Value {
        let mut record = Map::new();
        let chance = if draw.percent(15) { 70 } else { 30 };
        for (name, field) in self.root["properties"].as_object().expect("fields") {
            if !matches!(name.as_str(), "residue" | "provenance" | "record_format") && draw.percent(chance) {
                record.insert(name.clone(), self.value(field, name, draw));
            }
        }
        super::lens::clean(Value::Object(record), true)
    }

    /// A record that has all that a record must have.
    pub(super) fn whole_record(&self, draw: &mut Draw<'_>) -> Value {
        let mut record = self.record(draw);
        let required = self.root["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            record[name] = self.value(&self.root["properties"][name], name, draw);
        }
        super::lens::clean(record, true)
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    fn resolve<'s>(&'s self, node: &'s Value) -> &'s Value {
        let mut here = node;
        while let Some(reference) = here.get("$ref").and_then(Value::as_str) {
            here = self.root.pointer(reference.trim_start_matches('#')).expect("the schema refers to itself");
        }
        here
    }

    fn value(&self, field: &Value, name: &str, draw: &mut Draw<'_>) -> Value {
        let node = self.resolve(field);
        if field.get("x-whole").is_some() && node.get("type").is_none() {
            return whole(draw);
        }
        if let Some(codes) = node.get("enum").and_then(Value::as_array) {
            return draw.of(codes).clone();
        }
        if let Some(codes) = node.get("oneOf").and_then(Value::as_array) {
            return draw.of(codes).get("const").cloned().unwrap_or_default();
        }
        match node.get("type").and_then(Value::as_str) {
            Some("object") => self.object(node, draw),
            Some("array") => self.list(field, node, name, draw),
            Some("integer") => json!(draw.below(5)),
            Some("number") => json!(0.5),
            Some("boolean") => json!(draw.percent(50)),
            Some("string") => json!(text(node, field, name, draw)),
            _ => whole(draw),
        }
    }

    fn object(&self, node: &Value, draw: &mut Draw<'_>) -> Value {
        let mut members = Map::new();
        if let Some(fields) = node.get("properties").and_then(Value::as_object) {
            let required: Vec<&str> = node
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for (name, field) in fields.iter().filter(|(name, _)| *name != "residue") {
                if required.contains(&name.as_str()) || draw.percent(50) {
                    members.insert(name.clone(), self.value(field, name, draw));
                }
            }
        } else {
            for language in ["zh", "en", "fr"] {
                if draw.percent(if language == "fr" { 10 } else { 60 }) {
                    members.insert(language.to_owned(), json!(draw.one(&WORDS)));
                }
            }
        }
        Value::Object(members)
    }

    fn list(&self, field: &Value, node: &Value, name: &str, draw: &mut Draw<'_>) -> Value {
        let items = node.get("items").unwrap_or(&Value::Bool(true));
        let mut list: Vec<Value> = (0..=draw.below(3))
            .map(|_| if items.is_object() { self.value(items, name, draw) } else { whole(draw) })
            .collect();
        // What tells items apart is unique: a rule of the record.
        if let Some(key) = field.get("x-key").or_else(|| node.get("x-key")).and_then(Value::as_array) {
            let mut seen = std::collections::HashSet::new();
            list.retain(|item| {
                let parts: Vec<String> = key
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|path| {
                        let found = path.split('.').try_fold(item, |here, part| here.get(part));
                        found.map(Value::to_string).unwrap_or_default()
                    })
                    .collect();
                seen.insert(parts)
            });
        }
        Value::Array(list)
    }
}

fn text(node: &Value, field: &Value, name: &str, draw: &mut Draw<'_>) -> String {
    let is = |key: &str, wanted: &str| node.get(key).and_then(Value::as_str) == Some(wanted);
    if is("format", "date") {
        return draw.one(&["2010-01-01", "2026-10-03", "2029-10-02"]).to_owned();
    }
    if is("format", "date-time") {
        return "2026-10-03T00:00:00Z".to_owned();
    }
    if node.get("pattern").is_some() {
        return draw.one(&["6", "0.5", "5500"]).to_owned();
    }
    let code = field.get("x-code").or_else(|| node.get("x-code")).and_then(Value::as_str);
    match (code, name) {
        (Some("country"), _) => draw.one(&["CN", "HK", "FR", "XX"]),
        (Some("gb2260"), _) => draw.one(&["350100", "110115", "99"]),
        (Some("item-code"), _) => draw.one(&["A010101", "A020101", "Z"]),
        (Some("accreditation-mark"), _) => draw.one(&["CNAS", "UKAS", "?"]),
        (Some("id-scheme"), _) | (None, "scheme") => {
            draw.one(&["cnca-approval", "uscc", "cn-org", "lei", "did", "uri", "gln", "unstated"])
        }
        (_, "value") => draw.one(&[
            "CNCA-R-2099-001",
            "CNAS",
            "91350100M000100Y43",
            "12345678-X",
            "did:web:x",
            "HK 77",
            "https://a.example/1",
        ]),
        (_, "id" | "uri") => draw.one(&["https://a.example/1", "did:web:x", "q1", " q1"]),
        (_, "designation") => draw.one(&["ISO 9001", "GB/T 19001", "a:b", "GB 4706.1"]),
        (_, "edition") => draw.one(&["2015", "2016", "x"]),
        _ => draw.one(&WORDS),
    }
    .to_owned()
}

/// A value that is taken whole, as the sender made it.
fn whole(draw: &mut Draw<'_>) -> Value {
    match draw.below(7) {
        0 => json!({"value": 6.5, "unit": "kg"}),
        1 => json!([{"id": "https://a.example/1", "odd": [1, "x"]}]),
        2 => json!({"code": "A", "rank": 1}),
        3 => json!("甲"),
        4 => json!(7),
        5 => json!({"zh": "甲", "en": "A"}),
        _ => json!(true),
    }
}
