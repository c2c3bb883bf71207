//! An invented company with identifiers whose check characters are right.

use rand::seq::IndexedRandom;
use rand::{Rng, RngCore};

use super::names::{CITIES, City, FANCY, STREETS, TRADES, Trade};

/// Alphabet of the unified social credit code (GB 32100-2015, 4.1).
const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

pub(super) struct Party {
    pub(super) name: String,
    pub(super) english: String,
    pub(super) code: String,
    pub(super) city: &'static City,
    pub(super) address: String,
    pub(super) trade: &'static Trade,
}

impl Party {
    pub(super) fn invent(random: &mut dyn RngCore) -> Self {
        let city = pick(random, CITIES);
        let trade = pick(random, TRADES);
        let (name, english) = pick(random, FANCY);
        let (second, second_english) = pick(random, FANCY);
        Self {
            name: format!("{}{name}{second}科技有限公司", city.short),
            english: format!(
                "{} {english} {second_english} {} Co., Ltd.",
                city.english,
                trade.english,
                second_english = second_english.to_lowercase()
            ),
            code: credit_code(city.division, random),
            address: format!("{}{}{}号", city.place, pick(random, STREETS), random.random_range(1..900)),
            city,
            trade,
        }
    }
}

/// One of the list.
///
/// The lists are constants of this program and none is empty.
#[expect(clippy::expect_used, reason = "every list that we pick from is a constant that is not empty")]
pub(super) fn pick<'a, T>(random: &mut dyn RngCore, list: &'a [T]) -> &'a T {
    list.choose(random).expect("the list is not empty")
}

/// A unified social credit code with both check characters right; organisation codes from `MAY` on are not issued.
fn credit_code(division: &str, random: &mut dyn RngCore) -> String {
    let mut organisation = b"MAY".to_vec();
    for _ in 0..5 {
        organisation.push(USCC_ALPHABET[random.random_range(0..USCC_ALPHABET.len())]);
    }
    organisation.push(organisation_check(&organisation));
    let mut code = format!("91{division}").into_bytes();
    code.extend(organisation);
    let value = |c: u8| USCC_ALPHABET.iter().position(|a| *a == c).unwrap_or_default();
    let mut weight = 1;
    let mut sum = 0;
    for c in &code {
        sum += value(*c) * weight;
        weight = weight * 3 % 31;
    }
    code.push(USCC_ALPHABET[(31 - sum % 31) % 31]);
    code.into_iter().map(char::from).collect()
}

/// Check character of an organisation code (GB 11714-1997, 3).
fn organisation_check(body: &[u8]) -> u8 {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .iter()
        .zip(WEIGHTS)
        .map(|(c, weight)| weight * u32::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' + 10 }))
        .sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn check_characters_are_those_of_the_standards() {
        assert_eq!(organisation_check(b"MA8NF2GR"), b'2');
        assert_eq!(organisation_check(b"D2143569"), b'X');
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for _ in 0..200 {
            let code = Party::invent(&mut random).code;
            assert!(crate::record::identifier::check("uscc", &code).is_empty(), "{code}");
        }
    }
}
