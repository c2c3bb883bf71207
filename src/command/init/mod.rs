//! `certbridge init`: a gateway of one's own, with keys, certificates and an empty partner book.

mod text;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::files::{self, Access};
use super::{Failure, terminal};
use crate::clock::{Clock as _, SystemClock, SystemEntropy, Timestamp, Zone};
use crate::config::Config;
use crate::crypto::{Algorithm, Signer as _, SigningKey};
use crate::record::identifier::is_alpha2;
use crate::tls::pki::{Authority, LeafRequest, PkiError, Validity};

/// How long the CA holds, in days.
const CA_DAYS: i64 = 10 * 365;
/// How long the gateway's certificate holds, in days.
const GATEWAY_DAYS: i64 = 397;
/// How long the revocation list holds, in days.
const LIST_DAYS: i64 = 30;

/// Set up a gateway: configuration, keys, a CA with a TLS certificate, an empty partner book
///
/// Makes in DIR: certbridge.toml, with a comment on every key; keys/ with one Ed25519 key each for credentials, messages
/// and the ledger; tls/ with a CA, its empty revocation list, and the gateway's certificate; partners/, empty; and
/// share/, with what a partner needs to know of us. Private keys can be read by the owner alone. Nothing that is there
/// is overwritten.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder to set it up in; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// Our name in messages and in the partner books of others: lower-case letters, digits, - and . (cn-registry)
    #[arg(long)]
    pub(super) id: String,
    /// The country that we are in, ISO 3166-1 alpha-2 (CN)
    #[arg(long)]
    pub(super) country: String,
    /// Our name for people
    #[arg(long)]
    pub(super) name: String,
    /// The DID that signs our credentials; without it the did:web of the host of --base
    #[arg(long)]
    pub(super) did: Option<String>,
    /// Base URI of our certificates; without it https://ID.example, which is good for trying out only
    #[arg(long, value_name = "URI")]
    pub(super) base: Option<String>,
    /// The offset from UTC in which we say what day it is
    #[arg(long, default_value = "+08:00", allow_hyphen_values = true)]
    pub(super) zone: Zone,
    /// Address and port of the listener for partners (mutual TLS)
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(super) partner_address: SocketAddr,
    /// Address and port of the listener for everybody
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8444")]
    pub(super) public_address: SocketAddr,
    /// Set up anew where a gateway is set up already: its files are kept beside the new ones, with .old and the time
    #[arg(long)]
    pub(super) force: bool,
}

/// Who the new gateway is.
struct Identity<'a> {
    id: &'a str,
    country: &'a str,
    name: &'a str,
    did: String,
    base: String,
    host: String,
}

/// Everything that is made, by path below the folder.
struct Made {
    files: Vec<(&'static str, String, Access)>,
    shared: text::Shared,
}

/// Sets up and says what to do next.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let file = set_up(arguments)?;
    terminal::out(&text::next_steps(&file, &identity(arguments)?));
    Ok(ExitCode::SUCCESS)
}

/// Sets a gateway up; gives its configuration file.
pub(super) fn set_up(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let identity = identity(arguments)?;
    let now = SystemClock.now();
    let mut made = make(arguments, &identity, now)?;
    let share = format!("share/{}", identity.id);
    made.files.push(("certbridge.toml", text::configuration(arguments, &identity), Access::Everybody));
    let mut named: Vec<(String, String, Access)> =
        made.files.into_iter().map(|(path, content, access)| (path.to_owned(), content, access)).collect();
    named.push((format!("{share}.toml"), text::partner(arguments, &identity, &made.shared), Access::Everybody));
    named.push((format!("{share}-ca.pem"), made.shared.anchor, Access::Everybody));
    named.push((format!("{share}-crl.pem"), made.shared.revocations, Access::Everybody));

    make_way(&arguments.dir, &named, arguments.force, now)?;
    for (folder, access) in
        [("keys", Access::Owner), ("tls", Access::Owner), ("partners", Access::Everybody), ("share", Access::Everybody)]
    {
        files::folder(&arguments.dir.join(folder), access)?;
    }
    for (path, content, access) in &named {
        files::create(&arguments.dir.join(path), content.as_bytes(), *access)?;
    }
    let file = arguments.dir.join("certbridge.toml");
    // What we have written is read once, so that a first start cannot fail on it.
    Config::read(&file).map_err(|error| Failure::environment(&error))?;
    Ok(file)
}

fn identity(arguments: &Arguments) -> Result<Identity<'_>, Failure> {
    let id = arguments.id.as_str();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) || id.starts_with(['.', '-']) {
        return Err(Failure::Usage(format!(
            "--id {id:?}: at most 64 lower-case letters, digits, - and ., such as cn-registry"
        )));
    }
    if !is_alpha2(&arguments.country) {
        return Err(Failure::Usage(format!(
            "--country {:?}: a country code of ISO 3166-1, two capital letters, such as CN",
            arguments.country
        )));
    }
    if arguments.name.trim().is_empty() || arguments.name.chars().any(char::is_control) {
        return Err(Failure::Usage("--name: one line of text".into()));
    }
    let base = arguments.base.clone().unwrap_or_else(|| format!("https://{id}.example"));
    let base = base.trim_end_matches('/').to_owned();
    let authority = base.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default().to_owned();
    if host.is_empty() || host.contains('@') {
        return Err(Failure::Usage(format!("--base {base:?}: a URI such as https://registry.example")));
    }
    // did:web: the port's colon is written %3A (did:web method, 2.3).
    let did = arguments.did.clone().unwrap_or_else(|| format!("did:web:{}", authority.replace(':', "%3A")));
    if !did.starts_with("did:") {
        return Err(Failure::Usage(format!("--did {did:?}: a DID such as did:web:registry.example")));
    }
    Ok(Identity { id, country: &arguments.country, name: &arguments.name, did, base, host })
}

fn make(arguments: &Arguments, identity: &Identity<'_>, now: Timestamp) -> Result<Made, Failure> {
    let key = || {
        let key =
            SigningKey::generate(Algorithm::Ed25519, &SystemEntropy).map_err(|error| Failure::environment(&error))?;
        let pem = key.to_pem().map_err(|error| Failure::environment(&error))?;
        Ok::<_, Failure>((key, pem))
    };
    let (credential, credential_pem) = key()?;
    let (message, message_pem) = key()?;
    let (_, ledger_pem) = key()?;
    let pki = |error: PkiError| Failure::environment(&error);
    // Certificates begin an hour ago, for partners whose clock is behind ours.
    let since = now.plus_seconds(-3600);
    let ca_name = format!("{} CA", identity.id);
    let ca =
        Authority::create(&ca_name, identity.country, Validity::days(since, CA_DAYS), &SystemEntropy).map_err(pki)?;
    let mut hosts = vec!["localhost"];
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    match identity.host.parse::<IpAddr>() {
        Ok(address) => addresses.push(address),
        Err(_) if identity.host != "localhost" => hosts.insert(0, &identity.host),
        Err(_) => {}
    }
    let listens = arguments.partner_address.ip();
    if !listens.is_unspecified() && !addresses.contains(&listens) {
        addresses.push(listens);
    }
    let mut request = LeafRequest::new(identity.id, identity.country, &hosts, Validity::days(since, GATEWAY_DAYS));
    request.addresses = addresses;
    let leaf = ca.issue(&request, &SystemEntropy).map_err(pki)?;
    let revocations = ca.revocation_list(&[], 1, since, now.plus_seconds(LIST_DAYS * 86_400)).map_err(pki)?;
    Ok(Made {
        files: vec![
            ("keys/credential.pem", credential_pem, Access::Owner),
            ("keys/message.pem", message_pem, Access::Owner),
            ("keys/ledger.pem", ledger_pem, Access::Owner),
            ("tls/ca.pem", ca.certificate_pem().to_owned(), Access::Everybody),
            ("tls/ca-key.pem", ca.key_pem(), Access::Owner),
            ("tls/ca-crl.pem", revocations.clone(), Access::Everybody),
            ("tls/gateway.pem", leaf.chain_pem, Access::Everybody),
            ("tls/gateway-key.pem", leaf.key_pem, Access::Owner),
        ],
        shared: text::Shared {
            san: hosts.first().map(|host| (*host).to_owned()).unwrap_or_default(),
            anchor: ca.certificate_pem().to_owned(),
            revocations,
            message_key: message.public_key().multikey(),
            credential_key: credential.public_key().multikey(),
        },
    })
}

/// Refuses where a gateway is set up already, or puts its files aside.
fn make_way(dir: &Path, files: &[(String, String, Access)], force: bool, now: Timestamp) -> Result<(), Failure> {
    let there: Vec<PathBuf> = files.iter().map(|(path, _, _)| dir.join(path)).filter(|path| path.exists()).collect();
    let Some(first) = there.first() else { return Ok(()) };
    if !force {
        return Err(Failure::Environment(format!(
            "{}: a gateway is set up here already, and nothing is overwritten; choose another --dir, or put its files \
             aside with --force (new keys mean that every partner must register them)",
            first.display()
        )));
    }
    for path in there {
        let mut aside = path.clone().into_os_string();
        aside.push(format!(".old-{}", now.unix()));
        std::fs::rename(&path, &aside).map_err(|error| Failure::file(&path, &error))?;
    }
    Ok(())
}
