//! Documents with sheets, written: the block above, the titles, the rows. And what of a layout is remembered, so that the
//! same workbook comes back.

use serde_json::{Map, Value, json};

use super::account::{AccountLine, Class};
use super::context::{Context, Mode};
use super::crosswalk::Put;
use super::get::Getter;
use super::path::WirePath;
use super::plan::Plan;
use super::sheets::Table;
use super::wire::{Body, Id, Key, Tree, Wire, leaf_wire};
use crate::document::{Name, Node, Sheet, Value as WireValue, Workbook};
use crate::finding::{Finding, Place};

const NUMBERS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

/// The title cells above a table: `block.1`, `block.2` …
pub(crate) fn block_tree<'d>(table: &'d Table<'d>, lines: u32) -> Tree<'d> {
    let mut tree = Tree::new(0, String::new(), false);
    tree.add(0, Key::None, Body::Missing);
    let block = tree.add(0, Key::Name("block"), Body::Missing);
    let mut parts: Vec<(Name, Id)> = Vec::new();
    for row in table.beside.iter().filter(|row| row.number <= lines) {
        let Some(cell) = row.cells.first() else { continue };
        let id = tree.add(block, Key::Above(&table.header.sheet, row.number, cell.column), Body::Leaf(&cell.node));
        parts.push((row.number.to_string().into(), id));
    }
    tree.entries[block as usize].body = Body::Parts(parts);
    tree.entries[0].body = Body::Parts(vec![("block".into(), block)]);
    tree
}

/// Titles, groups and codes are the crosswalk's own words: implied. How they stood is kept with the batch.
pub(crate) fn remember_layout(plan: &Plan, tables: &[&Table<'_>], put: &mut Put) {
    let mut kept = Vec::new();
    let main = tables.first();
    for (order, table) in tables.iter().enumerate() {
        let mut line = |row: u32, column: u32, class: Class| {
            put.account.leaves.push(AccountLine {
                source: Place::cell(table.header.sheet.clone(), row, column, None),
                class,
                rule: None,
                targets: Vec::new(),
            });
        };
        for (_, column) in &table.header.columns {
            line(table.titles, *column, Class::Implied);
        }
        let mut cells = Vec::new();
        let above = table.beside.iter().find(|row| row.number <= plan.layout.block_lines);
        let block_column = above.and_then(|row| row.cells.first()).map(|cell| cell.column);
        for row in &table.beside {
            for (place, cell) in row.cells.iter().enumerate() {
                let in_block = row.number <= plan.layout.block_lines && place == 0;
                if in_block && order == 0 {
                    continue;
                }
                let expected = main.and_then(|main| main.sheet.cell(row.number, cell.column));
                let title_line = row.number == 1;
                let agrees = !in_block || title_line || expected.is_some_and(|one| one.value == cell.node.value);
                line(row.number, cell.column, if agrees { Class::Implied } else { Class::KeptAside });
                if !agrees {
                    let place = Place::cell(table.header.sheet.clone(), row.number, cell.column, None);
                    put.findings.push(
                        Finding::new("mapping/contradicts", place)
                            .with("value", leaf_wire(&cell.node).show())
                            .with("expected", expected.map(|one| leaf_wire(one).show()).unwrap_or_default()),
                    );
                }
                if !(in_block && agrees) {
                    cells.push(json!([row.number, cell.column, leaf_wire(&cell.node).encode()]));
                }
            }
        }
        let columns: Vec<Value> = table.header.columns.iter().map(|(title, column)| json!([title, column])).collect();
        let leaf = json!({
            "titles": table.titles,
            "first": table.rows.first().map(|row| row.number),
            "block": block_column,
            "columns": columns,
            "cells": cells,
        });
        kept.push(json!({"place": format!("{}/layout", table.key), "leaf": leaf}));
    }
    if plan.layout.sheets.is_empty() {
        return;
    }
    let Some(batch) = put.batch.as_object_mut() else { return };
    let residue = batch.entry("residue").or_insert_with(|| Value::Object(Map::new()));
    let Some(part) = residue.as_object_mut() else { return };
    let part = part.entry(plan.format.clone()).or_insert_with(|| Value::Object(Map::new()));
    if let Some(list) = part.as_object_mut() {
        let all = list.entry("kept").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(all) = all.as_array_mut() {
            all.extend(kept);
        }
    }
}

struct Remembered<'b> {
    titles: u32,
    first: u32,
    block: Option<u32>,
    columns: Vec<(String, u32)>,
    cells: Vec<(u32, u32, &'b Value)>,
}

fn remembered<'b>(plan: &Plan, batch: &'b Value, key: &str) -> Option<Remembered<'b>> {
    let kept = batch.get("residue")?.get(&plan.format)?.get("kept")?.as_array()?;
    let place = format!("{key}/layout");
    let leaf = kept.iter().find(|entry| entry.get("place").and_then(Value::as_str) == Some(&place))?.get("leaf")?;
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let titles = number(leaf.get("titles"))?;
    let mut columns = Vec::new();
    for column in leaf.get("columns")?.as_array()? {
        columns.push((column.get(0)?.as_str()?.to_owned(), number(column.get(1))?));
    }
    let mut cells = Vec::new();
    for cell in leaf.get("cells")?.as_array()? {
        cells.push((number(cell.get(0))?, number(cell.get(1))?, cell.get(2)?));
    }
    Some(Remembered {
        titles,
        first: number(leaf.get("first")).unwrap_or(titles + 1),
        block: number(leaf.get("block")),
        columns,
        cells,
    })
}

/// The workbook of a batch of records.
pub(crate) fn workbook(plan: &Plan, trees: Vec<Wire>, context: &Context<'_>) -> Node {
    let main = plan.records.as_ref().map_or("", |records| &*records.text);
    let mut rows_of: Vec<(Name, Vec<Wire>)> =
        plan.layout.sheets.iter().map(|sheet| (sheet.key.clone(), Vec::new())).collect();
    for mut tree in trees {
        if let Wire::Object(members) = &mut tree {
            for (key, rows) in &mut rows_of {
                if **key != *main
                    && let Some(Wire::List(items)) = members.shift_remove(&**key)
                {
                    rows.extend(items);
                }
            }
        }
        if let Some((_, rows)) = rows_of.iter_mut().find(|(key, _)| **key == *main) {
            rows.push(tree);
        }
    }
    let mut sheets = Vec::new();
    for (layout, (_, rows)) in plan.layout.sheets.iter().zip(rows_of) {
        let mut sheet = Sheet::new(&layout.name);
        let memory = (context.mode == Mode::Exact).then(|| remembered(plan, context.batch, &layout.key)).flatten();
        let mut getter = Getter::new(plan, context.batch, context, 0, false).on_sheet(&layout.key);
        let block = getter.run(&plan.batch);
        let column = memory.as_ref().and_then(|memory| memory.block).unwrap_or(plan.layout.block_from);
        for line in 1..=plan.layout.block_lines {
            let number = NUMBERS.get(line as usize - 1).copied().unwrap_or_default();
            if let Some(wire) = block.get(&WirePath::parse(&format!("block.{number}"), None), false) {
                sheet.put(line, column, wire.to_node());
            }
        }
        let default = if plan.layout.block_lines > 0 { plan.layout.block_lines + 2 } else { 1 };
        let (titles, first, columns) = if let Some(memory) = &memory {
            (memory.titles, memory.first, memory.columns.clone())
        } else {
            let columns = layout.columns.iter().zip(layout.from..).map(|(title, at)| (title.to_string(), at)).collect();
            (default, default + 1, columns)
        };
        for (row, column, leaf) in memory.iter().flat_map(|memory| &memory.cells) {
            sheet.put(*row, *column, Wire::decode(leaf).to_node());
        }
        fill(&mut sheet, titles, first, &columns, &rows);
        sheets.push(sheet);
    }
    Node::new(WireValue::Workbook(Workbook { sheets }))
}

fn fill(sheet: &mut Sheet, titles: u32, first: u32, columns: &[(String, u32)], rows: &[Wire]) {
    for (title, column) in columns {
        sheet.put(titles, *column, Node::text(title.clone()));
    }
    for (row, number) in rows.iter().zip(first..) {
        let Wire::Object(members) = row else { continue };
        for (title, column) in columns {
            if let Some(wire) = members.get(title.as_str()) {
                sheet.put(number, *column, wire.to_node());
            }
        }
    }
}

/// The records as one table without a name; nested places under their flat names.
pub(crate) fn csv(plan: &Plan, trees: &[Wire]) -> Node {
    let mut columns: Vec<(String, u32)> = Vec::new();
    let mut add = |title: &str| {
        if !columns.iter().any(|(known, _)| known == title) {
            let at = u32::try_from(columns.len()).unwrap_or(u32::MAX).saturating_add(1);
            columns.push((title.to_owned(), at));
        }
    };
    let main = plan.records.as_ref().and_then(|r| plan.layout.sheets.iter().find(|sheet| *sheet.key == *r.text));
    match main {
        Some(layout) => layout.columns.iter().for_each(|title| add(title)),
        None => plan.rules.iter().for_each(|rule| {
            rule.places(&mut |place| add(place.flat.as_deref().unwrap_or(&place.text)));
        }),
    }
    for tree in trees {
        if let Wire::Object(members) = tree {
            members
                .keys()
                .filter(|key| !plan.layout.sheets.iter().any(|sheet| *sheet.key == ***key))
                .for_each(|key| add(key));
        }
    }
    let mut sheet = Sheet::new("");
    fill(&mut sheet, 1, 2, &columns, trees);
    Node::new(WireValue::Workbook(Workbook { sheets: vec![sheet] }))
}
