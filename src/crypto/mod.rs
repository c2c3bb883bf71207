//! Keys with validity windows, the `Signer` and `Verifier` traits, digests, the JSON Canonicalization Scheme
//! (RFC 8785) and multibase. Knows no format and does no I/O.
