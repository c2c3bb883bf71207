//! One attempt to bring a message to a partner, and what became of it.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::message::{Fields, Outcome, SignedReceipt};

use super::book::Entry;
use super::client::CallError;
use super::exchange::Exchange;
use super::frozen::Frozen;
use super::outbox::MESSAGES;

/// What became of one attempt.
pub(super) enum Attempt {
    /// The receiver has it.
    Delivered(Box<SignedReceipt>),
    /// The receiver's answer is final.
    Final { error: String, receipt: Box<SignedReceipt> },
    /// Nothing that we could send will ever do.
    Never(String),
    /// The link, or a receiver that cannot now. Without a time, after a pause that grows with its attempts.
    Later { error: String, at: Option<Timestamp> },
    /// We are stopping: it is sent again later, as it is.
    GivenBack,
}

/// Posts the message and reads what comes back. The connection is judged before it is used, and before the receipt is
/// believed.
pub(super) async fn post(exchange: &Exchange, entry: &Entry, frozen: &Frozen, fields: &Fields) -> Attempt {
    let partner = entry.partner.id.as_str();
    let broken = |error: String| {
        let at = exchange.links.failed(partner, exchange.now(), exchange.entropy.as_ref());
        Attempt::Later { error, at: Some(at) }
    };
    let client = match exchange.client(partner) {
        Ok(client) => client,
        Err(error) => return broken(error.to_string()),
    };
    let judge = || client.judge(exchange.book().trust(), exchange.now());
    if let Err(refusal) = judge() {
        exchange.forget_client(partner);
        return broken(format!("the partner's endpoint is refused: {refusal}"));
    }
    let url = format!("{}{MESSAGES}", entry.partner.address.as_deref().unwrap_or_default().trim_end_matches('/'));
    let answer = match client.post(&url, fields, frozen.body.clone()).await {
        Ok(answer) => answer,
        Err(error) => {
            if matches!(error, CallError::Refused(_)) {
                exchange.forget_client(partner);
            }
            return broken(error.to_string());
        }
    };
    if let Err(refusal) = judge() {
        exchange.forget_client(partner);
        return broken(format!("the partner's receipt is not believed: {refusal}"));
    }
    exchange.links.answered(partner);
    let later = |error: String| Attempt::Later { error, at: None };
    if answer.status != 200 {
        let said: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        let asked = answer.retry_after.map(|seconds| Duration::from_secs(seconds.max(1)));
        let at = asked.map(|pause| exchange.now().plus(pause.min(exchange.pacing.longest_asked)));
        return Attempt::Later { error: format!("HTTP {}: {said}", answer.status), at };
    }
    let receipt = match SignedReceipt::parse(&answer.body) {
        Ok(receipt) => receipt,
        Err(error) => return later(format!("the answer is no receipt: {error}")),
    };
    let body = Digest::sha256(&frozen.body);
    if let Err(error) = receipt.verify_for(&entry.message_keys, &frozen.envelope, &body, &frozen.signatures) {
        return later(format!("the receipt is not for this message: {error}"));
    }
    match receipt.receipt().outcome {
        Outcome::Delivered | Outcome::DeliveredWithWarnings => Attempt::Delivered(Box::new(receipt)),
        Outcome::NotReadable | Outcome::Refused => {
            let said = receipt.receipt().findings.iter().map(|finding| finding.message.en.clone()).collect::<Vec<_>>();
            Attempt::Final { error: said.join("; "), receipt: Box::new(receipt) }
        }
    }
}
