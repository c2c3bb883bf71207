//! `certbridge doctor`: looks at an installation and says what is wrong with it, and the way out.

mod certificates;
mod formats;
mod keys;
mod rows;
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
/// store and whether its ledger is behind the checkpoint kept outside it, the partner book with its CAs and lists, formats
/// and schemas, the ports and the clock. Nothing is changed.
///
/// Exit code 0: nothing is wrong, or warnings only; 1: an error.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Print one JSON array: check, state (ok, warning, error), what, and the way out, both in zh and en
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

/// Words in both languages.
#[derive(Clone, Debug, Serialize)]
struct Words {
    zh: String,
    en: String,
}

/// The same in Chinese and in English.
fn both(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
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
    what: Words,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<Words>,
}

impl Check {
    fn ok(of: &'static str, what: Words) -> Self {
        Self { of, state: State::Ok, what, way_out: None }
    }

    fn warning(of: &'static str, what: Words, way_out: Words) -> Self {
        Self { of, state: State::Warning, what, way_out: Some(way_out) }
    }

    fn error(of: &'static str, what: Words, way_out: Words) -> Self {
        Self { of, state: State::Error, what, way_out: Some(way_out) }
    }
}

/// Looks and prints.
#[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let checks = match arguments.configuration.read() {
        Err(failure) => vec![Check::error(
            "configuration",
            both(format!("配置不可用：{failure}"), failure.to_string()),
            both("修正该文件，或用 `certbridge init` 生成", "mend the file, or make one with `certbridge init`"),
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
            terminal::line(format!("{mark}  {:<13} {}", check.of, check.what.en));
            if check.state != State::Ok {
                terminal::line(format!("                        {}", check.what.zh));
            }
            if let Some(way_out) = &check.way_out {
                terminal::line(format!(
                    "                        → {}\n                          {}",
                    way_out.en, way_out.zh
                ));
            }
        }
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let (errors, warnings) = (count(State::Error), count(State::Warning));
        terminal::line(format!("{errors} errors, {warnings} warnings / {errors} 项错误，{warnings} 项警告"));
    }
    let sound = checks.iter().all(|check| check.state != State::Error);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn look(config: &Config, arguments: &Arguments) -> Vec<Check> {
    let now = SystemClock.now();
    let file = arguments.configuration.config.display();
    let mut checks = vec![match config.house.zone.parse::<crate::clock::Zone>() {
        Ok(_) => {
            let said = format!("{file}: {} ({})", config.house.name, config.house.id);
            Check::ok("configuration", both(said.clone(), said))
        }
        Err(error) => Check::error(
            "configuration",
            both(format!("{file}：house.zone 不是时区：{error}"), format!("{file}: house.zone: {error}")),
            both("写成 +08:00 之类", "write +08:00 or the like"),
        ),
    }];
    keys::look(config, &mut checks);
    certificates::look(config, now, &mut checks);
    store::look(config, &mut checks);
    surroundings::partners(config, now, &mut checks);
    formats::look(config, &mut checks);
    rows::look(config, &mut checks);
    surroundings::ports(config, &mut checks);
    surroundings::clock(config, now, &mut checks);
    checks
}
