//! A notice to a partner: judged by its schema, kept, and meant to be sent, in one Change.

use serde_json::Value;

use crate::document::parse_json;
use crate::finding::{Finding, any_error};
use crate::message::{Envelope, MalformedMessageId, MessageType};
use crate::recognition::OwnList;
use crate::record::{Key, SubjectKey};
use crate::registry::verification;
use crate::schema::Schemas;
use crate::store::{
    Change, Direction, Face, Intent, NotCommitted, Notice, NoticeDone, NoticeWrite, OutboxEntry, PartnerId, StoreError,
    Write,
};

use super::super::agreement::DataClass;
use super::super::attempt::Attempt;
use super::super::book::Entry;
use super::super::exchange::Exchange;
use super::super::frozen::Frozen;

/// What is to be told to a partner.
#[derive(Clone, Debug)]
pub struct NoticeDraft {
    /// To whom.
    pub partner: String,
    /// What kind of notice it is.
    pub kind: MessageType,
    /// The certificate that it is about. An answer is about that of what it answers.
    pub subject: Option<SubjectKey>,
    /// The notice that it answers.
    pub answers: Option<String>,
    /// The document, without `type` and `subject`, which are filled in.
    pub document: Value,
}

/// A notice cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// There is no such partner.
    #[error("no partner is called {0}")]
    UnknownPartner(String),
    /// The partner only calls us.
    #[error("{0} has no address: nothing can be sent to it")]
    NoAddress(String),
    /// The agreement with the partner does not cover notices.
    #[error("the agreement with {0} does not cover notices (agreement.data_classes)")]
    NotAgreed(String),
    /// The type of message is no notice.
    #[error("{0} is no notice that can be written")]
    NoNotice(MessageType),
    /// It is about no certificate.
    #[error("a {0} is about a certificate")]
    NoSubject(MessageType),
    /// The document is not what its schema asks for.
    #[error("the document cannot be sent as it is")]
    Document(Vec<Finding>),
    /// There is nothing of that id to answer, or it was answered before.
    #[error("there is no open {kind} {id} from {partner}")]
    NothingToAnswer {
        /// What would be answered.
        kind: MessageType,
        /// Its id.
        id: String,
        /// From whom.
        partner: String,
    },
    /// Ours: the store, or our schema.
    #[error("{0}")]
    Ours(String),
}

impl NoticeError {
    /// True where whoever asked for it can mend it.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        !matches!(self, Self::Ours(_))
    }
}

impl From<StoreError> for NoticeError {
    fn from(error: StoreError) -> Self {
        Self::Ours(error.to_string())
    }
}

impl Exchange {
    /// Writes a notice down and means it to be sent; gives its message id. The notice that it answers is done with it.
    ///
    /// # Errors
    ///
    /// The draft's fault, but for [`NoticeError::Ours`]; nothing was written.
    pub fn write_notice(&self, draft: NoticeDraft) -> Result<String, NoticeError> {
        let NoticeDraft { partner, kind, subject, answers, document } = draft;
        let book = self.book();
        let entry = book.entry(&partner).ok_or_else(|| NoticeError::UnknownPartner(partner.clone()))?;
        if entry.partner.address.is_none() {
            return Err(NoticeError::NoAddress(partner));
        }
        if !entry.partner.agreement.covers(DataClass::Notices) {
            return Err(NoticeError::NotAgreed(partner));
        }
        let format = kind.notice_format().filter(|_| kind != MessageType::Answer).ok_or(NoticeError::NoNotice(kind))?;
        let to = PartnerId(partner);
        let at = crate::store::whole_micros(self.now());
        let id = crate::clock::uuid7(self.clock.as_ref(), self.entropy.as_ref()).to_string();
        let asked = match (kind, &answers) {
            (MessageType::CorrectionOutcome, asked) => {
                let asked = asked.clone().unwrap_or_default();
                Some(self.open_request(&to, &asked)?.ok_or_else(|| NoticeError::NothingToAnswer {
                    kind: MessageType::CorrectionRequest,
                    id: asked,
                    partner: to.0.clone(),
                })?)
            }
            _ => None,
        };
        let subject = match &asked {
            Some(asked) => asked.notice.subject.as_ref().and_then(|subject| subject.parse::<SubjectKey>().ok()),
            None => subject,
        };
        if kind.needs_subject() && subject.is_none() {
            return Err(NoticeError::NoSubject(kind));
        }
        let body = document_of(kind, format, subject.as_ref(), document, &id)?;
        if matches!(kind, MessageType::DesignationList | MessageType::RecognitionRows) {
            let list: OwnList = serde_json::from_slice(&body).map_err(|error| NoticeError::Ours(error.to_string()))?;
            let findings = list.check(&self.house.country, &self.verifier.recognition.load());
            if !findings.is_empty() {
                return Err(NoticeError::Document(findings));
            }
        }
        let subject = subject.map(|subject| subject.to_string());
        let mut writes = vec![
            Write::Notice(NoticeWrite {
                partner: to.clone(),
                direction: Direction::Sent,
                id: id.clone(),
                message_type: kind.word().to_owned(),
                subject: subject.clone(),
                answers: asked.as_ref().map(|asked| asked.notice.id.clone()),
                body,
                at,
            }),
            Write::Intent(Intent {
                id: id.clone(),
                partner: to.clone(),
                subject: subject.unwrap_or_else(|| id.clone()),
                face: Face::Notice,
                version: 0,
                message_type: kind.word().to_owned(),
                body: None,
                at,
            }),
        ];
        if let Some(asked) = asked {
            let note = format!("answered by {id}");
            let (partner, direction) = (to.clone(), Direction::Received);
            writes.push(Write::NoticeDone(NoticeDone { partner, direction, id: asked.notice.id.clone(), note, at }));
        }
        match self.store().commit(Change::new(writes)) {
            Ok(_) => {
                self.wake();
                Ok(id)
            }
            Err(NotCommitted::Stale(_)) => Err(NoticeError::NothingToAnswer {
                kind: MessageType::CorrectionRequest,
                id: answers.unwrap_or_default(),
                partner: to.0,
            }),
            Err(NotCommitted::Store(error)) => Err(error.into()),
        }
    }

    /// A request of that partner that nobody here is through with.
    fn open_request(&self, partner: &PartnerId, id: &str) -> Result<Option<Notice>, StoreError> {
        let held = self.store().notice(partner, Direction::Received, id)?;
        let request = MessageType::CorrectionRequest.word();
        Ok(held.filter(|held| held.done.is_none() && held.notice.message_type == request))
    }
}

/// The bytes of a notice that its schema takes.
fn document_of(
    kind: MessageType,
    format: &str,
    subject: Option<&SubjectKey>,
    mut document: Value,
    id: &str,
) -> Result<Vec<u8>, NoticeError> {
    let ours = |error: &dyn std::fmt::Display| NoticeError::Ours(error.to_string());
    if let Some(members) = document.as_object_mut() {
        if kind == MessageType::Query {
            members.entry("requestId").or_insert_with(|| id.into());
        } else {
            members.insert("type".into(), format.replace('@', "/").into());
        }
        if let Some(subject) = subject {
            let key = serde_json::to_value(Key::from(subject)).map_err(|error| ours(&error))?;
            members.insert("subject".into(), key);
        }
    }
    let body = serde_json::to_vec(&document).map_err(|error| ours(&error))?;
    if kind == MessageType::Query {
        verification::read(&body, &verification::Limits::default()).map_err(NoticeError::Document)?;
        return Ok(body);
    }
    let node = parse_json(&body, 0, &crate::document::Limits::default());
    let node = node.map_err(|finding| NoticeError::Document(vec![finding]))?;
    let findings = Schemas::bundled().validate(format, &node).map_err(|error| ours(&error))?;
    if any_error(&findings) { Err(NoticeError::Document(findings)) } else { Ok(body) }
}

/// A notice as it leaves.
pub(in super::super) fn compose(exchange: &Exchange, entry: &Entry, message: &OutboxEntry) -> Result<Frozen, Attempt> {
    let never = |error: &dyn std::fmt::Display| Attempt::Never(error.to_string());
    let held = exchange.store().notice(&message.partner, Direction::Sent, &message.id);
    let held = held.map_err(|error| Attempt::Later { error: error.to_string(), at: None })?;
    let notice = held.ok_or_else(|| never(&"the notice that is to be sent is not held"))?.notice;
    let kind = MessageType::ALL.iter().copied().find(|kind| kind.word() == notice.message_type);
    let kind = kind.ok_or_else(|| never(&"no such type of message"))?;
    let format = kind.notice_format().ok_or_else(|| never(&"the type of message is no notice"))?;
    let message_id = |text: &str| text.parse().map_err(|error: MalformedMessageId| never(&error));
    let subject = notice.subject.as_deref().map(str::parse).transpose();
    Ok(Frozen {
        envelope: Envelope {
            id: message_id(&message.id)?,
            kind,
            sender: exchange.house.id.clone(),
            recipient: entry.partner.id.clone(),
            subject: subject.map_err(|error: crate::record::MalformedSubject| never(&error))?,
            state: None,
            format: format.to_owned(),
            content_type: "application/json".to_owned(),
            replaces: None,
            answers: notice.answers.as_deref().map(message_id).transpose()?,
        },
        body: notice.body,
        signatures: Vec::new(),
    })
}
