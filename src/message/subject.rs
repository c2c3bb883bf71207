//! The subject of a message: the natural key of a certificate in one header field.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 is escaped, so that `:` and `/` only ever divide.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the second half of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectForm {
    /// The number that the issuer gave.
    Number,
    /// The URI of a foreign credential's subject.
    Uri,
}

impl SubjectForm {
    const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Uri => "uri",
        }
    }
}

/// The natural key of a certificate, as a header field writes it: `scheme:value/number/…` or `scheme:value/uri/…`, each
/// part percent-encoded (UTF-8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Scheme of the issuer's identifier.
    pub scheme: String,
    /// The issuer's identifier in that scheme.
    pub issuer: String,
    /// Which form the second half has.
    pub form: SubjectForm,
    /// Number or URI of the certificate.
    pub reference: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, issuer) = (encode(&self.scheme), encode(&self.issuer));
        write!(f, "{scheme}:{issuer}/{}/{}", self.form.word(), encode(&self.reference))
    }
}

/// The text is no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not of the form scheme:issuer/number/… or scheme:issuer/uri/…, percent-encoded")]
pub struct MalformedSubject;

impl FromStr for Subject {
    type Err = MalformedSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split('/').collect();
        let [issuer, form, reference] = parts.as_slice() else { return Err(MalformedSubject) };
        let (scheme, issuer) = issuer.split_once(':').ok_or(MalformedSubject)?;
        let form = match *form {
            "number" => SubjectForm::Number,
            "uri" => SubjectForm::Uri,
            _ => return Err(MalformedSubject),
        };
        let part = |part: &str| decode(part).filter(|part| !part.is_empty()).ok_or(MalformedSubject);
        if issuer.contains(':') {
            return Err(MalformedSubject);
        }
        Ok(Self { scheme: part(scheme)?, issuer: part(issuer)?, form, reference: part(reference)? })
    }
}

/// The text with everything but unreserved characters percent-encoded.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// The text without its percent-encoding; none where an escape is broken or the bytes are no UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let escape = rest.get(at + 1..at + 3)?;
        if !escape.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at + 3..)?;
    }
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_ascii_and_its_dividers_only_divide() {
        let subject = Subject {
            scheme: "cnca-approval".to_owned(),
            issuer: "CNCA-R-2002/001:甲".to_owned(),
            form: SubjectForm::Number,
            reference: "0012 3/Q".to_owned(),
        };
        let text = subject.to_string();
        assert_eq!(text, "cnca-approval:CNCA-R-2002%2F001%3A%E7%94%B2/number/0012%203%2FQ");
        assert_eq!(text.parse(), Ok(subject));
        for text in [
            "",
            "a:b",
            "a:b/number",
            "a:b/number/",
            "a:b/date/1",
            "a/number/1",
            "a:b:c/number/1",
            "a:b/uri/1/2",
            "a:b/number/%",
            "a:b/number/%4",
            "a:b/number/%zz",
            "a:b/number/%ff",
        ] {
            assert_eq!(text.parse::<Subject>(), Err(MalformedSubject), "{text}");
        }
    }
}
