//! Mutual recognition: what an importing party asks for, whether a certificate counts there, and on whose word.
//!
//! The rules are dated rows under `mappings/requirements`, `mappings/arrangements` and `mappings/effects`; this room
//! reads and checks them, and decides. Recognition never guesses: where no row speaks, the answer is
//! `not-determinable` and says what is missing. "No record" is never "fake".
//!
//! Not here: finding the certificate and comparing it with the goods (`registry::verification`), and the mapping of
//! the computed level into a document (`mapping` asks for it by name).

mod assurance;
mod attested;
mod data;
mod decision;
mod effect;
mod in_force;
mod load;
mod management;
mod own_list;
mod product;
mod question;
mod reason;
mod requirement;
mod source;
mod standard;
mod validity;
pub(crate) mod vocabulary;

pub use data::{
    Arrangement, ArrangementKind, DesignationRow, DocumentType, EffectRow, ListRow, RequirementRow, Signatory,
    StandardRow, Words,
};
pub use decision::{Decision, Link, Step, Verdict};
pub use effect::Effect;
pub use in_force::InForce;
pub use load::{Recognition, bundled_files};
pub use own_list::OwnList;
pub use question::{DatedStatus, GoodsClass, Question, party};
pub use reason::{Condition, Reason};
pub use requirement::Required;
pub use source::LoadError;
pub use standard::{Edition, Editions, Known};
pub use validity::{Concerns, judge};
pub use vocabulary::{Act, DateBasis, Outcome, Part, Requirement, Standing};

#[cfg(test)]
mod tests;
