//! What a file is: an answer that its reader agrees with, or a reason.

use certbridge::document::{Limits, Syntax, detect, identify, parse};

use super::{Target, told};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "detect",
    hold,
    seeds: || {
        let heads: [&[u8]; 7] = [
            b"<html><table>",
            b"<?xml version=\"1.0\"?>\n<!-- a --><!DOCTYPE a []><a/>",
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"\xff\xfe<\0a\0/\0>\0",
            b"\xfe\xff\0a\0,\0b",
        ];
        let heads = heads.iter().map(|head| head.to_vec()).collect();
        [heads, vec![seeds::lines(), seeds::table().into_bytes(), seeds::workbook(), seeds::xml()]].concat()
    },
    shape: Shape::Text(&[
        "<",
        "<!DOCTYPE",
        "<?",
        "<!--",
        "-->",
        "?>",
        "{",
        "[",
        "PK\u{3}\u{4}",
        "\0",
        "\u{feff}",
        ",",
        "\n",
        "<table",
        " ",
    ]),
    inputs: 6_000,
    most_bytes: 8 << 10,
};

fn hold(bytes: &[u8]) {
    for name in [None, Some("a.json"), Some("a.ndjson"), Some("a.csv"), Some("a.xls"), Some("a.xml"), Some("证")] {
        let found = identify(bytes, name);
        assert_eq!(detect(bytes, name), found.as_ref().ok().copied());
        match found {
            Ok(syntax) => {
                // Whoever reads it as what it was told to be is not told that it is something else.
                if let Err(refusal) = parse(bytes, syntax, &Limits::default()) {
                    told(&refusal);
                    assert_ne!(refusal.code(), "document/other-content", "{syntax:?} {name:?}");
                }
            }
            Err(refusal) => told(&refusal),
        }
    }
    // A document type declaration passes no reader of XML, whatever was made of it before.
    if let Ok(parsed) = parse(bytes, Syntax::Xml, &Limits::default()) {
        assert_eq!(parsed.document.syntax, Syntax::Xml);
        assert_eq!(certbridge::document::refuse_doctype(bytes), Ok(()));
    }
}
