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

/// What is at hand when a crosswalk is loaded.
pub struct Library<'l> {
    /// Code tables.
    pub codes: &'l dyn CodeTables,
    /// Text of an included file, by the name that the crosswalk uses.
    pub includes: &'l dyn Fn(&str) -> Option<String>,
    /// JSON Schema of the record.
    pub record: &'l Value,
}
