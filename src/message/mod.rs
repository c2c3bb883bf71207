//! What is exchanged between gateways: envelope (`certbridge-*` header fields), digest of the body (RFC 9530), HTTP
//! message signature (RFC 9421) and receipt. Built and checked, pure.
//!
//! [`seal`] makes the header fields of a message, [`open`] checks those of a message that came in: digest, signature,
//! envelope, in that order of doubt. Not here: which partner may say what (`exchange`), and documents (`format`).

mod answer;
mod bulk;
mod digest;
mod document;
mod envelope;
mod error;
mod fields;
mod kind;
mod percent;
mod receipt;
mod repeat;
mod signature;
mod structured;
#[cfg(test)]
mod tests;
mod unique;

pub use answer::{Asked, seal_answer};
pub use bulk::{BULK_FORMAT, BulkNotice, BulkNoticeMember};
pub use digest::{check_content_digest, content_digest};
pub use document::{sign_document, strict_json, verify_document};
pub use envelope::{Envelope, FaceVersion};
pub use error::MessageError;
pub use fields::Fields;
pub use kind::{Face, MessageType};
pub use receipt::{Outcome, RECEIPT_FORM, Receipt, ReportedFinding, SignedReceipt};
pub use repeat::{MalformedMessageId, MessageId, Reception, judge_repeat};
pub use signature::{Freshness, Request, SIGNATURE_TAG, SignatureFields, SigningTime, VerifiedSignature};
pub use signature::{sign, verify};

use crate::clock::Timestamp;
use crate::crypto::{KeySet, Signer};

/// A message that was checked.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the header fields say.
    pub envelope: Envelope,
    /// The signature that covers them and the body.
    pub signature: VerifiedSignature,
}

/// The header fields of a message with this body: envelope, content type, digest and signature. `path` and `query` are
/// those of the address that it is sent to.
///
/// # Errors
/// Where the envelope contradicts itself, or the key does not sign.
pub fn seal(
    envelope: &Envelope,
    body: &[u8],
    method: &str,
    path: &str,
    query: Option<&str>,
    signer: &dyn Signer,
    time: &SigningTime,
) -> Result<Fields, MessageError> {
    let mut fields = envelope.to_fields()?;
    fields.push("content-digest", &content_digest(body))?;
    let made = sign(&Request { method, path, query, fields: &fields, body }, signer, time)?;
    fields.push("signature-input", &made.input)?;
    fields.push("signature", &made.signature)?;
    Ok(fields)
}

/// Checks a message that came in against the sender's keys.
///
/// # Errors
/// What is wrong with it; nothing of it may be believed then.
pub fn open(
    request: &Request<'_>,
    keys: &KeySet,
    freshness: &Freshness,
    now: Timestamp,
) -> Result<Opened, MessageError> {
    let signature = verify(request, keys, freshness, now)?;
    let envelope = Envelope::from_fields(request.fields)?;
    Ok(Opened { envelope, signature })
}
