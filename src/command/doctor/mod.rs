//! `certbridge doctor`: looks at an installation and says what is wrong with it, and the way out.

mod certificates;
mod keys;
mod store;
mod surroundings;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::configuration::Configuration;
use super::{FINDINGS, Failure, terminal};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Look at an installation and say what is wrong with it, and what to do
///
/// Looks at the configuration, the keys and who can read them, certificates and revocation lists and when they end, the
/// store and whether its ledger is behind the checkpoint kept outside it, the partner book, the ports and the clock.
/// Nothing is changed.
///
/// Exit code 0: nothing is wrong, or warnings only; 1: an error.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Print one JSON array: check, state (ok, warning, error), what, and the way out
    #[arg(long)]
    json: bool,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// It works, but not for long, or not as it looks.
    Warning,
    /// It does not work.
    Error,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
struct Check {
    /// What was looked at.
    #[serde(rename = "check")]
    of: &'static str,
    /// How it went.
    state: State,
    /// What was seen.
    what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<String>,
}

impl Check {
    fn ok(of: &'static str, what: impl Into<String>) -> Self {
        Self { of, state: State::Ok, what: what.into(), way_out: None }
    }

    fn warning(of: &'static str, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { of, state: State::Warning, what: what.into(), way_out: Some(way_out.into()) }
    }

    fn error(of: &'static str, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { of, state: State::Error, what: what.into(), way_out: Some(way_out.into()) }
    }
}

/// Looks and prints.
#[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let checks = match arguments.configuration.read() {
        Err(failure) => vec![Check::error(
            "configuration",
            failure.to_string(),
            "mend the file, or make one with `certbridge init`",
        )],
        Ok(config) => look(&config, arguments),
    };
    if arguments.json {
        terminal::json(&checks);
    } else {
        for check in &checks {
            let mark = match check.state {
                State::Ok => "ok     ",
                State::Warning => "warning",
                State::Error => "ERROR  ",
            };
            terminal::line(format!("{mark}  {:<13} {}", check.of, check.what));
            if let Some(way_out) = &check.way_out {
                terminal::line(format!("                        → {way_out}"));
            }
        }
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        terminal::line(format!("{} errors, {} warnings", count(State::Error), count(State::Warning)));
    }
    let sound = checks.iter().all(|check| check.state != State::Error);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn look(config: &Config, arguments: &Arguments) -> Vec<Check> {
    let now = SystemClock.now();
    let file = arguments.configuration.config.display();
    let mut checks = vec![match config.house.zone.parse::<crate::clock::Zone>() {
        Ok(_) => Check::ok("configuration", format!("{file}: {} ({})", config.house.name, config.house.id)),
        Err(error) => Check::error("configuration", format!("{file}: house.zone: {error}"), "write +08:00 or the like"),
    }];
    keys::look(config, &mut checks);
    certificates::look(config, now, &mut checks);
    store::look(config, &mut checks);
    surroundings::partners(config, now, &mut checks);
    surroundings::ports(config, &mut checks);
    surroundings::clock(config, now, &mut checks);
    checks
}
