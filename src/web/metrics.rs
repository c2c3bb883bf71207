//! Metrics in the text format of Prometheus, for whoever operates the gateway.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::{Problem, State};
use crate::clock::Timestamp;
use crate::exchange::Exchange;
use crate::message::MessageId;
use crate::store::{OutboxCount, OutboxState, StoreError};

const DAY: f64 = 86_400.0;

/// All of them, as they are now.
pub(super) async fn metrics(state: Data<State>) -> Result<HttpResponse, Problem> {
    let exchange = state.exchange.clone();
    let text = actix_web::web::block(move || text(&exchange)).await;
    match text {
        Ok(Ok(text)) => Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)),
        Ok(Err(error)) => {
            tracing::error!(%error, "the store cannot be read");
            Err(Problem::unavailable(5))
        }
        Err(_) => Err(Problem::unavailable(5)),
    }
}

fn text(exchange: &Exchange) -> Result<String, StoreError> {
    let (store, now) = (exchange.store(), exchange.now());
    let mut page = Page::default();
    page.family("certbridge_info", "gauge", "The program and whose house it runs.");
    page.sample(&[("house", &exchange.house().id), ("version", env!("CARGO_PKG_VERSION"))], 1.0);
    page.family("certbridge_ledger_events", "counter", "Events of the ledger.");
    page.sample(&[], store.ledger_size()? as f64);
    page.family("certbridge_store_full", "gauge", "1 while the store takes nothing more, 0 else.");
    page.sample(&[], f64::from(u8::from(store.is_full())));
    page.family("certbridge_trust_generation", "counter", "How often partner book and certificates were read.");
    page.sample(&[], exchange.book().trust().generation() as f64);

    let counts = store.outbox_counts()?;
    page.family(
        "certbridge_outbox_messages",
        "gauge",
        "Messages of the outbox, by partner and state; dead: dead letters.",
    );
    for count in &counts {
        page.sample(&[("partner", &count.partner.0), ("state", count.state.word())], count.count as f64);
    }
    page.family(
        "certbridge_outbox_oldest_seconds",
        "gauge",
        "Age of the oldest message that a partner still has to get.",
    );
    let mut partners: Vec<&str> = counts.iter().map(|count| count.partner.0.as_str()).collect();
    partners.dedup();
    for partner in partners {
        let of_this = counts.iter().filter(|count| count.partner.0 == partner);
        page.sample(&[("partner", partner)], oldest(of_this, now));
    }
    page.family(
        "certbridge_expiry_days",
        "gauge",
        "Days until a certificate, CA, revocation list, key, agreement or exception ends; below 0 once it has.",
    );
    for ending in exchange.endings() {
        let partner = ending.partner.as_deref().unwrap_or_default();
        let days = (ending.at.unix() - now.unix()) as f64 / DAY;
        page.sample(&[("kind", ending.kind.word()), ("partner", partner), ("name", &ending.what)], days);
    }
    Ok(page.0)
}

/// Seconds since the oldest open message was meant; 0 where there is none.
fn oldest<'a>(counts: impl Iterator<Item = &'a OutboxCount>, now: Timestamp) -> f64 {
    let open = |count: &&OutboxCount| matches!(count.state, OutboxState::Due | OutboxState::Leased | OutboxState::Sent);
    let made = counts.filter(open).filter_map(|count| count.oldest.parse::<MessageId>().ok()).map(|id| id.made());
    made.min().map_or(0.0, |made| (now.unix() - made.unix()).max(0) as f64)
}

/// What is told, in the text format.
#[derive(Default)]
struct Page(String, &'static str);

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.1 = name;
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", quoted(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{}{labels} {value}", self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted_as_the_format_wants_it() {
        let mut page = Page::default();
        page.family("a", "gauge", "Something.");
        page.sample(&[("name", "O=\"A\\B\"\nC")], 1.5);
        page.sample(&[], -2.0);
        assert_eq!(page.0, "# HELP a Something.\n# TYPE a gauge\na{name=\"O=\\\"A\\\\B\\\"\\nC\"} 1.5\na -2\n");
    }
}
