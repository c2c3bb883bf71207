//! Entries of a list by the record paths that they stand at. A sender decides how many values and how many faults a record has,
//! so the ones are not looked through for each of the others.

use std::collections::BTreeMap;

/// Numbers in a list, in its order, by record path.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByPath(BTreeMap<String, Vec<usize>>);

impl ByPath {
    /// The entries that have a path.
    pub(crate) fn of(paths: impl Iterator<Item = Option<String>>) -> Self {
        let mut all = Self::default();
        for (at, path) in paths.enumerate() {
            if let Some(path) = path {
                all.0.entry(path).or_default().push(at);
            }
        }
        all
    }

    /// Those that stand at a path itself.
    pub(crate) fn at(&self, path: &str) -> &[usize] {
        self.0.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that stand below a path, not in the order of the list.
    pub(crate) fn below(&self, path: &str) -> impl Iterator<Item = usize> {
        ['.', '['].into_iter().flat_map(move |end| {
            let start = format!("{path}{end}");
            let those = self.0.range(start.clone()..).take_while(move |(of, _)| of.starts_with(&start));
            those.flat_map(|(_, ats)| ats.iter().copied())
        })
    }
}

/// A path without the brackets of languages: `name{zh}` as `name.zh`.
pub(crate) fn plain(path: &str) -> String {
    path.replace('{', ".").replace('}', "")
}
