//! The header of a crosswalk.

use std::collections::HashMap;

use super::yaml::{Data, Yaml};
use super::{At, Loader};
use crate::document::{Name, Syntax};
use crate::mapping::path::{RecordPath, Root, WirePath};
use crate::mapping::plan::{Applies, Construct, Direction, Layout, Plan, Scoped, SheetLayout, Test, XmlLayout};
use crate::mapping::shape::{Kind, Shape};

impl<'l> Loader<'l> {
    pub(super) fn plan(&mut self, root: &Yaml) -> Option<Plan> {
        let Some(format) = root.text("format", &mut self.errors).map(str::to_owned) else {
            self.errors.add(root.line, "`format:` is missing; write it as name@version");
            return None;
        };
        if !format.contains('@') {
            self.errors.add(root.line, format!("`format: {format}` is not name@version"));
        }
        self.syntax = match root.text("syntax", &mut self.errors) {
            Some("json") | None => Syntax::Json,
            Some("workbook") => Syntax::Workbook,
            Some("csv") => Syntax::Csv,
            Some("ndjson") => Syntax::JsonLines,
            Some("xml") => Syntax::Xml,
            Some(other) => {
                self.errors.add(root.line, format!("`syntax: {other}` is none of json, ndjson, csv, workbook, xml"));
                Syntax::Json
            }
        };
        self.direction = match root.text("direction", &mut self.errors) {
            Some("both") | None => Direction::Both,
            Some("in") => Direction::In,
            Some("out") => Direction::Out,
            Some(other) => {
                self.errors.add(root.line, format!("`direction: {other}` is none of both, in, out"));
                Direction::Both
            }
        };
        if let Some(version) = root.text("record-version", &mut self.errors)
            && version != crate::record::RECORD_FORMAT
        {
            let line = root.entry("record-version").map_or(root.line, |entry| entry.line);
            self.errors.add(line, format!("this house maps {}", crate::record::RECORD_FORMAT));
        }
        for (name, target) in [("tables", 0), ("derived", 1)] {
            let entries: HashMap<String, Yaml> =
                root.entry(name).and_then(Yaml::entries).unwrap_or_default().iter().cloned().collect();
            if target == 0 { self.tables = entries } else { self.derived = entries }
        }
        if let Some(includes) = root.entry("includes") {
            self.includes = includes.texts(&mut self.errors);
        }
        let xml = self.xml_layout(root);
        let mut layout = self.layout(root.entry("layout"));
        self.flat = layout.flat.clone();
        let schema: &'l serde_json::Value = self.library.record;
        let at = At {
            shape: Shape::new(schema),
            record: RecordPath { root: Root::Record, segments: Vec::new() },
            wire: WirePath::of(Vec::new(), None),
            top: true,
        };
        let constants = super::steps::constants(root.entry("constants"), self, &at.shape);
        let rules = if let Some(rules) = root.entry("rules") {
            self.constructs(rules, &at)
        } else {
            self.errors.add(root.line, "`rules:` is missing");
            Vec::new()
        };
        let batch_at = At { shape: Shape::unknown(schema), ..at.clone() };
        let batch = root.entry("batch").map(|batch| self.constructs(batch, &batch_at)).unwrap_or_default();
        let applies =
            root.entry("applies").map(|entry| Applies { test: self.test(entry, &at, true), words: words(entry) });
        let not_carried = match root.entry("not-carried") {
            Some(list) => list.texts(&mut self.errors),
            None => Vec::new(),
        };
        for path in not_carried.iter().filter(|path| *path != "*") {
            let line = root.entry("not-carried").map_or(root.line, |entry| entry.line);
            match RecordPath::parse(path) {
                Ok(parsed) if at.shape.at(&parsed).is_some() => {}
                Ok(_) => self.errors.add(line, format!("`not-carried` names `{path}`, which the record has not")),
                Err(message) => self.errors.add(line, message),
            }
        }
        let not_read = root.entry("not-read").map(|list| {
            let paths = list.texts(&mut self.errors).iter().map(|text| WirePath::parse(text, None)).collect();
            (paths, list.line)
        });
        let keep = root.entry("keep").map(|keep| keep.texts(&mut self.errors)).unwrap_or_default();
        let records = root.text("records", &mut self.errors).map(|text| WirePath::parse(text, None));
        if records.is_some() && xml.is_some() {
            self.errors.add(root.line, "an XML document carries one record; `records:` is for the other syntaxes");
        }
        self.columns(&mut layout, &rules, records.as_ref());
        for rule in &rules {
            rule.places(&mut |place| {
                if let (Some(flat), Some(first)) = (&place.flat, place.segments.first()) {
                    layout.flat_names.insert((&**flat).into());
                    layout.nested_names.insert(first.clone());
                }
            });
        }
        Some(Plan {
            format,
            syntax: self.syntax,
            direction: self.direction,
            schema: root.text("schema", &mut self.errors).map(str::to_owned),
            layout,
            xml,
            records,
            batch,
            rules,
            constants,
            applies,
            not_carried,
            not_carried_line: root.entry("not-carried").map_or(root.line, |entry| entry.line),
            not_read,
            keep: keep.iter().map(|text| self.wire_path(text, root.line)).collect(),
            names: std::mem::take(&mut self.names),
            paths: std::mem::take(&mut self.paths),
        })
    }

    /// Namespaces, root and order of an XML format.
    fn xml_layout(&mut self, root: &Yaml) -> Option<XmlLayout> {
        if self.syntax != Syntax::Xml {
            for key in ["namespaces", "root", "sequence"] {
                if let Some(entry) = root.entry(key) {
                    self.errors.add(entry.line, format!("`{key}:` is for `syntax: xml`"));
                }
            }
            return None;
        }
        for (prefix, namespace) in root.entry("namespaces").and_then(Yaml::entries).unwrap_or_default() {
            match namespace.scalar() {
                Some(uri) if !prefix.is_empty() => _ = self.namespaces.insert(prefix.clone(), uri.to_owned()),
                _ => self.errors.add(namespace.line, "`namespaces:` is a map of prefixes and namespaces"),
            }
        }
        let Some(name) = root.text("root", &mut self.errors).map(str::to_owned) else {
            self.errors.add(root.line, "XML needs `root:`, the name of the root element");
            return None;
        };
        let root_key = self.wire_path(&name, root.line).segments.into_iter().next().unwrap_or_default();
        let sequence = root.entry("sequence").map(|list| (list.texts(&mut self.errors), list.line));
        let sequence = sequence.map(|(paths, line)| paths.iter().map(|text| self.wire_path(text, line)).collect());
        Some(XmlLayout { root: root_key, sequence: sequence.unwrap_or_default() })
    }

    fn layout(&mut self, yaml: Option<&Yaml>) -> Layout {
        let mut layout = Layout::default();
        let Some(yaml) = yaml else { return layout };
        layout.flat = match yaml.entry("flat") {
            None => None,
            Some(Yaml { data: Data::Null, .. }) => Some(String::new()),
            Some(flat) => flat.scalar().map(str::to_owned),
        };
        if let Some(block) = yaml.entry("block") {
            layout.block_from = block.text("from", &mut self.errors).and_then(column_number).unwrap_or(1);
            layout.block_lines =
                block.text("lines", &mut self.errors).and_then(|lines| lines.parse().ok()).unwrap_or_default();
        }
        for (key, sheet) in yaml.entry("sheets").and_then(Yaml::entries).unwrap_or_default() {
            let name = sheet.text("name", &mut self.errors).map(str::to_owned);
            let titles = sheet.text("titles", &mut self.errors).map(str::to_owned);
            let (Some(name), Some(titles)) = (name, titles) else {
                self.errors
                    .add(sheet.line, "a sheet needs `name:` and `titles:`, a title that finds its row of titles");
                continue;
            };
            let from = sheet.text("from", &mut self.errors).map_or(Some(1), column_number);
            if from.is_none() {
                self.errors.add(sheet.line, "`from:` is the letter of the first column");
            }
            let columns = sheet.entry("columns").map(|c| c.texts(&mut self.errors)).unwrap_or_default();
            layout.sheets.push(SheetLayout {
                key: key.as_str().into(),
                name,
                titles,
                from: from.unwrap_or(1),
                columns: columns.into_iter().map(Into::into).collect(),
                join: Vec::new(),
                orphans: None,
            });
        }
        layout
    }

    /// Columns that a sheet is written with: as stated, else in the order of the rules.
    fn columns(&mut self, layout: &mut Layout, rules: &[Construct], records: Option<&WirePath>) {
        for sheet in &mut layout.sheets {
            let mut places: Vec<Name> = Vec::new();
            if records.is_some_and(|records| *records.text == *sheet.key) {
                for rule in rules {
                    rule.places(&mut |place| {
                        if let [title] = place.segments.as_slice() {
                            places.push(title.clone());
                        }
                    });
                }
            }
            for (key, join, orphans, titles) in &self.sheet_joins {
                if *key == sheet.key {
                    sheet.join.clone_from(join);
                    sheet.orphans.clone_from(orphans);
                    places.extend(titles.iter().cloned());
                }
            }
            let sheets: Vec<&Name> = self.sheet_joins.iter().map(|(key, ..)| key).collect();
            places.retain(|place| !sheets.contains(&place));
            if sheet.columns.is_empty() {
                sheet.columns = places;
            } else {
                for place in places {
                    if !sheet.columns.contains(&place) {
                        self.errors.add(
                            1,
                            format!("the rules read `{place}`, which `columns` of {} does not name", sheet.name),
                        );
                    }
                }
            }
            let mut seen = std::collections::HashSet::new();
            sheet.columns.retain(|column| seen.insert(column.clone()));
        }
    }

    /// A test in record words: all of its entries must hold.
    pub(super) fn test(&mut self, yaml: &Yaml, at: &At<'l>, record: bool) -> Test {
        let mut tests = Vec::new();
        for (key, value) in yaml.entries().unwrap_or_default() {
            if matches!(key.as_str(), "then" | "else") {
                continue;
            }
            if key == "present" {
                for path in value.texts(&mut self.errors) {
                    if let Some(path) = self.scoped(&path, value.line, at, record) {
                        tests.push(Test::Present(path));
                    }
                }
                continue;
            }
            let negated = value.entry("not");
            if negated.is_some() {}
            let wanted = match negated.unwrap_or(value).json() {
                serde_json::Value::Array(values) => values,
                one => vec![one],
            };
            if let Some(path) = self.scoped(key, value.line, at, record) {
                self.can_be(key, &path, &wanted, value.line, at);
                tests.push(if negated.is_some() { Test::NotIn(path, wanted) } else { Test::In(path, wanted) });
            }
        }
        if yaml.entries().is_none() {
            self.errors.add(yaml.line, "a condition is a map of record paths and values, or `present: path`");
        }
        match tests.len() {
            0 => Test::Always,
            1 => tests.remove(0),
            _ => Test::All(tests),
        }
    }
}

impl Loader<'_> {
    /// A condition on a code must name codes that there are, else its branch is never reached.
    fn can_be(&mut self, name: &str, path: &Scoped, wanted: &[serde_json::Value], line: usize, at: &At<'_>) {
        let shape =
            if path.from_item { at.shape.at(&path.path) } else { Shape::new(self.library.record).at(&path.path) };
        let kind = shape.map(|shape| shape.kind());
        let (Some(kind @ (Kind::Code(_) | Kind::Bool)), Root::Record) = (kind, path.path.root) else { return };
        let there_are = match &kind {
            Kind::Code(codes) => codes.join(", "),
            _ => "true, false".to_owned(),
        };
        for value in wanted.iter().filter(|value| !kind.admits(value)) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.errors.add(line, format!("`{name}` is never `{value}`; there are: {there_are}"));
        }
    }
}

fn words(yaml: &Yaml) -> String {
    let one = |(key, value): &(String, Yaml)| format!("{key}: {}", value.texts(&mut super::Errors::new("")).join(", "));
    yaml.entries().unwrap_or_default().iter().map(one).collect::<Vec<_>>().join("; ")
}

fn column_number(letters: &str) -> Option<u32> {
    letters.bytes().try_fold(0_u32, |n, b| b.is_ascii_uppercase().then(|| n * 26 + u32::from(b - b'A') + 1))
}
