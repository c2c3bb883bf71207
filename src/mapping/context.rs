//! What a mapping is told beside document and record, and the sources of computed values, which lower rooms implement.

use serde_json::Value;

use crate::clock::Day;

/// The names that crosswalks may `call`.
pub(crate) const COMPUTED: &[&str] = &["assurance-level"];

/// A value that no crosswalk can state and a room that knows computes: `assurance-level` is answered by recognition.
///
/// Same record, same day, same loaded data: same answer; else the laws of the mapping do not hold.
pub trait ComputedSource {
    /// The code for the record, or nothing where the source knows none of this name or has no answer.
    fn compute(&self, name: &str, record: &Value, issue: &Value, on: Day) -> Option<String>;
}

/// No computed values.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingComputed;

impl ComputedSource for NothingComputed {
    fn compute(&self, _: &str, _: &Value, _: &Value, _: Day) -> Option<String> {
        None
    }
}

/// Whether what the record cannot hold is written out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// What partners receive: without residue.
    #[default]
    Plain,
    /// Leaf for leaf what came in, while the record has not changed.
    Exact,
}

/// The facts of one issuing and the day that computed values are judged on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The root `$issue`: `base`, `id`, `issuer{id,name}`, `status_entry` and the like.
    pub issue: &'a Value,
    /// The root `$batch`, where a document of several records is written.
    pub batch: &'a Value,
    /// Computed values.
    pub computed: &'a dyn ComputedSource,
    /// With or without residue.
    pub mode: Mode,
    /// The day to judge on.
    pub on: Day,
    /// The syntax to write, where the format has several; its own one if nothing is said.
    pub syntax: Option<crate::document::Syntax>,
    /// Whether accounts are made. Without, a mapping says the same and takes less time.
    pub account: bool,
    /// Where the document stands in a longer one, of which it is a piece.
    pub piece: Option<Piece>,
}

/// Where a piece of a long document stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Records in the pieces before it.
    pub records_before: usize,
    /// Number of the last row of data in the pieces before it; 0 where there is none.
    pub last_row: u32,
}

static NOTHING: Value = Value::Null;

impl<'a> Context<'a> {
    /// Nothing issued, nothing computed, plain.
    #[must_use]
    pub fn new(on: Day) -> Self {
        Self {
            issue: &NOTHING,
            batch: &NOTHING,
            computed: &NothingComputed,
            mode: Mode::Plain,
            on,
            syntax: None,
            account: true,
            piece: None,
        }
    }

    /// How many records stand before the first one of the document.
    pub(crate) fn records_before(&self) -> usize {
        self.piece.map_or(0, |piece| piece.records_before)
    }

    /// The same for a piece of a long document.
    #[must_use]
    pub fn in_piece(mut self, piece: Piece) -> Self {
        self.piece = Some(piece);
        self
    }

    /// The same without accounts, for whoever reads none.
    #[must_use]
    pub fn without_account(mut self) -> Self {
        self.account = false;
        self
    }

    /// The same with another root `$issue`.
    #[must_use]
    pub fn issuing(mut self, issue: &'a Value) -> Self {
        self.issue = issue;
        self
    }

    /// The same with another root `$batch`.
    #[must_use]
    pub fn in_batch(mut self, batch: &'a Value) -> Self {
        self.batch = batch;
        self
    }

    /// The same in another syntax than the format's own.
    #[must_use]
    pub fn in_syntax(mut self, syntax: Option<crate::document::Syntax>) -> Self {
        self.syntax = syntax;
        self
    }

    /// The same, leaf for leaf.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.mode = Mode::Exact;
        self
    }

    /// The same with a source of computed values.
    #[must_use]
    pub fn computing(mut self, computed: &'a dyn ComputedSource) -> Self {
        self.computed = computed;
        self
    }
}
