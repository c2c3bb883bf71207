//! The notice of an event that touches many certificates, as one partner gets it: made from the members that the event has
//! for this partner, which never change once it is in effect.

use crate::message::{BULK_FORMAT, BulkNotice, BulkNoticeMember, Envelope, MessageType};
use crate::record::{StatusEntry, SubjectKey};
use crate::registry::{BulkDocument, BulkRange, RegistryError};
use crate::store::{BulkPage, Direction, Face, OutboxEntry, StoreError};

use super::attempt::Attempt;
use super::book::Entry;
use super::exchange::Exchange;
use super::frozen::Frozen;
use super::render::render;

/// Members that are read at once.
const MEMBERS: u32 = 1000;

/// Makes the notice of a message of the outbox.
pub(super) fn compose(exchange: &Exchange, entry: &Entry, message: &OutboxEntry) -> Result<Frozen, Attempt> {
    let never = |error: &dyn std::fmt::Display| Attempt::Never(error.to_string());
    let later = |error: StoreError| Attempt::Later { error: error.to_string(), at: None };
    let range: BulkRange =
        serde_json::from_slice(message.body.as_deref().unwrap_or_default()).map_err(|error| never(&error))?;
    let row = exchange.store().bulk_event(&message.subject).map_err(later)?;
    let row = row.ok_or_else(|| never(&"the event is not held"))?;
    let document = BulkDocument::read(&row).map_err(|error| never(&error))?;
    let mut members: Vec<BulkNoticeMember> = Vec::new();
    let mut sample = None;
    let mut page = BulkPage { after: range.after, limit: MEMBERS, ..BulkPage::default() };
    'all: loop {
        let read = exchange.store().bulk_members(&message.subject, &page).map_err(later)?;
        let Some(last) = read.last() else { break };
        page.after = last.place;
        for member in read {
            if member.place > range.until {
                break 'all;
            }
            let told = member
                .told
                .iter()
                .find(|told| told.by_notice && told.direction == Direction::Sent && told.partner == message.partner);
            let Some(told) = told else { continue };
            let (version, previous) = (told.version, told.previous);
            sample.get_or_insert_with(|| (member.subject.clone(), member.version));
            members.push(BulkNoticeMember { subject: member.subject, version, previous });
        }
    }
    let (subject, version) = sample.ok_or_else(|| never(&"the notice names nobody"))?;
    let act = act_for(exchange, entry, &document.act.id, &subject, version)?;
    let condition = document.condition.as_ref().and_then(|condition| serde_json::to_value(condition).ok());
    let notice = BulkNotice {
        event: message.subject.clone(),
        part: (range.part, range.of),
        act,
        basis: document.basis,
        condition,
        members,
    };
    Ok(Frozen {
        envelope: Envelope {
            id: message.id.parse().map_err(|error: crate::message::MalformedMessageId| never(&error))?,
            kind: MessageType::BulkEvent,
            sender: exchange.house().id.clone(),
            recipient: entry.partner.id.clone(),
            subject: None,
            state: None,
            format: BULK_FORMAT.to_owned(),
            content_type: "application/json".to_owned(),
            replaces: None,
            answers: None,
        },
        body: notice.to_json().map_err(|error| never(&error))?,
        signatures: Vec::new(),
    })
}

/// The act as this partner may see it: as it stands in the status history of a member that is rendered for it.
fn act_for(
    exchange: &Exchange,
    entry: &Entry,
    id: &str,
    subject: &SubjectKey,
    version: u32,
) -> Result<StatusEntry, Attempt> {
    let never = |error: &dyn std::fmt::Display| Attempt::Never(error.to_string());
    let held = exchange
        .registry()
        .version(subject, version)
        .map_err(|error: RegistryError| Attempt::Later { error: error.to_string(), at: None })?;
    let held = held.ok_or_else(|| never(&"a member of the event is not held"))?;
    let rendered = render(
        exchange.house(),
        &exchange.catalogue(),
        exchange.computed.as_ref(),
        &entry.partner,
        &held.record,
        Face::Status,
        exchange.now(),
    )
    .map_err(|error| never(&error))?;
    let history: serde_json::Value = serde_json::from_slice(&rendered.body).map_err(|error| never(&error))?;
    let act = history["history"].as_array().and_then(|all| all.iter().find(|act| act["id"] == *id));
    let act = act.ok_or_else(|| never(&"the act does not stand in the history of a member"))?;
    serde_json::from_value(act.clone()).map_err(|error| never(&error))
}
