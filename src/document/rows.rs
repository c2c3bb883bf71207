//! Rows one by one: what long tables have in common, whichever syntax they are in.

use super::Row;
use crate::finding::Finding;

/// One row of a table, or why there is none.
#[derive(Debug)]
pub struct ReadRow {
    /// The row; nothing where it cannot be read, which a finding says.
    pub row: Option<Row>,
    /// What reading it had to say.
    pub findings: Vec<Finding>,
}

/// The rows of one sheet, in their order. Rows that hold nothing are passed over.
pub trait Rows {
    /// The next row. An error ends the table: what stands below it cannot be told.
    ///
    /// # Errors
    ///
    /// The file has changed since it was looked through, or cannot be read.
    fn next_row(&mut self) -> Result<Option<ReadRow>, Finding>;

    /// How much of the table has been read, of how much.
    fn progress(&self) -> (u64, u64);
}
