//! What stands around the gateway: partners, ports, the clock.

use std::net::{SocketAddr, TcpListener};

use super::Check;
use crate::clock::Timestamp;
use crate::command::ledger::Book;
use crate::command::partner::{Weight, check_book};
use crate::config::Config;
use crate::store::Store as _;

/// No clock that is right shows an earlier time: 2026-01-01T00:00:00Z.
const EARLIEST: i64 = 1_767_225_600;

pub(super) fn partners(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    const CHECK: &str = "partners";
    const WAY_OUT: &str = "mend its file; `certbridge partner check` says whether it is sound";
    match check_book(config, now) {
        Err(failure) => checks.push(Check::error(CHECK, failure.to_string(), WAY_OUT)),
        Ok((count, remarks)) => {
            for (partner, remark) in &remarks {
                let what = format!("{partner}: {}", remark.what);
                checks.push(match remark.weight {
                    Weight::Error => Check::error(CHECK, what, WAY_OUT),
                    Weight::Warning => Check::warning(CHECK, what, WAY_OUT),
                });
            }
            if remarks.is_empty() {
                checks.push(Check::ok(CHECK, format!("{count} in the book")));
            }
        }
    }
}

pub(super) fn ports(config: &Config, checks: &mut Vec<Check>) {
    let public = config.public.as_ref().map(|public| ("public", public.address));
    for (name, address) in [("partner", config.partner.address)].into_iter().chain(public) {
        checks.push(port(name, address));
    }
}

fn port(name: &str, address: SocketAddr) -> Check {
    match TcpListener::bind(address) {
        Ok(_) => Check::ok("port", format!("{name}: {address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Check::warning(
            "port",
            format!("{name}: {address} is in use"),
            format!("by this gateway, if it runs; else set {name}.address to a free one"),
        ),
        Err(error) => Check::error(
            "port",
            format!("{name}: {address}: {error}"),
            format!("set {name}.address to an address of this machine"),
        ),
    }
}

pub(super) fn clock(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    const WAY_OUT: &str = "set the clock of this machine, and keep it with NTP";
    if now.unix() < EARLIEST {
        checks.push(Check::error("clock", format!("it says {now}"), WAY_OUT));
        return;
    }
    let last = config.path(&config.store.path).exists().then(|| Book::open(config).ok()).flatten().and_then(|book| {
        let size = book.store.ledger_size().ok()?;
        book.store.event(size.checked_sub(1)?).ok()?
    });
    checks.push(match last {
        Some(last) if last.event.at > now => Check::error(
            "clock",
            format!("it says {now}, but the last event of the ledger is of {}", last.event.at),
            WAY_OUT,
        ),
        _ => Check::ok("clock", format!("it says {now}")),
    });
}
