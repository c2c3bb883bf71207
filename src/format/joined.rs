//! Rows of the sheets that are joined to the records of a long workbook: put aside by the key of their record, taken when
//! it comes, and those that no record has asked for told of at the end.

use std::io;

use crate::document::{Index, Pages, Row, Scratch};

/// Bytes before each row: where the former row of its key is, its sheet, its length.
const BEFORE: usize = 16;

/// The rows, by key, in scratch files.
pub(super) struct Joined<'s> {
    scratch: &'s dyn Scratch,
    rows: Pages,
    /// Of each key twice the place of its last row, and one more once the key was asked for.
    last: Index,
}

/// A row and the sheet that it stands in.
pub(super) type OfSheet = (usize, Row);

impl<'s> Joined<'s> {
    /// None yet.
    pub(super) fn new(scratch: &'s dyn Scratch) -> io::Result<Self> {
        Ok(Self { scratch, rows: Pages::new(scratch.file()?), last: Index::new(scratch)? })
    }

    /// Puts a row aside; without a key no record can ask for it.
    pub(super) fn put(&mut self, key: Option<&str>, sheet: usize, row: &Row) -> io::Result<()> {
        let at = self.rows.len();
        let former = match key {
            // Places are kept one higher, so that there is a zero for none.
            Some(key) => self.last.set(self.scratch, key, at * 2)?.map_or(0, |former| former / 2 + 1),
            None => 0,
        };
        let mut bytes = vec![0; BEFORE];
        row.write_to(&mut bytes);
        let length = u32::try_from(bytes.len() - BEFORE).unwrap_or(u32::MAX);
        bytes[..8].copy_from_slice(&former.to_le_bytes());
        bytes[8..12].copy_from_slice(&u32::try_from(sheet).unwrap_or(u32::MAX).to_le_bytes());
        bytes[12..16].copy_from_slice(&length.to_le_bytes());
        self.rows.push(&bytes).map(drop)
    }

    /// The rows of a key, in their order. They are asked for with that.
    pub(super) fn of(&mut self, key: &str) -> io::Result<Vec<OfSheet>> {
        let Some(last) = self.last.get(key)? else { return Ok(Vec::new()) };
        if last % 2 == 0 {
            self.last.set(self.scratch, key, last + 1)?;
        }
        let (mut at, mut rows) = (last / 2 + 1, Vec::new());
        while let Some(place) = at.checked_sub(1) {
            let (former, row, _) = self.read(place)?;
            rows.push(row);
            at = former;
        }
        rows.reverse();
        Ok(rows)
    }

    /// The row at a place, with the place of the former one of its key and that of the next one of all.
    fn read(&mut self, place: u64) -> io::Result<(u64, OfSheet, u64)> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let mut before = Vec::with_capacity(BEFORE);
        self.rows.read(place, BEFORE, &mut before)?;
        let former = before.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let number = |at: usize| {
            let bytes = before.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.and_then(|bytes| usize::try_from(u32::from_le_bytes(bytes)).ok()).ok_or_else(broken)
        };
        let (sheet, length) = (number(8)?, number(12)?);
        let mut bytes = Vec::with_capacity(length);
        self.rows.read(place + BEFORE as u64, length, &mut bytes)?;
        let row = Row::read_from(&bytes).ok_or_else(broken)?;
        Ok((former, (sheet, row), place + (BEFORE + length) as u64))
    }

    /// The next row from a place on that no record has asked for, and the place behind it. `key` says what a row is joined
    /// by.
    pub(super) fn next_orphan(
        &mut self,
        mut place: u64,
        key: impl Fn(&OfSheet) -> Option<String>,
    ) -> io::Result<Option<(OfSheet, u64)>> {
        while place < self.rows.len() {
            let (_, row, next) = self.read(place)?;
            let taken = match key(&row) {
                Some(key) => self.last.get(&key)?.is_some_and(|last| last % 2 == 1),
                None => false,
            };
            if !taken {
                return Ok(Some((row, next)));
            }
            place = next;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{InMemory, Node};

    #[test]
    fn rows_are_found_by_their_key_in_order_and_those_that_nobody_asked_for_are_left() {
        let mut joined = Joined::new(&InMemory).expect("room");
        let key = |row: &Row| (!row.number.is_multiple_of(7)).then(|| format!("k{}", row.number % 10));
        for number in 0..500 {
            let mut row = Row { number, cells: Vec::new() };
            row.put(1, Node::text("x".repeat(number as usize)));
            joined.put(key(&row).as_deref(), (number % 2) as usize, &row).expect("room");
        }
        for digit in [0, 3, 3] {
            let rows = joined.of(&format!("k{digit}")).expect("read");
            let numbers: Vec<u32> = rows.iter().map(|(_, row)| row.number).collect();
            let wanted: Vec<u32> = (0..500).filter(|n| n % 10 == digit && n % 7 != 0).collect();
            assert_eq!(numbers, wanted);
            assert!(rows.iter().all(|(sheet, row)| *sheet == (row.number % 2) as usize && row.cells.len() == 1));
        }
        assert!(joined.of("other").expect("read").is_empty());
        let (mut place, mut left) = (0, Vec::new());
        while let Some(((_, row), next)) = joined.next_orphan(place, |(_, row)| key(row)).expect("read") {
            left.push(row.number);
            place = next;
        }
        let wanted: Vec<u32> = (0..500).filter(|n| n % 7 == 0 || (n % 10 != 0 && n % 10 != 3)).collect();
        assert_eq!(left, wanted);
    }
}
