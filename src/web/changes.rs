//! `GET /exchange/v1/changes?after=CURSOR`: what has changed since, for a partner that asks.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::exchange::{Exchange, NotTold};
use crate::message::{Asked, Fields, SigningTime, seal_answer};

use super::connection::Caller;
use super::{Problem, State};

/// Where changes are asked for.
pub(super) const CHANGES: &str = "/exchange/v1/changes";

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Form {
    Json,
    Csv,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    form: Option<Form>,
}

pub(super) async fn answer(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &state.exchange)?;
    let let_in = state.let_in(&caller.entry.partner)?;
    let wanted = Query::<Wanted>::from_query(request.query_string())
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "The query cannot be read").about(error))?
        .into_inner();
    let accepts = request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = wanted.form.unwrap_or(if accepts.starts_with("text/csv") { Form::Csv } else { Form::Json });
    let (path, query) = (request.path().to_owned(), request.uri().query().map(str::to_owned));
    let place = state.place()?;
    let exchange = state.exchange.clone();
    let made = actix_web::web::block(move || {
        let made = page(&exchange, &caller, &wanted, form, Asked { path: &path, query: query.as_deref() });
        drop((place, let_in));
        made
    });
    let (fields, body) = made.await.map_err(|_| Problem::unavailable(5))??;
    let mut response = HttpResponse::Ok();
    for (name, value) in fields.iter() {
        response.insert_header((name, value));
    }
    Ok(response.body(body))
}

/// Reads a page, writes it and signs it.
fn page(
    exchange: &Exchange,
    caller: &Caller,
    wanted: &Wanted,
    form: Form,
    asked: Asked<'_>,
) -> Result<(Fields, Vec<u8>), Problem> {
    let ours = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "changes could not be told");
        Problem::unavailable(5)
    };
    let partner = &caller.entry.partner;
    let page = exchange.changes(partner, wanted.after, wanted.limit).map_err(|error| match error {
        NotTold::NoSubscription => Problem::new(StatusCode::FORBIDDEN, "The agreement covers no subscription"),
        NotTold::BeyondTheEnd { .. } => {
            Problem::new(StatusCode::BAD_REQUEST, "The cursor is none of this ledger").about(error)
        }
        NotTold::Unavailable(reason) => ours(&reason),
    })?;
    let house = exchange.house();
    let (body, content_type) = match form {
        Form::Json => (page.to_json(&house.id, &partner.id).to_string().into_bytes(), "application/json"),
        Form::Csv => (page.to_csv().map_err(|error| ours(&error))?, "text/csv; charset=utf-8"),
    };
    let sealed = || {
        let mut fields = Fields::new();
        fields.push("certbridge-sender", &house.id)?;
        fields.push("certbridge-recipient", &partner.id)?;
        fields.push("certbridge-cursor", &page.next.to_string())?;
        fields.push("certbridge-more", if page.more { "true" } else { "false" })?;
        fields.push("content-type", content_type)?;
        let time = SigningTime::at(exchange.now());
        seal_answer(asked, StatusCode::OK.as_u16(), fields, &body, house.message_key.as_ref(), &time)
    };
    let fields = sealed().map_err(|error| ours(&error))?;
    caller.still_stands(exchange).map_err(|refusal| Problem::refused(refusal.finding()))?;
    Ok((fields, body))
}
