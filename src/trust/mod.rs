//! A certificate chain, revocation lists, a partner and a time, judged. Pure: no sockets, no files, no clock.
//!
//! [`identify`] answers whether a chain goes to a CA that the partner registered and bears the registered name; a
//! stranger fails it and is turned away in the handshake. [`judge`] answers whether the partner may act now:
//! revocation lists, the agreement and a suspension come on top. A [`Verdict`] says how long it holds and of which
//! generation of trust it is; a [`Standing`] keeps it for a connection. Not here: the handshake itself (`tls`) and
//! what a partner may say (`exchange`).

mod anchors;
mod book;
mod certificate;
mod judge;
mod party;
mod path;
mod refusal;
mod revocations;
mod standing;

pub use anchors::{AnchorError, Anchors};
pub use book::{BookError, TrustBook};
pub use certificate::Certificate;
pub use judge::{Verdict, identify, judge};
pub use party::{PartyTrust, RegisteredName, RevocationException, Role, Suspension};
pub use path::{LONGEST_CHAIN, Path};
pub use refusal::{Fault, Refusal};
pub use revocations::{Revocations, RevocationsError};
pub use standing::Standing;

pub use rustls_pki_types::CertificateDer;

use std::time::Duration;

use rustls_pki_types::UnixTime;

use crate::clock::Timestamp;

/// How far the clocks of two machines may differ where a list or a message is dated by one and read by the other.
pub const CLOCK_SKEW_SECONDS: i64 = 300;

fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.unix()).unwrap_or(0)))
}
