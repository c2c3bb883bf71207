//! actix-web: the partner, public and operator APIs. No SQL, no rules.
//!
//! A handler finds out who asks, reads the request, calls one use case off the workers that serve connections, and writes
//! the answer. Everything that goes wrong is a [`Problem`]. Not here: sockets and TLS (`gateway`, `tls`).

mod allowance;
mod changes;
mod connection;
mod headers;
mod ledger;
mod link;
mod manners;
mod messages;
mod metrics;
mod problem;
mod public;
mod state;
mod verifications;

pub use problem::Problem;

pub use connection::keep_standing;
pub use headers::short_headers;
pub use manners::{Answer, Manners, Treatment, with_manners};
pub use state::State;

use actix_web::web::{self, Data, ServiceConfig};

/// The routes of the partner listener, whose handshake demands the certificate of a known partner. Messages, changes
/// and verifications demand one that is good now; the rest is what anybody may see.
pub fn partner_routes(state: Data<State>) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config: &mut ServiceConfig| {
        config
            .app_data(state.clone())
            .route(crate::exchange::outbox::MESSAGES, web::post().to(messages::take))
            .route(changes::CHANGES, web::get().to(changes::answer))
            .route(crate::exchange::LINK, web::get().to(link::describe))
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
            .configure(ledger::routes)
            .route("/health", web::get().to(public::health))
            .route("/.well-known/did.json", web::get().to(public::did_document))
            .default_service(web::to(public::nothing_here));
    }
}

/// The routes of the operator's listener.
pub fn operator_routes(state: Data<State>) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config: &mut ServiceConfig| {
        config
            .app_data(state.clone())
            .route("/metrics", web::get().to(metrics::metrics))
            .route("/health", web::get().to(public::health))
            .default_service(web::to(public::nothing_here));
    }
}
