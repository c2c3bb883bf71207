//! `certbridge format`: which formats there are, what each carries where, and whether crosswalks of one's own are right.

mod check;
mod show;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Failure, terminal};
use crate::format::{Catalogue, Format};
use crate::gateway::formats;

/// List the formats, show what one carries and where, check crosswalks of one's own
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(show::Show),
    Check(check::Check),
    Schema(Schema),
}

/// Print the JSON Schema of crosswalk files, for editors that complete and check while one writes
///
/// Keep it in a file and name it in the first line of a crosswalk: # yaml-language-server: $schema=crosswalk.json
#[derive(Debug, Args)]
struct Schema {}

/// List every format: its direction, the syntaxes that it is read in, and its schema
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    overlay: Overlay,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// `--formats`: formats of one's own beside the bundled ones.
#[derive(Clone, Debug, Args)]
pub(super) struct Overlay {
    /// Folder of crosswalks and schemas of one's own, laid over those that the program brings (acme/1.yaml for acme@1)
    #[arg(long, value_name = "DIR")]
    formats: Option<PathBuf>,
}

impl Overlay {
    /// The formats to work with: all that the folder holds, or a failure that names every error of it.
    pub(super) fn catalogue(&self) -> Result<Catalogue, Failure> {
        overlaid(self.formats.as_deref())
    }

    /// The same; where no folder is named, that of a configuration.
    pub(super) fn catalogue_or(&self, configured: Option<&Path>) -> Result<Catalogue, Failure> {
        overlaid(self.formats.as_deref().or(configured))
    }
}

fn overlaid(folder: Option<&Path>) -> Result<Catalogue, Failure> {
    formats(folder).map_err(|error| Failure::environment(&error))
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::List(list) => run_list(list),
        Command::Show(show) => show::run(show),
        Command::Check(check) => check::run(check),
        Command::Schema(_) => {
            terminal::json(&crate::mapping::crosswalk_schema());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn run_list(list: &List) -> Result<ExitCode, Failure> {
    let catalogue = list.overlay.catalogue()?;
    if list.json {
        let all: Vec<Value> = catalogue.formats().map(about).collect();
        terminal::json(&all);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = terminal::table(&["format", "direction", "read as", "one document carries", "schema"]);
    for format in catalogue.formats() {
        table.add_row([
            format.id().to_owned(),
            direction(format).to_owned(),
            format.syntax_names().join(", "),
            if format.carries_many() { "many records" } else { "one record" }.to_owned(),
            format.schema().unwrap_or("none").to_owned(),
        ]);
    }
    terminal::line(table.to_string());
    Ok(ExitCode::SUCCESS)
}

fn direction(format: &Format) -> &'static str {
    match (format.comes_in(), format.goes_out()) {
        (true, true) => "in, out",
        (true, false) => "in",
        _ => "out",
    }
}

/// A format as JSON, without its table.
fn about(format: &Format) -> Value {
    json!({
        "format": format.id(),
        "in": format.comes_in(),
        "out": format.goes_out(),
        "syntaxes": format.syntax_names(),
        "many": format.carries_many(),
        "schema": format.schema(),
        "crosswalk": format.crosswalk().digest(),
    })
}
