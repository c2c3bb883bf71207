//! Notices: messages with a content of their own, that went to partners or came from them.

use serde::Serialize;

use super::rows::{Direction, PartnerId};
use crate::clock::Timestamp;

/// A notice, as it is written down once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeWrite {
    /// To whom, or from whom.
    pub partner: PartnerId,
    /// Sent or received.
    pub direction: Direction,
    /// Message id.
    pub id: String,
    /// Type of the message.
    pub message_type: String,
    /// The certificate that it is about: a subject key as text.
    pub subject: Option<String>,
    /// The message that it answers.
    pub answers: Option<String>,
    /// Its document, JSON.
    pub body: Vec<u8>,
    /// When it was sent off or received.
    pub at: Timestamp,
}

/// Somebody here is through with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDone {
    /// To whom, or from whom.
    pub partner: PartnerId,
    /// Sent or received.
    pub direction: Direction,
    /// Message id. A notice that is not there, or done already, makes the Change stale.
    pub id: String,
    /// What was done.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// A notice as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// As it was written down.
    pub notice: NoticeWrite,
    /// When somebody here was through with it, and what was done.
    pub done: Option<(Timestamp, String)>,
    /// Ids of the messages that answer it, oldest first.
    pub answered_by: Vec<String>,
}

/// Which notices to list, oldest first.
#[derive(Clone, Debug, Default)]
pub struct NoticeFilter {
    /// To whom, or from whom.
    pub partner: Option<PartnerId>,
    /// Sent or received.
    pub direction: Option<Direction>,
    /// Of this type.
    pub message_type: Option<String>,
    /// About this certificate.
    pub subject: Option<String>,
    /// The notice of this message id.
    pub id: Option<String>,
    /// Only those that nobody here is through with.
    pub open: bool,
    /// After this message id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// How a list shows a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeLine {
    /// Message id.
    pub id: String,
    /// Sent or received.
    pub direction: Direction,
    /// To whom, or from whom.
    pub partner: PartnerId,
    /// Type of the message.
    pub message_type: String,
    /// The certificate that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// Ids of the messages that answer it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answered_by: Vec<String>,
    /// When it was sent off or received.
    pub at: Timestamp,
    /// When somebody here was through with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_note: Option<String>,
}

impl From<&Notice> for NoticeLine {
    fn from(held: &Notice) -> Self {
        let Notice { notice, done, answered_by } = held;
        Self {
            id: notice.id.clone(),
            direction: notice.direction,
            partner: notice.partner.clone(),
            message_type: notice.message_type.clone(),
            subject: notice.subject.clone(),
            answers: notice.answers.clone(),
            answered_by: answered_by.clone(),
            at: notice.at,
            done_at: done.as_ref().map(|(at, _)| *at),
            done_note: done.as_ref().map(|(_, note)| note.clone()),
        }
    }
}
