//! One record as its sender wrote it: where in the sender's own file a finding about it stands.

use std::cell::OnceCell;

use serde::Serialize;
use serde_json::Value;

use super::write::WrittenDocument;
use crate::finding::{Finding, Place};
use crate::mapping::Origins;
use crate::rules::completed_from;

/// A record, where its values came from, and where it stands as a whole.
pub(super) struct Sender<'r, R> {
    record: &'r R,
    origins: &'r Origins,
    whole: &'r Place,
    /// The record as a tree, once somebody asks for it.
    tree: OnceCell<Value>,
}

impl<'r, R: Serialize> Sender<'r, R> {
    pub(super) fn new(record: &'r R, origins: &'r Origins, whole: &'r Place) -> Self {
        Self { record, origins, whole, tree: OnceCell::new() }
    }

    /// The same finding at the cell that the field of the record was read from, or would be; else at the record as a whole.
    pub(super) fn at_source(&self, finding: Finding) -> Finding {
        match finding.place() {
            Place::Whole => finding.at(self.whole.clone()),
            Place::Field(path) => {
                // What was read out of a text is mended in the text.
                let paths = [vec![path.clone()], completed_from(path)].concat();
                let tree = || self.tree.get_or_init(|| serde_json::to_value(self.record).unwrap_or_default());
                let item = self.origins.locate_item(path, tree);
                match item.or_else(|| self.origins.locate_any(&paths)).or_else(|| self.origins.locate(path)) {
                    Some(place) => finding.at(place),
                    None => finding,
                }
            }
            _ => finding,
        }
    }
}

/// What there is to say of a document, at the cells of the senders of its records.
pub(super) fn at_sources<R: Serialize>(document: &mut WrittenDocument, senders: &[Sender<'_, R>]) {
    let findings = std::mem::take(&mut document.findings).into_iter().zip(&document.about);
    document.findings = findings
        .map(|(finding, about)| match senders.get(*about) {
            Some(sender) => sender.at_source(finding),
            None => finding,
        })
        .collect();
}
