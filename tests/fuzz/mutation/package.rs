//! A zip package taken apart, one of its entries changed, and put together again, so that sums and lengths fit. A change of
//! plain bytes would not come past the sum of the entry.

use std::io::{Cursor, Read as _, Write as _};

use rand::Rng;
use zip::CompressionMethod::{Deflated, Stored};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::text;

/// Bytes of an entry that are looked at.
const MOST: u64 = 64 << 10;

/// A changed package; of what is none, changed bytes.
pub(crate) fn changed(input: &[u8], other: &[u8], tokens: &[&[&str]], random: &mut impl Rng) -> Vec<u8> {
    let Some(mut entries) = entries(input).filter(|entries| !entries.is_empty()) else {
        return text::changed(input, other, tokens, input.len() + 64, random);
    };
    let others = self::entries(other).unwrap_or_default();
    for _ in 0..random.random_range(1..=3) {
        let at = random.random_range(0..entries.len());
        match random.random_range(0..16) {
            0 if entries.len() > 1 => drop(entries.remove(at)),
            1 => {
                let (name, content) = entries[at].clone();
                let names = ["../x", "/x", "a\\b", "XL/workbook.xml", "xl/./x", "", "x:y"];
                let more = if random.random_bool(0.5) {
                    names[random.random_range(0..names.len())].to_owned()
                } else {
                    format!("{name}2")
                };
                entries.push((more, content));
            }
            2 => {
                let to = random.random_range(0..entries.len());
                let content = entries[at].1.clone();
                entries[to].1 = content;
            }
            3 => {
                if let Some(theirs) = others.get(random.random_range(0..others.len().max(1))) {
                    entries[at] = theirs.clone();
                }
            }
            _ => {
                let from =
                    others.get(random.random_range(0..others.len().max(1))).map_or(&b""[..], |(_, content)| content);
                let most = usize::try_from(MOST).unwrap_or(usize::MAX);
                entries[at].1 = text::changed(&entries[at].1, from, tokens, most, random);
            }
        }
    }
    together(&entries, random.random_bool(0.5)).unwrap_or_else(|| input.to_vec())
}

fn entries(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut found = Vec::new();
    for index in 0..archive.len().min(40) {
        let entry = archive.by_index(index).ok()?;
        let name = entry.name().ok()?.into_owned();
        let mut content = Vec::new();
        entry.take(MOST).read_to_end(&mut content).ok()?;
        found.push((name, content));
    }
    Some(found)
}

fn together(entries: &[(String, Vec<u8>)], packed: bool) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(if packed { Deflated } else { Stored });
    for (name, content) in entries {
        // Two entries of one name the writer refuses; the package goes on without the second.
        if zip.start_file(name.as_str(), options).is_ok() {
            zip.write_all(content).ok()?;
        }
    }
    Some(zip.finish().ok()?.into_inner())
}
