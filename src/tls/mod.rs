//! rustls configuration: handshake, identities, reload. TLS 1.3 only, aws-lc-rs, the post-quantum hybrid key exchange
//! first, no resumption in either direction: a resumed session would outlive a revocation.
//!
//! Every configuration points to one [`Current`], whose [`Material`] is swapped as a whole. What a partner's chain is
//! worth is judged by `trust`; certificates are made by [`pki`].

mod client;
mod current;
mod identity;
pub mod pki;
mod server;

pub use client::{PartnerConnections, partner_client};
pub use current::{Current, Material, StaleGeneration};
pub use identity::{Identity, IdentityError};
pub use server::{partner_server, peer_chain, public_server};

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, Error};

use crate::clock::{Clock, Timestamp};
use crate::trust::Refusal;

/// The protocols of the application layer that we speak, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The cryptography of every connection: aws-lc-rs, with X25519MLKEM768 before the classical groups.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let groups = [
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ];
        Arc::new(CryptoProvider { kx_groups: groups.to_vec(), ..aws_lc_rs::default_provider() })
    });
    PROVIDER.clone()
}

/// The house's clock, as rustls asks for it.
struct HandshakeClock(Arc<dyn Clock>);

impl fmt::Debug for HandshakeClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandshakeClock")
    }
}

impl TimeProvider for HandshakeClock {
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.0.now().unix()).ok().map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The instant that rustls hands to a verifier.
fn instant(now: UnixTime) -> Result<Timestamp, Error> {
    i64::try_from(now.as_secs()).ok().and_then(Timestamp::from_unix).ok_or(Error::FailedToGetCurrentTime)
}

/// The refusal as rustls knows it, so that the other end is sent the alert that fits.
fn alert(refusal: &Refusal) -> Error {
    let certificate = match refusal {
        Refusal::NoCertificate => return Error::NoCertificatesPresented,
        Refusal::Malformed { .. } => CertificateError::BadEncoding,
        Refusal::UnknownIssuer { .. }
        | Refusal::AuthorityNotYet { .. }
        | Refusal::AuthorityOver { .. }
        | Refusal::SelfSigned { .. }
        | Refusal::ChainTooLong { .. } => CertificateError::UnknownIssuer,
        Refusal::BadSignature { .. } | Refusal::WeakKey { .. } => CertificateError::BadSignature,
        Refusal::Expired { .. } => CertificateError::Expired,
        Refusal::NotYetValid { .. } => CertificateError::NotValidYet,
        Refusal::WrongName { .. } | Refusal::AmbiguousName { .. } => CertificateError::NotValidForName,
        Refusal::WrongUsage { .. } => CertificateError::InvalidPurpose,
        Refusal::Revoked { .. } => CertificateError::Revoked,
        Refusal::RevocationListMissing { .. } | Refusal::RevocationListUnusable { .. } => {
            CertificateError::UnknownRevocationStatus
        }
        Refusal::RevocationListStale { .. } | Refusal::RevocationListNotYetValid { .. } => {
            CertificateError::ExpiredRevocationList
        }
        _ => CertificateError::ApplicationVerificationFailure,
    };
    Error::InvalidCertificate(certificate)
}
