//! What can be wrong with a message or a receipt, and whose fault it is.

use crate::clock::Timestamp;
use crate::crypto::{CryptoError, InexactNumber};
use crate::finding::{Finding, Place};
use crate::trust::Fault;

/// What is wrong with a message or a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.finding().message().en)]
#[non_exhaustive]
pub enum MessageError {
    /// A header that must be there is not.
    HeaderMissing { name: String },
    /// A header stands twice.
    HeaderTwice { name: String },
    /// A header has no such value.
    HeaderMalformed { name: String, reason: String },
    /// A `certbridge-` header that this version does not know.
    HeaderUnknown { name: String },
    /// The headers do not fit each other.
    Contradiction { reason: &'static str },
    /// The body is content-encoded: its digest would not be that of the document.
    ContentEncoded,
    /// There is no SHA-256 digest of the body.
    DigestMissing,
    /// The body is not the one whose digest was sent.
    DigestMismatch,
    /// There is no signature of ours (tag `certbridge`).
    SignatureMissing,
    /// The signature fields cannot be read, or there are two signatures of ours.
    SignatureMalformed { reason: String },
    /// The signature does not cover what it must.
    ComponentMissing { name: String },
    /// The signature covers something that this profile does not know.
    ComponentUnknown { name: String },
    /// The signature covers one thing twice.
    ComponentTwice { name: String },
    /// The signature names another algorithm than that of the key.
    AlgorithmMismatch { named: String, key: &'static str },
    /// The signature was made too long ago.
    SignatureTooOld { created: Timestamp },
    /// The signature was made in the future.
    SignatureFromTheFuture { created: Timestamp },
    /// The signature has expired.
    SignatureExpired { expires: Timestamp },
    /// The key is unknown or does not hold, or the signature does not fit.
    Signature(CryptoError),
    /// The message claims another sender than the partner that sent it.
    WrongSender { claimed: String, known: String },
    /// The message is for somebody else.
    WrongRecipient { named: String, ours: String },
    /// The same id came before with another body.
    IdReused { id: String },
    /// The id was made in the future.
    IdFromTheFuture { id: String, made: Timestamp },
    /// The message is older than ids are kept, so that nobody knows whether it came before.
    OlderThanKept { id: String, made: Timestamp },
    /// The receipt cannot be read.
    ReceiptMalformed { reason: String },
    /// The notice of an event cannot be read.
    NoticeMalformed { reason: String },
    /// The receipt is not one for this message.
    ReceiptMismatch { what: &'static str },
    /// We could not sign.
    CannotSign(CryptoError),
    /// We could not write a receipt canonically.
    CannotWrite(InexactNumber),
}

impl MessageError {
    pub(super) fn malformed(name: &str, reason: impl Into<String>) -> Self {
        Self::HeaderMalformed { name: name.to_owned(), reason: reason.into() }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::CannotSign(_) | Self::CannotWrite(_) => Fault::Ours,
            _ => Fault::Partner,
        }
    }

    /// What there is to say of it, in both languages.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let header = |name: &str| Place::Part(format!("header {name}"));
        let signature = || header("signature-input");
        let whole = || Place::Whole;
        match self {
            Self::HeaderMissing { name } => Finding::new("message/header-missing", header(name)).with("name", name),
            Self::HeaderTwice { name } => Finding::new("message/header-twice", header(name)).with("name", name),
            Self::HeaderMalformed { name, reason } => {
                Finding::new("message/header-malformed", header(name)).with("name", name).with("reason", reason)
            }
            Self::HeaderUnknown { name } => Finding::new("message/header-unknown", header(name)).with("name", name),
            Self::Contradiction { reason } => Finding::new("message/contradiction", whole()).with("reason", reason),
            Self::ContentEncoded => Finding::new("message/content-encoded", header("content-encoding")),
            Self::DigestMissing => Finding::new("message/digest-missing", header("content-digest")),
            Self::DigestMismatch => Finding::new("message/digest-mismatch", header("content-digest")),
            Self::SignatureMissing => Finding::new("message/signature-missing", signature()),
            Self::SignatureMalformed { reason } => {
                Finding::new("message/signature-malformed", signature()).with("reason", reason)
            }
            Self::ComponentMissing { name } => {
                Finding::new("message/component-missing", signature()).with("name", name)
            }
            Self::ComponentUnknown { name } => {
                Finding::new("message/component-unknown", signature()).with("name", name)
            }
            Self::ComponentTwice { name } => Finding::new("message/component-twice", signature()).with("name", name),
            Self::AlgorithmMismatch { named, key } => {
                Finding::new("message/algorithm-mismatch", signature()).with("named", named).with("key", key)
            }
            Self::SignatureTooOld { created } => {
                Finding::new("message/signature-too-old", signature()).with("created", created)
            }
            Self::SignatureFromTheFuture { created } => {
                Finding::new("message/signature-from-the-future", signature()).with("created", created)
            }
            Self::SignatureExpired { expires } => {
                Finding::new("message/signature-expired", signature()).with("expires", expires)
            }
            Self::Signature(error) => error.finding(header("signature")),
            Self::WrongSender { claimed, known } => {
                let place = header("certbridge-sender");
                Finding::new("message/wrong-sender", place).with("claimed", claimed).with("known", known)
            }
            Self::WrongRecipient { named, ours } => {
                let place = header("certbridge-recipient");
                Finding::new("message/wrong-recipient", place).with("named", named).with("ours", ours)
            }
            Self::IdReused { id } => Finding::new("message/id-reused", header("certbridge-message-id")).with("id", id),
            Self::IdFromTheFuture { id, made } => {
                let place = header("certbridge-message-id");
                Finding::new("message/id-from-the-future", place).with("id", id).with("made", made)
            }
            Self::OlderThanKept { id, made } => {
                let place = header("certbridge-message-id");
                Finding::new("message/older-than-kept", place).with("id", id).with("made", made)
            }
            Self::ReceiptMalformed { reason } => {
                Finding::new("message/receipt-malformed", whole()).with("reason", reason)
            }
            Self::NoticeMalformed { reason } => {
                Finding::new("message/notice-malformed", whole()).with("reason", reason)
            }
            Self::ReceiptMismatch { what } => Finding::new("message/receipt-mismatch", whole()).with("what", what),
            Self::CannotSign(error) => error.finding(whole()),
            Self::CannotWrite(error) => error.finding(),
        }
    }
}
