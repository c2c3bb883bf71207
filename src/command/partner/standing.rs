//! `certbridge partner suspend` and `resume`: one key of the partner's file, whose comments stay.

use std::path::Path;
use std::process::ExitCode;

use super::{file_of, read};
use crate::clock::Timestamp;
use crate::command::{Failure, files, terminal};
use crate::config::Config;
use crate::exchange::Partner;

/// The key.
const KEY: &str = "suspended";

pub(super) fn suspend(config: &Config, id: &str, reason: &str, now: Timestamp) -> Result<ExitCode, Failure> {
    let file = file_of(config, id)?;
    if reason.trim().is_empty() || reason.chars().any(char::is_control) {
        return Err(Failure::Usage("--reason: one line of text".into()));
    }
    if let Some(suspended) = read(&file)?.suspended {
        terminal::line(format!("{id} is suspended since {}: {}", suspended.since, suspended.reason));
        return Ok(ExitCode::SUCCESS);
    }
    let since = Timestamp::from_unix(now.unix()).unwrap_or(now);
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    // Before all else: a key of the file itself cannot stand below a table.
    let line = format!("{KEY} = {{ since = {}, reason = {} }}\n", quoted(&since.to_string()), quoted(reason));
    write(&file, &(line + &text(&file)?), |partner| partner.suspended.is_some())?;
    terminal::line(format!("{id} is suspended; a gateway that is running refuses it when it reloads its partner book"));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn resume(config: &Config, id: &str) -> Result<ExitCode, Failure> {
    let file = file_of(config, id)?;
    if read(&file)?.suspended.is_none() {
        terminal::line(format!("{id} is not suspended"));
        return Ok(ExitCode::SUCCESS);
    }
    write(&file, &without_key(&text(&file)?), |partner| partner.suspended.is_none())?;
    terminal::line(format!(
        "{id} is resumed; a gateway that is running takes that up when it reloads its partner book"
    ));
    Ok(ExitCode::SUCCESS)
}

fn text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))
}

/// Writes the file if it says what it shall say.
fn write(file: &Path, text: &str, holds: impl Fn(&Partner) -> bool) -> Result<(), Failure> {
    match toml::from_str::<Partner>(text) {
        Ok(partner) if holds(&partner) => files::replace(file, text.as_bytes()),
        _ => Err(Failure::Environment(format!("{}: change its key {KEY} by hand", file.display()))),
    }
}

/// The text without the key, whether it is written on a line or as a table.
fn without_key(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_table = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if bare.starts_with('[') {
            in_table = bare.trim_matches(['[', ']']).trim() == KEY;
        }
        let is_key = bare.strip_prefix(KEY).is_some_and(|rest| rest.trim_start().starts_with('='));
        if !in_table && !is_key {
            kept.push_str(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_and_everything_else_stays() {
        let rest = "# ours\nid = 'nz'\n\n[agreement]\nlegal_basis = 'x'\n";
        assert_eq!(without_key(&format!("suspended = {{ since = 'a', reason = 'b' }}\n{rest}")), rest);
        assert_eq!(without_key(&format!("{rest}[suspended]\nsince = 'a'\nreason = 'b'\n")), rest);
        assert_eq!(without_key(rest), rest);
    }
}
