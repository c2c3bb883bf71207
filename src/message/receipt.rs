//! The receipt: a JSON document that says what became of a message, with a signature of its own, so that it can be kept
//! and checked years later without the HTTP answer that carried it (`document`).

use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::document::{sign_document, signature_of, strict_json, verify_document};
use super::envelope::Envelope;
use super::error::MessageError;
use super::kind::{Face, MessageType};
use super::repeat::MessageId;
use super::signature::VerifiedSignature;
use crate::clock::Timestamp;
use crate::crypto::{Digest, KeySet, Signer, jcs_object};
use crate::finding::{Finding, Message, Severity};

/// The form of the receipt, its first member.
pub const RECEIPT_FORM: &str = "certbridge-receipt/1";

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It took effect.
    Delivered,
    /// It took effect, and there is something to say about it.
    DeliveredWithWarnings,
    /// The document cannot be read; the mended one is a new message.
    NotReadable,
    /// It is not accepted and changed nothing; the mended one is a new message.
    Refused,
}

/// A finding as it was reported to a partner, in the partner's own source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedFinding {
    /// Stable code.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it stands: `text`, and what else the kind of place has.
    pub place: Map<String, Value>,
    /// Its words in both languages.
    pub message: Message,
    /// The values that its words name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// The standard or document behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl From<&Finding> for ReportedFinding {
    fn from(finding: &Finding) -> Self {
        let place = match serde_json::to_value(finding.place()) {
            Ok(Value::Object(place)) => place,
            _ => Map::new(),
        };
        let values = match serde_json::to_value(finding) {
            Ok(Value::Object(mut all)) => match all.remove("values") {
                Some(Value::Object(values)) => values,
                _ => Map::new(),
            },
            _ => Map::new(),
        };
        Self {
            code: finding.code().to_owned(),
            severity: finding.severity(),
            place,
            message: finding.message(),
            values,
            source: finding.source().map(ToOwned::to_owned),
        }
    }
}

/// What became of a message, as its recipient says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// [`RECEIPT_FORM`].
    pub receipt: String,
    /// Id of the message.
    pub message_id: MessageId,
    /// Its type.
    pub message_type: MessageType,
    /// Who sent it.
    pub sender: String,
    /// Who received it and signs this.
    pub recipient: String,
    /// The certificate that it was about, as the header field wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The face that it carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Face>,
    /// The version of that face.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The format of the body.
    pub format: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What there is to say about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ReportedFinding>,
    /// Digest of the body.
    pub payload_digest: Digest,
    /// Digest of the bytes of the signature that covered it.
    pub request_signature: Digest,
    /// Name of the key that made that signature.
    pub request_key_id: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Hash of the leaf that stands for it in the recipient's ledger, as that ledger writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf_hash: Option<String>,
}

impl Receipt {
    /// The receipt for a message; the leaf's hash is filled in by whoever writes the leaf.
    #[must_use]
    pub fn new(
        envelope: &Envelope,
        body: Digest,
        signature: &VerifiedSignature,
        outcome: Outcome,
        findings: &[Finding],
        received_at: Timestamp,
        decided_at: Timestamp,
    ) -> Self {
        Self {
            receipt: RECEIPT_FORM.to_owned(),
            message_id: envelope.id,
            message_type: envelope.kind,
            sender: envelope.sender.clone(),
            recipient: envelope.recipient.clone(),
            subject: envelope.subject.as_ref().map(ToString::to_string),
            face: envelope.state.map(|state| state.face),
            version: envelope.state.map(|state| state.version),
            format: envelope.format.clone(),
            outcome,
            findings: findings.iter().map(ReportedFinding::from).collect(),
            payload_digest: body,
            request_signature: signature.digest(),
            request_key_id: signature.key_id.clone(),
            received_at,
            decided_at,
            leaf_hash: None,
        }
    }

    /// Signs it.
    ///
    /// # Errors
    /// Where the key does not sign: our fault.
    pub fn sign(self, signer: &dyn Signer) -> Result<SignedReceipt, MessageError> {
        let Ok(Value::Object(document)) = serde_json::to_value(&self) else {
            return Err(MessageError::ReceiptMalformed { reason: "not an object".to_owned() });
        };
        let document = sign_document(document, signer)?;
        Ok(SignedReceipt { receipt: self, document })
    }
}

/// A receipt with its signature. What was received is kept as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedReceipt {
    receipt: Receipt,
    document: Map<String, Value>,
}

impl SignedReceipt {
    /// Reads a receipt; its signature is not checked yet.
    ///
    /// # Errors
    /// Where it is no receipt of this form.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let malformed = |error: &dyn std::fmt::Display| MessageError::ReceiptMalformed { reason: error.to_string() };
        // A name that stands twice is refused anywhere in the document: two readers could read two receipts.
        let value = strict_json(json).map_err(|e| malformed(&e))?;
        let Value::Object(document) = value else { return Err(malformed(&"not an object")) };
        if !document.contains_key("signature") {
            return Err(malformed(&"there is no signature"));
        }
        let said = document.iter().filter(|(name, _)| !matches!(name.as_str(), "ledger" | "signature"));
        let members = MapDeserializer::<_, serde_json::Error>::new(said.map(|(name, value)| (name.as_str(), value)));
        let receipt = Receipt::deserialize(members).map_err(|e| malformed(&e))?;
        if receipt.receipt != RECEIPT_FORM {
            return Err(malformed(&format_args!("the form {:?} is not known", receipt.receipt)));
        }
        let read = Self { receipt, document };
        signature_of(&read.document)?;
        Ok(read)
    }

    /// What it says.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The document, for storing and sending: canonical, and so the same bytes each time.
    ///
    /// # Errors
    /// Where what was put beside the signature has no canonical form.
    pub fn to_json(&self) -> Result<Vec<u8>, MessageError> {
        jcs_object(self.document.iter()).map_err(MessageError::CannotWrite)
    }

    /// The same with the leaf's place in the ledger (index, checkpoint, proof) beside the signature, which does not cover
    /// it: the ledger proves itself.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Value) -> Self {
        self.document.insert("ledger".to_owned(), ledger);
        self
    }

    /// The leaf's place in the ledger, if it came along.
    #[must_use]
    pub fn ledger(&self) -> Option<&Value> {
        self.document.get("ledger")
    }

    /// Name of the key that signed it.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.document.get("signature")?.get("keyId")?.as_str()
    }

    /// Checks the signature against the recipient's keys, as they held when it was decided.
    ///
    /// # Errors
    /// Where the key is unknown or did not hold then, or the signature does not fit.
    pub fn verify(&self, keys: &KeySet) -> Result<(), MessageError> {
        verify_document(&self.document, keys, self.receipt.decided_at)
    }

    /// Checks the signature, and that it is the receipt for what we sent: this envelope, this body. `signatures` are the
    /// digests of the signatures under which it was sent, one a try: a repeat is answered with the first receipt.
    ///
    /// # Errors
    /// Where it is not the recipient's, or not for this message.
    pub fn verify_for(
        &self,
        keys: &KeySet,
        envelope: &Envelope,
        body: &Digest,
        signatures: &[Digest],
    ) -> Result<(), MessageError> {
        self.verify(keys)?;
        let receipt = &self.receipt;
        let same = [
            ("messageId", receipt.message_id == envelope.id),
            ("messageType", receipt.message_type == envelope.kind),
            ("sender", receipt.sender == envelope.sender),
            ("recipient", receipt.recipient == envelope.recipient),
            ("subject", receipt.subject == envelope.subject.as_ref().map(ToString::to_string)),
            ("face", receipt.face == envelope.state.map(|state| state.face)),
            ("version", receipt.version == envelope.state.map(|state| state.version)),
            ("format", receipt.format == envelope.format),
            ("payloadDigest", receipt.payload_digest == *body),
            ("requestSignature", signatures.contains(&receipt.request_signature)),
            ("decidedAt", receipt.decided_at >= receipt.received_at),
        ];
        match same.into_iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(MessageError::ReceiptMismatch { what }),
            None => Ok(()),
        }
    }
}
