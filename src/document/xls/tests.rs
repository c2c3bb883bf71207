//! Compound files made for one test each.

use super::super::{Document, Flags, Limits, Node, Sheet, Syntax, Value, parse as parse_document};
use crate::finding::Finding;

const END: u32 = 0xffff_fffe;

pub(in crate::document) fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &u16::try_from(data.len()).expect("short").to_le_bytes(), data].concat()
}

fn integers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub(in crate::document) fn cell(row: u16, column: u16, format: u16, rest: &[u8]) -> Vec<u8> {
    [&row.to_le_bytes()[..], &column.to_le_bytes(), &format.to_le_bytes(), rest].concat()
}

/// The workbook stream of one sheet `s` with these records; format 1 is a date.
pub(in crate::document) fn stream(globals: &[Vec<u8>], records: &[Vec<u8>]) -> Vec<u8> {
    let head = |kind: u16| record(0x0809, &[&0x0600_u16.to_le_bytes()[..], &kind.to_le_bytes(), &[0; 12]].concat());
    let xf = |format: u16| record(0x00e0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    let sst = record(0x00fc, &[&integers(&[2, 2])[..], b"\x02\0\x01\xc1\x8b\x66\x4e", b"\x01\0\0a"].concat());
    let start = [head(5), xf(0), xf(14), sst, globals.concat()].concat();
    let sheet_record = |at: u32| record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 1, 0], b"s"].concat());
    let at = start.len() + sheet_record(0).len() + 4;
    let at = u32::try_from(at).expect("small");
    [start, sheet_record(at), record(0x000a, &[]), head(16), records.concat(), record(0x000a, &[])].concat()
}

/// A compound file with one stream; sectors of 512 bytes: the table, the directory, the stream.
fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    // Records of no kind, so that the stream is long enough for whole sectors.
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = u32::try_from(stream.len() / 512).expect("small");
    let mut header = [SIGNATURE_AND_VERSION, &[0; 16]].concat();
    header.extend(integers(&[1, 1, 0, 4096, END, 0, END, 0, 0]));
    header.resize(512, 0xff);
    let mut fat = vec![0xffff_fffd, END];
    fat.extend((3..2 + sectors).chain([END]));
    fat.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len()).expect("short");
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend(integers(&[u32::MAX, u32::MAX, child]));
        entry.resize(116, 0);
        entry.extend(integers(&[start, u32::try_from(size).expect("small"), 0]));
        entry
    };
    let mut directory = [entry("Root Entry", 5, 1, END, 0), entry(name, 2, u32::MAX, 2, stream.len())].concat();
    directory.resize(512, 0);
    [header, integers(&fat), directory, stream].concat()
}

const SIGNATURE_AND_VERSION: &[u8] =
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x3e\0\x03\0\xfe\xff\x09\0\x06\0\0\0\0\0\0\0\0\0\0\0"
        .split_at(28)
        .0;

/// The sheet, or the first thing that is told, be it of the workbook or of a row.
fn read(bytes: &[u8], limits: &Limits) -> Result<Sheet, Finding> {
    let parsed = parse_document(bytes, Syntax::Workbook, limits)?;
    match parsed.findings.into_iter().next() {
        Some(finding) => Err(finding),
        None => Ok(parsed.document.sheets()[0].clone()),
    }
}

fn cells(records: &[Vec<u8>]) -> Result<Sheet, Finding> {
    read(&file(&stream(&[], records)), &Limits::default())
}

/// The file around a workbook stream.
pub(in crate::document) fn file(stream: &[u8]) -> Vec<u8> {
    let mut bytes = compound("Workbook", stream);
    // Byte order, sector and mini sector shift stand between version and counts.
    bytes[28..34].copy_from_slice(b"\xfe\xff\x09\0\x06\0");
    bytes
}

pub(in crate::document) fn number(row: u16, column: u16, format: u16, number: f64) -> Vec<u8> {
    record(0x0203, &cell(row, column, format, &number.to_le_bytes()))
}

#[test]
fn cells_of_every_record_are_read() {
    let sheet = cells(&[
        record(0x00fd, &cell(0, 0, 0, &0_u32.to_le_bytes())),
        record(0x00fd, &cell(0, 1, 0, &1_u32.to_le_bytes())),
        number(1, 0, 1, 46346.0),
        number(1, 1, 0, 160.5),
        record(0x027e, &cell(1, 2, 0, &((7_u32 << 2) | 3).to_le_bytes())),
        record(
            0x00bd,
            &[
                &cell(2, 0, 0, &((5_u32 << 2) | 2).to_le_bytes())[..],
                b"\x01\0",
                &((46346_u32 << 2) | 2).to_le_bytes(),
                b"\x01\0",
            ]
            .concat(),
        ),
        record(0x0205, &cell(3, 0, 0, &[1, 0])),
        record(0x0205, &cell(3, 1, 0, &[0x2a, 1])),
        record(0x0006, &cell(4, 0, 0, &[&2.0_f64.to_le_bytes()[..], &[0; 6]].concat())),
        record(0x0006, &cell(4, 1, 0, &[&[0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 6]].concat())),
        record(0x0207, b"\x02\0\x01\xc1\x8b\x66\x4e"),
        record(0x0006, &cell(4, 2, 0, &[&[3, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 6]].concat())),
        // An embedded chart with a cell of its own.
        record(0x0809, &[0; 16]),
        number(9, 9, 0, 1.0),
        record(0x000a, &[]),
        record(0x00e5, b"\x01\0\0\0\x01\0\x03\0\x03\0"),
        record(0x00e5, b"\x01\0\x03\0\x04\0\x01\0\x01\0"),
    ])
    .expect("readable");
    let json = |row, column| sheet.cell(row, column).map(Node::to_json);
    assert_eq!((json(1, 1), json(1, 2)), (Some("证书".into()), Some("a".into())));
    assert_eq!(sheet.cell(2, 1).map(|node| &node.value), Some(&Value::DateCell("2026-11-20".parse().expect("a day"))));
    assert_eq!((json(2, 2), json(2, 3)), (Some(160.5.into()), Some(0.07.into())));
    assert_eq!((json(3, 1), json(3, 2)), (Some(5.into()), Some("2026-11-20".into())));
    assert_eq!(json(4, 1), Some(true.into()));
    assert_eq!(sheet.cell(4, 2), Some(&Node::text("#N/A").flagged(Flags::ERROR)));
    assert_eq!(sheet.cell(5, 1).map(|node| node.flags), Some(Flags::FORMULA));
    assert_eq!(sheet.cell(5, 2), Some(&Node::text("#N/A").flagged(Flags::ERROR.and(Flags::MERGED))));
    assert_eq!(sheet.cell(5, 3), Some(&Node::null().flagged(Flags::FORMULA.and(Flags::NO_VALUE))));
    assert_eq!(sheet.rows.len(), 5);
}

#[test]
fn a_text_of_a_formula_is_its_stored_value() {
    let formula = record(0x0006, &cell(4, 1, 0, &[&[0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 6]].concat()));
    let sheet = cells(&[formula.clone(), record(0x0207, b"\x02\0\x01\xc1\x8b\x66\x4e")]).expect("readable");
    assert_eq!(sheet.cell(5, 2), Some(&Node::text("证书").flagged(Flags::FORMULA)));
    let sheet = cells(&[formula]).expect("readable");
    assert_eq!(sheet.cell(5, 2), Some(&Node::null().flagged(Flags::FORMULA.and(Flags::NO_VALUE))));
}

#[test]
fn the_corners_of_a_sheet_cost_no_more_than_two_cells() {
    let limits = Limits { rows: 65_536, cells: 4, ..Limits::default() };
    let corners = stream(&[], &[number(0, 0, 0, 1.0), number(65_535, 255, 0, 1.0)]);
    assert_eq!(read(&file(&corners), &limits).expect("readable").rows.len(), 2);
}

#[test]
fn a_workbook_has_as_many_bytes_as_the_limit_of_its_own_and_no_more() {
    let bytes = file(&stream(&[], &[number(0, 0, 0, 1.0)]));
    let limits = |xls_bytes: u64| Limits { xls_bytes, ..Limits::default() };
    assert!(read(&bytes, &limits(bytes.len() as u64)).is_ok());
    let refusal = read(&bytes, &limits(bytes.len() as u64 - 1)).expect_err("refused");
    assert_eq!((refusal.code(), refusal.value("limit")), ("document/xls-too-large", Some("xls-bytes")));
}

#[test]
fn a_refusal_names_its_reason_and_its_place() {
    let limits = Limits { rows: 3, columns: 4, cells: 5, ..Limits::default() };
    let refused = |records: &[Vec<u8>]| {
        let finding = read(&file(&stream(&[], records)), &limits).expect_err("refused");
        (finding.code(), finding.place().to_string())
    };
    assert!(read(&file(&stream(&[], &[number(2, 3, 0, 1.0)])), &limits).is_ok());
    assert_eq!(refused(&[number(3, 0, 0, 1.0)]), ("document/too-many-rows", "s!A4".into()));
    assert_eq!(refused(&[number(0, 4, 0, 1.0)]), ("document/too-many-columns", "s!E1".into()));
    assert_eq!(
        refused(&[0, 1, 2, 3].map(|column| number(0, column, 0, 1.0))),
        ("document/too-many-cells", "s!D1".into())
    );
    assert_eq!(refused(&[number(0, 0, 0, 1.0), number(0, 0, 0, 2.0)]), ("document/cells-out-of-order", "s!A1".into()));
    assert_eq!(refused(&[number(0, 0, 0, f64::NAN)]), ("document/number-out-of-range", "s!A1".into()));
    assert_eq!(
        refused(&[record(0x00fd, &cell(0, 0, 0, &9_u32.to_le_bytes()))]),
        ("document/malformed-cell", "s!A1".into())
    );
    // What is wrong before the first sheet is wrong with the stream.
    let globals = |limits: &Limits| {
        let finding = read(&file(&stream(&[], &[])), limits).expect_err("refused");
        (finding.code(), finding.place().to_string())
    };
    let long = Limits { cell_chars: 1, ..Limits::default() };
    assert_eq!(globals(&long), ("document/cell-too-long", "Workbook".into()));
    assert_eq!(globals(&Limits { cells: 1, ..long.clone() }).1, "Workbook");
    let code = |bytes: &[u8]| read(bytes, &Limits::default()).expect_err("refused").code();
    assert_eq!(code(&file(&stream(&[record(0x002f, &[1, 0])], &[]))), "document/encrypted");
    assert_eq!(code(&file(&record(0x0809, &[0, 5, 5, 0]))), "document/old-workbook");
    let renamed = |name: &str| {
        let mut bytes = compound(name, &[]);
        bytes[28..34].copy_from_slice(b"\xfe\xff\x09\0\x06\0");
        bytes
    };
    assert_eq!(code(&renamed("EncryptedPackage")), "document/encrypted");
    assert_eq!(code(&renamed("Book")), "document/old-workbook");
    assert_eq!(code(&renamed("WordDocument")), "document/not-a-workbook");
}

#[test]
fn a_cell_that_cannot_be_read_costs_its_row_and_no_other() {
    let records = [
        number(0, 0, 0, 1.0),
        number(1, 0, 0, 2.0),
        number(1, 1, 0, f64::INFINITY),
        number(1, 2, 0, 2.0),
        number(2, 0, 0, 3.0),
        record(0x00fd, &cell(3, 0, 0, &9_u32.to_le_bytes())),
        record(0x0204, &cell(4, 0, 0, b"\x03\0\0xyz")),
        // The area of row 6 takes what row 5 has.
        number(5, 1, 0, 6.0),
        record(0x00e5, b"\x01\0\x04\0\x05\0\0\0\0\0"),
        number(6, 0, 0, 7.0),
    ];
    let limits = Limits { cell_chars: 2, ..Limits::default() };
    let parsed = parse_document(&file(&stream(&[], &records)), Syntax::Workbook, &limits).expect("readable");
    let told: Vec<_> = parsed.findings.iter().map(|finding| (finding.code(), finding.place().to_string())).collect();
    let wanted = [
        ("document/number-out-of-range", "s!B2"),
        ("document/malformed-cell", "s!A4"),
        ("document/cell-too-long", "s!A5"),
        ("document/merged-with-refused-row", "s!A6"),
    ];
    assert_eq!(told, wanted.map(|(code, place)| (code, place.to_owned())));
    let rows: Vec<u32> = parsed.document.sheets()[0].rows.iter().map(|row| row.number).collect();
    assert_eq!(rows, [1, 3, 7]);
}

#[test]
fn chains_without_end_are_refused() {
    let good = file(&stream(&[], &[number(0, 0, 0, 1.0)]));
    assert!(read(&good, &Limits::default()).is_ok());
    // The directory, then the stream, led back to themselves.
    for (sector, next) in [(1, 1_u32), (5, 3), (4, 0x00ff_ffff)] {
        let mut bytes = good.clone();
        bytes[512 + sector * 4..516 + sector * 4].copy_from_slice(&next.to_le_bytes());
        if sector == 5 {
            // The stream says that it is as long as can be.
            bytes[1024 + 128 + 120..1024 + 128 + 124].copy_from_slice(&u32::MAX.to_le_bytes());
        }
        assert_eq!(read(&bytes, &Limits::default()).expect_err("refused").code(), "document/unreadable", "{sector}");
    }
}

#[test]
fn no_flipped_byte_makes_the_reader_panic() {
    let good = file(&stream(&[], &[number(0, 0, 1, 46346.0), record(0x00e5, b"\x01\0\0\0\x01\0\0\0\x03\0")]));
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            _ = parse_document(&bytes, Syntax::Workbook, &Limits::default()).map(|parsed| {
                let Document { root, .. } = parsed.document;
                root
            });
        }
    }
}
