//! `certbridge simulate`: a partner in a box, with manners as bad as one asks for, that others try their own side against.

mod manners;
mod misbehaviour;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::sample::{self, Order};
use super::source::Findings;
use super::{Failure, import, init, serve, terminal};
use crate::clock::{Clock, SystemClock, Timestamp, Zone};
use crate::config::Config;
use crate::exchange::{Assertable, Delivery, Partner, Subscription, read_partner};
use crate::gateway::{Gateway, Surroundings, serve_with};
use crate::store::{OutboxEntry, OutboxFilter, OutboxState};
use crate::tls::pki::Authority;
use manners::BadManners;
use misbehaviour::Misbehaviour;

/// Who the partner in the box is.
const ID: &str = "simulated-registry";
/// How far the clock of a skewed one is ahead, in seconds: twice what is let pass.
const SKEW: i64 = 600;
/// How often the outbox is looked at for what arrived.
const LOOK: Duration = Duration::from_millis(200);

/// Be a partner registry, well-behaved or not, that others can try their own gateway against
///
/// Sets a registry up in a folder: keys, a CA, certificates. It prints the partner file to give to the other end, and tells in
/// plain words what came in and how it answered. The other end's own partner file goes in with --partner. Everything in it is
/// invented, and nothing that it says has a legal basis.
///
/// A misbehaviour befalls the first try of each message, so that one can see the second go right: late-receipt holds the
/// receipt back (--late), wrong-signer signs it by a key that nobody registered, truncate cuts it off in the middle, garbage
/// answers with something that is no receipt, error answers 500. Three concern the partner as a whole: stale-crl hands out
/// a revocation list that has run out, skew has a clock ten minutes ahead, and duplicate sends each of its own messages twice.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to be
    #[arg(long = "as", value_name = "ROLE", value_parser = PossibleValuesParser::new(["registry"]))]
    role: String,
    /// Folder of the registry; it is set up there unless it is already
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Partner file of the other end, with its CA and revocation list beside it
    #[arg(long, value_name = "FILE")]
    partner: Option<PathBuf>,
    /// What to do wrong; several with commas
    #[arg(long, value_name = "MISBEHAVIOUR", value_enum, value_delimiter = ',')]
    misbehave: Vec<Misbehaviour>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9443")]
    listen: SocketAddr,
    /// Certificates of its own, invented, that it has and sends
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    certificates: usize,
    /// Seconds for which late-receipt holds a receipt back
    #[arg(long, value_name = "SECONDS", default_value_t = 40)]
    late: u64,
}

/// A clock that is ahead.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.0)
    }
}

/// Sets up, serves and tells.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if std::env::var_os("CERTBRIDGE_LOG").is_some() {
        serve::logging();
    }
    if let Some(file) = arguments.partner.as_ref().filter(|file| !file.is_file()) {
        return Err(Failure::Usage(format!("{}: there is no such file", file.display())));
    }
    set_up(arguments)?;
    serve::runtime()?.block_on(play(arguments))?;
    Ok(ExitCode::SUCCESS)
}

fn does(arguments: &Arguments, misbehaviour: Misbehaviour) -> bool {
    arguments.misbehave.contains(&misbehaviour)
}

/// The folder of the registry, made where it is not there yet.
fn set_up(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.dir.join("certbridge.toml").exists() {
        return Ok(());
    }
    let zone: Zone = "+12:00".parse().map_err(|error| Failure::environment(&error))?;
    init::set_up(&init::Arguments {
        dir: arguments.dir.clone(),
        id: ID.into(),
        country: "NZ".into(),
        name: "Simulated registry (fictive)".into(),
        did: None,
        base: Some(sample::FOREIGN_BASE.into()),
        zone,
        partner_address: arguments.listen,
        public_address: SocketAddr::from(([127, 0, 0, 1], 0)),
        force: false,
    })?;
    Ok(())
}

async fn play(arguments: &Arguments) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::environment(error);
    let mut config = Config::read(&arguments.dir.join("certbridge.toml")).map_err(|error| failed(&error))?;
    config.partner.address = arguments.listen;
    config.public = None;
    let mut surroundings = Surroundings::default();
    if does(arguments, Misbehaviour::Skew) {
        surroundings.clock = Arc::new(Ahead(SKEW));
    }
    let gateway = Gateway::open(config, surroundings).map_err(|error| failed(&error))?;
    let manners = Arc::new(BadManners::new(&arguments.misbehave, Duration::from_secs(arguments.late))?);
    let running = serve_with(&gateway, Some(manners)).map_err(|error| failed(&error))?;
    let card = hand_out(arguments, running.partner_address)?;
    terminal::line(format!("partner file for the other end: {}", card.display()));
    terminal::line(format!("listens at https://{}", running.partner_address));
    let names: Vec<&str> = arguments.misbehave.iter().map(|one| one.says()).collect();
    terminal::line(match names.as_slice() {
        [] => "behaves well".to_owned(),
        names => format!("misbehaves: {}", names.join("; ")),
    });
    match &arguments.partner {
        None => terminal::line("knows nobody yet: give it the other end's partner file with --partner"),
        Some(file) => {
            let partner = take_in(arguments, file)?;
            gateway.exchange.reload(None).map_err(|error| failed(&error))?;
            terminal::line(format!("knows {} ({})", partner.name, partner.id));
            let (gateway, count) = (&gateway, arguments.certificates);
            tokio::task::block_in_place(|| certificates(gateway, &arguments.dir, count))?;
        }
    }
    let told = tokio::spawn(tell_sent(gateway.exchange.clone(), does(arguments, Misbehaviour::Duplicate)));
    let _ = tokio::signal::ctrl_c().await;
    told.abort();
    terminal::line("stops");
    running.stop().await;
    Ok(())
}

/// Writes our partner file, and beside it our CA and revocation list: a stale one where that is asked for.
fn hand_out(arguments: &Arguments, address: SocketAddr) -> Result<PathBuf, Failure> {
    let share = arguments.dir.join("share");
    let file = share.join(format!("{ID}.toml"));
    let mut card = read_partner(&file).map_err(|error| Failure::environment(&error))?;
    card.address = Some(format!("https://localhost:{}", address.port()));
    card.agreement.legal_basis = "A simulation; no legal basis is claimed".into();
    card.asserts = vec![Assertable { scheme: "register".into(), value: "*".into(), kinds: Vec::new() }];
    card.subscription = Some(Subscription::default());
    card.bulk_events = true;
    write(&file, &toml::to_string_pretty(&card).map_err(|error| Failure::environment(&error))?)?;
    let read = |name: &str| {
        let path = arguments.dir.join("tls").join(name);
        std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))
    };
    let pki = |error: crate::tls::pki::PkiError| Failure::environment(&error);
    let ca = Authority::load(&read("ca.pem")?, &read("ca-key.pem")?).map_err(pki)?;
    let now = SystemClock.now();
    let days = |count: i64| now.plus_seconds(count * 86_400);
    let stale = does(arguments, Misbehaviour::StaleCrl);
    let (from, until) = if stale { (days(-60), days(-30)) } else { (now.plus_seconds(-3600), days(30)) };
    let list = ca.revocation_list(&[], 1, from, until).map_err(pki)?;
    for name in &card.crls {
        write(&share.join(name), &list)?;
    }
    Ok(file)
}

/// Takes the other end into the book: it may speak for whatever it has, and gets what we have.
fn take_in(arguments: &Arguments, file: &Path) -> Result<Partner, Failure> {
    let mut partner = read_partner(file).map_err(|error| Failure::environment(&error))?;
    if partner.agreement.legal_basis.trim().is_empty() {
        partner.agreement.legal_basis = "A simulation; no legal basis is claimed".into();
    }
    if partner.asserts.is_empty() {
        let all = |scheme: &str| Assertable { scheme: scheme.into(), value: "*".into(), kinds: Vec::new() };
        partner.asserts = vec![all("cnca-approval")];
    }
    partner.delivery = Delivery::Push;
    partner.subscription.get_or_insert_with(Subscription::default);
    let book = arguments.dir.join("partners");
    for path in partner.files() {
        let from = file.parent().unwrap_or(Path::new(".")).join(path);
        std::fs::copy(&from, book.join(path)).map_err(|error| Failure::file(&from, &error))?;
    }
    let text = toml::to_string_pretty(&partner).map_err(|error| Failure::environment(&error))?;
    write(&book.join(format!("{}.toml", partner.id)), &text)?;
    Ok(partner)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::file(path, &error))
}

/// Takes in invented certificates of our own; what is held already stays.
fn certificates(gateway: &Gateway, dir: &Path, count: usize) -> Result<(), Failure> {
    if count == 0 {
        return Ok(());
    }
    let on = SystemClock.now().day(Zone::CHINA);
    let order = Order { count, seed: 3, dirty: false, on };
    let path = dir.join("certificates.ndjson");
    let bytes = sample::write("untp-dcc@0.7.0", Some("ndjson"), order)?;
    std::fs::write(&path, bytes).map_err(|error| Failure::file(&path, &error))?;
    let taken = import::take(gateway, "untp-dcc@0.7.0", None, &path, None, &mut Findings::default())?;
    terminal::line(format!("has {} new certificates of its own to send", taken.new));
    Ok(())
}

/// Tells what became of our own messages; sends each again where that is asked for.
async fn tell_sent(exchange: Arc<crate::exchange::Exchange>, twice: bool) {
    let mut told: std::collections::HashMap<String, (OutboxState, u32)> = std::collections::HashMap::new();
    loop {
        let filter = OutboxFilter { limit: 10_000, ..OutboxFilter::default() };
        let all = crate::store::off_reactor(exchange.store().clone(), move |store| store.outbox(&filter)).await;
        for entry in all.unwrap_or_default() {
            let OutboxEntry { id, state, attempts, message_type, subject, last_error, .. } = entry;
            if told.get(&id) == Some(&(state, attempts)) {
                continue;
            }
            told.insert(id.clone(), (state, attempts));
            match state {
                OutboxState::Delivered => {
                    terminal::line(format!("out  {message_type} {subject}: receipted"));
                    if twice {
                        let again = match exchange.send_again(&id).await {
                            Ok(_) => "receipted, again".to_owned(),
                            Err(error) => format!("no receipt: {error}"),
                        };
                        terminal::line(format!("out  {message_type} {subject}, a second time (duplicate): {again}"));
                    }
                }
                _ => {
                    if let Some(error) = last_error {
                        terminal::line(format!("out  {message_type} {subject}: not taken: {error}"));
                    }
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
