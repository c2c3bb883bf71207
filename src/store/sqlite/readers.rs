//! The pool of reading connections: taken for one read, given back at its end, also by a read that panics.

use std::ops::Deref;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use super::super::error::StoreError;

/// Connections that only read.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    freed: Condvar,
}

impl Readers {
    /// Opens so many connections.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unopened`] and its like.
    pub(super) fn open(path: &Path, count: usize, lean: bool) -> Result<Self, StoreError> {
        // What is mapped counts as memory of the process, up to the size of the file.
        let mapped: u64 = if lean { 0 } else { 1 << 30 };
        let mut idle = Vec::with_capacity(count.max(1));
        for _ in 0..count.max(1) {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)
                .map_err(|error| StoreError::Unopened { path: path.to_owned(), reason: error.to_string() })?;
            connection.busy_timeout(super::BUSY)?;
            super::keep_prepared(&connection)?;
            connection.execute_batch(&format!(
                "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA mmap_size = {mapped};
                 PRAGMA temp_store = MEMORY;"
            ))?;
            idle.push(connection);
        }
        Ok(Self { idle: Mutex::new(idle), freed: Condvar::new() })
    }

    /// Runs one read on one snapshot: whatever it asks, it sees the same committed state.
    ///
    /// # Errors
    ///
    /// Those of the read.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let taken = self.take();
        let transaction = taken.unchecked_transaction()?;
        let answer = read(&transaction)?;
        transaction.finish()?;
        Ok(answer)
    }

    /// Runs a read of a single statement, which is a snapshot by itself.
    ///
    /// # Errors
    ///
    /// Those of the read.
    pub(super) fn look_up<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        Ok(read(&self.take())?)
    }

    fn take(&self) -> Taken<'_> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.pop() {
                return Taken { connection: Some(connection), pool: self };
            }
            idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection out of the pool, given back when dropped.
struct Taken<'a> {
    connection: Option<Connection>,
    pool: &'a Readers,
}

impl Deref for Taken<'_> {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "the connection leaves only when this is dropped")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("taken until dropped")
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            self.pool.freed.notify_one();
        }
    }
}
