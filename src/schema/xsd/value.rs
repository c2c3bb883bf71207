//! The built-in types of XML Schema (Part 2, section 3): how a value is spelt, and when two are equal or in order.

use std::cmp::Ordering;
use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::moment::{self, Form, Moment};
use super::pattern::{BEGINS, GOES_ON};

/// The types that are built in and not made by listing others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    AnySimple,
    String,
    NormalizedString,
    Token,
    Language,
    Name,
    NcName,
    NmToken,
    Id,
    IdRef,
    AnyUri,
    Boolean,
    Decimal,
    /// Whole numbers, with their bounds.
    Integer(Option<&'static str>, Option<&'static str>),
    Float,
    Double,
    Moment(Form),
    Duration,
    HexBinary,
    Base64Binary,
}

/// What becomes of blanks before a value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blanks {
    Preserve,
    Replace,
    Collapse,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Truth(bool),
    Decimal(Decimal),
    Float(f64),
    Moment(Moment),
    /// Months and seconds of a duration.
    Duration(i128, Decimal),
    Bytes(Vec<u8>),
    List(Vec<Value>),
}

/// A decimal number of any length: its sign, and its digits without zeros that say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// Reads digits with a sign and a point; nothing where it is anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let negative = text.starts_with('-') && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    /// How many digits it has, in all and behind the point.
    pub(super) fn digits(&self) -> (usize, usize) {
        // `i` and `n` of i·10⁻ⁿ both count (Part 2, 4.3.11): 0.05 has two digits.
        let leading =
            if self.whole.is_empty() { self.fraction.len() - self.fraction.trim_start_matches('0').len() } else { 0 };
        let significant = self.whole.len() + self.fraction.len() - leading;
        (significant.max(self.fraction.len()).max(1), self.fraction.len())
    }

    fn order(&self, other: &Self) -> Ordering {
        let size = self
            .whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction));
        match (self.negative, other.negative) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// The built-in types by name that are neither lists nor refused.
pub(super) fn builtin(name: &str) -> Option<Builtin> {
    let whole = |least, most| Builtin::Integer(least, most);
    Some(match name {
        "anySimpleType" => Builtin::AnySimple,
        "string" => Builtin::String,
        "normalizedString" => Builtin::NormalizedString,
        "token" => Builtin::Token,
        "language" => Builtin::Language,
        "Name" => Builtin::Name,
        "NCName" => Builtin::NcName,
        "NMTOKEN" => Builtin::NmToken,
        "ID" => Builtin::Id,
        "IDREF" => Builtin::IdRef,
        "anyURI" => Builtin::AnyUri,
        "boolean" => Builtin::Boolean,
        "decimal" => Builtin::Decimal,
        "integer" => whole(None, None),
        "nonPositiveInteger" => whole(None, Some("0")),
        "negativeInteger" => whole(None, Some("-1")),
        "nonNegativeInteger" => whole(Some("0"), None),
        "positiveInteger" => whole(Some("1"), None),
        "long" => whole(Some("-9223372036854775808"), Some("9223372036854775807")),
        "int" => whole(Some("-2147483648"), Some("2147483647")),
        "short" => whole(Some("-32768"), Some("32767")),
        "byte" => whole(Some("-128"), Some("127")),
        "unsignedLong" => whole(Some("0"), Some("18446744073709551615")),
        "unsignedInt" => whole(Some("0"), Some("4294967295")),
        "unsignedShort" => whole(Some("0"), Some("65535")),
        "unsignedByte" => whole(Some("0"), Some("255")),
        "float" => Builtin::Float,
        "double" => Builtin::Double,
        "dateTime" => Builtin::Moment(Form::DateTime),
        "date" => Builtin::Moment(Form::Date),
        "time" => Builtin::Moment(Form::Time),
        "gYear" => Builtin::Moment(Form::GYear),
        "gYearMonth" => Builtin::Moment(Form::GYearMonth),
        "gMonth" => Builtin::Moment(Form::GMonth),
        "gMonthDay" => Builtin::Moment(Form::GMonthDay),
        "gDay" => Builtin::Moment(Form::GDay),
        "duration" => Builtin::Duration,
        "hexBinary" => Builtin::HexBinary,
        "base64Binary" => Builtin::Base64Binary,
        _ => return None,
    })
}

static LANGUAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*\z").ok());
static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"\A[{BEGINS}][{BEGINS}{GOES_ON}]*\z")).ok());
static NMTOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!(r"\A[{BEGINS}{GOES_ON}]+\z")).ok());
static FLOAT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\A[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\z").ok());
static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\A(-)?P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?\z").ok()
});

fn fits(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

impl Builtin {
    /// What becomes of blanks in a value of the type.
    pub(super) fn blanks(self) -> Blanks {
        match self {
            Self::AnySimple | Self::String => Blanks::Preserve,
            Self::NormalizedString => Blanks::Replace,
            _ => Blanks::Collapse,
        }
    }

    /// True where values of the type have an order that bounds can be checked by.
    pub(super) fn is_ordered(self) -> bool {
        matches!(self, Self::Decimal | Self::Integer(..) | Self::Float | Self::Double | Self::Moment(_))
    }

    /// True where the length of its values is counted.
    pub(super) fn has_length(self) -> bool {
        !self.is_ordered() && !matches!(self, Self::Boolean | Self::Duration | Self::AnySimple)
    }

    /// The value of a text whose blanks have been seen to; nothing where it is no value of the type.
    pub(super) fn value(self, text: &str) -> Option<Value> {
        let plain = |right: bool| right.then(|| Value::Text(text.to_owned()));
        match self {
            Self::AnySimple | Self::String | Self::NormalizedString | Self::Token => plain(true),
            Self::Language => plain(fits(&LANGUAGE, text)),
            Self::Name => plain(fits(&NAME, text)),
            Self::NcName | Self::Id | Self::IdRef => plain(fits(&NAME, text) && !text.contains(':')),
            Self::NmToken => plain(fits(&NMTOKEN, text)),
            Self::AnyUri => plain(is_uri(text)),
            Self::Boolean => match text {
                "true" | "1" => Some(Value::Truth(true)),
                "false" | "0" => Some(Value::Truth(false)),
                _ => None,
            },
            Self::Decimal => Decimal::parse(text).map(Value::Decimal),
            Self::Integer(least, most) => {
                let value = Decimal::parse(text).filter(|_| !text.contains('.'))?;
                let within = |bound: Option<&str>, wrong: Ordering| {
                    bound.and_then(Decimal::parse).is_none_or(|bound| value.order(&bound) != wrong)
                };
                (within(least, Ordering::Less) && within(most, Ordering::Greater)).then_some(Value::Decimal(value))
            }
            Self::Float | Self::Double => match text {
                "INF" => Some(Value::Float(f64::INFINITY)),
                "-INF" => Some(Value::Float(f64::NEG_INFINITY)),
                "NaN" => Some(Value::Float(f64::NAN)),
                _ if !fits(&FLOAT, text) => None,
                _ if self == Self::Float => text.parse::<f32>().ok().map(|value| Value::Float(f64::from(value))),
                _ => text.parse().ok().map(Value::Float),
            },
            Self::Moment(form) => moment::parse(text, form).map(Value::Moment),
            Self::Duration => duration(text),
            Self::HexBinary => hex::decode(text).ok().map(Value::Bytes),
            Self::Base64Binary => {
                let tight: String = text.split(' ').collect();
                base64::engine::general_purpose::STANDARD.decode(tight).ok().map(Value::Bytes)
            }
        }
    }
}

/// A reference that a URI can be made of (RFC 2396 with XLink's escaping: blanks and other letters are escaped first).
fn is_uri(text: &str) -> bool {
    let escapes = text
        .match_indices('%')
        .all(|(at, _)| text.get(at + 1..at + 3).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())));
    escapes && text.matches('#').count() <= 1
}

fn duration(text: &str) -> Option<Value> {
    let found = DURATION.as_ref()?.captures(text)?;
    let part = |index: usize| found.get(index).map(|part| part.as_str());
    let (date, time) = ((2..=4).any(|index| part(index).is_some()), (6..=8).any(|index| part(index).is_some()));
    // `P` and `T` announce something.
    if !time && (part(5).is_some() || !date) {
        return None;
    }
    let count = |index: usize| part(index).map_or(Some(0), |digits| digits.parse::<i64>().ok());
    let sign = if part(1).is_some() { -1 } else { 1 };
    let months = i128::from(count(2)?) * 12 + i128::from(count(3)?);
    let (seconds, fraction) = part(8).unwrap_or("0").split_once('.').unwrap_or((part(8).unwrap_or("0"), ""));
    let whole = i128::from(count(4)?) * 86_400
        + i128::from(count(6)?) * 3600
        + i128::from(count(7)?) * 60
        + i128::from(seconds.parse::<i64>().ok()?);
    let exact = Decimal::parse(&format!("{}{whole}.{fraction}", if sign < 0 { "-" } else { "" }))?;
    Some(Value::Duration(months * sign, exact))
}

impl Value {
    /// Which comes first, where the two can be told apart.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Decimal(one), Self::Decimal(two)) => Some(one.order(two)),
            (Self::Float(one), Self::Float(two)) => one.partial_cmp(two),
            (Self::Moment(one), Self::Moment(two)) => one.order(two),
            _ => None,
        }
    }

    /// True where they are one value. NaN is itself.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(one), Self::Float(two)) => {
                one.partial_cmp(two) == Some(Ordering::Equal) || (one.is_nan() && two.is_nan())
            }
            (Self::List(one), Self::List(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.equals(two))
            }
            _ => self == other,
        }
    }

    /// How long it is: characters, bytes or items.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.len(),
            _ => 0,
        }
    }
}

impl Blanks {
    /// Sees to the blanks of a text.
    pub(super) fn apply(self, text: &str) -> std::borrow::Cow<'_, str> {
        let blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r');
        match self {
            Self::Preserve => text.into(),
            Self::Replace if !text.contains(['\t', '\n', '\r']) => text.into(),
            Self::Replace => text.replace(['\t', '\n', '\r'], " ").into(),
            Self::Collapse if !text.contains(blank) => text.into(),
            Self::Collapse => text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelt_as_the_recommendation_says() {
        for (name, right, wrong) in [
            ("boolean", &["true", "0"][..], &["TRUE", "yes", ""][..]),
            ("decimal", &["1", "-1.50", ".5", "5.", "+00.1"], &["1e3", ".", "", "1,5", "- 1"]),
            ("integer", &["0", "-12", "+3"], &["1.0", "1.", ""]),
            ("byte", &["-128", "127"], &["128", "-129"]),
            ("unsignedLong", &["18446744073709551615"], &["18446744073709551616", "-1"]),
            ("double", &["1e3", "INF", "-INF", "NaN", "-.5E-2"], &["inf", "+INF", "1e", "0x1"]),
            ("language", &["zh", "zh-Hans-CN"], &["zh_CN", "abcdefghi", ""]),
            ("NCName", &["证书", "_a"], &["a:b", "1a", ""]),
            ("NMTOKEN", &["1a", "-"], &["a b", ""]),
            ("anyURI", &["", "a b", "http://例/证", "#x"], &["%zz", "a#b#c"]),
            ("duration", &["P1Y", "-P1DT1H", "PT0.5S"], &["P", "PT", "P1S", "1Y", "P1YT"]),
            ("hexBinary", &["", "0aFF"], &["0", "0g"]),
            ("base64Binary", &["", "YQ==", "Y Q = ="], &["YQ", "*"]),
        ] {
            let kind = builtin(name).expect(name);
            for text in right {
                assert!(kind.value(text).is_some(), "{name} {text}");
            }
            for text in wrong {
                assert!(kind.value(text).is_none(), "{name} {text}");
            }
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_their_digits_counted() {
        let decimal = |text: &str| Decimal::parse(text).expect(text);
        assert_eq!(decimal("1.0"), decimal("+01"));
        assert_eq!(decimal("-0"), decimal("0"));
        for pair in [("9", "10"), ("-10", "-9"), ("-1", "0.5"), ("0.09", "0.1"), ("1.1", "1.11")] {
            assert_eq!(decimal(pair.0).order(&decimal(pair.1)), Ordering::Less, "{pair:?}");
        }
        for (text, digits) in [("0", (1, 0)), ("10", (2, 0)), ("0.050", (2, 2)), ("12.30", (3, 1)), ("-1", (1, 0))] {
            assert_eq!(decimal(text).digits(), digits, "{text}");
        }
    }
}
