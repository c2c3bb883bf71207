//! YAML with lines: a small tree of our own over the parser's marked nodes, and the errors that name file and line.
//!
//! Scalars keep the spelling of the file (`01` stays `01`), because codes are texts.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use crate::codes::nesting::too_deep;

/// Something in a crosswalk that must be mended before it can be used: our own configuration, or an operator's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct LoadError {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// One node of the file.
#[derive(Clone, Debug)]
pub(crate) struct Yaml {
    pub(crate) line: usize,
    pub(crate) data: Data,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Null,
    Scalar(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// Where load errors are gathered, so that one run names them all.
#[derive(Debug)]
pub(crate) struct Errors {
    file: String,
    pub(crate) list: Vec<LoadError>,
}

impl Errors {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), list: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: usize, message: impl Into<String>) {
        let error = LoadError { file: self.file.clone(), line, message: message.into() };
        if !self.list.contains(&error) {
            self.list.push(error);
        }
    }

    /// Where a line has an error in its form, among the first so many, what else is found on that line follows from it.
    pub(crate) fn one_a_line(&mut self, formal: usize) {
        let (form, rest) = self.list.split_at(formal.min(self.list.len()));
        let apart = |error: &&LoadError| !form.iter().any(|first| first.line == error.line && first.file == error.file);
        let rest: Vec<LoadError> = rest.iter().filter(apart).cloned().collect();
        self.list.truncate(formal);
        self.list.extend(rest);
    }

    /// As somebody mends them: line by line, the file itself before what it includes.
    pub(crate) fn in_order(mut self) -> Vec<LoadError> {
        self.list.sort_by(|one, other| {
            let place = |error: &LoadError| (error.file != self.file, error.line);
            place(one).cmp(&place(other)).then_with(|| one.file.cmp(&other.file))
        });
        self.list
    }

    /// Names another file while something included from it is read.
    pub(crate) fn enter(&mut self, file: &str) -> String {
        std::mem::replace(&mut self.file, file.to_owned())
    }
}

pub(crate) fn parse(text: &str, errors: &mut Errors) -> Option<Yaml> {
    if let Some(line) = too_deep(text) {
        errors.add(line, "lists and maps nest too deeply here");
        return None;
    }
    let documents = match MarkedYaml::load_from_str(text) {
        Ok(documents) => documents,
        Err(error) => {
            errors.add(error.marker().line(), format!("this is no YAML: {}", error.info()));
            return None;
        }
    };
    let [document] = documents.as_slice() else {
        errors.add(1, "a crosswalk is one YAML document in one file");
        return None;
    };
    Some(convert(document, &text.chars().collect::<Vec<_>>(), 1))
}

/// The line of a node; of what is not written, and so stands nowhere, that of what it belongs to.
fn line_of(node: &MarkedYaml<'_>, around: usize) -> usize {
    match node.span.start.line() {
        0 => around,
        line => line,
    }
}

fn convert(node: &MarkedYaml<'_>, source: &[char], around: usize) -> Yaml {
    let line = line_of(node, around);
    let slice = || {
        let (start, end) = (node.span.start.index(), node.span.end.index());
        source.get(start..end).map(|part| part.iter().collect::<String>().trim().to_owned()).unwrap_or_default()
    };
    let data = match &node.data {
        YamlData::Value(Scalar::Null) => Data::Null,
        YamlData::Value(Scalar::String(text)) => Data::Scalar(text.to_string()),
        YamlData::Value(_) => Data::Scalar(slice()),
        YamlData::Representation(text, ..) => Data::Scalar(text.to_string()),
        YamlData::Sequence(items) => Data::List(items.iter().map(|item| convert(item, source, line)).collect()),
        YamlData::Mapping(entries) => Data::Map(
            entries
                .iter()
                .map(|(key, value)| {
                    let name = match convert(key, source, line).data {
                        Data::Scalar(text) => text,
                        _ => String::new(),
                    };
                    (name, convert(value, source, line_of(key, line)))
                })
                .collect(),
        ),
        YamlData::Tagged(_, inner) => return convert(inner, source, line),
        YamlData::Alias(_) | YamlData::BadValue => Data::Null,
    };
    Yaml { line, data }
}

impl Yaml {
    pub(crate) fn entry(&self, name: &str) -> Option<&Self> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        self.scalar() == Some("true")
    }

    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> Option<&[(String, Self)]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The texts of a list, or the one text that stands for a list of one.
    pub(crate) fn texts(&self, errors: &mut Errors) -> Vec<String> {
        match &self.data {
            Data::Scalar(text) => vec![text.clone()],
            Data::List(items) => items
                .iter()
                .filter_map(|item| {
                    let text = item.scalar().map(str::to_owned);
                    if text.is_none() {
                        errors.add(item.line, "here stands a text, not a list or a map");
                    }
                    text
                })
                .collect(),
            _ => {
                errors.add(self.line, "here stands a text or a list of texts");
                Vec::new()
            }
        }
    }

    /// The text of an entry; an entry of another kind is an error.
    pub(crate) fn text<'y>(&'y self, name: &str, errors: &mut Errors) -> Option<&'y str> {
        let entry = self.entry(name)?;
        let text = entry.scalar();
        if text.is_none() {
            errors.add(entry.line, format!("`{name}` is a text"));
        }
        text
    }

    /// The node as plain JSON, for constants: `true` and `false` are booleans, whole numbers stay texts when quoted.
    pub(crate) fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Null => Value::Null,
            Data::Scalar(text) if text == "true" => Value::Bool(true),
            Data::Scalar(text) if text == "false" => Value::Bool(false),
            Data::Scalar(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Data::Map(entries) => Value::Object(entries.iter().map(|(k, v)| (k.clone(), v.json())).collect()),
        }
    }
}
