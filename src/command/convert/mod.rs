//! `certbridge convert`: files of one format to documents of another, without a store.

mod composed;
mod filings;
mod folder;
#[cfg(unix)]
mod interrupted;
mod issue;
mod output;
mod report;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::format::Overlay;
use super::source::{self, Findings};
use super::validate::reading_on;
use super::{FINDINGS, Failure, instant, terminal};
use crate::clock::{Clock as _, SystemClock, Timestamp, Zone};
use crate::config::Config;
use crate::format::{Converted, Format, ReadContext};
use crate::gateway::recognition;
use crate::mapping::Context;
use crate::record::Identifier;
use crate::release::Policy;
use issue::Issue;
use run::Run;

/// Convert files from one format to another, one document a line or a file
///
/// Workbooks, CSV and NDJSON hold all records of a file in one document. Filings of certification rules (cnca-rule@1) go out
/// as filings only.
///
/// NDJSON, CSV and xlsx are read as a stream, of whatever length, unless --account is asked for or the output is a workbook or
/// one JSON document of many records. The output file has all of it or is as it was.
///
/// The same input and arguments give the same bytes, unless --sign. A row with an error is left out and told of on
/// standard error; it stops no other row. What may leave is decided before anything is written: by default only what
/// everybody may see.
///
/// Exit code 0: every row was written; 1: a finding is an error; 2: no such format; 3: a file cannot be read or written.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Format of the input, written name@version (cnca-report@2016, cnca-ccc@1, untp-dcc@0.7.0, iaf-certsearch@2)
    #[arg(long, value_name = "FORMAT")]
    from: String,
    /// Format of the output (untp-dcc@0.7.0, iaf-certsearch@2, certbridge-status@1)
    #[arg(long, value_name = "FORMAT")]
    to: String,
    /// DID of whoever issues the documents; without it that of --config, else one that is only good for trying out
    #[arg(long, value_name = "DID")]
    issuer: Option<String>,
    /// The issuing body, for a format that has no place for one (iaf-certsearch@2): cnca-approval:CNCA-R-2099-001
    #[arg(long, value_name = "SCHEME:ID")]
    sender: Option<Identifier>,
    /// Name of the issuer, for people
    #[arg(long, value_name = "NAME")]
    issuer_name: Option<String>,
    /// Base URI of certificates, parties and schemes, without a slash at the end
    #[arg(long, value_name = "URI")]
    base: Option<String>,
    /// The instant that the conversion is made for (2026-11-20T08:00:00Z, or a day in China); without it now. It decides
    /// what is ahead and what is past, and dates a signature
    #[arg(long, value_name = "TIME", value_parser = instant::parse)]
    at: Option<Timestamp>,
    /// What may leave: the fields that everybody may see, or those for a partner under an agreement too. Personal
    /// information leaves under neither
    #[arg(long, value_enum, default_value_t = Audience::Public)]
    policy: Audience,
    /// Sign each document with the credential key of --config (eddsa-jcs-2022, or ecdsa-jcs-2019 with a P-256 key)
    #[arg(long, requires = "config")]
    sign: bool,
    /// Configuration of the gateway whose name, base and key are used
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overlay: Overlay,
    /// Write the mapping report (JSON) here: for every leaf of every record what became of it, on the whole way (`leaves`), on
    /// the way into the record (`in`) and out of it (`out`)
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// Print, for each record, a table of what its receiver will not see and why: withheld, not carried, narrowed, kept
    /// aside; each at the sender's own place. To standard error; with --output to standard output
    #[arg(long)]
    report: bool,
    /// Syntax of the output, of a format that has several; without it the one that is its own
    #[arg(long, value_enum)]
    syntax: Option<output::Syntax>,
    /// Write the documents here instead of to standard output: into a file, or, where OUT is a folder or ends in /, into a
    /// file of it each, named for its certificate
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Encoding of CSV and NDJSON, where the file does not tell it by a byte order mark; without it UTF-8, and GB18030 for a
    /// CSV file that is none
    #[arg(long, value_enum)]
    encoding: Option<source::Encoding>,
    /// Files to convert; - is standard input
    #[arg(value_name = "IN", required = true)]
    files: Vec<PathBuf>,
}

/// Who receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Audience {
    /// Everybody.
    Public,
    /// A partner under an agreement.
    Partner,
}

/// Converts and writes.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    source::check(&arguments.files)?;
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let issue = Issue::of(
        arguments.config.as_deref(),
        arguments.sign,
        arguments.issuer.as_deref(),
        arguments.issuer_name.as_deref(),
        arguments.base.as_deref(),
    )?;
    let configured = arguments.config.as_deref().map(Config::read).transpose();
    let configured = configured.map_err(|error| Failure::environment(&error))?;
    let configured = configured.and_then(|config| config.formats.as_ref().map(|folder| config.path(folder)));
    let catalogue = arguments.overlay.catalogue_or(configured.as_deref())?;
    let root = source::sent_by(issue.root(), arguments.sender.as_ref());
    let today = at.day(Zone::CHINA);
    // Rows that were made up for the demo say nothing outside it.
    let goes = catalogue.format(&arguments.to).map_err(|error| Failure::Usage(error.to_string()))?;
    let syntax = output::chosen(goes, arguments.syntax, arguments.files.len())?;
    let computed = recognition(false, None).map_err(|error| Failure::environment(&error))?;
    let writing = Context::new(today).issuing(&root).computing(&computed).in_syntax(syntax);
    if catalogue.format(&arguments.from).is_ok_and(Format::carries_filings) {
        return filings::run(arguments, &catalogue, &writing);
    }
    let reading = ReadContext { mapping: writing, ..reading_on(today) };
    let policy = match arguments.policy {
        Audience::Public => Policy::public(),
        Audience::Partner => Policy::partner("partner"),
    };
    // An account is one document of everything, and a workbook too: they are made of what is read whole.
    let whole = arguments.account.is_some() || !output::streams(goes, syntax);
    let mut run = Run {
        arguments,
        catalogue: &catalogue,
        policy,
        writing,
        issue: &issue,
        at,
        findings: Findings::default(),
        accounts: Vec::new(),
        output: output::Output::open(arguments.output.as_deref(), !goes.carries_many())?,
        titles: None,
        written: 0,
        sent: 0,
    };
    for file in &arguments.files {
        if whole {
            run.whole(file, &reading)?;
        } else if run.pieces(file, &reading)? == output::Written::Unwanted {
            break;
        }
    }
    let Run { findings, accounts, output, written, .. } = run;
    output.finish()?;
    if let Some(path) = &arguments.account {
        let text = serde_json::to_string_pretty(&accounts).map_err(|error| Failure::environment(&error))?;
        std::fs::write(path, text + "\n").map_err(|error| Failure::file(path, &error))?;
    }
    if let Some(table) = findings.table() {
        terminal::aside(table);
    }
    terminal::aside(format!("{written} documents of {}; {}", arguments.to, findings.tally()));
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// What became of every leaf of every record of a file, on its way in and on its way out.
fn account(file: &str, to: &str, converted: &Converted) -> Value {
    let reading = &converted.reading;
    let records: Vec<Value> = converted
        .documents
        .iter()
        .flat_map(|document| {
            document.written.records.iter().enumerate().filter_map(|(position, index)| {
                let read = reading.records.get(*index)?;
                Some(json!({
                    "place": read.place,
                    "issuer": read.record.key.issuer.to_string(),
                    "number": read.record.key.number,
                    "uri": read.record.key.uri,
                    "sent": document.written.may_be_sent(),
                    "leaves": composed::of(read, document.written.accounts.get(position)),
                    "in": read.account,
                    "out": document.written.accounts.get(position),
                    "withheld": document.withheld.get(position),
                }))
            })
        })
        .collect();
    let refused: Vec<Value> =
        reading.refused.iter().map(|refused| json!({"place": refused.place, "findings": refused.findings})).collect();
    json!({
        "file": file,
        "from": reading.format,
        "to": to,
        "crosswalk": reading.crosswalk_digest,
        "records": records,
        "refused": refused,
    })
}
