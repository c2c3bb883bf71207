//! The two listeners' configurations: `public` asks for no client certificate, `partner` demands one.
//!
//! The partner listener turns a stranger away in the handshake. A known partner whose certificate is revoked, or whose
//! lists are stale, or who is suspended, gets through, so that it can be told why it is refused: whoever serves the
//! connection judges it (`trust::Standing`).

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, ServerConfig, ServerConnection, SignatureScheme,
};

use super::current::{Current, Material};
use super::{HandshakeClock, PROTOCOLS, alert, instant, provider};
use crate::clock::Clock;

/// Shows one of the identities in force.
#[derive(Debug)]
struct Shows {
    current: Arc<Current>,
    identity: fn(&Material) -> &super::Identity,
}

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some((self.identity)(&self.current.load()).0.clone())
    }
}

/// Lets known partners in, and strangers not.
#[derive(Debug)]
struct KnownPartners {
    current: Arc<Current>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for KnownPartners {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hints: who our partners' CAs are is nobody's business before the handshake, and they may be reloaded.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity.clone()).chain(intermediates.iter().cloned()).collect();
        match self.current.book().recognise(&chain, instant(now)?) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(refusal) => {
                tracing::info!(code = refusal.code(), reason = %refusal, "a stranger was turned away in the handshake");
                Err(alert(&refusal))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn without_resumption(mut config: ServerConfig) -> ServerConfig {
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    config
}

/// The configuration of the public listener.
///
/// # Errors
/// Where the crypto library offers no TLS 1.3.
pub fn public_server(current: &Arc<Current>, clock: Arc<dyn Clock>) -> Result<ServerConfig, Error> {
    let resolver = Shows { current: current.clone(), identity: |material| &material.public };
    let config = ServerConfig::builder_with_details(provider(), Arc::new(HandshakeClock(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    Ok(without_resumption(config))
}

/// The configuration of the partner listener.
///
/// # Errors
/// Where the crypto library offers no TLS 1.3.
pub fn partner_server(current: &Arc<Current>, clock: Arc<dyn Clock>) -> Result<ServerConfig, Error> {
    let resolver = Shows { current: current.clone(), identity: |material| &material.partner };
    let verifier = KnownPartners { current: current.clone(), provider: provider() };
    let config = ServerConfig::builder_with_details(provider(), Arc::new(HandshakeClock(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(resolver));
    Ok(without_resumption(config))
}

/// The chain that the other end of a connection presented, its own certificate first; empty where it had to present
/// none.
#[must_use]
pub fn peer_chain(connection: &ServerConnection) -> Vec<CertificateDer<'static>> {
    connection.peer_certificates().map(<[_]>::to_vec).unwrap_or_default()
}
