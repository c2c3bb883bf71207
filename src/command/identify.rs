//! `certbridge identify`: what a number can be, whether it holds as such, and what was probably meant.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{FINDINGS, terminal};
use crate::record::identifier::{Candidate, Identification, Verdict, candidates, identify};

/// Say what an identifier is, whether its form and check digits hold, and why not
///
/// Knows unified social credit codes (GB 32100), organisation codes (GB 11714), GTIN and GLN, LEI (ISO 17442), numbers
/// of compulsory and management system certificates, CNCA approvals, CNAS accreditations, CCAA registrations, EORI, AEO,
/// HS and Chinese tariff numbers, and country codes. A form that holds is no proof that the number was ever given out.
///
/// Exit code 0: every value is valid as something; 1: one is valid as nothing.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print one JSON array: a value, whether it is valid, its kinds with findings, and candidates, each
    #[arg(long)]
    json: bool,
    /// Values to identify, exactly as they are written
    #[arg(required = true, value_name = "VALUE")]
    values: Vec<String>,
}

#[derive(Serialize)]
struct Identified<'a> {
    value: &'a str,
    /// True where it is valid as one kind at least.
    valid: bool,
    kinds: Vec<Identification>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate>,
}

/// Identifies and prints.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let identified: Vec<Identified<'_>> = arguments
        .values
        .iter()
        .map(|value| {
            let kinds = identify(value);
            let valid = kinds.iter().any(|kind| kind.verdict != Verdict::Invalid);
            Identified { value, valid, kinds, candidates: candidates(value) }
        })
        .collect();
    if arguments.json {
        terminal::json(&identified);
    } else {
        for one in &identified {
            terminal::out(&describe(one));
        }
    }
    if identified.iter().all(|one| one.valid) { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) }
}

fn describe(one: &Identified<'_>) -> String {
    let mut lines = vec![one.value.escape_debug().to_string()];
    if one.kinds.is_empty() {
        lines.push("  不像任何已知的标识 / resembles no identifier that we know".to_owned());
    }
    for kind in &one.kinds {
        let verdict = match kind.verdict {
            Verdict::Valid => "有效 / valid",
            Verdict::ValidWithWarning => "有效，有疑点 / valid, with a warning",
            Verdict::Invalid => "无效 / not valid",
        };
        lines.push(format!("  {} ({}): {verdict}", kind.kind.name(), kind.kind.code()));
        if !kind.parts.is_empty() && kind.verdict != Verdict::Invalid {
            let parts: Vec<String> = kind.parts.iter().map(|(name, part)| format!("{name} {part}")).collect();
            lines.push(format!("    {}", parts.join(", ")));
        }
        for finding in &kind.findings {
            let message = finding.message();
            lines.push(format!("    {}\n    {}", message.zh, message.en));
        }
    }
    for candidate in &one.candidates {
        let read: Vec<String> = candidate
            .misreadings
            .iter()
            .map(|one| format!("{} → {} (position {})", one.written, one.read, one.position))
            .collect();
        lines.push(format!("  可能是 / probably meant: {} {}", candidate.number, read.join(", ")));
    }
    lines.join("\n") + "\n"
}
