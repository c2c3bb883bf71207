//! Numbers by key, in a scratch file: memory does not grow with the keys. A key is known by twelve bytes of its SHA-256;
//! that two keys share them is not to be expected among any number of keys that a disk can hold.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::{Scratch, ScratchFile};

/// Twelve bytes of a key and a number of four.
const ENTRY: usize = 20;
/// Entries of one block, which is read and written as a whole.
const BLOCK: usize = 32;
/// Blocks of a new index.
const BLOCKS: u64 = 16;

/// A table of keys with open addressing over blocks.
pub struct Index {
    file: Box<dyn ScratchFile>,
    blocks: u64,
    entries: u64,
    block: Vec<u8>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("entries", &self.entries).field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

type Print = [u8; 12];

impl Index {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// There is no room.
    pub fn new(scratch: &dyn Scratch) -> io::Result<Self> {
        Self::of_size(scratch, BLOCKS)
    }

    fn of_size(scratch: &dyn Scratch, blocks: u64) -> io::Result<Self> {
        let mut file = scratch.file()?;
        io::copy(&mut io::repeat(0).take(blocks * (ENTRY * BLOCK) as u64), &mut file)?;
        Ok(Self { file, blocks, entries: 0, block: vec![0; ENTRY * BLOCK] })
    }

    /// The number of a key.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn get(&mut self, key: &str) -> io::Result<Option<u64>> {
        let (_, at) = self.find(&print(key))?;
        Ok(self.number_at(at).checked_sub(1))
    }

    /// Sets the number of a key; gives the former one.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn set(&mut self, scratch: &dyn Scratch, key: &str, number: u64) -> io::Result<Option<u64>> {
        if self.entries >= self.blocks * BLOCK as u64 * 6 / 10 {
            self.grow(scratch)?;
        }
        self.put(&print(key), number.saturating_add(1))
    }

    fn put(&mut self, print: &Print, number: u64) -> io::Result<Option<u64>> {
        let (block, at) = self.find(print)?;
        let former = self.number_at(at).checked_sub(1);
        if former.is_none() {
            self.entries += 1;
        }
        if let Some(entry) = self.block.get_mut(at..at + ENTRY) {
            entry[..12].copy_from_slice(print);
            entry[12..].copy_from_slice(&number.to_le_bytes());
            self.file.seek(SeekFrom::Start(block * (ENTRY * BLOCK) as u64 + at as u64))?;
            self.file.write_all(entry)?;
        }
        Ok(former)
    }

    /// The number that stands in an entry of the block that was read last; 0 for an empty one.
    fn number_at(&self, at: usize) -> u64 {
        let bytes = self.block.get(at + 12..at + ENTRY).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes)
    }

    /// The block and the entry in it that a key has, or would have; that block is the one that was read last.
    fn find(&mut self, print: &Print) -> io::Result<(u64, usize)> {
        let home = print.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes)) % self.blocks;
        for step in 0..self.blocks {
            let block = (home + step) % self.blocks;
            self.file.seek(SeekFrom::Start(block * (ENTRY * BLOCK) as u64))?;
            self.file.read_exact(&mut self.block)?;
            for at in (0..BLOCK).map(|entry| entry * ENTRY) {
                if self.number_at(at) == 0 || self.block.get(at..at + 12) == Some(print.as_slice()) {
                    return Ok((block, at));
                }
            }
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    /// Moves everything to a table of four times the size.
    fn grow(&mut self, scratch: &dyn Scratch) -> io::Result<()> {
        let mut larger = Self::of_size(scratch, self.blocks * 4)?;
        self.file.seek(SeekFrom::Start(0))?;
        for _ in 0..self.blocks {
            self.file.read_exact(&mut self.block)?;
            for entry in self.block.chunks_exact(ENTRY) {
                let (print, number) = entry.split_at(12);
                let number = number.try_into().map_or(0, u64::from_le_bytes);
                if let (Ok(print), true) = (<&Print>::try_from(print), number > 0) {
                    larger.put(print, number)?;
                }
            }
        }
        *self = larger;
        Ok(())
    }
}

fn print(key: &str) -> Print {
    let digest = crate::crypto::sha256(key.as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::InMemory;

    #[test]
    fn every_key_has_its_number_whatever_the_size_and_no_other_has_one() {
        let mut index = Index::new(&InMemory).expect("room");
        let many = 40_000;
        for number in 0..many {
            assert_eq!(index.set(&InMemory, &format!("k{number}"), number).expect("set"), None);
        }
        assert!(index.blocks > BLOCKS, "it has grown");
        for number in 0..many {
            assert_eq!(index.get(&format!("k{number}")).expect("read"), Some(number));
        }
        assert_eq!(index.get("k40000").expect("read"), None);
        assert_eq!(index.set(&InMemory, "k0", 7).expect("set"), Some(0));
        assert_eq!(index.get("k0").expect("read"), Some(7));
        assert_eq!(index.entries, many);
    }
}
