//! Natural persons in a record: sole traders as holders, and people responsible for the process.

use serde_json::Value;

use crate::record::Record;

/// A holder that is a natural person: name and addresses are personal information, wherever they stand.
pub(super) struct SoleTrader {
    names: Vec<String>,
    addresses: Vec<String>,
}

impl SoleTrader {
    pub(super) fn of(record: &Record) -> Option<Self> {
        let holder = &record.holder;
        if holder.natural_person != Some(true) {
            return None;
        }
        let names = holder.name.0.values().chain(holder.former_name.iter().flat_map(|name| name.0.values()));
        Some(Self {
            names: names.chain(holder.trading_name.as_ref()).cloned().collect(),
            addresses: holder.addresses.iter().map(|address| address.text.clone()).collect(),
        })
    }

    /// True where a field tells who or where the holder is. The same name or address on another party, a site or a
    /// product is the holder's too.
    pub(super) fn is_told_by(&self, path: &str, value: &Value) -> bool {
        let holds = |known: &[String]| match value {
            Value::String(text) => known.contains(text),
            Value::Object(texts) => {
                texts.values().any(|text| text.as_str().is_some_and(|t| known.iter().any(|k| k == t)))
            }
            _ => false,
        };
        match path {
            "holder.name"
            | "holder.former_name"
            | "holder.trading_name"
            | "holder.addresses"
            | "holder.postal_code"
            | "holder.website" => true,
            "manufacturer.name" | "factories.name" | "sites.name" => holds(&self.names),
            "manufacturer.address" | "factories.address" | "sites.address.text" | "products.address" => {
                holds(&self.addresses)
            }
            _ => false,
        }
    }
}

/// The persons that a released tree names, each once.
pub(super) fn named_in(released: &Value) -> Vec<String> {
    let mut persons: Vec<String> = Vec::new();
    let events = released.get("process").and_then(Value::as_array).into_iter().flatten();
    let people = events.filter_map(|event| event.get("team")?.as_array()).flatten();
    for person in people {
        let text = |name: &str| person.get(name).and_then(Value::as_str);
        let who = text("registration").or_else(|| text("name")).unwrap_or("?").to_owned();
        if !persons.contains(&who) {
            persons.push(who);
        }
    }
    persons
}
