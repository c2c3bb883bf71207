//! `certbridge bulk list` and `show`: what was ordered, and how far it is.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::{FINDINGS, Failure, terminal};
use crate::gateway::Gateway;
use crate::record::StatusValue;
use crate::registry::{BulkDocument, RegistryError};
use crate::store::{BulkPage, BulkRow};

/// Members that are read at once.
const MEMBERS: u32 = 1000;

/// How far an event is.
fn state(row: &BulkRow) -> &'static str {
    match (row.effective_at, row.settled_at) {
        (None, _) => "staged",
        (Some(_), None) => "in effect, being settled",
        (Some(_), Some(_)) => "settled",
    }
}

fn read(row: &BulkRow) -> Result<BulkDocument, Failure> {
    BulkDocument::read(row).map_err(|error: RegistryError| Failure::environment(&error))
}

fn shown(row: &BulkRow, document: &BulkDocument) -> Value {
    json!({
        "event": row.id, "state": state(row), "act": document.act, "condition": document.condition,
        "basis": document.basis, "partner": document.partner, "members": row.members, "settled": row.settled,
        "begunAt": row.begun_at, "effectiveAt": row.effective_at, "settledAt": row.settled_at,
        "digestOfMembers": document.result.as_ref().map(|result| result.digest),
    })
}

/// Lists every event.
pub(super) fn all(gateway: &Gateway, as_json: bool) -> Result<ExitCode, Failure> {
    let rows = gateway.store().bulk_events(false).map_err(|error| Failure::environment(&error))?;
    let mut documents = Vec::new();
    for row in &rows {
        documents.push(read(row)?);
    }
    if as_json {
        let all: Vec<Value> = rows.iter().zip(&documents).map(|(row, document)| shown(row, document)).collect();
        terminal::json(&all);
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        terminal::line("没有批量决定 / no bulk events");
        return Ok(ExitCode::SUCCESS);
    }
    for (row, document) in rows.iter().zip(&documents) {
        let about = match (&document.condition, &document.partner) {
            (Some(condition), _) => condition.to_string(),
            (None, Some(partner)) => format!("named by {partner}"),
            (None, None) => String::new(),
        };
        let act = document.act.status.map_or("", StatusValue::code);
        let from = document.act.from.map(|day| day.to_string()).unwrap_or_default();
        let since = row.effective_at.map(|at| format!(" since {at}")).unwrap_or_default();
        terminal::line(&row.id);
        terminal::line(format!("  {act} from {from}: {about}"));
        terminal::line(format!("  {} certificates, {}{since}", row.members, state(row)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows one event.
pub(super) fn one(gateway: &Gateway, event: &str, members: bool, as_json: bool) -> Result<ExitCode, Failure> {
    let failed = |error: crate::store::StoreError| Failure::environment(&error);
    let Some(row) = gateway.store().bulk_event(event).map_err(failed)? else {
        terminal::aside(format!("查无此批量决定 / no event {event}"));
        return Ok(ExitCode::from(FINDINGS));
    };
    let mut all = shown(&row, &read(&row)?);
    let leaves = gateway.store().events_of(event).map_err(failed)?;
    let leaf = leaves.iter().find(|leaf| leaf.event.kind == crate::ledger::EventKind::BulkEvent);
    all["leafIndex"] = json!(leaf.map(|leaf| leaf.index));
    all["leafHash"] = json!(leaf.map(|leaf| leaf.leaf_hash));
    if members {
        let mut names = Vec::new();
        let mut page = BulkPage { limit: MEMBERS, ..BulkPage::default() };
        loop {
            let read = gateway.store().bulk_members(event, &page).map_err(failed)?;
            let Some(last) = read.last() else { break };
            page.after = last.place;
            names.extend(read.iter().map(|member| json!({"subject": member.subject, "version": member.version})));
        }
        all["certificates"] = Value::Array(names);
    }
    if as_json {
        terminal::json(&all);
    } else if let Some(object) = all.as_object() {
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match value {
                Value::String(text) => terminal::line(format!("{name:<16} {text}")),
                Value::Array(certificates) => {
                    for one in certificates {
                        terminal::line(format!(
                            "  {} version {}",
                            one["subject"].as_str().unwrap_or_default(),
                            one["version"]
                        ));
                    }
                }
                other => terminal::line(format!("{name:<16} {other}")),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
