//! For tests: what may hide in bytes. Texts are looked for as they stand and as they are when whatever they may be wrapped
//! in is taken off: escapes of JSON and XML, percent and hexadecimal and base64 (of either alphabet, wherever it begins),
//! UTF-16 and GB18030, and packed members of a workbook, a zip or a gzip file.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The bytes, and all that is found in them.
pub(super) fn views(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![bytes.to_vec()];
    unwrap(bytes, 2, &mut found);
    found
}

fn unwrap(bytes: &[u8], depth: usize, found: &mut Vec<Vec<u8>>) {
    if depth == 0 {
        return;
    }
    let mut inner = Vec::new();
    inner.push(unescaped(bytes, br"\u", 4, 2));
    inner.push(unescaped(bytes, b"&#x", 0, 2));
    inner.push(unescaped(bytes, b"%", 2, 1));
    inner.extend(runs(bytes, |b| b.is_ascii_hexdigit(), 12).filter_map(|run| hex::decode(even(run)).ok()));
    // One after another in one place, so that nothing is counted twice for its wrapping.
    let mut decoded = Vec::new();
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/-_".contains(&b);
    for run in runs(bytes, is_base64, 8) {
        for start in 0..4.min(run.len()) {
            base64(&run[start..], &mut decoded);
        }
    }
    inner.push(decoded);
    if bytes.contains(&0) {
        for encoding in [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE] {
            for start in 0..2.min(bytes.len()) {
                inner.push(encoding.decode_without_bom_handling(&bytes[start..]).0.into_owned().into_bytes());
            }
        }
    }
    if std::str::from_utf8(bytes).is_err() {
        inner.push(encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned().into_bytes());
    }
    // What was packed may be wrapped; what a run of letters happens to decode to is not looked into.
    for member in members(bytes) {
        unwrap(&member, depth - 1, found);
        found.push(member);
    }
    found.extend(inner.into_iter().filter(|view| view.len() >= 6));
}

/// The members of a packed file.
fn members(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    if bytes.starts_with(b"PK")
        && let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes))
    {
        for index in 0..archive.len() {
            let mut content = Vec::new();
            if archive.by_index(index).is_ok_and(|mut file| file.read_to_end(&mut content).is_ok()) {
                found.push(content);
            }
        }
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut content = Vec::new();
        if flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).is_ok() {
            found.push(content);
        }
    }
    found
}

/// The bytes with escapes taken off: a mark, and hexadecimal digits of a character (or, of one byte, `%5A`).
fn unescaped(bytes: &[u8], mark: &[u8], digits: usize, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut any = false;
    while let Some((first, after)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(mark) {
            let length = if digits > 0 { digits } else { behind.iter().take_while(|b| b.is_ascii_hexdigit()).count() };
            let number = behind.get(..length).and_then(|digits| std::str::from_utf8(digits).ok());
            if let Some(number) = number.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
                any = true;
                match (size, u8::try_from(number), char::from_u32(number)) {
                    (1, Ok(byte), _) => out.push(byte),
                    (_, _, Some(c)) => out.extend(c.to_string().into_bytes()),
                    _ => {}
                }
                rest = behind.get(length..).unwrap_or_default();
                // A reference of XML has an end.
                rest = if digits == 0 { rest.strip_prefix(b";").unwrap_or(rest) } else { rest };
                continue;
            }
        }
        out.push(*first);
        rest = after;
    }
    if any { out } else { Vec::new() }
}

fn base64(run: &[u8], into: &mut Vec<u8>) {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let whole = &run[..run.len() - run.len() % 4];
    for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
        if let Ok(more) = GeneralPurpose::new(alphabet, config).decode(whole) {
            into.extend(more);
            into.push(0);
        }
    }
}

fn even(run: &[u8]) -> &[u8] {
    &run[..run.len() - run.len() % 2]
}

/// The longest runs of such bytes, of at least that length.
fn runs(bytes: &[u8], of: impl Fn(u8) -> bool + Copy, least: usize) -> impl Iterator<Item = &[u8]> {
    bytes.split(move |b| !of(*b)).filter(move |run| run.len() >= least)
}

#[test]
fn a_text_is_found_in_whatever_it_is_wrapped() {
    let text = "Zq0042密é\"xV";
    let found = |bytes: &[u8]| views(bytes).iter().any(|view| view.windows(6).any(|window| window == b"Zq0042"));
    let escape = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
    let zipped = {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("a.xml", zip::write::SimpleFileOptions::default()).expect("zip");
        std::io::Write::write_all(&mut writer, format!("<a>{}</a>", hex::encode(text)).as_bytes()).expect("zip");
        writer.finish().expect("zip").into_inner()
    };
    let gzipped = {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut writer, text.as_bytes()).expect("gzip");
        writer.finish().expect("gzip")
    };
    for before in ["", "a", "ab", "abc"] {
        let whole = format!("{before}{text} and more");
        let percent = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let all_percent = text.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
        for wrapped in [
            whole.clone(),
            serde_json::json!({ "x": whole }).to_string(),
            format!("{{\"x\": \"{before}{}\"}}", escape(text)),
            format!("https://a.example/{before}{percent}"),
            format!("https://a.example/{before}{all_percent}"),
            format!(
                "<{before}>{}",
                text.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect::<Vec<_>>().concat()
            ),
            format!("{{\"x\": \"{}\"}}", base64::engine::general_purpose::STANDARD.encode(&whole)),
            format!("x.{}.y", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&whole)),
            format!("z{} ", hex::encode(&whole)),
            format!("z{} ", hex::encode_upper(&whole)),
        ] {
            assert!(found(wrapped.as_bytes()), "{wrapped}");
        }
        let units = |order: fn(u16) -> [u8; 2]| whole.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert!(found(&units(u16::to_le_bytes)) && found(&units(u16::to_be_bytes)), "UTF-16");
        assert!(found(&encoding_rs::GB18030.encode(&whole).0), "GB18030");
    }
    assert!(found(&zipped) && found(&gzipped), "packed");
    assert!(!found(b"Zq0043 and Zq004"));
}
