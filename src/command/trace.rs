//! `certbridge trace`: the rule, the process and the results of one certificate in one answer
//! (规则可查、过程可追、结果可溯).

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::configuration::Configuration;
use super::subject::Certificate;
use super::tree::Tree;
use super::{FINDINGS, Failure, instant, terminal};
use crate::clock::{Day, Timestamp};
use crate::record::{Person, ProcessEvent, StatusEntry};
use crate::registry::{Held, StatusAnswer, Trace};
use crate::store::Direction;

/// Show all that is known of a certificate: its rule, its process, its results (规则可查、过程可追、结果可溯)
///
/// The answer is for this house: it holds what never leaves it, such as the persons responsible. With --on, or
/// --known-at, it also says what the status was on that day as far as it was known at that instant.
///
/// Exit code 0: found; 1: no record of it is held; 2: several bodies have this number.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    #[command(flatten)]
    certificate: Certificate,
    /// The status on this day (yyyy-mm-dd), in the zone of the issuer
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// As far as it was known at this instant (2026-11-20T08:00:00Z, or a day in China)
    #[arg(long, value_name = "TIME", value_parser = instant::parse)]
    known_at: Option<Timestamp>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Traces and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let gateway = arguments.configuration.open()?;
    let registry = gateway.registry();
    let failed = |error: crate::registry::RegistryError| Failure::environment(&error);
    let held = arguments.certificate.held(registry)?;
    let trace = match &held {
        Some(held) => registry.trace(&held.subject).map_err(failed)?,
        None => None,
    };
    let (Some(held), Some(trace)) = (held, trace) else {
        terminal::aside(arguments.certificate.not_held());
        return Ok(ExitCode::from(FINDINGS));
    };
    let asked = if arguments.on.is_some() || arguments.known_at.is_some() {
        let day = arguments.on.unwrap_or_else(|| arguments.known_at.unwrap_or(trace.traced_at).day(held.record.zone()));
        Some(registry.status_on(&held.subject, day, arguments.known_at).map_err(failed)?)
    } else {
        None
    };
    if arguments.json {
        let mut all = match serde_json::to_value(&trace) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        if let Some(asked) = &asked {
            all.insert("statusAsked".into(), json!(asked));
        }
        terminal::json(&all);
    } else {
        let asked = asked.map(|answer| describe_asked(answer.as_ref()));
        terminal::out(&describe(&held, &trace, asked));
    }
    Ok(ExitCode::SUCCESS)
}

/// The status on the day asked about, as far as it was known.
fn describe_asked(asked: Option<&StatusAnswer>) -> String {
    let Some(asked) = asked else { return "at that instant no record of it was held".to_owned() };
    let act = asked.effective.map(|day| format!(", by an act of {day}")).unwrap_or_default();
    format!("on {} as known at {}: {}{act}", asked.day, asked.known_at, asked.validity.code())
}

fn describe(held: &Held, trace: &Trace, asked: Option<String>) -> String {
    let record = &held.record;
    let holder = record.holder.name.best(&["zh", "en"]).unwrap_or_default();
    let mut root = Tree::new(format!("{} · {holder} · {}", trace.subject, trace.result.validity.code()));
    root.leaf(format!("kind {}, owner {}, version {}", record.kind.code(), trace.owner, held.version));
    let until = record.dates.valid_until.map(|day| format!(", valid until {day}")).unwrap_or_default();
    root.leaf(format!("issued {}{until} ({})", record.dates.issued, record.zone()));
    if let Some(asked) = asked {
        root.leaf(asked);
    }
    root.branch(rule(trace));
    root.branch(process(trace));
    root.branch(result(trace));
    root.to_string()
}

fn rule(trace: &Trace) -> Tree {
    let rule = &trace.rule;
    let mut tree = Tree::new("规则 / rule");
    let scheme = [
        rule.scheme.item_code.clone(),
        rule.scheme.name.as_ref().and_then(|name| name.best(&["zh", "en"])).map(str::to_owned),
    ];
    let scheme: Vec<String> = scheme.into_iter().flatten().collect();
    if !scheme.is_empty() {
        tree.leaf(format!("scheme {}", scheme.join(" ")));
    }
    if let Some(rule) = &rule.rule {
        let name = rule.name.as_ref().and_then(|name| name.best(&["zh", "en"])).unwrap_or_default();
        tree.leaf(format!("certification rule {} {name}", rule.number.as_deref().unwrap_or_default()));
    }
    for standard in &rule.standards {
        let edition = standard.edition.as_ref().map(|edition| format!("-{edition}")).unwrap_or_default();
        tree.leaf(format!("standard {}{edition}", standard.designation));
    }
    let body = rule.issuer.name.as_ref().and_then(|name| name.best(&["zh", "en"])).unwrap_or_default();
    let mut issuer = Tree::new(format!("body {} {body}", trace.subject.issuer));
    for approval in &rule.issuer.approvals {
        let until = approval.until.map(|day| format!(", until {day}")).unwrap_or_default();
        issuer.leaf(format!("approval {} {}{until}", approval.scheme, approval.number));
    }
    for accreditation in &rule.issuer.accreditations {
        let number = accreditation.number.as_deref().unwrap_or_default();
        issuer.leaf(format!("accreditation {number}"));
    }
    tree.branch(issuer);
    tree
}

fn process(trace: &Trace) -> Tree {
    let mut tree = Tree::new("过程 / process");
    if trace.process.events.is_empty() {
        tree.leaf("no event is on record");
    }
    for event in &trace.process.events {
        tree.branch(process_event(event));
    }
    tree
}

fn process_event(event: &ProcessEvent) -> Tree {
    let mut words = vec![event.r#type.code().to_owned()];
    words.extend(event.stage.map(|stage| stage.code().to_owned()));
    words.extend(event.activity.map(|activity| activity.code().to_owned()));
    words.extend(event.from.map(|day| day.to_string()));
    words.extend(event.until.filter(|until| event.from != Some(*until)).map(|day| format!("to {day}")));
    words.extend(event.result.map(|result| result.code().to_owned()));
    words.extend(event.report_number.as_ref().map(|number| format!("report {number}")));
    let mut tree = Tree::new(words.join(" "));
    for person in &event.team {
        tree.leaf(responsible(person));
    }
    tree
}

fn responsible(person: &Person) -> String {
    let words = [person.name.clone(), person.registration.clone(), person.role.map(|role| role.code().to_owned())];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn result(trace: &Trace) -> Tree {
    let result = &trace.result;
    let mut tree = Tree::new(format!("结果 / result: {}", result.validity.code()));
    let mut status = Tree::new("status history");
    for entry in &result.status {
        status.leaf(act(entry));
    }
    tree.branch(status);
    let mut versions = Tree::new("versions");
    for version in &result.versions {
        let faces = [(version.certificate_moved, "certificate"), (version.status_moved, "status")];
        let faces: Vec<&str> = faces.into_iter().filter(|(moved, _)| *moved).map(|(_, face)| face).collect();
        // A version that no document made has the provenance of the one before it.
        let source = version.provenance.last().filter(|_| version.payload_digest.is_some());
        let format = source.map(|from| format!(", from {}", from.format)).unwrap_or_default();
        versions.leaf(format!("{} at {}: {}{format}", version.version, version.recorded_at, faces.join(" and ")));
    }
    tree.branch(versions);
    let mut ledger = Tree::new("ledger");
    for event in &result.ledger {
        ledger.leaf(format!("leaf {} at {}: {}", event.index, event.at, event.kind));
    }
    tree.branch(ledger);
    let mut messages = Tree::new("messages");
    for sent in &result.sent {
        let receipt = if sent.receipted { ", receipted" } else { "" };
        let error = sent.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        messages.leaf(format!(
            "to {} {} version {}: {}{receipt}{error}",
            sent.partner, sent.message_type, sent.version, sent.state
        ));
    }
    for received in &result.received {
        messages.leaf(format!("from {} at {}: {}", received.partner, received.at, received.id));
    }
    for notice in &result.notices {
        let way = if notice.direction == Direction::Sent { "to" } else { "from" };
        let done = notice.done_note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        messages
            .leaf(format!("{} {way} {} at {}: {}{done}", notice.message_type, notice.partner, notice.at, notice.id));
    }
    if result.sent.is_empty() && result.received.is_empty() {
        messages.leaf("none");
    }
    tree.branch(messages);
    tree
}

fn act(entry: &StatusEntry) -> String {
    let mut words = vec![match (entry.status, entry.claimed) {
        (Some(status), _) => status.code().to_owned(),
        (None, Some(claimed)) => format!("claimed {}", claimed.code()),
        (None, None) => String::new(),
    }];
    words
        .extend(entry.affected_scope.as_ref().map(|part| format!("({} {})", part.kind.code(), part.values.join(", "))));
    words.extend(entry.from.map(|day| format!("from {day}")));
    words.extend(entry.until.map(|day| format!("until {day}")));
    words.extend(entry.reason.class.map(|class| class.code().to_owned()));
    words.extend(entry.reason.text.as_ref().and_then(|text| text.best(&["zh", "en"])).map(str::to_owned));
    words.extend(entry.reported_on.map(|day| format!("reported {day}")));
    words.extend(entry.corrects.as_ref().map(|id| format!("corrects {id}")));
    words.push(format!("[{}]", entry.id));
    words.join(" ")
}
