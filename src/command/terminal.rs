//! What is shown: tables of findings, progress, complaints. Colours and bars only where a person looks.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::finding::{Finding, Severity};

use super::Failure;

/// Writes to standard output. A reader that has gone away (`| head`) is no failure of ours.
pub(super) fn out(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
}

/// Writes bytes to standard output.
pub(super) fn bytes(bytes: &[u8]) {
    let _ = io::stdout().lock().write_all(bytes);
}

/// Writes a line to standard output.
pub(super) fn line(text: impl AsRef<str>) {
    out(&format!("{}\n", text.as_ref()));
}

/// Writes a value as JSON, to be read by a person too.
pub(super) fn json(value: &impl serde::Serialize) {
    // What we print is made of maps with text keys: writing it cannot fail.
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Writes a line to standard error: for people, beside what a program reads.
pub(super) fn aside(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// Says why a command could not do its work.
pub(super) fn complain(failure: &Failure) {
    aside(format!("certbridge: {failure}"));
}

/// A table that fits the terminal.
pub(super) fn table(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_width(140);
    }
    table.set_header(titles.to_vec());
    table
}

/// Findings as a table: where, what, in both languages.
pub(super) fn findings_table(findings: &[(String, Finding)]) -> String {
    let several = findings.iter().any(|(file, _)| *file != findings[0].0);
    let mut table = table(&["severity", "place", "what", "code"]);
    for (file, finding) in findings {
        let message = finding.message();
        let mut place = if several { format!("{file} {}", finding.place()) } else { finding.place().to_string() };
        if let Some(output) = finding.value("output") {
            place.push_str(&format!("\n→ {output}"));
        }
        table.add_row([
            finding.severity().to_string(),
            place,
            format!("{}\n{}", message.zh, message.en),
            finding.code().to_owned(),
        ]);
    }
    table.to_string()
}

/// How many findings there are of each weight: `2 errors, 1 warning`.
pub(super) fn tally_of(counts: [u64; 4]) -> String {
    let words = [Severity::Error, Severity::Warning, Severity::Normalised, Severity::Note]
        .into_iter()
        .filter(|severity| counts[*severity as usize] > 0)
        .map(|severity| {
            let count = counts[severity as usize];
            let plural = if count > 1 && matches!(severity, Severity::Error | Severity::Warning | Severity::Note) {
                "s"
            } else {
                ""
            };
            format!("{count} {severity}{plural}")
        })
        .collect::<Vec<_>>()
        .join(", ");
    if words.is_empty() { "no findings".into() } else { words }
}

/// A bar on a terminal, and nothing elsewhere.
pub(super) fn progress(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

/// A bar for a document that is read piece by piece.
pub(super) fn reading(file: &std::path::Path) -> ProgressBar {
    progress(0, &file.display().to_string())
}

/// Moves such a bar; `length` is that of the file, for a document whose own measure is not known.
pub(super) fn moved(bar: &ProgressBar, (done, of): (u64, u64), length: Option<u64>) {
    bar.set_length(if of > 0 { of } else { length.unwrap_or(done) });
    bar.set_position(done);
}
