//! The account along the whole way: what became of each leaf of the sender's document, through the record, on the way to its
//! receiver. Every line names the sender's own place and, where there is one, the place in what is sent.

use serde::Serialize;

use crate::finding::Place;
use crate::format::ReadRecord;
use crate::mapping::{Account, AccountLine, Class};

/// One leaf of the sender's document.
#[derive(Debug, Serialize)]
pub(super) struct Way {
    /// Where it stands in the sender's document.
    pub(super) source: Place,
    /// What became of it in the end: the worse of the two mappings.
    pub(super) class: Class,
    /// Where it stands in the record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) record: Vec<String>,
    /// Where it stands in what is sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) targets: Vec<String>,
}

/// The ways of all leaves of a record's source, each once, in their order. Without an account of the way out they end in the
/// record.
pub(super) fn of(read: &ReadRecord, out: Option<&Account>) -> Vec<Way> {
    read.account.leaves.iter().map(|line| way(line, out)).collect()
}

fn way(line: &AccountLine, out: Option<&Account>) -> Way {
    let mut way =
        Way { source: line.source.clone(), class: line.class, record: line.targets.clone(), targets: Vec::new() };
    let (Class::Carried | Class::Narrowed, Some(out)) = (line.class, out) else { return way };
    let onward: Vec<&AccountLine> = out
        .leaves
        .iter()
        .filter(
            |leaf| matches!(&leaf.source, Place::Field(path) if line.targets.iter().any(|target| same(path, target))),
        )
        .collect();
    // What the record has no leaf for any more was read into something else, which is no part of this way.
    let worst = onward.iter().map(|leaf| if leaf.class == Class::Implied { Class::Carried } else { leaf.class }).max();
    way.class = way.class.max(worst.unwrap_or(Class::NotCarried));
    for target in onward.iter().flat_map(|leaf| &leaf.targets) {
        if !way.targets.contains(target) {
            way.targets.push(target.clone());
        }
    }
    way
}

/// Is the one place the other, a part of it, or what it is a part of?
fn same(one: &str, other: &str) -> bool {
    let within = |part: &str, whole: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']));
    one == other || within(one, other) || within(other, one)
}
