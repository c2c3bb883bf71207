//! A plain HTTPS client with any certificate, or none.

use std::sync::Arc;
use std::time::Duration;

use certbridge::tls::pki::Leaf;
use certbridge::tls::provider;
use reqwest::{Client, Response};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::house::{Credentials, House};

/// Trusts the CA of this house and shows this certificate.
pub(crate) fn config(house: &House, leaf: Option<&Leaf>) -> rustls::ClientConfig {
    config_of(&house.own, leaf)
}

fn config_of(own: &Credentials, leaf: Option<&Leaf>) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(own.ca.certificate_pem().as_bytes()).unwrap()).unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    match leaf {
        None => builder.with_no_client_auth(),
        Some(leaf) => {
            let chain = CertificateDer::pem_slice_iter(leaf.chain_pem.as_bytes()).collect::<Result<_, _>>().unwrap();
            builder
                .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).unwrap())
                .unwrap()
        }
    }
}

/// A client of this house, with HTTP/2 or with HTTP/1.1.
pub(crate) fn client(house: &House, leaf: Option<&Leaf>, h2: bool) -> Client {
    let mut config = config(house, leaf);
    config.alpn_protocols = vec![if h2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let builder = Client::builder().tls_backend_preconfigured(config).no_proxy().timeout(Duration::from_secs(20));
    let builder = if h2 { builder.http2_prior_knowledge() } else { builder.http1_only() };
    builder.build().unwrap()
}

/// A client of whoever has these credentials.
pub(crate) fn client_of(own: &Credentials, leaf: Option<&Leaf>) -> Client {
    let builder = Client::builder().tls_backend_preconfigured(config_of(own, leaf)).no_proxy();
    builder.timeout(Duration::from_secs(20)).build().unwrap()
}

/// Status and JSON of an answer.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (
        status,
        serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned())),
    )
}

/// The codes of the findings of an answer: of a receipt, or of a problem.
pub(crate) fn codes(answer: &Value) -> Vec<&str> {
    answer["findings"]
        .as_array()
        .map(|all| all.iter().filter_map(|one| one["code"].as_str()).collect())
        .unwrap_or_default()
}

/// A handshake failed, or the other end closed right after it.
pub(crate) async fn is_turned_away(client: &Client, url: &str) -> bool {
    client.get(url).send().await.is_err()
}

/// Posts JSON.
pub(crate) async fn post(client: &Client, url: &str, body: &Value) -> (u16, Value) {
    read(client.post(url).header("content-type", "application/json").body(body.to_string()).send().await.unwrap()).await
}

/// The configuration, to be shared by connections.
pub(crate) fn shared(house: &House, leaf: Option<&Leaf>) -> Arc<rustls::ClientConfig> {
    Arc::new(config(house, leaf))
}
