//! Writing a workbook as xlsx: text as text whatever it begins with, dates as dates, and the same bytes for the same tree.

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Worksheet, XlsxError};

use super::{Node, Sheet, Syntax, Value, WriteError};
use crate::finding::column_letters;

/// Writes the sheets in their order. A number that a spreadsheet would round is written as text; a formula never is.
pub(super) fn write(root: &Node) -> Result<Vec<u8>, WriteError> {
    let Value::Workbook(book) = &root.value else {
        return Err(WriteError::Shape { syntax: Syntax::Workbook, what: "a root that is no workbook" });
    };
    let failed = |error: XlsxError| WriteError::Workbook(error.to_string());
    let mut workbook = rust_xlsxwriter::Workbook::new();
    // The library would read the clock of the machine; when a file was made stands in the message that carries it.
    let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for sheet in &book.sheets {
        // In an attribute of XML they would come back as blanks.
        if let Some(control) = sheet.name.chars().find(|c| c.is_control()) {
            let what = format!("a sheet whose name holds U+{:04X}: {:?}", u32::from(control), sheet.name);
            return Err(WriteError::Workbook(what));
        }
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&sheet.name).map_err(failed)?;
        cells(worksheet, sheet, &date)?;
    }
    workbook.save_to_buffer().map_err(failed)
}

fn cells(worksheet: &mut Worksheet, sheet: &Sheet, date: &Format) -> Result<(), WriteError> {
    for row in &sheet.rows {
        for cell in &row.cells {
            let failed = |error: XlsxError| {
                let place = format!("{}!{}{}", sheet.name, column_letters(cell.column), row.number);
                WriteError::Workbook(format!("{place}: {error}"))
            };
            let (at, column) = row
                .number
                .checked_sub(1)
                .zip(cell.column.checked_sub(1).and_then(|column| u16::try_from(column).ok()))
                .ok_or_else(|| failed(XlsxError::RowColumnLimitError))?;
            match &cell.node.value {
                Value::Null => Ok(&mut *worksheet),
                Value::Bool(truth) => worksheet.write_boolean(at, column, *truth),
                Value::Number(number) if number.fits_a_spreadsheet() => {
                    worksheet.write_number(at, column, number.as_f64())
                }
                Value::Number(number) => worksheet.write_string(at, column, number.as_str()),
                Value::Text(text) => worksheet.write_string(at, column, text),
                Value::DateCell(day) => match excel_day(day.0) {
                    Some(day) => worksheet.write_datetime_with_format(at, column, &day, date),
                    None => worksheet.write_string(at, column, day.to_string()),
                },
                Value::List(_) | Value::Object(_) | Value::Workbook(_) => {
                    let what = "a list or an object in a cell";
                    return Err(WriteError::Shape { syntax: Syntax::Workbook, what });
                }
            }
            .map_err(failed)?;
        }
    }
    Ok(())
}

/// The day as a spreadsheet counts it; nothing before March 1900, from where on all of them agree.
fn excel_day(day: Date) -> Option<ExcelDateTime> {
    if day < jiff::civil::date(1900, 3, 1) {
        return None;
    }
    let year = u16::try_from(day.year()).ok()?;
    ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Flags, Limits, Number, Workbook, parse};

    #[test]
    fn a_workbook_reads_back_as_it_was_written() {
        let mut sheet = Sheet::new("证书信息表");
        let number = |text| Node::new(Value::Number(Number::parse(text).expect(text)));
        for (row, column, node) in [
            (2, 3, Node::text("=HYPERLINK(\"http://192.0.2.1/\")")),
            (2, 4, Node::text(" 二\r\n行 _x000D_ \u{3000}")),
            (2, 9, Node::text("0123")),
            (7, 1, number("160.5")),
            (7, 2, Node::new(Value::Bool(true))),
            (7, 3, Node::new(Value::DateCell("2026-11-20".parse().expect("a day")))),
            (8, 1, number("2026800703100003")),
            (8, 2, Node::new(Value::DateCell("1899-11-20".parse().expect("a day")))),
        ] {
            sheet.put(row, column, node);
        }
        let workbook = Workbook { sheets: vec![sheet.clone(), Sheet::new("审核结果信息表")] };
        let document = Document { syntax: Syntax::Workbook, root: Node::new(Value::Workbook(workbook)) };
        let bytes = document.write().expect("a workbook");
        assert_eq!(document.write().expect("a workbook"), bytes);
        let read = parse(&bytes, Syntax::Workbook, &Limits::default()).expect("readable").document;
        // What a spreadsheet cannot hold became text.
        sheet.put(8, 1, Node::text("2026800703100003"));
        sheet.put(8, 2, Node::text("1899-11-20"));
        assert_eq!(read.sheets(), [sheet, Sheet::new("审核结果信息表")]);
        assert!(read.sheets()[0].rows.iter().all(|row| row.cells.iter().all(|cell| cell.node.flags == Flags::NONE)));
    }

    #[test]
    fn what_a_workbook_cannot_hold_is_an_error_that_names_the_cell() {
        let with = |name: &str, node: Node| {
            let mut sheet = Sheet::new(name);
            sheet.put(2, 2, node);
            let root = Node::new(Value::Workbook(Workbook { sheets: vec![sheet] }));
            Document { syntax: Syntax::Workbook, root }.write()
        };
        let error = with("s", Node::text("x".repeat(32_768))).expect_err("too long").to_string();
        assert!(error.contains("s!B2"), "{error}");
        assert!(with("a/b", Node::text("x")).is_err());
        assert!(with("a\tb", Node::text("x")).is_err(), "a tab would come back as a blank");
        assert!(matches!(with("s", Node::object()), Err(WriteError::Shape { .. })));
    }
}
