//! What a judge must know of one certificate, read from its DER. Not here: whether its signature holds (`path`).

use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::party::{RegisteredName, Role};
use super::refusal::Refusal;
use crate::clock::Timestamp;

/// Smallest RSA modulus that is accepted, in bits (NIST SP 800-131A revision 2).
const SMALLEST_RSA: usize = 2048;

/// The facts of one X.509 certificate (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Subject, as text (RFC 4514 in spirit).
    pub subject: String,
    /// Issuer, as text.
    pub issuer: String,
    /// Serial number in lower-case hexadecimal.
    pub serial: String,
    /// First instant in which it is valid.
    pub not_before: Timestamp,
    /// Last instant in which it is valid.
    pub not_after: Timestamp,
    /// dNSName entries of the subject alternative name, in lower case.
    pub dns_names: Vec<String>,
    /// uniformResourceIdentifier entries of the subject alternative name.
    pub uris: Vec<String>,
    /// As DER encodes it, with a sign byte where there is one: so it stands in a revocation list.
    pub(super) raw_serial: Vec<u8>,
    pub(super) subject_der: Vec<u8>,
    pub(super) issuer_der: Vec<u8>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) is_ca: bool,
    pub(super) client_auth: bool,
    pub(super) server_auth: bool,
    pub(super) may_sign: bool,
    pub(super) weakness: Option<String>,
}

impl Certificate {
    /// Reads the facts.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] where the bytes are no X.509 certificate.
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, Refusal> {
        let malformed = |reason: &dyn std::fmt::Display| Refusal::Malformed { reason: reason.to_string() };
        let (rest, parsed) = X509Certificate::from_der(der.as_ref()).map_err(|e| malformed(&e))?;
        if !rest.is_empty() {
            return Err(malformed(&"bytes follow the certificate"));
        }
        let instant =
            |seconds: i64| Timestamp::from_unix(seconds).ok_or_else(|| malformed(&"a date that no calendar holds"));
        let (mut dns_names, mut uris) = (Vec::new(), Vec::new());
        if let Some(names) = parsed.subject_alternative_name().map_err(|e| malformed(&e))? {
            for name in &names.value.general_names {
                match name {
                    GeneralName::DNSName(name) => dns_names.push(name.to_ascii_lowercase()),
                    GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                    _ => {}
                }
            }
        }
        let usage = parsed.extended_key_usage().map_err(|e| malformed(&e))?;
        let key_usage = parsed.key_usage().map_err(|e| malformed(&e))?;
        let subject_key_id = parsed.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        });
        Ok(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: hex::encode(trim(parsed.raw_serial())),
            not_before: instant(parsed.validity().not_before.timestamp())?,
            not_after: instant(parsed.validity().not_after.timestamp())?,
            dns_names,
            uris,
            raw_serial: parsed.raw_serial().to_vec(),
            subject_der: parsed.subject().as_raw().to_vec(),
            issuer_der: parsed.issuer().as_raw().to_vec(),
            subject_key_id,
            is_ca: parsed.is_ca(),
            client_auth: usage.as_ref().is_some_and(|u| u.value.client_auth),
            server_auth: usage.as_ref().is_some_and(|u| u.value.server_auth),
            may_sign: key_usage.is_none_or(|u| u.value.digital_signature()),
            weakness: weakness(&parsed),
        })
    }

    /// True where subject and issuer are the same: nobody vouches for it but itself.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// True where it bears the name. Host names compare without case; a wildcard is not the name of one partner.
    #[must_use]
    pub fn bears(&self, name: &RegisteredName) -> bool {
        match name {
            RegisteredName::Dns(dns) => self.dns_names.iter().any(|have| have.eq_ignore_ascii_case(dns)),
            RegisteredName::Uri(uri) => self.uris.contains(uri),
        }
    }

    /// Every name that it bears, as a partner could have registered it.
    pub fn names(&self) -> impl Iterator<Item = RegisteredName> + '_ {
        let dns = self.dns_names.iter().cloned().map(RegisteredName::Dns);
        dns.chain(self.uris.iter().cloned().map(RegisteredName::Uri))
    }

    /// Its key may be used for this end of a TLS connection: the extended usage names it, and the key may sign.
    pub(super) fn check_usage(&self, role: Role<'_>) -> Result<(), Refusal> {
        let (named, wanted) = match role {
            Role::Client => (self.client_auth, "clientAuth"),
            Role::Server { .. } => (self.server_auth, "serverAuth"),
        };
        if !named {
            return Err(Refusal::WrongUsage { wanted });
        }
        if !self.may_sign {
            return Err(Refusal::WrongUsage { wanted: "digitalSignature" });
        }
        Ok(())
    }
}

/// A serial number without the zero byte that DER puts before a high bit.
fn trim(serial: &[u8]) -> &[u8] {
    match serial {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    }
}

fn weakness(parsed: &X509Certificate<'_>) -> Option<String> {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            // The modulus may carry a leading zero byte; `key_size` of the library leaves out one byte either way.
            let bits = trim(rsa.modulus).len() * 8;
            (bits < SMALLEST_RSA).then(|| format!("RSA {bits}"))
        }
        Ok(PublicKey::EC(point)) => {
            let bits = point.key_size();
            (bits < 256).then(|| format!("EC {bits}"))
        }
        Ok(PublicKey::DSA(_)) => Some("DSA".to_owned()),
        // Ed25519 has no parsed form here; what the path builder cannot check it refuses by itself.
        Ok(_) => None,
        Err(_) => Some("unreadable key".to_owned()),
    }
}
