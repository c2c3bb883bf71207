//! The append-only Merkle log (RFC 6962): events and their salted leaves, the tree and its stored hashes, proofs,
//! signed checkpoints (C2SP tlog-checkpoint), tiles (C2SP tlog-tiles) and the replay that checks it all.
//!
//! How a leaf is made, so that anybody can check one:
//! - *event bytes*: the JSON object `{at, digest, kind, previous?, subject}` in canonical form (RFC 8785);
//! - *leaf* (the entry of the log, 32 bytes): `SHA-256("certbridge-event/1\n" ‖ salt ‖ event bytes)`, salt of 32 bytes;
//! - *leaf hash*: `SHA-256(0x00 ‖ leaf)` (RFC 6962, 2.1).
//!
//! The salt stays in the store: leaves, tiles and proofs tell nothing of an event, and once salt and event are erased
//! the log still verifies. Everything here is pure; the store implements [`LedgerReader`] and writes what
//! [`Frontier::append`] returns, in one transaction with events and leaves.

mod checkpoint;
mod event;
mod hash;
mod note;
mod proof;
mod replay;
mod tile;
mod tree;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use event::{Event, EventKind, MalformedKind, Salt};
pub use hash::Hash;
pub use note::{NoteError, NoteVerifier, sign_note};
pub use proof::{
    ConsistencyProof, InclusionProof, ProofError, prove_consistency, prove_inclusion, verify_consistency,
    verify_inclusion,
};
pub use replay::{Entry, ReplayError, ReplayFault, ReplayReport, replay};
pub use tile::{MalformedTile, TilePath, entry_bundle, read_tile};
pub use tree::{Frontier, LedgerReader, ReadError, StoredHash, stored_hash_count};
