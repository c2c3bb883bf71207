//! Accepting a partner's list: a file of rows in the operator's folder, tried before it takes its place.

use std::path::Path;
use std::process::ExitCode;

use super::super::{FINDINGS, Failure, files, terminal};
use super::{found, through};
use crate::gateway::{Gateway, recognition};
use crate::message::MessageType;
use crate::recognition::OwnList;
use crate::store::{Direction, Notice};

pub(super) fn accept(gateway: &Gateway, id: &str) -> Result<ExitCode, Failure> {
    let Some(held) = found(gateway, id, Some(Direction::Received))?.into_iter().next() else {
        return Ok(ExitCode::from(FINDINGS));
    };
    let kind = &held.notice.message_type;
    if ![MessageType::DesignationList, MessageType::RecognitionRows].iter().any(|list| list.word() == kind) {
        return Err(Failure::Usage(format!(
            "{id} is a {kind}: lists are accepted, other notices are answered or done"
        )));
    }
    if held.done.is_some() {
        terminal::aside(format!("{id}: 此前已办结\n{id}: somebody was through with it before"));
        return Ok(ExitCode::from(FINDINGS));
    }
    let Some(folder) = gateway.config.recognition.folder.as_ref().map(|folder| gateway.config.path(folder)) else {
        return Err(Failure::Environment(
            "recognition.folder is not set in the configuration: it is where accepted lists are kept".into(),
        ));
    };
    let list: OwnList = serde_json::from_slice(&held.notice.body).map_err(|error| Failure::environment(&error))?;
    if let Some(later) = later(gateway, &held, &list)? {
        terminal::aside(format!(
            "{id}: 已接受更新的清单 {later}\n{id}: a later list of the same was accepted: {later}"
        ));
        return Ok(ExitCode::from(FINDINGS));
    }
    let book = gateway.exchange.book();
    let partner = &held.notice.partner.0;
    let party = book.entry(partner).map(|entry| entry.partner.country.clone());
    let party = party.ok_or_else(|| Failure::Usage(format!("no partner is called {partner} any more")))?;
    let source = format!("message {id} of {partner}, as of {}", list.as_of);
    let name = format!("{kind}-{}.yaml", list.arrangement.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let file = folder.join(partner).join(name);
    match place(&file, &folder, gateway.config.recognition.fictive, list.to_file(&party, &source).as_bytes())? {
        Ok(()) => {
            terminal::line(format!("{}", file.display()));
            terminal::aside("SIGHUP 或重新启动后生效\nin force from the next start, or SIGHUP, on");
            through(gateway, held, &format!("accepted: {}", file.display()))
        }
        Err(reason) => {
            terminal::aside(reason);
            Ok(ExitCode::from(FINDINGS))
        }
    }
}

/// Puts the file in its place where all rows can be loaded with it; else leaves all as it was, and says why.
fn place(file: &Path, folder: &Path, fictive: bool, content: &[u8]) -> Result<Result<(), String>, Failure> {
    let before = std::fs::read(file).ok();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    }
    files::replace(file, content)?;
    let Err(error) = recognition(fictive, Some(folder)) else { return Ok(Ok(())) };
    match before {
        Some(before) => files::replace(file, &before)?,
        None => std::fs::remove_file(file).map_err(|error| Failure::file(file, &error))?,
    }
    Ok(Err(error.to_string()))
}

/// A list of the same partner and arrangement, as of a later day, that was accepted.
fn later(gateway: &Gateway, held: &Notice, list: &OwnList) -> Result<Option<String>, Failure> {
    let filter = crate::store::NoticeFilter {
        partner: Some(held.notice.partner.clone()),
        direction: Some(Direction::Received),
        message_type: Some(held.notice.message_type.clone()),
        limit: u32::MAX,
        ..crate::store::NoticeFilter::default()
    };
    let all = gateway.store().notices(&filter).map_err(|error| Failure::environment(&error))?;
    let mut accepted = all.into_iter().rev().filter(|other| {
        other.done.as_ref().is_some_and(|(_, note)| note.starts_with("accepted: "))
            && serde_json::from_slice::<OwnList>(&other.notice.body)
                .is_ok_and(|other| other.arrangement == list.arrangement && other.as_of > list.as_of)
    });
    Ok(accepted.next().map(|other| other.notice.id))
}
