//! Steps as they are written, compiled.

use serde_json::Value;

use super::yaml::{Data, Yaml};
use super::{Loader, NodeShape};
use crate::clock::Zone;
use crate::mapping::path::RecordPath;
use crate::mapping::shape::{Kind, Shape};
use crate::mapping::steps::{Chain, CodeMap, DateStep, Encoding, Join, Step, TextStep, date::Form};

impl<'l> Loader<'l> {
    /// The chain of a rule at a place of this shape. `out_only` allows steps that cannot be read back.
    pub(super) fn chain(&mut self, steps: Option<&Yaml>, shape: &Shape<'l>, out_only: bool) -> Chain {
        let kind = shape.kind();
        let mut chain = Chain::plain(kind);
        let Some(steps) = steps else { return chain };
        let items: Vec<Yaml> = match &steps.data {
            Data::List(items) => items.clone(),
            _ => vec![steps.clone()],
        };
        for item in &items {
            if let Some(step) = self.step(item, shape, &chain.kind, out_only) {
                chain.steps.push(step);
            }
        }
        if let Some(instead) = super::kinds::misfit(&chain) {
            self.errors.add(steps.line, instead);
        }
        chain
    }

    fn step(&mut self, step: &Yaml, shape: &Shape<'l>, kind: &Kind, out_only: bool) -> Option<Step> {
        let empty = Yaml { line: step.line, data: Data::Null };
        let (name, value) = match &step.data {
            Data::Scalar(name) => (name.as_str(), &empty),
            Data::Map(entries) => {
                if let Some((name, value)) = entries.iter().find(|(key, _)| STEPS.contains(&key.as_str())) {
                    (name.as_str(), value)
                } else {
                    let line = step.line;
                    self.errors.add(line, format!("this is no step; the steps are: {}", STEPS.join(", ")));
                    return None;
                }
            }
            _ => {
                self.errors.add(step.line, "a step is a name or a map with one step");
                return None;
            }
        };
        match name {
            "text" => Some(Step::Text(self.text(value))),
            "date" => self.date(step, value),
            "number" => {
                let as_number = match value.scalar() {
                    Some("json") => true,
                    Some("text") => false,
                    Some(other) => {
                        self.errors.add(value.line, format!("`number: {other}` is unknown; write `json` or `text`"));
                        false
                    }
                    None => self.syntax == crate::document::Syntax::Json,
                };
                Some(Step::Number(as_number))
            }
            "codes" => self.codes(step, value, kind).map(Step::Codes),
            "join" => self.join(step, value, shape),
            "template" => {
                let template = self.template(step, value, &NodeShape::Item(shape.clone()), out_only)?;
                Some(Step::Template(Box::new(template)))
            }
            "encode" => match value.scalar() {
                Some("pct") => Some(Step::Encode(Encoding::Percent)),
                Some("base64") => Some(Step::Encode(Encoding::Base64)),
                Some("multibase") => Some(Step::Encode(Encoding::Multibase)),
                _ => {
                    self.errors.add(value.line, "`encode` is one of pct, base64, multibase");
                    None
                }
            },
            "limit" => {
                let most = value.scalar().or_else(|| value.entry("length").and_then(Yaml::scalar));
                let refuse = step.entry("refuse").or_else(|| value.entry("refuse")).is_some_and(Yaml::is_true);
                if let Some(most) = most.and_then(|text| text.parse().ok()) {
                    Some(Step::Limit(most, refuse))
                } else {
                    self.errors.add(value.line, "`limit` is a number of characters; `refuse: true` forbids cutting");
                    None
                }
            }
            "check" => match value.scalar() {
                Some("uri") => Some(Step::CheckUri),
                // Check digits of identifiers are judged on the record, whatever format it came in.
                Some("by-scheme" | "uscc" | "ccc" | "lei" | "gtin" | "did") => None,
                _ => {
                    self.errors.add(value.line, "`check` is one of uri, by-scheme, uscc, ccc, lei, gtin, did");
                    None
                }
            },
            "digest" => {
                if !out_only {
                    self.errors
                        .add(step.line, "`digest` cannot be read back; use it in `from:` of `implied` or `derive`");
                }
                Some(Step::Digest)
            }
            _ => None,
        }
    }

    fn text(&mut self, value: &Yaml) -> TextStep {
        let mut step = TextStep::default();
        if matches!(value.data, Data::Null) {
            return step;
        }
        for name in value.texts(&mut self.errors) {
            match name.as_str() {
                "trim" => step.trim = true,
                "invisible" => step.invisible = true,
                "breaks" => step.breaks = true,
                "width" => step.width = true,
                "upper" => step.upper = true,
                "from-number" => step.from_number = true,
                _ => self.errors.add(
                    value.line,
                    format!("`text` knows no `{name}`; it cleans: trim, invisible, breaks, width, upper, from-number"),
                ),
            }
        }
        step
    }

    fn date(&mut self, step: &Yaml, value: &Yaml) -> Option<Step> {
        let mut forms = |yaml: &Yaml| -> Vec<Form> {
            let mut forms = Vec::new();
            for name in yaml.texts(&mut self.errors) {
                match Form::parse(&name) {
                    Some(form) => forms.push(form),
                    None => self.errors.add(
                        yaml.line,
                        format!(
                            "`{name}` is no form of a date; there are yyyymmdd, yyyy-mm-dd, cell, serial, date-time, yyyymmddhhmmss"
                        ),
                    ),
                }
            }
            forms
        };
        let first = forms(value);
        let also = step.entry("also").map(&mut forms).unwrap_or_default();
        if first.first() == Some(&Form::CompactTime) {
            self.errors.add(value.line, "`yyyymmddhhmmss` is read and never written; put another form first");
        }
        if first.is_empty() {
            self.errors.add(value.line, "`date` needs the form that it writes");
            return None;
        }
        let zone = match step.text("zone", &mut self.errors) {
            Some(text) => {
                if let Ok(zone) = text.parse() {
                    zone
                } else {
                    self.errors.add(step.line, format!("`{text}` is no offset such as +08:00"));
                    Zone::CHINA
                }
            }
            None => Zone::CHINA,
        };
        let end = match step.text("at", &mut self.errors) {
            None | Some("start") => false,
            Some("end") => true,
            Some(other) => {
                self.errors.add(step.line, format!("`at: {other}` is neither start nor end of the day"));
                false
            }
        };
        Some(Step::Date(DateStep { forms: first, also, zone, end }))
    }

    pub(super) fn codes(&mut self, step: &Yaml, value: &Yaml, kind: &Kind) -> Option<CodeMap> {
        const RESERVED: [&str; 5] = ["table", "back", "aliases", "unread", "not-carried"];
        let mut map = CodeMap { boolean: *kind == Kind::Bool, ..CodeMap::default() };
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut chosen: Vec<(String, String, usize)> = Vec::new();
        let table = value.scalar().or_else(|| value.entry("table").and_then(Yaml::scalar));
        if let Some(name) = table {
            if let Some(found) = self.table(name) {
                map.prefix = found.prefix;
                chosen.extend(found.back.into_iter().map(|(wire, code)| (wire, code, value.line)));
                map.unread.extend(found.unread.into_iter().map(Into::into));
                pairs.extend(found.pairs);
                map.aliases.extend(found.aliases.into_iter().map(|(wire, code)| (wire.into(), code.into())));
            } else {
                self.errors.add(
                    value.line,
                    format!("there is no code table `{name}`; state it under `tables:` or add it to mappings/codes"),
                );
                return None;
            }
        }
        let mut not_carried: Vec<String> = Vec::new();
        for (key, entry) in value.entries().unwrap_or_default() {
            if RESERVED.contains(&key.as_str()) {
                continue;
            }
            match entry.scalar() {
                Some(wire) => pairs.push((key.clone(), wire.to_owned())),
                None => self.errors.add(entry.line, format!("`{key}:` names one wire code")),
            }
        }
        for (record, wire) in &pairs {
            map.out.entry(record.as_str().into()).or_insert_with(|| wire.as_str().into());
        }
        if map.prefix {
            // A tree of prefixes names; it does not read back.
            return Some(map);
        }
        let sources = [value, step];
        let find = |name: &str| sources.iter().find_map(|yaml| yaml.entry(name));
        for (wire, code) in find("back").and_then(Yaml::entries).unwrap_or_default() {
            if let Some(code_text) = code.scalar() {
                chosen.push((wire.clone(), code_text.to_owned(), code.line));
            }
        }
        for (record, wire) in &pairs {
            if let Some((_, code, _)) = chosen.iter().find(|(w, ..)| w == wire) {
                map.back.insert(wire.as_str().into(), code.as_str().into());
            } else if let Some(before) = map.back.get(wire.as_str()) {
                if **before != **record {
                    self.errors.add(
                        value.line,
                        format!("`{wire}` is written for `{before}` and for `{record}`; say under `back:` which one it is read as"),
                    );
                }
            } else {
                map.back.insert(wire.as_str().into(), record.as_str().into());
            }
        }
        for (wire, code, line) in &chosen {
            if map.out.get(code.as_str()).is_none_or(|printed| **printed != **wire) {
                self.errors.add(
                    *line,
                    format!("`{wire}` is read as `{code}`, which is written otherwise; codes must come back"),
                );
            }
        }
        // What comes back must print as the code that was read.
        for (wire, code) in map.back.clone() {
            if map.out.get(&code) != Some(&wire) {
                map.aliases.insert(wire.clone(), code);
                map.back.remove(&wire);
            }
        }
        for (alias, code) in find("aliases").and_then(Yaml::entries).unwrap_or_default() {
            match code.scalar() {
                Some(code_text) if map.out.contains_key(code_text) => {
                    map.aliases.insert(alias.as_str().into(), code_text.into());
                }
                _ => self.errors.add(code.line, format!("the alias `{alias}` stands for no code of this table")),
            }
        }
        if let Some(unread) = find("unread") {
            map.unread.extend(unread.texts(&mut self.errors).into_iter().map(Into::into));
        }
        if let Some(codes) = find("not-carried") {
            not_carried = codes.texts(&mut self.errors);
        }
        if let (Kind::Code(codes), true) = (kind, self.direction != crate::mapping::plan::Direction::In) {
            let missing: Vec<&String> = codes
                .iter()
                .filter(|code| !map.out.contains_key(code.as_str()) && !not_carried.contains(code))
                .collect();
            if !missing.is_empty() {
                let list = missing.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ");
                self.errors
                    .add(value.line, format!("no wire code for: {list}; add it, or list it under `not-carried:`"));
            }
        }
        if let Kind::Code(codes) = kind {
            let stated = map.out.keys().map(|code| &**code).chain(not_carried.iter().map(String::as_str));
            for code in stated.filter(|code| !codes.iter().any(|known| known == code)) {
                self.errors.add(
                    value.line,
                    format!("`{code}` is no code of the record there; the codes are: {}", codes.join(", ")),
                );
            }
        }
        for code in not_carried.iter().filter(|code| map.out.contains_key(code.as_str())) {
            self.errors.add(value.line, format!("`{code}` has a wire code and is `not-carried`; take it out of one"));
        }
        Some(map)
    }

    fn join(&mut self, step: &Yaml, value: &Yaml, shape: &Shape<'l>) -> Option<Step> {
        let Some(separator) = value.scalar().filter(|s| !s.is_empty()) else {
            self.errors.add(value.line, "`join` needs the separator that it writes");
            return None;
        };
        let also = step.entry("also").map(|also| also.texts(&mut self.errors)).unwrap_or_default();
        let item = self.chain(step.entry("item"), &shape.item(), false);
        Some(Step::Join(Box::new(Join { separator: separator.to_owned(), also, item })))
    }
}

const STEPS: [&str; 10] = ["text", "date", "number", "codes", "join", "template", "encode", "limit", "check", "digest"];

/// Constants as they are written: a map of paths.
pub(super) fn constants(yaml: Option<&Yaml>, loader: &mut Loader<'_>, shape: &Shape<'_>) -> Vec<(RecordPath, Value)> {
    let mut constants = Vec::new();
    for (path, value) in yaml.and_then(Yaml::entries).unwrap_or_default() {
        match RecordPath::parse(path) {
            Ok(parsed) => {
                match shape.at(&parsed) {
                    None => loader.errors.add(value.line, format!("the record has no `{path}` here")),
                    Some(place) if !place.kind().admits(&value.json()) => {
                        loader.errors.add(value.line, format!("`{path}` cannot be this value"));
                    }
                    Some(_) => {}
                }
                constants.push((parsed, value.json()));
            }
            Err(message) => loader.errors.add(value.line, message),
        }
    }
    constants
}
