//! Bytes to text: encodings told by byte order mark or by validity, and positions in a text. Nothing is ever replaced: what
//! does not decode is refused.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_16BE, UTF_16LE};

use crate::finding::{Finding, Place};

const BOM_UTF8: &[u8] = b"\xef\xbb\xbf";

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// GB18030, of which GBK and GB 2312 are parts.
    Gb18030,
}

impl Charset {
    /// The encoding that a byte order mark tells, and the bytes of the mark.
    pub(super) fn of_mark(head: &[u8]) -> Option<(Self, usize)> {
        match head {
            [0xff, 0xfe, ..] => Some((Self::Utf16Le, 2)),
            [0xfe, 0xff, ..] => Some((Self::Utf16Be, 2)),
            [0xef, 0xbb, 0xbf, ..] => Some((Self::Utf8, 3)),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gb18030 => "GB18030",
        }
    }
}

/// UTF-8 with or without a byte order mark. `line` is the line of an NDJSON file, 0 otherwise.
pub(super) fn utf8(bytes: &[u8], line: u32) -> Result<&str, Finding> {
    let bytes = bytes.strip_prefix(BOM_UTF8).unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| Finding::new("document/not-utf8", position(bytes, error.valid_up_to(), line)))
}

/// Line and column of an offset; the line of an NDJSON file is the one given.
pub(super) fn position(bytes: &[u8], offset: usize, line: u32) -> Place {
    let before = &bytes[..offset.min(bytes.len())];
    let lines = before.split(|byte| *byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // Bytes that begin a character; a text that is not UTF-8 is valid up to here.
    let column = before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place::Position { line: if line > 0 { line } else { number(lines) }, column: number(column) }
}

/// Text of a file that states its encoding by a byte order mark, or is UTF-8, or else GB18030 (of which GBK and GB 2312 are
/// parts).
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Charset), Finding> {
    let (text, charset) = if bytes.starts_with(b"\xff\xfe") {
        (Cow::Owned(strictly(UTF_16LE, &bytes[2..], "UTF-16LE")?), Charset::Utf16Le)
    } else if bytes.starts_with(b"\xfe\xff") {
        (Cow::Owned(strictly(UTF_16BE, &bytes[2..], "UTF-16BE")?), Charset::Utf16Be)
    } else if let Ok(text) = utf8(bytes, 0) {
        (Cow::Borrowed(text), Charset::Utf8)
    } else if let Some(stated) = bytes.strip_prefix(BOM_UTF8) {
        // It says that it is UTF-8 and is not: no guessing.
        let valid = str::from_utf8(stated).map_or_else(|error| error.valid_up_to(), str::len);
        return Err(Finding::new("document/undecodable", position(stated, valid, 0)).with("encoding", "UTF-8"));
    } else {
        (Cow::Owned(strictly(GB18030, bytes, "GB18030")?), Charset::Gb18030)
    };
    // UTF-16 without a byte order mark shows as text full of NUL characters.
    if let Some(at) = text.as_bytes().iter().position(|byte| *byte == 0) {
        return Err(Finding::new("document/nul-character", position(text.as_bytes(), at, 0)));
    }
    Ok((text, charset))
}

fn strictly(encoding: &'static Encoding, bytes: &[u8], name: &'static str) -> Result<String, Finding> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    // Enough for nearly every text; the loop below asks for more where it is not.
    let mut text = String::with_capacity(most.min(bytes.len() + bytes.len() / 2 + 16));
    let mut rest = bytes;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => text.reserve(rest.len().max(64) * 2),
            DecoderResult::Malformed(..) => {
                let place = position(text.as_bytes(), text.len(), 0);
                return Err(Finding::new("document/undecodable", place).with("encoding", name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_told_by_its_mark_or_by_validity_and_nothing_is_replaced() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            let mark = "\u{feff}";
            let units = mark.encode_utf16().chain(text.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let text = "证书编号,𠮷\r\n";
        let (gb, _, _) = GB18030.encode(text);
        for (bytes, charset) in [
            (text.as_bytes().to_vec(), Charset::Utf8),
            ([BOM_UTF8, text.as_bytes()].concat(), Charset::Utf8),
            (utf16(text, false), Charset::Utf16Le),
            (utf16(text, true), Charset::Utf16Be),
            (gb.into_owned(), Charset::Gb18030),
        ] {
            let (decoded, found) = decode(&bytes).expect("decodes");
            assert_eq!((decoded.as_ref(), found), (text, charset));
        }
        for (bytes, code) in [
            (&b"\xff\xfea\0\x00\xd8b\0"[..], "document/undecodable"),
            (b"\xff\xfea", "document/undecodable"),
            (b"ab\n\xff\xffc", "document/undecodable"),
            (b"\xef\xbb\xbf\xd6\xd0", "document/undecodable"),
            (b"a\0,\0b\0", "document/nul-character"),
        ] {
            assert_eq!(decode(bytes).expect_err("refused").code(), code, "{bytes:?}");
        }
        for bytes in [&b"ab\n\xff\xffc"[..], b"\xef\xbb\xbfab\n\xd6\xd0"] {
            assert_eq!(decode(bytes).expect_err("refused").place().to_string(), "line 2 column 1");
        }
    }
}
