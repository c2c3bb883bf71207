//! `certbridge bulk`: one act on every certificate that meets a condition.

mod apply;
mod list;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::configuration::Configuration;
use super::{FINDINGS, Failure, terminal};
use crate::registry::RegistryError;

/// Suspend, withdraw or cancel every certificate of ours that meets a condition, at one instant
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Apply(Box<apply::Arguments>),
    /// List events, oldest first: what was ordered, how far each is
    List {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Show one event: act, grounds, digest of its members, its leaf of the ledger
    Show {
        #[command(flatten)]
        configuration: Configuration,
        /// Id of the event
        event: String,
        /// Name every certificate, too
        #[arg(long)]
        members: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take back an event that was begun and never took effect
    Drop {
        #[command(flatten)]
        configuration: Configuration,
        /// Id of the event
        event: String,
    },
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Apply(arguments) => apply::run(arguments),
        Command::List { configuration, json } => list::all(&configuration.open()?, *json),
        Command::Show { configuration, event, members, json } => {
            list::one(&configuration.open()?, event, *members, *json)
        }
        Command::Drop { configuration, event } => drop_event(configuration, event),
    }
}

fn drop_event(configuration: &Configuration, event: &str) -> Result<ExitCode, Failure> {
    match configuration.open()?.registry().bulk_drop(event) {
        Ok(members) => {
            terminal::line(format!(
                "{event}: 已撤回，从未生效 / dropped; it never took effect ({members} were staged)"
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ RegistryError::BulkNotOpen(_)) => {
            terminal::aside(format!("certbridge: {error}"));
            Ok(ExitCode::from(FINDINGS))
        }
        Err(error) => Err(Failure::environment(&error)),
    }
}
