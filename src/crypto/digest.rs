//! Digests: SHA-256, SHA-384 and SHA-512, each written as multihash, hexadecimal, HTTP digest field or SRI.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::multibase;

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0_u8; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256: what we write.
    Sha256,
    /// SHA-384: what subresource integrity (`digestSRI`) prefers.
    Sha384,
    /// SHA-512: the other active one of RFC 9530.
    Sha512,
}

impl DigestAlgorithm {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no digest is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name, as RFC 9530 and RFC 6920 write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// Code in the multihash table; each fits one byte of varint.
    const fn multihash(self) -> u8 {
        match self {
            Self::Sha256 => 0x12,
            Self::Sha384 => 0x20,
            Self::Sha512 => 0x13,
        }
    }
}

/// A digest with its algorithm. Its text form is the multihash in multibase: `zQm…` for SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    // Only the first `algorithm.len()` bytes count; the rest are zero.
    bytes: [u8; 64],
}

/// SHA-256 of what comes bit by bit.
pub struct Sha256Stream(digest::Context);

impl Default for Sha256Stream {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256Stream {
    /// Takes more bytes in.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    #[must_use]
    pub fn digest(self) -> Digest {
        Digest::filled(DigestAlgorithm::Sha256, self.0.finish().as_ref())
    }
}

/// The text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest (SHA-256, SHA-384 or SHA-512) as a multihash in multibase or hexadecimal")]
pub struct MalformedDigest;

impl Digest {
    /// The digest of the bytes.
    #[must_use]
    pub fn of(algorithm: DigestAlgorithm, content: &[u8]) -> Self {
        let with = match algorithm {
            DigestAlgorithm::Sha256 => &digest::SHA256,
            DigestAlgorithm::Sha384 => &digest::SHA384,
            DigestAlgorithm::Sha512 => &digest::SHA512,
        };
        Self::filled(algorithm, digest::digest(with, content).as_ref())
    }

    /// The SHA-256 digest of the bytes.
    #[must_use]
    pub fn sha256(content: &[u8]) -> Self {
        Self::of(DigestAlgorithm::Sha256, content)
    }

    /// The SHA-384 digest of the bytes.
    #[must_use]
    pub fn sha384(content: &[u8]) -> Self {
        Self::of(DigestAlgorithm::Sha384, content)
    }

    /// A digest that was computed elsewhere.
    ///
    /// # Errors
    /// The number of bytes is not that of the algorithm.
    pub fn from_bytes(algorithm: DigestAlgorithm, bytes: &[u8]) -> Result<Self, MalformedDigest> {
        if bytes.len() == algorithm.len() { Ok(Self::filled(algorithm, bytes)) } else { Err(MalformedDigest) }
    }

    fn filled(algorithm: DigestAlgorithm, from: &[u8]) -> Self {
        let mut bytes = [0_u8; 64];
        for (to, from) in bytes.iter_mut().zip(from) {
            *to = *from;
        }
        Self { algorithm, bytes }
    }

    /// A digest in hexadecimal; its length tells the algorithm.
    ///
    /// # Errors
    /// No hexadecimal, or of a length that no algorithm has.
    pub fn from_hex(text: &str) -> Result<Self, MalformedDigest> {
        let bytes = hex::decode(text).map_err(|_| MalformedDigest)?;
        let algorithm = DigestAlgorithm::ALL.iter().find(|a| a.len() == bytes.len()).ok_or(MalformedDigest)?;
        Self::from_bytes(*algorithm, &bytes)
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.split_at(self.algorithm.len()).0
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.bytes())
    }

    /// The multihash in multibase base58btc (`zQm…` for SHA-256): `digestMultibase` of a credential.
    #[must_use]
    pub fn multibase(&self) -> String {
        multibase::base58btc(&self.multihash())
    }

    /// The multihash: code, length, bytes.
    #[must_use]
    pub fn multihash(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(2 + self.algorithm.len());
        all.push(self.algorithm.multihash());
        all.push(u8::try_from(self.algorithm.len()).unwrap_or(u8::MAX));
        all.extend_from_slice(self.bytes());
        all
    }

    /// The member of an HTTP digest field: `sha-256=:…:` (RFC 9530, 2). None for SHA-384, which its registry lacks.
    #[must_use]
    pub fn http_field(&self) -> Option<String> {
        (self.algorithm != DigestAlgorithm::Sha384)
            .then(|| format!("{}=:{}:", self.algorithm.name(), STANDARD.encode(self.bytes())))
    }

    /// Subresource integrity: `sha384-…` (`digestSRI` of VC Data Model 2.0, 5.3).
    #[must_use]
    pub fn sri(&self) -> String {
        format!("{}-{}", self.algorithm.name().replace('-', ""), STANDARD.encode(self.bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.multibase())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex())
    }
}

impl FromStr for Digest {
    type Err = MalformedDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = multibase::decode(text).map_err(|_| MalformedDigest)?;
        let (code, length, bytes) = match all.as_slice() {
            [code, length, bytes @ ..] => (*code, *length, bytes),
            _ => return Err(MalformedDigest),
        };
        let algorithm = DigestAlgorithm::ALL.iter().find(|a| a.multihash() == code).ok_or(MalformedDigest)?;
        if usize::from(length) != bytes.len() {
            return Err(MalformedDigest);
        }
        Self::from_bytes(*algorithm, bytes)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.multibase())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-4 example "abc", and the example of RFC 9530, B.1: {"hello": "world"} with a line end.
    #[test]
    fn digests_are_those_of_the_standards_in_every_spelling() {
        let abc = Digest::sha256(b"abc");
        assert_eq!(abc.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(b"abc").as_slice(), abc.bytes());
        assert!(abc.multibase().starts_with("zQm"), "{abc}");
        assert!(Digest::sha384(b"abc").hex().starts_with("cb00753f45a35e8bb5a03d699ac65007"));
        assert_eq!(
            Digest::sha256(b"{\"hello\": \"world\"}\n").http_field().as_deref(),
            Some("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")
        );
        assert_eq!(Digest::sha384(b"").http_field(), None);
        assert!(Digest::sha384(b"abc").sri().starts_with("sha384-ywB1P0WjXou1oD1p"));
    }

    #[test]
    fn every_spelling_is_read_back() {
        for algorithm in DigestAlgorithm::ALL {
            let digest = Digest::of(*algorithm, b"certificate");
            assert_eq!(digest.multibase().parse::<Digest>().expect("multibase"), digest);
            assert_eq!(Digest::from_hex(&digest.hex()).expect("hex"), digest);
            let json = serde_json::to_string(&digest).expect("json");
            assert_eq!(serde_json::from_str::<Digest>(&json).expect("json"), digest);
        }
    }

    #[test]
    fn a_digest_of_another_length_or_algorithm_is_refused() {
        let mut bytes = Digest::sha256(b"").multihash();
        bytes.pop();
        assert!(multibase::base58btc(&bytes).parse::<Digest>().is_err());
        bytes.push(0);
        bytes[0] = 0x11; // SHA-1
        assert!(multibase::base58btc(&bytes).parse::<Digest>().is_err());
        assert!("z".parse::<Digest>().is_err());
        assert!(Digest::from_hex("ba7816").is_err());
    }
}
