//! What every handler works with, and how much it takes on at a time.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::exchange::{Exchange, Partner};
use crate::registry::verification::Verifier;

use super::Problem;
use super::allowance::{Allowances, LetIn};

/// Requests that are worked on at a time beside the workers that serve connections; one more is told to come again.
const AT_A_TIME: usize = 256;
/// Seconds after which one that is too many is best sent again.
const COME_AGAIN: u32 = 1;

/// What every handler works with.
pub struct State {
    /// The exchange, with registry and partner book.
    pub exchange: Arc<Exchange>,
    /// Answers verification requests.
    pub verifier: Arc<Verifier>,
    longest_body: usize,
    places: Arc<Semaphore>,
    allowances: Allowances,
}

impl State {
    /// A state in which a body may have so many bytes.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>, verifier: Arc<Verifier>, longest_body: usize) -> Self {
        Self {
            exchange,
            verifier,
            longest_body,
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            allowances: Allowances::default(),
        }
    }

    /// A place to work at, to be given back when the work is done.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.places.clone().try_acquire_owned().map_err(|_| Problem::unavailable(COME_AGAIN))
    }

    /// Lets a partner's request in, if that partner does not ask too much; it counts until what is given is dropped.
    pub(super) fn let_in(&self, partner: &Partner) -> Result<LetIn, Problem> {
        self.allowances.let_in(partner, self.exchange.now())
    }

    /// The body of a request whose sender was judged before.
    pub(super) async fn body(&self, partner: &Partner, payload: Payload) -> Result<Bytes, Problem> {
        let longest = match partner.limits.longest_body {
            0 => self.longest_body,
            agreed => agreed.min(self.longest_body),
        };
        let too_large = || {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
                .about(format_args!("at most {longest} bytes are taken"))
        };
        let body = payload.to_bytes_limited(longest).await.map_err(|_| too_large())?;
        body.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "The body did not come whole"))
    }
}
