//! Reads the YAML of `mappings/`: rows of typed data, each with the line it stands on. Not here: what the rows mean.

use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::codes::nesting::too_deep;

/// A mistake in the data that an operator loads: which file, which line, what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LoadError {
    /// Name of the file, as it was handed in.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in English.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// One row with the place it was read from.
#[derive(Clone, Debug)]
pub(super) struct Sourced<T> {
    pub row: T,
    pub file: String,
    pub line: usize,
}

impl<T> Sourced<T> {
    pub(super) fn error(&self, message: impl Into<String>) -> LoadError {
        LoadError { file: self.file.clone(), line: self.line, message: message.into() }
    }
}

/// The sections of one file.
pub(super) struct Sections {
    file: String,
    sections: Vec<(String, usize, Vec<Item>)>,
}

struct Item {
    value: Value,
    line: usize,
    keys: Vec<(String, usize)>,
}

impl Sections {
    /// Reads a file into its sections, each a list of rows.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, LoadError> {
        let error = |line, message: String| LoadError { file: file.to_owned(), line, message };
        if let Some(line) = too_deep(text) {
            return Err(error(line, "lists and maps nest too deeply here".into()));
        }
        let documents = MarkedYaml::load_from_str(text).map_err(|e| error(e.marker().line(), e.info().to_owned()))?;
        let mut sections = Vec::new();
        for document in &documents {
            let YamlData::Mapping(top) = &document.data else {
                return Err(error(document.span.start.line(), "the file is a mapping of sections".into()));
            };
            for (key, rows) in top {
                let name = key_text(key).map_err(|message| error(key.span.start.line(), message))?;
                let YamlData::Sequence(rows) = &rows.data else {
                    return Err(error(rows.span.start.line(), format!("{name} is a list of rows")));
                };
                let mut items = Vec::with_capacity(rows.len());
                for row in rows {
                    let value = plain(row).map_err(|(line, message)| error(line, message))?;
                    let keys = match &row.data {
                        YamlData::Mapping(fields) => fields
                            .iter()
                            .filter_map(|(key, _)| key_text(key).ok().map(|text| (text, key.span.start.line())))
                            .collect(),
                        _ => Vec::new(),
                    };
                    items.push(Item { value, line: row.span.start.line(), keys });
                }
                sections.push((name, key.span.start.line(), items));
            }
        }
        Ok(Self { file: file.to_owned(), sections })
    }

    /// Takes the rows of one section, as values of a type.
    pub(super) fn take<T: DeserializeOwned>(&mut self, section: &str, errors: &mut Vec<LoadError>) -> Vec<Sourced<T>> {
        let mut rows = Vec::new();
        while let Some(at) = self.sections.iter().position(|(name, ..)| name == section) {
            for item in self.sections.remove(at).2 {
                match serde_json::from_value(item.value) {
                    Ok(row) => rows.push(Sourced { row, file: self.file.clone(), line: item.line }),
                    Err(e) => {
                        let message = e.to_string();
                        // The first word in backticks is the field at fault; those after it are what could stand there.
                        let field = message.split('`').nth(1).unwrap_or_default();
                        let line = item.keys.iter().find(|(key, _)| key == field).map_or(item.line, |(_, line)| *line);
                        errors.push(LoadError { file: self.file.clone(), line, message });
                    }
                }
            }
        }
        rows
    }

    /// Says of every section that nobody took.
    pub(super) fn finish(self, errors: &mut Vec<LoadError>) {
        for (name, line, _) in self.sections {
            errors.push(LoadError { file: self.file.clone(), line, message: format!("no section is called {name}") });
        }
    }
}

fn key_text(node: &MarkedYaml<'_>) -> Result<String, String> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Ok(text.to_string()),
        _ => Err("a key is a text".into()),
    }
}

fn plain(node: &MarkedYaml<'_>) -> Result<Value, (usize, String)> {
    let line = node.span.start.line();
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Ok(Value::String(text.to_string())),
        YamlData::Value(Scalar::Boolean(yes)) => Ok(Value::Bool(*yes)),
        YamlData::Value(Scalar::Null) => Ok(Value::Null),
        // A code such as 0703 would lose its zero: numbers do not occur in this data.
        YamlData::Value(Scalar::Integer(_) | Scalar::FloatingPoint(_)) => {
            Err((line, "a number here is a code: write it in quotes".into()))
        }
        YamlData::Sequence(items) => items.iter().map(plain).collect::<Result<_, _>>().map(Value::Array),
        YamlData::Mapping(fields) => {
            let mut map = Map::new();
            for (key, value) in fields {
                map.insert(key_text(key).map_err(|message| (key.span.start.line(), message))?, plain(value)?);
            }
            Ok(Value::Object(map))
        }
        _ => Err((line, "tags and aliases are not used in this data".into())),
    }
}
