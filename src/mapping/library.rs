//! What a crosswalk may refer to: code tables and included files. Whoever loads crosswalks hands it in.

use serde_json::Value;

/// One table: codes of the record and codes on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodePairs {
    /// Record code and wire code, in the order of the table; of several wire codes of one record code the first is
    /// written.
    pub pairs: Vec<(String, String)>,
    /// Other wire spellings and the record code that they mean; read only.
    pub aliases: Vec<(String, String)>,
    /// Wire codes that several record codes print, each with the record code that it is read as.
    pub back: Vec<(String, String)>,
    /// Wire codes that are known to have no record code.
    pub unread: Vec<String>,
    /// Is a record code answered by the longest row that it begins with?
    pub prefix: bool,
}

/// Tables by name (`country/alpha2-numeric`).
pub trait CodeTables {
    /// The table of that name.
    fn pairs(&self, name: &str) -> Option<CodePairs>;
}

/// No tables but those that a crosswalk itself states.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTables;

impl CodeTables for NoTables {
    fn pairs(&self, _: &str) -> Option<CodePairs> {
        None
    }
}

impl CodeTables for crate::codes::Codes {
    fn pairs(&self, name: &str) -> Option<CodePairs> {
        let table = self.table(name)?;
        let owned = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
        let mut found = CodePairs {
            pairs: table.pairs().map(owned).collect(),
            aliases: table.aliases().map(owned).collect(),
            unread: table.unread().to_vec(),
            prefix: table.is_prefix(),
            ..CodePairs::default()
        };
        let repeated = |wire: &str| found.pairs.iter().filter(|(_, other)| other == wire).count() > 1;
        let mut back = Vec::new();
        for (_, wire) in &found.pairs {
            if repeated(wire)
                && let Some(record) = table.record(wire)
            {
                back.push((wire.clone(), record.to_owned()));
            }
        }
        found.back = back;
        Some(found)
    }
}

/// What is at hand when a crosswalk is loaded.
pub struct Library<'l> {
    /// Code tables.
    pub codes: &'l dyn CodeTables,
    /// Text of an included file, by the name that the crosswalk uses.
    pub includes: &'l dyn Fn(&str) -> Option<String>,
    /// JSON Schema of the record.
    pub record: &'l Value,
}
