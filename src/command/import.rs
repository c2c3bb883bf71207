//! `certbridge import`: files into the registry, each row by itself.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
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
use crate::format::{Piece, ReadContext, ReadRecord};
use crate::gateway::Gateway;
use crate::mapping::{Context, Origins};
use crate::record::Identifier;
use crate::registry::{Incoming, Intake, Owner, Progress, Registered, RegistryError, Summary};
use crate::rules::RuleContext;

/// Lines or rows of one piece, which is kept with the records of a file that is too long to be kept whole.
const ROWS: usize = 128;

/// Take the certificates of files into the registry
///
/// A row with an error is refused and told of at its cell; no other row is lost because of it. What is taken is kept
/// with the file that it came from, gets its leaf in the ledger, and goes to the partners whose subscription covers it.
/// The same file twice changes nothing. NDJSON, CSV and xlsx are read as a stream, of whatever length; of a file that is longer
/// than a document may be that is read whole (`limits.bytes`), each record is kept with some rows around it.
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
    /// Encoding of CSV and NDJSON, where the file does not tell it by a byte order mark; without it UTF-8, and GB18030 for a
    /// CSV file that is none
    #[arg(long, value_enum)]
    encoding: Option<source::Encoding>,
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
    let gateway = arguments.configuration.open_lean()?;
    let catalogue = gateway.exchange.catalogue();
    let format = catalogue.format(&arguments.format).map_err(|error| Failure::Usage(error.to_string()))?;
    if !format.comes_in() {
        return Err(Failure::Usage(format!("{} is only written, never read", format.id())));
    }
    let mut findings = Findings::up_to(gateway.exchange.limits());
    if arguments.json {
        findings = findings.in_json("    ");
    }
    let mut files = Vec::new();
    for file in &arguments.files {
        let sender = arguments.sender.as_ref();
        files.push(take(&gateway, &arguments.format, sender, file, arguments.encoding, &mut findings)?);
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
        let told = serde_json::to_string_pretty(&json!({
            "files": files,
            "summary": {
                "new": total.new, "changed": total.changed, "unchanged": total.unchanged, "refused": total.refused,
                "messages": total.messages,
            },
        }));
        let told = told.map_err(|error| Failure::environment(&error))?;
        // The findings, of which there may be many, stand behind what is said of all.
        terminal::out(&format!("{},\n  \"findings\": ", told.strip_suffix("\n}").unwrap_or(&told)));
        findings.print_json()?;
        terminal::out("\n}\n");
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

/// Takes a file into the registry of a gateway, piece by piece: memory does not grow with it.
pub(super) fn take(
    gateway: &Gateway,
    format: &str,
    sender: Option<&Identifier>,
    file: &Path,
    encoding: Option<source::Encoding>,
    findings: &mut Findings,
) -> Result<Taken, Failure> {
    let limits = gateway.exchange.limits();
    let house = gateway.exchange.house();
    let today = gateway.exchange.today();
    let issue = source::sent_by(house.issue(), sender);
    let mapping = Context::new(today).issuing(&issue).computing(gateway.recognition.as_ref()).without_account();
    let context = ReadContext { rules: RuleContext::on(today), mapping, limits: limits.clone() };
    let opened = source::open(file, limits, true)?;
    let bar = terminal::reading(file);
    let registering = Registering { file, findings: RefCell::new(findings), under_way: RefCell::default() };
    let (mut taken, mut messages) = (Taken { file: file.display().to_string(), ..Taken::default() }, 0);
    let mut intake = gateway.registry().intake(|progress| messages += registering.settled(progress.outcome));
    let mut failed = None;
    let mut take = |piece: Piece| {
        terminal::moved(&bar, piece.progress, opened.length);
        taken.refused += u64::try_from(piece.reading.refused.len()).unwrap_or(u64::MAX);
        match registering.begin(format, piece, opened.bytes.as_ref(), &mut intake) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let streaming = source::streaming(encoding, ROWS);
    let name = source::name_of(file);
    let read = gateway.exchange.catalogue().read_stream(format, opened.input, name, &context, &streaming, &mut take);
    bar.finish_and_clear();
    read.map_err(|error| Failure::Usage(error.to_string()))?;
    failed.map_or(Ok(()), Err)?;
    taken.add(intake.finish().map_err(|error| Failure::environment(&error))?);
    taken.messages = messages;
    Ok(taken)
}

/// Records of a file that are on their way into the registry, and what is said of them.
struct Registering<'a> {
    file: &'a Path,
    findings: RefCell<&'a mut Findings>,
    /// Where each stands in the file, in their order.
    under_way: RefCell<VecDeque<(Place, Origins)>>,
}

impl Registering<'_> {
    /// Hands the records of a piece to the registry. They are kept with the whole file where it is not long, else with
    /// their piece, as a document of its own.
    fn begin(
        &self,
        format: &str,
        piece: Piece,
        whole: Option<&Arc<[u8]>>,
        intake: &mut Intake<'_, impl FnMut(Progress<'_>)>,
    ) -> Result<(), Failure> {
        self.findings.borrow_mut().add(self.file, piece.reading.all_findings());
        if piece.reading.records.is_empty() {
            return Ok(());
        }
        let payload = match whole {
            Some(whole) => whole.clone(),
            None => Arc::from(piece.payload().map_err(|error| Failure::environment(&error))?.unwrap_or_default()),
        };
        let crosswalk_digest = piece.reading.crosswalk_digest;
        for ReadRecord { record, findings, place, origins, .. } in piece.reading.records {
            self.under_way.borrow_mut().push_back((place, origins));
            let incoming = Incoming {
                record,
                findings,
                payload: payload.clone(),
                format: format.to_owned(),
                crosswalk_digest: crosswalk_digest.clone(),
                owner: Owner::House,
                received_from: None,
            };
            intake.take(incoming).map_err(|error| Failure::environment(&error))?;
        }
        Ok(())
    }

    /// What became of the record that has been under way for the longest; gives how many messages are due.
    fn settled(&self, outcome: &Result<Registered, RegistryError>) -> usize {
        let Some((place, origins)) = self.under_way.borrow_mut().pop_front() else { return 0 };
        match outcome {
            Ok(registered) => {
                let said: Vec<Finding> =
                    registered.findings.iter().map(|finding| origins.resolve(finding.clone())).collect();
                self.findings.borrow_mut().add(self.file, &said);
                registered.messages
            }
            Err(error) => {
                let refused = Finding::new("command/not-registered", place).with("reason", error);
                self.findings.borrow_mut().add(self.file, [&refused]);
                0
            }
        }
    }
}
