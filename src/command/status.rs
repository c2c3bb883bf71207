//! `certbridge status`: an act on a certificate of ours.

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::de::DeserializeOwned;

use super::configuration::Configuration;
use super::subject::Certificate;
use super::{FINDINGS, Failure, terminal};
use crate::clock::Day;
use crate::record::{AffectedScope, LangMap, Reason, ReasonClass, Residue, ScopePart, StatusEntry, StatusValue};
use crate::registry::{Outcome, Owner, RegistryError};

/// Suspend, restore, withdraw or cancel a certificate of ours
///
/// Adds one act to the status history; nothing that stands there is changed. A restoration is `valid` after `suspended`.
/// A withdrawal is final: only an act that corrects it (--corrects) goes past it. Partners whose subscription covers the
/// certificate are told before anything else. Another party's certificate cannot be changed here.
///
/// Exit code 0: recorded, or already on record; 1: refused; 2: usage; 3: the gateway does not open.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    #[command(flatten)]
    certificate: Certificate,
    /// The act: suspended (暂停), withdrawn (撤销), cancelled (注销), valid (恢复), superseded
    #[arg(long, value_name = "STATUS", value_parser = PossibleValuesParser::new(["suspended", "withdrawn", "cancelled", "valid", "superseded"]))]
    set: String,
    /// First day of its effect (yyyy-mm-dd), in the zone of the issuer
    #[arg(long, value_name = "DAY")]
    from: Day,
    /// Announced last day of a suspension
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    #[command(flatten)]
    reason: ReasonArguments,
    /// The model that the act concerns, as the certificate lists it; again for more. Without it the whole certificate
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// Day of the decision
    #[arg(long, value_name = "DAY")]
    decided: Option<Day>,
    /// Id of the act that this one corrects (`certbridge trace` shows it)
    #[arg(long, value_name = "ID")]
    corrects: Option<String>,
    /// Print one JSON object: subject, outcome, version, ledger indexes, messages, findings
    #[arg(long)]
    json: bool,
}

/// Records and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let entry = entry(arguments)?;
    let gateway = arguments.configuration.open()?;
    let Some(held) = arguments.certificate.held(gateway.registry())? else {
        terminal::aside(arguments.certificate.not_held());
        return Ok(ExitCode::from(FINDINGS));
    };
    let registered = match gateway.registry().change_status(&held.subject, &entry, &Owner::House) {
        Ok(registered) => registered,
        Err(error) if error.is_input() => {
            let advice = match error {
                RegistryError::Withdrawn(_) => " (--corrects ID names it)",
                _ => "",
            };
            terminal::aside(format!("certbridge: {error}{advice}"));
            return Ok(ExitCode::from(FINDINGS));
        }
        Err(error) => return Err(Failure::environment(&error)),
    };
    if arguments.json {
        terminal::json(&registered);
    } else {
        let what = match registered.outcome {
            Outcome::Unchanged => "已有记录，未变 / on record already, nothing changed".to_owned(),
            Outcome::New | Outcome::Changed => {
                format!("{} from {}: version {}", arguments.set, arguments.from, registered.version)
            }
        };
        terminal::line(format!("{}: {what}", registered.subject));
        if registered.messages > 0 {
            terminal::line(format!("  {} partners will be told", registered.messages));
        }
        for finding in &registered.findings {
            terminal::line(format!("  {}\n  {}", finding.message().zh, finding.message().en));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn entry(arguments: &Arguments) -> Result<StatusEntry, Failure> {
    let status: StatusValue = word("--set", &arguments.set)?;
    if arguments.until.is_some() && status != StatusValue::Suspended {
        return Err(Failure::Usage("--until is the announced end of a suspension".into()));
    }
    if arguments.until.is_some_and(|until| until < arguments.from) {
        return Err(Failure::Usage("--until is before --from".into()));
    }
    Ok(StatusEntry {
        id: String::new(),
        status: Some(status),
        claimed: None,
        affected_scope: (!arguments.model.is_empty()).then(|| AffectedScope {
            kind: ScopePart::Model,
            values: arguments.model.clone(),
            residue: Residue::default(),
        }),
        from: Some(arguments.from),
        until: arguments.until,
        reason: arguments.reason.reason()?,
        decided_on: arguments.decided,
        reported_on: None,
        observed_at: None,
        decided_by: None,
        corrects: arguments.corrects.clone(),
        residue: Residue::default(),
    })
}

/// Why an act was taken: its class, and words in Chinese and English.
#[derive(Clone, Debug, Args)]
pub(super) struct ReasonArguments {
    /// Class of the reason
    #[arg(long, value_name = "CLASS", value_parser = PossibleValuesParser::new(ReasonClass::ALL.iter().map(|class| class.code())))]
    reason: Option<String>,
    /// The reason in Chinese
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// The reason in English
    #[arg(long, value_name = "TEXT")]
    text_en: Option<String>,
}

impl ReasonArguments {
    /// The reason as a record has it.
    pub(super) fn reason(&self) -> Result<Reason, Failure> {
        let texts = [("zh", &self.text), ("en", &self.text_en)];
        let texts: std::collections::BTreeMap<String, String> =
            texts.into_iter().filter_map(|(language, text)| Some((language.to_owned(), text.clone()?))).collect();
        Ok(Reason {
            class: self.reason.as_deref().map(|class| word("--reason", class)).transpose()?,
            text: (!texts.is_empty()).then_some(LangMap(texts)),
            ..Reason::default()
        })
    }
}

/// A word of a closed list of the record.
pub(super) fn word<T: DeserializeOwned>(flag: &str, word: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| Failure::Usage(format!("{flag}: {error}")))
}
