//! `POST /v1/verifications`: does this certificate cover these goods on that day, and does it count here?

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::registry::verification::{Limits, read};

use super::connection::Caller;
use super::{Problem, State};

/// Documents up to which a request is answered on the worker that serves the connection; a larger batch goes elsewhere.
const AT_ONCE: usize = 8;

pub(super) async fn answer(
    request: HttpRequest,
    payload: Payload,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &state.exchange)?;
    let partner = &caller.entry.partner;
    let _let_in = state.let_in(partner)?;
    if !partner.verifies() {
        return Err(Problem::new(StatusCode::FORBIDDEN, "The agreement does not cover verification"));
    }
    let viewer = partner.viewer();
    let body = state.body(partner, payload).await?;
    let asked = read(&body, &Limits::default()).map_err(Problem::unreadable)?;
    let documents: usize = asked.goods_item.iter().map(|item| item.additional_document.len()).sum();
    let verifier = state.verifier.clone();
    let answered = if documents <= AT_ONCE {
        verifier.answer(&asked, viewer)
    } else {
        let place = state.place()?;
        let answering = actix_web::web::block(move || {
            let answer = verifier.answer(&asked, viewer);
            drop(place);
            answer
        });
        answering.await.map_err(|_| Problem::unavailable(1))?
    };
    let answer = answered.map_err(|error| {
        tracing::error!(%error, "a verification could not be answered");
        Problem::unavailable(5)
    })?;
    Ok(HttpResponse::Ok().json(answer))
}
