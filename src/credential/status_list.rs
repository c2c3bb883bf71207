//! Bitstring Status List 1.0: the list, the credential that carries it, and the entry that points into it.
//!
//! Lists have one bit an entry (`statusSize` 1). An index is written as the format at hand demands (W3C a string, UNTP
//! an integer) and read in both spellings.

use std::fmt;
use std::io::{Read as _, Write as _};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::crypto::multibase;

/// The least length of a list in bits, for the privacy of the herd (3.1).
const LEAST_BITS: u32 = 131_072;
/// The greatest length that we read, in bytes: 128 times the least.
const MOST_BYTES: usize = 2 << 20;
/// The longest text that we inflate. A list without any pattern does not shrink, and base64 adds a third.
const LONGEST_TEXT: usize = MOST_BYTES / 3 * 4 + 1024;
/// More entries than any credential has.
const MOST_ENTRIES: usize = 16;

/// What a bit of the list stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusPurpose {
    /// Final.
    Revocation,
    /// Until it is lifted.
    Suspension,
    /// A newer credential is there to be fetched.
    Refresh,
}

impl StatusPurpose {
    /// The word in an entry.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Refresh => "refresh",
        }
    }

    fn read(text: &str) -> Result<Self, MalformedStatus> {
        [Self::Revocation, Self::Suspension, Self::Refresh]
            .into_iter()
            .find(|purpose| purpose.word() == text)
            .ok_or_else(|| MalformedStatus::Unsupported(format!("statusPurpose {text:?}")))
    }
}

impl fmt::Display for StatusPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A status list, its credential or an entry is malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedStatus {
    /// Not multibase base64url, or not gzip.
    #[error("encodedList is not the gzip of a bit string in multibase base64url")]
    Encoding,
    /// Inflates to more than we read.
    #[error("the list is longer than {MOST_BYTES} bytes")]
    TooLong,
    /// Shorter than the least length.
    #[error("the list is shorter than {LEAST_BITS} bits")]
    TooShort,
    /// The index points past the end of the list (RANGE_ERROR).
    #[error("index {0} lies past the end of the list")]
    OutOfRange(u64),
    /// A member is missing or malformed.
    #[error("{0} is missing or malformed")]
    Member(&'static str),
    /// Something of the standard that we do not read.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The entry asks for a purpose that the list does not have (3.2, step 7).
    #[error("the list does not serve the purpose {0}")]
    Purpose(StatusPurpose),
}

/// A list of bits; index 0 is the left-most bit of the first byte.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Vec<u8>,
}

impl StatusList {
    /// A list of zeros with room for so many entries, rounded up to whole bytes and to the least length.
    #[must_use]
    pub fn new(entries: u32) -> Self {
        let bytes = entries.max(LEAST_BITS).div_ceil(8);
        Self { bits: vec![0; usize::try_from(bytes).unwrap_or(MOST_BYTES).min(MOST_BYTES)] }
    }

    /// Number of entries.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a list has at least 131,072 entries")]
    pub fn len(&self) -> u64 {
        self.bits.len() as u64 * 8
    }

    /// The bit.
    ///
    /// # Errors
    /// The index lies past the end.
    pub fn is_set(&self, index: u64) -> Result<bool, MalformedStatus> {
        let byte = usize::try_from(index / 8).ok().and_then(|at| self.bits.get(at));
        byte.map(|byte| byte & mask(index) != 0).ok_or(MalformedStatus::OutOfRange(index))
    }

    /// Sets or clears the bit.
    ///
    /// # Errors
    /// The index lies past the end.
    pub fn set(&mut self, index: u64, value: bool) -> Result<(), MalformedStatus> {
        let byte = usize::try_from(index / 8).ok().and_then(|at| self.bits.get_mut(at));
        let byte = byte.ok_or(MalformedStatus::OutOfRange(index))?;
        if value {
            *byte |= mask(index);
        } else {
            *byte &= !mask(index);
        }
        Ok(())
    }

    /// The text of `encodedList`: gzip, base64url, prefix `u`. The same list always gives the same text.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it does not")]
    pub fn encode(&self) -> String {
        // The operating system of a gzip header is told apart by nobody; 3 is what the standard's example has.
        let mut gzip = GzBuilder::new().operating_system(3).write(Vec::new(), Compression::new(6));
        let written = gzip.write_all(&self.bits).and_then(|()| gzip.finish());
        #[expect(clippy::expect_used, reason = "writing into memory does not fail")]
        let bytes = written.expect("memory takes what is written");
        multibase::base64url(&bytes)
    }

    /// Reads the text of `encodedList`. Also takes base64url without the prefix, as lists of before 2024 are written.
    ///
    /// # Errors
    /// Not such a text, too short, or inflating to more than we read.
    pub fn decode(text: &str) -> Result<Self, MalformedStatus> {
        if text.len() > LONGEST_TEXT {
            return Err(MalformedStatus::TooLong);
        }
        // A gzip stream begins with 1f 8b, in base64url `H4s`.
        let prefixed = if text.starts_with("H4s") { format!("u{text}") } else { text.to_owned() };
        if !prefixed.starts_with('u') {
            return Err(MalformedStatus::Encoding);
        }
        let bytes = multibase::decode(&prefixed).map_err(|_| MalformedStatus::Encoding)?;
        let mut bits = Vec::new();
        let limit = MOST_BYTES as u64 + 1;
        GzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut bits).map_err(|_| MalformedStatus::Encoding)?;
        if bits.len() > MOST_BYTES {
            return Err(MalformedStatus::TooLong);
        }
        let list = Self { bits };
        if list.len() < u64::from(LEAST_BITS) { Err(MalformedStatus::TooShort) } else { Ok(list) }
    }

    /// The list of a status list credential, if it serves the purpose that the entry asks for. The credential's own
    /// proof and issuer are verified before, as of any credential.
    ///
    /// # Errors
    /// The credential carries no such list, or one for another purpose.
    pub fn of_credential(credential: &Value, purpose: StatusPurpose) -> Result<Self, MalformedStatus> {
        let subject = credential.get("credentialSubject").ok_or(MalformedStatus::Member("credentialSubject"))?;
        let named = |value: &Value, word: &str| {
            value == word || value.as_array().is_some_and(|all| all.iter().any(|one| one == word))
        };
        if !credential.get("type").is_some_and(|kind| named(kind, "BitstringStatusListCredential")) {
            return Err(MalformedStatus::Member("type"));
        }
        if !subject.get("type").is_some_and(|kind| named(kind, "BitstringStatusList")) {
            return Err(MalformedStatus::Member("credentialSubject.type"));
        }
        let purposes = subject.get("statusPurpose").ok_or(MalformedStatus::Member("statusPurpose"))?;
        if !named(purposes, purpose.word()) {
            return Err(MalformedStatus::Purpose(purpose));
        }
        let text = subject.get("encodedList").and_then(Value::as_str).ok_or(MalformedStatus::Member("encodedList"))?;
        Self::decode(text)
    }
}

impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: u32 = self.bits.iter().map(|byte| byte.count_ones()).sum();
        write!(f, "StatusList({} entries, {set} set)", self.len())
    }
}

const fn mask(index: u64) -> u8 {
    0x80 >> (index % 8)
}

/// The credential that publishes a list, without its proof. `id` is the address at which it is served.
#[must_use]
pub fn status_credential(
    id: &str,
    issuer: &str,
    purpose: StatusPurpose,
    list: &StatusList,
    valid_from: Timestamp,
    valid_until: Option<Timestamp>,
) -> Value {
    let mut credential = json!({
        "@context": [super::CONTEXT_V2],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": valid_from.to_string(),
        "credentialSubject": {
            "id": format!("{id}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": purpose.word(),
            "encodedList": list.encode(),
        },
    });
    if let (Some(until), Some(members)) = (valid_until, credential.as_object_mut()) {
        members.insert("validUntil".to_owned(), json!(until.to_string()));
    }
    credential
}

/// The entry that points into a list, with the index as W3C has it (a string). UNTP wants an integer: its crosswalk
/// takes the number from [`StatusReference::index`].
#[must_use]
pub fn status_entry(list: &str, index: u64, purpose: StatusPurpose) -> Value {
    json!({
        "id": format!("{list}#{index}"),
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.word(),
        "statusListIndex": index.to_string(),
        "statusListCredential": list,
    })
}

/// Where the status of a credential stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// What the bit stands for.
    pub purpose: StatusPurpose,
    /// Which bit.
    pub index: u64,
    /// Address of the status list credential.
    pub list: String,
}

/// The entries of `credentialStatus`, one or several; none where the credential has no status.
///
/// # Errors
/// An entry is malformed, or of a kind that we do not read: silence about it would pass for a good status.
pub fn status_references(credential: &Value) -> Result<Vec<StatusReference>, MalformedStatus> {
    let entries: &[Value] = match credential.get("credentialStatus") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(entries)) => entries,
        Some(entry) => std::slice::from_ref(entry),
    };
    if entries.len() > MOST_ENTRIES {
        return Err(MalformedStatus::Member("credentialStatus"));
    }
    entries
        .iter()
        .map(|entry| read_entry(entry.as_object().ok_or(MalformedStatus::Member("credentialStatus"))?))
        .collect()
}

fn read_entry(entry: &Map<String, Value>) -> Result<StatusReference, MalformedStatus> {
    let text = |name: &'static str| entry.get(name).and_then(Value::as_str).ok_or(MalformedStatus::Member(name));
    let kind = entry.get("type").ok_or(MalformedStatus::Member("type"))?;
    let kinds = kind.as_array().map_or(std::slice::from_ref(kind), Vec::as_slice);
    if !kinds.iter().any(|kind| kind == "BitstringStatusListEntry") {
        return Err(MalformedStatus::Unsupported(format!("credentialStatus of type {kind}")));
    }
    if entry.get("statusSize").is_some_and(|size| size.as_u64() != Some(1)) {
        return Err(MalformedStatus::Unsupported("statusSize other than 1".to_owned()));
    }
    let index = match entry.get("statusListIndex") {
        Some(Value::Number(number)) => number.as_u64(),
        // Digits only: `parse` alone would take a plus sign.
        Some(Value::String(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    };
    Ok(StatusReference {
        purpose: StatusPurpose::read(text("statusPurpose")?)?,
        index: index.ok_or(MalformedStatus::Member("statusListIndex"))?,
        list: text("statusListCredential")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the standard: 131,072 zeros.
    const ZEROS: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

    #[test]
    fn the_example_of_the_standard_is_the_list_of_zeros() {
        let list = StatusList::decode(ZEROS).expect("list");
        assert_eq!(list, StatusList::new(0));
        assert_eq!(list.len(), 131_072);
        assert_eq!(StatusList::decode(&ZEROS[1..]).expect("without prefix"), list);
        assert!(list.encode().starts_with("uH4sIAAAAAAAAA"), "{}", list.encode());
    }

    #[test]
    fn index_0_is_the_left_most_bit() {
        let mut list = StatusList::new(0);
        list.set(0, true).expect("in range");
        list.set(9, true).expect("in range");
        assert_eq!(list.bits[..2], [0x80, 0x40]);
        list.set(0, false).expect("in range");
        assert!(!list.is_set(0).expect("in range") && list.is_set(9).expect("in range"));
        assert_eq!(list.is_set(131_072), Err(MalformedStatus::OutOfRange(131_072)));
        assert_eq!(list.set(u64::MAX, true), Err(MalformedStatus::OutOfRange(u64::MAX)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_list_survives_its_text(indexes in proptest::collection::btree_set(0_u64..140_000, 0..200)) {
            let mut list = StatusList::new(140_000);
            for index in &indexes {
                list.set(*index, true).expect("in range");
            }
            let read = StatusList::decode(&list.encode()).expect("list");
            for index in 0..list.len() {
                prop_assert_eq!(read.is_set(index).expect("in range"), indexes.contains(&index));
            }
        }
    }

    fn gzip(bytes: &[u8]) -> String {
        let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
        gzip.write_all(bytes).expect("memory");
        multibase::base64url(&gzip.finish().expect("memory"))
    }

    #[test]
    fn bombs_stubs_and_rubbish_are_refused() {
        assert_eq!(StatusList::decode(&gzip(&vec![0; 64 << 20])), Err(MalformedStatus::TooLong));
        assert_eq!(StatusList::decode(&gzip(&[0; 100])), Err(MalformedStatus::TooShort));
        assert_eq!(StatusList::decode("uAAAA"), Err(MalformedStatus::Encoding));
        assert_eq!(StatusList::decode(&ZEROS[..60]), Err(MalformedStatus::Encoding));
        assert_eq!(StatusList::decode("z1111"), Err(MalformedStatus::Encoding));
    }

    #[test]
    fn an_index_is_read_as_text_and_as_number() {
        let list = "https://registry.example.org/status/1";
        let mut credential = json!({"credentialStatus": status_entry(list, 94_567, StatusPurpose::Suspension)});
        let expected = StatusReference { purpose: StatusPurpose::Suspension, index: 94_567, list: list.into() };
        assert_eq!(status_references(&credential), Ok(vec![expected.clone()]));
        credential["credentialStatus"]["statusListIndex"] = json!(94_567);
        assert_eq!(status_references(&credential), Ok(vec![expected]));
        for bad in [json!("+1"), json!(""), json!(-1), json!(1.5), json!(null)] {
            credential["credentialStatus"]["statusListIndex"] = bad.clone();
            assert_eq!(status_references(&credential), Err(MalformedStatus::Member("statusListIndex")), "{bad}");
        }
        credential["credentialStatus"]["type"] = json!("StatusList2021Entry");
        assert!(matches!(status_references(&credential), Err(MalformedStatus::Unsupported(_))));
        assert_eq!(status_references(&json!({})), Ok(vec![]));
    }

    #[test]
    fn a_list_answers_only_for_its_own_purpose() {
        let mut list = StatusList::new(0);
        list.set(7, true).expect("in range");
        let from = "2026-11-23T00:00:00Z".parse().expect("time");
        let credential =
            status_credential("https://r.example/1", "did:web:r.example", StatusPurpose::Revocation, &list, from, None);
        let read = StatusList::of_credential(&credential, StatusPurpose::Revocation).expect("list");
        assert!(read.is_set(7).expect("in range"));
        assert_eq!(
            StatusList::of_credential(&credential, StatusPurpose::Suspension),
            Err(MalformedStatus::Purpose(StatusPurpose::Suspension))
        );
    }
}
