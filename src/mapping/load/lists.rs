//! Constructs on lists: `each`, nested or not, and `rows`.

use super::constructs::item_at;
use super::yaml::Yaml;
use super::{At, Loader};
use crate::document::Name;
use crate::mapping::path::{RecordPath, WirePath};
use crate::mapping::plan::{Align, Construct, Each, Implied, Matching, Nested, Rows, Source};
use crate::mapping::shape::Shape;

impl<'l> Loader<'l> {
    pub(super) fn each(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let Some(each) = yaml.entry("each") else { return };
        let Some(rules) = yaml.entry("rules") else {
            self.errors.add(yaml.line, "`each` needs `rules:`");
            return;
        };
        let record = each.text("record", &mut self.errors).map(str::to_owned);
        let (Some(record), Some(wire)) = (record, self.wire(each, at)) else { return };
        let Some((path, shape)) = self.path(&record, each.line, at) else { return };
        let item = shape.item();
        let constants = super::steps::constants(each.entry("where"), self, &item);
        let mut key = self.paths(each.entry("key"), &item);
        let position = each.entry("position").is_some_and(Yaml::is_true);
        if key.is_empty() && !position && each.entry("inner").is_none() {
            self.errors.add(each.line, "`each` needs `key:`, by which items are told apart, or `position: true`");
        }
        let below = item_at(item.clone(), WirePath::of(Vec::new(), None));
        let compiled = self.constructs(rules, &below);
        let nested = match each.entry("inner") {
            None => None,
            Some(inner) => {
                let group_by = self.paths(each.entry("group-by"), &item).into_iter().next();
                let wire = inner.text("wire", &mut self.errors).map(str::to_owned);
                let wire = wire.map(|text| self.wire_path(&text, inner.line));
                let rules = yaml.entry("inner-rules").map(|rules| self.constructs(rules, &below));
                key.extend(self.paths(inner.entry("key"), &item));
                if let (Some(group_by), Some(wire), Some(rules)) = (group_by, wire, rules) {
                    Some(Nested { group_by, wire, rules })
                } else {
                    self.errors
                        .add(each.line, "nested lists need `group-by:`, `inner: {wire, key}` and `inner-rules:`");
                    None
                }
            }
        };
        let otherwise = self.otherwise(yaml, at);
        let (required_wire, _) = self.required(each);
        let id = self.name(&path.to_string(), &path.to_string());
        into.push(Construct::Each(Box::new(Each {
            id,
            record: path,
            wire,
            constants,
            align: if position { Align::Position } else { Align::Key },
            key,
            empty: each.text("empty", &mut self.errors) == Some("write"),
            rules: compiled,
            otherwise,
            residue: item.holds_residue(),
            required_wire,
            nested,
        })));
    }

    pub(super) fn rows(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let (Some(rows), Some(rules)) = (yaml.entry("rows"), yaml.entry("rules")) else {
            self.errors.add(yaml.line, "`rows` needs `rules:`");
            return;
        };
        let place = rows.entry("sheet").or_else(|| rows.entry("wire")).and_then(Yaml::scalar).map(str::to_owned);
        let record = rows.text("record", &mut self.errors).map(str::to_owned);
        let (Some(place), Some(record)) = (place, record) else {
            self.errors.add(rows.line, "`rows` needs `sheet:` and `record:`");
            return;
        };
        let Some((path, shape)) = self.path(&record, rows.line, at) else { return };
        let item = shape.item();
        let wire = WirePath::parse(&place, None);
        let constants = super::steps::constants(rows.entry("where"), self, &item);
        let by = self.paths(rows.entry("by"), &item);
        let below = item_at(item.clone(), WirePath::of(Vec::new(), None));
        let outer = self.constructs(rules, &below);

        // The parent's key stands in every row and is implied there.
        let mut join = Vec::new();
        let mut repeated = Vec::new();
        for (title, source) in rows.entry("join").and_then(Yaml::entries).map(<[_]>::to_vec).unwrap_or_default() {
            let Some(text) = source.scalar().map(str::to_owned) else { continue };
            let Some(scoped) = self.scoped(&text, source.line, at, true) else { continue };
            let Some((steps, _)) = self.top_steps.get(&scoped.path.to_string()).cloned() else {
                self.errors.add(
                    source.line,
                    format!("`{text}` is read by no rule above; the columns of a join are compared as it reads them"),
                );
                continue;
            };
            let shape = Shape::new(self.library.record).at(&scoped.path);
            let shape = shape.unwrap_or_else(|| Shape::unknown(self.library.record));
            let chain = self.chain(steps.as_ref(), &shape, false);
            join.push((Name::from(title.as_str()), scoped.path.clone()));
            let id = self.name(&title, "");
            repeated.push(Construct::Implied(Box::new(Implied {
                id,
                line: source.line,
                wire: WirePath::parse(&title, None),
                source: Source::Copy(scoped, chain),
                matching: Matching::Equal,
                optional: false,
                by_value: true,
            })));
        }
        let orphans = rows.text("orphans", &mut self.errors).and_then(|text| RecordPath::parse(text).ok());

        let mut titles: Vec<Name> = Vec::new();
        let mut columns = |rules: &[Construct]| {
            for rule in rules {
                rule.places(&mut |place| {
                    if let [title] = place.segments.as_slice() {
                        titles.push(title.clone());
                    }
                });
            }
        };
        columns(&repeated);
        columns(&outer);
        let id = self.name(&path.to_string(), &path.to_string());
        let Some(inner) = rows.entry("inner") else {
            let mut all = repeated;
            all.extend(outer);
            self.sheet_joins.push((place.as_str().into(), join, orphans, titles));
            into.push(Construct::Each(Box::new(Each {
                id,
                record: path,
                wire,
                constants,
                align: Align::Key,
                key: by,
                empty: false,
                rules: all,
                otherwise: None,
                residue: item.holds_residue(),
                required_wire: false,
                nested: None,
            })));
            return;
        };
        let list = inner.text("record", &mut self.errors).map(str::to_owned);
        let list = list.and_then(|text| RecordPath::parse(&text).ok());
        let shape = list.as_ref().and_then(|path| item.at(path));
        let (Some(list), Some(shape)) = (list, shape) else {
            self.errors.add(inner.line, "`inner` needs `record:`, a list of the item");
            return;
        };
        for construct in &outer {
            if !matches!(construct, Construct::Leaf(_)) {
                self.errors.add(
                    yaml.line,
                    "the repeated columns of `rows` are plain rules; other constructs stand in `inner-rules`",
                );
            }
        }
        for path in &by {
            let read = outer.iter().any(|rule| matches!(rule, Construct::Leaf(rule) if rule.record == *path));
            if !read {
                self.errors.add(rows.line, format!("`by` names `{path}`, which no rule of this sheet reads"));
            }
        }
        let person = item_at(shape.item(), WirePath::of(Vec::new(), None));
        let key = self.paths(inner.entry("key"), &shape.item());
        let mut inner_rules = repeated;
        match yaml.entry("inner-rules") {
            Some(rules) => inner_rules.extend(self.constructs(rules, &person)),
            None => self.errors.add(yaml.line, "`rows` with `inner` needs `inner-rules:`"),
        }
        let mut columns = |rules: &[Construct]| {
            for rule in rules {
                rule.places(&mut |place| {
                    if let [title] = place.segments.as_slice() {
                        titles.push(title.clone());
                    }
                });
            }
        };
        columns(&inner_rules);
        self.sheet_joins.push((place.as_str().into(), join, orphans, titles));
        into.push(Construct::Rows(Box::new(Rows {
            id,
            record: path,
            wire,
            constants,
            by,
            outer,
            inner: list,
            inner_key: key,
            inner_rules,
        })));
    }
}
