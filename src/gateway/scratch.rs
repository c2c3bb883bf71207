//! Scratch files on the disk: without a name, gone with the process however it ends, and small ones not on the disk at all.

use std::io;

use tempfile::SpooledTempFile;

use crate::document::{Scratch, ScratchFile};

/// Bytes of a scratch file that stay in memory.
const IN_MEMORY: usize = 4 << 20;

/// Scratch files in the folder of the system for such (`TMPDIR`).
#[derive(Clone, Copy, Debug, Default)]
pub struct OnDisk;

impl Scratch for OnDisk {
    fn file(&self) -> io::Result<Box<dyn ScratchFile>> {
        Ok(Box::new(SpooledTempFile::new(IN_MEMORY)))
    }
}
