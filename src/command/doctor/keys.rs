//! The keys that we sign with: there, readable as keys, and by nobody else.

use std::path::Path;

use super::Check;
use crate::command::files::is_open_to_others;
use crate::config::Config;
use crate::crypto::{Algorithm, Signer as _, SigningKey};

const CHECK: &str = "key";

pub(super) fn look(config: &Config, checks: &mut Vec<Check>) {
    let keys = &config.keys;
    for (name, path) in [("credential", &keys.credential), ("message", &keys.message), ("ledger", &keys.ledger)] {
        let path = config.path(path);
        let at = format!("{name}: {}", path.display());
        let key = std::fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| SigningKey::from_pem(&text).map_err(|error| error.to_string()));
        let key = match key {
            Ok(key) => key,
            Err(reason) => {
                checks.push(Check::error(
                    CHECK,
                    format!("{at}: {reason}"),
                    "bring the key back from its backup; a new one must be registered by every partner",
                ));
                continue;
            }
        };
        if name == "ledger" && key.algorithm() != Algorithm::Ed25519 {
            checks.push(Check::error(
                CHECK,
                format!("{at}: checkpoints are signed with Ed25519"),
                "use an Ed25519 key",
            ));
            continue;
        }
        match permissions(&path, &at) {
            Some(check) => checks.push(check),
            None => checks.push(Check::ok(CHECK, format!("{at} ({})", key.algorithm()))),
        }
    }
    let tls = config.path(&config.partner.key);
    checks.extend(permissions(&tls, &format!("TLS: {}", tls.display())));
}

fn permissions(path: &Path, at: &str) -> Option<Check> {
    match is_open_to_others(path) {
        Ok(true) => {
            Some(Check::warning(CHECK, format!("{at}: others can read it"), format!("chmod 600 {}", path.display())))
        }
        Ok(false) => None,
        Err(error) => Some(Check::error(CHECK, format!("{at}: {error}"), "let the gateway's user read it")),
    }
}
