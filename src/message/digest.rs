//! `Content-Digest` (RFC 9530): SHA-256, which every message must carry. Others beside it are left to others.

use super::error::MessageError;
use super::structured::{Bare, Item, Member, bytes, dictionary};
use crate::crypto::sha256;

/// The value of the field for this body.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256={}", bytes(&sha256(body)))
}

/// Checks that the body has the SHA-256 digest that the field states.
///
/// # Errors
/// Where the field cannot be read, states no SHA-256 digest, or another one.
pub fn check_content_digest(field: &str, body: &[u8]) -> Result<(), MessageError> {
    let members = dictionary(field).map_err(|error| MessageError::malformed("content-digest", error.to_string()))?;
    match members.iter().find(|(name, _)| name == "sha-256") {
        Some((_, Member::Item(Item { bare: Bare::Bytes(stated), .. }))) if *stated == sha256(body) => Ok(()),
        Some((_, Member::Item(Item { bare: Bare::Bytes(_), .. }))) => Err(MessageError::DigestMismatch),
        Some(_) => Err(MessageError::malformed("content-digest", "sha-256 is no byte sequence")),
        None => Err(MessageError::DigestMissing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &[u8] = b"{\"hello\": \"world\"}\n";

    #[test]
    fn the_examples_of_rfc_9530_hold() {
        // Appendix B.1; the body ends with a line end.
        assert_eq!(content_digest(HELLO), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
        // RFC 9421, appendix B.2: the same without the line end.
        let field = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        assert_eq!(check_content_digest(field, b"{\"hello\": \"world\"}"), Ok(()));
    }

    #[test]
    fn another_body_and_a_digest_of_another_kind_are_refused() {
        assert_eq!(check_content_digest(&content_digest(HELLO), b"{}"), Err(MessageError::DigestMismatch));
        let sha512 =
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
        assert_eq!(check_content_digest(sha512, HELLO), Err(MessageError::DigestMissing));
        let both = format!("{sha512}, {}", content_digest(HELLO));
        assert_eq!(check_content_digest(&both, HELLO), Ok(()));
        for malformed in ["sha-256", "sha-256=abc", "sha-256=:***:", "sha-256=(1)"] {
            let refused = check_content_digest(malformed, HELLO);
            assert!(matches!(refused, Err(MessageError::HeaderMalformed { .. })), "{malformed}");
        }
    }
}
