//! Multibase, as far as credentials need it: base58btc (`z…`) and base64url without padding (`u…`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base58 is quadratic in the length of its text, and nothing that we read in it (keys, signatures, digests) is longer
/// than this many characters.
const LONGEST_BASE58: usize = 256;

/// The text is not multibase in one of the two bases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedMultibase {
    /// The first character names no base that we read.
    #[error("multibase begins with z (base58btc) or u (base64url)")]
    UnknownBase,
    /// A character that the base does not have, or a length that cannot be.
    #[error("a character or length that the base does not have")]
    Malformed,
    /// Longer than anything we read in base58.
    #[error("longer than {LONGEST_BASE58} characters of base58")]
    TooLong,
}

/// Base58btc with its prefix `z`.
#[must_use]
pub fn base58btc(bytes: &[u8]) -> String {
    format!("z{}", bs58::encode(bytes).into_string())
}

/// Base64url without padding, with its prefix `u`.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    format!("u{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The bytes behind a multibase text in either base.
///
/// # Errors
/// The text is malformed: the fault of whoever wrote it.
pub fn decode(text: &str) -> Result<Vec<u8>, MalformedMultibase> {
    if let Some(rest) = text.strip_prefix('z') {
        if rest.len() > LONGEST_BASE58 {
            return Err(MalformedMultibase::TooLong);
        }
        bs58::decode(rest).into_vec().map_err(|_| MalformedMultibase::Malformed)
    } else if let Some(rest) = text.strip_prefix('u') {
        URL_SAFE_NO_PAD.decode(rest).map_err(|_| MalformedMultibase::Malformed)
    } else {
        Err(MalformedMultibase::UnknownBase)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&base58btc(&bytes)).expect("z"), bytes.clone());
            prop_assert_eq!(decode(&base64url(&bytes)).expect("u"), bytes);
        }
    }

    #[test]
    fn other_bases_padding_and_endless_base58_are_refused() {
        assert_eq!(decode("mAAAA"), Err(MalformedMultibase::UnknownBase));
        assert_eq!(decode(""), Err(MalformedMultibase::UnknownBase));
        assert_eq!(decode("uAA=="), Err(MalformedMultibase::Malformed));
        assert_eq!(decode("z0OIl"), Err(MalformedMultibase::Malformed));
        assert_eq!(decode(&format!("z{}", "1".repeat(257))), Err(MalformedMultibase::TooLong));
    }
}
