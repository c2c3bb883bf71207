//! `certbridge sample`: invented records, the same bytes for the same arguments.
//!
//! Everything about them is fictive but the shape: titles, codes, check characters and the mistakes that people make.

mod ccc;
mod foreign;
mod names;
mod party;
mod report;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};

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
fn later(day: Day, days: i64) -> Day {
    Day(day.0.checked_add(jiff::Span::new().days(days)).unwrap_or(day.0))
}

/// `yyyymmdd`.
fn compact(day: Day) -> String {
    day.to_string().replace('-', "")
}
