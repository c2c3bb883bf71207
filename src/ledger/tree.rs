//! The tree: the trait by which its stored hashes are read, and the frontier by which it grows.
//!
//! Each leaf that is appended completes some subtrees; the hashes of the leaf and of those subtrees are stored one after
//! another, so that the hash of a complete subtree has one fixed index (`tlog_tiles::stored_hash_index`).

use std::cell::RefCell;

use super::hash::Hash;

/// A log does not grow beyond this, so that no index can overflow.
pub(super) const LARGEST: u64 = 1 << 48;

/// A stored hash could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error("the stored hashes of the ledger cannot be read")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store answered, but not with what was asked: it is damaged.
    #[error("stored hash {0} of the ledger is missing")]
    Missing(u64),
    /// More was asked than the log holds.
    #[error("the ledger has {has} leaves, {asked} were asked about")]
    Size {
        /// Leaves that it has.
        has: u64,
        /// The tree size or index asked about.
        asked: u64,
    },
}

/// Reads the stored hashes; the store implements it, over one snapshot of its tables.
pub trait LedgerReader {
    /// Number of leaves.
    ///
    /// # Errors
    /// The store failed.
    fn size(&self) -> Result<u64, ReadError>;

    /// The stored hashes at these indexes, in that order. Indexes rise.
    ///
    /// # Errors
    /// The store failed, or one of them is missing.
    fn hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, ReadError>;
}

/// A hash to be stored at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredHash {
    /// Its index; indexes have no gaps.
    pub index: u64,
    /// The hash.
    pub hash: Hash,
}

/// Number of stored hashes of a log with so many leaves.
#[must_use]
pub fn stored_hash_count(size: u64) -> u64 {
    tlog_tiles::stored_hash_count(size.min(LARGEST))
}

/// The right edge of the tree: all that appending and the root need, at most 48 hashes. A sequencer keeps it in memory,
/// works on a clone while a transaction is open, and keeps the clone once that has committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, from the left (largest) to the right.
    roots: Vec<Hash>,
}

impl Frontier {
    /// The empty log.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The edge of the log as stored.
    ///
    /// # Errors
    /// The store failed or lacks a hash.
    pub fn load(reader: &dyn LedgerReader) -> Result<Self, ReadError> {
        Self::load_at(reader, reader.size()?)
    }

    /// The edge that the log had when it was so long.
    ///
    /// # Errors
    /// The log is shorter, or the store failed or lacks a hash.
    pub fn load_at(reader: &dyn LedgerReader, size: u64) -> Result<Self, ReadError> {
        let has = reader.size()?;
        if size > has || size > LARGEST {
            return Err(ReadError::Size { has, asked: size });
        }
        let roots = read(reader, &tlog_tiles::sub_tree_index(0, size, Vec::new()))?;
        Ok(Self { size, roots })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Hash::EMPTY,
            Some(last) => roots.fold(*last, |right, left| Hash::of_node(*left, right)),
        }
    }

    /// Appends a leaf hash: its index is the size before. The hashes to be stored are added to `stored`.
    ///
    /// # Errors
    /// The log is full (2⁴⁸ leaves).
    pub fn append(&mut self, leaf_hash: Hash, stored: &mut Vec<StoredHash>) -> Result<u64, ReadError> {
        let index = self.size;
        if index >= LARGEST {
            return Err(ReadError::Size { has: index, asked: index + 1 });
        }
        let first = tlog_tiles::stored_hash_index(0, index);
        let mut hash = leaf_hash;
        stored.push(StoredHash { index: first, hash });
        // Each trailing one bit of the index is a complete subtree to the left that this leaf makes whole.
        for level in 1..=index.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            hash = Hash::of_node(left, hash);
            stored.push(StoredHash { index: first + u64::from(level), hash });
        }
        self.roots.push(hash);
        self.size = index + 1;
        Ok(index)
    }

    /// Appends a batch; returns the hashes to be stored.
    ///
    /// # Errors
    /// The log is full.
    pub fn append_all(&mut self, leaf_hashes: &[Hash]) -> Result<Vec<StoredHash>, ReadError> {
        let mut stored = Vec::with_capacity(leaf_hashes.len() * 2);
        for leaf_hash in leaf_hashes {
            self.append(*leaf_hash, &mut stored)?;
        }
        Ok(stored)
    }
}

/// Reads and counts: the library panics on a wrong number of hashes.
pub(super) fn read(reader: &dyn LedgerReader, indexes: &[u64]) -> Result<Vec<Hash>, ReadError> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let hashes = reader.hashes(indexes)?;
    if hashes.len() == indexes.len() {
        Ok(hashes)
    } else {
        Err(ReadError::Missing(indexes.get(hashes.len()).copied().unwrap_or_default()))
    }
}

/// Our reader as the library's. Its error type cannot carry ours, so ours waits here.
pub(super) struct Adapter<'a> {
    reader: &'a dyn LedgerReader,
    failure: RefCell<Option<ReadError>>,
}

impl<'a> Adapter<'a> {
    pub(super) fn new(reader: &'a dyn LedgerReader) -> Self {
        Self { reader, failure: RefCell::new(None) }
    }

    /// The reader's own error, if it was that which stopped the library.
    pub(super) fn into_failure(self) -> Option<ReadError> {
        self.failure.into_inner()
    }
}

impl tlog_tiles::HashReader for Adapter<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        match read(self.reader, indexes) {
            Ok(hashes) => Ok(hashes.into_iter().map(Into::into).collect()),
            Err(error) => {
                self.failure.replace(Some(error));
                Err(tlog_tiles::Error::IndexesNotInTree)
            }
        }
    }
}

/// A log in memory, for tests of this room.
#[cfg(test)]
pub(super) mod memory {
    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Memory {
        pub(crate) hashes: Vec<Hash>,
        pub(crate) frontier: Frontier,
    }

    impl Memory {
        pub(crate) fn of(leaf_hashes: &[Hash]) -> Self {
            let mut log = Self::default();
            for stored in log.frontier.append_all(leaf_hashes).expect("room") {
                assert_eq!(stored.index, log.hashes.len() as u64, "indexes have no gaps");
                log.hashes.push(stored.hash);
            }
            log
        }
    }

    impl LedgerReader for Memory {
        fn size(&self) -> Result<u64, ReadError> {
            Ok(self.frontier.size())
        }

        fn hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, ReadError> {
            let at = |index: &u64| usize::try_from(*index).ok().and_then(|at| self.hashes.get(at)).copied();
            indexes.iter().map(|index| at(index).ok_or(ReadError::Missing(*index))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::memory::Memory;
    use super::*;

    /// The inputs and roots of the Certificate Transparency reference implementation (merkle_tree_test).
    const INPUTS: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn small_trees_have_the_known_roots() {
        let mut frontier = Frontier::empty();
        assert_eq!(
            format!("{:?}", frontier.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (input, root) in INPUTS.iter().zip(ROOTS) {
            let leaf = hex::decode(input).expect("hex");
            frontier.append(Hash::of_leaf(&leaf), &mut Vec::new()).expect("room");
            assert_eq!(format!("{:?}", frontier.root()), root);
        }
    }

    #[test]
    fn the_frontier_stores_what_the_library_would_and_loads_at_any_size() {
        let leaves: Vec<Hash> = (0..300_u32).map(|n| Hash::of_leaf(&n.to_be_bytes())).collect();
        let log = Memory::of(&leaves);
        assert_eq!(log.hashes.len() as u64, stored_hash_count(300));
        let mut theirs: Vec<Hash> = Vec::new();
        for (n, leaf) in leaves.iter().enumerate() {
            let so_far = Memory { hashes: theirs.clone(), frontier: Frontier::default() };
            let adapter = Adapter::new(&so_far);
            let new = tlog_tiles::stored_hashes_for_record_hash(n as u64, (*leaf).into(), &adapter).expect("hashes");
            theirs.extend(new.into_iter().map(Hash::from));
        }
        assert_eq!(log.hashes, theirs);
        for size in 0..=300 {
            let loaded = Frontier::load_at(&log, size).expect("stored");
            let whole = Memory::of(&leaves[..usize::try_from(size).expect("small")]);
            assert_eq!(loaded, whole.frontier);
            assert_eq!(loaded.root(), tlog_tiles::tree_hash(size, &Adapter::new(&log)).expect("root").into());
        }
        assert!(matches!(Frontier::load_at(&log, 301), Err(ReadError::Size { has: 300, asked: 301 })));
    }

    #[test]
    fn a_damaged_store_is_an_error_and_no_panic() {
        let mut log = Memory::of(&[Hash([1; 32]), Hash([2; 32]), Hash([3; 32])]);
        log.hashes.truncate(3);
        assert!(matches!(Frontier::load(&log), Err(ReadError::Missing(3))));
    }
}
