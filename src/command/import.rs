//! `certbridge import`: files into the registry, each row by itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::configuration::Configuration;
use super::source::{self, Findings};
use super::{FINDINGS, Failure, terminal};
use crate::finding::{Finding, Place};
use crate::format::{ReadContext, ReadRecord};
use crate::gateway::Gateway;
use crate::mapping::{Context, Origins};
use crate::record::Identifier;
use crate::registry::{Incoming, Owner, Summary};
use crate::rules::RuleContext;

/// Take the certificates of files into the registry
///
/// A row with an error is refused and told of at its cell; no other row is lost because of it. What is taken is kept
/// with the file that it came from, gets its leaf in the ledger, and goes to the partners whose subscription covers it.
/// The same file twice changes nothing.
///
/// Exit code 0: everything was taken; 1: a finding is an error; 2: no such format; 3: a file or the store failed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Format of the files, written name@version: cnca-report@2016, cnca-ccc@1, untp-dcc@0.7.0, …
    #[arg(long, value_name = "FORMAT")]
    format: String,
    /// The issuing body, for a format that has no place for one (iaf-certsearch@2): cnca-approval:CNCA-R-2099-001
    #[arg(long, value_name = "SCHEME:ID")]
    sender: Option<Identifier>,
    /// Print one JSON object: a summary for each file and for all, and the findings
    #[arg(long)]
    json: bool,
    /// Files to take in; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What became of the rows of a file.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Taken {
    file: String,
    /// Certificates that were not held before.
    pub(super) new: u64,
    /// Certificates of which there is a new version.
    pub(super) changed: u64,
    /// Certificates that the file said nothing new about.
    pub(super) unchanged: u64,
    /// Rows that were refused.
    pub(super) refused: u64,
    /// Messages to partners that are due now.
    messages: usize,
}

impl Taken {
    fn add(&mut self, summary: Summary) {
        self.new += summary.new;
        self.changed += summary.changed;
        self.unchanged += summary.unchanged;
        self.refused += summary.refused;
    }

    fn nothing_new(&self) -> bool {
        self.new + self.changed == 0 && self.unchanged > 0
    }
}

/// Imports and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    source::check(&arguments.files)?;
    let gateway = arguments.configuration.open()?;
    let catalogue = gateway.exchange.catalogue();
    let format = catalogue.format(&arguments.format).map_err(|error| Failure::Usage(error.to_string()))?;
    if !format.comes_in() {
        return Err(Failure::Usage(format!("{} is only written, never read", format.id())));
    }
    let mut findings = Findings::default();
    let mut files = Vec::new();
    for file in &arguments.files {
        files.push(take(&gateway, &arguments.format, arguments.sender.as_ref(), file, &mut findings)?);
    }
    let mut total = Taken::default();
    for file in &files {
        total.new += file.new;
        total.changed += file.changed;
        total.unchanged += file.unchanged;
        total.refused += file.refused;
        total.messages += file.messages;
    }
    if arguments.json {
        terminal::json(&json!({
            "files": files,
            "summary": {
                "new": total.new, "changed": total.changed, "unchanged": total.unchanged, "refused": total.refused,
                "messages": total.messages,
            },
            "findings": findings.to_json(),
        }));
    } else {
        if let Some(table) = findings.table() {
            terminal::line(table);
        }
        for file in &files {
            terminal::line(describe(file));
        }
    }
    terminal::aside(findings.tally());
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn describe(taken: &Taken) -> String {
    let Taken { file, new, changed, unchanged, refused, messages } = taken;
    let told = if *messages > 0 { format!("; {messages} messages to partners") } else { String::new() };
    let same = if taken.nothing_new() {
        "\n  没有新内容，登记库未变 / nothing new, the registry is as it was"
    } else {
        ""
    };
    format!("{file}: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused{told}{same}")
}

/// Takes a file into the registry of a gateway.
pub(super) fn take(
    gateway: &Gateway,
    format: &str,
    sender: Option<&Identifier>,
    file: &Path,
    findings: &mut Findings,
) -> Result<Taken, Failure> {
    let limits = gateway.exchange.limits();
    let bytes = source::read(file, limits)?;
    let house = gateway.exchange.house();
    let today = gateway.exchange.today();
    let issue = source::sent_by(house.issue(), sender);
    let mapping = Context::new(today).issuing(&issue).computing(gateway.recognition.as_ref());
    let context = ReadContext { rules: RuleContext::on(today), mapping, limits: limits.clone() };
    let reading = gateway
        .exchange
        .catalogue()
        .read(format, &bytes, source::name_of(file), &context)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    findings.add(file, reading.all_findings());
    let mut taken = Taken { file: file.display().to_string(), ..Taken::default() };
    taken.refused = u64::try_from(reading.refused.len()).unwrap_or(u64::MAX);

    let payload: Arc<[u8]> = Arc::from(bytes);
    let bar = terminal::progress(u64::try_from(reading.records.len()).unwrap_or(u64::MAX), "records");
    let places: Vec<(Place, Origins)> =
        reading.records.iter().map(|read| (read.place.clone(), read.origins.clone())).collect();
    let crosswalk_digest = reading.crosswalk_digest;
    let incoming = reading.records.into_iter().map(|ReadRecord { record, findings, .. }| Incoming {
        record,
        findings,
        payload: payload.clone(),
        format: format.to_owned(),
        crosswalk_digest: crosswalk_digest.clone(),
        owner: Owner::House,
        received_from: None,
    });
    let mut messages = 0;
    let summary = gateway.registry().register_all(incoming, |progress| {
        bar.inc(1);
        let position = usize::try_from(progress.position).unwrap_or(usize::MAX);
        let Some((place, origins)) = places.get(position) else { return };
        match progress.outcome {
            Ok(registered) => {
                messages += registered.messages;
                let said: Vec<Finding> =
                    registered.findings.iter().map(|finding| origins.resolve(finding.clone())).collect();
                findings.add(file, &said);
            }
            Err(error) => {
                let refused = Finding::new("command/not-registered", place.clone()).with("reason", error);
                findings.add(file, [&refused]);
            }
        }
    });
    bar.finish_and_clear();
    taken.add(summary.map_err(|error| Failure::environment(&error))?);
    taken.messages = messages;
    Ok(taken)
}
