//! A long NDJSON file as a stream: read in parts of some lines, so that memory does not grow with the file.
//!
//! What a key that stands twice is told by is held over the parts ([`Seen`]); that is all that is.

use std::io::BufRead;

use serde_json::Value;

use super::catalogue::{Catalogue, Format, FormatError};
use super::read::{ReadContext, Reading, Seen, name_of};
use crate::document::{Document, JsonLines, Node, Syntax};
use crate::finding::{Finding, Place};

/// Lines that are read together.
const PART: usize = 16;

/// The parts of an NDJSON file, each with the records of its lines. Every line has the caps of a document of its own, the
/// whole has none. A file without a record gives one part that says so.
pub struct Parts<'c, R> {
    catalogue: &'c Catalogue,
    format: &'c Format,
    context: &'c ReadContext<'c>,
    lines: JsonLines<'c, R>,
    seen: Seen,
    begun: bool,
    ended: bool,
}

impl Catalogue {
    /// Reads an NDJSON file of a format as a stream.
    ///
    /// # Errors
    /// The caller named a format that is not known or does not come in. A format that is not read from NDJSON is told by
    /// the first part, as a document in a wrong syntax is.
    pub fn read_lines<'c, R: BufRead>(
        &'c self,
        format: &str,
        reader: R,
        context: &'c ReadContext<'c>,
    ) -> Result<Parts<'c, R>, FormatError> {
        let format = self.incoming(format)?;
        let lines = JsonLines::new(reader, &context.limits);
        Ok(Parts { catalogue: self, format, context, lines, seen: Seen::default(), begun: false, ended: false })
    }
}

impl<R: BufRead> Iterator for Parts<'_, R> {
    type Item = Result<Reading, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut reading = Reading::of(self.format);
        if !self.format.takes(Syntax::JsonLines) {
            self.ended = true;
            reading.findings.push(self.format.refuses(Syntax::JsonLines));
            return Some(Ok(reading));
        }
        let mut records = Vec::with_capacity(PART);
        while records.len() + reading.findings.len() < PART {
            match self.lines.next() {
                Some(line) => match line.record {
                    Ok(record) => records.push(record),
                    Err(refusal) => reading.findings.push(refusal),
                },
                None => {
                    self.ended = true;
                    break;
                }
            }
        }
        let first = !std::mem::replace(&mut self.begun, true);
        if records.is_empty() {
            if first && reading.findings.is_empty() {
                reading.findings.push(Finding::new("format/no-records", Place::Whole));
            }
            return (first || !reading.findings.is_empty()).then_some(Ok(reading));
        }
        let document = Document { syntax: Syntax::JsonLines, root: Node::list(records) };
        let read = self.catalogue.read_document(self.format, &document, self.context, &mut self.seen, &mut reading);
        Some(read.map(|()| reading))
    }
}

impl Reading {
    /// Nothing read yet.
    pub(super) fn of(format: &Format) -> Self {
        Self {
            format: format.id().to_owned(),
            crosswalk_digest: format.crosswalk().digest().to_owned(),
            batch: Value::Null,
            records: Vec::new(),
            refused: Vec::new(),
            findings: Vec::new(),
        }
    }
}

impl Format {
    /// The refusal of a document in a syntax that the format is not read in.
    pub(super) fn refuses(&self, syntax: Syntax) -> Finding {
        let taken = self.syntaxes().iter().map(|one| name_of(*one)).collect::<Vec<_>>().join(", ");
        Finding::new("format/syntax-not-taken", Place::Whole)
            .with("format", self.id())
            .with("syntax", name_of(syntax))
            .with("taken", taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::*;

    fn line(number: usize) -> String {
        format!(r#"{{"认证机构批准号":"CNCA-R-2002-001","证书号码":"N{number}","组织名称":"一厂"}}"#)
    }

    /// Findings, places and keys: all that can be told of a reading.
    fn told(readings: &[Reading]) -> Vec<String> {
        let records = readings
            .iter()
            .flat_map(|one| &one.records)
            .map(|one| format!("{} {}", one.place, one.record.key.number.clone().unwrap_or_default()));
        let refused =
            readings.iter().flat_map(|one| &one.refused).map(|one| format!("refused {} {:?}", one.place, one.findings));
        let findings = readings.iter().flat_map(|one| &one.findings).map(ToString::to_string);
        records.chain(refused).chain(findings).collect()
    }

    #[test]
    fn a_stream_says_what_the_whole_file_says() {
        let mut text: String = (0..600).map(|number| line(number) + "\n").collect();
        text.push_str("{broken\n\n");
        text.push_str(&line(3));
        let catalogue = Catalogue::bundled();
        let context = ReadContext::on(data_day());
        let whole = catalogue.read("cnca-report@2016", text.as_bytes(), Some("x.ndjson"), &context).expect("format");
        let parts: Vec<Reading> = catalogue
            .read_lines("cnca-report@2016", text.as_bytes(), &context)
            .expect("format")
            .map(|part| part.expect("schemas"))
            .collect();
        assert!(parts.len() > 2, "{} parts", parts.len());
        assert_eq!(told(&parts), told(&[whole]));
        assert!(told(&parts).iter().any(|one| one.contains("duplicate-certificate")));
    }

    #[test]
    fn an_empty_stream_says_that_it_holds_no_record() {
        let context = ReadContext::on(data_day());
        let parts: Vec<_> =
            Catalogue::bundled().read_lines("cnca-report@2016", &b"\n \n"[..], &context).expect("format").collect();
        let [Ok(part)] = parts.as_slice() else { panic!("{} parts", parts.len()) };
        assert_eq!(part.findings[0].code(), "format/no-records");
    }
}
