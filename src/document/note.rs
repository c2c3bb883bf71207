//! Notes on cells, put where the sender will see them: as comments in the sender's own workbook.

use super::{Limits, xlsx};
use crate::finding::Finding;

/// What is to be said of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Name of the sheet; of one that there is not, the first sheet is meant.
    pub sheet: String,
    /// Row, from 1.
    pub row: u32,
    /// Column, from 1; 0 for the row as a whole.
    pub column: u32,
    /// The words.
    pub text: String,
}

/// Why a workbook cannot bear comments.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(Box<Finding>),
    /// A sheet has comments of its own, which are the sender's.
    #[error("the sheet {0} has comments of its own")]
    OwnComments(String),
    /// A sheet is of a kind that comments cannot be put on.
    #[error("the sheet {0} cannot bear comments")]
    Sheet(String),
    /// The package cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Write(String),
}

impl From<Finding> for AnnotateError {
    fn from(finding: Finding) -> Self {
        Self::Unreadable(Box::new(finding))
    }
}

/// An xlsx workbook with comments on its cells. Whatever else it holds is copied byte for byte.
///
/// # Errors
/// The workbook cannot be read, or cannot bear comments.
pub fn annotate(workbook: &[u8], notes: &[Note], limits: &Limits) -> Result<Vec<u8>, AnnotateError> {
    xlsx::annotate(workbook, notes, limits)
}
