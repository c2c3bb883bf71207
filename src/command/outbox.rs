//! `certbridge outbox`: messages to partners, where they stand, and what to do about dead letters.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::configuration::Configuration;
use super::{FINDINGS, Failure, terminal};
use crate::exchange::Frozen;
use crate::gateway::Gateway;
use crate::store::{Change, OutboxEntry, OutboxFilter, OutboxState, OutboxStep, OutboxUpdate, PartnerId, Write};

/// List, show, retry and drop messages to partners
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List messages, oldest first, and count them by partner and state
    List {
        #[command(flatten)]
        configuration: Configuration,
        /// To this partner only
        #[arg(long, value_name = "ID")]
        partner: Option<String>,
        /// In this state only
        #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(OutboxState::ALL.iter().map(|state| state.word())))]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print one JSON object: messages, and counts of all
        #[arg(long)]
        json: bool,
    },
    /// Show one message: what it is about, its attempts, its receipt
    Show {
        #[command(flatten)]
        configuration: Configuration,
        /// Message id
        id: String,
        /// Print the body as it goes out, and nothing else
        #[arg(long)]
        body: bool,
        /// Print one JSON object
        #[arg(long, conflicts_with = "body")]
        json: bool,
    },
    /// Try dead letters again: the same id and bytes, due at once
    Retry {
        #[command(flatten)]
        configuration: Configuration,
        /// Message ids; with --partner every dead letter to that partner
        #[arg(value_name = "ID", required_unless_present = "partner")]
        ids: Vec<String>,
        /// Every dead letter to this partner
        #[arg(long, value_name = "ID", conflicts_with = "ids")]
        partner: Option<String>,
    },
    /// Give messages up: they will not be sent
    Drop {
        #[command(flatten)]
        configuration: Configuration,
        /// Message ids
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::List { configuration, partner, state, limit, json } => {
            let filter = OutboxFilter {
                partner: partner.as_deref().map(PartnerId::from),
                state: state.as_deref().map(str::parse).transpose().map_err(|error| Failure::environment(&error))?,
                limit: (*limit).max(1),
                ..OutboxFilter::default()
            };
            list(&configuration.open()?, &filter, *json)
        }
        Command::Show { configuration, id, body, json } => show(&configuration.open()?, id, *body, *json),
        Command::Retry { configuration, ids, partner } => {
            let gateway = configuration.open()?;
            let ids = match partner {
                Some(partner) => dead_letters(&gateway, partner)?,
                None => ids.clone(),
            };
            step(&gateway, &ids, &OutboxStep::Retry, &[OutboxState::Dead])
        }
        Command::Drop { configuration, ids } => {
            let droppable = [OutboxState::Due, OutboxState::Dead];
            step(&configuration.open()?, ids, &OutboxStep::Drop, &droppable)
        }
    }
}

fn list(gateway: &Gateway, filter: &OutboxFilter, as_json: bool) -> Result<ExitCode, Failure> {
    let store = gateway.store();
    let entries = store.outbox(filter).map_err(|error| Failure::environment(&error))?;
    let counts = store.outbox_counts().map_err(|error| Failure::environment(&error))?;
    if as_json {
        let messages: Vec<Value> = entries.iter().map(shown).collect();
        terminal::json(&json!({"messages": messages, "counts": counts}));
        return Ok(ExitCode::SUCCESS);
    }
    if entries.is_empty() {
        terminal::line("没有消息 / no messages");
    } else {
        let mut table =
            terminal::table(&["id", "partner", "message", "subject", "version", "state", "attempts", "why"]);
        for entry in &entries {
            table.add_row([
                entry.id.clone(),
                entry.partner.to_string(),
                entry.message_type.clone(),
                entry.subject.clone(),
                entry.version.to_string(),
                entry.state.to_string(),
                entry.attempts.to_string(),
                entry.last_error.clone().unwrap_or_default(),
            ]);
        }
        terminal::line(table.to_string());
    }
    for count in counts {
        terminal::line(format!("{} {}: {}", count.partner, count.state, count.count));
    }
    Ok(ExitCode::SUCCESS)
}

/// A message without its bytes.
fn shown(entry: &OutboxEntry) -> Value {
    json!({
        "id": entry.id,
        "partner": entry.partner,
        "subject": entry.subject,
        "face": entry.face,
        "version": entry.version,
        "messageType": entry.message_type,
        "state": entry.state,
        "attempts": entry.attempts,
        "nextAttemptAt": entry.next_attempt_at,
        "lastError": entry.last_error,
        "createdAt": entry.created_at,
        "updatedAt": entry.updated_at,
        "receipted": entry.receipt.is_some(),
    })
}

fn entry(gateway: &Gateway, id: &str) -> Result<Option<OutboxEntry>, Failure> {
    gateway.store().outbox_entry(id).map_err(|error| Failure::environment(&error))
}

fn show(gateway: &Gateway, id: &str, body: bool, as_json: bool) -> Result<ExitCode, Failure> {
    let Some(entry) = entry(gateway, id)? else {
        terminal::aside(format!("no message {id}"));
        return Ok(ExitCode::from(FINDINGS));
    };
    let frozen =
        entry.frozen.as_deref().map(Frozen::from_bytes).transpose().map_err(|error| Failure::environment(&error))?;
    if body {
        let Some(frozen) = frozen else {
            terminal::aside("the message has not been rendered yet: its bytes are fixed before its first attempt");
            return Ok(ExitCode::from(FINDINGS));
        };
        terminal::bytes(&frozen.body);
        return Ok(ExitCode::SUCCESS);
    }
    let receipt = entry.receipt.as_deref().map(|bytes| {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
    });
    let mut all = shown(&entry);
    if let Some(members) = all.as_object_mut() {
        members.insert("bodyBytes".into(), json!(frozen.as_ref().map(|frozen| frozen.body.len())));
        members.insert("format".into(), json!(frozen.as_ref().map(|frozen| &frozen.envelope.format)));
        members.insert("receipt".into(), json!(receipt));
    }
    if as_json {
        terminal::json(&all);
    } else if let Some(members) = all.as_object() {
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            match value {
                Value::String(text) => terminal::line(format!("{name:<14} {text}")),
                Value::Object(_) => terminal::line(format!("{name}\n{value:#}")),
                other => terminal::line(format!("{name:<14} {other}")),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn dead_letters(gateway: &Gateway, partner: &str) -> Result<Vec<String>, Failure> {
    let filter = OutboxFilter {
        partner: Some(partner.into()),
        state: Some(OutboxState::Dead),
        limit: u32::MAX,
        ..OutboxFilter::default()
    };
    let entries = gateway.store().outbox(&filter).map_err(|error| Failure::environment(&error))?;
    Ok(entries.into_iter().map(|entry| entry.id).collect())
}

/// Takes the step with each message that stands where it can be taken.
fn step(gateway: &Gateway, ids: &[String], step: &OutboxStep, from: &[OutboxState]) -> Result<ExitCode, Failure> {
    let mut all = true;
    if ids.is_empty() {
        terminal::aside("no such messages");
    }
    for id in ids {
        let done = match entry(gateway, id)? {
            None => Err("no such message".to_owned()),
            Some(entry) if !from.contains(&entry.state) => Err(format!("it is {}", entry.state)),
            Some(entry) => {
                let update = OutboxUpdate {
                    id: entry.id,
                    expected: entry.revision,
                    at: gateway.exchange.now(),
                    step: step.clone(),
                };
                let change = Change::new(vec![Write::Outbox(update)]).urgently();
                gateway.store().commit(change).map(drop).map_err(|error| error.to_string())
            }
        };
        match done {
            Ok(()) => terminal::line(format!("{id}: done")),
            Err(reason) => {
                all = false;
                terminal::line(format!("{id}: left as it is: {reason}"));
            }
        }
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}
