//! Accounts in a row: domestic document → record → foreign document. What the first mapping wrote is what the second reads.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::account::{Account, AccountLine, Class};
use super::by_path::{ByPath, plain};
use crate::finding::Place;

impl Account {
    /// The account of two mappings, this one of a document to a record and `second` of that record to a document. Its leaves
    /// are those of this one's input, each once and in their order; its targets stand in the second's output.
    ///
    /// The worse class of the two holds, in the order carried, narrowed, kept aside, not carried, withheld. A leaf that the
    /// first kept aside stays kept aside, because residue does not travel, and one that it implied stays implied. Where the
    /// first made several leaves of one and only some of them arrive, the leaf is narrowed. What the second writes from no
    /// leaf of the document is supplied.
    #[must_use]
    pub fn then(&self, second: &Self) -> Self {
        let sources = ByPath::of(second.leaves.iter().map(|line| match &line.source {
            Place::Field(path) => Some(plain(path)),
            _ => None,
        }));
        let mut fed = vec![false; second.leaves.len()];
        // All leaves of a part that is read whole go to the one place of that part.
        let mut known: HashMap<&[String], Through<'_>> = HashMap::new();
        let leaves = self.leaves.iter().map(|line| {
            let through = known.entry(&line.targets).or_insert_with(|| {
                let ats: Vec<usize> = line.targets.iter().flat_map(|target| fed_by(target, &sources)).collect();
                for at in &ats {
                    fed[*at] = true;
                }
                Through::of(ats.into_iter().map(|at| &second.leaves[at]))
            });
            through.carry(line)
        });
        let leaves = leaves.collect();
        let own = second.leaves.iter().zip(&fed).filter(|(line, fed)| !**fed && !line.targets.is_empty());
        let supplied = own.map(|(line, _)| line).chain(&second.supplied).cloned();
        Self { leaves, supplied: supplied.collect() }
    }
}

/// What became, in the second mapping, of what the first wrote to some places.
struct Through<'a> {
    /// The worst class of any part.
    worst: Option<Class>,
    /// Does any part arrive?
    arrives: bool,
    /// Where they went.
    targets: IndexSet<&'a String>,
}

impl<'a> Through<'a> {
    fn of(parts: impl Iterator<Item = &'a AccountLine>) -> Self {
        let mut all = Self { worst: None, arrives: false, targets: IndexSet::new() };
        // What the second states itself (kinds, tags of items) neither carries a leaf nor loses it.
        for part in parts.filter(|part| part.class != Class::Implied) {
            all.worst = all.worst.max(Some(part.class));
            all.arrives |= part.class <= Class::Narrowed;
            all.targets.extend(&part.targets);
        }
        all
    }

    /// The line of a leaf that the first mapping wrote there.
    fn carry(&self, line: &AccountLine) -> AccountLine {
        let AccountLine { source, class, rule, targets } = line;
        let (source, rule) = (source.clone(), rule.clone());
        if *class > Class::Narrowed {
            return AccountLine { source, class: *class, rule, targets: Vec::new() };
        }
        let class = match self.worst {
            Some(worst) if worst > Class::Narrowed && self.arrives => Class::Narrowed,
            Some(worst) => worst.max(*class),
            // Of facts beside the record (the batch, the issuing) the second knows nothing.
            None if targets.iter().any(|target| target.starts_with('$')) => Class::NotCarried,
            None => *class,
        };
        AccountLine { source, class, rule, targets: self.targets.iter().map(|target| (*target).clone()).collect() }
    }
}

/// The leaves of the second account, by path, that something written to a place of the record feeds, in their order: a rule
/// may write a node whole, and what is withheld is told at its topmost place.
fn fed_by(target: &str, sources: &ByPath) -> Vec<usize> {
    let target = plain(target);
    let above = target.match_indices(['.', '[']).filter_map(|(end, _)| target.get(..end)).chain([target.as_str()]);
    let mut found: Vec<usize> = above.flat_map(|path| sources.at(path)).copied().collect();
    found.extend(sources.below(&target));
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(source: Place, class: Class, targets: &[&str]) -> AccountLine {
        let targets = targets.iter().map(|target| (*target).to_owned()).collect();
        AccountLine { source, class, rule: None, targets }
    }

    fn document(pointer: &str, class: Class, targets: &[&str]) -> AccountLine {
        line(Place::Pointer { line: 0, pointer: pointer.to_owned() }, class, targets)
    }

    fn record(path: &str, class: Class, targets: &[&str]) -> AccountLine {
        line(Place::Field(path.to_owned()), class, targets)
    }

    #[test]
    fn the_worse_class_of_two_mappings_holds() {
        let first = Account {
            leaves: vec![
                document("/a", Class::Carried, &["holder.name{zh}"]),
                document("/b", Class::Narrowed, &["title{en}"]),
                document("/c", Class::Carried, &["holder.id"]),
                document("/d", Class::Carried, &["process[0].team[0].name"]),
                document("/e", Class::KeptAside, &[]),
                document("/f", Class::Implied, &[]),
                document("/g", Class::Carried, &["$batch.period"]),
                document("/h", Class::Carried, &["risk"]),
            ],
            supplied: vec![document("/never", Class::Implied, &[])],
        };
        let second = Account {
            leaves: vec![
                record("holder.name.zh", Class::Narrowed, &["name"]),
                record("holder.name.en", Class::Carried, &["other"]),
                record("title.en", Class::Carried, &["title"]),
                record("holder.id.scheme", Class::NotCarried, &[]),
                record("holder.id.value", Class::Carried, &["id"]),
                record("process[0].team", Class::Withheld, &[]),
                record("risk", Class::NotCarried, &[]),
            ],
            supplied: vec![document("/", Class::Implied, &["kind"])],
        };
        let composed = first.then(&second);
        let told: Vec<(String, Class, Vec<String>)> =
            composed.leaves.into_iter().map(|line| (line.source.to_string(), line.class, line.targets)).collect();
        let wanted = [
            ("/a", Class::Narrowed, Some("name")),
            ("/b", Class::Narrowed, Some("title")),
            ("/c", Class::Narrowed, Some("id")),
            ("/d", Class::Withheld, None),
            ("/e", Class::KeptAside, None),
            ("/f", Class::Implied, None),
            ("/g", Class::NotCarried, None),
            ("/h", Class::NotCarried, None),
        ];
        let wanted: Vec<(String, Class, Vec<String>)> = wanted
            .map(|(source, class, target)| (source.to_owned(), class, target.map(str::to_owned).into_iter().collect()))
            .into();
        assert_eq!(told, wanted);
        let supplied: Vec<String> = composed.supplied.iter().flat_map(|line| line.targets.clone()).collect();
        assert_eq!(supplied, ["other", "kind"]);
    }
}
