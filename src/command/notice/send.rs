//! Writing a notice to a partner.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::super::subject::{Certificate, Choice};
use super::super::{FINDINGS, Failure, terminal};
use super::{AnswerArguments, SendArguments, found, kind_of};
use crate::exchange::{NoticeDraft, NoticeError};
use crate::gateway::Gateway;
use crate::message::MessageType;
use crate::record::SubjectKey;
use crate::store::Direction;

pub(super) fn send(arguments: &SendArguments) -> Result<ExitCode, Failure> {
    let document = document(&arguments.file)?;
    let kind = kind_of(&arguments.kind)?;
    let gateway = arguments.configuration.open()?;
    let draft = NoticeDraft {
        partner: arguments.to.clone(),
        kind,
        subject: subject(arguments, &gateway)?,
        answers: None,
        document,
    };
    written(&gateway, draft, arguments.json)
}

pub(super) fn answer(arguments: &AnswerArguments) -> Result<ExitCode, Failure> {
    let gateway = arguments.configuration.open()?;
    let Some(asked) = found(&gateway, &arguments.id, Some(Direction::Received))?.into_iter().next() else {
        return Ok(ExitCode::from(FINDINGS));
    };
    let mut document = Map::new();
    document.insert("outcome".into(), arguments.outcome.as_str().into());
    document.insert("decided_on".into(), gateway.exchange.today().to_string().into());
    document.extend(arguments.corrected_in.map(|version| ("version".to_owned(), version.into())));
    let texts = [("zh", &arguments.text), ("en", &arguments.text_en)];
    let texts: Map<String, Value> =
        texts.into_iter().filter_map(|(language, text)| Some((language.to_owned(), text.clone()?.into()))).collect();
    if !texts.is_empty() {
        document.insert("text".into(), texts.into());
    }
    let draft = NoticeDraft {
        partner: asked.notice.partner.0,
        kind: MessageType::CorrectionOutcome,
        subject: None,
        answers: Some(arguments.id.clone()),
        document: document.into(),
    };
    written(&gateway, draft, arguments.json)
}

fn written(gateway: &Gateway, draft: NoticeDraft, as_json: bool) -> Result<ExitCode, Failure> {
    let (kind, partner) = (draft.kind, draft.partner.clone());
    match gateway.exchange.write_notice(draft) {
        Ok(id) if as_json => {
            terminal::json(&json!({"id": id, "type": kind.word(), "partner": partner}));
            Ok(ExitCode::SUCCESS)
        }
        Ok(id) => {
            terminal::line(format!("{kind} → {partner}: {id}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(NoticeError::Document(findings)) => {
            let findings: Vec<_> = findings.into_iter().map(|finding| (kind.word().to_owned(), finding)).collect();
            terminal::line(terminal::findings_table(&findings));
            Ok(ExitCode::from(FINDINGS))
        }
        Err(error) if error.is_input() => Err(Failure::Usage(error.to_string())),
        Err(error) => Err(Failure::environment(&error)),
    }
}

/// The certificate that is meant: one that is held, else the one that issuer and number name.
fn subject(arguments: &SendArguments, gateway: &Gateway) -> Result<Option<SubjectKey>, Failure> {
    let Some(number) = &arguments.number else { return Ok(None) };
    let named = Certificate { number: number.clone(), issuer: arguments.issuer.clone() };
    match (named.look_up(gateway.registry())?, &arguments.issuer) {
        (Choice::One(held), _) => Ok(Some(held.subject)),
        (Choice::None, Some(issuer)) if number.contains("://") => Ok(Some(SubjectKey::uri(issuer.clone(), number))),
        (Choice::None, Some(issuer)) => Ok(Some(SubjectKey::number(issuer.clone(), number))),
        (Choice::None, None) => Err(Failure::Usage(format!(
            "no record of {number} is held here: name its issuing body with --issuer SCHEME:ID"
        ))),
        (Choice::Several(_), _) => named.held(gateway.registry()).map(|held| held.map(|held| held.subject)),
    }
}

fn document(file: &Path) -> Result<Value, Failure> {
    let mut text = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut text).map_err(|error| Failure::file(file, &error))?;
    } else {
        text = std::fs::read(file).map_err(|error| Failure::file(file, &error))?;
    }
    let document: Value = serde_json::from_slice(&text).map_err(|error| Failure::file(file, &error))?;
    if document.is_object() {
        Ok(document)
    } else {
        Err(Failure::Usage(format!("{}: the document of a notice is a JSON object", file.display())))
    }
}
