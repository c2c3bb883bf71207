//! Making certification authorities, certificates and revocation lists: for `init`, `pki`, `demo` and the tests.
//! Times and serial numbers are handed in; the keys themselves come from the crypto library's own generator.
//! Everything is PEM text; who writes it to files is the caller.

use std::fmt;
use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData, RevocationReason,
    RevokedCertParams, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::{Entropy, Timestamp};

/// A certificate, key or list that could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A name cannot stand in a certificate.
    #[error("{0:?} cannot stand in a certificate")]
    Name(String),
    /// A time that a certificate cannot hold.
    #[error("{0} cannot stand in a certificate")]
    Time(Timestamp),
    /// A serial number that is not hexadecimal.
    #[error("{0:?} is not a serial number in hexadecimal")]
    Serial(String),
    /// What is no certificate in PEM.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(String),
    /// The private key is not the CA's.
    #[error("the private key does not fit the certificate")]
    Mismatch,
    /// The certificate library refused.
    #[error(transparent)]
    Library(#[from] rcgen::Error),
}

/// From when until when a certificate is valid, both instants included, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub until: Timestamp,
}

impl Validity {
    /// So many days from an instant on.
    #[must_use]
    pub fn days(from: Timestamp, days: i64) -> Self {
        Self { from, until: from.plus_seconds(days.saturating_mul(86_400)) }
    }
}

/// What a certificate that is not a CA's shall say.
#[derive(Clone, Debug)]
pub struct LeafRequest {
    /// Common name.
    pub name: String,
    /// Country (ISO 3166-1 alpha-2).
    pub country: String,
    /// Host names.
    pub dns: Vec<String>,
    /// IP addresses.
    pub addresses: Vec<IpAddr>,
    /// URIs.
    pub uris: Vec<String>,
    /// From when until when.
    pub validity: Validity,
    /// It may call (clientAuth).
    pub client: bool,
    /// It may be called (serverAuth).
    pub server: bool,
}

impl LeafRequest {
    /// A certificate for both ends of a connection, with these host names.
    #[must_use]
    pub fn new(name: &str, country: &str, dns: &[&str], validity: Validity) -> Self {
        Self {
            name: name.to_owned(),
            country: country.to_owned(),
            dns: dns.iter().map(|name| (*name).to_owned()).collect(),
            addresses: Vec::new(),
            uris: Vec::new(),
            validity,
            client: true,
            server: true,
        }
    }

    fn parameters(&self, entropy: &dyn Entropy) -> Result<CertificateParams, PkiError> {
        let mut parameters = parameters(&self.name, &self.country, self.validity, entropy)?;
        for name in &self.dns {
            let text = name.as_str().try_into().map_err(|_| PkiError::Name(name.clone()))?;
            parameters.subject_alt_names.push(SanType::DnsName(text));
        }
        for uri in &self.uris {
            let text = uri.as_str().try_into().map_err(|_| PkiError::Name(uri.clone()))?;
            parameters.subject_alt_names.push(SanType::URI(text));
        }
        parameters.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if self.client {
            parameters.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        }
        if self.server {
            parameters.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        Ok(parameters)
    }

    /// A certificate that vouches for itself: good for a test of refusal, and for nothing else.
    ///
    /// # Errors
    /// Where a name or a time cannot stand in a certificate.
    pub fn self_signed(&self, entropy: &dyn Entropy) -> Result<Leaf, PkiError> {
        let key = KeyPair::generate()?;
        let parameters = self.parameters(entropy)?;
        let serial = serial_of(&parameters);
        let certificate = parameters.self_signed(&key)?;
        Ok(Leaf { chain_pem: certificate.pem(), key_pem: key.serialize_pem(), serial })
    }
}

/// A certificate that was issued, with its chain and key.
#[derive(Clone)]
pub struct Leaf {
    /// The certificate and the CAs between it and the root, in PEM; the root is left out.
    pub chain_pem: String,
    /// The private key, PKCS#8 in PEM; empty where the certificate was issued for somebody else's key.
    pub key_pem: String,
    /// Its serial number in lower-case hexadecimal.
    pub serial: String,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// One entry of a revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Serial number in hexadecimal.
    pub serial: String,
    /// When it was revoked.
    pub at: Timestamp,
    /// True where its key is known to others, false where no reason is given.
    pub key_compromised: bool,
}

/// A certification authority with its key.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    /// The CAs between this one (included) and the root (left out), in PEM; empty for a root.
    between_pem: String,
}

impl Authority {
    /// A new root CA with a P-256 key.
    ///
    /// # Errors
    /// Where a name or a time cannot stand in a certificate.
    pub fn create(name: &str, country: &str, validity: Validity, entropy: &dyn Entropy) -> Result<Self, PkiError> {
        let parameters = authority(name, country, validity, BasicConstraints::Unconstrained, entropy)?;
        let key = KeyPair::generate()?;
        let certificate_pem = parameters.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(parameters, key), certificate_pem, between_pem: String::new() })
    }

    /// A new CA under this one, which itself may issue only certificates that are not CAs'.
    ///
    /// # Errors
    /// Where a name or a time cannot stand in a certificate.
    pub fn subordinate(
        &self,
        name: &str,
        country: &str,
        validity: Validity,
        entropy: &dyn Entropy,
    ) -> Result<Self, PkiError> {
        let parameters = authority(name, country, validity, BasicConstraints::Constrained(0), entropy)?;
        let key = KeyPair::generate()?;
        let certificate_pem = parameters.signed_by(&key, &self.issuer)?.pem();
        let between_pem = format!("{certificate_pem}{}", self.between_pem);
        Ok(Self { issuer: Issuer::new(parameters, key), certificate_pem, between_pem })
    }

    /// A CA that was made earlier, from its [chain](Self::chain_pem) and its private key in PEM.
    ///
    /// # Errors
    /// Where either cannot be read, or they do not belong together.
    pub fn load(chain_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        const END: &str = "-----END CERTIFICATE-----";
        let key = KeyPair::from_pem(key_pem)?;
        let (mut own, mut between_pem) = (None, String::new());
        for block in chain_pem.split_inclusive(END).filter(|block| block.trim_end().ends_with(END)) {
            let der = CertificateDer::from_pem_slice(block.as_bytes())
                .map_err(|error| PkiError::Unreadable(error.to_string()))?;
            let (_, parsed) =
                X509Certificate::from_der(&der).map_err(|error| PkiError::Unreadable(error.to_string()))?;
            let block = format!("{}\n", block.trim());
            if own.is_none() {
                if parsed.public_key().raw != key.subject_public_key_info() {
                    return Err(PkiError::Mismatch);
                }
                own = Some(block.clone());
            }
            // A root is known to whoever trusts it, and is left out of chains.
            if parsed.subject().as_raw() != parsed.issuer().as_raw() {
                between_pem.push_str(&block);
            }
        }
        let certificate_pem = own.ok_or_else(|| PkiError::Unreadable("no certificate".to_owned()))?;
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, key)?;
        Ok(Self { issuer, certificate_pem, between_pem })
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// What [`Self::load`] takes: its certificate and, under it, those of the CAs between it and the root.
    #[must_use]
    pub fn chain_pem(&self) -> &str {
        if self.between_pem.is_empty() { &self.certificate_pem } else { &self.between_pem }
    }

    /// Its private key, PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues a certificate with a new P-256 key.
    ///
    /// # Errors
    /// Where a name or a time cannot stand in a certificate.
    pub fn issue(&self, request: &LeafRequest, entropy: &dyn Entropy) -> Result<Leaf, PkiError> {
        let key = KeyPair::generate()?;
        Ok(Leaf { key_pem: key.serialize_pem(), ..self.sign(request, &key, entropy)? })
    }

    /// Issues a certificate for a public key (SubjectPublicKeyInfo in PEM) whose private half stays with its owner.
    ///
    /// # Errors
    /// Where the key cannot be read, or a name or a time cannot stand in a certificate.
    pub fn issue_for(
        &self,
        request: &LeafRequest,
        public_key_pem: &str,
        entropy: &dyn Entropy,
    ) -> Result<Leaf, PkiError> {
        self.sign(request, &SubjectPublicKeyInfo::from_pem(public_key_pem)?, entropy)
    }

    fn sign(&self, request: &LeafRequest, key: &impl PublicKeyData, entropy: &dyn Entropy) -> Result<Leaf, PkiError> {
        let mut parameters = request.parameters(entropy)?;
        parameters.use_authority_key_identifier_extension = true;
        let serial = serial_of(&parameters);
        let certificate = parameters.signed_by(key, &self.issuer)?;
        let chain_pem = format!("{}{}", certificate.pem(), self.between_pem);
        Ok(Leaf { chain_pem, key_pem: String::new(), serial })
    }

    /// A revocation list, in PEM. Each list needs a higher number than the one before.
    ///
    /// # Errors
    /// Where a serial number or a time cannot stand in it.
    pub fn revocation_list(
        &self,
        revoked: &[Revoked],
        number: u64,
        this_update: Timestamp,
        next_update: Timestamp,
    ) -> Result<String, PkiError> {
        let entry = |entry: &Revoked| {
            let serial = hex::decode(&entry.serial).map_err(|_| PkiError::Serial(entry.serial.clone()))?;
            Ok::<_, PkiError>(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&serial),
                revocation_time: date(entry.at)?,
                reason_code: entry.key_compromised.then_some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
        };
        let list = CertificateRevocationListParams {
            this_update: date(this_update)?,
            next_update: date(next_update)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect::<Result<_, _>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }
}

fn authority(
    name: &str,
    country: &str,
    validity: Validity,
    constraints: BasicConstraints,
    entropy: &dyn Entropy,
) -> Result<CertificateParams, PkiError> {
    let mut parameters = parameters(name, country, validity, entropy)?;
    parameters.is_ca = IsCa::Ca(constraints);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(parameters)
}

fn parameters(
    name: &str,
    country: &str,
    validity: Validity,
    entropy: &dyn Entropy,
) -> Result<CertificateParams, PkiError> {
    let mut parameters = CertificateParams::default();
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CountryName, country);
    distinguished.push(DnType::CommonName, name);
    parameters.distinguished_name = distinguished;
    parameters.not_before = date(validity.from)?;
    parameters.not_after = date(validity.until)?;
    // RFC 5280, 4.1.2.2: positive, at most 20 octets; 16 octets of chance, the first neither zero nor with its high bit.
    let mut serial = [0_u8; 16];
    entropy.fill(&mut serial);
    serial[0] = (serial[0] & 0x7f) | 0x40;
    parameters.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(parameters)
}

fn serial_of(parameters: &CertificateParams) -> String {
    parameters.serial_number.as_ref().map(|serial| hex::encode(serial.to_bytes())).unwrap_or_default()
}

fn date(at: Timestamp) -> Result<OffsetDateTime, PkiError> {
    OffsetDateTime::from_unix_timestamp(at.unix()).map_err(|_| PkiError::Time(at))
}
