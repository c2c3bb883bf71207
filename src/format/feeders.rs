//! The fields of a record that feed a document: where a fault of the document is to be mended.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::finding::{Finding, Place};
use crate::mapping::{Account, AccountLine, Crosswalk};

/// What fed the places of a document that was written of one record.
pub(super) struct Feeders<'a> {
    account: &'a Account,
    crosswalk: &'a Crosswalk,
    record: &'a Value,
    /// The leaves that went to a place, but for derived places: these show many fields, and which of them is at fault their
    /// derivation tells.
    fed: HashMap<&'a str, Vec<&'a AccountLine>>,
}

impl<'a> Feeders<'a> {
    pub(super) fn new(account: &'a Account, crosswalk: &'a Crosswalk, record: &'a Value) -> Self {
        let derived: HashSet<&String> = account.supplied.iter().flat_map(|line| &line.targets).collect();
        let mut fed: HashMap<&str, Vec<&AccountLine>> = HashMap::new();
        for line in &account.leaves {
            for target in line.targets.iter().filter(|one| !one.is_empty() && !derived.contains(one)) {
                fed.entry(target).or_default().push(line);
            }
        }
        Self { account, crosswalk, record, fed }
    }

    /// The same finding at the field of the record that fed the place, or that would feed it; else at the record as a whole.
    /// The place on the output stays beside it.
    pub(super) fn at_source(&self, finding: Finding) -> Finding {
        let Place::Pointer { pointer, .. } = finding.place() else { return finding };
        let output = pointer.clone();
        let target = pointer.trim_start_matches('/');
        let target = self.crosswalk.nested_place(target).unwrap_or_else(|| target.to_owned());
        let source = self
            .feeder(&target)
            .or_else(|| self.crosswalk.feeds(&target, self.record).map(Place::Field))
            .or_else(|| self.inside(&target));
        finding.with("output", output).at(source.unwrap_or(Place::Whole))
    }

    /// What went to the place or the nearest above it; of a part that was taken whole the leaf that stands deepest on the same
    /// way.
    fn feeder(&self, target: &str) -> Option<Place> {
        let above = target.rmatch_indices('/').filter_map(|(end, _)| target.get(..end));
        let (outer, lines) = std::iter::once(target).chain(above).find_map(|one| Some((one, self.fed.get(one)?)))?;
        let rest = target.get(outer.len()..).unwrap_or_default();
        let same_end = |line: &AccountLine| {
            let place = line.source.to_string().replace('[', "/").replace(']', "").replace('.', "/");
            rest.split('/').rev().zip(place.split('/').rev()).take_while(|(one, other)| one == other).count()
        };
        let ends = lines.iter().map(|line| (same_end(line), *line));
        ends.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, line)| line.source.clone())
    }

    /// The first leaf that went below the place.
    fn inside(&self, target: &str) -> Option<Place> {
        let within =
            |inner: &String| inner.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let line = self.account.leaves.iter().find(|line| line.targets.iter().any(within));
        line.filter(|_| !target.is_empty()).map(|line| line.source.clone())
    }
}
