//! Code lists and concordances, loaded from `mappings/codes/`: countries, sectors, statuses, item codes and the like.
//!
//! Not here: which rule uses which table (`mapping`), and what a code means for a decision (`recognition`).

mod load;
pub(crate) mod nesting;
mod table;

pub use table::Table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings/codes");

static BUNDLED: LazyLock<Codes> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the files are compiled in, and a test reads every one of them")]
    Codes::read(
        FILES.files().map(|file| (file.path().to_str().unwrap_or_default(), file.contents_utf8().unwrap_or_default())),
    )
    .expect("the bundled code lists")
});

/// A file of code lists says something that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct CodesError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

/// All tables, by name.
#[derive(Debug, Default)]
pub struct Codes {
    tables: BTreeMap<String, Table>,
}

/// A standard that another one corresponds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equivalent<'a> {
    /// Designation without edition (`ISO 9001`).
    pub designation: &'a str,
    /// Edition, where the adopting standard names a dated text.
    pub edition: Option<&'a str>,
    /// `idt`, `mod` or `neq` (ISO/IEC Guide 21-1).
    pub relation: &'a str,
}

impl Codes {
    /// The tables that this program brings.
    #[must_use]
    pub fn bundled() -> &'static Codes {
        &BUNDLED
    }

    /// Reads tables from files (name, text).
    ///
    /// # Errors
    /// A file is not well-formed, a row is not whole, a code stands twice, or a table has the name of another.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CodesError> {
        let mut tables = BTreeMap::new();
        for (file, text) in files {
            for table in load::tables(file, text)? {
                if let Some(other) = tables.insert(table.name().to_owned(), table) {
                    let message = format!("table {} stands twice", other.name());
                    return Err(CodesError { file: file.to_owned(), message });
                }
            }
        }
        Ok(Self { tables })
    }

    /// A table by its name (`country/alpha2-numeric`).
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Every table, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// The international standard that a dated domestic one adopts: `GB/T 19001`, `2016` gives ISO 9001, 2015.
    #[must_use]
    pub fn equivalent(&self, designation: &str, edition: &str) -> Option<Equivalent<'_>> {
        let table = self.table("standard/equivalent")?;
        let standard = format!("{designation}-{edition}");
        Some(Equivalent {
            designation: table.wire(&standard)?,
            edition: table.column(&standard, "international_edition"),
            relation: table.column(&standard, "relation")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_file_is_read_and_whole() {
        for file in FILES.files() {
            let name = file.path().to_str().expect("UTF-8");
            assert!(file.contents_utf8().is_some(), "{name}");
        }
        assert!(Codes::bundled().tables().count() > 20);
    }

    #[test]
    fn what_a_wire_code_is_read_as_prints_as_that_wire_code() {
        for table in Codes::bundled().tables().filter(|table| !table.is_out_only()) {
            for (_, wire) in table.pairs() {
                let record = table.record(wire).unwrap_or_else(|| panic!("{} {wire}", table.name()));
                assert_eq!(table.wire(record), Some(wire), "{}", table.name());
            }
            for (spelling, record) in table.aliases() {
                assert!(table.knows(record), "{} {spelling}", table.name());
            }
        }
    }

    #[test]
    fn countries_are_complete_and_speak_three_ways() {
        let codes = Codes::bundled();
        let numeric = codes.table("country/alpha2-numeric").expect("table");
        assert_eq!(numeric.pairs().count(), 249);
        assert!(numeric.pairs().all(|(a, n)| a.len() == 2 && n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit())));
        assert_eq!(
            (numeric.wire("CN"), numeric.record("156"), numeric.record("344")),
            (Some("156"), Some("CN"), Some("HK"))
        );
        let zh = codes.table("country/zh").expect("table");
        assert_eq!(zh.record("越南"), Some("VN"));
        assert_eq!((zh.record("中国香港"), zh.alias("香港")), (Some("HK"), Some("HK")));
        assert_eq!(codes.table("country/en").expect("table").wire("NZ"), Some("New Zealand"));
    }

    #[test]
    fn a_county_is_read_by_the_longest_prefix() {
        let codes = Codes::bundled();
        let city = codes.table("division/city").expect("table");
        assert_eq!(city.wire("440306"), Some("Shenzhen"));
        assert_eq!(city.wire("110115"), Some("Beijing"));
        assert_eq!(city.wire("810000"), Some("Hong Kong"));
        assert_eq!(city.wire("429004"), None, "a city under a province's own rule has no prefecture");
        assert_eq!(codes.table("division/province-zh").expect("table").wire("440306"), Some("广东省"));
        assert_eq!(city.record("Shenzhen"), None, "a name does not say which county");
    }

    #[test]
    fn item_codes_are_a_tree_of_prefixes() {
        let items = Codes::bundled().table("item-code/name-zh").expect("table");
        for code in ["A0101", "A010101", "A010201", "A020101", "A0301", "A0401", "A0402", "A0501", "A0601", "A090102"] {
            assert!(items.knows(code), "{code}");
        }
        assert!(!items.knows("A9901") && !items.knows("QMS"));
        assert_eq!(Codes::bundled().table("item-code/kind").expect("table").wire("A9901"), Some("management-system"));
    }

    #[test]
    fn superseded_travels_as_cancelled_and_comes_back_as_cancelled() {
        let table = Codes::bundled().table("status/domestic").expect("table");
        assert_eq!((table.wire("superseded"), table.record("04")), (Some("04"), Some("cancelled")));
        assert_eq!(table.alias("有效"), Some("valid"));
        assert!(Codes::bundled().table("status/certsearch").expect("table").is_unread("Inactive"));
    }

    #[test]
    fn editions_are_part_of_a_correspondence() {
        let codes = Codes::bundled();
        let iso = Equivalent { designation: "ISO 9001", edition: Some("2015"), relation: "idt" };
        assert_eq!(codes.equivalent("GB/T 19001", "2016"), Some(iso));
        assert_eq!(codes.equivalent("GB/T 19001", "2008"), None);
        let cb = codes.equivalent("GB/T 2099.1", "2021").expect("row");
        assert_eq!((cb.designation, cb.edition, cb.relation), ("IEC 60884-1", None, "mod"));
    }

    #[test]
    fn a_file_that_says_something_twice_is_refused() {
        let file = |rows: &str, extra: &str| {
            format!("source: test\ncolumns: [a, b]\ntables: {{t: {{record: a, wire: b{extra}}}}}\nrows: [{rows}]\n")
        };
        let read = |text: &str| Codes::read([("t.yaml", text)]).map(|_| ()).map_err(|error| error.message);
        assert_eq!(read(&file(r#"["x", "1"], ["y", "2"]"#, "")), Ok(()));
        assert!(read(&file(r#"["x", "1"], ["x", "2"]"#, "")).unwrap_err().contains("stands twice"));
        assert!(read(&file(r#"["x", "1"], ["y", "1"]"#, "")).unwrap_err().contains("back"));
        assert_eq!(read(&file(r#"["x", "1"], ["y", "1"]"#, r#", back: {"1": "x"}"#)), Ok(()));
        assert!(read(&file(r#"["x", 1]"#, "")).unwrap_err().contains("quotes"));
        assert!(read(&file(r#"["x"]"#, "")).unwrap_err().contains("cells"));
        assert!(read(&file(r#"["x", "1"]"#, r#", aliases: {"1": "x"}"#)).unwrap_err().contains("alias"));
        let twice = file(r#"["x", "1"]"#, "");
        assert!(Codes::read([("a.yaml", twice.as_str()), ("b.yaml", twice.as_str())]).is_err());
    }
}
