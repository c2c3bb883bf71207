//! Templates as they are written, compiled.

use super::yaml::{Data, Yaml};
use super::{Loader, NodeShape};
use crate::mapping::path::{RecordPath, Root};
use crate::mapping::shape::Shape;
use crate::mapping::steps::Template;
use crate::mapping::steps::template::{Alternative, Filter, Piece};

impl<'l> Loader<'l> {
    /// A template: one text, or alternatives.
    pub(super) fn template(
        &mut self,
        step: &Yaml,
        value: &Yaml,
        node: &NodeShape<'l>,
        out_only: bool,
    ) -> Option<Template> {
        let whole: Vec<Yaml> = match &value.data {
            Data::Scalar(_) => vec![Yaml { line: value.line, data: Data::Map(vec![("as".into(), value.clone())]) }],
            Data::List(items) => items.clone(),
            _ => {
                self.errors.add(value.line, "`template` is a text, or a list of alternatives `{as: …}`");
                return None;
            }
        };
        let mut alternatives: Vec<Alternative> = Vec::new();
        let mut catch_all = false;
        for item in &whole {
            let Some(text) = item.text("as", &mut self.errors).map(str::to_owned) else {
                self.errors.add(item.line, "an alternative needs `as:`");
                continue;
            };
            if catch_all && !out_only {
                self.errors
                    .add(item.line, "an alternative above takes every text, so this one is never read; put it first");
            }
            let parts = item.entry("parts").or_else(|| step.entry("parts")).cloned();
            let pieces = self.pieces(&text, item.line, parts.as_ref(), node, out_only);
            let mut set = Vec::new();
            let mut given = Vec::new();
            for (path, constant) in item.entry("set").and_then(Yaml::entries).unwrap_or_default() {
                if let Some(path) = self.node_path(path, constant.line, node) {
                    if let Some(kind) = node.at(&path).map(|shape| shape.kind()).filter(|_| path.root == Root::Record)
                        && !kind.admits(&constant.json())
                    {
                        let said = constant.scalar().unwrap_or("this");
                        self.errors.add(
                            constant.line,
                            format!("`set:` cannot make `{path}` {said}; see the record schema for its codes"),
                        );
                    }
                    if node.is_of_record(&path) { &mut given } else { &mut set }.push((path, constant.json()));
                }
            }
            let mut from = Vec::new();
            for (path, source) in item.entry("from").and_then(Yaml::entries).unwrap_or_default() {
                let source = source.scalar().map(|text| (text.to_owned(), source.line));
                if let (Some(path), Some((text, line))) = (self.node_path(path, item.line, node), source) {
                    match RecordPath::parse(&text) {
                        Ok(source) if source.root != Root::Record => from.push((path, source)),
                        _ => self.errors.add(line, "`from:` takes a part from $issue or $batch"),
                    }
                }
            }
            catch_all |=
                matches!(pieces.as_slice(), [Piece::Variable { pattern: None, steps: None, filter: Filter::None, .. }]);
            alternatives.push(Alternative { pieces, set, given, from });
        }
        let mut covered: Vec<RecordPath> = Vec::new();
        for alternative in &alternatives {
            let variables = alternative.pieces.iter().filter_map(|piece| match piece {
                Piece::Variable { path, .. } => Some(path),
                _ => None,
            });
            let constants = alternative.set.iter().map(|(path, _)| path);
            let filled = alternative.from.iter().map(|(path, _)| path);
            for path in variables.chain(constants).chain(filled) {
                if !covered.contains(path) {
                    covered.push(path.clone());
                }
            }
        }
        Some(Template { alternatives, out_only, covered })
    }

    fn node_path(&mut self, text: &str, line: usize, node: &NodeShape<'l>) -> Option<RecordPath> {
        match RecordPath::parse(text) {
            Ok(path) => {
                if path.root == Root::Record && !node.knows(&path) {
                    self.errors.add(line, format!("the record has no `{text}` here"));
                }
                Some(path)
            }
            Err(message) => {
                self.errors.add(line, message);
                None
            }
        }
    }

    fn pieces(
        &mut self,
        text: &str,
        line: usize,
        parts: Option<&Yaml>,
        node: &NodeShape<'l>,
        out_only: bool,
    ) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some(open) = rest.find('{') else {
                pieces.push(Piece::Literal(rest.to_owned()));
                break;
            };
            if open > 0 {
                pieces.push(Piece::Literal(rest[..open].to_owned()));
            }
            // Braces nest: `{a.b{en}}`, and a regular expression may hold some.
            let mut depth = 0_usize;
            let close = rest[open..].char_indices().find_map(|(at, c)| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                (depth == 0).then_some(open + at)
            });
            let Some(close) = close else {
                self.errors.add(line, "a brace of the template is not closed");
                break;
            };
            let inside = &rest[open + 1..close];
            rest = &rest[close + 1..];
            if inside.starts_with('$') {
                match RecordPath::parse(inside) {
                    Ok(path) => pieces.push(Piece::Given(path)),
                    Err(message) => self.errors.add(line, message),
                }
                continue;
            }
            let (name, pattern) = match inside.split_once(':') {
                Some((name, pattern)) => (name, Some(pattern)),
                None => (inside, None),
            };
            let (name, filter) = match name.split_once('|') {
                None => (name, Filter::None),
                Some((name, "pct")) => (name, Filter::Percent),
                Some((name, "digest")) => {
                    if !out_only {
                        self.errors
                            .add(line, "`|digest` cannot be read back; use it in `from:` of `implied` or `derive`");
                    }
                    (name, Filter::Digest)
                }
                Some((_, other)) => {
                    self.errors.add(line, format!("`|{other}` is unknown; there are |pct and |digest"));
                    continue;
                }
            };
            // A place that stands twice with different steps is told apart by a label: `{code} … {code#name}`.
            let (label, name) = (name, name.split_once('#').map_or(name, |(name, _)| name));
            let Some(path) = self.node_path(name, line, node) else { continue };
            let pattern = pattern.and_then(|pattern| {
                if let Ok(regex) = regex::Regex::new(&format!("^(?:{pattern})$")) {
                    Some(regex)
                } else {
                    self.errors.add(line, format!("`{pattern}` is no regular expression"));
                    None
                }
            });
            let steps = parts.and_then(|parts| parts.entry(label)).map(|steps| {
                let shape = node.at(&path).unwrap_or_else(|| Shape::unknown(self.library.record));
                self.chain(Some(steps), &shape, out_only)
            });
            if !out_only && matches!(pieces.last(), Some(Piece::Variable { .. })) {
                self.errors.add(line, "two variables meet; put a literal between them");
            }
            let of_record = node.is_of_record(&path);
            pieces.push(Piece::Variable { path, filter, pattern, steps, of_record });
        }
        pieces
    }
}
