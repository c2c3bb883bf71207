//! BIFF records (MS-XLS 2.1.4) and the strings in them, which may go on in the records that follow.

/// The little-endian integer there.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

/// The little-endian integer there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// The little-endian double there.
pub(super) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(f64::from_le_bytes)
}

/// `Continue` (MS-XLS 2.4.58).
const CONTINUE: u16 = 0x3c;

/// A record with the `Continue` records behind it.
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
    more: Vec<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// A reader over the data from an offset on.
    pub(super) fn from(&self, at: usize) -> Continued<'a> {
        let mut rest = self.more.clone();
        rest.reverse();
        Continued { data: self.data.get(at..).unwrap_or_default(), rest }
    }
}

/// The records of a stream; ends at the first that is cut off.
pub(super) struct Records<'a>(pub(super) &'a [u8]);

impl<'a> Records<'a> {
    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let kind = u16_at(self.0, 0)?;
        let end = 4 + usize::from(u16_at(self.0, 2)?);
        let data = self.0.get(4..end)?;
        self.0 = self.0.get(end..)?;
        Some((kind, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, data) = self.one()?;
        let mut more = Vec::new();
        while u16_at(self.0, 0) == Some(CONTINUE) {
            more.push(self.one()?.1);
        }
        Some(Record { kind, data, more })
    }
}

/// Data that goes on from one record to the next.
pub(super) struct Continued<'a> {
    data: &'a [u8],
    /// The records that follow, last first.
    rest: Vec<&'a [u8]>,
}

/// Why a string cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadString {
    /// The data ends within it.
    Short,
    /// It has a surrogate without its pair.
    Surrogate,
    /// It is longer than a cell may be.
    Long,
}

impl Continued<'_> {
    /// True where nothing follows.
    pub(super) fn is_empty(&self) -> bool {
        self.data.is_empty() && self.rest.iter().all(|data| data.is_empty())
    }

    fn turn(&mut self) -> Option<()> {
        self.data = self.rest.pop()?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        while self.data.is_empty() {
            self.turn()?;
        }
        let (first, rest) = self.data.split_first()?;
        self.data = rest;
        Some(*first)
    }

    /// The next integer.
    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    /// The next integer.
    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut length: u64) -> Option<()> {
        while length > 0 {
            if self.data.is_empty() {
                self.turn()?;
                continue;
            }
            let step = usize::try_from(length).unwrap_or(usize::MAX).min(self.data.len());
            self.data = self.data.get(step..)?;
            length -= step as u64;
        }
        Some(())
    }

    /// `ShortXLUnicodeString` (MS-XLS 2.5.240): the length is one byte.
    pub(super) fn short_string(&mut self, most: u64) -> Result<String, BadString> {
        let length = self.byte().ok_or(BadString::Short)?;
        self.string_of(u16::from(length), most)
    }

    /// `XLUnicodeString` and `XLUnicodeRichExtendedString` (MS-XLS 2.5.293, 2.5.294), formatting and phonetic hints left
    /// out.
    pub(super) fn string(&mut self, most: u64) -> Result<String, BadString> {
        let length = self.u16().ok_or(BadString::Short)?;
        self.string_of(length, most)
    }

    fn string_of(&mut self, length: u16, most: u64) -> Result<String, BadString> {
        if u64::from(length) > most {
            return Err(BadString::Long);
        }
        if length == 0 && self.is_empty() {
            return Ok(String::new());
        }
        let flags = self.byte().ok_or(BadString::Short)?;
        let runs = if flags & 8 != 0 { self.u16().ok_or(BadString::Short)? } else { 0 };
        let hints = if flags & 4 != 0 { self.u32().ok_or(BadString::Short)? } else { 0 };
        let units = self.units(usize::from(length), flags & 1 != 0).ok_or(BadString::Short)?;
        self.skip(u64::from(runs) * 4 + u64::from(hints)).ok_or(BadString::Short)?;
        String::from_utf16(&units).map_err(|_| BadString::Surrogate)
    }

    /// So many UTF-16 units, each of one byte or two. Where a record ends within them, the next one begins with a byte
    /// that says how wide they are from there on (MS-XLS 2.5.293).
    fn units(&mut self, mut left: usize, mut wide: bool) -> Option<Vec<u16>> {
        let mut units = Vec::new();
        while left > 0 {
            if self.data.is_empty() {
                self.turn()?;
                let (flags, rest) = self.data.split_first()?;
                (wide, self.data) = (flags & 1 != 0, rest);
                continue;
            }
            let width = if wide { 2 } else { 1 };
            let count = left.min(self.data.len() / width);
            if count == 0 {
                // Half a unit at the end of a record.
                return None;
            }
            let (now, rest) = self.data.split_at(count * width);
            if wide {
                units.extend(now.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)));
            } else {
                units.extend(now.iter().map(|byte| u16::from(*byte)));
            }
            self.data = rest;
            left -= count;
        }
        Some(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(parts: &[&[u8]]) -> Result<String, BadString> {
        let bytes: Vec<u8> = parts
            .iter()
            .enumerate()
            .flat_map(|(index, data)| {
                let kind = if index == 0 { 0xfc_u16 } else { CONTINUE };
                let length = u16::try_from(data.len()).expect("short");
                [&kind.to_le_bytes(), &length.to_le_bytes(), *data].concat()
            })
            .collect();
        let record = Records(&bytes).next().expect("a record");
        let mut data = record.from(0);
        let string = data.string(100)?;
        assert!(data.is_empty());
        Ok(string)
    }

    #[test]
    fn a_string_goes_on_in_the_next_record_in_another_width() {
        assert_eq!(strings(&[b"\x03\0\0abc"]).as_deref(), Ok("abc"));
        assert_eq!(strings(&[b"\x03\0\0ab", b"\x01\xc1\x8b"]).as_deref(), Ok("ab证"));
        assert_eq!(strings(&[b"\x03\0\x01\xc1\x8b", b"\0bc"]).as_deref(), Ok("证bc"));
        assert_eq!(strings(&[b"\x01\0\x0c\x01\0\x02\0\0\0a", b"\0\0\0\0hi"]).as_deref(), Ok("a"));
        assert_eq!(strings(&[b"\0\0"]).as_deref(), Ok(""));
        assert_eq!(strings(&[b"\x03\0\0ab"]), Err(BadString::Short));
        assert_eq!(strings(&[b"\x01\0\x01\x00\xd8"]), Err(BadString::Surrogate));
        assert_eq!(strings(&[b"\xff\0\0a"]), Err(BadString::Long));
    }
}
