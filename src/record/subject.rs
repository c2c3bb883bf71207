//! The natural key as one value and one text: what a message, the ledger and the store call a certificate by.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::key::{Key, KeyForm};
use super::value::Identifier;

/// What the issuer half of the text may not hold, so that the first `/` ends it and a header can carry it.
const ISSUER: &AsciiSet = &CONTROLS.add(b'/').add(b'%').add(b' ').add(b'"');
/// The same for the scheme, whose percent signs and colons have been encoded before.
const SCHEME: &AsciiSet = &CONTROLS.add(b'/').add(b' ').add(b'"');
/// What the second half may not hold: `<` opens a URI.
const NAME: &AsciiSet = &CONTROLS.add(b'<').add(b'>').add(b'%').add(b' ').add(b'"');

/// A certificate by its natural key: `cnca-approval:CNCA-R-2099-001/2024010703612345`, or with a URI
/// `did:did:web:example.nz/<https://example.nz/c/1>`. The text is ASCII; what is not is percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectKey {
    /// Identifier of the issuing body.
    pub issuer: Identifier,
    /// Number or URI under that body.
    pub name: SubjectName,
}

/// What an issuer calls a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectName {
    /// A certificate number, normalised.
    Number(String),
    /// URI of a foreign credential's subject, opaque.
    Uri(String),
}

impl SubjectKey {
    /// A certificate by its number.
    pub fn number(issuer: Identifier, number: impl Into<String>) -> Self {
        Self { issuer, name: SubjectName::Number(number.into()) }
    }

    /// A foreign credential by the URI of its subject.
    pub fn uri(issuer: Identifier, uri: impl Into<String>) -> Self {
        Self { issuer, name: SubjectName::Uri(uri.into()) }
    }
}

impl TryFrom<&Key> for SubjectKey {
    type Error = IncompleteKey;

    fn try_from(key: &Key) -> Result<Self, Self::Error> {
        let name = match key.form {
            KeyForm::Number => key.number.clone().filter(|number| !number.is_empty()).map(SubjectName::Number),
            KeyForm::Uri => key.uri.clone().filter(|uri| !uri.is_empty()).map(SubjectName::Uri),
        };
        name.map(|name| Self { issuer: key.issuer.clone(), name }).ok_or(IncompleteKey { form: key.form })
    }
}

/// The record's key lacks the half that its form names: a fault of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is of the form {} and has none", form.code())]
pub struct IncompleteKey {
    /// The form that the key states.
    pub form: KeyForm,
}

impl From<&SubjectKey> for Key {
    fn from(key: &SubjectKey) -> Self {
        let (form, number, uri) = match &key.name {
            SubjectName::Number(number) => (KeyForm::Number, Some(number.clone()), None),
            SubjectName::Uri(uri) => (KeyForm::Uri, None, Some(uri.clone())),
        };
        Self { form, issuer: key.issuer.clone(), number, uri, residue: super::Residue::default() }
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.issuer.scheme.replace('%', "%25").replace(':', "%3A");
        write!(f, "{}:", utf8_percent_encode(&scheme, SCHEME))?;
        write!(f, "{}/", utf8_percent_encode(&self.issuer.value, ISSUER))?;
        match &self.name {
            SubjectName::Number(number) => utf8_percent_encode(number, NAME).fmt(f),
            SubjectName::Uri(uri) => write!(f, "<{}>", utf8_percent_encode(uri, NAME)),
        }
    }
}

/// The caller wrote a subject that is not `SCHEME:VALUE/NUMBER` or `SCHEME:VALUE/<URI>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not SCHEME:VALUE/NUMBER, for example cnca-approval:CNCA-R-2099-001/2024010703612345")]
pub struct MalformedSubject(pub String);

impl FromStr for SubjectKey {
    type Err = MalformedSubject;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedSubject(text.to_owned());
        let decode = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .ok()
                .filter(|part| !part.is_empty())
                .map(std::borrow::Cow::into_owned)
        };
        let (issuer, name) = text.split_once('/').ok_or_else(malformed)?;
        let (scheme, value) = issuer.split_once(':').ok_or_else(malformed)?;
        let (scheme, value) = decode(scheme).zip(decode(value)).ok_or_else(malformed)?;
        let name = match name.strip_prefix('<') {
            Some(uri) => uri.strip_suffix('>').and_then(decode).map(SubjectName::Uri),
            None => decode(name).map(SubjectName::Number),
        };
        Ok(Self { issuer: Identifier { scheme, value }, name: name.ok_or_else(malformed)? })
    }
}

impl TryFrom<String> for SubjectKey {
    type Error = MalformedSubject;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SubjectKey> for String {
    fn from(key: SubjectKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_subject_is_written_as_issuer_and_number() {
        let key = SubjectKey::number(Identifier::new("cnca-approval", "CNCA-R-2099-001"), "2024010703612345");
        assert_eq!(key.to_string(), "cnca-approval:CNCA-R-2099-001/2024010703612345");
        let key = SubjectKey::uri(Identifier::new("did", "did:web:example.nz"), "https://example.nz/c/1");
        assert_eq!(key.to_string(), "did:did:web:example.nz/<https://example.nz/c/1>");
        for text in ["", "a/b", "a:/b", ":b/c", "a:b/", "a:b/<c", "a:b"] {
            assert!(text.parse::<SubjectKey>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_subject_is_read_back_and_its_text_is_ascii(scheme in "\\PC{1,8}", value in "\\PC{1,12}", name in "\\PC{1,20}", uri: bool) {
            let issuer = Identifier::new(scheme, value);
            let key = if uri { SubjectKey::uri(issuer, name) } else { SubjectKey::number(issuer, name) };
            let text = key.to_string();
            prop_assert!(text.is_ascii());
            prop_assert_eq!(text.parse::<SubjectKey>(), Ok(key));
        }
    }
}
