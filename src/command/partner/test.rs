//! `certbridge partner test`: the link to a partner, walked and told in plain words.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::command::{Failure, serve, terminal};
use crate::exchange::{Step, Volume};
use crate::gateway::Gateway;

/// Exit code for a link that does not hold.
const PARTNER: u8 = 3;

pub(super) fn run(gateway: &Gateway, id: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let book = gateway.exchange.book();
    let entry = book.entry(id).ok_or_else(|| Failure::Usage(format!("there is no partner {id} in the book")))?;
    let steps = serve::runtime()?.block_on(gateway.exchange.probe(entry));
    let volume = if entry.partner.subscription.is_some() {
        let bar = terminal::progress(0, "events");
        let volume = gateway.exchange.volume(&entry.partner, &mut |seen, all| {
            bar.set_length(all);
            bar.set_position(seen);
        });
        bar.finish_and_clear();
        Some(volume.map_err(|error| Failure::environment(&error))?)
    } else {
        None
    };
    if as_json {
        let steps: Vec<Value> = steps
            .iter()
            .map(|step| json!({"step": step.name, "holds": !step.failed(), "findings": step.findings}))
            .collect();
        terminal::json(&json!({"partner": id, "steps": steps, "subscription": volume}));
    } else {
        tell(&steps, volume);
    }
    Ok(if steps.iter().any(Step::failed) { ExitCode::from(PARTNER) } else { ExitCode::SUCCESS })
}

fn tell(steps: &[Step], volume: Option<Volume>) {
    for step in steps {
        let words = match step.name {
            "name" => "名称解析 / name",
            "connection" => "连接 / connection",
            "handshake" => "TLS 握手 / handshake",
            "standing" => "往来资格 / standing",
            "clock" => "时钟 / clock",
            "keys" => "报文密钥 / message keys",
            _ => "格式 / formats",
        };
        terminal::line(format!("{} {words}", if step.failed() { "✗" } else { "✓" }));
        for finding in &step.findings {
            let message = finding.message();
            terminal::line(format!("    {}\n    {}", message.zh, message.en));
        }
    }
    if let Some(Volume { certificates, changes_a_week }) = volume {
        terminal::line(format!(
            "订阅涉及 {certificates} 张证书，每周约 {changes_a_week} 次变更 / the subscription means {certificates} \
             certificates and about {changes_a_week} changes a week"
        ));
    }
}
