//! Public keys: raw bytes, SubjectPublicKeyInfo (RFC 5280), Multikey (Controlled Identifiers 1.0) and JWK (RFC 7517).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::{Algorithm, CryptoError, Verifier, multibase};

/// Multicodec `ed25519-pub` (0xed) as a varint.
const MULTICODEC_ED25519: [u8; 2] = [0xed, 0x01];
/// Multicodec `p256-pub` (0x1200) as a varint.
const MULTICODEC_P256: [u8; 2] = [0x80, 0x24];

/// What stands before the 32 bytes of the key in the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, 4).
const SPKI_ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What stands before the 65 bytes of the uncompressed point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480, 2).
const SPKI_P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A public key, checked to be one (for P-256: a point of the curve), and parsed once for all verifying.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// Ed25519: 32 bytes; P-256: the compressed point, 33 bytes.
    raw: Arc<[u8]>,
    /// SubjectPublicKeyInfo, the point of P-256 uncompressed.
    spki: Arc<[u8]>,
    parsed: Arc<ParsedPublicKey>,
}

impl PublicKey {
    /// A key from its raw bytes: 32 for Ed25519; for P-256 a point, compressed (33) or not (65).
    ///
    /// # Errors
    /// Another length, or no point of the curve.
    pub fn from_raw(algorithm: Algorithm, raw: &[u8]) -> Result<Self, CryptoError> {
        let lengths: &[usize] = match algorithm {
            Algorithm::Ed25519 => &[32],
            Algorithm::P256 => &[33, 65],
        };
        if !lengths.contains(&raw.len()) {
            return Err(CryptoError::KeyUnreadable("a key of this algorithm has another length"));
        }
        let not_a_key = |_| CryptoError::KeyUnreadable("the bytes are no point of the curve");
        let with: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Ed25519 => &ED25519,
            Algorithm::P256 => &ECDSA_P256_SHA256_FIXED,
        };
        let parsed = ParsedPublicKey::new(with, raw).map_err(not_a_key)?;
        let spki = parsed.as_der().map_err(|_| CryptoError::KeyGenerationFailed)?;
        let spki: Arc<[u8]> = spki.as_ref().into();
        let raw: Arc<[u8]> = match algorithm {
            Algorithm::Ed25519 => raw.into(),
            Algorithm::P256 => compress(spki.get(SPKI_P256.len()..).unwrap_or_default())?.into(),
        };
        Ok(Self { algorithm, raw, spki, parsed: Arc::new(parsed) })
    }

    /// A key from the DER of its SubjectPublicKeyInfo, as a certificate or a PEM file holds it.
    ///
    /// # Errors
    /// No such structure, or a key of another algorithm.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        if let Some(raw) = der.strip_prefix(SPKI_ED25519) {
            Self::from_raw(Algorithm::Ed25519, raw)
        } else if let Some(raw) = der.strip_prefix(SPKI_P256) {
            Self::from_raw(Algorithm::P256, raw)
        } else {
            Err(CryptoError::KeyUnsupported)
        }
    }

    /// A key from PEM (`-----BEGIN PUBLIC KEY-----`).
    ///
    /// # Errors
    /// No PEM of this kind, or a key of another algorithm.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes())
            .map_err(|_| CryptoError::KeyUnreadable("no PEM section PUBLIC KEY"))?;
        Self::from_spki_der(der.as_ref())
    }

    /// A key from its Multikey text: `z6Mk…` (Ed25519) or `zDn…` (P-256).
    ///
    /// # Errors
    /// No multibase, or another key type.
    pub fn from_multikey(text: &str) -> Result<Self, CryptoError> {
        let bytes = multibase::decode(text).map_err(|_| CryptoError::KeyUnreadable("no multibase text"))?;
        match bytes.as_slice() {
            [a, b, raw @ ..] if [*a, *b] == MULTICODEC_ED25519 => Self::from_raw(Algorithm::Ed25519, raw),
            // A Multikey of P-256 is always the compressed point.
            [a, b, raw @ ..] if [*a, *b] == MULTICODEC_P256 && raw.len() == 33 => Self::from_raw(Algorithm::P256, raw),
            _ => Err(CryptoError::KeyUnsupported),
        }
    }

    /// A key from a JWK (RFC 7517, RFC 8037): `OKP` with `Ed25519`, or `EC` with `P-256`.
    ///
    /// # Errors
    /// Members missing or malformed, another key type, or a private key where a public one belongs.
    pub fn from_jwk(jwk: &Value) -> Result<Self, CryptoError> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str);
        if jwk.get("d").is_some() {
            return Err(CryptoError::KeyUnreadable("the JWK holds a private key"));
        }
        let coordinate = |name| {
            member(name)
                .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
                .filter(|bytes| bytes.len() == 32)
                .ok_or(CryptoError::KeyUnreadable("a coordinate of the JWK is not 32 bytes of base64url"))
        };
        match (member("kty"), member("crv")) {
            (Some("OKP"), Some("Ed25519")) => Self::from_raw(Algorithm::Ed25519, &coordinate("x")?),
            (Some("EC"), Some("P-256")) => {
                let point = [&[0x04], coordinate("x")?.as_slice(), coordinate("y")?.as_slice()].concat();
                Self::from_raw(Algorithm::P256, &point)
            }
            _ => Err(CryptoError::KeyUnsupported),
        }
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw bytes: 32 for Ed25519, the compressed point (33) for P-256.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SubjectPublicKeyInfo in PEM.
    #[must_use]
    pub fn spki_pem(&self) -> String {
        super::signing_key::pem("PUBLIC KEY", &self.spki)
    }

    /// Multikey in base58btc: `z6Mk…` (Ed25519) or `zDn…` (P-256).
    #[must_use]
    pub fn multikey(&self) -> String {
        let codec = match self.algorithm {
            Algorithm::Ed25519 => MULTICODEC_ED25519,
            Algorithm::P256 => MULTICODEC_P256,
        };
        multibase::base58btc(&[&codec, self.raw()].concat())
    }

    /// The key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        match self.algorithm {
            Algorithm::Ed25519 => json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.raw())}),
            Algorithm::P256 => {
                let (x, y) = self.spki.get(SPKI_P256.len() + 1..).unwrap_or_default().split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
        }
    }
}

/// The compressed form of an uncompressed point: 02 or 03 by the last bit of y, then x.
fn compress(point: &[u8]) -> Result<Vec<u8>, CryptoError> {
    match point {
        [0x04, rest @ .., last] if rest.len() == 63 => {
            let (x, _) = rest.split_at(32);
            Ok([&[0x02 | (last & 1)], x].concat())
        }
        _ => Err(CryptoError::KeyUnreadable("the bytes are no point of the curve")),
    }
}

impl Verifier for PublicKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.parsed.verify_sig(message, signature).map_err(|_| CryptoError::SignatureInvalid)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.multikey())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use crate::crypto::{Signer as _, SigningKey};

    #[test]
    fn every_form_of_a_key_is_read_back_as_the_same_key() {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let key = SigningKey::generate(algorithm, &SystemEntropy).expect("key").public_key().clone();
            assert_eq!(PublicKey::from_raw(algorithm, key.raw()).expect("raw"), key);
            assert_eq!(PublicKey::from_pem(&key.spki_pem()).expect("PEM"), key);
            assert_eq!(PublicKey::from_multikey(&key.multikey()).expect("multikey"), key);
            assert_eq!(PublicKey::from_jwk(&key.jwk()).expect("JWK"), key);
        }
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert!(PublicKey::from_raw(Algorithm::Ed25519, &[1; 31]).is_err());
        assert!(PublicKey::from_raw(Algorithm::P256, &[0xff; 33]).is_err());
        assert!(PublicKey::from_multikey("z6Mk").is_err());
        assert_eq!(
            PublicKey::from_multikey(&multibase::base58btc(&[0x12, 0x34, 0x56])),
            Err(CryptoError::KeyUnsupported)
        );
        assert_eq!(PublicKey::from_spki_der(&[0x30, 0x00]), Err(CryptoError::KeyUnsupported));
    }
}
