//! Bytes changed: single ones, runs, tokens of the language, and pieces of another input.

use std::ops::Range;

use rand::Rng;

/// Changes an input in one to five places.
pub(crate) fn changed(input: &[u8], other: &[u8], tokens: &[&[&str]], most: usize, random: &mut impl Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..random.random_range(1..=5) {
        once(&mut bytes, other, tokens, most, random);
        if random.random_ratio(1, 3) {
            break;
        }
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, other: &[u8], tokens: &[&[&str]], most: usize, random: &mut impl Rng) {
    let at = random.random_range(0..=bytes.len());
    let token = |random: &mut dyn rand::RngCore| -> Vec<u8> {
        let all: usize = tokens.iter().map(|list| list.len()).sum();
        let chosen = if all == 0 { None } else { tokens.iter().copied().flatten().nth(random.random_range(0..all)) };
        chosen.map_or_else(|| vec![random.random()], |token| token.as_bytes().to_vec())
    };
    match random.random_range(0..12) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [0, 1, 9, 10, 32, 34, 39, 45, 60, 62, 127, 128, 0xef, 0xfe, 0xff][random.random_range(0..15)];
            }
        }
        2 | 3 => drop(bytes.splice(at..at, token(random))),
        4 => {
            let run = word(bytes, at);
            drop(bytes.splice(run, token(random)));
        }
        5 => {
            let run = word(bytes, at);
            bytes.drain(run);
        }
        6 => {
            let run = some(bytes.len(), random);
            bytes.drain(run);
        }
        7 => {
            let copy = bytes[some(bytes.len(), random)].to_vec();
            bytes.splice(at..at, copy);
        }
        8 => {
            let copy = other.get(some(other.len(), random)).unwrap_or_default().to_vec();
            bytes.splice(at..at, copy);
        }
        9 => {
            // One piece many times over, as nesting and long lists are made.
            let run = if random.random_bool(0.5) { token(random) } else { bytes[word(bytes, at)].to_vec() };
            let times = [2, 3, 10, 70, 300, 1100][random.random_range(0..6)];
            let room = most.saturating_sub(bytes.len()) / run.len().max(1);
            bytes.splice(at..at, run.repeat(times.min(room)));
        }
        10 => {
            // A number for another.
            let digits = digits(bytes, at);
            let numbers = [
                "0",
                "1",
                "-1",
                "255",
                "256",
                "65535",
                "65536",
                "4294967295",
                "4294967296",
                "9223372036854775808",
                "00",
                "1.5",
                "1e9",
            ];
            bytes.splice(digits, numbers[random.random_range(0..numbers.len())].bytes());
        }
        _ => {
            let (one, two) = (word(bytes, at), word(bytes, random.random_range(0..=bytes.len())));
            if one.end <= two.start {
                let (first, second) = (bytes[one.clone()].to_vec(), bytes[two.clone()].to_vec());
                bytes.splice(two, first);
                bytes.splice(one, second);
            }
        }
    }
}

/// A run of up to sixty-four bytes, now and then a longer one.
fn some(length: usize, random: &mut impl Rng) -> Range<usize> {
    let from = random.random_range(0..=length);
    let most = if random.random_ratio(1, 8) { length - from } else { (length - from).min(64) };
    from..from + random.random_range(0..=most)
}

/// The word around a place: what stands between the marks of all the languages here.
fn word(bytes: &[u8], at: usize) -> Range<usize> {
    let mark = |byte: &u8| b"{}[]()<>,:;=\"' \t\r\n/.&".contains(byte);
    if bytes.get(at).is_some_and(mark) {
        return at..at + 1;
    }
    let from = bytes[..at].iter().rposition(mark).map_or(0, |before| before + 1);
    let to = bytes[at..].iter().position(mark).map_or(bytes.len(), |after| at + after);
    from..to
}

/// The digits at or after a place.
fn digits(bytes: &[u8], at: usize) -> Range<usize> {
    let from = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |skipped| at + skipped);
    let length = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    from..from + length
}
