//! What can go wrong: [`IssueError`] is ours, [`ProofError`] is the fault of whoever made the credential.

use super::resolver::ResolveError;
use crate::clock::Timestamp;
use crate::crypto::{Algorithm, CryptoError, InexactNumber, MalformedMultibase};
use crate::finding::{Finding, Place};

/// A credential could not be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The document is no JSON object.
    #[error("the document to sign is no JSON object")]
    NoObject,
    /// The document carries a proof already.
    #[error("the document carries a proof already")]
    AlreadySigned,
    /// Issuer, mode and key contradict each other.
    #[error("{mode} asks for issuer {expected:?}, the document names {found:?}")]
    IssuerMismatch {
        /// The mode.
        mode: super::IssueMode,
        /// The issuer that the mode asks for.
        expected: String,
        /// The issuer of the document; empty where it names none.
        found: String,
    },
    /// The document has a number without a canonical form.
    #[error(transparent)]
    Number(#[from] InexactNumber),
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] CryptoError),
}

/// A proof does not hold, or a credential contradicts it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The document is no JSON object.
    #[error("the credential is no JSON object")]
    NoObject,
    /// No proof at all.
    #[error("the credential carries no proof")]
    Missing,
    /// More proofs than anybody needs.
    #[error("the credential carries more than {0} proofs")]
    TooMany(usize),
    /// A member is missing or malformed.
    #[error("{0} of the proof is missing or malformed")]
    Malformed(&'static str),
    /// A cryptosuite, or a kind of proof, that we do not check. It says nothing of the credential.
    #[error("proofs of kind {0:?} are not checked here")]
    Unsupported(String),
    /// Not the purpose that was asked for.
    #[error("the purpose of the proof is {found:?}, not {expected:?}")]
    Purpose {
        /// The purpose asked for.
        expected: String,
        /// The purpose stated.
        found: String,
    },
    /// The proof was made for other contexts.
    #[error("the @context of the credential does not begin with the @context of the proof")]
    Context,
    /// The proof value is no signature text.
    #[error("the proof value is malformed: {0}")]
    Value(MalformedMultibase),
    /// A number without a canonical form.
    #[error(transparent)]
    Number(#[from] InexactNumber),
    /// The key could not be found.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The key is of another algorithm than the cryptosuite.
    #[error("the cryptosuite needs a key of {expected}, {method:?} is one of {found}")]
    Algorithm {
        /// The verification method.
        method: String,
        /// What the cryptosuite needs.
        expected: Algorithm,
        /// What the key is.
        found: Algorithm,
    },
    /// The owner of the key did not list it for this purpose.
    #[error("{method:?} is not listed for {purpose:?} by its controller")]
    NotAuthorised {
        /// The verification method.
        method: String,
        /// The purpose.
        purpose: String,
    },
    /// The key could not sign when the proof says that it was made.
    #[error("{method:?} could not sign at {at}")]
    KeyOutsideWindow {
        /// The verification method.
        method: String,
        /// The time of the proof, or of the check where the proof names none.
        at: Timestamp,
    },
    /// The key was revoked, or its owner lets it verify no longer.
    #[error("{method:?} verifies nothing since {since}")]
    KeyCeased {
        /// The verification method.
        method: String,
        /// Since when.
        since: Timestamp,
    },
    /// The proof itself has an end, and it is past.
    #[error("the proof expired at {0}")]
    Expired(Timestamp),
    /// The proof says that it was made later than the time of the check.
    #[error("the proof was made at {0}, which is still to come")]
    FromTheFuture(Timestamp),
    /// The signature does not fit: the credential or the proof was changed, or another key signed.
    #[error("the signature does not fit the credential and the key")]
    Signature,
    /// The credential names no issuer.
    #[error("the credential names no issuer")]
    NoIssuer,
    /// Somebody else's key signed.
    #[error("the issuer is {issuer:?}, the key belongs to {controller:?}")]
    Issuer {
        /// The issuer that the credential names.
        issuer: String,
        /// The controller of the key.
        controller: String,
    },
    /// A validity time of the credential is no date-time.
    #[error("{0} of the credential is no date-time")]
    Time(&'static str),
    /// `credentialStatus` is malformed.
    #[error(transparent)]
    Status(#[from] super::MalformedStatus),
}

impl ProofError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let proof = || Place::pointer("/proof");
        match self {
            Self::NoObject => Finding::new("credential/no-object", Place::Whole),
            Self::Missing => Finding::new("credential/no-proof", Place::Whole),
            Self::TooMany(most) => Finding::new("credential/too-many-proofs", proof()).with("most", most),
            Self::Malformed(member) => Finding::new("credential/proof-malformed", proof()).with("member", member),
            Self::Unsupported(kind) => Finding::new("credential/proof-unsupported", proof()).with("kind", kind),
            Self::Purpose { expected, found } => {
                Finding::new("credential/proof-purpose", Place::pointer("/proof/proofPurpose"))
                    .with("expected", expected)
                    .with("found", found)
            }
            Self::Context => Finding::new("credential/proof-context", Place::pointer("/@context")),
            Self::Value(_) => Finding::new("credential/proof-malformed", proof()).with("member", "proofValue"),
            Self::Number(number) => number.finding(),
            Self::Resolve(error) => {
                Finding::new("credential/key-not-found", Place::pointer("/proof/verificationMethod"))
                    .with("reason", error)
            }
            Self::Algorithm { method, .. } => {
                Finding::new("credential/key-algorithm", Place::pointer("/proof/verificationMethod"))
                    .with("method", method)
            }
            Self::NotAuthorised { method, purpose } => {
                Finding::new("credential/key-not-authorised", Place::pointer("/proof/verificationMethod"))
                    .with("method", method)
                    .with("purpose", purpose)
            }
            Self::KeyOutsideWindow { method, at } => {
                Finding::new("credential/key-outside-window", Place::pointer("/proof/created"))
                    .with("method", method)
                    .with("at", at)
            }
            Self::KeyCeased { method, since } => {
                Finding::new("credential/key-ceased", Place::pointer("/proof/verificationMethod"))
                    .with("method", method)
                    .with("since", since)
            }
            Self::Expired(at) => {
                Finding::new("credential/proof-expired", Place::pointer("/proof/expires")).with("at", at)
            }
            Self::FromTheFuture(at) => {
                Finding::new("credential/proof-from-the-future", Place::pointer("/proof/created")).with("at", at)
            }
            Self::Signature => Finding::new("credential/signature-invalid", proof()),
            Self::NoIssuer => Finding::new("credential/no-issuer", Place::pointer("/issuer")),
            Self::Issuer { issuer, controller } => {
                Finding::new("credential/issuer-mismatch", Place::pointer("/issuer"))
                    .with("issuer", issuer)
                    .with("controller", controller)
            }
            Self::Time(member) => {
                Finding::new("credential/time-malformed", Place::pointer(format!("/{member}"))).with("member", member)
            }
            Self::Status(error) => {
                Finding::new("credential/status-malformed", Place::pointer("/credentialStatus")).with("reason", error)
            }
        }
    }
}
