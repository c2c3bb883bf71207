//! Sending a message again that has arrived: what a partner in a box does to see that the other end takes it once.

use std::sync::Arc;

use super::attempt::{Attempt, post};
use super::exchange::Exchange;
use super::outgoing::prepare;

impl Exchange {
    /// Sends a message of the outbox again, with the same id and bytes and a fresh signature; nothing is written down. Gives
    /// the bytes of the receipt.
    ///
    /// # Errors
    ///
    /// There is no such message, or no receipt came, in words.
    pub async fn send_again(self: &Arc<Self>, id: &str) -> Result<Vec<u8>, String> {
        let message = self.store().outbox_entry(id).map_err(|error| error.to_string())?;
        let message = message.ok_or("no such message")?;
        let entry = self.book().entry(&message.partner.0).cloned().ok_or("no such partner")?;
        let words = |attempt: Attempt| match attempt {
            Attempt::Final { error, .. } | Attempt::Never(error) | Attempt::Later { error, .. } => error,
            Attempt::Delivered(_) | Attempt::GivenBack => "it was not sent".to_owned(),
        };
        let (exchange, of) = (self.clone(), entry.clone());
        let prepared = tokio::task::spawn_blocking(move || prepare(&exchange, &of, &message)).await;
        let prepared = prepared.map_err(|error| error.to_string())?.map_err(words)?;
        match post(self, &entry, &prepared.frozen, &prepared.fields).await {
            Attempt::Delivered(receipt) => receipt.to_json().map_err(|error| error.to_string()),
            other => Err(words(other)),
        }
    }
}
