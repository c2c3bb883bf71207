//! `certbridge partner`: the partner book, one TOML file a partner.

mod add;
mod check;
mod entry;
mod new_ca;
mod rotate;
mod standing;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::configuration::{Configuration, zone_of};
use super::{FINDINGS, Failure, terminal};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::Config;
use crate::exchange::{Partner, PartnerBook, read_partner};
use check::Remark;

pub(super) use check::Weight;

/// Add, show, suspend and check partners
///
/// A partner is known by the CA that it registered and by the name in its certificates. Its file says under which
/// agreement we exchange, what it may assert, and what it gets.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a partner's file and take it into the book, with the PEM files that it names
    ///
    /// Exit code 0: added; 1: it is refused, with every reason; 3: a file cannot be read or written.
    Add {
        #[command(flatten)]
        configuration: Configuration,
        /// Put it in the place of the entry that there is
        #[arg(long)]
        replace: bool,
        /// The partner's file (TOML); its PEM files stand beside it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show one partner: identity, agreement, what it may assert, what it gets, its keys and CAs
    Show {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Partner id
        id: String,
    },
    /// List the partners
    List {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Take over a partner's new key or CA beside its old one, which ends after an overlap
    ///
    /// Exit code 0: taken over; 2: no such partner, or nothing new; 3: the file cannot be changed.
    Rotate {
        #[command(flatten)]
        configuration: Configuration,
        /// The new key that it signs messages and receipts with (z6Mk…)
        #[arg(long, value_name = "MULTIKEY", required_unless_present_any = ["credential_key", "ca"])]
        message_key: Option<String>,
        /// The new key that it signs credentials with (z6Mk…)
        #[arg(long, value_name = "MULTIKEY")]
        credential_key: Option<String>,
        /// PEM file of the new CA that issues its TLS certificates
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// PEM file of the revocation list of that CA
        #[arg(long, value_name = "FILE", requires = "ca")]
        crl: Option<PathBuf>,
        /// From when on it is valid; without it from now on
        #[arg(long, value_name = "TIME")]
        from: Option<Timestamp>,
        /// How long the old one stays valid beside it, in hours
        #[arg(long, value_name = "HOURS", default_value_t = 168)]
        overlap: u32,
        /// Partner id
        id: String,
    },
    /// Walk the link to a partner and say what is wrong with it, and how much its subscription means
    ///
    /// Name, connection, TLS handshake, how we stand with it, clocks, message keys, formats. Nothing is sent but a question.
    /// Exit code 0: the link holds; 2: no such partner; 3: it does not hold.
    Test {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Partner id
        id: String,
    },
    /// Deal with a partner no more, until it is resumed: it gets a 403 that says why, and nothing is sent to it
    Suspend {
        #[command(flatten)]
        configuration: Configuration,
        /// Why; told to the partner
        #[arg(long)]
        reason: String,
        /// Partner id
        id: String,
    },
    /// Deal with a suspended partner again
    Resume {
        #[command(flatten)]
        configuration: Configuration,
        /// Partner id
        id: String,
    },
    /// Load the whole book and say what is wrong with it
    ///
    /// Exit code 0: nothing, or warnings only; 1: errors.
    Check {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON array: partner, weight, what
        #[arg(long)]
        json: bool,
    },
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Add { configuration, replace, file } => add::run(&configuration.read()?, file, *replace),
        Command::Show { configuration, json, id } => show(&configuration.read()?, id, *json),
        Command::List { configuration, json } => list(&configuration.read()?, *json),
        Command::Rotate { configuration, message_key, credential_key, ca, crl, from, overlap, id } => {
            let rotation = rotate::Rotation {
                message_key: message_key.as_deref(),
                credential_key: credential_key.as_deref(),
                ca: ca.as_deref().map(|ca| new_ca::NewCa { ca, list: crl.as_deref() }),
                from: from.unwrap_or_else(|| SystemClock.now()),
                overlap_hours: *overlap,
            };
            rotate::run(&configuration.read()?, id, &rotation)
        }
        Command::Test { configuration, json, id } => test::run(&configuration.open()?, id, *json),
        Command::Suspend { configuration, reason, id } => {
            standing::suspend(&configuration.read()?, id, reason, SystemClock.now())
        }
        Command::Resume { configuration, id } => standing::resume(&configuration.read()?, id),
        Command::Check { configuration, json } => check_all(&configuration.read()?, *json),
    }
}

/// The folder of the book.
fn folder(config: &Config) -> PathBuf {
    config.path(&config.partners)
}

/// The file of a partner in the book.
fn file_of(config: &Config, id: &str) -> Result<PathBuf, Failure> {
    if !check::is_plain_id(id) {
        return Err(Failure::Usage(format!("{id:?} is no partner id")));
    }
    let file = folder(config).join(format!("{id}.toml"));
    if file.exists() { Ok(file) } else { Err(Failure::Usage(format!("there is no partner {id} in the book"))) }
}

/// The files of the book, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in listing {
        let path = entry.map_err(|error| Failure::file(folder, &error))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<Partner, Failure> {
    read_partner(file).map_err(|error| Failure::environment(&error))
}

fn standing_of(partner: &Partner) -> &'static str {
    if partner.suspended.is_some() { "suspended" } else { "active" }
}

fn list(config: &Config, as_json: bool) -> Result<ExitCode, Failure> {
    let partners: Vec<Partner> =
        files(&folder(config))?.iter().map(|file| read(file)).collect::<Result<_, Failure>>()?;
    if as_json {
        let shown: Vec<Value> = partners
            .iter()
            .map(|partner| {
                json!({
                    "id": partner.id,
                    "name": partner.name,
                    "names": partner.names,
                    "country": partner.country,
                    "role": partner.role,
                    "address": partner.address,
                    "format": partner.format,
                    "subscribes": partner.subscription.is_some(),
                    "mayVerify": partner.verifies(),
                    "standing": standing_of(partner),
                })
            })
            .collect();
        terminal::json(&shown);
    } else if partners.is_empty() {
        terminal::line("伙伴名册为空 / the partner book is empty");
    } else {
        let mut table = terminal::table(&["id", "name", "country", "role", "address", "gets", "standing"]);
        for partner in &partners {
            let gets = if partner.subscription.is_some() { partner.format.as_str() } else { "nothing" };
            table.add_row([
                partner.id.clone(),
                partner.name.clone(),
                partner.country.clone(),
                word(&partner.role),
                partner.address.clone().unwrap_or_else(|| "calls us".into()),
                gets.to_owned(),
                standing_of(partner).to_owned(),
            ]);
        }
        terminal::line(table.to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// A word of a closed list as it is written.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn show(config: &Config, id: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let file = file_of(config, id)?;
    let partner = read(&file)?;
    let remarks = check::entry(config, &file, &partner, SystemClock.now());
    if as_json {
        let remarks: Vec<Value> = remarks.iter().map(Remark::to_json).collect();
        terminal::json(&json!({"partner": partner, "standing": standing_of(&partner), "remarks": remarks}));
        return Ok(ExitCode::SUCCESS);
    }
    let text = toml::to_string_pretty(&partner).map_err(|error| Failure::environment(&error))?;
    terminal::line(format!("# {} ({})", file.display(), standing_of(&partner)));
    terminal::out(&text);
    for remark in &remarks {
        terminal::line(format!("# {}: {}", remark.weight, remark.what));
    }
    Ok(ExitCode::SUCCESS)
}

/// How many partners there are, and what there is to say about each and about the book as a whole.
pub(super) fn check_book(config: &Config, now: Timestamp) -> Result<(usize, Vec<(String, Remark)>), Failure> {
    let mut remarks: Vec<(String, Remark)> = Vec::new();
    let files = files(&folder(config))?;
    for file in &files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        match read_partner(file) {
            Ok(partner) => {
                let said = check::entry(config, file, &partner, now);
                remarks.extend(said.into_iter().map(|remark| (name.clone(), remark)));
            }
            Err(error) => remarks.push((name, Remark::error(error.reason))),
        }
    }
    // What no entry shows alone: two partners that could not be told apart.
    let alone_sound = remarks.iter().all(|(_, remark)| remark.weight != Weight::Error);
    if alone_sound && let Err(error) = PartnerBook::load(&folder(config), 1, zone_of(config)?) {
        remarks.push(("book".to_owned(), Remark::error(error.to_string())));
    }
    Ok((files.len(), remarks))
}

fn check_all(config: &Config, as_json: bool) -> Result<ExitCode, Failure> {
    let (count, remarks) = check_book(config, SystemClock.now())?;
    if as_json {
        let shown: Vec<Value> = remarks
            .iter()
            .map(|(partner, remark)| {
                let mut value = remark.to_json();
                value["partner"] = json!(partner);
                value
            })
            .collect();
        terminal::json(&shown);
    } else {
        terminal::line(format!("{count} partners in {}", folder(config).display()));
        for (partner, remark) in &remarks {
            terminal::line(format!("{}: {partner}: {}", remark.weight, remark.what));
        }
        if remarks.is_empty() {
            terminal::line("名册完好 / the book is sound");
        }
    }
    let sound = remarks.iter().all(|(_, remark)| remark.weight != Weight::Error);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}
