//! The keys that we sign with: there, readable as keys, and by nobody else.

use std::path::Path;

use super::{Check, both};
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
                    both(format!("密钥不可用：{at}：{reason}"), format!("{at}: {reason}")),
                    both(
                        "从备份恢复该密钥；新密钥须由每个伙伴重新登记",
                        "bring the key back from its backup; a new one must be registered by every partner",
                    ),
                ));
                continue;
            }
        };
        if name == "ledger" && key.algorithm() != Algorithm::Ed25519 {
            checks.push(Check::error(
                CHECK,
                both(format!("{at}：检查点须用 Ed25519 签名"), format!("{at}: checkpoints are signed with Ed25519")),
                both("改用 Ed25519 密钥", "use an Ed25519 key"),
            ));
            continue;
        }
        let said = format!("{at} ({})", key.algorithm());
        checks.push(permissions(&path, &at).unwrap_or_else(|| Check::ok(CHECK, both(said.clone(), said))));
    }
    let tls = config.path(&config.partner.key);
    checks.extend(permissions(&tls, &format!("TLS: {}", tls.display())));
}

fn permissions(path: &Path, at: &str) -> Option<Check> {
    match is_open_to_others(path) {
        Ok(true) => {
            let way_out = format!("chmod 600 {}", path.display());
            let what = both(format!("{at}：其他用户可以读取"), format!("{at}: others can read it"));
            Some(Check::warning(CHECK, what, both(way_out.clone(), way_out)))
        }
        Ok(false) => None,
        Err(error) => Some(Check::error(
            CHECK,
            both(format!("{at}：{error}"), format!("{at}: {error}")),
            both("让网关的用户可以读取", "let the gateway's user read it"),
        )),
    }
}
