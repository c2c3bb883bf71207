//! The ledger as anybody may see it: the signed checkpoint, and proofs. Leaves tell nothing without their salts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};

use crate::ledger::{prove_consistency, prove_inclusion};

use super::{Problem, State};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/ledger/v1/checkpoint", web::get().to(checkpoint))
        .route("/ledger/v1/inclusion/{index}", web::get().to(inclusion))
        .route("/ledger/v1/consistency/{old}/{new}", web::get().to(consistency));
}

fn unavailable(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "the ledger could not be read");
    Problem::unavailable(5)
}

async fn checkpoint(state: Data<State>) -> Result<HttpResponse, Problem> {
    let note = state.exchange.store().checkpoint().map_err(|error| unavailable(&error))?;
    match note {
        Some(checkpoint) => Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(checkpoint.note)),
        None => Err(Problem::new(StatusCode::NOT_FOUND, "The ledger has no event yet")),
    }
}

async fn inclusion(state: Data<State>, index: Path<u64>) -> Result<HttpResponse, Problem> {
    let store = state.exchange.store();
    let Some(checkpoint) = store.checkpoint().map_err(|error| unavailable(&error))? else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "The ledger has no event yet"));
    };
    if *index >= checkpoint.size {
        return Err(Problem::new(StatusCode::NOT_FOUND, "The ledger has no such event")
            .about(format_args!("there are {} events", checkpoint.size)));
    }
    let reader = crate::store::StoredTree(store.as_ref());
    let mut proof = prove_inclusion(&reader, *index, checkpoint.size).map_err(|error| unavailable(&error))?;
    proof.checkpoint = Some(checkpoint.note);
    Ok(HttpResponse::Ok().json(proof))
}

async fn consistency(state: Data<State>, sizes: Path<(u64, u64)>) -> Result<HttpResponse, Problem> {
    let store = state.exchange.store();
    let (old, new) = *sizes;
    let size = store.checkpoint().map_err(|error| unavailable(&error))?.map_or(0, |checkpoint| checkpoint.size);
    if old > new || new > size {
        return Err(Problem::new(StatusCode::NOT_FOUND, "There are no such trees")
            .about(format_args!("there are {size} events")));
    }
    let reader = crate::store::StoredTree(store.as_ref());
    let proof = prove_consistency(&reader, old, new).map_err(|error| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(proof))
}
