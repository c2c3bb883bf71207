//! `certbridge schema`: which schema judges which format, and the owner's own in place of ours.

mod check;
mod gather;
mod install;
mod remove;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::format::Overlay;
use super::{Failure, terminal};
use crate::schema::{Origin, Schema};

/// List schemas, show one, install the owner's own in place of ours, and check them
///
/// The program brings schemas that were written for it. The schema of a format's owner is installed from a file: it is kept in
/// a folder of its own within that of your formats, pinned by its digest, and judges in place of ours.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Install(install::Install),
    Remove(remove::Remove),
    Check(check::Check),
}

/// List every schema: its format, what it is written in, whose it is, and its digest
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    overlay: Overlay,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// Print the text of a schema; of one of many files, their names and digests
#[derive(Debug, Args)]
struct Show {
    /// The format that it judges: untp-dcc@0.7.0
    #[arg(value_name = "FORMAT")]
    id: String,
    /// The file to print, of a schema of many
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    #[command(flatten)]
    overlay: Overlay,
}

/// The folder that schemas are installed in.
#[derive(Debug, Args)]
struct Home {
    /// Folder of your own formats, which `formats` of certbridge.toml names; schemas stand in `schemas` within it
    #[arg(long, value_name = "DIR")]
    formats: PathBuf,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::List(list) => run_list(list),
        Command::Show(show) => run_show(show),
        Command::Install(install) => install::run(install),
        Command::Remove(remove) => remove::run(remove),
        Command::Check(check) => check::run(check),
    }
}

fn origin(schema: &Schema) -> &'static str {
    match schema.origin() {
        Origin::Bundled => "bundled",
        Origin::Installed => "installed",
    }
}

fn run_list(list: &List) -> Result<ExitCode, Failure> {
    let catalogue = list.overlay.catalogue()?;
    let schemas = catalogue.schemas();
    if list.json {
        let all: Vec<Value> = schemas.iter().map(about).collect();
        terminal::json(&all);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = terminal::table(&["format", "language", "origin", "SHA-256"]);
    for schema in schemas.iter() {
        table.add_row([schema.format(), schema.language().name(), origin(schema), schema.digest()]);
    }
    terminal::line(table.to_string());
    Ok(ExitCode::SUCCESS)
}

fn about(schema: &Schema) -> Value {
    json!({
        "format": schema.format(),
        "language": schema.language(),
        "origin": origin(schema),
        "digest": schema.digest(),
        "files": schema.files().map(|(name, _)| name).collect::<Vec<_>>(),
        "root": schema.root(),
    })
}

fn run_show(show: &Show) -> Result<ExitCode, Failure> {
    let catalogue = show.overlay.catalogue()?;
    let schema = catalogue.schemas().schema(&show.id).ok_or_else(|| unknown(&show.id))?;
    if let Some(wanted) = &show.file {
        let found = schema.files().find(|(name, _)| name == wanted);
        let (_, text) = found.ok_or_else(|| Failure::Usage(format!("the schema has no file {wanted}")))?;
        terminal::line(text);
    } else if schema.files().next().is_some() {
        let root = schema.root().map(|root| format!("; documents begin with {root}")).unwrap_or_default();
        terminal::line(format!(
            "{}: {}, {}, {}{root}",
            show.id,
            schema.language().name(),
            origin(schema),
            schema.digest()
        ));
        schema.files().for_each(|(name, _)| terminal::line(name));
    } else {
        terminal::line(schema.text());
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(format: &str) -> Failure {
    Failure::Usage(format!("there is no schema for the format {format}; `certbridge schema list` names them all"))
}
