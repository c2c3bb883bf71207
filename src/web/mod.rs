//! actix-web: the partner and public APIs. No SQL, no rules.
//!
//! A handler finds out who asks, reads the request, calls one use case off the workers that serve connections, and writes
//! the answer. Everything that goes wrong is a [`Problem`]. Not here: sockets and TLS (`gateway`, `tls`).

mod connection;
mod ledger;
mod messages;
mod problem;
mod public;
mod verifications;

pub use problem::Problem;

use std::sync::Arc;

use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};

use crate::exchange::Exchange;

pub use connection::keep_standing;
pub use verifications::Verifier;

/// What every handler works with.
pub struct State {
    /// The exchange, with registry and partner book.
    pub exchange: Arc<Exchange>,
    /// Answers verification requests.
    pub verifier: Arc<Verifier>,
    /// Name of the ledger in its checkpoints.
    pub ledger_origin: String,
}

/// The routes of the partner listener. Each demands a client certificate that is good now.
pub fn partner_routes(state: Data<State>, longest_body: usize) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config: &mut ServiceConfig| {
        config
            .app_data(state.clone())
            .app_data(PayloadConfig::new(longest_body))
            .route(crate::exchange::outbox::MESSAGES, web::post().to(messages::take))
            .route("/v1/verifications", web::post().to(verifications::answer))
            .configure(ledger::routes)
            .route("/health", web::get().to(public::health))
            .default_service(web::to(public::nothing_here));
    }
}

/// The routes of the public listener.
pub fn public_routes(state: Data<State>) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config: &mut ServiceConfig| {
        config
            .app_data(state.clone())
            .app_data(PayloadConfig::new(16 * 1024))
            .configure(ledger::routes)
            .route("/health", web::get().to(public::health))
            .route("/.well-known/did.json", web::get().to(public::did_document))
            .default_service(web::to(public::nothing_here));
    }
}
