//! The text of a long document as UTF-8, decoded as it is read. What does not decode becomes a byte that no UTF-8 text has,
//! so that whoever reads the piece that it stands in refuses that piece and no other.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_16BE, UTF_16LE};

use super::Charset;

/// Stands for what does not decode.
const BROKEN: u8 = 0xff;
/// Bytes that are asked of the source at a time.
const CHUNK: usize = 64 << 10;

/// A reader of UTF-8, of a source in a known encoding. The byte order mark is left out.
pub(super) struct AsUtf8<R> {
    source: R,
    /// None for UTF-8, which passes as it is.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    read: usize,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R> std::fmt::Debug for AsUtf8<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AsUtf8").field("decodes", &self.decoder.is_some()).finish_non_exhaustive()
    }
}

impl<R: Read> AsUtf8<R> {
    /// Reads a source that stands behind its byte order mark, if it had one.
    pub(super) fn new(source: R, charset: Charset) -> Self {
        let encoding = match charset {
            Charset::Utf8 => None,
            Charset::Utf16Le => Some(UTF_16LE),
            Charset::Utf16Be => Some(UTF_16BE),
            Charset::Gb18030 => Some(GB18030),
        };
        let decoder = encoding.map(encoding_rs::Encoding::new_decoder_without_bom_handling);
        Self { source, decoder, input: Vec::new(), read: 0, output: Vec::new(), given: 0, ended: false }
    }

    /// Fills the output with what comes next; leaves it empty at the end.
    fn fill(&mut self, decoder: &mut Decoder) -> io::Result<()> {
        self.output.resize(CHUNK * 3, 0);
        let mut written = 0;
        while written == 0 {
            if self.read == self.input.len() {
                if self.ended {
                    break;
                }
                self.input.resize(CHUNK, 0);
                let length = read_some(&mut self.source, &mut self.input)?;
                self.input.truncate(length);
                self.read = 0;
                self.ended = length == 0;
            }
            let rest = self.input.get(self.read..).unwrap_or_default();
            // One byte is kept for what does not decode.
            let room = self.output.len() - 1;
            let room = self.output.get_mut(written..room).unwrap_or_default();
            let (result, read, made) = decoder.decode_to_utf8_without_replacement(rest, room, self.ended);
            self.read += read;
            written += made;
            if let (DecoderResult::Malformed(..), Some(byte)) = (result, self.output.get_mut(written)) {
                *byte = BROKEN;
                written += 1;
            }
        }
        self.output.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for AsUtf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut decoder) = self.decoder.take() else { return self.source.read(buffer) };
        let filled = if self.given == self.output.len() { self.fill(&mut decoder) } else { Ok(()) };
        self.decoder = Some(decoder);
        filled?;
        let rest = self.output.get(self.given..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

/// Reads once; a signal that came between is no failure.
pub(super) fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn every_encoding_comes_out_as_utf8_however_the_source_is_cut() {
        let text = "证书编号,𠮷\r\n€;x".repeat(9);
        let units = |big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let (gb, _, _) = GB18030.encode(&text);
        for (bytes, charset) in [
            (text.as_bytes().to_vec(), Charset::Utf8),
            (units(false), Charset::Utf16Le),
            (units(true), Charset::Utf16Be),
            (gb.into_owned(), Charset::Gb18030),
        ] {
            for cut in [true, false] {
                let mut out = Vec::new();
                let source: Box<dyn Read> = if cut { Box::new(Drops(&bytes)) } else { Box::new(&bytes[..]) };
                AsUtf8::new(source, charset).read_to_end(&mut out).expect("read");
                assert_eq!(String::from_utf8(out).expect("UTF-8"), text, "{charset:?}");
            }
        }
    }

    #[test]
    fn what_does_not_decode_stands_as_a_byte_that_no_text_has_and_the_rest_as_it_is() {
        let mut out = Vec::new();
        AsUtf8::new(&b"a\xff\xff,\xd6\xa4\nb\xd6"[..], Charset::Gb18030).read_to_end(&mut out).expect("read");
        let text: Vec<u8> = out.into_iter().filter(|byte| *byte != BROKEN).collect();
        assert_eq!(String::from_utf8(text).expect("UTF-8"), "a,证\nb");
    }
}
