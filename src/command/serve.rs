//! `certbridge serve`: listeners and outbox of a gateway, until it is told to stop.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::configuration::Configuration;
use super::{Failure, terminal};
use crate::gateway::{Gateway, GatewayError, Surroundings, serve};

/// Serve partners and customs over mutual TLS, and send what is due
///
/// Runs until SIGTERM or Ctrl-C; then requests under way are finished and what was leased is given back. SIGHUP reads the
/// partner book, revocation lists, our certificate and the formats anew, with no dropped request: all of it, or, where
/// something cannot be used, nothing; the log says what, by file and line.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    configuration: Configuration,
    /// Start though the store is behind its last published checkpoint: a restored backup
    #[arg(long)]
    accept_behind: bool,
}

/// Serves until told to stop.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    logging();
    let config = arguments.configuration.read()?;
    let surroundings = Surroundings { accept_behind: arguments.accept_behind, ..Surroundings::default() };
    let gateway = Gateway::open(config, surroundings).map_err(|error| Failure::environment(&error))?;
    runtime()?.block_on(until_stopped(&gateway)).map_err(|error| Failure::environment(&error))?;
    Ok(ExitCode::SUCCESS)
}

/// The runtime that serves; also for whatever else calls over the network.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure::environment(&error))
}

/// Logs to standard error; `CERTBRIDGE_LOG` says how much (`warn`, `info`, `certbridge::exchange=debug`).
pub(super) fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CERTBRIDGE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,actix_server=warn"));
    // A second call, as the demo makes it, finds the first one in place.
    let coloured = std::io::stderr().is_terminal();
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(coloured).with_writer(std::io::stderr).try_init();
}

async fn until_stopped(gateway: &Gateway) -> Result<(), GatewayError> {
    let unheard =
        |error: std::io::Error| GatewayError::Listener { address: "signals".into(), reason: error.to_string() };
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(unheard)?;
    let running = serve(gateway)?;
    terminal::line(format!("partners  https://{}", running.partner_address));
    if let Some(address) = running.public_address {
        terminal::line(format!("public    https://{address}"));
    }
    if let Some(address) = running.operator_address {
        terminal::line(format!("operator  http://{address}/metrics"));
    }
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => reload(gateway),
        }
    }
    terminal::aside("stopping: requests under way are finished");
    running.stop().await;
    Ok(())
}

/// Reads certificate, formats, rows of recognition and partner book anew; what cannot be used leaves all of the old in force.
fn reload(gateway: &Gateway) {
    let read = || Ok((gateway.identity()?, gateway.formats()?, gateway.rows()?));
    let (identity, formats, rows) = match read() {
        Ok(read) => read,
        Err(error) => return kept::<crate::gateway::GatewayError>(&error),
    };
    match gateway.exchange.reload(Some(identity)) {
        Ok(generation) => {
            let own = formats.own().collect::<Vec<_>>().join(" ");
            gateway.exchange.replace_catalogue(formats);
            gateway.recognition.replace(rows);
            tracing::info!(generation, own_formats = own, "read anew");
        }
        Err(error) => kept(&error),
    }
}

/// Says why a reload did not take place, an error a line.
fn kept<E: std::fmt::Display>(error: &E) {
    for line in error.to_string().lines() {
        tracing::error!("{line}");
    }
    tracing::error!(
        "nothing was read anew: partner book, certificate, formats and rows of recognition stay as they were"
    );
}
