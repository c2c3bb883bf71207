//! The append-only Merkle log (RFC 6962): leaves, checkpoints, proofs, and the trait by which it is read.
