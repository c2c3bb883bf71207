//! `certbridge sample`: invented records, the same bytes for the same arguments.
//!
//! Everything about them is fictive but the shape: titles, codes, check characters and the mistakes that people make.

mod ccc;
mod foreign;
mod names;
mod party;
mod report;
mod workbook;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};

use super::{Failure, terminal};
use crate::clock::Day;

pub use foreign::BASE as FOREIGN_BASE;

/// A row: titles with cells, in the order of the titles.
#[derive(Clone, Debug)]
pub struct Row {
    titles: &'static [&'static str],
    cells: Vec<String>,
}

impl Row {
    fn of(titles: &'static [&'static str]) -> Self {
        Self { titles, cells: vec![String::new(); titles.len()] }
    }

    /// Sets the cell under a title; a title that the sheet does not have is a mistake of ours and changes nothing.
    fn set(&mut self, title: &str, value: impl Into<String>) {
        if let Some(place) = self.titles.iter().position(|t| *t == title) {
            self.cells[place] = value.into();
        }
    }

    fn value(&self, title: &str) -> &str {
        self.titles.iter().position(|t| *t == title).map_or("", |place| &self.cells[place])
    }

    /// Titles with their cells, the empty ones left out.
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.titles.iter().copied().zip(self.cells.iter().map(String::as_str)).filter(|(_, cell)| !cell.is_empty())
    }

    fn to_object(&self) -> Value {
        Value::Object(self.cells().map(|(title, cell)| (title.to_owned(), cell.into())).collect::<Map<_, _>>())
    }
}

/// What to invent.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Number of certificates.
    pub count: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Whether about every sixth certificate gets a mistake.
    pub dirty: bool,
    /// The day that the sample is made for: nothing in it is later.
    pub on: Day,
}

/// A management-system report: certificate rows, audit rows.
pub struct Report {
    /// Rows of 证书信息表.
    pub certificates: Vec<Row>,
    /// Rows of 审核结果信息表.
    pub audits: Vec<Row>,
}

/// Invents a report.
#[must_use]
pub fn report(order: Order) -> Report {
    let mut random = ChaCha8Rng::seed_from_u64(order.seed);
    let mut made = Report { certificates: Vec::new(), audits: Vec::new() };
    for index in 0..order.count {
        let mut reported = report::invent(index, order.on, &mut random);
        if order.dirty {
            report::soil(index, &mut reported);
        }
        made.certificates.push(reported.certificate);
        made.audits.append(&mut reported.audits);
    }
    made
}

/// Invents compulsory product certificates.
#[must_use]
pub fn ccc(order: Order) -> Vec<Row> {
    let mut random = ChaCha8Rng::seed_from_u64(order.seed);
    (0..order.count)
        .map(|index| {
            let mut row = ccc::invent(index, order.on, &mut random);
            if order.dirty {
                ccc::soil(index, &mut row);
            }
            row
        })
        .collect()
}

/// Invents certificates of a partner country.
#[must_use]
pub fn foreign(order: Order) -> Vec<Value> {
    let mut random = ChaCha8Rng::seed_from_u64(order.seed);
    (0..order.count).map(|index| foreign::invent(index, order.on, &mut random)).collect()
}

/// The day that many days later, or earlier.
pub(super) fn later(day: Day, days: i64) -> Day {
    Day(day.0.checked_add(jiff::Span::new().days(days)).unwrap_or(day.0))
}

/// `yyyymmdd`.
fn compact(day: Day) -> String {
    day.to_string().replace('-', "")
}

/// Invent realistic records: the same arguments give the same bytes
#[derive(Debug, Args)]
pub struct Arguments {
    /// Format: cnca-report@2016 (workbook, or .ndjson by the name of OUT), cnca-ccc@1 (JSON, .csv, .ndjson), untp-dcc@0.7.0 (NDJSON, a partner country's)
    #[arg(long, default_value = "cnca-report@2016")]
    format: String,
    /// Number of certificates
    #[arg(long, default_value_t = 40)]
    count: usize,
    /// Another seed gives other records
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give about every sixth certificate a mistake that people make
    #[arg(long)]
    dirty: bool,
    /// The day that the records are made for; nothing in them is later
    #[arg(long, default_value = "2026-10-31")]
    on: Day,
    /// File to write; its ending tells the syntax. Without it JSON goes to standard output
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Invents and writes.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let order = Order { count: arguments.count, seed: arguments.seed, dirty: arguments.dirty, on: arguments.on };
    let ending = arguments.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
    let bytes = write(&arguments.format, ending, order)?;
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, &bytes).map_err(|error| Failure::file(path, &error))?;
            terminal::aside(format!("{} invented certificates in {}", arguments.count, path.display()));
        }
        None => terminal::bytes(&bytes),
    }
    Ok(ExitCode::SUCCESS)
}

/// The sample as bytes, in the syntax that the ending of a file name stands for.
///
/// # Errors
///
/// The format has no sample, or not in that syntax.
pub fn write(format: &str, ending: Option<&str>, order: Order) -> Result<Vec<u8>, Failure> {
    match (format, ending) {
        ("cnca-report@2016", Some("xlsx")) => {
            workbook::write(&report(order)).map_err(|error| Failure::environment(&error))
        }
        ("cnca-report@2016", None | Some("ndjson" | "jsonl")) => {
            Ok(lines(report(order).certificates.iter().map(Row::to_object)))
        }
        ("cnca-ccc@1", None | Some("json")) => Ok(json(ccc(order).iter().map(ccc::nest).collect())),
        ("cnca-ccc@1", Some("ndjson" | "jsonl")) => Ok(lines(ccc(order).iter().map(Row::to_object))),
        ("cnca-ccc@1", Some("csv")) => Ok(csv(&ccc(order))),
        ("untp-dcc@0.7.0", None | Some("ndjson" | "jsonl")) => Ok(lines(foreign(order).into_iter())),
        ("cnca-report@2016" | "cnca-ccc@1" | "untp-dcc@0.7.0", Some(other)) => {
            Err(Failure::Usage(format!("{format} is not written as .{other} (try .xlsx, .ndjson, .json or .csv)")))
        }
        (other, _) => Err(Failure::Usage(format!(
            "there is no sample of {other:?}: cnca-report@2016, cnca-ccc@1 and untp-dcc@0.7.0 have one"
        ))),
    }
}

fn json(values: Vec<Value>) -> Vec<u8> {
    let mut text = format!("{:#}", Value::Array(values)).into_bytes();
    text.push(b'\n');
    text
}

fn lines(values: impl Iterator<Item = Value>) -> Vec<u8> {
    values.flat_map(|value| format!("{value}\n").into_bytes()).collect()
}

fn csv(rows: &[Row]) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row has the cells of its titles.
    let _ = writer.write_record(ccc::TITLES);
    for row in rows {
        let _ = writer.write_record(&row.cells);
    }
    writer.into_inner().unwrap_or_default()
}
