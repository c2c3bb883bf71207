//! Tiles (C2SP tlog-tiles): the stored hashes cut into files of 256, and entry bundles with the leaves, for whoever
//! follows the log with a plain HTTP client.

use std::fmt;
use std::str::FromStr;

use super::tree::{Adapter, LARGEST, LedgerReader, ReadError};

/// Height of a tile: 2⁸ hashes.
const HEIGHT: u8 = 8;
/// Hashes or entries of a full tile.
const FULL: u64 = 1 << HEIGHT;
/// Tiles of a log of 2⁴⁸ leaves stand on levels 0 to 5.
const HIGHEST_LEVEL: u8 = 5;

/// Which tile: `tile/<level>/<index>[.p/<width>]`, or `tile/entries/<index>[.p/<width>]` for a bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// Level; none for a bundle of entries.
    pub level: Option<u8>,
    /// Index on its level.
    pub index: u64,
    /// Number of hashes or entries, 1 to 256.
    pub width: u16,
}

/// The text names no tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no tile")]
pub struct MalformedTile(pub String);

impl TilePath {
    /// Whether a log of that size has this tile.
    #[must_use]
    pub fn exists_at(&self, size: u64) -> bool {
        let level = self.level.unwrap_or(0);
        let hashes = size.min(LARGEST) >> (HEIGHT * level.min(HIGHEST_LEVEL));
        let first = self.index.checked_mul(FULL);
        level <= HIGHEST_LEVEL
            && self.width > 0
            && u64::from(self.width) <= FULL
            && first.and_then(|first| first.checked_add(u64::from(self.width))).is_some_and(|end| end <= hashes)
    }

    /// Indexes of the leaves of a bundle of entries, or of the hashes on their level.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<u64> {
        let first = self.index.saturating_mul(FULL);
        first..first.saturating_add(u64::from(self.width))
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        // The index in groups of three digits, each but the last behind an x.
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if u64::from(self.width) < FULL { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

// Not by the library: its own parser panics on an index or a level that is out of range, and this text comes from anybody.
impl FromStr for TilePath {
    type Err = MalformedTile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = read_path(text).filter(|path| path.to_string() == text);
        // One tile has one address: whatever is not written as we write it is none.
        path.ok_or_else(|| MalformedTile(text.to_owned()))
    }
}

fn read_path(text: &str) -> Option<TilePath> {
    let (level, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let level = if level == "entries" { None } else { Some(level.parse().ok()?) };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|width| (1..FULL).contains(width))?),
        None => (rest, FULL),
    };
    let mut groups = index.split('/').rev();
    let mut value: u64 = groups.next()?.parse().ok()?;
    let mut scale: u64 = 1;
    for group in groups {
        scale = scale.checked_mul(1000)?;
        let group: u64 = group.strip_prefix('x')?.parse().ok()?;
        value = value.checked_add(group.checked_mul(scale)?)?;
    }
    Some(TilePath { level, index: value, width: u16::try_from(width).ok()? })
}

/// The hashes of a tile, 32 bytes each; none where the log does not have it (yet), or for a bundle of entries.
///
/// # Errors
/// The store failed or lacks a hash.
pub fn read_tile(reader: &dyn LedgerReader, tile: &TilePath) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(level) = tile.level else { return Ok(None) };
    if !tile.exists_at(reader.size()?) {
        return Ok(None);
    }
    let adapter = Adapter::new(reader);
    let of_library = tlog_tiles::Tile::new(HEIGHT, level, tile.index, u32::from(tile.width), false);
    match of_library.read_data(&adapter) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => Err(adapter.into_failure().unwrap_or(ReadError::Missing(tile.index))),
    }
}

/// A bundle of entries: each leaf behind its length in two bytes.
#[must_use]
pub fn entry_bundle(leaves: &[[u8; 32]]) -> Vec<u8> {
    leaves.iter().flat_map(|leaf| [0_u8, 32].into_iter().chain(*leaf)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::hash::Hash;
    use super::super::tree::memory::Memory;
    use super::*;

    #[test]
    fn a_tile_has_the_address_of_the_standard() {
        for (text, level, index, width) in [
            ("tile/0/000", Some(0), 0, 256),
            ("tile/0/x001/x234/067", Some(0), 1_234_067, 256),
            ("tile/1/000.p/2", Some(1), 0, 2),
            ("tile/entries/x001/000.p/112", None, 1000, 112),
        ] {
            let tile: TilePath = text.parse().expect(text);
            assert_eq!(tile, TilePath { level, index, width });
            assert_eq!(tile.to_string(), text);
        }
        for bad in [
            "",
            "tile/",
            "tile/8/0/000",
            "tile/0/0",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/x000/001",
            "tile/data/000",
            "tile/0/000/..",
            "tile/-1/000",
            "tile/0/999999999999999999999",
        ] {
            assert!(bad.parse::<TilePath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tiles_hold_the_hashes_of_their_level() {
        let leaves: Vec<Hash> = (0..600_u32).map(|n| Hash::of_leaf(&n.to_be_bytes())).collect();
        let log = Memory::of(&leaves);
        let read = |text: &str| read_tile(&log, &text.parse().expect(text)).expect("store");
        let flat = |hashes: &[Hash]| hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
        assert_eq!(read("tile/0/000"), Some(flat(&leaves[..256])));
        assert_eq!(read("tile/0/002.p/88"), Some(flat(&leaves[512..])));
        assert_eq!(read("tile/0/002.p/89"), None);
        let halves = [Memory::of(&leaves[..256]).frontier.root(), Memory::of(&leaves[256..512]).frontier.root()];
        assert_eq!(read("tile/1/000.p/2"), Some(flat(&halves)));
        assert_eq!(read("tile/1/000.p/3"), None);
        assert_eq!(read("tile/63/000.p/1"), None);
        assert_eq!(entry_bundle(&[[1; 32]])[..3], [0, 32, 1]);
    }
}
