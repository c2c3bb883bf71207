//! What may stand where in a crosswalk: every key, with the kind of its value. The loader holds each file against this
//! table, the JSON Schema for editors is printed from it, and a test holds the reference for people against it; so none of
//! the three can know a word that the others do not.

mod published;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;
mod words;

use super::yaml::{Data, Errors, Yaml};
use crate::mapping::shape::near;

pub use published::schema;
use words::{CONSTRUCTS, CROSSWALK, STEP_NAMES, STEPS};

/// A map of known keys.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its name in the published schema.
    pub(crate) name: &'static str,
    /// How errors call it.
    title: &'static str,
    pub(crate) keys: &'static [Key],
    /// Where other keys may stand too: what they are, and their values.
    other: Option<(&'static str, Kind)>,
}

/// A key of a map.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    kind: Kind,
    required: bool,
    /// What it says, in a line.
    says: &'static str,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self { name, kind, required: false, says }
    }

    const fn needed(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self { name, kind, required: true, says }
    }
}

/// What a value is.
#[derive(Debug)]
enum Kind {
    /// One text; numbers and `true` are texts as they are written.
    Text,
    /// A text or a list of texts.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a list of them.
    Words(&'static [&'static str]),
    /// Anything.
    Value,
    /// Nothing behind the colon.
    Nothing,
    /// A map with names of one's own.
    Free(&'static Kind),
    Map(&'static Node),
    /// A map that is told by one of its keys.
    By(&'static [(&'static str, &'static Node)]),
    List(&'static Kind),
    /// A list of constructs.
    Rules,
    /// A chain of steps, or a single one.
    Steps,
    /// Whichever fits the form of the value: nothing, a text, a list, or a map.
    Either(&'static [Kind]),
}

/// Holds a whole crosswalk against the table.
pub(super) fn check(root: &Yaml, errors: &mut Errors) {
    map(root, &CROSSWALK, errors);
}

/// Holds the rules of an included file against it.
pub(super) fn check_rules(rules: &Yaml, errors: &mut Errors) {
    value(rules, &Kind::Rules, "rules", errors);
}

/// Every map of the language with its keys.
#[cfg(test)]
fn nodes() -> Vec<&'static Node> {
    published::nodes()
}

impl Kind {
    /// Does a value of this form belong here?
    fn takes(&self, data: &Data) -> bool {
        match self {
            Self::Value => true,
            Self::Nothing => matches!(data, Data::Null),
            Self::Text | Self::Flag | Self::Number | Self::Word(_) => matches!(data, Data::Scalar(_)),
            Self::Texts | Self::Words(_) => matches!(data, Data::Scalar(_) | Data::List(_)),
            Self::Free(_) | Self::Map(_) | Self::By(_) => matches!(data, Data::Map(_)),
            Self::List(_) | Self::Rules => matches!(data, Data::List(_)),
            Self::Steps => !matches!(data, Data::Null),
            Self::Either(kinds) => kinds.iter().any(|kind| kind.takes(data)),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Texts => "a text or a list of texts".into(),
            Self::Flag => "true or false".into(),
            Self::Number => "a whole number".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Words(words) => format!("one or several of {}", words.join(", ")),
            Self::Value => "a value".into(),
            Self::Nothing => "nothing".into(),
            Self::Free(_) => "a map".into(),
            Self::Map(node) => {
                let names: Vec<&str> = node.keys.iter().map(|key| key.name).collect();
                format!("a map of {}", names.join(", "))
            }
            Self::By(all) => {
                let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
                format!("a map with one of {}", names.join(", "))
            }
            Self::List(_) => "a list".into(),
            Self::Rules => "a list of rules".into(),
            Self::Steps => "a list of steps".into(),
            Self::Either(kinds) => kinds
                .iter()
                .filter(|kind| !matches!(kind, Self::Nothing))
                .map(Self::words)
                .collect::<Vec<_>>()
                .join(", or "),
        }
    }
}

fn form(data: &Data) -> &'static str {
    match data {
        Data::Null => "nothing",
        Data::Scalar(_) => "a text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
    }
}

fn value(yaml: &Yaml, kind: &Kind, name: &str, errors: &mut Errors) {
    if !kind.takes(&yaml.data) {
        errors.add(yaml.line, format!("`{name}` is {}, not {}", kind.words(), form(&yaml.data)));
        return;
    }
    match kind {
        Kind::Value | Kind::Nothing | Kind::Text => {}
        Kind::Texts => {
            for item in yaml.items().unwrap_or_default() {
                value(item, &Kind::Text, name, errors);
            }
        }
        Kind::Flag if !matches!(yaml.scalar(), Some("true" | "false")) => {
            errors.add(yaml.line, format!("`{name}` is true or false"));
        }
        Kind::Number if yaml.scalar().is_none_or(|text| text.parse::<u32>().is_err()) => {
            errors.add(yaml.line, format!("`{name}` is a whole number"));
        }
        Kind::Flag | Kind::Number => {}
        Kind::Word(words) | Kind::Words(words) => {
            let said = yaml.items().unwrap_or(std::slice::from_ref(yaml));
            for item in said {
                match item.scalar() {
                    Some(word) if words.contains(&word) => {}
                    Some(word) => errors.add(
                        item.line,
                        format!("`{name}` knows no `{word}`{}; there are: {}", meant(word, words), words.join(", ")),
                    ),
                    None => errors.add(item.line, format!("`{name}` is {}, not {}", kind.words(), form(&item.data))),
                }
            }
        }
        Kind::Free(inner) => {
            for (key, item) in yaml.entries().unwrap_or_default() {
                value(item, inner, key, errors);
            }
        }
        Kind::Map(node) => map(yaml, node, errors),
        Kind::By(nodes) => match nodes.iter().find(|(key, _)| yaml.entry(key).is_some()) {
            Some((_, node)) => map(yaml, node, errors),
            None => errors.add(yaml.line, format!("`{name}` is {}", kind.words())),
        },
        Kind::List(inner) => {
            for item in yaml.items().unwrap_or_default() {
                value(item, inner, name, errors);
            }
        }
        Kind::Rules => {
            for item in yaml.items().unwrap_or_default() {
                construct(item, errors);
            }
        }
        Kind::Steps => {
            for item in yaml.items().unwrap_or(std::slice::from_ref(yaml)) {
                step(item, errors);
            }
        }
        Kind::Either(kinds) => {
            if let Some(fitting) = kinds.iter().find(|kind| kind.takes(&yaml.data)) {
                value(yaml, fitting, name, errors);
            }
        }
    }
}

fn map(yaml: &Yaml, node: &Node, errors: &mut Errors) {
    let Some(entries) = yaml.entries() else {
        errors.add(yaml.line, format!("{} is a map, not {}", node.title, form(&yaml.data)));
        return;
    };
    for (name, item) in entries {
        match (node.keys.iter().find(|key| key.name == name), &node.other) {
            (Some(key), _) => value(item, &key.kind, name, errors),
            (None, Some((_, kind))) => value(item, kind, name, errors),
            (None, None) => {
                let names: Vec<&str> = node.keys.iter().map(|key| key.name).collect();
                errors.add(
                    item.line,
                    format!(
                        "{} knows no `{name}`{}; it may have: {}",
                        node.title,
                        meant(name, &names),
                        names.join(", ")
                    ),
                );
            }
        }
    }
    for key in node.keys.iter().filter(|key| key.required && yaml.entry(key.name).is_none()) {
        errors.add(yaml.line, format!("{} needs `{}:`, {}", node.title, key.name, key.says));
    }
}

fn construct(yaml: &Yaml, errors: &mut Errors) {
    match CONSTRUCTS.iter().find(|(key, _)| yaml.entry(key).is_some()) {
        Some((_, node)) => map(yaml, node, errors),
        None => errors.add(
            yaml.line,
            "this is no construct; write record and wire, or one of implied, group, when, pick, each, rows, prefer, include",
        ),
    }
}

fn step(yaml: &Yaml, errors: &mut Errors) {
    let known = match &yaml.data {
        Data::Scalar(name) => STEP_NAMES.contains(&name.as_str()),
        Data::Map(_) => match STEPS.iter().find(|(key, _)| yaml.entry(key).is_some()) {
            Some((_, node)) => return map(yaml, node, errors),
            None => false,
        },
        Data::Null | Data::List(_) => {
            errors.add(yaml.line, "a step is a name or a map with one step");
            return;
        }
    };
    if !known {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        let written = match &yaml.data {
            Data::Scalar(name) => Some(name),
            Data::Map(entries) => entries.first().map(|(name, _)| name),
            Data::Null | Data::List(_) => None,
        };
        let (told, meant) = match written {
            Some(word) => (format!("`{word}`"), meant(word, &names)),
            None => ("this".to_owned(), String::new()),
        };
        let (all, bare) = (names.join(", "), STEP_NAMES.join(", "));
        errors.add(yaml.line, format!("{told} is no step{meant}; the steps are: {all} ({bare} need no value)"));
    }
}

/// `(did you mean …?)` where a known word is near.
fn meant(word: &str, known: &[&str]) -> String {
    near(word, known.iter().copied()).map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}
