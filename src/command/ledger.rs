//! `certbridge ledger`: replay it, show its checkpoint, prove what stands in it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::configuration::Configuration;
use super::subject;
use super::{FINDINGS, Failure, terminal};
use crate::clock::SystemEntropy;
use crate::config::Config;
use crate::crypto::{Signer, SigningKey};
use crate::gateway::ledger_origin;
use crate::ledger::{Checkpoint, Frontier, Hash, NoteVerifier, prove_inclusion};
use crate::record::Identifier;
use crate::store::{LedgerEvent, Options, Sequencing, SqliteStore, Store, StoredTree, replay_ledger};

/// Check the ledger, show its checkpoint, prove what stands in it
///
/// The ledger is the append-only Merkle log of everything registered, changed, sent and received.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Replay the whole ledger: every leaf, chain, stored hash and checkpoint, and the checkpoint kept outside the store
    ///
    /// Exit code 0: sound; 1: not sound, with the first index that fails; 3: the store does not open.
    Verify {
        #[command(flatten)]
        configuration: Configuration,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the last signed checkpoint (C2SP signed note); the key that verifies it goes to standard error
    Checkpoint {
        #[command(flatten)]
        configuration: Configuration,
    },
    /// Print the proof that an event stands in the ledger, with the event, its salt and the checkpoint, as JSON
    ///
    /// Whoever gets it can check it without us: docs and `certbridge ledger checkpoint` name the key.
    Prove {
        #[command(flatten)]
        configuration: Configuration,
        /// Index of the event
        #[arg(long, value_name = "N", conflicts_with = "number", required_unless_present = "number")]
        index: Option<u64>,
        /// Number of a certificate: one proof for each of its events
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
        /// Issuing body, where several have this number
        #[arg(long, value_name = "SCHEME:ID", value_parser = subject::issuer, requires = "number")]
        issuer: Option<Identifier>,
    },
}

/// Runs the one that was asked for.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Verify { configuration, json } => Ok(verify(&Book::open(&configuration.read()?)?, *json)),
        Command::Checkpoint { configuration } => checkpoint(&Book::open(&configuration.read()?)?),
        Command::Prove { configuration, index, number, issuer } => {
            prove(&Book::open(&configuration.read()?)?, *index, number.as_deref(), issuer.as_ref())
        }
    }
}

/// The store opened for its ledger alone: whatever stands in the checkpoint file, and without touching that file.
pub(super) struct Book {
    pub(super) store: SqliteStore,
    origin: String,
    key: NoteVerifier,
    kept: PathBuf,
}

impl Book {
    /// Opens the store; one that is not there is not made.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        let path = config.path(&config.store.path);
        if !path.exists() {
            return Err(Failure::Environment(format!("{}: there is no store yet", path.display())));
        }
        let (origin, signer, key) = ledger_key(config)?;
        let sequencing = Sequencing { origin: origin.clone(), signer, entropy: Arc::new(SystemEntropy) };
        let store = SqliteStore::open(&path, Options { readers: 1, ..Options::default() }, sequencing)
            .map_err(|error| Failure::environment(&error))?;
        Ok(Self { store, origin, key, kept: config.path(&config.store.checkpoint) })
    }

    /// What is wrong with the checkpoint kept outside, and from which index on; how many leaves it vouches for.
    pub(super) fn compare(&self) -> Result<u64, (u64, String)> {
        let note = match std::fs::read_to_string(&self.kept) {
            Ok(note) => note,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err((0, error.to_string())),
        };
        let checkpoint = Checkpoint::open(&note, &self.origin, std::slice::from_ref(&self.key))
            .map_err(|error| (0, error.to_string()))?;
        let unread = |error: &dyn std::fmt::Display| (0, error.to_string());
        let size = self.store.ledger_size().map_err(|error| unread(&error))?;
        if checkpoint.size() > size {
            let words = format!(
                "the store holds {size} events, and {} were signed for: it is behind (a restored backup?)",
                checkpoint.size()
            );
            return Err((size, words));
        }
        let root = if checkpoint.size() == 0 {
            Hash::EMPTY
        } else {
            Frontier::load_at(&StoredTree(&self.store), checkpoint.size()).map_err(|error| unread(&error))?.root()
        };
        if root != checkpoint.root() {
            return Err((
                0,
                format!("the first {} events of the store are others than those signed for", checkpoint.size()),
            ));
        }
        Ok(checkpoint.size())
    }
}

/// Name, signer and verifier of the ledger.
fn ledger_key(config: &Config) -> Result<(String, Arc<dyn Signer>, NoteVerifier), Failure> {
    let origin = ledger_origin(config.house.base.trim_end_matches('/'));
    let path = config.path(&config.keys.ledger);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let key = SigningKey::from_pem(&text).map_err(|error| Failure::file(&path, &error))?;
    let verifier =
        NoteVerifier::new(&origin, key.public_key().clone()).map_err(|error| Failure::file(&path, &error))?;
    Ok((origin, Arc::new(key), verifier))
}

fn verify(book: &Book, as_json: bool) -> ExitCode {
    let replayed = replay_ledger(&book.store, &book.origin, std::slice::from_ref(&book.key));
    let outside = book.compare();
    let fault = match (&replayed, &outside) {
        (Err(error), _) => Some((error.index, error.fault.to_string())),
        (Ok(_), Err((index, reason))) => Some((*index, format!("{}: {reason}", book.kept.display()))),
        (Ok(_), Ok(_)) => None,
    };
    if as_json {
        let report = replayed.as_ref().ok();
        terminal::json(&json!({
            "sound": fault.is_none(),
            "origin": book.origin,
            "size": report.map(|report| report.size),
            "root": report.map(|report| report.root.to_string()),
            "erased": report.map(|report| report.erased),
            "checkpoints": report.map(|report| report.checkpoints),
            "unsigned": report.map(|report| report.unsigned),
            "keptOutside": outside.as_ref().ok(),
            "firstBad": fault.as_ref().map(|(index, reason)| json!({"index": index, "reason": reason})),
        }));
    } else {
        match (&fault, &replayed) {
            (None, Ok(report)) => {
                terminal::line("账本完好 / the ledger is sound");
                terminal::line(format!("  origin      {}", book.origin));
                terminal::line(format!("  size        {}", report.size));
                terminal::line(format!("  root        {}", report.root));
                terminal::line(format!(
                    "  checkpoints {}, {} leaves behind the last",
                    report.checkpoints, report.unsigned
                ));
                if report.erased > 0 {
                    terminal::line(format!("  erased      {}", report.erased));
                }
                if let Ok(size) = outside {
                    terminal::line(format!("  kept outside the store: a checkpoint of {size}, which agrees"));
                }
            }
            (Some((index, reason)), _) => {
                terminal::line(format!("账本不完好 / the ledger is not sound, from index {index} on\n  {reason}"));
            }
            (None, Err(error)) => terminal::line(error.to_string()),
        }
    }
    if fault.is_none() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) }
}

fn checkpoint(book: &Book) -> Result<ExitCode, Failure> {
    let Some(checkpoint) = book.store.checkpoint().map_err(|error| Failure::environment(&error))? else {
        terminal::aside("no checkpoint has been signed yet: the ledger is empty");
        return Ok(ExitCode::from(FINDINGS));
    };
    terminal::out(&checkpoint.note);
    terminal::aside(format!("verifier key: {}", book.key.text()));
    Ok(ExitCode::SUCCESS)
}

fn prove(
    book: &Book,
    index: Option<u64>,
    number: Option<&str>,
    issuer: Option<&Identifier>,
) -> Result<ExitCode, Failure> {
    let failed = |error: crate::store::StoreError| Failure::environment(&error);
    let events: Vec<LedgerEvent> = match (index, number) {
        (Some(index), _) => book.store.event(index).map_err(failed)?.into_iter().collect(),
        (None, Some(number)) => {
            let subjects = book.store.subjects_numbered(number).map_err(failed)?;
            let meant: Vec<_> =
                subjects.iter().filter(|subject| issuer.is_none_or(|issuer| subject.key.issuer == *issuer)).collect();
            if meant.len() > 1 {
                return Err(Failure::Usage(format!(
                    "{} bodies have a certificate {number}: name one with --issuer",
                    meant.len()
                )));
            }
            match meant.first() {
                Some(subject) => book.store.events_of(&subject.key.to_string()).map_err(failed)?,
                None => Vec::new(),
            }
        }
        (None, None) => Vec::new(),
    };
    let Some(checkpoint) = book.store.checkpoint().map_err(failed)?.filter(|_| !events.is_empty()) else {
        terminal::aside("账本中没有 / the ledger holds no such event");
        return Ok(ExitCode::from(FINDINGS));
    };
    let mut proofs = Vec::new();
    for event in events {
        let mut proof = prove_inclusion(&StoredTree(&book.store), event.index, checkpoint.size)
            .map_err(|error| Failure::environment(&error))?;
        proof.checkpoint = Some(checkpoint.note.clone());
        // What is printed is checked as whoever gets it checks it.
        proof
            .verify(&book.origin, std::slice::from_ref(&book.key))
            .and_then(|_| proof.verify_event(&event.event, &event.salt))
            .map_err(|error| Failure::environment(&error))?;
        proofs.push(json!({
            "origin": book.origin,
            "verifierKey": book.key.text(),
            "event": event.event,
            "salt": hex::encode(event.salt.bytes()),
            "proof": proof,
        }));
    }
    match (index, proofs.as_slice()) {
        (Some(_), [one]) => terminal::json(one),
        _ => terminal::json(&proofs),
    }
    Ok(ExitCode::SUCCESS)
}
