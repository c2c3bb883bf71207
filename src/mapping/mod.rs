//! The crosswalk language: one rule for both directions.
//!
//! A crosswalk is a YAML file that states how one format and the record correspond. It is parsed, checked and compiled into a
//! plan (`load`, `plan`); `get` writes documents from records, `put` brings records up to date from documents, and both
//! account for every leaf (`account`). The laws that hold between them, and the language itself, are told in
//! `docs/crosswalks.md`; they are tested in `laws`.
//!
//! Not here: syntax (`document`), code tables (`codes`), which formats there are (`format`), rules on the record (`rules`).

mod account;
mod by_path;
mod choose;
mod compose;
mod context;
mod correspondence;
mod crosswalk;
mod derive;
mod feeds;
mod get;
mod get_account;
mod get_lists;
mod late;
mod library;
mod lists;
mod load;
mod merge;
mod origins;
mod path;
mod pieces;
mod plan;
mod put;
mod put_sheets;
mod sequence;
mod shape;
mod sheets;
mod shown;
mod steps;
mod view;
mod wire;
mod wording;
mod workbook;

pub use account::{Account, AccountLine, Class};
pub use context::{ComputedSource, Context, Mode, NothingComputed, Piece};
pub use correspondence::Correspondence;
pub use crosswalk::{Crosswalk, Get, GetRecord, Put, PutRecord};
pub use library::{CodePairs, CodeTables, Library, NoTables};
pub use load::grammar::schema as crosswalk_schema;
pub use load::yaml::LoadError;
pub use origins::Origins;
pub use pieces::{HEAD_WITHIN, Head};

#[cfg(test)]
mod construct_tests;
#[cfg(test)]
pub(crate) mod fired;
#[cfg(test)]
mod found_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod load_tests;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod xml_tests;
