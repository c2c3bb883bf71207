//! The last checkpoint kept outside the database, so that a restored backup is seen to be one.
//!
//! The file is written after the commit, by a thread of its own: it may lag behind the store for a moment, and never
//! runs ahead of it. What stands in it is the signed note, and nothing else.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::super::error::StoreError;
use super::super::rows::SignedCheckpoint;

/// How long the keeper rests behind each note: a store that commits hundreds of times a second would spend a twentieth of its
/// time on notes that nobody can read.
const REST: Duration = Duration::from_millis(50);

/// Where the last checkpoint is kept, and what to do with a store that is behind it.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    /// The file; best on another disk than the store, and not in its backup.
    pub path: PathBuf,
    /// A person has said that the store may start though it is behind.
    pub accept_behind: bool,
}

/// Reads the note; `None` where there is no file yet.
///
/// # Errors
///
/// [`StoreError::CheckpointFile`].
pub(super) fn read(path: &Path) -> Result<Option<String>, StoreError> {
    match std::fs::read_to_string(path) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::CheckpointFile { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// Replaces the file: a reader sees the old note or the new one, also after a power failure.
fn write(path: &Path, note: &str) -> std::io::Result<()> {
    // Another process may be writing at the same time.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(note.as_bytes())?;
    file.sync_data()?;
    std::fs::rename(&beside, path)
}

/// Keeps the last of the checkpoints that it is given. Dropped, it writes what it has and ends.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    note: Option<String>,
    closed: bool,
}

impl Keeper {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// [`StoreError::CheckpointFile`] where the system gives no thread.
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let place = path.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoint-keeper".into())
            .spawn(move || theirs.run(&path))
            .map_err(|error| StoreError::CheckpointFile { path: place, reason: error.to_string() })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Hands a committed checkpoint over; an older one that still waits is passed over.
    pub(super) fn keep(&self, checkpoint: &SignedCheckpoint) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).note = Some(checkpoint.note.clone());
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn run(&self, path: &Path) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(note) = state.note.take() {
                drop(state);
                if let Err(error) = write(path, &note) {
                    tracing::error!(%error, path = %path.display(), "The checkpoint file was not written.");
                }
                state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                let goes_on = |state: &mut State| !state.closed;
                let rested = self.changed.wait_timeout_while(state, REST, goes_on);
                state = rested.unwrap_or_else(PoisonError::into_inner).0;
            } else if state.closed {
                return;
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
