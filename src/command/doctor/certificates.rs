//! Our TLS certificates and the revocation list that we hand out, and when they end.

use super::Check;
use crate::clock::Timestamp;
use crate::config::{Config, Listener};
use crate::tls::Identity;
use crate::trust::{Certificate, Revocations};

const CHECK: &str = "certificate";
const DAY: i64 = 86_400;

pub(super) fn look(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    listener("partner", config, &config.partner, now, checks);
    if let Some(public) = &config.public
        && (&public.certificate, &public.key) != (&config.partner.certificate, &config.partner.key)
    {
        listener("public", config, public, now, checks);
    }
    own_list(config, now, checks);
}

fn listener(name: &str, config: &Config, listener: &Listener, now: Timestamp, checks: &mut Vec<Check>) {
    let (chain, key) = (config.path(&listener.certificate), config.path(&listener.key));
    let read = |path: &std::path::Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let identity = read(&chain).and_then(|pem| {
        Identity::from_pem(&pem, &read(&key)?).map_err(|error| format!("{}: {error}", chain.display()))
    });
    let identity = match identity {
        Ok(identity) => identity,
        Err(reason) => {
            checks.push(Check::error(
                CHECK,
                format!("{name}: {reason}"),
                "issue a certificate for the key, with the chain in the same file",
            ));
            return;
        }
    };
    for der in identity.chain() {
        match Certificate::read(der) {
            Ok(certificate) => checks.push(ends(name, &certificate, now)),
            Err(refusal) => {
                checks.push(Check::error(
                    CHECK,
                    format!("{name}: {}", refusal.finding().message().en),
                    "issue it anew",
                ));
            }
        }
    }
}

/// When a certificate ends: the nearest notice that has passed is named.
fn ends(name: &str, certificate: &Certificate, now: Timestamp) -> Check {
    let Certificate { subject, not_before, not_after, .. } = certificate;
    if now < *not_before {
        return Check::error(
            CHECK,
            format!("{name}: {subject} is valid from {not_before}"),
            "wait, or set the clock of this machine",
        );
    }
    if now > *not_after {
        return Check::error(
            CHECK,
            format!("{name}: {subject} ended on {not_after}"),
            "issue a new one with the CA that your partners registered",
        );
    }
    let left = (not_after.unix() - now.unix()) / DAY;
    let notice = crate::gateway::notice(*not_after, now);
    match notice {
        Some(days) => Check::warning(
            CHECK,
            format!("{name}: {subject} ends on {not_after}, in {left} days (notice at {days})"),
            "issue a new one with the same CA before that day",
        ),
        None => Check::ok(CHECK, format!("{name}: {subject}, until {not_after}, {left} days")),
    }
}

/// The revocation list that `init` made beside the CA: partners refuse us once theirs is stale.
fn own_list(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    let path = config.path(&config.partner.certificate).with_file_name("ca-crl.pem");
    let Ok(pem) = std::fs::read(&path) else { return };
    match Revocations::from_pem(&pem) {
        Err(error) => checks.push(Check::error(CHECK, format!("{}: {error}", path.display()), "issue the list anew")),
        Ok(lists) => {
            for (issuer, this_update, next_update) in lists.overview() {
                let due = next_update.filter(|next| *next < now.plus_seconds(7 * DAY));
                checks.push(match due {
                    Some(next) => Check::warning(
                        CHECK,
                        format!("the revocation list of {issuer} holds until {next}"),
                        "issue a new list with our CA and hand it to every partner",
                    ),
                    None => Check::ok(CHECK, format!("the revocation list of {issuer}, of {this_update}")),
                });
            }
        }
    }
}
