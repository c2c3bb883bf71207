//! `put` for documents with sheets: which sheet holds the records, which rows belong to which of them, and what becomes of
//! rows that belong to none.

use serde_json::{Map, Value};

use super::account::{AccountLine, Class};
use super::context::Context;
use super::crosswalk::{Crosswalk, Put};
use super::path::WirePath;
use super::sheets::{self, DataRows, Joined, Table};
use super::steps::Surroundings;
use super::wire::{Body, Key, Tree};
use super::workbook;
use crate::document::{Document, Name, Row, Syntax};
use crate::finding::{Finding, Place};

impl Crosswalk {
    pub(super) fn put_sheets(&self, document: &Document, stored: &[&Value], context: &Context<'_>) -> Put {
        let plan = &*self.plan;
        let mut put = Put::default();
        let around = Surroundings { issue: context.issue, batch: context.batch, record: None, shown: None };
        let all = document.sheets();
        let one_table = document.syntax == Syntax::Csv || plan.layout.sheets.is_empty();
        let names: Vec<&str> = all.iter().map(|sheet| &*sheet.name).collect();
        let main_layout = self.main_layout();
        let main_sheet = self
            .sheet_of_records(&names, document.syntax)
            .and_then(|at| all.get(at))
            .map(|sheet| (sheet, main_layout.and_then(|at| plan.layout.sheets.get(at))));
        // Of a piece of a long sheet, what stands in the pieces before it counts; sheets that are joined are not whole in it.
        let before = DataRows { last: context.piece.map_or(0, |piece| piece.last_row) };
        let before_joined = context.piece.is_none().then(DataRows::default);
        let Some((sheet, layout)) = main_sheet else {
            let name = main_layout.and_then(|at| plan.layout.sheets.get(at)).map_or("", |layout| layout.name.as_str());
            put.findings.push(Finding::new("mapping/missing-sheet", Place::Whole).with("sheet", name));
            return put;
        };
        let marker = layout.map(|layout| layout.titles.as_str());
        let key = layout.map_or("", |layout| &*layout.key);
        let Some(main) = sheets::table(sheet, key, marker, Some(before), &mut put.findings) else {
            put.findings.push(
                Finding::new("mapping/missing-titles", Place::cell(sheet.name.clone(), 1, 0, None))
                    .with("field", marker.unwrap_or_default()),
            );
            return put;
        };
        let mut known: Vec<Name> = match layout {
            Some(layout) => layout.columns.clone(),
            None => self.fields().into_iter().map(Into::into).collect(),
        };
        // What is kept aside without a note has none at its title either.
        known.extend(plan.keep.iter().filter_map(|path| path.segments.first().cloned()));
        sheets::unknown_columns(&main, &known, &mut put.findings);

        let mut joined: Vec<Joined<'_>> = Vec::new();
        let mut used = vec![&*sheet.name];
        for (at, layout) in plan.layout.sheets.iter().enumerate() {
            if Some(at) == main_layout || one_table {
                continue;
            }
            let Some(sheet) = all.iter().find(|sheet| sheet.name.trim() == layout.name) else { continue };
            used.push(&sheet.name);
            match sheets::table(sheet, &layout.key, Some(&layout.titles), before_joined, &mut put.findings) {
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
                let parts = sheets::key_of(plan, &main.header, row, join, true, around);
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
            put.records.push(self.put_one(
                &tree,
                stored,
                context,
                order + 1 + context.records_before(),
                key,
                tables,
                false,
            ));
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
            let parts = sheets::key_of(plan, &join.table.header, row, &layout.join, false, around);
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
