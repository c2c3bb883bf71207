//! The zone of every field, read once from the published schema.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who may see a field. The order is from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    /// Everybody.
    Public,
    /// Partners under an agreement.
    Partner,
    /// Nobody outside.
    Domestic,
}

/// A node of the schema: a field, with the fields below it (those of its items, for a list).
#[derive(Debug)]
pub(super) struct Node {
    pub(super) zone: Zone,
    /// Points to a natural person: leaves where the agreement has a basis for it.
    pub(super) personal: bool,
    /// True where this or anything below is personal.
    pub(super) holds_personal: bool,
    pub(super) residue: bool,
    children: BTreeMap<String, Node>,
}

impl Node {
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.get(name)
    }

    /// True where the schema names fields below; a value taken as one, a text by language or a leaf has none.
    pub(super) fn branches(&self) -> bool {
        !self.children.is_empty()
    }
}

static ROOT: LazyLock<Node> = LazyLock::new(|| {
    let schema = crate::record::schema();
    read(&schema, &schema, Zone::Public)
});

pub(super) fn root() -> &'static Node {
    &ROOT
}

/// The zone of a path in the notation of the schema (`process[].team[].name`); none where there is no such field.
#[must_use]
pub fn zone_of(path: &str) -> Option<Zone> {
    let mut node = root();
    for segment in path.split('.') {
        node = node.child(segment.strip_suffix("[]").unwrap_or(segment))?;
    }
    Some(node.zone)
}

/// Reads a node whose parent is in a zone: the narrower of the two holds.
fn read(root: &Value, node: &Value, parent: Zone) -> Node {
    let own = match node.get("x-zone").and_then(Value::as_str) {
        None | Some("public") => Zone::Public,
        Some("partner") => Zone::Partner,
        // An unknown word is read as the narrowest zone.
        Some(_) => Zone::Domestic,
    };
    let residue = node.get("x-residue").is_some();
    let zone = own.max(parent);
    let personal = node.get("x-personal") == Some(&Value::Bool(true));
    let mut target = resolved(root, node);
    if let Some(items) = target.get("items") {
        target = resolved(root, items);
    }
    let properties = target.get("properties").and_then(Value::as_object);
    let children: BTreeMap<String, Node> = properties
        .into_iter()
        .flatten()
        .filter(|_| !residue)
        .map(|(name, child)| (name.clone(), read(root, child, zone)))
        .collect();
    let holds_personal = personal || children.values().any(|child| child.holds_personal);
    Node { zone, personal, holds_personal, residue, children }
}

fn resolved<'a>(root: &'a Value, mut node: &'a Value) -> &'a Value {
    while let Some(target) = node.get("$ref").and_then(Value::as_str) {
        match root.pointer(target.trim_start_matches('#')) {
            Some(found) => node = found,
            None => break,
        }
    }
    node
}
