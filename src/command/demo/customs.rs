//! A customs system: a client with a certificate of its own CA, known to a gateway by its partner book.

use std::path::PathBuf;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use super::house::House;
use crate::clock::{Clock as _, SystemClock, SystemEntropy};
use crate::command::Failure;
use crate::exchange::{Agreement, AnchorFile, Delivery, Limits, Partner, Role};
use crate::release::Policy;
use crate::tls::pki::{Authority, LeafRequest, PkiError, Validity};
use crate::tls::provider;

/// How long the certificates of the demo hold, in days.
const DAYS: i64 = 30;

/// A customs system and the gateway that it asks.
pub(super) struct Customs {
    http: reqwest::Client,
    url: String,
}

impl Customs {
    /// Makes a customs system of the house's country and enters it into the house's partner book.
    pub(super) fn enrol(house: &House) -> Result<Self, Failure> {
        let country = house.persona.country;
        let id = format!("customs-{}", country.to_lowercase());
        let pki = |error: PkiError| Failure::environment(&error);
        let since = SystemClock.now().plus_seconds(-3600);
        let validity = Validity::days(since, DAYS);
        let ca = Authority::create(&format!("{id} CA"), country, validity, &SystemEntropy).map_err(pki)?;
        let name = format!("{id}.example");
        let leaf = ca.issue(&LeafRequest::new(&id, country, &[&name], validity), &SystemEntropy).map_err(pki)?;
        let list = ca.revocation_list(&[], 1, since, validity.until).map_err(pki)?;
        let partners = house.folder.join("partners");
        let files = [(format!("{id}-ca.pem"), ca.certificate_pem()), (format!("{id}-crl.pem"), list.as_str())];
        for (file, text) in &files {
            let path = partners.join(file);
            std::fs::write(&path, text).map_err(|error| Failure::file(&path, &error))?;
        }
        house.enter(&Partner {
            names: std::collections::BTreeMap::new(),
            id: id.clone(),
            name: format!("Customs of {country} (fictive)"),
            country: country.to_owned(),
            role: Role::Customs,
            address: None,
            delivery: Delivery::default(),
            did: None,
            base: None,
            san: name,
            anchors: vec![AnchorFile::Always(PathBuf::from(&files[0].0))],
            crls: vec![PathBuf::from(&files[1].0)],
            crl_hours: 720,
            crl_exception: None,
            message_keys: Vec::new(),
            credential_keys: Vec::new(),
            suspended: None,
            agreement: Agreement {
                legal_basis: "demonstration; no legal basis is claimed".into(),
                data_classes: vec![],
                purposes: vec!["customs clearance".into()],
                from: None,
                until: None,
                contact: None,
            },
            asserts: Vec::new(),
            accepts: Vec::new(),
            format: "untp-dcc@0.7.0".into(),
            bulk_events: false,
            longest_message: 1024 * 1024,
            subscription: None,
            release: Policy::public(),
            limits: Limits::default(),
            may_verify: true,
            sees_candidates: true,
        })?;
        let house_ca = house.folder.join("tls/ca.pem");
        let anchor = std::fs::read(&house_ca).map_err(|error| Failure::file(&house_ca, &error))?;
        Ok(Self {
            http: client(&anchor, &leaf.chain_pem, &leaf.key_pem)?,
            url: format!("https://localhost:{}/v1/verifications", house.running.partner_address.port()),
        })
    }

    /// Asks a question.
    pub(super) async fn ask(&self, question: &Value) -> Result<Value, Failure> {
        let failed = |error: reqwest::Error| Failure::Partner(format!("{}: {error}", self.url));
        let response = self.http.post(&self.url).json(question).send().await.map_err(failed)?;
        let status = response.status();
        let answer: Value = response.json().await.map_err(failed)?;
        if status.is_success() { Ok(answer) } else { Err(Failure::Partner(format!("{status}: {answer}"))) }
    }
}

/// A client that trusts one CA and shows one certificate.
fn client(anchor: &[u8], chain: &str, key: &str) -> Result<reqwest::Client, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::environment(error);
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(anchor) {
        roots.add(certificate.map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    }
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(&error))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| failed(&error))?;
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(|error| failed(&error))?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .no_proxy()
        .timeout(std::time::Duration::from_secs(10))
        .build()
        .map_err(|error| failed(&error))
}
