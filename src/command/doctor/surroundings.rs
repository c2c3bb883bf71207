//! What stands around the gateway: partners, ports, the clock.

use std::net::{SocketAddr, TcpListener};

use super::{Check, Words, both};
use crate::clock::Timestamp;
use crate::command::ledger::Book;
use crate::command::partner::{Weight, check_book};
use crate::config::Config;
use crate::store::Store as _;

/// No clock that is right shows an earlier time: 2026-01-01T00:00:00Z.
const EARLIEST: i64 = 1_767_225_600;

pub(super) fn partners(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    const CHECK: &str = "partners";
    let way_out = || {
        both(
            "修正其文件；`certbridge partner check` 会再次检查",
            "mend its file; `certbridge partner check` says whether it is sound",
        )
    };
    match check_book(config, now) {
        Err(failure) => {
            checks.push(Check::error(
                CHECK,
                both(format!("伙伴名录不可用：{failure}"), failure.to_string()),
                way_out(),
            ));
        }
        Ok((count, remarks)) => {
            for (partner, remark) in &remarks {
                let said = &remark.what;
                let what = both(format!("伙伴 {partner} 有待处理：{said}"), format!("{partner}: {said}"));
                checks.push(match remark.weight {
                    Weight::Error => Check::error(CHECK, what, way_out()),
                    Weight::Warning => Check::warning(CHECK, what, way_out()),
                });
            }
            if remarks.is_empty() {
                checks.push(Check::ok(CHECK, both(format!("名录中有 {count} 个伙伴"), format!("{count} in the book"))));
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
        Ok(_) => Check::ok("port", both(format!("{name}：{address} 可用"), format!("{name}: {address} is free"))),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Check::warning(
            "port",
            both(format!("{name}：{address} 已被占用"), format!("{name}: {address} is in use")),
            both(
                format!("若本网关正在运行则属正常；否则将 {name}.address 改为空闲地址"),
                format!("by this gateway, if it runs; else set {name}.address to a free one"),
            ),
        ),
        Err(error) => Check::error(
            "port",
            both(format!("{name}：{address}：{error}"), format!("{name}: {address}: {error}")),
            both(
                format!("将 {name}.address 改为本机地址"),
                format!("set {name}.address to an address of this machine"),
            ),
        ),
    }
}

pub(super) fn clock(config: &Config, now: Timestamp, checks: &mut Vec<Check>) {
    let way_out = || -> Words {
        both("校正本机时钟，并用 NTP 保持", "set the clock of this machine, and keep it with NTP")
    };
    let says = both(format!("现在是 {now}"), format!("it says {now}"));
    if now.unix() < EARLIEST {
        checks.push(Check::error("clock", says, way_out()));
        return;
    }
    let last = config.path(&config.store.path).exists().then(|| Book::open(config).ok()).flatten().and_then(|book| {
        let size = book.store.ledger_size().ok()?;
        book.store.event(size.checked_sub(1)?).ok()?
    });
    checks.push(match last {
        Some(last) if last.event.at > now => Check::error(
            "clock",
            both(
                format!("现在是 {now}，账本的最后一个事件却在 {}", last.event.at),
                format!("it says {now}, but the last event of the ledger is of {}", last.event.at),
            ),
            way_out(),
        ),
        _ => Check::ok("clock", says),
    });
}
