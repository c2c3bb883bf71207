//! `certbridge convert` for filings of certification rules, which are no certificates: they go out as filings only.

use std::process::ExitCode;

use serde_json::json;

use super::{Arguments, output};
use crate::command::source::{self, Findings};
use crate::command::{FINDINGS, Failure, terminal};
use crate::format::{Catalogue, FilingContext};
use crate::mapping::Context;

/// Converts and writes.
pub(super) fn run(arguments: &Arguments, catalogue: &Catalogue, writing: &Context<'_>) -> Result<ExitCode, Failure> {
    let reading = FilingContext { mapping: *writing, ..FilingContext::on(writing.on) };
    let (mut findings, mut bytes, mut accounts, mut count) = (Findings::default(), Vec::new(), Vec::new(), 0_usize);
    if arguments.sign {
        return Err(Failure::Usage("--sign: only credentials (untp-dcc) carry a proof".into()));
    }
    for file in &arguments.files {
        let source = source::read(file, &reading.limits)?;
        let converted = catalogue
            .convert_filings(&arguments.from, &arguments.to, &source, source::name_of(file), &reading, writing)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        findings.add(file, converted.reading.all_findings());
        findings.add(file, converted.documents.iter().flat_map(|document| &document.findings));
        for document in converted.documents.iter().filter(|document| document.may_be_sent()) {
            output::append(document, &mut bytes)?;
            count += 1;
        }
        let filings: Vec<_> = converted
            .reading
            .filings
            .iter()
            .enumerate()
            .map(|(index, filing)| {
                let of = |one: &&crate::format::WrittenDocument| one.records.contains(&index);
                let out =
                    converted.documents.iter().find(of).and_then(|document| {
                        document.accounts.get(document.records.iter().position(|one| *one == index)?)
                    });
                json!({"place": filing.place, "in": filing.account, "out": out})
            })
            .collect();
        accounts.push(
            json!({"file": file.display().to_string(), "from": arguments.from, "to": arguments.to, "filings": filings}),
        );
    }
    output::deliver(arguments.output.as_deref(), &bytes)?;
    if let Some(path) = &arguments.account {
        let text = serde_json::to_string_pretty(&accounts).map_err(|error| Failure::environment(&error))?;
        std::fs::write(path, text + "\n").map_err(|error| Failure::file(path, &error))?;
    }
    if let Some(table) = findings.table() {
        terminal::aside(table);
    }
    terminal::aside(format!("{count} documents of {}; {}", arguments.to, findings.tally()));
    Ok(if findings.any_error() { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}
