//! The use cases with partners: partner book, outbox, inbox, subscription.

mod book;
mod partner;

pub use book::{BookError, Entry, PartnerBook, read_partner};
pub use partner::{Agreement, Assertable, MessageKey, Partner, Role, Subscription, Suspended};
