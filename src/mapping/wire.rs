//! The wire side. [`Tree`] is what comes in: a numbered view of one record's part of a document, so that every leaf can be
//! marked once and be found again in the sender's source. [`Wire`] is what goes out, and how a leaf is remembered.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::origins::Lack;
use super::path::{WirePath, escape};
use crate::clock::Day;
use crate::document::{Flags, Name, Node, Number, Object, Value, element_place};
use crate::finding::Place;

/// A value on the wire that we make or remember.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wire {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(String),
    Day(Day),
    List(Vec<Wire>),
    Object(IndexMap<Name, Wire, foldhash::fast::RandomState>),
}

impl Wire {
    pub(crate) fn object() -> Self {
        Self::Object(IndexMap::default())
    }

    /// Sets the value at a path, making the objects on the way; what is no object on the way is replaced.
    pub(crate) fn set(&mut self, path: &WirePath, flat: bool, value: Self) {
        let mut here = self;
        if flat && let Some(name) = &path.flat {
            here = here.member(name);
        } else {
            for segment in &path.segments {
                here = here.member(segment);
            }
        }
        *here = value;
    }

    /// The member of an object, made `null` where it is missing.
    pub(crate) fn member(&mut self, name: &Name) -> &mut Self {
        if !matches!(self, Self::Object(_)) {
            *self = Self::object();
        }
        match self {
            Self::Object(members) => {
                let at = match members.get_index_of(name) {
                    Some(at) => at,
                    None => members.insert_full(name.clone(), Self::Null).0,
                };
                &mut members[at]
            }
            _ => self,
        }
    }

    /// Puts a remembered leaf at its place, unless something stands there.
    pub(crate) fn restore(&mut self, place: &str, leaf: Self) {
        let mut here = self;
        for part in place.split('/').filter(|part| !part.is_empty()) {
            if let Some(index) =
                part.strip_prefix('[').and_then(|p| p.strip_suffix(']')).and_then(|p| p.parse::<usize>().ok())
            {
                if matches!(here, Self::Null) || matches!(here, Self::Object(members) if members.is_empty()) {
                    *here = Self::List(Vec::new());
                }
                let Self::List(items) = here else { return };
                // Remembered leaves come in their order; one behind the end is the next item.
                let index = index.min(items.len());
                if index == items.len() {
                    items.push(Self::Null);
                }
                here = &mut items[index];
            } else {
                if !matches!(here, Self::Null | Self::Object(_)) {
                    return;
                }
                here = here.member(&super::path::unescape(part).into());
            }
        }
        if matches!(here, Self::Null) || matches!(here, Self::Object(members) if members.is_empty()) {
            *here = leaf;
        }
    }

    pub(crate) fn get(&self, path: &WirePath, flat: bool) -> Option<&Self> {
        let mut here = self;
        if flat && let Some(name) = &path.flat {
            return match here {
                Self::Object(members) => members.get(&**name),
                _ => None,
            };
        }
        for segment in &path.segments {
            let Self::Object(members) = here else { return None };
            here = members.get(&**segment)?;
        }
        Some(here)
    }

    /// As JSON that tells the kinds apart, for residue.
    pub(crate) fn encode(&self) -> Json {
        match self {
            Self::Null => json!({"null": true}),
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Number(number) => json!({"number": number}),
            Self::Text(text) => Json::String(text.clone()),
            Self::Day(day) => json!({"date": day.to_string()}),
            Self::List(items) => Json::Array(items.iter().map(Self::encode).collect()),
            Self::Object(members) => {
                json!({"object": members.iter().map(|(k, v)| (k.to_string(), v.encode())).collect::<Map<_, _>>()})
            }
        }
    }

    pub(crate) fn decode(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::Number(number.to_string().into()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::decode).collect()),
            Json::Object(members) => {
                if let Some(Json::Object(inner)) = members.get("object") {
                    Self::Object(inner.iter().map(|(k, v)| (k.as_str().into(), Self::decode(v))).collect())
                } else if let Some(number) = members.get("number").and_then(Json::as_str) {
                    Self::Number(number.into())
                } else if let Some(day) = members.get("date").and_then(Json::as_str).and_then(|d| d.parse().ok()) {
                    Self::Day(day)
                } else {
                    Self::Null
                }
            }
        }
    }

    /// A JSON value as the wire has it.
    pub(crate) fn of(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::Number(number.to_string().into()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Json::Object(members) => {
                Self::Object(members.iter().map(|(k, v)| (k.as_str().into(), Self::of(v))).collect())
            }
        }
    }

    /// As plain JSON: what a record keeps of a value that it takes whole.
    pub(crate) fn to_json(&self) -> Json {
        self.to_node().to_json()
    }

    pub(crate) fn to_node(&self) -> Node {
        Node::new(match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => match Number::parse(number) {
                Some(number) => Value::Number(number),
                None => Value::Text(number.to_string()),
            },
            Self::Text(text) => Value::Text(text.clone()),
            Self::Day(day) => Value::DateCell(*day),
            Self::List(items) => Value::List(items.iter().map(Self::to_node).collect()),
            Self::Object(members) => Value::Object(Box::new(
                members.iter().map(|(key, value)| (key.clone(), value.to_node())).collect::<Object>(),
            )),
        })
    }

    /// The same, given away.
    pub(crate) fn into_node(self) -> Node {
        Node::new(match self {
            Self::Text(text) => Value::Text(text),
            Self::List(items) => Value::List(items.into_iter().map(Self::into_node).collect()),
            Self::Object(members) => Value::Object(Box::new(
                members.into_iter().map(|(key, value)| (key, value.into_node())).collect::<Object>(),
            )),
            leaf => return leaf.to_node(),
        })
    }

    /// As XML has it: elements in their sequence, a list of one as the one, an empty list as nothing.
    pub(crate) fn into_xml(self, sequence: &[&[Name]]) -> Self {
        match self {
            Self::Object(members) => {
                let rank =
                    |name: &str| sequence.iter().position(|path| path.first().is_some_and(|first| **first == *name));
                let mut members: Vec<(Name, Self)> = members
                    .into_iter()
                    .map(|(name, value)| {
                        let below: Vec<&[Name]> = sequence
                            .iter()
                            .filter(|path| path.first().is_some_and(|first| **first == *name))
                            .filter_map(|path| path.get(1..))
                            .collect();
                        let value = value.into_xml(&below);
                        (name, value)
                    })
                    .filter(|(_, value)| !matches!(value, Self::List(items) if items.is_empty()))
                    .collect();
                members.sort_by_key(|(name, _)| rank(name).unwrap_or(usize::MAX));
                Self::Object(members.into_iter().collect())
            }
            Self::List(items) => {
                let mut items: Vec<Self> = items.into_iter().map(|item| item.into_xml(sequence)).collect();
                if items.len() == 1 { items.remove(0) } else { Self::List(items) }
            }
            other => other,
        }
    }

    /// Shown in a finding.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::Null => "null".to_owned(),
            Self::List(_) | Self::Object(_) => self.to_json().to_string(),
        }
    }
}

/// Columns of a sheet by their titles.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) sheet: String,
    /// Title and column, from 1, in the order of the sheet.
    pub(crate) columns: Vec<(String, u32)>,
    pub(crate) index: HashMap<String, u32>,
}

/// Number of a node in a [`Tree`].
pub(crate) type Id = u32;

#[derive(Debug)]
pub(crate) enum Body<'d> {
    /// An empty cell: no leaf.
    Missing,
    /// A scalar, or an empty list or object.
    Leaf(&'d Node),
    List(Vec<Id>),
    Object(&'d Object, Id),
    /// A row of a sheet, its cells in the order of the header; and the rows of other sheets joined to it.
    Row {
        header: &'d Header,
        row: u32,
        first: Id,
        joined: Vec<(Name, Id)>,
    },
    /// Named parts that stand in no object of the source.
    Parts(Vec<(Name, Id)>),
}

#[derive(Debug)]
pub(crate) enum Key<'d> {
    None,
    Name(&'d str),
    Index(usize),
    /// A cell: sheet, row, column, title.
    Cell(&'d Header, u32, usize),
    /// A cell above the table.
    Above(&'d str, u32, u32),
}

#[derive(Debug)]
pub(crate) struct Entry<'d> {
    pub(crate) body: Body<'d>,
    pub(crate) key: Key<'d>,
    pub(crate) parent: Id,
}

/// One record's part of a document.
#[derive(Debug)]
pub(crate) struct Tree<'d> {
    pub(crate) entries: Vec<Entry<'d>>,
    pub(crate) line: u32,
    /// JSON Pointer of the root in the document.
    base: String,
    /// Are nested places written as one name?
    pub(crate) flat: bool,
    /// The same, where the syntax would have it otherwise.
    pub(crate) unusual: Option<bool>,
    /// The whole document where it is XML, for the lines of its elements.
    xml: Option<&'d Node>,
    /// Every number of a node of XML: one element may be a list of one.
    ids: Vec<Id>,
}

impl<'d> Tree<'d> {
    pub(crate) fn new(line: u32, base: String, flat: bool) -> Self {
        Self { entries: Vec::new(), line, base, flat, unusual: None, xml: None, ids: Vec::new() }
    }

    /// The content of the root element of an XML document.
    pub(crate) fn of_element(document: &'d Node, key: &str, element: &'d Node) -> Self {
        let base = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        let mut tree = Self::of(element, 0, base, false);
        tree.xml = Some(document);
        tree.ids = (0..Id::try_from(tree.entries.len()).unwrap_or(Id::MAX)).collect();
        tree
    }

    pub(crate) fn of(node: &'d Node, line: u32, base: String, flat: bool) -> Self {
        let mut tree = Self::new(line, base, flat);
        tree.entries.push(Entry { body: Body::Missing, key: Key::None, parent: 0 });
        tree.fill(0, node);
        tree
    }

    pub(crate) fn add(&mut self, parent: Id, key: Key<'d>, body: Body<'d>) -> Id {
        let id = Id::try_from(self.entries.len()).unwrap_or(Id::MAX);
        self.entries.push(Entry { body, key, parent });
        id
    }

    fn fill(&mut self, id: Id, node: &'d Node) {
        let body = match &node.value {
            Value::List(items) if !items.is_empty() => {
                let ids: Vec<Id> =
                    (0..items.len()).map(|index| self.add(id, Key::Index(index), Body::Missing)).collect();
                for (child, item) in ids.iter().zip(items) {
                    self.fill(*child, item);
                }
                Body::List(ids)
            }
            Value::Object(members) if !members.is_empty() => {
                let first = Id::try_from(self.entries.len()).unwrap_or(Id::MAX);
                for key in members.keys() {
                    self.add(id, Key::Name(key), Body::Missing);
                }
                for (child, member) in (first..).zip(members.values()) {
                    self.fill(child, member);
                }
                Body::Object(members, first)
            }
            _ => Body::Leaf(node),
        };
        self.entries[id as usize].body = body;
    }

    pub(crate) fn body(&self, id: Id) -> &Body<'d> {
        &self.entries[id as usize].body
    }

    fn child(&self, id: Id, name: &str) -> Option<Id> {
        let child = match self.body(id) {
            Body::Object(members, first) => first + Id::try_from(members.get_index_of(name)?).ok()?,
            Body::Row { header, first, joined, .. } => match header.index.get(name) {
                Some(column) => first + column,
                None => joined.iter().find(|(key, _)| &**key == name)?.1,
            },
            Body::Parts(parts) => parts.iter().find(|(key, _)| &**key == name)?.1,
            Body::Missing | Body::Leaf(_) | Body::List(_) => return None,
        };
        (!matches!(self.body(child), Body::Missing)).then_some(child)
    }

    /// The node at a path below another.
    pub(crate) fn find(&self, from: Id, path: &WirePath) -> Option<Id> {
        if self.flat
            && let Some(name) = &path.flat
        {
            return self.child(from, name);
        }
        self.walk(from, path)
    }

    fn walk(&self, from: Id, path: &WirePath) -> Option<Id> {
        path.segments.iter().try_fold(from, |here, segment| self.child(here, segment))
    }

    pub(crate) fn leaf(&self, id: Id) -> Option<&'d Node> {
        match self.body(id) {
            Body::Leaf(node) => Some(node),
            _ => None,
        }
    }

    pub(crate) fn list(&self, id: Id) -> Option<&[Id]> {
        match self.body(id) {
            Body::List(items) => Some(items),
            // XML does not tell one element from a list of one.
            Body::Missing => None,
            _ => self.ids.get(id as usize).map(std::slice::from_ref),
        }
    }

    pub(crate) fn children(&self, id: Id) -> Vec<Id> {
        match self.body(id) {
            Body::Missing | Body::Leaf(_) => Vec::new(),
            Body::List(items) => items.clone(),
            Body::Object(members, first) => (*first..).take(members.len()).collect(),
            Body::Row { header, first, joined, .. } => (*first..)
                .take(header.columns.len())
                .filter(|id| !matches!(self.body(*id), Body::Missing))
                .chain(joined.iter().map(|(_, id)| *id))
                .collect(),
            Body::Parts(parts) => parts.iter().map(|(_, id)| *id).collect(),
        }
    }

    /// Every leaf at or below a node.
    pub(crate) fn leaves(&self, id: Id, visit: &mut impl FnMut(Id)) {
        match self.body(id) {
            Body::Leaf(_) => visit(id),
            Body::Missing => {}
            _ => {
                for child in self.children(id) {
                    self.leaves(child, visit);
                }
            }
        }
    }

    /// The name by which the parent holds this node.
    pub(crate) fn name(&self, id: Id) -> String {
        match &self.entries[id as usize].key {
            Key::None => String::new(),
            Key::Name(name) => (*name).to_owned(),
            Key::Index(index) => index.to_string(),
            Key::Cell(header, _, column) => header.columns.get(*column).map(|(t, _)| t.clone()).unwrap_or_default(),
            Key::Above(_, row, _) => row.to_string(),
        }
    }

    fn way(&self, id: Id, from: Id, name: impl Fn(&Key<'_>, String) -> String) -> String {
        let mut parts = Vec::new();
        let mut here = id;
        while here != from {
            let entry = &self.entries[here as usize];
            parts.push(name(&entry.key, self.name(here)));
            if entry.parent == here {
                break;
            }
            here = entry.parent;
        }
        parts.reverse();
        parts.join("/")
    }

    /// The place of a node relative to one above it, as it stands in residue: items of lists are `[0]`, `[1]` …
    pub(crate) fn relative(&self, id: Id, from: Id) -> String {
        self.way(id, from, |key, name| if matches!(key, Key::Index(_)) { format!("[{name}]") } else { escape(&name) })
    }

    /// Where the node stands in the sender's source.
    pub(crate) fn place(&self, id: Id) -> Place {
        match &self.entries[id as usize].key {
            Key::Cell(header, row, column) => match header.columns.get(*column) {
                Some((title, number)) => Place::cell(header.sheet.clone(), *row, *number, Some(title.clone())),
                None => Place::cell(header.sheet.clone(), *row, 0, None),
            },
            Key::Above(sheet, row, column) => Place::cell(*sheet, *row, *column, None),
            _ => {
                if let Body::Row { header, row, .. } = self.body(id) {
                    Place::cell(header.sheet.clone(), *row, 0, None)
                } else {
                    let mut pointer = String::with_capacity(self.base.len() + 48);
                    pointer.push_str(&self.base);
                    self.point(id, &mut pointer);
                    match self.xml {
                        Some(document) => element_place(document, &pointer),
                        None => Place::Pointer { line: self.line, pointer },
                    }
                }
            }
        }
    }

    /// Appends the JSON Pointer from the root to a node. A member may have no name, and then the way to it is empty too.
    fn point(&self, id: Id, pointer: &mut String) {
        let Some(entry) = self.entries.get(id as usize).filter(|entry| id != 0 && entry.parent != id) else { return };
        self.point(entry.parent, pointer);
        pointer.push('/');
        match &entry.key {
            Key::Name(name) if !name.contains(['~', '/']) => pointer.push_str(name),
            _ => pointer.push_str(&self.name(id).replace('~', "~0").replace('/', "~1")),
        }
    }

    /// The same, put together only where somebody asks.
    pub(crate) fn lack(&self, from: Id, path: &WirePath) -> Lack {
        if from == 0 && !matches!(self.body(0), Body::Row { .. }) {
            let name = if self.flat { path.flat.as_ref().unwrap_or(&path.text) } else { &path.text };
            return Lack::Member(name.clone());
        }
        Lack::At(self.place_of_missing(from, path))
    }

    /// Where a value would stand that is missing.
    pub(crate) fn place_of_missing(&self, from: Id, path: &WirePath) -> Place {
        if let Body::Row { header, row, .. } = self.body(from) {
            let name = path.flat.as_deref().or(path.segments.last().map(|s| &**s)).unwrap_or_default();
            return match header.index.get(name).and_then(|at| header.columns.get(*at as usize)) {
                Some((title, column)) => Place::cell(header.sheet.clone(), *row, *column, Some(title.clone())),
                None => Place::cell(header.sheet.clone(), *row, 0, Some(name.to_owned())),
            };
        }
        let name: &str = if self.flat { path.flat.as_deref().unwrap_or(&path.text) } else { &path.text };
        match self.place(from) {
            Place::Pointer { line, pointer } => Place::Pointer { line, pointer: format!("{pointer}/{name}") },
            Place::Element { .. } => {
                let Some(document) = self.xml else { return Place::Whole };
                let relative = self.way(from, 0, |_, name| name.replace('~', "~0").replace('/', "~1"));
                let above = if relative.is_empty() { self.base.clone() } else { format!("{}/{relative}", self.base) };
                let below = path.segments.iter().map(|part| part.replace('~', "~0").replace('/', "~1"));
                element_place(document, &below.fold(above, |pointer, part| format!("{pointer}/{part}")))
            }
            other => other,
        }
    }

    /// What stands at a node, as a value to remember or to compare.
    pub(crate) fn wire(&self, id: Id) -> Wire {
        match self.body(id) {
            Body::Missing => Wire::Null,
            Body::Leaf(node) => leaf_wire(node),
            Body::List(items) => Wire::List(items.iter().map(|item| self.wire(*item)).collect()),
            Body::Object(..) | Body::Row { .. } | Body::Parts(_) => Wire::Object(
                self.children(id).into_iter().map(|child| (self.name(child).into(), self.wire(child))).collect(),
            ),
        }
    }
}

impl Tree<'_> {
    /// What stands at a node, as plain JSON.
    pub(crate) fn json(&self, id: Id) -> Json {
        match self.body(id) {
            Body::Missing => Json::Null,
            Body::Leaf(node) => leaf_json(node),
            Body::List(items) => Json::Array(items.iter().map(|item| self.json(*item)).collect()),
            Body::Object(..) | Body::Row { .. } | Body::Parts(_) => {
                Json::Object(self.children(id).into_iter().map(|child| (self.name(child), self.json(child))).collect())
            }
        }
    }
}

/// A leaf as plain JSON; a workbook is no leaf.
fn leaf_json(node: &Node) -> Json {
    if matches!(node.value, Value::Workbook(_)) { Json::Null } else { node.to_json() }
}

pub(crate) fn leaf_wire(node: &Node) -> Wire {
    match &node.value {
        Value::Null | Value::Workbook(_) => Wire::Null,
        Value::Bool(truth) => Wire::Bool(*truth),
        Value::Number(number) => Wire::Number(number.as_str().into()),
        Value::Text(text) => Wire::Text(text.clone()),
        Value::DateCell(day) => Wire::Day(*day),
        Value::List(items) => Wire::List(items.iter().map(leaf_wire).collect()),
        Value::Object(members) => {
            Wire::Object(members.iter().map(|(key, node)| (key.clone(), leaf_wire(node))).collect())
        }
    }
}

/// Is the leaf the same as the value, kind for kind?
pub(crate) fn same_leaf(node: &Node, wire: &Wire) -> bool {
    match (&node.value, wire) {
        (Value::Text(a), Wire::Text(b)) => a == b,
        (Value::Number(a), Wire::Number(b)) => a.as_str() == &**b,
        (Value::Bool(a), Wire::Bool(b)) => a == b,
        (Value::DateCell(a), Wire::Day(b)) => a == b,
        (Value::Null, Wire::Null) => true,
        (Value::List(a), Wire::List(b)) => a.is_empty() && b.is_empty(),
        (Value::Object(a), Wire::Object(b)) => a.is_empty() && b.is_empty(),
        _ => false,
    }
}

/// A cell whose value must not be trusted at all.
pub(crate) fn is_void(node: &Node) -> bool {
    node.flags.has(Flags::NO_VALUE) || node.flags.has(Flags::ERROR)
}
