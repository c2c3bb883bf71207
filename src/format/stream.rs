//! Long documents: read in pieces of some lines or rows, each a document of its own, so that memory does not grow with the
//! document. A piece goes the way of any document ([`Catalogue::read_document`]); what is held over the pieces is which keys
//! have been seen, where the next record stands, and what was said of the document as a whole.

use std::io::Read;
use std::ops::ControlFlow;

use super::catalogue::{Catalogue, Format, FormatError};
use super::read::{ReadContext, Reading, name_of};
use super::seen::Seen;
use crate::document::{
    Charset, Document, Node, Scratch, Sheet, Source, Syntax, Value, Workbook, WriteError, json_lines, no_room,
};
use crate::finding::{Finding, Place, any_error};
use crate::mapping::Piece as Stand;

/// Bytes of text that end a piece, however few lines or rows it has.
pub(super) const PIECE_BYTES: usize = 256 << 10;
/// What is said of a document that holds none.
const NO_RECORDS: &str = "format/no-records";
/// Refused records and findings that are held back, until a record is read or it is plain that the document is of another format.
const HELD_BACK: usize = 1_000;

/// A document as it comes.
pub enum Input<'a> {
    /// All of its bytes.
    Whole(Vec<u8>),
    /// An NDJSON file, read as it comes.
    Lines(Box<dyn Read + 'a>),
    /// A CSV file or an xlsx workbook, read more than once.
    Rows(Box<dyn Source + 'a>, Syntax),
}

/// How a document is read piece by piece.
#[derive(Clone, Copy)]
pub struct Streaming<'a> {
    /// Where scratch files are made.
    pub scratch: &'a dyn Scratch,
    /// The encoding, where somebody said it.
    pub charset: Option<Charset>,
    /// Lines or rows of one piece.
    pub rows: usize,
}

/// A piece of a document, read.
#[derive(Debug)]
pub struct Piece {
    /// What it gave. Findings on the document as a whole stand in the first piece that shows them.
    pub reading: Reading,
    /// The piece as a document of its own; nothing where the document was read whole.
    document: Option<Document>,
    /// How many records stand in the pieces before it.
    pub records_before: usize,
    /// How much of the document is read, of how much; the latter is 0 where it is not known.
    pub progress: (u64, u64),
}

impl Piece {
    /// The piece as a document that the format can be read from by itself; nothing where the document was read whole. Rows
    /// of a CSV file stand one below the other in it.
    ///
    /// # Errors
    /// The tree has not the shape of its syntax: our fault.
    pub fn payload(&self) -> Result<Option<Vec<u8>>, WriteError> {
        let Some(document) = &self.document else { return Ok(None) };
        let (Syntax::Csv, Value::Workbook(book)) = (document.syntax, &document.root.value) else {
            return document.write().map(Some);
        };
        let mut book = book.clone();
        for sheet in &mut book.sheets {
            sheet.rows.iter_mut().zip(1..).for_each(|(row, number)| row.number = number);
        }
        Document { syntax: Syntax::Csv, root: Node::new(Value::Workbook(book)) }.write().map(Some)
    }
}

/// Who takes the pieces, one after the other; it may have enough before the end.
pub type Taker<'t> = dyn FnMut(Piece) -> ControlFlow<()> + 't;

impl Catalogue {
    /// Reads a document piece by piece. What it says is what [`Catalogue::read`] says of the whole, but for the order: of a
    /// document that is read whole there is one piece. A document that cannot be read as a whole gives one piece that says
    /// why, before any other.
    ///
    /// # Errors
    /// As [`Catalogue::read`].
    pub fn read_stream(
        &self,
        format: &str,
        input: Input<'_>,
        file_name: Option<&str>,
        context: &ReadContext<'_>,
        streaming: &Streaming<'_>,
        take: &mut Taker<'_>,
    ) -> Result<(), FormatError> {
        let known = self.incoming(format)?;
        let input = match input {
            Input::Lines(source) if !known.takes(Syntax::JsonLines) => whole(source, context),
            Input::Rows(source, syntax) if !known.takes(syntax) => whole(source, context),
            other => Ok(other),
        };
        let input = input.unwrap_or_else(|error| Input::Lines(Box::new(Failing(Some(error)))));
        match input {
            Input::Whole(bytes) => {
                let reading = self.read(format, &bytes, file_name, context)?;
                let _ = take(Piece { reading, document: None, records_before: 0, progress: (1, 1) });
                Ok(())
            }
            Input::Lines(source) => {
                let mut walk = Walk::new(self, known, context, streaming, take);
                let read = walk.lines(source);
                walk.finish(read)
            }
            Input::Rows(source, syntax) => {
                let mut walk = Walk::new(self, known, context, streaming, take);
                let read = if syntax == Syntax::Csv { walk.csv(source) } else { walk.book(source) };
                walk.finish(read)
            }
        }
    }
}

/// All of a document, up to the limit of those that are read whole.
fn whole<'a>(source: impl Read, context: &ReadContext<'_>) -> std::io::Result<Input<'a>> {
    let mut bytes = Vec::new();
    source.take(context.limits.bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Input::Whole(bytes))
}

/// A source that failed before it could be looked at.
struct Failing(Option<std::io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Why a walk ends before the end of its document.
pub(super) enum Stop {
    /// The taker has enough.
    Enough,
    /// The document cannot be read further.
    Refused(Box<Finding>),
    /// The caller's mistake, or ours.
    Failed(FormatError),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Refused(Box::new(finding))
    }
}

impl From<FormatError> for Stop {
    fn from(error: FormatError) -> Self {
        Self::Failed(error)
    }
}

/// The way through one document.
pub(super) struct Walk<'w, 't> {
    catalogue: &'w Catalogue,
    pub(super) format: &'w Format,
    pub(super) context: &'w ReadContext<'w>,
    pub(super) streaming: &'w Streaming<'w>,
    take: &'w mut Taker<'t>,
    seen: Seen<'w>,
    /// Where the next piece stands.
    pub(super) stand: Stand,
    /// What the first piece said of the document as a whole: every piece says it again.
    told: Vec<Finding>,
    /// The first piece, to tell of what format the document is if no record can be read.
    first: Option<Document>,
    held_back: Vec<Piece>,
    /// How much is held back.
    waiting: usize,
    /// Has a record been read?
    any: bool,
    /// Has an error been told that stands at no record?
    errors: bool,
    begun: bool,
}

impl<'w, 't> Walk<'w, 't> {
    fn new(
        catalogue: &'w Catalogue,
        format: &'w Format,
        context: &'w ReadContext<'w>,
        streaming: &'w Streaming<'w>,
        take: &'w mut Taker<'t>,
    ) -> Self {
        Self {
            catalogue,
            format,
            context,
            streaming,
            take,
            seen: Seen::new(streaming.scratch),
            stand: Stand::default(),
            told: Vec::new(),
            first: None,
            held_back: Vec::new(),
            waiting: 0,
            any: false,
            errors: false,
            begun: false,
        }
    }

    fn lines(&mut self, source: Box<dyn Read + '_>) -> Result<(), Stop> {
        let context = self.context;
        let failed = |error: std::io::Error| Finding::new("document/unreadable", Place::Whole).with("reason", error);
        let mut lines = json_lines(source, self.streaming.charset, &context.limits).map_err(failed)?;
        loop {
            let (mut records, mut findings) = (Vec::with_capacity(self.streaming.rows), Vec::new());
            let from = lines.passed();
            let mut ended = false;
            while records.len() + findings.len() < self.streaming.rows
                && lines.passed() - from < PIECE_BYTES as u64
                && !ended
            {
                match lines.next().map(|line| line.record) {
                    Some(Ok(record)) => records.push(record),
                    Some(Err(refusal)) => findings.push(refusal),
                    None => ended = true,
                }
            }
            let progress = (lines.passed(), 0);
            if records.is_empty() {
                if !self.begun && findings.is_empty() {
                    findings.push(Finding::new("document/empty", Place::Whole));
                }
                if !findings.is_empty() {
                    self.say(findings, progress)?;
                }
            } else {
                let document = Document { syntax: Syntax::JsonLines, root: Node::list(records) };
                self.piece(document, findings, progress)?;
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// A piece that holds no records.
    pub(super) fn say(&mut self, findings: Vec<Finding>, progress: (u64, u64)) -> Result<(), Stop> {
        let mut reading = Reading::of(self.format);
        reading.findings = findings;
        self.give(reading, None, progress)
    }

    /// One piece, read and given on.
    pub(super) fn piece(
        &mut self,
        document: Document,
        findings: Vec<Finding>,
        progress: (u64, u64),
    ) -> Result<(), Stop> {
        let mut reading = Reading::of(self.format);
        let context = ReadContext { mapping: self.context.mapping.in_piece(self.stand), ..self.context.clone() };
        self.catalogue.read_document(self.format, &document, &context, &mut self.seen, &mut reading)?;
        if self.begun {
            reading.findings.retain(|finding| !self.told.contains(finding));
        } else {
            self.told.clone_from(&reading.findings);
        }
        // A piece without a record says nothing of the document.
        reading.findings.retain(|finding| finding.code() != NO_RECORDS);
        reading.findings.splice(..0, findings);
        if self.first.is_none() {
            self.first = Some(document.clone());
        }
        self.give(reading, Some(document), progress)
    }

    fn give(&mut self, reading: Reading, document: Option<Document>, progress: (u64, u64)) -> Result<(), Stop> {
        self.begun = true;
        self.any |= !reading.records.is_empty();
        self.errors |= any_error(&reading.findings);
        let records = reading.records.len() + reading.refused.len();
        self.waiting += reading.refused.len() + reading.findings.len();
        let records_before = self.stand.records_before;
        self.stand.records_before += records;
        let piece = Piece { reading, document, records_before, progress };
        if !self.any && self.waiting <= HELD_BACK {
            self.held_back.push(piece);
            return Ok(());
        }
        self.release()?;
        self.hand(piece)
    }

    /// Gives on what was held back.
    fn release(&mut self) -> Result<(), Stop> {
        for piece in std::mem::take(&mut self.held_back) {
            self.hand(piece)?;
        }
        Ok(())
    }

    fn hand(&mut self, piece: Piece) -> Result<(), Stop> {
        match (self.take)(piece) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }

    /// The end: one word on a document of another format is worth more than a thousand on what it lacks of this one.
    fn finish(mut self, read: Result<(), Stop>) -> Result<(), FormatError> {
        let refusal = match read {
            Ok(()) => None,
            Err(Stop::Enough) => return Ok(()),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Refused(finding)) => Some(*finding),
        };
        let ended = if let Some(refusal) = refusal {
            let told = self.say(vec![refusal], (1, 1));
            told.and_then(|()| self.release())
        } else {
            let misfit = self.first.as_ref().filter(|_| !self.any);
            let misfit = misfit.and_then(|document| self.catalogue.misfit(self.format, document));
            if let Some(misfit) = misfit {
                self.held_back.clear();
                let mut reading = Reading::of(self.format);
                reading.findings.push(misfit);
                self.hand(Piece { reading, document: None, records_before: 0, progress: (1, 1) })
            } else {
                let none = self.stand.records_before == 0 && !self.errors;
                let none = none.then(|| Finding::new(NO_RECORDS, Place::Whole));
                let told = none.map_or(Ok(()), |none| self.say(vec![none], (1, 1)));
                told.and_then(|()| self.release())
            }
        };
        match ended {
            Err(Stop::Failed(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// The refusal for want of room.
    pub(super) fn no_room(error: &std::io::Error) -> Stop {
        no_room(error).into()
    }
}

/// The sheets of a long table, each with what stands above its data.
pub(super) struct Frame {
    pub(super) syntax: Syntax,
    pub(super) sheets: Vec<Sheet>,
}

impl Frame {
    /// A piece: these rows below the heads of their sheets.
    pub(super) fn document(&self, rows: impl IntoIterator<Item = (usize, Vec<crate::document::Row>)>) -> Document {
        let mut sheets = self.sheets.clone();
        for (sheet, rows) in rows {
            if let Some(sheet) = sheets.get_mut(sheet) {
                sheet.rows.extend(rows);
            }
        }
        Document { syntax: self.syntax, root: Node::new(Value::Workbook(Workbook { sheets })) }
    }
}

impl Reading {
    /// Nothing read yet.
    pub(super) fn of(format: &Format) -> Self {
        Self {
            format: format.id().to_owned(),
            crosswalk_digest: format.crosswalk().digest().to_owned(),
            batch: serde_json::Value::Null,
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
