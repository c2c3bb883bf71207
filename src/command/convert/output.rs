//! In which syntax `certbridge convert` writes, and where to.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::folder::Folder;
use crate::command::Failure;
use crate::document;
use crate::format::{Format, WrittenDocument};
use crate::record::Key;

/// A syntax to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Syntax {
    /// One JSON text
    Json,
    /// One JSON text a line
    Ndjson,
    /// Comma-separated values, in UTF-8
    Csv,
    /// A workbook
    Xlsx,
    /// XML
    Xml,
}

impl Syntax {
    fn of_document(self) -> document::Syntax {
        match self {
            Self::Json => document::Syntax::Json,
            Self::Ndjson => document::Syntax::JsonLines,
            Self::Csv => document::Syntax::Csv,
            Self::Xlsx => document::Syntax::Workbook,
            Self::Xml => document::Syntax::Xml,
        }
    }
}

/// The syntax to write in, where it is not the format's own.
pub(super) fn chosen(
    format: &Format,
    asked: Option<Syntax>,
    files: usize,
) -> Result<Option<document::Syntax>, Failure> {
    let asked = asked.map(Syntax::of_document);
    if let Some(asked) = asked
        && !format.takes(asked)
    {
        let names = format.syntax_names().join(", ");
        return Err(Failure::Usage(format!("--syntax: {} is written as {names}", format.id())));
    }
    let own = format.syntaxes().first().copied();
    let syntax = asked.or(own);
    if files > 1 && matches!(syntax, Some(document::Syntax::Workbook | document::Syntax::Csv)) {
        return Err(Failure::Usage("a workbook or a CSV file is made of one file: convert them one by one".into()));
    }
    // A format of one record a document stands one a line as it is.
    let lines = asked == Some(document::Syntax::JsonLines) && !format.carries_many();
    Ok(asked.filter(|asked| Some(*asked) != own && !lines))
}

/// Can documents of a format be written as they come, in that syntax?
pub(super) fn streams(format: &Format, syntax: Option<document::Syntax>) -> bool {
    let syntax = syntax.or(format.syntaxes().first().copied());
    !format.carries_many() || matches!(syntax, Some(document::Syntax::Csv | document::Syntax::JsonLines))
}

/// Where documents go: all into one sink, or into a file each.
pub(super) enum Output {
    /// One behind the other.
    One(Sink),
    /// A file each.
    Each(Folder),
}

impl Output {
    /// Opens it; only documents of one record each may go into a folder.
    pub(super) fn open(path: Option<&Path>, one_record: bool) -> Result<Self, Failure> {
        match path.filter(|_| one_record).map(Folder::at).transpose()?.flatten() {
            Some(folder) => Ok(Self::Each(folder)),
            None => Sink::open(path).map(Self::One),
        }
    }

    /// Writes a document. Several that are no line each do not stand in one file.
    pub(super) fn document(
        &mut self,
        key: Option<&Key>,
        syntax: document::Syntax,
        bytes: &[u8],
        is_first: bool,
    ) -> Result<Written, Failure> {
        match self {
            Self::Each(folder) => folder.write(key, syntax, bytes).map(|()| Written::Whole),
            Self::One(_) if syntax == document::Syntax::Xml && !is_first => Err(Failure::Usage(
                "several XML documents do not stand in one file: name a folder for them, as in --output certificates/"
                    .into(),
            )),
            Self::One(sink) => sink.write(bytes),
        }
    }

    /// Writes the last of it, and puts a file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::One(sink) => sink.finish(),
            Self::Each(_) => Ok(()),
        }
    }
}

/// Where documents are written as they come: to standard output, or beside the file that they are to be, which has them all
/// or is as it was.
pub(super) enum Sink {
    /// Standard output.
    Standard(BufWriter<io::Stdout>),
    /// What is no plain file, written as it is.
    Direct(BufWriter<File>, PathBuf),
    /// A file.
    Beside(BufWriter<tempfile::NamedTempFile>, PathBuf),
}

/// What came of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is written.
    Whole,
    /// Whoever read it has gone away (`| head`).
    Unwanted,
}

impl Sink {
    /// Opens it; nothing is written yet.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Standard(BufWriter::new(io::stdout()))) };
        let failed = |error: io::Error| Failure::file(path, &error);
        if path.is_dir() {
            return Err(Failure::Usage(format!(
                "{}: is a folder, and all records go into one document: name a file",
                path.display()
            )));
        }
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let file = File::options().write(true).open(path).map_err(failed)?;
            return Ok(Self::Direct(BufWriter::new(file), path.to_owned()));
        }
        // A link stays one: what it leads to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let file = beside(&path).map_err(|error| Failure::file(&path, &error))?;
        #[cfg(unix)]
        super::interrupted::removes(file.path().to_owned()).map_err(|error| Failure::environment(&error))?;
        Ok(Self::Beside(BufWriter::new(file), path))
    }

    /// Writes more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<Written, Failure> {
        match self {
            Self::Standard(out) => match out.write_all(bytes) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Written::Unwanted),
                other => other.map(|()| Written::Whole).map_err(|error| Failure::environment(&error)),
            },
            Self::Direct(out, path) => {
                out.write_all(bytes).map(|()| Written::Whole).map_err(|error| Failure::file(path, &error))
            }
            Self::Beside(out, path) => {
                out.write_all(bytes).map(|()| Written::Whole).map_err(|error| Failure::file(path, &error))
            }
        }
    }

    /// Writes the last of it, and puts the file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Standard(mut out) => match out.flush() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::environment(&error)),
                _ => Ok(()),
            },
            Self::Direct(mut out, path) => out.flush().map_err(|error| Failure::file(&path, &error)),
            Self::Beside(out, path) => {
                let failed = |error: &dyn std::fmt::Display| Failure::file(&path, error);
                let file = out.into_inner().map_err(|error| failed(error.error()))?;
                file.as_file().sync_all().map_err(|error| failed(&error))?;
                file.persist(&path).map(drop).map_err(|error| failed(&error.error))
            }
        }
    }
}

/// A file to write, which will stand in the place of the path once it has all.
pub(super) fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", folder.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".certbridge-").suffix(".part");
    #[cfg(unix)]
    {
        // As any file that is made: whom the system lets, and as it stood where it is replaced.
        use std::os::unix::fs::PermissionsExt as _;
        let mode = path.metadata().map_or(0o666, |metadata| metadata.permissions().mode() & 0o777);
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    builder.tempfile_in(folder)
}

/// Appends a document that is no JSON to sign. XML texts end with a line.
pub(super) fn append(written: &WrittenDocument, output: &mut Vec<u8>) -> Result<(), Failure> {
    if let Some(bytes) = written.bytes().map_err(|error| Failure::environment(&error))? {
        output.extend_from_slice(&bytes);
        if written.document.as_ref().is_some_and(|one| one.syntax == document::Syntax::Xml) {
            output.push(b'\n');
        }
    }
    Ok(())
}

/// Writes all of it to a file, or to standard output.
pub(super) fn deliver(path: Option<&Path>, output: &[u8]) -> Result<(), Failure> {
    let mut sink = Sink::open(path)?;
    sink.write(output)?;
    sink.finish()
}
