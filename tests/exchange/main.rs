//! Two houses that exchange over real TLS on loopback: what arrives, what is refused, what survives a crash.

#![cfg(feature = "gateway")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod bulk;
mod caller;
mod classes;
mod delivery;
mod disclosure;
mod feed;
mod full;
mod house;
mod letter;
mod limits;
mod matrix;
mod notices;
mod outage;
mod papers;
mod passing_on;
mod probe;
mod proxy;
mod refusals;
mod renewal;
mod restart;
mod rotation;
mod simulated;
mod strangers;
mod verification;
mod who;
