//! certbridge: a gateway that takes in domestic certification records, maps them to and from foreign formats,
//! validates them, and exchanges them with partner registries over mutual TLS.
//!
//! The rooms stand in the order of the house: a room uses only rooms above it (`tests/architecture.rs` holds that).
//! Where an upper room needs what only a lower one can give, the upper room owns the trait. Without the feature
//! `gateway` the pure half remains: everything that touches neither disk nor socket.

#![forbid(unsafe_code)]

pub mod clock;
pub mod codes;
#[cfg(feature = "gateway")]
pub mod command;
pub mod config;
pub mod credential;
pub mod crypto;
pub mod document;
#[cfg(feature = "gateway")]
pub mod exchange;
#[cfg(test)]
pub(crate) mod testing;

pub mod finding;
pub mod format;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod ledger;
pub mod mapping;
pub mod message;
pub mod recognition;
pub mod record;
#[cfg(feature = "gateway")]
pub mod registry;
pub mod release;
pub mod rules;
pub mod schema;
#[cfg(feature = "gateway")]
pub mod store;
#[cfg(feature = "gateway")]
pub mod tls;
pub mod trust;
#[cfg(feature = "gateway")]
pub mod web;
