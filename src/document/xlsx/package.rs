//! The zip package: entries checked before anything is inflated, and inflating held to limits. Nothing is ever written to
//! a disk.

use std::collections::HashMap;
use std::io::{self, BufReader, Cursor, Read, Seek as _, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use super::super::Source;
use super::super::limits::{Limits, broken};
use super::super::xml::{Events, Stop};
use crate::finding::{Finding, Place};

/// Below so many inflated bytes the ratio to the compressed ones does not matter.
const RATIO_FLOOR: u64 = 8 << 20;

/// An opened package.
pub(super) struct Package<'a> {
    archive: ZipArchive<Box<dyn Source + 'a>>,
    /// Entry by part name; part names do not differ by case alone (ECMA-376-2, 6.2.2.3).
    entries: HashMap<String, usize>,
    pub(super) limits: &'a Limits,
    left: u64,
    /// Is it read as a stream, which has caps of its own?
    streams: bool,
}

impl<'a> Package<'a> {
    /// Opens a package that is read whole.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Finding> {
        Self::of(Box::new(Cursor::new(bytes)), limits, false)
    }

    /// Opens a package that is read as a stream.
    pub(super) fn stream(mut source: Box<dyn Source + 'a>, limits: &'a Limits) -> Result<Self, Finding> {
        let length = source.seek(SeekFrom::End(0)).map_err(|error| not_a_zip(&error.into(), Place::Whole))?;
        if length > limits.stream_bytes {
            return Err(broken("document/stream-too-long", limits.stream_bytes, Place::Whole));
        }
        Self::of(source, limits, true)
    }

    /// Checks every entry of the directory.
    fn of(source: Box<dyn Source + 'a>, limits: &'a Limits, streams: bool) -> Result<Self, Finding> {
        let mut archive = ZipArchive::new(source).map_err(|error| not_a_zip(&error, Place::Whole))?;
        if archive.len() as u64 > limits.zip_entries {
            return Err(broken("document/too-many-entries", limits.zip_entries, Place::Whole));
        }
        let duplicate = |part: String| Finding::new("document/duplicate-entry", Place::Part(part));
        if archive.has_duplicate_names() {
            return Err(duplicate(String::new()));
        }
        let mut entries = HashMap::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index).map_err(|error| not_a_zip(&error, Place::Whole))?;
            let name = entry.name().map_err(|error| not_a_zip(&error, Place::Whole))?.into_owned();
            if !is_plain(&name) {
                return Err(Finding::new("document/entry-name", Place::Part(name.clone())).with("name", name));
            }
            if entry.encrypted() {
                return Err(Finding::new("document/encrypted", Place::Part(name)));
            }
            if entries.insert(name.to_lowercase(), index).is_some() {
                return Err(duplicate(name));
            }
        }
        // Entries that share bytes are how a small package becomes a huge one.
        if archive.has_overlapping_entries().map_err(|error| not_a_zip(&error, Place::Whole))? {
            return Err(Finding::new("document/unreadable", Place::Whole).with("reason", "zip: overlapping entries"));
        }
        let left = if streams { limits.stream_inflated_bytes } else { limits.zip_total_bytes };
        Ok(Self { archive, entries, limits, left, streams })
    }

    /// The entries as they stand.
    pub(super) fn archive(&mut self) -> &mut ZipArchive<Box<dyn Source + 'a>> {
        &mut self.archive
    }

    /// What may still be inflated of it.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes back what was inflated since: the same part is read again.
    pub(super) fn again(&mut self, left: u64) {
        self.left = left;
    }

    /// The entry of a part.
    pub(super) fn index(&self, part: &str) -> Option<usize> {
        self.entries.get(&part.to_lowercase()).copied()
    }

    /// True where there is such a part.
    pub(super) fn has(&self, part: &str) -> bool {
        self.entries.contains_key(&part.to_lowercase())
    }

    /// The XML events of a part.
    pub(super) fn events<'s>(
        &'s mut self,
        part: &str,
    ) -> Result<Events<'a, BufReader<impl Read + use<'s, 'a>>>, Finding> {
        let place = || Place::Part(part.to_owned());
        let index = *self
            .entries
            .get(&part.to_lowercase())
            .ok_or_else(|| Finding::new("document/missing-part", Place::Whole).with("part", part))?;
        let limits = self.limits;
        let entry = self.archive.by_index(index).map_err(|error| not_a_zip(&error, place()))?;
        let by_ratio = entry.compressed_size().saturating_mul(limits.zip_ratio).max(RATIO_FLOOR);
        let (by_entry, most) = if self.streams {
            (u64::MAX, ("document/stream-inflates-too-far", limits.stream_inflated_bytes))
        } else {
            (limits.zip_entry_bytes, ("document/package-too-large", limits.zip_total_bytes))
        };
        let inflating = Inflating { entry, by_entry, by_ratio, total: &mut self.left, most, limits, given: 0 };
        Ok(Events::new(BufReader::with_capacity(32 << 10, inflating), part, limits))
    }
}

/// True for a name that stays inside the package.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(['\\', ':', '\0'])
        && name.split('/').all(|segment| segment != ".." && segment != ".")
}

fn not_a_zip(error: &ZipError, place: Place) -> Finding {
    if matches!(error, ZipError::UnsupportedArchive(reason) if *reason == ZipError::PASSWORD_REQUIRED) {
        return Finding::new("document/encrypted", place);
    }
    Finding::new("document/not-a-zip", place).with("reason", error)
}

/// An entry as it is inflated, stopped at the first limit that it reaches.
struct Inflating<'s, 'a, R> {
    entry: R,
    by_entry: u64,
    by_ratio: u64,
    total: &'s mut u64,
    /// The cap of all entries together.
    most: (&'static str, u64),
    limits: &'a Limits,
    given: u64,
}

impl<R: Read> Read for Inflating<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.entry.read(buffer)?;
        self.given += length as u64;
        let stop = if self.given > self.by_entry {
            Some(Stop::Limit("document/entry-too-large", self.limits.zip_entry_bytes))
        } else if self.given > self.by_ratio {
            Some(Stop::Limit("document/expands-too-far", self.limits.zip_ratio))
        } else {
            match self.total.checked_sub(length as u64) {
                Some(left) => {
                    *self.total = left;
                    None
                }
                None => Some(Stop::Limit(self.most.0, self.most.1)),
            }
        };
        stop.map_or(Ok(length), |stop| Err(io::Error::other(stop)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_package_is_not_plain() {
        for name in ["xl/workbook.xml", "[Content_Types].xml", "_rels/.rels", "xl/..a/b..xml"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "/etc/passwd", "../a", "xl/../../a", "xl\\a", "C:a", "a\0b", "xl/..", "./a"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
