//! Checkpoints (C2SP tlog-checkpoint): origin, size and root of the tree as three lines, signed as a note.

use super::hash::Hash;
use super::note::{NoteError, NoteVerifier, open_note, sign_note};
use crate::crypto::Signer;

/// The log at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

/// A checkpoint does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The lines are not those of a checkpoint.
    #[error("not a checkpoint: origin, size and root, each on its line")]
    Malformed,
    /// The checkpoint of another log.
    #[error("the checkpoint is of the log {found:?}, not of {expected:?}")]
    Origin {
        /// The log asked about.
        expected: String,
        /// The log named.
        found: String,
    },
    /// The note is malformed or not signed as it should be.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// A checkpoint of the log that the origin names: a host and path, without scheme (`registry.example.org/ledger`).
    ///
    /// # Errors
    /// The origin is empty or has line ends.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.chars().any(char::is_control) {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Which log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// The signed checkpoint. Key name and origin are the same, as C2SP recommends.
    ///
    /// # Errors
    /// The key is no Ed25519 key or fails, or the origin cannot be a key name: ours each.
    pub fn sign(&self, signer: &dyn Signer) -> Result<String, CheckpointError> {
        Ok(sign_note(&self.text(), &self.origin, signer)?)
    }

    /// Reads a checkpoint of that log that one of the keys has signed. Further lines (extensions) are signed and passed over.
    ///
    /// # Errors
    /// Malformed, of another log, or not so signed.
    pub fn open(note: &str, origin: &str, keys: &[NoteVerifier]) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(open_note(note, keys)?)?;
        if checkpoint.origin != origin {
            return Err(CheckpointError::Origin { expected: origin.to_owned(), found: checkpoint.origin });
        }
        Ok(checkpoint)
    }

    /// Size and root of a signed checkpoint, its signatures not looked at: for what we have signed and stored ourselves.
    ///
    /// # Errors
    /// Malformed.
    pub fn peek(note: &str) -> Result<Self, CheckpointError> {
        let split = note.rfind("\n\n").ok_or(CheckpointError::Malformed)?;
        Self::parse(note.split_at(split + 1).0)
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let read = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        Self::new(read.origin(), read.size(), (*read.hash()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Algorithm, SigningKey};

    const ORIGIN: &str = "registry.example.org/ledger";

    fn key(secret: u8) -> SigningKey {
        SigningKey::from_secret(Algorithm::Ed25519, &[secret; 32]).expect("key")
    }

    fn verifier(secret: u8) -> NoteVerifier {
        NoteVerifier::new(ORIGIN, crate::crypto::Signer::public_key(&key(secret)).clone()).expect("verifier")
    }

    #[test]
    fn a_signed_checkpoint_is_read_back_and_any_change_is_refused() {
        let checkpoint = Checkpoint::new(ORIGIN, 923_748, Hash([7; 32])).expect("checkpoint");
        let note = checkpoint.sign(&key(1)).expect("signed");
        assert!(note.starts_with("registry.example.org/ledger\n923748\nBwcH"), "{note}");
        assert_eq!(Checkpoint::open(&note, ORIGIN, &[verifier(2), verifier(1)]), Ok(checkpoint.clone()));
        assert_eq!(Checkpoint::peek(&note), Ok(checkpoint));
        // One bit of any byte: the signature, the key id, the text.
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(bent) = String::from_utf8(bytes) {
                assert!(Checkpoint::open(&bent, ORIGIN, &[verifier(1)]).is_err(), "byte {at}: {bent}");
            }
        }
        assert!(matches!(
            Checkpoint::open(&note, ORIGIN, &[verifier(2)]),
            Err(CheckpointError::Note(NoteError::Unsigned))
        ));
        assert!(matches!(
            Checkpoint::open(&note, "other.example.org/ledger", &[verifier(1)]),
            Err(CheckpointError::Origin { .. })
        ));
    }

    #[test]
    fn texts_that_are_no_checkpoints_are_refused_though_signed() {
        for text in [
            "registry.example.org/ledger\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
            "registry.example.org/ledger\n007\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
            "registry.example.org/ledger\n7\nBwcH\n",
            "registry.example.org/ledger\n7\n",
        ] {
            let note = sign_note(text, ORIGIN, &key(1)).expect("signed");
            assert_eq!(Checkpoint::open(&note, ORIGIN, &[verifier(1)]), Err(CheckpointError::Malformed), "{text}");
        }
        assert!(Checkpoint::new("", 1, Hash::EMPTY).is_err());
        assert!(Checkpoint::new("a\nb", 1, Hash::EMPTY).is_err());
    }
}
