//! Proofs: that a leaf stands in the log (inclusion), and that a longer log begins with a shorter one (consistency).

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::event::{Event, Salt};
use super::hash::Hash;
use super::note::NoteVerifier;
use super::tree::{Adapter, LARGEST, LedgerReader, ReadError};
use crate::finding::{Finding, Place};

/// No tree of ours is deeper.
const MOST_HASHES: usize = 64;

/// A proof does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root of the tree")]
    Invalid,
    /// An index or size that cannot be.
    #[error("index {index} and tree size {size} do not go together")]
    Range {
        /// The index, or the smaller size.
        index: u64,
        /// The tree size.
        size: u64,
    },
    /// The proof is for another tree than its checkpoint.
    #[error("the proof is for a tree of {proof} leaves, the checkpoint for one of {checkpoint}")]
    Size {
        /// Tree size of the proof.
        proof: u64,
        /// Tree size of the checkpoint.
        checkpoint: u64,
    },
    /// The event or its salt is not the one of the leaf.
    #[error("event and salt do not give the leaf hash of the proof")]
    Event,
    /// The proof comes without a checkpoint: it proves nothing yet.
    #[error("the proof has no checkpoint")]
    NoCheckpoint,
    /// The checkpoint does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log could not be read, while making a proof.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ProofError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = match self {
            Self::Read(_) => Finding::new("ledger/not-read", Place::Whole),
            Self::Event => Finding::new("ledger/proof-event", Place::Whole),
            Self::Checkpoint(_) | Self::NoCheckpoint => Finding::new("ledger/proof-checkpoint", Place::Whole),
            Self::Invalid | Self::Range { .. } | Self::Size { .. } => {
                Finding::new("ledger/proof-invalid", Place::Whole)
            }
        };
        finding.with("reason", self)
    }
}

/// The proof that a leaf stands in the log, as an answer carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InclusionProof {
    /// Index of the leaf, from 0.
    pub index: u64,
    /// Size of the tree that the proof leads to.
    pub tree_size: u64,
    /// The leaf hash.
    pub leaf_hash: Hash,
    /// The audit path (RFC 6962, 2.1.1), from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint of that tree; a proof without one waits for the next checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

impl InclusionProof {
    /// Verifies the proof and its checkpoint.
    ///
    /// # Errors
    /// Checkpoint or proof do not hold, or do not belong together.
    pub fn verify(&self, origin: &str, keys: &[NoteVerifier]) -> Result<Checkpoint, ProofError> {
        let text = self.checkpoint.as_deref().ok_or(ProofError::NoCheckpoint)?;
        let checkpoint = Checkpoint::open(text, origin, keys)?;
        if checkpoint.size() != self.tree_size {
            return Err(ProofError::Size { proof: self.tree_size, checkpoint: checkpoint.size() });
        }
        verify_inclusion(self.index, self.tree_size, self.leaf_hash, &self.hashes, checkpoint.root())?;
        Ok(checkpoint)
    }

    /// Verifies that the leaf is that of the event; [`Self::verify`] then shows that the event stands in the log.
    ///
    /// # Errors
    /// Event and salt give another leaf hash.
    pub fn verify_event(&self, event: &Event, salt: &Salt) -> Result<(), ProofError> {
        if event.leaf_hash(salt) == self.leaf_hash { Ok(()) } else { Err(ProofError::Event) }
    }
}

/// The proof that the log of `new_size` begins with the log of `old_size`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Size of the shorter log, at least 1.
    pub old_size: u64,
    /// Size of the longer log.
    pub new_size: u64,
    /// The hashes (RFC 6962, 2.1.2).
    pub hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// Verifies that one checkpoint extends the other; both were opened before.
    ///
    /// # Errors
    /// The proof does not hold, or is for other sizes.
    pub fn verify(&self, old: &Checkpoint, new: &Checkpoint) -> Result<(), ProofError> {
        for (proof, checkpoint) in [(self.old_size, old.size()), (self.new_size, new.size())] {
            if proof != checkpoint {
                return Err(ProofError::Size { proof, checkpoint });
            }
        }
        verify_consistency(self.old_size, old.root(), self.new_size, new.root(), &self.hashes)
    }
}

/// The proof that the leaf stands in the tree of that size, without a checkpoint; whoever has one puts it in.
///
/// # Errors
/// There is no such leaf or tree, or the log could not be read.
pub fn prove_inclusion(reader: &dyn LedgerReader, index: u64, tree_size: u64) -> Result<InclusionProof, ProofError> {
    within(reader, tree_size)?;
    if index >= tree_size {
        return Err(ProofError::Range { index, size: tree_size });
    }
    let adapter = Adapter::new(reader);
    let hashes = tlog_tiles::prove_record(tree_size, index, &adapter);
    let hashes = finished(hashes, adapter)?;
    let leaf = super::tree::read(reader, &[tlog_tiles::stored_hash_index(0, index)])?;
    let leaf_hash = leaf.first().copied().ok_or(ReadError::Missing(index))?;
    Ok(InclusionProof { index, tree_size, leaf_hash, hashes, checkpoint: None })
}

/// The proof that the tree of the new size begins with that of the old one.
///
/// # Errors
/// The sizes are not 1 ≤ old ≤ new ≤ size of the log, or the log could not be read.
pub fn prove_consistency(
    reader: &dyn LedgerReader,
    old_size: u64,
    new_size: u64,
) -> Result<ConsistencyProof, ProofError> {
    within(reader, new_size)?;
    if old_size == 0 || old_size > new_size {
        return Err(ProofError::Range { index: old_size, size: new_size });
    }
    let adapter = Adapter::new(reader);
    let hashes = tlog_tiles::prove_tree(new_size, old_size, &adapter);
    Ok(ConsistencyProof { old_size, new_size, hashes: finished(hashes, adapter)? })
}

fn within(reader: &dyn LedgerReader, size: u64) -> Result<(), ProofError> {
    let has = reader.size()?;
    if size > has || size > LARGEST { Err(ReadError::Size { has, asked: size }.into()) } else { Ok(()) }
}

fn finished(
    hashes: Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error>,
    adapter: Adapter<'_>,
) -> Result<Vec<Hash>, ProofError> {
    match hashes {
        Ok(hashes) => Ok(hashes.into_iter().map(Hash::from).collect()),
        Err(_) => Err(adapter.into_failure().map_or(ProofError::Invalid, ProofError::Read)),
    }
}

/// Verifies an audit path.
///
/// # Errors
/// It does not lead from the leaf to the root.
pub fn verify_inclusion(
    index: u64,
    tree_size: u64,
    leaf_hash: Hash,
    hashes: &[Hash],
    root: Hash,
) -> Result<(), ProofError> {
    if index >= tree_size || tree_size > LARGEST {
        return Err(ProofError::Range { index, size: tree_size });
    }
    let path = path(hashes)?;
    tlog_tiles::check_record(&path, tree_size, root.into(), index, leaf_hash.into()).map_err(|_| ProofError::Invalid)
}

/// Verifies a consistency proof.
///
/// # Errors
/// It does not lead from the old root to the new one.
pub fn verify_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    hashes: &[Hash],
) -> Result<(), ProofError> {
    if old_size == 0 || old_size > new_size || new_size > LARGEST {
        return Err(ProofError::Range { index: old_size, size: new_size });
    }
    let path = path(hashes)?;
    tlog_tiles::check_tree(&path, new_size, new_root.into(), old_size, old_root.into()).map_err(|_| ProofError::Invalid)
}

fn path(hashes: &[Hash]) -> Result<Vec<tlog_tiles::Hash>, ProofError> {
    if hashes.len() > MOST_HASHES {
        return Err(ProofError::Invalid);
    }
    Ok(hashes.iter().map(|hash| (*hash).into()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::event::EventKind;
    use super::super::tree::Frontier;
    use super::super::tree::memory::Memory;
    use super::*;
    use crate::crypto::{Algorithm, Digest, Signer as _, SigningKey};

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| Hash::of_leaf(&n.to_be_bytes())).collect()
    }

    fn flipped(hash: Hash, bit: usize) -> Hash {
        let mut bytes = hash.0;
        bytes[bit / 8] ^= 1 << (bit % 8);
        Hash(bytes)
    }

    proptest! {
        #[test]
        fn every_inclusion_proof_verifies_and_no_flipped_bit_does(
            size in 1_u64..200, index in any::<prop::sample::Index>(), tree in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let log = Memory::of(&leaves(size));
            let tree = 1 + tree.index(usize::try_from(size).expect("small")) as u64;
            let index = index.index(usize::try_from(tree).expect("small")) as u64;
            let proof = prove_inclusion(&log, index, tree).expect("proof");
            let root = Frontier::load_at(&log, tree).expect("frontier").root();
            let check = |leaf, hashes: &[Hash], root| verify_inclusion(index, tree, leaf, hashes, root);
            prop_assert!(check(proof.leaf_hash, &proof.hashes, root).is_ok());
            prop_assert!(check(flipped(proof.leaf_hash, bit), &proof.hashes, root).is_err());
            prop_assert!(check(proof.leaf_hash, &proof.hashes, flipped(root, bit)).is_err());
            let mut longer = proof.hashes.clone();
            longer.push(Hash([0; 32]));
            prop_assert!(check(proof.leaf_hash, &longer, root).is_err());
            if !proof.hashes.is_empty() {
                let mut bent = proof.hashes.clone();
                let at = at.index(bent.len());
                bent[at] = flipped(bent[at], bit);
                prop_assert!(check(proof.leaf_hash, &bent, root).is_err());
                prop_assert!(check(proof.leaf_hash, &proof.hashes[1..], root).is_err());
            }
            if tree > 1 {
                let elsewhere = (index + 1) % tree;
                prop_assert!(verify_inclusion(elsewhere, tree, proof.leaf_hash, &proof.hashes, root).is_err());
            }
        }

        #[test]
        fn every_consistency_proof_verifies_and_no_flipped_bit_does(
            size in 1_u64..200, old in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
            bit in 0_usize..256,
        ) {
            let log = Memory::of(&leaves(size));
            let old = 1 + old.index(usize::try_from(size).expect("small")) as u64;
            let proof = prove_consistency(&log, old, size).expect("proof");
            let old_root = Frontier::load_at(&log, old).expect("frontier").root();
            let root = log.frontier.root();
            let check = |old_root, root, hashes: &[Hash]| verify_consistency(old, old_root, size, root, hashes);
            prop_assert!(check(old_root, root, &proof.hashes).is_ok());
            prop_assert!(check(flipped(old_root, bit), root, &proof.hashes).is_err());
            prop_assert!(check(old_root, flipped(root, bit), &proof.hashes).is_err());
            if !proof.hashes.is_empty() {
                let mut bent = proof.hashes.clone();
                let at = at.index(bent.len());
                bent[at] = flipped(bent[at], bit);
                prop_assert!(check(old_root, root, &bent).is_err());
            }
        }
    }

    #[test]
    fn questions_about_what_is_not_there_are_refused() {
        let log = Memory::of(&leaves(5));
        assert!(matches!(prove_inclusion(&log, 5, 5), Err(ProofError::Range { .. })));
        assert!(matches!(prove_inclusion(&log, 0, 6), Err(ProofError::Read(ReadError::Size { .. }))));
        assert!(matches!(prove_consistency(&log, 0, 5), Err(ProofError::Range { .. })));
        assert!(matches!(prove_consistency(&log, 5, 4), Err(ProofError::Range { .. })));
        let root = log.frontier.root();
        for (index, size) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (0, u64::MAX)] {
            assert!(verify_inclusion(index, size, root, &[], root).is_err());
            assert!(verify_consistency(index, root, size, root, &[]).is_err() || index == size && index > 0);
        }
        assert!(verify_inclusion(0, 5, root, &vec![root; 10_000], root).is_err());
    }

    #[test]
    fn a_proof_with_its_checkpoint_verifies_alone_and_nothing_else_fits_it() {
        let origin = "registry.example.org/ledger";
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[1; 32]).expect("key");
        let keys = [NoteVerifier::new(origin, key.public_key().clone()).expect("verifier")];
        let event = Event {
            at: "2026-11-20T00:00:00Z".parse().expect("time"),
            digest: Digest::sha256(b"version"),
            kind: EventKind::MessageSent,
            previous: None,
            subject: "CNCA-R-2002-001/1".into(),
        };
        let salt = Salt::from_slice(&[4; 32]).expect("salt");
        let mut all = leaves(9);
        all[3] = event.leaf_hash(&salt);
        let log = Memory::of(&all);
        let sealed = |size| {
            let root = Frontier::load_at(&log, size).expect("frontier").root();
            Checkpoint::new(origin, size, root).expect("checkpoint")
        };
        let mut proof = prove_inclusion(&log, 3, 9).expect("proof");
        assert!(matches!(proof.verify(origin, &keys), Err(ProofError::NoCheckpoint)));
        proof.checkpoint = Some(sealed(9).sign(&key).expect("signed"));
        let json = serde_json::to_string(&proof).expect("JSON");
        let proof: InclusionProof = serde_json::from_str(&json).expect("JSON");
        assert_eq!(proof.verify(origin, &keys).expect("holds"), sealed(9));
        proof.verify_event(&event, &salt).expect("the event");

        let other_salt = Salt::from_slice(&[5; 32]).expect("salt");
        assert!(matches!(proof.verify_event(&event, &other_salt), Err(ProofError::Event)));
        let other_event = Event { subject: "CNCA-R-2002-001/2".into(), ..event };
        assert!(matches!(proof.verify_event(&other_event, &salt), Err(ProofError::Event)));
        let earlier = InclusionProof { checkpoint: Some(sealed(8).sign(&key).expect("signed")), ..proof.clone() };
        assert!(matches!(earlier.verify(origin, &keys), Err(ProofError::Size { .. })));
        assert!(matches!(proof.verify("elsewhere", &keys), Err(ProofError::Checkpoint(_))));
        assert!(matches!(proof.verify(origin, &[]), Err(ProofError::Checkpoint(_))));

        let grown = prove_consistency(&log, 4, 9).expect("proof");
        grown.verify(&sealed(4), &sealed(9)).expect("holds");
        assert!(matches!(grown.verify(&sealed(5), &sealed(9)), Err(ProofError::Size { .. })));
        let forked = Checkpoint::new(origin, 4, Hash([1; 32])).expect("checkpoint");
        assert!(matches!(grown.verify(&forked, &sealed(9)), Err(ProofError::Invalid)));
    }

    #[test]
    fn the_answer_has_the_shape_that_partners_read() {
        let proof = prove_inclusion(&Memory::of(&leaves(2)), 0, 2).expect("proof");
        insta::assert_json_snapshot!(proof, @r#"
        {
          "index": 0,
          "treeSize": 2,
          "leafHash": "PnB3/S9m1ongzuanz1s3vy3KfJea81bQoxy8XIVgXH0=",
          "hashes": [
            "KuHBnAy9N45GySep82EZI+wHzBrjV1AqCVNtRVJ1zyE="
          ]
        }
        "#);
    }
}
