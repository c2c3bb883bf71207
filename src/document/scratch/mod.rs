//! Room beside memory: what a long document needs again later is put into a scratch file, and found there. This half of
//! the house touches no disk, so whoever reads a long document says where its scratch files are ([`Scratch`]).

mod index;
mod pages;

use std::io::{self, Cursor, Read, Seek, Write};

pub use index::Index;
pub use pages::Pages;

use crate::finding::{Finding, Place};

/// A scratch file: empty at first, and gone when it is dropped.
pub trait ScratchFile: Read + Write + Seek {}

impl<T: Read + Write + Seek> ScratchFile for T {}

/// Where scratch files are made.
pub trait Scratch {
    /// A new, empty one.
    ///
    /// # Errors
    ///
    /// There is no room for one.
    fn file(&self) -> io::Result<Box<dyn ScratchFile>>;
}

/// Scratch files in memory, for short documents and for whoever has no disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct InMemory;

impl Scratch for InMemory {
    fn file(&self) -> io::Result<Box<dyn ScratchFile>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }
}

/// The refusal of a document for want of room: our surroundings are at fault, not its sender.
#[must_use]
pub fn no_room(error: &io::Error) -> Finding {
    Finding::new("document/no-scratch", Place::Whole).with("reason", error)
}
