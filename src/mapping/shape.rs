//! What the record schema says of a path: is there such a field, what kind of value does it hold, may residue hang there.

use serde_json::Value;

use super::path::{RecordPath, Root, Segment};

/// Kind of value at a place of the record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    /// A text out of a closed list.
    Code(Vec<String>),
    Decimal,
    Integer,
    Number,
    Bool,
    Date,
    DateTime,
    Object,
    List,
    /// Anything: a value kept as the sender made it.
    Any,
}

impl Kind {
    pub(crate) fn admits(&self, value: &Value) -> bool {
        match self {
            Self::Text | Self::DateTime | Self::Date | Self::Decimal => value.is_string(),
            Self::Code(codes) => value.as_str().is_some_and(|text| codes.iter().any(|code| code == text)),
            Self::Integer => value.as_u64().is_some_and(|n| u32::try_from(n).is_ok()),
            Self::Number => value.is_number(),
            Self::Bool => value.is_boolean(),
            Self::Object => value.is_object(),
            Self::List => value.is_array(),
            Self::Any => true,
        }
    }
}

/// The schema of the record side, walked by paths.
#[derive(Clone, Debug)]
pub(crate) struct Shape<'s> {
    root: &'s Value,
    node: Option<&'s Value>,
}

impl<'s> Shape<'s> {
    pub(crate) fn new(root: &'s Value) -> Self {
        Self { root, node: Some(root) }
    }

    /// A place of which nothing is known: `$batch`, `$issue`, values kept whole.
    pub(crate) fn unknown(root: &'s Value) -> Self {
        Self { root, node: None }
    }

    fn resolve(&self, node: &'s Value) -> &'s Value {
        let mut here = node;
        for _ in 0..8 {
            if let Some(reference) = here.get("$ref").and_then(Value::as_str) {
                match self.root.pointer(reference.trim_start_matches('#')) {
                    Some(next) => here = next,
                    None => return here,
                }
            } else if let Some(alternatives) = here.get("anyOf").and_then(Value::as_array) {
                match alternatives.iter().find(|a| a.get("type").and_then(Value::as_str) != Some("null")) {
                    Some(next) => here = next,
                    None => return here,
                }
            } else {
                return here;
            }
        }
        here
    }

    #[expect(clippy::option_option, reason = "no such path, a place of which nothing is known, a known place")]
    fn step(&self, node: &'s Value, segment: &Segment) -> Option<Option<&'s Value>> {
        let node = self.resolve(node);
        match segment {
            Segment::Field(name) => {
                if let Some(next) = node.get("properties").and_then(|p| p.get(&**name)) {
                    return Some(Some(next));
                }
                match node.get("additionalProperties") {
                    Some(Value::Object(_)) => Some(node.get("additionalProperties")),
                    Some(Value::Bool(false)) => None,
                    _ if is_open(node) => Some(None),
                    _ => None,
                }
            }
            Segment::Index(_) | Segment::Last => match node.get("items") {
                Some(items) => Some(Some(items)),
                None => is_open(node).then_some(None),
            },
            Segment::Match(key, _) => {
                let items = node.get("items")?;
                self.resolve(items).get("properties").and_then(|p| p.get(&**key))?;
                Some(Some(items))
            }
        }
    }

    /// The shape at a path, or nothing where the record has no such path.
    pub(crate) fn at(&self, path: &RecordPath) -> Option<Self> {
        if path.root != Root::Record {
            return Some(Self::unknown(self.root));
        }
        let mut here = self.node;
        for segment in &path.segments {
            let Some(node) = here else { return Some(Self::unknown(self.root)) };
            here = self.step(node, segment)?;
        }
        Some(Self { root: self.root, node: here })
    }

    /// A path of which the shape knows nothing, with the field that may have been meant in place of the first that is not there.
    pub(crate) fn meant(&self, path: &RecordPath) -> Option<RecordPath> {
        let mut here = self.node?;
        for (at, segment) in path.segments.iter().enumerate() {
            match self.step(here, segment) {
                Some(Some(next)) => here = next,
                Some(None) => return None,
                None => {
                    let Segment::Field(name) = segment else { return None };
                    let known = self.resolve(here).get("properties")?.as_object()?;
                    let near = near(name, known.keys().map(String::as_str))?;
                    let mut meant = path.clone();
                    *meant.segments.get_mut(at)? = Segment::Field(near.into());
                    return Some(meant);
                }
            }
        }
        None
    }

    /// The shape of one item of a list.
    pub(crate) fn item(&self) -> Self {
        let node = self.node.and_then(|node| self.resolve(node).get("items"));
        Self { root: self.root, node }
    }

    /// May residue hang on a node of this shape?
    pub(crate) fn holds_residue(&self) -> bool {
        match self.node {
            Some(node) => self.resolve(node).get("properties").is_some_and(|p| p.get("residue").is_some()),
            None => false,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        let Some(node) = self.node else { return Kind::Any };
        let node = self.resolve(node);
        let codes = |list: &[Value], member: Option<&str>| -> Vec<String> {
            list.iter()
                .filter_map(|v| member.map_or(Some(v), |m| v.get(m)))
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect()
        };
        if let Some(list) = node.get("enum").and_then(Value::as_array) {
            return Kind::Code(codes(list, None));
        }
        if let Some(list) = node.get("oneOf").and_then(Value::as_array) {
            return Kind::Code(codes(list, Some("const")));
        }
        let kind = match node.get("type") {
            Some(Value::String(kind)) => Some(kind.as_str()),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|k| *k != "null"),
            _ => None,
        };
        match kind {
            Some("string") if node.get("format").and_then(Value::as_str) == Some("date") => Kind::Date,
            Some("string") if node.get("format").and_then(Value::as_str) == Some("date-time") => Kind::DateTime,
            Some("string")
                if node.get("pattern").and_then(Value::as_str).is_some_and(|p| p.starts_with("^-?(0|[1-9]")) =>
            {
                Kind::Decimal
            }
            Some("string") => Kind::Text,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Bool,
            Some("object") => Kind::Object,
            Some("array") => Kind::List,
            _ => Kind::Any,
        }
    }
}

/// The known word that is near enough to one that is not known to have been meant.
pub(crate) fn near<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(share, _)| *share > 0.85)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

fn is_open(node: &Value) -> bool {
    match node {
        Value::Bool(open) => *open,
        Value::Object(object) => !object.contains_key("properties"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_schema_tells_kinds_and_places() {
        let schema = crate::record::schema();
        let shape = Shape::new(&schema);
        let kind = |text: &str| shape.at(&RecordPath::parse(text).expect(text)).map(|s| s.kind());
        assert_eq!(kind("dates.issued"), Some(Kind::Date));
        assert_eq!(kind("holder.name{zh}"), Some(Kind::Text));
        assert_eq!(kind("holder.employees"), Some(Kind::Integer));
        assert_eq!(kind("fee.amount"), Some(Kind::Decimal));
        assert_eq!(kind("multi_site"), Some(Kind::Bool));
        assert_eq!(kind("holder.addresses[0].text"), Some(Kind::Text));
        assert_eq!(kind("process[type=decision].from"), Some(Kind::Date));
        assert!(matches!(kind("key.form"), Some(Kind::Code(_))));
        assert_eq!(kind("holder.id"), Some(Kind::Object));
        assert_eq!(kind("exemption.quantity.unit"), Some(Kind::Any));
        assert_eq!(kind("holder.nmae"), None);
        let meant = |text: &str| shape.meant(&RecordPath::parse(text).expect(text)).map(|path| path.to_string());
        assert_eq!(meant("holder.nmae{en}").as_deref(), Some("holder.name.en"));
        assert_eq!(meant("holder.zzz"), None);
        assert_eq!(meant("holder.name{en}"), None);
        let list = shape.at(&RecordPath::parse("sites").expect("path")).expect("sites");
        assert!(list.item().holds_residue());
        let ids = shape.at(&RecordPath::parse("holder.other_ids").expect("path")).expect("ids");
        assert!(!ids.item().holds_residue());
    }
}
