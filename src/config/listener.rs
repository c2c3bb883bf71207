//! Where we listen.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[partner]` and `[public]`: an HTTPS listener.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listener {
    /// `partner.address`: address and port; port 0 takes a free one. `CERTBRIDGE_PARTNER__ADDRESS`.
    pub address: SocketAddr,
    /// `partner.certificate`: our certificate and its chain, PEM. It is shown to partners as a server and as a client.
    pub certificate: PathBuf,
    /// `partner.key`: its private key, PKCS#8 PEM.
    pub key: PathBuf,
    /// `partner.workers`: threads that serve requests; 0 takes one a core.
    pub workers: usize,
    /// `partner.longest_body`: bytes that a request may have.
    pub longest_body: usize,
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)),
            certificate: "tls/gateway.pem".into(),
            key: "tls/gateway-key.pem".into(),
            workers: 0,
            longest_body: 1024 * 1024,
        }
    }
}
