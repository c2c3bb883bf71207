//! Our TLS certificates and the revocation list that we hand out, and when they end.

use super::{Check, both};
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
                both(format!("{name}：证书不可用：{reason}"), format!("{name}: {reason}")),
                both(
                    "为该密钥签发证书，并把证书链放在同一文件中",
                    "issue a certificate for the key, with the chain in the same file",
                ),
            ));
            return;
        }
    };
    for der in identity.chain() {
        match Certificate::read(der) {
            Ok(certificate) => checks.push(ends(name, &certificate, now)),
            Err(refusal) => {
                let said = refusal.finding().message();
                checks.push(Check::error(
                    CHECK,
                    both(format!("{name}：{}", said.zh), format!("{name}: {}", said.en)),
                    both("重新签发", "issue it anew"),
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
            both(
                format!("{name}：{subject} 自 {not_before} 起才有效"),
                format!("{name}: {subject} is valid from {not_before}"),
            ),
            both("等待，或校正本机时钟", "wait, or set the clock of this machine"),
        );
    }
    if now > *not_after {
        return Check::error(
            CHECK,
            both(format!("{name}：{subject} 已于 {not_after} 到期"), format!("{name}: {subject} ended on {not_after}")),
            both("用伙伴已登记的 CA 签发新证书", "issue a new one with the CA that your partners registered"),
        );
    }
    let left = (not_after.unix() - now.unix()) / DAY;
    let notice = crate::gateway::notice(*not_after, now);
    match notice {
        Some(days) => Check::warning(
            CHECK,
            both(
                format!("{name}：{subject} 将于 {not_after} 到期，还有 {left} 天（{days} 天提醒）"),
                format!("{name}: {subject} ends on {not_after}, in {left} days (notice at {days})"),
            ),
            both("在此之前用同一 CA 签发新证书", "issue a new one with the same CA before that day"),
        ),
        None => Check::ok(
            CHECK,
            both(
                format!("{name}：{subject}，至 {not_after}，{left} 天"),
                format!("{name}: {subject}, until {not_after}, {left} days"),
            ),
        ),
    }
}

/// The revocation list that `init` made beside the CA: partners refuse us once theirs is stale.
fn own_list(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    let path = config.path(&config.partner.certificate).with_file_name("ca-crl.pem");
    let Ok(pem) = std::fs::read(&path) else { return };
    match Revocations::from_pem(&pem) {
        Err(error) => checks.push(Check::error(
            CHECK,
            both(format!("{}：{error}", path.display()), format!("{}: {error}", path.display())),
            both("重新签发吊销列表", "issue the list anew"),
        )),
        Ok(lists) => {
            for (issuer, this_update, next_update) in lists.overview() {
                let due = next_update.filter(|next| *next < now.plus_seconds(7 * DAY));
                checks.push(match due {
                    Some(next) => Check::warning(
                        CHECK,
                        both(
                            format!("{issuer} 的吊销列表有效至 {next}"),
                            format!("the revocation list of {issuer} holds until {next}"),
                        ),
                        both(
                            "用本方 CA 签发新的吊销列表，并交给每个伙伴",
                            "issue a new list with our CA and hand it to every partner",
                        ),
                    ),
                    None => Check::ok(
                        CHECK,
                        both(
                            format!("{issuer} 的吊销列表，签发于 {this_update}"),
                            format!("the revocation list of {issuer}, of {this_update}"),
                        ),
                    ),
                });
            }
        }
    }
}
