//! Validators: JSON Schema and XML Schema, bundled under `schemas/` and written by us, or installed by an operator and
//! pinned by digest.
//!
//! Nothing is ever fetched: a reference out of a schema is an error when it is compiled. Formats (`uri`, `date-time`)
//! are asserted. Not here: what a document means (`mapping`), and rules between fields (`rules`).

mod catalogue;
mod installed;
mod tree;
mod violation;
mod xsd;

pub use catalogue::{Language, Origin, Schema, SchemaError, Schemas};
pub use installed::{FOLDER, Installed, MANIFEST};
