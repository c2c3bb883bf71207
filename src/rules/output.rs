//! The output of an agricultural product: amount and unit, read from the text where it states them exactly.
//!
//! `1500.25吨` is 1500.25 tonnes, `0.8万枝` is 8000 stems. `约40吨` (about) states no amount, and a unit that is not listed
//! none that could be compared: there the text stands alone.

use crate::codes::Codes;
use crate::record::Decimal;

/// Amount and unit of an output; nothing where the text does not state both exactly.
#[must_use]
pub fn read(text: &str) -> Option<(Decimal, String)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (amount, rest) = text.split_at(end);
    if !amount.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start();
    let (places, unit) = match rest.strip_prefix('万') {
        Some(unit) => (4, unit),
        None => (0, rest),
    };
    let amount = Decimal::parse(&shifted(amount, places))?;
    let table = Codes::bundled().table("unit/zh")?;
    let unit = table.record(unit).or_else(|| table.alias(unit))?;
    Some((amount, unit.to_owned()))
}

/// The number with its point moved to the right.
fn shifted(number: &str, places: usize) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let moved: String = fraction.chars().take(places).collect();
    let rest: String = fraction.chars().skip(places).collect();
    format!("{whole}{moved:0<places$}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_and_unit_are_read_where_the_text_states_them() {
        for (text, amount, unit) in [
            ("1500.25吨", "1500.25", "TNE"),
            ("0.8公斤", "0.8", "KGM"),
            ("12 千克", "12", "KGM"),
            ("860头", "860", "HEA"),
            ("0.8万枝", "8000", "枝"),
            ("120万瓶", "1200000", "瓶"),
            ("1.23456万羽", "12345.6", "羽"),
        ] {
            let (found, code) = read(text).expect(text);
            assert_eq!((found.as_str(), code.as_str()), (amount, unit), "{text}");
        }
    }

    #[test]
    fn what_is_not_exact_is_not_read() {
        for text in
            ["约40吨", "", "/", "40", "吨", "1.2.3吨", "40吨左右", "1,500吨", "10-20吨", "万瓶", ".吨", "5亩", "-3吨"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
