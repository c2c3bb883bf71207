//! Reads a file of code lists and checks it: every code is text, rows are whole, nothing stands twice.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr::{LoadableYamlNode, Mapping, Scalar, Yaml};

use super::CodesError;
use super::table::{List, Table};

/// Reads the tables of one file.
pub(super) fn tables(file: &str, text: &str) -> Result<Vec<Table>, CodesError> {
    let wrong = |message: String| CodesError { file: file.to_owned(), message };
    let documents = Yaml::load_from_str(text).map_err(|error| wrong(error.to_string()))?;
    let [Yaml::Mapping(root)] = documents.as_slice() else {
        return Err(wrong("a file of code lists is one mapping".to_owned()));
    };
    let source = text_of(root, "source").ok_or_else(|| wrong("`source` is missing".to_owned()))?;
    let mut made = Vec::new();
    match field(root, "lists") {
        Some(Yaml::Mapping(lists)) => {
            for (name, list) in lists {
                let Yaml::Mapping(list) = list else {
                    return Err(wrong(format!("list {:?} is no mapping", scalar(name).unwrap_or_default())));
                };
                made.extend(list_tables(&source, list).map_err(wrong)?);
            }
        }
        Some(_) => return Err(wrong("`lists` is no mapping".to_owned())),
        None => made.extend(list_tables(&source, root).map_err(wrong)?),
    }
    Ok(made)
}

fn list_tables(source: &str, from: &Mapping) -> Result<Vec<Table>, String> {
    let columns = strings(field(from, "columns"), "columns")?;
    let position = |column: &str| {
        columns.iter().position(|name| name == column).ok_or_else(|| format!("there is no column {column:?}"))
    };
    let Some(Yaml::Sequence(items)) = field(from, "rows") else {
        return Err("`rows` is missing".to_owned());
    };
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let row = strings(Some(item), "a row")?;
        if row.len() != columns.len() {
            return Err(format!("row {row:?} has {} cells, not {}", row.len(), columns.len()));
        }
        rows.push(row);
    }
    let mut names = HashMap::new();
    for (language, column) in pairs(field(from, "names"), "names")? {
        names.insert(language, position(&column)?);
    }
    let prefix = flag(from, "prefix")?;
    let list = Arc::new(List { columns: columns.clone(), rows, names, source: source.to_owned() });
    let Some(Yaml::Mapping(tables)) = field(from, "tables") else {
        return Err("`tables` is missing".to_owned());
    };
    let mut made = Vec::new();
    for (name, table) in tables {
        let name = scalar(name).ok_or("a table's name is no text")?;
        let Yaml::Mapping(table) = table else { return Err(format!("table {name} is no mapping")) };
        let said = |message: String| format!("{name}: {message}");
        let record = position(&text_of(table, "record").ok_or_else(|| said("`record` is missing".to_owned()))?)?;
        let wire = position(&text_of(table, "wire").ok_or_else(|| said("`wire` is missing".to_owned()))?)?;
        let out_only = prefix || flag(table, "out")?;
        made.push(table_of(&name, &list, record, wire, prefix, out_only, table).map_err(said)?);
    }
    Ok(made)
}

fn table_of(
    name: &str,
    list: &Arc<List>,
    record_column: usize,
    wire_column: usize,
    prefix: bool,
    out_only: bool,
    from: &Mapping,
) -> Result<Table, String> {
    let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
    let mut by_record = HashMap::new();
    for (at, row) in list.rows.iter().enumerate() {
        let code = cell(row, record_column);
        if code.is_empty() {
            return Err(format!("row {row:?} has no record code"));
        }
        if by_record.insert(code.clone(), at).is_some() {
            return Err(format!("record code {code:?} stands twice"));
        }
    }
    let row_of = |code: &str| by_record.get(code).copied().ok_or_else(|| format!("there is no record code {code:?}"));
    let mut back = HashMap::new();
    for (wire, record) in pairs(field(from, "back"), "back")? {
        back.insert(wire, row_of(&record)?);
    }
    let mut by_wire = HashMap::new();
    if !out_only {
        for (at, row) in list.rows.iter().enumerate() {
            let code = cell(row, wire_column);
            if code.is_empty() {
                return Err(format!("row {row:?} has no wire code"));
            }
            if by_wire.insert(code.clone(), at).is_some() && !back.contains_key(&code) {
                return Err(format!("wire code {code:?} stands twice and `back` does not say what it means"));
            }
        }
        for (wire, &row) in &back {
            // What a wire code is read as must print as that wire code again.
            if list.rows.get(row).map(|cells| cell(cells, wire_column)).as_ref() != Some(wire) {
                return Err(format!("`back` reads {wire:?} as a code that prints otherwise"));
            }
            by_wire.insert(wire.clone(), row);
        }
    }
    let mut aliases = HashMap::new();
    for (spelling, record) in pairs(field(from, "aliases"), "aliases")? {
        if by_wire.contains_key(&spelling) {
            return Err(format!("alias {spelling:?} is a wire code"));
        }
        aliases.insert(spelling, row_of(&record)?);
    }
    let unread = match field(from, "unread") {
        Some(given) => strings(Some(given), "unread")?,
        None => Vec::new(),
    };
    if let Some(code) = unread.iter().find(|&code| by_wire.contains_key(code) || aliases.contains_key(code)) {
        return Err(format!("{code:?} is both read and unread"));
    }
    Ok(Table {
        name: name.to_owned(),
        list: Arc::clone(list),
        record_column,
        wire_column,
        by_record,
        by_wire,
        aliases,
        unread,
        prefix,
        out_only,
    })
}

fn field<'a, 'b>(mapping: &'a Mapping<'b>, name: &str) -> Option<&'a Yaml<'b>> {
    mapping.iter().find(|(key, _)| scalar(key).as_deref() == Some(name)).map(|(_, value)| value)
}

fn scalar(node: &Yaml) -> Option<String> {
    match node {
        Yaml::Value(Scalar::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn text_of(mapping: &Mapping, name: &str) -> Option<String> {
    field(mapping, name).and_then(scalar)
}

fn flag(mapping: &Mapping, name: &str) -> Result<bool, String> {
    match field(mapping, name) {
        None => Ok(false),
        Some(Yaml::Value(Scalar::Boolean(value))) => Ok(*value),
        Some(_) => Err(format!("`{name}` is neither true nor false")),
    }
}

fn strings(node: Option<&Yaml>, what: &str) -> Result<Vec<String>, String> {
    let Some(Yaml::Sequence(items)) = node else { return Err(format!("`{what}` is no list")) };
    items
        .iter()
        .map(|item| scalar(item).ok_or_else(|| format!("{what}: a code is text; write it in quotes ({item:?})")))
        .collect()
}

fn pairs(node: Option<&Yaml>, what: &str) -> Result<Vec<(String, String)>, String> {
    match node {
        None => Ok(Vec::new()),
        Some(Yaml::Mapping(mapping)) => mapping
            .iter()
            .map(|(key, value)| {
                scalar(key).zip(scalar(value)).ok_or_else(|| format!("{what}: a code is text; write it in quotes"))
            })
            .collect(),
        Some(_) => Err(format!("`{what}` is no mapping")),
    }
}
