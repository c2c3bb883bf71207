//! The file of a partner, changed so that its comments and everything else in it stay as they were written.

use std::path::Path;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TomlError, Value, value};

use crate::clock::Timestamp;
use crate::exchange::AnchorFile;

/// The text of an entry, taken apart.
pub(super) struct Entry(DocumentMut);

impl Entry {
    /// Takes a text apart.
    pub(super) fn parse(text: &str) -> Result<Self, TomlError> {
        text.parse().map(Self)
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Puts a key behind those of a list, and an end to those that have none; nothing where the list is written otherwise
    /// than as tables.
    pub(super) fn rotate_key(&mut self, list: &str, key: &str, from: Timestamp, until: Timestamp) -> Option<()> {
        let keys = self.0.entry(list).or_insert(Item::ArrayOfTables(ArrayOfTables::new())).as_array_of_tables_mut()?;
        for held in keys.iter_mut().filter(|held| !held.contains_key("until")) {
            held.insert("until", value(until.to_string()));
        }
        let mut new = Table::new();
        new.decor_mut().set_prefix("\n");
        new.insert("id", value(key));
        new.insert("multikey", value(key));
        new.insert("from", value(from.to_string()));
        keys.push(new);
        Some(())
    }

    /// Names the CAs and revocation lists, in place of those that are named.
    pub(super) fn set_authorities(&mut self, anchors: &[AnchorFile], crls: &[impl AsRef<Path>]) {
        let named = |path: &Path| Value::from(path.display().to_string());
        let anchors = anchors.iter().map(|anchor| {
            let window = anchor.window();
            let mut written = InlineTable::new();
            written.insert("file", named(anchor.file()));
            for (key, at) in [("from", window.not_before), ("until", window.not_after)] {
                written.extend(at.map(|at| (key, at.to_string())));
            }
            Value::InlineTable(written)
        });
        self.set_list("anchors", anchors);
        self.set_list("crls", crls.iter().map(|path| named(path.as_ref())));
    }

    fn set_list(&mut self, key: &str, items: impl Iterator<Item = Value>) {
        let mut list: Array = items.map(|item| item.decorated("\n    ", "")).collect();
        list.set_trailing("\n");
        list.set_trailing_comma(true);
        // The value alone is replaced: a comment belongs to the key.
        *self.0.entry(key).or_insert(Item::None) = value(list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::AnchorWindow;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn old_keys_get_an_end_and_everything_else_stays() {
        let text = "# ours\nid = 'nz'\n\n# keys\n[[message_keys]]\nid = 'a'\nmultikey = 'a'\n\n# more\n\
                    [[message_keys]]\nid = 'b'\nmultikey = 'b'\nuntil = 'then'\n\n[agreement]\nlegal_basis = 'x'\n";
        let mut entry = Entry::parse(text).expect("TOML");
        entry.rotate_key("message_keys", "c", at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z")).expect("tables");
        assert_eq!(
            entry.text(),
            "# ours\nid = 'nz'\n\n# keys\n[[message_keys]]\nid = 'a'\nmultikey = 'a'\n\
             until = \"2026-12-02T00:00:00Z\"\n\n# more\n[[message_keys]]\nid = 'b'\nmultikey = 'b'\nuntil = 'then'\n\n\
             [[message_keys]]\nid = \"c\"\nmultikey = \"c\"\nfrom = \"2026-12-01T00:00:00Z\"\n\n\
             [agreement]\nlegal_basis = 'x'\n"
        );
        let mut inline = Entry::parse("message_keys = [{id = 'a', multikey = 'a'}]\n").expect("TOML");
        assert!(
            inline.rotate_key("message_keys", "c", at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z")).is_none()
        );
    }

    #[test]
    fn a_list_is_replaced_and_everything_else_stays() {
        let window = AnchorWindow { file: "b.pem".into(), from: Some(at("2026-12-01T00:00:00Z")), until: None };
        let anchors = [AnchorFile::Always("a.pem".into()), AnchorFile::Within(window)];
        let written =
            "anchors = [\n    { file = \"a.pem\" },\n    { file = \"b.pem\", from = \"2026-12-01T00:00:00Z\" },\n]\n";
        let lists = "crls = [\n    \"l.pem\",\n]\n";
        for list in ["anchors = ['x.pem']\n", "anchors=[ # ours ]\n  'x]#.pem', # one\n  {file = 'y'},\n]\n"] {
            let text =
                format!("# one\nid = 'nz'\n# two\n{list}# three\ncrls = []\n[agreement]\nanchors = ['not this']\n");
            let mut entry = Entry::parse(&text).expect("TOML");
            entry.set_authorities(&anchors, &["l.pem"]);
            let wanted =
                format!("# one\nid = 'nz'\n# two\n{written}# three\n{lists}[agreement]\nanchors = ['not this']\n");
            assert_eq!(entry.text().replace("anchors= [", "anchors = ["), wanted);
        }
        let mut entry = Entry::parse("[a]\n").expect("TOML");
        entry.set_authorities(&anchors, &["l.pem"]);
        assert_eq!(entry.text(), format!("{written}{lists}[a]\n"));
    }
}
