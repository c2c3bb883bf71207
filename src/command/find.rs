//! `certbridge find`: the certificates of a holder.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::configuration::Configuration;
use super::{FINDINGS, Failure, subject, terminal};
use crate::registry::HolderSearch;

/// Find the certificates of a holder, by name or identifier
///
/// Exit code 0: at least one was found; 1: none.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Holder: a part of its name in any language, an identifier, or SCHEME:ID (uscc:91350100M000100Y43)
    #[arg(long, value_name = "TEXT")]
    holder: String,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print one JSON array: issuer, number, kind, holder, dates, status, owner, version
    #[arg(long)]
    json: bool,
}

/// Searches and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let gateway = arguments.configuration.open()?;
    let registry = gateway.registry();
    let text = arguments.holder.trim();
    let (scheme, value) = match subject::issuer(text) {
        Ok(id) => (Some(id.scheme), id.value),
        Err(_) => (None, text.to_owned()),
    };
    let searches = [HolderSearch::Identifier { scheme, value }, HolderSearch::NameContains(text.to_owned())];
    let mut page = None;
    for search in &searches {
        let found = registry
            .search_holder(search, None, arguments.limit.max(1))
            .map_err(|error| Failure::environment(&error))?;
        let any = !found.items.is_empty();
        page = Some(found);
        if any {
            break;
        }
    }
    let (items, more) = page.map(|page| (page.items, page.next.is_some())).unwrap_or_default();
    if arguments.json {
        let shown: Vec<_> = items
            .iter()
            .map(|subject| {
                json!({
                    "subject": subject.key.to_string(),
                    "issuer": subject.key.issuer.to_string(),
                    "number": subject::name_of(&subject.key),
                    "kind": subject.columns.kind,
                    "holder": subject.columns.holder.as_ref().map(|(scheme, value)| format!("{scheme}:{value}")),
                    "issued": subject.columns.issued,
                    "validUntil": subject.columns.valid_until,
                    "status": subject.columns.status,
                    "owner": subject.owner,
                    "version": subject.version,
                    "changedAt": subject.changed_at,
                })
            })
            .collect();
        terminal::json(&shown);
    } else if items.is_empty() {
        terminal::aside(format!("查无 {text} 的证书 / no certificate of {text} is held"));
    } else {
        let mut table = terminal::table(&["issuer", "number", "kind", "issued", "valid until", "status", "owner"]);
        for subject in &items {
            table.add_row([
                subject.key.issuer.to_string(),
                subject::name_of(&subject.key).to_owned(),
                subject.columns.kind.clone(),
                subject.columns.issued.clone(),
                subject.columns.valid_until.clone().unwrap_or_default(),
                subject.columns.status.clone(),
                subject.owner.clone(),
            ]);
        }
        terminal::line(table.to_string());
        if more {
            terminal::aside(format!("there are more than {}; --limit shows more", arguments.limit));
        }
    }
    Ok(if items.is_empty() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}
