//! What a house does on the side while it serves: first answers that nobody can ask for any more are forgotten, and bulk
//! events that nobody will tell again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::exchange::{Exchange, KEPT_SECONDS};
use crate::registry::{BulkDocument, RegistryError};

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
        let (looking, old) = (exchange.clone(), before);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || forget_untaken(&looking, old)).await {
            tracing::error!(%error, "bulk events that were never taken could not be forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            told = stop.changed() => if told.is_err() { return },
        }
    }
}

/// Forgets bulk events of partners that were begun and never told again: nobody can tell them any more.
fn forget_untaken(exchange: &Exchange, before: Timestamp) -> Result<(), RegistryError> {
    for row in exchange.store().bulk_events(true)? {
        let untaken = row.effective_at.is_none() && row.begun_at < before;
        if untaken && BulkDocument::read(&row)?.partner.is_some() {
            exchange.registry().bulk_drop(&row.id)?;
        }
    }
    Ok(())
}
