//! CSV in every encoding that is read: what is written reads back as the same cells at the same places.

use certbridge::document::{CsvStyle, Syntax};

use super::{Target, again, read};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "csv",
    hold,
    seeds: || {
        let text = seeds::table();
        let units = |big: bool| {
            let all = "\u{feff}".encode_utf16().chain(text.encode_utf16());
            all.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let (gb, ..) = encoding_rs::GB18030.encode(&text);
        vec![
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            units(false),
            units(true),
            gb.into_owned(),
        ]
    },
    shape: Shape::Text(TOKENS),
    inputs: 6_000,
    most_bytes: 16 << 10,
};

const TOKENS: &[&str] = &[
    ",", "\"", "\"\"", "\r\n", "\n", "\r", "\",\"", "=1+1", "@", "\t", "\u{feff}", "证书", "𠮷", "\0", "\"\n\"",
    ",,,,", "\u{3000}", ";", "\u{200b}",
];

fn hold(bytes: &[u8]) {
    let Some(document) = read(bytes, Syntax::Csv) else { return };
    let sheet = document.sheets().first().expect("one sheet");
    let mut last = 0;
    for row in &sheet.rows {
        assert!(row.number > last && !row.cells.is_empty(), "rows rise and hold something");
        last = row.number;
        assert!(row.cells.windows(2).all(|pair| pair[0].column < pair[1].column), "cells rise");
    }
    // With a mark, so that a first cell that begins with one is told from it.
    let style = CsvStyle { byte_order_mark: true, neutralise_formulas: false };
    let written = document.write_csv(style).expect("CSV is written");
    // A row of nothing is never the only one, and an empty file is refused as such.
    if !sheet.rows.is_empty() {
        assert_eq!(again(&written, Syntax::Csv), document);
    }
}
