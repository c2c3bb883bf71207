//! `certbridge notice`: what partners say of certificates beside sending them, and what is said to them.

mod accept;
mod list;
mod send;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::configuration::Configuration;
use super::subject;
use super::{FINDINGS, Failure, terminal};
use crate::exchange::template;
use crate::gateway::Gateway;
use crate::message::MessageType;
use crate::record::Identifier;
use crate::store::{Change, Direction, NotCommitted, Notice, NoticeDone, NoticeFilter, Write};

/// Notices to and from partners: non-recognition, non-conformity, corrections, questions
///
/// A notice changes no record: whoever owns the certificate decides what follows. A list with --open shows what nobody is
/// through with.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The kinds that are written by hand.
fn kinds() -> PossibleValuesParser {
    let written = MessageType::ALL.iter().filter(|kind| template(**kind).is_some());
    PossibleValuesParser::new(written.map(|kind| kind.word()))
}

/// The kinds that are sent unasked. A question names its certificates itself, a list is about none.
const SENT: [&str; 6] = [
    MessageType::NonRecognitionNotice.word(),
    MessageType::NonConformityNotice.word(),
    MessageType::CorrectionRequest.word(),
    MessageType::Query.word(),
    MessageType::DesignationList.word(),
    MessageType::RecognitionRows.word(),
];

const ABOUT_A_CERTIFICATE: [(&str, &str); 3] = [("kind", SENT[0]), ("kind", SENT[1]), ("kind", SENT[2])];

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the beginning of a notice, to be filled in and sent
    Template {
        /// Which kind
        #[arg(value_parser = kinds())]
        kind: String,
    },
    /// Send a notice, or a question, to a partner
    ///
    /// FILE is the document as `notice template` begins it; the certificate is filled in. Exit code 0: written down, and on
    /// its way; 1: the document is not what its schema asks for.
    Send(SendArguments),
    /// Answer a partner's request for correction
    ///
    /// The request is done with it. A correction itself goes as a new version of the certificate: import or `status` first.
    Answer(AnswerArguments),
    /// List notices, oldest first
    List {
        #[command(flatten)]
        configuration: Configuration,
        /// To or from this partner only
        #[arg(long, value_name = "ID")]
        partner: Option<String>,
        /// Only sent ones, or only received ones
        #[arg(long, value_name = "WAY", value_parser = PossibleValuesParser::new(Direction::ALL.iter().map(|way| way.word())))]
        way: Option<String>,
        /// Of this type only
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
        /// Only received ones that nobody here is through with
        #[arg(long)]
        open: bool,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show one notice with its document, how it was delivered, and what answers it
    Show {
        #[command(flatten)]
        configuration: Configuration,
        /// Message id
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Accept a partner's list of designations or of recognised products: from the next start or reload (SIGHUP) on, answers rest
    /// on it
    ///
    /// It is written to the folder `recognition.folder`, in place of an earlier one of the same partner and arrangement, and
    /// tried together with all other rows first. Exit code 0: written; 1: it cannot be, and why.
    Accept {
        #[command(flatten)]
        configuration: Configuration,
        /// Message id
        id: String,
    },
    /// Be through with a notice that came in
    Done {
        #[command(flatten)]
        configuration: Configuration,
        /// Message id
        id: String,
        /// What was done
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// Arguments of `send`.
#[derive(Debug, Args)]
struct SendArguments {
    #[command(flatten)]
    configuration: Configuration,
    /// To whom: id of the partner
    #[arg(long, value_name = "ID")]
    to: String,
    /// Which kind
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(SENT))]
    kind: String,
    /// Number of the certificate that it is about, or the URI of a foreign one
    #[arg(long, value_name = "NUMBER", required_if_eq_any = ABOUT_A_CERTIFICATE)]
    number: Option<String>,
    /// Its issuing body: SCHEME:ID; needed where several have this number, or none is held here
    #[arg(long, value_name = "SCHEME:ID", value_parser = subject::issuer)]
    issuer: Option<Identifier>,
    /// The document, JSON; `-` for standard input
    file: PathBuf,
    /// Print one JSON object: the message id
    #[arg(long)]
    json: bool,
}

/// Arguments of `answer`.
#[derive(Debug, Args)]
struct AnswerArguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Message id of the request
    id: String,
    /// What came of it
    #[arg(long, value_name = "OUTCOME", value_parser = PossibleValuesParser::new(["corrected", "no-error-found", "declined"]))]
    outcome: String,
    /// The version of the record in which it is corrected
    #[arg(long, value_name = "VERSION")]
    corrected_in: Option<u32>,
    /// Why, in Chinese
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Why, in English
    #[arg(long, value_name = "TEXT")]
    text_en: Option<String>,
    /// Print one JSON object: the message id
    #[arg(long)]
    json: bool,
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Template { kind } => {
            terminal::json(&template(kind_of(kind)?).unwrap_or(Value::Null));
            Ok(ExitCode::SUCCESS)
        }
        Command::Send(arguments) => send::send(arguments),
        Command::Answer(arguments) => send::answer(arguments),
        Command::List { configuration, partner, way, kind, open, limit, json } => {
            let way = if *open { Some(Direction::Received.word()) } else { way.as_deref() };
            let filter = NoticeFilter {
                partner: partner.as_deref().map(Into::into),
                direction: way.map(str::parse).transpose().map_err(|error| Failure::environment(&error))?,
                message_type: kind.clone(),
                open: *open,
                limit: (*limit).max(1),
                ..NoticeFilter::default()
            };
            list::list(&configuration.open()?, &filter, *json)
        }
        Command::Show { configuration, id, json } => list::show(&configuration.open()?, id, *json),
        Command::Accept { configuration, id } => accept::accept(&configuration.open()?, id),
        Command::Done { configuration, id, note } => done(&configuration.open()?, id, note),
    }
}

fn kind_of(word: &str) -> Result<MessageType, Failure> {
    let kind = MessageType::ALL.iter().copied().find(|kind| kind.word() == word);
    kind.ok_or_else(|| Failure::Usage(format!("{word} is no type of message")))
}

/// The notices of this message id: one, but where two houses chose the same.
fn found(gateway: &Gateway, id: &str, way: Option<Direction>) -> Result<Vec<Notice>, Failure> {
    let filter = NoticeFilter { id: Some(id.to_owned()), direction: way, limit: 10, ..NoticeFilter::default() };
    let found = gateway.store().notices(&filter).map_err(|error| Failure::environment(&error))?;
    if found.is_empty() {
        terminal::aside(format!("没有通知 {id}\nno notice {id}"));
    }
    Ok(found)
}

fn done(gateway: &Gateway, id: &str, note: &str) -> Result<ExitCode, Failure> {
    let found = found(gateway, id, Some(Direction::Received))?;
    let Some(held) = found.into_iter().next() else { return Ok(ExitCode::from(FINDINGS)) };
    through(gateway, held, note)
}

/// Writes down that a notice is done.
fn through(gateway: &Gateway, held: Notice, note: &str) -> Result<ExitCode, Failure> {
    let id = held.notice.id;
    let done = NoticeDone {
        partner: held.notice.partner,
        direction: Direction::Received,
        id: id.clone(),
        note: note.to_owned(),
        at: crate::store::whole_micros(gateway.exchange.now()),
    };
    match gateway.store().commit(Change::new(vec![Write::NoticeDone(done)])) {
        Ok(_) => {
            terminal::line(format!("{id}: 已办结 / done"));
            Ok(ExitCode::SUCCESS)
        }
        Err(NotCommitted::Stale(_)) => {
            terminal::aside(format!("{id}: 此前已办结\n{id}: somebody was through with it before"));
            Ok(ExitCode::from(FINDINGS))
        }
        Err(NotCommitted::Store(error)) => Err(Failure::environment(&error)),
    }
}
