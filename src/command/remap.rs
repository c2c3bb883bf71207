//! `certbridge remap`: kept documents read again, after their crosswalk was mended.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::configuration::Configuration;
use super::source::{self, Findings};
use super::{FINDINGS, Failure, terminal};
use crate::finding::{Finding, Place};
use crate::format::{ReadContext, ReadRecord, Reading};
use crate::gateway::Gateway;
use crate::mapping::Context;
use crate::record::{Identifier, SubjectKey};
use crate::registry::{Incoming, Outcome, Registered, RegistryError, Resting};
use crate::rules::RuleContext;

/// Read the kept documents of a format again, with the crosswalk as it is now
///
/// Of each certificate that rests on such a document a new version is made, but only where the mended crosswalk reads
/// something else out of it; its provenance names both crosswalks. A certificate that has had a later document of another
/// format stays as it is, and so does one that this crosswalk has read already.
///
/// Work that is broken off is taken up where it was: run it again. What is due to partners is due once, with the new version.
///
/// Exit code 0: read again; 1: a certificate is refused now, and stays as it is; 2: no such format; 3: the store failed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Format of the documents, written name@version: cnca-report@2016, cnca-ccc@1, …
    #[arg(long, value_name = "FORMAT")]
    format: String,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object: a summary, the certificates that change, and the findings
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Summary {
    /// Documents that were read again.
    documents: u64,
    /// Certificates of which there is a new version.
    changed: u64,
    /// Certificates that read as before.
    unchanged: u64,
    /// Certificates that this very crosswalk has read already.
    current: u64,
    /// Certificates that have had a later document of another format.
    overtaken: u64,
    /// Certificates that cannot be read out of their document any more.
    refused: u64,
    /// Messages to partners that are due now.
    messages: usize,
}

/// Reads again and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let gateway = arguments.configuration.open()?;
    let catalogue = gateway.exchange.catalogue();
    let format = catalogue.format(&arguments.format).map_err(|error| Failure::Usage(error.to_string()))?;
    if !format.comes_in() {
        return Err(Failure::Usage(format!("{} is only written, never read", format.id())));
    }
    let failed = |error: RegistryError| Failure::environment(&error);
    let resters = gateway.registry().resting_on(format.id()).map_err(failed)?;
    let mut summary = Summary { overtaken: resters.overtaken, ..Summary::default() };
    let (mut findings, mut changed) = (Findings::without_limit(), Vec::new());
    let digest = format.crosswalk().digest();
    let bar =
        terminal::progress(resters.by_document.values().map(|resting| count(resting.len())).sum(), "certificates");
    for (document, resting) in resters.by_document {
        let due: Vec<Resting> =
            resting.iter().filter(|one| one.crosswalks.last().is_none_or(|last| last != digest)).cloned().collect();
        summary.current += count(resting.len() - due.len());
        bar.inc(count(resting.len() - due.len()));
        if due.is_empty() {
            continue;
        }
        let name = format!("sha256 {}", hex::encode(document));
        let payload = gateway.store().payload(&document).map_err(|error| Failure::environment(&error))?;
        let Some(payload) = payload else {
            return Err(Failure::Environment(format!("the document {name} is not in the store")));
        };
        summary.documents += 1;
        let (dry_run, name) = (arguments.dry_run, Path::new(&name));
        let again = Again { gateway: &gateway, format: format.id(), dry_run, name, bar: &bar };
        again.read(payload.bytes, &due, &mut summary, &mut changed, &mut findings)?;
    }
    bar.finish_and_clear();
    let changed: Vec<String> = changed.iter().map(SubjectKey::to_string).collect();
    if arguments.json {
        terminal::json(&json!({
            "format": format.id(), "crosswalk": digest, "dryRun": arguments.dry_run, "summary": summary,
            "changed": changed, "findings": findings.to_json(),
        }));
    } else {
        if let Some(table) = findings.table() {
            terminal::line(table);
        }
        for subject in &changed {
            terminal::line(format!("{} {subject}", if arguments.dry_run { "would change" } else { "changed" }));
        }
        let Summary { documents, changed, unchanged, current, overtaken, refused, messages } = &summary;
        terminal::line(format!(
            "{}: {documents} documents read again; {changed} changed, {unchanged} unchanged, {refused} refused, {current} \
             current, {overtaken} overtaken; {messages} messages to partners",
            format.id()
        ));
    }
    Ok(if summary.refused > 0 { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// One document that is read again.
struct Again<'a> {
    gateway: &'a Gateway,
    format: &'a str,
    dry_run: bool,
    name: &'a Path,
    bar: &'a indicatif::ProgressBar,
}

impl Again<'_> {
    fn read(
        &self,
        bytes: Vec<u8>,
        due: &[Resting],
        summary: &mut Summary,
        changed: &mut Vec<SubjectKey>,
        findings: &mut Findings,
    ) -> Result<(), Failure> {
        let reading = self.reading(&bytes, due)?;
        let crosswalk_digest = reading.crosswalk_digest;
        let mut read: BTreeMap<SubjectKey, ReadRecord> = reading
            .records
            .into_iter()
            .filter_map(|one| Some((SubjectKey::try_from(&one.record.key).ok()?, one)))
            .collect();
        let payload: Arc<[u8]> = Arc::from(bytes);
        let (mut incoming, mut order) = (Vec::new(), Vec::new());
        for Resting { subject, owner, received_from, .. } in due {
            let Some(one) = read.remove(subject) else {
                summary.refused += 1;
                self.bar.inc(1);
                let known = (subject.issuer.clone(), subject.to_string());
                let why = reading.refused.iter().find(|refused| {
                    refused.key.as_ref().is_some_and(|(issuer, number)| {
                        *issuer == known.0 && known.1 == SubjectKey::number(issuer.clone(), number).to_string()
                    })
                });
                match why {
                    Some(refused) => findings.add(self.name, &refused.findings),
                    None => findings.add(self.name, reading.findings.iter().filter(|finding| finding.is_error())),
                }
                let stays = Finding::new("command/not-read-again", Place::Whole).with("subject", subject);
                findings.add(self.name, [&stays]);
                continue;
            };
            order.push(subject.clone());
            incoming.push(Incoming {
                record: one.record,
                findings: one.findings,
                payload: payload.clone(),
                format: self.format.to_owned(),
                crosswalk_digest: crosswalk_digest.clone(),
                owner: owner.clone(),
                received_from: received_from.clone(),
            });
        }
        let mut settle = |position: u64, outcome: &Result<Registered, RegistryError>| {
            self.bar.inc(1);
            match outcome {
                Ok(registered) if registered.outcome == Outcome::Unchanged => summary.unchanged += 1,
                Ok(registered) => {
                    summary.changed += 1;
                    summary.messages += registered.messages;
                    changed.extend(usize::try_from(position).ok().and_then(|at| order.get(at)).cloned());
                }
                Err(error) => {
                    summary.refused += 1;
                    let refused = Finding::new("command/not-registered", Place::Whole).with("reason", error);
                    findings.add(self.name, [&refused]);
                }
            }
        };
        let registry = self.gateway.registry();
        let done = if self.dry_run {
            registry.preview_all(incoming, settle)
        } else {
            registry.register_all(incoming, |progress| settle(progress.position, progress.outcome)).map(drop)
        };
        done.map_err(|error| Failure::environment(&error))
    }

    /// The document, read by the crosswalk as it is now. A format that names no issuer is read for the one that all of its
    /// certificates have.
    fn reading(&self, bytes: &[u8], due: &[Resting]) -> Result<Reading, Failure> {
        let exchange = &self.gateway.exchange;
        let first: Option<&Identifier> = due.first().map(|one| &one.subject.issuer);
        let sender = first.filter(|issuer| due.iter().all(|one| one.subject.issuer == **issuer));
        let today = exchange.today();
        let issue = source::sent_by(exchange.house().issue(), sender);
        let mapping = Context::new(today).issuing(&issue).computing(self.gateway.recognition.as_ref());
        let context = ReadContext { rules: RuleContext::on(today), mapping, limits: exchange.limits().clone() };
        exchange.catalogue().read(self.format, bytes, None, &context).map_err(|error| Failure::Usage(error.to_string()))
    }
}
