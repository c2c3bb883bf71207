//! NDJSON: one JSON text a line, read as a stream or whole. A bad line gives a finding and costs no other line.

use std::io::{BufRead, Read as _};

use super::limits::{Budget, Limits, broken};
use super::{Node, Syntax, Value, WriteError, json, json_write};
use crate::finding::{Finding, Place};

/// One line that holds something.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonLine {
    /// The line, from 1.
    pub number: u32,
    /// Its record, or why it is refused; the place names the line.
    pub record: Result<Node, Finding>,
}

/// The lines of an NDJSON file as a stream: no more than one line is held. Every line has the caps of a document of its
/// own; the whole has that of streams. Empty lines are passed over. A reader that fails ends the stream with a finding.
#[derive(Debug)]
pub struct JsonLines<'a, R> {
    reader: R,
    limits: &'a Limits,
    number: u32,
    passed: u64,
    buffer: Vec<u8>,
    ended: bool,
}

impl<'a, R: BufRead> JsonLines<'a, R> {
    /// The lines of a reader.
    pub fn new(reader: R, limits: &'a Limits) -> Self {
        Self { reader, limits, number: 0, passed: 0, buffer: Vec::new(), ended: false }
    }

    /// The next line as it stands, without reading it as JSON: so that workers may share that. Its number and its bytes;
    /// a refusal where it is too long or the reader fails.
    pub fn next_line(&mut self) -> Option<(u32, Result<&[u8], Finding>)> {
        if self.ended {
            return None;
        }
        self.number = self.number.saturating_add(1);
        self.buffer.clear();
        let filled = self.fill();
        self.passed = self.passed.saturating_add(*filled.as_ref().unwrap_or(&0));
        match filled {
            Ok(0) => {
                self.ended = true;
                None
            }
            Ok(_) if self.passed > self.limits.stream_bytes => {
                self.ended = true;
                let refusal = broken("document/stream-too-long", self.limits.stream_bytes, line_place(self.number));
                Some((self.number, Err(refusal)))
            }
            Ok(_) if self.buffer.len() as u64 > self.limits.line_bytes => {
                let refusal = broken("document/line-too-long", self.limits.line_bytes, line_place(self.number));
                Some((self.number, Err(refusal)))
            }
            Ok(_) => {
                let mark: &[u8] = if self.number == 1 { b"\xef\xbb\xbf" } else { b"" };
                let line = self.buffer.strip_prefix(mark).unwrap_or(&self.buffer);
                Some((self.number, Ok(line)))
            }
            Err(error) => {
                self.ended = true;
                let finding = Finding::new("document/unreadable", line_place(self.number)).with("reason", error);
                Some((self.number, Err(finding)))
            }
        }
    }

    /// Bytes that have been read.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Reads a line without its break, and one byte beyond the limit at most; passes over the rest of a longer one.
    /// Gives the bytes of the source that went by.
    fn fill(&mut self) -> std::io::Result<u64> {
        let most = self.limits.line_bytes.saturating_add(2);
        let mut passed = self.reader.by_ref().take(most).read_until(b'\n', &mut self.buffer)? as u64;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
        } else if passed == most {
            passed += self.reader.skip_until(b'\n')? as u64;
        }
        Ok(passed)
    }
}

impl<R: BufRead> Iterator for JsonLines<'_, R> {
    type Item = JsonLine;

    fn next(&mut self) -> Option<JsonLine> {
        let limits = self.limits;
        loop {
            let (number, line) = self.next_line()?;
            let record = match line {
                Ok(line) if line.trim_ascii().is_empty() => continue,
                Ok(line) => json::parse_json(line, number, limits),
                Err(refusal) => Err(refusal),
            };
            return Some(JsonLine { number, record });
        }
    }
}

fn line_place(line: u32) -> Place {
    Place::Position { line, column: 0 }
}

/// Reads a whole file: the list of its good lines, and a finding for each bad one.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<(Node, Vec<Finding>), Finding> {
    let mut budget = Budget::of_values(limits);
    let (mut records, mut findings) = (Vec::new(), Vec::new());
    let mut lines = JsonLines::new(bytes, limits);
    while let Some((number, line)) = lines.next_line() {
        let record = match line {
            Ok(line) if line.trim_ascii().is_empty() => continue,
            Ok(line) => json::parse_within(line, number, limits, &mut budget),
            Err(refusal) => Err(refusal),
        };
        match record {
            Ok(record) => records.push(record),
            // What all lines share is spent: the file as a whole is refused.
            Err(refusal) if matches!(refusal.code(), "document/too-many-values" | "document/too-much-text") => {
                return Err(refusal);
            }
            Err(_) if findings.len() as u64 >= limits.findings => {
                return Err(broken("document/too-many-findings", limits.findings, line_place(number)));
            }
            Err(refusal) => findings.push(refusal),
        }
    }
    Ok((Node::list(records), findings))
}

/// Writes the items of a list, one a line.
pub(super) fn write(root: &Node) -> Result<Vec<u8>, WriteError> {
    let Value::List(records) = &root.value else {
        return Err(WriteError::Shape { syntax: Syntax::JsonLines, what: "a root that is no list" });
    };
    let mut out = Vec::new();
    for record in records {
        json_write::write(record, &mut out);
        out.push(b'\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "\u{feff}{\"a\":1}\r\n\n{\"a\":1,\"a\":2}\n{\"b\":\n  \n[2]";

    #[test]
    fn a_bad_line_gives_a_finding_and_costs_no_other_line() {
        let (root, findings) = parse(LINES.as_bytes(), &Limits::default()).expect("readable");
        let lines: Vec<u32> = root.as_list().expect("a list").iter().map(|record| record.line).collect();
        assert_eq!(lines, [1, 6]);
        let told: Vec<_> = findings.iter().map(|finding| (finding.code(), finding.place().to_string())).collect();
        assert_eq!(
            told,
            [
                ("document/duplicate-key", "line 3 /a".to_owned()),
                ("document/json-syntax", "line 4 column 6".to_owned())
            ]
        );
        assert_eq!(write(&root).expect("a list"), b"{\"a\":1}\n[2]\n");
    }

    #[test]
    fn the_stream_gives_what_the_whole_gives() {
        let limits = Limits::default();
        let (root, findings) = parse(LINES.as_bytes(), &limits).expect("readable");
        let (good, bad): (Vec<_>, Vec<_>) =
            JsonLines::new(LINES.as_bytes(), &limits).map(|line| line.record).partition(Result::is_ok);
        assert_eq!(good.into_iter().map(|r| r.expect("good")).collect::<Vec<_>>(), root.as_list().expect("a list"));
        assert_eq!(bad.into_iter().map(|r| r.expect_err("bad")).collect::<Vec<_>>(), findings);
    }

    #[test]
    fn a_line_beyond_the_limit_is_refused_and_the_next_one_is_read() {
        let limits = Limits { line_bytes: 10, ..Limits::default() };
        for (line, fits) in [("\"12345678\"", true), ("\"123456789\"", false), (&"x".repeat(100), false)] {
            for end in ["\n", "\r\n"] {
                let text = format!("{line}{end}[7]{end}");
                let lines: Vec<_> = JsonLines::new(text.as_bytes(), &limits).collect();
                assert_eq!(lines.len(), 2, "{text}");
                match &lines[0].record {
                    Ok(_) => assert!(fits),
                    Err(refusal) => {
                        assert!(!fits);
                        assert_eq!(refusal.code(), "document/line-too-long");
                        assert_eq!(refusal.value("limit"), Some("line-bytes"));
                        assert_eq!(refusal.place().to_string(), "line 1");
                    }
                }
                assert!(lines[1].record.is_ok() && lines[1].number == 2);
            }
        }
    }

    #[test]
    fn the_lines_of_a_whole_file_share_its_caps_and_those_of_a_stream_do_not() {
        let limits = Limits { nodes: 5, ..Limits::default() };
        assert!(parse(b"[1]\n[2]\n", &limits).is_ok());
        assert_eq!(parse(b"[1]\n[2]\n[3]\n", &limits).expect_err("refused").code(), "document/too-many-values");
        assert!(JsonLines::new(&b"[1]\n[2]\n[3]\n"[..], &limits).all(|line| line.record.is_ok()));
        let limits = Limits { findings: 1, ..Limits::default() };
        assert!(parse(b"x\n[2]\n", &limits).is_ok());
        assert_eq!(parse(b"x\n[2]\ny\n", &limits).expect_err("refused").code(), "document/too-many-findings");
    }
}
