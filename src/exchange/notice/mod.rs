//! Notices: messages with a content of their own. A certificate is not recognised; goods do not conform to one; a record is
//! held to be wrong, and what came of that; a question, and its answer.
//!
//! `given` writes them to partners, `taken` takes them. No notice changes a record: whoever owns it decides what
//! follows, and says so by a version of the record. Both sides keep notices for as long as they like; a list of those that
//! nobody is through with is the work that there is.

mod given;
mod taken;
mod template;

pub(super) use given::compose;
pub use given::{NoticeDraft, NoticeError};
pub use template::template;
