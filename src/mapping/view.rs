//! How rules see a record: the parts that they cover, the items in their view, the residue that speaks of them. Both
//! directions must see the same, so both ask here.

use serde_json::Value;

use super::derive::{Environment, matches};
use super::path::{RecordPath, Root};
use super::plan::{Absent, By, Construct, Leaf, Pick, Prefer, Rows, Slot};
use super::wire::Wire;
use crate::document::{Node, Value as WireValue};

/// The form of a record whose nested places were not written as its syntax writes them: under one name, or not. No place
/// is escaped so.
pub(crate) const FLAT: &str = "~flat";

/// The residue of one node, as far as it belongs to this format; `prefix` where it hangs on a node above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered<'r> {
    pub(crate) forms: &'r [Value],
    pub(crate) kept: &'r [Value],
    pub(crate) prefix: String,
}

impl<'r> Remembered<'r> {
    pub(crate) fn of(node: &'r Value, format: &str) -> Self {
        let part = node.get("residue").and_then(|residue| residue.get(format));
        let list = |name: &str| {
            part.and_then(|part| part.get(name)).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
        };
        Self { forms: list("forms"), kept: list("kept"), prefix: String::new() }
    }

    pub(crate) fn below(&self, prefix: &str) -> Self {
        Self { forms: self.forms, kept: self.kept, prefix: format!("{}{prefix}/", self.prefix) }
    }

    /// The form at a place: the leaf as it stood, and what it stood for.
    pub(crate) fn form(&self, place: &str) -> Option<(Option<&'r Value>, Option<&'r Value>)> {
        let form = self.forms.iter().find(|form| {
            form.get("place").and_then(Value::as_str).and_then(|p| p.strip_prefix(self.prefix.as_str())) == Some(place)
        })?;
        Some((form.get("leaf"), form.get("for")))
    }
}

/// What a form stands for: the value of the record, or the derived value in its stead, or nothing.
pub(crate) fn stands_for(value: Option<&Value>, derived: Option<&Wire>) -> Option<Value> {
    match (value, derived) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(derived)) => Some(serde_json::json!({"derived": derived.encode()})),
        (None, None) => None,
    }
}

pub(crate) fn absent_wire(absent: &[Absent]) -> Option<Wire> {
    match absent.first() {
        Some(Absent::Text(text)) => Some(Wire::Text(text.clone())),
        _ => None,
    }
}

/// The value that a rule prints: of a list, only the items in its view.
pub(crate) fn view<'v>(rule: &Leaf, value: &'v Value) -> Option<std::borrow::Cow<'v, Value>> {
    use std::borrow::Cow;
    let Some(list) = &rule.list else {
        return match &rule.covered {
            // A node of which none of the rule's parts is there is no value.
            Some(parts) if parts.iter().all(|part| part.find(value).is_none()) => None,
            Some(parts) => Some(Cow::Owned(project(value, parts))),
            None => Some(Cow::Borrowed(value)),
        };
    };
    let items: Vec<Value> = value
        .as_array()?
        .iter()
        .filter(|item| matches(&list.constants, item))
        .map(|item| if list.covered.is_empty() { item.clone() } else { project(item, &list.covered) })
        .collect();
    (!items.is_empty()).then_some(Cow::Owned(Value::Array(items)))
}

pub(crate) fn project(value: &Value, parts: &[RecordPath]) -> Value {
    let mut projected = Value::Object(serde_json::Map::new());
    for part in parts {
        if let Some(found) = part.find(value) {
            if part.is_node() {
                return found.clone();
            }
            part.write(&mut projected, found.clone());
        }
    }
    projected
}

pub(crate) fn print(
    rule: &Leaf,
    value: &Value,
    around: super::steps::Surroundings<'_>,
) -> Result<Wire, super::steps::Outside> {
    match &rule.whole {
        Some(fields) if has_shape(value, fields) => Ok(Wire::of(value)),
        // It would not be read again.
        Some(_) => Err(super::steps::Outside),
        None => rule.chain.print(value, around),
    }
}

/// Has a value that is taken whole, or each of its items, no fields but these? With none named it may have any.
pub(crate) fn has_shape(value: &Value, fields: &[String]) -> bool {
    let fits = |item: &Value| {
        item.as_object().is_none_or(|members| members.keys().all(|key| fields.iter().any(|field| field == key)))
    };
    fields.is_empty()
        || match value {
            Value::Array(items) => items.iter().all(fits),
            value => fits(value),
        }
}

pub(crate) fn reads_back(rule: &Leaf, wire: &Wire, value: &Value, around: super::steps::Surroundings<'_>) -> bool {
    if rule.whole.is_some() {
        return true;
    }
    read_equals(&rule.chain, wire, value, rule.covered.as_deref(), around)
}

pub(crate) fn read_equals(
    chain: &super::steps::Chain,
    wire: &Wire,
    value: &Value,
    covered: Option<&[RecordPath]>,
    around: super::steps::Surroundings<'_>,
) -> bool {
    let node = wire.to_node();
    match chain.read(&node, &mut super::steps::Notes::default(), around) {
        Ok(Some(back)) => match covered {
            Some(parts) => project(&back, parts) == project(value, parts),
            None => back == *value,
        },
        _ => false,
    }
}

/// The slot that a leaf belongs to.
pub(crate) fn slot_of(rule: &Prefer, leaf: &Node, around: super::steps::Surroundings<'_>) -> Option<usize> {
    match rule.by {
        By::Domain => {
            let reads = |slot: &Slot| slot.chain.read(leaf, &mut super::steps::Notes::default(), around).is_ok();
            rule.slots.iter().position(reads).or(Some(rule.slots.len() - 1))
        }
        By::Script => {
            let han = match &leaf.value {
                WireValue::Text(text) => text.chars().any(is_han),
                _ => false,
            };
            rule.slots.iter().position(|slot| slot.han == han).or(Some(0))
        }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// The item that a `pick` is at, with its place.
pub(crate) fn picked<'v>(pick: &Pick, list: &'v [Value]) -> Option<(usize, &'v Value)> {
    let mut found = list.iter().enumerate().filter(|(_, item)| matches(&pick.constants, item));
    if pick.latest { found.next_back() } else { found.next() }
}

/// The inner list of an item that has rows: it has the constants, its `by` values can be printed, and somebody is in it.
pub(crate) fn rows_in_view<'v>(
    rows: &Rows,
    event: &'v Value,
    around: super::steps::Surroundings<'_>,
) -> Option<&'v Vec<Value>> {
    if !matches(&rows.constants, event) || !is_shown(rows, event, around) {
        return None;
    }
    rows.inner.find(event).and_then(Value::as_array).filter(|team| !team.is_empty())
}

/// Can all be printed that tells the item apart? Two items whose keys look alike on the wire would become one.
pub(crate) fn is_shown(rows: &Rows, event: &Value, around: super::steps::Surroundings<'_>) -> bool {
    rows.outer.iter().all(|construct| match construct {
        Construct::Leaf(rule) if rows.by.contains(&rule.record) => {
            rule.record.find(event).is_none_or(|value| print(rule, value, around).is_ok())
        }
        _ => true,
    })
}

/// What the rows of a record are told apart by, in the order in which they are written.
pub(crate) fn row_identity(rows: &Rows, node: &Value, around: super::steps::Surroundings<'_>) -> Value {
    let mut identity = Vec::new();
    for event in rows.record.find(node).and_then(Value::as_array).into_iter().flatten() {
        let Some(team) = rows_in_view(rows, event, around) else { continue };
        let by: Vec<Value> = rows.by.iter().map(|path| path.find(event).cloned().unwrap_or_default()).collect();
        for person in team {
            let key = rows.inner_key.iter().map(|path| path.find(person).cloned().unwrap_or_default());
            identity.push(Value::Array(by.iter().cloned().chain(key).collect()));
        }
    }
    Value::Array(identity)
}

pub(crate) fn derived_list<'e>(env: &Environment<'e>, derive: &'e super::plan::Derive) -> Option<Wire> {
    match env.derive(derive)? {
        super::derive::Derived::Wire(Wire::List(items)) => Some(Wire::List(items)),
        super::derive::Derived::Wire(Wire::Object(members)) if members.is_empty() => None,
        super::derive::Derived::Wire(wire) => Some(Wire::List(vec![wire])),
        super::derive::Derived::Record(value) => Some(Wire::of(&value)),
    }
}

pub(crate) fn join(path: &str, record: &RecordPath) -> String {
    match (path.is_empty() || record.root != Root::Record, record.is_node()) {
        (true, _) => record.to_string(),
        (false, true) => path.to_owned(),
        (false, false) => format!("{path}.{record}"),
    }
}
