//! What a connection carries: who presented which certificate, judged anew by every request.

use std::any::Any;
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::rt::net::TcpStream;

use crate::exchange::{Entry, Exchange};
use crate::tls::peer_chain;
use crate::trust::Standing;

use super::Problem;

/// Keeps with a new connection what its other end presented in the handshake.
pub fn keep_standing(io: &dyn Any, connection: &mut Extensions) {
    if let Some(stream) = io.downcast_ref::<TlsStream<TcpStream>>() {
        let (_, session) = stream.get_ref();
        connection.insert(Arc::new(Standing::new(peer_chain(session))));
    }
}

/// The partner that sent a request, found to be one that may act now.
pub(super) struct Caller {
    /// Its entry in the partner book.
    pub(super) entry: Arc<Entry>,
    standing: Arc<Standing>,
}

impl Caller {
    /// Who sent the request: judged now, whatever was found when the connection was opened.
    pub(super) fn of(request: &HttpRequest, exchange: &Exchange) -> Result<Self, Problem> {
        let standing = request
            .conn_data::<Arc<Standing>>()
            .cloned()
            .ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "No client certificate"))?;
        let book = exchange.book();
        let verdict = standing.judge(book.trust(), exchange.now()).map_err(|refusal| {
            tracing::info!(code = refusal.code(), reason = %refusal, "a known partner was refused");
            Problem::refused(refusal.finding())
        })?;
        let entry = book
            .entry(&verdict.partner)
            .cloned()
            .ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "Not in the partner book"))?;
        Ok(Self { entry, standing })
    }

    /// The same question once more, before what was asked for takes effect.
    pub(super) fn still_stands(&self, exchange: &Exchange) -> Result<(), crate::trust::Refusal> {
        self.standing.judge(exchange.book().trust(), exchange.now()).map(|_| ())
    }
}
