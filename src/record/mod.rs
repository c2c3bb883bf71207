//! The record: the one model inside the house, richer than any format.
//!
//! Its structs are the source of the published JSON Schema (`schemas/record/certbridge-record-1.json`), which carries,
//! beside types and meanings, `x-zone` (who may see a field; absent is `public`), `x-key` (what tells the items of a
//! list apart), `x-whole` (a value taken as one) and `x-personal` (points to a natural person). Identifiers with their check digits are in `identifier`.
//!
//! Not here: what may leave (`release`), what must hold between fields (`rules`), how a record is stored (`store`).

mod certificate;
mod claims;
mod dates;
mod document;
mod energy;
mod fee;
pub mod identifier;
mod issuer;
mod key;
mod mark;
mod party;
mod process;
mod product;
mod provenance;
mod published;
mod relation;
mod residue;
mod scheme;
mod scope;
mod standard;
mod status;
mod subject;
mod validity;
mod value;

pub use certificate::*;
pub use claims::*;
pub use dates::*;
pub use document::*;
pub use energy::*;
pub use fee::*;
pub use issuer::*;
pub use key::*;
pub use mark::*;
pub use party::*;
pub use process::*;
pub use product::*;
pub use provenance::*;
pub use published::schema;
pub use relation::*;
pub use residue::*;
pub use scheme::*;
pub use scope::*;
pub use standard::*;
pub use status::*;
pub use subject::*;
pub use validity::*;
pub use value::*;

#[cfg(test)]
pub(crate) mod testing;
