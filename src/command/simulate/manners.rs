//! What the misbehaviours do to the answers to messages, each told in plain words.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::misbehaviour::Misbehaviour;
use crate::clock::SystemEntropy;
use crate::command::{Failure, terminal};
use crate::crypto::{Algorithm, Signer as _, SigningKey};
use crate::finding::Severity;
use crate::message::SignedReceipt;
use crate::web::{Answer, Manners};

/// Bad manners: each befalls the first answers to a message, one after the other.
pub(super) struct BadManners {
    /// Those that befall an answer.
    of_answers: Vec<Misbehaviour>,
    late: Duration,
    /// A key that nobody registered.
    stray: SigningKey,
    /// How often each message was answered.
    answered: Mutex<HashMap<String, usize>>,
}

impl BadManners {
    /// Manners with these misbehaviours.
    pub(super) fn new(all: &[Misbehaviour], late: Duration) -> Result<Self, Failure> {
        use Misbehaviour::{Duplicate, Error, Garbage, LateReceipt, Skew, StaleCrl, Truncate, WrongSigner};
        let of_answers = all.iter().copied().filter(|one| match one {
            LateReceipt | WrongSigner | Truncate | Garbage | Error => true,
            StaleCrl | Skew | Duplicate => false,
        });
        let stray = SigningKey::generate(Algorithm::Ed25519, &SystemEntropy);
        let stray = stray.map_err(|error| Failure::environment(&error))?;
        let name = stray.public_key().multikey();
        Ok(Self { of_answers: of_answers.collect(), late, stray: stray.named(name), answered: Mutex::default() })
    }

    /// The receipt with a signature by the stray key; what is no receipt stays as it is.
    fn signed_by_another(&self, body: &[u8]) -> Option<Vec<u8>> {
        let receipt = SignedReceipt::parse(body).ok()?;
        receipt.receipt().clone().sign(&self.stray).ok()?.to_json().ok()
    }
}

impl Manners for BadManners {
    fn answer(&self, mut answer: Answer) -> Answer {
        let nth = {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            let count = answered.entry(answer.message_id.clone()).or_default();
            *count += 1;
            *count - 1
        };
        let outcome = match SignedReceipt::parse(&answer.body) {
            Ok(receipt) => {
                let receipt = receipt.receipt();
                // Notes tell what became of each leaf; they stand in the receipt.
                let weighty = receipt.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
                let said: Vec<&str> = weighty.map(|finding| finding.message.en.as_str()).collect();
                let why = if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) };
                let outcome = serde_json::to_value(receipt.outcome).unwrap_or_default();
                format!("{}{why}", outcome.as_str().unwrap_or_default())
            }
            Err(_) => format!("HTTP {}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
        };
        let misbehaviour = self.of_answers.get(nth).copied().filter(|_| answer.status == 200);
        let beside = match misbehaviour {
            Some(Misbehaviour::LateReceipt) => {
                answer.delay = self.late;
                "; late-receipt: held back"
            }
            Some(Misbehaviour::WrongSigner) => match self.signed_by_another(&answer.body) {
                Some(body) => {
                    answer.body = body;
                    "; wrong-signer: signed by another key"
                }
                None => "",
            },
            Some(Misbehaviour::Truncate) => {
                answer.cut = true;
                "; truncate: cut off in the middle"
            }
            Some(Misbehaviour::Garbage) => {
                answer.body = b"{\"thanks\": true}".to_vec();
                "; garbage: something else in its place"
            }
            Some(Misbehaviour::Error) => {
                answer.status = 500;
                answer.body = b"{\"title\": \"simulated\", \"status\": 500}".to_vec();
                "; error: 500 in its place"
            }
            _ => "",
        };
        let again = if nth > 0 { format!(", try {}", nth + 1) } else { String::new() };
        let subject = answer.subject.as_deref().unwrap_or("");
        terminal::line(format!(
            "in   {} {subject} {}{again}: {outcome}{beside}",
            answer.message_type, answer.message_id
        ));
        answer
    }
}
