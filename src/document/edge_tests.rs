//! Both sides of every edge, in every syntax that has it: what just fits is read, what is just too much is refused, and the
//! refusal names the limit, its figure and the place.

use std::collections::BTreeSet;

use super::xls::tests as xls;
use super::xlsx::tests::{book, package, sheet_of};
use super::*;

/// An edge: the limit by its key, a maker of documents by a figure, and the place of what is beyond.
struct Edge {
    syntax: &'static str,
    key: &'static str,
    /// The figure that the limit is set to.
    most: u64,
    /// A document that needs so much.
    make: fn(u64) -> Vec<u8>,
    place: &'static str,
}

const PART: &str = "xl/worksheets/sheet1.xml";

fn times(piece: &str, count: u64) -> String {
    piece.repeat(usize::try_from(count).expect("small"))
}

/// One xlsx sheet with these rows and what follows them.
fn sheet(rows: &str, after: &str) -> Vec<u8> {
    book(&sheet_of(rows, after), "", &[])
}

fn inline(text: &str) -> Vec<u8> {
    sheet(&format!("<row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row>"), "")
}

/// One xls sheet with these records.
fn biff(records: &[Vec<u8>]) -> Vec<u8> {
    xls::file(&xls::stream(&[], records))
}

fn small(figure: u64) -> u16 {
    u16::try_from(figure).expect("small")
}

/// A text in a cell of its own (Label), of one byte for each character.
fn label(length: u64) -> Vec<u8> {
    let text = [&small(length).to_le_bytes()[..], &[0], times("x", length).as_bytes()].concat();
    xls::record(0x0204, &xls::cell(0, 0, 0, &text))
}

/// A part of a workbook so long, of blanks.
fn padded(length: u64) -> String {
    let bare = sheet_of("", "").len() as u64;
    sheet_of(&times(" ", length - bare), "")
}

/// The bytes of the parts that are read beside the sheet.
fn beside() -> u64 {
    let parts = |bytes: &[u8]| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
        (0..archive.len()).map(|index| archive.by_index(index).expect("an entry").size()).sum::<u64>()
    };
    parts(&sheet("", "")) - sheet_of("", "").len() as u64
}

const EDGES: &[Edge] = &[
    Edge {
        syntax: "json",
        key: "depth",
        most: 7,
        make: |n| (times("[", n) + &times("]", n)).into(),
        place: "/0/0/0/0/0/0/0",
    },
    Edge { syntax: "json", key: "nodes", most: 7, make: |n| format!("[{}1]", times("1,", n - 2)).into(), place: "/6" },
    Edge {
        syntax: "json",
        key: "string-bytes",
        most: 9,
        make: |n| format!("{{\"a\":\"{}\"}}", times("x", n)).into(),
        place: "/a",
    },
    Edge { syntax: "json", key: "number-chars", most: 9, make: |n| format!("[{}]", times("1", n)).into(), place: "/0" },
    Edge {
        syntax: "json",
        key: "text-bytes",
        most: 9,
        make: |n| format!("[\"xxx\",\"{}\"]", times("x", n - 3)).into(),
        place: "/1",
    },
    Edge { syntax: "json", key: "bytes", most: 9, make: |n| format!("\"{}\"", times("x", n - 2)).into(), place: "-" },
    Edge {
        syntax: "lines",
        key: "depth",
        most: 7,
        make: |n| format!("1\n{}{}\n", times("[", n), times("]", n)).into(),
        place: "line 2 /0/0/0/0/0/0/0",
    },
    Edge {
        syntax: "lines",
        key: "nodes",
        most: 7,
        make: |n| format!("1\n[{}1]\n", times("1,", n - 3)).into(),
        place: "line 2 /5",
    },
    Edge {
        syntax: "lines",
        key: "string-bytes",
        most: 9,
        make: |n| format!("1\n[\"{}\"]", times("x", n)).into(),
        place: "line 2 /0",
    },
    Edge {
        syntax: "lines",
        key: "number-chars",
        most: 9,
        make: |n| format!("1\n[{}]", times("1", n)).into(),
        place: "line 2 /0",
    },
    Edge {
        syntax: "lines",
        key: "text-bytes",
        most: 9,
        make: |n| format!("\"xxx\"\n[\"{}\"]", times("x", n - 3)).into(),
        place: "line 2 /0",
    },
    Edge {
        syntax: "lines",
        key: "line-bytes",
        most: 9,
        make: |n| format!("1\n\"{}\"\n", times("x", n - 2)).into(),
        place: "line 2",
    },
    Edge { syntax: "lines", key: "findings", most: 3, make: |n| times("?\n", n).into(), place: "line 4" },
    Edge { syntax: "lines", key: "bytes", most: 9, make: |n| format!("\"{}\"", times("x", n - 2)).into(), place: "-" },
    Edge { syntax: "csv", key: "cells", most: 5, make: |n| format!("{}1", times("1,", n - 1)).into(), place: "F1" },
    Edge { syntax: "csv", key: "rows", most: 3, make: |n| times("a\n", n).into(), place: "4" },
    Edge { syntax: "csv", key: "columns", most: 3, make: |n| times(",", n - 1).into(), place: "D1" },
    Edge { syntax: "csv", key: "cell-chars", most: 3, make: |n| format!("a,{}", times("证", n)).into(), place: "B1" },
    Edge {
        syntax: "csv",
        key: "cell-lines",
        most: 3,
        make: |n| format!("a\n\"{}\"", times("\n", n)).into(),
        place: "line 2",
    },
    Edge {
        syntax: "csv",
        key: "text-bytes",
        most: 9,
        make: |n| format!("xxx,{}", times("x", n - 3)).into(),
        place: "B1",
    },
    Edge { syntax: "csv", key: "findings", most: 3, make: |n| format!("a,b\n{}", times("1\n", n)).into(), place: "5" },
    Edge { syntax: "csv", key: "bytes", most: 9, make: |n| times("x", n).into(), place: "-" },
    Edge {
        syntax: "xml",
        key: "depth",
        most: 7,
        make: |n| (times("<a>", n) + &times("</a>", n)).into(),
        place: "line 1 /a/a/a/a/a/a/a",
    },
    Edge {
        syntax: "xml",
        key: "nodes",
        most: 7,
        make: |n| format!("<a>\n{}</a>", times("<b/>", n - 1)).into(),
        place: "line 2 /a",
    },
    Edge {
        syntax: "xml",
        key: "string-bytes",
        most: 9,
        make: |n| format!("<a b='{}'/>", times("x", n)).into(),
        place: "line 1 /a",
    },
    Edge {
        syntax: "xml",
        key: "text-bytes",
        most: 9,
        make: |n| format!("<a><b>xxx</b>\n<c>{}</c></a>", times("x", n - 4)).into(),
        place: "line 2 /a/c",
    },
    Edge {
        syntax: "xml",
        key: "xml-attributes",
        most: 3,
        make: |n| format!("<a>\n<b {}/></a>", (0..n).map(|n| format!(" c{n}=''")).collect::<Vec<_>>().concat()).into(),
        place: "line 2 /a",
    },
    Edge {
        syntax: "xml",
        key: "xml-token-bytes",
        most: 30,
        make: |n| format!("<a>\n<!--{}--></a>", times("x", n)).into(),
        place: "line 2 /a",
    },
    Edge { syntax: "xml", key: "bytes", most: 9, make: |n| format!("<a>{}</a>", times("x", n - 7)).into(), place: "-" },
    Edge {
        syntax: "xlsx",
        key: "depth",
        most: 9,
        make: |n| sheet("", &(times("<a>", n - 1) + &times("</a>", n - 1))),
        place: PART,
    },
    Edge {
        syntax: "xlsx",
        key: "cells",
        most: 3,
        make: |n| sheet(&format!("<row>{}</row>", times("<c><v>1</v></c>", n)), ""),
        place: "s!D1",
    },
    Edge {
        syntax: "xlsx",
        key: "number-chars",
        most: 9,
        make: |n| sheet(&format!("<row><c><v>{}</v></c></row>", times("1", n)), ""),
        place: "s!A1",
    },
    Edge { syntax: "xlsx", key: "text-bytes", most: 9, make: |n| inline(&times("x", n)), place: "s!A1" },
    Edge { syntax: "xlsx", key: "sheets", most: 2, make: sheets, place: "xl/workbook.xml" },
    Edge { syntax: "xlsx", key: "rows", most: 3, make: |n| sheet(&format!("<row r=\"{n}\"/>"), ""), place: "s!4" },
    Edge {
        syntax: "xlsx",
        key: "columns",
        most: 3,
        make: |n| sheet(&format!("<row>{}</row>", times("<c/>", n)), ""),
        place: "s!D1",
    },
    Edge { syntax: "xlsx", key: "cell-chars", most: 3, make: |n| inline(&times("证", n)), place: "s!A1" },
    Edge {
        syntax: "xlsx",
        key: "merged-cells",
        most: 2,
        make: |n| {
            let last = ["A", "B", "C", "D"][usize::from(small(n))];
            sheet("<row><c><v>1</v></c></row>", &format!("<mergeCells><mergeCell ref=\"A1:{last}1\"/></mergeCells>"))
        },
        place: "s!D1",
    },
    Edge { syntax: "xlsx", key: "zip-entries", most: 6, make: entries, place: "-" },
    Edge { syntax: "xlsx", key: "zip-entry-bytes", most: 4000, make: |n| book(&padded(n), "", &[]), place: PART },
    Edge {
        syntax: "xlsx",
        key: "zip-total-bytes",
        most: 4000,
        make: |n| book(&padded(n - beside()), "", &[]),
        place: PART,
    },
    Edge {
        syntax: "xlsx",
        key: "xml-attributes",
        most: 5,
        make: |n| sheet(&format!("<row{}/>", (0..n).map(|n| format!(" c{n}=''")).collect::<Vec<_>>().concat()), ""),
        place: PART,
    },
    Edge {
        syntax: "xlsx",
        key: "xml-token-bytes",
        most: 900,
        make: |n| sheet("", &format!("<!--{}-->", times("x", n))),
        place: PART,
    },
    Edge { syntax: "xlsx", key: "bytes", most: 4000, make: stuffed, place: "-" },
    Edge {
        syntax: "xls",
        key: "cells",
        most: 5,
        make: |n| biff(&(0..n - 2).map(|at| xls::number(0, small(at), 0, 1.0)).collect::<Vec<_>>()),
        place: "s!D1",
    },
    Edge { syntax: "xls", key: "text-bytes", most: 19, make: |n| biff(&[label(n - 7)]), place: "s!A1" },
    Edge { syntax: "xls", key: "sheets", most: 2, make: xls_sheets, place: "Workbook" },
    Edge {
        syntax: "xls",
        key: "rows",
        most: 3,
        make: |n| biff(&[xls::number(small(n - 1), 0, 0, 1.0)]),
        place: "s!A4",
    },
    Edge {
        syntax: "xls",
        key: "columns",
        most: 3,
        make: |n| biff(&[xls::number(0, small(n - 1), 0, 1.0)]),
        place: "s!D1",
    },
    Edge { syntax: "xls", key: "cell-chars", most: 9, make: |n| biff(&[label(n)]), place: "s!A1" },
    Edge {
        syntax: "xls",
        key: "merged-cells",
        most: 2,
        make: |n| {
            biff(&[
                xls::number(0, 0, 0, 1.0),
                xls::record(0x00e5, &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &small(n).to_le_bytes()].concat()),
            ])
        },
        place: "s!D1",
    },
    Edge {
        syntax: "xls",
        key: "bytes",
        most: 5632,
        make: |n| {
            let mut file = biff(&[]);
            file.resize(usize::try_from(n).expect("small"), 0);
            file
        },
        place: "-",
    },
];

/// A workbook of so many sheets.
fn sheets(count: u64) -> Vec<u8> {
    let sheet = |number: u64| {
        let mut sheet = Sheet::new(format!("s{number}"));
        sheet.put(1, 1, Node::text("x"));
        sheet
    };
    let root = Node::new(Value::Workbook(Workbook { sheets: (0..count).map(sheet).collect() }));
    Document { syntax: Syntax::Workbook, root }.write().expect("written")
}

/// A package of so many entries.
fn entries(count: u64) -> Vec<u8> {
    let names: Vec<String> = (0..count - 4).map(|number| format!("x{number}")).collect();
    let more: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    book(&sheet_of("", ""), "", &more)
}

/// A package of so many bytes, by the name of an entry that nobody reads.
fn stuffed(length: u64) -> Vec<u8> {
    let named = |name: u64| book(&sheet_of("", ""), "", &[(&times("x", name), "")]);
    // A name stands twice: with its entry and in the directory; the comment of a package takes up what is odd.
    let bare = named(1).len() as u64 - 2;
    let mut bytes = named((length - bare) / 2);
    let rest = usize::try_from(length).expect("small") - bytes.len();
    let at = bytes.len() - 2;
    bytes[at..].copy_from_slice(&small(rest as u64).to_le_bytes());
    bytes.resize(bytes.len() + rest, b' ');
    bytes
}

/// An xls workbook of so many sheets, all at the place of the first.
fn xls_sheets(count: u64) -> Vec<u8> {
    let named = |at: u32, number: u64| {
        let name = [b'a' + u8::try_from(number).expect("small")];
        xls::record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 1, 0], &name].concat())
    };
    let more: Vec<Vec<u8>> = (1..count).map(|number| named(0, number)).collect();
    xls::file(&xls::stream(&more, &[xls::number(0, 0, 0, 1.0)]))
}

fn syntax_of(name: &str) -> Syntax {
    match name {
        "json" => Syntax::Json,
        "lines" => Syntax::JsonLines,
        "csv" => Syntax::Csv,
        "xml" => Syntax::Xml,
        _ => Syntax::Workbook,
    }
}

#[test]
fn what_just_fits_is_read_and_what_is_just_too_much_is_refused_by_its_limit_at_its_place() {
    for Edge { syntax, key, most, make, place } in EDGES {
        let limits: Limits = toml::from_str(&format!("{key} = {most}")).expect("a limit");
        let read = |figure| parse(&make(figure), syntax_of(syntax), &limits);
        match read(*most) {
            // A line that is refused costs no other one, and each is told of.
            Ok(parsed) if *key != "findings" => assert_eq!(parsed.findings, [], "{syntax} {key}"),
            Ok(parsed) => assert_eq!(parsed.findings.len() as u64, *most, "{syntax}"),
            Err(refusal) => panic!("{syntax} {key}: {refusal}"),
        }
        let refusal = match read(most + 1) {
            Err(refusal) => refusal,
            Ok(mut parsed) if parsed.findings.len() == 1 => parsed.findings.remove(0),
            Ok(_) => panic!("{syntax} {key}: one more is read"),
        };
        let (code, _) = LIMIT_CODES.iter().find(|(_, of)| of == key).expect("a limit");
        assert_eq!(refusal.code(), *code, "{syntax} {key}: {refusal}");
        let most = most.to_string();
        assert_eq!((refusal.value("limit"), refusal.value("most")), (Some(*key), Some(most.as_str())), "{syntax}");
        assert_eq!(refusal.place().to_string(), *place, "{syntax} {key}");
    }
    let keys: BTreeSet<&str> = EDGES.iter().map(|edge| edge.key).collect();
    let missing: Vec<_> = LIMIT_CODES.iter().filter(|(_, key)| !keys.contains(key)).map(|(_, key)| *key).collect();
    // Streams are read by other tests (`csv_rows_tests`, those of `xlsx`), and xls files have one of their own.
    let elsewhere = ["stream-bytes", "xls-bytes", "stream-rows", "stream-inflated-bytes", "zip-ratio"];
    assert_eq!(missing, elsewhere, "these have tests of their own");
}

#[test]
fn a_package_may_expand_to_the_ratio_and_no_further() {
    let text = format!("<worksheet><sheetData/>{}</worksheet>", times(&format!("{}<a/>", times(" ", 100_000)), 90));
    let bytes = book(&text, "", &[]);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).expect("a package");
    let packed = archive.by_name(PART).expect("an entry").compressed_size();
    let ratio = (text.len() as u64).div_ceil(packed);
    let read = |zip_ratio| parse(&bytes, Syntax::Workbook, &Limits { zip_ratio, ..Limits::default() });
    assert!(read(ratio).is_ok());
    let refusal = read(ratio - 1).expect_err("refused");
    let told = (refusal.code(), refusal.value("limit"), refusal.place().to_string());
    assert_eq!(told, ("document/expands-too-far", Some("zip-ratio"), PART.to_owned()));
}

#[test]
fn each_syntax_says_of_each_encoding_whether_it_reads_it() {
    let utf16 = |text: &str, big: bool, mark: bool| -> Vec<u8> {
        let text = if mark { format!("\u{feff}{text}") } else { text.to_owned() };
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    // GB18030 of 书 is no UTF-8; that of 证 is, of another character, and nobody could tell.
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?><a>书</a>");
    for (syntax, bytes, code) in [
        ("json", "\u{feff}[\"证\"]".into(), None),
        ("json", gb("[\"书\"]"), Some("not-utf8")),
        ("json", utf16("[\"证\"]", false, true), Some("not-utf8")),
        ("json", utf16("[\"a\"]", false, false), Some("json-syntax")),
        ("json", b"[\"\xed\xa0\x80\"]".to_vec(), Some("not-utf8")),
        ("json", br#"["\ud800"]"#.to_vec(), Some("lone-surrogate")),
        ("lines", "\u{feff}[\"证\"]\n".into(), None),
        ("lines", gb("[\"书\"]\n"), Some("not-utf8")),
        ("csv", "证,书".into(), None),
        ("csv", utf16("证,书", false, true), None),
        ("csv", utf16("证,书", true, true), None),
        ("csv", utf16("a,b", true, false), Some("nul-character")),
        ("csv", gb("书,证"), None),
        ("csv", gb("𠮷,\u{e000}"), None),
        ("csv", b"\xff\xfe\x00\xd8a\0".to_vec(), Some("undecodable")),
        ("csv", b"a,\x81".to_vec(), Some("undecodable")),
        ("xml", declared("UTF-8").into(), None),
        ("xml", utf16(&declared("UTF-16"), false, true), None),
        ("xml", utf16(&declared("utf-16be"), true, true), None),
        ("xml", utf16(&declared("UTF-16BE"), false, true), Some("xml-encoding")),
        ("xml", utf16(&declared("UTF-8"), false, true), Some("xml-encoding")),
        ("xml", utf16(&declared("UTF-16"), false, false), Some("nul-character")),
        ("xml", declared("GB18030").into(), Some("xml-encoding")),
        ("xml", gb(&declared("GB18030")), Some("xml-encoding")),
        ("xml", b"\xff\xfe<\0a\0>\0\x00\xd8<\0/\0a\0>\0".to_vec(), Some("undecodable")),
        ("xml", b"<a>&#xD800;</a>".to_vec(), Some("xml-syntax")),
        ("xlsx", inline("_xD800_"), None),
        ("xlsx", inline("&#xD800;"), Some("unreadable")),
        ("xls", biff(&[xls::record(0x0204, &xls::cell(0, 0, 0, b"\x01\0\x01\x00\xd8"))]), Some("undecodable")),
    ] {
        let told = match parse(&bytes, syntax_of(syntax), &Limits::default()) {
            Ok(parsed) => parsed.findings.into_iter().find(Finding::is_error),
            Err(refusal) => Some(refusal),
        };
        let told = told.as_ref().map(Finding::code);
        assert_eq!(told, code.map(|code| format!("document/{code}")).as_deref(), "{syntax} {bytes:?}");
    }
}

#[test]
fn links_and_formulas_are_read_past_and_nothing_of_them_is_kept_but_the_doubt() {
    let rows = "<row><c t=\"str\"><f>WEBSERVICE(\"http://192.0.2.1/\")</f><v>x</v></c><c t=\"str\"><f>DDE(\"cmd\",\"/c\",\"x\")</f></c></row>";
    let links =
        "<hyperlinks><hyperlink ref=\"A1\" r:id=\"e\"/></hyperlinks><extLst><ext uri=\"http://192.0.2.1/\"/></extLst>";
    let document = parse(&sheet(rows, links), Syntax::Workbook, &Limits::default()).expect("read").document;
    let told: Vec<_> =
        document.sheets()[0].rows[0].cells.iter().map(|cell| (cell.node.as_text(), cell.node.flags)).collect();
    assert_eq!(told, [(Some("x"), Flags::FORMULA), (None, Flags::FORMULA.and(Flags::NO_VALUE))]);
    assert!(!format!("{document:?}").contains("192.0.2.1"));
    let only = package(&[(
        "_rels/.rels",
        "<Relationships><Relationship Id=\"r\" Type=\"x/officeDocument\" Target=\"http://192.0.2.1/x\" TargetMode=\"External\"/></Relationships>",
    )]);
    let refusal = parse(&only, Syntax::Workbook, &Limits::default()).expect_err("refused");
    assert_eq!(refusal.code(), "document/not-a-workbook");
}
