//! Writing a sheet as CSV (RFC 4180): UTF-8, CRLF, quotes only where needed.

use super::{Node, Sheet, Syntax, Value, WriteError};

/// How a CSV file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvStyle {
    /// Begin with a byte order mark, by which Excel knows UTF-8.
    pub byte_order_mark: bool,
    /// Put an apostrophe before text that a spreadsheet would take for a formula. Such a file is for people to open; it does
    /// not read back as the same text.
    pub neutralise_formulas: bool,
}

/// Writes the one sheet of a workbook. Rows that hold nothing become empty lines, so that every row keeps its number; every
/// row is as wide as the widest.
pub(super) fn write(root: &Node, style: CsvStyle) -> Result<Vec<u8>, WriteError> {
    let Value::Workbook(workbook) = &root.value else {
        return Err(WriteError::Shape { syntax: Syntax::Csv, what: "a root that is no workbook" });
    };
    let [sheet] = workbook.sheets.as_slice() else {
        return Err(WriteError::Shape { syntax: Syntax::Csv, what: "any number of sheets but one" });
    };
    let mut out = Vec::new();
    if style.byte_order_mark {
        out.extend_from_slice(b"\xef\xbb\xbf");
    }
    rows(sheet, style, &mut out)?;
    Ok(out)
}

fn rows(sheet: &Sheet, style: CsvStyle, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let width = sheet.width();
    let failed = |error: csv::Error| WriteError::Csv(error.to_string());
    let mut next = 1;
    for row in &sheet.rows {
        for _ in next..row.number {
            out.extend_from_slice(b"\r\n");
        }
        next = row.number.saturating_add(1);
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(&mut *out);
        for column in 1..=width {
            writer.write_field(field(row.cell(column), style)?).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
        writer.flush().map_err(|error| WriteError::Csv(error.to_string()))?;
    }
    Ok(())
}

fn field(node: Option<&Node>, style: CsvStyle) -> Result<String, WriteError> {
    let Some(node) = node else { return Ok(String::new()) };
    Ok(match &node.value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string().to_uppercase(),
        Value::Number(number) => number.to_string(),
        Value::DateCell(day) => day.to_string(),
        Value::Text(text) if style.neutralise_formulas && looks_like_formula(text) => format!("'{text}"),
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Object(_) | Value::Workbook(_) => {
            return Err(WriteError::Shape { syntax: Syntax::Csv, what: "a list or an object in a cell" });
        }
    })
}

/// What Excel, LibreOffice or WPS may take for a formula, blanks before it included.
fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}
