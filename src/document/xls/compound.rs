//! Compound files (MS-CFB): streams by name, read with every chain bounded by the size of the file.

use super::records::{u16_at, u32_at};

/// Sector ids from here on are no sectors (MS-CFB 2.1).
const NO_SECTOR: u32 = 0xffff_fffa;
/// Streams shorter than this lie in the mini stream (MS-CFB 2.2).
const MINI_CUTOFF: u64 = 4096;
const MINI_SECTOR: usize = 64;
const ENTRY: usize = 128;

/// An opened compound file.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini_stream: Vec<u8>,
    /// The streams at the top: those of embedded objects are none of ours.
    streams: Vec<Stream>,
}

struct Stream {
    name: String,
    start: u32,
    size: u64,
}

impl<'a> Compound<'a> {
    /// Reads header, allocation tables and directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let short = "xls: the file ends within its header";
        let sector = match u16_at(bytes, 30).ok_or(short)? {
            9 => 512,
            12 => 4096,
            _ => return Err("xls: unknown sector size"),
        };
        let field = |at: usize| u32_at(bytes, at).ok_or(short);
        let mut file =
            Self { bytes, sector, fat: Vec::new(), mini_fat: Vec::new(), mini_stream: Vec::new(), streams: Vec::new() };
        file.read_fat(field(68)?)?;
        let (directory, mini_fat) = (field(48)?, field(60)?);
        let directory = file.chain(directory, u64::MAX)?;
        let root = directory.get(..ENTRY).ok_or("xls: no directory")?;
        if mini_fat < NO_SECTOR {
            file.mini_fat = integers(&file.chain(mini_fat, u64::MAX)?);
            file.mini_stream = file.chain(start_of(root), size_of(root, sector))?;
        }
        file.read_streams(&directory);
        Ok(file)
    }

    /// True where there is such a stream.
    pub(super) fn has(&self, name: &str) -> bool {
        self.streams.iter().any(|stream| stream.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of a stream; nothing where there is none of that name.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, &'static str> {
        let Some(stream) = self.streams.iter().find(|stream| stream.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        if stream.size >= MINI_CUTOFF {
            return self.chain(stream.start, stream.size).map(Some);
        }
        let get = |id: u32| {
            let from = usize::try_from(id).ok()?.checked_mul(MINI_SECTOR)?;
            let to = (from + MINI_SECTOR).min(self.mini_stream.len());
            self.mini_stream.get(from..to)
        };
        follow(stream.start, stream.size, &self.mini_fat, get).map(Some)
    }

    /// A sector; the last one may be cut short.
    fn sector(&self, id: u32) -> Option<&'a [u8]> {
        let from = usize::try_from(id).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let to = from.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(from..to).filter(|sector| !sector.is_empty())
    }

    fn chain(&self, start: u32, size: u64) -> Result<Vec<u8>, &'static str> {
        follow(start, size, &self.fat, |id| self.sector(id))
    }

    /// The file allocation table: its sectors are listed in the header, and from there in a chain of their own.
    fn read_fat(&mut self, mut more: u32) -> Result<(), &'static str> {
        let broken = "xls: the allocation table is broken";
        let mut listed = integers(self.bytes.get(76..512).ok_or(broken)?);
        let mut left = self.bytes.len() / self.sector;
        while more < NO_SECTOR {
            left = left.checked_sub(1).ok_or(broken)?;
            let mut ids = integers(self.sector(more).ok_or(broken)?);
            more = ids.pop().ok_or(broken)?;
            listed.append(&mut ids);
        }
        for id in listed.into_iter().filter(|id| *id < NO_SECTOR) {
            self.fat.append(&mut integers(self.sector(id).ok_or(broken)?));
            // No table has entries for more sectors than the file, give or take the rest of its last sector.
            if self.fat.len() > self.bytes.len() / self.sector + self.sector {
                return Err(broken);
            }
        }
        Ok(())
    }

    /// The streams at the top, found by walking the tree of siblings below the root entry.
    fn read_streams(&mut self, directory: &[u8]) {
        let entries: Vec<&[u8]> = directory.chunks_exact(ENTRY).collect();
        let mut seen = vec![false; entries.len()];
        let mut waiting: Vec<u32> = entries.first().and_then(|root| u32_at(root, 76)).into_iter().collect();
        while let Some(id) = waiting.pop() {
            let at = usize::try_from(id).unwrap_or(usize::MAX);
            let (Some(entry), Some(seen)) = (entries.get(at), seen.get_mut(at)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            waiting.extend([u32_at(entry, 68), u32_at(entry, 72)].into_iter().flatten());
            // 2 is a stream, 1 a storage.
            if entry.get(66) == Some(&2) {
                let length = usize::from(u16_at(entry, 64).unwrap_or(0)).saturating_sub(2).min(64);
                let name: Vec<u16> = (0..length / 2).filter_map(|unit| u16_at(entry, unit * 2)).collect();
                let name = String::from_utf16_lossy(&name);
                self.streams.push(Stream { name, start: start_of(entry), size: size_of(entry, self.sector) });
            }
        }
    }
}

fn start_of(entry: &[u8]) -> u32 {
    u32_at(entry, 116).unwrap_or(NO_SECTOR)
}

fn size_of(entry: &[u8], sector: usize) -> u64 {
    let low = u64::from(u32_at(entry, 120).unwrap_or(0));
    // With small sectors the upper half may hold anything (MS-CFB 2.6.3).
    let high = if sector == 512 { 0 } else { u64::from(u32_at(entry, 124).unwrap_or(0)) };
    high << 32 | low
}

fn integers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|four| u32_at(four, 0).unwrap_or(0)).collect()
}

/// Puts the sectors of a chain together, `size` bytes at most. A chain visits no sector twice, so it is no longer than its
/// table.
fn follow<'b>(
    start: u32,
    size: u64,
    table: &[u32],
    sector: impl Fn(u32) -> Option<&'b [u8]>,
) -> Result<Vec<u8>, &'static str> {
    let broken = "xls: a chain of sectors is broken";
    let (mut bytes, mut id, mut left) = (Vec::new(), start, table.len());
    while id < NO_SECTOR && (bytes.len() as u64) < size {
        left = left.checked_sub(1).ok_or(broken)?;
        bytes.extend_from_slice(sector(id).ok_or(broken)?);
        id = usize::try_from(id).ok().and_then(|id| table.get(id)).copied().ok_or(broken)?;
    }
    if size != u64::MAX {
        if (bytes.len() as u64) < size {
            return Err(broken);
        }
        bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    }
    Ok(bytes)
}
