//! What `certbridge init` writes for people: the configuration with its comments, our entry for a partner's book, and
//! what to do next.

use std::path::Path;

use super::{Arguments, Identity};

/// What a partner needs to know of us.
pub(super) struct Shared {
    pub(super) san: String,
    pub(super) anchor: String,
    pub(super) revocations: String,
    pub(super) message_key: String,
    pub(super) credential_key: String,
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `certbridge.toml`.
pub(super) fn configuration(arguments: &Arguments, identity: &Identity<'_>) -> String {
    format!(
        r#"# Configuration of a certbridge gateway. Relative paths are read from the folder of this file. Any key can be set by
# the environment too: CERTBRIDGE_ and the key in capitals, with __ for the dot (CERTBRIDGE_PARTNER__ADDRESS).

# The folder of the partner book: one file a partner, added with `certbridge partner add`.
partners = "partners"

[house]
# Our name in messages and in the partner books of others. Do not change it once messages have been sent.
id = {id}
# Our name for people.
name = {name}
# The party that we are (ISO 3166-1). Decisions for this party are authoritative here.
country = {country}
# The DID that signs our credentials, and the base URI of our certificates, without a slash at the end.
did = {did}
base = {base}
# The offset from UTC in which we say what day it is.
zone = {zone}

[store]
# The SQLite file.
path = "certbridge.db"
# The last checkpoint of the ledger, kept outside the database: a store that is behind it (a restored backup) does not
# start unasked. Best on another disk, and not in the backup of the store.
checkpoint = "checkpoint.txt"
# Megabytes that it may grow to; 0: as far as the disk goes.
largest_mb = 0
# Connections that read.
readers = 4

[keys]
# One Ed25519 key a purpose, PKCS#8 PEM, readable by the owner alone.
credential = "keys/credential.pem"
message = "keys/message.pem"
ledger = "keys/ledger.pem"

[partner]
# The listener for partners and customs: HTTPS, TLS 1.3, a client certificate is required.
address = {partner_address}
certificate = "tls/gateway.pem"
key = "tls/gateway-key.pem"

[public]
# The listener for everybody: health, ledger, did.json. Take the section out and it is not opened.
address = {public_address}
certificate = "tls/gateway.pem"
key = "tls/gateway-key.pem"

# The listener for whoever operates the gateway, without TLS and of this machine alone: /metrics for Prometheus.
#[operator]
#address = "127.0.0.1:8445"

[outbox]
# How long a worker has for a message that it took up (longer than a call), and how long a call to a partner may take.
lease = "60s"
call = "30s"
# The pause after a first failure; what later pauses grow to; the longest pause that a partner may ask for.
first_pause = "1s"
longest_pause = "15m"
longest_asked = "1h"

[recognition]
# Load the rows that were made up for the demo too. Never in production.
fictive = false
# Rows of our own, and lists of partners that were accepted (`certbridge notice accept`).
folder = "recognition"
"#,
        id = quoted(identity.id),
        name = quoted(identity.name),
        country = quoted(identity.country),
        did = quoted(&identity.did),
        base = quoted(&identity.base),
        zone = quoted(&arguments.zone.to_string()),
        partner_address = quoted(&arguments.partner_address.to_string()),
        public_address = quoted(&arguments.public_address.to_string()),
    )
}

/// Our entry in a partner's book.
pub(super) fn partner(arguments: &Arguments, identity: &Identity<'_>, shared: &Shared) -> String {
    let id = identity.id;
    let port = arguments.partner_address.port();
    format!(
        r#"# Our entry for your partner book. Fill in the agreement and what we may assert and get, then:
#     certbridge partner add --config certbridge.toml {id}.toml
id = {id_text}
name = {name}
country = {country}
role = "registry"
# Where our gateway listens.
address = {address}
# push: you send us what we subscribe to; pull: we ask for changes ourselves, and nothing is sent.
delivery = "push"
did = {did}
base = {base}
# The name in our TLS certificates, and the CA that issues them, with its revocation list. A new CA of ours goes beside it with
# `certbridge partner rotate --ca FILE --crl FILE`, and this one gets an end.
san = {san}
anchors = ["{id}-ca.pem"]
crls = ["{id}-crl.pem"]
crl_hours = 720
# Formats that you take certificates in from us, and the one that we get them in.
accepts = ["untp-dcc@0.7.0"]
format = "untp-dcc@0.7.0"
# We take one notice of an act on many certificates, with a body of at most so many bytes.
bulk_events = true
longest_message = 1048576

# The keys that we sign messages and credentials with.
[[message_keys]]
id = {message_key}
multikey = {message_key}

[[credential_keys]]
id = {credential_key}
multikey = {credential_key}

[agreement]
# The treaty, arrangement or contract that we exchange under. It must be filled in.
legal_basis = ""
# What it lets you exchange with us: certificates, status, verification, notices, personal-information. Empty: it does not say.
data_classes = []
purposes = []

# The issuers that we may speak for: our own bodies. A message about any other is refused.
#[[asserts]]
#scheme = "cnca-approval"
#value = "*"

# What we get of yours; without this section nothing is sent. Where no issuers are named: of what you own yourselves.
#[subscription]
#kinds = ["compulsory-product"]
#issuers = [{{scheme = "cnca-approval", value = "CNCA-R-2002-001"}}]
"#,
        id_text = quoted(id),
        name = quoted(identity.name),
        country = quoted(identity.country),
        address = quoted(&format!("https://{}:{port}", shared.san)),
        did = quoted(&identity.did),
        base = quoted(&identity.base),
        san = quoted(&shared.san),
        message_key = quoted(&shared.message_key),
        credential_key = quoted(&shared.credential_key),
    )
}

/// What to do next.
pub(super) fn next_steps(file: &Path, identity: &Identity<'_>) -> String {
    let config = file.display();
    let share = file.with_file_name("share");
    format!(
        "{name} ({id}) is set up: {config}\n\
         \n\
         Next:\n\
         \x20 certbridge doctor --config {config}\n\
         \x20     looks at the installation and says what is wrong with it\n\
         \x20 certbridge import --config {config} --format cnca-report@2016 FILE…\n\
         \x20     takes certificates in\n\
         \x20 certbridge partner add --config {config} FILE\n\
         \x20     adds a partner; what it needs to know of us stands in {share}\n\
         \x20 certbridge serve --config {config}\n\
         \x20     opens the gateway\n\
         \n\
         Keep keys/ and tls/ca-key.pem to yourself, and in a backup apart from the store.\n",
        name = identity.name,
        id = identity.id,
        share = share.display(),
    )
}
