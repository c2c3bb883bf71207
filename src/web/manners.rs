//! Bad manners on purpose: what a simulated partner does with the answers to messages, so that the other end can be tried.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody, SizedStream, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpResponse, error};
use futures_util::stream;

use crate::exchange::outbox::MESSAGES;

/// The answer to a message, before it leaves.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Id of the message, as its sender wrote it.
    pub message_id: String,
    /// Type of the message.
    pub message_type: String,
    /// The certificate that it is about.
    pub subject: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// How long it is held back.
    pub delay: Duration,
    /// Only half of it leaves, and the connection is cut.
    pub cut: bool,
}

/// Does something to answers.
pub trait Manners: Send + Sync {
    /// What leaves in place of a good answer.
    fn answer(&self, answer: Answer) -> Answer;
}

/// How answers to messages are treated; by a gateway that is none of a simulation, not at all.
#[derive(Clone, Default)]
pub struct Treatment(pub Option<Arc<dyn Manners>>);

/// Lets the manners of the house have their way with answers to messages.
///
/// # Errors
///
/// What comes after it says so.
pub async fn with_manners(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let manners = request.app_data::<Data<Treatment>>().and_then(|treatment| treatment.0.clone());
    let Some(manners) = manners.filter(|_| request.path() == MESSAGES) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let named = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let message_id = named("certbridge-message-id").unwrap_or_default();
    let message_type = named("certbridge-message-type").unwrap_or_default();
    let subject = named("certbridge-subject");
    let (request, response) = next.call(request).await?.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_| error::ErrorInternalServerError("the answer cannot be read"))?.to_vec();
    let status = head.status().as_u16();
    let good = Answer { message_id, message_type, subject, status, body, delay: Duration::ZERO, cut: false };
    let Answer { status, body, delay, cut, .. } = manners.answer(good);
    tokio::time::sleep(delay).await;
    let mut answer = HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap_or_default());
    answer.content_type("application/json");
    let answer = if cut {
        let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
        let broken = stream::iter([Ok(half), Err(error::ErrorInternalServerError("cut"))]);
        answer.body(SizedStream::new(body.len() as u64, broken))
    } else {
        answer.body(body)
    };
    Ok(ServiceResponse::new(request, answer))
}
