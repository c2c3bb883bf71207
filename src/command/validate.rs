//! `certbridge validate`: what the checks have to say about files, and nothing kept.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::configuration::day_or_today;
use super::format::Overlay;
use super::source::{self, Findings};
use super::{FINDINGS, Failure, annotated, terminal};
use crate::clock::{Day, Zone};
use crate::finding::{Entry, catalogue};
use crate::format::{FilingContext, FormatError, ReadContext};
use crate::gateway::limits;
use crate::mapping::Context;
use crate::record::Identifier;
use crate::rules::RuleContext;

/// Check files against syntax, limits, schema and rules, without keeping anything
///
/// Every finding names the sender's own place (sheet and cell, line, or JSON pointer) and speaks Chinese and English. An
/// error refuses the row that it stands at and no other; a warning does not. Nothing is stored and no configuration is
/// needed. Formats: `cnca-report@2016` (xlsx, xls, CSV, NDJSON), `cnca-ccc@1` (JSON, NDJSON, CSV), `untp-dcc@0.7.0`,
/// `iaf-certsearch@2` and `certbridge-status@1` (JSON), `cnca-agri@1` and `cnca-platform@1` (JSON), `cnca-rule@1` (filings of
/// rules: xlsx, xls, CSV).
///
/// Exit code 0: no error; 1: an error was found; 3: a file cannot be read.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Format of the files, written name@version: cnca-report@2016, cnca-ccc@1, untp-dcc@0.7.0, …
    #[arg(long, value_name = "FORMAT", required_unless_present = "rules")]
    format: Option<String>,
    #[command(flatten)]
    overlay: Overlay,
    /// The issuing body, for a format that has no place for one (iaf-certsearch@2): cnca-approval:CNCA-R-2099-001
    #[arg(long, value_name = "SCHEME:ID")]
    sender: Option<Identifier>,
    /// Print one JSON array of findings (file, code, severity, place, message in zh and en, values, source); the summary
    /// goes to standard error
    #[arg(long)]
    json: bool,
    /// Write the findings into a new workbook too: of an xlsx file, a copy with comments on its cells; of any other, a sheet of
    /// findings. One file at a time
    #[arg(long, value_name = "OUT.xlsx")]
    annotate: Option<PathBuf>,
    /// Another cap than the default one, by the name that a refusal gives it: --limit depth=8; may be given more than once
    #[arg(long = "limit", value_name = "NAME=N", value_parser = limit)]
    limits: Vec<(String, u64)>,
    /// The day on which the rules are judged (yyyy-mm-dd); without it today in China, by the machine's clock
    #[arg(long, value_name = "DAY")]
    today: Option<Day>,
    /// List every check instead: code, severity, source and words; no file is read
    #[arg(long, conflicts_with = "files")]
    rules: bool,
    /// Files to check; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    files: Vec<PathBuf>,
}

fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, most) = text.split_once('=').ok_or("a limit is written NAME=N")?;
    Ok((name.to_owned(), most.parse().map_err(|error| format!("{most}: {error}"))?))
}

/// Checks and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let format = match &arguments.format {
        Some(format) if !arguments.rules => format,
        _ => {
            list_rules(arguments.json);
            return Ok(ExitCode::SUCCESS);
        }
    };
    source::check(&arguments.files)?;
    if arguments.annotate.is_some() && arguments.files.len() > 1 {
        return Err(Failure::Usage("--annotate takes one file at a time".into()));
    }
    let catalogue = arguments.overlay.catalogue()?;
    let issue = source::sent_by(json!({}), arguments.sender.as_ref());
    let mut context = reading_on(day_or_today(arguments.today, Zone::CHINA));
    context.mapping = context.mapping.issuing(&issue);
    context.limits = limits(&arguments.limits.iter().cloned().collect())
        .map_err(|error| Failure::Usage(format!("--limit: {error}")))?;
    let mut findings = Findings::default();
    let (mut accepted, mut refused) = (0, 0);
    let usage = |error: FormatError| Failure::Usage(error.to_string());
    let of_rules = catalogue.format(format).map_err(usage)?.carries_filings();
    let filing = FilingContext { limits: context.limits.clone(), ..FilingContext::on(context.rules.today) };
    for file in &arguments.files {
        let bytes = source::read(file, &context.limits)?;
        if of_rules {
            let reading = catalogue.read_filings(format, &bytes, source::name_of(file), &filing).map_err(usage)?;
            accepted += reading.filings.len();
            refused += reading.refused.len();
            findings.add(file, reading.all_findings());
            if let Some(out) = &arguments.annotate {
                annotated::write(out, &bytes, &reading.all_findings().collect::<Vec<_>>(), &context.limits)?;
            }
        } else {
            let reading = catalogue.read(format, &bytes, source::name_of(file), &context).map_err(usage)?;
            accepted += reading.records.len();
            refused += reading.refused.len();
            findings.add(file, reading.all_findings());
            if let Some(out) = &arguments.annotate {
                annotated::write(out, &bytes, &reading.all_findings().collect::<Vec<_>>(), &context.limits)?;
            }
        }
    }
    if arguments.json {
        terminal::json(&findings.to_json());
    } else if let Some(table) = findings.table() {
        terminal::line(table);
    }
    terminal::aside(format!("{accepted} records accepted, {refused} refused; {}", findings.tally()));
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// Reading as of a day, with the published codes and the default caps.
pub(super) fn reading_on<'a>(today: Day) -> ReadContext<'a> {
    ReadContext { rules: RuleContext::on(today), mapping: Context::new(today), ..ReadContext::on(today) }
}

/// Every code that a finding can have.
fn list_rules(as_json: bool) {
    if as_json {
        let all: Vec<Value> = catalogue()
            .iter()
            .map(|(code, entry)| {
                json!({
                    "code": code,
                    "severity": entry.severity,
                    "message": {"zh": entry.zh, "en": entry.en},
                    "source": entry.source,
                    "from": entry.from,
                    "errorFrom": entry.error_from,
                    "parameters": entry.parameters,
                })
            })
            .collect();
        terminal::json(&all);
        return;
    }
    let mut table = terminal::table(&["code", "severity", "from", "what", "source"]);
    for (code, entry) in catalogue() {
        table.add_row([
            code.clone(),
            entry.severity.to_string(),
            since(entry),
            format!("{}\n{}", entry.zh, entry.en),
            entry.source.clone().unwrap_or_default(),
        ]);
    }
    terminal::line(table.to_string());
}

/// The days from which a rule speaks, and from which it is an error.
fn since(entry: &Entry) -> String {
    match (&entry.from, &entry.error_from) {
        (None, None) => String::new(),
        (Some(from), None) => from.clone(),
        (None, Some(error)) => format!("error {error}"),
        (Some(from), Some(error)) => format!("{from}, error {error}"),
    }
}
