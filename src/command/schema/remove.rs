//! `certbridge schema remove`: an installed schema taken away, so that ours judges again.

use std::process::ExitCode;

use clap::Args;

use super::{Home, install};
use crate::command::{Failure, terminal};
use crate::schema::{Installed, MANIFEST, Schemas};

/// Remove an installed schema; where the program brings one for the format, that judges again
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The format that it judges: wco-document@3.6
    #[arg(value_name = "FORMAT")]
    format: String,
    #[command(flatten)]
    home: Home,
}

/// Removes the folder of the schema, and nothing else.
pub(super) fn run(remove: &Remove) -> Result<ExitCode, Failure> {
    let folder = Installed::folder(&remove.format).map(|folder| remove.home.formats.join(folder));
    let folder = folder.filter(|folder| folder.join(MANIFEST).exists()).ok_or_else(|| {
        Failure::Usage(format!("no schema is installed for {} in {}", remove.format, remove.home.formats.display()))
    })?;
    install::remove(&folder)?;
    let next = match Schemas::bundled().schema(&remove.format) {
        Some(_) => "the schema that the program brings judges again",
        None => "no schema judges the format now",
    };
    terminal::line(format!("{}: removed; {next}", remove.format));
    Ok(ExitCode::SUCCESS)
}
