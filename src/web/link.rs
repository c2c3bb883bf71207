//! `GET /exchange/v1/link`: how we see the link to whoever asks, so that both ends can compare.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::connection::Caller;
use super::{Problem, State};

pub(super) async fn describe(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &state.exchange)?;
    let _let_in = state.let_in(&caller.entry.partner)?;
    Ok(HttpResponse::Ok().json(state.exchange.describe_link(&caller.entry.partner)))
}
