//! Day serial numbers of spreadsheets and the number formats that make them dates (ECMA-376-1, 18.8.30, 18.17.4).

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{Flags, Number, Value};
use crate::clock::Day;

/// The first day of a workbook's calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Serial 1 is 1900-01-01, and serial 60 a 29 February 1900 that never was.
    #[default]
    Year1900,
    /// Serial 0 is 1904-01-01.
    Year1904,
}

/// What a number in a cell with a date format stands for. A whole day is a date; a time of day makes a text; what is no
/// date at all (0, a negative number, the 29 February 1900) stays the number it is.
pub(super) fn temporal(number: &Number, epoch: Epoch) -> Option<(Value, Flags)> {
    let serial = number.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let whole = serial.floor();
    // Below 2,958,466, so the cast is exact.
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let (mut days, mut seconds) = (whole as i32, ((serial - whole) * 86_400.0).round() as i32);
    if seconds >= 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if days == 0 && epoch == Epoch::Year1900 {
        return (serial > 0.0).then_some((Value::Text(time), Flags::DATE_TIME));
    }
    let day = day(days, epoch)?;
    Some(if time == "00:00:00" {
        (Value::DateCell(Day(day)), Flags::NONE)
    } else {
        (Value::Text(format!("{day}T{time}")), Flags::DATE_TIME)
    })
}

fn day(days: i32, epoch: Epoch) -> Option<Date> {
    let start = match epoch {
        Epoch::Year1904 => date(1904, 1, 1),
        Epoch::Year1900 if days == 60 => return None,
        Epoch::Year1900 if days < 60 => date(1899, 12, 31),
        Epoch::Year1900 => date(1899, 12, 30),
    };
    start.checked_add(days.days()).ok()
}

/// True for the built-in formats that show a date or a time, those of the East Asian editions included. 46 is elapsed time.
pub(super) fn is_builtin_date(id: u32) -> bool {
    matches!(id, 14..=22 | 27..=36 | 45 | 47 | 50..=58)
}

/// True for a format code that shows a date or a time of day. Elapsed time (`[h]:mm`) is a length and stays a number.
pub(super) fn is_date_code(code: &str) -> bool {
    // The first section is the one for positive numbers.
    let mut characters = code.chars();
    let mut shows = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => _ = characters.find(|c| *c == '"'),
            '\\' | '_' | '*' => _ = characters.next(),
            '[' => {
                let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                let unit = inside.to_ascii_lowercase();
                if !unit.is_empty()
                    && ["h", "m", "s"].iter().any(|letter| unit.trim_matches(|c| letter.starts_with(c)).is_empty())
                {
                    return false;
                }
            }
            ';' => break,
            'G' | 'g' if characters.as_str().to_ascii_lowercase().starts_with("eneral") => return false,
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => shows = true,
            _ => {}
        }
    }
    shows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_days_of_the_calendar_of_their_workbook() {
        let told = |serial: &str, epoch| {
            temporal(&Number::parse(serial).expect("a number"), epoch).map(|(value, flags)| match value {
                Value::DateCell(day) => day.to_string(),
                Value::Text(text) => {
                    assert!(flags.has(Flags::DATE_TIME));
                    text
                }
                other => panic!("{other:?}"),
            })
        };
        for (serial, wanted) in [
            ("1", Some("1900-01-01")),
            ("59", Some("1900-02-28")),
            ("60", None),
            ("61", Some("1900-03-01")),
            ("46346", Some("2026-11-20")),
            ("46346.0", Some("2026-11-20")),
            ("46346.5", Some("2026-11-20T12:00:00")),
            ("46346.9999999", Some("2026-11-21")),
            ("0.25", Some("06:00:00")),
            ("2958465", Some("9999-12-31")),
            ("2958465.9999999", None),
            ("2958466", None),
            ("0", None),
            ("-1", None),
            ("1e300", None),
        ] {
            assert_eq!(told(serial, Epoch::Year1900).as_deref(), wanted, "{serial}");
        }
        assert_eq!(told("0", Epoch::Year1904).as_deref(), Some("1904-01-01"));
        assert_eq!(told("44884", Epoch::Year1904).as_deref(), Some("2026-11-20"));
    }

    #[test]
    fn a_format_code_is_a_date_by_its_letters_outside_quotes_and_brackets() {
        for code in [
            "yyyy\\-mm\\-dd",
            "yyyy\"年\"m\"月\"d\"日\"",
            "[$-804]yyyy/m/d;@",
            "m/d/yy h:mm",
            "h:mm AM/PM",
            "[DBNum1]d",
        ] {
            assert!(is_date_code(code), "{code}");
        }
        for code in
            ["General", "0.00", "@", "#,##0_);[Red](#,##0)", "0\" days\"", "[h]:mm:ss", "[mm]:ss", "\\d0", "0;yyyy", ""]
        {
            assert!(!is_date_code(code), "{code}");
        }
        for (id, date) in [
            (13, false),
            (14, true),
            (22, true),
            (23, false),
            (31, true),
            (44, false),
            (46, false),
            (47, true),
            (49, false),
            (57, true),
        ] {
            assert_eq!(is_builtin_date(id), date, "{id}");
        }
    }
}
