//! W3C Verifiable Credentials 2.0: issue and verify with Data Integrity proofs.
