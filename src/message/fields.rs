//! HTTP header fields as a message sees them: names in lower case, values in printable ASCII, in their order.

use super::error::MessageError;

/// Longest value of one field, in bytes.
const LONGEST_VALUE: usize = 8192;

/// Header fields of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields of a request as it came in. Those that are neither signed nor part of a signature may hold anything;
    /// they are left out.
    ///
    /// # Errors
    /// Where a field that counts is not printable ASCII, or too long.
    pub fn received<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, MessageError> {
        let mut fields = Self::new();
        for (name, value) in pairs {
            if counts(&name.to_ascii_lowercase()) {
                let value = std::str::from_utf8(value)
                    .map_err(|_| MessageError::malformed(&name.to_ascii_lowercase(), "not ASCII"))?;
                fields.push(name, value)?;
            }
        }
        Ok(fields)
    }

    /// Adds a field.
    ///
    /// # Errors
    /// Where the value is not printable ASCII, or too long.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), MessageError> {
        let name = name.to_ascii_lowercase();
        let value = value.trim_matches([' ', '\t']);
        if value.len() > LONGEST_VALUE {
            return Err(MessageError::malformed(&name, "too long"));
        }
        if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(MessageError::malformed(&name, "not printable ASCII"));
        }
        self.0.push((name, value.to_owned()));
        Ok(())
    }

    /// The one value of the field, if there is one.
    ///
    /// # Errors
    /// Where the field stands twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, MessageError> {
        let mut values = self.0.iter().filter(|(have, _)| have == name).map(|(_, value)| value.as_str());
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(MessageError::HeaderTwice { name: name.to_owned() }),
        }
    }

    /// The value of the field, which must be there once.
    ///
    /// # Errors
    /// Where it is missing or stands twice.
    pub fn required(&self, name: &str) -> Result<&str, MessageError> {
        self.one(name)?.ok_or_else(|| MessageError::HeaderMissing { name: name.to_owned() })
    }

    /// The values of a field that is one list, joined (RFC 9110, 5.3).
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.0.iter().filter(|(have, _)| have == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Name and value of every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// True for the fields that a message is made of.
fn counts(name: &str) -> bool {
    is_covered(name) || matches!(name, "signature" | "signature-input" | "content-encoding")
}

/// True for the fields that a signature must cover where they are there.
pub(super) fn is_covered(name: &str) -> bool {
    name.starts_with("certbridge-") || matches!(name, "content-digest" | "content-type")
}
