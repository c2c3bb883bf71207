//! The files of one run of `certbridge convert`, one after the other: each read whole, or piece by piece, and what comes of
//! it written as it comes.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use super::issue::Issue;
use super::output::{self, Output, Written};
use super::{Arguments, account, report};
use crate::clock::Timestamp;
use crate::command::source::{self, Findings};
use crate::command::{Failure, terminal};
use crate::document::{Document, Node, Row, Sheet, Syntax, Workbook};
use crate::format::{Catalogue, Converted, FormatError, Piece, ReadContext};
use crate::mapping::{Context, Piece as Stand};
use crate::release::Policy;

/// Lines or rows of one piece.
const ROWS: usize = 16;

/// What the files of a run share.
pub(super) struct Run<'r> {
    pub(super) arguments: &'r Arguments,
    pub(super) catalogue: &'r Catalogue,
    pub(super) policy: Policy,
    pub(super) writing: Context<'r>,
    pub(super) issue: &'r Issue,
    pub(super) at: Timestamp,
    pub(super) findings: Findings,
    pub(super) accounts: Vec<Value>,
    pub(super) output: Output,
    /// The line of titles of a CSV file, once it is written.
    pub(super) titles: Option<Vec<u8>>,
    /// Documents that were written.
    pub(super) written: usize,
    /// Records in them.
    pub(super) sent: usize,
}

impl Run<'_> {
    /// A file that is read whole.
    pub(super) fn whole(&mut self, file: &Path, reading: &ReadContext<'_>) -> Result<(), Failure> {
        let bytes = source::read(file, &reading.limits)?;
        let Arguments { from, to, .. } = self.arguments;
        let converted = self
            .catalogue
            .convert(from, to, &bytes, source::name_of(file), &self.policy, reading, &self.writing)
            .map_err(|error| usage(&error))?;
        self.documents(&converted)?;
        self.tell(file, &converted);
        if self.arguments.account.is_some() {
            self.accounts.push(account(&file.display().to_string(), to, &converted));
        }
        Ok(())
    }

    /// A file that is read piece by piece.
    pub(super) fn pieces(&mut self, file: &Path, reading: &ReadContext<'_>) -> Result<Written, Failure> {
        let arguments = self.arguments;
        let mut reading = reading.clone();
        if !arguments.report {
            reading.mapping = reading.mapping.without_account();
            self.writing = self.writing.without_account();
        }
        let opened = source::open(file, &reading.limits, false)?;
        let streaming = source::streaming(arguments.encoding, ROWS);
        let bar = terminal::reading(file);
        let (before, catalogue) = (self.written, self.catalogue);
        let mut ended = Ok(Written::Whole);
        let mut take = |piece: Piece| {
            terminal::moved(&bar, piece.progress, opened.length);
            ended = self.piece(file, piece);
            match ended {
                Ok(Written::Whole) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        };
        let name = source::name_of(file);
        catalogue
            .read_stream(&arguments.from, opened.input, name, &reading, &streaming, &mut take)
            .map_err(|error| usage(&error))?;
        bar.finish_and_clear();
        let many = catalogue.format(&arguments.to).is_ok_and(crate::format::Format::carries_many);
        if many && self.written > before {
            self.written = before + 1;
        }
        ended
    }

    /// One piece, written in the other format.
    fn piece(&mut self, file: &Path, piece: Piece) -> Result<Written, Failure> {
        let writing = self.writing.in_piece(Stand { records_before: self.sent, last_row: 0 });
        let converted = self
            .catalogue
            .convert_reading(piece.reading, &self.arguments.to, &self.policy, &writing)
            .map_err(|error| usage(&error))?;
        let written = self.documents(&converted)?;
        let sent = converted.documents.iter().filter(|document| document.written.may_be_sent());
        self.sent += sent.map(|document| document.written.records.len()).sum::<usize>();
        self.tell(file, &converted);
        Ok(written)
    }

    /// What there is to say of what was converted.
    fn tell(&mut self, file: &Path, converted: &Converted) {
        self.findings.add(file, converted.reading.all_findings());
        self.findings.add(file, converted.documents.iter().flat_map(|document| &document.written.findings));
        if self.arguments.report {
            let unseen = report::of(&file.display().to_string(), &self.arguments.to, converted);
            if unseen.is_empty() {
            } else if self.arguments.output.is_some() {
                terminal::out(&unseen);
            } else {
                terminal::aside(unseen.trim_end());
            }
        }
    }

    /// Writes what may be sent.
    fn documents(&mut self, converted: &Converted) -> Result<Written, Failure> {
        for document in converted.documents.iter().filter(|document| document.written.may_be_sent()) {
            let syntax = document.written.document.as_ref().map_or(Syntax::Json, |one| one.syntax);
            let records = document.written.records.iter().filter_map(|index| converted.reading.records.get(*index));
            let mut records = records.map(|read| &read.record);
            let key = records.clone().next().map(|record| &record.key);
            let mut bytes = Vec::new();
            if let Some(value) = document.written.value().filter(|_| syntax != Syntax::JsonLines) {
                let value = self.issue.finish(value, &mut records, self.at)?;
                bytes.extend_from_slice(value.to_string().as_bytes());
                bytes.push(b'\n');
            } else {
                output::append(&document.written, &mut bytes)?;
                if let (Syntax::Csv, Some(table)) = (syntax, &document.written.document) {
                    self.one_line_of_titles(table, &mut bytes)?;
                }
            }
            if self.output.document(key, syntax, &bytes, self.written == 0)? == Written::Unwanted {
                return Ok(Written::Unwanted);
            }
            self.written += 1;
        }
        Ok(Written::Whole)
    }

    /// Leaves the titles out of a table that is not the first: all are pieces of one, and have the same.
    fn one_line_of_titles(&mut self, table: &Document, output: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(titles) = &self.titles else {
            let rows: Vec<Row> = table.sheets().iter().filter_map(|sheet| sheet.rows.first().cloned()).collect();
            let book = Workbook { sheets: vec![Sheet { name: String::new(), rows }] };
            let document = Document { syntax: Syntax::Csv, root: Node::new(crate::document::Value::Workbook(book)) };
            self.titles = Some(document.write().map_err(|error| Failure::environment(&error))?);
            return Ok(());
        };
        if !output.starts_with(titles) {
            return Err(Failure::Environment("the pieces of the table have not the same titles".into()));
        }
        output.drain(..titles.len());
        Ok(())
    }
}

fn usage(error: &FormatError) -> Failure {
    Failure::Usage(error.to_string())
}
