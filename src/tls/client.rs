//! The configuration with which we call one partner: its CAs and revocation lists only, our client identity, the host
//! name of its endpoint. A connection that we opened is judged like one that was opened to us.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, Error, PeerIncompatible, SignatureScheme};

use super::current::Current;
use super::{HandshakeClock, PROTOCOLS, alert, instant, provider};
use crate::clock::{Clock, Timestamp};
use crate::trust::{Refusal, Role, TrustBook, Verdict};

/// How many chains of one partner are remembered: its endpoint may stand on several machines, each with its own.
const CHAINS: usize = 16;

#[derive(Debug)]
struct Accepted {
    name: String,
    chain: Vec<CertificateDer<'static>>,
    verdict: Verdict,
}

/// The chains that one partner's endpoint presented on connections of one client, and why the last one was refused.
/// A pool does not say on which connection it will send; so all of them must hold before anything is sent.
#[derive(Debug)]
pub struct PartnerConnections {
    partner: String,
    accepted: Mutex<Vec<Accepted>>,
    refused: Mutex<Option<Refusal>>,
}

impl PartnerConnections {
    /// Judges again, under this book and at this instant, every chain that the endpoint presented. To be asked before a
    /// send and before a receipt is believed; where it refuses, the client with its pool must be thrown away and made
    /// anew.
    ///
    /// # Errors
    /// Why one of the chains is good no more.
    pub fn judge(&self, book: &TrustBook, at: Timestamp) -> Result<(), Refusal> {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in accepted.iter_mut() {
            if !connection.verdict.holds(book.generation(), at) {
                let role = Role::Server { name: &connection.name };
                connection.verdict = book.judge(&self.partner, &connection.chain, role, at)?;
            }
        }
        Ok(())
    }

    /// The chains that the endpoint presented, the newest last: for receipts and evidence.
    #[must_use]
    pub fn chains(&self) -> Vec<Vec<CertificateDer<'static>>> {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.iter().map(|connection| connection.chain.clone()).collect()
    }

    /// Why the endpoint was last refused in a handshake; the HTTP client itself only says that the handshake failed.
    #[must_use]
    pub fn last_refusal(&self) -> Option<Refusal> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn accept(&self, name: &str, chain: &[CertificateDer<'_>], verdict: Verdict) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.retain(|connection| connection.name != name || connection.chain != chain);
        if accepted.len() >= CHAINS {
            accepted.remove(0);
        }
        let chain = chain.iter().map(|der| der.clone().into_owned()).collect();
        accepted.push(Accepted { name: name.to_owned(), chain, verdict });
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[derive(Debug)]
struct OnePartner {
    current: Arc<Current>,
    provider: Arc<CryptoProvider>,
    connections: Arc<PartnerConnections>,
}

impl ServerCertVerifier for OnePartner {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity.clone()).chain(intermediates.iter().cloned()).collect();
        let name = server_name.to_str();
        let book = self.current.book();
        match book.judge(&self.connections.partner, &chain, Role::Server { name: &name }, instant(now)?) {
            Ok(verdict) => {
                self.connections.accept(&name, &chain, verdict);
                Ok(ServerCertVerified::assertion())
            }
            Err(refusal) => {
                tracing::warn!(partner = self.connections.partner, code = refusal.code(), reason = %refusal,
                    "the partner's endpoint was refused in the handshake");
                let error = alert(&refusal);
                *self.connections.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                Err(error)
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

#[derive(Debug)]
struct ShowsClient(Arc<Current>);

impl ResolvesClientCert for ShowsClient {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().client.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The configuration with which this partner is called, for `reqwest::Client::builder().tls_backend_preconfigured(…)`,
/// and the judge of its connections. Make one client a partner: a pool is never shared between partners.
///
/// # Errors
/// Where the crypto library offers no TLS 1.3.
pub fn partner_client(
    current: &Arc<Current>,
    clock: Arc<dyn Clock>,
    partner: &str,
) -> Result<(ClientConfig, Arc<PartnerConnections>), Error> {
    let connections = Arc::new(PartnerConnections {
        partner: partner.to_owned(),
        accepted: Mutex::new(Vec::new()),
        refused: Mutex::new(None),
    });
    let verifier = OnePartner { current: current.clone(), provider: provider(), connections: connections.clone() };
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(HandshakeClock(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(ShowsClient(current.clone())));
    config.resumption = Resumption::disabled();
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok((config, connections))
}
