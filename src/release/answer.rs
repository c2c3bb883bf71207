//! An answer to a released record: release is a lens too. What was withheld is hidden from the answer, so it can neither be
//! changed nor deleted by it, nor can anything be said that the policy would not let out.

use serde_json::{Map, Value};

use super::Walk;
use super::policy::Policy;
use super::zone::{self, Node};
use crate::clock::Day;
use crate::record::Record;

/// Under this name an item of a list remembers, in its residue, its place in the list that it was released from.
const HELD: &str = "~held";

/// The released record as an answer is read into it: `put` carries the residue of an item along, and with it the place
/// that the item has in the record that is held.
#[must_use]
pub fn release_for_answer(held: &Record, policy: &Policy, today: Day) -> Value {
    let mut walk = Walk::of(held, policy, today);
    walk.marks = true;
    walk.tree(serde_json::to_value(held).unwrap_or_default())
}

/// The record that is held, with what an answer made of the released one ([`release_for_answer`]) laid into it; and the
/// paths where the answer says what the policy withholds, which does not count. `format` is the one of the answer: its
/// residue is the answer's, all other residue stays on its node.
#[must_use]
pub fn lay_back(held: &Record, policy: &Policy, today: Day, answered: Value, format: &str) -> (Value, Vec<String>) {
    let walk = Walk::of(held, policy, today);
    let mut laying = Laying { walk, format, refused: Vec::new() };
    let tree = serde_json::to_value(held).unwrap_or_default();
    let laid = laying.node(Some(tree), Some(answered), zone::root(), &mut String::new());
    (laid.unwrap_or_else(|| Value::Object(Map::new())), laying.refused)
}

/// Marks an item with its place.
pub(super) fn mark(item: &mut Map<String, Value>, index: usize) {
    item.insert("residue".to_owned(), serde_json::json!({ HELD: index }));
}

struct Laying<'a> {
    walk: Walk<'a>,
    format: &'a str,
    refused: Vec<String>,
}

impl Laying<'_> {
    fn node(&mut self, held: Option<Value>, answered: Option<Value>, node: &Node, path: &mut String) -> Option<Value> {
        if let (Some(Value::Object(members)), None) = (&held, &answered)
            && !members.is_empty()
            && self.shown(members, node, path).is_none()
        {
            // The answer knows nothing of it.
            return held;
        }
        match (held, answered) {
            (held @ (None | Some(Value::Object(_))), answered @ (None | Some(Value::Object(_)))) => {
                let present = answered.is_some();
                let was_empty = answered.as_ref().or(held.as_ref()).is_some_and(is_empty);
                let laid = self.object(object(held), object(answered), present, node, path);
                (!laid.is_empty() || (present && was_empty)).then_some(Value::Object(laid))
            }
            (held @ (None | Some(Value::Array(_))), answered @ (None | Some(Value::Array(_)))) => {
                let laid = self.list(list(held), list(answered), node, path);
                (!laid.is_empty()).then_some(Value::Array(laid))
            }
            (_, answered) => answered,
        }
    }

    fn object(
        &mut self,
        mut held: Map<String, Value>,
        mut answered: Map<String, Value>,
        present: bool,
        node: &Node,
        path: &mut String,
    ) -> Map<String, Value> {
        let residue = self.residue(held.remove("residue"), answered.remove("residue"), present);
        // In the order of the record that is held; what the answer adds comes behind.
        let added: Vec<String> = answered.keys().filter(|name| !held.contains_key(*name)).cloned().collect();
        let names: Vec<String> = held.keys().cloned().chain(added).collect();
        let above = path.len();
        let mut laid = Map::new();
        for name in names {
            if above > 0 {
                path.push('.');
            }
            path.push_str(&name);
            let (own, said) = (held.remove(&name), answered.remove(&name));
            let value = match node.child(&name) {
                Some(child) => self.field(own, said, child, path),
                None => own,
            };
            if let Some(value) = value {
                laid.insert(name, value);
            }
            path.truncate(above);
        }
        if let Some(residue) = residue {
            laid.insert("residue".to_owned(), residue);
        }
        laid
    }

    fn field(&mut self, own: Option<Value>, said: Option<Value>, node: &Node, path: &mut String) -> Option<Value> {
        let entered = node.branches() && node.holds_personal && self.walk.may_name_persons();
        let open = (entered || self.walk.may_leave(node)) && !self.walk.is_withheld_by_path(path);
        let sole = |value: &Option<Value>| value.as_ref().is_some_and(|value| self.walk.is_sole_traders(value, path));
        if !open || sole(&own) || sole(&said) {
            if said.is_some() {
                self.refused.push(path.clone());
            }
            return own;
        }
        if node.branches() {
            return self.node(own, said, node, path);
        }
        said
    }

    fn list(&mut self, held: Vec<Value>, answered: Vec<Value>, node: &Node, path: &mut String) -> Vec<Value> {
        let mut left: Vec<Option<Value>> = held.into_iter().map(Some).collect();
        let mut laid: Vec<(Option<usize>, Value)> = Vec::new();
        let places: Vec<Option<usize>> = self.align(&left, &answered, node, path);
        let above = path.len();
        for (said, place) in answered.into_iter().zip(places) {
            let own = place.and_then(|place| left.get_mut(place)).and_then(Option::take);
            path.push_str(&format!("[{}]", laid.len()));
            let item = if said.is_object() { self.node(own, Some(said), node, path) } else { Some(said) };
            path.truncate(above);
            laid.extend(item.map(|item| (place, item)));
        }
        // What is left was hidden from the answer, or deleted by it as far as it was shown.
        for (place, own) in left.into_iter().enumerate() {
            let Some(own) = own.filter(Value::is_object) else { continue };
            path.push_str(&format!("[{place}]"));
            let rest = self.node(Some(own), None, node, path);
            path.truncate(above);
            if let Some(rest) = rest {
                let behind = laid.iter().rposition(|(of, _)| of.is_some_and(|of| of < place));
                laid.insert(behind.map_or(0, |at| at + 1), (Some(place), rest));
            }
        }
        laid.into_iter().map(|(_, item)| item).collect()
    }

    /// The place in the held list of each item of the answer: by its mark; else that of an item which is released as this
    /// one stands there.
    fn align(
        &mut self,
        held: &[Option<Value>],
        answered: &[Value],
        node: &Node,
        path: &mut String,
    ) -> Vec<Option<usize>> {
        let mark = |item: &Value| {
            item.get("residue")
                .and_then(|residue| residue.get(HELD))
                .and_then(Value::as_u64)
                .and_then(|place| usize::try_from(place).ok())
                .filter(|place| *place < held.len())
        };
        let mut places: Vec<Option<usize>> = answered.iter().map(mark).collect();
        if places.iter().all(Option::is_some) {
            return places;
        }
        let shown: Vec<Option<Value>> =
            held.iter().map(|item| self.shown(item.as_ref()?.as_object()?, node, path)).collect();
        for (at, item) in answered.iter().enumerate().filter(|(_, item)| mark(item).is_none()) {
            let bare = without_residue(item);
            let fits = |place: &usize| !places.contains(&Some(*place)) && shown[*place].as_ref() == Some(&bare);
            places[at] = (0..held.len()).find(fits);
        }
        places
    }

    /// A node as it is released; nothing where all of it is withheld.
    fn shown(&mut self, members: &Map<String, Value>, node: &Node, path: &mut String) -> Option<Value> {
        let withheld = self.walk.withheld.len();
        let mut shown = members.clone();
        self.walk.object(&mut shown, node, path);
        self.walk.withheld.truncate(withheld);
        (!shown.is_empty()).then_some(Value::Object(shown))
    }

    /// The residue of a node: that of the answer's format is the answer's, the other stays while the node does.
    fn residue(&self, held: Option<Value>, answered: Option<Value>, present: bool) -> Option<Value> {
        if !present {
            return None;
        }
        let mut residue = object(held);
        residue.remove(self.format);
        if let Some(said) = object(answered).remove(self.format) {
            residue.insert(self.format.to_owned(), said);
        }
        (!residue.is_empty()).then_some(Value::Object(residue))
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn without_residue(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, _)| *name != "residue")
                .map(|(name, member)| (name.clone(), without_residue(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_residue).collect()),
        other => other.clone(),
    }
}
