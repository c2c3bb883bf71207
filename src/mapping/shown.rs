//! What a derivation shows of the record: the leaves whose values went into what it wrote. Nobody can read them back, but
//! whoever gets the document sees them, so the account must say so.

use std::cell::RefCell;

use serde_json::Value;

/// Addresses of leaves of a record, which holds still while it is read.
#[derive(Debug, Default)]
pub(crate) struct Shown(RefCell<Vec<usize>>);

impl Shown {
    /// Every leaf of a value; residue is none.
    pub(crate) fn note(&self, value: &Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                members.iter().filter(|(key, _)| *key != "residue").for_each(|(_, member)| self.note(member));
            }
            Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| self.note(item)),
            leaf => self.0.borrow_mut().push(std::ptr::from_ref(leaf) as usize),
        }
    }

    /// What was noted since the last call.
    pub(crate) fn take(&self) -> Vec<usize> {
        self.0.take()
    }
}
