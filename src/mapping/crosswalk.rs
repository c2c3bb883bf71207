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
use super::sheets::{self, Joined, Table};
use super::steps::{Surroundings, digest};
use super::wire::{Body, Id, Key, Tree, Wire};
use super::workbook;
use crate::document::{Document, Node, Row, Syntax, Value as WireValue};
use crate::finding::{Finding, Place};

/// A crosswalk between the record and one format.
#[derive(Clone, Debug)]
pub struct Crosswalk {
    plan: Arc<Plan>,
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
        self.plan.records.is_some() || self.plan.syntax != Syntax::Json
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
            WireValue::Workbook(_) => self.put_sheets(document, stored, context),
            _ => self.put_trees(document, stored, context),
        };
        if put.batch.is_null() {
            put.batch = Value::Object(Map::new());
        }
        put
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

    fn put_batch(&self, put: &mut Put, tree: &Tree<'_>, context: &Context<'_>, sheet: &str) {
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
    fn put_one(
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
        let tree = Tree::of(&document.root, 0, String::new(), flat);
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

    fn put_sheets(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let plan = &*self.plan;
        let mut put = Put::default();
        let around = Surroundings { issue: context.issue, batch: context.batch, record: None };
        let all = document.sheets();
        let one_table = document.syntax == Syntax::Csv || plan.layout.sheets.is_empty();
        let main_layout =
            plan.layout.sheets.iter().position(|sheet| plan.records.as_ref().is_none_or(|r| r.text == sheet.key));
        let main_sheet = match main_layout.and_then(|at| plan.layout.sheets.get(at)) {
            Some(layout) => all
                .iter()
                .find(|sheet| sheet.name.trim() == layout.name)
                .or_else(|| if one_table || all.len() == 1 { all.first() } else { None })
                .map(|sheet| (sheet, Some(layout))),
            None => all.first().map(|sheet| (sheet, None)),
        };
        let Some((sheet, layout)) = main_sheet else {
            let name = main_layout.and_then(|at| plan.layout.sheets.get(at)).map_or("", |layout| layout.name.as_str());
            put.findings.push(Finding::new("mapping/missing-sheet", Place::Whole).with("sheet", name));
            return put;
        };
        let marker = layout.map(|layout| layout.titles.as_str());
        let key = layout.map_or("", |layout| &*layout.key);
        let Some(main) = sheets::table(sheet, key, marker, &mut put.findings) else {
            put.findings.push(
                Finding::new("mapping/missing-titles", Place::cell(sheet.name.clone(), 1, 0, None))
                    .with("field", marker.unwrap_or_default()),
            );
            return put;
        };
        let known: Vec<Box<str>> = match layout {
            Some(layout) => layout.columns.clone(),
            None => self.fields().into_iter().map(Into::into).collect(),
        };
        sheets::unknown_columns(&main, &known, &mut put.findings);

        let mut joined: Vec<Joined<'_>> = Vec::new();
        let mut used = vec![&*sheet.name];
        for (at, layout) in plan.layout.sheets.iter().enumerate() {
            if Some(at) == main_layout || one_table {
                continue;
            }
            let Some(sheet) = all.iter().find(|sheet| sheet.name.trim() == layout.name) else { continue };
            used.push(&sheet.name);
            match sheets::table(sheet, &layout.key, Some(&layout.titles), &mut put.findings) {
                Some(table) => {
                    sheets::unknown_columns(&table, &layout.columns, &mut put.findings);
                    joined.push(sheets::index(plan, at, table, around));
                }
                None if sheet.rows.is_empty() => {}
                None => put.findings.push(
                    Finding::new("mapping/missing-titles", Place::cell(sheet.name.clone(), 1, 0, None))
                        .with("field", &layout.titles),
                ),
            }
        }
        for sheet in all.iter().filter(|sheet| !used.contains(&&*sheet.name) && !sheet.rows.is_empty()) {
            put.findings.push(
                Finding::new("mapping/unknown-sheet", Place::cell(sheet.name.clone(), 1, 0, None))
                    .with("sheet", &sheet.name),
            );
        }

        // The block above the titles of the sheet of records; on the other sheets it is repeated.
        let tables: Vec<&Table<'_>> = std::iter::once(&main).chain(joined.iter().map(|join| &join.table)).collect();
        let block = workbook::block_tree(&main, plan.layout.block_lines);
        self.put_batch(&mut put, &block, context, key);
        workbook::remember_layout(plan, &tables, &mut put);

        let mut broken: Vec<(u32, Vec<Option<Value>>)> = Vec::new();
        let mut taken: std::collections::HashSet<String> = std::collections::HashSet::new();
        let join: &[_] = joined
            .first()
            .and_then(|join| plan.layout.sheets.get(join.layout))
            .map(|layout| layout.join.as_slice())
            .unwrap_or_default();
        for (order, row) in main.rows.iter().enumerate() {
            let mut tree = Tree::new(0, String::new(), plan.layout.flat.is_some());
            sheets::add_row(&mut tree, 0, Key::None, &main, row);
            if !join.is_empty() {
                let parts = sheets::key_of(plan, &main, row, join, true, around);
                let key: Option<Vec<Value>> = parts.iter().cloned().collect();
                match key {
                    Some(key) => {
                        let key = Value::Array(key).to_string();
                        for join in &joined {
                            if let Some((_, rows)) = join.rows.get(&key) {
                                attach(&mut tree, join, rows);
                            }
                        }
                        taken.insert(key);
                    }
                    None => broken.push((row.number, parts)),
                }
            }
            let tables = !one_table && plan.syntax == Syntax::Workbook;
            put.records.push(self.put_one(&tree, stored, context, order + 1, key, tables, false));
        }
        for join in &joined {
            self.orphans(&mut put, join, &taken, &broken, around);
        }
        put
    }

    /// Rows that join no record: never dropped in silence.
    fn orphans(
        &self,
        put: &mut Put,
        join: &Joined<'_>,
        taken: &std::collections::HashSet<String>,
        broken: &[(u32, Vec<Option<Value>>)],
        around: Surroundings<'_>,
    ) {
        let plan = &*self.plan;
        let Some(layout) = plan.layout.sheets.get(join.layout) else { return };
        let mut rows: Vec<&Row> = join
            .rows
            .iter()
            .filter(|(key, _)| !taken.contains(*key))
            .flat_map(|(_, (_, rows))| rows.iter().copied())
            .chain(join.unreadable.iter().copied())
            .collect();
        rows.sort_by_key(|row| row.number);
        for row in rows {
            let mut tree = Tree::new(0, String::new(), false);
            sheets::add_row(&mut tree, 0, Key::None, &join.table, row);
            let title = layout.join.last().map_or("", |(title, _)| title);
            let place = tree.place_of_missing(0, &WirePath::parse(title, None));
            let value = tree.find(0, &WirePath::parse(title, None)).map(|id| tree.wire(id).show()).unwrap_or_default();
            // A row of a record whose own key cannot be read is refused with it.
            let parts = sheets::key_of(plan, &join.table, row, &layout.join, false, around);
            let of = broken
                .iter()
                .find(|(_, known)| known.iter().zip(&parts).all(|(known, part)| known.is_none() || known == part));
            put.findings.push(match of {
                Some((number, _)) => {
                    Finding::new("mapping/row-of-unreadable", place).with("value", value).with("row", number)
                }
                None => Finding::new("mapping/orphan-row", place).with("value", value),
            });
            if let (Some(path), Some(_)) = (&layout.orphans, put.batch.as_object()) {
                let mut list = path.find(&put.batch).and_then(Value::as_array).cloned().unwrap_or_default();
                let mut entry = Map::new();
                entry.insert("sheet".into(), Value::String(layout.name.clone()));
                entry.insert("row".into(), Value::from(row.number));
                entry.insert("cells".into(), tree.wire(0).to_json());
                list.push(Value::Object(entry));
                path.write(&mut put.batch, Value::Array(list));
            }
            tree.leaves(0, &mut |leaf| {
                put.account.leaves.push(AccountLine {
                    source: tree.place(leaf),
                    class: Class::KeptAside,
                    rule: None,
                    targets: Vec::new(),
                });
            });
        }
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
            Syntax::Csv => workbook::csv(plan, trees),
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
            _ if trees.len() == 1 => trees.remove(0).to_node(),
            _ => Wire::List(trees).to_node(),
        }
    }
}

fn attach<'d>(tree: &mut Tree<'d>, join: &'d Joined<'d>, rows: &[&'d Row]) {
    let list = tree.add(0, Key::Name(&join.table.key), Body::Missing);
    let ids = rows
        .iter()
        .enumerate()
        .map(|(place, row)| sheets::add_row(tree, list, Key::Index(place), &join.table, row))
        .collect();
    tree.entries[list as usize].body = Body::List(ids);
    if let Body::Row { joined, .. } = &mut tree.entries[0].body {
        joined.push((join.table.key.clone(), list));
    }
}

fn bare_batch(batch: &Value, format: &str) -> Value {
    super::put::bare(batch, format)
}
