//! Long CSV files, read twice: looked through from end to end, so that a file whose records cannot be told apart is refused
//! before any of it is taken; then row by row. No more than one row is held. A row that breaks a limit or does not decode
//! is told of, and costs no other row.

use std::io::{Read, Seek, SeekFrom};

use super::as_utf8::{AsUtf8, read_some};
use super::csv::{ragged, record, row_place};
use super::csv_lines::{Astray, Records};
use super::limits::{Budget, Limits, broken};
use super::{Charset, ReadRow, Row, Rows};
use crate::finding::{Finding, Place};

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// Characters beyond ASCII that make a text UTF-8 although it is none further below: no other encoding gives so many by
/// chance.
const SURELY: u32 = 64;

/// What a look through a file has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) charset: Charset,
    /// Bytes of the byte order mark.
    mark: u64,
    /// Records that end in a line break.
    records: u64,
    /// Is there nothing in the file?
    empty: bool,
}

impl Survey {
    /// True for a file without a byte behind its mark.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }
}

/// Looks through a file from end to end. `declared` is its encoding where somebody said it; a byte order mark is believed
/// before that.
pub(super) fn survey<R: Read + Seek>(
    source: &mut R,
    declared: Option<Charset>,
    limits: &Limits,
) -> Result<Survey, Finding> {
    let unreadable = |error: std::io::Error| Finding::new("document/unreadable", Place::Whole).with("reason", error);
    let mut head = [0; 3];
    source.rewind().map_err(unreadable)?;
    let mut length = 0;
    while let Some(rest) = head.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match read_some(source, rest).map_err(unreadable)? {
            0 => break,
            read => length += read,
        }
    }
    let marked = Charset::of_mark(head.get(..length).unwrap_or_default());
    let mark = marked.map_or(0, |(_, length)| length as u64);
    source.seek(SeekFrom::Start(mark)).map_err(unreadable)?;
    let told = marked.map(|(charset, _)| charset).or(declared);
    let mut look =
        Look { utf8: Utf8::default(), lines: Records::new(limits.cell_lines), records: 0, empty: true, limits };
    let charset = match told {
        Some(charset @ (Charset::Utf16Le | Charset::Utf16Be)) => {
            look.through(AsUtf8::new(source, charset), limits.stream_bytes.saturating_mul(3))?;
            charset
        }
        told => {
            look.through(source, limits.stream_bytes)?;
            told.unwrap_or(if look.utf8.is_it() { Charset::Utf8 } else { Charset::Gb18030 })
        }
    };
    Ok(Survey { charset, mark, records: look.records, empty: look.empty })
}

struct Look<'l> {
    utf8: Utf8,
    lines: Records,
    records: u64,
    empty: bool,
    limits: &'l Limits,
}

impl Look<'_> {
    fn through(&mut self, mut text: impl Read, most: u64) -> Result<(), Finding> {
        let mut chunk = vec![0; CHUNK];
        let mut total = 0_u64;
        loop {
            let length = read_some(&mut text, &mut chunk)
                .map_err(|error| Finding::new("document/unreadable", Place::Whole).with("reason", error))?;
            let read = chunk.get(..length).unwrap_or_default();
            if read.is_empty() {
                return self.lines.finish().map_err(|astray| self.astray(astray));
            }
            self.empty = false;
            total += read.len() as u64;
            if total > most {
                return Err(broken("document/stream-too-long", self.limits.stream_bytes, Place::Whole));
            }
            self.utf8.look(read);
            // UTF-16 without a byte order mark shows as text full of NUL characters.
            let nul = read.iter().position(|byte| *byte == 0);
            self.ends(read.get(..nul.unwrap_or(read.len())).unwrap_or_default())?;
            if nul.is_some() {
                let place = Place::Position { line: self.lines.line, column: 0 };
                return Err(Finding::new("document/nul-character", place));
            }
        }
    }

    fn ends(&mut self, mut rest: &[u8]) -> Result<(), Finding> {
        while let Some(length) = self.lines.end(rest).map_err(|astray| self.astray(astray))? {
            self.records += 1;
            if self.records > u64::from(self.limits.stream_rows) {
                let row = self.limits.stream_rows.saturating_add(1);
                return Err(broken("document/too-many-stream-rows", self.limits.stream_rows, row_place(row)));
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    fn astray(&self, astray: Astray) -> Finding {
        let opened = self.lines.opened;
        let place = Place::Position { line: opened, column: 0 };
        match astray {
            Astray::Quote => Finding::new("document/unbalanced-quote", place).with("line", opened),
            Astray::Lines => broken("document/too-many-cell-lines", self.limits.cell_lines, place),
        }
    }
}

/// Whether bytes that come in pieces are UTF-8.
#[derive(Debug, Default)]
struct Utf8 {
    /// Bytes of a character that was cut.
    cut: Vec<u8>,
    /// Characters beyond ASCII.
    wide: u32,
    fails: bool,
}

impl Utf8 {
    fn look(&mut self, bytes: &[u8]) {
        if self.fails || self.wide >= SURELY {
            return;
        }
        let joined;
        let bytes = if self.cut.is_empty() {
            bytes
        } else {
            joined = [std::mem::take(&mut self.cut).as_slice(), bytes].concat();
            &joined
        };
        let (valid, rest) = match str::from_utf8(bytes) {
            Ok(text) => (text, &[][..]),
            Err(error) => {
                self.fails = error.error_len().is_some();
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (str::from_utf8(valid).unwrap_or_default(), rest)
            }
        };
        let wide = valid.chars().filter(|c| !c.is_ascii()).take(SURELY as usize).count();
        self.wide = self.wide.saturating_add(u32::try_from(wide).unwrap_or(SURELY));
        if !self.fails {
            self.cut = rest.to_vec();
        }
    }

    fn is_it(&self) -> bool {
        self.wide >= SURELY || (!self.fails && self.cut.is_empty())
    }
}

/// The rows of a file that was looked through.
pub(super) struct CsvRows<'l, R> {
    text: AsUtf8<R>,
    charset: Charset,
    limits: &'l Limits,
    lines: Records,
    /// What was read and is not given yet; `scanned` of it were looked at.
    window: Vec<u8>,
    begun: usize,
    scanned: usize,
    /// Bytes of the record that were thrown away, since it is too long.
    dropped: u64,
    ended: bool,
    number: u32,
    width: u32,
    records: u64,
}

impl<'l, R: Read + Seek> CsvRows<'l, R> {
    pub(super) fn new(mut source: R, survey: Survey, limits: &'l Limits) -> Result<Self, Finding> {
        source.seek(SeekFrom::Start(survey.mark)).map_err(unreadable)?;
        Ok(Self {
            text: AsUtf8::new(source, survey.charset),
            charset: survey.charset,
            limits,
            lines: Records::new(limits.cell_lines),
            window: Vec::new(),
            begun: 0,
            scanned: 0,
            dropped: 0,
            ended: false,
            number: 0,
            width: 0,
            records: survey.records,
        })
    }
}

fn unreadable(error: std::io::Error) -> Finding {
    Finding::new("document/unreadable", Place::Whole).with("reason", error)
}

impl<R: Read> CsvRows<'_, R> {
    /// Brings the next record into the window as a whole; gives its end, or nothing where there is none.
    fn next_record(&mut self) -> Result<Option<usize>, Finding> {
        loop {
            let rest = self.window.get(self.scanned..).unwrap_or_default();
            // The look through the file has found every quote in order; if it is no more, the file has changed.
            let end = self.lines.end(rest).map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?;
            if let Some(length) = end {
                self.scanned += length;
                return Ok(Some(self.scanned));
            }
            self.scanned = self.window.len();
            if self.ended {
                let holds = self.dropped > 0 || self.begun < self.window.len();
                return Ok(holds.then_some(self.window.len()));
            }
            if (self.window.len() - self.begun) as u64 > self.limits.line_bytes {
                self.dropped += (self.window.len() - self.begun) as u64;
                self.window.clear();
                self.begun = 0;
            }
            self.window.drain(..self.begun);
            self.begun = 0;
            let length = self.window.len();
            self.window.resize(length + CHUNK, 0);
            let room = self.window.get_mut(length..).unwrap_or_default();
            let read = read_some(&mut self.text, room).map_err(unreadable)?;
            self.window.truncate(length + read);
            self.scanned = length;
            self.ended = read == 0;
        }
    }

    /// The record that stands in the window up to there.
    fn row(&mut self, end: usize, line: u32) -> Result<(Row, u32), Finding> {
        let bytes = self.window.get(self.begun..end).unwrap_or_default();
        let number = self.number;
        if self.dropped > 0 || bytes.len() as u64 > self.limits.line_bytes {
            return Err(broken("document/line-too-long", self.limits.line_bytes, row_place(number)));
        }
        let text = str::from_utf8(bytes).map_err(|_| {
            Finding::new("document/undecodable", row_place(number)).with("encoding", self.charset.name())
        })?;
        let (cells, fields) = record(text, number, line, self.limits, Budget::of_row(self.limits))?;
        Ok((Row { number, cells }, fields))
    }
}

impl<R: Read> Rows for CsvRows<'_, R> {
    fn next_row(&mut self) -> Result<Option<ReadRow>, Finding> {
        loop {
            let line = self.lines.line;
            let Some(end) = self.next_record()? else { return Ok(None) };
            self.number = self.number.saturating_add(1);
            let read = self.row(end, line);
            self.begun = end;
            self.dropped = 0;
            let (row, mut findings) = match read {
                Ok((row, _)) if row.cells.is_empty() => continue,
                Ok((row, fields)) => {
                    let finding = ragged(&row, fields, &mut self.width);
                    (Some(row), finding.into_iter().collect())
                }
                Err(finding) => (None, vec![finding]),
            };
            if self.number == 1 && self.charset == Charset::Gb18030 {
                findings.insert(0, Finding::new("document/read-as-gb18030", Place::Whole));
            }
            return Ok(Some(ReadRow { row, findings }));
        }
    }

    fn progress(&self) -> (u64, u64) {
        (u64::from(self.number), self.records)
    }
}

#[cfg(test)]
#[path = "csv_rows_tests.rs"]
mod tests;
