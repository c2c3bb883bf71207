//! The use cases with partners: partner book, outbox, inbox, subscription.
//!
//! [`Exchange`] holds what they share. `render` and `outgoing` make what leaves, [`outbox`] sends it (`attempt`, over a
//! `link` that may be broken) and keeps receipts, `inbox` takes
//! what comes (`reading`) and gives them. Not here: HTTP servers (`web`), what a message looks like (`message`), whom to trust
//! (`trust`).

mod attempt;
mod book;
mod client;
#[expect(clippy::module_inception, reason = "the noun of the room")]
mod exchange;
mod frozen;
mod house;
mod inbox;
mod link;
pub mod outbox;
mod outgoing;
mod partner;
mod reading;
mod render;

pub use book::{BookError, Entry, PartnerBook, read_partner};
pub use client::CallError;
pub use exchange::{Exchange, Parts, ReloadError, SharedBook};
pub use frozen::{Frozen, Unreadable};
pub use house::House;
pub use inbox::{Arrived, KEPT_SECONDS, NoReceipt};
pub use partner::{Agreement, Assertable, MessageKey, Partner, Role, Subscription, Suspended};
pub use render::{Rendered, STATUS_FORMAT, Unsendable, render};
