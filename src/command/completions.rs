//! `certbridge completions`: completion scripts for shells.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{CommandLine, terminal};

/// Print a completion script for a shell
///
/// For bash: `certbridge completions bash > /etc/bash_completion.d/certbridge`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "certbridge", &mut script);
    terminal::bytes(&script);
    ExitCode::SUCCESS
}
