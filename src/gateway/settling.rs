//! Settling events that touch many certificates: those that a partner has told of, and those whose command was ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::exchange::Exchange;
use crate::registry::RegistryError;

/// How often it is looked whether there is something to settle.
const EVERY: Duration = Duration::from_secs(1);

/// Settles what is in effect until told to stop.
pub(super) async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    // How far each event was when it was looked at last: what moves on is being settled by somebody else.
    let mut seen: HashMap<String, u64> = HashMap::new();
    while !*stop.borrow() {
        let (looking, before) = (exchange.clone(), std::mem::take(&mut seen));
        let looked = tokio::task::spawn_blocking(move || settle(&looking, &before)).await;
        match looked {
            Ok(Ok(now)) => seen = now,
            Ok(Err(error)) => tracing::error!(%error, "certificates of a bulk event could not be settled"),
            Err(_) => return,
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            told = stop.changed() => if told.is_err() { return },
        }
    }
}

/// Settles what has not moved on since the last look; gives how far each is now.
fn settle(exchange: &Exchange, before: &HashMap<String, u64>) -> Result<HashMap<String, u64>, RegistryError> {
    let mut now = HashMap::new();
    for row in exchange.store().bulk_events(true)?.into_iter().filter(crate::store::BulkRow::is_unsettled) {
        if before.get(&row.id) == Some(&row.settled) {
            let messages = exchange.registry().bulk_settle(&row.id, &mut |_| {})?;
            tracing::info!(event = row.id, members = row.members, messages, "a bulk event was settled");
        } else {
            now.insert(row.id, row.settled);
        }
    }
    Ok(now)
}
