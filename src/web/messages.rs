//! `POST /exchange/v1/messages`: a partner's message in, a signed receipt out.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::exchange::{Arrived, NoReceipt};
use crate::finding::{Finding, Place};
use crate::message::Fields;

use super::connection::Caller;
use super::{Problem, State};

/// Seconds after which a message that came too early is best sent again.
const TOO_EARLY: u32 = 1;
/// Seconds after which to try again when we cannot now.
const UNAVAILABLE: u32 = 5;
/// Seconds after which somebody may have made room.
const FULL: u32 = 60;

pub(super) async fn take(request: HttpRequest, payload: Payload, state: Data<State>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &state.exchange)?;
    let let_in = state.let_in(&caller.entry.partner)?;
    if request.headers().contains_key("content-encoding") {
        let finding = Finding::new("web/content-encoded", Place::Whole);
        return Err(Problem::unreadable(vec![finding]));
    }
    let pairs = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let fields = Fields::received(pairs).map_err(|error| Problem::unreadable(vec![error.finding()]))?;
    let path = request.path().to_owned();
    let query = request.uri().query().map(str::to_owned);
    let body = state.body(&caller.entry.partner, payload).await?;
    let place = state.place()?;
    let exchange = state.exchange.clone();
    let taken = actix_web::web::block(move || {
        let arrived = Arrived { path: &path, query: query.as_deref(), fields: &fields, body: &body };
        let taken = exchange.take(&caller.entry, &arrived, &|| caller.still_stands(&exchange));
        drop((place, let_in));
        taken
    })
    .await
    .map_err(|_| Problem::unavailable(UNAVAILABLE))?;
    match taken {
        Ok(receipt) => Ok(HttpResponse::Ok().content_type("application/json").body(receipt)),
        Err(NoReceipt::Message(error)) => {
            tracing::info!(%error, "a message was not believed");
            Err(Problem::unreadable(vec![error.finding()]))
        }
        Err(NoReceipt::Refused(refusal)) => Err(Problem::refused(refusal.finding())),
        Err(NoReceipt::NotYet(reason)) => Err(Problem::unavailable(TOO_EARLY).about(reason)),
        Err(NoReceipt::Unavailable(reason)) => {
            tracing::error!(%reason, "a message could not be taken");
            let full = state.exchange.store().is_full();
            Err(if full { Problem::full(FULL) } else { Problem::unavailable(UNAVAILABLE) })
        }
    }
}
