//! The JSON Canonicalization Scheme (RFC 8785), with one refusal more than the library has.
//!
//! RFC 8785 makes every number a binary double, so that two different integers above 2⁵³ have one canonical form and
//! one signature. I-JSON (RFC 7493, 2.2) forbids such integers; we refuse them instead of rounding in silence. Big
//! numbers travel as strings.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::finding::{Finding, Place};

/// A number that a binary double cannot tell from its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number {number} at {pointer:?} is an integer beyond ±(2^53-1) and has no canonical form of its own")]
pub struct InexactNumber {
    /// JSON Pointer (RFC 6901) to the number.
    pub pointer: String,
    /// The number, as far as it could be read.
    pub number: String,
}

impl InexactNumber {
    /// The same as a finding, at the place of the number.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding::new("crypto/inexact-number", Place::pointer(&*self.pointer)).with("number", &self.number)
    }
}

/// The canonical bytes of the value.
///
/// # Errors
/// A whole number beyond ±(2⁵³−1), however it is spelt.
pub fn jcs(value: &Value) -> Result<Vec<u8>, InexactNumber> {
    if let Some((pointer, number)) = inexact(value) {
        return Err(InexactNumber { pointer, number });
    }
    canonical(value)
}

/// A tree of JSON values has string keys, none twice, and no infinities; nothing else can fail in memory.
fn canonical(tree: &impl Serialize) -> Result<Vec<u8>, InexactNumber> {
    serde_json_canonicalizer::to_vec(tree)
        .map_err(|error| InexactNumber { pointer: String::new(), number: error.to_string() })
}

/// The canonical bytes of an object with these members, whose names are all different; they need not be put together first.
///
/// # Errors
/// As [`jcs`].
pub fn jcs_object<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)> + Clone,
) -> Result<Vec<u8>, InexactNumber> {
    if let Some((pointer, number)) = inexact_member(members.clone()) {
        return Err(InexactNumber { pointer, number });
    }
    canonical(&Members(members))
}

/// Members of an object.
struct Members<I>(I);

impl<'a, I: Iterator<Item = (&'a String, &'a Value)> + Clone> Serialize for Members<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

/// The first number that is not exact, with the pointer to it, which is only built on the way out.
fn inexact(value: &Value) -> Option<(String, String)> {
    const LARGEST: u64 = (1 << 53) - 1;
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => None,
        Value::Number(number) => {
            let exact = match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(n), _, _) => n <= LARGEST,
                (None, Some(n), _) => n.unsigned_abs() <= LARGEST,
                (None, None, Some(x)) => x.fract() != 0.0 || x.abs() <= LARGEST as f64,
                (None, None, None) => false,
            };
            (!exact).then(|| (String::new(), number.to_string()))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| inexact(item).map(|(pointer, number)| (format!("/{index}{pointer}"), number))),
        Value::Object(members) => inexact_member(members.iter()),
    }
}

fn inexact_member<'a>(mut members: impl Iterator<Item = (&'a String, &'a Value)>) -> Option<(String, String)> {
    members.find_map(|(name, item)| {
        let (pointer, number) = inexact(item)?;
        Some((format!("/{}{pointer}", name.replace('~', "~0").replace('/', "~1")), number))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(text: &str) -> String {
        let value: Value = serde_json::from_str(text).expect("JSON");
        String::from_utf8(jcs(&value).expect("canonical")).expect("UTF-8")
    }

    // RFC 8785, 3.2.2 and 3.2.3; its number 1E30 is left out, being one that we refuse.
    #[test]
    fn the_examples_of_the_rfc_have_its_canonical_form() {
        assert_eq!(
            canonical(
                r#"{"numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
                    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#
            ),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
        // Names are sorted by UTF-16 code units: the surrogates of 😀 stand before U+FB33.
        assert_eq!(
            canonical(
                r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
                    "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
                    "\u00f6": "Latin Small Letter O With Diaeresis"}"#
            ),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
    }

    #[test]
    fn integers_that_a_double_would_round_are_refused_with_their_place() {
        for number in ["9007199254740993", "-9007199254740993", "9007199254740992", "1e30", "18446744073709551616"] {
            let value: Value = serde_json::from_str(&format!(r#"{{"a/b": [0, {number}]}}"#)).expect("JSON");
            assert_eq!(jcs(&value).expect_err(number).pointer, "/a~1b/1", "{number}");
        }
        let kept = json!({"most": 9_007_199_254_740_991_i64, "least": -9_007_199_254_740_991_i64, "part": 0.1});
        assert_eq!(
            jcs(&kept).expect("canonical"),
            br#"{"least":-9007199254740991,"most":9007199254740991,"part":0.1}"#
        );
        let members = kept.as_object().expect("an object");
        assert_eq!(jcs_object(members.iter().rev()), jcs(&kept));
        let wrong = json!({"a": 1, "b~": 9_007_199_254_740_992_i64});
        let members = wrong.as_object().expect("an object");
        assert_eq!(jcs_object(members.iter()).expect_err("too large").pointer, "/b~0");
    }
}
