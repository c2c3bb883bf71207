//! The outbox: workers lease what is due, send it, and keep the receipt.
//!
//! One worker a partner, so that partners do not wait for one another. A message is fixed and committed before it leaves
//! (`outgoing`), so that a killed process sends the same bytes again under the same id. What the link does not bring
//! through is tried again with growing pauses; what the receiver refuses is a dead letter at once, with its reason.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Fuse, FusedFuture as _};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::ledger::EventKind;
use crate::store::{
    Change, Direction, EventWrite, ExchangedVersion, Lease, NotCommitted, OutboxEntry, OutboxFilter, OutboxState,
    OutboxStep, OutboxUpdate, PartnerId, Stale, Write,
};

use super::attempt::{Attempt, post};
use super::book::Entry;
use super::exchange::Exchange;
use super::frozen::Frozen;
use super::outgoing::prepare;
use super::set_back::{Look, SetBack, TOLERATED};

/// Where messages are posted.
pub const MESSAGES: &str = "/exchange/v1/messages";
/// How often the outbox is looked at when nobody wakes it: another process may have written to the store.
const LOOK: Duration = Duration::from_millis(400);
/// The same while the disk is full: each look is a try to write.
const LOOK_WHILE_FULL: Duration = Duration::from_secs(10);
/// Messages to one partner under way at a time.
const IN_FLIGHT: usize = 64;
/// One of so many parts of them is leased at a time, at least.
const PARTS: usize = 4;
/// How long attempts under way are waited for when we are told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// Attempts before which no message is given up.
const LEAST_ATTEMPTS: u32 = 20;
/// How long a message is tried at least, in seconds: a partner may be away over a long weekend.
const GIVEN_UP_AFTER: i64 = 4 * 24 * 3600;

/// Sends what is due until told to stop; then gives back what it holds.
pub async fn run(exchange: Arc<Exchange>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = resume(&exchange).await {
        tracing::error!(%error, "what an earlier process was sending could not be taken up again");
    }
    let mut set_back = SetBack::default();
    let mut workers = JoinSet::new();
    let mut busy: HashMap<Id, PartnerId> = HashMap::new();
    while !stopping(&stop) {
        let woken = exchange.woken();
        if let Some(look) = set_back.at(exchange.now(), tokio::time::Instant::now()) {
            recall(&exchange, look).await;
        }
        let look = if exchange.store().is_full() { LOOK_WHILE_FULL.min(exchange.pacing.longest_pause) } else { LOOK };
        match due(&exchange).await {
            Ok(partners) => {
                for partner in partners {
                    if busy.values().all(|other| *other != partner) && room(&exchange, &partner) > 0 {
                        let worker = workers.spawn(serve(exchange.clone(), partner.clone(), stop.clone()));
                        busy.insert(worker.id(), partner);
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the outbox could not be read"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(look) => {}
            Some(done) = workers.join_next_with_id() => {
                busy.remove(&done.map_or_else(|error| error.id(), |(id, ())| id));
            }
            // The one who could tell us to stop is gone, or has told us.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    while workers.join_next().await.is_some() {}
}

/// True when told to stop, or when nobody is left who could tell.
fn stopping(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Gives back what an earlier process of this house had leased: it is due at once, and goes out under the same id with the
/// same bytes.
async fn resume(exchange: &Arc<Exchange>) -> Result<(), NotCommitted> {
    for state in [OutboxState::Leased, OutboxState::Sent] {
        let mut after = None;
        loop {
            let filter =
                OutboxFilter { state: Some(state), after: after.take(), limit: 500, ..OutboxFilter::default() };
            let held = crate::store::off_reactor(exchange.store().clone(), move |store| store.outbox(&filter)).await?;
            let Some(last) = held.last() else { break };
            after = Some(last.id.clone());
            for message in held {
                let step = OutboxStep::Release;
                let update = OutboxUpdate { id: message.id, expected: message.revision, at: exchange.now(), step };
                match exchange.store().submit(Change::new(vec![Write::Outbox(update)])).await {
                    Ok(_) | Err(NotCommitted::Stale(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(())
}

/// Takes back what was put off by a clock that was ahead.
async fn recall(exchange: &Arc<Exchange>, look: Look) {
    let now = exchange.now();
    match exchange.store().recall(now, now.plus(TOLERATED)).await {
        Ok(0) => {}
        Ok(count) => tracing::warn!(count, "the clock was set back: messages that it had put off are due now"),
        Err(error) => tracing::error!(%error, "what a wrong clock put off could not be taken back"),
    }
    if look == Look::Behind {
        exchange.links.forget();
    }
}

/// The partners that something is due to.
async fn due(exchange: &Arc<Exchange>) -> Result<Vec<PartnerId>, NotCommitted> {
    let now = exchange.now();
    crate::store::off_reactor(exchange.store().clone(), move |store| Ok(store.partners_due(now)?)).await
}

/// How many messages may be under way to the partner now: none to one that is suspended, has no address, or was not
/// reached a moment ago.
fn room(exchange: &Exchange, partner: &PartnerId) -> usize {
    let now = exchange.now();
    match exchange.book().entry(&partner.0) {
        Some(entry) if entry.partner.may_be_sent_to(now) => exchange.links.room(&partner.0, now, IN_FLIGHT),
        _ => 0,
    }
}

/// Sends one partner what is due to it, until nothing is. A lease is a commit: it is made beside what is under way, and for a
/// good part of the messages at a time.
async fn serve(exchange: Arc<Exchange>, partner: PartnerId, stop: watch::Receiver<bool>) {
    let mut under_way = FuturesUnordered::new();
    let mut leasing = pin!(Fuse::terminated());
    // Told from the moment that it was made, whether it is looked at or not.
    let mut woken = pin!(exchange.woken());
    let (mut told, mut more) = (true, true);
    loop {
        let most = room(&exchange, &partner);
        let free = most.saturating_sub(under_way.len());
        let is_time = told || (more && (under_way.is_empty() || free >= most.div_ceil(PARTS)));
        let entry = exchange.book().entry(&partner.0).cloned();
        if let (Some(entry), true) = (entry, is_time && free > 0 && leasing.is_terminated() && !stopping(&stop)) {
            told = false;
            let (exchange, partner) = (&exchange, &partner);
            leasing.set(async move { (entry, lease(exchange, partner, free).await) }.fuse());
        }
        if under_way.is_empty() && leasing.is_terminated() {
            return;
        }
        tokio::select! {
            biased;
            (entry, leased) = &mut leasing => match leased {
                Ok(leased) => {
                    more = !leased.is_empty();
                    let sending = leased.into_iter();
                    under_way.extend(sending.map(|message| send(&exchange, entry.clone(), message, stop.clone())));
                }
                Err(error) => {
                    more = false;
                    tracing::error!(%error, %partner, "the outbox could not be leased");
                }
            },
            // Something urgent may have come up while others are under way.
            () = &mut woken => {
                told = true;
                woken.set(exchange.woken());
            }
            Some(sent) = under_way.next() => match sent {
                // Somebody else has moved the message on: it is theirs now.
                Ok(()) | Err(NotCommitted::Stale(_)) => {}
                Err(error) => tracing::error!(%error, %partner, "what became of a message could not be written"),
            },
        }
    }
}

async fn lease(exchange: &Exchange, partner: &PartnerId, room: usize) -> Result<Vec<OutboxEntry>, NotCommitted> {
    let now = exchange.now();
    let until = now.plus(exchange.pacing.lease);
    let limit = u32::try_from(room).unwrap_or(u32::MAX);
    exchange.store().lease(Lease { partner: partner.clone(), now, until, limit }).await
}

/// One attempt at one message, from rendering to its receipt.
async fn send(
    exchange: &Arc<Exchange>,
    entry: Arc<Entry>,
    message: OutboxEntry,
    mut stop: watch::Receiver<bool>,
) -> Result<(), NotCommitted> {
    let prepared = {
        let desk = exchange.desks.acquire().await;
        let (exchange, entry, message) = (exchange.clone(), entry.clone(), message.clone());
        let prepared = tokio::task::spawn_blocking(move || prepare(&exchange, &entry, &message)).await;
        drop(desk);
        prepared
    };
    let prepared = match prepared {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(attempt)) => return conclude(exchange, &message, message.revision, None, attempt).await,
        // The runtime is shutting down, or rendering panicked: tried again when the lease is over.
        Err(_) => return Ok(()),
    };
    let now = exchange.now();
    let freeze = OutboxStep::Freeze { bytes: prepared.bytes, lease_until: now.plus(exchange.pacing.lease) };
    let update = OutboxUpdate { id: message.id.clone(), expected: message.revision, at: now, step: freeze };
    exchange.store().submit(Change::new(vec![Write::Outbox(update)]).urgently()).await?;
    let attempt = tokio::select! {
        attempt = post(exchange, &entry, &prepared.frozen, &prepared.fields) => attempt,
        () = grace_is_over(&mut stop) => Attempt::GivenBack,
    };
    conclude(exchange, &message, message.revision + 1, Some(&prepared.frozen), attempt).await
}

/// Ends some time after we were told to stop.
async fn grace_is_over(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
    tokio::time::sleep(GRACE).await;
}

/// Writes down what became of an attempt.
async fn conclude(
    exchange: &Exchange,
    message: &OutboxEntry,
    revision: u32,
    frozen: Option<&Frozen>,
    attempt: Attempt,
) -> Result<(), NotCommitted> {
    let now = crate::store::whole_micros(exchange.now());
    let partner = &message.partner;
    let mut beside = Vec::new();
    let step = match attempt {
        Attempt::Delivered(receipt) => {
            tracing::info!(message = message.id, %partner, subject = message.subject, "delivered");
            if let Some(frozen) = frozen {
                beside = sent(message, frozen, now);
            }
            OutboxStep::Delivered { receipt: receipt.to_json().unwrap_or_default() }
        }
        Attempt::Final { error, receipt } => {
            tracing::warn!(message = message.id, %partner, %error, "refused by the receiver");
            OutboxStep::Dead { error, receipt: receipt.to_json().ok() }
        }
        Attempt::Never(error) => {
            tracing::error!(message = message.id, %partner, %error, "cannot be sent");
            OutboxStep::Dead { error, receipt: None }
        }
        Attempt::Later { error, .. } if is_given_up(message, now) => {
            tracing::error!(message = message.id, %partner, %error, "given up");
            OutboxStep::Dead { error, receipt: None }
        }
        Attempt::Later { error, at } => {
            tracing::warn!(message = message.id, %partner, %error, "will be tried again");
            let own = now.plus(exchange.links.pause(message.attempts, exchange.entropy.as_ref()));
            OutboxStep::Failed { error, next_attempt_at: at.unwrap_or(own) }
        }
        Attempt::GivenBack => OutboxStep::Release,
    };
    let update = Write::Outbox(OutboxUpdate { id: message.id.clone(), expected: revision, at: now, step });
    loop {
        let writes = std::iter::once(update.clone()).chain(beside.iter().cloned()).collect();
        match exchange.store().submit(Change::new(writes).urgently()).await {
            // A later version arrived before this one: that is what the partner has, and this one is through as well.
            Err(NotCommitted::Stale(Stale::Exchanged { .. })) if !beside.is_empty() => {
                beside.retain(|write| !matches!(write, Write::Exchanged(_)));
            }
            outcome => return outcome.map(|_| ()),
        }
    }
}

/// True where a message has been tried often enough and long enough.
fn is_given_up(message: &OutboxEntry, now: Timestamp) -> bool {
    message.attempts + 1 >= LEAST_ATTEMPTS && message.created_at.plus_seconds(GIVEN_UP_AFTER) <= now
}

/// What is written down of a message that arrived: its version, and a leaf of the ledger.
fn sent(message: &OutboxEntry, frozen: &Frozen, at: Timestamp) -> Vec<Write> {
    let state = frozen.envelope.state;
    let mut writes = vec![Write::Event(EventWrite {
        kind: EventKind::MessageSent,
        subject: message.subject.clone(),
        version: state.map(|_| message.version),
        digest: Digest::sha256(&frozen.body),
        at,
        prepared: None,
    })];
    // A notice has no version.
    writes.extend(state.map(|state| {
        Write::Exchanged(ExchangedVersion {
            partner: message.partner.clone(),
            subject: message.subject.clone(),
            face: message.face,
            direction: Direction::Sent,
            version: u32::try_from(state.version).unwrap_or(message.version),
            message_id: message.id.clone(),
            at,
        })
    }));
    writes
}
