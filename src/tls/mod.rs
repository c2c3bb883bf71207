//! rustls configuration: handshake, identities, reload.
