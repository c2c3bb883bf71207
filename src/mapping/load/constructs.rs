//! Constructs as they are written, compiled.

use super::yaml::{Data, Yaml};
use super::{At, Loader};
use crate::mapping::path::{RecordPath, Root, WirePath};
use crate::mapping::plan::{Absent, By, Construct, Derive, Direction, Implied, Leaf, ListView, Matching, Prefer, Slot};
use crate::mapping::shape::{Kind, Shape};
use crate::mapping::steps::{Chain, Step};

impl<'l> Loader<'l> {
    pub(super) fn constructs(&mut self, yaml: &Yaml, at: &At<'l>) -> Vec<Construct> {
        let mut compiled = Vec::new();
        let Some(items) = yaml.items() else {
            self.errors.add(yaml.line, "rules are a list");
            return compiled;
        };
        for item in items {
            self.construct(item, at, &mut compiled);
        }
        compiled
    }

    fn construct(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let has = |name: &str| yaml.entry(name).is_some();
        if has("group") {
            self.group(yaml, at, into);
        } else if has("when") {
            self.when(yaml, at, into);
        } else if has("pick") {
            self.pick(yaml, at, into);
        } else if has("each") {
            self.each(yaml, at, into);
        } else if has("rows") {
            self.rows(yaml, at, into);
        } else if has("prefer") {
            self.prefer(yaml, at, into);
        } else if has("include") {
            self.include(yaml, at, into);
        } else if has("implied") {
            self.implied(yaml, at, into);
        } else if has("record") {
            self.leaf(yaml, at, into);
        } else {
            self.errors.add(
                yaml.line,
                "this is no construct; write record and wire, or one of implied, group, when, pick, each, rows, prefer, include",
            );
        }
    }

    /// A record path below the prefix, which must exist.
    pub(super) fn path(&mut self, text: &str, line: usize, at: &At<'l>) -> Option<(RecordPath, Shape<'l>)> {
        let path = match RecordPath::parse(text) {
            Ok(path) => path.under(&at.record),
            Err(message) => {
                self.errors.add(line, message);
                return None;
            }
        };
        if let Some(shape) = at.shape.at(&path) {
            Some((path, shape))
        } else {
            let meant = at.shape.meant(&path).map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
            self.errors.add(line, format!("the record has no `{path}`{meant}; see the record schema for its fields"));
            None
        }
    }

    pub(super) fn paths(&mut self, yaml: Option<&Yaml>, shape: &Shape<'l>) -> Vec<RecordPath> {
        let Some(yaml) = yaml else { return Vec::new() };
        let mut paths = Vec::new();
        for text in yaml.texts(&mut self.errors) {
            match RecordPath::parse(&text) {
                Ok(path) if shape.at(&path).is_some() => paths.push(path),
                Ok(_) => self.errors.add(yaml.line, format!("the record has no `{text}` here")),
                Err(message) => self.errors.add(yaml.line, message),
            }
        }
        paths
    }

    pub(super) fn wire(&mut self, yaml: &Yaml, at: &At<'l>) -> Option<WirePath> {
        if let Some(text) = yaml.text("wire", &mut self.errors).map(str::to_owned) {
            Some(self.wire_path(&text, yaml.line).under(&at.wire, self.flat.as_deref()))
        } else {
            self.errors.add(yaml.line, "`wire:` is missing");
            None
        }
    }

    pub(super) fn absent(&mut self, yaml: Option<&Yaml>) -> Vec<Absent> {
        let Some(yaml) = yaml else { return vec![Absent::Missing, Absent::Text(String::new())] };
        let spell = |text: String| if text == "missing" { Absent::Missing } else { Absent::Text(text) };
        yaml.texts(&mut self.errors).into_iter().map(spell).collect()
    }

    /// `required: wire|record|both`.
    pub(super) fn required(&mut self, yaml: &Yaml) -> (bool, bool) {
        match yaml.text("required", &mut self.errors) {
            None => (false, false),
            Some("wire") => (true, false),
            Some("record") => (false, true),
            Some("both") => (true, true),
            Some(other) => {
                let line = yaml.line;
                self.errors.add(line, format!("`required: {other}` is none of wire, record, both"));
                (false, false)
            }
        }
    }

    pub(super) fn otherwise(&mut self, yaml: &Yaml, at: &At<'l>) -> Option<Derive> {
        let entry = yaml.entry("otherwise")?;
        if self.in_pick {
            self.errors
                .add(entry.line, "`otherwise` does not stand inside `pick`: an item that is not there has no default");
        }
        if let Some(derive) = entry.entry("derive") {
            self.derive(derive, at)
        } else {
            self.errors.add(entry.line, "`otherwise` is `{derive: …}`");
            None
        }
    }

    fn leaf(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let record = yaml.text("record", &mut self.errors).map(str::to_owned);
        let (Some(record), Some(wire)) = (record, self.wire(yaml, at)) else { return };
        let line = yaml.line;
        let Some((path, shape)) = self.path(&record, line, at) else { return };
        let kind = shape.kind();
        let out_only = self.direction == Direction::Out;
        let mut chain = self.chain(yaml.entry("steps"), &shape, out_only);
        let absent = self.absent(yaml.entry("absent"));
        chain.never = never(&absent);
        let (covered, list) = self.views(&chain, &kind, yaml, &shape);
        let is_whole = yaml.entry("whole").is_some_and(Yaml::is_true);
        let whole = is_whole.then(|| yaml.entry("shape").map(|s| s.texts(&mut self.errors)).unwrap_or_default());
        if !is_whole && chain.steps.is_empty() && matches!(kind, Kind::Object | Kind::List) {
            self.errors.add(
                line,
                format!(
                    "`{record}` is no single value; give it a template or join, name its parts, or say `whole: true`"
                ),
            );
        }
        let empty = yaml.text("empty", &mut self.errors).map(str::to_owned);
        if empty.as_deref().is_some_and(|empty| empty != "keep" || !is_whole || kind != Kind::Object) {
            self.errors.add(line, "`empty: keep` is for an object that is taken `whole: true`");
        }
        let (required_wire, required_record) = self.required(yaml);
        if at.top && path.root == Root::Record {
            self.top_steps.insert(path.to_string(), (yaml.entry("steps").cloned(), chain.never.clone()));
        }
        let id = self.name(yaml.entry("id").and_then(Yaml::scalar).unwrap_or(&record), &path.to_string());
        let otherwise = self.otherwise(yaml, at);
        into.push(Construct::Leaf(Box::new(Leaf {
            id,
            line,
            record: path,
            wire,
            chain,
            absent,
            required_wire,
            required_record,
            narrows: yaml.entry("narrows").is_some(),
            covered,
            list,
            otherwise,
            whole,
            empty_counts: empty.is_some(),
        })));
    }

    /// What a rule covers of an object, and how it sees a list.
    pub(super) fn views(
        &mut self,
        chain: &Chain,
        kind: &Kind,
        yaml: &Yaml,
        shape: &Shape<'l>,
    ) -> (Option<Vec<RecordPath>>, Option<ListView>) {
        let template = chain.steps.iter().find_map(|step| match step {
            Step::Template(template) => Some(template.covered.clone()),
            _ => None,
        });
        let join = chain.steps.iter().find_map(|step| match step {
            Step::Join(join) => Some(join),
            _ => None,
        });
        let constants = super::steps::constants(yaml.entry("where"), self, &shape.item());
        if let Some(join) = join {
            let covered = join
                .item
                .steps
                .iter()
                .find_map(|step| match step {
                    Step::Template(template) => Some(template.covered.clone()),
                    _ => None,
                })
                .filter(|paths| !paths.iter().any(RecordPath::is_node))
                .unwrap_or_default();
            let steps = yaml.entry("steps").and_then(Yaml::items).unwrap_or_default();
            let key = steps.iter().find_map(|step| step.entry("key")).cloned();
            let key = self.paths(key.as_ref(), &shape.item());
            return (None, Some(ListView { constants, key, covered }));
        }
        if yaml.entry("where").is_some() {
            self.errors.add(yaml.line, "`where` needs a list: a rule with `join`, or each, rows, pick");
        }
        let covered =
            template.filter(|paths| !paths.iter().any(RecordPath::is_node) && matches!(kind, Kind::Object | Kind::Any));
        (covered, None)
    }

    fn implied(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let (Some(wire), Some(implied)) = (self.wire(yaml, at), yaml.entry("implied")) else { return };
        if self.in_pick {
            self.errors.add(yaml.line, "`implied` does not stand inside `pick`; put it beside");
        }
        let matching = match implied.text("match", &mut self.errors) {
            None | Some("equal") => Matching::Equal,
            Some("prefix") => Matching::Prefix,
            Some("contains") => Matching::Contains,
            Some(other) => {
                self.errors.add(implied.line, format!("`match: {other}` is none of equal, prefix, contains"));
                Matching::Equal
            }
        };
        let optional = implied.entry("optional").is_some_and(Yaml::is_true);
        let Some(source) = self.source(implied, yaml.entry("steps"), at) else { return };
        let name = wire.text.to_string();
        let id = self.name(&name, "");
        into.push(Construct::Implied(Box::new(Implied {
            id,
            line: yaml.line,
            wire,
            source,
            matching,
            optional,
            by_value: false,
        })));
    }

    fn prefer(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let Some(prefer) = yaml.entry("prefer") else { return };
        let Some(wire) = self.wire(prefer, at) else { return };
        let by = match prefer.text("by", &mut self.errors) {
            Some("domain" | "scheme") | None => By::Domain,
            Some("script") => By::Script,
            Some(other) => {
                self.errors.add(prefer.line, format!("`by: {other}` is none of domain, script, scheme"));
                By::Domain
            }
        };
        let mut slots = Vec::new();
        let mut add = |loader: &mut Self, record: &str, line: usize, yaml: &Yaml| {
            let Some((path, shape)) = loader.path(record, line, at) else { return };
            let mut chain = loader.chain(yaml.entry("steps").or_else(|| prefer.entry("steps")), &shape, false);
            let absent = loader.absent(prefer.entry("absent"));
            chain.never = never(&absent);
            let (covered, _) = loader.views(&chain, &shape.kind(), yaml, &shape);
            let han = record.ends_with("{zh}") || record.contains("{zh-");
            slots.push(Slot { record: path, chain, covered, han });
        };
        if let Some(records) = prefer.entry("records") {
            for record in records.texts(&mut self.errors) {
                add(self, &record, records.line, prefer);
            }
        }
        for slot in yaml.entry("slots").and_then(Yaml::items).unwrap_or_default() {
            match slot.text("record", &mut self.errors).map(str::to_owned) {
                Some(record) => add(self, &record, slot.line, slot),
                None => self.errors.add(slot.line, "a slot needs `record:`"),
            }
        }
        if slots.is_empty() {
            self.errors.add(prefer.line, "`prefer` needs places in `records:` or `slots:`");
            return;
        }
        if by == By::Script && !(slots.iter().any(|slot| slot.han) && slots.iter().any(|slot| !slot.han)) {
            self.errors.add(prefer.line, "`by: script` needs a place `{zh}` and one of another language");
        }
        if by == By::Domain && self.direction != Direction::Out {
            let last = slots.len() - 1;
            if let Some(taker) = slots[..last].iter().find(|slot| super::kinds::reads_every_text(&slot.chain)) {
                self.errors.add(
                    prefer.line,
                    format!(
                        "`{}` reads every text, so no place below it is ever read; put it last, or give it steps that read \
                         its own values only",
                        taker.record
                    ),
                );
            }
        }
        let (required_wire, required_record) = self.required(prefer);
        let name = slots.first().map(|slot| slot.record.to_string()).unwrap_or_default();
        let id = self.name(&name, &name);
        let otherwise = self.otherwise(yaml, at);
        into.push(Construct::Prefer(Box::new(Prefer {
            id,
            line: yaml.line,
            wire,
            by,
            slots,
            absent: self.absent(prefer.entry("absent")),
            required_wire,
            required_record,
            otherwise,
        })));
    }

    /// `include: name`, with `record:` and `wire:` prefixes and `with:` parameters.
    fn include(&mut self, yaml: &Yaml, at: &At<'l>, into: &mut Vec<Construct>) {
        let Some(name) = yaml.text("include", &mut self.errors).map(str::to_owned) else { return };
        if self.building.contains(&name) {
            self.errors.add(yaml.line, format!("`{name}` includes itself"));
            return;
        }
        let Some(mut text) = (self.library.includes)(&name) else {
            self.errors.add(yaml.line, format!("there is no file `{name}` to include"));
            return;
        };
        if !self.includes.is_empty() && !self.includes.contains(&name) {
            self.errors
                .add(yaml.line, format!("`includes:` does not name `{name}`; add it there, or leave `includes:` out"));
        }
        for (parameter, value) in yaml.entry("with").and_then(Yaml::entries).unwrap_or_default() {
            if let Some(value) = value.scalar() {
                text = text.replace(&format!("$({parameter})"), value);
            }
        }
        let flat = self.flat.clone();
        let mut inner = at.clone();
        if let Some(wire) = yaml.text("wire", &mut self.errors).map(str::to_owned) {
            inner.wire = self.wire_path(&wire, yaml.line).under(&at.wire, flat.as_deref());
        }
        if let Some(record) = yaml.text("record", &mut self.errors).map(str::to_owned)
            && let Some((path, _)) = self.path(&record, yaml.line, at)
        {
            inner.record = path;
            inner.top = false;
        }
        let file = self.errors.enter(&name);
        self.building.push(name);
        if let Some(root) = super::yaml::parse(&text, &mut self.errors) {
            let rules = root.entry("rules").or_else(|| matches!(root.data, Data::List(_)).then_some(&root));
            let before = self.errors.list.len();
            match rules {
                Some(rules) => super::grammar::check_rules(rules, &mut self.errors),
                None => self.errors.add(root.line, "an included file is a list of rules, or has `rules:`"),
            }
            if let Some(rules) = rules.filter(|_| self.errors.list.len() == before) {
                into.extend(self.constructs(rules, &inner));
            }
        }
        self.building.pop();
        self.errors.enter(&file);
    }
}

fn never(absent: &[Absent]) -> Vec<String> {
    let text = |absent: &Absent| match absent {
        Absent::Missing => None,
        Absent::Text(text) => Some(text.clone()),
    };
    absent.iter().filter_map(text).collect()
}

pub(super) fn item_at(shape: Shape<'_>, wire: WirePath) -> At<'_> {
    At { shape, record: RecordPath { root: Root::Record, segments: Vec::new() }, wire, top: false }
}
