//! The crosswalk as the other rooms use it: load it once, `put` documents, `get` documents.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::account::{Account, AccountLine, Class, Origins};
use super::context::Context;
use super::derive::Environment;
use super::get::Getter;
use super::library::Library;
use super::load::yaml::LoadError;
use super::path::WirePath;
use super::plan::{Construct, Direction, Plan};
use super::put::{NOTHING, Putter};
use super::steps::digest;
use super::wire::{Body, Id, Tree, Wire};
use super::workbook;
use crate::document::{Document, Node, Syntax, Value as WireValue, element_place};
use crate::finding::{Finding, Place};

/// A crosswalk between the record and one format.
#[derive(Clone, Debug)]
pub struct Crosswalk {
    pub(super) plan: Arc<Plan>,
    digest: String,
}

/// What `put` made of a document.
#[derive(Clone, Debug, Default)]
pub struct Put {
    /// Facts of the whole document: the root `$batch`, with its residue.
    pub batch: Value,
    /// The records, in the order of the document.
    pub records: Vec<PutRecord>,
    /// What concerns the document as a whole: its sheets, titles, rows that join no record.
    pub findings: Vec<Finding>,
    /// Leaves outside the records: titles, title cells.
    pub account: Account,
}

/// One record of a document.
#[derive(Clone, Debug)]
pub struct PutRecord {
    /// The record, as a tree of the record's shape.
    pub record: Value,
    /// The root `$issue`, with what the document says of it.
    pub issue: Value,
    /// What reading it had to say; a record with an error is refused.
    pub findings: Vec<Finding>,
    /// What became of every leaf.
    pub account: Account,
    /// Where the record's values stand in the source.
    pub origins: Origins,
    /// Where the record stands in the source.
    pub place: Place,
    /// Its part of the source: the object of a JSON document, or the row by the titles of its columns, with the rows of
    /// other sheets that join it.
    pub source: Value,
}

/// What `get` made of records.
#[derive(Clone, Debug)]
pub struct Get {
    /// The document.
    pub document: Document,
    /// The records, in their order.
    pub records: Vec<GetRecord>,
}

/// One record of a document that was made.
#[derive(Clone, Debug)]
pub struct GetRecord {
    /// What became of every leaf of the record.
    pub account: Account,
    /// What writing it had to say; places are fields of the record.
    pub findings: Vec<Finding>,
    /// False where the format may not carry this record.
    pub written: bool,
}

impl Crosswalk {
    /// Reads, checks and compiles a crosswalk.
    ///
    /// # Errors
    ///
    /// Everything that must be mended, each with file and line.
    pub fn parse(text: &str, file: &str, library: &Library<'_>) -> Result<Self, Vec<LoadError>> {
        let plan = super::load::load(text, file, library)?;
        Ok(Self { plan: Arc::new(plan), digest: digest(&Value::String(text.to_owned())) })
    }

    /// Name and version of the format, `name@version`.
    pub fn format(&self) -> &str {
        &self.plan.format
    }

    /// SHA-256 of the text of the crosswalk, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The syntax that the format is written in.
    pub fn syntax(&self) -> Syntax {
        self.plan.syntax
    }

    /// May documents of the format be read?
    pub fn reads(&self) -> bool {
        self.plan.direction != Direction::Out
    }

    /// May documents of the format be written?
    pub fn writes(&self) -> bool {
        self.plan.direction != Direction::In
    }

    /// Has it a layout without nesting, in which it is read and written as NDJSON and CSV?
    pub fn is_flat(&self) -> bool {
        self.plan.layout.flat.is_some()
    }

    /// Does one document carry many records?
    pub fn carries_many(&self) -> bool {
        self.plan.records.is_some() || !matches!(self.plan.syntax, Syntax::Json | Syntax::Xml)
    }

    /// Name of the schema that judges documents of the format.
    pub fn schema(&self) -> Option<&str> {
        self.plan.schema.as_deref()
    }

    /// Record paths for which the format has no place, as the crosswalk states; `*` is all that no rule names.
    pub fn not_carried(&self) -> &[String] {
        &self.plan.not_carried
    }

    /// Titles of the sheet of records, or the wire places of the rules: what a document of the format is known by.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        for rule in &self.plan.rules {
            rule.places(&mut |place| fields.push(place.flat.as_deref().unwrap_or(&place.text)));
        }
        fields
    }

    /// The record path that a place on the wire is written from, for places outside lists: what is missing in an output is
    /// missing there.
    pub fn feeds(&self, wire: &str) -> Option<&str> {
        fn search<'p>(plan: &'p Plan, rules: &'p [Construct], wire: &str) -> Option<&'p str> {
            let named = |place: &WirePath, id: super::plan::RuleId| {
                (*place.text == *wire).then(|| plan.paths.get(usize::from(id)).map(String::as_str)).flatten()
            };
            rules.iter().find_map(|rule| match rule {
                Construct::Leaf(rule) => named(&rule.wire, rule.id),
                Construct::Prefer(rule) => named(&rule.wire, rule.id),
                Construct::Each(rule) => named(&rule.wire, rule.id),
                Construct::Group(group) => search(plan, &group.rules, wire),
                Construct::When(when) => search(plan, &when.rules, wire),
                // Inside a pick the path starts at the item.
                Construct::Pick(_) | Construct::Rows(_) | Construct::Implied(_) => None,
            })
        }
        search(&self.plan, &self.plan.rules, wire).filter(|path| !path.is_empty())
    }

    /// Reads a document. `stored` are the records that it may be about: the one of the same key is brought up to date and
    /// keeps what the document cannot carry; all others are new.
    pub fn put(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let mut put = match &document.root.value {
            _ if self.plan.xml.is_some() => self.put_element(document, stored, context),
            WireValue::Workbook(_) => self.put_sheets(document, stored, context),
            _ => self.put_trees(document, stored, context),
        };
        if put.batch.is_null() {
            put.batch = Value::Object(Map::new());
        }
        put
    }

    /// The one record of an XML document.
    fn put_element(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let mut put = Put::default();
        match self.element(document) {
            Some(tree) => put.records.push(self.put_one(&tree, stored, context, 1, "", true, false)),
            None => {
                let wanted = self.plan.xml.as_ref().map_or("", |xml| &*xml.root);
                let found = document.root.as_object().and_then(|members| members.keys().next());
                let pointer = found.map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")));
                let place = element_place(&document.root, pointer.as_deref().unwrap_or_default());
                put.findings.push(
                    Finding::new("mapping/other-root", place)
                        .with("found", found.map_or("-", |key| &**key))
                        .with("expected", wanted),
                );
            }
        }
        put
    }

    /// The content of the root element, where it is the one that the format has.
    fn element<'d>(&self, document: &'d Document) -> Option<Tree<'d>> {
        let xml = self.plan.xml.as_ref()?;
        Some(Tree::of_element(&document.root, &xml.root, document.root.get(&xml.root)?))
    }

    fn put_trees(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let plan = &*self.plan;
        let flat = plan.layout.flat.is_some();
        let tables = plan.syntax != Syntax::Workbook;
        let mut put = Put::default();
        let one = |put: &mut Put, node: &Node, line: u32, base: String| {
            let tree = Tree::of(node, line, base, flat);
            let row = put.records.len() + 1;
            put.records.push(self.put_one(&tree, stored, context, row, "", tables, false));
        };
        let (list, rest) = match &plan.records {
            Some(path) if tables => {
                let pointer: String = path.segments.iter().flat_map(|s| ["/", s]).collect();
                (document.root.pointer(&pointer).and_then(Node::as_list).map(|list| (list, pointer)), true)
            }
            _ => (document.root.as_list().map(|list| (list, String::new())), false),
        };
        match list {
            Some((items, pointer)) => {
                for (index, item) in items.iter().enumerate() {
                    let base = if item.line > 0 { String::new() } else { format!("{pointer}/{index}") };
                    one(&mut put, item, item.line, base);
                }
            }
            None => one(&mut put, &document.root, document.root.line, String::new()),
        }
        if rest && let Some(path) = &plan.records {
            self.put_rest(&mut put, document, path, context);
        }
        put
    }

    /// What stands beside the list of records in a JSON document.
    fn put_rest(&self, put: &mut Put, document: &Document, records: &WirePath, context: &Context<'_>) {
        let mut tree = Tree::of(&document.root, 0, String::new(), false);
        if let Some(list) = tree.find(0, records) {
            tree.entries[list as usize].body = Body::Missing;
        }
        self.put_batch(put, &tree, context, "");
    }

    pub(super) fn put_batch(&self, put: &mut Put, tree: &Tree<'_>, context: &Context<'_>, sheet: &str) {
        let mut putter = Putter::new(&self.plan, tree, context);
        putter.sheet = sheet;
        let old = bare_batch(context.batch, &self.plan.format);
        putter.batch = old;
        let holder = putter.run(&self.plan.batch, &NOTHING, &[]);
        let mut batch = std::mem::take(&mut putter.batch);
        if !batch.is_object() {
            batch = Value::Object(Map::new());
        }
        if let (Some(object), Some(residue)) = (batch.as_object_mut(), holder.get("residue")) {
            object.insert("residue".into(), residue.clone());
        }
        let (account, _) = self.account(tree, &putter);
        put.account.leaves.extend(account.leaves);
        put.findings.append(&mut putter.findings);
        put.batch = batch;
    }

    #[expect(clippy::too_many_arguments, reason = "one walk, two layouts")]
    pub(super) fn put_one(
        &self,
        tree: &Tree<'_>,
        stored: &[&Value],
        context: &Context<'_>,
        row: usize,
        sheet: &str,
        tables: bool,
        alone: bool,
    ) -> PutRecord {
        let plan = &*self.plan;
        let run = |old: &Value| {
            let mut putter = Putter::new(plan, tree, context);
            putter.row = row;
            putter.sheet = sheet;
            putter.tables = tables;
            let record = putter.run(&plan.rules, old, &plan.constants);
            let (account, origins) = self.account(tree, &putter);
            PutRecord {
                record,
                issue: std::mem::take(&mut putter.issue),
                findings: std::mem::take(&mut putter.findings),
                account,
                origins,
                place: tree.place(0),
                source: tree.wire(0).to_json(),
            }
        };
        let fresh = run(&NOTHING);
        let same = |old: &&&Value| {
            let key = |record: &Value, name: &str| record.get("key").and_then(|key| key.get(name)).cloned();
            ["issuer", "number", "uri"].iter().all(|name| key(old, name) == key(&fresh.record, name))
        };
        match stored.iter().find(same).or(if alone { stored.first() } else { None }) {
            Some(old) => run(old),
            None => fresh,
        }
    }

    /// Brings one stored record up to date with a document of one record, whatever the key says.
    pub fn put_into(&self, document: &Document, stored: &Value, context: &Context<'_>) -> PutRecord {
        let flat = self.plan.layout.flat.is_some();
        let tree = self.element(document).unwrap_or_else(|| Tree::of(&document.root, 0, String::new(), flat));
        self.put_one(&tree, &[stored], context, 1, "", true, true)
    }

    fn account(&self, tree: &Tree<'_>, putter: &Putter<'_, '_>) -> (Account, Origins) {
        let plan = &*self.plan;
        let mut account = Account::default();
        let mut origins =
            Origins { places: Vec::with_capacity(putter.traces.len()), absent: Vec::new(), whole: Some(tree.place(0)) };
        for (rule, scope, place) in &putter.absent {
            if let (Some(path), Some(scope)) = (plan.paths.get(usize::from(*rule)), putter.scopes.get(*scope))
                && !path.is_empty()
                && !path.starts_with('$')
            {
                let path = if scope.is_empty() { path.clone() } else { format!("{scope}.{path}") };
                origins.absent.push((path.replace('{', ".").replace('}', ""), place.clone()));
            }
        }
        let mut order: Vec<(Id, usize)> = putter.traces.iter().enumerate().map(|(at, t)| (t.leaf, at)).collect();
        order.sort_unstable();
        for (leaf, at) in order {
            let trace = &putter.traces[at];
            let rule = usize::from(trace.rule);
            let place = tree.place(leaf);
            let mut targets = Vec::new();
            if matches!(trace.class, Class::Carried | Class::Narrowed)
                && let (Some(path), Some(scope)) = (plan.paths.get(rule), putter.scopes.get(trace.scope))
            {
                let target = match (scope.is_empty() || path.starts_with('$'), path.as_str()) {
                    (true, _) => path.clone(),
                    (false, ".") => scope.clone(),
                    (false, path) => format!("{scope}.{path}"),
                };
                origins.places.push((target.clone(), place.clone()));
                targets.push(target);
            } else if let (Some(path), Some(scope)) = (plan.paths.get(rule), putter.scopes.get(trace.scope))
                && !path.is_empty()
            {
                // A leaf that could not be read is still the place of the value that is missing.
                let target = if scope.is_empty() { path.clone() } else { format!("{scope}.{path}") };
                origins.places.push((target, place.clone()));
            }
            account.leaves.push(AccountLine {
                source: place,
                class: trace.class,
                rule: plan.names.get(rule).cloned(),
                targets,
            });
        }
        (account, origins)
    }

    /// Writes records as one document.
    pub fn get(&self, records: &[&Value], context: &Context<'_>) -> Get {
        let plan = &*self.plan;
        let syntax = context.syntax.unwrap_or(plan.syntax);
        let flat = plan.layout.flat.is_some() && matches!(syntax, Syntax::Csv | Syntax::JsonLines);
        let sheet = plan.records.as_ref().map_or("", |records| &*records.text);
        let mut written = Vec::with_capacity(records.len());
        let mut trees = Vec::with_capacity(records.len());
        for record in records {
            if let Some(applies) = &plan.applies {
                let env = Environment {
                    record,
                    item: record,
                    issue: context.issue,
                    batch: context.batch,
                    context,
                    row: 0,
                    sheet,
                };
                if !env.holds(&applies.test) {
                    let finding = Finding::new("mapping/not-applicable", Place::Field("kind".into()))
                        .with("format", &plan.format)
                        .with("condition", &applies.words);
                    let mut getter = Getter::new(plan, record, context, 0, flat);
                    getter.findings.push(finding);
                    let (account, findings) = getter.account();
                    written.push(GetRecord { account, findings, written: false });
                    continue;
                }
            }
            let mut getter = Getter::new(plan, record, context, trees.len() + 1, flat).on_sheet(sheet);
            trees.push(getter.run(&plan.rules));
            let (account, findings) = getter.account();
            written.push(GetRecord { account, findings, written: true });
        }
        let root = match syntax {
            Syntax::Workbook => workbook::workbook(plan, trees, context),
            Syntax::Csv => workbook::csv(plan, &trees),
            Syntax::JsonLines => Node::list(trees.iter().map(Wire::to_node).collect()),
            _ => self.json(trees, context),
        };
        Get { document: Document { syntax, root }, records: written }
    }

    fn json(&self, mut trees: Vec<Wire>, context: &Context<'_>) -> Node {
        match &self.plan.records {
            Some(path) if self.plan.syntax == Syntax::Json => {
                let mut getter = Getter::new(&self.plan, context.batch, context, 0, false);
                let mut out = getter.run(&self.plan.batch);
                out.set(path, false, Wire::List(trees));
                out.to_node()
            }
            _ if trees.len() == 1 => match &self.plan.xml {
                Some(xml) => {
                    let sequence: Vec<&[Box<str>]> = xml.sequence.iter().map(|path| &*path.segments).collect();
                    let mut root = Wire::object();
                    *root.member(&xml.root) = trees.remove(0).into_xml(&sequence);
                    root.to_node()
                }
                None => trees.remove(0).to_node(),
            },
            _ => Wire::List(trees).to_node(),
        }
    }
}

fn bare_batch(batch: &Value, format: &str) -> Value {
    super::merge::bare(batch, format)
}
