//! Derived values as they are written, compiled.

use super::yaml::{Data, Yaml};
use super::{At, Loader, NodeShape};
use crate::mapping::context::COMPUTED;
use crate::mapping::path::{RecordPath, Root, WirePath};
use crate::mapping::plan::{Answer, BlockEntry, BlockSource, Derive, Scoped, Source, Test};
use crate::mapping::shape::{Kind, Shape};
use crate::mapping::steps::{Chain, CodeMap};
use crate::mapping::wire::Wire;

impl<'l> Loader<'l> {
    /// A path that the item knows, else one of the record.
    pub(super) fn scoped(&mut self, text: &str, line: usize, at: &At<'l>, record_only: bool) -> Option<Scoped> {
        let path = match RecordPath::parse(text) {
            Ok(path) => path,
            Err(message) => {
                self.errors.add(line, message);
                return None;
            }
        };
        if path.root != Root::Record {
            return Some(Scoped { path, from_item: false });
        }
        let from_item = path.under(&at.record);
        if !record_only && at.shape.at(&from_item).is_some() {
            return Some(Scoped { path: from_item, from_item: true });
        }
        if Shape::new(self.library.record).at(&path).is_none() {
            self.errors.add(line, format!("the record has no `{text}`"));
        }
        Some(Scoped { path, from_item: false })
    }

    /// `derive:` of `otherwise`, `implied` or a block.
    pub(super) fn derive(&mut self, yaml: &Yaml, at: &At<'l>) -> Option<Derive> {
        match &yaml.data {
            Data::Scalar(name) if name == "row-number" => Some(Derive::RowNumber),
            Data::Scalar(name) => {
                let Some(block) = self.derived.get(name).cloned() else {
                    self.errors.add(yaml.line, format!("there is no block `{name}` under `derived:`"));
                    return None;
                };
                if self.building.contains(name) {
                    self.errors.add(yaml.line, format!("the block `{name}` is made of itself"));
                    return None;
                }
                self.building.push(name.clone());
                let entries = self.block(&block, at);
                self.building.pop();
                Some(Derive::Block(entries))
            }
            Data::List(rows) => {
                let rows = rows.clone();
                let mut table = Vec::new();
                for row in &rows {
                    let (test, answer) = match row.entry("else") {
                        Some(answer) => (Test::Always, Some(answer)),
                        None => (self.test(row, at, false), row.entry("then")),
                    };
                    let Some(answer) = answer else {
                        self.errors.add(row.line, "a row of a derivation needs `then:` or `else:`");
                        continue;
                    };
                    table.push((test, self.answer(answer, at)));
                }
                Some(Derive::Table(table))
            }
            Data::Map(_) => {
                if let Some(name) = yaml.text("call", &mut self.errors) {
                    if !COMPUTED.contains(&name) {
                        let there_are = COMPUTED.join(", ");
                        self.errors.add(yaml.line, format!("nothing computes `{name}`; there are: {there_are}"));
                    }
                    return Some(Derive::Call(name.to_owned()));
                }
                if let Some(codes) = yaml.entry("codes") {
                    let of = yaml.text("of", &mut self.errors).map(str::to_owned);
                    let Some(path) = of.and_then(|of| self.scoped(&of, yaml.line, at, false)) else {
                        self.errors.add(yaml.line, "`codes:` needs `of:`, the record path that is looked up");
                        return None;
                    };
                    let codes = self.lookup(codes)?;
                    return Some(Derive::Codes(codes, path));
                }
                if let Some(from) = yaml.entry("from") {
                    return self.text_of(from, at);
                }
                self.errors.add(
                    yaml.line,
                    "`derive` is a table, `{call: …}`, `{codes: …, of: …}`, `{from: …}` or the name of a block",
                );
                None
            }
            Data::Null => {
                self.errors.add(yaml.line, "`derive` is empty");
                None
            }
        }
    }

    /// A table that is only looked up, so it need not come back.
    fn lookup(&mut self, yaml: &Yaml) -> Option<CodeMap> {
        let mut map = CodeMap::default();
        if let Some(name) = yaml.scalar() {
            let Some(table) = self.table(name) else {
                self.errors.add(
                    yaml.line,
                    format!("there is no code table `{name}`; state it under `tables:` or add it to mappings/codes"),
                );
                return None;
            };
            map.prefix = table.prefix;
            for (record, wire) in table.pairs {
                map.out.entry(record.into()).or_insert_with(|| wire.into());
            }
        }
        for (record, wire) in yaml.entries().unwrap_or_default() {
            if let Some(wire) = wire.scalar() {
                map.out.insert(record.as_str().into(), wire.into());
            }
        }
        Some(map)
    }

    /// `from: [{template: "…"}]`: a text for the wire.
    fn text_of(&mut self, yaml: &Yaml, at: &At<'l>) -> Option<Derive> {
        let step = match &yaml.data {
            Data::List(items) => items.first().cloned(),
            _ => Some(yaml.clone()),
        };
        let template = step.as_ref().and_then(|step| step.entry("template").cloned().map(|t| (step.clone(), t)));
        let Some((step, value)) = template else {
            self.errors.add(yaml.line, "`from:` is a list with one template");
            return None;
        };
        // Each variable is the item's where the item knows it, else the record's.
        let node = NodeShape::Either(at.shape.clone(), Shape::new(self.library.record));
        self.template(&step, &value, &node, true).map(Derive::Text)
    }

    fn answer(&mut self, yaml: &Yaml, at: &At<'l>) -> Answer {
        match &yaml.data {
            Data::Null => Answer::None,
            Data::Map(_) => {
                if let Some(path) = yaml.text("path", &mut self.errors).map(str::to_owned) {
                    return self.scoped(&path, yaml.line, at, false).map_or(Answer::None, Answer::Path);
                }
                if let Some(constant) = yaml.entry("const") {
                    Answer::Constant(constant.json())
                } else {
                    self.errors
                        .add(yaml.line, "an answer is a text, a path of the record, `{path: …}` or `{const: …}`");
                    Answer::None
                }
            }
            Data::Scalar(text) => {
                // A text of two or more segments that the record knows is a path.
                if let Ok(path) = RecordPath::parse(text)
                    && (path.segments.len() > 1 || path.root != Root::Record)
                    && (path.root != Root::Record
                        || at.shape.at(&path).is_some()
                        || Shape::new(self.library.record).at(&path).is_some())
                {
                    return self.scoped(text, yaml.line, at, false).map_or(Answer::None, Answer::Path);
                }
                Answer::Constant(yaml.json())
            }
            Data::List(_) => Answer::Constant(yaml.json()),
        }
    }

    /// `{const|copy|derive|from}` with `steps` beside it.
    pub(super) fn source(&mut self, yaml: &Yaml, steps: Option<&Yaml>, at: &At<'l>) -> Option<Source> {
        let unknown = Shape::unknown(self.library.record);
        if let Some(constant) = yaml.entry("const") {
            let sheets = constant.entries().filter(|entries| {
                !entries.is_empty()
                    && self.syntax == crate::document::Syntax::Workbook
                    && entries.iter().all(|(_, value)| value.scalar().is_some())
            });
            if let Some(entries) = sheets {
                return Some(Source::BySheet(
                    entries.iter().map(|(key, value)| (key.as_str().into(), Wire::of(&value.json()))).collect(),
                ));
            }
            return Some(Source::Constant(wire_constant(constant)));
        }
        if let Some(copy) = yaml.entry("copy") {
            let text = copy.scalar().map(str::to_owned);
            let path = text.and_then(|text| self.scoped(&text, copy.line, at, false))?;
            let shape =
                if path.from_item { at.shape.at(&path.path) } else { Shape::new(self.library.record).at(&path.path) };
            // A copy is spelt as the rule above spells it that carries the value, unless it says otherwise.
            let carrier =
                if path.from_item && !at.top { None } else { self.top_steps.get(&path.path.to_string()).cloned() };
            let never = carrier.as_ref().map(|(_, never)| never.clone()).unwrap_or_default();
            let steps = steps.cloned().or(carrier.and_then(|(steps, _)| steps));
            let mut chain = self.chain(steps.as_ref(), &shape.unwrap_or(unknown), true);
            chain.never = never;
            return Some(Source::Copy(path, chain));
        }
        if let Some(derive) = yaml.entry("derive") {
            let chain = self.chain(steps, &unknown, true);
            return self.derive(derive, at).map(|derive| Source::Derive(derive, chain));
        }
        if let Some(from) = yaml.entry("from") {
            let derive = self.text_of(from, at)?;
            return Some(Source::Derive(derive, Chain::plain(Kind::Any)));
        }
        self.errors.add(yaml.line, "this needs one of `const`, `copy`, `derive`, `from`");
        None
    }

    fn block(&mut self, yaml: &Yaml, at: &At<'l>) -> Vec<BlockEntry> {
        let mut entries = Vec::new();
        let items = yaml.items().map(<[Yaml]>::to_vec).unwrap_or_default();
        for item in &items {
            let wire = item.text("wire", &mut self.errors).map(str::to_owned);
            let Some(wire) = wire.map(|text| self.wire_path(&text, item.line)) else {
                self.errors.add(item.line, "an entry of a block needs `wire:`");
                continue;
            };
            let Some(list) = item.text("each", &mut self.errors).map(str::to_owned) else {
                if let Some(source) = self.source(item, item.entry("steps"), at) {
                    entries.push(BlockEntry { wire, source: BlockSource::Value(source) });
                }
                continue;
            };
            let Some(list) = self.scoped(&list, item.line, at, false) else { continue };
            let shape =
                if list.from_item { at.shape.at(&list.path) } else { Shape::new(self.library.record).at(&list.path) };
            // A single node stands for a list of one.
            let shape = match shape {
                Some(shape) if shape.kind() == Kind::List => shape.item(),
                Some(shape) => shape,
                None => Shape::unknown(self.library.record),
            };
            let below = At {
                shape: shape.clone(),
                record: RecordPath { root: Root::Record, segments: Vec::new() },
                wire: WirePath::of(Vec::new(), None),
                top: false,
            };
            let constants = super::steps::constants(item.entry("where"), self, &shape);
            let inner = match (item.entry("as"), item.entry("rules")) {
                (Some(members), _) => self.members(members, &below),
                (None, Some(rules)) => self.block(rules, &below),
                (None, None) => Vec::new(),
            };
            let empty = item.text("empty", &mut self.errors) == Some("write");
            entries.push(BlockEntry { wire, source: BlockSource::Each { list, constants, entries: inner, empty } });
        }
        entries
    }

    /// `as: {id: uri, name: designation}`: members of an item, each a path of the record or a source of its own.
    fn members(&mut self, yaml: &Yaml, at: &At<'l>) -> Vec<BlockEntry> {
        let mut entries = Vec::new();
        for (key, value) in yaml.entries().map(<[(String, Yaml)]>::to_vec).unwrap_or_default() {
            let wire = self.wire_path(&key, value.line);
            let source = match &value.data {
                Data::Scalar(text) => self
                    .scoped(&text.clone(), value.line, at, false)
                    .map(|path| Source::Copy(path, Chain::plain(Kind::Any))),
                _ => self.source(&value, value.entry("steps"), at),
            };
            if let Some(source) = source {
                entries.push(BlockEntry { wire, source: BlockSource::Value(source) });
            }
        }
        entries
    }
}

/// A constant of the wire: unquoted `true`, `false` and numbers are what they are in JSON.
fn wire_constant(yaml: &Yaml) -> Wire {
    match &yaml.data {
        Data::Null => Wire::Null,
        Data::Scalar(text) => match text.as_str() {
            "true" => Wire::Bool(true),
            "false" => Wire::Bool(false),
            text => Wire::Text(text.to_owned()),
        },
        Data::List(items) => Wire::List(items.iter().map(wire_constant).collect()),
        Data::Map(entries) => {
            Wire::Object(entries.iter().map(|(k, v)| (k.as_str().into(), wire_constant(v))).collect())
        }
    }
}
