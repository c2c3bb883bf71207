//! Verification: does this certificate cover these goods on that date, and does it count there?
//!
//! The answer is built from separate assertions, each with the way it was judged; the validity is given on every date
//! asked about; what the importing party asks for comes before whether the certificate counts; and every answer says
//! how fresh its source is. The gateway gives facts and reasons: to release, to hold or to refer is the asker's act,
//! and "no record" is never "fake".
//!
//! Pure: the records come through [`Records`], time and chance through the clock and the entropy handed in. Not here:
//! HTTP, the store, the role of the asker (it is handed in as [`Viewer`]).

mod answer;
mod assertions;
mod document;
mod held;
mod lookup;
mod model;
mod party;
mod request;
mod sign;
mod verifier;

pub use answer::{
    Answer, AsOf, Assertion, AssertionName, DatedValidity, DocumentAnswer, DocumentId, LedgerEntry, Method, Recognised,
    StatusCode, Verdict,
};
pub use lookup::{Found, LookupError, Records};
pub use request::{
    AskedDate, AskedDates, Classification, DocumentAsked, GoodsItem, Limits, PartyAsked, Quantity, Request, TypeCode,
    read,
};
pub use sign::{Signature, SignatureInvalid, SigningError, verify_signature};
pub use verifier::Verifier;

use crate::clock::{Clock, Entropy, Timestamp, uuid7};
use crate::crypto::Signer;
use crate::recognition::Recognition;

/// What the asker may see, by the role it was authenticated in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Viewer {
    /// The number that was probably meant: over mutual TLS, to roles that may see it. Else it would be an oracle.
    pub candidates: bool,
    /// The chain of steps behind a recognition.
    pub chain: bool,
}

/// How this house answers.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The party whose gateway this is: ISO 3166 alpha-2, or `EU`.
    pub own_party: String,
    /// How long an answer may be relied on, in seconds, where nothing known ends it earlier.
    pub answer_lifetime: u32,
}

impl Policy {
    /// The policy of a party's gateway: an answer may be relied on for an hour.
    pub fn of(own_party: impl Into<String>) -> Self {
        Self { own_party: own_party.into(), answer_lifetime: 3_600 }
    }
}

/// An answer could not be given: the fault is ours, and nothing is said about any certificate.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// The records could not be looked up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The answer could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// What an answer is made with.
pub struct Verification<'a> {
    /// The records.
    pub records: &'a dyn Records,
    /// The rows that recognition rests on.
    pub recognition: &'a Recognition,
    /// How this house answers.
    pub policy: &'a Policy,
    /// The present.
    pub clock: &'a dyn Clock,
    /// For the id of the answer.
    pub entropy: &'a dyn Entropy,
    /// Signs the answer; none leaves it unsigned.
    pub signer: Option<&'a dyn Signer>,
}

impl Verification<'_> {
    /// Answers a request: one answer for each document of each goods item, in the order asked.
    ///
    /// # Errors
    /// [`VerificationError`], where the store or the key fails: never because of what is asked.
    pub fn answer(&self, request: &Request, viewer: Viewer) -> Result<Answer, VerificationError> {
        let now = self.clock.now();
        let mut answers = Vec::new();
        for item in &request.goods_item {
            for document in &item.additional_document {
                answers.push(self.document(request, item, document, viewer, now)?);
            }
        }
        let until: Timestamp = answers
            .iter()
            .map(|answer: &DocumentAnswer| answer.answer_valid_until)
            .min()
            .unwrap_or_else(|| now.plus_seconds(self.policy.answer_lifetime.into()));
        let mut answer = Answer {
            request_id: request.request_id.clone(),
            answer_id: uuid7(self.clock, self.entropy).to_string(),
            answered_at: now,
            declaration_id: request.declaration_id.clone(),
            answer: answers,
            answer_valid_until: until,
            signature: None,
        };
        if let Some(signer) = self.signer {
            answer.sign(signer)?;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
