//! The catalogue: for each code its severity, its words and its source, read once from `texts/`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::{Severity, rule_data};

/// What the catalogue says of one code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// How much a finding of this code weighs, unless the check says otherwise.
    pub severity: Severity,
    /// Chinese words, with `{name}` where a value goes.
    pub zh: String,
    /// English words, with the same names.
    pub en: String,
    /// The standard or document behind it, with the clause where known.
    #[serde(default)]
    pub source: Option<String>,
    /// The day (ISO 8601) before which the rule says nothing.
    #[serde(skip)]
    pub from: Option<String>,
    /// The day before which the finding is a warning, and from which it is an error.
    #[serde(skip)]
    pub error_from: Option<String>,
    /// What the check compares with.
    #[serde(skip)]
    pub parameters: BTreeMap<String, String>,
}

static TEXTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/finding/texts");

static CATALOGUE: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for file in TEXTS.files() {
        let area = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let text = file.contents_utf8().unwrap_or_default();
        // The files are ours and compiled in; the test below reads every one of them.
        let entries: BTreeMap<String, Entry> = toml::from_str(text).unwrap_or_default();
        all.extend(entries.into_iter().map(|(word, entry)| (format!("{area}/{word}"), entry)));
    }
    all.extend(rule_data::entries().unwrap_or_default());
    all
});

/// Every code with its entry.
#[must_use]
pub fn catalogue() -> &'static BTreeMap<String, Entry> {
    &CATALOGUE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_read_and_both_languages_name_the_same_values() {
        let names = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
        };
        for file in TEXTS.files() {
            let text = file.contents_utf8().expect("UTF-8");
            let entries: BTreeMap<String, Entry> =
                toml::from_str(text).unwrap_or_else(|e| panic!("{:?}: {e}", file.path()));
            for (word, entry) in entries {
                assert_eq!(names(&entry.zh), names(&entry.en), "{:?} {word}", file.path());
            }
        }
    }

    #[test]
    fn every_file_of_rules_is_read_and_every_rule_has_both_languages() {
        let rules = rule_data::entries().unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(rules.len() > 40, "{}", rules.len());
        for (code, rule) in rules {
            let names = |text: &str| -> BTreeSet<String> {
                text.split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(name, _)| name.to_owned())
                    .collect()
            };
            assert_eq!(names(&rule.zh), names(&rule.en), "{code}");
        }
    }

    #[test]
    fn every_code_that_the_sources_name_is_in_the_catalogue() {
        fn visit(folder: &std::path::Path, found: &mut Vec<(std::path::PathBuf, String)>) {
            for entry in std::fs::read_dir(folder).expect("sources") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    visit(&path, found);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).expect("UTF-8");
                    // Split so that this very line does not match itself.
                    for rest in text.split(concat!("Finding::", "new(")).skip(1) {
                        let rest = rest.trim_start();
                        if let Some(code) = rest.strip_prefix('"').and_then(|r| r.split('"').next()) {
                            found.push((path.clone(), code.to_owned()));
                        }
                    }
                }
            }
        }
        let mut found = Vec::new();
        visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        for (path, code) in found {
            assert!(catalogue().contains_key(&code), "{code} of {} has no words in src/finding/texts", path.display());
        }
    }
}
