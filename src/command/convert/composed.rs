//! The account along the whole way: what became of each leaf of the sender's document, through the record, on the way to its
//! receiver. Every line names the sender's own place and, where there is one, the place in what is sent.

use serde::Serialize;

use crate::finding::Place;
use crate::format::ReadRecord;
use crate::mapping::{Account, Class};

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
    let Some(out) = out else {
        let ends = |line: &crate::mapping::AccountLine| Way {
            source: line.source.clone(),
            class: line.class,
            record: line.targets.clone(),
            targets: Vec::new(),
        };
        return read.account.leaves.iter().map(ends).collect();
    };
    let whole = read.account.then(out).leaves;
    let lines = whole.into_iter().zip(&read.account.leaves);
    lines
        .map(|(end, start)| Way {
            source: end.source,
            class: end.class,
            record: start.targets.clone(),
            targets: end.targets,
        })
        .collect()
}
