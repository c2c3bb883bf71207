//! The command line, one file a subcommand.
//!
//! A subcommand reads its arguments, calls one use case, and shows what came of it: as a table or a few lines on a
//! terminal, as JSON with `--json`. Exit codes: 0 ok, 1 findings with errors (or an answer that is not "confirmed"), 2
//! usage, 3 environment or partner. Not here: any rule of what is right.

pub mod sample;

mod annotated;
mod bulk;
mod completions;
mod configuration;
mod convert;
mod demo;
mod doctor;
mod failure;
mod files;
mod find;
mod findings;
mod format;
mod identify;
mod import;
mod init;
mod instant;
mod ledger;
mod notice;
mod outbox;
mod partner;
mod remap;
mod schema;
mod serve;
mod simulate;
mod snapshot;
mod source;
mod status;
mod subject;
mod terminal;
mod trace;
mod tree;
mod validate;
mod verify;

pub use failure::Failure;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for findings with errors.
pub const FINDINGS: u8 = 1;

/// A gateway between a national certification registry and those abroad who must rely on it.
#[derive(Debug, Parser)]
#[command(name = "certbridge", version, about, long_about = None, propagate_version = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Init(init::Arguments),
    Serve(serve::Arguments),
    Simulate(simulate::Arguments),
    Import(import::Arguments),
    Remap(remap::Arguments),
    Convert(convert::Arguments),
    Validate(validate::Arguments),
    Identify(identify::Arguments),
    Verify(verify::Arguments),
    Status(status::Arguments),
    Bulk(bulk::Arguments),
    Trace(trace::Arguments),
    Find(find::Arguments),
    Format(format::Arguments),
    Schema(schema::Arguments),
    Partner(partner::Arguments),
    Outbox(outbox::Arguments),
    Notice(notice::Arguments),
    Snapshot(snapshot::Arguments),
    Ledger(ledger::Arguments),
    Doctor(doctor::Arguments),
    Sample(sample::Arguments),
    Completions(completions::Arguments),
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version are no errors; what else clap has to say is about usage.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let outcome = match line.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Remap(arguments) => remap::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Identify(arguments) => Ok(identify::run(&arguments)),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Bulk(arguments) => bulk::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Find(arguments) => find::run(&arguments),
        Command::Format(arguments) => format::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Partner(arguments) => partner::run(&arguments),
        Command::Outbox(arguments) => outbox::run(&arguments),
        Command::Notice(arguments) => notice::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Ledger(arguments) => ledger::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            terminal::complain(&failure);
            failure.exit_code()
        }
    }
}
