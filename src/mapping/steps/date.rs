//! `date`: a civil day of the record (`2026-10-03`) in the spellings of the wire.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{Mid, Notes, Outside, Unreadable};
use crate::clock::{Day, Timestamp, Zone};

/// A spelling of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `20261003`
    Compact,
    /// `2026-10-03`
    Dashed,
    /// A cell formatted as a date.
    Cell,
    /// The day number of a spreadsheet, in a cell that is not formatted as a date.
    Serial,
    /// RFC 3339.
    DateTime,
    /// `20261003093000+08`, as UN/EDIFACT 2379 code 304 has it; read, never written.
    CompactTime,
}

impl Form {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "yyyymmdd" => Self::Compact,
            "yyyy-mm-dd" => Self::Dashed,
            "cell" => Self::Cell,
            "serial" => Self::Serial,
            "date-time" => Self::DateTime,
            "yyyymmddhhmmss" => Self::CompactTime,
            _ => return None,
        })
    }
}

/// Written in the first form, read in all; forms under `also` are read with a finding.
#[derive(Clone, Debug)]
pub(crate) struct DateStep {
    pub(crate) forms: Vec<Form>,
    pub(crate) also: Vec<Form>,
    pub(crate) zone: Zone,
    /// At the end of the day: the last day is included.
    pub(crate) end: bool,
}

impl DateStep {
    pub(crate) fn print<'a>(&self, mid: &Mid<'a>) -> Result<Mid<'a>, Outside> {
        let Mid::Text(text) = mid else { return Err(Outside) };
        let day = dashed(text.as_bytes()).ok_or(Outside)?;
        Ok(match self.forms.first() {
            Some(Form::Compact) => Mid::text(text.replace('-', "")),
            Some(Form::Cell) => Mid::Day(day),
            Some(Form::Serial) => Mid::Number(Cow::Owned(serial_of(day).to_string())),
            Some(Form::DateTime) => {
                let time = if self.end { "23:59:59" } else { "00:00:00" };
                Mid::text(format!("{text}T{time}{}", self.zone))
            }
            Some(Form::CompactTime) => return Err(Outside),
            Some(Form::Dashed) | None => Mid::text(text.to_string()),
        })
    }

    pub(crate) fn read<'a>(&self, mid: Mid<'a>, notes: &mut Notes) -> Result<Mid<'a>, Unreadable> {
        let (form, day) = self.find(&mid).ok_or(Unreadable::Date)?;
        if !self.forms.contains(&form) {
            if !self.also.contains(&form) {
                return Err(Unreadable::Date);
            }
            notes.cleaned = true;
        }
        notes.serial |= form == Form::Serial;
        notes.respelt |= self.forms.first() != Some(&form) || form == Form::DateTime || matches!(mid, Mid::Number(_));
        Ok(match (form, mid) {
            (Form::Dashed, Mid::Text(text)) => Mid::Text(text),
            _ => Mid::text(day.to_string()),
        })
    }

    fn find(&self, mid: &Mid<'_>) -> Option<(Form, Day)> {
        match mid {
            Mid::Day(day) => Some((Form::Cell, *day)),
            Mid::Text(text) => match text.len() {
                8 => compact(text.as_bytes()).map(|day| (Form::Compact, day)),
                10 => dashed(text.as_bytes()).map(|day| (Form::Dashed, day)),
                _ if text.bytes().take(14).all(|byte| byte.is_ascii_digit()) => {
                    self.compact_time(text).map(|day| (Form::CompactTime, day))
                }
                _ => self.date_time(text).map(|day| (Form::DateTime, day)),
            },
            Mid::Number(text) => {
                let text = text.strip_suffix(".0").unwrap_or(text);
                match text.len() {
                    8 => compact(text.as_bytes()).map(|day| (Form::Compact, day)),
                    _ => day_of_serial(text.parse().ok()?).map(|day| (Form::Serial, day)),
                }
            }
            Mid::Bool(_) | Mid::Json(_) => None,
        }
    }

    /// Digits to the second, then `Z`, an offset in hours, or nothing: then the day is the one that stands there.
    fn compact_time(&self, text: &str) -> Option<Day> {
        let (digits, zone) = (text.get(..14)?, text.get(14..)?);
        let part = |from: usize| digits.get(from..from + 2);
        let zone = match zone.as_bytes() {
            [] => return compact(digits.get(..8)?.as_bytes()),
            b"Z" => "Z".to_owned(),
            [b'+' | b'-', hours @ ..] if hours.len() == 2 => format!("{zone}:00"),
            _ => return None,
        };
        let date = compact(digits.get(..8)?.as_bytes())?;
        self.date_time(&format!("{date}T{}:{}:{}{zone}", part(8)?, part(10)?, part(12)?))
    }

    fn date_time(&self, text: &str) -> Option<Day> {
        if !text.is_ascii() || text.as_bytes().get(10).is_none_or(|b| !matches!(b, b'T' | b't' | b' ')) {
            return None;
        }
        let instant: Timestamp = text.parse().ok()?;
        let day = instant.day(self.zone);
        // Midnight as an end is the end of the day before.
        if self.end && day.start(self.zone)? == instant { day.0.yesterday().ok().map(Day) } else { Some(day) }
    }
}

fn digits(bytes: &[u8]) -> Option<i16> {
    bytes.iter().try_fold(0_i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')))
}

fn civil(year: &[u8], month: &[u8], day: &[u8]) -> Option<Day> {
    Day::new(digits(year)?, i8::try_from(digits(month)?).ok()?, i8::try_from(digits(day)?).ok()?)
        .filter(|day| day.0.year() > 0)
}

pub(crate) fn compact(text: &[u8]) -> Option<Day> {
    (text.len() == 8).then(|| civil(&text[..4], &text[4..6], &text[6..])).flatten()
}

pub(crate) fn dashed(text: &[u8]) -> Option<Day> {
    (text.len() == 10 && text[4] == b'-' && text[7] == b'-')
        .then(|| civil(&text[..4], &text[5..7], &text[8..]))
        .flatten()
}

/// Day 1 is 1900-01-01, and 1900 counts as a leap year in every spreadsheet; so days are counted from 1899-12-30.
const EPOCH: Date = jiff::civil::date(1899, 12, 30);

fn day_of_serial(serial: i64) -> Option<Day> {
    // Below 61 the count is disputed; above stands the year 9999.
    (61..=2_958_465)
        .contains(&serial)
        .then(|| EPOCH.checked_add(jiff::Span::new().days(serial)).ok().map(Day))
        .flatten()
}

fn serial_of(day: Day) -> i32 {
    EPOCH.until(day.0).map(|span| span.get_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(forms: &[Form], end: bool) -> DateStep {
        DateStep { forms: forms.to_vec(), also: Vec::new(), zone: Zone::CHINA, end }
    }

    #[test]
    fn each_form_is_read_as_the_day_it_means() {
        let all = step(&[Form::Compact, Form::Dashed, Form::Cell, Form::Serial], false);
        let read = |mid: Mid<'_>| all.read(mid, &mut Notes::default()).map(Mid::into_record);
        assert_eq!(read(Mid::text("20261003")), Ok("2026-10-03".into()));
        assert_eq!(read(Mid::text("2026-10-03")), Ok("2026-10-03".into()));
        assert_eq!(read(Mid::Number("46298".into())), Ok("2026-10-03".into()));
        for text in ["20260230", "0000-00-00", "2026/10/03", "2026-1-3", "", "二〇二六"] {
            assert_eq!(read(Mid::text(text)), Err(Unreadable::Date), "{text}");
        }
        assert_eq!(serial_of("2026-10-03".parse().expect("day")), 46298);
    }

    #[test]
    fn a_compact_time_is_the_day_that_it_is_in_the_zone() {
        let step = step(&[Form::Compact, Form::CompactTime], false);
        let read = |text: &str| step.read(Mid::text(text), &mut Notes::default()).map(Mid::into_record);
        for (text, day) in [
            ("20210302", "2021-03-02"),
            ("20210302090000+01", "2021-03-02"),
            ("20210302170000+01", "2021-03-03"),
            ("20210302170000Z", "2021-03-03"),
            ("20210302235959", "2021-03-02"),
        ] {
            assert_eq!(read(text), Ok(day.into()), "{text}");
        }
        for text in ["20210302250000Z", "202103021700", "20210302170000+1", "20210230170000Z", "20210302170000X"] {
            assert_eq!(read(text), Err(Unreadable::Date), "{text}");
        }
        assert_eq!(self::step(&[Form::CompactTime], false).print(&Mid::text("2021-03-02")), Err(Outside));
    }

    #[test]
    fn the_last_day_is_included_and_midnight_is_the_end_of_the_day_before() {
        let end = step(&[Form::DateTime], true);
        let read = |text: &str| end.read(Mid::text(text), &mut Notes::default()).map(Mid::into_record);
        assert_eq!(end.print(&Mid::text("2029-10-02")), Ok(Mid::text("2029-10-02T23:59:59+08:00")));
        assert_eq!(read("2029-10-02T23:59:59+08:00"), Ok("2029-10-02".into()));
        assert_eq!(read("2029-10-02T15:59:59Z"), Ok("2029-10-02".into()));
        assert_eq!(read("2029-10-03T00:00:00+08:00"), Ok("2029-10-02".into()));
        assert_eq!(read("2029-10-02"), Err(Unreadable::Date));
    }
}
