//! The files that a command reads: whole ones capped before they are in memory, long ones as a stream.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::Failure;
use crate::document::{Charset, Limits, Syntax, identify};
use crate::format::{Input, Streaming};
use crate::gateway::OnDisk;
use crate::record::Identifier;

pub(super) use super::findings::Findings;

/// The name of standard input among the files.
const STANDARD_INPUT: &str = "-";

/// Reads a file, or standard input where it is named `-`. Of a file beyond the limit one byte more than allowed is
/// read, so that whoever parses it refuses it by its size.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = limits.bytes.saturating_add(1);
    let failed = |error: std::io::Error| Failure::file(path, &error);
    if path.as_os_str() == STANDARD_INPUT {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(Failure::Environment(format!("{}: is a folder", path.display())));
        }
        file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// The encoding of a text, as it is said on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Encoding {
    /// UTF-8
    #[value(name = "utf-8")]
    Utf8,
    /// UTF-16, little end first
    #[value(name = "utf-16le")]
    Utf16Le,
    /// UTF-16, big end first
    #[value(name = "utf-16be")]
    Utf16Be,
    /// GB18030, of which GBK and GB 2312 are parts
    Gb18030,
}

/// How long files are read: scratch files on the disk, so many rows a piece.
pub(super) fn streaming(encoding: Option<Encoding>, rows: usize) -> Streaming<'static> {
    let charset = encoding.map(|encoding| match encoding {
        Encoding::Utf8 => Charset::Utf8,
        Encoding::Utf16Le => Charset::Utf16Le,
        Encoding::Utf16Be => Charset::Utf16Be,
        Encoding::Gb18030 => Charset::Gb18030,
    });
    Streaming { scratch: &OnDisk, charset, rows }
}

/// A file that is about to be read.
pub(super) struct Opened {
    /// What is read.
    pub(super) input: Input<'static>,
    /// Bytes of the file, where that is known.
    pub(super) length: Option<u64>,
    /// All of its bytes, where they were asked for and are no more than a document may have that is read whole.
    pub(super) bytes: Option<Arc<[u8]>>,
}

/// Opens a file, or standard input, to be read as a stream where it is NDJSON, CSV or xlsx. What can be read only once and is
/// to be read twice, or kept, is copied to a scratch file first.
pub(super) fn open(path: &Path, limits: &Limits, keep: bool) -> Result<Opened, Failure> {
    let failed = |error: io::Error| Failure::file(path, &error);
    let mut from = From::open(path).map_err(failed)?;
    // A line tells whether there are more of them.
    let most = limits.line_bytes.saturating_add(64 << 10);
    let mut head = Vec::new();
    from.by_ref().take(most).read_to_end(&mut head).map_err(failed)?;
    let syntax = identify(whole_lines(&head, most), name_of(path)).ok();
    let lines = syntax == Some(Syntax::JsonLines);
    let rows = syntax.filter(|syntax| match syntax {
        Syntax::Csv => true,
        Syntax::Workbook => head.starts_with(b"PK"),
        _ => false,
    });
    if !lines && rows.is_none() {
        // Read whole, and refused by its size where it is beyond the limit.
        let most = limits.bytes.saturating_add(1).saturating_sub(head.len() as u64);
        from.take(most).read_to_end(&mut head).map_err(failed)?;
        let bytes = keep.then(|| Arc::from(head.as_slice()));
        return Ok(Opened { length: Some(head.len() as u64), input: Input::Whole(head), bytes });
    }
    let mut file = match from {
        From::File(file) => file,
        From::Pipe(pipe) if lines && !keep => {
            let source = Cursor::new(head).chain(pipe);
            return Ok(Opened { input: Input::Lines(Box::new(source)), length: None, bytes: None });
        }
        From::Pipe(pipe) => {
            let mut copy = tempfile::tempfile().map_err(failed)?;
            let most = limits.stream_bytes.saturating_add(1);
            io::copy(&mut Cursor::new(head).chain(pipe).take(most), &mut copy).map_err(failed)?;
            copy
        }
    };
    file.rewind().map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = None;
    if keep && length <= limits.bytes {
        let mut all = Vec::new();
        file.read_to_end(&mut all).map_err(failed)?;
        file.rewind().map_err(failed)?;
        bytes = Some(Arc::from(all));
    }
    let input = match rows {
        Some(syntax) => Input::Rows(Box::new(file), syntax),
        None => Input::Lines(Box::new(file)),
    };
    Ok(Opened { input, length: Some(length), bytes })
}

/// Where bytes come from.
enum From {
    /// What can be read more than once.
    File(File),
    /// What can be read once.
    Pipe(Box<dyn Read>),
}

impl From {
    fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == STANDARD_INPUT {
            return Ok(Self::Pipe(Box::new(io::stdin())));
        }
        let file = File::open(path)?;
        let kind = file.metadata()?.file_type();
        if kind.is_dir() {
            return Err(io::Error::other("is a folder"));
        }
        Ok(if kind.is_file() { Self::File(file) } else { Self::Pipe(Box::new(file)) })
    }
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Pipe(pipe) => pipe.read(buffer),
        }
    }
}

/// The head of a file up to its last whole line, where it is cut.
fn whole_lines(head: &[u8], most: u64) -> &[u8] {
    let end = head.iter().rposition(|byte| *byte == b'\n').filter(|_| head.len() as u64 >= most);
    head.get(..end.map_or(head.len(), |end| end + 1)).unwrap_or(head)
}

/// The name that tells the syntax, where the bytes alone do not.
pub(super) fn name_of(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str()).filter(|name| *name != STANDARD_INPUT)
}

/// The root `$issue` of a mapping with the body that a document speaks for, where its format does not name one.
pub(super) fn sent_by(mut issue: Value, sender: Option<&Identifier>) -> Value {
    if let Some(sender) = sender {
        issue["sender"] = json!(sender);
    }
    issue
}

/// Refuses files that cannot be told apart or are not there, before any work begins.
pub(super) fn check(files: &[PathBuf]) -> Result<(), Failure> {
    if files.iter().filter(|file| file.as_os_str() == STANDARD_INPUT).count() > 1 {
        return Err(Failure::Usage("standard input (-) can be read once only".into()));
    }
    for file in files.iter().filter(|file| file.as_os_str() != STANDARD_INPUT) {
        if let Err(error) = file.metadata() {
            return Err(Failure::file(file, &error));
        }
    }
    Ok(())
}
