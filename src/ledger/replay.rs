//! The replay: every event, leaf, stored hash and checkpoint of the log checked against each other, from the first leaf
//! on. `certbridge ledger verify` runs it; it needs one pass and no memory but one small row for each subject.

use std::collections::{HashMap, HashSet};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::event::{Event, Salt};
use super::hash::Hash;
use super::note::NoteVerifier;
use super::tree::{Frontier, LedgerReader, ReadError};
use crate::crypto::sha256;
use crate::finding::{Finding, Place};

/// One leaf as the store has it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its index.
    pub index: u64,
    /// Its leaf hash.
    pub leaf_hash: Hash,
    /// Its event and salt; none where they were erased.
    pub opened: Option<(Event, Salt)>,
}

/// What a sound log has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// Leaves whose events were erased: the tree holds them, what they say is gone.
    pub erased: u64,
    /// Number of checkpoints that hold.
    pub checkpoints: u64,
    /// Leaves behind the last checkpoint: in order, but not signed for yet.
    pub unsigned: u64,
}

/// Where the log is not sound, and why.
#[derive(Debug, thiserror::Error)]
#[error("the ledger is not sound at index {index}: {fault}")]
pub struct ReplayError {
    /// The first index that fails. For a checkpoint that does not hold: the first leaf that no earlier checkpoint vouches for.
    pub index: u64,
    /// What fails.
    pub fault: ReplayFault,
}

/// What fails.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFault {
    /// A leaf is missing, or stands twice or out of order.
    #[error("the store gives leaf {0} here")]
    Order(u64),
    /// Event or salt were changed, or the leaf hash.
    #[error("event and salt do not give the leaf hash")]
    Leaf,
    /// The event does not name the event of its subject before it.
    #[error("the event names another previous event of its subject than the one before it")]
    Previous,
    /// The stored hashes are not those of the leaves.
    #[error("the stored hashes of the tree are not those of its leaves")]
    Stored,
    /// A checkpoint is malformed or not signed as it should be.
    #[error("the checkpoint behind it does not hold: {0}")]
    Checkpoint(CheckpointError),
    /// The checkpoints do not stand in order of their size.
    #[error("a checkpoint of {0} leaves stands behind a greater one")]
    CheckpointOrder(u64),
    /// The leaves since the last good checkpoint are not those that were signed for.
    #[error("the checkpoint of {0} leaves was signed over other leaves")]
    Root(u64),
    /// Leaves that were signed for are gone.
    #[error("a checkpoint was signed over {0} leaves, the log ends here")]
    Short(u64),
    /// The store failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ReplayError {
    /// The same as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = match &self.fault {
            ReplayFault::Order(_) => Finding::new("ledger/leaf-order", Place::Whole),
            ReplayFault::Leaf => Finding::new("ledger/leaf-changed", Place::Whole),
            ReplayFault::Previous => Finding::new("ledger/chain-broken", Place::Whole),
            ReplayFault::Stored => Finding::new("ledger/stored-hash", Place::Whole),
            ReplayFault::Checkpoint(error) => {
                Finding::new("ledger/checkpoint-invalid", Place::Whole).with("reason", error)
            }
            ReplayFault::CheckpointOrder(size) => {
                Finding::new("ledger/checkpoint-order", Place::Whole).with("size", size)
            }
            ReplayFault::Root(size) => Finding::new("ledger/root-differs", Place::Whole).with("size", size),
            ReplayFault::Short(size) => Finding::new("ledger/too-short", Place::Whole).with("size", size),
            ReplayFault::Read(error) => Finding::new("ledger/unreadable", Place::Whole).with("reason", error),
        };
        finding.with("index", self.index)
    }
}

/// Replays the log: entries in order of their index, signed checkpoints in order of their size, and, where the reader is
/// given, its stored hashes.
///
/// # Errors
/// The first thing that is not sound.
pub fn replay(
    entries: impl IntoIterator<Item = Result<Entry, ReadError>>,
    checkpoints: impl IntoIterator<Item = Result<String, ReadError>>,
    origin: &str,
    keys: &[NoteVerifier],
    stored: Option<&dyn LedgerReader>,
) -> Result<ReplayReport, ReplayError> {
    let mut frontier = Frontier::empty();
    let mut subjects = Subjects::default();
    let mut seals = Seals { checkpoints: checkpoints.into_iter(), next: None, origin, keys, vouched: 0, count: 0 };
    let mut erased = 0;
    seals.settle(&frontier)?;
    for entry in entries {
        let index = frontier.size();
        let at = |fault| ReplayError { index, fault };
        let entry = entry.map_err(|error| at(error.into()))?;
        if entry.index != index {
            return Err(at(ReplayFault::Order(entry.index)));
        }
        match &entry.opened {
            None => erased += 1,
            Some((event, salt)) if event.leaf_hash(salt) != entry.leaf_hash => return Err(at(ReplayFault::Leaf)),
            Some(_) => {}
        }
        if !subjects.follows(&entry) {
            return Err(at(ReplayFault::Previous));
        }
        let mut new = Vec::new();
        frontier.append(entry.leaf_hash, &mut new).map_err(|error| at(error.into()))?;
        if let Some(reader) = stored {
            let indexes: Vec<u64> = new.iter().map(|stored| stored.index).collect();
            let found = super::tree::read(reader, &indexes).map_err(|error| at(error.into()))?;
            if !found.iter().eq(new.iter().map(|stored| &stored.hash)) {
                return Err(at(ReplayFault::Stored));
            }
        }
        seals.settle(&frontier)?;
    }
    let size = frontier.size();
    if let Some(next) = &seals.next {
        return Err(ReplayError { index: size, fault: ReplayFault::Short(next.size()) });
    }
    Ok(ReplayReport { size, root: frontier.root(), erased, checkpoints: seals.count, unsigned: size - seals.vouched })
}

/// The checkpoints still to come.
struct Seals<'a, I> {
    checkpoints: I,
    next: Option<Checkpoint>,
    origin: &'a str,
    keys: &'a [NoteVerifier],
    /// Leaves that the last good checkpoint vouches for.
    vouched: u64,
    count: u64,
}

impl<I: Iterator<Item = Result<String, ReadError>>> Seals<'_, I> {
    /// Checks every checkpoint of the size that the log has now.
    fn settle(&mut self, frontier: &Frontier) -> Result<(), ReplayError> {
        let size = frontier.size();
        loop {
            let checkpoint = match self.next.take() {
                Some(checkpoint) => checkpoint,
                None => match self.checkpoints.next() {
                    None => return Ok(()),
                    Some(note) => self.open(note)?,
                },
            };
            let at = |fault| ReplayError { index: self.vouched, fault };
            if checkpoint.size() > size {
                self.next = Some(checkpoint);
                return Ok(());
            }
            if checkpoint.size() < size {
                return Err(at(ReplayFault::CheckpointOrder(checkpoint.size())));
            }
            if checkpoint.root() != frontier.root() {
                return Err(at(ReplayFault::Root(size)));
            }
            self.vouched = size;
            self.count += 1;
        }
    }

    fn open(&self, note: Result<String, ReadError>) -> Result<Checkpoint, ReplayError> {
        let at = |fault| ReplayError { index: self.vouched, fault };
        let note = note.map_err(|error| at(error.into()))?;
        Checkpoint::open(&note, self.origin, self.keys).map_err(|error| at(ReplayFault::Checkpoint(error)))
    }
}

/// The last leaf of each subject. Half of each digest is kept: nobody gains from a collision in a log that is his own.
#[derive(Default)]
struct Subjects {
    last: HashMap<[u8; 16], [u8; 16]>,
    erased: HashSet<[u8; 16]>,
}

impl Subjects {
    /// True where the event names the event of its subject before it; notes the entry.
    fn follows(&mut self, entry: &Entry) -> bool {
        let leaf = half(&entry.leaf_hash.0);
        let Some((event, _)) = &entry.opened else {
            self.erased.insert(leaf);
            return true;
        };
        let before = self.last.insert(half(&sha256(event.subject.as_bytes())), leaf);
        match (event.previous.map(|previous| half(&previous.0)), before) {
            // The event before may have been erased, and its subject with it.
            (Some(previous), before) => before == Some(previous) || self.erased.contains(&previous),
            (None, before) => before.is_none(),
        }
    }
}

fn half(bytes: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(bytes.split_at(16).0);
    half
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::event::EventKind;
    use super::super::tree::memory::Memory;
    use super::*;
    use crate::crypto::{Algorithm, Digest, Signer as _, SigningKey};

    const ORIGIN: &str = "registry.example.org/ledger";

    fn key() -> SigningKey {
        SigningKey::from_secret(Algorithm::Ed25519, &[1; 32]).expect("key")
    }

    /// A log of 20 events of 3 subjects, with a checkpoint after each fifth.
    #[derive(Clone)]
    struct Log {
        entries: Vec<Entry>,
        checkpoints: Vec<String>,
        stored: Memory,
    }

    impl Log {
        fn new() -> Self {
            let mut last: BTreeMap<String, Hash> = BTreeMap::new();
            let mut log = Self { entries: Vec::new(), checkpoints: Vec::new(), stored: Memory::default() };
            for index in 0..20_u8 {
                let subject = format!("CNCA-R-2002-00{}/1", index % 3);
                let event = Event {
                    at: "2026-11-20T00:00:00Z".parse().expect("time"),
                    digest: Digest::sha256(&[index]),
                    kind: EventKind::StatusChanged,
                    previous: last.get(&subject).copied(),
                    subject: subject.clone(),
                };
                let salt = Salt::from_slice(&[index; 32]).expect("salt");
                let leaf_hash = event.leaf_hash(&salt);
                last.insert(subject, leaf_hash);
                log.entries.push(Entry { index: index.into(), leaf_hash, opened: Some((event, salt)) });
                let leaves: Vec<Hash> = log.entries.iter().map(|entry| entry.leaf_hash).collect();
                log.stored = Memory::of(&leaves);
                if index % 5 == 4 && index < 19 {
                    let frontier = &log.stored.frontier;
                    let checkpoint = Checkpoint::new(ORIGIN, frontier.size(), frontier.root()).expect("checkpoint");
                    log.checkpoints.push(checkpoint.sign(&key()).expect("signed"));
                }
            }
            log
        }

        fn replay(&self) -> Result<ReplayReport, ReplayError> {
            let keys = [NoteVerifier::new(ORIGIN, key().public_key().clone()).expect("verifier")];
            let entries = self.entries.iter().cloned().map(Ok);
            replay(entries, self.checkpoints.iter().cloned().map(Ok), ORIGIN, &keys, Some(&self.stored))
        }

        /// Stored hashes and leaf hashes made to agree again, as a careful forger would.
        fn forged(mut self) -> Self {
            for entry in &mut self.entries {
                if let Some((event, salt)) = &entry.opened {
                    entry.leaf_hash = event.leaf_hash(salt);
                }
            }
            let leaves: Vec<Hash> = self.entries.iter().map(|entry| entry.leaf_hash).collect();
            self.stored = Memory::of(&leaves);
            self
        }
    }

    #[track_caller]
    fn refused(log: &Log) -> (u64, String) {
        let error = log.replay().expect_err("refused");
        assert!(error.finding().message().en.contains(&error.index.to_string()));
        (error.index, error.finding().code().to_owned())
    }

    #[test]
    fn a_sound_log_replays() {
        let log = Log::new();
        let report = log.replay().expect("sound");
        assert_eq!((report.size, report.erased, report.checkpoints, report.unsigned), (20, 0, 3, 5));
        assert_eq!(report.root, log.stored.frontier.root());
        let empty = replay([], [], ORIGIN, &[], None).expect("sound");
        assert_eq!((empty.size, empty.root), (0, Hash::EMPTY));
    }

    #[test]
    fn an_erased_event_leaves_the_log_sound() {
        let mut log = Log::new();
        for index in [0, 3, 7] {
            log.entries[index].opened = None;
        }
        assert_eq!(log.replay().expect("sound").erased, 3);
    }

    #[test]
    fn a_changed_event_or_salt_is_named_by_its_index() {
        let mut log = Log::new();
        log.entries[6].opened.as_mut().expect("event").0.digest = Digest::sha256(b"forged");
        assert_eq!(refused(&log), (6, "ledger/leaf-changed".into()));
        // With leaf hash and tree forged too, the next event of the subject gives it away; with that forged too, the root.
        assert_eq!(refused(&log.clone().forged()), (9, "ledger/chain-broken".into()));
        for index in 7..20 {
            log = log.forged();
            let subject = log.entries[index].opened.as_ref().expect("event").0.subject.clone();
            let before = log.entries[..index]
                .iter()
                .rev()
                .find(|entry| entry.opened.as_ref().is_some_and(|(event, _)| event.subject == subject));
            let previous = before.map(|entry| entry.leaf_hash);
            log.entries[index].opened.as_mut().expect("event").0.previous = previous;
        }
        assert_eq!(refused(&log.forged()), (5, "ledger/root-differs".into()));

        let mut log = Log::new();
        log.entries[11].opened.as_mut().expect("event").1 = Salt::from_slice(&[0xff; 32]).expect("salt");
        assert_eq!(refused(&log), (11, "ledger/leaf-changed".into()));
    }

    #[test]
    fn two_swapped_leaves_are_refused() {
        let mut log = Log::new();
        log.entries.swap(6, 7);
        assert_eq!(refused(&log), (6, "ledger/leaf-order".into()));
        (log.entries[6].index, log.entries[7].index) = (6, 7);
        assert_eq!(refused(&log), (6, "ledger/stored-hash".into()));
        // Leaves 6 and 7 are of two subjects, so that only the checkpoint tells.
        assert_eq!(refused(&log.forged()), (5, "ledger/root-differs".into()));
    }

    #[test]
    fn missing_leaves_are_refused() {
        let mut log = Log::new();
        log.entries.remove(4);
        assert_eq!(refused(&log), (4, "ledger/leaf-order".into()));
        let mut log = Log::new();
        log.entries.truncate(12);
        assert_eq!(refused(&log), (12, "ledger/too-short".into()));
    }

    #[test]
    fn a_changed_stored_hash_is_refused() {
        let mut log = Log::new();
        let at = usize::try_from(tlog_tiles::stored_hash_index(1, 4)).expect("small");
        log.stored.hashes[at] = Hash([0; 32]);
        assert_eq!(refused(&log), (9, "ledger/stored-hash".into()));
    }

    #[test]
    fn changed_foreign_or_disordered_checkpoints_are_refused() {
        let mut log = Log::new();
        log.checkpoints[1] = log.checkpoints[1].replace("\n10\n", "\n11\n");
        assert_eq!(refused(&log), (5, "ledger/checkpoint-invalid".into()));
        let mut log = Log::new();
        log.checkpoints.swap(0, 1);
        assert_eq!(refused(&log), (10, "ledger/checkpoint-order".into()));
        let mut log = Log::new();
        let other = Checkpoint::new(ORIGIN, 10, Hash([3; 32])).expect("checkpoint");
        log.checkpoints[1] = other.sign(&key()).expect("signed");
        assert_eq!(refused(&log), (5, "ledger/root-differs".into()));
    }
}
