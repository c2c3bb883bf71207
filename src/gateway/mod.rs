//! Composition: opens the store, starts workers and listeners, drains.
//!
//! [`Gateway::open`] puts a house together from its configuration; the command line works on that alone. [`serve`]
//! starts its listeners and its outbox and gives a handle to stop them. Not here: any rule, any handler.

mod error;
mod expiry;
mod formats;
mod housekeeping;
mod limits;
mod open;
mod rows;
mod scratch;
mod serve;
mod settling;

pub use error::GatewayError;
pub use expiry::notice;
pub use formats::{file_texts, formats};
pub use limits::limits;
pub use open::{Gateway, Surroundings, ledger_origin};
pub use rows::recognition;
pub use scratch::OnDisk;
pub use serve::{Running, serve, serve_with};
