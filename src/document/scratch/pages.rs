//! Bytes that are written once, one behind the other, and read again from anywhere: what was read lately stays in memory.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::ScratchFile;

/// Bytes of one page.
const PAGE: usize = 8 << 10;
/// Pages that are held.
const HELD: usize = 512;

/// Bytes in a scratch file.
pub struct Pages {
    file: Box<dyn ScratchFile>,
    /// What is not in the file yet: it stands behind `flushed`.
    tail: Vec<u8>,
    flushed: u64,
    /// Pages of the file, each at the place that its number gives it.
    held: Vec<Option<(u64, Box<[u8]>)>>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("bytes", &self.len()).finish()
    }
}

impl Pages {
    /// Nothing, in an empty file.
    #[must_use]
    pub fn new(file: Box<dyn ScratchFile>) -> Self {
        Self { file, tail: Vec::new(), flushed: 0, held: Vec::new() }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.flushed + self.tail.len() as u64
    }

    /// True where there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts bytes behind all others; gives where they begin.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.len();
        self.tail.extend_from_slice(bytes);
        // Whole pages only, so that a page that is held never changes.
        let whole = self.tail.len() / PAGE * PAGE;
        if whole >= 8 * PAGE {
            self.file.seek(SeekFrom::Start(self.flushed))?;
            self.file.write_all(&self.tail[..whole])?;
            self.flushed += whole as u64;
            self.tail.drain(..whole);
        }
        Ok(at)
    }

    /// Appends so many bytes from a place on to a buffer.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or there are not so many.
    pub fn read(&mut self, mut at: u64, mut length: usize, into: &mut Vec<u8>) -> io::Result<()> {
        while length > 0 {
            if at >= self.flushed {
                let from = usize::try_from(at - self.flushed).unwrap_or(usize::MAX);
                let part = from.checked_add(length).and_then(|to| self.tail.get(from..to));
                into.extend_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
                return Ok(());
            }
            let within = usize::try_from(at % PAGE as u64).unwrap_or(0);
            let page = self.page(at / PAGE as u64)?;
            let part = page.get(within..page.len().min(within.saturating_add(length))).unwrap_or_default();
            into.extend_from_slice(part);
            at += part.len() as u64;
            length -= part.len();
        }
        Ok(())
    }

    /// Eight bytes as a number.
    ///
    /// # Errors
    ///
    /// As [`Pages::read`].
    pub fn number(&mut self, at: u64) -> io::Result<u64> {
        let mut bytes = Vec::with_capacity(8);
        self.read(at, 8, &mut bytes)?;
        Ok(bytes.try_into().map_or(0, u64::from_le_bytes))
    }

    /// A page that is in the file as a whole.
    fn page(&mut self, number: u64) -> io::Result<&[u8]> {
        if self.held.is_empty() {
            self.held.resize_with(HELD, || None);
        }
        let slot = usize::try_from(number % HELD as u64).unwrap_or(0);
        let Some(held) = self.held.get_mut(slot) else { return Ok(&[]) };
        if held.as_ref().is_none_or(|(of, _)| *of != number) {
            let mut page = held.take().map_or_else(|| vec![0; PAGE].into_boxed_slice(), |(_, page)| page);
            self.file.seek(SeekFrom::Start(number * PAGE as u64))?;
            self.file.read_exact(&mut page)?;
            *held = Some((number, page));
        }
        Ok(held.as_ref().map_or(&[], |(_, page)| page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{InMemory, Scratch as _};

    #[test]
    fn what_was_written_is_read_again_from_anywhere_whether_it_is_in_the_file_or_not() {
        let mut pages = Pages::new(InMemory.file().expect("a file"));
        let mut places = Vec::new();
        for number in 0_u64..60_000 {
            let text = format!("{number}-{}", "证".repeat(usize::try_from(number % 7).expect("small")));
            places.push((pages.push(text.as_bytes()).expect("written"), text));
        }
        assert!(pages.flushed > 0 && !pages.tail.is_empty());
        // Forwards, and by leaps that no page survives.
        let leaps = (0..places.len()).map(|at| at * 7_919 % places.len());
        for at in (0..places.len()).chain(leaps) {
            let (place, text) = &places[at];
            let mut read = Vec::new();
            pages.read(*place, text.len(), &mut read).expect("read");
            assert_eq!(&read, text.as_bytes());
        }
        let end = pages.len();
        assert!(pages.read(end - 1, 2, &mut Vec::new()).is_err());
        let at = pages.push(&77_u64.to_le_bytes()).expect("written");
        assert_eq!(pages.number(at).expect("read"), 77);
    }
}
