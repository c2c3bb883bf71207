//! Showing notices.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::{FINDINGS, Failure, terminal};
use super::found;
use crate::gateway::Gateway;
use crate::store::{Notice, NoticeFilter, NoticeLine};

pub(super) fn list(gateway: &Gateway, filter: &NoticeFilter, as_json: bool) -> Result<ExitCode, Failure> {
    let notices = gateway.store().notices(filter).map_err(|error| Failure::environment(&error))?;
    let lines: Vec<NoticeLine> = notices.iter().map(NoticeLine::from).collect();
    if as_json {
        terminal::json(&json!({"notices": lines}));
        return Ok(ExitCode::SUCCESS);
    }
    if lines.is_empty() {
        terminal::line("没有通知 / no notices");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = terminal::table(&["id", "way", "partner", "notice", "about", "at", "stands"]);
    for line in lines {
        let stands = match (&line.done_note, line.answered_by.first()) {
            (Some(note), _) => note.clone(),
            (None, Some(answer)) => format!("answered by {answer}"),
            (None, None) => String::new(),
        };
        table.add_row([
            line.id,
            line.direction.to_string(),
            line.partner.to_string(),
            line.message_type,
            line.subject.or(line.answers).unwrap_or_default(),
            line.at.to_string(),
            stands,
        ]);
    }
    terminal::line(table.to_string());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(gateway: &Gateway, id: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let found = found(gateway, id, None)?;
    let mut all = Vec::new();
    for held in &found {
        all.push(shown(gateway, held)?);
    }
    if all.is_empty() {
        return Ok(ExitCode::from(FINDINGS));
    }
    if as_json {
        let one = if all.len() == 1 { all.remove(0) } else { Value::Array(all) };
        terminal::json(&one);
        return Ok(ExitCode::SUCCESS);
    }
    for one in all.iter().filter_map(Value::as_object) {
        for (name, value) in one.iter().filter(|(_, value)| !value.is_null()) {
            match value {
                Value::String(text) => terminal::line(format!("{name:<14} {text}")),
                other => terminal::line(format!("{name}\n{other:#}")),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A notice with its document, and where its message stands.
fn shown(gateway: &Gateway, held: &Notice) -> Result<Value, Failure> {
    let mut line = json!(NoticeLine::from(held));
    let document = serde_json::from_slice(&held.notice.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&held.notice.body).into_owned()));
    let message = gateway.store().outbox_entry(&held.notice.id).map_err(|error| Failure::environment(&error))?;
    let message = message.filter(|message| message.partner == held.notice.partner);
    if let Some(members) = line.as_object_mut() {
        if let Some(message) = message {
            members.insert("message_state".into(), message.state.word().into());
            members.extend(message.last_error.map(|error| ("last_error".to_owned(), error.into())));
        }
        members.insert("document".into(), document);
    }
    Ok(line)
}
