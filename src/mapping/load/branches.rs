//! Constructs on one node that hold rules: `group`, `when`, `pick`.

use super::constructs::item_at;
use super::yaml::Yaml;
use super::{At, Loader};
use crate::mapping::path::{RecordPath, Root};
use crate::mapping::plan::{Construct, Group, Pick, When};

impl<'l> Loader<'l> {
    pub(super) fn group(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let (Some(group), Some(rules)) = (yaml.entry("group"), yaml.entry("rules")) else {
            self.errors.add(yaml.line, "a group needs `rules:`");
            return;
        };
        let separator = self.flat.clone();
        let mut below = at.clone();
        if let Some(wire) = group.text("wire", &mut self.errors).map(str::to_owned) {
            below.wire = self.wire_path(&wire, group.line).under(&at.wire, separator.as_deref());
        }
        let record = group.text("record", &mut self.errors).map(str::to_owned);
        let Some(flag) = group.entry("flag") else {
            if let Some(record) = record
                && let Some((path, _)) = self.path(&record, group.line, at)
            {
                below.record = path;
                below.top = false;
            }
            into.extend(self.constructs(rules, &below));
            return;
        };
        let (Some(record), Some(wire)) = (record, self.wire(flag, &below)) else {
            self.errors.add(group.line, "a flag needs `record:`, the node whose being there it tells");
            return;
        };
        let Some((path, shape)) = self.path(&record, group.line, at) else { return };
        let code = |name: &str| flag.entry(name).and_then(Yaml::scalar).map(str::to_owned);
        let (Some(yes), Some(no)) = (code("yes"), code("no")) else {
            self.errors.add(flag.line, "a flag needs `yes:` and `no:`");
            return;
        };
        let id = self.name(&record, &path.to_string());
        let node =
            At { shape, record: RecordPath { root: Root::Record, segments: Vec::new() }, wire: below.wire, top: false };
        let rules = self.constructs(rules, &node);
        into.push(Construct::Group(Box::new(Group { id, record: path, wire, yes, no, rules })));
    }

    pub(super) fn when(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let (Some(condition), Some(rules)) = (yaml.entry("when"), yaml.entry("rules")) else {
            self.errors.add(yaml.line, "`when` needs `rules:`");
            return;
        };
        let test = self.test(condition, at, false);
        let rules = self.constructs(rules, at);
        let mut places = Vec::new();
        for rule in &rules {
            rule.places(&mut |place| places.push(place.clone()));
        }
        into.push(Construct::When(Box::new(When { test, rules, places })));
    }

    pub(super) fn pick(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let (Some(pick), Some(rules)) = (yaml.entry("pick"), yaml.entry("rules")) else {
            self.errors.add(yaml.line, "`pick` needs `rules:`");
            return;
        };
        let record = pick.text("record", &mut self.errors).map(str::to_owned);
        let Some((path, shape)) = record.as_deref().and_then(|record| self.path(record, pick.line, at)) else {
            self.errors.add(pick.line, "`pick` needs `record:`, a list");
            return;
        };
        let item = shape.item();
        let constants = super::steps::constants(pick.entry("where"), self, &item);
        let same = self.paths(pick.entry("same"), &item);
        let below = item_at(item.clone(), at.wire.clone());
        let before = std::mem::replace(&mut self.in_pick, true);
        let rules = self.constructs(rules, &below);
        self.in_pick = before;
        let id = self.name(&path.to_string(), &path.to_string());
        into.push(Construct::Pick(Box::new(Pick {
            id,
            record: path,
            constants,
            latest: pick.entry("latest").is_some_and(Yaml::is_true),
            same,
            rules,
            residue: item.holds_residue(),
        })));
    }
}
