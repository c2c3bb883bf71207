//! Rules on the record as data: the files under `schemas/rules/`, with words, source, calendar and what a check compares
//! with. The checks themselves stand in `rules`.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use saphyr::{LoadableYamlNode, Mapping, Yaml};

use super::Severity;
use super::catalogue::Entry;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas/rules");

/// Keys that a rule may have.
const KEYS: [&str; 8] = ["id", "severity", "from", "error-from", "parameters", "zh", "en", "source"];

/// Every rule by its code, or what is wrong with a file.
pub(super) fn entries() -> Result<BTreeMap<String, Entry>, String> {
    let mut all = BTreeMap::new();
    for file in FILES.files() {
        let name = file.path().display();
        let text = file.contents_utf8().unwrap_or_default();
        for (id, entry) in read(text).map_err(|wrong| format!("{name}: {wrong}"))? {
            let code = format!("rule/{id}");
            if all.insert(code.clone(), entry).is_some() {
                return Err(format!("{name}: {code} stands twice"));
            }
        }
    }
    Ok(all)
}

fn read(text: &str) -> Result<Vec<(String, Entry)>, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    let rules = match documents.as_slice() {
        [Yaml::Mapping(root)] => root.get(&Yaml::value_from_str("rules")),
        _ => None,
    };
    let Some(Yaml::Sequence(rules)) = rules else { return Err("there is no list `rules`".to_owned()) };
    rules.iter().map(rule).collect()
}

fn rule(rule: &Yaml<'_>) -> Result<(String, Entry), String> {
    let Yaml::Mapping(rule) = rule else { return Err("a rule is no mapping".to_owned()) };
    let id = text(rule, "id").ok_or("a rule without `id`")?;
    let known = |key: &Yaml<'_>| key.as_str().is_some_and(|key| KEYS.contains(&key));
    if let Some(key) = rule.keys().find(|key| !known(key)) {
        return Err(format!("{id}: the key {key:?} is not known"));
    }
    let needed = |key: &str| text(rule, key).ok_or_else(|| format!("{id}: `{key}` is missing"));
    let severity = match needed("severity")?.as_str() {
        "note" => Severity::Note,
        "normalised" => Severity::Normalised,
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        other => return Err(format!("{id}: there is no severity {other}")),
    };
    let mut parameters = BTreeMap::new();
    if let Some(Yaml::Mapping(given)) = rule.get(&Yaml::value_from_str("parameters")) {
        for (key, value) in given {
            match (key.as_str(), value.as_str()) {
                (Some(key), Some(value)) => drop(parameters.insert(key.to_owned(), value.to_owned())),
                _ => return Err(format!("{id}: parameters are texts")),
            }
        }
    }
    let (from, error_from) = (text(rule, "from"), text(rule, "error-from"));
    let entry = Entry {
        severity,
        zh: needed("zh")?,
        en: needed("en")?,
        source: text(rule, "source"),
        from,
        error_from,
        parameters,
    };
    Ok((id, entry))
}

fn text(mapping: &Mapping<'_>, key: &str) -> Option<String> {
    mapping.get(&Yaml::value_from_str(key)).and_then(Yaml::as_str).map(str::to_owned)
}
