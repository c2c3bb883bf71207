//! The listener for whoever operates the gateway.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// `[operator]`: a listener of this machine alone, without TLS: whoever can log in here may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// `operator.address`: a loopback address and a port; port 0 takes a free one. `CERTBRIDGE_OPERATOR__ADDRESS`.
    pub address: SocketAddr,
}
