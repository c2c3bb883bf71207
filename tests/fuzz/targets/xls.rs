//! xls: read or refused at a place; written as xlsx, it reads back.

use certbridge::document::Syntax;

use super::{Target, read, workbook};
use crate::mutation::Shape;
use crate::seeds;

pub(crate) const TARGET: Target = Target {
    name: "xls",
    hold,
    seeds: || vec![seeds::compound()],
    shape: Shape::Compound,
    inputs: 3_000,
    most_bytes: 64 << 10,
};

fn hold(bytes: &[u8]) {
    if let Some(document) = read(bytes, Syntax::Workbook) {
        workbook::holds(&document);
    }
}
