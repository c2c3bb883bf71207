//! A notice that comes: read by its schema, about a certificate that the sender may know of, kept with its receipt.

use serde_json::Value;

use crate::document::parse_json;
use crate::finding::{Finding, Place, any_error};
use crate::message::{MessageType, Outcome};
use crate::recognition::OwnList;
use crate::record::{Key, SubjectKey};
use crate::registry::Owner;
use crate::registry::verification::{self, verify_signature};
use crate::schema::Schemas;
use crate::store::{Direction, Face, Intent, Notice, NoticeWrite, Write};

use super::super::agreement::DataClass;
use super::super::exchange::Exchange;
use super::super::inbox::{Decided, NoReceipt, Taken};
use super::super::partner::Role;
use super::super::reading::other_subject;

impl Exchange {
    /// What a notice is, before anything is written.
    pub(in super::super) fn take_notice(&self, message: &Taken<'_>) -> Result<Decided, NoReceipt> {
        let envelope = message.envelope;
        let partner = &message.from.partner;
        if !partner.agreement.covers(DataClass::Notices) {
            let finding = Finding::new("exchange/class-not-agreed", Place::Whole).with("type", envelope.kind);
            return Ok(refused(finding.with("partner", &partner.id)));
        }
        let Some(format) = envelope.kind.notice_format() else {
            return Ok(refused(Finding::new("exchange/type-not-taken", Place::Whole).with("type", envelope.kind)));
        };
        if envelope.format != format {
            let finding = Finding::new("exchange/format-not-agreed", Place::Whole).with("format", &envelope.format);
            return Ok(refused(finding.with("agreed", format)));
        }
        match envelope.kind {
            MessageType::Query => self.take_query(message),
            MessageType::Answer => self.take_answer(message),
            MessageType::DesignationList | MessageType::RecognitionRows => self.take_list(message, format),
            _ => self.take_report(message, format),
        }
    }

    /// A notice about a certificate.
    fn take_report(&self, message: &Taken<'_>, format: &str) -> Result<Decided, NoReceipt> {
        let envelope = message.envelope;
        let body = match self.read(message, format)? {
            Ok(body) => body,
            Err(findings) => return Ok(Decided::Stays { outcome: Outcome::NotReadable, findings }),
        };
        let stated = body.get("subject").cloned().and_then(|subject| serde_json::from_value::<Key>(subject).ok());
        let stated = stated.and_then(|key| SubjectKey::try_from(&key).ok());
        let unknown = |subject: &str| {
            let finding = Finding::new("exchange/notice-subject-unknown", Place::pointer("/subject"));
            Ok(refused(finding.with("subject", subject)))
        };
        let Some(subject) = &stated else { return unknown("–") };
        // An outcome need not name it in its header, too.
        if let Some(named) = envelope.subject.as_ref().filter(|named| *named != subject) {
            return Ok(refused(other_subject(named, &subject.to_string())));
        }
        if envelope.kind == MessageType::CorrectionOutcome {
            let asked = self.answered(message, MessageType::CorrectionRequest)?;
            let about = |asked: &Notice| asked.notice.subject.as_deref() == Some(subject.to_string().as_str());
            if !asked.is_some_and(|asked| about(&asked) && asked.answered_by.is_empty()) {
                return Ok(refused(answers_nothing(message)));
            }
            return Ok(notes(message, Some(subject)));
        }
        let held = self.registry.look_up(subject).map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        let partner = &message.from.partner;
        let own = Owner::Partner(message.sender.clone());
        // Whom a certificate is no matter of is told the same as where there is none.
        let held =
            held.filter(|held| held.owner == own || partner.verifies() || partner.hears_of(&held.record, &held.owner));
        let Some(held) = held else { return unknown(&subject.to_string()) };
        if envelope.kind == MessageType::CorrectionRequest && held.owner != Owner::House {
            let finding = Finding::new("exchange/not-ours-to-correct", Place::pointer("/subject"));
            return Ok(refused(finding.with("subject", subject)));
        }
        Ok(notes(message, Some(subject)))
    }

    /// A list of the sender's own rows. It takes effect when somebody here accepts it.
    fn take_list(&self, message: &Taken<'_>, format: &str) -> Result<Decided, NoReceipt> {
        let partner = &message.from.partner;
        if !matches!(partner.role, Role::Regulator | Role::DesignatingAuthority) {
            let finding = Finding::new("exchange/list-of-no-authority", Place::Whole).with("partner", &partner.id);
            return Ok(refused(finding));
        }
        let body = match self.read(message, format)? {
            Ok(body) => body,
            Err(findings) => return Ok(Decided::Stays { outcome: Outcome::NotReadable, findings }),
        };
        let list: OwnList = match serde_json::from_value(body) {
            Ok(list) => list,
            Err(error) => return Err(NoReceipt::Unavailable(error.to_string())),
        };
        let findings = list.check(&partner.country, &self.verifier.recognition.load());
        if findings.is_empty() {
            Ok(notes(message, None))
        } else {
            Ok(Decided::Stays { outcome: Outcome::Refused, findings })
        }
    }

    /// A question: answered at once, by a message of its own that goes with the receipt.
    fn take_query(&self, message: &Taken<'_>) -> Result<Decided, NoReceipt> {
        let partner = &message.from.partner;
        if !partner.verifies() {
            return Ok(refused(Finding::new("exchange/query-not-agreed", Place::Whole).with("partner", &partner.id)));
        }
        if partner.address.is_none() {
            return Ok(refused(
                Finding::new("exchange/no-address-to-answer", Place::Whole).with("partner", &partner.id),
            ));
        }
        let asked = match verification::read(message.body, &verification::Limits::default()) {
            Ok(asked) => asked,
            Err(findings) => return Ok(Decided::Stays { outcome: Outcome::NotReadable, findings }),
        };
        let unavailable = |error: &dyn std::fmt::Display| NoReceipt::Unavailable(error.to_string());
        let answer = self.verifier.answer(&asked, partner.viewer()).map_err(|error| unavailable(&error))?;
        let body = serde_json::to_vec(&answer).map_err(|error| unavailable(&error))?;
        let at = message.received_at;
        let id = crate::clock::uuid7(self.clock.as_ref(), self.entropy.as_ref()).to_string();
        let answers = message.envelope.id.to_string();
        let kind = MessageType::Answer.word().to_owned();
        let given = NoticeWrite {
            partner: message.sender.clone(),
            direction: Direction::Sent,
            id: id.clone(),
            message_type: kind.clone(),
            subject: None,
            answers: Some(answers.clone()),
            body,
            at,
        };
        let intent = Intent {
            id,
            partner: message.sender.clone(),
            subject: answers,
            face: Face::Notice,
            version: 0,
            message_type: kind,
            body: None,
            at,
        };
        let mut decided = notes(message, None);
        if let Decided::Notes { writes, .. } = &mut decided {
            writes.extend([Write::Notice(given), Write::Intent(intent)]);
        }
        Ok(decided)
    }

    /// An answer to a question of ours, by a key that the sender signs credentials and answers with.
    fn take_answer(&self, message: &Taken<'_>) -> Result<Decided, NoReceipt> {
        let body = match parse_json(message.body, 0, self.limits()) {
            Ok(_) => serde_json::from_slice::<Value>(message.body).unwrap_or_default(),
            Err(finding) => {
                return Ok(Decided::Stays { outcome: Outcome::NotReadable, findings: vec![finding] });
            }
        };
        let asked = self.answered(message, MessageType::Query)?.filter(|asked| asked.answered_by.is_empty());
        let question = asked.and_then(|asked| serde_json::from_slice::<Value>(&asked.notice.body).ok());
        let same = question
            .is_some_and(|question| question.get("requestId").is_some_and(|id| body.get("requestId") == Some(id)));
        if !same {
            return Ok(refused(answers_nothing(message)));
        }
        let named = body.pointer("/signature/keyId").and_then(Value::as_str).unwrap_or_default();
        let did = message.from.partner.did.as_deref().unwrap_or_default();
        let id = named.strip_prefix(did).and_then(|rest| rest.strip_prefix('#')).unwrap_or(named);
        let key = message.from.credential_keys.verifier_at(id, message.received_at);
        if !key.is_ok_and(|key| verify_signature(&body, key).is_ok()) {
            return Ok(refused(
                Finding::new("exchange/answer-not-signed", Place::pointer("/signature")).with("key", named),
            ));
        }
        Ok(notes(message, None))
    }

    /// The document of a notice, or what is wrong with it.
    fn read(&self, message: &Taken<'_>, format: &str) -> Result<Result<Value, Vec<Finding>>, NoReceipt> {
        let node = match parse_json(message.body, 0, self.limits()) {
            Ok(node) => node,
            Err(finding) => return Ok(Err(vec![finding])),
        };
        let findings = Schemas::bundled().validate(format, &node);
        let findings = findings.map_err(|error| NoReceipt::Unavailable(error.to_string()))?;
        if any_error(&findings) {
            return Ok(Err(findings));
        }
        // What the limits let through and the schema took is JSON.
        Ok(Ok(serde_json::from_slice(message.body).unwrap_or_default()))
    }

    /// The notice of ours that a message says it answers, where there is one of that type to this partner.
    fn answered(&self, message: &Taken<'_>, kind: MessageType) -> Result<Option<Notice>, NoReceipt> {
        let Some(id) = message.envelope.answers else { return Ok(None) };
        let held = self.store().notice(message.sender, Direction::Sent, &id.to_string())?;
        Ok(held.filter(|held| held.notice.message_type == kind.word()))
    }
}

fn refused(finding: Finding) -> Decided {
    Decided::Stays { outcome: Outcome::Refused, findings: vec![finding] }
}

fn answers_nothing(message: &Taken<'_>) -> Finding {
    let answers = message.envelope.answers.map(|id| id.to_string()).unwrap_or_default();
    Finding::new("exchange/answers-nothing", Place::Whole).with("id", answers)
}

/// The notice as it is kept.
fn notes(message: &Taken<'_>, subject: Option<&SubjectKey>) -> Decided {
    let envelope = message.envelope;
    let notice = NoticeWrite {
        partner: message.sender.clone(),
        direction: Direction::Received,
        id: envelope.id.to_string(),
        message_type: envelope.kind.word().to_owned(),
        subject: subject.map(ToString::to_string),
        answers: envelope.answers.map(|id| id.to_string()),
        body: message.body.to_vec(),
        at: message.received_at,
    };
    Decided::Notes { writes: vec![Write::Notice(notice)], findings: Vec::new() }
}
