//! `certbridge validate`: what the checks have to say about files, and nothing kept.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::configuration::day_or_today;
use super::format::Overlay;
use super::source::{self, Findings};
use super::{FINDINGS, Failure, annotated, terminal};
use crate::clock::{Day, Zone};
use crate::finding::{Entry, catalogue};
use crate::format::{Catalogue, FilingContext, FormatError, Piece, ReadContext};
use crate::gateway::limits;
use crate::mapping::Context;
use crate::record::Identifier;
use crate::rules::RuleContext;

/// Lines or rows of one piece.
const ROWS: usize = 16;

/// Check files against syntax, limits, schema and rules, without keeping anything
///
/// Every finding names the sender's own place (sheet and cell, line, or JSON pointer) and speaks Chinese and English. An
/// error refuses the row that it stands at and no other; a warning does not. Nothing is stored and no configuration is
/// needed. NDJSON, CSV and xlsx are read as a stream, of whatever length, unless --annotate is asked for. Formats: `cnca-report@2016` (xlsx, xls, CSV, NDJSON), `cnca-ccc@1` (JSON, NDJSON, CSV), `untp-dcc@0.7.0`,
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
    /// Set a cap, by the name that a refusal gives it (`depth=8`); may be given more than once
    #[arg(long = "limit", value_name = "NAME=N", value_parser = limit)]
    limits: Vec<(String, u64)>,
    /// Encoding of CSV and NDJSON, where the file does not tell it by a byte order mark; without it UTF-8, and GB18030 for a
    /// CSV file that is none
    #[arg(long, value_enum)]
    encoding: Option<source::Encoding>,
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
    let usage = |error: FormatError| Failure::Usage(error.to_string());
    let of_rules = catalogue.format(format).map_err(usage)?.carries_filings();
    let mut findings = Findings::up_to(&context.limits);
    if arguments.json {
        findings = findings.in_json("  ");
    }
    let mut checking =
        Checking { arguments, format, catalogue: &catalogue, context, findings, accepted: 0, refused: 0 };
    for file in &arguments.files {
        match &arguments.annotate {
            _ if of_rules => checking.filings(file)?,
            Some(out) => checking.annotated(file, out)?,
            None => checking.pieces(file)?,
        }
    }
    let Checking { mut findings, accepted, refused, .. } = checking;
    if arguments.json {
        findings.print_json()?;
        terminal::out("\n");
    } else if let Some(table) = findings.table() {
        terminal::line(table);
    }
    terminal::aside(format!("{accepted} records accepted, {refused} refused; {}", findings.tally()));
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// The files that are checked, one after the other.
struct Checking<'a> {
    arguments: &'a Arguments,
    format: &'a str,
    catalogue: &'a Catalogue,
    context: ReadContext<'a>,
    findings: Findings,
    accepted: usize,
    refused: usize,
}

impl Checking<'_> {
    /// A file that is read piece by piece.
    fn pieces(&mut self, file: &Path) -> Result<(), Failure> {
        let Self { arguments, format, catalogue, context, findings, accepted, refused } = self;
        let opened = source::open(file, &context.limits, false)?;
        let bar = terminal::reading(file);
        let mut take = |piece: Piece| {
            terminal::moved(&bar, piece.progress, opened.length);
            *accepted += piece.reading.records.len();
            *refused += piece.reading.refused.len();
            findings.add(file, piece.reading.all_findings());
            ControlFlow::Continue(())
        };
        let streaming = source::streaming(arguments.encoding, ROWS);
        let context = ReadContext { mapping: context.mapping.without_account(), ..context.clone() };
        let name = source::name_of(file);
        let read = catalogue.read_stream(format, opened.input, name, &context, &streaming, &mut take);
        bar.finish_and_clear();
        read.map_err(|error| Failure::Usage(error.to_string()))
    }

    /// A file that is read whole, and gets its findings written on it.
    fn annotated(&mut self, file: &Path, out: &Path) -> Result<(), Failure> {
        let bytes = source::read(file, &self.context.limits)?;
        let name = source::name_of(file);
        let reading = self.catalogue.read(self.format, &bytes, name, &self.context);
        let reading = reading.map_err(|error| Failure::Usage(error.to_string()))?;
        self.accepted += reading.records.len();
        self.refused += reading.refused.len();
        self.findings.add(file, reading.all_findings());
        annotated::write(out, &bytes, &reading.all_findings().collect::<Vec<_>>(), &self.context.limits)
    }

    /// A file of filings, which is read whole.
    fn filings(&mut self, file: &Path) -> Result<(), Failure> {
        let limits = &self.context.limits;
        let filing = FilingContext { limits: limits.clone(), ..FilingContext::on(self.context.rules.today) };
        let bytes = source::read(file, limits)?;
        let name = source::name_of(file);
        let reading = self.catalogue.read_filings(self.format, &bytes, name, &filing);
        let reading = reading.map_err(|error| Failure::Usage(error.to_string()))?;
        self.accepted += reading.filings.len();
        self.refused += reading.refused.len();
        self.findings.add(file, reading.all_findings());
        match &self.arguments.annotate {
            Some(out) => annotated::write(out, &bytes, &reading.all_findings().collect::<Vec<_>>(), limits),
            None => Ok(()),
        }
    }
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
