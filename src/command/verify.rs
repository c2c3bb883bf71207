//! `certbridge verify`: does this certificate cover these goods on that day, and does it count there?

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::configuration::Configuration;
use super::subject::{self, Certificate};
use super::{FINDINGS, Failure, terminal};
use crate::clock::{Day, SystemClock, SystemEntropy, uuid7};
use crate::recognition::Reason;
use crate::registry::verification::{Answer, Assertion, DocumentAnswer, Limits, Verdict, Viewer, read};

/// Ask whether a certificate covers goods on a day, and whether it counts in a country
///
/// The question is the one that customs ask over mutual TLS, put to our own registry. The answer is built from separate
/// assertions and gives its reasons in Chinese and English; "no record" is never "false". What is asked is on record
/// here: our own certificates, and those that partners sent.
///
/// Exit code 0: confirmed; 1: contradicted or not determinable; 2: usage; 3: the gateway does not open.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    #[command(flatten)]
    certificate: Certificate,
    /// The day that decides, as the day on which the import declaration is accepted (yyyy-mm-dd); without it today
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// The day on which the goods left the factory, asked about beside the one that decides
    #[arg(long, value_name = "DATE")]
    released: Option<Day>,
    /// Model of the goods
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Importing party, ISO 3166-1 alpha-2 or EU; without it our own
    #[arg(long, value_name = "CC")]
    importer: Option<String>,
    /// Country of origin of the goods, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    origin: Option<String>,
    /// Holder that the goods' papers name: a name, or SCHEME:ID (uscc:91350100M000100Y43)
    #[arg(long, value_name = "HOLDER")]
    holder: Option<String>,
    /// Edition of the standard that the goods' papers name (GB 4706.1-2024)
    #[arg(long, value_name = "STANDARD")]
    standard: Option<String>,
    /// Class of the goods, LIST:CODE: HS:841510, CCC:0703
    #[arg(long, value_name = "LIST:CODE", value_parser = subject::issuer)]
    product_class: Option<crate::record::Identifier>,
    /// Print the signed answer as JSON
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let gateway = arguments.configuration.open()?;
    let request = request(arguments, &gateway.exchange.house().country).to_string();
    let request = read(request.as_bytes(), &Limits::default()).map_err(|findings| {
        let words: Vec<String> = findings.iter().map(|finding| finding.message().en).collect();
        Failure::Usage(words.join("; "))
    })?;
    let viewer = Viewer { candidates: true, chain: true };
    let answer = gateway.verifier.answer(&request, viewer).map_err(|error| Failure::environment(&error))?;
    if arguments.json {
        terminal::json(&answer);
    } else {
        terminal::out(&describe(&answer));
    }
    let confirmed = answer.answer.iter().all(|one| one.result == Verdict::Confirmed);
    Ok(if confirmed { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

/// The question, in the words of the vocabulary.
fn request(arguments: &Arguments, house: &str) -> Value {
    let mut document = Map::from_iter([("id".to_owned(), json!(arguments.certificate.number))]);
    if let Some(issuer) = &arguments.certificate.issuer {
        document.insert("issuer".into(), json!({"id": issuer.value, "idScheme": issuer.scheme}));
    }
    if let Some(holder) = &arguments.holder {
        let party = match subject::issuer(holder) {
            Ok(id) => json!({"id": id.value, "idScheme": id.scheme}),
            Err(_) => json!({"name": holder}),
        };
        document.insert("holder".into(), party);
    }
    if let Some(standard) = &arguments.standard {
        document.insert("standardEdition".into(), json!(standard));
    }
    let importer = arguments.importer.as_deref().unwrap_or(house);
    let mut item = Map::from_iter([
        ("sequenceNumeric".to_owned(), json!(1)),
        ("importCountry".to_owned(), json!(importer)),
        ("additionalDocument".to_owned(), json!([document])),
    ]);
    if let Some(model) = &arguments.model {
        item.insert("modelDesignation".into(), json!(model));
    }
    if let Some(origin) = &arguments.origin {
        item.insert("originCountry".into(), json!(origin));
    }
    if let Some(class) = &arguments.product_class {
        item.insert("commodityClassification".into(), json!({"id": class.value, "listId": class.scheme}));
    }
    let mut dates = Map::new();
    if let Some(day) = arguments.released {
        dates.insert("releaseFromFactory".into(), json!(day));
    }
    match arguments.on {
        Some(day) => {
            dates.insert("declarationAcceptance".into(), json!(day));
            item.insert("decisiveDate".into(), json!("declarationAcceptance"));
        }
        None => drop(item.insert("decisiveDate".into(), json!("verification"))),
    }
    if !dates.is_empty() {
        item.insert("dates".into(), Value::Object(dates));
    }
    json!({"requestId": uuid7(&SystemClock, &SystemEntropy).to_string(), "goodsItem": [item]})
}

fn describe(answer: &Answer) -> String {
    answer.answer.iter().map(describe_document).collect()
}

fn describe_document(answer: &DocumentAnswer) -> String {
    let result = match answer.result {
        Verdict::Confirmed => "证实 / confirmed",
        Verdict::Contradicted => "不符 / contradicted",
        Verdict::NotDeterminable => "无法确定 / not determinable",
    };
    let mut lines = vec![format!("{}: {result}", answer.additional_document.id)];
    lines.extend(answer.assertion.iter().map(describe_assertion));
    for dated in &answer.validity {
        let day = dated.date.map(|day| format!(" {day}")).unwrap_or_default();
        let zone = dated.zone.map(|zone| format!(" ({zone})")).unwrap_or_default();
        lines.push(format!("  {}{day}{zone}: {}", dated.date_basis, dated.value.code()));
    }
    let recognition = &answer.recognition;
    lines.push(format!("  requirement: {}", answer.requirement));
    lines.push(format!("  recognition: {} ({})", recognition.outcome, recognition.standing));
    lines.extend(answer.reason.iter().map(describe_reason));
    for condition in &answer.conditions {
        lines.push(format!("  条件 / condition: {} / {}", condition.zh(), condition.en()));
    }
    if let Some(as_of) = &answer.as_of {
        let shown = [
            as_of.decided_on.map(|day| format!("decided {day}")),
            as_of.reported_on.map(|day| format!("reported {day}")),
            as_of.observed_on.map(|at| format!("observed {at}")),
        ];
        let shown: Vec<String> = shown.into_iter().flatten().collect();
        if !shown.is_empty() {
            lines.push(format!("  as of: {}", shown.join(", ")));
        }
    }
    if let Some(ledger) = &answer.ledger {
        lines.push(format!("  ledger: leaf {}", ledger.index));
    }
    lines.push(format!("  holds until {}", answer.answer_valid_until));
    lines.join("\n") + "\n"
}

fn describe_assertion(assertion: &Assertion) -> String {
    let matched = assertion.matched.as_ref().map(|matched| format!(", {matched}")).unwrap_or_default();
    let listed = assertion.on_certificate.join("; ");
    let asked = assertion
        .asked
        .as_ref()
        .map(|asked| format!(", asked {asked}, on the certificate {listed}"))
        .unwrap_or_default();
    let probably = assertion.candidate.as_ref().map(|number| format!(", probably {number}")).unwrap_or_default();
    format!("  {}: {} ({}){matched}{asked}{probably}", assertion.name, assertion.result, assertion.method)
}

fn describe_reason(reason: &Reason) -> String {
    let words = reason.text();
    let source = reason.source().map(|source| format!(" [{source}]")).unwrap_or_default();
    format!("  - {}{source}\n    {} ({})", words.zh, words.en, reason.code())
}
