//! Paths into the record and into the wire tree, split once when a crosswalk is loaded.

use std::fmt;
use std::sync::Arc;

use crate::document::Name;
use serde_json::{Map, Value};

/// Which of the three trees of the record side a path starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    /// The record, or the item that the surrounding construct is at.
    Record,
    /// Facts of the whole document.
    Batch,
    /// Facts of one issuing.
    Issue,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Field(Name),
    Index(usize),
    /// The latest item whose field has this text.
    Match(Name, Name),
    /// The latest item.
    Last,
}

/// A path on the record side: `holder.addresses[0].text`, `scope.text{en}`, `$batch.period.from`, `.` for the node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RecordPath {
    pub(crate) root: Root,
    pub(crate) segments: Vec<Segment>,
}

impl RecordPath {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("`{text}` is no record path; write it as in `holder.addresses[0].text` or `name{{en}}`");
        let (root, rest) = match text.strip_prefix('$') {
            Some(rest) => {
                let (name, rest) = rest.split_once('.').unwrap_or((rest, ""));
                match name {
                    "batch" => (Root::Batch, rest),
                    "issue" => (Root::Issue, rest),
                    _ => return Err(format!("`${name}` is no root; there are $batch and $issue")),
                }
            }
            None => (Root::Record, text),
        };
        let mut segments = Vec::new();
        if rest.is_empty() && root == Root::Record {
            return Err(malformed());
        }
        if rest == "." || rest.is_empty() {
            return Ok(Self { root, segments });
        }
        let mut rest = rest;
        loop {
            let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
            if end == 0 {
                return Err(malformed());
            }
            segments.push(Segment::Field(rest[..end].into()));
            rest = &rest[end..];
            while let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or_else(malformed)?;
                segments.push(match index.split_once('=') {
                    Some((key, value)) => Segment::Match(key.into(), value.into()),
                    None if index == "last" => Segment::Last,
                    None => Segment::Index(index.parse().map_err(|_| malformed())?),
                });
                rest = after;
            }
            if let Some(inner) = rest.strip_prefix('{') {
                let (language, after) = inner.split_once('}').ok_or_else(malformed)?;
                if language.is_empty() {
                    return Err(malformed());
                }
                segments.push(Segment::Field(language.into()));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err(malformed()),
            }
        }
        Ok(Self { root, segments })
    }

    /// This path behind another (only within one tree).
    pub(crate) fn under(&self, prefix: &Self) -> Self {
        if self.root != Root::Record {
            return self.clone();
        }
        let mut segments = prefix.segments.clone();
        segments.extend(self.segments.iter().cloned());
        Self { root: prefix.root, segments }
    }

    pub(crate) fn is_node(&self) -> bool {
        self.segments.is_empty()
    }

    pub(crate) fn find<'v>(&self, node: &'v Value) -> Option<&'v Value> {
        let mut here = node;
        for segment in &self.segments {
            here = match segment {
                Segment::Field(name) => here.get(&**name)?,
                Segment::Index(index) => here.get(*index)?,
                Segment::Match(key, value) => here
                    .as_array()?
                    .iter()
                    .rev()
                    .find(|item| item.get(&**key).and_then(Value::as_str) == Some(&**value))?,
                Segment::Last => here.as_array()?.last()?,
            };
        }
        (!here.is_null()).then_some(here)
    }

    /// The path with items by their numbers, as they stand in a tree: `process[type=decision].from` is `process[3].from`.
    pub(crate) fn counted(&self, node: &Value) -> Option<String> {
        let mut here = node;
        let mut path = String::new();
        for segment in &self.segments {
            let index = match segment {
                Segment::Field(name) => {
                    here = here.get(&**name)?;
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                    continue;
                }
                Segment::Index(index) => *index,
                Segment::Match(key, value) => here
                    .as_array()?
                    .iter()
                    .rposition(|item| item.get(&**key).and_then(Value::as_str) == Some(&**value))?,
                Segment::Last => here.as_array()?.len().checked_sub(1)?,
            };
            here = here.get(index)?;
            path.push_str(&format!("[{index}]"));
        }
        Some(path)
    }

    /// Writes the value, making the way to it; nothing where the path asks for an item that only a tree can tell.
    pub(crate) fn write(&self, node: &mut Value, value: Value) {
        let Some((last, way)) = self.segments.split_last() else {
            *node = value;
            return;
        };
        let mut here = node;
        for segment in way {
            let below = match segment {
                Segment::Field(name) => object(here).and_then(|object| {
                    // A key is made only where none stands.
                    if !object.contains_key(&**name) {
                        object.insert(name.to_string(), Value::Null);
                    }
                    object.get_mut(&**name)
                }),
                Segment::Index(index) => item(here, *index),
                Segment::Match(..) | Segment::Last => None,
            };
            let Some(below) = below else { return };
            here = below;
        }
        match last {
            Segment::Field(name) => {
                if let Some(object) = object(here) {
                    object.insert(name.to_string(), value);
                }
            }
            Segment::Index(index) => {
                if let Some(item) = item(here, *index) {
                    *item = value;
                }
            }
            Segment::Match(..) | Segment::Last => {}
        }
    }

    /// The first item of a list that the path goes through.
    pub(crate) fn first_item(&self) -> Option<Self> {
        let at = self.segments.iter().position(|segment| matches!(segment, Segment::Index(_)))?;
        Some(Self { root: self.root, segments: self.segments[..=at].to_vec() })
    }

    /// Where this item of a list has been emptied, it goes, and the items behind it go too: else the next one would be
    /// taken for it.
    pub(crate) fn close(&self, node: &mut Value) {
        let Some((Segment::Index(index), way)) = self.segments.split_last() else { return };
        let list = Self { root: self.root, segments: way.to_vec() };
        let Some(Value::Array(mut items)) = list.find(node).cloned() else { return };
        if items.get(*index).is_some_and(is_empty) {
            items.truncate(*index);
            if items.is_empty() {
                list.clear(node);
            } else {
                list.write(node, Value::Array(items));
            }
        }
    }

    /// Takes the value away, and with it the objects and lists that this leaves empty.
    pub(crate) fn clear(&self, node: &mut Value) {
        fn descend(here: &mut Value, segments: &[Segment]) {
            let Some((first, rest)) = segments.split_first() else { return };
            match first {
                Segment::Field(name) => {
                    let Some(object) = here.as_object_mut() else { return };
                    let Some(next) = object.get_mut(&**name) else { return };
                    if rest.is_empty() {
                        object.remove(&**name);
                    } else {
                        let before = is_empty(next);
                        descend(next, rest);
                        if !before && is_empty(next) {
                            object.remove(&**name);
                        }
                    }
                }
                Segment::Index(index) => {
                    let Some(list) = here.as_array_mut() else { return };
                    let is_last = *index + 1 == list.len();
                    let Some(next) = list.get_mut(*index) else { return };
                    let before = is_empty(next);
                    if rest.is_empty() {
                        *next = Value::Object(Map::new());
                    } else {
                        descend(next, rest);
                    }
                    // The items behind must not move into its place.
                    if is_last && is_empty(next) && (rest.is_empty() || !before) {
                        list.remove(*index);
                    }
                }
                Segment::Match(..) | Segment::Last => {}
            }
        }
        descend(node, &self.segments);
    }
}

/// The members of a node, which becomes an object if it is none.
fn object(node: &mut Value) -> Option<&mut Map<String, Value>> {
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    node.as_object_mut()
}

/// The item of a node, which becomes a list if it is none; items before it that are not there are made.
fn item(node: &mut Value, index: usize) -> Option<&mut Value> {
    if !node.is_array() {
        *node = Value::Array(Vec::new());
    }
    let items = node.as_array_mut()?;
    if items.len() <= index {
        items.resize_with(index + 1, || Value::Object(Map::new()));
    }
    items.get_mut(index)
}

pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

impl fmt::Display for RecordPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root {
            Root::Record => {}
            Root::Batch => f.write_str("$batch")?,
            Root::Issue => f.write_str("$issue")?,
        }
        let mut first = self.root == Root::Record;
        if self.segments.is_empty() && first {
            return f.write_str(".");
        }
        for segment in &self.segments {
            match segment {
                Segment::Field(name) => {
                    if !first {
                        f.write_str(".")?;
                    }
                    f.write_str(name)?;
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Match(key, value) => write!(f, "[{key}={value}]")?,
                Segment::Last => f.write_str("[last]")?,
            }
            first = false;
        }
        Ok(())
    }
}

/// A path on the wire, relative to the wire node of the surrounding construct; `.` is that node itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WirePath {
    pub(crate) segments: Vec<Name>,
    /// The name in a layout without nesting, where the crosswalk allows one.
    pub(crate) flat: Option<Arc<str>>,
    /// As it is written in forms and accounts.
    pub(crate) text: Arc<str>,
}

impl WirePath {
    pub(crate) fn parse(text: &str, flat: Option<&str>) -> Self {
        let mut segments: Vec<Name> = Vec::new();
        if text != "." {
            let mut part = String::new();
            let mut characters = text.chars().peekable();
            while let Some(c) = characters.next() {
                match c {
                    '\\' if characters.peek() == Some(&'.') => {
                        part.push('.');
                        characters.next();
                    }
                    '.' => segments.push(std::mem::take(&mut part).into()),
                    c => part.push(c),
                }
            }
            segments.push(part.into());
        }
        Self::of(segments, flat)
    }

    pub(crate) fn of(segments: Vec<Name>, flat: Option<&str>) -> Self {
        let joined = flat.filter(|_| segments.len() > 1).map(|separator| segments.join(separator).into());
        let text = segments.iter().map(|part| escape(part)).collect::<Vec<_>>().join("/").into();
        Self { segments, flat: joined, text }
    }

    pub(crate) fn under(&self, prefix: &Self, flat: Option<&str>) -> Self {
        let mut segments = prefix.segments.clone();
        segments.extend(self.segments.iter().cloned());
        Self::of(segments, flat)
    }
}

/// One segment as it stands in a stored place: like RFC 6901, without the leading slash; `[` at the begin tells items of
/// lists, so a name that begins so is escaped too.
pub(crate) fn escape(segment: &str) -> String {
    if segment.contains(['~', '/']) || segment.starts_with('[') || segment.is_empty() {
        let escaped = segment.replace('~', "~0").replace('/', "~1");
        match escaped.strip_prefix('[') {
            Some(rest) => format!("~2{rest}"),
            None if escaped.is_empty() => "~3".to_owned(),
            None => escaped,
        }
    } else {
        segment.to_owned()
    }
}

pub(crate) fn unescape(segment: &str) -> String {
    if !segment.contains('~') {
        return segment.to_owned();
    }
    segment.replace("~3", "").replace("~2", "[").replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_finds_languages_items_and_the_latest_match() {
        let record = json!({"a": {"name": {"en": "x"}}, "l": [{"t": "d", "n": 1}, {"t": "e"}, {"t": "d", "n": 2}]});
        let at = |text: &str| RecordPath::parse(text).expect(text).find(&record).cloned();
        assert_eq!(at("a.name{en}"), Some(json!("x")));
        assert_eq!(at("l[0].n"), Some(json!(1)));
        assert_eq!(at("l[t=d].n"), Some(json!(2)));
        assert_eq!(at("l[t=x].n"), None);
        assert_eq!(at("l[last].n"), Some(json!(2)));
        assert_eq!(at("a[last]"), None);
        assert_eq!(RecordPath::parse("l[last].n").expect("path").to_string(), "l[last].n");
        for text in ["", "a..b", "a[", "a{}", "a[x]", "$other.x"] {
            assert!(RecordPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn clearing_prunes_only_what_it_emptied() {
        let mut record = json!({"a": {"b": {"c": 1}}, "e": {}});
        RecordPath::parse("a.b.c").expect("path").clear(&mut record);
        assert_eq!(record, json!({"e": {}}));
        RecordPath::parse("e.x").expect("path").clear(&mut record);
        assert_eq!(record, json!({"e": {}}));
    }
}
