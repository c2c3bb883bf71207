//! The crosswalk as the other rooms use it: load it once, `put` documents, `get` documents.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::account::{Account, AccountLine, Class};
use super::context::{Context, Mode};
use super::derive::Environment;
use super::get::Getter;
use super::library::Library;
use super::load::yaml::LoadError;
use super::origins::{Origin, Origins};
use super::path::{RecordPath, WirePath};
use super::plan::{Construct, Direction, Plan};
use super::put::{NOTHING, Putter};
use super::sequence;
use super::shown::Shown;
use super::steps::digest;
use super::view::{FLAT, Remembered};
use super::wire::{Body, Id, Tree, Wire};
use super::workbook;
use crate::document::{Document, Name, Node, Syntax, Value as WireValue, element_place};
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
    /// other sheets that join it. Kept where accounts are.
    pub source: Option<Value>,
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

    /// Holds the crosswalk against the schema that judges its documents and against that of the record: places that the
    /// schema does not know, fields that it requires and no rule writes, codes that no rule reads, fields of either side
    /// that neither a rule nor a statement (`not-carried`, `not-read`) covers. `file` is named in the errors.
    pub fn missing(&self, file: &str, schema: Option<&Value>, record: &Value) -> Vec<LoadError> {
        super::load::against(&self.plan, file, schema, record)
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

    /// The parts of it that have something to do, for tests that tell which did.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> Vec<super::parts::Part> {
        super::parts::Parts::of(&self.plan)
    }

    /// Has the format a place for this part of the record (`products`, `key`), whole or in parts? What a rule reads inside
    /// a list counts by the list.
    pub fn has_place_for(&self, path: &str) -> bool {
        fn any(rules: &[Construct], wanted: &RecordPath) -> bool {
            let meets = |path: &RecordPath| {
                let shorter = path.segments.len().min(wanted.segments.len());
                path.root == wanted.root && path.segments[..shorter] == wanted.segments[..shorter]
            };
            rules.iter().any(|rule| match rule {
                Construct::Leaf(rule) => meets(&rule.record),
                Construct::Prefer(rule) => rule.slots.iter().any(|slot| meets(&slot.record)),
                Construct::Each(each) => meets(&each.record),
                Construct::Rows(rows) => meets(&rows.record),
                Construct::Pick(pick) => meets(&pick.record),
                Construct::Group(group) => meets(&group.record) || any(&group.rules, wanted),
                Construct::When(when) => any(&when.rules, wanted),
                Construct::Implied(_) => false,
            })
        }
        RecordPath::parse(path).is_ok_and(|wanted| any(&self.plan.rules, &wanted))
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
        if let Some(tree) = self.element(document) {
            let mut record = self.put_one(&tree, stored, context, 1, "", true, false);
            record.findings.extend(self.plan.xml.iter().filter_map(|xml| sequence::broken(xml, &document.root)));
            put.records.push(record);
            return put;
        }
        let wanted = self.plan.xml.as_ref().map_or("", |xml| &*xml.root);
        let found = document.root.as_object().and_then(|members| members.keys().next());
        let pointer = found.map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")));
        let place = element_place(&document.root, pointer.as_deref().unwrap_or_default());
        put.findings.push(
            Finding::new("mapping/other-root", place)
                .with("found", found.map_or("-", |key| &**key))
                .with("expected", wanted),
        );
        put
    }

    /// The content of the root element, where it is the one that the format has.
    fn element<'d>(&self, document: &'d Document) -> Option<Tree<'d>> {
        let xml = self.plan.xml.as_ref()?;
        Some(Tree::of_element(&document.root, &xml.root, document.root.get(&xml.root)?))
    }

    fn put_trees(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let plan = &*self.plan;
        let tables = plan.syntax != Syntax::Workbook;
        let mut put = Put::default();
        let one = |put: &mut Put, node: &Node, line: u32, base: String| {
            let tree = self.tree(node, line, base, document.syntax);
            let row = context.records_before() + put.records.len() + 1;
            put.records.push(self.put_one(&tree, stored, context, row, "", tables, false));
        };
        match self.list(document) {
            Some((items, pointer)) => {
                for (index, item) in items.iter().enumerate() {
                    let base = if item.line > 0 { String::new() } else { format!("{pointer}/{index}") };
                    one(&mut put, item, item.line, base);
                }
            }
            None => one(&mut put, &document.root, document.root.line, String::new()),
        }
        if tables && let Some(path) = &plan.records {
            self.put_rest(&mut put, document, path, context);
        }
        put
    }

    /// The records of a document that is a list, or holds them in one, with the pointer to it.
    fn list<'d>(&self, document: &'d Document) -> Option<(&'d [Node], String)> {
        let pointer = match &self.plan.records {
            Some(path) if self.plan.syntax != Syntax::Workbook => path.segments.iter().flat_map(|s| ["/", s]).collect(),
            _ => String::new(),
        };
        document.root.pointer(&pointer).and_then(Node::as_list).map(|list| (list, pointer))
    }

    /// The part of each record in a document that is a tree, in the order in which [`Crosswalk::put`] gives the records.
    pub fn record_nodes<'d>(&self, document: &'d Document) -> Vec<&'d Node> {
        match (&self.plan.xml, self.list(document)) {
            (Some(xml), _) => document.root.get(&xml.root).into_iter().collect(),
            (None, Some((items, _))) => items.iter().collect(),
            (None, None) => vec![&document.root],
        }
    }

    /// One record's part of a document. It writes nested places under one name throughout, or not at all; where it does
    /// not as its syntax has it, that is remembered.
    fn tree<'d>(&self, node: &'d Node, line: u32, base: String, syntax: Syntax) -> Tree<'d> {
        let layout = &self.plan.layout;
        let usual = layout.flat.is_some() && flat_by_nature(syntax);
        let has = |names: &std::collections::HashSet<Name>| match &node.value {
            WireValue::Object(members) => members.keys().any(|key| names.contains(&**key)),
            _ => false,
        };
        let flat = has(&layout.flat_names) || (usual && !has(&layout.nested_names));
        let mut tree = Tree::of(node, line, base, flat);
        tree.unusual = (flat != usual).then_some(flat);
        tree
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
        let (account, _) = self.account(tree, &mut putter);
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
            let (account, origins) = self.account(tree, &mut putter);
            PutRecord {
                record,
                issue: std::mem::take(&mut putter.issue),
                findings: std::mem::take(&mut putter.findings),
                account,
                origins,
                place: tree.place(0),
                source: context.account.then(|| tree.json(0)),
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
        let tree =
            self.element(document).unwrap_or_else(|| self.tree(&document.root, 0, String::new(), document.syntax));
        self.put_one(&tree, &[stored], context, 1, "", true, true)
    }

    /// Where the values of a record came from, and, if it is wanted, what became of every leaf.
    fn account(&self, tree: &Tree<'_>, putter: &mut Putter<'_, '_>) -> (Account, Origins) {
        let plan = &*self.plan;
        let mut order: Vec<(Id, usize)> = putter.traces.iter().enumerate().map(|(at, t)| (t.leaf, at)).collect();
        order.sort_unstable();
        let read = order.iter().filter_map(|(leaf, at)| putter.traces.get(*at).map(|trace| (*leaf, trace)));
        let read = read.map(|(leaf, trace)| Origin {
            rule: trace.rule,
            scope: trace.scope,
            carried: matches!(trace.class, Class::Carried | Class::Narrowed),
            place: tree.place(leaf),
        });
        let origins = Origins {
            plan: Some(self.plan.clone()),
            read: read.collect(),
            absent: std::mem::take(&mut putter.absent),
            whole: Some(tree.place(0)),
            scopes: std::mem::take(&mut putter.scopes),
            ..Origins::default()
        };
        let mut account = Account::default();
        if putter.context.account {
            for (origin, (_, at)) in origins.read.iter().zip(&order) {
                let Some(trace) = putter.traces.get(*at) else { continue };
                let target = origin.carried.then(|| origins.target(origin.rule, origin.scope, true)).flatten();
                account.leaves.push(AccountLine {
                    source: origin.place.clone(),
                    class: trace.class,
                    rule: plan.names.get(usize::from(trace.rule)).cloned(),
                    targets: target.into_iter().collect(),
                });
            }
        }
        (account, origins)
    }

    /// Writes records as one document.
    pub fn get(&self, records: &[&Value], context: &Context<'_>) -> Get {
        let plan = &*self.plan;
        let syntax = context.syntax.unwrap_or(plan.syntax);
        let usual = plan.layout.flat.is_some() && flat_by_nature(syntax);
        let sheet = plan.records.as_ref().map_or("", |records| &*records.text);
        let mut written = Vec::with_capacity(records.len());
        let mut trees = Vec::with_capacity(records.len());
        let shown = Shown::default();
        for record in records {
            // A table cannot nest; elsewhere a document comes back as it was spelt.
            let spelt = || Remembered::of(record, &plan.format).form(FLAT)?.0?.as_bool();
            let flat = match context.mode {
                Mode::Exact if syntax != Syntax::Csv => spelt().unwrap_or(usual),
                _ => usual,
            };
            // What came in can always be written again; only what partners receive must apply.
            if let Some(applies) = plan.applies.as_ref().filter(|_| context.mode == Mode::Plain) {
                let env = Environment {
                    record,
                    item: record,
                    issue: context.issue,
                    batch: context.batch,
                    context,
                    row: 0,
                    sheet,
                    shown: None,
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
            let row = context.records_before() + trees.len() + 1;
            let mut getter = Getter::new(plan, record, context, row, flat).on_sheet(sheet).noting(&shown);
            let mut tree = getter.run(&plan.rules);
            // Where nothing is left that was written under one name, what was kept aside must not be taken for more.
            let shows_it = |tree: &Wire| match tree {
                Wire::Object(members) => members.keys().any(|key| plan.layout.flat_names.contains(key)),
                _ => false,
            };
            if flat && context.mode == Mode::Exact && syntax != Syntax::Csv && !shows_it(&tree) {
                getter = Getter::new(plan, record, context, row, false).on_sheet(sheet).noting(&shown);
                tree = getter.run(&plan.rules);
            }
            trees.push(tree);
            let (account, findings) = getter.account();
            written.push(GetRecord { account, findings, written: true });
        }
        let root = match syntax {
            Syntax::Workbook => workbook::workbook(plan, trees, context),
            Syntax::Csv => workbook::csv(plan, &trees),
            Syntax::JsonLines => Node::list(trees.into_iter().map(Wire::into_node).collect()),
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
                out.into_node()
            }
            _ if trees.len() == 1 => match &self.plan.xml {
                Some(xml) => {
                    let sequence: Vec<&[Name]> = xml.sequence.iter().map(|path| &*path.segments).collect();
                    let mut root = Wire::object();
                    *root.member(&xml.root) = trees.remove(0).into_xml(&sequence);
                    root.into_node()
                }
                None => trees.remove(0).into_node(),
            },
            _ => Wire::List(trees).into_node(),
        }
    }
}

/// Is one object a row, so that nested places stand under one name?
fn flat_by_nature(syntax: Syntax) -> bool {
    matches!(syntax, Syntax::Csv | Syntax::JsonLines)
}

fn bare_batch(batch: &Value, format: &str) -> Value {
    super::merge::bare(batch, format)
}
