//! `codes`: a code of the record and its code on the wire, by a table.

use foldhash::{HashMap, HashSet};

use super::{Mid, Notes, Outside, Unreadable};

/// A table, both ways.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeMap {
    /// Record code to wire code.
    pub(crate) out: HashMap<Box<str>, Box<str>>,
    /// Wire code to record code.
    pub(crate) back: HashMap<Box<str>, Box<str>>,
    /// Other spellings on the wire, read only.
    pub(crate) aliases: HashMap<Box<str>, Box<str>>,
    /// Wire codes that have no meaning in the record: kept aside.
    pub(crate) unread: HashSet<Box<str>>,
    /// Are the record's values booleans?
    pub(crate) boolean: bool,
    /// Is a record code answered by the longest row that it begins with? Such a table does not read back.
    pub(crate) prefix: bool,
}

impl CodeMap {
    pub(crate) fn print<'a>(&self, mid: &Mid<'a>) -> Result<Mid<'a>, Outside> {
        let code = match mid {
            Mid::Text(text) | Mid::Number(text) => {
                self.out.get(&**text).map(|code| &**code).or_else(|| self.by_prefix(text))
            }
            Mid::Bool(truth) => self.out.get(if *truth { "true" } else { "false" }).map(|code| &**code),
            Mid::Day(_) | Mid::Json(_) => None,
        };
        code.map(Mid::text).ok_or(Outside)
    }

    fn by_prefix(&self, code: &str) -> Option<&str> {
        if !self.prefix {
            return None;
        }
        (1..code.len()).rev().filter_map(|end| code.get(..end)).find_map(|head| self.out.get(head)).map(|code| &**code)
    }

    pub(crate) fn read<'a>(&self, mid: &Mid<'a>, notes: &mut Notes) -> Result<Mid<'a>, Unreadable> {
        let text = match mid {
            Mid::Text(text) => &**text,
            Mid::Number(text) => {
                notes.respelt = true;
                &**text
            }
            Mid::Bool(truth) => {
                notes.respelt = true;
                if *truth { "true" } else { "false" }
            }
            Mid::Day(_) | Mid::Json(_) => return Err(Unreadable::Kind),
        };
        let code = if let Some(code) = self.back.get(text) {
            code
        } else {
            let code = self.aliases.get(text).ok_or(Unreadable::Code)?;
            notes.respelt = true;
            notes.cleaned = true;
            code
        };
        Ok(match (&**code, self.boolean) {
            ("true", true) => Mid::Bool(true),
            ("false", true) => Mid::Bool(false),
            (code, _) => Mid::text(code),
        })
    }
}
