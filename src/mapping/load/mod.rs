//! From YAML to a plan: the header, then the rules, then the checks. Every error names file and line and says what to write
//! instead; all of them are gathered before the crosswalk is refused.

mod branches;
mod check;
mod constructs;
mod covered;
mod derives;
pub(crate) mod grammar;
mod header;
mod kinds;
mod lists;
mod order;
mod steps;
mod templates;
mod wire_schema;
pub(crate) mod yaml;

use std::collections::HashMap;

use super::library::{CodePairs, Library};
use super::path::{RecordPath, Root, WirePath};
use super::plan::{Direction, Plan};
use super::shape::Shape;
use crate::document::{Name, Syntax};
use yaml::{Errors, LoadError, Yaml};

/// Reads and checks a crosswalk.
pub(crate) fn load(text: &str, file: &str, library: &Library<'_>) -> Result<Plan, Vec<LoadError>> {
    let mut errors = Errors::new(file);
    let Some(root) = yaml::parse(text, &mut errors) else { return Err(errors.list) };
    let mut loader = Loader {
        library,
        errors,
        syntax: Syntax::Json,
        direction: Direction::Both,
        flat: None,
        namespaces: HashMap::new(),
        names: Vec::new(),
        paths: Vec::new(),
        tables: HashMap::new(),
        derived: HashMap::new(),
        top_steps: HashMap::new(),
        includes: Vec::new(),
        building: Vec::new(),
        sheet_joins: Vec::new(),
        in_pick: false,
    };
    grammar::check(&root, &mut loader.errors);
    let structural = loader.errors.list.len();
    let plan = loader.plan(&root);
    if let Some(plan) = &plan {
        check::check(plan, &mut loader.errors);
        order::check(plan, &mut loader.errors);
    }
    loader.errors.one_a_line(structural);
    match plan {
        Some(plan) if loader.errors.list.is_empty() => Ok(plan),
        _ => Err(loader.errors.in_order()),
    }
}

/// Holds a loaded crosswalk against the schema of its documents and that of the record: what is missing in it.
pub(crate) fn against(
    plan: &Plan,
    file: &str,
    schema: Option<&serde_json::Value>,
    record: &serde_json::Value,
) -> Vec<LoadError> {
    let mut errors = Errors::new(file);
    covered::check(plan, record, &mut errors);
    if let Some(schema) = schema {
        wire_schema::check(plan, schema, &mut errors);
    }
    errors.in_order()
}

/// Joined columns and orphan place of a sheet, found while its `rows` are compiled.
type SheetJoin = (Name, Vec<(Name, RecordPath)>, Option<RecordPath>, Vec<Name>);

pub(crate) struct Loader<'l> {
    pub(super) library: &'l Library<'l>,
    pub(super) errors: Errors,
    syntax: Syntax,
    direction: Direction,
    flat: Option<String>,
    /// Prefixes of wire paths, for XML.
    namespaces: HashMap<String, String>,
    names: Vec<String>,
    paths: Vec<String>,
    tables: HashMap<String, Yaml>,
    derived: HashMap<String, Yaml>,
    /// Steps of the rules of the record itself and their spellings of "no value": for columns that repeat a value.
    top_steps: HashMap<String, (Option<Yaml>, Vec<String>)>,
    includes: Vec<String>,
    building: Vec<String>,
    sheet_joins: Vec<SheetJoin>,
    in_pick: bool,
}

/// Where rules are compiled: the shape of the record node, and the prefixes of groups.
#[derive(Clone)]
struct At<'l> {
    shape: Shape<'l>,
    record: RecordPath,
    wire: WirePath,
    /// Is this the record itself, and not an item of a list?
    top: bool,
}

/// What a variable of a template may name.
#[derive(Clone)]
enum NodeShape<'l> {
    /// The node that the rule is at.
    Item(Shape<'l>),
    /// The item, else the record.
    Either(Shape<'l>, Shape<'l>),
}

impl<'l> NodeShape<'l> {
    fn at(&self, path: &RecordPath) -> Option<Shape<'l>> {
        match self {
            Self::Item(shape) => shape.at(path),
            Self::Either(item, record) => item.at(path).or_else(|| record.at(path)),
        }
    }

    /// Is the path one of the record that the item does not know?
    fn is_of_record(&self, path: &RecordPath) -> bool {
        match self {
            Self::Item(_) => false,
            Self::Either(item, _) => path.root == Root::Record && item.at(path).is_none(),
        }
    }

    fn knows(&self, path: &RecordPath) -> bool {
        path.root != Root::Record || self.at(path).is_some()
    }
}

impl Loader<'_> {
    fn table(&mut self, name: &str) -> Option<CodePairs> {
        if let Some(inline) = self.tables.get(name).cloned() {
            let mut found = CodePairs::default();
            for (record, wire) in inline.entries().unwrap_or_default() {
                if record == "aliases" {
                    for (alias, code) in wire.entries().unwrap_or_default() {
                        if let Some(code) = code.scalar() {
                            found.aliases.push((alias.clone(), code.to_owned()));
                        }
                    }
                } else if record == "prefix" {
                    found.prefix = wire.is_true();
                } else if let Some(wire) = wire.scalar() {
                    found.pairs.push((record.clone(), wire.to_owned()));
                }
            }
            return Some(found);
        }
        self.library.codes.pairs(name)
    }

    /// A wire path as it is written. In XML a prefix stands for its namespace: `ds:DateTimeString`, `@p:code`.
    fn wire_path(&mut self, text: &str, line: usize) -> WirePath {
        let mut path = WirePath::parse(text, self.flat.as_deref());
        let table = matches!(self.syntax, Syntax::Csv | Syntax::Workbook);
        let nested = path.segments.len() > 1 && path.segments.first().is_some_and(|first| &**first != "block");
        let torn = path.segments.iter().any(|segment| segment.trim().is_empty());
        if torn || table && nested && self.flat.is_none() {
            let written = text.replace('.', "\\.");
            self.errors.add(
                line,
                format!(
                    "`{text}` is read as places within places; a dot that belongs to the name is written `{written}`"
                ),
            );
        }
        if self.syntax != Syntax::Xml {
            return path;
        }
        for segment in &mut path.segments {
            let (mark, name) = segment.strip_prefix('@').map_or(("", &**segment), |name| ("@", name));
            let Some((prefix, local)) = name.split_once(':').filter(|(prefix, _)| !prefix.starts_with('{')) else {
                continue;
            };
            match self.namespaces.get(prefix) {
                Some(namespace) => *segment = format!("{mark}{{{namespace}}}{local}").into(),
                None => self.errors.add(line, format!("`namespaces:` does not name the prefix of `{name}`")),
            }
        }
        WirePath::of(path.segments, self.flat.as_deref())
    }

    /// Gives a rule its number.
    fn name(&mut self, name: &str, path: &str) -> u16 {
        self.names.push(name.to_owned());
        self.paths.push(path.to_owned());
        u16::try_from(self.names.len() - 1).unwrap_or(u16::MAX - 1)
    }
}
