//! Numbers as they were spelt: a number is kept as its own text, so that what is written is what was read, and no
//! digit is lost to a float. Not here: what a number means.

use std::fmt;

/// A number, in the grammar of JSON (RFC 8259, 6), finite as an `f64`. Two numbers are equal when they are spelt equally;
/// compare [`Number::as_f64`] where the amount counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// The number that the text spells, if it is one in JSON's grammar and within the range of an `f64`.
    pub fn parse(text: &str) -> Option<Self> {
        (length(text.as_bytes()) == Some(text.len()) && is_finite(text)).then(|| Self(text.into()))
    }

    /// The number, if it is finite.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then(|| {
            // Rust writes no exponent; beyond these bounds that would be hundreds of digits.
            let plain = number == 0.0 || (1e-7..1e21).contains(&number.abs());
            Self(if plain { number.to_string() } else { format!("{number:e}") }.into())
        })
    }

    /// The text as it was spelt.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The integer, where it is spelt as one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The integer, where it is spelt as one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest `f64`; always finite.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or_default()
    }

    /// True where an `f64`, as every spreadsheet holds it, keeps all digits: 15 significant ones at most.
    pub fn fits_a_spreadsheet(&self) -> bool {
        let mantissa = self.0.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').trim_end_matches('0').len() <= 15
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

/// Bytes of the number that the text begins with; nothing where it begins with none.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = usize::from(text.first() == Some(&b'-'));
    end += match text.get(end) {
        Some(b'0') => 1,
        Some(b'1'..=b'9') => digits(end),
        _ => return None,
    };
    if text.get(end) == Some(&b'.') {
        match digits(end + 1) {
            0 => return None,
            fraction => end += 1 + fraction,
        }
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        match digits(end + 1 + sign) {
            0 => return None,
            exponent => end += 1 + sign + exponent,
        }
    }
    Some(end)
}

/// True where an `f64` can hold a number of this spelling.
fn is_finite(spelt: &str) -> bool {
    // Without an exponent nothing of so few digits comes near the bound, which has 309.
    let plain = spelt.len() < 300 && !spelt.bytes().any(|byte| matches!(byte, b'e' | b'E'));
    plain || spelt.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_spelling_and_never_becomes_infinity() {
        for text in ["0", "-0", "1E2", "2.50", "914403001922038216", "123456789012345678901234567890", "1e-400"] {
            assert_eq!(Number::parse(text).expect(text).as_str(), text);
        }
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e400", "-1e400", "NaN", "inf", "0x1", "1 ", "１"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        // Around the length below which digits alone are not counted out, and around the bound itself.
        for digits in [298, 299, 300, 301, 308, 309, 310] {
            let nines = "9".repeat(digits);
            assert_eq!(Number::parse(&nines).is_some(), digits < 309, "{digits}");
            assert!(Number::parse(&format!("0.{nines}")).is_some());
        }
        assert_eq!(Number::from_f64(f64::INFINITY), None);
        for number in [0.0, 1.5, 1e300, 5e-324, -2.03e15, 0.1 + 0.2] {
            let written = Number::from_f64(number).expect("finite");
            assert_eq!(Number::parse(written.as_str()).map(|n| n.as_f64().to_bits()), Some(number.to_bits()));
        }
    }

    #[test]
    fn sixteen_digits_do_not_fit_a_spreadsheet() {
        assert!(Number::from(123_456_789_012_345_i64).fits_a_spreadsheet());
        assert!(Number::from(1_000_000_000_000_000_000_i64).fits_a_spreadsheet());
        assert!(!Number::from(2_026_800_703_100_003_i64).fits_a_spreadsheet());
    }
}
