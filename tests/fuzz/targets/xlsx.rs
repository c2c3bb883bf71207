//! xlsx: read or refused at a place; written, it reads back; annotated, nothing but comments is added.

use certbridge::document::{Limits, Note, Syntax, annotate};

use super::{Target, read, workbook, xml};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "xlsx",
    hold,
    seeds: || vec![seeds::workbook(), seeds::package(seeds::PARTS), seeds::package(seeds::STRICT_PARTS)],
    shape: Shape::Package(TOKENS, xml::TOKENS),
    inputs: 1_500,
    most_bytes: 64 << 10,
};

const TOKENS: &[&str] = &[
    "<row r=\"1\">",
    "</row>",
    "<c r=\"A1\" t=\"s\">",
    "<c t=\"inlineStr\"><is><t>x</t></is></c>",
    "<c t=\"str\">",
    "<c t=\"b\">",
    "<c t=\"e\">",
    "<c t=\"d\">",
    "<v>0</v>",
    "<v>1e400</v>",
    "<v>60</v>",
    "<v>-1</v>",
    "<v>2958466</v>",
    "<f>1+1</f>",
    "</c>",
    "<c s=\"1\"/>",
    "<mergeCell ref=\"A1:C3\"/>",
    "<mergeCell ref=\"A1:XFD1048576\"/>",
    " r=\"XFD1048576\"",
    " r=\"4294967295\"",
    " r=\"0\"",
    "_x000D_",
    "_x0000_",
    "<sheet name=\"t\" sheetId=\"9\" r:id=\"a\"/>",
    "TargetMode=\"External\"",
    "<si><t>",
    "</t></si>",
    "<rPh>",
    "</rPh>",
    "<xf numFmtId=\"14\"/>",
    "date1904=\"1\"",
    "<numFmt numFmtId=\"164\" formatCode=\"yyyy\"/>",
    "Target=\"../../x\"",
    "Target=\"/xl/workbook.xml\"",
];

fn hold(bytes: &[u8]) {
    let Some(document) = read(bytes, Syntax::Workbook) else { return };
    workbook::holds(&document);
    let first = document.sheets().first().map(|sheet| sheet.name.clone()).unwrap_or_default();
    let note = Note { sheet: first, row: 2, column: 1, text: "证 <&> \u{0}".to_owned() };
    // What bears no comments says so; what bears them reads as before.
    if let Ok(annotated) = annotate(bytes, &[note], &Limits::default()) {
        let back = super::again(&annotated, Syntax::Workbook);
        assert_eq!(back, document);
    }
}
