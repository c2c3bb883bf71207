//! Signed notes (C2SP signed-note): a text, an empty line, and signature lines `— <name> <base64>`, where the base64 holds
//! four bytes of key id and the signature. Only Ed25519 (type 0x01), which every reader of notes knows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{Algorithm, CryptoError, PublicKey, Signer, Verifier as _, sha256};

/// Signature type Ed25519.
const ED25519: u8 = 0x01;
/// What begins a signature line: an em dash and a blank.
const DASH: &str = "\u{2014} ";
/// A note is refused beyond these, before any signature is computed.
const MOST_SIGNATURES: usize = 100;
const LONGEST_NOTE: usize = 64 << 10;

/// A note is malformed or not signed by whom it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the shape of a signed note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A key name with blanks or a plus sign, or none.
    #[error("{0:?} is no key name: it is not empty and has neither blank nor plus sign")]
    Name(String),
    /// The key is no Ed25519 key: our configuration.
    #[error("notes are signed with Ed25519 keys")]
    Algorithm,
    /// The text of a verifier key is malformed.
    #[error("not a verifier key: <name>+<key id>+<base64>")]
    VerifierKey,
    /// No signature by a key that we know.
    #[error("no signature by a known key")]
    Unsigned,
    /// A signature by a key that we know does not fit.
    #[error("the signature by {0:?} does not fit")]
    Signature(String),
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] CryptoError),
}

/// A name and a key that verify notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    id: [u8; 4],
    key: PublicKey,
}

impl NoteVerifier {
    /// A verifier.
    ///
    /// # Errors
    /// The name is none, or the key is no Ed25519 key.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, NoteError> {
        checked_name(name)?;
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(NoteError::Algorithm);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &key), key })
    }

    /// Reads a verifier key: `<name>+<key id in hex>+<base64 of type and key>`.
    ///
    /// # Errors
    /// Malformed, another type of key, or an id that is not that of the key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let raw = bytes.strip_prefix(&[ED25519]).ok_or(NoteError::Algorithm)?;
        let key = PublicKey::from_raw(Algorithm::Ed25519, raw).map_err(|_| NoteError::VerifierKey)?;
        let verifier = Self::new(name, key)?;
        if id == hex::encode(verifier.id) { Ok(verifier) } else { Err(NoteError::VerifierKey) }
    }

    /// The verifier key as text, to be given to whoever follows the log.
    #[must_use]
    pub fn text(&self) -> String {
        let key = [&[ED25519], self.key.raw()].concat();
        format!("{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 of name, line end, type and key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }
}

fn checked_name(name: &str) -> Result<(), NoteError> {
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
        return Err(NoteError::Name(name.to_owned()));
    }
    Ok(())
}

fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[ED25519], key.raw()].concat());
    [a, b, c, d]
}

fn checked_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') || text.contains("\n\n") || text.len() > LONGEST_NOTE {
        return Err(NoteError::Malformed("its text is lines without an empty one"));
    }
    if text.bytes().any(|b| b < 0x20 && b != b'\n') {
        return Err(NoteError::Malformed("its text has control characters"));
    }
    Ok(())
}

/// The note: the text with a signature by the key under that name.
///
/// # Errors
/// The text cannot be a note's, the name is none, or the key is no Ed25519 key or fails: ours each.
pub fn sign_note(text: &str, name: &str, signer: &dyn Signer) -> Result<String, NoteError> {
    checked_text(text)?;
    let verifier = NoteVerifier::new(name, signer.public_key().clone())?;
    let signature = [verifier.id.as_slice(), &signer.sign(text.as_bytes())?].concat();
    Ok(format!("{text}\n{DASH}{name} {}\n", STANDARD.encode(signature)))
}

/// The text of a note that at least one of the keys has signed. Signatures by keys that are not among them count for
/// nothing; one by a known key that does not fit refuses the note.
///
/// # Errors
/// Malformed, or not so signed.
pub(super) fn open_note<'a>(note: &'a str, keys: &[NoteVerifier]) -> Result<&'a str, NoteError> {
    if note.len() > LONGEST_NOTE {
        return Err(NoteError::Malformed("it is too long"));
    }
    let split = note.rfind("\n\n").ok_or(NoteError::Malformed("it has no signatures"))?;
    let (text, signatures) = note.split_at(split + 1);
    checked_text(text)?;
    let signatures = signatures
        .strip_prefix('\n')
        .and_then(|lines| lines.strip_suffix('\n'))
        .ok_or(NoteError::Malformed("its last line has no end"))?;
    let mut signed = vec![false; keys.len()];
    for (count, line) in signatures.split('\n').enumerate() {
        if count >= MOST_SIGNATURES {
            return Err(NoteError::Malformed("it has too many signatures"));
        }
        let malformed = || NoteError::Malformed("a signature line");
        let (name, value) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        checked_name(name)?;
        let value = STANDARD.decode(value).map_err(|_| malformed())?;
        let (id, signature) = value.split_at_checked(4).filter(|(_, s)| !s.is_empty()).ok_or_else(malformed)?;
        for (known, signed) in keys.iter().zip(&mut signed) {
            // The first signature of a key decides; the rest of it are noise.
            if known.name == name && known.id == id && !*signed {
                known.key.verify(text.as_bytes(), signature).map_err(|_| NoteError::Signature(name.to_owned()))?;
                *signed = true;
            }
        }
    }
    if signed.contains(&true) { Ok(text) } else { Err(NoteError::Unsigned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    /// The example of the Go reference implementation (golang.org/x/mod/sumdb/note).
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const LINE: &str =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn key() -> SigningKey {
        let secret = STANDARD.decode(SECRET).expect("base64");
        SigningKey::from_secret(Algorithm::Ed25519, &secret[1..].try_into().expect("32")).expect("key")
    }

    #[test]
    fn the_note_of_the_reference_implementation_is_made_and_read_byte_for_byte() {
        let verifier = NoteVerifier::parse(VERIFIER).expect("verifier key");
        assert_eq!(verifier.text(), VERIFIER);
        let note = sign_note(TEXT, "PeterNeumann", &key()).expect("note");
        assert_eq!(note, format!("{TEXT}\n{LINE}"));
        assert_eq!(open_note(&note, &[verifier]), Ok(TEXT));
    }

    #[test]
    fn signatures_of_strangers_are_passed_over_and_broken_ones_of_known_keys_refuse() {
        let verifier = NoteVerifier::parse(VERIFIER).expect("verifier key");
        let stranger = SigningKey::from_secret(Algorithm::Ed25519, &[9; 32]).expect("key");
        let foreign = sign_note(TEXT, "stranger", &stranger).expect("note");
        assert_eq!(open_note(&foreign, std::slice::from_ref(&verifier)), Err(NoteError::Unsigned));
        let both = format!("{foreign}{LINE}");
        assert_eq!(open_note(&both, std::slice::from_ref(&verifier)), Ok(TEXT));
        let changed = both.replace("cryptography", "cartography");
        assert_eq!(
            open_note(&changed, std::slice::from_ref(&verifier)),
            Err(NoteError::Signature("PeterNeumann".into()))
        );
        // The same name with another key has another id, and so is a stranger.
        let namesake = sign_note(TEXT, "PeterNeumann", &stranger).expect("note");
        assert_eq!(open_note(&namesake, &[verifier]), Err(NoteError::Unsigned));
    }

    #[test]
    fn what_is_no_note_or_no_verifier_key_is_refused() {
        let keys = [NoteVerifier::parse(VERIFIER).expect("verifier key")];
        let good = format!("{TEXT}\n{LINE}");
        for bad in [
            String::new(),
            TEXT.to_owned(),
            good.trim_end().to_owned(),
            good.replace("— ", "- "),
            good.replace("\n\n", "\n"),
            format!("{good}rubbish\n"),
            format!("{TEXT}\n{}", LINE.repeat(101)),
            format!("a\u{7}b\n\n{LINE}"),
        ] {
            assert!(open_note(&bad, &keys).is_err(), "{bad:?}");
        }
        for bad in ["", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &VERIFIER[1..]] {
            assert!(NoteVerifier::parse(bad).is_err(), "{bad}");
        }
        let p256 = SigningKey::from_secret(Algorithm::P256, &[9; 32]).expect("key");
        assert_eq!(sign_note(TEXT, "p", &p256), Err(NoteError::Algorithm));
        assert!(matches!(sign_note(TEXT, "a b", &key()), Err(NoteError::Name(_))));
        assert!(matches!(sign_note("no line end", "a", &key()), Err(NoteError::Malformed(_))));
    }
}
