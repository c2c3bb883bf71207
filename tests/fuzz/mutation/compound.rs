//! A compound file with one stream of BIFF records: records are changed, and the stream is laid into sectors anew, with the
//! positions of its sheets as they then are.

use rand::Rng;

use super::text;

const END: u32 = 0xffff_fffe;
const SECTOR: usize = 512;
/// Where the stream begins in a file that was made here: header, table, directory.
const STREAM: usize = 3 * SECTOR;
/// Records that begin a substream, and that name a sheet.
const BOF: u16 = 0x0809;
const BOUND_SHEET: u16 = 0x0085;

/// A record of this kind.
pub(crate) fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), &data[..usize::from(length)]].concat()
}

/// The records of a stream, up to the first that is cut off.
fn records(stream: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let (mut rest, mut found) = (stream, Vec::new());
    while let [a, b, c, d, more @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let (kind, Some(data)) = (u16::from_le_bytes([*a, *b]), more.get(..length)) else { break };
        // What fills the last sector is no record.
        if kind == 0 {
            break;
        }
        found.push((kind, data.to_vec()));
        rest = &more[length..];
    }
    found
}

/// The stream with every sheet's position where that sheet begins.
pub(crate) fn located(stream: &[u8]) -> Vec<u8> {
    let mut records = records(stream);
    let mut starts = Vec::new();
    let mut at = 0_u32;
    for (kind, data) in &records {
        if *kind == BOF {
            starts.push(at);
        }
        at += 4 + u32::try_from(data.len()).unwrap_or(0);
    }
    let mut sheets = starts.into_iter().skip(1);
    for (_, data) in records.iter_mut().filter(|(kind, data)| *kind == BOUND_SHEET && data.len() >= 4) {
        if let Some(start) = sheets.next() {
            data[..4].copy_from_slice(&start.to_le_bytes());
        }
    }
    records.iter().flat_map(|(kind, data)| record(*kind, data)).collect()
}

/// The file around a workbook stream.
pub(crate) fn wrapped(stream: &[u8]) -> Vec<u8> {
    let integers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut stream = stream.to_vec();
    stream.truncate(120 * SECTOR);
    let length = stream.len().max(4096);
    stream.resize(length.next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(stream.len() / SECTOR).unwrap_or(0);
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(24, 0);
    header.extend_from_slice(b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0\0\0\0\0\0\0\0\0\0\0");
    header.extend(integers(&[1, 1, 0, 4096, END, 0, END, 0, 0]));
    header.resize(SECTOR, 0xff);
    let mut table = vec![0xffff_fffd, END];
    table.extend((3..2 + sectors).chain([END]));
    table.resize(SECTOR / 4, u32::MAX);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len()).unwrap_or(0);
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend(integers(&[u32::MAX, u32::MAX, child]));
        entry.resize(116, 0);
        entry.extend(integers(&[start, u32::try_from(size).unwrap_or(0), 0]));
        entry
    };
    let mut directory = [entry("Root Entry", 5, 1, END, 0), entry("Workbook", 2, u32::MAX, 2, stream.len())].concat();
    directory.resize(SECTOR, 0);
    [header, integers(&table), directory, stream].concat()
}

/// A file with one to four of its records changed.
pub(crate) fn changed(input: &[u8], random: &mut impl Rng) -> Vec<u8> {
    let mut records = records(input.get(STREAM..).unwrap_or_default());
    if records.is_empty() {
        return text::changed(input, input, &[], input.len() + 64, random);
    }
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..records.len());
        match random.random_range(0..10) {
            0 if records.len() > 1 => drop(records.remove(at)),
            1 => {
                let copy = records[at].clone();
                records.insert(random.random_range(0..=records.len()), copy);
            }
            2 => {
                let to = random.random_range(0..records.len());
                records.swap(at, to);
            }
            3 => {
                let kinds = [
                    0x0a, 0x22, 0x2f, 0x3c, 0x85, 0xbd, 0xbe, 0xd6, 0xe0, 0xe5, 0xfc, 0xfd, 0x201, 0x203, 0x204, 0x205,
                    0x207, 0x27e, 0x41e, 0x809, 0x06,
                ];
                records[at].0 = kinds[random.random_range(0..kinds.len())];
            }
            4 => {
                // A record cut in two, the rest in one that goes on.
                let data = &mut records[at].1;
                let rest = data.split_off(random.random_range(0..=data.len()));
                records.insert(at + 1, (0x3c, rest));
            }
            5 => {
                let data = &mut records[at].1;
                if data.len() >= 2 {
                    let field = random.random_range(0..data.len() / 2) * 2;
                    let values = [0_u16, 1, 2, 0xff, 0x100, 0x3fff, 0x7fff, 0x8000, 0xffff, 4095];
                    data[field..field + 2].copy_from_slice(&values[random.random_range(0..values.len())].to_le_bytes());
                }
            }
            _ => {
                let data = text::changed(&records[at].1, &[], &[], 8000, random);
                records[at].1 = data;
            }
        }
    }
    let stream: Vec<u8> = records.iter().flat_map(|(kind, data)| record(*kind, data)).collect();
    // Now and then the sheets lie where nobody says that they lie.
    wrapped(&if random.random_ratio(1, 10) { stream } else { located(&stream) })
}
