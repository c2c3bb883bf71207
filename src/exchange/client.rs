//! Calling a partner: HTTPS with our client certificate, its CAs alone, no resumption, no redirects, no proxy.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::message::Fields;
use crate::tls::{Current, PartnerConnections, partner_client};
use crate::trust::{Refusal, TrustBook};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept, shorter than a gateway keeps one.
const IDLE: Duration = Duration::from_secs(30);
/// The largest answer that we read; a receipt with its findings is far below it.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A call to a partner that brought no answer to believe.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Our own configuration.
    #[error("the client cannot be made: {0}")]
    Client(String),
    /// The partner's certificate is not one that we trust now.
    #[error("the partner's endpoint is refused: {0}")]
    Refused(#[from] Refusal),
    /// The link: name, connection, handshake, time.
    #[error("{0}")]
    Link(String),
    /// The answer is larger than any receipt.
    #[error("the answer is longer than {LONGEST_ANSWER} bytes")]
    TooLong,
}

/// What a partner answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// Seconds after which to try again, if it says so.
    pub retry_after: Option<u64>,
    /// The time that it states.
    pub date: Option<Timestamp>,
}

/// The client for one partner.
#[derive(Debug)]
pub(super) struct PartnerClient {
    http: reqwest::Client,
    connections: Arc<PartnerConnections>,
}

impl PartnerClient {
    /// A client of which a call takes no longer than that.
    pub(super) fn new(
        current: &Arc<Current>,
        clock: Arc<dyn Clock>,
        partner: &str,
        longest: Duration,
    ) -> Result<Self, CallError> {
        let (config, connections) =
            partner_client(current, clock, partner).map_err(|error| CallError::Client(error.to_string()))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT.min(longest))
            .timeout(longest)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| CallError::Client(causes(&error)))?;
        Ok(Self { http, connections })
    }

    /// Judges every connection of the pool again: before a send, and before an answer is believed.
    pub(super) fn judge(&self, book: &TrustBook, at: Timestamp) -> Result<(), Refusal> {
        self.connections.judge(book, at)
    }

    /// Posts a body with header fields.
    pub(super) async fn post(&self, url: &str, fields: &Fields, body: Vec<u8>) -> Result<Answer, CallError> {
        let mut request = self.http.post(url).body(body);
        for (name, value) in fields.iter() {
            request = request.header(name, value);
        }
        self.answer(request).await
    }

    /// Asks.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, CallError> {
        self.answer(self.http.get(url)).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
        self.exchange(request).await.map_err(|error| match self.connections.last_refusal() {
            Some(refusal) if error.is_connect() => CallError::Refused(refusal),
            _ => CallError::Link(causes(&error)),
        })?
    }

    /// The answer, as far as it is one that we read.
    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Result<Answer, CallError>, reqwest::Error> {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = text("retry-after").and_then(|text| text.parse().ok());
        let date = text("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        let date = date.map(|date| Timestamp(date.timestamp()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Ok(Err(CallError::TooLong));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Ok(Answer { status, body, retry_after, date }))
    }
}

/// An error with all its causes: the TLS alert of the other end stands last.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}
