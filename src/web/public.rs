//! What anybody may ask: are we there, and which keys do we sign with.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde_json::json;

use crate::credential::did_document as document_of;
use crate::crypto::KeySet;

use super::{Problem, State};

/// Whether we can answer: the store is read. `full` takes nothing, and answers.
pub(super) async fn health(state: Data<State>) -> Result<HttpResponse, Problem> {
    let store = state.exchange.store();
    let size = store.ledger_size().map_err(|error| {
        tracing::error!(%error, "the store cannot be read");
        Problem::unavailable(5)
    })?;
    Ok(HttpResponse::Ok().json(json!({
        "status": if store.is_full() { "full" } else { "ready" },
        "house": state.exchange.house().id,
        "asOf": state.exchange.now(),
        "ledgerSize": size,
        "trustGeneration": state.exchange.book().trust().generation(),
    })))
}

/// Our DID document (did:web): the keys that verify our credentials and answers.
pub(super) async fn did_document(state: Data<State>) -> Result<HttpResponse, Problem> {
    let house = state.exchange.house();
    let keys = KeySet::new(vec![house.published_key()]).unwrap_or_default();
    Ok(HttpResponse::Ok().content_type("application/did+json").body(document_of(&house.did, &keys).to_string()))
}

/// Any other address.
pub(super) async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::new(StatusCode::NOT_FOUND, "There is nothing at this address"))
}
