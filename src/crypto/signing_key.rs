//! Private keys: made, read from and written to PKCS#8 (RFC 5958), and signing. Nothing here shows one.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::{Algorithm, CryptoError, PublicKey, Signer};
use crate::clock::Entropy;

/// A private key in memory. It has a name (by default the Multikey of its public half); it is never shown, and the
/// library wipes it when it is dropped.
pub struct SigningKey {
    id: String,
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// The library refused: the fault is ours.
    pub fn generate(algorithm: Algorithm, entropy: &dyn Entropy) -> Result<Self, CryptoError> {
        let mut secret = [0_u8; 32];
        // A P-256 scalar is out of range once in 2³² times; a source of entropy that never gives a good one is broken.
        for _ in 0..16 {
            entropy.fill(&mut secret);
            let key = Self::from_secret(algorithm, &secret);
            secret.fill(0);
            std::hint::black_box(&secret);
            if key.is_ok() {
                return key;
            }
        }
        Err(CryptoError::KeyGenerationFailed)
    }

    /// A key from its 32 secret bytes: the seed of Ed25519, the scalar of P-256.
    ///
    /// # Errors
    /// No scalar of the curve.
    pub fn from_secret(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Self, CryptoError> {
        let refused = |_| CryptoError::KeyUnreadable("the bytes are no private key");
        match algorithm {
            Algorithm::Ed25519 => Self::of_ed25519(Ed25519KeyPair::from_seed_unchecked(secret).map_err(refused)?),
            Algorithm::P256 => {
                // ECPrivateKey (RFC 5915): version 1, the scalar, the curve; the library computes the public point.
                const BEFORE: [u8; 7] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
                const AFTER: [u8; 12] = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
                let mut der = [0_u8; 51];
                for (to, from) in der.iter_mut().zip(BEFORE.iter().chain(secret).chain(&AFTER)) {
                    *to = *from;
                }
                let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
                der.fill(0);
                std::hint::black_box(&der);
                Self::of_p256(pair.map_err(refused)?)
            }
        }
    }

    /// A key from PKCS#8 in DER; the structure tells the algorithm.
    ///
    /// # Errors
    /// No PKCS#8, encrypted, or a key of another algorithm.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, CryptoError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Self::of_ed25519(pair);
        }
        match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            Ok(pair) => Self::of_p256(pair),
            Err(_) => Err(CryptoError::KeyUnsupported),
        }
    }

    /// A key from PKCS#8 in PEM (`-----BEGIN PRIVATE KEY-----`), as `openssl genpkey` writes it.
    ///
    /// # Errors
    /// No PEM of this kind, encrypted, or a key of another algorithm.
    pub fn from_pem(text: &str) -> Result<Self, CryptoError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| CryptoError::KeyUnreadable("no PEM section PRIVATE KEY (PKCS#8, not encrypted)"))?;
        Self::from_pkcs8_der(der.secret_pkcs8_der())
    }

    fn of_ed25519(pair: Ed25519KeyPair) -> Result<Self, CryptoError> {
        let public = PublicKey::from_raw(Algorithm::Ed25519, pair.public_key().as_ref())?;
        Ok(Self { id: public.multikey(), pair: Pair::Ed25519(pair), public })
    }

    fn of_p256(pair: EcdsaKeyPair) -> Result<Self, CryptoError> {
        let public = PublicKey::from_raw(Algorithm::P256, pair.public_key().as_ref())?;
        Ok(Self { id: public.multikey(), pair: Pair::P256(pair), public })
    }

    /// The same key under another name.
    #[must_use]
    pub fn named(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// PKCS#8 in DER, version 1, which OpenSSL reads too. This is the secret: it belongs into a file of mode 0600.
    ///
    /// # Errors
    /// The library refused: the fault is ours.
    pub fn to_pkcs8_der(&self) -> Result<Vec<u8>, CryptoError> {
        let document = match &self.pair {
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
            Pair::P256(pair) => pair.to_pkcs8v1(),
        };
        document.map(|d| d.as_ref().to_vec()).map_err(|_| CryptoError::KeyGenerationFailed)
    }

    /// PKCS#8 in PEM. This is the secret: it belongs into a file of mode 0600.
    ///
    /// # Errors
    /// The library refused: the fault is ours.
    pub fn to_pem(&self) -> Result<String, CryptoError> {
        self.to_pkcs8_der().map(|der| pem("PRIVATE KEY", &der))
    }
}

/// A PEM section (RFC 7468), lines of 64 characters.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = STANDARD.encode(der);
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

impl Signer for SigningKey {
    fn key_id(&self) -> &str {
        &self.id
    }

    fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.try_sign(message),
            // The library draws the nonce itself and does not look at the argument.
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), message),
        };
        signature.map(|s| s.as_ref().to_vec()).map_err(|_| CryptoError::SigningFailed)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use crate::crypto::Verifier as _;

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn ed25519_signs_as_the_rfc_does() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").expect("hex");
        let key = SigningKey::from_secret(Algorithm::Ed25519, &seed.try_into().expect("32")).expect("key");
        assert_eq!(
            hex::encode(key.public_key().raw()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            hex::encode(key.sign(&[0x72]).expect("signature")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
    }

    /// RFC 6979, A.2.5: key and public point of P-256.
    #[test]
    fn the_public_point_of_a_p256_scalar_is_that_of_the_rfc() {
        let scalar = hex::decode("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").expect("hex");
        let key = SigningKey::from_secret(Algorithm::P256, &scalar.try_into().expect("32")).expect("key");
        assert_eq!(
            hex::encode(key.public_key().raw()),
            "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        );
        assert!(SigningKey::from_secret(Algorithm::P256, &[0; 32]).is_err());
        assert!(SigningKey::from_secret(Algorithm::P256, &[0xff; 32]).is_err());
    }

    #[test]
    fn a_key_survives_its_file_and_signatures_have_64_bytes() {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let key = SigningKey::generate(algorithm, &SystemEntropy).expect("key");
            let again = SigningKey::from_pem(&key.to_pem().expect("PEM")).expect("PEM");
            assert_eq!(again.public_key(), key.public_key());
            assert_eq!(again.algorithm(), algorithm);
            let signature = again.sign(b"message").expect("signature");
            assert_eq!(signature.len(), 64);
            key.public_key().verify(b"message", &signature).expect("verifies");
            assert_eq!(key.public_key().verify(b"massage", &signature), Err(CryptoError::SignatureInvalid));
            for position in [0, 31, 32, 63] {
                let mut bent = signature.clone();
                bent[position] ^= 1;
                assert_eq!(key.public_key().verify(b"message", &bent), Err(CryptoError::SignatureInvalid));
            }
            assert!(key.public_key().verify(b"message", &signature[..63]).is_err());
        }
    }

    #[test]
    fn the_words_of_debug_hold_no_secret() {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let key = SigningKey::from_secret(algorithm, &[0x42; 32]).expect("key").named("signing-1");
            let shown = format!("{key:?}");
            assert!(shown.contains("signing-1"));
            assert!(!shown.contains("4242") && !shown.contains("66, 66"), "{shown}");
        }
    }

    #[test]
    fn files_that_hold_no_such_key_are_refused() {
        assert!(matches!(SigningKey::from_pem("no PEM"), Err(CryptoError::KeyUnreadable(_))));
        assert_eq!(SigningKey::from_pkcs8_der(&[0x30, 0x00]).err(), Some(CryptoError::KeyUnsupported));
    }
}
