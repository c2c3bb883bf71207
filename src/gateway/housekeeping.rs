//! What a house does on the side while it serves: first answers that nobody can ask for any more are forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::exchange::{Exchange, KEPT_SECONDS};

/// How often it is looked whether there is something to do.
const EVERY: Duration = Duration::from_hours(1);

/// Keeps house until told to stop.
pub(super) async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let before = exchange.now().plus_seconds(-KEPT_SECONDS);
        match exchange.store().forget_inbox(before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "first answers older than they are kept were forgotten"),
            Err(error) => tracing::error!(%error, "old answers could not be forgotten"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            told = stop.changed() => if told.is_err() { return },
        }
    }
}
