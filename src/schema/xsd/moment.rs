//! Days and times of XML Schema (Part 2, 3.2.7 to 3.2.14): how they are spelt, and which comes first.

use std::cmp::Ordering;

/// Which of the types a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    DateTime,
    Date,
    Time,
    GYear,
    GYearMonth,
    GMonth,
    GMonthDay,
    GDay,
}

/// A point on the time line, or a repeating one laid on a day of its own.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Seconds since the year 0, as if in UTC where there is no zone.
    seconds: i128,
    /// Digits behind the seconds, without zeros at the end.
    fraction: String,
    zoned: bool,
}

/// Half a day and more: the furthest that a zone lies from UTC.
const FURTHEST_ZONE: i128 = 14 * 3600;

impl Moment {
    /// Which comes first; nothing where only one has a zone and they lie too close together to tell.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        let plain = self.seconds.cmp(&other.seconds).then_with(|| self.fraction.cmp(&other.fraction));
        if self.zoned == other.zoned {
            return Some(plain);
        }
        let apart = (self.seconds - other.seconds).abs();
        (apart > FURTHEST_ZONE).then_some(plain)
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.zoned == other.zoned && self.order(other) == Some(Ordering::Equal)
    }
}

/// Reads a value; nothing where it is not spelt as its type demands.
pub(super) fn parse(text: &str, form: Form) -> Option<Moment> {
    let mut rest = Rest(text);
    let (mut year, mut month, mut day) = (2000, 12, 31);
    let (mut clock, mut fraction) = (0, String::new());
    match form {
        Form::DateTime | Form::Date => {
            year = rest.year()?;
            rest.literal("-")?;
            month = rest.pair(1, 12)?;
            rest.literal("-")?;
            day = rest.pair(1, 31)?;
        }
        Form::GYearMonth => {
            year = rest.year()?;
            rest.literal("-")?;
            month = rest.pair(1, 12)?;
            day = 1;
        }
        Form::GYear => (year, month, day) = (rest.year()?, 1, 1),
        Form::GMonth => {
            rest.literal("--")?;
            month = rest.pair(1, 12)?;
            day = 1;
        }
        Form::GMonthDay => {
            rest.literal("--")?;
            month = rest.pair(1, 12)?;
            rest.literal("-")?;
            day = rest.pair(1, 31)?;
        }
        Form::GDay => {
            rest.literal("---")?;
            day = rest.pair(1, 31)?;
        }
        Form::Time => {}
    }
    if day > days_in(year, month) {
        return None;
    }
    if form == Form::DateTime {
        rest.literal("T")?;
    }
    if matches!(form, Form::DateTime | Form::Time) {
        (clock, fraction) = rest.clock()?;
        // 24:00:00 is the first moment of the next day; of a time alone it is the first of its day.
        if form == Form::Time {
            clock %= 86_400;
        }
    }
    let zone = rest.zone()?;
    if !rest.0.is_empty() {
        return None;
    }
    let seconds = days_since_zero(year, month, day) * 86_400 + i128::from(clock) - i128::from(zone.unwrap_or(0)) * 60;
    Some(Moment { seconds, fraction, zoned: zone.is_some() })
}

/// What is left of a text.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn literal(&mut self, literal: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    /// At least four digits, no more zeros than are needed, and no year 0.
    fn year(&mut self) -> Option<i64> {
        let negative = self.literal("-").is_some();
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let digits = self.0.get(..length)?;
        if !(4..=12).contains(&length) || (length > 4 && digits.starts_with('0')) {
            return None;
        }
        self.0 = self.0.get(length..)?;
        let year: i64 = digits.parse().ok()?;
        (year != 0).then_some(if negative { -year } else { year })
    }

    fn pair(&mut self, least: u32, most: u32) -> Option<u32> {
        let digits = self.0.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.0 = self.0.get(2..)?;
        let value = digits.parse().ok()?;
        (least..=most).contains(&value).then_some(value)
    }

    fn clock(&mut self) -> Option<(u32, String)> {
        let hours = self.pair(0, 24)?;
        self.literal(":")?;
        let minutes = self.pair(0, 59)?;
        self.literal(":")?;
        let seconds = self.pair(0, 59)?;
        let mut fraction = String::new();
        if self.literal(".").is_some() {
            let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            self.0.get(..length)?.trim_end_matches('0').clone_into(&mut fraction);
            self.0 = self.0.get(length..)?;
        }
        if hours == 24 && (minutes > 0 || seconds > 0 || !fraction.is_empty()) {
            return None;
        }
        Some((hours * 3600 + minutes * 60 + seconds, fraction))
    }

    /// Minutes from UTC; the inner nothing where there is no zone.
    #[expect(clippy::option_option, reason = "a zone that is wrong is not one that is missing")]
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.literal("Z").is_some() {
            return Some(Some(0));
        }
        let sign = if self.literal("+").is_some() {
            1
        } else {
            self.literal("-")?;
            -1
        };
        let hours = self.pair(0, 14)?;
        self.literal(":")?;
        let minutes = self.pair(0, 59)?;
        if hours == 14 && minutes > 0 {
            return None;
        }
        Some(Some(sign * i32::try_from(hours * 60 + minutes).ok()?))
    }
}

fn days_in(year: i64, month: u32) -> u32 {
    // The year before 1 is -1: there is none between.
    let year = if year < 0 { year + 1 } else { year };
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_zero(year: i64, month: u32, day: u32) -> i128 {
    // Years from March, so that the day that comes and goes stands last.
    let year = i128::from(if year < 0 { year + 1 } else { year }) - i128::from(month <= 2);
    let month = i128::from((month + 9) % 12);
    year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + i128::from(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_spelt_as_the_recommendation_says() {
        for (form, right, wrong) in [
            (
                Form::Date,
                &["2026-02-28", "2024-02-29", "2026-01-01Z", "2026-01-01+14:00", "-0001-01-01", "12026-01-01"][..],
                &["2026-02-29", "2026-1-1", "26-01-01", "0000-01-01", "2026-01-01+14:01", "02026-01-01", "2026-01-01 "]
                    [..],
            ),
            (
                Form::DateTime,
                &["2026-01-01T00:00:00", "2026-01-01T24:00:00", "2026-01-01T10:00:00.50-08:00"],
                &[
                    "2026-01-01",
                    "2026-01-01T24:00:01",
                    "2026-01-01T10:00",
                    "2026-01-01T10:00:60",
                    "2026-01-01T10:00:00.",
                ],
            ),
            (Form::Time, &["10:00:00", "24:00:00Z"], &["10:00", "25:00:00"]),
            (Form::GYear, &["2026", "2026Z"], &["26", "2026-01"]),
            (Form::GYearMonth, &["2026-01"], &["2026-13", "2026"]),
            (Form::GMonth, &["--01"], &["01", "--13"]),
            (Form::GMonthDay, &["--02-29"], &["--02-30", "02-29"]),
            (Form::GDay, &["---31"], &["---32", "31"]),
        ] {
            for text in right {
                assert!(parse(text, form).is_some(), "{form:?} {text}");
            }
            for text in wrong {
                assert!(parse(text, form).is_none(), "{form:?} {text}");
            }
        }
    }

    #[test]
    fn the_order_is_that_of_the_time_line_and_is_open_where_one_zone_is_missing() {
        let at = |text: &str| parse(text, Form::DateTime).expect(text);
        assert_eq!(at("2026-01-01T08:00:00+08:00"), at("2026-01-01T00:00:00Z"));
        assert_eq!(at("2025-12-31T24:00:00"), at("2026-01-01T00:00:00"));
        assert_eq!(at("2026-03-01T00:00:00").order(&at("2026-02-28T23:59:59.9")), Some(Ordering::Greater));
        assert_eq!(at("2026-01-01T00:00:00").order(&at("2026-01-01T00:00:00Z")), None);
        assert_eq!(at("2026-01-03T00:00:00").order(&at("2026-01-01T00:00:00Z")), Some(Ordering::Greater));
        assert!(at("2026-01-01T00:00:00") != at("2026-01-01T00:00:00Z"));
        assert_eq!(at("-0001-12-31T24:00:00"), at("0001-01-01T00:00:00"));
    }
}
