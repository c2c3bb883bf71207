//! New values laid into what is stored: nodes, and lists whose unseen items stay.

use serde_json::{Map, Value};

use super::derive::matches;
use super::path::RecordPath;
use super::plan::ListView;

/// A node without the residue of one format: it is rebuilt from the document.
pub(crate) fn bare(node: &Value, format: &str) -> Value {
    let mut node = node.clone();
    if let Some(object) = node.as_object_mut()
        && let Some(residue) = object.get_mut("residue").and_then(Value::as_object_mut)
    {
        residue.remove(format);
        if residue.is_empty() {
            object.remove("residue");
        }
    }
    node
}

pub(crate) fn with_constants(constants: &[(RecordPath, Value)]) -> Value {
    let mut item = Value::Object(Map::new());
    for (path, constant) in constants {
        path.write(&mut item, constant.clone());
    }
    item
}

/// Writes the parts of a value over a node.
pub(crate) fn overlay(node: &mut Value, value: Value) {
    match (node, value) {
        (Value::Object(node), Value::Object(parts)) => {
            for (key, part) in parts {
                match node.get_mut(&key) {
                    Some(below) if below.is_object() && part.is_object() => overlay(below, part),
                    _ => {
                        node.insert(key, part);
                    }
                }
            }
        }
        (node, value) => *node = value,
    }
}

/// The list with new items in view: equal keys keep what the rule does not see, hidden items stay behind their neighbours.
pub(crate) fn merge(list: &ListView, olds: &[Value], items: Vec<Value>) -> Vec<Value> {
    let seen: Vec<bool> = olds.iter().map(|old| matches(&list.constants, old)).collect();
    let key = |item: &Value| -> Vec<Value> {
        let parts = if list.key.is_empty() { &list.covered } else { &list.key };
        parts.iter().map(|path| path.find(item).cloned().unwrap_or_default()).collect()
    };
    let mut taken = vec![false; olds.len()];
    let outs = items
        .into_iter()
        .map(|item| {
            if list.covered.is_empty() {
                return (None, item);
            }
            let wanted = key(&item);
            let found = (0..olds.len()).find(|at| seen[*at] && !taken[*at] && key(&olds[*at]) == wanted);
            if let Some(at) = found {
                taken[at] = true;
                let mut merged = olds[at].clone();
                for part in &list.covered {
                    part.clear(&mut merged);
                }
                overlay(&mut merged, item);
                (Some(at), merged)
            } else {
                let mut fresh = with_constants(&list.constants);
                overlay(&mut fresh, item);
                (None, fresh)
            }
        })
        .collect();
    weave(olds, &seen, &taken, outs).into_iter().map(|(_, item)| item).collect()
}

/// New items in their order, with the old ones that the rule does not see behind their old neighbours, as far as these keep
/// their order. The unseen ones never change places among themselves: they may be another rule's list. Gives each item with
/// its place among the new ones.
pub(crate) fn weave(
    olds: &[Value],
    seen: &[bool],
    taken: &[bool],
    outs: Vec<(Option<usize>, Value)>,
) -> Vec<(Option<usize>, Value)> {
    let mut hidden: Vec<(usize, &Value)> = Vec::new();
    let mut slot = 0;
    for (at, old) in olds.iter().enumerate() {
        if taken[at] || seen[at] {
            if let Some(place) = outs.iter().position(|(from, _)| *from == Some(at)) {
                slot = slot.max(place + 1);
            }
        } else {
            hidden.push((slot, old));
        }
    }
    let mut woven = Vec::with_capacity(outs.len() + hidden.len());
    let mut hidden = hidden.into_iter().peekable();
    let last = outs.len();
    let mut outs = outs.into_iter().enumerate();
    for slot in 0..=last {
        while let Some((_, old)) = hidden.next_if(|(of, _)| *of == slot) {
            woven.push((None, old.clone()));
        }
        if let Some((place, (_, item))) = outs.next() {
            woven.push((Some(place), item));
        }
    }
    woven
}
