//! The store as the ledger reads it: the tree, and the replay of everything that it holds.

use super::error::StoreError;
use super::{LedgerEvent, Store};
use crate::ledger::{Entry, Hash, LedgerReader, NoteVerifier, ReadError, ReplayError, ReplayReport, replay};

/// Events read at once by a replay.
const PAGE: u32 = 1000;

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

/// The tree of a store. The log only grows: a size once read holds.
pub struct StoredTree<'a>(pub &'a dyn Store);

impl LedgerReader for StoredTree<'_> {
    fn size(&self) -> Result<u64, ReadError> {
        Ok(self.0.ledger_size()?)
    }

    fn hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, ReadError> {
        match self.0.stored_hashes(indexes)? {
            Some(hashes) => Ok(hashes),
            None => Err(ReadError::Missing(indexes.last().copied().unwrap_or_default())),
        }
    }
}

/// Replays the whole ledger of a store: every leaf, every chain, every stored hash, and the checkpoint. Memory stays
/// flat; a store that is written to meanwhile is checked as far as it went when the replay came there.
///
/// # Errors
///
/// The first thing that is not sound.
pub fn replay_ledger(store: &dyn Store, origin: &str, keys: &[NoteVerifier]) -> Result<ReplayReport, ReplayError> {
    let mut page: std::vec::IntoIter<LedgerEvent> = Vec::new().into_iter();
    let mut next = 0;
    // The checkpoint is read first: events that come later stand behind it.
    let checkpoint = store.checkpoint().map(|checkpoint| checkpoint.map(|checkpoint| checkpoint.note));
    let size = store.ledger_size();
    let entries = std::iter::from_fn(move || {
        let size = match &size {
            Ok(size) => *size,
            Err(error) => return Some(Err(ReadError::from(error.clone()))),
        };
        if next >= size {
            return None;
        }
        if page.len() == 0 {
            match store.events_from(next, PAGE) {
                Ok(events) => page = events.into_iter(),
                Err(error) => return Some(Err(error.into())),
            }
        }
        let event = page.next()?;
        next = event.index + 1;
        Some(Ok(Entry { index: event.index, leaf_hash: event.leaf_hash, opened: Some((event.event, event.salt)) }))
    });
    let checkpoints = checkpoint.map_err(ReadError::from).transpose();
    replay(entries, checkpoints, origin, keys, Some(&StoredTree(store)))
}
