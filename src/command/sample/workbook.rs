//! A report as a workbook: three sheets, each with the block of titles above its columns, as bodies send it.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::report::{AUDIT_TITLES, CERTIFICATE_TITLES, ENERGY_TITLES};
use super::{Report, Row};

/// Row of the column titles, from 0; data begins in the one below it.
const TITLES: u32 = 4;
/// First data column, from 0; the one before it counts the rows.
const FIRST: u16 = 2;

/// The report as the bytes of an xlsx file.
pub(super) fn write(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed instant, so that the same report gives the same bytes.
    let made = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&made));
    let first = report.certificates.first();
    let approval = first.map_or("", |row| row.value("认证机构批准号"));
    let name = first.map_or("", |row| row.value("实施审核的关键场所名称"));
    let from = first.map_or("", |row| row.value("取数开始时间"));
    let until = first.map_or("", |row| row.value("取数结束时间"));
    let block = [
        format!("填报机构：{name}"),
        format!("机构批准号：{approval}"),
        format!("报告期：{} 至 {}", dashed(from), dashed(until)),
    ];
    let report_title = "管理体系认证、服务认证信息报告";
    let sheets: [(&str, String, &[&str], &[Row]); 3] = [
        ("证书信息表", format!("{report_title}  证书信息表"), &CERTIFICATE_TITLES, &report.certificates),
        ("审核结果信息表", format!("{report_title}  审核结果信息表"), &AUDIT_TITLES, &report.audits),
        ("能源绩效信息表", "管理体系认证信息报告  能源绩效信息表".into(), &ENERGY_TITLES, &[]),
    ];
    for (sheet, title, titles, rows) in sheets {
        write_sheet(workbook.add_worksheet().set_name(sheet)?, &title, &block, titles, rows)?;
    }
    workbook.save_to_buffer()
}

fn write_sheet(
    sheet: &mut Worksheet,
    title: &str,
    block: &[String],
    titles: &[&str],
    rows: &[Row],
) -> Result<(), XlsxError> {
    let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Center);
    sheet.write_string_with_format(0, FIRST, title, &Format::new().set_bold())?;
    for (line, text) in (1..).zip(block) {
        sheet.write_string(line, FIRST, text)?;
    }
    sheet.write_string_with_format(TITLES, FIRST - 1, "序号", &heading)?;
    for (column, title) in (FIRST..).zip(titles) {
        sheet.write_string_with_format(TITLES, column, *title, &heading)?;
        sheet.set_column_width(column, 16)?;
    }
    for (line, row) in (TITLES + 1..).zip(rows) {
        sheet.write_number(line, FIRST - 1, f64::from(line - TITLES))?;
        for (column, cell) in (FIRST..).zip(&row.cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(line, column, cell)?;
        }
    }
    sheet.set_freeze_panes(TITLES + 1, FIRST)?;
    Ok(())
}

/// `yyyymmdd` as `yyyy-mm-dd`.
fn dashed(day: &str) -> String {
    match (day.get(..4), day.get(4..6), day.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => day.to_owned(),
    }
}
