//! Serving: the listeners and the outbox of a house, and the handle that stops them.
//!
//! To drain: listeners stop accepting, requests under way are finished, the outbox gives back what it holds, and the
//! store writes what waits when the last of its users is gone.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App, HttpServer, dev::ServerHandle, middleware::DefaultHeaders, middleware::from_fn};
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Listener;
use crate::exchange::{Exchange, outbox};
use crate::tls::{partner_server, public_server};
use crate::web::{
    Manners, State, Treatment, keep_standing, operator_routes, partner_routes, public_routes, short_headers,
    with_manners,
};

use super::error::GatewayError;
use super::expiry;
use super::housekeeping;
use super::open::Gateway;
use super::settling;

/// How long requests under way are waited for.
const DRAIN_SECONDS: u64 = 15;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Messages and lists of a listener that are worked on at a time. Each has a thread, which holds some five megabytes from then
/// on, and most of the time it waits for the disk, which makes many safe at once.
const BLOCKING: usize = 32;
/// How long an idle connection is kept: longer than our own client keeps one, so that no message meets one that is closing.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A house that serves.
pub struct Running {
    /// Where partners and customs reach it.
    pub partner_address: SocketAddr,
    /// Where whoever operates it reaches it, if it listens for them.
    pub operator_address: Option<SocketAddr>,
    /// Where everybody reaches it, if it listens for everybody.
    pub public_address: Option<SocketAddr>,
    exchange: Arc<Exchange>,
    servers: Vec<ServerHandle>,
    tasks: Vec<JoinHandle<std::io::Result<()>>>,
    workers: [JoinHandle<()>; 4],
    stop: watch::Sender<bool>,
}

impl Running {
    /// The exchange of the house.
    #[must_use]
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// Stops accepting, finishes what is under way, and ends.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.exchange.wake();
        for worker in self.workers {
            let _ = worker.await;
        }
        // Our idle connections would keep a partner's listener from draining.
        self.exchange.forget_clients();
        for server in &self.servers {
            server.stop(true).await;
        }
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Opens the listeners of a house and starts its outbox. To be called within a tokio runtime.
///
/// # Errors
///
/// An address cannot be listened on, or the crypto library offers no TLS 1.3.
pub fn serve(gateway: &Gateway) -> Result<Running, GatewayError> {
    serve_with(gateway, None)
}

/// The same, with manners that have their way with the answers to messages: for a simulation.
///
/// # Errors
///
/// As [`serve`].
pub fn serve_with(gateway: &Gateway, manners: Option<Arc<dyn Manners>>) -> Result<Running, GatewayError> {
    let settings = &gateway.config.partner;
    let state = Data::new(State::new(gateway.exchange.clone(), gateway.verifier.clone(), settings.longest_body));
    let current = gateway.exchange.current();
    let clock = gateway.exchange.clock();
    let tls = |error: rustls::Error| GatewayError::Tls(error.to_string());
    let mut servers = Vec::new();
    let mut tasks = Vec::new();

    let (listener, partner_address) = listen(settings.address)?;
    let config = partner_server(current, clock.clone()).map_err(tls)?;
    let routes = partner_routes(state.clone());
    let treatment = Data::new(Treatment(manners));
    let running = server(listener, settings, config, move |service| {
        service.app_data(treatment.clone());
        routes(service);
    })?;
    servers.push(running.handle());
    tasks.push(tokio::spawn(running));

    let mut public_address = None;
    if let Some(settings) = &gateway.config.public {
        let (listener, address) = listen(settings.address)?;
        let config = public_server(current, clock.clone()).map_err(tls)?;
        let routes = public_routes(state.clone());
        let running = server(listener, settings, config, move |service| routes(service))?;
        servers.push(running.handle());
        tasks.push(tokio::spawn(running));
        public_address = Some(address);
    }

    let mut operator_address = None;
    if let Some(settings) = &gateway.config.operator {
        if !settings.address.ip().is_loopback() {
            let reason = "it must be a loopback address: whoever reaches it may ask".to_owned();
            return Err(GatewayError::Setting { key: "operator.address", reason });
        }
        let (listener, address) = listen(settings.address)?;
        let running = operator(listener, operator_routes(state))?;
        servers.push(running.handle());
        tasks.push(tokio::spawn(running));
        operator_address = Some(address);
    }

    let (stop, stopped) = watch::channel(false);
    let housekeeping = tokio::spawn(housekeeping::run(gateway.exchange.clone(), stopped.clone()));
    let expiry = tokio::spawn(expiry::run(gateway.exchange.clone(), stopped.clone()));
    let settling = tokio::spawn(settling::run(gateway.exchange.clone(), stopped.clone()));
    let outbox = tokio::spawn(outbox::run(gateway.exchange.clone(), stopped));
    tracing::info!(house = gateway.config.house.id, partner = %partner_address, "serving");
    Ok(Running {
        partner_address,
        operator_address,
        public_address,
        exchange: gateway.exchange.clone(),
        servers,
        tasks,
        workers: [outbox, housekeeping, settling, expiry],
        stop,
    })
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), GatewayError> {
    let failed =
        |error: std::io::Error| GatewayError::Listener { address: address.to_string(), reason: error.to_string() };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn server(
    listener: TcpListener,
    settings: &Listener,
    config: ServerConfig,
    routes: impl Fn(&mut actix_web::web::ServiceConfig) + Clone + Send + 'static,
) -> Result<actix_web::dev::Server, GatewayError> {
    let address = settings.address.to_string();
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        some => some,
    };
    let server = HttpServer::new(move || {
        let headers = DefaultHeaders::new()
            .add(("Cache-Control", "no-store"))
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Strict-Transport-Security", "max-age=31536000"));
        App::new().wrap(from_fn(with_manners)).wrap(from_fn(short_headers)).wrap(headers).configure(routes.clone())
    })
    .on_connect(keep_standing)
    .workers(workers)
    .worker_max_blocking_threads(BLOCKING.div_ceil(workers))
    .disable_signals()
    .shutdown_timeout(DRAIN_SECONDS)
    .tls_handshake_timeout(HANDSHAKE)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(Duration::from_secs(10))
    .listen_rustls_0_23(listener, config)
    .map_err(|error| GatewayError::Listener { address, reason: error.to_string() })?;
    Ok(server.run())
}

/// A server for this machine alone, which is asked now and then.
fn operator(
    listener: TcpListener,
    routes: impl Fn(&mut actix_web::web::ServiceConfig) + Clone + Send + 'static,
) -> Result<actix_web::dev::Server, GatewayError> {
    let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
    let server = HttpServer::new(move || {
        let headers =
            DefaultHeaders::new().add(("Cache-Control", "no-store")).add(("X-Content-Type-Options", "nosniff"));
        App::new().wrap(headers).configure(routes.clone())
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(DRAIN_SECONDS)
    .client_request_timeout(Duration::from_secs(10))
    .listen(listener)
    .map_err(|error| GatewayError::Listener { address, reason: error.to_string() })?;
    Ok(server.run())
}
