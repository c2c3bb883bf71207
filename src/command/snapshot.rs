//! `certbridge snapshot`: everything that a partner's subscription covers, as files, and such files taken in.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::configuration::Configuration;
use super::{FINDINGS, Failure, terminal};
use crate::exchange::{Entry, SnapshotError};
use crate::gateway::Gateway;

/// Export what a partner's subscription covers, or import what a partner exported
///
/// A snapshot is a folder: parts of compressed NDJSON, and a signed manifest that names them. It is as of a cursor of the
/// change feed; what has changed since is asked for from there. An export or import that was stopped goes on where it was.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a snapshot for a partner into a folder
    ///
    /// Exit code 0: written; 2: no such partner; 3: it cannot be written.
    Export {
        #[command(flatten)]
        configuration: Configuration,
        /// For whom
        #[arg(long, value_name = "ID")]
        partner: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Folder to write it into; made if it is not there
        folder: PathBuf,
    },
    /// Take in a snapshot that a partner exported for us
    ///
    /// Each row is judged as a message of that partner would be. Exit code 0: every row is held now; 1: some were refused; 2:
    /// no such partner; 3: it is not what the partner signed, or the store fails.
    Import {
        #[command(flatten)]
        configuration: Configuration,
        /// From whom
        #[arg(long, value_name = "ID")]
        partner: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Folder of the snapshot
        folder: PathBuf,
    },
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Export { configuration, partner, json, folder } => {
            export(&configuration.open()?, partner, folder, *json)
        }
        Command::Import { configuration, partner, json, folder } => {
            import(&configuration.open()?, partner, folder, *json)
        }
    }
}

fn entry(gateway: &Gateway, id: &str) -> Result<std::sync::Arc<Entry>, Failure> {
    let book = gateway.exchange.book();
    book.entry(id).cloned().ok_or_else(|| Failure::Usage(format!("there is no partner {id} in the book")))
}

fn failed(error: &SnapshotError) -> Failure {
    match error {
        SnapshotError::NoSubscription(_) => Failure::Usage(error.to_string()),
        _ => Failure::environment(error),
    }
}

fn export(gateway: &Gateway, id: &str, folder: &std::path::Path, as_json: bool) -> Result<ExitCode, Failure> {
    let entry = entry(gateway, id)?;
    let bar = terminal::progress(0, "events");
    let exported = gateway.exchange.export_snapshot(&entry.partner, folder, &mut |seen, all| {
        bar.set_length(all);
        bar.set_position(seen);
    });
    bar.finish_and_clear();
    let exported = exported.map_err(|error| failed(&error))?;
    let manifest = &exported.manifest;
    let rows: u64 = manifest.parts.iter().map(|part| part.rows).sum();
    if as_json {
        terminal::json(&json!({
            "cursor": manifest.cursor, "rows": rows, "parts": manifest.parts.len(), "kept": exported.kept,
        }));
    } else {
        terminal::line(format!(
            "{}: {rows} rows for {id} in {} parts, as of cursor {}",
            folder.display(),
            manifest.parts.len(),
            manifest.cursor
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn import(gateway: &Gateway, id: &str, folder: &std::path::Path, as_json: bool) -> Result<ExitCode, Failure> {
    let entry = entry(gateway, id)?;
    let bar = terminal::progress(0, "rows");
    let imported = gateway.exchange.import_snapshot(&entry, folder, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let imported = imported.map_err(|error| failed(&error))?;
    if as_json {
        let refused: Vec<Value> = imported
            .refused
            .iter()
            .map(
                |row| json!({"subject": row.subject, "face": row.face, "findings": row.findings, "reason": row.reason}),
            )
            .collect();
        terminal::json(&json!({
            "cursor": imported.cursor, "taken": imported.taken, "held": imported.held, "without": imported.without,
            "refused": refused,
        }));
    } else {
        for row in &imported.refused {
            let said: Vec<String> = row.findings.iter().map(|finding| finding.message().en).collect();
            let said = row.reason.clone().unwrap_or_else(|| said.join("; "));
            terminal::line(format!("{} {}: {said}", row.subject, row.face));
        }
        terminal::line(format!(
            "{} taken, {} held already, {} without a document, {} refused; changes since: from cursor {}",
            imported.taken,
            imported.held,
            imported.without,
            imported.refused.len(),
            imported.cursor
        ));
    }
    Ok(if imported.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}
