//! The files of one schema, by name, and the references between them. Nothing outside the unit is ever looked at.

use std::collections::{BTreeMap, BTreeSet};

/// The files of a schema and those of them that a reader begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unit {
    /// Texts by name; `/` between folders.
    pub(crate) files: BTreeMap<String, String>,
    /// The files to begin with; what they include and import comes along.
    pub(crate) entries: Vec<String>,
}

/// The file that a reference in another means, by its name.
///
/// # Errors
/// The reference leaves the unit: it is a URI, begins at a root, or climbs above the folder of the unit.
pub(super) fn resolve(from: &str, location: &str) -> Result<String, String> {
    let leaves = || format!("the reference `{location}` leaves the schema; install its files together");
    if location.is_empty() || location.contains([':', '\\', '?', '#', '%']) || location.starts_with('/') {
        return Err(leaves());
    }
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in location.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(folders.pop().ok_or_else(leaves)?),
            name => folders.push(name),
        }
    }
    Ok(folders.join("/"))
}

/// The names of the files that can be reached from the entries; those that are missing are left to the loader to name.
pub(crate) fn reachable(unit: &Unit) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = unit.entries.clone();
    while let Some(name) = open.pop() {
        let Some(text) = unit.files.get(&name) else { continue };
        if !found.insert(name.clone()) {
            continue;
        }
        // What is not well-formed refers to nothing; the loader says what is wrong with it.
        let Ok(document) = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')) else { continue };
        let locations = document.root_element().children().filter_map(|node| node.attribute("schemaLocation"));
        open.extend(locations.filter_map(|location| resolve(&name, location).ok()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_stays_within_the_unit() {
        for (from, location, file) in
            [("a.xsd", "b.xsd", "b.xsd"), ("x/a.xsd", "../y/b.xsd", "y/b.xsd"), ("x/y/a.xsd", "./b.xsd", "x/y/b.xsd")]
        {
            assert_eq!(resolve(from, location).as_deref(), Ok(file));
        }
        for location in [
            "../b.xsd",
            "/etc/passwd",
            "http://a.example/b.xsd",
            "file:b.xsd",
            "x\\b.xsd",
            "x/../../b.xsd",
            "",
            "b%2fc.xsd",
        ] {
            assert!(resolve("a.xsd", location).is_err(), "{location}");
        }
    }
}
