//! The catalogue of formats, and the straight walk of a document through the house: detect, parse, validate, map, read
//! into records, check; and out again.
//!
//! [`Catalogue::read`] takes a sender's bytes and gives records, each with its findings at the sender's own cells, its
//! account and its payload; [`Catalogue::read_stream`] does so piece by piece. [`Catalogue::write`] takes released records and gives documents. [`Catalogue::convert`] does
//! both. Filings of rules are no certificates and are read by [`Catalogue::read_filings`]. Not here: registering (`registry`), signing (`credential`), and what may leave (`release`).

mod catalogue;
mod convert;
mod feeders;
mod filing;
mod fit;
mod joined;
mod overlay;
mod payload;
mod read;
mod seen;
mod sender;
mod stream;
mod stream_book;
mod stream_rows;
mod suggestion;
mod update;
mod write;

pub use catalogue::{Catalogue, Format, FormatError};
pub use convert::{Converted, ConvertedRecord};
pub use filing::{ConvertedFilings, FilingContext, FilingReading, ReadFiling, RefusedFiling};
pub use payload::Payload;
pub use read::{ReadContext, ReadRecord, Reading, Refused};
pub use seen::Seen;
pub use stream::{Input, Piece, Streaming, Taker};
pub use update::Update;
pub use write::{Written, WrittenDocument};

#[cfg(test)]
mod contradiction_tests;
#[cfg(test)]
mod customs;
#[cfg(test)]
mod disguise;
#[cfg(test)]
mod domestic_tests;
#[cfg(test)]
mod filing_tests;
#[cfg(test)]
mod foreign_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
pub(crate) mod pairs;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod taint_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod update_tests;
#[cfg(test)]
mod verdict_tests;
#[cfg(test)]
mod violation_tests;
#[cfg(test)]
mod wco_tests;
