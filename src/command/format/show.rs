//! `certbridge format show`: the table of correspondences of one format.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{Overlay, about, direction};
use crate::command::{Failure, terminal};
use crate::format::Format;
use crate::mapping::Correspondence;

/// Show what a format carries: record path and wire place, line by line, and what it has no place for
///
/// A list has [] behind it. "required" says where a value must be there; "narrows" that something may be lost on the way
/// out. What stands under "not carried" a receiver of this format never sees.
///
/// Exit code 0: shown; 2: no such format.
#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    overlay: Overlay,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// The format, written name@version (untp-dcc@0.7.0)
    #[arg(value_name = "ID")]
    id: String,
}

/// Prints the table.
pub(super) fn run(show: &Show) -> Result<ExitCode, Failure> {
    let catalogue = show.overlay.catalogue()?;
    let format = catalogue.format(&show.id).map_err(|error| Failure::Usage(error.to_string()))?;
    let crosswalk = format.crosswalk();
    if show.json {
        let mut whole = about(format);
        whole["applies"] = json!(crosswalk.applies());
        whole["constants"] = json!(crosswalk.constants().into_iter().collect::<std::collections::BTreeMap<_, _>>());
        whole["correspondences"] = json!(crosswalk.correspondences());
        whole["notCarried"] = json!(crosswalk.not_carried());
        terminal::json(&whole);
    } else {
        print(format);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(format: &Format) {
    let crosswalk = format.crosswalk();
    terminal::line(format!(
        "{}: {}; read as {}; schema {}",
        format.id(),
        direction(format),
        format.syntax_names().join(", "),
        format.schema().unwrap_or("none")
    ));
    if let Some(applies) = crosswalk.applies() {
        terminal::line(format!("only for records with {applies}"));
    }
    for (path, value) in crosswalk.constants() {
        terminal::line(format!("every record read has {path} = {value}"));
    }
    let mut table = terminal::table(&["record", "wire", "how", "required", "narrows"]);
    for line in crosswalk.correspondences() {
        table.add_row([
            if line.record.is_empty() { "—".to_owned() } else { line.record.clone() },
            line.wire.clone(),
            how(&line),
            match (line.required_in_record, line.required_on_wire) {
                (true, true) => "both",
                (true, false) => "record",
                (false, true) => "wire",
                (false, false) => "",
            }
            .to_owned(),
            if line.narrows { "yes" } else { "" }.to_owned(),
        ]);
    }
    terminal::line(table.to_string());
    let not_carried = crosswalk.not_carried();
    if !not_carried.is_empty() {
        let named = not_carried.iter().map(String::as_str).filter(|path| *path != "*");
        let rest = not_carried.iter().any(|path| path == "*").then_some("whatever no line above names");
        terminal::line(format!("not carried: {}", named.chain(rest).collect::<Vec<_>>().join(", ")));
    }
}

fn how(line: &Correspondence) -> String {
    let mut words: Vec<String> = line.when.iter().map(|when| format!("where {when}")).collect();
    words.extend(line.steps.iter().cloned());
    words.join("; ")
}
